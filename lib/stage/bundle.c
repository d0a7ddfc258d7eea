#include "stage/bundle.h"

#include <string.h>

#include "base/file.h"
#include "table/bytes.h"

enum { BUNDLE_MAX = 1 << 30, STAGES_MAX = 200 };

static int read_file(struct ns_bundle *bundle, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_bytes *bytes;
	char *data = NULL;
	size_t size = 0, used;
	NS_TRY(ns_bytes_open(&bytes, path, false, err));
	int status = ns_bytes_read_all(&data, &size, bytes, BUNDLE_MAX, "a bundle", arena, err);
	ns_bytes_close(bytes);
	NS_TRY(status);
	if (size == 0)
		return ns_fail(err, NS_EDATA, "%s: no stage in it: the file is empty", path);
	if (size < 4 || memcmp(data, "\xff\xff\xff\xff", 4) != 0)
		return ns_fail(err, NS_EDATA, "%s: not a stage or a bundle (an Arrow stream written by -w or ns-fit)", path);
	for (size_t at = 0; at < size; at += used) {
		if (bundle->count == STAGES_MAX)
			return ns_fail(err, NS_EDATA, "%s: more than %d stages", path, STAGES_MAX);
		NS_TRY(ns_stage_parse(&bundle->stages[bundle->count], &used, data + at, size - at, path, arena, err));
		bundle->count++;
	}
	return NS_OK;
}

int ns_bundle_read(struct ns_bundle *bundle, const char *const *paths, size_t count, struct ns_arena *arena,
	struct ns_err *err)
{
	*bundle = (struct ns_bundle){.stages = NS_NEW_ARRAY(arena, struct ns_stage, STAGES_MAX)};
	for (size_t i = 0; i < count; i++)
		NS_TRY(read_file(bundle, paths[i], arena, err));
	return NS_OK;
}

/* "raw data" or "impute scale", for messages. */
static const char *describe(const struct ns_chain *chain)
{
	return *chain->digest == '\0' ? "raw data" : *chain->behind ? chain->behind : "other stages";
}

int ns_bundle_check(struct ns_chain *chain, const struct ns_bundle *bundle, struct ns_err *err)
{
	for (size_t i = 0; i < bundle->count; i++) {
		const struct ns_stage *stage = &bundle->stages[i];
		if (strcmp(stage->before.digest, chain->digest) != 0) {
			bool same_names = strcmp(stage->before.behind, chain->behind) == 0;
			return ns_fail(err, NS_EDATA,
				"%s: stage %zu '%s' was learnt behind %s, but here it follows %s%s", stage->path, i + 1,
				stage->kind->name, describe(&stage->before), describe(chain),
				same_names ? " of another run: use the stages that were learnt together"
					   : ": a stage is left out, doubled or swapped (--after names what CSV input has passed)");
		}
		*chain = stage->after;
	}
	return NS_OK;
}

void ns_bundle_append(struct ns_bundle *bundle, const struct ns_stage *stage, struct ns_arena *arena)
{
	struct ns_stage *stages = NS_NEW_ARRAY(arena, struct ns_stage, bundle->count + 1);
	if (bundle->count) /* else there is nothing to copy from */
		memcpy(stages, bundle->stages, bundle->count * sizeof *stages);
	stages[bundle->count] = *stage;
	*bundle = (struct ns_bundle){stages, bundle->count + 1};
}

int ns_bundle_write(const char *path, const struct ns_stage *stages, size_t count, struct ns_err *err)
{
	struct ns_file *file;
	int status = NS_OK;
	NS_TRY(ns_file_create(&file, path, err));
	for (size_t i = 0; i < count && status == NS_OK; i++)
		status = ns_file_write(file, stages[i].bytes, stages[i].size, err);
	if (status == NS_OK)
		return ns_file_commit(file, err);
	ns_file_discard(file);
	return status;
}

const struct ns_stage *ns_bundle_find(const struct ns_bundle *bundle, const struct ns_stage_kind *kind)
{
	for (size_t i = bundle->count; i > 0; i--)
		if (bundle->stages[i - 1].kind == kind)
			return &bundle->stages[i - 1];
	return NULL;
}
