/*
 * expression_parts: what the files of the expression language share. expression.h is for everybody else.
 *
 *	expression.c            columns, failures
 *	expression_lex.c        text to tokens
 *	expression_parse.c      tokens to nodes
 *	expression_type.c       types by use, constants folded
 *	expression_evaluate.c   binding; nodes to values, in strips of rows
 *	expression_functions.c  the table of functions and operators; what they do:
 *	    expression_numbers.c    of numbers, truth and missing values
 *	    expression_in.c         lists
 *	    expression_texts.c      what is asked of texts
 *	    expression_made.c       texts made of texts
 *	    expression_regex.c      patterns
 *
 * The nodes stand in the order in which they are evaluated, operands first, so nothing but the parser recurses. Each has at least a
 * byte of the text to itself, so their number is bounded by it.
 */
#ifndef NS_TABLE_EXPRESSION_PARTS_H
#define NS_TABLE_EXPRESSION_PARTS_H

#include "table/expression.h"

enum {
	NS_EXPRESSION_SIZE = 64 * 1024,    /* bytes of text */
	NS_EXPRESSION_DEPTH = 200,         /* of parentheses, functions and signs in one another */
	NS_EXPRESSION_ARGUMENTS = 1000,    /* of one function */
	NS_EXPRESSION_MADE = 256 * 1024 * 1024, /* bytes of the texts that are made for one strip of rows */
	NS_EXPRESSION_STRIP = 1024,        /* rows that are evaluated at a time, so that what passes from node to node stays in the cache */
};

/* --- tokens --- */

enum ns_token_kind {
	NS_TOKEN_END,
	NS_TOKEN_NUMBER,
	NS_TOKEN_TEXT,
	NS_TOKEN_WORD,   /* a name as it is, or a word of the language */
	NS_TOKEN_NAME,   /* a name between backquotes */
	NS_TOKEN_SYMBOL, /* one of + - * / % ^ ( ) , = < > or E, N, L, G for == != <= >= */
};

struct ns_token {
	enum ns_token_kind kind;
	char symbol;
	size_t place; /* in characters, from 1 */
	double number;
	struct ns_span text; /* a text's or name's own bytes, quotes undone, NUL-terminated */
};

struct ns_lexer {
	struct ns_expression *expression;
	size_t at, place; /* of what comes next: in bytes from 0, in characters from 1 */
};

int ns_lexer_next(struct ns_token *token, struct ns_lexer *lexer, struct ns_err *err);

/* --- nodes --- */

/* A value for every row of a strip. */
struct ns_expression_value {
	const double *numbers;       /* NaN: missing; or */
	const struct ns_span *texts; /* data NULL: missing */
	bool constant;               /* the rows are all alike */
};

struct ns_expression_node {
	const struct ns_expression_function *function; /* NULL: a constant or a column */
	size_t column;                                 /* position in expression->columns, or SIZE_MAX */
	size_t place, type;                            /* type: position in expression->types */
	double number;                                 /* a constant: by its type */
	struct ns_span text;
	const uint32_t *arguments; /* nodes before this one */
	size_t count;
	const void *prepared; /* what the function made of its constant arguments */
	struct ns_expression_value value;
	const struct ns_expression_value **values; /* the arguments' */
	uint32_t strip;                            /* number of the memory its values stand in */
};

/* What a node's or column's type is, or is to be the same as. */
struct ns_expression_type {
	size_t same; /* itself, or the position of another */
	enum ns_type type;
	size_t place; /* where it was decided */
};

struct ns_expression {
	const char *text;
	size_t size;
	struct ns_arena *arena;
	struct ns_expression_node *nodes; /* the last one is the whole */
	struct ns_expression_type *types;
	struct ns_expression_column *columns;
	size_t *column_types;
	size_t nodes_count, types_count, columns_count;
	struct ns_expression_run *run; /* expression_evaluate.c's, once it is bound */
};

/* --- types --- */

uint32_t ns_expression_add_number(struct ns_expression *expression, double number, size_t place);
uint32_t ns_expression_add_text(struct ns_expression *expression, struct ns_span text, size_t place);
uint32_t ns_expression_add_missing(struct ns_expression *expression, size_t place);
uint32_t ns_expression_add_column(struct ns_expression *expression, const char *name, size_t place);
/* The arguments are the last nodes that have no parent yet; they are checked, and constants folded. */
int ns_expression_add_call(uint32_t *node, struct ns_expression *expression, const struct ns_expression_function *function,
	const uint32_t *arguments, size_t count, size_t place, struct ns_err *err);
struct ns_expression_type *ns_expression_type_of(const struct ns_expression *expression, size_t type);
/* No column, no function. */
bool ns_expression_is_constant(const struct ns_expression_node *node);

/* What a call of constants comes to becomes the node's number or text; false: it cannot be evaluated, or grows beyond 64 KiB. */
bool ns_expression_fold(struct ns_expression *expression, struct ns_expression_node *node);

/* --- functions --- */

/* Texts that are made, until the strip is done. */
struct ns_expression_space {
	struct ns_arena arena;
	size_t used;
	void *counts, *members; /* entropy's, and those of sets of characters: malloc'ed once they are asked for */
};
void ns_expression_space_release(void *space);

struct ns_expression_call {
	const struct ns_expression_value *const *arguments;
	size_t count, rows;
	const void *prepared;
	double *numbers; /* the results, as the function's type says; the arguments' memory is another */
	struct ns_span *texts;
	struct ns_expression_space *space;
	size_t bad_row; /* where it cannot go on: in the strip, and why */
	const char *problem;
};

/* size bytes; NULL where that is more than a strip may make, which is said of this row. */
char *ns_expression_make(struct ns_expression_call *call, size_t row, size_t size);

/* A function's constant arguments are checked and become node->prepared. */
int ns_expression_prepare_in(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
int ns_expression_prepare_comparison(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
int ns_expression_prepare_round(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
int ns_expression_prepare_bucket(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
int ns_expression_prepare_matches(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);
int ns_expression_prepare_part(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err);

/* The byte at which the text's character, from 0, begins; its end behind the last. */
size_t ns_expression_byte(const struct ns_expression *expression, size_t character);
int ns_expression_fail_row(const struct ns_expression *expression, const struct ns_table *batch, size_t row, size_t place, struct ns_err *err,
	const char *problem);

/* Functions by name, NULL where there is none; operators by name too ("+", "<=", "and", "in", "negate" ...), which always are. */
const struct ns_expression_function *ns_expression_find(const char *name);
const struct ns_expression_function *ns_expression_operator(const char *name);
int ns_expression_fail_function(const struct ns_expression *expression, const struct ns_token *name, struct ns_err *err);

#endif
