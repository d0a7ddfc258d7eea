/*
 * xgboost_trees: the trees of a model that libxgboost wrote, as our nodes.
 *
 * XGBoost asks (float)x < t of a float t. The double threshold that a node gets here answers x <= threshold alike for every double x, so
 * predictions are its own but for the rounding of its float sums.
 *
 * The model comes as UBJSON (libxgboost 1.7's "ubj"), which holds every float as it is. What is read of it:
 *
 *	{ learner: { gradient_booster: { model: { trees: [ tree, ... ]
 *
 *	tree: { left_children, right_children   nodes of the tree; -1 in leaves
 *	        split_indices                   a node's feature
 *	        split_conditions                a node's threshold, a leaf's value
 *	        default_left                    1: missing values go left
 *	        ... }
 *
 * and of UBJSON (all numbers big-endian):
 *
 *	value    type, then what belongs to it; i U: 1 byte, I: 2, l d: 4, L D: 8, C: 1, T F Z N: none, S: size and bytes
 *	size     a value of one of the integer types
 *	object   '{' (key value)* '}'       key: size and bytes
 *	array    '[' value* ']'
 *	         '[' '#' size value*        of so many values
 *	         '[' '$' type '#' size ...  of so many values of one type, which is not repeated: the columns of a tree
 */
#ifndef NS_LEARN_XGBOOST_TREES_H
#define NS_LEARN_XGBOOST_TREES_H

#include "learn/xgboost_rows.h"

struct ns_xgboost_trees {
	size_t count, *first;   /* as in struct ns_trees */
	struct ns_node *nodes;
	uint32_t *samples;      /* training rows that come to each node */
	double *values;         /* of each node: a leaf's value */
};

/* rows: what it was trained on, for the samples. NS_ECALL where the bytes are no such model. Release it in any case. */
int ns_xgboost_trees_read(struct ns_xgboost_trees *trees, const void *model, size_t size, const struct ns_xgboost_rows *rows, struct ns_err *err);
void ns_xgboost_trees_release(struct ns_xgboost_trees *trees);

/* The largest double x with (float)x < t, -NS_XGBOOST_MOST < t; DBL_MAX where t is beyond NS_XGBOOST_MOST. */
double ns_xgboost_threshold(float t);

#endif
