#include "learn/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ns_partition_init(struct ns_partition *partition, const struct ns_tally *tally, const struct ns_rules *rules, uint64_t seed, int threads)
{
	*partition = (struct ns_partition){.tally = tally, .rules = rules};
	ns_random_init(&partition->random, seed, "adaboost", 0, 0);
	if (rules->max_depth > 1)
		ns_weighed_tree_init(&partition->tree, tally, threads);
	else
		partition->search = ns_stump_search_new(tally, threads);
}

void ns_partition_release(struct ns_partition *partition)
{
	if (partition->search)
		ns_stump_search_free(partition->search);
	else
		ns_weighed_tree_release(&partition->tree);
	free(partition->weight);
	*partition = (struct ns_partition){0};
}

static void make_room(struct ns_partition *partition, uint32_t parts)
{
	partition->parts = parts;
	if (parts <= partition->room)
		return;
	partition->room = 2 * (size_t)parts;
	partition->weight = ns_realloc_array(partition->weight, partition->room, partition->tally->bins->classes * sizeof *partition->weight);
}

/* The stump's nodes; one where it asks nothing. */
static void write_small(struct ns_partition *partition)
{
	for (uint32_t n = 0; n < 3; n++)
		partition->small[n] = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = n};
	partition->nodes = partition->small;
	partition->samples = partition->small_samples;
	partition->count = 1;
	partition->small_samples[0] = (uint32_t)partition->tally->bins->rows;
	if (partition->parts == 1)
		return;
	partition->count = 3;
	partition->small[0] = ns_stump_node(&partition->small_samples[1], &partition->stump, partition->tally);
	partition->small_samples[2] = partition->small_samples[0] - partition->small_samples[1];
}

void ns_partition_whole(struct ns_partition *partition, const int64_t *total)
{
	make_room(partition, 1);
	memcpy(partition->weight, total, partition->tally->bins->classes * sizeof *total);
	write_small(partition);
}

static void find_stump(struct ns_partition *partition, const int64_t *weight, const int64_t *total)
{
	uint32_t classes = partition->tally->bins->classes;
	ns_stump_find(&partition->stump, partition->search, weight, total, &partition->random);
	if (partition->stump.feature == UINT32_MAX) {
		ns_partition_whole(partition, total);
		return;
	}
	make_room(partition, 2);
	for (uint32_t c = 0; c < classes; c++) {
		partition->weight[c] = partition->stump.left[c];
		partition->weight[classes + c] = total[c] - partition->stump.left[c];
	}
	write_small(partition);
}

static void find_tree(struct ns_partition *partition, const int64_t *weight, const double *single)
{
	const struct ns_tally *tally = partition->tally;
	const struct ns_weighed_tree *tree = &partition->tree;
	size_t classes = tally->bins->classes;
	ns_weighed_tree_grow(&partition->tree, single, partition->rules, &partition->random);
	make_room(partition, tree->leaves);
	memset(partition->weight, 0, tree->leaves * classes * sizeof *partition->weight);
	for (size_t c = 0; c < classes; c++)
		for (size_t i = tally->start[c]; i < tally->start[c + 1]; i++)
			partition->weight[tree->leaf_of[i] * classes + c] += weight[i];
	partition->nodes = tree->tree.nodes;
	partition->samples = tree->tree.samples;
	partition->count = tree->tree.count;
}

void ns_partition_find(struct ns_partition *partition, const int64_t *weight, const int64_t *total, const double *single)
{
	if (partition->search)
		find_stump(partition, weight, total);
	else
		find_tree(partition, weight, single);
}

/* The group of the stump's column. */
static const struct ns_tally_group *group_of(const struct ns_partition *partition)
{
	return &partition->tally->groups[partition->tally->columns[partition->stump.feature].group];
}

void ns_spread_init(struct ns_spread *spread, const struct ns_partition *partition, const double *of_leaf)
{
	spread->partition = partition;
	spread->of_leaf = of_leaf;
	if (partition->parts == 1 || !partition->search || group_of(partition)->width > 1)
		return;
	const struct ns_stump *stump = &partition->stump;
	const struct ns_tally_column *column = &partition->tally->columns[stump->feature];
	for (uint32_t cell = 0; cell < group_of(partition)->size;)
		for (uint32_t code = 0; code < column->codes; code++) {
			double number = of_leaf[!ns_stump_goes_left(stump, &partition->tally->bins->columns[stump->feature], code)];
			for (uint32_t i = 0; i < column->stride; i++)
				spread->of_cell[cell++] = number;
		}
}

/* A column that stands alone. */
static void ask_column(double *restrict out, const struct ns_spread *spread, size_t start, size_t count)
{
	const struct ns_stump *stump = &spread->partition->stump;
	const struct ns_bins_column *column = &spread->partition->tally->bins->columns[stump->feature];
	const struct ns_tally_group *group = group_of(spread->partition);
	for (size_t i = 0; i < count; i++)
		out[i] = spread->of_leaf[!ns_stump_goes_left(stump, column, ns_tally_cell(group, start + i))];
}

void ns_spread_block(double *restrict out, const struct ns_spread *spread, size_t start, size_t count)
{
	const struct ns_partition *partition = spread->partition;
	if (partition->parts == 1) {
		for (size_t i = 0; i < count; i++)
			out[i] = spread->of_leaf[0];
	} else if (!partition->search) {
		const uint32_t *restrict leaf = partition->tree.leaf_of + start;
		for (size_t i = 0; i < count; i++)
			out[i] = spread->of_leaf[leaf[i]];
	} else if (group_of(partition)->width == 1) {
		const uint8_t *restrict cell = (const uint8_t *)group_of(partition)->cells + start;
		for (size_t i = 0; i < count; i++)
			out[i] = spread->of_cell[cell[i]];
	} else {
		ask_column(out, spread, start, count);
	}
}
