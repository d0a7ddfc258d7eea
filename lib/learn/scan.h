/*
 * scan: trying a feature's thresholds one after the other, while rows move from the right to the left. For split.c and sorted.c alone.
 */
#ifndef NS_LEARN_SCAN_H
#define NS_LEARN_SCAN_H

#include <string.h>

#include "base/elementary.h"
#include "learn/split.h"

/*
 * Three ways to score, the most special first; they agree on what is better.
 *   PAIR     two classes, gini, no weights, and different rows need not be counted: two counters in one word
 *   SQUARES  any classes, gini, no weights: sums of squares kept up to date, in integers
 *   GENERAL  everything else: every class looked at for every threshold
 */
enum mode { PAIR, SQUARES, GENERAL };

/* What lies left of the threshold being tried. */
struct scan {
	struct ns_splitter *splitter;
	struct ns_split *best;
	double least;                                /* splits that score less are not wanted */
	uint32_t feature;
	bool missing, missing_left;                  /* some value is; where they go */
	uint64_t both;                               /* PAIR: class 1 << 32 | class 0 */
	uint64_t rows;                               /* where they matter */
	uint64_t drawn, square_left, square_right;   /* SQUARES */
};

static inline uint64_t pair_drawn(uint64_t both) { return (both >> 32) + (uint32_t)both; }

/* Drawn rows of an item as a pair. */
static inline uint64_t pair_of(struct ns_item item)
{
	return (uint64_t)ns_item_drawn(item) << (ns_item_class(item) << 5);
}

/* x ln x, 0 at 0. */
static inline double xlogx(double x)
{
	return x > 0 ? x * ns_log(x) : 0;
}

static inline double class_weight(const struct ns_rules *rules, uint32_t c)
{
	return rules->class_weight ? rules->class_weight[c] : 1;
}

/* Both sides' sum over classes of weight^2 / sum, or of x ln x: the larger, the purer. False where a side weighs too little. */
static bool score_general(double *score, const struct ns_splitter *splitter)
{
	const struct ns_rules *rules = splitter->rules;
	double left_sum = 0, right_sum = 0, left_score = 0, right_score = 0;
	for (uint32_t c = 0; c < splitter->bins->classes; c++) {
		double weight = class_weight(rules, c);
		double left = weight * (double)splitter->left[c], right = weight * (double)(splitter->total[c] - splitter->left[c]);
		left_sum += left;
		right_sum += right;
		left_score += rules->criterion == NS_GINI ? left * left : xlogx(left);
		right_score += rules->criterion == NS_GINI ? right * right : xlogx(right);
	}
	*score = rules->criterion == NS_GINI ? left_score / left_sum + right_score / right_sum
					     : (left_score - xlogx(left_sum)) + (right_score - xlogx(right_sum));
	return left_sum >= splitter->min_weight_leaf && right_sum >= splitter->min_weight_leaf;
}

static bool score_squares(double *score, const struct scan *scan)
{
	const struct ns_splitter *splitter = scan->splitter;
	double left = (double)scan->drawn, all = (double)splitter->drawn;
	*score = (double)scan->square_left / left + (double)scan->square_right / (all - left);
	return left >= splitter->min_weight_leaf && all - left >= splitter->min_weight_leaf;
}

/*
 * Of two classes: with d = ones_left * all - ones * left, the gini impurity falls by 2 d^2 / (all^2 left right). Exact but for two
 * roundings, so equally good thresholds score the same. No division by 0: both sides have rows.
 */
static inline double score_pair(uint64_t left, uint64_t both)
{
	uint64_t all = pair_drawn(both), before = pair_drawn(left);
	double d = (double)((int64_t)((left >> 32) * all) - (int64_t)((both >> 32) * before));
	return d * d / ((double)before * (double)(all - before));
}

/* False where score_pair is surely not more than best: that is a product, not a quotient. */
static inline bool may_score_more(uint64_t left, uint64_t both, double best)
{
	uint64_t all = pair_drawn(both), before = pair_drawn(left);
	double d = (double)((int64_t)((left >> 32) * all) - (int64_t)((both >> 32) * before));
	return d * d > best * (1 - 0x1p-50) * ((double)before * (double)(all - before));
}

/* Tries the threshold between two codes that follow each other in the node. */
static inline void consider(struct scan *scan, enum mode mode, uint32_t low, uint32_t high)
{
	const struct ns_splitter *splitter = scan->splitter;
	double score;
	if (mode == PAIR) {
		uint64_t left = pair_drawn(scan->both);
		if (left < splitter->least || splitter->drawn - left < splitter->least || !may_score_more(scan->both, splitter->both, scan->best->score))
			return;
		score = score_pair(scan->both, splitter->both);
	} else {
		if (splitter->rows_matter && (scan->rows < splitter->rules->min_samples_leaf || splitter->rows - scan->rows < splitter->rules->min_samples_leaf))
			return;
		if (!(mode == GENERAL ? score_general(&score, splitter) : score_squares(&score, scan)))
			return;
	}
	if (score > scan->best->score)
		*scan->best = (struct ns_split){score, (double)NAN, scan->both, scan->feature, low, high, scan->missing, scan->missing_left};
}

/* Moves mass of a class to the left side. */
static inline void move(struct scan *scan, enum mode mode, uint32_t y, uint64_t mass)
{
	struct ns_splitter *splitter = scan->splitter;
	if (mode == SQUARES) {
		uint64_t before = splitter->left[y], rest = splitter->total[y] - before;
		scan->drawn += mass;
		scan->square_left += mass * (2 * before + mass);
		scan->square_right -= mass * (2 * rest - mass);
	}
	splitter->left[y] += mass;
}

/* Nothing is left; missing values, where they go left, are the caller's to move. */
static inline void restart(struct scan *scan, enum mode mode, bool missing_left)
{
	struct ns_splitter *splitter = scan->splitter;
	scan->missing_left = missing_left;
	scan->both = scan->rows = scan->drawn = scan->square_left = 0;
	scan->square_right = splitter->square;
	if (mode != PAIR)
		memset(splitter->left, 0, splitter->bins->classes * sizeof *splitter->left);
}

/* By sorting the node's codes (sorted.c); false where all items have one value. */
bool ns_search_sorted(struct scan *scan, const struct ns_item *items, size_t count);
enum { NS_BUCKETS = 2048 };

#endif
