#include "stage/stage.h"

#include <string.h>

#include "base/number.h"
#include "base/opt.h"
#include "base/random.h"
#include "stage/stage_table.h"
#include "table/arrow.h"

static const struct ns_stage_kind *const kinds[] = {
	&ns_stage_impute,
	&ns_stage_impute_neighbors,
	&ns_stage_encode,
	&ns_stage_scale,
	&ns_stage_derive,
	&ns_stage_model,
};

enum { KINDS = sizeof kinds / sizeof kinds[0], STAGE_MAX = 1 << 30 };

/* Where ns:digest will stand, while it is not known. */
static const char blank_digest[NS_DIGEST_SIZE] = "the-digest-of-what-is-all-around";

/* The hash of the stream, the digest in it (which it holds once, among the metadata) left out. False where it does not hold it. */
static bool take_digest(char digest[NS_DIGEST_SIZE], const char *stored, const char *bytes, size_t size)
{
	struct ns_hasher hasher;
	const char *at = memmem(bytes, size, stored, NS_DIGEST_SIZE - 1);
	if (!at)
		return false;
	size_t before = (size_t)(at - bytes), skip = before + NS_DIGEST_SIZE - 1;
	ns_hasher_init(&hasher, 0x6e657473, 0x65637374);
	ns_hasher_add(&hasher, bytes, before);
	ns_hasher_add_large(&hasher, bytes + skip, size - skip);
	ns_hasher_hex(digest, &hasher);
	return true;
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

/* No kind expects the same column at two of its inputs. */
static int check_distinct(const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++)
		names[i] = stage->inputs[i].name;
	const char *doubled = ns_stage_doubled(names, stage->inputs_count);
	return doubled ? ns_stage_damaged(stage, err, "it reads column '%s' twice", doubled) : NS_OK;
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
	return check_distinct(stage, arena, err);
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
	*stage = (struct ns_stage){.path = path, .threads = 1};
	NS_TRY(ns_arrow_read_table(&stage->table, used, data, size, path, arena, err));
	stage->bytes = data;
	stage->size = *used;
	NS_TRY(find_kind(stage, err));
	NS_TRY(read_digest(stored, stage, "ns:digest", err));
	NS_TRY(read_digest(stage->before.digest, stage, "ns:after", err));
	NS_TRY(read_text(&stage->before.behind, stage, "ns:behind", err));
	if (!*stored || !take_digest(stage->digest, stored, data, *used) || strcmp(stored, stage->digest) != 0)
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

int ns_stage_seal(struct ns_buffer *out, struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	char digest[NS_DIGEST_SIZE];
	size_t start = out->size;
	ns_metadata_set(&table->metadata, "ns:digest", blank_digest, arena);
	NS_TRY(ns_arrow_write_table(out, table, err));
	char *bytes = out->data + start;
	size_t size = out->size - start;
	take_digest(digest, blank_digest, bytes, size);
	memcpy(memmem(bytes, size, blank_digest, sizeof digest - 1), digest, sizeof digest - 1);
	return NS_OK;
}

int ns_stage_make(struct ns_stage *stage, const struct ns_stage_parts *parts, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table = parts->table;
	struct ns_metadata metadata = {0};
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
	int status = ns_stage_seal(&bytes, &table, arena, err);
	if (status == NS_OK) {
		char *kept = ns_strndup(arena, bytes.data, bytes.size);
		status = ns_stage_parse(stage, &used, kept, bytes.size, parts->kind->name, arena, err);
	}
	ns_buffer_release(&bytes);
	return status;
}
