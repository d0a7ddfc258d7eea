/* ns-smote: a table in, the same table with synthetic rows of its smaller classes behind it out. */
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "learn/synthetic.h"

enum { BATCH_ROWS = 1024, NEIGHBORS_MAX = 10000 };

static struct conf {
	struct ns_table_options table;
	struct ns_flow_options flow;
	struct ns_texts params, round, strategy;
	int64_t k_neighbors, seed, threads;
	bool no_mark;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .k_neighbors = 5, .seed = 42};

static const struct ns_opt options[] = {
	{0, "strategy", "WORD|F|LIST", "classes that grow: auto, minority, not-minority, a ratio, CLASS=ROWS,... (default: auto)", NS_OPT_LIST, &conf.strategy, 0, 0, NULL, NULL},
	{'p', "param", "NAME=VALUE", "k_neighbors, how many near rows to choose from (default: 5)", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, NULL},
	{0, "round", "LIST", "columns whose synthetic values become the nearest that occurs", NS_OPT_LIST, &conf.round, 0, 0, NULL, NULL},
	{0, "no-mark", NULL, "leave out the column ns:synthetic", NS_OPT_FLAG, &conf.no_mark, 0, 0, NULL, NULL},
	NS_OPTION_TARGET(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_FLOW(conf.flow),
	{'s', "seed", "N", "seed of the draw", NS_OPT_INTEGER, &conf.seed, 0, 9007199254740992.0, NULL, NULL},
	{'j', "threads", "N", "threads (0: all cores); the rows do not depend on it", NS_OPT_INTEGER, &conf.threads, 0, 256, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

static int read_params(struct ns_sampling *sampling, struct ns_arena *arena, struct ns_err *err)
{
	const char *name;
	struct ns_texts values;
	for (size_t i = 0; i < conf.params.count; i++) {
		NS_TRY(ns_opt_param(&name, &values, "--param", conf.params.items[i], arena, err));
		if (strcmp(name, "k_neighbors") != 0)
			return ns_fail(err, NS_ECALL, "-p: unknown parameter '%s' (k_neighbors is the only one)", name);
		if (values.count != 1 || !ns_integer_parse(&conf.k_neighbors, values.items[0], strlen(values.items[0])) || conf.k_neighbors < 1 ||
		    conf.k_neighbors > NEIGHBORS_MAX)
			return ns_fail(err, NS_ECALL, "-p: k_neighbors is one whole number from 1 to %d", NEIGHBORS_MAX);
	}
	return ns_sampling_read(sampling, NS_OVER_SAMPLING, &conf.strategy, arena, err);
}

/* Lets the rows through and gathers what of them smote must know. */
static int pass(struct ns_synthetic *synthetic, struct ns_frame_builder *builder, struct ns_flow *flow, struct ns_writer *writer, struct ns_err *err)
{
	struct ns_table *batch;
	do {
		NS_TRY(ns_flow_next(&batch, flow, err));
		NS_TRY(ns_frame_add(builder, batch, err));
		NS_TRY(ns_synthetic_pass(synthetic, batch, ns_reader_batch_arena(flow->reader), flow->arena, err));
		NS_TRY(ns_writer_write(writer, batch, NULL, 0, err));
	} while (batch->rows);
	return NS_OK;
}

static int read(struct ns_dataset *dataset, struct ns_synthetic *synthetic, struct ns_flow *flow, struct ns_writer *writer,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_frame_builder *builder;
	struct ns_frame frame;
	const struct ns_table *header = &flow->header;
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width), *rounded = NS_NEW_ARRAY(arena, bool, header->width);
	NS_TRY(ns_dataset_want(dataset, marks, flow, &conf.table, &(struct ns_dataset_options){0}, NULL, err));
	if (ns_table_find(header, "ns:synthetic") >= 0)
		return ns_fail(err, NS_EDATA, "%s: has a column 'ns:synthetic': it has been through ns-smote (begin with the table as it was before)",
			header->source);
	NS_TRY(ns_table_select(rounded, header, conf.round.items, conf.round.count, err));
	*synthetic = (struct ns_synthetic){.marks = marks, .target = (size_t)ns_table_find(header, dataset->target), .mark = !conf.no_mark};
	ns_frame_start(&builder, header, marks);
	int status = pass(synthetic, builder, flow, writer, err);
	if (status != NS_OK) {
		ns_frame_abandon(builder);
		return status;
	}
	NS_TRY(ns_frame_finish(&frame, builder, arena, err));
	NS_TRY(ns_dataset_make(dataset, &frame, flow, &(struct ns_dataset_options){0}, NULL, err));
	return ns_synthetic_learn(synthetic, dataset, rounded, arena, err);
}

/* One class's synthetic rows, drawn and written. */
static int grow(struct ns_writer *writer, const struct ns_synthetic *synthetic, const struct ns_training *training, uint32_t class, size_t count,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_smote_rows rows;
	struct ns_table batch;
	ns_smote_draw(&rows, training, class, count, (size_t)conf.k_neighbors, arena);
	for (size_t from = 0; from < count; from += BATCH_ROWS) {
		struct ns_arena scratch = NS_ARENA_INIT;
		int status = ns_synthetic_rows(&batch, synthetic, &rows, class, from, count - from < BATCH_ROWS ? count - from : BATCH_ROWS, &scratch, err);
		if (status == NS_OK)
			status = ns_writer_write(writer, &batch, NULL, 0, err);
		ns_arena_release(&scratch);
		NS_TRY(status);
	}
	ns_note("class '%s': %zu synthetic row%s", synthetic->dataset->labels.names[class], count, count == 1 ? "" : "s");
	return NS_OK;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_sampling sampling;
	struct ns_flow flow;
	struct ns_writer *writer;
	struct ns_dataset dataset;
	struct ns_synthetic synthetic;
	size_t total = 0;
	NS_TRY(read_params(&sampling, arena, err));
	conf.flow.threads = ns_parallel_threads((int)conf.threads);
	conf.flow.training = true;
	NS_TRY(ns_flow_open(&flow, operands, count, &conf.table, &conf.flow, false, arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, flow.reader, arena, err));
	NS_TRY(read(&dataset, &synthetic, &flow, writer, arena, err));
	struct ns_training training = {.rows = dataset.rows, .features = dataset.features, .x = dataset.x, .y = dataset.labels.y,
		.classes = dataset.labels.classes, .seed = (uint64_t)conf.seed, .threads = conf.flow.threads};
	size_t *more = NS_NEW_ARRAY(arena, size_t, training.classes);
	NS_TRY(ns_smote_plan(more, &training, &dataset.labels, &sampling, (size_t)conf.k_neighbors, err));
	for (uint32_t class = 0; class < training.classes; class++) {
		if (more[class])
			NS_TRY(grow(writer, &synthetic, &training, class, more[class], arena, err));
		total += more[class];
	}
	if (!total)
		ns_note("nothing to add: the classes are as large as they should be");
	NS_TRY(ns_flow_finish(&flow, err));
	return ns_writer_finish(writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-smote",
	.about = "balance classes with synthetic rows",
	.usage = (const char *const[]){"-t NAME [--strategy WORD|F|LIST] [-p k_neighbors=N] [--round LIST] [-m FILE] [FILE...]", NULL},
	.examples = (const char *const[]){"ns-smote -t Result -p k_neighbors=5 < train.csv > balanced.csv",
		"ns-smote -t Result --round '*' < codes.csv > balanced.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
