/* ns-convert: a table in, the same table in another form out: format, columns, rows, names; or what it is: metadata, types. */
#include "base/file.h"
#include "table/ranges.h"
#include "table/stream.h"
#include "table/streams.h"
#include "table/view.h"

static struct conf {
	struct ns_table_options table;
	struct ns_texts rows, rename, set_metadata;
	const char *stage;
	int64_t head, tail;
	bool metadata, types;
} conf = {.table = {NS_TABLE_OPTIONS_INIT, .output_format = NS_OUTPUT_CSV}, .head = -1, .tail = -1};

static const struct ns_opt options[] = {
	{'O', "output-format", NULL, "write this format", NS_OPT_CHOICE, &conf.table.output_format, 0, 0, "same|csv|arrow", NULL},
	NS_OPTION_COLUMNS(conf.table),
	{0, "rename", "OLD=NEW", "give columns other names (a list)", NS_OPT_LIST, &conf.rename, 0, 0, NULL, NULL},
	{0, "rows", "LIST", "only these rows: 7, 3-9, 100-, counted from 1", NS_OPT_LIST, &conf.rows, 0, 0, NULL, NULL},
	{0, "head", "N", "only the first N rows", NS_OPT_INTEGER, &conf.head, 0, 1e15, NULL, NULL},
	{0, "tail", "N", "only the last N rows", NS_OPT_INTEGER, &conf.tail, 0, 1e15, NULL, NULL},
	{0, "stage", "WHICH", "of a bundle the stage with this number or name", NS_OPT_TEXT, &conf.stage, 0, 0, NULL, NULL},
	{0, "metadata", NULL, "print the metadata of every stream instead", NS_OPT_FLAG, &conf.metadata, 0, 0, NULL, NULL},
	{0, "types", NULL, "print the columns and their types instead", NS_OPT_FLAG, &conf.types, 0, 0, NULL, NULL},
	{0, "set-metadata", "KEY=VALUE", "set metadata of Arrow output, without VALUE remove it (may be repeated)", NS_OPT_TEXTS,
		&conf.set_metadata, 0, 0, NULL, NULL},
	{0, "no-header-output", NULL, "write CSV without a header line", NS_OPT_FLAG, &conf.table.no_header_output, 0, 0, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	{0},
};

static int open_input(struct ns_reader **reader, char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_streams streams;
	size_t at;
	if (!conf.stage)
		return ns_reader_open(reader, paths, count, &conf.table, conf.tail >= 0, arena, err);
	if (count > 1)
		return ns_fail(err, NS_ECALL, "--stage takes one file");
	NS_TRY(ns_streams_read(&streams, count ? paths[0] : NULL, arena, err));
	NS_TRY(ns_streams_find(&at, &streams, conf.stage, err));
	return ns_reader_open_memory(reader, streams.bytes[at].data, streams.bytes[at].size, streams.path, &conf.table, arena, err);
}

/* --tail reads the input twice, to know how long it is. */
static int choose_rows(struct ns_ranges *ranges, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	uint64_t tail = (uint64_t)conf.tail, total;
	if ((conf.rows.count > 0) + (conf.head >= 0) + (conf.tail >= 0) > 1)
		return ns_fail(err, NS_ECALL, "--rows, --head and --tail: only one of them");
	if (conf.rows.count)
		return ns_ranges_parse(ranges, &conf.rows, arena, err);
	ns_ranges_between(ranges, 1, conf.head >= 0 ? (uint64_t)conf.head : UINT64_MAX, arena);
	if (conf.tail < 0)
		return NS_OK;
	NS_TRY(ns_reader_count(&total, reader, err));
	ns_ranges_between(ranges, total > tail ? total - tail + 1 : 1, total, arena);
	return NS_OK;
}

static int convert(struct ns_reader *reader, const struct ns_view *view, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_ranges ranges;
	struct ns_writer *writer;
	struct ns_table *batch, out;
	uint64_t seen = 0;
	NS_TRY(choose_rows(&ranges, reader, arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, reader, arena, err));
	do {
		NS_TRY(ns_reader_next(&batch, reader, err));
		ns_view_apply(&out, batch, view, ns_reader_batch_arena(reader));
		uint32_t *rows = NS_NEW_ARRAY(ns_reader_batch_arena(reader), uint32_t, out.rows);
		size_t count = ns_ranges_pick(rows, &ranges, seen, out.rows);
		NS_TRY(ns_writer_write(writer, &out, count < out.rows ? rows : NULL, count, err));
		seen += out.rows;
	} while (batch->rows && !ns_ranges_done(&ranges, seen));
	NS_TRY(ns_reader_finish(reader, err));
	return ns_writer_finish(writer, err);
}

static int print(const struct ns_buffer *out, int failed, struct ns_err *err)
{
	return failed ? ns_fail(err, NS_EDATA, "more than 1 GiB to print") : ns_file_store("-", out->data, out->size, err);
}

static int print_types(struct ns_reader *reader, const struct ns_view *view, struct ns_err *err)
{
	struct ns_buffer out = NS_BUFFER_INIT((size_t)1 << 30);
	NS_TRY(ns_reader_infer(reader, err));
	int status = print(&out, ns_view_print_types(&out, view, ns_reader_header(reader)), err);
	ns_buffer_release(&out);
	return status;
}

static int print_metadata(char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_buffer out = NS_BUFFER_INIT((size_t)1 << 30);
	struct ns_streams streams;
	int failed = 0, status = NS_OK;
	for (int i = 0; status == NS_OK && (i < count || i == 0); i++) {
		status = ns_streams_read(&streams, count ? paths[i] : NULL, arena, err);
		failed |= status == NS_OK && ns_streams_print_metadata(&out, &streams);
	}
	if (status == NS_OK)
		status = print(&out, failed, err);
	ns_buffer_release(&out);
	return status;
}

static int run(char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reader *reader;
	struct ns_view view;
	if (conf.metadata)
		return print_metadata(paths, count, arena, err);
	NS_TRY(open_input(&reader, paths, count, arena, err));
	NS_TRY(ns_view_init(&view, ns_reader_header(reader), &conf.table, arena, err));
	NS_TRY(ns_view_rename(&view, &conf.rename, arena, err));
	if (conf.types)
		return print_types(reader, &view, err);
	if (conf.set_metadata.count && conf.table.output_format != NS_OUTPUT_ARROW)
		return ns_fail(err, NS_ECALL, "--set-metadata needs -O arrow: CSV carries no metadata");
	NS_TRY(ns_view_set_metadata(&view, &conf.set_metadata, arena, err));
	ns_view_leave(&view, reader);
	return convert(reader, &view, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-convert",
	.about = "the same table in another form: format, columns, rows, names, metadata",
	.usage = (const char *const[]){"[-O csv|arrow] [-c LIST] [-x LIST] [--rename OLD=NEW] [--rows LIST | --head N | --tail N] [FILE...]", "--stage WHICH [FILE]",
		"--metadata | --types [FILE...]", NULL},
	.examples = (const char *const[]){"ns-convert -O arrow < a.csv > a.arrow", "ns-convert -c 'Result,having_*' --head 5 a.arrow",
		"ns-convert --metadata pipeline.ns", "ns-convert --stage scale pipeline.ns", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
