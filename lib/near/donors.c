#include <math.h>
#include <string.h>

#include "near/donors_parts.h"

enum {
	FRACTION = 1 << 10, /* levels are multiples of 1 / FRACTION, */
	UNIT_MAX = 1 << 15, /* their unit less than so many, so that sums of its squares are exact */
	RATIOS = 1 << 11,   /* planes * features below this: different ratios differ in single precision */
	EXPONENT = 60,      /* of the norm of singles: sums of squares stay far from what a float can hold */
	EXPONENT_MAX = 1000
};

/* --- levels --- */

/* Values whose differences, and sums of their squares, are exact. */
static bool is_short(double value)
{
	return fabs(value) < 0x1p40 && value * FRACTION == (double)(int64_t)(value * FRACTION);
}

/* The lowest value of each feature; false where one is not short. */
static bool find_low(double *low, const double *const *x, size_t rows, size_t features)
{
	for (size_t f = 0; f < features; f++) {
		low[f] = INFINITY;
		for (size_t row = 0; row < rows; row++) {
			double value = x[f][row];
			if (!isnan(value) && !is_short(value))
				return false;
			low[f] = value < low[f] ? value : low[f];
		}
		low[f] = low[f] == INFINITY ? 0 : low[f];
	}
	return true;
}

/* The least step between two values of a feature, one of them its lowest. */
static double find_unit(const double *low, const double *const *x, size_t rows, size_t features)
{
	double unit = INFINITY;
	for (size_t f = 0; f < features; f++)
		for (size_t row = 0; row < rows; row++) {
			double above = x[f][row] - low[f];
			unit = above > 0 && above < unit ? above : unit;
		}
	return unit == INFINITY ? 1 : unit;
}

/* -1: none. */
static inline int level_of(double value, double low, double unit, size_t planes)
{
	double level = (value - low) / unit;
	int whole = level >= 0 && level <= (double)planes ? (int)level : -1;
	return low + whole * unit == value ? whole : -1; /* one below the lowest is no level, either */
}

/* How many planes the values need; 0: more than there may be. */
static size_t count_planes(const double *low, double unit, const double *const *x, size_t rows, size_t features)
{
	int most = 1;
	if (unit * FRACTION >= UNIT_MAX)
		return 0;
	for (size_t f = 0; f < features; f++)
		for (size_t row = 0; row < rows; row++) {
			int level = isnan(x[f][row]) ? 0 : level_of(x[f][row], low[f], unit, NS_DONORS_PLANES_MAX);
			if (level < 0)
				return 0;
			most = level > most ? level : most;
		}
	return (size_t)most * features < RATIOS ? (size_t)most : 0;
}

/* Whole levels, since they are the donors' own: how many units each value is above its feature's lowest. */
static void lay_bits(struct ns_donors *donors, const double *const *x, size_t tiles, struct ns_arena *arena)
{
	size_t each = donors->words * (donors->planes + 1) * NS_DONORS_TILE;
	uint32_t *bits = ns_alloc_array(arena, tiles, each * sizeof *bits);
	uint64_t *has = ns_alloc_array(arena, tiles, donors->features * sizeof *has);
	double units = donors->planes ? 1 / donors->unit : 0;
	for (size_t f = 0; f < donors->features; f++)
		for (size_t row = 0; row < donors->rows; row++) {
			double value = x[f][row];
			uint32_t *at = bits + row / NS_DONORS_TILE * each + f / 32 * (donors->planes + 1) * NS_DONORS_TILE + row % NS_DONORS_TILE;
			uint32_t there = value == value, level = there && donors->planes ? (uint32_t)((value - donors->low[f]) * units + 0.5) : 0;
			*at |= there << f % 32;
			has[row / NS_DONORS_TILE * donors->features + f] |= (uint64_t)there << row % NS_DONORS_TILE;
			for (uint32_t plane = 1; plane <= donors->planes; plane++)
				at[plane * NS_DONORS_TILE] |= (uint32_t)(plane <= level) << f % 32;
		}
	donors->bits = bits;
	donors->has = has;
}

/* --- single precision --- */

/* The mean of a column's values that are there, about; 0 where it is beyond the doubles. */
static double middle_of(const double *x, size_t rows)
{
	double sum = 0;
	size_t count = 0;
	for (size_t row = 0; row < rows; row++)
		if (!isnan(x[row])) {
			sum += x[row];
			count++;
		}
	return count && isfinite(sum) ? sum / (double)count : 0;
}

/* About the middle of each feature, and the largest norm that a donor can have beside these. */
static double find_center(double *center, const double *const *x, size_t rows, size_t features)
{
	double largest = 0, norm = 0;
	for (size_t f = 0; f < features; f++) {
		double most = 0;
		center[f] = middle_of(x[f], rows);
		for (size_t row = 0; row < rows; row++) {
			double off = fabs(x[f][row] - center[f]);
			most = off > most ? off : most;
		}
		if (most > largest) { /* in shares of the largest, whose square may overflow */
			norm *= largest / most * (largest / most);
			largest = most;
		}
		norm += largest > 0 ? most / largest * (most / largest) : 0;
	}
	return largest * sqrt(norm);
}

static float to_single(const struct ns_donors *donors, size_t feature, double value)
{
	return (float)((value - donors->center[feature]) * donors->scale);
}

static void lay_singles(struct ns_donors *donors, const double *const *x, size_t tiles, struct ns_arena *arena)
{
	double *center = NS_NEW_ARRAY(arena, double, donors->features), norm = find_center(center, x, donors->rows, donors->features);
	int exponent = 0;
	donors->center = center;
	if (!isfinite(norm))
		return;
	frexp(norm, &exponent);
	exponent = EXPONENT - exponent;
	donors->scale = norm > 0 ? ldexp(1, exponent < EXPONENT_MAX ? exponent : EXPONENT_MAX) : 1;
	donors->norm = norm * donors->scale;
	float *singles = ns_alloc_array(arena, tiles, donors->features * NS_DONORS_TILE * sizeof *singles);
	for (size_t f = 0; f < donors->features; f++)
		for (size_t row = 0; row < tiles * NS_DONORS_TILE; row++)
			singles[(row / NS_DONORS_TILE * donors->features + f) * NS_DONORS_TILE + row % NS_DONORS_TILE] =
				row < donors->rows ? to_single(donors, f, x[f][row]) : NAN;
	donors->singles = singles;
}

/* Tile by tile: what is written to stays in the cache. */
static double *lay_values(const double *const *x, size_t rows, size_t features, struct ns_arena *arena)
{
	double *values = ns_alloc_array(arena, rows, features * sizeof *values);
	for (size_t first = 0; first < rows; first += NS_DONORS_TILE)
		for (size_t f = 0; f < features; f++)
			for (size_t row = first; row < rows && row < first + NS_DONORS_TILE; row++)
				values[row * features + f] = x[f][row];
	return values;
}

void ns_donors_init(struct ns_donors *donors, const double *const *x, const uint32_t *weights, size_t rows, size_t features,
	struct ns_arena *arena)
{
	double *low = NS_NEW_ARRAY(arena, double, features);
	size_t tiles = (rows + NS_DONORS_TILE - 1) / NS_DONORS_TILE;
	*donors = (struct ns_donors){.rows = rows, .features = features, .values = lay_values(x, rows, features, arena), .weights = weights, .words = (features + 31) / 32,
		.low = low};
	if (find_low(low, x, rows, features)) {
		donors->unit = find_unit(low, x, rows, features);
		donors->planes = count_planes(low, donors->unit, x, rows, features);
	}
	lay_bits(donors, x, tiles, arena);
	lay_singles(donors, x, tiles, arena);
}

/* --- seekers --- */

/* False where a value is none of the donors' levels. */
static bool lay_seeker_bits(struct ns_seeker *seeker)
{
	const struct ns_donors *donors = seeker->donors;
	size_t planes = donors->planes;
	bool fits = planes > 0;
	memset(seeker->bits, 0, donors->words * (planes + 1) * sizeof *seeker->bits);
	for (size_t i = 0; i < seeker->there_count; i++) {
		size_t f = seeker->there[i];
		uint32_t *bits = seeker->bits + f / 32 * (planes + 1);
		int level = planes ? level_of(seeker->values[f], donors->low[f], donors->unit, planes) : 0;
		fits = fits && level >= 0;
		bits[0] |= UINT32_C(1) << f % 32;
		for (int plane = 1; plane <= level; plane++)
			bits[plane] |= UINT32_C(1) << f % 32;
	}
	return fits;
}

/* False where it is too far from all donors for floats. */
static bool lay_seeker_singles(struct ns_seeker *seeker)
{
	const struct ns_donors *donors = seeker->donors;
	double square = 0;
	for (size_t i = 0; i < seeker->there_count && donors->singles; i++) {
		size_t f = seeker->there[i];
		double value = (seeker->values[f] - donors->center[f]) * donors->scale;
		square += value * value;
		seeker->singles[i] = to_single(donors, f, seeker->values[f]);
	}
	seeker->norm = sqrt(square);
	return donors->singles && seeker->norm <= 0x1p60;
}

void ns_seeker_init(struct ns_seeker *seeker)
{
	seeker->there_count = 0;
	for (size_t f = 0; f < seeker->donors->features; f++) {
		seeker->there[seeker->there_count] = (uint32_t)f;
		seeker->there_count += isfinite(seeker->values[f]) != 0;
	}
	if (lay_seeker_bits(seeker))
		seeker->way = NS_SEEK_BITS;
	else
		seeker->way = lay_seeker_singles(seeker) ? NS_SEEK_SINGLES : NS_SEEK_ALL;
}

double ns_seeker_apart(const struct ns_seeker *seeker, size_t row)
{
	const double *donor = seeker->donors->values + row * seeker->donors->features;
	double sum = 0;
	size_t common = 0;
	for (size_t i = 0; i < seeker->there_count; i++) {
		double by = donor[seeker->there[i]] - seeker->values[seeker->there[i]];
		if (isnan(by))
			continue;
		sum += by * by;
		common++;
	}
	return common ? sum / (double)common : INFINITY;
}

double ns_seeker_exactly(const struct ns_seeker *seeker, size_t row, double apart)
{
	const struct ns_donors *donors = seeker->donors;
	size_t each = donors->planes + 1, common = 0;
	const uint32_t *bits = donors->bits + row / NS_DONORS_TILE * donors->words * each * NS_DONORS_TILE + row % NS_DONORS_TILE;
	for (size_t w = 0; w < donors->words; w++)
		common += (size_t)__builtin_popcount(bits[w * each * NS_DONORS_TILE] & seeker->bits[w * each]);
	return floor(apart * (double)common + 0.5) * (donors->unit * donors->unit) / (double)common;
}

/*
 * Each single is off by at most 2^-24 of itself, so that the vector between two rows is off by `wrong` at most, with a hair for the
 * subtraction before; sums of squares and the quotient by (features + 2) * 2^-24 of themselves, and by what underflows.
 */
float ns_seeker_single_limit(const struct ns_seeker *seeker)
{
	const struct ns_donors *donors = seeker->donors;
	double wrong = (donors->norm + seeker->norm) * 0x1.1p-24, far = sqrt(seeker->limit) * donors->scale + wrong;
	if (seeker->limit == INFINITY)
		return INFINITY;
	return (float)(far * far * (1 + (double)(donors->features + 8) * 0x1p-23) + 0x1p-100);
}
