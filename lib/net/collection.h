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
#define NS_COLLECTION_OPTIONS_INIT .extra = NS_EXTRA_BY_SCHEMA, .sample = 1000, .overlap = -1

/* o: the struct; asked: bool[NS_COLLECTION_OPTIONS], which of them were given, in this order. */
enum { NS_COLLECTION_OPTIONS = 11 };
#define NS_OPTIONS_COLLECTION(o, asked) \
	{0, "uri", "URI", "where the server is: mongodb://...; @FILE that holds it (default: MONGODB_URI and the like, .env)", NS_OPT_TEXT, \
		&(o).uri, 0, 0, NULL, &(asked)[0]}, \
	{0, "query", "JSON", "only the documents that match: extended JSON", NS_OPT_TEXT, &(o).query, 0, 0, NULL, &(asked)[1]}, \
	{0, "fields", "JSON", "the fields that the server is to send: extended JSON", NS_OPT_TEXT, &(o).fields, 0, 0, NULL, &(asked)[2]}, \
	{0, "drop", "LIST", "fields not looked into: names, patterns", NS_OPT_LIST, &(o).drop, 0, 0, NULL, &(asked)[3]}, \
	{0, "join", "TEXT", "arrays are their elements with this between them", NS_OPT_TEXT, &(o).join, 0, 0, NULL, &(asked)[4]}, \
	{0, "extra", NULL, "fields that are no column (default refuse; ignore where the schema allows them)", NS_OPT_CHOICE, &(o).extra, 0, 0, \
		"refuse|ignore", &(asked)[5]}, \
	{0, "sample", "N", "so many documents say which columns there are", NS_OPT_INTEGER, &(o).sample, 1, 1e15, NULL, &(asked)[6]}, \
	{0, "since-file", "FILE", "only what is new since the last export, which is kept here", NS_OPT_TEXT, &(o).since_file, 0, 0, NULL, \
		&(asked)[7]}, \
	{0, "since-field", "NAME", "the field that tells what is new, dates or numbers (default: _id)", NS_OPT_TEXT, &(o).since_field, 0, 0, NULL, \
		&(asked)[8]}, \
	{0, "overlap", "N", "how late documents may come: seconds, or the field's unit (default 600)", NS_OPT_INTEGER, &(o).overlap, 0, 1e12, NULL, \
		&(asked)[9]}, \
	{0, "full", NULL, "everything, whatever was exported before: a new beginning for --since-file", NS_OPT_FLAG, &(o).full, 0, 0, NULL, \
		&(asked)[10]}

struct ns_collection;

/* Names and options are borrowed for as long as the arena lives. */
int ns_collection_open(struct ns_collection **out, struct ns_reader **reader, const char *database, const char *collection,
	const struct ns_collection_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err);
/* After the output of so many rows is complete: the new mark, and what there is to note. */
int ns_collection_finish(struct ns_collection *collection, uint64_t rows, struct ns_err *err);

/* Does the environment or a .env file say where a server is (mongo.h)? */
bool ns_collection_has_server(struct ns_arena *arena);

#endif
