#include "near/neighbors.h"

#include <assert.h>
#include <string.h>

#include "base/parallel.h"

/*
 * References stand in tiles of LANES rows, feature by feature: tiles[(tile * features + feature) * LANES + lane], the last one filled up
 * with zeroes. A group of queries meets a tile at once, so that LANES * GROUP sums are in registers; a block of tiles stays in
 * the cache while all queries of a piece meet it.
 */
enum { LANES = 4, GROUP = 4, PIECE = 64, BLOCK_BYTES = 128 * 1024 };

void ns_neighbors_init(struct ns_neighbors *neighbors, const double *const *x, const uint32_t *rows, size_t count, size_t features,
	struct ns_arena *arena)
{
	size_t tiles = count / LANES + (count % LANES != 0);
	double *values = ns_alloc_array(arena, tiles * LANES, features * sizeof *values);
	for (size_t i = 0; i < count; i++)
		for (size_t f = 0; f < features; f++)
			values[(i / LANES * features + f) * LANES + i % LANES] = x[f][rows ? rows[i] : i];
	*neighbors = (struct ns_neighbors){count, features, values};
}

struct search {
	const struct ns_neighbors *neighbors;
	const struct ns_neighbors_query *query;
	uint32_t *nearest;
	double *squared;
	size_t block;    /* tiles in a block */
	double **scratch; /* per worker: the values of a piece's queries, group by group */
};

/* The nearest so far of one query. */
struct list {
	uint32_t *nearest;
	double *squared;
	size_t count, k;
	uint32_t self;
};

/* References come in ascending order: one that is as near as the last stands behind it. */
static void insert(struct list *list, uint32_t reference, double squared)
{
	if (reference == list->self)
		return;
	size_t at = list->count < list->k ? list->count++ : list->k - 1;
	for (; at && list->squared[at - 1] > squared; at--) {
		list->squared[at] = list->squared[at - 1];
		list->nearest[at] = list->nearest[at - 1];
	}
	list->squared[at] = squared;
	list->nearest[at] = reference;
}

static void measure(double sums[GROUP][LANES], const double *tile, const double *group, size_t features)
{
	double sum[GROUP][LANES] = {{0}};
	for (size_t f = 0; f < features; f++, tile += LANES, group += GROUP)
		for (size_t q = 0; q < GROUP; q++)
			for (size_t lane = 0; lane < LANES; lane++) {
				double apart = tile[lane] - group[q];
				sum[q][lane] += apart * apart;
			}
	memcpy(sums, sum, sizeof sum);
}

/* The tiles from first to last as seen by a group of `count` queries. */
static void meet(struct list *lists, size_t count, const double *group, const struct ns_neighbors *neighbors, size_t first, size_t last)
{
	double sums[GROUP][LANES];
	for (size_t tile = first; tile < last; tile++) {
		size_t lanes = neighbors->rows - tile * LANES < LANES ? neighbors->rows - tile * LANES : LANES;
		measure(sums, neighbors->tiles + tile * neighbors->features * LANES, group, neighbors->features);
		for (size_t q = 0; q < count; q++) {
			struct list *list = &lists[q];
			for (size_t lane = 0; lane < lanes; lane++)
				if (list->count < list->k || sums[q][lane] < list->squared[list->k - 1])
					insert(list, (uint32_t)(tile * LANES + lane), sums[q][lane]);
		}
	}
}

/* The queries' values, GROUP side by side for each feature; groups that are not full repeat the last query. */
static void load(double *values, const struct ns_neighbors_query *query, size_t first, size_t count, size_t features)
{
	for (size_t i = 0; i < (count + GROUP - 1) / GROUP * GROUP; i++) {
		size_t at = first + (i < count ? i : count - 1), row = query->rows ? query->rows[at] : at;
		for (size_t f = 0; f < features; f++)
			values[(i / GROUP * features + f) * GROUP + i % GROUP] = query->x[f][row];
	}
}

static void search_piece(void *context, size_t piece, int worker)
{
	struct search *search = context;
	const struct ns_neighbors_query *query = search->query;
	size_t features = search->neighbors->features, tiles = search->neighbors->rows / LANES + (search->neighbors->rows % LANES != 0);
	size_t first = piece * PIECE, count = query->count - first < PIECE ? query->count - first : PIECE;
	double *values = search->scratch[worker];
	struct list lists[PIECE];
	for (size_t i = 0; i < count; i++) {
		size_t at = (first + i) * query->k;
		lists[i] = (struct list){search->nearest + at, search->squared + at, 0, query->k, query->self ? query->self[first + i] : UINT32_MAX};
	}
	load(values, query, first, count, features);
	for (size_t tile = 0; tile < tiles; tile += search->block) {
		size_t last = tiles - tile < search->block ? tiles : tile + search->block;
		for (size_t i = 0; i < count; i += GROUP)
			meet(lists + i, count - i < GROUP ? count - i : GROUP, values + i * features, search->neighbors, tile, last);
	}
}

void ns_neighbors_find(uint32_t *nearest, double *squared, const struct ns_neighbors *neighbors, const struct ns_neighbors_query *query)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct search search = {neighbors, query, nearest, squared, 0, NULL};
	assert(query->k > 0 && query->k <= neighbors->rows - (query->self != NULL) && neighbors->rows < UINT32_MAX);
	if (!squared)
		search.squared = ns_alloc_array(&arena, query->count, query->k * sizeof *squared);
	size_t tile_bytes = (neighbors->features + 1) * LANES * sizeof(double);
	search.block = tile_bytes < BLOCK_BYTES ? BLOCK_BYTES / tile_bytes : 1;
	search.scratch = NS_NEW_ARRAY(&arena, double *, (size_t)query->threads);
	for (int i = 0; i < query->threads; i++)
		search.scratch[i] = ns_alloc_array(&arena, PIECE, neighbors->features * sizeof(double));
	ns_parallel(query->threads, (query->count + PIECE - 1) / PIECE, search_piece, &search);
	ns_arena_release(&arena);
}
