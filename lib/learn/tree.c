#include "learn/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ns_tree_release(struct ns_tree *tree)
{
	free(tree->nodes);
	free(tree->samples);
	free(tree->values);
	*tree = (struct ns_tree){0};
}

/* Moves the nodes that are still reached to the front. Children stay neighbours: they are reached together. */
static void drop_unreached(struct ns_tree *tree, uint32_t classes)
{
	uint32_t *number = ns_malloc_array(tree->count, sizeof *number), kept = 0;
	memset(number, 0xff, tree->count * sizeof *number);
	number[0] = 0;
	for (size_t i = 0; i < tree->count; i++) {
		if (number[i] == UINT32_MAX)
			continue;
		number[i] = kept++;
		if (tree->nodes[i].feature >= 0)
			number[tree->nodes[i].left] = number[tree->nodes[i].left + 1] = 0;
	}
	for (size_t i = 0; i < tree->count; i++) {
		uint32_t to = number[i];
		if (to == UINT32_MAX)
			continue;
		tree->nodes[to] = tree->nodes[i];
		tree->nodes[to].left = number[tree->nodes[i].left];
		tree->samples[to] = tree->samples[i];
		memmove(tree->values + (size_t)to * classes, tree->values + i * classes, classes * sizeof *tree->values);
	}
	tree->count = kept;
	free(number);
}

void ns_tree_prune(struct ns_tree *tree, const double *risk, double alpha, uint32_t classes)
{
	double *best = ns_malloc_array(tree->count, sizeof *best); /* the least risk + alpha * leaves of each subtree */
	for (size_t i = tree->count; i-- > 0;) {
		struct ns_node *node = &tree->nodes[i];
		best[i] = risk[i] + alpha;
		if (node->feature < 0)
			continue;
		double grown = best[node->left] + best[node->left + 1];
		if (best[i] <= grown)
			*node = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = (uint32_t)i};
		else
			best[i] = grown;
	}
	free(best);
	drop_unreached(tree, classes);
}

void ns_trees_gather(struct ns_trees *trees, struct ns_tree *grown, size_t count, uint32_t classes, bool missing, struct ns_arena *arena)
{
	size_t *first = ns_malloc_array(count + 1, sizeof *first);
	first[0] = 0;
	for (size_t t = 0; t < count; t++)
		first[t + 1] = first[t] + grown[t].count;
	struct ns_node *nodes = ns_malloc_array(first[count], sizeof *nodes);
	uint32_t *samples = ns_malloc_array(first[count], sizeof *samples);
	double *values = ns_malloc_array(first[count], classes * sizeof *values);
	for (size_t t = 0; t < count; t++) {
		memcpy(nodes + first[t], grown[t].nodes, grown[t].count * sizeof *nodes);
		memcpy(samples + first[t], grown[t].samples, grown[t].count * sizeof *samples);
		memcpy(values + first[t] * classes, grown[t].values, grown[t].count * classes * sizeof *values);
		ns_tree_release(&grown[t]);
	}
	const struct ns_trees_shape shape = {.link = NS_LINK_MEAN, .outputs = classes, .width = classes, .scale = 1, .missing = missing};
	ns_trees_make(trees, &shape, count, first, nodes, samples, values, arena);
	free(values);
	free(samples);
	free(nodes);
	free(first);
}
