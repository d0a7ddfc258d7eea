#include "learn/drawn.h"

#include <float.h>
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

enum { STRIP = 512 };

/* Nothing branches: which end is the lower is as good as random. */
static void interpolate(double *restrict out, const double *restrict from, const double *restrict to, const double *restrict gap, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		double step = to[i] - from[i], along = from[i] + gap[i] * step, parted = (1 - gap[i]) * from[i] + gap[i] * to[i];
		double low = from[i] < to[i] ? from[i] : to[i], high = from[i] < to[i] ? to[i] : from[i];
		double value = fabs(step) <= DBL_MAX ? along : parted;
		value = value < low ? low : value; /* rounding does not lead out */
		out[i] = value > high ? high : value;
	}
}

static void go_between(double *out, const double *x, const uint32_t *base, const uint32_t *neighbor, const double *gap, size_t count)
{
	double from[STRIP], to[STRIP];
	for (size_t at = 0; at < count; at += STRIP) {
		size_t strip = count - at < STRIP ? count - at : STRIP;
		for (size_t i = 0; i < strip; i++) {
			from[i] = x[base[at + i]];
			to[i] = x[neighbor[at + i]];
		}
		interpolate(out + at, from, to, gap + at, strip);
	}
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
	else if (drawn->near)
		go_between(making->out[f], drawn->near[f], drawn->near_base + making->from, drawn->near_neighbor + making->from, drawn->gap + making->from,
			making->count);
	else if (!drawn->spread)
		go_between(making->out[f], making->training->x[f], drawn->base + making->from, drawn->neighbor + making->from, drawn->gap + making->from,
			making->count);
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

struct gathering {
	double **near;
	const struct ns_training *training;
	const uint32_t *rows;
	size_t count;
};

static void gather_feature(void *context, size_t f, int worker)
{
	const struct gathering *gathering = context;
	(void)worker;
	for (size_t i = 0; i < gathering->count; i++)
		gathering->near[f][i] = gathering->training->x[f][gathering->rows[i]];
}

static void put_side_by_side(struct ns_drawn *drawn, struct gathering *gathering, const uint32_t *base, const uint32_t *neighbor,
	struct ns_arena *arena)
{
	size_t features = gathering->training->features;
	gathering->near = NS_NEW_ARRAY(arena, double *, features);
	for (size_t f = 0; f < features; f++)
		gathering->near[f] = NS_NEW_ARRAY(arena, double, gathering->count);
	ns_parallel(gathering->training->threads, features, gather_feature, gathering);
	drawn->near = (const double *const *)gathering->near;
	drawn->near_base = base;
	drawn->near_neighbor = neighbor;
}

/* Gives the row a place among those drawn from, where it has none; returns the place. */
static uint32_t place_of(uint32_t *places, uint32_t *rows, size_t *count, uint32_t row)
{
	if (!places[row]) {
		rows[*count] = row;
		places[row] = (uint32_t)++*count;
	}
	return places[row] - 1;
}

void ns_drawn_gather(struct ns_drawn *drawn, const struct ns_training *training, struct ns_arena *arena)
{
	struct gathering gathering = {.training = training};
	if (!drawn->neighbor || drawn->spread || drawn->source)
		return;
	struct ns_arena scratch = NS_ARENA_INIT;
	uint32_t *places = NS_NEW_ARRAY(&scratch, uint32_t, training->rows), *rows = NS_NEW_ARRAY(&scratch, uint32_t, 2 * drawn->count);
	uint32_t *base = NS_NEW_ARRAY(arena, uint32_t, drawn->count), *neighbor = NS_NEW_ARRAY(arena, uint32_t, drawn->count);
	for (size_t i = 0; i < drawn->count; i++) {
		base[i] = place_of(places, rows, &gathering.count, drawn->base[i]);
		neighbor[i] = place_of(places, rows, &gathering.count, drawn->neighbor[i]);
	}
	gathering.rows = rows;
	if (gathering.count <= drawn->count / 2)
		put_side_by_side(drawn, &gathering, base, neighbor, arena);
	ns_arena_release(&scratch);
}
