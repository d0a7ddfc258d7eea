#include "stat/correlate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "stat/quantile.h"

/* --- one pair, exactly --- */

/* Times a power of two, which changes no digit, the largest value is about 1: no square overflows, none vanishes. */
static double unit_of(double most)
{
	int exponent;
	frexp(most, &exponent);
	return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

/* False where the values do not vary, or are infinite; else they become their differences to their mean. */
static bool center(double *values, size_t count)
{
	double least = INFINITY, most = -INFINITY;
	for (size_t i = 0; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	if (!(least < most) || isinf(least) || isinf(most))
		return false;
	double unit = unit_of(fmax(fabs(least), fabs(most)));
	for (size_t i = 0; i < count; i++)
		values[i] *= unit;
	double mean = ns_mean(values, count);
	for (size_t i = 0; i < count; i++)
		values[i] -= mean;
	return true;
}

static double sum(const double *values, size_t count)
{
	struct ns_sum total = {0};
	for (size_t i = 0; i < count; i++)
		ns_sum_add(&total, values[i]);
	return ns_sum_value(&total);
}

/* The sum of products about the means; what the means were rounded by is taken out (Chan, Golub, LeVeque 1983). */
static double co_moment(const double *x, const double *y, size_t count)
{
	struct ns_sum products = {0};
	for (size_t i = 0; i < count; i++)
		ns_sum_add(&products, x[i] * y[i]);
	return ns_sum_value(&products) - sum(x, count) * sum(y, count) / (double)count;
}

static double correlation(double *x, double *y, size_t count)
{
	if (!center(x, count) || !center(y, count))
		return NAN;
	double r = co_moment(x, y, count) / sqrt(co_moment(x, x, count)) / sqrt(co_moment(y, y, count));
	return r > 1 ? 1 : r < -1 ? -1 : r;
}

double ns_correlation(const double *x, const double *y, size_t rows)
{
	double *both = ns_malloc_array(rows, 2 * sizeof *both);
	size_t count = 0;
	for (size_t row = 0; row < rows; row++)
		if (!isnan(x[row]) && !isnan(y[row])) {
			both[count] = x[row];
			both[rows + count++] = y[row];
		}
	double r = correlation(both, both + rows, count);
	free(both);
	return r;
}

/* --- many pairs, as far as needed --- */

/*
 * Columns are compared in tiles of BLOCK by BLOCK, CHUNK rows at a time. A block's columns are brought to mean 0 and sum of squares 1,
 * missing values to 0, and packed by row, LANES columns beside each other. Besides the values' own, the sums of a pair's rows need the
 * squares and the presence of each where one of a tile's columns has missing values.
 */
enum { BLOCK = 32, LANES = 8, CHUNK = 256, PACKED = BLOCK * CHUNK, PAIRS = BLOCK * BLOCK };
enum part { VALUES, SQUARES, PRESENT, PARTS };
enum verdict { APART, NEAR, AT_LIMIT }; /* AT_LIMIT: too close to be told from sums that were rounded */

static const double variation = 1e-3; /* a pair of whose variance less than this is in common rows is looked at exactly */
static const double slack = 1e-12;

/* (value * unit - mean - rest) * stretch: rest is what the mean was rounded by. */
struct profile {
	double unit, mean, rest, stretch;
	bool varies, gaps;
};

struct sums {
	double n, x, y, xx, yy, xy;
};

/* Of one tile: of a whole column's rows so far, and of each pair's. */
struct scratch {
	double packed[2][PARTS][PACKED];
	double column[2][PARTS][BLOCK];
	double xy[PAIRS], x[PAIRS], y[PAIRS], xx[PAIRS], yy[PAIRS], n[PAIRS];
	bool open[PAIRS];
};

struct search {
	const double *const *columns;
	const struct profile *profiles;
	size_t rows, stride;
	double limit, margin;
	const size_t *block, *others; /* columns: at most BLOCK that are being decided, and all that they are held against */
	size_t block_count, others_count;
	unsigned char *verdicts; /* others_count rows of BLOCK */
	struct scratch *scratch; /* one per thread */
};

static void measure(struct profile *profile, const double *values, size_t rows)
{
	double least = INFINITY, most = -INFINITY, total = 0, rest = 0, squares = 0;
	size_t count = 0;
	for (size_t row = 0; row < rows; row++)
		if (!isnan(values[row])) {
			least = values[row] < least ? values[row] : least;
			most = values[row] > most ? values[row] : most;
			count++;
		}
	*profile = (struct profile){.gaps = count < rows, .varies = least < most && !isinf(least) && !isinf(most)};
	if (!profile->varies)
		return;
	double unit = profile->unit = unit_of(fmax(fabs(least), fabs(most)));
	for (size_t row = 0; row < rows; row++)
		total += isnan(values[row]) ? 0 : values[row] * unit;
	double mean = profile->mean = total / (double)count;
	for (size_t row = 0; row < rows; row++)
		rest += isnan(values[row]) ? 0 : values[row] * unit - mean;
	rest = profile->rest = rest / (double)count;
	for (size_t row = 0; row < rows; row++) {
		double difference = isnan(values[row]) ? 0 : values[row] * unit - mean - rest;
		squares += difference * difference;
	}
	profile->stretch = 1 / sqrt(squares);
}

struct measuring {
	struct profile *profiles;
	const double *const *columns;
	size_t rows;
};

static void measure_one(void *context, size_t i, int worker)
{
	const struct measuring *all = context;
	(void)worker;
	measure(&all->profiles[i], all->columns[i], all->rows);
}

/* out[a * BLOCK + b] += the sum over rows of x's column a times y's column b. */
static inline __attribute__((always_inline)) void multiply_any(double *restrict out, const double *restrict x, const double *restrict y, size_t rows)
{
	enum { GROUP = 4 };
	for (size_t a = 0; a < BLOCK; a += GROUP)
		for (size_t b = 0; b < BLOCK; b += LANES) {
			const double *left = x + a / LANES * LANES * CHUNK + a % LANES, *right = y + b * CHUNK;
			double total[GROUP][LANES] = {{0}};
			for (size_t row = 0; row < rows; row++, left += LANES, right += LANES)
				for (size_t i = 0; i < GROUP; i++)
					for (size_t j = 0; j < LANES; j++)
						total[i][j] += left[i] * right[j];
			for (size_t i = 0; i < GROUP; i++)
				for (size_t j = 0; j < LANES; j++)
					out[(a + i) * BLOCK + b + j] += total[i][j];
		}
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void multiply_avx2(double *out, const double *x, const double *y, size_t rows)
{
	multiply_any(out, x, y, rows);
}

__attribute__((target("avx512f"))) static void multiply_avx512(double *out, const double *x, const double *y, size_t rows)
{
	multiply_any(out, x, y, rows);
}
#endif

static void multiply(double *out, const double *x, const double *y, size_t rows)
{
#if defined(__x86_64__)
	if (ns_cpu() >= NS_CPU_AVX512)
		return multiply_avx512(out, x, y, rows);
	if (ns_cpu() >= NS_CPU_AVX2)
		return multiply_avx2(out, x, y, rows);
#endif
	multiply_any(out, x, y, rows);
}

/* One column's rows [first, first + rows) to its lane; their sums are added to the column's. */
static void pack_column(struct scratch *scratch, const struct search *search, int side, size_t lane, size_t column, size_t first, size_t rows)
{
	const struct profile by = search->profiles[column];
	const double *values = search->columns[column] + first;
	double(*packed)[PACKED] = scratch->packed[side];
	size_t at = lane / LANES * LANES * CHUNK + lane % LANES;
	double total = 0, squares = 0, present = 0;
	for (size_t row = 0; row < rows; row++, at += LANES) {
		bool here = !isnan(values[row]);
		double value = here ? (values[row] * by.unit - by.mean - by.rest) * by.stretch : 0;
		packed[VALUES][at] = value;
		packed[SQUARES][at] = value * value;
		packed[PRESENT][at] = here;
		total += value;
		squares += value * value;
		present += here;
	}
	scratch->column[side][VALUES][lane] += total;
	scratch->column[side][SQUARES][lane] += squares;
	scratch->column[side][PRESENT][lane] += present;
}

static void add_chunk(struct scratch *scratch, const struct search *search, const size_t *others, size_t count, bool gaps, size_t first)
{
	size_t rows = search->rows - first < CHUNK ? search->rows - first : CHUNK;
	double(*x)[PACKED] = scratch->packed[0], (*y)[PACKED] = scratch->packed[1];
	for (size_t i = 0; i < count; i++)
		pack_column(scratch, search, 0, i, others[i], first, rows);
	for (size_t i = 0; i < search->block_count; i++)
		pack_column(scratch, search, 1, i, search->block[i], first, rows);
	multiply(scratch->xy, x[VALUES], y[VALUES], rows);
	if (!gaps)
		return;
	multiply(scratch->x, x[VALUES], y[PRESENT], rows);
	multiply(scratch->y, x[PRESENT], y[VALUES], rows);
	multiply(scratch->xx, x[SQUARES], y[PRESENT], rows);
	multiply(scratch->yy, x[PRESENT], y[SQUARES], rows);
	multiply(scratch->n, x[PRESENT], y[PRESENT], rows);
}

static struct sums sums_of(const struct scratch *scratch, bool gaps, size_t i, size_t j)
{
	size_t at = i * BLOCK + j;
	const double(*x)[BLOCK] = scratch->column[0], (*y)[BLOCK] = scratch->column[1];
	if (gaps)
		return (struct sums){scratch->n[at], scratch->x[at], scratch->y[at], scratch->xx[at], scratch->yy[at], scratch->xy[at]};
	return (struct sums){x[PRESENT][i], x[VALUES][i], y[VALUES][j], x[SQUARES][i], y[SQUARES][j], scratch->xy[at]};
}

/* The share of the variance of one that the other explains; 1 where too little of it is there to say. *most: the larger variance. */
static double explained(double *most, struct sums sums)
{
	double xx = sums.xx - sums.x * sums.x / sums.n, yy = sums.yy - sums.y * sums.y / sums.n, xy = sums.xy - sums.x * sums.y / sums.n;
	*most = xx > yy ? xx : yy;
	return xx > variation && yy > variation ? xy * xy / (xx * yy) : 1;
}

/*
 * What a line through some rows leaves unexplained, it leaves at least in more rows; and at the limit, of a variance of at most 1, it
 * may leave 1 - limit^2.
 */
static bool is_apart(const struct search *search, struct sums sums)
{
	double most, share = explained(&most, sums), limit = fmax(search->limit - search->margin, 0);
	return most * (1 - share) > 1 - limit * limit + search->margin;
}

static enum verdict judge(const struct search *search, struct sums sums)
{
	double most, r = sqrt(explained(&most, sums));
	if (r == 1 || fabs(r - search->limit) <= search->margin)
		return AT_LIMIT;
	return r > search->limit ? NEAR : APART;
}

/* The chunk that comes as number k: they are taken from all over the table, whose rows may stand in the order of their time. */
static size_t chunk_at(size_t k, size_t chunks, size_t stride)
{
	return (size_t)((unsigned __int128)k * stride % chunks);
}

static size_t find_stride(size_t chunks)
{
	for (size_t stride = chunks / 8 * 3 + 1;; stride++) {
		size_t a = chunks, b = stride;
		while (b) {
			size_t rest = a % b;
			a = b;
			b = rest;
		}
		if (a == 1)
			return stride;
	}
}

/* Marks the pairs that are to be looked at, the earlier column first; true where columns have missing values. */
static bool begin_tile(struct scratch *scratch, const struct search *search, const size_t *others, size_t count)
{
	bool gaps = false;
	memset(scratch, 0, sizeof *scratch);
	for (size_t i = 0; i < count; i++) {
		gaps = gaps || search->profiles[others[i]].gaps;
		for (size_t j = 0; j < search->block_count; j++) {
			gaps = gaps || search->profiles[search->block[j]].gaps;
			scratch->open[i * BLOCK + j] = others[i] < search->block[j];
		}
	}
	return gaps;
}

static void compare_tile(void *context, size_t tile, int worker)
{
	const struct search *search = context;
	struct scratch *scratch = &search->scratch[worker];
	const size_t *others = search->others + tile * BLOCK;
	size_t left = search->others_count - tile * BLOCK, count = left < BLOCK ? left : BLOCK, chunks = (search->rows + CHUNK - 1) / CHUNK;
	bool gaps = begin_tile(scratch, search, others, count), any = true;
	for (size_t k = 0; k < chunks && any; k++) {
		add_chunk(scratch, search, others, count, gaps, chunk_at(k, chunks, search->stride) * CHUNK);
		any = false;
		for (size_t at = 0; at < PAIRS; at++) {
			scratch->open[at] = scratch->open[at] && !is_apart(search, sums_of(scratch, gaps, at / BLOCK, at % BLOCK));
			any = any || scratch->open[at];
		}
	}
	unsigned char *verdicts = search->verdicts + tile * PAIRS;
	for (size_t at = 0; at < count * BLOCK; at++)
		verdicts[at] = scratch->open[at] ? judge(search, sums_of(scratch, gaps, at / BLOCK, at % BLOCK)) : APART;
}

/* The first of the others that column j of the block is correlated with and that stays; -1: none. */
static ptrdiff_t find_first(const struct search *search, size_t j, const struct ns_correlated *out)
{
	const double *const *columns = search->columns;
	for (size_t i = 0; i < search->others_count; i++) {
		size_t other = search->others[i];
		unsigned char verdict = search->verdicts[i * BLOCK + j];
		if (verdict == APART || out[other].with >= 0)
			continue;
		if (verdict == NEAR || fabs(ns_correlation(columns[other], columns[search->block[j]], search->rows)) >= search->limit - slack)
			return (ptrdiff_t)other;
	}
	return -1;
}

/* --- all of them --- */

struct naming {
	struct ns_correlated *out;
	const double *const *columns;
	size_t rows;
};

static void name_one(void *context, size_t i, int worker)
{
	const struct naming *all = context;
	struct ns_correlated *one = &all->out[i];
	(void)worker;
	if (one->with >= 0)
		one->r = ns_correlation(all->columns[one->with], all->columns[i], all->rows);
}

/* Decides on one block: those before it that stay are `kept`, to which those of it that stay are added. */
static size_t decide_block(struct ns_correlated *out, size_t *kept, size_t kept_count, struct search *search, const bool *stays, int threads)
{
	memcpy(kept + kept_count, search->block, search->block_count * sizeof *kept);
	search->others_count = kept_count + search->block_count;
	ns_parallel(threads, (search->others_count + BLOCK - 1) / BLOCK, compare_tile, search);
	size_t count = kept_count;
	for (size_t j = 0; j < search->block_count; j++) {
		size_t column = search->block[j];
		if (!stays[column])
			out[column].with = find_first(search, j, out);
		if (out[column].with < 0)
			count++;
	}
	size_t at = kept_count;
	for (size_t j = 0; j < search->block_count; j++)
		if (out[search->block[j]].with < 0)
			kept[at++] = search->block[j];
	return count;
}

void ns_correlated(struct ns_correlated *out, const double *const *columns, size_t count, size_t rows, double limit, const bool *stays,
	int threads, struct ns_arena *arena)
{
	struct profile *profiles = NS_NEW_ARRAY(arena, struct profile, count);
	size_t *varying = NS_NEW_ARRAY(arena, size_t, count), *kept = NS_NEW_ARRAY(arena, size_t, count), kept_count = 0, varying_count = 0;
	ns_parallel(threads, count, measure_one, &(struct measuring){profiles, columns, rows});
	for (size_t i = 0; i < count; i++) {
		out[i] = (struct ns_correlated){.with = -1};
		if (profiles[i].varies)
			varying[varying_count++] = i;
	}
	double rounding = 0x1p-52 * (CHUNK + (double)rows / CHUNK); /* of sums of products that are at most 1 together */
	struct search search = {.columns = columns, .profiles = profiles, .rows = rows, .limit = limit, .others = kept};
	search.margin = slack + 8 * rounding / variation;
	search.stride = find_stride((rows + CHUNK - 1) / CHUNK);
	search.verdicts = ns_malloc_array(count + BLOCK, BLOCK);
	search.scratch = ns_malloc_array((size_t)threads, sizeof *search.scratch);
	ns_progress_start("comparing columns", varying_count);
	for (size_t first = 0; first < varying_count; first += BLOCK) {
		search.block = varying + first;
		search.block_count = varying_count - first < BLOCK ? varying_count - first : BLOCK;
		kept_count = decide_block(out, kept, kept_count, &search, stays, threads);
		ns_progress_add(search.block_count);
	}
	ns_parallel(threads, count, name_one, &(struct naming){out, columns, rows});
	ns_progress_stop();
	free(search.verdicts);
	free(search.scratch);
}
