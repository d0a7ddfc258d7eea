/* ns-export: files in, one checked table out. */
#include <string.h>

#include "table/stream.h"
#include "table/view.h"

static struct conf {
	struct ns_table_options table;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	{0},
};

/* The database's own key is no data: it goes unless -c names columns. */
static void drop_key(struct ns_arena *arena, const struct ns_table *header)
{
	struct ns_texts *exclude = &conf.table.exclude;
	if (conf.table.columns.count || ns_table_find(header, "_id") < 0)
		return;
	const char **items = NS_NEW_ARRAY(arena, const char *, exclude->count + 1);
	if (exclude->count)
		memcpy(items, exclude->items, exclude->count * sizeof *items);
	items[exclude->count] = "_id";
	*exclude = (struct ns_texts){items, exclude->count + 1};
}

static int run(char **paths, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reader *reader;
	struct ns_writer *writer;
	struct ns_view view;
	struct ns_table *batch, out;
	NS_TRY(ns_reader_open(&reader, paths, count, &conf.table, false, arena, err));
	drop_key(arena, ns_reader_header(reader));
	NS_TRY(ns_view_init(&view, ns_reader_header(reader), &conf.table, arena, err));
	ns_view_leave(&view, reader);
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, reader, arena, err));
	do {
		NS_TRY(ns_reader_next(&batch, reader, err));
		ns_view_apply(&out, batch, &view, ns_reader_batch_arena(reader));
		NS_TRY(ns_writer_write(writer, &out, NULL, 0, err));
	} while (batch->rows);
	NS_TRY(ns_reader_finish(reader, err));
	return ns_writer_finish(writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-export",
	.about = "bring a file into the pipeline: one checked table of one or several",
	.usage = (const char *const[]){"[-O csv|arrow] [-c LIST] [-x LIST] FILE...", NULL},
	.examples = (const char *const[]){"ns-export data.csv", "ns-export -O arrow january.csv.gz february.csv.gz > winter.arrow", NULL},
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
