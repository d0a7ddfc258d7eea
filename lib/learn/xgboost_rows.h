/*
 * xgboost_rows: training rows as libxgboost takes them: floats, row after row, in a canonical order, with a weight each.
 *
 * Equal rows of one class may be merged into one of their weight: fewer rows to look at, and "weight 2" is "twice" to the last
 * bit, where libxgboost's own sums would round differently. What is then drawn at random are merged rows, so they are not where
 * anything is. The order is by a hash of the row's floats, then by the floats: it depends on the multiset of rows alone.
 *
 * A number becomes the nearest float, as everything in XGBoost; one beyond NS_XGBOOST_MOST becomes that, for libxgboost takes no
 * infinities and puts thresholds at up to twice the largest value. Missing is NaN.
 */
#ifndef NS_LEARN_XGBOOST_ROWS_H
#define NS_LEARN_XGBOOST_ROWS_H

#include "learn/learner.h"

#define NS_XGBOOST_MOST 0x1p126f

struct ns_xgboost_rows {
	size_t count, features; /* features: at least 1, since libxgboost wants one; a column of zeroes where there are none */
	float *x;               /* x[row * features + feature] */
	uint32_t *y;            /* class of each */
	double *weight;         /* of all training rows that are this one */
	uint32_t *rows;         /* how many they are */
};

/* Memory: 4 bytes a value, twice that while it is made. */
void ns_xgboost_rows_init(struct ns_xgboost_rows *rows, const struct ns_training *training, bool merge);
void ns_xgboost_rows_release(struct ns_xgboost_rows *rows);

#endif
