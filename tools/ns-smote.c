/* ns-smote: a table in, the same table with its classes balanced out: rows added behind it, or taken away. */
#include "base/parallel.h"
#include "learn/balance_table.h"

enum { BATCH_ROWS = 8192 };

static struct conf {
	struct ns_table_options table;
	struct ns_flow_options flow;
	struct ns_balance_options balance;
	struct ns_texts params, strategy;
	int64_t seed, threads;
	int method;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .balance = {.mark = true}, .seed = 42};

static const struct ns_opt options[] = {
	{0, "method", NULL, "how classes are balanced", NS_OPT_CHOICE, &conf.method, 0, 0, NS_BALANCE_NAMES, NULL},
	{0, "strategy", "WORD|F|LIST", "which classes, and how far: auto, minority, ..., all, a ratio, CLASS=ROWS,... (default: auto)", NS_OPT_LIST, &conf.strategy, 0, 0, NULL, NULL},
	{'p', "param", "NAME=VALUE", "k_neighbors, m_neighbors, shrinkage, replacement, as the method has them", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, NULL},
	{0, "categorical", "LIST", "columns of numbers that are categories, as text is", NS_OPT_LIST, &conf.balance.categorical, 0, 0, NULL, NULL},
	{0, "round", "LIST", "columns whose synthetic values become the nearest that occurs", NS_OPT_LIST, &conf.balance.round, 0, 0, NULL, NULL},
	{0, "round-whole", NULL, "so do those of all columns that hold whole numbers only", NS_OPT_FLAG, &conf.balance.round_whole, 0, 0, NULL, NULL},
	{0, "mark", NULL, "add the column ns:synthetic where rows are added; it is, unless told", NS_OPT_FLAG, &conf.balance.mark, 0, 0, NULL, &conf.balance.mark_given},
	{0, "no-mark", NULL, "leave it out", NS_OPT_FLAG, &conf.balance.mark, 0, 0, NS_OPT_OFF, &conf.balance.mark_given},
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

/* The first pass: takes every row in, and where rows only come behind it lets them through. */
static int gather(struct ns_balance_table *table, struct ns_writer *writer, struct ns_err *err)
{
	struct ns_table *batch;
	struct ns_arena *arena = ns_reader_batch_arena(table->flow->reader);
	do {
		NS_TRY(ns_flow_next(&batch, table->flow, err));
		NS_TRY(ns_balance_table_take(table, batch, err));
		if (ns_balance_removes(table->balance))
			continue;
		ns_balance_table_dress(table, batch, arena);
		NS_TRY(ns_writer_write(writer, batch, NULL, 0, err));
	} while (batch->rows);
	return NS_OK;
}

/* The second pass, where rows go: writes those that stay, as often as they do. */
static int write_stays(struct ns_writer *writer, struct ns_balance_table *table, const uint32_t *copies, struct ns_err *err)
{
	struct ns_table *batch;
	struct ns_arena *arena = ns_reader_batch_arena(table->flow->reader);
	size_t from = 0;
	NS_TRY(ns_flow_rewind(table->flow, err));
	do {
		NS_TRY(ns_flow_next(&batch, table->flow, err));
		if (!ns_balance_table_repeats(table, batch, from))
			return ns_fail(err, NS_EDATA, "%s: has other rows when it is read once more: it changed meanwhile", batch->source);
		from += batch->rows;
		ns_balance_table_dress(table, batch, arena);
		size_t total = 0, count = 0;
		for (size_t row = 0; row < batch->rows; row++)
			total += copies[row];
		uint32_t *rows = NS_NEW_ARRAY(arena, uint32_t, total + 1);
		for (uint32_t row = 0; row < batch->rows; row++)
			for (uint32_t i = 0; i < copies[row]; i++)
				rows[count++] = row;
		NS_TRY(ns_writer_write(writer, batch, rows, count, err));
		copies += batch->rows;
	} while (batch->rows);
	return NS_OK;
}

static int write_part(struct ns_writer *writer, const struct ns_balance_table *table, const struct ns_addition *addition, size_t from, size_t count,
	struct ns_arena *scratch, struct ns_err *err)
{
	struct ns_table batch;
	uint32_t rows[BATCH_ROWS];
	size_t stay = 0;
	for (uint32_t i = 0; i < count; i++)
		if (!addition->gone || !addition->gone[from + i])
			rows[stay++] = i;
	ns_arena_reset(scratch);
	NS_TRY(ns_balance_table_rows(&batch, table, &addition->drawn, from, count, scratch, err));
	return ns_writer_write(writer, &batch, stay < count ? rows : NULL, stay, err);
}

static int write_additions(struct ns_writer *writer, const struct ns_balance_table *table, const struct ns_balanced *balanced, struct ns_err *err)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	int status = NS_OK;
	for (size_t i = 0; i < balanced->additions_count; i++) {
		size_t rows = balanced->additions[i].drawn.count;
		for (size_t from = 0; from < rows && status == NS_OK; from += BATCH_ROWS)
			status = write_part(writer, table, &balanced->additions[i], from, rows - from < BATCH_ROWS ? rows - from : BATCH_ROWS, &scratch, err);
	}
	ns_arena_release(&scratch);
	return status;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_balance balance;
	struct ns_balance_table *table;
	struct ns_balanced balanced;
	struct ns_training training;
	struct ns_flow flow;
	struct ns_writer *writer;
	NS_TRY(ns_balance_read(&balance, (enum ns_balance_name)conf.method, &conf.strategy, &conf.params, arena, err));
	conf.flow.threads = conf.table.threads = ns_parallel_threads((int)conf.threads);
	conf.flow.training = true;
	NS_TRY(ns_flow_open(&flow, operands, count, &conf.table, &conf.flow, ns_balance_removes(&balance), arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, flow.reader, arena, err));
	NS_TRY(ns_balance_table_open(&table, &flow, &conf.table, &conf.balance, &balance, err));
	NS_TRY(gather(table, writer, err));
	NS_TRY(ns_balance_table_learn(&training, table, err));
	training.seed = (uint64_t)conf.seed;
	training.threads = conf.flow.threads;
	NS_TRY(ns_balance_make(&balanced, &balance, &training, &table->dataset.labels, arena, err));
	if (ns_balance_removes(&balance))
		NS_TRY(write_stays(writer, table, balanced.copies, err));
	NS_TRY(write_additions(writer, table, &balanced, err));
	NS_TRY(ns_flow_finish(&flow, err));
	return ns_writer_finish(writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-smote",
	.about = "balance classes: add synthetic rows, or take rows away",
	.usage = (const char *const[]){"-t NAME [--method NAME] [--strategy WORD|F|LIST] [-p NAME=VALUE] [--round LIST] [-m FILE] [FILE...]", NULL},
	.examples = (const char *const[]){"ns-smote -t Result -p k_neighbors=5 < train.csv > balanced.csv",
		"ns-smote -t Result --round-whole < codes.csv > balanced.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
