/*
 * collection: a collection of a MongoDB-compatible server as a reader of tables: connection, columns, documents, what is new.
 */
#ifndef NS_NET_COLLECTION_H
#define NS_NET_COLLECTION_H

#include "net/documents.h"
#include "net/since.h"

struct ns_collection_options {
	const char *uri, *query, *fields;      /* --uri --query --fields: extended JSON */
	struct ns_texts drop;                  /* --drop */
	const char *join;                      /* --join */
	int extra;                             /* --extra refuse|ignore */
	int64_t sample;                        /* --sample */
	const char *since_file, *since_field;  /* --since-file --since-field */
	int64_t overlap;                       /* --overlap */
	bool full;                             /* --full */
};

struct ns_collection;

int ns_collection_open(struct ns_collection **out, struct ns_reader **reader, const char *database, const char *collection,
	const struct ns_collection_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err);
/* After the output is complete: the new mark, what there is to note. */
int ns_collection_finish(struct ns_collection *collection, struct ns_err *err);

#endif
