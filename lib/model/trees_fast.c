#include "model/trees_fast.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/distinct.h"
#include "model/jumps.h"
#include "model/walk.h"

struct layout {
	struct ns_ranks ranks;
	struct ns_leaves leaves;
	bool jumping;
	struct ns_jumps jumps; /* either this */
	struct ns_walk walk;   /* or this */
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
	ns_walk_release(&layout->walk);
	ns_jumps_release(&layout->jumps);
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
	static const char *const names[] = {[NS_CELL_BITS] = "bits", [NS_CELL_BYTES] = "bytes", [NS_CELL_WORDS] = "words", [NS_CELL_DOUBLES] = "doubles"};
	const struct layout *layout = fast->layout;
	return !layout ? NULL : layout->jumping ? "jumps" : names[layout->walk.kind];
}

static struct layout *make_layout(const struct ns_trees *trees)
{
	struct layout *layout = ns_malloc_array(1, sizeof *layout);
	*layout = (struct layout){0};
	ns_leaves_init(&layout->leaves, trees);
	ns_ranks_init(&layout->ranks, trees);
	layout->jumping = ns_jumps_init(&layout->jumps, trees, &layout->ranks, &layout->leaves);
	if (!layout->jumping)
		ns_walk_init(&layout->walk, trees, &layout->ranks);
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

/* --- adding up --- */

/* Trees whose values are added at once; rows that are looked up together, for so many trees that it is worth while. */
enum { TOGETHER = 4, PORTION = 1024, WORTH_LOOKING = 16 };

/* What a thread needs for a block. */
struct scratch {
	struct ns_cells cells;
	double *sums;
	struct ns_walkers *walkers;  /* walking */
	uint32_t *active;            /* jumping */
	uint32_t *at[TOGETHER];      /* each row's leaf values, of some trees */
	bool repeats;                /* rows come again: */
	struct ns_distinct distinct;
	double *probability;         /* of the different ones */
};

/* Leaves' `width` values, of row after row, tree after tree, go to sums that are `step` apart. */
static inline void add_leaves(double *restrict sums, size_t step, const double *restrict values, uint32_t width, uint32_t *const *at, size_t trees, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (uint32_t i = 0; i < width; i++) {
			double sum = sums[row * step + i];
			for (size_t t = 0; t < trees; t++)
				sum += values[at[t][row] * (size_t)width + i];
			sums[row * step + i] = sum;
		}
}

/* The widths that most models have, for the compiler to know them. */
static __attribute__((noinline)) void add_values(double *sums, const double *values, const struct ns_trees_shape *shape, size_t tree, uint32_t *const *at,
	size_t trees, size_t rows)
{
	uint32_t outputs = shape->outputs, width = shape->width;
	if (outputs == 1 && trees == TOGETHER)
		add_leaves(sums, 1, values, 1, at, TOGETHER, rows);
	else if (width == 2 && trees == TOGETHER)
		add_leaves(sums, 2, values, 2, at, TOGETHER, rows);
	else
		for (size_t t = 0; t < trees; t++)
			add_leaves(sums + (width == 1 ? (tree + t) % outputs : 0), outputs, values, width, at + t, 1, rows);
}

/* Some trees' values are added to the sums of a block. */
static void add_trees(struct scratch *scratch, const struct layout *layout, const struct ns_trees *trees, size_t first, size_t count)
{
	const struct ns_cells *cells = &scratch->cells;
	for (size_t t = 0; t < count; t++)
		if (layout->jumping) {
			ns_jumps_tree(scratch->at[t], scratch->active, &layout->jumps, first + t, cells);
		} else {
			size_t root = trees->first[first + t];
			ns_walk_tree(scratch->at[t], scratch->walkers, &layout->walk, first + t, root, layout->leaves.of + root, cells);
		}
	add_values(scratch->sums, layout->leaves.values, &trees->shape, first, scratch->at, count, cells->rows);
}

static size_t classes_of(const struct ns_trees_shape *shape)
{
	return shape->link == NS_LINK_LOGISTIC ? 2 : shape->outputs;
}

/* The sums become a model's probabilities, of the block's rows or of all those that are like them. */
static void finish(double *out, struct scratch *scratch, const struct ns_trees *trees)
{
	size_t classes = classes_of(&trees->shape);
	const struct ns_distinct *distinct = &scratch->distinct;
	if (!scratch->repeats) {
		ns_trees_link(out, trees, scratch->sums, scratch->cells.rows);
		return;
	}
	ns_trees_link(scratch->probability, trees, scratch->sums, scratch->cells.rows);
	for (size_t row = 0; row < distinct->rows; row++)
		for (size_t c = 0; c < classes; c++)
			out[row * classes + c] = scratch->probability[distinct->of[row] * classes + c];
}

/* One block: each model's sums are those after its last tree. */
static void predict_block(double *const *out, struct scratch *scratch, const struct ns_trees *const *trees, size_t count, const struct layout *layout,
	size_t start)
{
	const struct ns_trees_shape *shape = &trees[0]->shape;
	size_t done = 0;
	memset(scratch->sums, 0, scratch->cells.rows * shape->outputs * sizeof *scratch->sums);
	for (size_t i = 0; i < count; i++) {
		for (size_t some; done < trees[i]->count; done += some) {
			some = trees[i]->count - done < TOGETHER ? trees[i]->count - done : TOGETHER;
			add_trees(scratch, layout, trees[i], done, some);
		}
		finish(out[i] + start * classes_of(shape), scratch, trees[i]);
	}
}

/* The cells of the next rows, from start on: as many as fit, or as have no more different ones than fit. How many they are. */
static size_t fill_block(struct scratch *scratch, const struct layout *layout, const double *const *x, size_t start, size_t rows)
{
	struct ns_cells *cells = &scratch->cells;
	struct ns_distinct *distinct = &scratch->distinct;
	size_t left = rows - start;
	if (!scratch->repeats) {
		ns_cells_fill(cells, &layout->ranks, x, start, left < cells->room ? left : cells->room);
		return cells->rows;
	}
	ns_distinct_clear(distinct);
	while (distinct->rows < left && distinct->count < cells->room) {
		size_t free_room = cells->room - distinct->count, portion = free_room < PORTION ? free_room : PORTION;
		portion = left - distinct->rows < portion ? left - distinct->rows : portion;
		ns_cells_fill(cells, &layout->ranks, x, start + distinct->rows, portion);
		ns_distinct_add(distinct, cells->cells, portion);
	}
	memcpy(cells->cells, distinct->bits, distinct->count * sizeof *distinct->bits);
	cells->rows = distinct->count;
	return distinct->rows;
}

static void scratch_init(struct scratch *scratch, const struct layout *layout, const struct ns_trees_shape *shape, size_t trees, size_t rows)
{
	*scratch = (struct scratch){0};
	ns_cells_init(&scratch->cells, layout->jumping ? NS_CELL_BITS : layout->walk.kind, &layout->ranks, rows);
	size_t room = scratch->cells.room;
	scratch->sums = ns_malloc_array(room, shape->outputs * sizeof *scratch->sums);
	scratch->walkers = layout->jumping ? NULL : ns_malloc_array(1, sizeof *scratch->walkers);
	scratch->active = ns_malloc_array(room + NS_ACTIVE_MORE, sizeof *scratch->active);
	scratch->at[0] = ns_malloc_array(room, TOGETHER * sizeof *scratch->at[0]);
	for (size_t t = 1; t < TOGETHER; t++)
		scratch->at[t] = scratch->at[0] + t * room;
	scratch->repeats = scratch->cells.kind == NS_CELL_BITS && trees >= WORTH_LOOKING;
	if (!scratch->repeats)
		return;
	ns_distinct_init(&scratch->distinct, room, rows);
	scratch->probability = ns_malloc_array(room, classes_of(shape) * sizeof *scratch->probability);
}

static void scratch_release(struct scratch *scratch)
{
	free(scratch->probability);
	ns_distinct_release(&scratch->distinct);
	free(scratch->at[0]);
	free(scratch->active);
	free(scratch->walkers);
	free(scratch->sums);
	ns_cells_release(&scratch->cells);
}

bool ns_trees_fast_predict(double *const *out, const struct ns_trees *const *trees, size_t count, const double *const *x, size_t rows)
{
	struct ns_trees_fast *fast = trees[0]->fast;
	const struct layout *layout = fast ? find_layout(fast, trees[count - 1]->count, rows) : NULL;
	struct scratch scratch;
	if (!layout)
		return false;
	scratch_init(&scratch, layout, &trees[0]->shape, trees[count - 1]->count, rows);
	for (size_t start = 0, done; start < rows; start += done) {
		done = fill_block(&scratch, layout, x, start, rows);
		predict_block(out, &scratch, trees, count, layout, start);
		scratch.repeats = scratch.repeats && 4 * scratch.distinct.count < 3 * scratch.distinct.rows; /* else looking does not pay */
	}
	scratch_release(&scratch);
	return true;
}
