/*
 * The layouts for many rows. A node is one word (bytes: 32 bits, words: 64) or a struct ns_node (doubles):
 *
 *	bytes   | left 16 | slot  8 | code  8 |      a cell is on the left of the node where its code <= the node's;
 *	words   | left 32 | slot 16 | code 16 |      left: within the tree, the right child is left + 1
 *	doubles | left 32 | slot 32 | threshold 64 |
 *
 * A leaf points to itself and no code is above its own (255, 65,535; doubles: infinity): walking on from a leaf stays there, and no step has
 * to ask whether it is at one. Cells of LANES rows lie side by side, slot by slot, so that a tree is walked by LANES rows at a
 * time, whose dependent loads overlap, with one address for all of them:
 *
 *	slot    0                       1
 *	row     0  1  2  3  4  5  6  7  0  1  2  3  ...
 *
 * Values are those of the leaves as doubles, node * outputs + output.
 */
#include "model/trees_fast.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/ranks.h"

enum { LANES = NS_RANK_LANES, BLOCK_BYTES = 256 * 1024, BLOCK_ROWS = 2048 };
enum kind { BYTES, WORDS, DOUBLES };

struct layout {
	enum kind kind;
	struct ns_ranks ranks;
	void *nodes;
	double *values;
};

struct ns_trees_fast {
	struct ns_trees trees; /* all of them, whatever the copies of the model have */
	atomic_size_t asked;   /* rows times trees */
	_Atomic(struct layout *) layout;
	pthread_mutex_t lock;  /* of the making */
};

static void release(void *what)
{
	struct ns_trees_fast *fast = what;
	struct layout *layout = fast->layout;
	pthread_mutex_destroy(&fast->lock);
	if (!layout)
		return;
	ns_ranks_release(&layout->ranks);
	free(layout->nodes);
	free(layout->values);
	free(layout);
}

struct ns_trees_fast *ns_trees_fast_new(const struct ns_trees *trees, struct ns_arena *arena)
{
	struct ns_trees_fast *fast = NS_NEW(arena, struct ns_trees_fast);
	fast->trees = *trees;
	pthread_mutex_init(&fast->lock, NULL);
	ns_arena_defer(arena, release, fast);
	return fast;
}

const char *ns_trees_fast_layout(const struct ns_trees_fast *fast)
{
	static const char *const names[] = {[BYTES] = "bytes", [WORDS] = "words", [DOUBLES] = "doubles"};
	const struct layout *layout = fast->layout;
	return layout ? names[layout->kind] : NULL;
}

/* --- making one --- */

static enum kind choose(const struct ns_ranks *ranks, const struct ns_trees *trees)
{
	size_t largest = 0;
	for (size_t t = 0; t < trees->count; t++) {
		size_t size = trees->first[t + 1] - trees->first[t];
		largest = size > largest ? size : largest;
	}
	if (ranks->most <= UINT8_MAX && ranks->count <= UINT8_MAX + 1 && largest <= UINT16_MAX + 1)
		return BYTES;
	return ranks->most <= UINT16_MAX && ranks->count <= UINT16_MAX + 1 ? WORDS : DOUBLES;
}

static void make_node(struct layout *layout, size_t at, struct ns_node node)
{
	bool leaf = node.feature < 0;
	uint32_t slot = leaf ? 0 : layout->ranks.slot_of[node.feature];
	size_t code = leaf || layout->kind == DOUBLES ? 0 : ns_rank_code(&layout->ranks.slots[slot], node.threshold);
	switch (layout->kind) {
	case BYTES:
		((uint32_t *)layout->nodes)[at] = node.left << 16 | slot << 8 | (leaf ? UINT8_MAX : (uint32_t)code);
		break;
	case WORDS:
		((uint64_t *)layout->nodes)[at] = (uint64_t)node.left << 32 | slot << 16 | (leaf ? UINT16_MAX : (uint32_t)code);
		break;
	case DOUBLES:
		((struct ns_node *)layout->nodes)[at] = (struct ns_node){.threshold = node.threshold, .feature = (int32_t)slot, .left = node.left};
		break;
	}
}

static struct layout *make_layout(const struct ns_trees *trees)
{
	static const size_t sizes[] = {[BYTES] = sizeof(uint32_t), [WORDS] = sizeof(uint64_t), [DOUBLES] = sizeof(struct ns_node)};
	struct layout *layout = ns_malloc_array(1, sizeof *layout);
	size_t nodes = trees->first[trees->count];
	uint32_t outputs = trees->outputs;
	ns_ranks_init(&layout->ranks, trees);
	layout->kind = choose(&layout->ranks, trees);
	layout->nodes = ns_malloc_array(nodes, sizes[layout->kind]);
	layout->values = ns_malloc_array(nodes, outputs * sizeof *layout->values);
	for (size_t t = 0; t < trees->count; t++)
		for (size_t at = trees->first[t]; at < trees->first[t + 1]; at++) {
			uint32_t number = (uint32_t)(at - trees->first[t]);
			struct ns_node node = ns_trees_node(trees, t, number);
			make_node(layout, at, node);
			for (uint32_t o = 0; node.feature < 0 && o < outputs; o++)
				layout->values[at * outputs + o] = ns_trees_value(trees, t, number, o);
		}
	return layout;
}

/* The layout, made once as many rows have walked through all trees as these have nodes on average: then it has cost about as much as it could have saved. */
static const struct layout *find_layout(struct ns_trees_fast *fast, size_t trees, size_t rows)
{
	struct layout *layout = atomic_load_explicit(&fast->layout, memory_order_acquire);
	if (layout)
		return layout;
	if (atomic_fetch_add(&fast->asked, rows * trees) + rows * trees < fast->trees.first[fast->trees.count])
		return NULL;
	pthread_mutex_lock(&fast->lock);
	layout = fast->layout;
	if (!layout) {
		layout = make_layout(&fast->trees);
		atomic_store_explicit(&fast->layout, layout, memory_order_release);
	}
	pthread_mutex_unlock(&fast->lock);
	return layout;
}

/* --- walking --- */

#define LEFT_BYTES(node) ((node) >> 16)
#define SLOT_BYTES(node) ((node) >> 8 & UINT8_MAX)
#define CODE_BYTES(node) ((node) & UINT8_MAX)
#define LEFT_WORDS(node) ((uint32_t)((node) >> 32))
#define SLOT_WORDS(node) ((uint32_t)(node) >> 16)
#define CODE_WORDS(node) ((uint32_t)(node) & UINT16_MAX)
#define LEFT_DOUBLES(node) ((node).left)
#define SLOT_DOUBLES(node) ((uint32_t)(node).feature)
#define CODE_DOUBLES(node) ((node).threshold)

/* Whether all lanes are at their leaves is asked after some steps only. */
#define WALK(name, node_type, cell_type, LEFT, SLOT, CODE)                                                                     \
	static inline void name(uint32_t *restrict at, const node_type *restrict nodes, const cell_type *restrict cells)       \
	{                                                                                                                      \
		uint32_t here[LANES] = {0}, moved;                                                                             \
		do {                                                                                                           \
			for (int step = 0; step < 3; step++)                                                                   \
				for (size_t lane = 0; lane < LANES; lane++) {                                                  \
					node_type node = nodes[here[lane]];                                                    \
					here[lane] = LEFT(node) + (cells[(size_t)SLOT(node) * LANES + lane] > CODE(node));     \
				}                                                                                              \
			moved = 0;                                                                                             \
			for (size_t lane = 0; lane < LANES; lane++) {                                                          \
				node_type node = nodes[here[lane]];                                                            \
				uint32_t next = LEFT(node) + (cells[(size_t)SLOT(node) * LANES + lane] > CODE(node));          \
				moved |= next ^ here[lane];                                                                    \
				here[lane] = next;                                                                             \
			}                                                                                                      \
		} while (moved);                                                                                               \
		memcpy(at, here, sizeof here);                                                                                 \
	}
WALK(walk_bytes, uint32_t, uint8_t, LEFT_BYTES, SLOT_BYTES, CODE_BYTES)
WALK(walk_words, uint64_t, uint16_t, LEFT_WORDS, SLOT_WORDS, CODE_WORDS)
WALK(walk_doubles, struct ns_node, double, LEFT_DOUBLES, SLOT_DOUBLES, CODE_DOUBLES)

static inline void add_values(double *restrict out, const double *restrict values, uint32_t outputs, const uint32_t *at, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (uint32_t o = 0; o < outputs; o++)
			out[row * outputs + o] += values[at[row] * (size_t)outputs + o];
}

/* A tree over a block; lanes beyond the last row walk along unheard. */
#define TREE(name, node_type, cell_type, walk)                                                                                                   \
	static void name(double *out, const void *nodes, const double *values, uint32_t outputs, const void *cells, size_t stride, size_t rows)  \
	{                                                                                                                                        \
		for (size_t row = 0; row < rows; row += LANES) {                                                                                 \
			uint32_t at[LANES];                                                                                                      \
			walk(at, (const node_type *)nodes, (const cell_type *)cells + row * stride);                                             \
			if (outputs == 2 && rows - row >= LANES)                                                                                 \
				add_values(out + row * 2, values, 2, at, LANES);                                                                 \
			else                                                                                                                     \
				add_values(out + row * outputs, values, outputs, at, rows - row < LANES ? rows - row : LANES);                   \
		}                                                                                                                                \
	}
TREE(tree_bytes, uint32_t, uint8_t, walk_bytes)
TREE(tree_words, uint64_t, uint16_t, walk_words)
TREE(tree_doubles, struct ns_node, double, walk_doubles)

static void predict_block(double *out, const struct ns_trees *trees, const struct layout *layout, const void *cells, size_t stride, size_t rows)
{
	uint32_t outputs = trees->outputs;
	memset(out, 0, rows * outputs * sizeof *out);
	for (size_t t = 0; t < trees->count; t++) {
		size_t root = trees->first[t];
		const double *values = layout->values + root * outputs;
		switch (layout->kind) {
		case BYTES: tree_bytes(out, (const uint32_t *)layout->nodes + root, values, outputs, cells, stride, rows); break;
		case WORDS: tree_words(out, (const uint64_t *)layout->nodes + root, values, outputs, cells, stride, rows); break;
		case DOUBLES: tree_doubles(out, (const struct ns_node *)layout->nodes + root, values, outputs, cells, stride, rows); break;
		}
	}
	for (size_t i = 0; i < rows * outputs; i++)
		out[i] /= (double)trees->count;
}

/* --- blocks of rows --- */

/* LANES values of a slot as cells. */
static void fill_lanes(void *cells, size_t at, const struct layout *layout, const struct ns_rank_slot *slot, const double *x)
{
	uint32_t codes[LANES];
	if (layout->kind == DOUBLES) {
		memcpy((double *)cells + at, x, LANES * sizeof *x);
		return;
	}
	ns_rank_codes(codes, slot, x);
	for (size_t lane = 0; lane < LANES; lane++)
		if (layout->kind == BYTES)
			((uint8_t *)cells)[at + lane] = (uint8_t)codes[lane];
		else
			((uint16_t *)cells)[at + lane] = (uint16_t)codes[lane];
}

/* Feature by feature, so that each one's thresholds stay near. */
static void fill_block(void *cells, const struct layout *layout, const double *const *x, size_t start, size_t rows)
{
	size_t slots = layout->ranks.count;
	for (size_t s = 0; s < slots; s++) {
		const struct ns_rank_slot *slot = &layout->ranks.slots[s];
		const double *values = x[slot->feature] + start;
		for (size_t row = 0; row < rows; row += LANES) {
			double last[LANES] = {0};
			const double *lanes = values + row;
			if (rows - row < LANES)
				lanes = memcpy(last, lanes, (rows - row) * sizeof *last);
			fill_lanes(cells, row * slots + s * LANES, layout, slot, lanes);
		}
	}
}

bool ns_trees_fast_predict(double *out, const struct ns_trees *trees, const double *const *x, size_t rows)
{
	static const size_t sizes[] = {[BYTES] = 1, [WORDS] = 2, [DOUBLES] = 8};
	const struct layout *layout = trees->fast ? find_layout(trees->fast, trees->count, rows) : NULL;
	if (!layout)
		return false;
	size_t stride = layout->ranks.count ? layout->ranks.count : 1;
	size_t block = BLOCK_BYTES / sizes[layout->kind] / stride / LANES * LANES;
	block = block < LANES ? LANES : block > BLOCK_ROWS ? BLOCK_ROWS : block;
	block = rows < block ? (rows + LANES - 1) / LANES * LANES : block;
	void *cells = ns_malloc_array(block * stride, sizes[layout->kind]);
	memset(cells, 0, block * stride * sizes[layout->kind]);
	for (size_t start = 0; start < rows; start += block) {
		size_t size = rows - start < block ? rows - start : block;
		fill_block(cells, layout, x, start, size);
		predict_block(out + start * trees->outputs, trees, layout, cells, stride, size);
	}
	free(cells);
	return true;
}
