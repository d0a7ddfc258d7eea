/*
 * trees_fast: an ensemble laid out for predicting many rows, made when the first many rows come. trees.h is the manual; for lib/model alone.
 *
 * A feature's thresholds, ranked, make codes of its values: code(x) = how many of its thresholds are < x. Then x <= threshold is exactly
 * code(x) <= rank of the threshold. A block of rows is coded once; the trees are walked on small numbers. Four layouts, the
 * first that fits:
 *
 *	bits     at most 63 thresholds in all, 65,536 nodes per tree: 4 bytes a node, 1 bit a threshold
 *	bytes    at most 255 thresholds per feature, 256 features asked for, 65,536 nodes per tree: 4 bytes a node, 1 a cell
 *	words    at most 65,535 thresholds per feature, 65,536 features asked for: 8 bytes a node, 2 a cell
 *	doubles  any: 16 bytes a node, 8 a cell, no codes
 */
#ifndef NS_MODEL_TREES_FAST_H
#define NS_MODEL_TREES_FAST_H

#include "model/trees.h"

/* Of all the trees there are now. Freed with the arena. */
struct ns_trees_fast *ns_trees_fast_new(const struct ns_trees *trees, struct ns_arena *arena);

/*
 * As ns_trees_predict, the same bits. False, and nothing done, as long as so few rows have been asked for that the layout has not been worth
 * its making. Thread-safe.
 */
bool ns_trees_fast_predict(double *out, const struct ns_trees *trees, const double *const *x, size_t rows);

/* "bits", "bytes", "words" or "doubles"; NULL where none has been made. */
const char *ns_trees_fast_layout(const struct ns_trees_fast *fast);

#endif
