/*
 * expression: a little language over the columns of a table, one value a row: ns-derive's columns, and conditions on rows.
 *
 *	src_bytes / (dst_bytes + 1)      port in (80, 443) and not contains(url, '@')      if(age < 0, missing, log1p(age))
 *
 * Grammar; what binds least stands first, blanks and line ends may stand between any two words:
 *
 *	expression  and-part { "or" and-part }
 *	and-part    not-part { "and" not-part }
 *	not-part    "not" not-part | comparison
 *	comparison  sum [ ( "=" "==" "!=" "<>" "<" "<=" ">" ">=" ) sum  |  [ "not" ] "in" "(" expression { "," expression } ")" ]
 *	sum         product { ( "+" "-" ) product }
 *	product     sign { ( "*" "/" "%" ) sign }
 *	sign        ( "-" "+" ) sign  |  value [ "^" sign ]                 -a ^ 2 is -(a ^ 2), 2 ^ 3 ^ 2 is 2 ^ (3 ^ 2)
 *	value       number | text | "true" | "false" | "missing" | column | function "(" expression { "," expression } ")" | "(" expression ")"
 *	number      1   2.5   .5   1e-3
 *	text        between single or double quotes; the quote itself is doubled: 'it''s'. There are no escapes: '\d' is a pattern's
 *	column      a letter, _ or anything beyond ASCII, then also digits and dots; any other name between backquotes: `Flow Bytes/s`,
 *	            with `` for a backquote. The words of the language (and false if in missing not or true) are columns between backquotes,
 *	            and `if` too where no parenthesis follows
 *
 * A comparison is not compared again (a < b < c is refused). What stands in a list after `in`, and where a function says so, has to be
 * constant: no column in it, whatever it is made of otherwise.
 *
 * Values are numbers (true is 1, false 0; as conditions all but 0 is true) and texts, of bytes that are mostly UTF-8; each may be
 * missing. Functions and what they are of are listed by ns_expression_functions and explained in ns-derive(1).
 *
 * What has a missing value in it is missing, but for
 *
 *	and, or             false and missing = false, true or missing = true
 *	if                  missing where a condition on the way is; the values that are not chosen do not matter
 *	coalesce, ratio     ratio(a, b, otherwise) is if(b = 0, otherwise, a / b)
 *	is_missing
 *
 * `x = missing` would always be missing, so it is refused.
 *
 * Numbers are IEEE doubles. What is computed and has no finite value (a ratio over zero, the log of nothing, an overflow) is missing;
 * an infinite value of a column is a value, can be compared and chosen (if, coalesce, min, max, clip, ratio's otherwise). No result
 * is -0. a % b has the sign of b (-1 % 3 is 2); round takes halves to the even neighbour, and both are as in Python. exp, log and what
 * follows from them are the same bits on every machine (elementary.h).
 *
 * Texts are compared byte by byte. Characters are those of UTF-8; a byte that belongs to none is a character of its own. lower and
 * upper change ASCII letters alone. matches takes Perl's patterns (regex.h).
 *
 * An expression has one type, and so has every column in it: what it is used as. A column that is used as both, or compared in a
 * way that fits neither, is an error; every error is NS_ECALL, one line with the expression and the place in it, in characters:
 *
 *	'r = a / (b +': column 13: the expression ends where a value should stand
 *
 * Of an expression of more than 120 bytes the message shows the part around the place.
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
 * The expression lives in the arena, which releases what it holds beyond memory (compiled patterns), and borrows nothing. Constant
 * parts are computed here, once.
 */
int ns_expression_parse(struct ns_expression **out, const char **name, const char *text, struct ns_arena *arena, struct ns_err *err);

/* The distinct columns that it reads, in the order in which they are first named. Borrowed; ns_expression_bind decides their types. */
size_t ns_expression_columns(const struct ns_expression_column **columns, const struct ns_expression *expression);

/* Once, before the first row: types[i] is what column i holds, NS_NUMBER or NS_TEXT: what columns[i].type says unless undecided. */
int ns_expression_bind(struct ns_expression *expression, const enum ns_type *types, struct ns_err *err);
/* Of its values; known once it is bound. */
enum ns_type ns_expression_type(const struct ns_expression *expression);

/*
 * Its value for each row of the batch as the column's new values (ns_column_set_numbers, ns_column_set_text), in the arena; the
 * column's name stays. at[i] is the position of column i in the batch, which has numbers there or cells, as its type says.
 * Fails with NS_EDATA and the row's place where its text is beyond what a pattern may cost, or the texts that are made on the way
 * are longer than 256 MiB for a thousand rows. The memory it works in is its own, kept from batch to batch: one thread at a time.
 */
int ns_expression_evaluate(struct ns_column *out, const struct ns_expression *expression, const struct ns_table *batch, const size_t *at,
	struct ns_arena *arena, struct ns_err *err);

/* NS_ECALL at a place of the text (from 1), as the parser does it: for whoever knows the table. */
int ns_expression_fail(const struct ns_expression *expression, size_t place, struct ns_err *err, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Every function, in groups by what they give and are of: for --help and the manual's test. Ends with name NULL. */
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
