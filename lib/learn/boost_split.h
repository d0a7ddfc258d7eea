/*
 * boost_split: the best question at a node of a boosted tree, from sums over the bins of a feature.
 *
 * Sums are integers: gradients and weights are quantised once (boost_tree.h), so no order of adding changes them. A bin is one
 * 64-bit number, the gradients' sum above the number of rows, or, where rows have weights, two: the gradients' sum, and the weights'
 * above the number of rows.
 *
 * The best split has the greatest Friedman improvement, w_l w_r / (w_l + w_r) (mean_l - mean_r)^2, which orders splits as the
 * squared error does; of equal ones that of the feature considered first, and there the lowest threshold's. Missing values go where that is better:
 * every threshold is tried with them on the left and on the right, and all missing against all others.
 */
#ifndef NS_LEARN_BOOST_SPLIT_H
#define NS_LEARN_BOOST_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ns_sums {
	int64_t gradient, weight, rows;
};

/* How a bin is to be read, and what a split needs. */
struct ns_limits {
	int shift;     /* of the gradients (plain), of the weights (weighted), in a bin */
	bool weighted; /* two numbers a bin */
	int64_t min_rows, min_weight;
};

struct ns_question {
	double score; /* the improvement times the node's weight; below 0: none */
	uint32_t feature;
	uint16_t low, high; /* bins up to low go left; high is the next present; low == high: only missing values go right */
	bool missing_left;
	struct ns_sums left;
};
#define NS_QUESTION_NONE ((struct ns_question){.score = -1})

static inline int64_t ns_sums_pack(int shift, int64_t gradient, int64_t rows)
{
	return (int64_t)((uint64_t)gradient << shift) + rows;
}

/* Puts the feature's best question into `best` where it is better. sums: of the bins, the missing ones behind them. */
void ns_question_improve(struct ns_question *best, const struct ns_limits *limits, const struct ns_sums *node, uint32_t feature, const int64_t *sums,
	uint32_t bins, bool missing);

#endif
