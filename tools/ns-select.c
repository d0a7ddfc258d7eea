/* ns-select: the reports of candidates (ns-fit --report) in, one table of them out, best first. */
#include <string.h>

#include "base/file.h"
#include "learn/select.h"

static struct conf {
	struct ns_table_options table;
	const char *command;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	{0, "command", "FILE", "write the best one as the words of an ns-fit call", NS_OPT_TEXT, &conf.command, 0, 0, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

/* All reports in memory. Empty params and scores are values like others: learners without parameters have none. */
static int read_reports(struct ns_frame *frame, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width);
	for (size_t i = 0; i < header->width; i++) {
		const char *name = header->columns[i].name;
		bool text = strcmp(name, "learner") == 0 || strcmp(name, "params") == 0 || strcmp(name, "by") == 0;
		marks[i] = true;
		NS_TRY(ns_reader_want(reader, i, text ? NS_TEXT : NS_NUMBER, err));
	}
	return ns_frame_read(frame, reader, marks, arena, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reader *reader;
	struct ns_writer *writer;
	struct ns_frame frame;
	struct ns_table ranked;
	NS_TRY(ns_reader_open(&reader, operands, count, &conf.table, false, arena, err));
	NS_TRY(read_reports(&frame, reader, arena, err));
	NS_TRY(ns_select_rank(&ranked, &frame, arena, err));
	if (conf.command) {
		const char *line = ns_format(arena, "%s\n", ns_select_command(&ranked, 0, arena));
		NS_TRY(ns_file_store(conf.command, line, strlen(line), err));
	}
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, reader, arena, err));
	NS_TRY(ns_writer_write(writer, &ranked, NULL, 0, err));
	NS_TRY(ns_reader_finish(reader, err));
	return ns_writer_finish(writer, err);
}

static const struct ns_tool tool = {
	.name = "ns-select",
	.about = "add up the reports of candidates and rank them",
	.usage = (const char *const[]){"[--command FILE] [REPORT...]", NULL},
	.examples = (const char *const[]){"ns-select fold-*.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
