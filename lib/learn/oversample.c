#include "learn/oversample.h"

#include <stdlib.h>

#include "base/elementary.h"
#include "base/random.h"

static const double *spread_of(const struct ns_training *training, const uint32_t *rows, size_t count, double shrinkage, struct ns_arena *arena)
{
	double *spread = NS_NEW_ARRAY(arena, double, training->features), d = (double)training->features, n = (double)training->rows;
	double narrowing = ns_exp(ns_log(4 / ((d + 2) * n)) / (d + 4));
	for (size_t f = 0; f < training->features; f++)
		spread[f] = shrinkage * narrowing * ns_drawn_deviation(training->x[f], rows, count);
	return spread;
}

void ns_oversample_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count, double shrinkage,
	struct ns_arena *arena)
{
	struct ns_random random;
	uint32_t *base = NS_NEW_ARRAY(arena, uint32_t, count), *rows = ns_malloc_array(training->rows, sizeof *rows);
	size_t size = ns_drawn_class(rows, training, class);
	ns_random_init(&random, training->seed, "oversample", class, 0);
	for (size_t i = 0; i < count; i++)
		base[i] = rows[ns_random_below(&random, size)];
	*drawn = (struct ns_drawn){.class = class, .count = count, .base = base};
	if (shrinkage > 0) {
		drawn->spread = spread_of(training, rows, size, shrinkage, arena);
	} else {
		const uint32_t **source = NS_NEW_ARRAY(arena, const uint32_t *, training->features);
		for (size_t f = 0; f < training->features; f++)
			source[f] = base;
		drawn->source = source;
	}
	free(rows);
}
