/*
 * trees_check: whether a table's trees are some. Nothing in them is to be trusted. For lib/model alone.
 */
#ifndef NS_MODEL_TREES_CHECK_H
#define NS_MODEL_TREES_CHECK_H

#include "model/trees.h"
#include "table/table.h"

/* Every cell of every tree: NS_EDATA with the first wrong one. largest: nodes of the largest tree. */
int ns_trees_check(const struct ns_trees *trees, const struct ns_table *table, size_t largest, size_t features, struct ns_err *err);

/*
 * Quickly, without a word: true where ns_trees_check of this tree alone would have nothing to say; false where it would, or a node has
 * more than 2^31 - 1 rows.
 */
struct ns_sound_scratch {
	int32_t *feature, *left, *samples, *other; /* nodes of the largest tree, each */
	double *number, *sum;
	uint8_t *led_to; /* pairs of children, and two more */
};
bool ns_tree_is_sound(struct ns_sound_scratch *scratch, const struct ns_trees *trees, size_t tree, size_t features);

/* "row 3: column 'left' of a table of trees: 2 is not ..." */
int ns_trees_wrong(const struct ns_table *table, const char *name, size_t row, double value, const char *expected, struct ns_err *err);

/* Of numbers like these the sum over all trees there may be, times a scale, is finite. */
static inline bool ns_trees_is_moderate(double value)
{
	return (value >= -1e100) & (value <= 1e100);
}

#endif
