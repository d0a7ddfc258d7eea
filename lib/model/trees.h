/*
 * trees: any ensemble of decision trees as one node table, and the fast predictor.
 *
 * A row goes left where x[feature] <= threshold. The two children of a node are neighbours: the right one is left + 1, so a
 * step is one comparison and one addition. A leaf points to itself and its threshold is infinite: walking on from a leaf stays
 * there, and no step has to ask whether it is at one. The trees' leaf values are combined by `link`: mean (forests, a single
 * tree: values are class proportions).
 *
 * As a table: one row a node, ordered by tree, then node: tree, feature (index into the model's features; -1 leaf), threshold
 * (missing in leaves), left (number of the left child within the tree, greater than the node's own, so there are no cycles; 0 in
 * leaves), samples, value_0 ... value_{k-1} (0 in inner nodes). A tree's first node is its root; every other node is the child of one
 * other. Whole numbers are stored as 32-bit integers.
 */
#ifndef NS_MODEL_TREES_H
#define NS_MODEL_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum ns_link { NS_LINK_MEAN };

struct ns_node {
	double threshold; /* leaf: INFINITY */
	int32_t feature;  /* leaf: -1 */
	uint32_t left;    /* within the tree; leaf: its own number */
};

struct ns_trees {
	enum ns_link link;
	uint32_t outputs;        /* values per leaf */
	size_t count;            /* trees, >= 1 */
	const size_t *first;     /* count + 1: nodes of tree t are nodes[first[t] .. first[t + 1]) */
	const struct ns_node *nodes;
	const uint32_t *samples; /* per node: training rows that came there */
	const double *values;    /* node * outputs + output; of leaves only, zero elsewhere */
};

/* out[row * outputs + output]: the link is applied, trees are added in their order. features: width of x. Rows do not depend on each other; thread-safe. */
void ns_trees_predict(double *out, const struct ns_trees *trees, size_t features, const double *const *x, size_t rows);

/* The node table and back. from_table trusts nothing: every index, shape and number is checked (NS_EDATA). */
struct ns_table;
void ns_trees_to_table(struct ns_table *table, const struct ns_trees *trees, struct ns_arena *arena);
int ns_trees_from_table(struct ns_trees *trees, const struct ns_table *table, uint32_t outputs, size_t features, struct ns_arena *arena, struct ns_err *err);

#endif
