/*
 * synthetic: the rows that smote draws, as rows of the table they are drawn from.
 *
 * They stand behind the table's own. Features have drawn values, or the nearest that occurs in the column where it is to be
 * rounded; the target has the class's label in the form it came in; the column ns:synthetic says 1 (0 in the table's own rows);
 * whatever else there is (ids, times, text) is missing.
 */
#ifndef NS_LEARN_SYNTHETIC_H
#define NS_LEARN_SYNTHETIC_H

#include "learn/smote.h"
#include "stage/dataset.h"
#include "stat/levels.h"
#include "table/blank.h"

struct ns_synthetic {
	const bool *marks;     /* columns of the header that the data set is made of: features and target */
	size_t target;
	bool mark;             /* whether ns:synthetic is written */
	struct ns_kept labels; /* as they came */
	struct ns_table last;  /* the empty batch at the end: how the columns look; valid until the next batch */
	const struct ns_dataset *dataset;
	struct ns_levels **levels; /* per feature of the data set; NULL: not rounded */
};

/*
 * A batch of the table's own, before it is written: Arrow's features become float64, since drawn values are; the mark is added.
 * Every batch must come here, the empty last one too.
 */
int ns_synthetic_pass(struct ns_synthetic *synthetic, struct ns_table *batch, struct ns_arena *batch_arena,
	struct ns_arena *arena, struct ns_err *err);

/*
 * The whole table is known: rounded marks columns of the header whose values are to be among those that occur, at most
 * NS_LEVELS_MAX of them.
 */
int ns_synthetic_learn(struct ns_synthetic *synthetic, const struct ns_dataset *dataset, const bool *rounded,
	struct ns_arena *arena, struct ns_err *err);

/* The rows from.. from + count of what was drawn for a class, as a batch in the arena. */
int ns_synthetic_rows(struct ns_table *batch, const struct ns_synthetic *synthetic, const struct ns_smote_rows *rows,
	uint32_t class, size_t from, size_t count, struct ns_arena *arena, struct ns_err *err);

#endif
