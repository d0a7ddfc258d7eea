#include "net/documents.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "net/documents_value.h"
#include "table/records.h"

enum { DEPTH_MAX = 100, NAME_SIZE_MAX = 1024, PLACE_MAX = 96 };

#define MALFORMED "is malformed BSON (is the collection damaged? --on-error skip goes on without such documents)"
#define TOO_LARGE "has values of more than 1 GiB, the limit of a row"

/* The documents as a source, or on the way to what their columns are. */
struct documents {
	const struct ns_document_stream *stream;
	const struct ns_documents_options *options;
	struct ns_source source;
	const struct ns_reject *reject;
	struct ns_records records;
	struct ns_fields *gathered;  /* where ns_documents_columns puts the names; NULL: there are columns */
	struct ns_column *columns;   /* of a batch */
	bool *dropped;               /* of the names that records learnt */
	bool with_id, with_ns;       /* is there something of _id, of _ns among the columns */
	bool ended, set_aside;       /* set_aside: the document at hand is no row */
	const bson_t *document;
	uint64_t number, left_out;   /* of the document, from 1; values that are of no column */
	struct ns_err first_left_out;
	struct ns_buffer name, joined;
	char place[NS_DOCUMENT_PLACE_MAX];
};

static void release(struct documents *documents)
{
	ns_records_release(&documents->records);
	ns_buffer_release(&documents->name);
	ns_buffer_release(&documents->joined);
	free(documents->columns);
	free(documents->dropped);
	documents->columns = NULL;
	documents->dropped = NULL;
}

/* --- messages --- */

/* "_id 65f0..." or "document 17", without NUL; its length, below PLACE_MAX. iter stands at the _id, or is NULL. */
static size_t print_place(char *out, const bson_iter_t *iter, uint64_t number)
{
	enum { SHOWN = 60 };
	struct ns_bson_text value;
	if (!iter || ns_bson_print(&value, iter) != NS_BSON_TEXT)
		return (size_t)((char *)mempcpy(out, "document ", 9) - out) + ns_unsigned_print(out + 9, number);
	char *to = mempcpy(out, value.plain ? "_id " : "_id '", value.plain ? 4 : 5);
	to = mempcpy(to, value.text, value.size > SHOWN ? SHOWN : value.size);
	if (value.size > SHOWN)
		to = mempcpy(to, "...", 3);
	if (!value.plain)
		*to++ = '\'';
	return (size_t)(to - out);
}

const char *ns_document_place(char out[NS_DOCUMENT_PLACE_MAX], const char *source, const bson_t *document, uint64_t number)
{
	char place[PLACE_MAX];
	bson_iter_t iter;
	size_t size = print_place(place, bson_iter_init_find(&iter, document, "_id") ? &iter : NULL, number);
	snprintf(out, NS_DOCUMENT_PLACE_MAX, "%s: %.*s", source, (int)size, place);
	return out;
}

static const char *place(struct documents *documents)
{
	return ns_document_place(documents->place, documents->options->source, documents->document, documents->number);
}

/* The document is no row. */
static int set_aside(struct documents *documents, const struct ns_err *why, struct ns_err *err)
{
	documents->set_aside = true;
	return documents->reject->row(documents->reject->context, "", 0, 0, documents->records.rows, why->text, err);
}

static int refuse_document(struct documents *documents, const char *what, struct ns_err *err)
{
	struct ns_err why;
	ns_fail(&why, NS_EDATA, "%s: %s", place(documents), what);
	return set_aside(documents, &why, err);
}

/* --- names --- */

static bool is_dropped(const struct documents *documents, const char *name)
{
	const struct ns_texts *drop = &documents->options->drop;
	for (size_t i = 0; i < drop->count; i++)
		if (strcmp(drop->items[i], name) == 0 || (strpbrk(drop->items[i], "*?[") && fnmatch(drop->items[i], name, 0) == 0))
			return true;
	return false;
}

/* Is a column of this name dropped, itself or a document that it lies in? */
static bool is_column_dropped(const struct documents *documents, const char *column, struct ns_arena *arena)
{
	char *name = ns_strdup(arena, column);
	bool dropped = is_dropped(documents, name);
	for (char *dot = strrchr(name, '.'); dot && !dropped; dot = strrchr(name, '.')) {
		*dot = '\0';
		dropped = is_dropped(documents, name);
	}
	return dropped;
}

/* Is it this field of the outermost document, or one within it? */
static bool is_within(const char *name, const char *outer)
{
	size_t size = strlen(outer);
	return strncmp(name, outer, size) == 0 && (name[size] == '\0' || name[size] == '.');
}

/* A name that is no column's: is it dropped? It is remembered. */
static bool learn(struct documents *documents, const char *name, size_t size)
{
	bool dropped = is_dropped(documents, name);
	size_t at = size > NAME_SIZE_MAX ? NS_FIELDS_NONE : ns_records_learn(&documents->records, name, size);
	if (at != NS_FIELDS_NONE)
		documents->dropped[at - documents->records.width] = dropped;
	return dropped;
}

/* As ns_records_find; *dropped only where it is no column. */
static size_t find(bool *dropped, struct documents *documents, const char *name, size_t size)
{
	size_t width = documents->records.width, at = ns_records_find(&documents->records, name, size);
	if (at == NS_FIELDS_NONE)
		*dropped = learn(documents, name, size);
	else if (at >= width)
		*dropped = documents->dropped[at - width];
	else
		*dropped = false;
	return at;
}

/* --- fields --- */

/* Can a column be called so? */
static bool is_fit(const char *name, size_t size)
{
	return size > 0 && size <= NAME_SIZE_MAX && ns_utf8_valid(name, size);
}

static void describe_extra(struct ns_err *why, struct documents *documents, const char *name, bool refused)
{
	const struct ns_documents_options *options = documents->options;
	const char *remedy = " (--drop or --extra ignore leaves it out)";
	char sampled[64];
	snprintf(sampled, sizeof sampled, "the first %" PRId64 " documents", options->sample);
	if (!options->known_from)
		remedy = " (--sample looks at more of them, -c names the columns, --drop or --extra ignore leaves it out)";
	if (!is_fit(name, strlen(name)))
		ns_fail(why, NS_EDATA, "%s: the name of field '%.80s' is %s%s", place(documents), name,
			!*name ? "empty" : strlen(name) > NAME_SIZE_MAX ? "longer than 1024 bytes" : "not UTF-8", refused ? " (--drop or --extra ignore leaves it out)" : "");
	else
		ns_fail(why, NS_EDATA, "%s: field '%s' is not in %s%s", place(documents), name, options->known_from ? options->known_from : sampled,
			refused ? remedy : "");
}

/* A field that is no column. */
static int leave_out(struct documents *documents, const char *name, struct ns_err *err)
{
	bool refused = documents->options->extra == NS_EXTRA_REFUSE;
	struct ns_err why;
	if (is_within(name, "_id") || is_within(name, "_ns"))
		return NS_OK;
	if (!refused && documents->left_out++)
		return NS_OK;
	describe_extra(&why, documents, name, refused);
	if (refused)
		return set_aside(documents, &why, err);
	documents->first_left_out = why;
	return NS_OK;
}

/* A value that a cell cannot hold is missing, or its document is no row. */
static int refuse_value(struct documents *documents, const char *name, const struct ns_bson_text *value, struct ns_err *err)
{
	struct ns_err why;
	bool missing, array = strcmp(value->text, "an array") == 0;
	ns_fail(&why, NS_EDATA, "%s: field '%s' is %s (%s--drop '%s' leaves it out, --on-error skip or missing goes on)", place(documents), name,
		value->text, array ? "--join writes its elements, " : "", name);
	NS_TRY(documents->reject->value(&missing, documents->reject->context, documents->records.rows, why.text, err));
	documents->set_aside = !missing;
	return NS_OK;
}

static int refuse_twice(struct documents *documents, const char *name, struct ns_err *err)
{
	struct ns_err why;
	ns_fail(&why, NS_EDATA, "%s: field '%s' comes twice (--drop '%s' leaves both out, --on-error skip the document)", place(documents), name, name);
	return set_aside(documents, &why, err);
}

static int put(struct documents *documents, size_t column, const char *name, const bson_iter_t *iter, struct ns_err *err)
{
	struct ns_bson_text value;
	const char *join = documents->options->join;
	bool joined = join && bson_iter_type_unsafe(iter) == BSON_TYPE_ARRAY;
	enum ns_bson_kind kind = joined ? ns_bson_join(&value, &documents->joined, iter, join) : ns_bson_print(&value, iter);
	if (kind == NS_BSON_BAD)
		return refuse_value(documents, name, &value, err);
	if (kind == NS_BSON_MISSING)
		return NS_OK;
	int failed = (value.plain ? ns_records_put_plain : ns_records_put_text)(&documents->records, column, value.text, value.size);
	return failed ? refuse_document(documents, TOO_LARGE, err) : NS_OK;
}

static int take(struct documents *documents, const char *name, size_t size, const bson_iter_t *iter, struct ns_err *err)
{
	bool dropped;
	size_t column = find(&dropped, documents, name, size);
	if (dropped)
		return NS_OK;
	if (column >= documents->records.width)
		return leave_out(documents, name, err);
	if (!ns_records_claim(&documents->records, column))
		return refuse_twice(documents, name, err);
	if (bson_iter_type_unsafe(iter) != BSON_TYPE_INT32)
		return put(documents, column, name, iter, err);
	int failed = ns_records_put_integer(&documents->records, column, bson_iter_int32_unsafe(iter)); /* what most tables are made of */
	return failed ? refuse_document(documents, TOO_LARGE, err) : NS_OK;
}

/* On the way to the columns: what cannot be one is met again, and refused then. */
static int gather(struct documents *documents, const char *name, size_t size, struct ns_err *err)
{
	bool added;
	if (!is_fit(name, size) || is_dropped(documents, name))
		return NS_OK;
	ns_fields_add(&added, documents->gathered, name, size);
	if (documents->gathered->count > NS_RECORDS_WIDTH_MAX)
		return ns_fail(err, NS_EDATA, "%s: more than %d fields, the limit of a table (-c names the columns, --drop leaves fields out)",
			documents->options->source, NS_RECORDS_WIDTH_MAX);
	return NS_OK;
}

/* --- documents --- */

/* The name of a field within the document whose name is the first `outer` bytes of documents->name; -1: it is too long. */
static int extend_name(struct documents *documents, size_t outer, const char *key, size_t size)
{
	struct ns_buffer *name = &documents->name;
	name->size = outer;
	if ((outer && ns_buffer_append(name, ".", 1)) || ns_buffer_append(name, key, size + 1))
		return -1;
	name->size--;
	return 0;
}

static int walk(struct documents *documents, bson_iter_t *iter, size_t outer, int depth, struct ns_err *err);

/* The fields of a nested document, whose name is documents->name. */
static int enter(struct documents *documents, const bson_iter_t *iter, int depth, struct ns_err *err)
{
	struct ns_buffer *name = &documents->name;
	bool dropped = false;
	bson_iter_t inner;
	if (documents->gathered)
		dropped = is_dropped(documents, name->data);
	else
		find(&dropped, documents, name->data, name->size);
	if (dropped)
		return NS_OK;
	if (depth == DEPTH_MAX)
		return refuse_document(documents, "has documents in documents deeper than 100 (--drop leaves the outermost out)", err);
	if (!ns_bson_enter(&inner, iter))
		return refuse_document(documents, MALFORMED, err);
	return walk(documents, &inner, name->size, depth + 1, err);
}

/* A field of the outermost document whose name begins with _: is it its own, and no column speaks of it? The row is called by its _id. */
static bool pass_own(struct documents *documents, const char *name, const bson_iter_t *iter)
{
	char text[PLACE_MAX];
	bool is_id = strcmp(name, "_id") == 0;
	if (is_id && !documents->gathered)
		ns_records_put_place(&documents->records, text, print_place(text, iter, documents->number));
	return is_id ? !documents->with_id : !documents->with_ns && strcmp(name, "_ns") == 0;
}

static int walk(struct documents *documents, bson_iter_t *iter, size_t outer, int depth, struct ns_err *err)
{
	while (!documents->set_aside && bson_iter_next(iter)) {
		const char *name = bson_iter_key_unsafe(iter);
		size_t size = bson_iter_key_len(iter);
		bool nested = bson_iter_type_unsafe(iter) == BSON_TYPE_DOCUMENT;
		if (depth == 1 && name[0] == '_' && pass_own(documents, name, iter))
			continue;
		if (depth > 1 || nested) {
			if (extend_name(documents, outer, name, size))
				return refuse_document(documents, "has a field whose name, with those of the documents around it, is longer than 1024 bytes "
					"(--drop leaves the outermost out)", err);
			name = documents->name.data;
			size = documents->name.size;
		}
		NS_TRY(nested ? enter(documents, iter, depth, err) : documents->gathered ? gather(documents, name, size, err)
			: take(documents, name, size, iter, err));
	}
	return iter->err_off && !documents->set_aside ? refuse_document(documents, MALFORMED, err) : NS_OK;
}

static int walk_document(struct documents *documents, struct ns_err *err)
{
	bson_iter_t iter;
	documents->set_aside = false;
	if (!bson_iter_init(&iter, documents->document))
		return refuse_document(documents, MALFORMED, err);
	return walk(documents, &iter, 0, 1, err);
}

static int next_document(struct documents *documents, struct ns_err *err)
{
	documents->number++;
	return documents->stream->next(&documents->document, documents->stream->context, err);
}

static void init(struct documents *documents, const struct ns_document_stream *stream, const struct ns_documents_options *options)
{
	*documents = (struct documents){.stream = stream, .options = options, .name = NS_BUFFER_INIT(NAME_SIZE_MAX + 1),
		.joined = NS_BUFFER_INIT(NS_CELL_SIZE)};
}

/* --- the columns of the first documents --- */

static int pass_over(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err)
{
	(void)context, (void)raw, (void)size, (void)line, (void)rows, (void)why, (void)err;
	return NS_OK;
}

static int gather_all(struct documents *documents, struct ns_err *err)
{
	for (;;) {
		NS_TRY(next_document(documents, err));
		if (!documents->document)
			return NS_OK;
		NS_TRY(walk_document(documents, err));
	}
}

int ns_documents_columns(struct ns_texts *columns, const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_reject reject = {.row = pass_over};
	struct ns_fields names = {0};
	struct documents documents;
	init(&documents, stream, options);
	documents.reject = &reject;
	documents.gathered = &names;
	int status = gather_all(&documents, err);
	*columns = (struct ns_texts){NS_NEW_ARRAY(arena, const char *, names.count), names.count};
	for (size_t i = 0; i < names.count; i++)
		columns->items[i] = ns_strndup(arena, names.items[i].name, names.items[i].size);
	ns_fields_release(&names);
	release(&documents);
	return status;
}

/* --- a source of rows --- */

/* The columns that are not dropped, each once. */
static int choose_columns(struct ns_table *header, struct documents *documents, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_documents_options *options = documents->options;
	struct ns_fields seen = {0};
	bool fresh = true, utf8 = true;
	const char *name = "";
	header->columns = NS_NEW_ARRAY(arena, struct ns_column, options->columns.count);
	for (size_t i = 0; i < options->columns.count && fresh && utf8; i++) {
		name = options->columns.items[i];
		if (is_column_dropped(documents, name, arena))
			continue;
		ns_fields_add(&fresh, &seen, name, strlen(name));
		utf8 = *name && ns_utf8_valid(name, strlen(name));
		header->columns[header->width++].name = name;
		documents->with_id |= is_within(name, "_id");
		documents->with_ns |= is_within(name, "_ns");
	}
	ns_fields_release(&seen);
	if (!fresh)
		return ns_fail(err, NS_ECALL, "%s: column '%s' is named twice", options->source, name);
	if (!utf8)
		return ns_fail(err, NS_ECALL, "%s: '%s' is no name for a column: it is %s", options->source, name, *name ? "not UTF-8" : "empty");
	if (header->width == 0 || header->width > NS_RECORDS_WIDTH_MAX)
		return ns_fail(err, NS_EDATA, "%s: %s", options->source, header->width ? "more than 65536 columns, the limit of a table" : "no columns are left");
	return NS_OK;
}

static int open_documents(struct ns_table *header, void *context, const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err)
{
	struct documents *documents = context;
	*header = (struct ns_table){.source = documents->options->source};
	NS_TRY(choose_columns(header, documents, arena, err));
	const char **names = NS_NEW_ARRAY(arena, const char *, header->width);
	for (size_t i = 0; i < header->width; i++)
		names[i] = header->columns[i].name;
	ns_records_init(&documents->records, names, header->width);
	documents->reject = reject;
	documents->columns = ns_malloc_array(header->width, sizeof *documents->columns);
	documents->dropped = ns_malloc_array(NS_RECORDS_LEARNT_MAX, sizeof *documents->dropped);
	return NS_OK;
}

/* One document more, which becomes a row or is set aside. */
static int add_row(struct documents *documents, struct ns_err *err)
{
	struct ns_records *records = &documents->records;
	ns_records_begin(records);
	NS_TRY(walk_document(documents, err));
	if (!documents->set_aside && ns_records_end(records))
		NS_TRY(refuse_document(documents, TOO_LARGE, err));
	if (documents->set_aside)
		ns_records_drop(records);
	return NS_OK;
}

static void note_left_out(const struct documents *documents)
{
	if (documents->left_out)
		ns_note("%" PRIu64 " %s of no column %s left out, the first: %s", documents->left_out, documents->left_out == 1 ? "value" : "values",
			documents->left_out == 1 ? "was" : "were", documents->first_left_out.text);
}

static int next_rows(struct ns_table *batch, void *context, struct ns_err *err)
{
	struct documents *documents = context;
	struct ns_records *records = &documents->records;
	ns_records_clear(records);
	while (!documents->ended && !ns_records_full(records)) {
		NS_TRY(next_document(documents, err));
		documents->ended = !documents->document;
		if (!documents->ended)
			NS_TRY(add_row(documents, err));
	}
	if (records->rows == 0)
		note_left_out(documents);
	ns_records_batch(batch, documents->columns, records);
	batch->source = documents->options->source;
	return NS_OK;
}

static void close_documents(void *context)
{
	release(context);
}

const struct ns_source *ns_documents_source(const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena)
{
	struct documents *documents = NS_NEW(arena, struct documents);
	init(documents, stream, options);
	documents->source = (struct ns_source){options->source, open_documents, next_rows, close_documents, documents};
	return &documents->source;
}
