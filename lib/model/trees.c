#include "model/trees.h"

#include <math.h>
#include <stdlib.h>

#include "model/link.h"
#include "model/trees_fast.h"

const char *const ns_link_names[] = {"mean", "logistic", "softmax"};

struct ns_node ns_trees_node(const struct ns_trees *trees, size_t tree, uint32_t node)
{
	size_t at = trees->first[tree] + node;
	int64_t feature = ns_narrow_whole(&trees->feature, at);
	if (feature < 0)
		return (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = node & INT32_MAX};
	return (struct ns_node){ns_narrow_number(&trees->threshold, at), (int32_t)feature, (uint32_t)ns_narrow_whole(&trees->left, at),
		trees->shape.missing && ns_narrow_whole(&trees->missing, at)};
}

double ns_trees_value(const struct ns_trees *trees, size_t tree, uint32_t leaf, uint32_t i)
{
	size_t at = trees->first[tree] + leaf;
	if (trees->values)
		return ns_narrow_number(&trees->values[i], at);
	int64_t samples = ns_narrow_whole(&trees->samples, at), count = samples;
	if (i > 0)
		return (double)ns_narrow_whole(&trees->counts[i - 1], at) / (double)samples;
	for (uint32_t o = 1; o < trees->shape.outputs; o++)
		count -= ns_narrow_whole(&trees->counts[o - 1], at);
	return (double)count / (double)samples;
}

/* The leaf one row comes to. */
static uint32_t walk(const struct ns_trees *trees, size_t tree, const double *const *x, size_t row)
{
	struct ns_node node = ns_trees_node(trees, tree, 0);
	uint32_t at = 0;
	while (node.feature >= 0) {
		double value = x[node.feature][row];
		at = node.left + (isnan(value) ? !node.missing_left : value > node.threshold);
		node = ns_trees_node(trees, tree, at);
	}
	return at;
}

void ns_trees_link(double *out, const struct ns_trees *trees, const double *sums, size_t rows)
{
	const struct ns_trees_shape *shape = &trees->shape;
	size_t outputs = shape->outputs;
	for (size_t i = 0; i < rows * outputs && shape->link == NS_LINK_MEAN; i++)
		out[i] = sums[i] / (double)trees->count;
	for (size_t row = 0; row < rows && shape->link == NS_LINK_LOGISTIC; row++)
		ns_logistic(out + 2 * row, shape->base[0] + shape->scale * sums[row]);
	for (size_t row = 0; row < rows && shape->link == NS_LINK_SOFTMAX; row++) {
		double *scores = out + row * outputs;
		for (size_t o = 0; o < outputs; o++)
			scores[o] = shape->base[o] + shape->scale * sums[row * outputs + o];
		ns_softmax(scores, outputs);
	}
}

/* A few rows do not pay for a layout of their own: they walk over the columns as they are. */
static void predict_few(double *out, const struct ns_trees *trees, const double *const *x, size_t rows)
{
	const struct ns_trees_shape *shape = &trees->shape;
	size_t classes = shape->link == NS_LINK_LOGISTIC ? 2 : shape->outputs;
	double *sums = ns_malloc_array(shape->outputs, sizeof *sums);
	for (size_t row = 0; row < rows; row++) {
		for (uint32_t o = 0; o < shape->outputs; o++)
			sums[o] = 0;
		for (size_t t = 0; t < trees->count; t++) {
			uint32_t leaf = walk(trees, t, x, row);
			for (uint32_t i = 0; i < shape->width; i++)
				sums[shape->width == 1 ? t % shape->outputs : i] += ns_trees_value(trees, t, leaf, i);
		}
		ns_trees_link(out + row * classes, trees, sums, 1);
	}
	free(sums);
}

void ns_trees_predict_prefixes(double *const *out, const struct ns_trees *const *trees, size_t count, const double *const *x, size_t rows)
{
	if (rows == 0 || count == 0 || ns_trees_fast_predict(out, trees, count, x, rows))
		return;
	for (size_t i = 0; i < count; i++)
		predict_few(out[i], trees[i], x, rows);
}

void ns_trees_predict(double *out, const struct ns_trees *trees, size_t features, const double *const *x, size_t rows)
{
	(void)features; /* no node asks for one that is not there */
	ns_trees_predict_prefixes(&out, &trees, 1, x, rows);
}
