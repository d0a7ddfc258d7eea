#include "model/trees_check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ns_trees_wrong(const struct ns_table *table, const char *name, size_t row, double value, const char *expected, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: row %zu: column '%s' of a table of trees: %.17g is not %s", table->source, row + 1, name, value, expected);
}

/* One tree's nodes, as read from the columns. */
struct nodes {
	int64_t *feature, *left, *samples, *rest, *count, *missing;
	double *threshold, *sum, *value;
	bool *has_parent; /* with two more than nodes */
};

static int check_inner(const struct ns_table *table, struct nodes *nodes, size_t i, size_t start, size_t size, struct ns_err *err)
{
	int64_t left = nodes->left[i];
	if (!isfinite(nodes->threshold[i]))
		return ns_trees_wrong(table, "threshold", start + i, nodes->threshold[i], "a finite threshold", err);
	if (left <= (int64_t)i || left > (int64_t)size - 2)
		return ns_trees_wrong(table, "left", start + i, (double)left, "a later node of the tree with a right neighbour", err);
	bool *child = nodes->has_parent + left;
	if (child[0] || child[1])
		return ns_trees_wrong(table, "left", start + i, (double)left, "a node of its own: another node leads there too", err);
	child[0] = child[1] = true;
	return NS_OK;
}

static int check_nodes(const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, size_t features, struct ns_err *err)
{
	memset(nodes->has_parent, 0, size * sizeof *nodes->has_parent);
	for (size_t i = 0; i < size; i++) {
		int64_t feature = nodes->feature[i], samples = nodes->samples[i];
		if (feature < -1 || feature >= (int64_t)features)
			return ns_trees_wrong(table, "feature", start + i, (double)feature, "-1 or one of the model's features", err);
		if (samples < 0)
			return ns_trees_wrong(table, "samples", start + i, (double)samples, "a number of rows", err);
		if (i > 0 && !nodes->has_parent[i])
			return ns_fail(err, NS_EDATA, "%s: row %zu: a node of a tree that no node leads to", table->source, start + i + 1);
		if (feature >= 0)
			NS_TRY(check_inner(table, nodes, i, start, size, err));
	}
	return NS_OK;
}

/* In leaves, no class has more rows than are left by those before it. */
static int check_counts(const struct ns_trees *trees, const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, struct ns_err *err)
{
	char name[32];
	for (size_t i = 0; i < size; i++)
		if (nodes->feature[i] < 0 && nodes->samples[i] == 0)
			return ns_trees_wrong(table, "samples", start + i, 0, "a leaf's number of rows", err);
	memcpy(nodes->rest, nodes->samples, size * sizeof *nodes->rest);
	for (uint32_t o = 1; o < trees->shape.outputs; o++) {
		ns_narrow_read_wholes(nodes->count, &trees->counts[o - 1], start, size);
		snprintf(name, sizeof name, "count_%u", o);
		for (size_t i = 0; i < size; i++) {
			nodes->rest[i] -= nodes->count[i];
			if (nodes->feature[i] < 0 && (nodes->count[i] < 0 || nodes->rest[i] < 0))
				return ns_trees_wrong(table, name, start + i, (double)nodes->count[i], "a part of the leaf's rows", err);
		}
	}
	return NS_OK;
}

/* Leaves of boosting hold any moderate numbers. */
static int check_scores(const struct ns_trees *trees, const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, struct ns_err *err)
{
	char name[32];
	for (uint32_t v = 0; v < trees->shape.width; v++) {
		ns_narrow_read_numbers(nodes->value, &trees->values[v], start, size);
		for (size_t i = 0; i < size; i++) {
			if (nodes->feature[i] >= 0 || ns_trees_is_moderate(nodes->value[i]))
				continue;
			snprintf(name, sizeof name, "value_%u", v);
			return ns_trees_wrong(table, name, start + i, nodes->value[i], "a number from -1e100 to 1e100", err);
		}
	}
	return NS_OK;
}

static int check_missing(const struct ns_trees *trees, const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, struct ns_err *err)
{
	if (!trees->shape.missing)
		return NS_OK;
	ns_narrow_read_wholes(nodes->missing, &trees->missing, start, size);
	for (size_t i = 0; i < size; i++)
		if (nodes->missing[i] < 0 || nodes->missing[i] > 1)
			return ns_trees_wrong(table, "missing", start + i, (double)nodes->missing[i], "1 (left) or 0 (right)", err);
	return NS_OK;
}

/* Leaves hold proportions: in [0, 1], adding up to 1 but for rounding. */
static int check_values(const struct ns_trees *trees, const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, struct ns_err *err)
{
	char name[32];
	memset(nodes->sum, 0, size * sizeof *nodes->sum);
	for (uint32_t o = 0; o < trees->shape.outputs; o++) {
		ns_narrow_read_numbers(nodes->value, &trees->values[o], start, size);
		for (size_t i = 0; i < size; i++) {
			nodes->sum[i] += nodes->value[i];
			if (nodes->feature[i] >= 0 || (nodes->value[i] >= 0 && nodes->value[i] <= 1))
				continue;
			snprintf(name, sizeof name, "value_%u", o);
			return ns_trees_wrong(table, name, start + i, nodes->value[i], "a proportion", err);
		}
	}
	for (size_t i = 0; i < size; i++)
		if (nodes->feature[i] < 0 && !(fabs(nodes->sum[i] - 1) <= 1e-6))
			return ns_fail(err, NS_EDATA, "%s: row %zu: the values of a leaf add up to %.17g, not to 1", table->source, start + i + 1, nodes->sum[i]);
	return NS_OK;
}

/* Slowly, cell by cell. */
static int check_tree(const struct ns_trees *trees, const struct ns_table *table, size_t tree, size_t features, struct ns_err *err)
{
	size_t start = trees->first[tree], size = trees->first[tree + 1] - start;
	int64_t *wholes = ns_malloc_array(size, 6 * sizeof *wholes);
	double *numbers = ns_malloc_array(size, 3 * sizeof *numbers);
	bool *has_parent = ns_malloc_array(size + 2, sizeof *has_parent);
	struct nodes nodes = {wholes, wholes + size, wholes + 2 * size, wholes + 3 * size, wholes + 4 * size, wholes + 5 * size,
		numbers, numbers + size, numbers + 2 * size, has_parent};
	ns_narrow_read_wholes(nodes.feature, &trees->feature, start, size);
	ns_narrow_read_wholes(nodes.left, &trees->left, start, size);
	ns_narrow_read_wholes(nodes.samples, &trees->samples, start, size);
	ns_narrow_read_numbers(nodes.threshold, &trees->threshold, start, size);
	int status = check_nodes(table, &nodes, start, size, features, err);
	if (status == NS_OK)
		status = check_missing(trees, table, &nodes, start, size, err);
	if (status == NS_OK)
		status = trees->counts ? check_counts(trees, table, &nodes, start, size, err) :
			trees->shape.link == NS_LINK_MEAN ? check_values(trees, table, &nodes, start, size, err) :
			check_scores(trees, table, &nodes, start, size, err);
	free(has_parent);
	free(numbers);
	free(wholes);
	return status;
}

int ns_trees_check(const struct ns_trees *trees, const struct ns_table *table, size_t largest, size_t features, struct ns_err *err)
{
	int32_t *ints = ns_malloc_array(largest, 4 * sizeof *ints);
	double *numbers = ns_malloc_array(largest, 2 * sizeof *numbers);
	uint8_t *led_to = ns_malloc_array(largest, sizeof *led_to);
	struct ns_sound_scratch scratch = {ints, ints + largest, ints + 2 * largest, ints + 3 * largest, numbers, numbers + largest, led_to};
	int status = NS_OK;
	for (size_t t = 0; t < trees->count && status == NS_OK; t++)
		if (!ns_tree_is_sound(&scratch, trees, t, features))
			status = check_tree(trees, table, t, features, err);
	free(led_to);
	free(numbers);
	free(ints);
	return status;
}
