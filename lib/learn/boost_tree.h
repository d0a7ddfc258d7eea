/*
 * boost_tree: growing one regression tree on gradients, as scikit-learn 1.2's gradient boosting does: depth first, or best first
 * where max_leaf_nodes limits it, every split the best of max_features features by Friedman's improvement, and a leaf's value one
 * Newton step, sum of gradients / sum of second derivatives.
 */
#ifndef NS_LEARN_BOOST_TREE_H
#define NS_LEARN_BOOST_TREE_H

#include "learn/boost_rows.h"
#include "learn/tree.h"

/* Trees one after the other, as ns_trees_make wants them; values: one a node. Owned by the caller. */
struct ns_grown {
	struct ns_node *nodes;
	uint32_t *samples;
	double *values;
	size_t *first; /* count + 1 */
	size_t count, capacity, trees;
};
void ns_grown_release(struct ns_grown *grown);

/* One run's rules; everything pointed to outlives the booster. */
struct ns_booster_setup {
	const struct ns_boost_cells *cells;
	const struct ns_bits *bits;  /* NULL, or of the same cells: for marked rows */
	const struct ns_rules *rules;
	bool friedman;               /* min_impurity_decrease is of Friedman's improvement, not of the squared error */
	enum ns_loss loss;
	double factor, rate;         /* of a leaf's value; of its step */
	const uint32_t *weight;      /* of a copy of each entry; NULL: 1 */
	int weight_exponent;         /* they are 2^exponent weights */
	uint64_t total_weight;       /* over all copies, below 2^38 */
	int threads;
};

struct ns_booster;
struct ns_booster *ns_booster_new(const struct ns_booster_setup *setup);
void ns_booster_free(struct ns_booster *booster); /* NULL is fine */

/*
 * Appends a tree to grown and adds its steps to the scores. gradient: of each entry; most: bits of the greatest size. drawn: copies of
 * each entry; NULL: all. random: for the order of features.
 */
void ns_booster_grow(struct ns_grown *grown, struct ns_booster *booster, double *scores, const float *gradient, uint32_t most, const uint8_t *drawn,
	struct ns_random *random);
/* Adds the steps of the tree grown last to the scores of other cells with the same cuts. */
void ns_booster_apply(double *scores, const struct ns_booster *booster, const struct ns_grown *grown, const struct ns_boost_cells *cells);

/* Whether marks are the faster way to trees of these rules: the same trees either way. */
bool ns_booster_marks(const struct ns_boost_cells *cells, const struct ns_rules *rules, bool weighted);

#endif
