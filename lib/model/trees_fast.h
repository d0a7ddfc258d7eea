/*
 * trees_fast: an ensemble laid out for predicting many rows, made when the first many rows come. trees.h is the manual; for lib/model alone.
 *
 * A feature's thresholds, ranked, make codes of its values (ranks.h). A block of rows is coded once (cells.h), and the trees are walked on
 * small numbers (walk.h), or jumped through, where there are few thresholds (jumps.h).
 */
#ifndef NS_MODEL_TREES_FAST_H
#define NS_MODEL_TREES_FAST_H

#include "model/trees.h"

/* Of all the trees there are now. Freed with the arena. */
struct ns_trees_fast *ns_trees_fast_new(const struct ns_trees *trees, struct ns_arena *arena);

/*
 * out[i]: as ns_trees_predict of trees[i], the same bits; count of them, of one `fast`, ascending by their number of trees, which are
 * walked once. False, and nothing done, as long as so few rows have been asked for that the layout has not been worth its making. Thread-safe.
 */
bool ns_trees_fast_predict(double *const *out, const struct ns_trees *const *trees, size_t count, const double *const *x, size_t rows);

/* The sums over trees become probabilities, rows of them: out[row * classes + class] of sums[row * outputs + output]. */
void ns_trees_link(double *out, const struct ns_trees *trees, const double *sums, size_t rows);

/* "jumps", "bits", "bytes", "words" or "doubles"; NULL where none has been made. */
const char *ns_trees_fast_layout(const struct ns_trees_fast *fast);

#endif
