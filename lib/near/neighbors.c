#include "near/neighbors.h"

#include <assert.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cpu.h"
#include "base/parallel.h"
#include "near/screen.h"

/* A block of points stays in the cache while all queries of a piece meet it. */
enum { PIECE = 64, NONE = -1 };

/* Screening pays where many ask, and where few pass: else the whole block is measured. */
enum { MANY_QUERIES = 256, PASS_MAX = 48 /* a multiple of AT_ONCE */ };

/* Per worker: a piece's queries, those that fit as cells first, and a group's distances to a block. */
struct scratch {
	double *values;
	uint16_t *cells;
	double *far;
	uint16_t *far_cells;
	float *screened; /* as values, */
	double *lengths; /* and how long each is */
};

struct search {
	const struct ns_points *points;
	const struct ns_neighbors_query *query;
	uint32_t *nearest;
	double *distance;
	struct scratch *scratch;
	const struct ns_screen *screen; /* NULL: every distance is measured */
	/* of those that are tied */
	double *sums;
	const double *at, *values;
	size_t width;
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

/* --- those that are tied --- */

/* Bit i: far[i] == wanted. 32 of them. */
static inline uint32_t equal_to(const uint16_t *far, uint16_t wanted)
{
	return within(far, wanted) & (wanted ? ~within(far, (uint16_t)(wanted - 1)) : UINT32_MAX);
}

static void add(double *sums, const struct search *search, size_t point)
{
	for (size_t w = 0; w < search->width; w++)
		sums[w] += search->values[point * search->width + w];
}

static void add_tied(double *sums, const struct search *search, const double *far, double wanted, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (far[i] == wanted)
			add(sums, search, first + i);
}

static void add_tied_cells(double *sums, const struct search *search, const uint16_t *far, uint16_t wanted, size_t first, size_t count)
{
	for (size_t from = 0; from < count; from += MASKED) {
		uint32_t mask = equal_to(far + from, wanted);
		mask &= count - from < MASKED ? (UINT32_C(1) << (count - from)) - 1 : UINT32_MAX;
		for (; mask; mask &= mask - 1)
			add(sums, search, first + from + (size_t)__builtin_ctz(mask));
	}
}

/* --- pieces --- */

/* A piece's queries: order[i] is the i-th that fits as cells, order[PIECE + i] the i-th that does not; each by its place in the piece. */
struct piece {
	struct list lists[PIECE]; /* when neighbours are looked for */
	size_t order[2 * PIECE], first, coded, plain;
};

/* A group meets a block of `points` points. */
static void meet(struct piece *piece, const struct search *search, const struct scratch *scratch, size_t at, size_t count, bool coded, size_t block, size_t points)
{
	size_t features = search->points->features;
	const size_t *order = piece->order + (coded ? 0 : PIECE) + at;
	double step = search->points->step;
	if (coded)
		ns_points_measure_cells(scratch->far_cells, search->points, scratch->cells + at * features, count, block);
	else
		ns_points_measure(scratch->far, search->points, scratch->values + at * features, count, block);
	for (size_t q = 0; q < count; q++) {
		const uint16_t *cells = scratch->far_cells + q * NS_POINTS_BLOCK;
		const double *far = scratch->far + q * NS_POINTS_BLOCK;
		size_t asking = piece->first + order[q];
		if (search->sums && coded)
			add_tied_cells(search->sums + asking * search->width, search, cells, (uint16_t)(search->at[asking] / step), block, points);
		else if (search->sums)
			add_tied(search->sums + asking * search->width, search, far, search->at[asking], block, points);
		else if (coded)
			look_at_cells(&piece->lists[order[q]], cells, block, points, step);
		else
			look(&piece->lists[order[q]], far, block, points);
	}
}

/* --- screening --- */

enum { AT_ONCE = 4 };

/* The same sums as points.c makes: of a few points, so that one does not wait for the other. */
static void measure_few(double *far, const struct ns_points *points, const double *query, const uint32_t *which)
{
	enum { LANES = 16 };
	const double *at[AT_ONCE];
	double sum[AT_ONCE] = {0};
	for (int i = 0; i < AT_ONCE; i++)
		at[i] = points->values + which[i] / LANES * LANES * points->features + which[i] % LANES;
	for (size_t f = 0; f < points->features; f++)
		for (int i = 0; i < AT_ONCE; i++) {
			double apart = at[i][f * LANES] - query[f];
			sum[i] += apart * apart;
		}
	memcpy(far, sum, sizeof sum);
}

static void look_at_passed(struct list *list, const struct ns_points *points, const double *query, const uint64_t *bits, size_t block)
{
	uint32_t passed[PASS_MAX + AT_ONCE] = {0};
	double far[AT_ONCE];
	size_t count = 0;
	for (size_t t = 0; t < NS_SCREEN_TILES; t++)
		for (uint64_t left = bits[t]; left; left &= left - 1)
			passed[count++] = (uint32_t)(block + t * NS_SCREEN_TILE + (size_t)__builtin_ctzll(left));
	for (size_t i = 0; i < count; i += AT_ONCE) {
		measure_few(far, points, query, passed + i);
		for (size_t k = 0; k < AT_ONCE && i + k < count; k++)
			look(list, &far[k], passed[i + k], 1);
	}
}

static size_t count_bits(const uint64_t *bits)
{
	size_t count = 0;
	for (size_t t = 0; t < NS_SCREEN_TILES; t++)
		count += (size_t)__builtin_popcountll(bits[t]);
	return count;
}

/* A whole group whose lists are full meets a block: only those points are measured that may be nearer; false: all have to be. */
static bool meet_screened(struct piece *piece, const struct search *search, const struct scratch *scratch, size_t at, size_t block)
{
	const struct ns_points *points = search->points;
	uint64_t bits[NS_POINTS_GROUP * NS_SCREEN_TILES];
	float thresholds[NS_POINTS_GROUP];
	for (size_t q = 0; q < NS_POINTS_GROUP; q++) {
		const struct list *list = &piece->lists[piece->order[PIECE + at + q]];
		if (list->count < list->k || !ns_screen_threshold(&thresholds[q], search->screen, block, scratch->lengths[at + q], list->distance[list->k - 1]))
			return false;
	}
	ns_screen_block(bits, search->screen, scratch->screened + at * points->features, thresholds, block);
	for (size_t q = 0; q < NS_POINTS_GROUP; q++)
		if (count_bits(bits + q * NS_SCREEN_TILES) > PASS_MAX)
			return false;
	for (size_t q = 0; q < NS_POINTS_GROUP; q++)
		look_at_passed(&piece->lists[piece->order[PIECE + at + q]], points, scratch->values + (at + q) * points->features, bits + q * NS_SCREEN_TILES, block);
	return true;
}

/* Lays out a piece's queries. */
static void load(struct piece *piece, const struct scratch *scratch, const struct search *search, size_t count)
{
	const struct ns_neighbors_query *query = search->query;
	size_t features = search->points->features;
	for (size_t i = 0; i < count; i++) {
		double *values = scratch->values + piece->plain * features;
		ns_points_query(values, search->points, query->x, query->rows ? query->rows[piece->first + i] : piece->first + i);
		if (ns_points_encode(scratch->cells + piece->coded * features, search->points, values))
			piece->order[piece->coded++] = i;
		else
			piece->order[PIECE + piece->plain++] = i;
		if (search->screen) /* no point is in cells then */
			scratch->lengths[i] = ns_screen_query(scratch->screened + i * features, search->screen, values);
	}
}

static void search_piece(void *context, size_t which, int worker)
{
	const struct search *search = context;
	const struct ns_neighbors_query *query = search->query;
	const struct scratch *scratch = &search->scratch[worker];
	size_t rows = search->points->rows, count = query->count - which * PIECE < PIECE ? query->count - which * PIECE : PIECE;
	struct piece piece = {.first = which * PIECE};
	for (size_t i = 0; i < count && !search->sums; i++) {
		size_t at = (piece.first + i) * query->k;
		piece.lists[i] = (struct list){search->nearest + at, search->distance + at, 0, query->k, query->self ? query->self[piece.first + i] : UINT32_MAX};
	}
	load(&piece, scratch, search, count);
	for (size_t block = 0; block < rows; block += NS_POINTS_BLOCK) {
		size_t points = rows - block < NS_POINTS_BLOCK ? rows - block : NS_POINTS_BLOCK;
		for (size_t i = 0; i < piece.coded; i += NS_POINTS_GROUP)
			meet(&piece, search, scratch, i, piece.coded - i < NS_POINTS_GROUP ? piece.coded - i : NS_POINTS_GROUP, true, block, points);
		for (size_t i = 0; i < piece.plain; i += NS_POINTS_GROUP) {
			size_t group = piece.plain - i < NS_POINTS_GROUP ? piece.plain - i : NS_POINTS_GROUP;
			if (!search->screen || group < NS_POINTS_GROUP || !meet_screened(&piece, search, scratch, i, block))
				meet(&piece, search, scratch, i, group, false, block, points);
		}
	}
}

static void run(struct search *search, struct ns_arena *arena)
{
	int threads = search->query->threads;
	size_t features = search->points->features;
	search->scratch = NS_NEW_ARRAY(arena, struct scratch, (size_t)threads);
	for (int i = 0; i < threads; i++) {
		struct scratch *scratch = &search->scratch[i];
		scratch->values = ns_alloc_array(arena, PIECE, features * sizeof *scratch->values);
		scratch->cells = ns_alloc_array(arena, PIECE, features * sizeof *scratch->cells);
		scratch->far = NS_NEW_ARRAY(arena, double, NS_POINTS_GROUP * NS_POINTS_BLOCK);
		scratch->far_cells = NS_NEW_ARRAY(arena, uint16_t, NS_POINTS_GROUP * NS_POINTS_BLOCK);
		if (search->screen) {
			scratch->screened = ns_alloc_array(arena, PIECE, features * sizeof *scratch->screened);
			scratch->lengths = NS_NEW_ARRAY(arena, double, PIECE);
		}
	}
	ns_parallel(threads, (search->query->count + PIECE - 1) / PIECE, search_piece, search);
}

void ns_neighbors_find(uint32_t *nearest, double *distance, const struct ns_points *points, const struct ns_neighbors_query *query)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct search search = {.points = points, .query = query, .nearest = nearest, .distance = distance};
	struct ns_screen screen;
	assert(query->k > 0 && query->k <= points->rows - (query->self != NULL) && points->rows < UINT32_MAX);
	if (points->measure == NS_EUCLIDEAN && !points->cells && query->count >= MANY_QUERIES && points->rows > NS_POINTS_BLOCK &&
	    ns_screen_init(&screen, points, query->threads, &arena))
		search.screen = &screen;
	if (!distance)
		search.distance = ns_alloc_array(&arena, query->count, query->k * sizeof *distance);
	run(&search, &arena);
	ns_arena_release(&arena);
}

void ns_neighbors_tied(double *sums, const struct ns_points *points, const struct ns_neighbors_query *query, const double *distance,
	const double *values, size_t width)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct search search = {.points = points, .query = query, .sums = sums, .at = distance, .values = values, .width = width};
	memset(sums, 0, query->count * width * sizeof *sums);
	run(&search, &arena);
	ns_arena_release(&arena);
}
