/*
 * The nodes. One is one word (bits, bytes: 32 bits; words: 64) or a struct ns_node (doubles):
 *
 *	bits    | left 16 | question 16 |              a row goes left where the bit of this number is clear in its 64;
 *	bytes   | left 16 | slot  8 | code  8 |         where its cell of this slot has a code <= the node's;
 *	words   | left 32 | slot 16 | code 16 |
 *	doubles | left 32 | slot 32 | threshold 64 |    left: within the tree, the right child is left + 1
 *
 * A leaf points to itself, no code is above its own (255, 65,535; doubles: infinity), and no row has its bit (63): walking on from a leaf
 * stays there, and no step has to ask whether it is at one.
 */
#include "model/walk.h"

#include <float.h>
#include <stdlib.h>

enum { FIRST_STEPS_MAX = 64, MORE_STEPS = 4, NO_QUESTION = 63 };

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
	switch (walk->kind) {
	case NS_CELL_BITS:
		((uint32_t *)walk->nodes)[at] = (uint32_t)node.left << 16 | (leaf ? NO_QUESTION : (uint32_t)(ranks->slots[slot].first + code));
		break;
	case NS_CELL_BYTES:
		((uint32_t *)walk->nodes)[at] = (uint32_t)node.left << 16 | slot << 8 | (leaf ? UINT8_MAX : (uint32_t)code);
		break;
	case NS_CELL_WORDS:
		((uint64_t *)walk->nodes)[at] = (uint64_t)node.left << 32 | slot << 16 | (leaf ? UINT16_MAX : (uint32_t)code);
		break;
	case NS_CELL_DOUBLES:
		((struct ns_node *)walk->nodes)[at] = (struct ns_node){.threshold = node.threshold, .feature = (int32_t)slot, .left = node.left};
		break;
	}
}

/* How far a training row had to walk on average: each came to one inner node per step. */
static uint8_t mean_depth(const struct ns_trees *trees, size_t tree)
{
	size_t root = trees->first[tree];
	double steps = 0, rows = ns_narrow_number(&trees->samples, root);
	for (size_t at = root; at < trees->first[tree + 1]; at++)
		steps += ns_narrow_whole(&trees->feature, at) >= 0 ? ns_narrow_number(&trees->samples, at) : 0;
	return (uint8_t)(steps < rows * FIRST_STEPS_MAX ? steps / rows : FIRST_STEPS_MAX);
}

void ns_walk_init(struct ns_walk *walk, const struct ns_trees *trees, const struct ns_ranks *ranks)
{
	static const size_t sizes[] = {[NS_CELL_BITS] = sizeof(uint32_t), [NS_CELL_BYTES] = sizeof(uint32_t), [NS_CELL_WORDS] = sizeof(uint64_t),
		[NS_CELL_DOUBLES] = sizeof(struct ns_node)};
	walk->kind = choose(ranks, trees);
	walk->nodes = ns_malloc_array(trees->first[trees->count], sizes[walk->kind]);
	walk->steps = ns_malloc_array(trees->count, sizeof *walk->steps);
	for (size_t t = 0; t < trees->count; t++) {
		walk->steps[t] = mean_depth(trees, t);
		for (size_t at = trees->first[t]; at < trees->first[t + 1]; at++)
			make_node(walk, ranks, at, ns_trees_node(trees, t, (uint32_t)(at - trees->first[t])));
	}
}

void ns_walk_release(struct ns_walk *walk)
{
	free(walk->nodes);
	free(walk->steps);
	*walk = (struct ns_walk){0};
}

static inline uint32_t step_bits(uint32_t node, const uint64_t *row)
{
	return (node >> 16) + (uint32_t)(*row >> (node & 63) & 1);
}

static inline uint32_t step_bytes(uint32_t node, const uint8_t *cells)
{
	return (node >> 16) + (cells[(size_t)(uint8_t)(node >> 8) * NS_RANK_LANES] > (uint8_t)node);
}

static inline uint32_t step_words(uint64_t node, const uint16_t *cells)
{
	return (uint32_t)(node >> 32) + (cells[(size_t)(uint16_t)(node >> 16) * NS_RANK_LANES] > (uint16_t)node);
}

static inline uint32_t step_doubles(struct ns_node node, const double *cells)
{
	return node.left + (cells[(size_t)node.feature * NS_RANK_LANES] > node.threshold);
}

static inline bool is_leaf_bits(uint32_t node) { return (uint16_t)node == NO_QUESTION; }
static inline bool is_leaf_bytes(uint32_t node) { return (uint8_t)node == UINT8_MAX; }
static inline bool is_leaf_words(uint64_t node) { return (uint16_t)node == UINT16_MAX; }
static inline bool is_leaf_doubles(struct ns_node node) { return node.threshold > DBL_MAX; }

/* start: all rows from the root; go_on: those that are active. Rows beyond the last, and copies of the last active one, walk along unheard. */
#define WALK(layout, node_type, cell_type)                                                                                                          \
	static __attribute__((noinline)) void start_##layout(struct ns_walkers *restrict walkers, const node_type *restrict nodes,                     \
		const cell_type *restrict cells, size_t stride, size_t rows, int steps)                                                             \
	{                                                                                                                                           \
		uint32_t count = 0;                                                                                                                 \
		for (size_t row = 0; row < rows; row += NS_RANK_LANES) {                                                                                    \
			const cell_type *group = cells + row * stride;                                                                              \
			uint32_t here[NS_RANK_LANES] = {0};                                                                                                 \
			for (int i = 0; i < steps; i++)                                                                                             \
				for (size_t lane = 0; lane < NS_RANK_LANES; lane++)                                                                         \
					here[lane] = step_##layout(nodes[here[lane]], group + lane);                                                \
			for (size_t lane = 0; lane < NS_RANK_LANES; lane++) {                                                                               \
				walkers->at[row + lane] = here[lane];                                                                               \
				walkers->active[count].row = (uint32_t)(row + lane);                                                                \
				walkers->active[count].cell = (uint32_t)(row * stride + lane);                                                      \
				count += !is_leaf_##layout(nodes[here[lane]]);                                                                      \
			}                                                                                                                           \
		}                                                                                                                                   \
		walkers->count = count;                                                                                                             \
	}                                                                                                                                           \
	static __attribute__((noinline)) void go_on_##layout(struct ns_walkers *restrict walkers, const node_type *restrict nodes,                     \
		const cell_type *restrict cells)                                                                                                    \
	{                                                                                                                                           \
		uint32_t count = walkers->count, kept = 0;                                                                                          \
		for (size_t lane = 0; lane < NS_RANK_LANES; lane++)                                                                                         \
			walkers->active[count + lane] = walkers->active[count - 1];                                                                 \
		for (size_t first = 0; first < count; first += NS_RANK_LANES) {                                                                             \
			uint32_t here[NS_RANK_LANES];                                                                                                       \
			for (size_t lane = 0; lane < NS_RANK_LANES; lane++)                                                                                 \
				here[lane] = walkers->at[walkers->active[first + lane].row];                                                        \
			for (int i = 0; i < MORE_STEPS; i++)                                                                                        \
				for (size_t lane = 0; lane < NS_RANK_LANES; lane++)                                                                         \
					here[lane] = step_##layout(nodes[here[lane]], cells + walkers->active[first + lane].cell);                  \
			for (size_t lane = 0; lane < NS_RANK_LANES; lane++) {                                                                               \
				walkers->at[walkers->active[first + lane].row] = here[lane];                                                        \
				walkers->active[kept] = walkers->active[first + lane];                                                              \
				kept += first + lane < count && !is_leaf_##layout(nodes[here[lane]]);                                               \
			}                                                                                                                           \
		}                                                                                                                                   \
		walkers->count = kept;                                                                                                              \
	}                                                                                                                                           \
	static void walk_##layout(struct ns_walkers *walkers, const void *nodes, size_t root, const void *cells, size_t stride, size_t rows, int steps) \
	{                                                                                                                                           \
		start_##layout(walkers, (const node_type *)nodes + root, cells, stride, rows, steps);                                               \
		while (walkers->count > 0)                                                                                                          \
			go_on_##layout(walkers, (const node_type *)nodes + root, cells);                                                            \
	}
WALK(bits, uint32_t, uint64_t)
WALK(bytes, uint32_t, uint8_t)
WALK(words, uint64_t, uint16_t)
WALK(doubles, struct ns_node, double)

void ns_walk_tree(struct ns_walkers *walkers, const struct ns_walk *walk, size_t tree, size_t root, const struct ns_cells *cells)
{
	int steps = walk->steps[tree];
	size_t stride = cells->stride, rows = cells->rows;
	switch (walk->kind) {
	case NS_CELL_BITS: walk_bits(walkers, walk->nodes, root, cells->cells, stride, rows, steps); break;
	case NS_CELL_BYTES: walk_bytes(walkers, walk->nodes, root, cells->cells, stride, rows, steps); break;
	case NS_CELL_WORDS: walk_words(walkers, walk->nodes, root, cells->cells, stride, rows, steps); break;
	case NS_CELL_DOUBLES: walk_doubles(walkers, walk->nodes, root, cells->cells, stride, rows, steps); break;
	}
}
