/*
 * find: the documents of a collection, one after the other, in the order of their _id, each once.
 *
 * Constant memory: one reply of the server at a time, about a megabyte, or one document of up to 16. Because they come by _id, a cursor
 * that is lost - the server timed it out while a slow reader downstream made it wait, killed it, went away or was voted out as the
 * primary - is asked for anew behind the last document that came, whatever types the _ids are of; none comes twice, none is left out.
 * That is tried for as long as the URI's serverSelectionTimeoutMS (30 s) without any document coming; then it is NS_ECALL: "lost
 * after 41000 documents". So it is at once where the last document has no _id, or another one has the same: a view. An end is an end
 * only where the server says so. Before each reply that is waited for, what was written so far leaves (ns_file_flush_direct).
 *
 * A document is as long as it says; what is in it is looked at by whoever reads it.
 *
 * Like any cursor of the server this is no snapshot: documents that come or go meanwhile may or may not be seen.
 */
#ifndef NS_NET_FIND_H
#define NS_NET_FIND_H

#include "net/mongo.h"

struct ns_find;
struct _bson_t;

struct ns_find_options {
	const char *database, *collection;
	const struct _bson_t *filter;     /* NULL: all */
	const struct _bson_t *projection; /* NULL: whole documents. May not leave out _id */
	int64_t limit;                    /* 0: none */
};

/* Nothing is sent before the first next. Closed with the arena, too. options' documents are copied. */
int ns_find_open(struct ns_find **out, struct ns_mongo *mongo, const struct ns_find_options *options, struct ns_arena *arena,
	struct ns_err *err);
/* *document is valid until the next call; NULL = the end. */
int ns_find_next(const struct _bson_t **document, struct ns_find *find, struct ns_err *err);
void ns_find_close(struct ns_find *find);

#endif
