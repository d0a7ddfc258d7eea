/*
 * The node table of trees.h, and back from a table that nobody vouches for.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "model/trees.h"
#include "table/arrow.h"
#include "table/table.h"

static struct ns_column integers(const char *name, const void *values, size_t rows, bool is_signed, struct ns_arena *arena)
{
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	*array = (struct ns_arrow_array){.type = {.id = NS_ARROW_INT, .width = 32, .is_signed = is_signed}, .rows = rows, .values = values};
	return (struct ns_column){.name = name, .type = NS_NUMBER, .array = array};
}

static struct ns_column doubles(const char *name, const double *values)
{
	return (struct ns_column){.name = name, .type = NS_NUMBER, .numbers = values};
}

enum { TREE, FEATURE, THRESHOLD, LEFT, SAMPLES, VALUES };
static const char *const names[VALUES] = {"tree", "feature", "threshold", "left", "samples"};

void ns_trees_to_table(struct ns_table *table, const struct ns_trees *trees, struct ns_arena *arena)
{
	size_t rows = trees->first[trees->count];
	int32_t *tree = NS_NEW_ARRAY(arena, int32_t, rows), *feature = NS_NEW_ARRAY(arena, int32_t, rows), *left = NS_NEW_ARRAY(arena, int32_t, rows);
	double *threshold = NS_NEW_ARRAY(arena, double, rows);
	for (size_t t = 0; t < trees->count; t++)
		for (size_t i = trees->first[t]; i < trees->first[t + 1]; i++) {
			bool leaf = trees->nodes[i].feature < 0;
			tree[i] = (int32_t)t;
			feature[i] = trees->nodes[i].feature;
			threshold[i] = leaf ? (double)NAN : trees->nodes[i].threshold;
			left[i] = leaf ? 0 : (int32_t)trees->nodes[i].left;
		}
	*table = (struct ns_table){.rows = rows, .width = VALUES + trees->outputs};
	table->columns = NS_NEW_ARRAY(arena, struct ns_column, table->width);
	table->columns[TREE] = integers(names[TREE], tree, rows, true, arena);
	table->columns[FEATURE] = integers(names[FEATURE], feature, rows, true, arena);
	table->columns[THRESHOLD] = doubles(names[THRESHOLD], threshold);
	table->columns[LEFT] = integers(names[LEFT], left, rows, true, arena);
	table->columns[SAMPLES] = integers(names[SAMPLES], trees->samples, rows, false, arena);
	for (uint32_t o = 0; o < trees->outputs; o++) {
		double *values = NS_NEW_ARRAY(arena, double, rows);
		for (size_t i = 0; i < rows; i++)
			values[i] = trees->values[i * trees->outputs + o];
		table->columns[VALUES + o] = doubles(ns_format(arena, "value_%u", o), values);
	}
}

/* A column's values: as stored where they are plain 32-bit integers, else the numbers. */
struct source {
	const char *name;
	const int32_t *integers;
	const uint32_t *counts;
	const double *numbers;
};

static int find(struct source *source, const char *name, const struct ns_table *table, struct ns_err *err)
{
	ptrdiff_t at = ns_table_find(table, name);
	if (at < 0)
		return ns_fail(err, NS_EDATA, "%s: a table of trees without a column '%s'", table->source, name);
	const struct ns_column *column = &table->columns[at];
	const struct ns_arrow_array *array = column->array;
	*source = (struct source){.name = name, .numbers = column->numbers};
	if (array && array->type.id == NS_ARROW_INT && array->type.width == 32 && !array->nulls) {
		source->integers = array->type.is_signed ? array->values : NULL;
		source->counts = array->type.is_signed ? NULL : array->values;
	} else if (!column->numbers)
		return ns_fail(err, NS_EDATA, "%s: column '%s' of a table of trees has no numbers", table->source, name);
	return NS_OK;
}

static double number(const struct source *source, size_t row)
{
	return source->integers ? source->integers[row] : source->counts ? source->counts[row] : source->numbers[row];
}

static int wrong(const struct ns_table *table, const struct source *source, size_t row, const char *expected, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: row %zu: column '%s' of a table of trees: %.17g is not %s", table->source, row + 1, source->name,
		number(source, row), expected);
}

static bool is_whole(double value, double low, double high)
{
	return value >= low && value <= high && value == (double)(int64_t)value; /* bounds are below 2^53; floor is a call */
}

/* Where each tree begins. The column counts 0, 0, ..., 1, 1, ... */
static int read_shape(struct ns_trees *trees, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	struct source tree;
	NS_TRY(find(&tree, names[TREE], table, err));
	if (table->rows == 0)
		return ns_fail(err, NS_EDATA, "%s: a table of trees without rows", table->source);
	double last = number(&tree, table->rows - 1);
	if (!is_whole(last, 0, (double)table->rows - 1) || last >= INT32_MAX)
		return wrong(table, &tree, table->rows - 1, "the number of a tree", err);
	trees->count = (size_t)last + 1;
	size_t *first = NS_NEW_ARRAY(arena, size_t, trees->count + 1), t = 0;
	for (size_t i = 0; i < table->rows; i++) {
		double value = number(&tree, i);
		if (value == (double)(t + 1) && i > 0 && t + 1 < trees->count)
			first[++t] = i;
		else if (value != (double)t)
			return wrong(table, &tree, i, "the tree before or the next one", err);
	}
	first[trees->count] = table->rows;
	trees->first = first;
	return NS_OK;
}

struct columns {
	struct source feature, threshold, left, samples;
};

static int read_inner(struct ns_node *node, const struct ns_table *table, const struct columns *from, size_t row, uint32_t at, size_t size, struct ns_err *err)
{
	double threshold = number(&from->threshold, row), left = number(&from->left, row);
	if (!isfinite(threshold))
		return wrong(table, &from->threshold, row, "a finite threshold", err);
	if (!is_whole(left, (double)at + 1, (double)size - 2))
		return wrong(table, &from->left, row, "a later node of the tree with a right neighbour", err);
	*node = (struct ns_node){.threshold = threshold, .feature = (int32_t)number(&from->feature, row), .left = (uint32_t)left};
	return NS_OK;
}

/* One tree of `size` nodes from row `start`; has_parent is scratch of at least size zeroes and is left so. */
static int read_tree(struct ns_node *nodes, uint32_t *samples, bool *has_parent, const struct ns_table *table, const struct columns *from,
	size_t start, size_t size, size_t features, struct ns_err *err)
{
	for (size_t i = 0; i < size; i++) {
		size_t row = start + i;
		double feature = number(&from->feature, row), count = number(&from->samples, row);
		if (!is_whole(feature, -1, (double)features - 1) || feature > INT32_MAX - 1)
			return wrong(table, &from->feature, row, "-1 or one of the model's features", err);
		if (!is_whole(count, 0, UINT32_MAX))
			return wrong(table, &from->samples, row, "a number of rows", err);
		samples[row] = (uint32_t)count;
		if (i > 0 && !has_parent[i])
			return ns_fail(err, NS_EDATA, "%s: row %zu: a node of a tree that no node leads to", table->source, row + 1);
		has_parent[i] = false;
		nodes[row] = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = (uint32_t)i};
		if (feature < 0)
			continue;
		NS_TRY(read_inner(&nodes[row], table, from, row, (uint32_t)i, size, err));
		bool *child = has_parent + nodes[row].left;
		if (child[0] || child[1])
			return wrong(table, &from->left, row, "a node of its own: another node leads there too", err);
		child[0] = child[1] = true;
	}
	return NS_OK;
}

static int read_nodes(struct ns_trees *trees, const struct ns_table *table, size_t features, struct ns_arena *arena, struct ns_err *err)
{
	struct columns from;
	NS_TRY(find(&from.feature, names[FEATURE], table, err));
	NS_TRY(find(&from.threshold, names[THRESHOLD], table, err));
	NS_TRY(find(&from.left, names[LEFT], table, err));
	NS_TRY(find(&from.samples, names[SAMPLES], table, err));
	struct ns_node *nodes = NS_NEW_ARRAY(arena, struct ns_node, table->rows);
	uint32_t *samples = NS_NEW_ARRAY(arena, uint32_t, table->rows);
	size_t largest = 0;
	for (size_t t = 0; t < trees->count; t++) {
		size_t size = trees->first[t + 1] - trees->first[t];
		largest = size > largest ? size : largest;
	}
	if (largest > INT32_MAX)
		return ns_fail(err, NS_EDATA, "%s: a tree of more than 2147483647 nodes", table->source);
	bool *has_parent = NS_NEW_ARRAY(arena, bool, largest + 1);
	for (size_t t = 0; t < trees->count; t++) {
		size_t start = trees->first[t];
		NS_TRY(read_tree(nodes, samples, has_parent, table, &from, start, trees->first[t + 1] - start, features, err));
	}
	trees->nodes = nodes;
	trees->samples = samples;
	return NS_OK;
}

/* Leaves hold proportions: in [0, 1], adding up to 1 but for rounding. */
static int read_leaf(double *values, const struct ns_table *table, const struct source *from, size_t row, uint32_t outputs, struct ns_err *err)
{
	double sum = 0;
	for (uint32_t o = 0; o < outputs; o++) {
		sum += values[o] = number(&from[o], row);
		if (!(values[o] >= 0 && values[o] <= 1))
			return wrong(table, &from[o], row, "a proportion", err);
	}
	if (!(fabs(sum - 1) <= 1e-6))
		return ns_fail(err, NS_EDATA, "%s: row %zu: the values of a leaf add up to %.17g, not to 1", table->source, row + 1, sum);
	return NS_OK;
}

static int read_values(struct ns_trees *trees, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	uint32_t outputs = trees->outputs;
	double *values = ns_alloc_array(arena, table->rows, outputs * sizeof *values);
	struct source *from = NS_NEW_ARRAY(arena, struct source, outputs);
	for (uint32_t o = 0; o < outputs; o++)
		NS_TRY(find(&from[o], ns_format(arena, "value_%u", o), table, err));
	for (size_t row = 0; row < table->rows; row++)
		if (trees->nodes[row].feature < 0)
			NS_TRY(read_leaf(values + row * outputs, table, from, row, outputs, err));
	trees->values = values;
	return NS_OK;
}

int ns_trees_from_table(struct ns_trees *trees, const struct ns_table *table, uint32_t outputs, size_t features, struct ns_arena *arena, struct ns_err *err)
{
	*trees = (struct ns_trees){.link = NS_LINK_MEAN, .outputs = outputs};
	if (table->width != VALUES + (size_t)outputs)
		return ns_fail(err, NS_EDATA, "%s: a table of trees with %zu columns, not %zu as %u classes need", table->source, table->width,
			VALUES + (size_t)outputs, outputs);
	NS_TRY(read_shape(trees, table, arena, err));
	NS_TRY(read_nodes(trees, table, features, arena, err));
	return read_values(trees, table, arena, err);
}
