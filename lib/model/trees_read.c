/*
 * Trees from a table that nobody vouches for. Its columns are borrowed where they are of a narrow type (narrow.h), else packed; then every
 * tree is read once, column by column, and checked.
 */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "model/trees_check.h"
#include "model/trees_fast.h"
#include "table/arrow.h"

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
			return ns_trees_wrong(table, name, i, numbers[i], "a whole number from -1 to 2147483647", err);
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
		return ns_trees_wrong(table, "tree", table->rows - 1, (double)last, "the number of a tree", err);
	trees->count = (size_t)last + 1;
	size_t *first = NS_NEW_ARRAY(arena, size_t, trees->count + 1), t = 0;
	for (size_t start = 0; start < table->rows; start += PIECE) {
		size_t size = table->rows - start < PIECE ? table->rows - start : PIECE;
		ns_narrow_read_wholes(piece, &trees->tree, start, size);
		for (size_t i = 0; i < size; i++) {
			if (piece[i] == (int64_t)t)
				continue;
			if (piece[i] != (int64_t)t + 1 || start + i == 0)
				return ns_trees_wrong(table, "tree", start + i, (double)piece[i], "the tree before or the next one", err);
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

static int read_numbers(double *numbers, size_t count, const struct ns_table *table, const char *key, struct ns_arena *arena, struct ns_err *err)
{
	const char *text = ns_metadata_find(&table->metadata, key), **words;
	size_t found = 0;
	if (text)
		ns_list_split(&words, &found, text, arena);
	bool fine = found == count;
	for (size_t i = 0; fine && i < count; i++)
		fine = ns_number_parse(&numbers[i], words[i], strlen(words[i])) && ns_trees_is_moderate(numbers[i]);
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
	NS_TRY(ns_trees_check(trees, table, largest, features, err));
	trees->fast = ns_trees_fast_new(trees, arena);
	return NS_OK;
}
