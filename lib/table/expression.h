/*
 * expression: a little language over the columns of a table, one value a row: ns-derive's columns, and conditions on rows.
 *
 *	src_bytes / (dst_bytes + 1)      port in (80, 443) and not contains(url, '@')      if(age < 0, missing, log1p(age))
 *
 * Values are numbers (true is 1, false 0) and texts; each may be missing. A column is named as it is, or between backquotes where it
 * is no plain word: `Flow Bytes/s`, with `` for a backquote. Texts stand in single or double quotes, the quote doubled inside.
 *
 *	lowest to highest    or   and   not   = == != <> < <= > >= in (...) not in (...)   + -   * / %   - (sign)   ^ (to the right)
 *
 * Functions and what they are of are listed by ns_expression_functions and explained in ns-derive(1). What has a missing value in it
 * is missing, but for `and`, `or` (false and missing = false, true or missing = true), `if`, and the functions that ask for it. A number
 * that has no finite value (a ratio over zero, the log of nothing, an overflow) is missing. exp, log and what follows from them are
 * the same bits on every machine (elementary.h).
 *
 * An expression has one type, and so has every column in it: what it is used as. A column that is used as both, or compared in a
 * way that fits neither, is an error; every error is NS_ECALL, one line with the expression and the place in it:
 *
 *	'r = a / (b +': column 13: the expression ends where a value should stand
 */
#ifndef NS_TABLE_EXPRESSION_H
#define NS_TABLE_EXPRESSION_H

#include "table/table.h"

struct ns_expression;

struct ns_expression_column {
	const char *name;
	enum ns_type type; /* what the expression needs; NS_UNDECIDED: it takes either, ns_expression_bind says which */
	size_t place;      /* in the text, from 1: where it is first named */
};

/*
 * Parses a text, at most 64 KiB and 200 levels deep. name: NULL, or the text is `NAME = EXPRESSION` and *name the new column's.
 * The expression lives in the arena and borrows nothing.
 */
int ns_expression_parse(struct ns_expression **out, const char **name, const char *text, struct ns_arena *arena, struct ns_err *err);

/* The distinct columns that it reads, in the order in which they are first named. */
size_t ns_expression_columns(const struct ns_expression_column **columns, const struct ns_expression *expression);

/* Once, before the first row: types[i] is what column i holds, NS_NUMBER or NS_TEXT. */
int ns_expression_bind(struct ns_expression *expression, const enum ns_type *types, struct ns_err *err);
/* Of its values; known once it is bound. */
enum ns_type ns_expression_type(const struct ns_expression *expression);

/*
 * Its value for each row of the batch as the column's new values (ns_column_set_numbers, ns_column_set_text), in the arena; the
 * column's name stays. at[i] is the position of column i in the batch, which has numbers there or cells, as its type says. Fails
 * where a row's text is beyond what a pattern may cost: NS_EDATA with the row's place.
 */
int ns_expression_evaluate(struct ns_column *out, const struct ns_expression *expression, const struct ns_table *batch, const size_t *at,
	struct ns_arena *arena, struct ns_err *err);

/* NS_ECALL at a place of the text (from 1), as the parser does it: for whoever knows the table. */
int ns_expression_fail(const struct ns_expression *expression, size_t place, struct ns_err *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Every function, in groups of what they are of: for --help and the manual's test. Ends with name NULL. */
struct ns_expression_call;
struct ns_expression_node;
struct ns_expression_function {
	const char *name, *arguments, *help;
	/*
	 * The rest is the language's own. types: of the result and of each argument, the last one's for all that follow: n number, t text,
	 * x the same for all that are x, a anything; in capitals: a constant, which prepare takes in.
	 */
	const char *types;
	size_t least, most;
	void (*run)(struct ns_expression_call *call);
	int (*prepare)(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
};
extern const struct ns_expression_function ns_expression_functions[];

#endif
