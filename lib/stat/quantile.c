#include "stat/quantile.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

size_t ns_present(double *out, const double *values, size_t count)
{
	size_t present = 0;
	for (size_t i = 0; i < count; i++)
		if (!isnan(values[i]))
			out[present++] = values[i];
	return present;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double middle_of(double a, double b, double c)
{
	double low = a < b ? a : b, high = a < b ? b : a;
	return c < low ? low : c > high ? high : c;
}

/*
 * Moves the k-th smallest of values[0..count) to place k, nothing larger before it, nothing smaller behind it: quickselect
 * with three-way partition; when luck runs out (adversarial data) what is left is sorted.
 */
static void select_kth(double *values, size_t count, size_t k)
{
	size_t low = 0, high = count; /* k is in [low, high) */
	for (int luck = 0; high - low > 16 && luck < 64; luck++) {
		double pivot = middle_of(values[low], values[low + (high - low) / 2], values[high - 1]);
		size_t below = low, i = low, above = high; /* [low, below) < pivot, [below, i) == pivot, [above, high) > pivot */
		while (i < above) {
			double value = values[i];
			if (value < pivot) {
				values[i++] = values[below];
				values[below++] = value;
			} else if (value > pivot) {
				values[i] = values[--above];
				values[above] = value;
			} else {
				i++;
			}
		}
		if (k < below)
			high = below;
		else if (k >= above)
			low = above;
		else
			return;
	}
	qsort(values + low, high - low, sizeof *values, compare_doubles);
}

double ns_order_statistic(double *values, size_t count, size_t k)
{
	select_kth(values, count, k);
	return values[k];
}

/* The k-th and the next smallest; the latter is the least of what lies behind place k. */
static void two_from(double *kth, double *next, double *values, size_t count, size_t k)
{
	select_kth(values, count, k);
	*kth = *next = values[k];
	if (k + 1 < count) {
		*next = values[k + 1];
		for (size_t i = k + 2; i < count; i++)
			if (values[i] < *next)
				*next = values[i];
	}
}

double ns_quantile(double *values, size_t count, double q)
{
	if (count == 0)
		return NAN;
	double at = (double)(count - 1) * q, below = floor(at), share = at - below, a, b;
	two_from(&a, &b, values, count, (size_t)below);
	if (a == b || share == 0)
		return a + 0.0;
	double step = b - a;
	return (share >= 0.5 ? b - step * (1 - share) : a + step * share) + 0.0;
}

double ns_median(double *values, size_t count)
{
	if (count == 0)
		return NAN;
	double a, b;
	two_from(&a, &b, values, count, (count - 1) / 2);
	if (count % 2)
		return a + 0.0;
	double sum = a + b;
	return (isinf(sum) ? a / 2 + b / 2 : sum / 2) + 0.0;
}

enum { CARRY_AFTER = 512 }; /* a chunk gets less than 2^54 at a time */

/* Brings chunks 0 .. last-1 into [0, 2^32); the last one keeps the sign. */
static void pass_carries(int64_t *chunks)
{
	for (int i = 0; i + 1 < NS_SUM_CHUNKS; i++) {
		int64_t low = chunks[i] & 0xffffffff;
		chunks[i + 1] += (chunks[i] - low) / ((int64_t)1 << 32);
		chunks[i] = low;
	}
}

void ns_sum_add(struct ns_sum *sum, double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	unsigned exponent = bits >> 52 & 0x7ff;
	if (exponent == 0x7ff) {
		sum->special += value;
		return;
	}
	int64_t mantissa = (int64_t)(bits & 0xfffffffffffff) | (int64_t)(exponent > 0) << 52;
	unsigned at = exponent ? exponent - 1 : 0, shift = at % 32;
	int64_t low = (int64_t)((uint64_t)mantissa << shift & 0xffffffff), high = mantissa >> (32 - shift);
	bool negative = bits >> 63;
	sum->chunks[at / 32] += negative ? -low : low;
	sum->chunks[at / 32 + 1] += negative ? -high : high;
	if (++sum->pending == CARRY_AFTER) {
		pass_carries(sum->chunks);
		sum->pending = 0;
	}
}

/* 64 bits from bit position `at` on; chunks are within [0, 2^32). */
static uint64_t window(const int64_t *chunks, int at)
{
	uint64_t bits = 0;
	for (int i = at / 32, place = -(at % 32); i < NS_SUM_CHUNKS && place < 64; i++, place += 32)
		bits |= place < 0 ? (uint64_t)chunks[i] >> -place : (uint64_t)chunks[i] << place;
	return bits;
}

static bool any_below(const int64_t *chunks, int at)
{
	for (int i = 0; i < at / 32; i++)
		if (chunks[i])
			return true;
	return chunks[at / 32] & (((int64_t)1 << at % 32) - 1);
}

/* Rounds non-negative chunks in [0, 2^32) to 53 bits, ties to even, and multiplies by 2^scale. */
static double round_chunks(const int64_t *chunks, int scale)
{
	int top = NS_SUM_CHUNKS - 1;
	while (top > 0 && !chunks[top])
		top--;
	if (!chunks[top])
		return 0;
	int high = top * 32 + 63 - __builtin_clzll((uint64_t)chunks[top]);
	if (high < 53)
		return ldexp((double)window(chunks, 0), scale - 1074);
	uint64_t mantissa = window(chunks, high - 53) & (((uint64_t)1 << 54) - 1); /* 53 bits and the half */
	bool half = mantissa & 1;
	mantissa >>= 1;
	if (half && ((mantissa & 1) || any_below(chunks, high - 53)))
		mantissa++;
	return ldexp((double)mantissa, high - 52 - 1074 + scale);
}

/* The sum times 2^scale, rounded once. */
static double rounded(const struct ns_sum *sum, int scale)
{
	if (sum->special != 0 || isnan(sum->special))
		return sum->special;
	int64_t chunks[NS_SUM_CHUNKS];
	memcpy(chunks, sum->chunks, sizeof chunks);
	pass_carries(chunks);
	bool negative = chunks[NS_SUM_CHUNKS - 1] < 0;
	if (negative) {
		for (int i = 0; i < NS_SUM_CHUNKS; i++)
			chunks[i] = -chunks[i];
		pass_carries(chunks);
	}
	double value = round_chunks(chunks, scale);
	return negative ? -value : value;
}

double ns_sum_value(const struct ns_sum *sum)
{
	return rounded(sum, 0);
}

double ns_mean(const double *values, size_t count)
{
	if (count == 0)
		return NAN;
	struct ns_sum sum = {0};
	for (size_t i = 0; i < count; i++)
		ns_sum_add(&sum, values[i]);
	double total = rounded(&sum, 0);
	if (isinf(total) && sum.special == 0) /* finite values, so their mean is finite */
		return ldexp(rounded(&sum, -64) / (double)count, 64);
	return total / (double)count;
}

double ns_variance(const double *values, size_t count, double mean)
{
	if (count == 0)
		return NAN;
	struct ns_sum squares = {0}, rest = {0};
	for (size_t i = 0; i < count; i++) {
		double difference = values[i] - mean;
		ns_sum_add(&squares, difference * difference);
		ns_sum_add(&rest, difference);
	}
	double correction = rounded(&rest, 0), n = (double)count;
	double variance = (rounded(&squares, 0) - correction * correction / n) / n;
	return variance < 0 ? 0 : variance;
}
