/*
 * documents: BSON documents as the rows of a table.
 *
 * Fields become columns: a nested document's as outer.inner, however deep. _id and _ns (what ns-import keeps there) at the top are left
 * out unless `columns` names them or something in them. A field that a document lacks is missing.
 *
 * Values are text cells, as the values of a CSV file are; what is a number is decided as for CSV (stream.h), by the schema, --text,
 * --number or the first rows, so a column with an int64 beyond 2^53 is text, exact:
 *
 *	int32, int64     decimal digits
 *	double           the shortest decimal that reads back as the same double (1.0 is 1); NaN is missing; infinities are inf, -inf
 *	decimal128       as libbson prints it; NaN is missing
 *	bool             true, false
 *	date             2024-01-31T12:34:56.789Z, no fraction where it is zero (instant.h)
 *	string, symbol   its bytes; numeric strings are numbers where the column is; one with a NUL byte is a bad value
 *	ObjectId         24 hexadecimal digits
 *	UUID             (binary of subtype 4) 8-4-4-4-12 hexadecimal digits
 *	null, undefined  missing
 *	array            a bad value, or with `join` its elements, each by these rules, with that text between them; bad all the same where
 *	                 an element holds that text, or is a document or an array
 *	other types      a bad value, named: binary, regex, code, timestamp, minkey, maxkey, dbpointer
 *
 * A bad value is NS_EDATA with the document's _id, field, and remedy (--drop FIELD, --join), or what --on-error says: skip or missing.
 * A document that is no row is NS_EDATA, or skipped: malformed BSON, one field twice ("a.b" beside a: {b} too), more than 100 documents
 * in each other, more than 1 GiB of values.
 *
 * Columns: those of `columns`, in that order; else the fields of the first `sample` documents, in the order in which they came. A
 * later document with a field that is none of them is no row ("field 'x' is not in the first 1000 documents"; remedies: --sample, -c,
 * --drop, --extra ignore), or the field is left out and counted, the count noted at the end. A name is UTF-8 of 1 to 1024 bytes, those
 * of the documents around it included: a field with another one is no column.
 *
 * Constant memory: a batch (records.h), the names, and up to 65,536 names that are no columns.
 */
#ifndef NS_NET_DOCUMENTS_H
#define NS_NET_DOCUMENTS_H

#include "table/stream.h"

struct _bson_t;

/* Where documents come from: *document valid until the next call, NULL = the end. */
struct ns_document_stream {
	int (*next)(const struct _bson_t **document, void *context, struct ns_err *err);
	void *context;
};

enum ns_extra { NS_EXTRA_REFUSE, NS_EXTRA_IGNORE, NS_EXTRA_OMIT }; /* OMIT: the columns are what is wanted; nothing is said of other fields */

struct ns_documents_options {
	const char *source;      /* for messages: "networksecurity.phisingdata" */
	struct ns_texts columns; /* names; count 0: not known */
	const char *known_from;  /* what the message says of them where they are known: "the schema", "the earlier exports", "-c" */
	struct ns_texts drop;    /* fields not looked into, whatever they hold: names, patterns as ns_table_select's; may be absent */
	const char *join;        /* NULL: arrays are refused */
	int extra;               /* enum ns_extra */
	int64_t sample;          /* for messages */
};

/*
 * What messages call a document: "SOURCE: _id 65f0...", or "SOURCE: document 17" (its number, from 1) where the _id is no value of a
 * cell. Returns out.
 */
enum { NS_DOCUMENT_PLACE_MAX = 352 };
const char *ns_document_place(char out[NS_DOCUMENT_PLACE_MAX], const char *source, const struct _bson_t *document, uint64_t number);

/* The columns of the documents that `stream` gives, to its end. */
int ns_documents_columns(struct ns_texts *columns, const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena, struct ns_err *err);

/* A source for ns_reader_open_source; options->columns are known. What it points to is borrowed; lives in the arena. */
const struct ns_source *ns_documents_source(const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena);

#endif
