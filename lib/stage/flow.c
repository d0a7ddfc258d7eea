#include "stage/flow.h"

#include <string.h>

#include "table/schema.h"

void ns_chain_set(struct ns_metadata *metadata, const struct ns_chain *chain, struct ns_arena *arena)
{
	bool raw = *chain->digest == '\0';
	ns_metadata_set(metadata, "ns:chain", raw ? NULL : chain->digest, arena);
	ns_metadata_set(metadata, "ns:behind", raw ? NULL : chain->behind, arena);
}

/* The chain the input has passed: by its own metadata, or by --after where it has none (CSV). */
static int input_chain(struct ns_flow *flow, const struct ns_flow_options *stages, struct ns_err *err)
{
	const struct ns_metadata *metadata = &ns_reader_header(flow->reader)->metadata;
	const char *digest = ns_metadata_find(metadata, "ns:chain"), *behind = ns_metadata_find(metadata, "ns:behind");
	struct ns_bundle passed;
	flow->chain = (struct ns_chain){.behind = ""};
	NS_TRY(ns_bundle_read(&passed, stages->after.items, stages->after.count, flow->arena, err));
	NS_TRY(ns_bundle_check(&flow->chain, &passed, err));
	if (!digest)
		return NS_OK;
	if (passed.count && strcmp(flow->chain.digest, digest) != 0)
		return ns_fail(err, NS_ECALL, "--after names '%s', but the input itself says it has passed '%s'",
			flow->chain.behind, behind ? behind : "other stages");
	flow->chain.behind = behind ? behind : "";
	size_t size = strlen(digest);
	if (size >= NS_DIGEST_SIZE)
		return ns_fail(err, NS_EDATA, "the input's ns:chain is '%s', not a digest", digest);
	memcpy(flow->chain.digest, digest, size + 1);
	return NS_OK;
}

/*
 * While the stages are tried on the header, a column that still holds what came is known by its cells, which point into `marks`:
 * whoever replaces its values forgets them.
 */
static ptrdiff_t origin_of(const struct ns_column *column, const struct ns_cell *marks, size_t width)
{
	return column->cells >= marks && column->cells < marks + width ? column->cells - marks : -1;
}

static int want_input(struct ns_flow *flow, const struct ns_stage *stage, const struct ns_stage_input *input,
	struct ns_column *column, ptrdiff_t origin, struct ns_err *err)
{
	const char *kinds[] = {"values of an undecided type", "numbers", "text"};
	enum ns_type now = origin < 0 ? column->type : flow->asked[origin];
	if (now != NS_UNDECIDED && now != input->type)
		return ns_fail(err, NS_EDATA, "%s: stage '%s' was learnt on %s in column '%s', here it gets %s", stage->path,
			stage->kind->name, kinds[input->type], input->name, kinds[now]);
	if (origin < 0 || now == input->type)
		return NS_OK;
	flow->asked[origin] = column->type = input->type;
	return ns_reader_want(flow->reader, (size_t)origin, input->type, err);
}

/* The column called so; mostly it is the one behind the last that was found, and tables are wide. */
static ptrdiff_t find_next(const struct ns_table *header, size_t next, const char *name)
{
	return next < header->width && strcmp(header->columns[next].name, name) == 0 ? (ptrdiff_t)next : ns_table_find(header, name);
}

/* Finds the stage's inputs in flow->header; names all that are missing. */
static int find_inputs(size_t *at, struct ns_flow *flow, const struct ns_stage *stage, struct ns_err *err)
{
	struct ns_buffer missing = NS_BUFFER_INIT(600);
	size_t absent = 0, next = 0;
	for (size_t i = 0; i < stage->inputs_count; i++) {
		ptrdiff_t found = find_next(&flow->header, next, stage->inputs[i].name);
		if (found >= 0)
			next = (at[i] = (size_t)found) + 1;
		else if (absent++ < 8)
			(void)ns_buffer_printf(&missing, "%s'%s'", missing.size ? ", " : "", stage->inputs[i].name);
	}
	int status = NS_OK;
	if (absent)
		status = ns_fail(err, NS_EDATA, "%s: no column %.*s%s, which stage '%s' of %s needs", flow->header.source,
			(int)missing.size, missing.data ? missing.data : "", absent > 8 ? " and more" : "",
			stage->kind->name, stage->path);
	ns_buffer_release(&missing);
	return status;
}

/* One stage: finds its inputs in the header as it stands, asks for them, and makes of the header what the stage makes of a table. */
static int connect_stage(struct ns_flow *flow, size_t s, const struct ns_cell *marks, struct ns_err *err)
{
	const struct ns_stage *stage = &flow->bundle.stages[s];
	size_t width = ns_reader_header(flow->reader)->width;
	size_t *at = flow->at[s] = NS_NEW_ARRAY(flow->arena, size_t, stage->inputs_count + 1);
	NS_TRY(find_inputs(at, flow, stage, err));
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &flow->header.columns[at[i]];
		NS_TRY(want_input(flow, stage, &stage->inputs[i], column, origin_of(column, marks, width), err));
	}
	return stage->kind->apply(&flow->header, stage, at, flow->arena, err);
}

/* Runs the header through the stages from `first` on: positions, wants, and what the table looks like behind them. */
static int connect(struct ns_flow *flow, size_t first, struct ns_err *err)
{
	size_t width = ns_reader_header(flow->reader)->width;
	struct ns_cell *marks = NS_NEW_ARRAY(flow->arena, struct ns_cell, width + 1);
	for (size_t i = 0; i < flow->header.width; i++)
		flow->header.columns[i].cells = flow->origin[i] < 0 ? NULL : &marks[flow->origin[i]];
	for (size_t s = first; s < flow->bundle.count; s++)
		NS_TRY(connect_stage(flow, s, marks, err));
	flow->origin = NS_NEW_ARRAY(flow->arena, ptrdiff_t, flow->header.width + 1);
	for (size_t i = 0; i < flow->header.width; i++) {
		flow->origin[i] = origin_of(&flow->header.columns[i], marks, width);
		flow->header.columns[i].cells = NULL;
	}
	ns_chain_set(&flow->header.metadata, &flow->chain, flow->arena);
	return NS_OK;
}

static void prepend(struct ns_bundle *bundle, const struct ns_bundle *front, struct ns_arena *arena)
{
	struct ns_stage *stages = NS_NEW_ARRAY(arena, struct ns_stage, front->count + bundle->count);
	memcpy(stages, front->stages, front->count * sizeof *stages);
	memcpy(stages + front->count, bundle->stages, bundle->count * sizeof *stages);
	*bundle = (struct ns_bundle){stages, front->count + bundle->count};
}

/* The schema's readable names of the target's classes, where it has one for each, so that tools downstream need no schema. */
static void carry_labels(struct ns_flow *flow)
{
	const struct ns_schema *schema = ns_reader_schema(flow->reader);
	const char *target = ns_metadata_find(&flow->header.metadata, "ns:target");
	if (!schema || !schema->labels_count || !target || !schema->target || strcmp(target, schema->target) != 0)
		return;
	const char **classes = NS_NEW_ARRAY(flow->arena, const char *, schema->labels_count);
	const char **labels = NS_NEW_ARRAY(flow->arena, const char *, schema->labels_count);
	for (size_t i = 0; i < schema->labels_count; i++) {
		classes[i] = schema->labels[i].text;
		labels[i] = schema->labels[i].meaning;
		if (!labels[i])
			return;
	}
	ns_metadata_set(&flow->header.metadata, "ns:classes", ns_list_join(classes, schema->labels_count, flow->arena), flow->arena);
	ns_metadata_set(&flow->header.metadata, "ns:labels", ns_list_join(labels, schema->labels_count, flow->arena), flow->arena);
}

static void tell(struct ns_stage *stage, const struct ns_flow *flow)
{
	stage->threads = flow->threads;
	stage->training = flow->training;
}

static size_t count_stdin(const char *const *paths, size_t count)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++)
		found += strcmp(paths[i], "-") == 0;
	return found;
}

/* Whoever came second would find it empty. */
static int check_stdin(const struct ns_flow_options *stages, char **paths, int count, struct ns_err *err)
{
	size_t stage = count_stdin(stages->models.items, stages->models.count) + count_stdin(stages->after.items, stages->after.count);
	size_t table = count ? count_stdin((const char *const *)paths, (size_t)count) : 1;
	return stage > 0 && stage + table > 1 ? ns_fail(err, NS_ECALL, "stages and table cannot both come from stdin: name a file") : NS_OK;
}

int ns_flow_open(struct ns_flow *flow, char **paths, int count, const struct ns_table_options *options,
	const struct ns_flow_options *stages, bool again, struct ns_arena *arena, struct ns_err *err)
{
	*flow = (struct ns_flow){.arena = arena, .threads = stages->threads ? stages->threads : 1, .training = stages->training};
	NS_TRY(check_stdin(stages, paths, count, err));
	NS_TRY(ns_bundle_read(&flow->bundle, stages->models.items, stages->models.count, arena, err));
	if (stages->bundle)
		prepend(&flow->bundle, stages->bundle, arena);
	for (size_t i = 0; i < flow->bundle.count; i++)
		tell(&flow->bundle.stages[i], flow);
	NS_TRY(ns_reader_open(&flow->reader, paths, count, options, again, arena, err));
	NS_TRY(input_chain(flow, stages, err));
	NS_TRY(ns_bundle_check(&flow->chain, &flow->bundle, err));
	flow->header = *ns_reader_header(flow->reader);
	ns_table_widen(&flow->header, 0, arena);
	flow->at = NS_NEW_ARRAY(arena, size_t *, flow->bundle.count + 1);
	flow->asked = NS_NEW_ARRAY(arena, enum ns_type, flow->header.width + 1);
	flow->origin = NS_NEW_ARRAY(arena, ptrdiff_t, flow->header.width + 1);
	for (size_t i = 0; i < flow->header.width; i++)
		flow->origin[i] = (ptrdiff_t)i;
	carry_labels(flow);
	return connect(flow, 0, err);
}

int ns_flow_extend(struct ns_flow *flow, const struct ns_stage *stage, struct ns_err *err)
{
	size_t count = flow->bundle.count;
	struct ns_bundle last = {.stages = NS_NEW_ARRAY(flow->arena, struct ns_stage, count + 1), .count = count + 1};
	size_t **at = NS_NEW_ARRAY(flow->arena, size_t *, count + 1);
	memcpy(at, flow->at, count * sizeof *at);
	memcpy(last.stages, flow->bundle.stages, count * sizeof *stage);
	last.stages[count] = *stage;
	tell(&last.stages[count], flow);
	NS_TRY(ns_bundle_check(&flow->chain, &(struct ns_bundle){&last.stages[count], 1}, err));
	flow->bundle = last;
	flow->at = at;
	return connect(flow, count, err);
}

int ns_flow_type(enum ns_type *type, struct ns_flow *flow, size_t column, struct ns_err *err)
{
	*type = flow->header.columns[column].type;
	if (*type != NS_UNDECIDED || flow->origin[column] < 0)
		return NS_OK;
	const struct ns_column *source = &ns_reader_header(flow->reader)->columns[flow->origin[column]];
	if (source->type == NS_UNDECIDED)
		NS_TRY(ns_reader_infer(flow->reader, err));
	*type = source->type;
	return NS_OK;
}

int ns_flow_want(struct ns_flow *flow, size_t column, enum ns_type type, struct ns_err *err)
{
	struct ns_column *header = &flow->header.columns[column];
	ptrdiff_t origin = flow->origin[column];
	bool decided = origin < 0 || flow->asked[origin] != NS_UNDECIDED;
	if (decided && type != NS_UNDECIDED && type != header->type)
		return ns_fail(err, NS_EDATA, "column '%s' holds %s behind stage '%s', %s asked for", header->name,
			header->type == NS_TEXT ? "text" : "numbers", flow->bundle.stages[flow->bundle.count - 1].kind->name,
			type == NS_TEXT ? "text is" : "numbers are");
	if (origin < 0)
		return NS_OK;
	NS_TRY(ns_reader_want(flow->reader, (size_t)origin, type, err));
	header->type = ns_reader_header(flow->reader)->columns[origin].type;
	return NS_OK;
}

int ns_flow_next(struct ns_table **batch, struct ns_flow *flow, struct ns_err *err)
{
	struct ns_arena *arena = ns_reader_batch_arena(flow->reader);
	NS_TRY(ns_reader_next(batch, flow->reader, err));
	flow->raw = **batch;
	if (flow->bundle.count) /* the columns are about to change: not in the reader's own */
		ns_table_widen(*batch, 0, arena);
	for (size_t s = 0; s < flow->bundle.count; s++) {
		const struct ns_stage *stage = &flow->bundle.stages[s];
		NS_TRY(stage->kind->apply(*batch, stage, flow->at[s], arena, err));
	}
	(*batch)->metadata = flow->header.metadata;
	return NS_OK;
}

int ns_flow_rewind(struct ns_flow *flow, struct ns_err *err)
{
	return ns_reader_rewind(flow->reader, err);
}

int ns_flow_finish(struct ns_flow *flow, struct ns_err *err)
{
	return ns_reader_finish(flow->reader, err);
}

static int next_of_flow(struct ns_table **batch, void *flow, struct ns_err *err)
{
	return ns_flow_next(batch, flow, err);
}

int ns_flow_frame(struct ns_frame *frame, struct ns_flow *flow, const bool *marks, struct ns_err *err)
{
	return ns_frame_collect(frame, &flow->header, marks, next_of_flow, flow, flow->arena, err);
}

int ns_flow_features(bool *marks, struct ns_flow *flow, const struct ns_table_options *options, struct ns_err *err)
{
	return ns_table_features(marks, &flow->header, ns_reader_schema(flow->reader), ns_reader_target(flow->reader), options, err);
}
