#include "near/neighbors.h"

#include <assert.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cpu.h"
#include "base/parallel.h"

/* A block of points stays in the cache while all queries of a piece meet it. */
enum { PIECE = 64, NONE = -1 };

/* Per worker: a piece's queries, those that fit as cells first, and a group's distances to a block. */
struct scratch {
	double *values;
	uint16_t *cells;
	double *far;
	uint16_t *far_cells;
};

struct search {
	const struct ns_points *points;
	const struct ns_neighbors_query *query;
	uint32_t *nearest;
	double *distance;
	struct scratch *scratch;
};

/* The nearest so far of one query. */
struct list {
	uint32_t *nearest;
	double *distance;
	size_t count, k;
	uint32_t self;
};

/* Points come in ascending order: one that is as near as the last stands behind it. */
static void insert(struct list *list, uint32_t point, double distance)
{
	if (point == list->self)
		return;
	size_t at = list->count < list->k ? list->count++ : list->k - 1;
	for (; at && list->distance[at - 1] > distance; at--) {
		list->distance[at] = list->distance[at - 1];
		list->nearest[at] = list->nearest[at - 1];
	}
	list->distance[at] = distance;
	list->nearest[at] = point;
}

static void look(struct list *list, const double *far, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list->count < list->k || far[i] < list->distance[list->k - 1])
			insert(list, (uint32_t)(first + i), far[i]);
}

/* The farthest that would still be taken, in cells; NONE: nothing would. */
static int32_t limit_of(const struct list *list, double step)
{
	return list->count < list->k ? UINT16_MAX : (int32_t)(list->distance[list->k - 1] / step) - 1;
}

enum { MASKED = 32 };

/* Bit i: far[i] <= limit. 32 of them. */
#if defined(__x86_64__)
static inline uint32_t within(const uint16_t *far, uint16_t limit)
{
	const __m128i *from = (const __m128i *)far;
	__m128i most = _mm_set1_epi16((short)limit), zero = _mm_setzero_si128();
	uint32_t mask = 0;
	for (int half = 0; half < 2; half++) {
		__m128i a = _mm_cmpeq_epi16(_mm_subs_epu16(_mm_loadu_si128(from + 2 * half), most), zero);
		__m128i b = _mm_cmpeq_epi16(_mm_subs_epu16(_mm_loadu_si128(from + 2 * half + 1), most), zero);
		mask |= (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(a, b)) << 16 * half;
	}
	return mask;
}
#else
static inline uint32_t within(const uint16_t *far, uint16_t limit)
{
	uint32_t mask = 0;
	for (int i = 0; i < MASKED; i++)
		mask |= (uint32_t)(far[i] <= limit) << i;
	return mask;
}
#endif

static void look_at_cells(struct list *list, const uint16_t *far, size_t first, size_t count, double step)
{
	int32_t limit = limit_of(list, step);
	for (size_t from = 0; from < count && limit != NONE; from += MASKED) {
		uint32_t mask = within(far + from, (uint16_t)limit);
		mask &= count - from < MASKED ? (UINT32_C(1) << (count - from)) - 1 : UINT32_MAX;
		for (; mask && limit != NONE; mask &= mask - 1) {
			size_t i = from + (size_t)__builtin_ctz(mask);
			if (far[i] > limit)
				continue;
			insert(list, (uint32_t)(first + i), far[i] * step);
			limit = limit_of(list, step);
		}
	}
}

/* A group meets a block. */
static void meet(struct list *const *lists, size_t count, const double *queries, const struct search *search, const struct scratch *scratch, size_t first,
	size_t points)
{
	ns_points_measure(scratch->far, search->points, queries, count, first);
	for (size_t q = 0; q < count; q++)
		look(lists[q], scratch->far + q * NS_POINTS_BLOCK, first, points);
}

static void meet_cells(struct list *const *lists, size_t count, const uint16_t *queries, const struct search *search, const struct scratch *scratch,
	size_t first, size_t points)
{
	ns_points_measure_cells(scratch->far_cells, search->points, queries, count, first);
	for (size_t q = 0; q < count; q++)
		look_at_cells(lists[q], scratch->far_cells + q * NS_POINTS_BLOCK, first, points, search->points->step);
}

/* Lays out a piece's queries; those that fit as cells come first in `order`, the others from its end. */
static size_t load(struct list **order, struct list *lists, const struct scratch *scratch, const struct search *search, size_t first, size_t count)
{
	const struct ns_neighbors_query *query = search->query;
	size_t features = search->points->features, coded = 0, plain = 0;
	for (size_t i = 0; i < count; i++) {
		double *values = scratch->values + plain * features;
		ns_points_query(values, search->points, query->x, query->rows ? query->rows[first + i] : first + i);
		if (ns_points_encode(scratch->cells + coded * features, search->points, values))
			order[coded++] = &lists[i];
		else
			order[PIECE + plain++] = &lists[i];
	}
	return coded;
}

static void search_piece(void *context, size_t piece, int worker)
{
	const struct search *search = context;
	const struct ns_neighbors_query *query = search->query;
	const struct scratch *scratch = &search->scratch[worker];
	size_t features = search->points->features, rows = search->points->rows;
	size_t first = piece * PIECE, count = query->count - first < PIECE ? query->count - first : PIECE;
	struct list lists[PIECE], *order[2 * PIECE];
	for (size_t i = 0; i < count; i++) {
		size_t at = (first + i) * query->k;
		lists[i] = (struct list){search->nearest + at, search->distance + at, 0, query->k, query->self ? query->self[first + i] : UINT32_MAX};
	}
	size_t coded = load(order, lists, scratch, search, first, count), plain = count - coded;
	for (size_t block = 0; block < rows; block += NS_POINTS_BLOCK) {
		size_t points = rows - block < NS_POINTS_BLOCK ? rows - block : NS_POINTS_BLOCK;
		for (size_t i = 0; i < coded; i += NS_POINTS_GROUP)
			meet_cells(order + i, coded - i < NS_POINTS_GROUP ? coded - i : NS_POINTS_GROUP, scratch->cells + i * features, search, scratch, block, points);
		for (size_t i = 0; i < plain; i += NS_POINTS_GROUP)
			meet(order + PIECE + i, plain - i < NS_POINTS_GROUP ? plain - i : NS_POINTS_GROUP, scratch->values + i * features, search, scratch, block,
				points);
	}
}

void ns_neighbors_find(uint32_t *nearest, double *distance, const struct ns_points *points, const struct ns_neighbors_query *query)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct search search = {points, query, nearest, distance, NULL};
	assert(query->k > 0 && query->k <= points->rows - (query->self != NULL) && points->rows < UINT32_MAX);
	if (!distance)
		search.distance = ns_alloc_array(&arena, query->count, query->k * sizeof *distance);
	search.scratch = NS_NEW_ARRAY(&arena, struct scratch, (size_t)query->threads);
	for (int i = 0; i < query->threads; i++) {
		struct scratch *scratch = &search.scratch[i];
		scratch->values = ns_alloc_array(&arena, PIECE, points->features * sizeof *scratch->values);
		scratch->cells = ns_alloc_array(&arena, PIECE, points->features * sizeof *scratch->cells);
		scratch->far = NS_NEW_ARRAY(&arena, double, NS_POINTS_GROUP * NS_POINTS_BLOCK);
		scratch->far_cells = NS_NEW_ARRAY(&arena, uint16_t, NS_POINTS_GROUP * NS_POINTS_BLOCK);
	}
	ns_parallel(query->threads, (query->count + PIECE - 1) / PIECE, search_piece, &search);
	ns_arena_release(&arena);
}
