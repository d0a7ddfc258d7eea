/*
 * since: what of a collection was exported before, in a file, so that the next export brings only what is new.
 *
 * By _id where every _id is an ObjectId, which begins with the second in which it was made; else by a field of dates or numbers. The
 * mark is the latest time that was exported, but never later than the server's clock when the export began, so that one
 * document dated into the future hides none. The mark never goes back. The next export looks at everything not earlier than the mark
 * less the overlap (seconds; a number's own unit for a field of numbers) and leaves out what was exported before, by _id:
 * documents that were written late or at the same time are neither lost nor doubled. What appears with a time further back than the
 * overlap, and what was changed or deleted, a full export brings.
 *
 * By _id, the file holds the digests of the _ids within the overlap, so a larger overlap is effective only once the digests reach so
 * far; by a field, of all _ids exported (16 bytes each, in memory too), since a document whose field changed would come again: such
 * are left out, counted, and noted as changed. A clock that was set back by more than the overlap is NS_ECALL by _id, for what is
 * made now would look old; by a field of dates everything is looked at again from that clock's time on.
 *
 * The file (since_file.c draws it) is replaced at the very end, by ns_since_commit, after the output is complete and on the disk. It
 * is locked for as long as the arena lives: a second export with the same file is refused at once. Where there was no file yet,
 * the one that ends later is refused. Besides, it says which parts first..last, each the output of one run, make up the whole: a full
 * export begins anew with a number that was never used. So a script can keep each run's output as a file of its own, PART.csv,
 * whatever is killed when: a file whose number is not within first..last does not count.
 */
#ifndef NS_NET_SINCE_H
#define NS_NET_SINCE_H

#include "net/find.h"
#include "table/stream.h"

struct ns_since;

struct ns_since_options {
	const char *path;       /* --since-file */
	const char *field;      /* of dates or numbers, "a.b" for one in a nested document; NULL: _id */
	int64_t overlap;        /* seconds, or the field's unit; >= 0 */
	bool full;              /* everything, and a new beginning */
	const char *collection; /* "database.collection" */
	const char *call;       /* all that decides which rows and columns come, but the columns, which the file keeps; as one text */
};

/*
 * Reads the file where there is one. now: the server's clock, milliseconds. NS_ECALL, with the remedy: no such file of ours, of
 * another collection, field or call (parts made by different calls make no whole), damaged, in use. With `full` a damaged one and one
 * of another field or call will do, for it begins anew.
 */
int ns_since_open(struct ns_since **out, const struct ns_since_options *options, int64_t now, struct ns_arena *arena, struct ns_err *err);
/* The columns of the earlier runs; count 0: this is the first, or begins anew. */
struct ns_texts ns_since_columns(const struct ns_since *since);
/*
 * The filter for find: what the caller asks for (NULL: all) and what is not before the mark less the overlap, which includes what has
 * no such time at all, so that take can refuse it. Lives in the arena.
 */
const struct _bson_t *ns_since_filter(struct ns_since *since, const struct _bson_t *query, struct ns_arena *arena);
/*
 * Is this one new? Takes note of it. NS_EDATA with its _id and the remedy: an _id that is no ObjectId; a document without the field, or
 * with what is neither a date nor a number, or with dates where others have numbers.
 */
int ns_since_take(bool *is_new, struct ns_since *since, const struct _bson_t *document, struct ns_err *err);
/*
 * After the output is complete: makes sure that it is on the disk where stdout is a file, then replaces the file. rows: of the output.
 * With nothing new the file stays as it is, but for a first or full export. Notes how many of those looked at were new.
 */
int ns_since_commit(struct ns_since *since, const struct ns_texts *columns, uint64_t rows, struct ns_err *err);

#endif
