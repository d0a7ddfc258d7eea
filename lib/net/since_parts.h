/*
 * What since's files share: the lock on the file, and times of documents. since.h is for everybody else.
 */
#ifndef NS_NET_SINCE_PARTS_H
#define NS_NET_SINCE_PARTS_H

#include "net/since_file.h"

struct _bson_t;

/*
 * --- since_lock.c ---
 *
 * The file itself is locked (flock), until the arena goes, and replaced by another that is not: whoever comes then sees what was
 * written. *exists: there is one; where there is none, it is to be made as a new one (only_new of ns_file). NS_ECALL: in use, no
 * regular file, or no place where one can be.
 */
int ns_since_lock(bool *exists, const char *path, struct ns_arena *arena, struct ns_err *err);

/*
 * --- since_time.c ---
 */
int ns_mark_compare(const struct ns_mark *a, const struct ns_mark *b); /* of the same sort: dates, or numbers, compared exactly */
bool ns_mark_is_like(const struct ns_mark *a, const struct ns_mark *b); /* both dates, or both numbers; none is like anything */
/* The mark less so many seconds, or units; at the end of the range it stays there. */
struct ns_mark ns_mark_before(const struct ns_mark *mark, int64_t overlap);

/* What of a document decides whether it is new. */
struct ns_since_id {
	struct ns_mark time;
	struct ns_digest digest;
};
struct ns_since_source {
	const char *name;  /* "database.collection" */
	const char *field; /* NULL: _id */
	uint64_t number;   /* of the document, from 1 */
};
/* NS_EDATA as ns_since_take. */
int ns_since_read_id(struct ns_since_id *id, const struct _bson_t *document, const struct ns_since_source *source, struct ns_err *err);
/* Of a digest by _id: its time. */
struct ns_mark ns_digest_time(const struct ns_digest *digest);
/* Filter: what is not before the mark. */
const struct _bson_t *ns_since_bound(const char *field, const struct ns_mark *bound, const struct _bson_t *query, struct ns_arena *arena);

#endif
