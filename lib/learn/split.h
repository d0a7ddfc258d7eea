/*
 * split: the best question to ask at a node, one feature at a time, exactly.
 *
 * All thresholds between neighbouring values present in the node are tried, as in scikit-learn's best splitter (Breiman et al.,
 * "Classification and regression trees", 1984): by a histogram where a feature has few distinct values for the size of the node,
 * else by sorting the node's ranks. Counts are integers, so the order of items does not matter; the first of equally good
 * thresholds is kept.
 */
#ifndef NS_LEARN_SPLIT_H
#define NS_LEARN_SPLIT_H

#include <math.h>

#include "learn/bins.h"

enum ns_criterion { NS_GINI, NS_ENTROPY };

/* What decides how a tree grows; scikit-learn's parameters, resolved for one training set. */
struct ns_rules {
	enum ns_criterion criterion;
	uint32_t max_depth, max_leaf_nodes;           /* UINT32_MAX: no limit */
	uint32_t min_samples_split, min_samples_leaf; /* in different rows: one that was drawn twice counts once */
	double min_weight_fraction_leaf, min_impurity_decrease, ccp_alpha;
	size_t max_features;
	const double *class_weight; /* per class; NULL: all 1 */
};

/* An entry of bins in a node. */
struct ns_item {
	uint32_t entry, y;
	uint64_t count; /* different rows << 32 | rows drawn: one addition counts both */
};
static inline uint32_t ns_item_rows(uint64_t count) { return (uint32_t)(count >> 32); }
static inline uint32_t ns_item_drawn(uint64_t count) { return (uint32_t)count; }

/* A split: codes <= low go left, the next value present is high. */
struct ns_split {
	double score; /* only comparable within one node */
	uint32_t feature, low, high;
};
#define NS_SPLIT_NONE ((struct ns_split){.score = -HUGE_VAL, .feature = UINT32_MAX})

/* Scratch memory of one thread and what it knows of the present node. */
struct ns_splitter {
	const struct ns_bins *bins;
	const struct ns_rules *rules;
	double min_weight_leaf;
	int mode;
	uint64_t *keys, *spare, *sorted; /* entries each */
	bool *marks;              /* buckets to be looked into */
	uint64_t *histogram;      /* code * classes + class */
	uint32_t *total, *left;   /* drawn rows of each class */
	uint64_t all;             /* rows and drawn rows of the node */
	uint64_t square;          /* of total */
};

void ns_splitter_init(struct ns_splitter *splitter, const struct ns_bins *bins);
void ns_splitter_release(struct ns_splitter *splitter);
/* Before the trees of other rules. bootstrap: items may have more rows drawn than different ones. */
void ns_splitter_start(struct ns_splitter *splitter, const struct ns_rules *rules, double min_weight_leaf, bool bootstrap);
/* Looks at a node: fills all, total. Returns the number of classes present. */
uint32_t ns_splitter_enter(struct ns_splitter *splitter, const struct ns_item *items, size_t count);
/*
 * The feature's best split, NS_SPLIT_NONE where the rules allow none; splits that score less than `least` need not be found.
 * False where all items have one value.
 */
bool ns_splitter_search(struct ns_split *found, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items,
	size_t count, double least);

/* Impurity of a node from the drawn rows of each class; weighted: their sum of class weights. */
double ns_impurity(double *weighted, const struct ns_rules *rules, const uint32_t *drawn, uint32_t classes);

#endif
