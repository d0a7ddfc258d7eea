/* ns-split: one part of a table out, the rest to a file; a row's side depends on its own values and the seed alone. */
#include "base/opt.h"
#include "stat/timecut.h"
#include "table/rowkey.h"
#include "table/schema.h"
#include "table/stream.h"

static struct conf {
	struct ns_table_options table;
	const char *rest, *fold, *group, *time;
	double test;
	int64_t seed;
	bool identical, as_schema, test_given;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .seed = 42};

static const struct ns_opt options[] = {
	{0, "test", "F", "write this share of the rows: the test part", NS_OPT_REAL, &conf.test, 0, 1, NULL, &conf.test_given},
	{0, "fold", "K/N", "write fold K of N", NS_OPT_TEXT, &conf.fold, 0, 0, NULL, NULL},
	{0, "rest", "FILE", "write the other rows to FILE", NS_OPT_TEXT, &conf.rest, 0, 0, NULL, NULL},
	{0, "group-identical", NULL, "keep rows with equal features on one side", NS_OPT_FLAG, &conf.identical, 0, 0, NULL, NULL},
	{0, "group", "COLUMN", "keep rows with equal values of COLUMN on one side", NS_OPT_TEXT, &conf.group, 0, 0, NULL, NULL},
	{0, "time", "COLUMN", "the latest rows by COLUMN are the test part", NS_OPT_TEXT, &conf.time, 0, 0, NULL, NULL},
	{0, "as-schema", NULL, "by the schema's time column, else --group-identical", NS_OPT_FLAG, &conf.as_schema, 0, 0, NULL, NULL},
	{'s', "seed", "N", "seed of the draw", NS_OPT_INTEGER, &conf.seed, 0, 9007199254740992.0, NULL, NULL},
	NS_OPTION_TARGET(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

/* What decides a row's side: its key, or its time beside the cut. */
struct draw {
	struct ns_rowkey key;
	struct ns_timecut cut;
	int64_t fold, folds; /* folds 0: the test part */
};

static bool is_chosen(struct draw *draw, const struct ns_table *batch, size_t row)
{
	if (conf.time)
		return ns_timecut_is_later(&draw->cut, batch, row);
	uint64_t key = ns_rowkey_take(&draw->key, batch, row);
	return draw->folds ? ns_rowkey_fold(key, draw->folds) == draw->fold : (double)(key >> 11) * 0x1p-53 < conf.test;
}

static int check_call(struct draw *draw, struct ns_err *err)
{
	if (conf.test_given == (conf.fold != NULL))
		return ns_fail(err, NS_ECALL, "--test F or --fold K/N says which part: give one");
	if (conf.identical + conf.as_schema + (conf.group != NULL) + (conf.time != NULL) > 1)
		return ns_fail(err, NS_ECALL, "--group-identical, --group, --time and --as-schema exclude each other");
	if (conf.time && conf.fold)
		return ns_fail(err, NS_ECALL, "--time makes a test part (--test F), not folds");
	if (conf.fold && !ns_rowkey_parse_fold(&draw->fold, &draw->folds, conf.fold))
		return ns_fail(err, NS_ECALL, "--fold: '%s' is not K/N with 1 <= K <= N and N >= 2", conf.fold);
	return NS_OK;
}

static void follow_schema(const struct ns_reader *reader)
{
	conf.time = conf.fold ? NULL : ns_schema_time(ns_reader_schema(reader), ns_reader_header(reader));
	conf.identical = !conf.time;
	if (conf.time)
		ns_note("by time: column '%s'", conf.time);
}

/* The columns that make a row's key: the group's, the features that keep it with its equals, or all there are. */
static int choose_columns(struct draw *draw, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	size_t *columns = NS_NEW_ARRAY(arena, size_t, header->width + 1);
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width + 1);
	draw->key = (struct ns_rowkey){.seed = (uint64_t)conf.seed, .purpose = conf.fold ? "fold" : "test", .columns = columns,
		.numbered = !conf.identical && !conf.group, .arena = arena};
	if (conf.group) {
		draw->key.count = 1;
		NS_TRY(ns_table_require(columns, header, conf.group, err));
		return ns_reader_want(reader, columns[0], NS_UNDECIDED, err);
	}
	NS_TRY(ns_reader_features(marks, reader, &conf.table, err));
	for (size_t i = 0; i < header->width; i++) {
		if (conf.identical && !marks[i])
			continue;
		NS_TRY(ns_reader_want(reader, i, NS_UNDECIDED, err));
		columns[draw->key.count++] = i;
	}
	ns_rowkey_order(columns, draw->key.count, header);
	return NS_OK;
}

/* side 0 is the rest, which may go nowhere; side 1 the part. */
static int split(struct ns_reader *reader, struct draw *draw, struct ns_writer *const writers[2], struct ns_err *err)
{
	struct ns_table *batch;
	uint64_t total[2] = {0};
	do {
		uint32_t *rows[2];
		size_t count[2] = {0};
		NS_TRY(ns_reader_next(&batch, reader, err));
		for (int side = 0; side < 2; side++)
			rows[side] = NS_NEW_ARRAY(ns_reader_batch_arena(reader), uint32_t, batch->rows + 1);
		for (size_t row = 0; row < batch->rows; row++) {
			bool side = is_chosen(draw, batch, row);
			rows[side][count[side]++] = (uint32_t)row;
		}
		for (int side = 1; side >= 0; total[side] += count[side], side--)
			if (writers[side])
				NS_TRY(ns_writer_write(writers[side], batch, rows[side], count[side], err));
	} while (batch->rows);
	ns_note("%ju rows here, %ju in the rest", (uintmax_t)total[1], (uintmax_t)total[0]);
	return NS_OK;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct draw draw = {0};
	struct ns_reader *reader;
	struct ns_writer *writers[2] = {NULL};
	NS_TRY(check_call(&draw, err));
	NS_TRY(ns_reader_open(&reader, operands, count, &conf.table, conf.time || conf.as_schema, arena, err));
	if (conf.as_schema)
		follow_schema(reader);
	NS_TRY(conf.time ? ns_timecut_find(&draw.cut, reader, conf.time, conf.test, arena, err)
			 : choose_columns(&draw, reader, arena, err));
	NS_TRY(ns_writer_open(&writers[1], NULL, &conf.table, reader, arena, err));
	if (conf.rest)
		NS_TRY(ns_writer_open(&writers[0], conf.rest, &conf.table, reader, arena, err));
	NS_TRY(split(reader, &draw, writers, err));
	if (conf.rest)
		NS_TRY(ns_writer_finish(writers[0], err));
	NS_TRY(ns_reader_finish(reader, err));
	return ns_writer_finish(writers[1], err);
}

static const struct ns_tool tool = {
	.name = "ns-split",
	.about = "write one part of a table, the rest to a file",
	.usage = (const char *const[]){"--test F | --fold K/N [--rest FILE] [--group-identical | --group COLUMN | --time COLUMN | --as-schema] [FILE...]", NULL},
	.examples = (const char *const[]){"ns-split --test 0.2 -t Result --rest train.csv < all.csv > test.csv", NULL},
	.options = options,
	.operands_max = -1, .reads_stdin = true, .run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
