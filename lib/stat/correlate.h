/*
 * correlate: Pearson's correlation of columns of numbers, and columns that say what an earlier one has said.
 *
 * A correlation is that over the rows in which both columns are present (NaN marks a missing value). It is computed from the
 * columns' differences to their means, whose sums and sums of products are correctly rounded, so that it depends on the multiset
 * of rows alone, not on their order. It is NaN where a column is infinite, or does not vary, in the rows that both have.
 */
#ifndef NS_STAT_CORRELATE_H
#define NS_STAT_CORRELATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* In [-1, 1], as numpy.corrcoef to 1e-12; NaN where there is none. */
double ns_correlation(const double *x, const double *y, size_t rows);

/* What an earlier column has said. */
struct ns_correlated {
	ptrdiff_t with; /* the first column before it that stays and is correlated with it; -1: none, it stays */
	double r;       /* their correlation */
};

/*
 * Looks at the columns in their order. One that is correlated with an earlier one that stays, |r| >= limit to within 1e-12, goes,
 * unless stays[column]. 0 < limit <= 1.
 *
 * Takes count^2 rows / 2 multiplications at most, and mostly far fewer: a pair is left as soon as what the rows seen so far leave
 * unexplained is more than the limit allows in all. Holds some 400 KB a thread beside the columns, which are read in pieces.
 */
void ns_correlated(struct ns_correlated *out, const double *const *columns, size_t count, size_t rows, double limit, const bool *stays,
	int threads, struct ns_arena *arena);

#endif
