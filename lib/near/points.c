#include "near/points.h"

#include <math.h>
#include <string.h>

#include "base/cpu.h"

/*
 * Points stand in tiles of 128 bytes a feature: tiles[(tile * features + feature) * LANES + lane]. The last tile is filled up with
 * zeroes.
 */
enum { LANES = 16, CELL_LANES = 64, DISTANCES = 1 << 16, HALVINGS = 8 };

static size_t padded(size_t rows, size_t tile)
{
	return (rows + tile - 1) / tile * tile;
}

/* The least unit, a power of two, that all values are multiples of; 0: below the smallest looked for. */
static double find_unit(const double *const *x, const uint32_t *rows, size_t count, size_t features)
{
	double scale = 1;
	for (size_t f = 0; f < features; f++)
		for (size_t i = 0; i < count; i++) {
			double value = x[f][rows ? rows[i] : i];
			if (!(fabs(value) < 0x1p40))
				return 0;
			while (value * scale != floor(value * scale)) {
				if (scale == (double)(1 << HALVINGS))
					return 0;
				scale *= 2;
			}
		}
	return 1 / scale;
}

/* low and span of each feature; false where two points could be too far apart. */
static bool find_range(double *low, double *span, double unit, enum ns_measure measure, const double *const *x, const uint32_t *rows, size_t count,
	size_t features)
{
	double farthest = 0;
	for (size_t f = 0; f < features; f++) {
		double least = INFINITY, most = -INFINITY;
		for (size_t i = 0; i < count; i++) {
			double value = x[f][rows ? rows[i] : i];
			least = value < least ? value : least;
			most = value > most ? value : most;
		}
		low[f] = least / unit;
		span[f] = (most - least) / unit;
		farthest += measure == NS_EUCLIDEAN ? span[f] * span[f] : span[f];
		if (!(farthest < DISTANCES))
			return false;
	}
	return true;
}

static void fill_cells(struct ns_points *points, const double *const *x, const uint32_t *rows, struct ns_arena *arena)
{
	size_t features = points->features, room = padded(points->rows, CELL_LANES);
	uint16_t *cells = ns_alloc_array(arena, room, (features + 1) * sizeof *cells), *norms = NS_NEW_ARRAY(arena, uint16_t, room);
	for (size_t f = 0; f < features; f++)
		for (size_t i = 0; i < points->rows; i++) {
			uint16_t cell = (uint16_t)(x[f][rows ? rows[i] : i] / points->unit - points->low[f]);
			cells[(i / CELL_LANES * features + f) * CELL_LANES + i % CELL_LANES] = cell;
			norms[i] = (uint16_t)(norms[i] + (uint32_t)cell * cell);
		}
	points->cells = cells;
	points->norms = norms;
}

void ns_points_init(struct ns_points *points, enum ns_measure measure, const double *const *x, const uint32_t *rows, size_t count,
	size_t features, struct ns_arena *arena)
{
	double *values = ns_alloc_array(arena, padded(count, LANES), features * sizeof *values);
	for (size_t f = 0; f < features; f++)
		for (size_t i = 0; i < count; i++)
			values[(i / LANES * features + f) * LANES + i % LANES] = x[f][rows ? rows[i] : i];
	double *low = NS_NEW_ARRAY(arena, double, features), *span = NS_NEW_ARRAY(arena, double, features);
	*points = (struct ns_points){.rows = count, .features = features, .measure = measure, .values = values, .low = low, .span = span};
	points->unit = (measure == NS_EUCLIDEAN || measure == NS_MANHATTAN) && count ? find_unit(x, rows, count, features) : 0;
	points->step = measure == NS_EUCLIDEAN ? points->unit * points->unit : points->unit;
	if (points->unit > 0 && find_range(low, span, points->unit, measure, x, rows, count, features))
		fill_cells(points, x, rows, arena);
}

void ns_points_init_mixed(struct ns_points *points, const double *const *x, const uint32_t *rows, size_t count, size_t numbers, size_t categories,
	double apart, struct ns_arena *arena)
{
	ns_points_init(points, NS_MIXED, x, rows, count, numbers + categories, arena);
	points->numbers = numbers;
	points->apart = apart;
}

void ns_points_query(double *values, const struct ns_points *points, const double *const *x, size_t row)
{
	for (size_t f = 0; f < points->features; f++)
		values[f] = x[f][row];
}

/* A query may lie outside the points' range, as long as it is nowhere too far from them. */
bool ns_points_encode(uint16_t *cells, const struct ns_points *points, const double *values)
{
	double farthest = 0;
	if (!points->cells)
		return false;
	for (size_t f = 0; f < points->features; f++) {
		double cell = values[f] / points->unit - points->low[f];
		if (!(fabs(cell) < DISTANCES) || cell != floor(cell) || (cell + points->low[f]) * points->unit != values[f])
			return false;
		double far = fmax(fabs(cell), fabs(cell - points->span[f]));
		farthest += points->measure == NS_EUCLIDEAN ? far * far : far;
		cells[f] = (uint16_t)(int32_t)cell;
	}
	return farthest < DISTANCES;
}

/* --- the loops, compiled for each width of register --- */

#define AT(name) name##_baseline
#define TARGET
#define WIDTH 16
#include "near/points_loops.h"

#if defined(__x86_64__)

#undef AT
#undef TARGET
#undef WIDTH
#define AT(name) name##_avx2
#define TARGET __attribute__((target("avx2")))
#define WIDTH 32
#include "near/points_loops.h"

#undef AT
#undef TARGET
#undef WIDTH
#define AT(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define WIDTH 64
#include "near/points_loops.h"

void ns_points_measure(double *out, const struct ns_points *points, const double *queries, size_t count, size_t first)
{
	enum ns_cpu cpu = ns_cpu();
	if (cpu >= NS_CPU_AVX512)
		measure_avx512(out, points, queries, count, first);
	else if (cpu == NS_CPU_AVX2)
		measure_avx2(out, points, queries, count, first);
	else
		measure_baseline(out, points, queries, count, first);
}

void ns_points_measure_cells(uint16_t *out, const struct ns_points *points, const uint16_t *queries, size_t count, size_t first)
{
	enum ns_cpu cpu = ns_cpu();
	if (cpu >= NS_CPU_AVX512)
		measure_cells_avx512(out, points, queries, count, first);
	else if (cpu == NS_CPU_AVX2)
		measure_cells_avx2(out, points, queries, count, first);
	else
		measure_cells_baseline(out, points, queries, count, first);
}

#else

void ns_points_measure(double *out, const struct ns_points *points, const double *queries, size_t count, size_t first)
{
	measure_baseline(out, points, queries, count, first);
}

void ns_points_measure_cells(uint16_t *out, const struct ns_points *points, const uint16_t *queries, size_t count, size_t first)
{
	measure_cells_baseline(out, points, queries, count, first);
}

#endif
