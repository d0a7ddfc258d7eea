/*
 * balance_table: a flow's table for balance.h: what of it the methods look at, and the rows they add as rows of it.
 *
 *	NS_TRY(ns_balance_table_open(&table, &flow, &conf.table, &options, &balance, err));
 *	for each batch of the flow, the empty last one too:
 *		NS_TRY(ns_balance_table_take(table, batch, err));
 *		where rows only come behind it: ns_balance_table_dress(table, batch, batch_arena); write it
 *	NS_TRY(ns_balance_table_learn(&training, table, err));
 *	NS_TRY(ns_balance_make(&balanced, &balance, &training, &table->dataset.labels, arena, err));
 *	where rows go, for each batch of the flow once more: see that it repeats; dress it, write those that stay
 *	for each addition, a part of its rows at a time: NS_TRY(ns_balance_table_rows(&batch, table, ...)); write it
 *
 * Added rows stand behind the table's own. Features have drawn values, or the nearest that occurs in the column where it is to be
 * rounded; what is taken from a row as it stands (categories, copies) and the target's label keep the form they came in; the column
 * ns:synthetic says 1 (0 in the table's own rows); whatever else there is (ids, times) is missing.
 */
#ifndef NS_LEARN_BALANCE_TABLE_H
#define NS_LEARN_BALANCE_TABLE_H

#include "learn/balance.h"
#include "stage/dataset.h"
#include "table/blank.h"

struct ns_balance_options {
	struct ns_texts categorical; /* columns that are categories although they are numbers */
	struct ns_texts round;       /* columns whose drawn values become the nearest that occurs */
	bool round_whole;            /* and all columns that hold whole numbers only */
	bool mark, mark_given;       /* the column ns:synthetic, where rows are added */
};

struct ns_balance_table {
	struct ns_dataset dataset;
	/* the rest is its own */
	const struct ns_balance_options *options;
	struct ns_balance *balance;
	struct ns_flow *flow;
	struct ns_dataset_options how;
	struct ns_frame_builder *builder;
	bool *marks, *categorical, *rounded, *drawn; /* columns of the header: of the data set; as asked for; values are drawn */
	size_t *at;            /* where each feature is among the columns */
	struct ns_kept *kept;  /* per column: values as they came, where they will be copied */
	struct ns_table last;  /* the last batch that was dressed: how the columns look */
	const struct ns_training *training;
};

/*
 * Asks the flow for what the method needs. Where there are categories and balance is smote, it becomes smote-nc, and that is noted.
 * Options that the method has no use for, and lists without a column that they are about, are NS_ECALL; a table that has a column ns:synthetic already is NS_EDATA for methods that
 * add rows. It lives in the flow's arena, and borrows everything.
 */
int ns_balance_table_open(struct ns_balance_table **out, struct ns_flow *flow, const struct ns_table_options *columns,
	const struct ns_balance_options *options, struct ns_balance *balance, struct ns_err *err);

/* Takes a batch in: values that the method looks at, and those that will be copied. */
int ns_balance_table_take(struct ns_balance_table *table, const struct ns_table *batch, struct ns_err *err);

/*
 * The table is complete: training is it, without seed and threads; balance knows its categories and levels. A text feature
 * of which more than half of the values are different is NS_EDATA where it would be a category, unless it was called one; so are
 * numbers that are too far apart to have a variance, where shrinkage spreads them out.
 */
int ns_balance_table_learn(struct ns_training *training, struct ns_balance_table *table, struct ns_err *err);

/*
 * Are the rows of this batch, which was read once more, those that were taken in from row `from` on, as far as the methods looked at
 * them? An empty batch is where the table ended. It has not been dressed.
 */
bool ns_balance_table_repeats(const struct ns_balance_table *table, const struct ns_table *batch, size_t from);

/*
 * Makes a batch of the table's own look as those that will be added: Arrow's features become float64 where drawn values will be, the
 * mark is added. Every batch that is written must come here, the empty last one too. Nothing happens where no rows are added.
 */
void ns_balance_table_dress(struct ns_balance_table *table, struct ns_table *batch, struct ns_arena *batch_arena);

/* The rows from.. from + count of what was drawn for a class, as a batch in the arena. */
int ns_balance_table_rows(struct ns_table *batch, const struct ns_balance_table *table, const struct ns_drawn *drawn, size_t from,
	size_t count, struct ns_arena *arena, struct ns_err *err);

#endif
