/*
 * The layouts for many rows. A node is one word (bits, bytes: 32 bits; words: 64) or a struct ns_node (doubles):
 *
 *	bits    | left 16 | question 16 |              a row goes left where the bit of this number is clear in its 64;
 *	bytes   | left 16 | slot  8 | code  8 |         where its cell of this slot has a code <= the node's;
 *	words   | left 32 | slot 16 | code 16 |
 *	doubles | left 32 | slot 32 | threshold 64 |    left: within the tree, the right child is left + 1
 *
 * A leaf points to itself, no code is above its own (255, 65,535; doubles: infinity), and no row has its bit (63): walking on from a leaf
 * stays there, and no step has to ask whether it is at one. Cells of LANES rows lie side by side, slot by slot:
 *
 *	slot    0                       1
 *	row     0  1  2  3  4  5  6  7  0  1  2  3  ...
 *
 * A tree is walked by LANES rows at a time, whose dependent loads overlap. All rows take the first steps, as many as a training row on average, so that no branch
 * depends on the data; then those that are not at a leaf take some more, again and again.
 * Blocks are large, so that a forest comes from memory seldom.
 */
#include "model/trees_fast.h"

#include <float.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/leaves.h"
#include "model/ranks.h"

enum { LANES = NS_RANK_LANES, BLOCK_BYTES = 1024 * 1024, BLOCK_ROWS = 8192, FIRST_STEPS_MAX = 64, MORE_STEPS = 4, NO_QUESTION = 63 };
enum kind { BITS, BYTES, WORDS, DOUBLES };

struct layout {
	enum kind kind;
	struct ns_ranks ranks;
	struct ns_leaves leaves;
	void *nodes;
	uint8_t *steps; /* per tree: those that all rows take first */
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
	ns_leaves_release(&layout->leaves);
	free(layout->nodes);
	free(layout->steps);
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
	static const char *const names[] = {[BITS] = "bits", [BYTES] = "bytes", [WORDS] = "words", [DOUBLES] = "doubles"};
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
	if (ranks->total <= NO_QUESTION && largest <= UINT16_MAX + 1)
		return BITS;
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
	case BITS:
		((uint32_t *)layout->nodes)[at] = node.left << 16 | (leaf ? NO_QUESTION : (uint32_t)(layout->ranks.slots[slot].first + code));
		break;
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

/* How far a training row had to walk on average: each came to one inner node per step. */
static uint8_t mean_depth(const struct ns_trees *trees, size_t tree)
{
	size_t root = trees->first[tree];
	double steps = 0, rows = ns_narrow_number(&trees->samples, root);
	for (size_t at = root; at < trees->first[tree + 1]; at++)
		steps += ns_narrow_whole(&trees->feature, at) >= 0 ? ns_narrow_number(&trees->samples, at) : 0;
	return (uint8_t)(steps < rows * FIRST_STEPS_MAX ? steps / rows : FIRST_STEPS_MAX);
}

static struct layout *make_layout(const struct ns_trees *trees)
{
	static const size_t sizes[] = {[BITS] = sizeof(uint32_t), [BYTES] = sizeof(uint32_t), [WORDS] = sizeof(uint64_t), [DOUBLES] = sizeof(struct ns_node)};
	struct layout *layout = ns_malloc_array(1, sizeof *layout);
	size_t nodes = trees->first[trees->count];
	ns_leaves_init(&layout->leaves, trees);
	ns_ranks_init(&layout->ranks, trees);
	layout->kind = choose(&layout->ranks, trees);
	layout->nodes = ns_malloc_array(nodes, sizes[layout->kind]);
	layout->steps = ns_malloc_array(trees->count, sizeof *layout->steps);
	for (size_t t = 0; t < trees->count; t++) {
		layout->steps[t] = mean_depth(trees, t);
		for (size_t at = trees->first[t]; at < trees->first[t + 1]; at++)
			make_node(layout, at, ns_trees_node(trees, t, (uint32_t)(at - trees->first[t])));
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

static inline uint32_t step_bits(uint32_t node, const uint64_t *row)
{
	return (node >> 16) + (uint32_t)(*row >> (node & 63) & 1);
}

static inline uint32_t step_bytes(uint32_t node, const uint8_t *cells)
{
	return (node >> 16) + (cells[(size_t)(uint8_t)(node >> 8) * LANES] > (uint8_t)node);
}

static inline uint32_t step_words(uint64_t node, const uint16_t *cells)
{
	return (uint32_t)(node >> 32) + (cells[(size_t)(uint16_t)(node >> 16) * LANES] > (uint16_t)node);
}

static inline uint32_t step_doubles(struct ns_node node, const double *cells)
{
	return node.left + (cells[(size_t)node.feature * LANES] > node.threshold);
}

static inline bool is_leaf_bits(uint32_t node) { return (uint16_t)node == NO_QUESTION; }
static inline bool is_leaf_bytes(uint32_t node) { return (uint8_t)node == UINT8_MAX; }
static inline bool is_leaf_words(uint64_t node) { return (uint16_t)node == UINT16_MAX; }
static inline bool is_leaf_doubles(struct ns_node node) { return node.threshold > DBL_MAX; }

/* A block of rows on its way through a tree. */
struct walkers {
	uint32_t at[BLOCK_ROWS]; /* each row's node */
	uint32_t count;          /* of those not yet at a leaf: */
	struct {
		uint32_t row, cell;  /* cell: where its slot 0 is */
	} active[BLOCK_ROWS + LANES];
};

/* start: all rows from the root; go_on: those that are active. Rows beyond the last, and copies of the last active one, walk along unheard. */
#define WALK(layout, node_type, cell_type)                                                                                                          \
	static __attribute__((noinline)) void start_##layout(struct walkers *restrict walkers, const node_type *restrict nodes,                     \
		const cell_type *restrict cells, size_t stride, size_t rows, int steps)                                                             \
	{                                                                                                                                           \
		uint32_t count = 0;                                                                                                                 \
		for (size_t row = 0; row < rows; row += LANES) {                                                                                    \
			const cell_type *group = cells + row * stride;                                                                              \
			uint32_t here[LANES] = {0};                                                                                                 \
			for (int i = 0; i < steps; i++)                                                                                             \
				for (size_t lane = 0; lane < LANES; lane++)                                                                         \
					here[lane] = step_##layout(nodes[here[lane]], group + lane);                                                \
			for (size_t lane = 0; lane < LANES; lane++) {                                                                               \
				walkers->at[row + lane] = here[lane];                                                                               \
				walkers->active[count].row = (uint32_t)(row + lane);                                                                \
				walkers->active[count].cell = (uint32_t)(row * stride + lane);                                                      \
				count += !is_leaf_##layout(nodes[here[lane]]);                                                                      \
			}                                                                                                                           \
		}                                                                                                                                   \
		walkers->count = count;                                                                                                             \
	}                                                                                                                                           \
	static __attribute__((noinline)) void go_on_##layout(struct walkers *restrict walkers, const node_type *restrict nodes,                     \
		const cell_type *restrict cells)                                                                                                    \
	{                                                                                                                                           \
		uint32_t count = walkers->count, kept = 0;                                                                                          \
		for (size_t lane = 0; lane < LANES; lane++)                                                                                         \
			walkers->active[count + lane] = walkers->active[count - 1];                                                                 \
		for (size_t first = 0; first < count; first += LANES) {                                                                             \
			uint32_t here[LANES];                                                                                                       \
			for (size_t lane = 0; lane < LANES; lane++)                                                                                 \
				here[lane] = walkers->at[walkers->active[first + lane].row];                                                        \
			for (int i = 0; i < MORE_STEPS; i++)                                                                                        \
				for (size_t lane = 0; lane < LANES; lane++)                                                                         \
					here[lane] = step_##layout(nodes[here[lane]], cells + walkers->active[first + lane].cell);                  \
			for (size_t lane = 0; lane < LANES; lane++) {                                                                               \
				walkers->at[walkers->active[first + lane].row] = here[lane];                                                        \
				walkers->active[kept] = walkers->active[first + lane];                                                              \
				kept += first + lane < count && !is_leaf_##layout(nodes[here[lane]]);                                               \
			}                                                                                                                           \
		}                                                                                                                                   \
		walkers->count = kept;                                                                                                              \
	}                                                                                                                                           \
	static void walk_##layout(struct walkers *walkers, const void *nodes, size_t root, const void *cells, size_t stride, size_t rows, int steps) \
	{                                                                                                                                           \
		start_##layout(walkers, (const node_type *)nodes + root, cells, stride, rows, steps);                                               \
		while (walkers->count > 0)                                                                                                          \
			go_on_##layout(walkers, (const node_type *)nodes + root, cells);                                                            \
	}
WALK(bits, uint32_t, uint64_t)
WALK(bytes, uint32_t, uint8_t)
WALK(words, uint64_t, uint16_t)
WALK(doubles, struct ns_node, double)

static inline void add_leaves(double *restrict out, const double *restrict values, uint32_t outputs, const uint32_t *restrict of, const uint32_t *restrict at,
	size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (uint32_t o = 0; o < outputs; o++)
			out[row * outputs + o] += values[of[at[row]] * (size_t)outputs + o];
}

static __attribute__((noinline)) void add_values(double *out, const struct ns_leaves *leaves, size_t root, uint32_t outputs, const uint32_t *at, size_t rows)
{
	if (outputs == 2)
		add_leaves(out, leaves->values, 2, leaves->of + root, at, rows);
	else
		add_leaves(out, leaves->values, outputs, leaves->of + root, at, rows);
}

static void predict_block(double *out, struct walkers *walkers, const struct ns_trees *trees, const struct layout *layout, const void *cells, size_t stride,
	size_t rows)
{
	uint32_t outputs = trees->shape.outputs;
	memset(out, 0, rows * outputs * sizeof *out);
	for (size_t t = 0; t < trees->count; t++) {
		size_t root = trees->first[t];
		int steps = layout->steps[t];
		switch (layout->kind) {
		case BITS: walk_bits(walkers, layout->nodes, root, cells, 1, rows, steps); break;
		case BYTES: walk_bytes(walkers, layout->nodes, root, cells, stride, rows, steps); break;
		case WORDS: walk_words(walkers, layout->nodes, root, cells, stride, rows, steps); break;
		case DOUBLES: walk_doubles(walkers, layout->nodes, root, cells, stride, rows, steps); break;
		}
		add_values(out, &layout->leaves, root, outputs, walkers->at, rows);
	}
	for (size_t i = 0; i < rows * outputs; i++)
		out[i] /= (double)trees->count;
}

/* --- blocks of rows --- */

/* One slot's questions, all rows. */
static void fill_bits(uint64_t *restrict bits, const struct ns_rank_slot *slot, const double *restrict x, size_t rows)
{
	for (size_t i = 0; i < slot->count; i++) {
		double threshold = slot->thresholds[i];
		uint64_t bit = UINT64_C(1) << (slot->first + i);
		for (size_t row = 0; row < rows; row++)
			bits[row] |= x[row] > threshold ? bit : 0;
	}
}

/* LANES values of a slot as cells. */
static void fill_lanes(void *cells, size_t at, enum kind kind, const struct ns_rank_slot *slot, const double *x)
{
	uint32_t codes[LANES];
	if (kind == DOUBLES) {
		memcpy((double *)cells + at, x, LANES * sizeof *x);
		return;
	}
	ns_rank_codes(codes, slot, x);
	for (size_t lane = 0; lane < LANES; lane++)
		if (kind == BYTES)
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
		if (layout->kind == BITS) {
			fill_bits(cells, slot, values, rows);
			continue;
		}
		for (size_t row = 0; row < rows; row += LANES) {
			double last[LANES] = {0};
			const double *lanes = values + row;
			if (rows - row < LANES)
				lanes = memcpy(last, lanes, (rows - row) * sizeof *last);
			fill_lanes(cells, row * slots + s * LANES, layout->kind, slot, lanes);
		}
	}
}

bool ns_trees_fast_predict(double *out, const struct ns_trees *trees, const double *const *x, size_t rows)
{
	static const size_t sizes[] = {[BITS] = 8, [BYTES] = 1, [WORDS] = 2, [DOUBLES] = 8};
	const struct layout *layout = trees->fast && trees->shape.link == NS_LINK_MEAN && !trees->shape.missing ? find_layout(trees->fast, trees->count, rows) : NULL;
	if (!layout)
		return false;
	size_t stride = layout->kind == BITS || layout->ranks.count == 0 ? 1 : layout->ranks.count, row_size = stride * sizes[layout->kind];
	size_t block = BLOCK_BYTES / row_size / LANES * LANES;
	block = block < LANES ? LANES : block > BLOCK_ROWS ? BLOCK_ROWS : block;
	block = rows < block ? (rows + LANES - 1) / LANES * LANES : block;
	void *cells = ns_malloc_array(block, row_size);
	struct walkers *walkers = ns_malloc_array(1, sizeof *walkers);
	for (size_t start = 0; start < rows; start += block) {
		size_t size = rows - start < block ? rows - start : block;
		memset(cells, 0, block * row_size);
		fill_block(cells, layout, x, start, size);
		predict_block(out + start * trees->shape.outputs, walkers, trees, layout, cells, stride, size);
	}
	free(walkers);
	free(cells);
	return true;
}
