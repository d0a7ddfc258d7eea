/* ns-predict: a table in, the same table with a model's prediction and class probabilities out. */
#include <string.h>

#include "base/opt.h"
#include "base/parallel.h"
#include "stage/flow.h"
#include "stage/model_stage.h"

static struct conf {
	struct ns_table_options table;
	struct ns_flow_options flow;
	const char *prefix; /* "" where none was given */
	int64_t threads;
	bool only;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .prefix = ""};

static const struct ns_opt options[] = {
	{0, "only", NULL, "write the prediction's columns alone", NS_OPT_FLAG, &conf.only, 0, 0, NULL, NULL},
	{0, "prefix", "TEXT", "put TEXT in front of the new columns' names", NS_OPT_TEXT, &conf.prefix, 0, 0, NULL, NULL},
	{0, "after", "FILE", "stages that CSV input has already passed (may be repeated)", NS_OPT_TEXTS, &conf.flow.after, 0, 0, NULL, NULL},
	{'j', "threads", "N", "threads (0: all cores)", NS_OPT_INTEGER, &conf.threads, 0, 256, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

/* What the model said, beside the row as it came (without columns of ours), or alone. */
static void assemble(struct ns_table *out, const struct ns_table *raw, const struct ns_table *predicted, size_t added,
	struct ns_arena *arena)
{
	*out = *raw;
	out->width = 0;
	out->columns = NS_NEW_ARRAY(arena, struct ns_column, raw->width + added);
	for (size_t i = 0; i < raw->width && !conf.only; i++)
		if (!ns_column_is_ours(&raw->columns[i]))
			out->columns[out->width++] = raw->columns[i];
	for (size_t i = 0; i < added; i++)
		out->columns[out->width++] = predicted->columns[predicted->width - added + i];
	out->metadata = predicted->metadata;
}

/* The bundle's model, told what the call says. */
static int load_model(struct ns_model_stage **model, struct ns_bundle *bundle, const char *path, struct ns_arena *arena,
	struct ns_err *err)
{
	NS_TRY(ns_bundle_read(bundle, &path, 1, arena, err));
	const struct ns_stage *last = &bundle->stages[bundle->count - 1], *stage = ns_bundle_find(bundle, &ns_stage_model);
	if (!stage)
		return ns_fail(err, NS_EDATA, "%s: no model in it (ns-fit makes one)", path);
	if (stage != last)
		return ns_fail(err, NS_EDATA, "%s: stage '%s' comes behind the model, which must be the last", path, last->kind->name);
	*model = stage->state;
	(*model)->prefix = conf.prefix;
	return NS_OK;
}

static bool both_from_stdin(char **operands, int count)
{
	bool table = count == 1;
	for (int i = 1; i < count; i++)
		table |= strcmp(operands[i], "-") == 0;
	return table && strcmp(operands[0], "-") == 0;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_model_stage *model = NULL;
	struct ns_bundle bundle;
	struct ns_flow flow;
	struct ns_writer *writer;
	struct ns_table *batch, out;
	const char **added;
	size_t added_count;
	if (both_from_stdin(operands, count))
		return ns_fail(err, NS_ECALL, "model and table cannot both come from stdin: name a file");
	NS_TRY(load_model(&model, &bundle, operands[0], arena, err));
	conf.flow.bundle = &bundle;
	conf.flow.threads = conf.table.threads = ns_parallel_threads((int)conf.threads);
	NS_TRY(ns_flow_open(&flow, operands + 1, count - 1, &conf.table, &conf.flow, false, arena, err));
	ns_chain_set(&flow.header.metadata, &bundle.stages[0].before, arena); /* the columns written are those that came */
	ns_model_stage_describe(&flow.header.metadata, model, arena);
	ns_model_stage_outputs(&added, &added_count, model, arena);
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, flow.reader, arena, err));
	do {
		NS_TRY(ns_flow_next(&batch, &flow, err));
		assemble(&out, &flow.raw, batch, added_count, ns_reader_batch_arena(flow.reader));
		NS_TRY(ns_writer_write(writer, &out, NULL, 0, err));
	} while (batch->rows);
	NS_TRY(ns_flow_finish(&flow, err));
	return ns_writer_finish(writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-predict",
	.about = "predict classes and their probabilities with a model or a whole bundle",
	.usage = (const char *const[]){"[--only] [--prefix TEXT] [-j N] MODEL [FILE...]", NULL},
	.examples = (const char *const[]){"ns-predict pipeline.ns < new.csv", NULL},
	.options = options,
	.operands_min = 1,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
