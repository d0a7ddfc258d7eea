/*
 * opt_parts: what the files of opt share among themselves. Nobody else includes it.
 *
 * opt.c reads the command line, opt_value.c turns texts into values, opt_help.c prints what a tool says of itself, tool.c is the
 * frame.
 */
#ifndef NS_BASE_OPT_PARTS_H
#define NS_BASE_OPT_PARTS_H

#include "base/opt.h"

/* All options of a tool, its own first: count pointers. */
struct ns_opt_table {
	const struct ns_opt **options;
	size_t count;
};

/* What the command line asks for besides the options' values, which are stored. */
struct ns_command_line {
	bool help, version, complete;
	const char *completed; /* --complete=OPTION; else NULL */
	char **operands;
	int count;
};

void ns_opt_table_init(struct ns_opt_table *table, const struct ns_tool *tool, struct ns_arena *arena);
const struct ns_opt *ns_opt_find(const struct ns_opt_table *table, const char *text); /* "-s" or "--seed", exactly; NULL */

/* Where help, version or completion is asked for, that is all that is done, and the rest need not be right. */
int ns_command_line_read(struct ns_command_line *line, const struct ns_tool *tool, const struct ns_opt_table *table, int argc,
	char **argv, struct ns_arena *arena, struct ns_err *err);
/* the number of operands */
int ns_command_line_check(const struct ns_command_line *line, const struct ns_tool *tool, struct ns_err *err);

/* Checks text and stores it; first: nothing was given for this option before, so that a list begins anew. */
int ns_opt_store(const struct ns_opt *opt, const char *text, bool first, struct ns_arena *arena, struct ns_err *err);
/* The words of "csv|arrow". */
void ns_opt_choices(struct ns_texts *words, const char *choices, struct ns_arena *arena);

/* To stdout. */
int ns_opt_print_help(const struct ns_tool *tool, const struct ns_opt_table *table, struct ns_arena *arena, struct ns_err *err);
int ns_opt_print_version(const struct ns_tool *tool, struct ns_err *err);
int ns_opt_print_completion(const struct ns_opt_table *table, const char *completed, struct ns_arena *arena, struct ns_err *err);
void ns_opt_complain_usage(const struct ns_tool *tool); /* to stderr */

#endif
