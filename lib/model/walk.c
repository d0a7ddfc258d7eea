/*
 * The nodes:
 *
 *	bits    | question 16 | left 16 |               a row goes left where the bit of this number is clear in its 64;
 *	bytes   | code 8 | slot 8 | left 16 |           where its cell of this slot has a code <= the node's;
 *	words   | code 16 | slot 16 | left 32 |
 *	doubles | threshold 64 | slot 32 | left 32 |    left: within the tree, the right child is left + 1
 *
 * A leaf points to itself, no code is above its own (255, 65,535; doubles: infinity), and no row has its bit (63): walking on from a leaf
 * stays there, and no step has to ask whether it is at one.
 */
#include "model/walk.h"

#include <stdlib.h>
#include <string.h>

#include "model/active.h"

enum { LANES = NS_RANK_LANES, FIRST_STEPS_MAX = 64, MORE_STEPS = 4, NO_QUESTION = 63 };

struct bits_node {
	uint16_t question, left;
};

struct bytes_node {
	uint8_t code, slot;
	uint16_t left;
};

struct words_node {
	uint16_t code, slot;
	uint32_t left;
};

struct doubles_node {
	double threshold;
	uint32_t slot, left;
};

static enum ns_cell choose(const struct ns_ranks *ranks, const struct ns_trees *trees)
{
	size_t largest = 0;
	for (size_t t = 0; t < trees->count; t++) {
		size_t size = trees->first[t + 1] - trees->first[t];
		largest = size > largest ? size : largest;
	}
	if (ranks->total <= NO_QUESTION && largest <= UINT16_MAX + 1)
		return NS_CELL_BITS;
	if (ranks->most <= UINT8_MAX && ranks->count <= UINT8_MAX + 1 && largest <= UINT16_MAX + 1)
		return NS_CELL_BYTES;
	return ranks->most <= UINT16_MAX && ranks->count <= UINT16_MAX + 1 ? NS_CELL_WORDS : NS_CELL_DOUBLES;
}

static void make_node(struct ns_walk *walk, const struct ns_ranks *ranks, size_t at, struct ns_node node)
{
	bool leaf = node.feature < 0;
	uint32_t slot = leaf ? 0 : ns_rank_slot_of(ranks, node);
	size_t code = leaf || walk->kind == NS_CELL_DOUBLES ? 0 : ns_rank_code(&ranks->slots[slot], node.threshold);
	uint32_t left = node.left;
	switch (walk->kind) {
	case NS_CELL_BITS:
		((struct bits_node *)walk->nodes)[at] = (struct bits_node){(uint16_t)(leaf ? NO_QUESTION : ranks->slots[slot].first + code), (uint16_t)left};
		break;
	case NS_CELL_BYTES:
		((struct bytes_node *)walk->nodes)[at] = (struct bytes_node){(uint8_t)(leaf ? UINT8_MAX : code), (uint8_t)slot, (uint16_t)left};
		break;
	case NS_CELL_WORDS:
		((struct words_node *)walk->nodes)[at] = (struct words_node){(uint16_t)(leaf ? UINT16_MAX : code), (uint16_t)slot, left};
		break;
	case NS_CELL_DOUBLES:
		((struct doubles_node *)walk->nodes)[at] = (struct doubles_node){node.threshold, slot, left};
		break;
	}
}

/* How far a training row had to walk on average, behind the first steps: each came to one inner node per step. */
static uint8_t mean_depth(const struct ns_trees *trees, size_t tree, double first)
{
	size_t root = trees->first[tree];
	double steps = 0, rows = ns_narrow_number(&trees->samples, root);
	for (size_t at = root; at < trees->first[tree + 1]; at++)
		steps += ns_narrow_whole(&trees->feature, at) >= 0 ? ns_narrow_number(&trees->samples, at) : 0;
	return (uint8_t)(steps < rows * FIRST_STEPS_MAX ? steps / rows - first : FIRST_STEPS_MAX);
}

void ns_walk_init(struct ns_walk *walk, const struct ns_trees *trees, const struct ns_ranks *ranks)
{
	static const size_t sizes[] = {[NS_CELL_BITS] = sizeof(struct bits_node), [NS_CELL_BYTES] = sizeof(struct bytes_node),
		[NS_CELL_WORDS] = sizeof(struct words_node), [NS_CELL_DOUBLES] = sizeof(struct doubles_node)};
	walk->kind = choose(ranks, trees);
	bool crowned = walk->kind == NS_CELL_BYTES || walk->kind == NS_CELL_WORDS;
	if (crowned)
		ns_crowns_init(&walk->crowns, trees, ranks);
	walk->nodes = ns_malloc_array(trees->first[trees->count], sizes[walk->kind]);
	walk->steps = ns_malloc_array(trees->count, sizeof *walk->steps);
	for (size_t t = 0; t < trees->count; t++) {
		walk->steps[t] = mean_depth(trees, t, crowned ? walk->crowns.steps[t] : 0);
		for (size_t at = trees->first[t]; at < trees->first[t + 1]; at++)
			make_node(walk, ranks, at, ns_trees_node(trees, t, (uint32_t)(at - trees->first[t])));
	}
}

void ns_walk_release(struct ns_walk *walk)
{
	ns_crowns_release(&walk->crowns);
	free(walk->nodes);
	free(walk->steps);
	*walk = (struct ns_walk){0};
}

static inline uint32_t step_bits(const struct bits_node *node, const uint64_t *row)
{
	return node->left + (uint32_t)(*row >> (node->question & 63) & 1);
}

static inline uint32_t step_bytes(const struct bytes_node *node, const uint8_t *cells)
{
	return node->left + (uint32_t)(node->code < cells[(size_t)node->slot * NS_CELL_GROUP]);
}

static inline uint32_t step_words(const struct words_node *node, const uint16_t *cells)
{
	return node->left + (uint32_t)(node->code < cells[(size_t)node->slot * NS_CELL_GROUP]);
}

static inline uint32_t step_doubles(const struct doubles_node *node, const double *cells)
{
	return node->left + (uint32_t)(node->threshold < cells[(size_t)node->slot * NS_CELL_GROUP]);
}

/*
 * steps: so many from where eight rows side by side are. go_on: the rows that are active take a few more and learn their leaf's number, if they are at
 * one; returns how many still are active. Copies of the last active one walk along unheard.
 */
#define WALK(layout, cell_type)                                                                                                                      \
	static __attribute__((noinline)) void steps_##layout(uint32_t *restrict at, const struct layout##_node *restrict nodes,                     \
		const cell_type *restrict cells, int steps)                                                                                         \
	{                                                                                                                                           \
		uint32_t here[LANES];                                                                                                               \
		memcpy(here, at, sizeof here);                                                                                                      \
		for (int i = 0; i < steps; i++)                                                                                                     \
			for (size_t lane = 0; lane < LANES; lane++)                                                                                 \
				here[lane] = step_##layout(nodes + here[lane], cells + lane);                                                       \
		memcpy(at, here, sizeof here);                                                                                                      \
	}                                                                                                                                           \
	static __attribute__((noinline)) size_t go_on_##layout(struct ns_walkers *restrict walkers, size_t count, const struct ns_cells *block,     \
		const struct layout##_node *restrict nodes, const uint32_t *restrict leaf_of)                                                       \
	{                                                                                                                                           \
		size_t kept = 0;                                                                                                                    \
		for (size_t lane = 0; lane < LANES; lane++)                                                                                         \
			walkers->active[count + lane] = walkers->active[count - 1];                                                                 \
		for (size_t first = 0; first < count; first += LANES) {                                                                             \
			const cell_type *cells[LANES];                                                                                              \
			uint32_t here[LANES], row[LANES];                                                                                           \
			for (size_t lane = 0; lane < LANES; lane++) {                                                                               \
				row[lane] = walkers->active[first + lane];                                                                          \
				here[lane] = walkers->at[row[lane]];                                                                                \
				cells[lane] = (const cell_type *)block->cells + ns_cell_of(block, row[lane]);                                       \
			}                                                                                                                           \
			for (int i = 0; i < MORE_STEPS; i++)                                                                                        \
				for (size_t lane = 0; lane < LANES; lane++)                                                                         \
					here[lane] = step_##layout(nodes + here[lane], cells[lane]);                                                \
			for (size_t lane = 0; lane < LANES; lane++) {                                                                               \
				walkers->at[row[lane]] = here[lane];                                                                                \
				walkers->leaf[row[lane]] = leaf_of[here[lane]];                                                                     \
				walkers->active[kept] = row[lane];                                                                                  \
				kept += first + lane < count && leaf_of[here[lane]] == UINT32_MAX;                                                  \
			}                                                                                                                           \
		}                                                                                                                                   \
		return kept;                                                                                                                        \
	}                                                                                                                                           \
	static void walk_##layout(struct ns_walkers *walkers, const struct ns_cells *block, const void *all, size_t root, const uint32_t *leaf_of, int steps) \
	{                                                                                                                                           \
		const struct layout##_node *nodes = (const struct layout##_node *)all + root;                                                       \
		for (size_t row = 0; row < block->rows; row += LANES)                                                                               \
			steps_##layout(walkers->at + row, nodes, (const cell_type *)block->cells + ns_cell_of(block, row), steps);                  \
		size_t count = find_leaves(walkers, leaf_of, block->rows);                                                                          \
		while (count > 0)                                                                                                                   \
			count = go_on_##layout(walkers, count, block, nodes, leaf_of);                                                              \
	}

/* The numbers of the leaves where rows are; the rows that are not at one are active. */
static __attribute__((noinline)) size_t find_leaves(struct ns_walkers *restrict walkers, const uint32_t *restrict leaf_of, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		walkers->leaf[row] = leaf_of[walkers->at[row]];
	return ns_active_find(walkers->active, walkers->leaf, rows, UINT32_MAX);
}

WALK(bits, uint64_t)
WALK(bytes, uint8_t)
WALK(words, uint16_t)
WALK(doubles, double)

void ns_walk_tree(uint32_t *leaf, struct ns_walkers *walkers, const struct ns_walk *walk, size_t tree, size_t root, const uint32_t *leaf_of,
	const struct ns_cells *cells)
{
	int steps = walk->steps[tree];
	walkers->leaf = leaf;
	if (walk->crowns.nodes)
		ns_crowns_pass(walkers->at, &walk->crowns, tree, cells);
	else
		memset(walkers->at, 0, (cells->rows + LANES - 1) / LANES * LANES * sizeof *walkers->at);
	switch (walk->kind) {
	case NS_CELL_BITS: walk_bits(walkers, cells, walk->nodes, root, leaf_of, steps); break;
	case NS_CELL_BYTES: walk_bytes(walkers, cells, walk->nodes, root, leaf_of, steps); break;
	case NS_CELL_WORDS: walk_words(walkers, cells, walk->nodes, root, leaf_of, steps); break;
	case NS_CELL_DOUBLES: walk_doubles(walkers, cells, walk->nodes, root, leaf_of, steps); break;
	}
}
