/*
 * weighed_tree: a tree of a few questions grown on the weighted entries of a tally, and the leaf each of them comes to.
 *
 * For boosting with trees deeper than a stump. The tree is the grower's (tree.h), by Gini impurity, on weights in units of 2^-52; what its
 * leaves say is for the caller to find out from whatever weights he has.
 */
#ifndef NS_LEARN_WEIGHED_TREE_H
#define NS_LEARN_WEIGHED_TREE_H

#include "learn/tally.h"
#include "learn/tree.h"

struct ns_weighed_tree {
	struct ns_tree tree; /* of the last call to grow */
	uint32_t leaves;
	uint32_t *leaf_of;   /* of each entry of the tally, in its order: leaves counted in the order of nodes */
	/* what it is made with */
	const struct ns_tally *tally;
	struct ns_grower *grower;
	uint64_t *mass;      /* of each row of an entry of the bins */
	uint32_t *copies;    /* rows of it */
	int threads;
};

void ns_weighed_tree_init(struct ns_weighed_tree *tree, const struct ns_tally *tally, int threads);
void ns_weighed_tree_release(struct ns_weighed_tree *tree);

/* single: what a row of weight 1 weighs, of each entry of the tally; all rows together about 1. */
void ns_weighed_tree_grow(struct ns_weighed_tree *tree, const double *single, const struct ns_rules *rules, struct ns_random *random);

#endif
