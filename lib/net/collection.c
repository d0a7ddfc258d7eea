#include "net/collection.h"

#include <bson/bson.h>
#include <inttypes.h>
#include <string.h>

#include "base/progress.h"
#include "net/mongo_parts.h"
#include "net/since.h"
#include "table/schema.h"

struct ns_collection {
	const char *database, *collection, *name; /* name: "database.collection" */
	const struct ns_collection_options *options;
	const struct ns_table_options *table;
	struct ns_mongo *mongo;
	bson_t *query, *fields; /* NULL: none */
	struct ns_schema *schema; /* NULL: none */
	struct ns_texts asked;  /* columns that -c or else the schema names; count 0: neither does */
	bool only_asked;        /* -c names them, and nothing else is wanted */
	struct ns_since *since; /* NULL: none */
	struct ns_find *find;
	struct ns_documents_options documents;
	struct ns_document_stream stream;
	struct ns_texts columns; /* of the reader */
	uint64_t sampled;
	struct ns_arena *arena;
};

bool ns_collection_has_server(struct ns_arena *arena)
{
	struct ns_address address;
	struct ns_err ignored;
	return ns_address_find(&address, NULL, arena, &ignored) == NS_OK;
}

/* --- what is asked for --- */

static bool holds(const struct ns_texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (strcmp(texts->items[i], text) == 0)
			return true;
	return false;
}

static void add(struct ns_texts *texts, const char *text)
{
	if (!holds(texts, text))
		texts->items[texts->count++] = text;
}

static bool is_plain(const char *name)
{
	return *name && *name != '#' && !strpbrk(name, "*?[");
}

static bool all_plain(const struct ns_texts *columns)
{
	for (size_t i = 0; i < columns->count; i++)
		if (!is_plain(columns->items[i]))
			return false;
	return columns->count > 0;
}

static void ask_for_named(struct ns_collection *own)
{
	const struct ns_texts *columns = &own->table->columns;
	own->asked.items = NS_NEW_ARRAY(own->arena, const char *, columns->count);
	for (size_t i = 0; i < columns->count; i++)
		add(&own->asked, columns->items[i]);
	own->only_asked = true;
}

static void ask_for_schema(struct ns_collection *own)
{
	const struct ns_schema *schema = own->schema;
	own->asked.items = NS_NEW_ARRAY(own->arena, const char *, schema->count);
	for (size_t i = 0; i < schema->count; i++)
		if (schema->columns[i].role != NS_ROLE_DROP)
			own->asked.items[own->asked.count++] = schema->columns[i].name;
}

static int check_options(const struct ns_collection_options *own, const struct ns_table_options *table, struct ns_err *err)
{
	const char *of_files = table->rejects ? "rejects" : table->names.count ? "names" : table->no_header ? "no-header" : table->trim ? "trim" : NULL;
	const char *of_since = own->since_field ? "since-field" : own->overlap >= 0 ? "overlap" : own->full ? "full" : NULL;
	if (of_files)
		return ns_fail(err, NS_ECALL, "--%s is for files, not for a collection", of_files);
	return of_since && !own->since_file ? ns_fail(err, NS_ECALL, "--%s needs --since-file", of_since) : NS_OK;
}

static int read_options(struct ns_collection *own, struct ns_err *err)
{
	const struct ns_collection_options *options = own->options;
	NS_TRY(check_options(options, own->table, err));
	if (options->query)
		NS_TRY(ns_mongo_parse(&own->query, options->query, "--query", own->arena, err));
	if (options->fields)
		NS_TRY(ns_mongo_parse(&own->fields, options->fields, "--fields", own->arena, err));
	if (own->table->schema) {
		own->schema = NS_NEW(own->arena, struct ns_schema);
		NS_TRY(ns_schema_read(own->schema, own->table->schema, own->arena, err));
	}
	own->documents = (struct ns_documents_options){.source = own->name, .drop = options->drop, .join = options->join, .extra = options->extra,
		.sample = options->sample};
	if (options->extra == NS_EXTRA_BY_SCHEMA)
		own->documents.extra = own->schema && own->schema->allow_extra ? NS_EXTRA_IGNORE : NS_EXTRA_REFUSE;
	if (all_plain(&own->table->columns))
		ask_for_named(own);
	else if (own->schema)
		ask_for_schema(own);
	return NS_OK;
}

/* --- which fields the server is to send --- */

/* Is a the field b, or a document around it? */
static bool is_around(const char *a, const char *b)
{
	size_t size = strlen(a);
	return strncmp(a, b, size) == 0 && (b[size] == '\0' || b[size] == '.');
}

/* {"a": 1} asks for a alone, {"a": 0} for all but a; _id comes in any case. */
static bool sends(const bson_t *fields, const char *field)
{
	bson_iter_t iter;
	bool chooses = false, named = false, refused = false;
	for (bool more = bson_iter_init(&iter, fields); more && bson_iter_next(&iter);) {
		const char *key = bson_iter_key(&iter);
		bool wanted = bson_iter_as_bool(&iter) || !(BSON_ITER_HOLDS_NUMBER(&iter) || BSON_ITER_HOLDS_BOOL(&iter));
		chooses |= wanted && strcmp(key, "_id") != 0;
		named |= wanted && (is_around(key, field) || is_around(field, key));
		refused |= !wanted && is_around(key, field);
	}
	return !refused && (named || !chooses);
}

static void destroy(void *what)
{
	bson_destroy(what);
}

static bson_t *new_document(struct ns_arena *arena)
{
	bson_t *document = bson_new();
	ns_arena_defer(arena, destroy, document);
	return document;
}

/* --fields without {"_id": 0}: the order of the documents needs it, and it is no column anyway. */
static const bson_t *keep_id(const struct ns_collection *own)
{
	bson_iter_t iter;
	if (!bson_iter_init_find(&iter, own->fields, "_id") || bson_iter_as_bool(&iter))
		return own->fields;
	bson_t *fields = new_document(own->arena);
	bson_copy_to_excluding_noinit(own->fields, fields, "_id", NULL);
	return fields;
}

/* Another _id than the documents', computed or a part of it, is no place to go on from. */
static bool changes_id(const bson_t *fields)
{
	bson_iter_t iter;
	bool changes = false;
	for (bool more = bson_iter_init(&iter, fields); more && bson_iter_next(&iter);)
		changes |= strncmp(bson_iter_key(&iter), "_id.", 4) == 0 ||
			   (strcmp(bson_iter_key(&iter), "_id") == 0 && !BSON_ITER_HOLDS_NUMBER(&iter) && !BSON_ITER_HOLDS_BOOL(&iter));
	return changes;
}

static bool can_be_asked_for(const struct ns_texts *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->items[i][0] == '$' || strchr(names->items[i], '.'))
			return false;
	return true;
}

/* NULL: whole documents. */
static int choose_fields(const bson_t **out, const struct ns_collection *own, struct ns_err *err)
{
	const char *field = own->options->since_file ? own->options->since_field : NULL;
	*out = NULL;
	if (own->fields && changes_id(own->fields))
		return ns_fail(err, NS_ECALL, "--fields makes another '_id': the order of the documents needs theirs, 1 or 0 is all it can be");
	if (own->fields) {
		*out = bson_empty(own->fields) ? NULL : keep_id(own);
		return field && !sends(own->fields, field) ? ns_fail(err, NS_ECALL, "--fields leaves out '%s', which --since-field needs", field) : NS_OK;
	}
	if (!own->only_asked || !can_be_asked_for(&own->asked))
		return NS_OK;
	bson_t *fields = new_document(own->arena);
	for (size_t i = 0; i < own->asked.count; i++)
		bson_append_int32(fields, own->asked.items[i], -1, 1);
	if (field && !sends(fields, field))
		bson_append_int32(fields, field, -1, 1);
	if (!bson_has_field(fields, "_id"))
		bson_append_int32(fields, "_id", 3, 1);
	*out = fields;
	return NS_OK;
}

/* --- columns --- */

static int next_of_sample(const bson_t **document, void *context, struct ns_err *err)
{
	struct ns_collection *own = context;
	NS_TRY(ns_find_next(document, own->find, err));
	own->sampled += *document != NULL;
	return NS_OK;
}

static int no_columns(const struct ns_collection *own, struct ns_err *err)
{
	if (own->sampled)
		return ns_fail(err, NS_EDATA, "%s: the first documents have no fields that can be columns: -S or -c says the columns", own->name);
	return ns_fail(err, NS_EDATA, "%s: no documents%s, so no columns are known: -S or -c says them", own->name,
		own->query ? " that --query asks for" : "");
}

static int sample_columns(struct ns_collection *own, const bson_t *fields, struct ns_err *err)
{
	struct ns_find_options find = {own->database, own->collection, own->query, fields, own->options->sample};
	struct ns_document_stream stream = {next_of_sample, own};
	NS_TRY(ns_find_open(&own->find, own->mongo, &find, own->arena, err));
	NS_TRY(ns_documents_columns(&own->documents.columns, &stream, &own->documents, own->arena, err));
	ns_find_close(own->find);
	return own->documents.columns.count ? NS_OK : no_columns(own, err);
}

/* What the schema drops is not looked into, unless it is a column all the same: of the earlier exports, which knew no schema. */
static void drop_by_schema(struct ns_collection *own, const struct ns_texts *before)
{
	const struct ns_schema *schema = own->schema;
	const struct ns_texts *drop = &own->options->drop;
	struct ns_texts *dropped = &own->documents.drop;
	dropped->count = 0;
	dropped->items = NS_NEW_ARRAY(own->arena, const char *, schema->count + drop->count);
	for (size_t i = 0; i < drop->count; i++)
		add(dropped, drop->items[i]);
	for (size_t i = 0; i < schema->count; i++)
		if (schema->columns[i].role == NS_ROLE_DROP && !holds(before, schema->columns[i].name))
			add(dropped, schema->columns[i].name);
}

static int choose_columns(struct ns_collection *own, const bson_t *fields, struct ns_err *err)
{
	struct ns_documents_options *documents = &own->documents;
	struct ns_texts before = own->since ? ns_since_columns(own->since) : (struct ns_texts){0};
	if (own->only_asked) {
		documents->columns = own->asked;
		documents->extra = NS_EXTRA_OMIT;
		return NS_OK;
	}
	if (own->schema)
		drop_by_schema(own, &before);
	documents->columns = before.count ? before : own->asked;
	documents->known_from = before.count ? "the earlier exports" : own->asked.count ? "the schema" : NULL;
	return documents->columns.count ? NS_OK : sample_columns(own, fields, err);
}

/* --- what is new --- */

static const char *json(const bson_t *document, struct ns_arena *arena)
{
	char *text = document ? bson_as_canonical_extended_json(document, NULL) : NULL;
	const char *copy = ns_strdup(arena, text ? text : "");
	bson_free(text);
	return copy;
}

/*
 * All that decides which rows and columns come but what the file itself keeps; where --query is written with other blanks it is the
 * same. Not --drop, --join and --extra, so that an export goes on with them where a new document needs them.
 */
static const char *call(const struct ns_collection *own)
{
	const struct ns_texts *only = &own->table->columns, *but = &own->table->exclude;
	const char *query = json(own->query, own->arena), *fields = json(own->fields, own->arena);
	return ns_format(own->arena, "query %s\nfields %s\ncolumns %zu %s\nexclude %zu %s\n", query, fields, only->count,
		ns_list_join(only->items, only->count, own->arena), but->count, ns_list_join(but->items, but->count, own->arena));
}

static int open_since(struct ns_collection *own, struct ns_err *err)
{
	const struct ns_collection_options *options = own->options;
	struct ns_since_options since = {.path = options->since_file, .field = options->since_field, .full = options->full, .collection = own->name};
	int64_t now;
	if (!options->since_file)
		return NS_OK;
	since.overlap = options->overlap < 0 ? NS_OVERLAP_DEFAULT : options->overlap;
	since.call = call(own);
	NS_TRY(ns_mongo_now(&now, own->mongo, err));
	return ns_since_open(&own->since, &since, now, own->arena, err);
}

static int next(const bson_t **document, void *context, struct ns_err *err)
{
	struct ns_collection *own = context;
	for (bool is_new = false; !is_new;) {
		NS_TRY(ns_find_next(document, own->find, err));
		if (!*document) {
			ns_progress_stop();
			return NS_OK;
		}
		ns_progress_add(1);
		is_new = true;
		if (own->since)
			NS_TRY(ns_since_take(&is_new, own->since, *document, err));
	}
	return NS_OK;
}

/* The columns as they came to be: without those that --drop names. */
static int keep_columns(struct ns_collection *own, const struct ns_table *header, struct ns_err *err)
{
	struct ns_texts before = own->since ? ns_since_columns(own->since) : (struct ns_texts){0};
	if (before.count && before.count != header->width)
		return ns_fail(err, NS_ECALL, "--drop leaves out a column that the earlier exports have: --full begins anew");
	own->columns.items = NS_NEW_ARRAY(own->arena, const char *, header->width);
	for (size_t i = 0; i < header->width; i++)
		own->columns.items[own->columns.count++] = ns_strdup(own->arena, header->columns[i].name);
	return NS_OK;
}

static int open_reader(struct ns_reader **reader, struct ns_collection *own, const bson_t *fields, struct ns_err *err)
{
	struct ns_find_options find = {own->database, own->collection, own->query, fields, 0};
	if (own->since)
		find.filter = ns_since_filter(own->since, own->query, own->arena);
	NS_TRY(ns_find_open(&own->find, own->mongo, &find, own->arena, err));
	own->stream = (struct ns_document_stream){next, own};
	ns_progress_start(ns_format(own->arena, "exporting %s", own->name), 0);
	NS_TRY(ns_reader_open_source(reader, ns_documents_source(&own->stream, &own->documents, own->arena), own->table, own->arena, err));
	return keep_columns(own, ns_reader_header(*reader), err);
}

int ns_collection_open(struct ns_collection **out, struct ns_reader **reader, const char *database, const char *collection,
	const struct ns_collection_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_collection *own = *out = NS_NEW(arena, struct ns_collection);
	const bson_t *fields;
	*own = (struct ns_collection){.database = database, .collection = collection, .options = options, .table = table, .arena = arena};
	own->name = ns_format(arena, "%s.%s", database, collection);
	NS_TRY(ns_mongo_open(&own->mongo, options->uri, ns_program, arena, err));
	NS_TRY(read_options(own, err));
	NS_TRY(choose_fields(&fields, own, err));
	NS_TRY(ns_mongo_require_collection(own->mongo, database, collection, arena, err));
	NS_TRY(open_since(own, err));
	NS_TRY(choose_columns(own, fields, err));
	return open_reader(reader, own, fields, err);
}

int ns_collection_finish(struct ns_collection *own, uint64_t rows, struct ns_err *err)
{
	return own->since ? ns_since_commit(own->since, &own->columns, rows, err) : NS_OK;
}
