/*
 * coding: the values of one feature become codes that order as they do (bins.h).
 */
#ifndef NS_LEARN_CODING_H
#define NS_LEARN_CODING_H

#include "learn/bins.h"

/*
 * A column of codes, one for each row of x (rows >= 1); max_bins as ns_bins_init. missing: x may hold NaN. The caller frees lowest,
 * highest where it is another array, and codes.
 */
void ns_column_code(struct ns_bins_column *column, const double *x, size_t rows, bool missing, uint32_t max_bins);
void ns_column_release(struct ns_bins_column *column);

#endif
