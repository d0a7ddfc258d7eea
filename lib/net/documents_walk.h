/*
 * documents_walk: the fields of one document, however deep, each put where it belongs. Internal to documents.c.
 */
#ifndef NS_NET_DOCUMENTS_WALK_H
#define NS_NET_DOCUMENTS_WALK_H

#include "net/documents.h"
#include "table/records.h"

enum { NS_FIELD_NAME_MAX = 1024 };
#define NS_DOCUMENT_TOO_LARGE "has values of more than 1 GiB, the limit of a row"

/* The documents as a source, or on the way to what their columns are. */
struct ns_documents {
	const struct ns_document_stream *stream;
	const struct ns_documents_options *options;
	struct ns_source source;
	const struct ns_reject *reject;
	struct ns_records records;
	struct ns_name_index *gathered; /* where ns_documents_columns puts the names; NULL: there are columns */
	struct ns_column *columns;      /* of a batch */
	bool *dropped;                  /* of the names that records learnt */
	bool with_id, with_ns;          /* is there something of _id, of _ns among the columns */
	bool ended, set_aside;          /* set_aside: the document at hand is no row */
	const struct _bson_t *document; /* at hand */
	uint64_t number, left_out;      /* the document's, from 1; values so far that are of no column */
	struct ns_err first_left_out;
	struct ns_buffer name, joined;  /* a nested field's whole name; an array's text */
	char place[NS_DOCUMENT_PLACE_MAX];
};

/*
 * Walks through documents->document. Values are put into the record that has been begun, unless set_aside says that it is none; or
 * names are gathered.
 */
int ns_documents_walk(struct ns_documents *documents, struct ns_err *err);
/* The document at hand is no row, for `what`. */
int ns_documents_refuse(struct ns_documents *documents, const char *what, struct ns_err *err);

/* Is a column of this name dropped, itself or a document that it lies in? */
bool ns_documents_drops(const struct ns_documents *documents, const char *column, struct ns_arena *arena);
/* Is it this field of the outermost document, or one within it? */
bool ns_field_is_within(const char *name, const char *outer);

#endif
