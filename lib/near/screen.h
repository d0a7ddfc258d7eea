/*
 * screen: which points may be near enough, told by single-precision products; who may be is then measured exactly (points.h).
 *
 * With p and q moved to the points' center and rounded, |p - q|^2 = |p|^2 + |q|^2 - 2 p.q, and how far rounding can lead off is
 * bounded (N. Higham, "Accuracy and Stability of Numerical Algorithms", 3.1). So no point that is near enough is ever left out, and
 * answers do not depend on the width of registers; a few that are not near enough may be let through.
 *
 * Memory: 4 bytes a value.
 */
#ifndef NS_NEAR_SCREEN_H
#define NS_NEAR_SCREEN_H

#include "near/points.h"

enum { NS_SCREEN_TILE = 64, NS_SCREEN_TILES = NS_POINTS_BLOCK / NS_SCREEN_TILE };

struct ns_screen {
	const struct ns_points *points;
	const double *center; /* per feature */
	const float *values;  /* tiles of 64 points: minus half of each squared length, then feature by feature */
	const double *length; /* per block: the greatest of its points' lengths */
};

/* Points measured by NS_EUCLIDEAN that are not in cells. False where values are too large for single precision. */
bool ns_screen_init(struct ns_screen *screen, const struct ns_points *points, int threads, struct ns_arena *arena);

/* A query's values (ns_points_query) as it is screened; returns its length, infinite where it cannot be. */
double ns_screen_query(float *out, const struct ns_screen *screen, const double *values);

/*
 * What ns_screen_block takes for a query of this length, so that every point of the block whose squared distance is at most `limit`
 * passes; false where so many others would that it does not pay.
 */
bool ns_screen_threshold(float *threshold, const struct ns_screen *screen, size_t block, double length, double limit);

/*
 * bits[q * NS_SCREEN_TILES + t] bit i: point block + 64 t + i may be near enough to query q, of NS_POINTS_GROUP queries one behind the
 * other; block is a multiple of NS_POINTS_BLOCK. No bits behind the last point.
 */
void ns_screen_block(uint64_t *bits, const struct ns_screen *screen, const float *queries, const float *thresholds, size_t block);

#endif
