#include "learn/mixed.h"

#include <stdlib.h>

#include "stat/quantile.h"

static uint32_t smallest_class(const struct ns_training *training, struct ns_arena *scratch)
{
	size_t *counts = NS_NEW_ARRAY(scratch, size_t, training->classes);
	uint32_t least = 0;
	for (size_t row = 0; row < training->rows; row++)
		counts[training->y[row]]++;
	for (uint32_t c = 1; c < training->classes; c++)
		least = counts[c] < counts[least] ? c : least;
	return least;
}

double ns_mixed_median(const struct ns_training *training, const bool *categorical)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	double *deviations = NS_NEW_ARRAY(&scratch, double, training->features);
	uint32_t *rows = NS_NEW_ARRAY(&scratch, uint32_t, training->rows), class = smallest_class(training, &scratch);
	size_t count = 0, numbers = 0;
	for (uint32_t row = 0; row < training->rows; row++)
		if (training->y[row] == class)
			rows[count++] = row;
	for (size_t f = 0; f < training->features; f++)
		if (!categorical[f])
			deviations[numbers++] = ns_drawn_deviation(training->x[f], rows, count);
	double median = ns_median(deviations, numbers);
	ns_arena_release(&scratch);
	return median;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The most frequent value of k, of several the lowest. Sorts them. */
static double mode(double *values, size_t k)
{
	size_t most = 0, run = 0, at = 0;
	qsort(values, k, sizeof *values, compare);
	for (size_t i = 0; i < k; i++) {
		run = i && values[i] == values[i - 1] ? run + 1 : 1;
		if (run > most) {
			most = run;
			at = i;
		}
	}
	return values[at];
}

/* The first of the rows around a base that has the category which is the most frequent there. */
static uint32_t find_source(const double *x, const uint32_t *nearest, size_t k, double *values)
{
	for (size_t i = 0; i < k; i++)
		values[i] = x[nearest[i]];
	double category = mode(values, k);
	while (x[*nearest] != category)
		nearest++;
	return *nearest;
}

static const uint32_t *find_sources(const double *x, const struct ns_smote_around *around, size_t count, struct ns_arena *arena, struct ns_arena *scratch)
{
	uint32_t *source = NS_NEW_ARRAY(arena, uint32_t, count), *of_base = NS_NEW_ARRAY(scratch, uint32_t, around->asked);
	double *values = NS_NEW_ARRAY(scratch, double, around->k);
	for (size_t i = 0; i < around->asked; i++)
		of_base[i] = find_source(x, around->nearest + i * around->k, around->k, values);
	for (size_t i = 0; i < count; i++)
		source[i] = of_base[around->which[i]];
	return source;
}

/* Columns with numbers first. Returns how many those are. */
static size_t arrange(const double **x, const struct ns_training *training, const bool *categorical)
{
	size_t count = 0, numbers;
	for (size_t f = 0; f < training->features; f++)
		if (!categorical[f])
			x[count++] = training->x[f];
	numbers = count;
	for (size_t f = 0; f < training->features; f++)
		if (categorical[f])
			x[count++] = training->x[f];
	return numbers;
}

void ns_mixed_draw(struct ns_drawn *drawn, const struct ns_training *training, const bool *categorical, uint32_t class, size_t count, size_t k,
	struct ns_arena *arena)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	struct ns_points points;
	struct ns_smote_around around;
	double median = ns_mixed_median(training, categorical);
	const double **x = NS_NEW_ARRAY(&scratch, const double *, training->features);
	uint32_t *rows = NS_NEW_ARRAY(&scratch, uint32_t, training->rows);
	size_t size = ns_drawn_class(rows, training, class), numbers = arrange(x, training, categorical);
	ns_points_init_mixed(&points, x, rows, size, numbers, training->features - numbers, median * median / 2, &scratch);
	struct ns_smote_pool pool = {.rows = rows, .bases_count = size, .points = &points, .x = x, .k = k};
	ns_smote_pick(drawn, &around, &pool, training, class, count, arena, &scratch);
	const uint32_t **source = NS_NEW_ARRAY(arena, const uint32_t *, training->features);
	for (size_t f = 0; f < training->features; f++)
		if (categorical[f])
			source[f] = find_sources(training->x[f], &around, count, arena, &scratch);
	drawn->source = source;
	ns_arena_release(&scratch);
}
