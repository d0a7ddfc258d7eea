#include "learn/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/folds.h"
#include "learn/scoring.h"

/* The rows outside a fold, as a training set of its own. */
static void take_rows(struct ns_training *part, const struct ns_training *whole, const uint32_t *fold, uint32_t k, struct ns_arena *arena)
{
	size_t rows = 0;
	for (size_t row = 0; row < whole->rows; row++)
		rows += fold[row] != k;
	double **x = NS_NEW_ARRAY(arena, double *, whole->features + 1), *weight = NULL;
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, rows), *taken = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0, at = 0; row < whole->rows; row++)
		if (fold[row] != k)
			taken[at++] = (uint32_t)row;
	for (size_t i = 0; i < whole->features; i++) {
		x[i] = NS_NEW_ARRAY(arena, double, rows);
		for (size_t at = 0; at < rows; at++)
			x[i][at] = whole->x[i][taken[at]];
	}
	if (whole->weight)
		weight = NS_NEW_ARRAY(arena, double, rows);
	for (size_t at = 0; at < rows; at++) {
		y[at] = whole->y[taken[at]];
		if (weight)
			weight[at] = whole->weight[taken[at]];
	}
	*part = *whole; /* of values missing in the whole set a part may have none: its models must still take them */
	part->rows = rows;
	part->x = (const double *const *)x;
	part->y = y;
	part->weight = weight;
}

void ns_search_measure(struct ns_metrics *metrics, const struct ns_model *model, const struct ns_training *data,
	const struct ns_search_options *options, struct ns_arena *arena)
{
	double *probability = NS_NEW_ARRAY(arena, double, data->rows * data->classes);
	uint32_t *prediction = NS_NEW_ARRAY(arena, uint32_t, data->rows);
	ns_model_predict_all(&probability, model, 1, data->x, data->rows, data->threads);
	for (size_t row = 0; row < data->rows; row++)
		prediction[row] = ns_model_choose(probability + row * data->classes, data->classes, options->positive,
			options->threshold);
	ns_metrics_compute(metrics, data->y, prediction, probability, data->rows, data->classes, options->positive, arena);
}

/* What is found so far: sums over the folds. */
struct search {
	const struct ns_learner *learner;
	const struct ns_value *const *values;
	size_t candidates;
	const struct ns_search_options *options;
	size_t score; /* the metric's position in ns_metrics_names */
	int threads;
	struct ns_candidate *found;
	int folds;      /* scored so far */
	double *memory; /* for the probabilities of some candidates at a time */
	size_t memory_size;
};

static size_t metric_position(const char *name)
{
	size_t at = 0;
	while (strcmp(ns_metrics_names[at], name) != 0)
		at++;
	return at;
}

static void search_init(struct search *search, const struct ns_training *training, int folds, struct ns_arena *arena)
{
	search->score = metric_position(search->options->score);
	search->threads = training->threads;
	search->found = NS_NEW_ARRAY(arena, struct ns_candidate, search->candidates);
	for (size_t c = 0; c < search->candidates; c++)
		search->found[c] = (struct ns_candidate){.index = c, .values = search->values[c],
			.metrics = NS_NEW_ARRAY(arena, double, NS_METRICS), .scores = NS_NEW_ARRAY(arena, double, (size_t)folds),
			.train_scores = NS_NEW_ARRAY(arena, double, (size_t)folds)};
	ns_progress_start("searching", (uint64_t)search->candidates * (uint64_t)folds);
}

/* Rows to be scored: their distinct vectors, and how often each is learnt from or held out; NULL: not among these. */
struct part {
	const struct ns_vectors *vectors;
	const struct ns_tally *train, *valid;
};

/* Some candidates' probabilities of a part's vectors, to be measured. */
struct measuring {
	struct search *search;
	const struct part *part;
	double *const *probability;
	const size_t *order; /* candidates */
	struct ns_arena *scratch; /* per worker */
};

static void measure(void *context, size_t i, int worker)
{
	const struct measuring *measuring = context;
	const struct search *search = measuring->search;
	const struct part *part = measuring->part;
	struct ns_candidate *found = &search->found[measuring->order[i]];
	struct ns_scoring scoring = {part->vectors->classes, search->options->positive, search->options->threshold, false, false};
	double values[NS_METRICS];
	if (part->valid) {
		ns_scoring_want_all(&scoring);
		ns_scoring_measure(values, &scoring, part->valid, measuring->probability[i], &measuring->scratch[worker]);
		for (size_t m = 0; m < NS_METRICS; m++)
			found->metrics[m] += values[m];
		found->scores[search->folds] = values[search->score];
		found->score += values[search->score];
		found->rows += part->valid->rows;
		ns_progress_add(1);
	}
	if (part->train) {
		ns_scoring_want(&scoring, search->options->score);
		ns_scoring_measure(values, &scoring, part->train, measuring->probability[i], &measuring->scratch[worker]);
		found->train_scores[search->folds] = values[search->score];
		found->train_score += values[search->score];
	}
	ns_arena_reset(&measuring->scratch[worker]);
}

/* A candidate beside what it shares with others. */
struct shared {
	const void *ensemble;
	size_t candidate;
};

static int compare_shared(const void *a, const void *b)
{
	const struct shared *x = a, *y = b;
	if (x->ensemble != y->ensemble)
		return (uintptr_t)x->ensemble < (uintptr_t)y->ensemble ? -1 : 1;
	return x->candidate < y->candidate ? -1 : x->candidate > y->candidate;
}

/* Candidates in an order in which beginnings of one ensemble stand together. Scores do not depend on it. */
static size_t *order_candidates(const struct ns_model *models, size_t count, struct ns_arena *arena)
{
	struct shared *shared = NS_NEW_ARRAY(arena, struct shared, count);
	size_t *order = NS_NEW_ARRAY(arena, size_t, count);
	for (size_t c = 0; c < count; c++)
		shared[c] = (struct shared){models[c].form == NS_MODEL_TREES ? (const void *)models[c].trees.fast : NULL, c};
	qsort(shared, count, sizeof *shared, compare_shared);
	for (size_t c = 0; c < count; c++)
		order[c] = shared[c].candidate;
	return order;
}

/* Room for as many candidates' probabilities as there are, within reason. Returns how many. */
static size_t reserve(struct search *search, size_t one)
{
	enum { ENOUGH = 1 << 23 }; /* doubles */
	size_t most = one < ENOUGH ? ENOUGH / (one + 1) : 1, count = search->candidates < most ? search->candidates : most;
	if (count * one > search->memory_size) {
		free(search->memory);
		search->memory_size = count * one;
		search->memory = ns_malloc_array(search->memory_size, sizeof *search->memory);
	}
	return count;
}

/* Scores all candidates on the rows of a part. */
static void score_part(struct search *search, const struct ns_model *models, const struct part *part, struct ns_arena *arena)
{
	size_t one = part->vectors->count * part->vectors->classes, at_once = reserve(search, one);
	size_t *order = order_candidates(models, search->candidates, arena);
	double **probability = NS_NEW_ARRAY(arena, double *, at_once);
	struct ns_model *some = NS_NEW_ARRAY(arena, struct ns_model, at_once);
	struct measuring measuring = {search, part, probability, order, NS_NEW_ARRAY(arena, struct ns_arena, (size_t)search->threads)};
	for (size_t from = 0, count; from < search->candidates; from += count) {
		count = search->candidates - from < at_once ? search->candidates - from : at_once;
		for (size_t i = 0; i < count; i++) {
			some[i] = models[order[from + i]];
			probability[i] = search->memory + i * one;
		}
		ns_model_predict_all(probability, some, count, part->vectors->x, part->vectors->count, search->threads);
		measuring.order = order + from;
		ns_parallel(search->threads, count, measure, &measuring);
	}
	for (int worker = 0; worker < search->threads; worker++)
		ns_arena_release(&measuring.scratch[worker]);
}

static double clock_seconds(const struct search *search)
{
	struct timespec now = {0};
	if (search->options->timing)
		clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Fits all candidates on one set and scores them on the parts. */
static int score_fold(struct search *search, const struct ns_training *train, const struct part *parts, size_t count, struct ns_err *err)
{
	struct ns_arena fitted = NS_ARENA_INIT;
	struct ns_model *models = NS_NEW_ARRAY(&fitted, struct ns_model, search->candidates);
	double begun = clock_seconds(search);
	int status = search->learner->fit(models, train, search->values, search->candidates, &fitted, err);
	double fit = clock_seconds(search);
	for (size_t i = 0; i < count && status == NS_OK; i++)
		score_part(search, models, &parts[i], &fitted);
	double scored = clock_seconds(search);
	for (size_t c = 0; c < search->candidates; c++) {
		search->found[c].fit_seconds += (fit - begun) / (double)search->candidates;
		search->found[c].score_seconds += (scored - fit) / (double)search->candidates;
	}
	ns_arena_release(&fitted);
	search->folds++;
	return status;
}

struct ranked {
	struct ns_candidate candidate;
	double key;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->key != y->key && !(isnan(x->key) && isnan(y->key)))
		return isnan(y->key) || x->key > y->key ? -1 : 1;
	return x->candidate.index < y->candidate.index ? -1 : x->candidate.index > y->candidate.index;
}

/* Sums become means. */
static void average(struct search *search, size_t c)
{
	struct ns_candidate *found = &search->found[c];
	double folds = search->folds, squares = 0;
	found->folds = search->folds;
	found->score /= folds;
	found->train_score /= folds;
	found->fit_seconds /= folds;
	found->score_seconds /= folds;
	for (size_t m = 0; m < NS_METRICS; m++)
		found->metrics[m] /= folds;
	for (int k = 0; k < search->folds; k++) {
		double off = found->scores[k] - found->score;
		squares += off * off;
	}
	found->score_deviation = sqrt(squares / folds);
}

/* Ends the search; best first. status: whether it came to its end. */
static int rank(int status, struct ns_candidate **found, struct search *search, struct ns_arena *arena, struct ns_err *err)
{
	struct ranked *order = NS_NEW_ARRAY(arena, struct ranked, search->candidates);
	bool higher = ns_metrics_higher_is_better(search->options->score);
	ns_progress_stop();
	free(search->memory);
	if (status != NS_OK)
		return status;
	for (size_t c = 0; c < search->candidates; c++) {
		average(search, c);
		order[c] = (struct ranked){search->found[c], higher ? search->found[c].score : -search->found[c].score};
	}
	qsort(order, search->candidates, sizeof *order, compare_ranked);
	for (size_t c = 0; c < search->candidates; c++)
		search->found[c] = order[c].candidate;
	*found = search->found;
	if (isnan(search->found[0].score))
		return ns_fail(err, NS_EDATA, "%s is undefined on the rows held out, for every candidate (another --score)", search->options->score);
	return NS_OK;
}

int ns_search_check_score(const char *score, struct ns_err *err)
{
	for (size_t i = 0; i < NS_METRICS; i++)
		if (strcmp(ns_metrics_names[i], score) == 0)
			return NS_OK;
	const char *near = ns_nearest_name(score, ns_metrics_names, NS_METRICS);
	return ns_fail(err, NS_ECALL, near ? "unknown metric '%s' (did you mean '%s'?)" : "unknown metric '%s'; ns-eval(1) lists them", score, near);
}

/* One fold: models learn from the rows outside it. All rows are predicted, and counted for the side where they stand. */
static int search_fold(struct search *search, const struct ns_training *training, const struct ns_vectors *vectors, const uint32_t *fold,
	uint32_t k, struct ns_err *err)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training train;
	struct ns_tally learnt, held;
	take_rows(&train, training, fold, k, &arena);
	ns_vectors_tally(&learnt, vectors, fold, k, false, &arena);
	ns_vectors_tally(&held, vectors, fold, k, true, &arena);
	int status = score_fold(search, &train, &(struct part){vectors, &learnt, &held}, 1, err);
	ns_arena_release(&arena);
	return status;
}

int ns_search_cv(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct search search = {.learner = learner, .values = values, .candidates = candidates, .options = options};
	struct ns_arena distinct = NS_ARENA_INIT;
	struct ns_vectors vectors;
	uint32_t *fold = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	NS_TRY(ns_folds_draw(fold, training, options, arena, err));
	search_init(&search, training, options->folds, arena);
	ns_vectors_init(&vectors, training, &distinct);
	int status = NS_OK;
	for (uint32_t k = 0; k < (uint32_t)options->folds && status == NS_OK; k++)
		status = search_fold(&search, training, &vectors, fold, k, err);
	ns_arena_release(&distinct);
	return rank(status, found, &search, arena, err);
}

int ns_search_valid(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_training *valid, const struct ns_value *const *values, size_t candidates,
	const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct search search = {.learner = learner, .values = values, .candidates = candidates, .options = options};
	struct ns_arena distinct = NS_ARENA_INIT;
	struct ns_vectors vectors[2];
	struct ns_tally learnt, held;
	search_init(&search, training, 1, arena);
	ns_vectors_init(&vectors[0], training, &distinct);
	ns_vectors_init(&vectors[1], valid, &distinct);
	ns_vectors_tally(&learnt, &vectors[0], NULL, 0, true, &distinct);
	ns_vectors_tally(&held, &vectors[1], NULL, 0, true, &distinct);
	int status = score_fold(&search, training, (const struct part[]){{&vectors[0], &learnt, NULL}, {&vectors[1], NULL, &held}}, 2, err);
	ns_arena_release(&distinct);
	return rank(status, found, &search, arena, err);
}
