#include "learn/drawn.h"

#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "base/random.h"
#include "learn/canonical.h"
#include "stat/quantile.h"

size_t ns_drawn_class(uint32_t *rows, const struct ns_training *training, uint32_t class)
{
	size_t count = 0;
	for (uint32_t row = 0; row < training->rows; row++)
		if (training->y[row] == class)
			rows[count++] = row;
	ns_canonical_sort(rows, count, training);
	return count;
}

double ns_drawn_deviation(const double *x, const uint32_t *rows, size_t count)
{
	double *values = ns_malloc_array(count, sizeof *values);
	for (size_t i = 0; i < count; i++)
		values[i] = x[rows[i]];
	double deviation = sqrt(ns_variance(values, count, ns_mean(values, count)));
	free(values);
	return deviation;
}

static void copy(double *out, const double *x, const uint32_t *source, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = x[source[i]] + 0.0; /* -0 is 0 */
}

static double between(double from, double to, double gap)
{
	double step = to - from, value = isfinite(step) ? from + gap * step : (1 - gap) * from + gap * to;
	double low = from < to ? from : to, high = from < to ? to : from;
	return value < low ? low : value > high ? high : value; /* rounding does not lead out */
}

static void go_between(double *out, const double *x, const struct ns_drawn *drawn, size_t from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = between(x[drawn->base[from + i]], x[drawn->neighbor[from + i]], drawn->gap[from + i]);
}

/* Each row has errors of its own, whatever the batch it is made in. */
static void spread(double *const *out, const struct ns_drawn *drawn, const struct ns_training *training, size_t from, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ns_random random;
		ns_random_init(&random, training->seed, "spread", drawn->class, from + i);
		for (size_t f = 0; f < training->features; f++)
			out[f][i] = training->x[f][drawn->base[from + i]] + drawn->spread[f] * ns_random_normal(&random);
	}
}

struct making {
	double *const *out;
	const struct ns_drawn *drawn;
	const struct ns_training *training;
	const struct ns_levels *const *rounding;
	size_t from, count;
};

static void make_feature(void *context, size_t f, int worker)
{
	const struct making *making = context;
	const struct ns_drawn *drawn = making->drawn;
	const uint32_t *source = drawn->source ? drawn->source[f] : NULL;
	(void)worker;
	if (source)
		copy(making->out[f], making->training->x[f], source + making->from, making->count);
	else if (!drawn->spread)
		go_between(making->out[f], making->training->x[f], drawn, making->from, making->count);
	if (!source && making->rounding && making->rounding[f])
		ns_levels_round(making->out[f], making->count, making->rounding[f]);
}

void ns_drawn_values(double *const *out, const struct ns_drawn *drawn, const struct ns_training *training, const struct ns_levels *const *rounding,
	size_t from, size_t count)
{
	struct making making = {out, drawn, training, rounding, from, count};
	if (drawn->spread)
		spread(out, drawn, training, from, count);
	ns_parallel(training->threads, training->features, make_feature, &making);
}
