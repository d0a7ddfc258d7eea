#include "learn/weighed_tree.h"

#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"

enum { BLOCK = 4096 };

void ns_weighed_tree_init(struct ns_weighed_tree *tree, const struct ns_tally *tally, int threads)
{
	*tree = (struct ns_weighed_tree){.tally = tally, .threads = threads};
	tree->grower = ns_grower_new(tally->bins);
	tree->leaf_of = ns_malloc_array(tally->bins->entries, sizeof *tree->leaf_of);
	tree->mass = ns_malloc_array(tally->bins->entries, sizeof *tree->mass);
	tree->copies = ns_entry_copies(tally->bins);
}

void ns_weighed_tree_release(struct ns_weighed_tree *tree)
{
	ns_tree_release(&tree->tree);
	free(tree->copies);
	free(tree->mass);
	free(tree->leaf_of);
	ns_grower_free(tree->grower);
	*tree = (struct ns_weighed_tree){0};
}

/* A node as entries are asked: codes <= low go left, and the missing one where it says so. */
struct question {
	struct ns_codes codes;
	int64_t low;
	uint32_t missing; /* the code that goes left although above low; UINT32_MAX: none */
	uint32_t left;    /* 0: it is the leaf of this number */
	uint32_t leaf;
};

struct walk {
	const struct ns_weighed_tree *tree;
	const struct question *questions;
};

static void walk_block(void *context, size_t block, int worker)
{
	(void)worker;
	const struct walk *walk = context;
	const struct ns_tally *tally = walk->tree->tally;
	size_t start = block * BLOCK, end = tally->bins->entries - start < BLOCK ? tally->bins->entries : start + BLOCK;
	for (size_t i = start; i < end; i++) {
		const struct question *at = walk->questions;
		while (at->left) {
			uint32_t code = ns_code(at->codes, tally->order[i]);
			at = walk->questions + at->left + (code > at->low && code != at->missing);
		}
		walk->tree->leaf_of[i] = at->leaf;
	}
}

/* The greatest code whose values are not above the threshold; at least one is. */
static int64_t lowest_code(const struct ns_bins_column *column, double threshold)
{
	uint32_t low = 0, high = column->count;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (column->highest[middle] <= threshold)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static void find_leaves(struct ns_weighed_tree *tree)
{
	const struct ns_bins *bins = tree->tally->bins;
	struct question *questions = ns_malloc_array(tree->tree.count, sizeof *questions);
	tree->leaves = 0;
	for (size_t n = 0; n < tree->tree.count; n++) {
		const struct ns_node *node = &tree->tree.nodes[n];
		questions[n] = (struct question){.leaf = tree->leaves};
		tree->leaves += node->feature < 0;
		if (node->feature < 0)
			continue;
		const struct ns_bins_column *column = &bins->columns[node->feature];
		questions[n].codes = ns_bins_codes(bins, (uint32_t)node->feature, bins->entries + 1);
		questions[n].low = lowest_code(column, node->threshold);
		questions[n].missing = column->missing && node->missing_left ? column->count : UINT32_MAX;
		questions[n].left = node->left;
	}
	struct walk walk = {tree, questions};
	ns_parallel(tree->threads, (bins->entries + BLOCK - 1) / BLOCK, walk_block, &walk);
	free(questions);
}

void ns_weighed_tree_grow(struct ns_weighed_tree *tree, const double *single, const struct ns_rules *rules, struct ns_random *random)
{
	const struct ns_tally *tally = tree->tally;
	for (size_t i = 0; i < tally->bins->entries; i++) {
		uint32_t entry = tally->order[i], times = tally->times[i] / tree->copies[entry];
		double weight = single[i] * (tally->row_weight ? tally->row_weight[i] : 1);
		tree->mass[entry] = times * (uint64_t)fmax(1, weight * 0x1p52);
	}
	ns_tree_release(&tree->tree);
	const struct ns_sample sample = {.drawn = tree->copies, .mass = tree->mass};
	ns_tree_grow(&tree->tree, tree->grower, rules, &sample, random);
	find_leaves(tree);
}
