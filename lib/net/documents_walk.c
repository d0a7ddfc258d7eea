#include "net/documents_walk.h"

#include <bson/bson.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "net/documents_value.h"

enum { DEPTH_MAX = 100, PLACE_MAX = 96 };

#define MALFORMED "is malformed BSON (is the collection damaged? --on-error skip goes on without such documents)"

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

static const char *place(struct ns_documents *documents)
{
	return ns_document_place(documents->place, documents->options->source, documents->document, documents->number);
}

/* The document is no row. */
static int set_aside(struct ns_documents *documents, const struct ns_err *why, struct ns_err *err)
{
	documents->set_aside = true;
	return documents->reject->row(documents->reject->context, "", 0, 0, documents->records.rows, why->text, err);
}

int ns_documents_refuse(struct ns_documents *documents, const char *what, struct ns_err *err)
{
	struct ns_err why;
	ns_fail(&why, NS_EDATA, "%s: %s", place(documents), what);
	return set_aside(documents, &why, err);
}

/* --- names --- */

static bool is_dropped(const struct ns_documents *documents, const char *name)
{
	const struct ns_texts *drop = &documents->options->drop;
	for (size_t i = 0; i < drop->count; i++)
		if (strcmp(drop->items[i], name) == 0 || (strpbrk(drop->items[i], "*?[") && fnmatch(drop->items[i], name, 0) == 0))
			return true;
	return false;
}

bool ns_documents_drops(const struct ns_documents *documents, const char *column, struct ns_arena *arena)
{
	char *name = ns_strdup(arena, column);
	bool dropped = is_dropped(documents, name);
	for (char *dot = strrchr(name, '.'); dot && !dropped; dot = strrchr(name, '.')) {
		*dot = '\0';
		dropped = is_dropped(documents, name);
	}
	return dropped;
}

bool ns_field_is_within(const char *name, const char *outer)
{
	size_t size = strlen(outer);
	return strncmp(name, outer, size) == 0 && (name[size] == '\0' || name[size] == '.');
}

/* A name that is no column's: is it dropped? It is remembered. */
static bool learn(struct ns_documents *documents, const char *name, size_t size)
{
	bool dropped = is_dropped(documents, name);
	size_t at = size > NS_FIELD_NAME_MAX ? NS_NAME_NONE : ns_records_learn(&documents->records, name, size);
	if (at != NS_NAME_NONE)
		documents->dropped[at - documents->records.width] = dropped;
	return dropped;
}

/* As ns_records_find; *dropped only where it is no column. */
static size_t find(bool *dropped, struct ns_documents *documents, const char *name, size_t size)
{
	size_t width = documents->records.width, at = ns_records_find(&documents->records, name, size);
	if (at == NS_NAME_NONE)
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
	return size > 0 && size <= NS_FIELD_NAME_MAX && ns_utf8_valid(name, size);
}

static void describe_extra(struct ns_err *why, struct ns_documents *documents, const char *name, bool refused)
{
	const struct ns_documents_options *options = documents->options;
	const char *general = " (--drop or --extra ignore leaves it out)", *remedy = general;
	char sampled[64];
	snprintf(sampled, sizeof sampled, "the first %" PRId64 " documents", options->sample);
	if (!options->known_from)
		remedy = " (--sample looks at more of them, -c names the columns, --drop or --extra ignore leaves it out)";
	if (!is_fit(name, strlen(name)))
		ns_fail(why, NS_EDATA, "%s: the name of field '%.80s' is %s%s", place(documents), name,
			!*name ? "empty" : strlen(name) > NS_FIELD_NAME_MAX ? "longer than 1024 bytes" : "not UTF-8", refused ? general : "");
	else
		ns_fail(why, NS_EDATA, "%s: field '%s' is not in %s%s", place(documents), name, options->known_from ? options->known_from : sampled,
			refused ? remedy : "");
}

/* A field that is no column. */
static int leave_out(struct ns_documents *documents, const char *name, struct ns_err *err)
{
	bool refused = documents->options->extra == NS_EXTRA_REFUSE;
	struct ns_err why;
	if (documents->options->extra == NS_EXTRA_OMIT || ns_field_is_within(name, "_id") || ns_field_is_within(name, "_ns"))
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
static int refuse_value(struct ns_documents *documents, const char *name, const char *what, bool joinable, struct ns_err *err)
{
	struct ns_err why;
	bool missing;
	ns_fail(&why, NS_EDATA, "%s: field '%s' is %s (%s--drop '%s' leaves it out, --on-error skip or missing goes on)", place(documents), name,
		what, joinable ? "--join writes its elements, " : "", name);
	NS_TRY(documents->reject->value(&missing, documents->reject->context, documents->records.rows, why.text, err));
	documents->set_aside = !missing;
	return NS_OK;
}

static int refuse_twice(struct ns_documents *documents, const char *name, struct ns_err *err)
{
	struct ns_err why;
	ns_fail(&why, NS_EDATA, "%s: field '%s' comes twice (--drop '%s' leaves both out, --on-error skip the document)", place(documents), name, name);
	return set_aside(documents, &why, err);
}

static int put(struct ns_documents *documents, size_t column, const char *name, const bson_iter_t *iter, struct ns_err *err)
{
	struct ns_bson_text value;
	const char *join = documents->options->join;
	bool array = bson_iter_type_unsafe(iter) == BSON_TYPE_ARRAY;
	enum ns_bson_kind kind = array && join ? ns_bson_join(&value, &documents->joined, iter, join) : ns_bson_print(&value, iter);
	if (kind == NS_BSON_BAD)
		return refuse_value(documents, name, value.text, array && !join, err);
	if (kind == NS_BSON_MISSING)
		return NS_OK;
	int failed = (value.plain ? ns_records_put_plain : ns_records_put_text)(&documents->records, column, value.text, value.size);
	return failed ? ns_documents_refuse(documents, NS_DOCUMENT_TOO_LARGE, err) : NS_OK;
}

static int take(struct ns_documents *documents, const char *name, size_t size, const bson_iter_t *iter, struct ns_err *err)
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
	return failed ? ns_documents_refuse(documents, NS_DOCUMENT_TOO_LARGE, err) : NS_OK;
}

/* On the way to the columns: what cannot be one is met again, and refused then. */
static int gather(struct ns_documents *documents, const char *name, size_t size, struct ns_err *err)
{
	bool added;
	if (!is_fit(name, size) || is_dropped(documents, name))
		return NS_OK;
	ns_name_index_add(&added, documents->gathered, name, size);
	if (documents->gathered->count > NS_RECORDS_WIDTH_MAX)
		return ns_fail(err, NS_EDATA, "%s: more than %d fields, the limit of a table (-c names the columns, --drop leaves fields out)",
			documents->options->source, NS_RECORDS_WIDTH_MAX);
	return NS_OK;
}

/* --- documents --- */

/*
 * The name of a field, where it is nested behind the first `outer` bytes of documents->name, those of the document around it. One that
 * is longer than any column's is cut where that shows.
 */
static void make_name(struct ns_documents *documents, size_t outer, bool nested, const char *key, size_t size)
{
	struct ns_buffer *name = &documents->name;
	name->size = outer;
	if (nested && name->size <= NS_FIELD_NAME_MAX)
		ns_buffer_append(name, ".", 1);
	size_t room = NS_FIELD_NAME_MAX + 1 - name->size;
	ns_buffer_append(name, key, size < room ? size : room);
	ns_buffer_append(name, "", 1);
	name->size--;
}

static int walk(struct ns_documents *documents, bson_iter_t *iter, size_t outer, int depth, struct ns_err *err);

/* The fields of a nested document, whose name is documents->name. */
static int enter(struct ns_documents *documents, const bson_iter_t *iter, int depth, struct ns_err *err)
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
		return ns_documents_refuse(documents, "has documents in documents deeper than 100 (--drop leaves the outermost out)", err);
	if (!ns_bson_enter(&inner, iter))
		return ns_documents_refuse(documents, MALFORMED, err);
	return walk(documents, &inner, name->size, depth + 1, err);
}

/* A field of the outermost document whose name begins with _: is it its own, and no column speaks of it? The row is called by its _id. */
static bool pass_own(struct ns_documents *documents, const char *name, const bson_iter_t *iter)
{
	char text[PLACE_MAX];
	bool is_id = strcmp(name, "_id") == 0;
	if (is_id && !documents->gathered)
		ns_records_put_place(&documents->records, text, print_place(text, iter, documents->number));
	return is_id ? !documents->with_id : !documents->with_ns && strcmp(name, "_ns") == 0;
}

static int walk(struct ns_documents *documents, bson_iter_t *iter, size_t outer, int depth, struct ns_err *err)
{
	while (!documents->set_aside && bson_iter_next(iter)) {
		const char *name = bson_iter_key_unsafe(iter);
		size_t size = bson_iter_key_len(iter);
		bool holds_fields = bson_iter_type_unsafe(iter) == BSON_TYPE_DOCUMENT;
		if (depth == 1 && name[0] == '_' && pass_own(documents, name, iter))
			continue;
		if (depth > 1 || holds_fields) {
			make_name(documents, outer, depth > 1, name, size);
			name = documents->name.data;
			size = documents->name.size;
		}
		if (holds_fields && size <= NS_FIELD_NAME_MAX)
			NS_TRY(enter(documents, iter, depth, err));
		else if (documents->gathered)
			NS_TRY(gather(documents, name, size, err));
		else
			NS_TRY(take(documents, name, size, iter, err));
	}
	return iter->err_off && !documents->set_aside ? ns_documents_refuse(documents, MALFORMED, err) : NS_OK;
}

int ns_documents_walk(struct ns_documents *documents, struct ns_err *err)
{
	const bson_t *document = documents->document;
	bson_iter_t iter;
	documents->set_aside = false;
	if (!bson_iter_init(&iter, document))
		return ns_documents_refuse(documents, MALFORMED, err);
	return walk(documents, &iter, 0, 1, err);
}
