/*
 * collection: a collection of a MongoDB-compatible server as a reader of tables: connection, columns, documents, what is new.
 *
 *	NS_TRY(ns_collection_open(&collection, &reader, "networksecurity", "phisingdata", &options, &table, arena, err));
 *	... what any reader gives is written ...
 *	NS_TRY(ns_reader_finish(reader, err));
 *	NS_TRY(ns_writer_finish(writer, err));
 *	NS_TRY(ns_collection_finish(collection, rows, err));
 *
 * The columns are the first of these that is known:
 *
 *	-c, all of it plain names    in its order; fields that it does not name are left out without a word, and not even asked for where
 *	                             every name can be asked for: no dot in it (a nested field, or a name with a dot?), no dollar in front
 *	the state file               what the earlier exports had
 *	the schema                   its columns but those to drop, whose fields are not looked into
 *	the first documents          the fields of `sample` of them, read before the others
 *
 * Patterns and positions of -c, and -x, choose among them (view.h). A field that is no column is refused or left out (documents.h) as
 * `extra` says; where it says nothing, it is left out where the schema allows extra columns. _id and _ns are columns where -c
 * names them.
 *
 * What the options of a table say about files (--rejects, --no-header, --names, --trim) is refused, as are those of since without a
 * state file.
 *
 * Without a document and without columns that are known there is no table: NS_EDATA. No such collection is NS_ECALL.
 */
#ifndef NS_NET_COLLECTION_H
#define NS_NET_COLLECTION_H

#include "net/documents.h"

enum { NS_EXTRA_BY_SCHEMA = -1, NS_OVERLAP_DEFAULT = 600 };

struct ns_collection_options {
	const char *uri, *query, *fields;      /* --uri --query --fields: extended JSON; NULL */
	struct ns_texts drop;                  /* --drop */
	const char *join;                      /* --join; NULL */
	int extra;                             /* --extra: enum ns_extra, or NS_EXTRA_BY_SCHEMA */
	int64_t sample;                        /* --sample */
	const char *since_file, *since_field;  /* --since-file --since-field; NULL */
	int64_t overlap;                       /* --overlap; -1: NS_OVERLAP_DEFAULT */
	bool full;                             /* --full */
};

struct ns_collection;

/* Names and options are borrowed for as long as the arena lives. */
int ns_collection_open(struct ns_collection **out, struct ns_reader **reader, const char *database, const char *collection,
	const struct ns_collection_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err);
/* After the output of so many rows is complete: the new mark, and what there is to note. */
int ns_collection_finish(struct ns_collection *collection, uint64_t rows, struct ns_err *err);

/* Does the environment or a .env file say where a server is (mongo.h)? */
bool ns_collection_has_server(struct ns_arena *arena);

#endif
