#include <signal.h>
#include <unistd.h>

#include "base/file.h"
#include "base/opt_parts.h"
#include "base/progress.h"

/* True where a person has called the tool with nothing to read: it would only wait. */
static bool waits_for_typing(const struct ns_tool *tool, const struct ns_command_line *line)
{
	bool alone = tool->alone && *tool->alone;
	int files = 0;
	for (int i = 0; i < line->count; i++)
		files += !tool->is_file || tool->is_file(line->operands[i]);
	return tool->reads_stdin && !alone && files <= tool->operands_min && isatty(STDIN_FILENO);
}

static int run(const struct ns_tool *tool, const struct ns_command_line *line, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(tool->run(line->operands, line->count, arena, err));
	return ns_file_any_open() ? ns_fail(err, NS_ECALL, "broken: an output was left unfinished") : NS_OK;
}

static int read_and_run(const struct ns_tool *tool, int argc, char **argv, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_opt_table table;
	struct ns_command_line line;
	NS_TRY(ns_file_guard_standard(err));
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a failed write, with a message, not a sudden death */
	ns_opt_table_init(&table, tool, arena);
	int status = ns_command_line_read(&line, tool, &table, argc, argv, arena, err);
	if (line.help)
		return ns_opt_print_help(tool, &table, arena, err);
	if (line.version)
		return ns_opt_print_version(tool, err);
	if (line.complete)
		return ns_opt_print_completion(&table, line.completed, arena, err);
	NS_TRY(status);
	if (waits_for_typing(tool, &line)) {
		ns_opt_complain_usage(tool);
		return NS_ECALL;
	}
	NS_TRY(ns_command_line_check(&line, tool, err));
	return run(tool, &line, arena, err);
}

int ns_tool_main(const struct ns_tool *tool, int argc, char **argv)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	ns_program = tool->name;
	int status = read_and_run(tool, argc, argv, &arena, &err);
	ns_progress_stop();
	if (status != NS_OK && *err.text)
		ns_complain("%s", err.text); /* before the discarding, which may end in a broken pipe */
	ns_file_discard_all();
	ns_arena_release(&arena);
	return status;
}
