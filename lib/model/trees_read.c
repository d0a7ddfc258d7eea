/*
 * Trees from a table that nobody vouches for. Its columns are borrowed where they are of a narrow type (narrow.h), else packed; then every
 * tree is read once, column by column, and checked.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/trees.h"
#include "model/trees_fast.h"
#include "table/arrow.h"
#include "table/table.h"

static int wrong(const struct ns_table *table, const char *name, size_t row, double value, const char *expected, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: row %zu: column '%s' of a table of trees: %.17g is not %s", table->source, row + 1, name, value, expected);
}

/* A column's numbers; NULL where it has none. */
static const double *numbers_of(const struct ns_column *column, struct ns_arena *arena)
{
	if (column->numbers || !column->array)
		return column->numbers;
	double *numbers = NS_NEW_ARRAY(arena, double, column->array->rows);
	return ns_arrow_numbers(numbers, column->array) ? numbers : NULL;
}

static int pack_wholes(struct ns_narrow *narrow, const struct ns_table *table, const char *name, const double *numbers, struct ns_arena *arena,
	struct ns_err *err)
{
	int64_t *wholes = NS_NEW_ARRAY(arena, int64_t, table->rows);
	for (size_t i = 0; i < table->rows; i++) {
		if (!(numbers[i] >= -1 && numbers[i] <= INT32_MAX && numbers[i] == trunc(numbers[i])))
			return wrong(table, name, i, numbers[i], "a whole number from -1 to 2147483647", err);
		wholes[i] = (int64_t)numbers[i];
	}
	ns_narrow_pack_wholes(narrow, wholes, table->rows, arena);
	return NS_OK;
}

static int find(struct ns_narrow *narrow, const struct ns_table *table, const char *name, bool whole, struct ns_arena *arena, struct ns_err *err)
{
	ptrdiff_t at = ns_table_find(table, name);
	if (at < 0)
		return ns_fail(err, NS_EDATA, "%s: a table of trees without a column '%s'", table->source, name);
	if (ns_narrow_borrow(narrow, &table->columns[at]) && !(whole && narrow->type >= NS_FLOAT32))
		return NS_OK;
	const double *numbers = numbers_of(&table->columns[at], arena);
	if (!numbers)
		return ns_fail(err, NS_EDATA, "%s: column '%s' of a table of trees has no numbers", table->source, name);
	if (whole)
		return pack_wholes(narrow, table, name, numbers, arena, err);
	*narrow = (struct ns_narrow){.type = NS_FLOAT64, .values = numbers};
	return NS_OK;
}

/* count_1 ... or value_0 ... */
static int find_all(const struct ns_narrow **list, const struct ns_table *table, const char *name, uint32_t from, uint32_t to, bool whole,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_narrow *narrow = NS_NEW_ARRAY(arena, struct ns_narrow, to);
	*list = narrow;
	for (uint32_t o = from; o < to; o++)
		NS_TRY(find(narrow++, table, ns_format(arena, "%s_%u", name, o), whole, arena, err));
	return NS_OK;
}

static int find_columns(struct ns_trees *trees, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_trees_shape *shape = &trees->shape;
	bool counted = shape->link == NS_LINK_MEAN && ns_table_find(table, "count_1") >= 0;
	shape->missing = ns_table_find(table, "missing") >= 0;
	shape->width = shape->link == NS_LINK_SOFTMAX && ns_table_find(table, "value_1") < 0 ? 1 : shape->outputs;
	size_t width = 5 + (size_t)shape->missing + shape->width - counted;
	if (table->width != width)
		return ns_fail(err, NS_EDATA, "%s: a table of trees with %zu columns, not %zu as %u classes need", table->source, table->width, width,
			shape->link == NS_LINK_LOGISTIC ? 2 : shape->outputs);
	if (table->rows == 0)
		return ns_fail(err, NS_EDATA, "%s: a table of trees without rows", table->source);
	NS_TRY(find(&trees->tree, table, "tree", true, arena, err));
	NS_TRY(find(&trees->feature, table, "feature", true, arena, err));
	NS_TRY(find(&trees->threshold, table, "threshold", false, arena, err));
	NS_TRY(find(&trees->left, table, "left", true, arena, err));
	if (shape->missing)
		NS_TRY(find(&trees->missing, table, "missing", true, arena, err));
	NS_TRY(find(&trees->samples, table, "samples", true, arena, err));
	return counted ? find_all(&trees->counts, table, "count", 1, shape->outputs, true, arena, err) :
		find_all(&trees->values, table, "value", 0, shape->width, false, arena, err);
}

enum { PIECE = 1024 };

/* Where each tree begins. The column counts 0, 0, ..., 1, 1, ... */
static int read_shape(struct ns_trees *trees, size_t *largest, const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	int64_t last = ns_narrow_whole(&trees->tree, table->rows - 1), piece[PIECE];
	if (last < 0 || (uint64_t)last >= table->rows || last >= INT32_MAX)
		return wrong(table, "tree", table->rows - 1, (double)last, "the number of a tree", err);
	trees->count = (size_t)last + 1;
	size_t *first = NS_NEW_ARRAY(arena, size_t, trees->count + 1), t = 0;
	for (size_t start = 0; start < table->rows; start += PIECE) {
		size_t size = table->rows - start < PIECE ? table->rows - start : PIECE;
		ns_narrow_read_wholes(piece, &trees->tree, start, size);
		for (size_t i = 0; i < size; i++) {
			if (piece[i] == (int64_t)t)
				continue;
			if (piece[i] != (int64_t)t + 1 || start + i == 0)
				return wrong(table, "tree", start + i, (double)piece[i], "the tree before or the next one", err);
			first[++t] = start + i;
		}
	}
	first[trees->count] = table->rows;
	trees->first = first;
	*largest = 0;
	for (t = 0; t < trees->count; t++)
		*largest = first[t + 1] - first[t] > *largest ? first[t + 1] - first[t] : *largest;
	return *largest <= INT32_MAX ? NS_OK : ns_fail(err, NS_EDATA, "%s: a tree of more than 2147483647 nodes", table->source);
}

/* One tree's nodes, as read from the columns. */
struct nodes {
	int64_t *feature, *left, *samples, *rest, *count, *missing;
	double *threshold, *sum, *value;
	bool *has_parent; /* with two more than nodes */
};

/*
 * Whether check_nodes will have nothing to say. Leaves come as if at random: a branch on them would cost more than all else. Children that are
 * nobody else's, two for each inner node, are all nodes but the root.
 */
static bool is_sound(struct nodes *nodes, size_t size, size_t features)
{
	bool wrong = false;
	size_t pairs = 0;
	memset(nodes->has_parent, 0, size * sizeof *nodes->has_parent);
	for (size_t i = 0; i < size; i++) {
		int64_t feature = nodes->feature[i], left = nodes->left[i];
		bool inner = feature >= 0, later = (left > (int64_t)i) & (left <= (int64_t)size - 2), finite = nodes->threshold[i] * 0 == 0;
		bool *child = nodes->has_parent + ((inner & later) ? left : (int64_t)size);
		wrong |= (feature < -1) | (feature >= (int64_t)features) | (nodes->samples[i] < 0);
		wrong |= inner & (!later | !finite | child[0] | child[1]);
		child[0] = child[1] = true;
		pairs += inner;
	}
	return !wrong && 2 * pairs + 1 == size;
}

static int check_inner(const struct ns_table *table, struct nodes *nodes, size_t i, size_t start, size_t size, struct ns_err *err)
{
	int64_t left = nodes->left[i];
	if (!isfinite(nodes->threshold[i]))
		return wrong(table, "threshold", start + i, nodes->threshold[i], "a finite threshold", err);
	if (left <= (int64_t)i || left > (int64_t)size - 2)
		return wrong(table, "left", start + i, (double)left, "a later node of the tree with a right neighbour", err);
	bool *child = nodes->has_parent + left;
	if (child[0] || child[1])
		return wrong(table, "left", start + i, (double)left, "a node of its own: another node leads there too", err);
	child[0] = child[1] = true;
	return NS_OK;
}

static int check_nodes(const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, size_t features, struct ns_err *err)
{
	if (is_sound(nodes, size, features))
		return NS_OK;
	memset(nodes->has_parent, 0, size * sizeof *nodes->has_parent);
	for (size_t i = 0; i < size; i++) {
		int64_t feature = nodes->feature[i], samples = nodes->samples[i];
		if (feature < -1 || feature >= (int64_t)features)
			return wrong(table, "feature", start + i, (double)feature, "-1 or one of the model's features", err);
		if (samples < 0)
			return wrong(table, "samples", start + i, (double)samples, "a number of rows", err);
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
	bool wrong_one = false;
	for (size_t i = 0; i < size; i++)
		wrong_one |= (nodes->feature[i] < 0) & (nodes->samples[i] == 0);
	for (size_t i = 0; wrong_one && i < size; i++)
		if (nodes->feature[i] < 0 && nodes->samples[i] == 0)
			return wrong(table, "samples", start + i, 0, "a leaf's number of rows", err);
	memcpy(nodes->rest, nodes->samples, size * sizeof *nodes->rest);
	for (uint32_t o = 1; o < trees->shape.outputs; o++) {
		ns_narrow_read_wholes(nodes->count, &trees->counts[o - 1], start, size);
		for (size_t i = 0; i < size; i++) {
			nodes->rest[i] -= nodes->count[i];
			wrong_one |= (nodes->feature[i] < 0) & ((nodes->count[i] < 0) | (nodes->rest[i] < 0));
		}
		snprintf(name, sizeof name, "count_%u", o);
		for (size_t i = 0; wrong_one && i < size; i++)
			if (nodes->feature[i] < 0 && (nodes->count[i] < 0 || nodes->rest[i] < 0))
				return wrong(table, name, start + i, (double)nodes->count[i], "a part of the leaf's rows", err);
	}
	return NS_OK;
}

/* Of numbers like these the sum over all trees there may be, times a scale, is finite. */
static bool is_moderate(double value)
{
	return value >= -1e100 && value <= 1e100;
}

/* Leaves of boosting hold any moderate numbers. */
static int check_scores(const struct ns_trees *trees, const struct ns_table *table, struct nodes *nodes, size_t start, size_t size, struct ns_err *err)
{
	char name[32];
	for (uint32_t v = 0; v < trees->shape.width; v++) {
		ns_narrow_read_numbers(nodes->value, &trees->values[v], start, size);
		for (size_t i = 0; i < size; i++) {
			if (nodes->feature[i] >= 0 || is_moderate(nodes->value[i]))
				continue;
			snprintf(name, sizeof name, "value_%u", v);
			return wrong(table, name, start + i, nodes->value[i], "a number from -1e100 to 1e100", err);
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
			return wrong(table, "missing", start + i, (double)nodes->missing[i], "1 (left) or 0 (right)", err);
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
			return wrong(table, name, start + i, nodes->value[i], "a proportion", err);
		}
	}
	for (size_t i = 0; i < size; i++)
		if (nodes->feature[i] < 0 && !(fabs(nodes->sum[i] - 1) <= 1e-6))
			return ns_fail(err, NS_EDATA, "%s: row %zu: the values of a leaf add up to %.17g, not to 1", table->source, start + i + 1, nodes->sum[i]);
	return NS_OK;
}

static int check_trees(const struct ns_trees *trees, const struct ns_table *table, size_t largest, size_t features, struct ns_err *err)
{
	int64_t *wholes = ns_malloc_array(largest, 6 * sizeof *wholes);
	double *numbers = ns_malloc_array(largest, 3 * sizeof *numbers);
	bool *has_parent = ns_malloc_array(largest + 2, sizeof *has_parent);
	struct nodes nodes = {wholes, wholes + largest, wholes + 2 * largest, wholes + 3 * largest, wholes + 4 * largest, wholes + 5 * largest,
		numbers, numbers + largest, numbers + 2 * largest, has_parent};
	memset(has_parent, 0, (largest + 2) * sizeof *has_parent);
	int status = NS_OK;
	for (size_t t = 0; t < trees->count && status == NS_OK; t++) {
		size_t start = trees->first[t], size = trees->first[t + 1] - start;
		ns_narrow_read_wholes(nodes.feature, &trees->feature, start, size);
		ns_narrow_read_wholes(nodes.left, &trees->left, start, size);
		ns_narrow_read_wholes(nodes.samples, &trees->samples, start, size);
		ns_narrow_read_numbers(nodes.threshold, &trees->threshold, start, size);
		status = check_nodes(table, &nodes, start, size, features, err);
		if (status == NS_OK)
			status = check_missing(trees, table, &nodes, start, size, err);
		if (status == NS_OK)
			status = trees->counts ? check_counts(trees, table, &nodes, start, size, err) :
				trees->shape.link == NS_LINK_MEAN ? check_values(trees, table, &nodes, start, size, err) :
				check_scores(trees, table, &nodes, start, size, err);
	}
	free(has_parent);
	free(numbers);
	free(wholes);
	return status;
}

static int read_numbers(double *numbers, size_t count, const struct ns_table *table, const char *key, struct ns_arena *arena, struct ns_err *err)
{
	const char *text = ns_metadata_find(&table->metadata, key), **words;
	size_t found = 0;
	if (text)
		ns_list_split(&words, &found, text, arena);
	bool fine = found == count;
	for (size_t i = 0; fine && i < count; i++)
		fine = ns_number_parse(&numbers[i], words[i], strlen(words[i])) && is_moderate(numbers[i]);
	return fine ? NS_OK : ns_fail(err, NS_EDATA, "%s: a table of trees whose metadata '%s' is not %zu number%s from -1e100 to 1e100",
		table->source, key, count, count == 1 ? "" : "s");
}

static int read_link(struct ns_trees_shape *shape, const struct ns_table *table, uint32_t classes, struct ns_arena *arena, struct ns_err *err)
{
	const char *name = ns_metadata_find(&table->metadata, "ns:link");
	*shape = (struct ns_trees_shape){.outputs = classes, .scale = 1};
	while (shape->link <= NS_LINK_SOFTMAX && !(name && strcmp(name, ns_link_names[shape->link]) == 0))
		shape->link++;
	if (shape->link > NS_LINK_SOFTMAX)
		return ns_fail(err, NS_EDATA, "%s: a table of trees of the unknown link '%s'; a newer netsec may know it", table->source, name ? name : "");
	if (shape->link == NS_LINK_LOGISTIC && classes != 2)
		return ns_fail(err, NS_EDATA, "%s: a table of trees of the link 'logistic' for %u classes, not two", table->source, classes);
	if (shape->link == NS_LINK_MEAN)
		return NS_OK;
	shape->outputs = shape->link == NS_LINK_LOGISTIC ? 1 : classes;
	double *base = NS_NEW_ARRAY(arena, double, shape->outputs);
	shape->base = base;
	NS_TRY(read_numbers(base, shape->outputs, table, "ns:base", arena, err));
	return read_numbers(&shape->scale, 1, table, "ns:scale", arena, err);
}

int ns_trees_from_table(struct ns_trees *trees, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena, struct ns_err *err)
{
	size_t largest;
	*trees = (struct ns_trees){0};
	NS_TRY(read_link(&trees->shape, table, classes, arena, err));
	NS_TRY(find_columns(trees, table, arena, err));
	NS_TRY(read_shape(trees, &largest, table, arena, err));
	NS_TRY(check_trees(trees, table, largest, features, err));
	trees->fast = ns_trees_fast_new(trees, arena);
	return NS_OK;
}
