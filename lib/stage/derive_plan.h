/*
 * derive_plan: what is to be computed, from the call and a flow's header. For derive*.c alone.
 */
#ifndef NS_STAGE_DERIVE_PLAN_H
#define NS_STAGE_DERIVE_PLAN_H

#include "stage/derive.h"
#include "stage/names.h"
#include "table/expression.h"

/* A column that is to be computed. */
struct ns_derive_item {
	const char *name, *text; /* text: the expression alone */
	struct ns_expression *expression;
	enum ns_type type;
	bool interaction, live; /* live: what comes out depends on it */
};

/* A name of the flow's header or of an item. */
struct ns_derive_name {
	ptrdiff_t column;         /* in the header, or -1 */
	enum ns_type asked, type; /* how the column is to be read; what the name holds in the end, NS_UNDECIDED where nobody reads it */
	const struct ns_derive_item *asker; /* the first that reads it so */
	bool derived, left_out;
	const char *why; /* it is left out */
};

struct ns_derive_plan {
	struct ns_flow *flow;
	const struct ns_derive_options *options;
	const struct ns_table_options *table;
	struct ns_derive_item *items;
	size_t count, size; /* size: bytes of their expressions */
	struct ns_names names;
	struct ns_derive_name *known; /* by name */
	struct ns_arena *arena;
	struct ns_err *err;
};

/* Parses, binds and types all expressions; nothing is left out yet. */
int ns_derive_plan_make(struct ns_derive_plan *plan);

struct ns_derive_name *ns_derive_plan_find(const struct ns_derive_plan *plan, const char *name); /* NULL where there is none */

/* The columns as they will be, without values: the header's, then those that items add. */
void ns_derive_plan_foresee(struct ns_table *table, const struct ns_derive_plan *plan);

#endif
