/*
 * trees: any ensemble of decision trees as one node table, and the fast predictor.
 *
 * A row goes left where x[feature] <= threshold. The two children of a node are neighbours: the right one is left + 1, so a
 * step is one comparison and one addition. A missing value (NaN) goes where the node says; of a model whose training rows had
 * none missing, no row may have one (the stage checks). The trees' leaf values are combined by `link`:
 *
 *	mean      forests, a single tree: class proportions, averaged
 *	logistic  boosting of two classes: one sum, base + scale * (values added up), whose logistic is the second class's probability
 *	softmax   boosting of more: one such sum a class, whose softmax is the probabilities
 *
 * A leaf has `width` values: one for each output, or one in all, which then counts for output (tree mod outputs).
 *
 * As a table: one row a node, ordered by tree, then node.
 *
 *	tree       0, 1, ...
 *	feature    index into the model's features; -1 is a leaf
 *	threshold  missing in leaves
 *	left       number of the left child within the tree, greater than the node's own, so there are no cycles; 0 in leaves
 *	missing    where missing values go: 1 left, 0 right; 0 in leaves. No such column where the training rows had none
 *	samples    training rows that came there; of a bootstrap sample, a row as often as it was drawn
 *	count_1 ... count_{k-1}   in leaves, those of each class but the first, whose rows are the rest; 0 in inner nodes
 *	value_0 ... value_{k-1}   instead of the counts where rows have weights: in leaves the class proportions; 0 in inner nodes.
 *	                          Of the other links: the width values of a leaf, whatever numbers from -1e100 to 1e100
 *
 * with the metadata ns:link (mean, logistic, softmax) and, of the latter two, ns:base (one number an output) and ns:scale, from -1e100 to 1e100 too.
 * A proportion is its count divided by samples, one rounding. A tree's first node is its root; every other node is the child of one other.
 * Every column has the narrowest type that holds it (narrow.h), and a loaded model is its table: nothing is copied, the
 * table outlives it. What predicting many rows wants is made when the first many rows come (trees_fast.h).
 */
#ifndef NS_MODEL_TREES_H
#define NS_MODEL_TREES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/narrow.h"

enum ns_link { NS_LINK_MEAN, NS_LINK_LOGISTIC, NS_LINK_SOFTMAX };

struct ns_node {
	double threshold; /* leaf: INFINITY */
	int32_t feature;  /* leaf: -1 */
	uint32_t left : 31;        /* within the tree; leaf: its own number */
	uint32_t missing_left : 1; /* leaf: 0 */
};

extern const char *const ns_link_names[]; /* "mean" "logistic" "softmax" */

/* What the trees' values mean. */
struct ns_trees_shape {
	enum ns_link link;
	uint32_t outputs;   /* mean and softmax: the classes; logistic: 1 */
	uint32_t width;     /* values per leaf: outputs, or 1 (not of mean) */
	const double *base; /* outputs; NULL for mean */
	double scale;       /* 1 for mean */
	bool missing;       /* nodes say where missing values go */
};

struct ns_trees_fast;

struct ns_trees {
	struct ns_trees_shape shape; /* its scale may be changed with count */
	size_t count;            /* trees, >= 1; may be lowered: the first trees of a forest are one */
	const size_t *first;     /* count + 1: nodes of tree t are first[t] .. first[t + 1] */
	struct ns_narrow tree, feature, threshold, left, missing, samples; /* per node, as in the table */
	const struct ns_narrow *counts; /* outputs - 1 of them; NULL: values */
	const struct ns_narrow *values; /* width of them; NULL: counts */
	struct ns_trees_fast *fast;     /* shared by copies; NULL: rows always walk over the columns */
};

/* A model of nodes as a learner makes them, packed into the arena. values: node * width + i, of leaves; whatever is in inner nodes. */
void ns_trees_make(struct ns_trees *trees, const struct ns_trees_shape *shape, size_t count, const size_t *first, const struct ns_node *nodes,
	const uint32_t *samples, const double *values, struct ns_arena *arena);

/* A node of a tree; a value of a leaf. */
struct ns_node ns_trees_node(const struct ns_trees *trees, size_t tree, uint32_t node);
double ns_trees_value(const struct ns_trees *trees, size_t tree, uint32_t leaf, uint32_t i);

/*
 * out[row * classes + class], classes = 2 for logistic, else outputs: probabilities. Trees are added in their order. features: width of x.
 * Rows do not depend on each other; thread-safe.
 */
void ns_trees_predict(double *out, const struct ns_trees *trees, size_t features, const double *const *x, size_t rows);

/* out[i]: as ns_trees_predict of trees[i], the same bits; copies of one model, ascending by count, whose trees are walked once. */
void ns_trees_predict_prefixes(double *const *out, const struct ns_trees *const *trees, size_t count, const double *const *x, size_t rows);

/* The node table and back. from_table trusts nothing: every index, shape and number is checked (NS_EDATA). */
struct ns_table;
void ns_trees_to_table(struct ns_table *table, const struct ns_trees *trees, struct ns_arena *arena);
int ns_trees_from_table(struct ns_trees *trees, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena, struct ns_err *err);

#endif
