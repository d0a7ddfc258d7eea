/*
 * derive: columns computed from those that are there, by expressions (table/expression.h), and columns left out.
 *
 * Expressions are computed in their order, and each may read the columns of those before it. A column that has a name which is there
 * takes the place of what stood there; another stands behind the last. Then columns are left out; they need not be there.
 *
 * The stage's table has a row per column, those that are computed in their order before those that are left out:
 *
 *	column      its name
 *	action      derive or drop
 *	type        number or text; missing where a column is left out that nobody looked at
 *	expression  of derive
 *	why         interaction; constant; equal to 'a'; correlation -0.998 with 'a'; by name; else missing
 *
 * Its inputs are the columns that expressions read as they come to the stage, with the types that they are read as. They are parsed and
 * bound again when it is loaded.
 */
#ifndef NS_STAGE_DERIVE_H
#define NS_STAGE_DERIVE_H

#include "stage/flow.h"

enum {
	NS_DERIVE_COLUMNS = 10000,    /* that one stage computes, at most */
	NS_DERIVE_TEXT = 1024 * 1024, /* bytes of their expressions together, at most */
};

struct ns_derive_options {
	struct ns_texts expressions;  /* "NAME = EXPRESSION", in the order in which they are computed */
	struct ns_texts interactions; /* columns; the products of all pairs of them, called a*b, come behind the expressions */
	struct ns_texts drop;         /* columns to leave out, by name; what was derived counts, too */
	bool constant, duplicate;     /* leave out columns of one value, columns equal to an earlier one */
	double correlated;            /* leave out number columns whose |correlation| with an earlier one is at least that; 0: none */
	bool stored;                  /* the stage is to be applied elsewhere: the target, which is not there, is neither read nor replaced */
};

/* Must it see all rows? Then the flow was opened to be read again. */
bool ns_derive_reads(const struct ns_derive_options *options);

/*
 * The stage behind the flow's last, from all rows of the flow where it must see them; the flow is then to be rewound. Which columns
 * may be left out by what their values are: those that table's -c and -x leave, without the target, ns: columns and the schema's
 * id, time and drop columns. Notes say which were. NS_ECALL names the place in an expression.
 */
int ns_derive_learn(struct ns_stage *stage, struct ns_flow *flow, const struct ns_derive_options *options,
	const struct ns_table_options *table, struct ns_err *err);

/*
 * Appends the expressions of a file, one a line; lines that are blank or begin with # are none. NS_ECALL where one is no
 * expression, with file and line, or there is a NUL byte.
 */
int ns_derive_read_file(struct ns_texts *expressions, const char *path, struct ns_arena *arena, struct ns_err *err);

#endif
