/* ns-select: the reports of candidates (ns-fit --report) in, one table of them out, best first, and the one to take. */
#include <string.h>

#include "base/file.h"
#include "learn/select.h"

static struct conf {
	struct ns_table_options table;
	struct ns_select_options select;
	const char *command;
	int gap_action;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .select = {.base_score = 0.6, .gap = 0.05}};

enum { WARN, REFUSE };

static const struct ns_opt options[] = {
	{0, "command", "FILE", "write the chosen one as the words of an ns-fit call", NS_OPT_TEXT, &conf.command, 0, 0, NULL, NULL},
	{0, "base-score", "S", "the least score that will do; where less is better, none", NS_OPT_REAL, &conf.select.base_score, -1, 1, NULL, &conf.select.base_given},
	{0, "gap", "G", "how far the scores of rows learnt from and held out may be apart", NS_OPT_REAL, &conf.select.gap, 0, 1e9, NULL, &conf.select.gap_given},
	{0, "gap-action", NULL, "what to do about a greater gap", NS_OPT_CHOICE, &conf.gap_action, 0, 0, "warn|refuse", NULL},
	NS_OPTIONS_INPUT(conf.table),
	NS_OPTIONS_OUTPUT(conf.table),
	{0},
};

/* A report in memory. Empty params and scores are values like others: learners without parameters have none. */
static int read_report(struct ns_reported_file *file, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width);
	enum ns_type *types = NS_NEW_ARRAY(arena, enum ns_type, header->width);
	NS_TRY(ns_reported_want(marks, types, header, err));
	for (size_t i = 0; i < header->width; i++)
		if (marks[i])
			NS_TRY(ns_reader_want(reader, i, types[i], err));
	file->source = ns_strdup(arena, header->source);
	return ns_frame_read(&file->frame, reader, marks, arena, err);
}

/* Each report by itself, since those of other folds may have other columns. */
static int read_reports(struct ns_reported_set *set, struct ns_reader **readers, char **paths, size_t count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reported_file *files = NS_NEW_ARRAY(arena, struct ns_reported_file, count);
	if (count > 1 && conf.table.rejects)
		return ns_fail(err, NS_ECALL, "--rejects keeps the rows of one report: there are %zu", count);
	for (size_t i = 0; i < count; i++) {
		NS_TRY(ns_reader_open(&readers[i], paths + i, 1, &conf.table, false, arena, err));
		NS_TRY(read_report(&files[i], readers[i], arena, err));
	}
	return ns_reported_read(set, files, count, arena, err);
}

static int write_table(const struct ns_table *table, struct ns_reader *reader, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_writer *writer;
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, reader, arena, err));
	NS_TRY(ns_writer_write(writer, table, NULL, 0, err));
	return ns_writer_finish(writer, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reported_set set;
	struct ns_selection selection;
	char **paths = count ? operands : (char *[]){ns_strdup(arena, "-")};
	size_t files = count ? (size_t)count : 1;
	struct ns_reader **readers = NS_NEW_ARRAY(arena, struct ns_reader *, files);
	conf.select.refuse = conf.gap_action == REFUSE;
	NS_TRY(read_reports(&set, readers, paths, files, arena, err));
	NS_TRY(ns_select(&selection, &set, &conf.select, arena, err));
	if (conf.command && selection.chosen) {
		const char *line = ns_format(arena, "%s\n", ns_select_command(selection.chosen, arena));
		NS_TRY(ns_file_store(conf.command, line, strlen(line), err));
	}
	NS_TRY(write_table(&selection.table, readers[0], arena, err));
	for (size_t i = 0; i < files; i++)
		NS_TRY(ns_reader_finish(readers[i], err));
	if (!selection.chosen)
		return ns_fail(err, NS_EDATA, "%s", selection.remark);
	if (selection.remark)
		ns_note("%s", selection.remark);
	return NS_OK;
}

static const struct ns_tool tool = {
	.name = "ns-select",
	.about = "choose among candidates by their reports",
	.usage = (const char *const[]){"[--command FILE] [--base-score S] [--gap G] [--gap-action warn|refuse] [REPORT...]", NULL},
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
