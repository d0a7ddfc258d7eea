/*
 * upload: documents into a collection, each once: batches, what became of them, and what to do when an answer is lost.
 *
 * A unique index on _ns.key, sparse, so that documents without one are not its business, lets each key in once. Documents are
 * inserted (not upserted: $setOnInsert stores fields in the order of their names, not of the columns, and asks the server for each
 * document by itself): ordered by batches, unordered within one, so that one refused document keeps no other out.
 *
 * Where documents were there already, their keys are asked for first from the next batch on, and only what is new is sent, unless the
 * server does not use the index for that (FerretDB 1) and takes longer than to refuse them. Where the
 * connection is lost, the primary steps down or an answer does not come, the batch's keys are asked for, too, and what is not there
 * is sent again, for as long as mongo.h says. A document that is there under the _id that was given to it here is one that an earlier
 * attempt has stored, which makes the counts right.
 *
 * What is acknowledged stays: unless the address says w=, writes wait for the majority of a replica set. w=0 is refused.
 */
#ifndef NS_NET_UPLOAD_H
#define NS_NET_UPLOAD_H

#include "net/mongo.h"

struct ns_upload;

struct ns_upload_counts {
	uint64_t inserted, unchanged;
};
/* A document that the server refused. */
struct ns_upload_failure {
	size_t row;         /* as given to ns_upload_add */
	const char *reason;
};

/*
 * Makes the index, and so the collection, where they are not there. NS_ECALL: there is another index on _ns.key, or documents with
 * the same one.
 */
int ns_upload_open(struct ns_upload **out, struct ns_mongo *mongo, const char *database, const char *collection, struct ns_arena *arena,
	struct ns_err *err);
/* Room for a document of at most `size` bytes (16 MiB and a little) behind those there are; valid until the next call. */
char *ns_upload_room(struct ns_upload *upload, size_t size);
/* A document of compose.h was written there. */
void ns_upload_add(struct ns_upload *upload, size_t size, size_t row);
bool ns_upload_is_full(const struct ns_upload *upload); /* to be sent before another is added */
/*
 * Sends what there is. *failures: those that the server refused, in the order of adding; valid until the next send. NS_ECALL:
 * network, rights, a write concern that cannot be had.
 */
int ns_upload_send(const struct ns_upload_failure **failures, size_t *count, struct ns_upload *upload, struct ns_err *err);
struct ns_upload_counts ns_upload_counts(const struct ns_upload *upload);

#endif
