#include "net/replace.h"

#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <string.h>

#include "base/opt.h"
#include "net/command.h"

#define NEW "_ns_new_"
#define OLD "_ns_old_"
enum { ID_DIGITS = 24, LEFTOVER_SECONDS = 24 * 60 * 60 };

struct ns_replace {
	struct ns_mongo *mongo;
	const char *database, *collection, *place; /* place: "database.collection" */
	const char *name, *aside;                  /* of the new one; of the old one where it has to be moved away */
	int64_t seconds;                           /* the server's clock */
	bool exists, made;                         /* is there an old one, a new one */
	bson_t *options;                           /* the old one's */
	struct ns_texts leftovers;                 /* new ones that were left by others */
	struct ns_arena *arena;
};

/* --- commands --- */

static bool run(struct ns_replace *replace, const char *database, bson_t *command, bool *repeated, bson_error_t *error)
{
	bool fine = ns_command_send(NULL, repeated, error, replace->mongo, database, command);
	bson_destroy(command);
	return fine;
}

static bool drop(struct ns_replace *replace, const char *name, bson_error_t *error)
{
	return run(replace, replace->database, BCON_NEW("drop", BCON_UTF8(name)), NULL, error) || ns_command_refused(error, NS_CODE_NAMESPACE_NOT_FOUND);
}

/* Renamed, now or by an earlier attempt whose answer was lost. */
static bool rename_to(struct ns_replace *replace, const char *from, const char *to, bool drop_target, bson_error_t *error)
{
	bool repeated;
	bson_t *command = BCON_NEW("renameCollection", BCON_UTF8(ns_format(replace->arena, "%s.%s", replace->database, from)),
		"to", BCON_UTF8(ns_format(replace->arena, "%s.%s", replace->database, to)));
	if (drop_target)
		BSON_APPEND_BOOL(command, "dropTarget", true);
	return run(replace, "admin", command, &repeated, error) || (repeated && ns_command_refused(error, NS_CODE_NAMESPACE_NOT_FOUND));
}

/* --- what is there --- */

/* The ID behind COLLECTION and mark; NULL: the name is no such. */
static const char *id_of(const struct ns_replace *replace, const char *name, const char *mark)
{
	size_t size = strlen(replace->collection);
	if (strncmp(name, replace->collection, size) != 0 || strncmp(name + size, mark, strlen(mark)) != 0)
		return NULL;
	const char *id = name + size + strlen(mark);
	return strlen(id) == ID_DIGITS && strspn(id, "0123456789abcdef") == ID_DIGITS ? id : NULL;
}

static int64_t age_of(const struct ns_replace *replace, const char *id)
{
	int64_t seconds = 0;
	for (int i = 0; i < 8; i++)
		seconds = seconds * 16 + (id[i] <= '9' ? id[i] - '0' : id[i] - 'a' + 10);
	return replace->seconds - seconds;
}

static void take_leftover(struct ns_replace *replace, const char *name)
{
	const char *id = id_of(replace, name, NEW);
	if (id_of(replace, name, OLD))
		ns_note("%s.%s is what %s was before a --replace that was killed while it swapped them: rename or drop it", replace->database, name, replace->place);
	if (!id)
		return;
	if (age_of(replace, id) < LEFTOVER_SECONDS) {
		ns_note("%s.%s is there: another --replace is at work, or was killed (after a day the next one drops it)", replace->database, name);
		return;
	}
	const char **items = NS_NEW_ARRAY(replace->arena, const char *, replace->leftovers.count + 1);
	if (replace->leftovers.count)
		memcpy(items, replace->leftovers.items, replace->leftovers.count * sizeof *items);
	items[replace->leftovers.count++] = ns_strdup(replace->arena, name);
	replace->leftovers.items = items;
}

static int take_collection(struct ns_replace *replace, const bson_t *listed, struct ns_err *err)
{
	bson_iter_t iter;
	const char *name = bson_iter_init_find(&iter, listed, "name") && BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL) : "";
	const char *type = bson_iter_init_find(&iter, listed, "type") && BSON_ITER_HOLDS_UTF8(&iter) ? bson_iter_utf8(&iter, NULL) : "collection";
	if (strcmp(name, replace->collection) != 0) {
		take_leftover(replace, name);
		return NS_OK;
	}
	if (strcmp(type, "collection") != 0)
		return ns_fail(err, NS_ECALL, "%s is a %s: only a collection can be replaced", replace->place, type);
	replace->exists = true;
	if (bson_iter_init_find(&iter, listed, "options") && BSON_ITER_HOLDS_DOCUMENT(&iter)) {
		const uint8_t *data;
		uint32_t size;
		bson_t options;
		bson_iter_document(&iter, &size, &data);
		if (bson_init_static(&options, data, size))
			bson_concat(replace->options, &options);
	}
	return NS_OK;
}

static int list_collections(struct ns_replace *replace, struct ns_err *err)
{
	struct ns_patience patience = {0};
	mongoc_database_t *database = mongoc_client_get_database(ns_mongo_client(replace->mongo), replace->database);
	bson_error_t error;
	bool failed;
	int status = NS_OK;
	do {
		const bson_t *listed;
		mongoc_cursor_t *cursor = mongoc_database_find_collections_with_opts(database, NULL);
		bson_reinit(replace->options);
		replace->leftovers.count = 0;
		replace->exists = false;
		while (status == NS_OK && mongoc_cursor_next(cursor, &listed))
			status = take_collection(replace, listed, err);
		failed = status == NS_OK && mongoc_cursor_error(cursor, &error);
		mongoc_cursor_destroy(cursor);
	} while (failed && ns_mongo_try_again(&patience, replace->mongo, &error));
	mongoc_database_destroy(database);
	return failed ? ns_mongo_fail(err, replace->mongo, &error, "%s: cannot list the collections", replace->place) : status;
}

static int drop_leftovers(struct ns_replace *replace, struct ns_err *err)
{
	bson_error_t error;
	for (size_t i = 0; i < replace->leftovers.count; i++) {
		const char *name = replace->leftovers.items[i];
		if (!drop(replace, name, &error))
			return ns_mongo_fail(err, replace->mongo, &error, "%s.%s: cannot drop it", replace->database, name);
		ns_note("%s.%s, left by a --replace that was killed more than a day ago, is dropped", replace->database, name);
	}
	return NS_OK;
}

/* --- the new one --- */

static void abandon(void *what)
{
	struct ns_replace *replace = what;
	bson_error_t error;
	if (replace->made) {
		bson_t *command = BCON_NEW("drop", BCON_UTF8(replace->name));
		if (!mongoc_client_command_simple(ns_mongo_client(replace->mongo), replace->database, command, NULL, NULL, &error) &&
			!ns_command_refused(&error, NS_CODE_NAMESPACE_NOT_FOUND))
			ns_note("%s.%s could not be dropped: it is left (after a day the next --replace drops it)", replace->database, replace->name);
		bson_destroy(command);
	}
	bson_destroy(replace->options);
}

static int create(struct ns_replace *replace, struct ns_err *err)
{
	bson_error_t error;
	replace->made = true;
	if (!replace->exists || bson_empty(replace->options))
		return NS_OK;
	bson_t *command = BCON_NEW("create", BCON_UTF8(replace->name));
	bson_concat(command, replace->options);
	bool repeated;
	if (run(replace, replace->database, command, &repeated, &error) || (repeated && ns_command_refused(&error, NS_CODE_NAMESPACE_EXISTS)))
		return NS_OK;
	return ns_mongo_fail(err, replace->mongo, &error, "%s: cannot make a collection with its options", replace->place);
}

/* An index as createIndexes takes it; false: it comes with every collection. */
static bool copy_index(bson_t *out, const bson_t *listed)
{
	bson_iter_t iter, key;
	if (!bson_iter_init_find(&iter, listed, "key") || !BSON_ITER_HOLDS_DOCUMENT(&iter) || !bson_iter_recurse(&iter, &key))
		return false;
	if (bson_iter_next(&key) && strcmp(bson_iter_key(&key), "_id") == 0 && BSON_ITER_HOLDS_NUMBER(&key) && !bson_iter_next(&key))
		return false;
	bson_copy_to_excluding_noinit(listed, out, "v", "ns", "background", NULL);
	return true;
}

/* {createIndexes: ..., indexes: [all but _id's]}; *count: how many. */
static bool read_indexes(bson_t *command, uint32_t *count, struct ns_replace *replace, bson_error_t *error)
{
	const bson_t *listed;
	bson_t indexes;
	mongoc_collection_t *collection = mongoc_client_get_collection(ns_mongo_client(replace->mongo), replace->database, replace->collection);
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(collection, NULL);
	*count = 0;
	bson_reinit(command);
	BSON_APPEND_UTF8(command, "createIndexes", replace->name);
	BSON_APPEND_ARRAY_BEGIN(command, "indexes", &indexes);
	while (mongoc_cursor_next(cursor, &listed)) {
		char buffer[16];
		const char *place;
		bson_t index = BSON_INITIALIZER;
		bson_uint32_to_string(*count, &place, buffer, sizeof buffer);
		if (copy_index(&index, listed) && BSON_APPEND_DOCUMENT(&indexes, place, &index))
			++*count;
		bson_destroy(&index);
	}
	bson_append_array_end(command, &indexes);
	bool fine = !mongoc_cursor_error(cursor, error);
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(collection);
	return fine;
}

static int copy_indexes(struct ns_replace *replace, struct ns_err *err)
{
	struct ns_patience patience = {0};
	bson_t command = BSON_INITIALIZER;
	bson_error_t error;
	uint32_t count;
	bool fine;
	while (!(fine = read_indexes(&command, &count, replace, &error)))
		if (!ns_mongo_try_again(&patience, replace->mongo, &error))
			break;
	int status = NS_OK;
	if (!fine)
		status = ns_mongo_fail(err, replace->mongo, &error, "%s: cannot list its indexes", replace->place);
	else if (count && !ns_command_send(NULL, NULL, &error, replace->mongo, replace->database, &command))
		status = ns_mongo_fail(err, replace->mongo, &error, "%s: cannot make its indexes for the new one", replace->place);
	bson_destroy(&command);
	return status;
}

int ns_replace_begin(struct ns_replace **out, struct ns_mongo *mongo, const char *database, const char *collection, int64_t now,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_replace *replace = *out = NS_NEW(arena, struct ns_replace);
	bson_oid_t random;
	char id[ID_DIGITS + 1];
	*replace = (struct ns_replace){.mongo = mongo, .database = database, .collection = collection, .seconds = now / 1000, .options = bson_new(), .arena = arena};
	ns_arena_defer(arena, abandon, replace);
	bson_oid_init(&random, NULL);
	bson_oid_to_string(&random, id);
	replace->place = ns_format(arena, "%s.%s", database, collection);
	replace->name = ns_format(arena, "%s" NEW "%08" PRIx32 "%s", collection, (uint32_t)replace->seconds, id + 8);
	replace->aside = ns_format(arena, "%s" OLD "%08" PRIx32 "%s", collection, (uint32_t)replace->seconds, id + 8);
	NS_TRY(list_collections(replace, err));
	NS_TRY(drop_leftovers(replace, err));
	NS_TRY(create(replace, err));
	return replace->exists ? copy_indexes(replace, err) : NS_OK;
}

const char *ns_replace_name(const struct ns_replace *replace)
{
	return replace->name;
}

/* --- the swap --- */

/* Where the server has no dropTarget. */
static bool swap_by_hand(struct ns_replace *replace, bson_error_t *error)
{
	bson_error_t ignored;
	if (!rename_to(replace, replace->collection, replace->aside, false, error))
		return false;
	if (!rename_to(replace, replace->name, replace->collection, false, error)) {
		if (!rename_to(replace, replace->aside, replace->collection, false, &ignored))
			ns_note("%s is now called %s.%s: rename it", replace->place, replace->database, replace->aside);
		return false;
	}
	replace->made = false;
	return drop(replace, replace->aside, error);
}

int ns_replace_commit(struct ns_replace *replace, struct ns_err *err)
{
	bson_error_t error;
	bool swapped = rename_to(replace, replace->name, replace->collection, replace->exists, &error);
	if (!swapped && replace->exists && ns_command_refused(&error, NS_CODE_NOT_IMPLEMENTED))
		swapped = swap_by_hand(replace, &error);
	if (!swapped)
		return ns_mongo_fail(err, replace->mongo, &error, "%s: the new collection cannot take its place", replace->place);
	replace->made = false;
	return NS_OK;
}
