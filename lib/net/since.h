/*
 * since: what of a collection was exported before, in a file, so that the next export brings only what is new.
 *
 * By _id where every _id is an ObjectId, which begins with the second in which it was made; else by a field of dates or numbers. The
 * mark is the latest time that was exported, but never later than the server's clock when the export began, so that one
 * document dated into the future hides none. The next export looks at everything not earlier than the mark less the overlap
 * (seconds; a number's own unit for a field of numbers) and leaves out what was exported before, by _id: documents that were
 * written late or at the same time are neither lost nor doubled. What appears with a time further back than the overlap, and
 * what was changed or deleted, a full export brings.
 *
 * By _id, the file holds the digests of the _ids within the overlap; by a field, of all _ids exported (16 bytes each), since a document
 * whose field changed would come again: such are left out, counted, and noted as changed.
 *
 * The file, replaced at the very end (ns_since_commit), after the output is complete and on the disk:
 *
 *	netsec since 1\n
 *	collection networksecurity.phisingdata\n
 *	call 5f0c...\n             digest of query, fields and what else decides which rows and columns come: another call is refused
 *	by _id\n                   or: by updated_at
 *	overlap 600\n
 *	mark {"$date": ...}\n      canonical extended JSON
 *	first 1\n                  parts first..last, each the output of one run, make up the whole: a full export begins anew
 *	last 3\n
 *	rows 11555\n               in those parts
 *	columns a\tb\n             ns_list_join
 *	digests 57\n
 *	\n
 *	57 digests of 16 bytes, sorted, and the digest of all bytes before
 *
 * first and last let a script keep each run's output as a file of its own, PART.csv, whatever is killed when: a file whose number is
 * not within first..last does not count.
 */
#ifndef NS_NET_SINCE_H
#define NS_NET_SINCE_H

#include "net/find.h"
#include "table/stream.h"

struct ns_since;

struct ns_since_options {
	const char *path;                  /* --since-file */
	const char *field;                 /* NULL: _id */
	int64_t overlap;                   /* seconds, or the field's unit */
	bool full;                         /* everything, and a new beginning */
	const char *collection;            /* "database.collection" */
	const char *call;                  /* all that decides what rows and columns come, as one text */
};

/* Reads the file where there is one. NS_ECALL: of another collection, call, field or damaged, with the remedy. */
int ns_since_open(struct ns_since **out, const struct ns_since_options *options, int64_t now, struct ns_arena *arena, struct ns_err *err);
/* The columns of the earlier runs; count 0: there is none. */
struct ns_texts ns_since_columns(const struct ns_since *since);
/* The filter for find: what the caller asks for and not before the mark less the overlap. Lives in the arena. */
const struct _bson_t *ns_since_filter(struct ns_since *since, const struct _bson_t *query, struct ns_arena *arena);
/* Is this one new? Takes note of it. A document without the field or with another type of _id is NS_EDATA with its _id and remedy. */
int ns_since_take(bool *is_new, struct ns_since *since, const struct _bson_t *document, struct ns_err *err);
/* After the output is complete (stdout synced here): replaces the file. With nothing new the file stays as it is. Notes the counts. */
int ns_since_commit(struct ns_since *since, const struct ns_texts *columns, uint64_t rows, struct ns_err *err);

#endif
