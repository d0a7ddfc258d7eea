#include "stat/levels.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 1024 };

/* The first of count ascending values that is not below `value`. */
static size_t lower_bound(const double *values, size_t count, double value)
{
	size_t low = 0;
	while (low < count) {
		size_t middle = low + (count - low) / 2;
		if (values[middle] < value)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

/* Puts each value in its place; false where there are more than FEW. */
static bool insert_all(double *values, size_t *count, const double *x, size_t rows)
{
	*count = 0;
	for (size_t row = 0; row < rows; row++) {
		if (row && x[row] == x[row - 1])
			continue;
		size_t at = lower_bound(values, *count, x[row]);
		if (at < *count && values[at] == x[row])
			continue;
		if (*count == FEW)
			return false;
		memmove(values + at + 1, values + at, ((*count)++ - at) * sizeof *values);
		values[at] = x[row] + 0.0;
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static size_t sort_all(double *values, const double *x, size_t rows)
{
	size_t count = 0;
	for (size_t row = 0; row < rows; row++)
		values[row] = x[row] + 0.0;
	qsort(values, rows, sizeof *values, compare);
	for (size_t row = 0; row < rows; row++)
		if (!row || values[row] != values[count - 1])
			values[count++] = values[row];
	return count;
}

void ns_levels_of(struct ns_levels *levels, const double *x, size_t rows, struct ns_arena *arena)
{
	size_t count;
	double *values = NS_NEW_ARRAY(arena, double, rows < FEW ? rows : FEW);
	if (!insert_all(values, &count, x, rows)) {
		values = NS_NEW_ARRAY(arena, double, rows);
		count = sort_all(values, x, rows);
	}
	*levels = (struct ns_levels){count, values};
}

void ns_levels_round(double *values, size_t count, const struct ns_levels *levels)
{
	for (size_t i = 0; i < count; i++) {
		size_t at = lower_bound(levels->values, levels->count, values[i]);
		if (at == levels->count || (at && values[i] - levels->values[at - 1] <= levels->values[at] - values[i]))
			at--;
		values[i] = levels->values[at];
	}
}
