/*
 * stump: the one question that parts weighted entries best.
 *
 * All thresholds between neighbouring values of all columns are tried, and where values are missing, both sides for them and the
 * question whether a value is there at all. Best is what leaves the least Gini impurity, as scikit-learn's DecisionTreeClassifier
 * of max_depth = 1 has it. Among equally good questions to one column the lowest threshold wins, among columns the draw:
 * scikit-learn looks at them in an order that it draws anew each time.
 */
#ifndef NS_LEARN_STUMP_H
#define NS_LEARN_STUMP_H

#include "base/random.h"
#include "learn/tally.h"

struct ns_stump {
	uint32_t feature;  /* UINT32_MAX: none, no column has two values */
	uint32_t low;      /* codes <= low go left */
	bool missing_left;
	double score;
	int64_t *left;     /* weight of each class on the left */
};

/* Scratch memory for any number of searches, one after the other, on the same entries. */
struct ns_stump_search;
struct ns_stump_search *ns_stump_search_new(const struct ns_tally *tally, int threads);
void ns_stump_search_free(struct ns_stump_search *search);

/*
 * weight: of each entry of the tally, > 0; total: of each class; they add up to less than 2^63. stump->left points into the
 * search and stays until the next one.
 */
void ns_stump_find(struct ns_stump *stump, struct ns_stump_search *search, const int64_t *weight, const int64_t *total,
	struct ns_random *random);

static inline bool ns_stump_goes_left(const struct ns_stump *stump, const struct ns_bins_column *column, uint32_t code)
{
	return code <= stump->low || (code == column->count && stump->missing_left);
}

/* The question as a node; its children are to be nodes 1 and 2. rows_left: training rows that go left. */
struct ns_node ns_stump_node(uint32_t *rows_left, const struct ns_stump *stump, const struct ns_tally *tally);

#endif
