/*
 * trees: any ensemble of decision trees as one node table, and the fast predictor.
 *
 * A row goes left where x[feature] <= threshold. A leaf has feature -1 and one value per class. The trees' leaf values are
 * combined by `link`: mean (forests, a single tree: values are class proportions).
 *
 * As a table: one row a node, ordered by tree then node: tree, node, feature (index into the model's features; -1 leaf), threshold, left, right (node numbers within the
 * tree; both greater than the node's own, so there are no cycles), samples, value_0 ... value_{k-1}. Node 0 is the root.
 */
#ifndef NS_MODEL_TREES_H
#define NS_MODEL_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum ns_link { NS_LINK_MEAN };

struct ns_node {
	double threshold;
	int32_t feature;      /* -1: a leaf */
	uint32_t left, right; /* within the tree */
	uint32_t samples;     /* training rows that came here */
};

struct ns_trees {
	enum ns_link link;
	size_t count;        /* trees, >= 1 */
	size_t *first;       /* count + 1: nodes of tree t are nodes[first[t] .. first[t + 1]) */
	struct ns_node *nodes;
	double *values;      /* node * outputs + output; of leaves only, zero elsewhere */
	uint32_t outputs;    /* values per leaf */
	void *fast;          /* the predictor's own layout, made by ns_trees_prepare */
};

struct ns_table;
/* Lays the nodes out for prediction (features: width of x). To be called once before predicting; not thread-safe. */
void ns_trees_prepare(struct ns_trees *trees, size_t features, struct ns_arena *arena);
/* out[row * outputs + output]; the link is applied. Rows of x are independent of each other; thread-safe after prepare. */
void ns_trees_predict(double *out, const struct ns_trees *trees, const double *const *x, size_t rows);
void ns_trees_to_table(struct ns_table *table, const struct ns_trees *trees, struct ns_arena *arena);
int ns_trees_from_table(struct ns_trees *trees, const struct ns_table *table, uint32_t outputs, size_t features, struct ns_arena *arena, struct ns_err *err);

#endif
