/*
 * Nodes of a learner packed into the columns of trees.h, and these as a table. Back from a table: trees_read.c.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/trees.h"
#include "model/trees_fast.h"
#include "table/table.h"

/* The counts behind proportions: those that give the same bits again. False where there are none. */
static bool count_leaf(int64_t *counts, const double *values, uint32_t samples, uint32_t outputs)
{
	int64_t rest = samples;
	for (uint32_t o = outputs; o-- > 0;) {
		counts[o] = o > 0 ? llround(values[o] * samples) : rest;
		rest -= counts[o];
		if (counts[o] < 0 || samples == 0 || (double)counts[o] / (double)samples != values[o])
			return false;
	}
	return rest == 0;
}

/* outputs - 1 columns of counts; NULL where a leaf has none. */
static const struct ns_narrow *pack_counts(const struct ns_node *nodes, const uint32_t *samples, const double *values, size_t rows, uint32_t outputs,
	struct ns_arena *arena)
{
	bool fine = true;
	int64_t *counts = ns_malloc_array(rows, outputs * sizeof *counts), *leaf = ns_malloc_array(outputs, sizeof *leaf);
	memset(counts, 0, rows * outputs * sizeof *counts);
	for (size_t i = 0; i < rows && fine; i++) {
		if (nodes[i].feature >= 0)
			continue;
		fine = count_leaf(leaf, values + i * outputs, samples[i], outputs);
		for (uint32_t o = 0; o < outputs; o++)
			counts[o * rows + i] = leaf[o];
	}
	struct ns_narrow *packed = fine ? NS_NEW_ARRAY(arena, struct ns_narrow, outputs) : NULL;
	for (uint32_t o = 1; packed && o < outputs; o++)
		ns_narrow_pack_wholes(&packed[o - 1], counts + o * rows, rows, arena);
	free(leaf);
	free(counts);
	return packed;
}

static const struct ns_narrow *pack_values(const struct ns_node *nodes, const double *values, size_t rows, uint32_t width, struct ns_arena *arena)
{
	struct ns_narrow *packed = NS_NEW_ARRAY(arena, struct ns_narrow, width);
	double *column = ns_malloc_array(rows, sizeof *column);
	for (uint32_t v = 0; v < width; v++) {
		for (size_t i = 0; i < rows; i++)
			column[i] = nodes[i].feature < 0 ? values[i * width + v] : 0;
		ns_narrow_pack_numbers(&packed[v], column, rows, arena);
	}
	free(column);
	return packed;
}

static void pack_nodes(struct ns_trees *trees, const struct ns_node *nodes, const uint32_t *samples, size_t rows, struct ns_arena *arena)
{
	int64_t *column = ns_malloc_array(rows, sizeof *column);
	double *threshold = ns_malloc_array(rows, sizeof *threshold);
	for (size_t t = 0; t < trees->count; t++)
		for (size_t i = trees->first[t]; i < trees->first[t + 1]; i++)
			column[i] = (int64_t)t;
	ns_narrow_pack_wholes(&trees->tree, column, rows, arena);
	for (size_t i = 0; i < rows; i++)
		column[i] = nodes[i].feature;
	ns_narrow_pack_wholes(&trees->feature, column, rows, arena);
	for (size_t i = 0; i < rows; i++)
		threshold[i] = nodes[i].feature < 0 ? (double)NAN : nodes[i].threshold;
	ns_narrow_pack_numbers(&trees->threshold, threshold, rows, arena);
	for (size_t i = 0; i < rows; i++)
		column[i] = nodes[i].feature < 0 ? 0 : nodes[i].left;
	ns_narrow_pack_wholes(&trees->left, column, rows, arena);
	for (size_t i = 0; i < rows && trees->shape.missing; i++)
		column[i] = nodes[i].feature < 0 ? 0 : nodes[i].missing_left;
	if (trees->shape.missing)
		ns_narrow_pack_wholes(&trees->missing, column, rows, arena);
	for (size_t i = 0; i < rows; i++)
		column[i] = samples[i];
	ns_narrow_pack_wholes(&trees->samples, column, rows, arena);
	free(threshold);
	free(column);
}

void ns_trees_make(struct ns_trees *trees, const struct ns_trees_shape *shape, size_t count, const size_t *first, const struct ns_node *nodes,
	const uint32_t *samples, const double *values, struct ns_arena *arena)
{
	size_t rows = first[count], *kept = NS_NEW_ARRAY(arena, size_t, count + 1);
	memcpy(kept, first, (count + 1) * sizeof *kept);
	*trees = (struct ns_trees){.shape = *shape, .count = count, .first = kept};
	if (shape->link != NS_LINK_MEAN) {
		double *base = NS_NEW_ARRAY(arena, double, shape->outputs);
		trees->shape.base = memcpy(base, shape->base, shape->outputs * sizeof *base);
	}
	pack_nodes(trees, nodes, samples, rows, arena);
	trees->counts = shape->link == NS_LINK_MEAN ? pack_counts(nodes, samples, values, rows, shape->outputs, arena) : NULL;
	trees->values = trees->counts ? NULL : pack_values(nodes, values, rows, shape->width, arena);
	trees->fast = ns_trees_fast_new(trees, arena);
}

static const char *list_numbers(const double *numbers, size_t count, struct ns_arena *arena)
{
	const char **words = NS_NEW_ARRAY(arena, const char *, count);
	for (size_t i = 0; i < count; i++) {
		char text[NS_NUMBER_MAX + 1];
		text[ns_number_print(text, numbers[i])] = '\0';
		words[i] = ns_strdup(arena, text);
	}
	return ns_list_join(words, count, arena);
}

static void describe(struct ns_metadata *metadata, const struct ns_trees_shape *shape, struct ns_arena *arena)
{
	ns_metadata_set(metadata, "ns:link", ns_link_names[shape->link], arena);
	if (shape->link == NS_LINK_MEAN)
		return;
	ns_metadata_set(metadata, "ns:base", list_numbers(shape->base, shape->outputs, arena), arena);
	ns_metadata_set(metadata, "ns:scale", list_numbers(&shape->scale, 1, arena), arena);
}

void ns_trees_to_table(struct ns_table *table, const struct ns_trees *trees, struct ns_arena *arena)
{
	size_t rows = trees->first[trees->count];
	*table = (struct ns_table){.rows = rows};
	struct ns_column *column = table->columns = NS_NEW_ARRAY(arena, struct ns_column, 6 + (size_t)trees->shape.outputs);
	*column++ = ns_narrow_column("tree", &trees->tree, rows, arena);
	*column++ = ns_narrow_column("feature", &trees->feature, rows, arena);
	*column++ = ns_narrow_column("threshold", &trees->threshold, rows, arena);
	*column++ = ns_narrow_column("left", &trees->left, rows, arena);
	if (trees->shape.missing)
		*column++ = ns_narrow_column("missing", &trees->missing, rows, arena);
	*column++ = ns_narrow_column("samples", &trees->samples, rows, arena);
	for (uint32_t o = 1; trees->counts && o < trees->shape.outputs; o++)
		*column++ = ns_narrow_column(ns_format(arena, "count_%u", o), &trees->counts[o - 1], rows, arena);
	for (uint32_t v = 0; trees->values && v < trees->shape.width; v++)
		*column++ = ns_narrow_column(ns_format(arena, "value_%u", v), &trees->values[v], rows, arena);
	describe(&table->metadata, &trees->shape, arena);
	table->width = (size_t)(column - table->columns);
}
