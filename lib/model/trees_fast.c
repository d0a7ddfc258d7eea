#include "model/trees_fast.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "model/leaves.h"
#include "model/walk.h"

struct layout {
	struct ns_ranks ranks;
	struct ns_leaves leaves;
	struct ns_walk walk;
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
	return layout ? names[layout->walk.kind] : NULL;
}

static struct layout *make_layout(const struct ns_trees *trees)
{
	struct layout *layout = ns_malloc_array(1, sizeof *layout);
	ns_leaves_init(&layout->leaves, trees);
	ns_ranks_init(&layout->ranks, trees);
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

/* A leaf's `width` values, of row after row, go to sums that are `step` apart. */
static inline void add_leaves(double *restrict sums, size_t step, const double *restrict values, uint32_t width, const uint32_t *restrict of,
	const uint32_t *restrict at, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (uint32_t i = 0; i < width; i++)
			sums[row * step + i] += values[of[at[row]] * (size_t)width + i];
}

/* The widths that most models have, for the compiler to know them. */
static __attribute__((noinline)) void add_values(double *sums, const struct ns_leaves *leaves, const struct ns_trees *trees, size_t tree,
	const uint32_t *at, size_t rows)
{
	uint32_t outputs = trees->shape.outputs, width = trees->shape.width;
	const uint32_t *of = leaves->of + trees->first[tree];
	if (outputs == 1)
		add_leaves(sums, 1, leaves->values, 1, of, at, rows);
	else if (width == 1)
		add_leaves(sums + tree % outputs, outputs, leaves->values, 1, of, at, rows);
	else if (width == 2)
		add_leaves(sums, 2, leaves->values, 2, of, at, rows);
	else
		add_leaves(sums, outputs, leaves->values, width, of, at, rows);
}

/* One block: each model's sums are those after its last tree. */
static void predict_block(double *const *out, const struct ns_trees *const *trees, size_t count, const struct layout *layout, struct ns_walkers *walkers,
	double *sums, const struct ns_cells *cells, size_t start)
{
	const struct ns_trees_shape *shape = &trees[0]->shape;
	size_t classes = shape->link == NS_LINK_LOGISTIC ? 2 : shape->outputs, done = 0;
	memset(sums, 0, cells->rows * shape->outputs * sizeof *sums);
	for (size_t i = 0; i < count; i++) {
		for (; done < trees[i]->count; done++) {
			ns_walk_tree(walkers, &layout->walk, done, trees[i]->first[done], cells);
			add_values(sums, &layout->leaves, trees[i], done, walkers->at, cells->rows);
		}
		ns_trees_link(out[i] + start * classes, trees[i], sums, cells->rows);
	}
}

bool ns_trees_fast_predict(double *const *out, const struct ns_trees *const *trees, size_t count, const double *const *x, size_t rows)
{
	struct ns_trees_fast *fast = trees[0]->fast;
	const struct layout *layout = fast ? find_layout(fast, trees[count - 1]->count, rows) : NULL;
	if (!layout)
		return false;
	struct ns_cells cells;
	ns_cells_init(&cells, layout->walk.kind, &layout->ranks, rows);
	double *sums = ns_malloc_array(cells.room, trees[0]->shape.outputs * sizeof *sums);
	struct ns_walkers *walkers = ns_malloc_array(1, sizeof *walkers);
	for (size_t start = 0; start < rows; start += cells.room) {
		ns_cells_fill(&cells, &layout->ranks, x, start, rows - start < cells.room ? rows - start : cells.room);
		predict_block(out, trees, count, layout, walkers, sums, &cells, start);
	}
	free(walkers);
	free(sums);
	ns_cells_release(&cells);
	return true;
}
