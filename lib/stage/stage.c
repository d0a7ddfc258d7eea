#include "stage/stage.h"

#include <string.h>

#include "base/number.h"
#include "base/random.h"
#include "table/arrow.h"

static const struct ns_stage_kind *const kinds[] = {
	&ns_stage_impute,
	&ns_stage_encode,
	&ns_stage_scale,
	&ns_stage_model,
};

enum { KINDS = sizeof kinds / sizeof kinds[0], STAGE_MAX = 1 << 30 };

/* Bytes of the schema message at the head of a stream of ours: marker, length, flatbuffer (arrow.c draws it). */
static size_t schema_message_size(const unsigned char *bytes, size_t size)
{
	if (size < 8)
		return size;
	uint32_t length = bytes[4] | (uint32_t)bytes[5] << 8 | (uint32_t)bytes[6] << 16 | (uint32_t)bytes[7] << 24;
	return length > size - 8 ? size : 8 + (size_t)length;
}

/* Everything the stream says but ns:digest: metadata, column names, and all bytes behind the schema message. */
static void take_digest(char digest[NS_DIGEST_SIZE], const struct ns_table *table, const void *bytes, size_t size)
{
	struct ns_hasher hasher;
	ns_hasher_init(&hasher, 0x6e657473, 0x65637374);
	for (size_t i = 0; i < table->metadata.count; i++) {
		const struct ns_pair *pair = &table->metadata.pairs[i];
		if (strcmp(pair->key, "ns:digest") == 0)
			continue;
		ns_hasher_add(&hasher, pair->key, strlen(pair->key) + 1);
		ns_hasher_add(&hasher, pair->value, strlen(pair->value) + 1);
	}
	for (size_t i = 0; i < table->width; i++)
		ns_hasher_add(&hasher, table->columns[i].name, strlen(table->columns[i].name) + 1);
	size_t head = schema_message_size(bytes, size);
	ns_hasher_add(&hasher, (const char *)bytes + head, size - head);
	ns_hasher_hex(digest, &hasher);
}

static void extend_chain(struct ns_stage *stage, struct ns_arena *arena)
{
	struct ns_hasher hasher;
	ns_hasher_init(&hasher, 0x6e657473, 0x65636368);
	ns_hasher_add(&hasher, stage->before.digest, strlen(stage->before.digest) + 1);
	ns_hasher_add(&hasher, stage->digest, strlen(stage->digest) + 1);
	ns_hasher_hex(stage->after.digest, &hasher);
	const char *behind = stage->before.behind;
	stage->after.behind = ns_format(arena, "%s%s%s", behind, *behind ? " " : "", stage->kind->name);
}

static int read_text(const char **value, const struct ns_stage *stage, const char *key, struct ns_err *err)
{
	*value = ns_metadata_find(&stage->table.metadata, key);
	if (!*value)
		return ns_fail(err, NS_EDATA, "%s: the stage has no '%s': it is damaged, learn it again", stage->path, key);
	return NS_OK;
}

static int read_digest(char digest[NS_DIGEST_SIZE], const struct ns_stage *stage, const char *key, struct ns_err *err)
{
	const char *text;
	NS_TRY(read_text(&text, stage, key, err));
	size_t size = strlen(text);
	if ((size != 0 && size != NS_DIGEST_SIZE - 1) || strspn(text, "0123456789abcdef") != size)
		return ns_fail(err, NS_EDATA, "%s: '%s' of the stage is '%s', not a digest", stage->path, key, text);
	memcpy(digest, text, size + 1);
	return NS_OK;
}

static int read_inputs(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const char *numbers, *texts, **number_names, **text_names;
	size_t number_count, text_count;
	NS_TRY(read_text(&numbers, stage, "ns:numbers", err));
	NS_TRY(read_text(&texts, stage, "ns:texts", err));
	ns_list_split(&number_names, &number_count, numbers, arena);
	ns_list_split(&text_names, &text_count, texts, arena);
	stage->inputs_count = number_count + text_count;
	stage->inputs = NS_NEW_ARRAY(arena, struct ns_stage_input, stage->inputs_count);
	for (size_t i = 0; i < number_count; i++)
		stage->inputs[i] = (struct ns_stage_input){number_names[i], NS_NUMBER};
	for (size_t i = 0; i < text_count; i++)
		stage->inputs[number_count + i] = (struct ns_stage_input){text_names[i], NS_TEXT};
	return NS_OK;
}

static int find_kind(struct ns_stage *stage, struct ns_err *err)
{
	const struct ns_metadata *metadata = &stage->table.metadata;
	const char *name = ns_metadata_find(metadata, "ns:stage"), *format = ns_metadata_find(metadata, "ns:format");
	int64_t number = 0;
	if (!name)
		return ns_fail(err, NS_EDATA, "%s: a table, not a stage: it was not written by -w or ns-fit", stage->path);
	if (!format || !ns_integer_parse(&number, format, strlen(format)) || number != NS_STAGE_FORMAT)
		return ns_fail(err, NS_EDATA, "%s: stage '%s' has format %s, this version reads format %d", stage->path, name,
			format ? format : "none", NS_STAGE_FORMAT);
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			stage->kind = kinds[i];
	if (!stage->kind)
		return ns_fail(err, NS_EDATA, "%s: unknown kind of stage '%s'", stage->path, name);
	return NS_OK;
}

int ns_stage_parse(struct ns_stage *stage, size_t *used, const void *data, size_t size, const char *path,
	struct ns_arena *arena, struct ns_err *err)
{
	char stored[NS_DIGEST_SIZE];
	*stage = (struct ns_stage){.path = path};
	NS_TRY(ns_arrow_read_table(&stage->table, used, data, size, path, arena, err));
	stage->bytes = data;
	stage->size = *used;
	NS_TRY(find_kind(stage, err));
	NS_TRY(read_digest(stored, stage, "ns:digest", err));
	NS_TRY(read_digest(stage->before.digest, stage, "ns:after", err));
	NS_TRY(read_text(&stage->before.behind, stage, "ns:behind", err));
	take_digest(stage->digest, &stage->table, data, *used);
	if (strcmp(stored, stage->digest) != 0)
		return ns_fail(err, NS_EDATA, "%s: stage '%s' is not what was written: its digest does not fit (learn it again)",
			path, stage->kind->name);
	extend_chain(stage, arena);
	NS_TRY(read_inputs(stage, arena, err));
	return stage->kind->load(stage, arena, err);
}

/* The names of the inputs of one type, joined. */
static char *join_inputs(const struct ns_stage_parts *parts, enum ns_type type, struct ns_arena *arena)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, parts->inputs_count);
	size_t count = 0;
	for (size_t i = 0; i < parts->inputs_count; i++)
		if (parts->inputs[i].type == type)
			names[count++] = parts->inputs[i].name;
	return ns_list_join(names, count, arena);
}

int ns_stage_make(struct ns_stage *stage, const struct ns_stage_parts *parts, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table = parts->table;
	struct ns_metadata metadata = {0};
	char digest[NS_DIGEST_SIZE];
	size_t used;
	ns_metadata_set(&metadata, "ns:stage", parts->kind->name, arena);
	ns_metadata_set(&metadata, "ns:format", ns_format(arena, "%d", NS_STAGE_FORMAT), arena);
	ns_metadata_set(&metadata, "ns:version", ns_version, arena);
	for (size_t i = 0; i < table.metadata.count; i++)
		ns_metadata_set(&metadata, table.metadata.pairs[i].key, table.metadata.pairs[i].value, arena);
	ns_metadata_set(&metadata, "ns:numbers", join_inputs(parts, NS_NUMBER, arena), arena);
	ns_metadata_set(&metadata, "ns:texts", join_inputs(parts, NS_TEXT, arena), arena);
	ns_metadata_set(&metadata, "ns:outputs", ns_list_join(parts->outputs, parts->outputs_count, arena), arena);
	ns_metadata_set(&metadata, "ns:after", parts->before->digest, arena);
	ns_metadata_set(&metadata, "ns:behind", parts->before->behind, arena);
	table.metadata = metadata;

	struct ns_buffer bytes = NS_BUFFER_INIT(STAGE_MAX);
	int status = ns_arrow_write_table(&bytes, &table, err);
	if (status == NS_OK) {
		take_digest(digest, &table, bytes.data, bytes.size);
		ns_metadata_set(&table.metadata, "ns:digest", digest, arena);
		bytes.size = 0;
		status = ns_arrow_write_table(&bytes, &table, err);
	}
	if (status == NS_OK) {
		char *kept = ns_strndup(arena, bytes.data, bytes.size);
		status = ns_stage_parse(stage, &used, kept, bytes.size, parts->kind->name, arena, err);
	}
	ns_buffer_release(&bytes);
	return status;
}
