#include "stat/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "stat/quantile.h"
#include "stat/ranking.h"

/* --- drawing --- */

enum { BLOCK = 1 << 12 }; /* rows whose counts stay in the nearest cache */

struct draw {
	uint32_t *times;
	size_t rows;
	struct ns_random *random;
};

/* Heads of so many fair coins. */
static size_t heads(struct ns_random *random, size_t coins)
{
	size_t count = 0;
	for (; coins >= 64; coins -= 64)
		count += (size_t)__builtin_popcountll(ns_random_next(random));
	return coins ? count + (size_t)__builtin_popcountll(ns_random_next(random) >> (64 - coins)) : count;
}

/* Draws from the block [first, first + 2^bits) one by one, several to a random word; returns how many fell behind the last row. */
static size_t draw_singly(const struct draw *draw, size_t first, int bits, size_t draws)
{
	size_t missed = 0, left = draw->rows - first, mask = ((size_t)1 << bits) - 1;
	uint64_t word = 0;
	int have = 0;
	for (size_t i = 0; i < draws; i++) {
		if (have < bits) {
			word = ns_random_next(draw->random);
			have = 64;
		}
		size_t at = word & mask;
		word >>= bits;
		have -= bits;
		if (at < left)
			draw->times[first + at]++;
		else
			missed++;
	}
	return missed;
}

/*
 * So many draws from [first, first + 2^bits): each half gets as many as fair coins say, so that they reach their block without
 * being drawn over all rows. Returns how many fell behind the last row.
 */
static size_t scatter(const struct draw *draw, size_t first, int bits, size_t draws)
{
	if (first >= draw->rows || draws == 0)
		return draws;
	if ((size_t)1 << bits <= BLOCK)
		return draw_singly(draw, first, bits, draws);
	size_t left = heads(draw->random, draws);
	size_t missed = scatter(draw, first, bits - 1, left);
	return missed + scatter(draw, first + ((size_t)1 << (bits - 1)), bits - 1, draws - left);
}

void ns_bootstrap_draw(uint32_t *times, size_t rows, struct ns_random *random)
{
	struct draw draw = {times, rows, random};
	int bits = 0;
	while ((size_t)1 << bits < rows)
		bits++;
	memset(times, 0, rows * sizeof *times);
	for (size_t left = rows; left;) /* what falls behind the last row is drawn again */
		left = scatter(&draw, 0, bits, left);
}

/* --- a model, so that a resample is quickly measured --- */

enum { POSITIVE = 1, LAST_TIED = 2 };

/* Rows in falling order of one class's probability. */
struct ranking {
	uint32_t *row;
	uint8_t *flags; /* is of the class; the next one has another probability */
};

struct prepared {
	const struct ns_predictions *predictions;
	uint32_t *cell;           /* row: of the confusion matrix */
	double *loss, *brier;     /* row; NULL without probabilities */
	struct ranking *rankings; /* of two classes that of one */
	uint32_t ranked;
};

struct scored {
	uint64_t key;
	uint32_t row;
};

static int by_falling_score(const void *left, const void *right)
{
	const struct scored *a = left, *b = right;
	if (a->key != b->key)
		return a->key < b->key ? 1 : -1;
	return (a->row > b->row) - (a->row < b->row);
}

static void rank(struct ranking *ranking, const struct ns_predictions *predictions, uint32_t class, struct ns_arena *arena)
{
	struct scored *scored = ns_malloc_array(predictions->rows, sizeof *scored);
	for (size_t i = 0; i < predictions->rows; i++)
		scored[i] = (struct scored){ns_ranking_key(predictions->probability[i * predictions->classes + class]), (uint32_t)i};
	qsort(scored, predictions->rows, sizeof *scored, by_falling_score);
	ranking->row = NS_NEW_ARRAY(arena, uint32_t, predictions->rows);
	ranking->flags = NS_NEW_ARRAY(arena, uint8_t, predictions->rows);
	for (size_t i = 0; i < predictions->rows; i++) {
		bool last = i + 1 == predictions->rows || scored[i + 1].key != scored[i].key;
		ranking->row[i] = scored[i].row;
		ranking->flags[i] = (uint8_t)((predictions->truth[scored[i].row] == class ? POSITIVE : 0) | (last ? LAST_TIED : 0));
	}
	free(scored);
}

static void prepare_probabilities(struct prepared *prepared, const struct ns_predictions *predictions, struct ns_arena *arena)
{
	uint32_t classes = predictions->classes, ranked = ns_metrics_ranked(predictions->positive);
	prepared->loss = NS_NEW_ARRAY(arena, double, predictions->rows);
	prepared->brier = NS_NEW_ARRAY(arena, double, predictions->rows);
	for (size_t i = 0; i < predictions->rows; i++) {
		const double *row = predictions->probability + i * classes;
		prepared->loss[i] = ns_metrics_row_loss(row, classes, predictions->truth[i]);
		prepared->brier[i] = ns_metrics_row_brier(row, classes, predictions->truth[i], ranked);
	}
	prepared->rankings = NS_NEW_ARRAY(arena, struct ranking, classes);
	for (uint32_t c = 0; c < classes; c++)
		if (classes != 2 || c == ranked)
			rank(&prepared->rankings[prepared->ranked++], predictions, c, arena);
}

static void prepare(struct prepared *prepared, const struct ns_predictions *predictions, struct ns_arena *arena)
{
	*prepared = (struct prepared){.predictions = predictions, .cell = NS_NEW_ARRAY(arena, uint32_t, predictions->rows)};
	for (size_t i = 0; i < predictions->rows; i++)
		prepared->cell[i] = predictions->truth[i] * predictions->classes + predictions->prediction[i];
	if (predictions->probability)
		prepare_probabilities(prepared, predictions, arena);
}

/* --- measuring --- */

struct scratch {
	uint32_t *times;
	struct ns_metrics metrics;
	struct ns_areas *areas;
};

struct work {
	const struct ns_bootstrap *bootstrap;
	struct prepared *models;
	size_t count, rows;
	struct scratch *scratch; /* one a worker */
	double *values;          /* resample, model, metric */
};

static struct ns_areas areas_of(const struct ranking *ranking, const uint32_t *times, size_t rows)
{
	struct ns_areas areas = {0};
	uint64_t tied = 0, hits = 0;
	for (size_t i = 0; i < rows; i++) {
		uint32_t here = times[ranking->row[i]];
		tied += here;
		hits += here & -(uint32_t)(ranking->flags[i] & POSITIVE);
		if (!(ranking->flags[i] & LAST_TIED))
			continue;
		if (tied)
			ns_areas_add(&areas, tied, hits);
		tied = hits = 0;
	}
	return areas;
}

static void measure_probabilities(struct scratch *scratch, const struct prepared *model, size_t rows)
{
	double loss = 0, brier = 0;
	for (size_t i = 0; i < rows; i++) {
		loss += scratch->times[i] * model->loss[i];
		brier += scratch->times[i] * model->brier[i];
	}
	scratch->metrics.log_loss = loss / (double)rows;
	scratch->metrics.brier = brier / (double)rows;
	for (uint32_t c = 0; c < model->ranked; c++)
		scratch->areas[c] = areas_of(&model->rankings[c], scratch->times, rows);
	ns_metrics_rank(&scratch->metrics, scratch->areas, model->ranked);
}

static void measure(double *values, struct scratch *scratch, const struct prepared *model, size_t rows)
{
	uint64_t *confusion = scratch->metrics.confusion;
	memset(confusion, 0, (size_t)scratch->metrics.classes * scratch->metrics.classes * sizeof *confusion);
	for (size_t i = 0; i < rows; i++)
		confusion[model->cell[i]] += scratch->times[i];
	ns_metrics_of_confusion(&scratch->metrics);
	if (model->loss)
		measure_probabilities(scratch, model, rows);
	ns_metrics_values(values, &scratch->metrics);
}

static void measure_resample(void *context, size_t resample, int worker)
{
	struct work *work = context;
	struct scratch *scratch = &work->scratch[worker];
	struct ns_random random;
	ns_random_init(&random, (uint64_t)work->bootstrap->seed, "bootstrap", resample, 0);
	ns_bootstrap_draw(scratch->times, work->rows, &random);
	for (size_t m = 0; m < work->count; m++)
		measure(work->values + (resample * work->count + m) * NS_METRICS, scratch, &work->models[m], work->rows);
}

/* --- intervals --- */

static struct ns_interval interval_of(double *values, size_t count, double confidence)
{
	double tail = (1 - confidence) / 2;
	size_t present = ns_present(values, values, count);
	double lower = ns_quantile(values, present, tail);
	return (struct ns_interval){lower, ns_quantile(values, present, 1 - tail)};
}

/* Intervals of model m's metrics, less those of the first where `less`. */
static void fill_intervals(struct ns_interval *intervals, const struct work *work, size_t m, bool less)
{
	size_t resamples = (size_t)work->bootstrap->resamples;
	double *column = ns_malloc_array(resamples, sizeof *column);
	for (size_t metric = 0; metric < NS_METRICS; metric++) {
		for (size_t r = 0; r < resamples; r++) {
			const double *values = work->values + r * work->count * NS_METRICS;
			column[r] = values[m * NS_METRICS + metric] - (less ? values[metric] : 0);
		}
		intervals[m * NS_METRICS + metric] = interval_of(column, resamples, work->bootstrap->confidence);
	}
	free(column);
}

static void prepare_scratch(struct scratch *scratch, const struct ns_predictions *first, struct ns_arena *arena)
{
	scratch->times = NS_NEW_ARRAY(arena, uint32_t, first->rows);
	scratch->areas = NS_NEW_ARRAY(arena, struct ns_areas, first->classes);
	scratch->metrics = (struct ns_metrics){.classes = first->classes, .positive = first->positive};
	scratch->metrics.confusion = ns_alloc_array(arena, (size_t)first->classes * first->classes, sizeof *scratch->metrics.confusion);
	scratch->metrics.per_class = NS_NEW_ARRAY(arena, struct ns_class_metrics, first->classes);
}

void ns_bootstrap_intervals(struct ns_interval *own, struct ns_interval *difference, const struct ns_predictions *models, size_t count,
	const struct ns_bootstrap *bootstrap, struct ns_arena *arena)
{
	int threads = ns_parallel_threads((int)bootstrap->threads);
	struct work work = {.bootstrap = bootstrap, .count = count, .rows = models->rows, .models = NS_NEW_ARRAY(arena, struct prepared, count),
		.scratch = NS_NEW_ARRAY(arena, struct scratch, (size_t)threads)};
	work.values = ns_alloc_array(arena, (size_t)bootstrap->resamples, count * NS_METRICS * sizeof *work.values);
	for (size_t m = 0; m < count; m++)
		prepare(&work.models[m], &models[m], arena);
	for (int t = 0; t < threads; t++)
		prepare_scratch(&work.scratch[t], models, arena);
	ns_parallel(threads, (size_t)bootstrap->resamples, measure_resample, &work);
	for (size_t m = 0; m < count; m++) {
		fill_intervals(own, &work, m, false);
		if (difference)
			fill_intervals(difference, &work, m, true);
	}
}
