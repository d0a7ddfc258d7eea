/*
 * replace: a collection loaded anew beside the old one, which then takes its place, at once and whole.
 *
 * The new one is called COLLECTION_ns_new_ID and has the old one's options and indexes from the beginning, so that a validator and
 * unique indexes judge what is loaded. Nothing touches the old one before the swap, which is renameCollection with dropTarget; what
 * others write into it meanwhile goes with it. A server without dropTarget (FerretDB 1) renames the old one to COLLECTION_ns_old_ID first
 * and drops it last: killed in between, that one is left, and named by the next run, never dropped.
 *
 * A run that fails drops what it loaded. One that was killed leaves it; the next one drops what is older than a day (ID begins with
 * the second of its making, by the server's clock) and names what is younger, which may be another run at work.
 */
#ifndef NS_NET_REPLACE_H
#define NS_NET_REPLACE_H

#include "net/mongo.h"

struct ns_replace;

/* now: the server's clock in milliseconds. NS_ECALL: a view or a time series, which nothing can replace; rights, network. */
int ns_replace_begin(struct ns_replace **out, struct ns_mongo *mongo, const char *database, const char *collection, int64_t now,
	struct ns_arena *arena, struct ns_err *err);
const char *ns_replace_name(const struct ns_replace *replace); /* of the collection to load */
int ns_replace_commit(struct ns_replace *replace, struct ns_err *err); /* the swap; without it the new one is dropped with the arena */

#endif
