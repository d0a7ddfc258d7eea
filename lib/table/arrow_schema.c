#include "table/arrow_codec.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"

/* --- names of types --- */

static const char *const id_names[] = {"none", "null", "int", "float", "binary", "utf8", "bool", "decimal", "date", "time", "timestamp", "interval",
	"list", "struct", "union", "fixed_size_binary", "fixed_size_list", "map", "duration", "large_binary", "large_utf8", "large_list",
	"run_end_encoded", "binary_view", "utf8_view", "list_view", "large_list_view"};
static const char *const unit_names[] = {"s", "ms", "us", "ns"};

const char *ns_arrow_type_name(const struct ns_arrow_type *type, struct ns_arena *arena)
{
	switch (type->id) {
	case NS_ARROW_INT: return ns_format(arena, "%sint%d", type->is_signed ? "" : "u", (int)type->width);
	case NS_ARROW_FLOAT: return ns_format(arena, "float%d", (int)type->width);
	case NS_ARROW_DATE: return type->unit ? "date64" : "date32";
	case NS_ARROW_TIME: return ns_format(arena, "time%d[%s]", (int)type->width, unit_names[type->unit]);
	case NS_ARROW_DURATION: return ns_format(arena, "duration[%s]", unit_names[type->unit]);
	case NS_ARROW_TIMESTAMP:
		return ns_format(arena, "timestamp[%s%s%s]", unit_names[type->unit], type->timezone ? ", " : "", type->timezone ? type->timezone : "");
	case NS_ARROW_DECIMAL: return ns_format(arena, "decimal%d(%d, %d)", (int)type->width, (int)type->precision, (int)type->scale);
	case NS_ARROW_FIXED_BINARY: return ns_format(arena, "fixed_size_binary[%d]", (int)type->width);
	default: return id_names[type->id];
	}
}

bool ns_arrow_same_type(const struct ns_arrow_type *a, const struct ns_arrow_type *b)
{
	enum ns_arrow_id first = a->id == NS_ARROW_LARGE_UTF8 ? NS_ARROW_UTF8 : a->id == NS_ARROW_LARGE_BINARY ? NS_ARROW_BINARY : a->id;
	enum ns_arrow_id second = b->id == NS_ARROW_LARGE_UTF8 ? NS_ARROW_UTF8 : b->id == NS_ARROW_LARGE_BINARY ? NS_ARROW_BINARY : b->id;
	return first == second && a->width == b->width && a->is_signed == b->is_signed && a->unit == b->unit && a->precision == b->precision &&
	       a->scale == b->scale && strcmp(a->timezone ? a->timezone : "", b->timezone ? b->timezone : "") == 0;
}

enum ns_type ns_arrow_natural_type(const struct ns_arrow_type *type)
{
	switch (type->id) {
	case NS_ARROW_NULL:
	case NS_ARROW_BOOL:
	case NS_ARROW_INT:
	case NS_ARROW_FLOAT:
	case NS_ARROW_DECIMAL:
	case NS_ARROW_DURATION: return NS_NUMBER;
	default: return NS_TEXT;
	}
}

const char *ns_arrow_columns_digest(const struct ns_column *columns, const struct ns_arrow_type *types, size_t width, struct ns_arena *arena)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a over every name and type, their NULs too */
	struct ns_arena scratch = NS_ARENA_INIT;
	for (size_t i = 0; i < width; i++) {
		const char *parts[] = {columns[i].name, ns_arrow_type_name(&types[i], &scratch)};
		for (size_t p = 0; p < 2; p++)
			for (const char *c = parts[p], *end = c + strlen(c) + 1; c < end; c++)
				hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
		ns_arena_reset(&scratch);
	}
	ns_arena_release(&scratch);
	return ns_format(arena, "%016" PRIx64, hash);
}

void ns_arrow_plain_metadata(struct ns_metadata *metadata, struct ns_arena *arena)
{
	struct ns_metadata all = *metadata;
	for (size_t i = 0; i < all.count; i++)
		if (strncmp(all.pairs[i].key, "_PL_", 4) == 0 || strncmp(all.pairs[i].key, "ARROW:extension:", 16) == 0)
			ns_metadata_set(metadata, all.pairs[i].key, NULL, arena);
}

/* --- reading --- */

struct reading {
	struct ns_arrow_schema *schema;
	const char *file; /* for messages */
	struct ns_arena *arena;
	struct ns_err *err;
	size_t copied; /* bytes of names and metadata: tables may share one string, so their sum is limited, not only the message */
};

/* A copy of a name, key or value; absent is "". */
static int read_text(const char **out, struct reading *reading, struct ns_span text, const char *what)
{
	if (text.size > NS_ARROW_METADATA_MAX - reading->copied)
		return ns_fail(reading->err, NS_EDATA, "%s: the Arrow schema's names and metadata are larger than 64 MiB", reading->file);
	if (text.size && (!ns_utf8_valid(text.data, text.size) || memchr(text.data, 0, text.size)))
		return ns_fail(reading->err, NS_EDATA, "%s: %s '%.*s' in the Arrow schema is not UTF-8 text", reading->file, what, (int)(text.size < 100 ? text.size : 100), text.data);
	reading->copied += text.size;
	*out = ns_strndup(reading->arena, text.data, text.size);
	return NS_OK;
}

static int read_metadata(struct ns_metadata *metadata, struct reading *reading, const struct ns_flat_table *table, unsigned slot)
{
	struct ns_flat_vector pairs = ns_flat_vector(table, slot, 4);
	if (pairs.count > NS_ARROW_COLUMNS_MAX)
		return ns_fail(reading->err, NS_EDATA, "%s: the Arrow schema has %zu metadata entries in one place: more than 65536", reading->file, pairs.count);
	metadata->pairs = NS_NEW_ARRAY(reading->arena, struct ns_pair, pairs.count);
	for (metadata->count = 0; metadata->count < pairs.count; metadata->count++) {
		struct ns_flat_table pair = ns_flat_item(&pairs, metadata->count);
		NS_TRY(read_text(&metadata->pairs[metadata->count].key, reading, ns_flat_text(&pair, 0), "metadata key"));
		NS_TRY(read_text(&metadata->pairs[metadata->count].value, reading, ns_flat_text(&pair, 1), "metadata value"));
	}
	return NS_OK;
}

static bool read_int(struct ns_arrow_type *type, const struct ns_flat_table *table)
{
	*type = (struct ns_arrow_type){.id = NS_ARROW_INT, .width = (int32_t)ns_flat_scalar(table, 0, 4, 0), .is_signed = ns_flat_scalar(table, 1, 1, 0) != 0};
	return type->width == 8 || type->width == 16 || type->width == 32 || type->width == 64;
}

static bool read_decimal(struct ns_arrow_type *type, const struct ns_flat_table *table)
{
	type->precision = (int32_t)ns_flat_scalar(table, 0, 4, 0);
	type->scale = (int32_t)ns_flat_scalar(table, 1, 4, 0);
	type->width = (int32_t)ns_flat_scalar(table, 2, 4, 128);
	return (type->width == 32 || type->width == 64 || type->width == 128 || type->width == 256) && type->precision >= 1 && type->precision <= 76 &&
	       type->scale >= -76 && type->scale <= 76;
}

/* date, time, timestamp, duration: the unit and how wide it makes the value. */
static bool read_time(struct ns_arrow_type *type, const struct ns_flat_table *table)
{
	int64_t unit = ns_flat_scalar(table, 0, 2, type->id == NS_ARROW_TIMESTAMP ? 0 : 1);
	if (unit < 0 || unit > (type->id == NS_ARROW_DATE ? 1 : 3))
		return false;
	type->unit = (int16_t)unit;
	type->is_signed = true;
	type->width = 64;
	if (type->id == NS_ARROW_DATE)
		type->width = unit == 0 ? 32 : 64;
	if (type->id == NS_ARROW_TIME)
		type->width = (int32_t)ns_flat_scalar(table, 1, 4, 32);
	return type->id != NS_ARROW_TIME || type->width == (unit < 2 ? 32 : 64);
}

/* False where the parameters make no sense; the id is one that we read. */
static bool read_parameters(struct ns_arrow_field *field, const struct ns_flat_table *table)
{
	struct ns_arrow_type *type = &field->type;
	int64_t number;
	switch (type->id) {
	case NS_ARROW_INT: return read_int(type, table);
	case NS_ARROW_DECIMAL: return read_decimal(type, table);
	case NS_ARROW_DATE:
	case NS_ARROW_TIME:
	case NS_ARROW_TIMESTAMP:
	case NS_ARROW_DURATION: return read_time(type, table);
	case NS_ARROW_FLOAT:
		number = ns_flat_scalar(table, 0, 2, 0);
		type->width = number == 0 ? 16 : number == 1 ? 32 : 64;
		return number >= 0 && number <= 2;
	case NS_ARROW_FIXED_BINARY:
		type->width = (int32_t)ns_flat_scalar(table, 0, 4, 0);
		return type->width >= 0;
	case NS_ARROW_UTF8_VIEW:
	case NS_ARROW_BINARY_VIEW:
		type->id = type->id == NS_ARROW_UTF8_VIEW ? NS_ARROW_UTF8 : NS_ARROW_BINARY;
		field->view = true;
		return true;
	default: return true;
	}
}

static bool is_supported(int64_t id)
{
	static const bool nested[] = {[NS_ARROW_INTERVAL] = true, [NS_ARROW_LIST] = true, [NS_ARROW_STRUCT] = true, [NS_ARROW_UNION] = true,
		[NS_ARROW_FIXED_LIST] = true, [NS_ARROW_MAP] = true, [NS_ARROW_LARGE_LIST] = true, [NS_ARROW_RUN_END] = true,
		[NS_ARROW_LIST_VIEW] = true, [NS_ARROW_LARGE_LIST_VIEW] = true};
	return id >= NS_ARROW_NULL && id <= NS_ARROW_LARGE_LIST_VIEW && !nested[id];
}

static int read_type(struct ns_arrow_field *field, struct reading *reading, const struct ns_flat_table *table)
{
	int64_t id = ns_flat_scalar(table, 2, 1, 0);
	struct ns_flat_table type = ns_flat_child(table, 3);
	if (id < NS_ARROW_NULL || id > NS_ARROW_LARGE_LIST_VIEW)
		return ns_fail(reading->err, NS_EDATA, "%s: column '%s': unknown Arrow type %d", reading->file, field->name, (int)id);
	if (!is_supported(id))
		return ns_fail(reading->err, NS_EDATA, "%s: column '%s': Arrow type %s is not supported: leave the column out or write it as text", reading->file, field->name,
			id_names[id]);
	field->type.id = (enum ns_arrow_id)id;
	if (!read_parameters(field, &type))
		return ns_fail(reading->err, NS_EDATA, "%s: column '%s': Arrow type %s with wrong parameters", reading->file, field->name, id_names[id]);
	struct ns_span zone = id == NS_ARROW_TIMESTAMP ? ns_flat_text(&type, 1) : (struct ns_span){0};
	return zone.size ? read_text(&field->type.timezone, reading, zone, "time zone") : NS_OK;
}

/* Finds the dictionary of this id or adds it. Fields that share one have the same type. */
static int read_dictionary(struct ns_arrow_field *field, struct reading *reading, const struct ns_flat_table *encoding)
{
	struct ns_arrow_schema *schema = reading->schema;
	int64_t id = ns_flat_scalar(encoding, 0, 8, 0);
	struct ns_flat_table index = ns_flat_child(encoding, 1);
	field->index = (struct ns_arrow_type){.id = NS_ARROW_INT, .width = 32, .is_signed = true};
	if (index.at && !read_int(&field->index, &index))
		return ns_fail(reading->err, NS_EDATA, "%s: column '%s': dictionary indices of %d bits", reading->file, field->name, (int)field->index.width);
	for (size_t i = 0; i < schema->dictionaries_count && !field->dictionary; i++)
		if (schema->dictionaries[i].id == id)
			field->dictionary = &schema->dictionaries[i];
	if (!field->dictionary) {
		field->dictionary = &schema->dictionaries[schema->dictionaries_count++];
		*field->dictionary = (struct ns_arrow_dictionary){.id = id, .view = field->view, .values.type = field->type};
	}
	struct ns_arrow_type *type = &field->dictionary->values.type;
	if (type->id != field->type.id || !ns_arrow_same_type(type, &field->type) || field->dictionary->view != field->view)
		return ns_fail(reading->err, NS_EDATA, "%s: column '%s': its dictionary is also another column's, of another type", reading->file, field->name);
	field->view = false;
	return NS_OK;
}

static int read_field(struct ns_arrow_field *field, struct reading *reading, const struct ns_flat_table *table)
{
	NS_TRY(read_text(&field->name, reading, ns_flat_text(table, 0), "column name"));
	NS_TRY(read_type(field, reading, table));
	struct ns_flat_table encoding = ns_flat_child(table, 4);
	if (encoding.at)
		NS_TRY(read_dictionary(field, reading, &encoding));
	return read_metadata(&field->metadata, reading, table, 6);
}

int ns_arrow_schema_read(struct ns_arrow_schema *schema, const struct ns_flat_table *message, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	struct reading reading = {schema, name, arena, err, 0};
	struct ns_flat_vector fields = ns_flat_vector(message, 1, 4);
	*schema = (struct ns_arrow_schema){0};
	if (ns_flat_scalar(message, 0, 2, 0) != 0)
		return ns_fail(err, NS_EDATA, "%s: a big-endian Arrow stream is not supported: write it on a little-endian machine", name);
	if (fields.count > NS_ARROW_COLUMNS_MAX)
		return ns_fail(err, NS_EDATA, "%s: the Arrow schema has %zu columns: more than 65536", name, fields.count);
	schema->fields = NS_NEW_ARRAY(arena, struct ns_arrow_field, fields.count);
	schema->dictionaries = NS_NEW_ARRAY(arena, struct ns_arrow_dictionary, fields.count);
	for (; schema->width < fields.count && !message->flat->bad; schema->width++) {
		struct ns_flat_table field = ns_flat_item(&fields, schema->width);
		NS_TRY(read_field(&schema->fields[schema->width], &reading, &field));
	}
	NS_TRY(read_metadata(&schema->metadata, &reading, message, 2));
	return message->flat->bad ? ns_fail(err, NS_EDATA, "%s: the Arrow schema is damaged", name) : NS_OK;
}

void ns_arrow_schema_release(struct ns_arrow_schema *schema)
{
	for (size_t i = 0; i < schema->dictionaries_count; i++)
		ns_arrow_builder_release(&schema->dictionaries[i].values);
	*schema = (struct ns_arrow_schema){0};
}

/* --- writing --- */

void ns_arrow_message_start(struct ns_flat_writer *writer, enum ns_arrow_message kind, int64_t body_size, size_t *header_at)
{
	struct ns_flat_field fields[] = {{0, 2, 4, 0}, {1, 1, kind, 0}, {2, 0, 0, 0}, {3, 8, body_size, 0}}; /* version 4 is V5 */
	ns_flat_start(writer, NS_ARROW_METADATA_MAX);
	ns_flat_link(writer, 0, ns_flat_put_table(writer, fields, 4));
	*header_at = fields[2].at;
}

static void write_metadata(struct ns_flat_writer *writer, size_t at, const struct ns_metadata *metadata)
{
	size_t vector = ns_flat_put_offsets(writer, metadata->count);
	ns_flat_link(writer, at, vector);
	for (size_t i = 0; i < metadata->count && !writer->full; i++) {
		struct ns_flat_field fields[] = {{0, 0, 0, 0}, {1, 0, 0, 0}};
		ns_flat_link(writer, vector + 4 + 4 * i, ns_flat_put_table(writer, fields, 2));
		ns_flat_link(writer, fields[0].at, ns_flat_put_text(writer, metadata->pairs[i].key));
		ns_flat_link(writer, fields[1].at, ns_flat_put_text(writer, metadata->pairs[i].value));
	}
}

static void write_type(struct ns_flat_writer *writer, size_t at, const struct ns_arrow_type *type)
{
	struct ns_flat_field fields[3] = {{0}};
	size_t count = 1;
	switch (type->id) {
	case NS_ARROW_INT:
		fields[0] = (struct ns_flat_field){0, 4, type->width, 0};
		fields[1] = (struct ns_flat_field){1, 1, type->is_signed, 0};
		count = 2;
		break;
	case NS_ARROW_FLOAT: fields[0] = (struct ns_flat_field){0, 2, type->width / 32, 0}; break;
	case NS_ARROW_DECIMAL:
		fields[0] = (struct ns_flat_field){0, 4, type->precision, 0};
		fields[1] = (struct ns_flat_field){1, 4, type->scale, 0};
		fields[2] = (struct ns_flat_field){2, 4, type->width, 0};
		count = 3;
		break;
	case NS_ARROW_TIME:
		fields[1] = (struct ns_flat_field){1, 4, type->width, 0};
		count = 2; /* fall through */
	case NS_ARROW_DATE:
	case NS_ARROW_DURATION:
	case NS_ARROW_TIMESTAMP:
		fields[0] = (struct ns_flat_field){0, 2, type->unit, 0};
		if (type->timezone)
			fields[count++] = (struct ns_flat_field){1, 0, 0, 0};
		break;
	case NS_ARROW_FIXED_BINARY: fields[0] = (struct ns_flat_field){0, 4, type->width, 0}; break;
	default: count = 0;
	}
	ns_flat_link(writer, at, ns_flat_put_table(writer, fields, count));
	if (type->timezone)
		ns_flat_link(writer, fields[1].at, ns_flat_put_text(writer, type->timezone));
}

static void write_field(struct ns_flat_writer *writer, size_t at, const struct ns_column *column, const struct ns_arrow_type *type)
{
	struct ns_flat_field fields[] = {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 1, type->id, 0}, {3, 0, 0, 0}, {5, 0, 0, 0}, {6, 0, 0, 0}};
	ns_flat_link(writer, at, ns_flat_put_table(writer, fields, column->metadata.count ? 6 : 5));
	ns_flat_link(writer, fields[0].at, ns_flat_put_text(writer, column->name));
	write_type(writer, fields[3].at, type);
	ns_flat_link(writer, fields[4].at, ns_flat_put_offsets(writer, 0)); /* no children: older readers want to hear it */
	if (column->metadata.count)
		write_metadata(writer, fields[5].at, &column->metadata);
}

bool ns_arrow_schema_write(struct ns_flat_writer *writer, const struct ns_column *columns, const struct ns_arrow_type *types, size_t width, const struct ns_metadata *metadata)
{
	size_t header_at;
	struct ns_flat_field fields[] = {{0, 2, 0, 0}, {1, 0, 0, 0}, {2, 0, 0, 0}};
	ns_arrow_message_start(writer, NS_ARROW_SCHEMA, 0, &header_at);
	ns_flat_link(writer, header_at, ns_flat_put_table(writer, fields, metadata->count ? 3 : 2));
	size_t vector = ns_flat_put_offsets(writer, width);
	ns_flat_link(writer, fields[1].at, vector);
	for (size_t i = 0; i < width && !writer->full; i++)
		write_field(writer, vector + 4 + 4 * i, &columns[i], &types[i]);
	if (metadata->count)
		write_metadata(writer, fields[2].at, metadata);
	ns_flat_finish(writer);
	return !writer->full;
}
