/*
 * mongoc_bare: libmongoc with nothing around it, the limit of what a tool on top of it can be: mongoc_bare URI DATABASE COLLECTION count|look
 *
 * Reads the collection to its end and prints the number of documents; `look` also goes over each document's fields.
 */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: mongoc_bare URI DATABASE COLLECTION count|look\n");
		return 2;
	}
	mongoc_init();
	mongoc_client_t *client = mongoc_client_new(argv[1]);
	mongoc_collection_t *collection = client ? mongoc_client_get_collection(client, argv[2], argv[3]) : NULL;
	if (!collection)
		return 2;
	bson_t all = BSON_INITIALIZER;
	bson_error_t error;
	const bson_t *document;
	size_t documents = 0, fields = 0;
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &all, NULL, NULL);
	while (mongoc_cursor_next(cursor, &document)) {
		bson_iter_t at;
		documents++;
		if (strcmp(argv[4], "look") == 0 && bson_iter_init(&at, document))
			while (bson_iter_next(&at))
				fields++;
	}
	int failed = mongoc_cursor_error(cursor, &error);
	if (failed)
		fprintf(stderr, "mongoc_bare: %s\n", error.message);
	else
		printf("%zu documents, %zu fields\n", documents, fields);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(collection);
	mongoc_client_destroy(client);
	mongoc_cleanup();
	return failed ? 2 : 0;
}
