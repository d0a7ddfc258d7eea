#include "learn/smote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "base/random.h"
#include "near/neighbors.h"

enum { PORTION = 4096 };

static int check_neighbors(const char *name, size_t rows, size_t k, struct ns_err *err)
{
	if (rows > k)
		return NS_OK;
	if (rows < 2)
		return ns_fail(err, NS_EDATA, "class '%s' has one row only, which has no neighbour (leave it out, or choose another --strategy)", name);
	return ns_fail(err, NS_EDATA, "class '%s' has %zu rows: too few for k_neighbors=%zu (-p k_neighbors=%zu)", name, rows, k, rows - 1);
}

int ns_smote_plan(size_t *more, const struct ns_training *training, const struct ns_labels *labels, const struct ns_sampling *sampling, size_t k,
	struct ns_err *err)
{
	size_t *counts = ns_malloc_array(labels->classes, sizeof *counts);
	memset(counts, 0, labels->classes * sizeof *counts);
	for (size_t row = 0; row < training->rows; row++)
		counts[labels->y[row]]++;
	int status = ns_sampling_plan(more, sampling, counts, labels, err);
	for (uint32_t c = 0; c < labels->classes && status == NS_OK; c++) {
		more[c] = more[c] == NS_SAMPLING_ASIDE ? 0 : more[c] - counts[c];
		status = more[c] ? check_neighbors(labels->names[c], counts[c], k, err) : NS_OK;
	}
	free(counts);
	return status;
}

/* --- which --- */

/* Lexicographic by the features' values; rows that are equal in all are interchangeable. */
static int compare_rows(const void *a, const void *b, void *context)
{
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	const struct ns_training *training = context;
	for (size_t f = 0; f < training->features; f++) {
		double x = training->x[f][i], y = training->x[f][j];
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static size_t sort_class(uint32_t *order, const struct ns_training *training, uint32_t class)
{
	size_t count = 0;
	for (size_t row = 0; row < training->rows; row++)
		if (training->y[row] == class)
			order[count++] = (uint32_t)row;
	qsort_r(order, count, sizeof *order, compare_rows, (void *)training);
	return count;
}

/* base: positions in the canonical order; neighbor: which of its k it is. */
static void draw(uint32_t *base, uint32_t *neighbor, double *gap, size_t count, size_t size, size_t k, const struct ns_training *training, uint32_t class)
{
	struct ns_random random;
	ns_random_init(&random, training->seed, "smote", class, 0);
	for (size_t i = 0; i < count; i++) {
		base[i] = (uint32_t)ns_random_below(&random, size);
		neighbor[i] = (uint32_t)ns_random_below(&random, k);
		gap[i] = ns_random_real(&random);
	}
}

/* A portion at a time, so that progress shows: the time grows with the square of the class. */
static void find_neighbors(uint32_t *nearest, const uint32_t *rows, const uint32_t *self, size_t asked, const struct ns_points *references,
	size_t k, const struct ns_training *training)
{
	ns_progress_start("looking for neighbours", asked);
	for (size_t from = 0; from < asked; from += PORTION) {
		size_t count = asked - from < PORTION ? asked - from : PORTION;
		ns_neighbors_find(nearest + from * k, NULL, references,
			&(struct ns_neighbors_query){training->x, rows + from, count, self + from, k, training->threads});
		ns_progress_add(count);
	}
	ns_progress_stop();
}

/* Replaces drawn numbers by rows of the table; only rows that were drawn are asked for their neighbours. */
static void resolve(uint32_t *base, uint32_t *neighbor, size_t count, const uint32_t *order, size_t size, size_t k,
	const struct ns_training *training)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_points references;
	uint32_t *place = NS_NEW_ARRAY(&arena, uint32_t, size), *self = NS_NEW_ARRAY(&arena, uint32_t, size), *rows = NS_NEW_ARRAY(&arena, uint32_t, size);
	size_t asked = 0;
	for (size_t i = 0; i < count; i++)
		place[base[i]] = 1;
	for (size_t i = 0; i < size; i++)
		if (place[i]) {
			place[i] = (uint32_t)asked;
			self[asked] = (uint32_t)i;
			rows[asked++] = order[i];
		}
	uint32_t *nearest = ns_alloc_array(&arena, asked, k * sizeof *nearest);
	ns_points_init(&references, NS_EUCLIDEAN, training->x, order, size, training->features, &arena);
	find_neighbors(nearest, rows, self, asked, &references, k, training);
	for (size_t i = 0; i < count; i++) {
		neighbor[i] = order[nearest[place[base[i]] * k + neighbor[i]]];
		base[i] = order[base[i]];
	}
	ns_arena_release(&arena);
}

void ns_smote_draw(struct ns_smote_rows *rows, const struct ns_training *training, uint32_t class, size_t count, size_t k, struct ns_arena *arena)
{
	uint32_t *base = NS_NEW_ARRAY(arena, uint32_t, count), *neighbor = NS_NEW_ARRAY(arena, uint32_t, count);
	double *gap = NS_NEW_ARRAY(arena, double, count);
	uint32_t *order = ns_malloc_array(training->rows, sizeof *order);
	size_t size = sort_class(order, training, class);
	draw(base, neighbor, gap, count, size, k, training, class);
	resolve(base, neighbor, count, order, size, k, training);
	free(order);
	*rows = (struct ns_smote_rows){count, base, neighbor, gap};
}

/* --- values --- */

static double between(double from, double to, double gap)
{
	double step = to - from, value = isfinite(step) ? from + gap * step : (1 - gap) * from + gap * to;
	double low = from < to ? from : to, high = from < to ? to : from;
	return value < low ? low : value > high ? high : value; /* rounding does not lead out */
}

void ns_smote_values(double *out, const double *x, const struct ns_smote_rows *rows, size_t from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		out[i] = between(x[rows->base[from + i]], x[rows->neighbor[from + i]], rows->gap[from + i]);
}
