/*
 * repeats: which rows are equal to an earlier one, so that what is dear to work out is worked out once.
 */
#ifndef NS_NEAR_REPEATS_H
#define NS_NEAR_REPEATS_H

#include <stddef.h>
#include <stdint.h>

/*
 * distinct: the rows of x[feature][row] that are equal to none before them, ascending; which[row]: the place there of the row
 * that it is equal to. 0 and -0 are equal, and NaN, a missing value, is equal to NaN. Returns their number. Time: that of reading the rows; memory: 8
 * bytes a row.
 */
size_t ns_repeats_find(uint32_t *distinct, uint32_t *which, const double *const *x, size_t features, size_t rows);

#endif
