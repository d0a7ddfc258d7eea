/*
 * donors: the k nearest rows that have a value which another row has not: what k-neighbours imputation asks for.
 *
 * Two rows are as far apart as the features that both have say: the mean of their squared differences there, summed in the order of
 * the features and rounded once by the division. It is the square of scikit-learn's nan_euclidean distance divided by the number of
 * features, so that orders and ratios are the same (J. K. Dixon, "Pattern recognition with partly missing data", 1979). Rows
 * without a common feature, or whose sum is beyond the doubles, are infinitely far. Of rows that are equally far the lower is the
 * nearer one.
 *
 * Every answer is exact, and the same for any number of threads and any width of vectors: fast loops only pick out the rows that may
 * be near enough, and are never wrong about one that is. Where all columns hold few levels of one unit (codes, flags, small
 * counts) they work with a bit for each level and donor, else with single precision and a bound of its error.
 *
 * Memory: 8 bytes a value, and 4 more, and a bit for each level. Time: donors * queries * features, and k for every donor that is
 * among the nearest so far.
 */
#ifndef NS_NEAR_DONORS_H
#define NS_NEAR_DONORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct ns_donors {
	size_t rows, features;
	const double *values;    /* row by row, NaN = missing */
	const uint32_t *weights; /* how many equal rows each stands for, > 0; NULL: 1 */
	/* for the loops alone, in tiles of 64 rows: donors_parts.h */
	size_t words, planes;
	const uint32_t *bits;
	const uint64_t *has;
	const double *low;
	double unit;
	const float *singles;
	const double *center;
	double scale, norm;
};

/* The rows of the columns x[feature][row], whose values are finite or NaN, which are copied; weights are borrowed. rows < 2^32 - 1. */
void ns_donors_init(struct ns_donors *donors, const double *const *x, const uint32_t *weights, size_t rows, size_t features,
	struct ns_arena *arena);

static inline double ns_donors_value(const struct ns_donors *donors, uint32_t row, size_t feature)
{
	return donors->values[row * donors->features + feature];
}

struct ns_donor {
	uint32_t row, copies; /* of it: at most its weight */
	double apart;         /* INFINITY: infinitely far */
};

/*
 * What one value that query `query` has not may be made of: the nearest donors that have the feature, in order; their copies are k,
 * or as many as there are. Called from any thread, once for each missing value of each query, in no order.
 */
typedef void ns_donors_answer(void *context, size_t query, size_t feature, const struct ns_donor *near, size_t count);

struct ns_donors_query {
	const double *const *x; /* x[feature][row]; NaN = missing, asked for; an infinity is not asked for, and says nothing of distance */
	const uint32_t *rows;   /* the rows that ask; NULL: row i */
	size_t count, k;        /* k > 0 */
	int threads;
	ns_donors_answer *answer;
	void *context;
};
void ns_donors_find(const struct ns_donors *donors, const struct ns_donors_query *query);

#endif
