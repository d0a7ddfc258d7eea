#include "stat/levels.h"

#include <string.h>

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

int ns_levels_of(struct ns_levels *levels, const double *x, size_t rows, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	size_t capacity = rows < NS_LEVELS_MAX ? rows : NS_LEVELS_MAX, count = 0;
	double *values = NS_NEW_ARRAY(arena, double, capacity);
	for (size_t row = 0; row < rows; row++) {
		if (row && x[row] == x[row - 1])
			continue;
		size_t at = lower_bound(values, count, x[row]);
		if (at < count && values[at] == x[row])
			continue;
		if (count == capacity)
			return ns_fail(err, NS_EDATA, "column '%s' has more than %d different values: too many to round to", name, NS_LEVELS_MAX);
		memmove(values + at + 1, values + at, (count - at) * sizeof *values);
		values[at] = x[row] + 0.0;
		count++;
	}
	*levels = (struct ns_levels){count, values};
	return NS_OK;
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
