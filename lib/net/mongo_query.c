#include <ctype.h>
#include <mongoc/mongoc.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/number.h"
#include "base/opt.h"
#include "net/command.h"
#include "net/mongo_parts.h"

static size_t count_of(char **names)
{
	size_t count = 0;
	while (names[count])
		count++;
	return count;
}

static bool is_among(const char *name, char **names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* libmongoc's own function for this does not free the names that it had when an error comes. */
static char **collection_names(mongoc_database_t *database, const bson_t *options, bson_error_t *error)
{
	mongoc_cursor_t *cursor = mongoc_database_find_collections_with_opts(database, options);
	char **names = bson_malloc0(sizeof *names);
	size_t count = 0;
	const bson_t *entry;
	bson_iter_t name;
	while (mongoc_cursor_next(cursor, &entry)) {
		if (!bson_iter_init_find(&name, entry, "name") || !BSON_ITER_HOLDS_UTF8(&name))
			continue;
		names = bson_realloc(names, (count + 2) * sizeof *names);
		names[count++] = bson_iter_dup_utf8(&name, NULL);
		names[count] = NULL;
	}
	if (mongoc_cursor_error(cursor, error)) {
		bson_strfreev(names);
		names = NULL;
	}
	mongoc_cursor_destroy(cursor);
	return names;
}

/* The names of a database's collections (database not NULL) or of all databases; NULL with the error. To be freed. */
static char **list_names(struct ns_mongo *mongo, const char *database, bson_error_t *error)
{
	bson_t options = BSON_INITIALIZER;
	struct ns_patience patience = {0};
	char **names = NULL;
	bson_append_bool(&options, "nameOnly", -1, true);
	bson_append_bool(&options, database ? "authorizedCollections" : "authorizedDatabases", -1, true);
	do {
		if (database) {
			mongoc_database_t *handle = mongoc_client_get_database(mongo->client, database);
			names = collection_names(handle, &options, error);
			mongoc_database_destroy(handle);
		} else {
			names = mongoc_client_get_database_names_with_opts(mongo->client, &options, error);
		}
	} while (!names && ns_mongo_try_again(&patience, mongo, error));
	bson_destroy(&options);
	return names;
}

/* "there is no WHAT 'NAME' in WHERE", and which may have been meant. */
static int fail_missing(const char *what, const char *name, const char *where, char **names, struct ns_err *err)
{
	const char *nearest = names ? ns_nearest_name(name, (const char *const *)names, count_of(names)) : NULL;
	if (nearest)
		return ns_fail(err, NS_ECALL, "there is no %s '%s' %s (did you mean '%s'?)", what, name, where, nearest);
	return ns_fail(err, NS_ECALL, "there is no %s '%s' %s", what, name, where);
}

static int fail_missing_database(struct ns_mongo *mongo, const char *database, struct ns_err *err)
{
	bson_error_t error = {0};
	char **databases = list_names(mongo, NULL, &error);
	int status = fail_missing("database", database, "on the server", databases, err);
	bson_strfreev(databases);
	return status;
}

int ns_mongo_require_collection(struct ns_mongo *mongo, const char *database, const char *collection, struct ns_arena *arena,
	struct ns_err *err)
{
	bson_error_t error = {0};
	char **names = list_names(mongo, database, &error);
	int status = NS_OK;
	if (!names)
		return error.domain == MONGOC_ERROR_SERVER && !ns_mongo_is_passing(&error) ? NS_OK : ns_mongo_fail(err, mongo, &error, "%s.%s", database, collection);
	if (!*names)
		status = fail_missing_database(mongo, database, err);
	else if (!is_among(collection, names))
		status = fail_missing("collection", collection, ns_format(arena, "in '%s'", database), names, err);
	bson_strfreev(names);
	return status;
}

/* hello, by the name that all servers since 2.0 know. */
int ns_mongo_now(int64_t *milliseconds, struct ns_mongo *mongo, struct ns_err *err)
{
	bson_t *command = BCON_NEW("isMaster", BCON_INT32(1)), reply;
	bson_error_t error = {0};
	bson_iter_t iter;
	struct timespec time;
	bool done = ns_command_send(&reply, NULL, &error, mongo, "admin", command);
	int status = done || error.domain == MONGOC_ERROR_SERVER ? NS_OK : ns_mongo_fail(err, mongo, &error, "the server's clock");
	clock_gettime(CLOCK_REALTIME, &time);
	*milliseconds = (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
	if (done && bson_iter_init_find(&iter, &reply, "localTime") && BSON_ITER_HOLDS_DATE_TIME(&iter))
		*milliseconds = bson_iter_date_time(&iter);
	bson_destroy(&reply);
	bson_destroy(command);
	return status;
}

/* An integer beyond int64, that libbson would make another number of; NULL: none. */
static const char *integer_too_large(const char *text, size_t *size)
{
	bool quoted = false;
	for (const char *s = text; *s; s += *size) {
		int64_t value;
		*size = 1;
		if (quoted && *s == '\\' && s[1])
			*size = 2;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && (*s == '-' || isdigit((unsigned char)*s)) && (*size = strspn(s, "+-.0123456789eE")) > 0 &&
			strspn(s + 1, "0123456789") == *size - 1 && *size > 1 && !ns_integer_parse(&value, s, *size))
			return s;
	}
	return NULL;
}

static bool read_json(bson_t *out, const char *text, bson_error_t *error)
{
	bson_json_reader_t *reader = bson_json_data_reader_new(true, 0);
	bson_json_data_reader_ingest(reader, (const uint8_t *)text, strlen(text));
	int found = bson_json_reader_read(reader, out, error);
	if (found == 1) {
		bson_t more = BSON_INITIALIZER;
		bson_error_t ignored;
		if (bson_json_reader_read(reader, &more, &ignored) != 0) {
			bson_set_error(error, BSON_ERROR_JSON, BSON_JSON_ERROR_READ_CORRUPT_JS, "something stands behind the object");
			found = -1;
		}
		bson_destroy(&more);
	}
	bson_json_reader_destroy(reader);
	return found == 1;
}

static void destroy_document(void *what)
{
	bson_destroy(what);
}

int ns_mongo_parse(bson_t **out, const char *text, const char *option, struct ns_arena *arena, struct ns_err *err)
{
	bson_error_t error = {0};
	size_t size;
	if (text[strspn(text, " \t\r\n")] != '{')
		return ns_fail(err, NS_ECALL, "%s: '%s' is no object of JSON: {\"NAME\": VALUE, ...}", option, text);
	const char *large = integer_too_large(text, &size);
	if (large)
		return ns_fail(err, NS_ECALL, "%s: %.*s is too large for an integer: {\"$numberDecimal\": \"...\"} holds it", option, (int)size, large);
	bson_t *document = bson_new();
	ns_arena_defer(arena, destroy_document, document);
	if (!read_json(document, text, &error))
		return ns_fail(err, NS_ECALL, "%s: '%s': %s", option, text, error.message);
	*out = document;
	return NS_OK;
}
