#include "near/screen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/cpu.h"
#include "base/parallel.h"

/* Twice what one rounding to single precision can change, so that what is left out below is in it. */
static const double rounding = 0x1p-23, longest = 1e17, nothing = 1e-18;

/* points.c's tiles. */
enum { LANES = 16 };

static double value_at(const struct ns_points *points, size_t row, size_t feature)
{
	return points->values[(row / LANES * points->features + feature) * LANES + row % LANES];
}

struct filling {
	const struct ns_points *points;
	double *center, *length;
	float *values;
};

static void find_center(void *context, size_t f, int worker)
{
	struct filling *filling = context;
	const struct ns_points *points = filling->points;
	double sum = 0;
	(void)worker;
	for (size_t row = 0; row < points->rows; row++)
		sum += value_at(points, row, f);
	filling->center[f] = sum / (double)points->rows;
}

static size_t tile_size(const struct ns_points *points)
{
	return NS_SCREEN_TILE * (points->features + 1);
}

static void fill_tile(double *lengths, float *tile, const struct filling *filling, size_t first, size_t rows)
{
	memset(lengths, 0, NS_SCREEN_TILE * sizeof *lengths);
	for (size_t f = 0; f < filling->points->features; f++)
		for (size_t i = 0; i < rows; i++) {
			float value = (float)(value_at(filling->points, first + i, f) - filling->center[f]);
			tile[(f + 1) * NS_SCREEN_TILE + i] = value;
			lengths[i] += (double)value * (double)value;
		}
	for (size_t i = 0; i < rows; i++)
		tile[i] = (float)(-lengths[i] / 2);
}

static void fill_block(void *context, size_t block, int worker)
{
	struct filling *filling = context;
	double lengths[NS_SCREEN_TILE], most = 0;
	size_t first = block * NS_POINTS_BLOCK, left = filling->points->rows - first;
	size_t rows = left < NS_POINTS_BLOCK ? left : NS_POINTS_BLOCK;
	(void)worker;
	for (size_t at = 0; at < rows; at += NS_SCREEN_TILE) {
		size_t count = rows - at < NS_SCREEN_TILE ? rows - at : NS_SCREEN_TILE;
		fill_tile(lengths, filling->values + (first + at) / NS_SCREEN_TILE * tile_size(filling->points), filling, first + at, count);
		for (size_t i = 0; i < count; i++)
			most = lengths[i] <= most ? most : lengths[i]; /* NaN stays, as no length is at most it */
	}
	filling->length[block] = sqrt(most);
}

bool ns_screen_init(struct ns_screen *screen, const struct ns_points *points, int threads, struct ns_arena *arena)
{
	size_t blocks = (points->rows + NS_POINTS_BLOCK - 1) / NS_POINTS_BLOCK;
	struct filling filling = {.points = points, .center = NS_NEW_ARRAY(arena, double, points->features), .length = NS_NEW_ARRAY(arena, double, blocks)};
	ns_parallel(threads, points->features, find_center, &filling);
	for (size_t f = 0; f < points->features; f++)
		if (!(fabs(filling.center[f]) <= longest))
			return false;
	filling.values = ns_alloc_array(arena, blocks * NS_SCREEN_TILES, tile_size(points) * sizeof(float));
	ns_parallel(threads, blocks, fill_block, &filling);
	for (size_t block = 0; block < blocks; block++)
		if (!(filling.length[block] <= longest))
			return false;
	*screen = (struct ns_screen){points, filling.center, filling.values, filling.length};
	return true;
}

double ns_screen_query(float *out, const struct ns_screen *screen, const double *values)
{
	double length = 0;
	for (size_t f = 0; f < screen->points->features; f++) {
		out[f] = (float)(values[f] - screen->center[f]);
		length += (double)out[f] * (double)out[f];
	}
	return length <= longest * longest ? sqrt(length) : INFINITY;
}

/*
 * The rounded rows are no farther apart than the rows themselves and their own roundings. Their product, less half of the point's
 * squared length, comes out at most `off` too small.
 */
bool ns_screen_threshold(float *threshold, const struct ns_screen *screen, size_t block, double length, double limit)
{
	double longer = screen->length[block / NS_POINTS_BLOCK], features = (double)screen->points->features;
	double far = sqrt(limit) * (1 + features * 0x1p-50) + rounding * (longer + length) + nothing;
	double off = (features + 4) * rounding * (longer * longer / 2 + longer * length) + nothing;
	double bound = (length * length - far * far) / 2 - off - rounding * length * length;
	*threshold = nextafterf((float)bound, -INFINITY);
	return far * far + 2 * off + 2 * rounding * length * length < 4 * limit;
}

/* --- the loops, compiled for each width of register --- */

#if defined(__x86_64__)

#define AT(name) name##_baseline
#define TARGET
#define WIDTH 16
#define REGISTERS 2
#define LEAST(x, y) _mm_movemask_ps(_mm_cmpge_ps((__m128)(x), _mm_set1_ps(y)))
#include "near/screen_loops.h"

#undef AT
#undef TARGET
#undef WIDTH
#undef LEAST
#define AT(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#define WIDTH 32
#define LEAST(x, y) _mm256_movemask_ps(_mm256_cmp_ps((__m256)(x), _mm256_set1_ps(y), _CMP_GE_OQ))
#include "near/screen_loops.h"

#undef AT
#undef TARGET
#undef WIDTH
#undef REGISTERS
#undef LEAST
#define AT(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define WIDTH 64
#define REGISTERS 4
#define LEAST(x, y) _mm512_cmp_ps_mask((__m512)(x), _mm512_set1_ps(y), _CMP_GE_OQ)
#include "near/screen_loops.h"

static void screen_tile(uint64_t *bits, const float *tile, const float *queries, const float *thresholds, size_t features)
{
	enum ns_cpu cpu = ns_cpu();
	if (cpu >= NS_CPU_AVX512)
		screen_avx512(bits, tile, queries, thresholds, features);
	else if (cpu == NS_CPU_AVX2)
		screen_avx2(bits, tile, queries, thresholds, features);
	else
		screen_baseline(bits, tile, queries, thresholds, features);
}

#else

static inline unsigned least(const float *x, float y)
{
	return (unsigned)(x[0] >= y) | (unsigned)(x[1] >= y) << 1 | (unsigned)(x[2] >= y) << 2 | (unsigned)(x[3] >= y) << 3;
}

#define AT(name) name##_baseline
#define TARGET
#define WIDTH 16
#define REGISTERS 2
#define LEAST(x, y) least((const float *)&(x), y)
#include "near/screen_loops.h"

static void screen_tile(uint64_t *bits, const float *tile, const float *queries, const float *thresholds, size_t features)
{
	screen_baseline(bits, tile, queries, thresholds, features);
}

#endif

void ns_screen_block(uint64_t *bits, const struct ns_screen *screen, const float *queries, const float *thresholds, size_t block)
{
	const struct ns_points *points = screen->points;
	memset(bits, 0, NS_POINTS_GROUP * NS_SCREEN_TILES * sizeof *bits);
	for (size_t t = 0; t < NS_SCREEN_TILES && block + t * NS_SCREEN_TILE < points->rows; t++) {
		size_t left = points->rows - block - t * NS_SCREEN_TILE;
		screen_tile(bits + t, screen->values + (block / NS_SCREEN_TILE + t) * tile_size(points), queries, thresholds, points->features);
		for (size_t q = 0; q < NS_POINTS_GROUP && left < NS_SCREEN_TILE; q++)
			bits[q * NS_SCREEN_TILES + t] &= (UINT64_C(1) << left) - 1;
	}
}
