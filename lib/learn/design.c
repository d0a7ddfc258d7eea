#include "learn/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/quantile.h"

struct key {
	uint64_t hash;
	uint32_t row;
};

/* Goes on from hash with 64 more bits (Fibonacci hashing; equal hashes only cost time). */
static uint64_t mix(uint64_t hash, uint64_t bits)
{
	hash = (hash ^ bits) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

/* Column by column: reads memory in order. */
static struct key *hash_rows(const struct ns_training *training)
{
	struct key *keys = ns_malloc_array(training->rows, sizeof *keys);
	for (size_t i = 0; i < training->rows; i++)
		keys[i] = (struct key){mix(0, training->y[i]), (uint32_t)i};
	for (size_t f = 0; f < training->features; f++)
		for (size_t i = 0; i < training->rows; i++) {
			double value = training->x[f][i] + 0.0; /* -0 is 0 */
			uint64_t bits;
			memcpy(&bits, &value, sizeof bits);
			keys[i].hash = mix(keys[i].hash, bits);
		}
	return keys;
}

static int compare_keys(const void *a, const void *b, void *context)
{
	const struct key *i = a, *j = b;
	const struct ns_training *training = context;
	if (i->hash != j->hash)
		return i->hash < j->hash ? -1 : 1;
	for (size_t f = 0; f < training->features; f++) {
		double x = training->x[f][i->row], y = training->x[f][j->row];
		if (x != y)
			return x < y ? -1 : 1;
	}
	uint32_t x = training->y[i->row], y = training->y[j->row];
	return (x > y) - (x < y);
}

void ns_distinct_find(struct ns_distinct *distinct, const struct ns_training *training, struct ns_arena *arena)
{
	struct key *keys = hash_rows(training);
	qsort_r(keys, training->rows, sizeof *keys, compare_keys, (void *)training);
	distinct->order = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	distinct->first = NS_NEW_ARRAY(arena, uint32_t, training->rows + 1);
	distinct->count = 0;
	for (size_t i = 0; i < training->rows; i++) {
		if (i == 0 || compare_keys(&keys[i - 1], &keys[i], (void *)training) != 0)
			distinct->first[distinct->count++] = (uint32_t)i;
		distinct->order[i] = keys[i].row;
	}
	distinct->first[distinct->count] = (uint32_t)training->rows;
	free(keys);
}

struct scale {
	int outer, inner; /* u = (x 2^-outer - mean) 2^-inner */
	double mean;
	bool idle;        /* says nothing: left out */
};

/* scratch: a double a row. */
static struct scale measure(const double *x, size_t rows, bool intercept, double *scratch)
{
	struct scale scale = {0};
	double most = 0;
	bool constant = true;
	for (size_t i = 0; i < rows; i++) {
		most = fabs(x[i]) > most ? fabs(x[i]) : most;
		constant &= x[i] == x[0];
	}
	scale.idle = most < 0x1p-500 || (intercept && constant);
	if (scale.idle)
		return scale;
	frexp(most, &scale.outer);
	if (!intercept)
		return scale;
	double unit = ldexp(1, -scale.outer);
	for (size_t i = 0; i < rows; i++)
		scratch[i] = x[i] * unit;
	scale.mean = ns_mean(scratch, rows);
	double variance = ns_variance(scratch, rows, scale.mean);
	scale.idle = variance == 0;
	frexp(sqrt(variance), &scale.inner);
	return scale;
}

/* Writes one feature's column of the design matrix. */
static void fill_column(double *u, size_t columns, const double *x, const struct ns_distinct *distinct, const struct scale *scale)
{
	double outer = ldexp(1, -scale->outer), inner = ldexp(1, -scale->inner);
	for (size_t e = 0; e < distinct->count; e++)
		u[e * columns] = (x[distinct->order[distinct->first[e]]] * outer - scale->mean) * inner;
}

/* What these rows weigh, in whatever order they stand. */
static double weigh(const struct ns_training *training, const uint32_t *rows, size_t count)
{
	if (!training->weight)
		return (double)count;
	if (count == 1)
		return training->weight[*rows];
	struct ns_sum sum = {0};
	for (size_t i = 0; i < count; i++)
		ns_sum_add(&sum, training->weight[rows[i]]);
	return ns_sum_value(&sum);
}

/* One entry per distinct row: its class and what it weighs. */
static void fill_entries(struct ns_design *design, const struct ns_training *training, const struct ns_distinct *distinct, struct ns_arena *arena)
{
	double *weight = NS_NEW_ARRAY(arena, double, distinct->count);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, distinct->count);
	for (size_t e = 0; e < distinct->count; e++) {
		weight[e] = weigh(training, distinct->order + distinct->first[e], distinct->first[e + 1] - distinct->first[e]);
		y[e] = training->y[distinct->order[distinct->first[e]]];
	}
	design->rows = distinct->count;
	design->weight = weight;
	design->y = y;
}

void ns_design_make(struct ns_design *design, const struct ns_training *training, const struct ns_distinct *distinct, bool intercept, struct ns_arena *arena)
{
	struct scale *scales = ns_malloc_array(training->features, sizeof *scales);
	double *scratch = ns_malloc_array(training->rows, sizeof *scratch);
	size_t kept = 0;
	for (size_t f = 0; f < training->features; f++) {
		scales[f] = measure(training->x[f], training->rows, intercept, scratch);
		kept += !scales[f].idle;
	}
	size_t columns = kept + intercept, c = 0, *feature = NS_NEW_ARRAY(arena, size_t, kept);
	int *exponent = NS_NEW_ARRAY(arena, int, kept);
	double *center = NS_NEW_ARRAY(arena, double, kept);
	fill_entries(design, training, distinct, arena);
	double *u = ns_alloc_array(arena, design->rows, columns * sizeof *u);
	for (size_t f = 0; f < training->features; f++) {
		if (scales[f].idle)
			continue;
		feature[c] = f;
		exponent[c] = scales[f].outer + scales[f].inner;
		center[c] = ldexp(scales[f].mean, -scales[f].inner);
		fill_column(u + c++, columns, training->x[f], distinct, &scales[f]);
	}
	for (size_t e = 0; intercept && e < design->rows; e++)
		u[e * columns + c] = 1;
	design->columns = columns;
	design->features = kept;
	design->u = u;
	design->feature = feature;
	design->exponent = exponent;
	design->center = center;
	free(scales);
	free(scratch);
}
