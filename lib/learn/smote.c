#include "learn/smote.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/progress.h"
#include "base/random.h"
#include "near/neighbors.h"

/* --- how many --- */

static const char *const words[] = {"auto", "not-majority", "all", "minority", "not-minority"};
static const enum ns_smote_which meanings[] = {NS_SMOTE_NOT_MAJORITY, NS_SMOTE_NOT_MAJORITY, NS_SMOTE_NOT_MAJORITY, NS_SMOTE_MINORITY,
	NS_SMOTE_NOT_MINORITY};
enum { WORDS = sizeof words / sizeof words[0], PORTION = 4096 };

int ns_smote_strategy_read(struct ns_smote_strategy *strategy, const char *text, struct ns_err *err)
{
	*strategy = (struct ns_smote_strategy){.which = NS_SMOTE_RATIO, .text = text};
	for (size_t i = 0; i < WORDS; i++)
		if (strcmp(text, words[i]) == 0) {
			strategy->which = meanings[i];
			return NS_OK;
		}
	if (ns_number_parse(&strategy->ratio, text, strlen(text))) {
		if (strategy->ratio > 0 && strategy->ratio <= 1)
			return NS_OK;
		return ns_fail(err, NS_ECALL, "--strategy: %s is no share of the larger class: above 0, at most 1", text);
	}
	const char *near = ns_nearest_name(text, words, WORDS);
	if (near)
		return ns_fail(err, NS_ECALL, "--strategy: unknown word '%s' (did you mean '%s'?)", text, near);
	return ns_fail(err, NS_ECALL, "--strategy: '%s' is neither auto, not-majority, all, minority, not-minority nor a number", text);
}

static int plan_ratio(size_t *wanted, const size_t *counts, uint32_t classes, uint32_t least, uint32_t most, const char *const *names,
	const struct ns_smote_strategy *strategy, struct ns_err *err)
{
	if (classes != 2)
		return ns_fail(err, NS_ECALL, "--strategy %s: a ratio is for two classes, here are %u (auto, minority, not-minority)", strategy->text,
			classes);
	uint32_t smaller = least == most ? 1 - most : least;
	double more = (double)counts[most] * strategy->ratio - (double)counts[smaller];
	if (more < 0)
		return ns_fail(err, NS_ECALL, "--strategy %s: class '%s' has %zu rows beside %zu, which is more already: rows are only added", strategy->text,
			names[smaller], counts[smaller], counts[most]);
	wanted[smaller] = (size_t)more;
	return NS_OK;
}

static int check_neighbors(const char *name, size_t rows, size_t k, struct ns_err *err)
{
	if (rows > k)
		return NS_OK;
	if (rows < 2)
		return ns_fail(err, NS_EDATA, "class '%s' has one row only, which has no neighbour (leave it out, or choose another --strategy)", name);
	return ns_fail(err, NS_EDATA, "class '%s' has %zu rows: too few for k_neighbors=%zu (-p k_neighbors=%zu)", name, rows, k, rows - 1);
}

int ns_smote_plan(size_t *wanted, const struct ns_training *training, const char *const *names, const struct ns_smote_strategy *strategy, size_t k,
	struct ns_err *err)
{
	uint32_t classes = training->classes, most = 0, least = 0;
	size_t *counts = ns_malloc_array(classes, sizeof *counts);
	memset(counts, 0, classes * sizeof *counts);
	memset(wanted, 0, classes * sizeof *wanted);
	for (size_t row = 0; row < training->rows; row++)
		counts[training->y[row]]++;
	for (uint32_t c = 1; c < classes; c++) {
		most = counts[c] > counts[most] ? c : most;
		least = counts[c] < counts[least] ? c : least;
	}
	int status = NS_OK;
	if (strategy->which == NS_SMOTE_RATIO)
		status = plan_ratio(wanted, counts, classes, least, most, names, strategy, err);
	for (uint32_t c = 0; c < classes && strategy->which != NS_SMOTE_RATIO; c++)
		if (strategy->which == NS_SMOTE_NOT_MAJORITY || (c == least) == (strategy->which == NS_SMOTE_MINORITY))
			wanted[c] = counts[most] - counts[c];
	for (uint32_t c = 0; c < classes && status == NS_OK; c++)
		if (wanted[c])
			status = check_neighbors(names[c], counts[c], k, err);
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
