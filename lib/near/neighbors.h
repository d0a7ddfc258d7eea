/*
 * neighbors: the exact k nearest of some points.
 *
 * Every distance is worked out (points.h), or, where many ask for Euclidean ones, bounded from below in single precision (screen.h)
 * and worked out where that is not enough: the answer is the same. Of equal distances the lower point is the nearer one.
 *
 * Time: points * queries * features. Memory: 40 kB a thread, and a copy of 64 queries; for 256 queries or more 4 bytes for each of
 * the points' values.
 */
#ifndef NS_NEAR_NEIGHBORS_H
#define NS_NEAR_NEIGHBORS_H

#include "near/points.h"

struct ns_neighbors_query {
	const double *const *x; /* x[feature][row], as many features as the points have */
	const uint32_t *rows;   /* the rows that ask; NULL: row i */
	size_t count;
	const uint32_t *self;   /* per query the point that it is itself, no neighbour of its own; NULL: none */
	size_t k;               /* > 0, at most the points, less one with self */
	int threads;
};

/*
 * nearest[query * k + i] = the point that is i-th nearest; distance (NULL: not wanted) = its distance, squared if Euclidean,
 * ascending.
 */
void ns_neighbors_find(uint32_t *nearest, double *distance, const struct ns_points *points, const struct ns_neighbors_query *query);

/*
 * Those that are equally far: sums[query * width + w] = the sum of values[point * width + w] over all points at exactly
 * distance[query], in their order. query->k is not looked at, query->self is not left out.
 */
void ns_neighbors_tied(double *sums, const struct ns_points *points, const struct ns_neighbors_query *query, const double *distance,
	const double *values, size_t width);

#endif
