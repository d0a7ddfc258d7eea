/*
 * levels: the distinct values of a column, such as codes, and the nearest of them to another value.
 */
#ifndef NS_STAT_LEVELS_H
#define NS_STAT_LEVELS_H

#include <stddef.h>

#include "base/arena.h"

struct ns_levels {
	size_t count;
	const double *values; /* ascending; -0 is 0 */
};

/* The distinct values of x[0..rows), none of them NaN. Where there are many, 8 bytes a row. */
void ns_levels_of(struct ns_levels *levels, const double *x, size_t rows, struct ns_arena *arena);
/* Replaces each value by the nearest level; half-way between two by the lower. There is at least one level. */
void ns_levels_round(double *values, size_t count, const struct ns_levels *levels);

#endif
