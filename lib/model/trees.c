#include "model/trees.h"

#include <assert.h>
#include <math.h>

#include "model/trees_fast.h"

struct ns_node ns_trees_node(const struct ns_trees *trees, size_t tree, uint32_t node)
{
	size_t at = trees->first[tree] + node;
	int64_t feature = ns_narrow_whole(&trees->feature, at);
	if (feature < 0)
		return (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = node};
	return (struct ns_node){ns_narrow_number(&trees->threshold, at), (int32_t)feature, (uint32_t)ns_narrow_whole(&trees->left, at)};
}

double ns_trees_value(const struct ns_trees *trees, size_t tree, uint32_t leaf, uint32_t output)
{
	size_t at = trees->first[tree] + leaf;
	if (trees->values)
		return ns_narrow_number(&trees->values[output], at);
	int64_t samples = ns_narrow_whole(&trees->samples, at), count = samples;
	if (output > 0)
		return (double)ns_narrow_whole(&trees->counts[output - 1], at) / (double)samples;
	for (uint32_t o = 1; o < trees->outputs; o++)
		count -= ns_narrow_whole(&trees->counts[o - 1], at);
	return (double)count / (double)samples;
}

/* The leaf one row comes to. */
static uint32_t walk(const struct ns_trees *trees, size_t tree, const double *const *x, size_t row)
{
	struct ns_node node = ns_trees_node(trees, tree, 0);
	uint32_t at = 0;
	while (node.feature >= 0) {
		/* Not !(x <= threshold): as the fast layouts, should a NaN come. */
		at = node.left + (x[node.feature][row] > node.threshold);
		node = ns_trees_node(trees, tree, at);
	}
	return at;
}

/* A few rows do not pay for a layout of their own: they walk over the columns as they are. */
static void predict_few(double *out, const struct ns_trees *trees, const double *const *x, size_t rows)
{
	uint32_t outputs = trees->outputs;
	for (size_t row = 0; row < rows; row++) {
		double *sums = out + row * outputs;
		for (uint32_t o = 0; o < outputs; o++)
			sums[o] = 0;
		for (size_t t = 0; t < trees->count; t++) {
			uint32_t leaf = walk(trees, t, x, row);
			for (uint32_t o = 0; o < outputs; o++)
				sums[o] += ns_trees_value(trees, t, leaf, o);
		}
		for (uint32_t o = 0; o < outputs; o++)
			sums[o] /= (double)trees->count;
	}
}

void ns_trees_predict(double *out, const struct ns_trees *trees, size_t features, const double *const *x, size_t rows)
{
	assert(trees->link == NS_LINK_MEAN);
	(void)features; /* no node asks for one that is not there */
	if (rows > 0 && !ns_trees_fast_predict(out, trees, x, rows))
		predict_few(out, trees, x, rows);
}
