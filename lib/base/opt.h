/*
 * opt: one table describes a tool's options; from it come parsing, checks, --help and shell completion.
 *
 * A tool is a `const struct ns_tool` and `int main(int argc, char **argv) { return ns_tool_main(&tool, argc, argv); }`.
 * Every tool has -h --help, -V --version and -q --quiet without asking. Letters and long names have one meaning in the
 * whole family. Long names may be shortened where clear; --name=value and --name value, -n value and
 * -nvalue, -abc for flags; "--" ends the options; options and operands may mix. A wrong call is exit 2 with the
 * option that may have been meant: "ns-scale: unknown option '--stratgy' (did you mean '--strategy'?)".
 *
 * -h or --help wins wherever it stands before "--"; a value that looks like it is written --target=-h. --complete, for shells,
 * prints the options one a line, and --complete=OPTION the words that it may be followed by.
 */
#ifndef NS_BASE_OPT_H
#define NS_BASE_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum ns_opt_type {
	NS_OPT_FLAG,    /* bool: set to true; to false where choices is NS_OPT_OFF: "--no-mark" beside "--mark", the last one counts */
	NS_OPT_TEXT,    /* const char *: borrowed from argv; the last one counts; empty text is refused */
	NS_OPT_TEXTS,   /* struct ns_texts: may be repeated, every one is kept in order */
	NS_OPT_LIST,    /* struct ns_texts: comma-separated, and may be repeated; "a\,b" holds a comma, "\\" a backslash; empty ones too */
	NS_OPT_INTEGER, /* int64_t, within [min, max] */
	NS_OPT_REAL,    /* double, within [min, max]; never NaN */
	NS_OPT_CHOICE,  /* int: position of the word in `choices` ("csv|arrow") */
	NS_OPT_CHAR,    /* char: one byte of ASCII; "\t" and "tab" are a tab */
};

#define NS_OPT_OFF "off"

struct ns_texts {
	const char **items;
	size_t count;
};

struct ns_opt {
	char letter;             /* 0: none */
	const char *name;        /* long name without dashes; NULL ends the table */
	const char *argument;    /* "FILE", as help shows it; NULL for flags. Choices show themselves where it is NULL */
	const char *help;        /* one line, lower case, no full stop; the default is added where the value has one (below) */
	enum ns_opt_type type;
	void *value;             /* where it goes; holds the default before */
	double min, max;         /* numbers; both 0: no limits */
	const char *choices;     /* NS_OPT_CHOICE */
	bool *given;             /* set to true when the option was used; may be NULL */
};

/*
 * A value has no default, and help shows none, where it is NULL, 0 texts, '\0', a NaN, a number outside [min, max] or a choice of
 * -1, or where the help text speaks of "(default" itself. A list's or texts' default is replaced by what is given, not added to.
 */

struct ns_tool {
	const char *name;        /* "ns-scale" */
	const char *about;       /* one line for --help and the manual's NAME */
	const char *const *usage;    /* synopsis lines without the name, NULL-terminated: "[-t NAME] --strategy standard|... [FILE...]" */
	const char *const *examples; /* whole command lines, NULL-terminated; the first is the manual's first example */
	const struct ns_opt *options; /* the tool's own, ends with name == NULL */
	int operands_min, operands_max; /* -1: any number */
	bool reads_stdin;        /* with a terminal on stdin and no operand beyond operands_min: usage on stderr, exit 2 */
	const bool *alone;       /* a flag (--list) with which the tool wants neither operands nor stdin; may be NULL */
	int (*run)(char **operands, int count, struct ns_arena *arena, struct ns_err *err);
	bool (*is_file)(const char *operand); /* which operands name inputs, where others may stand among them; NULL: all do */
};

/*
 * Parses, runs, reports: a failure's text goes to stderr behind the tool's name, and the status is returned. Uncommitted
 * files are gone, the arena released. To be returned from main.
 */
int ns_tool_main(const struct ns_tool *tool, int argc, char **argv);

/*
 * NAME=VALUE[,VALUE...]: splits text into its name and values; NS_ECALL where the name, the '=' or a value is missing, speaking of
 * the option: "--param".
 */
int ns_opt_param(const char **name, struct ns_texts *values, const char *option, const char *text, struct ns_arena *arena,
	struct ns_err *err);

/*
 * The nearest of count names by edit distance (an omitted, added, changed byte, two swapped; case does not count), the first of
 * equals, or NULL when none is near: for "did you mean".
 */
const char *ns_nearest_name(const char *name, const char *const *names, size_t count);

extern const char ns_version[]; /* "1.0.0" */

#endif
