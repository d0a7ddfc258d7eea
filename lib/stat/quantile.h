/*
 * quantile: what a column of numbers looks like: exact quantiles, sums, mean and variance.
 *
 * Every result depends on the multiset of the values, to the last bit, never on their order: quantiles are exact order
 * statistics, sums are correctly rounded. NaN marks a missing value and must be left out first (ns_present).
 */
#ifndef NS_STAT_QUANTILE_H
#define NS_STAT_QUANTILE_H

#include <stddef.h>
#include <stdint.h>

/* Copies the values that are no NaN to out (which may be values itself) and returns how many there are. */
size_t ns_present(double *out, const double *values, size_t count);

/* The k-th smallest value, k from 0, k < count. Reorders values (no NaN). */
double ns_order_statistic(double *values, size_t count, size_t k);
/*
 * The q-quantile, q in [0, 1], as numpy's default: linear interpolation at (count - 1) q. Reorders values (no NaN);
 * expected O(count), O(count log count) at worst. NaN where count is 0. A zero is +0.
 */
double ns_quantile(double *values, size_t count, double q);
/* The middle value or the mean of the two middle ones, as numpy.median; otherwise as ns_quantile. */
double ns_median(double *values, size_t count);

/*
 * A sum without rounding error: all bits that a double can have, in 32-bit chunks with carries saved (R. M. Neal, "Fast exact
 * summation using small and large superaccumulators", 2015). {0} is the empty sum. Up to 2^64 values.
 * Infinities and NaN propagate as in plain addition.
 */
enum { NS_SUM_CHUNKS = 70 };
struct ns_sum {
	int64_t chunks[NS_SUM_CHUNKS]; /* chunks[i] * 2^(32 i - 1074) */
	double special;                /* sum of the infinities and NaNs met */
	uint32_t pending;              /* additions since carries were last passed on */
};
void ns_sum_add(struct ns_sum *sum, double value);
double ns_sum_value(const struct ns_sum *sum); /* rounded once, to nearest-even; an empty sum is 0 */

/* The rounded exact sum divided by count; NaN where count is 0. Where only the sum overflows, the mean does not. */
double ns_mean(const double *values, size_t count);
/*
 * The population variance (divided by count) about `mean`, with the correction for the mean's own rounding (Chan, Golub, LeVeque
 * 1983).
 */
double ns_variance(const double *values, size_t count, double mean);

#endif
