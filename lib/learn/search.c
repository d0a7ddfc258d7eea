#include "learn/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "learn/folds.h"

/* The rows in (or, out of) a fold, as a training set of its own. */
static void take_rows(struct ns_training *part, const struct ns_training *whole, const uint32_t *fold, uint32_t k,
	bool inside, struct ns_arena *arena)
{
	size_t rows = 0;
	for (size_t row = 0; row < whole->rows; row++)
		rows += (fold[row] == k) == inside;
	double **x = NS_NEW_ARRAY(arena, double *, whole->features + 1), *weight = NULL;
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, rows), *taken = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0, at = 0; row < whole->rows; row++)
		if ((fold[row] == k) == inside)
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
	ns_model_predict(probability, model, data->x, data->rows);
	for (size_t row = 0; row < data->rows; row++)
		prediction[row] = ns_model_choose(probability + row * data->classes, data->classes, options->positive,
			options->threshold);
	ns_metrics_compute(metrics, data->y, prediction, probability, data->rows, data->classes, options->positive, arena);
}

static size_t metric_count(void)
{
	size_t count = 0;
	while (ns_metrics_names[count])
		count++;
	return count;
}

/* What is found so far: sums over the folds, and each fold's own score for the deviation. */
struct search {
	const struct ns_learner *learner;
	const struct ns_value *const *values;
	size_t candidates;
	const struct ns_search_options *options;
	struct ns_candidate *found;
	double *scores; /* fold * candidates + candidate */
	int folds;      /* scored so far */
};

static void search_init(struct search *search, int folds, struct ns_arena *arena)
{
	size_t metrics = metric_count();
	search->found = NS_NEW_ARRAY(arena, struct ns_candidate, search->candidates);
	search->scores = NS_NEW_ARRAY(arena, double, search->candidates * (size_t)folds);
	for (size_t c = 0; c < search->candidates; c++)
		search->found[c] = (struct ns_candidate){.index = c, .values = search->values[c],
			.metrics = NS_NEW_ARRAY(arena, double, metrics)};
	ns_progress_start("searching", (uint64_t)search->candidates * (uint64_t)folds);
}

static double value_of(const struct ns_metrics *metrics, const char *name)
{
	double value = (double)NAN;
	(void)ns_metrics_value(&value, NULL, metrics, name);
	return value;
}

/* Scores one fitted candidate on the rows held out, and on those it was fitted on. */
static void score_candidate(struct search *search, size_t c, const struct ns_model *model, const struct ns_training *train,
	const struct ns_training *valid, struct ns_arena *scratch)
{
	struct ns_candidate *found = &search->found[c];
	struct ns_metrics metrics;
	ns_search_measure(&metrics, model, valid, search->options, scratch);
	for (size_t m = 0; ns_metrics_names[m]; m++)
		found->metrics[m] += value_of(&metrics, ns_metrics_names[m]);
	double score = value_of(&metrics, search->options->score);
	search->scores[(size_t)search->folds * search->candidates + c] = score;
	found->score += score;
	found->rows += valid->rows;
	ns_search_measure(&metrics, model, train, search->options, scratch);
	found->train_score += value_of(&metrics, search->options->score);
}

/* Fits all candidates on one part and scores them on another. */
static int score_fold(struct search *search, const struct ns_training *train, const struct ns_training *valid, struct ns_err *err)
{
	struct ns_arena fitted = NS_ARENA_INIT, scratch = NS_ARENA_INIT;
	struct ns_model *models = NS_NEW_ARRAY(&fitted, struct ns_model, search->candidates);
	int status = search->learner->fit(models, train, search->values, search->candidates, &fitted, err);
	for (size_t c = 0; c < search->candidates && status == NS_OK; c++) {
		score_candidate(search, c, &models[c], train, valid, &scratch);
		ns_progress_add(1);
		ns_arena_reset(&scratch);
	}
	ns_arena_release(&fitted);
	ns_arena_release(&scratch);
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
	for (size_t m = 0; ns_metrics_names[m]; m++)
		found->metrics[m] /= folds;
	for (int k = 0; k < search->folds; k++) {
		double off = search->scores[(size_t)k * search->candidates + c] - found->score;
		squares += off * off;
	}
	found->score_deviation = sqrt(squares / folds);
}

/* Best first. */
static int rank(struct ns_candidate **found, struct search *search, struct ns_arena *arena, struct ns_err *err)
{
	struct ranked *order = NS_NEW_ARRAY(arena, struct ranked, search->candidates);
	struct ns_metrics none = {0};
	double unused;
	bool higher = true;
	ns_progress_stop();
	(void)ns_metrics_value(&unused, &higher, &none, search->options->score);
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
	size_t count = metric_count();
	for (size_t i = 0; i < count; i++)
		if (strcmp(ns_metrics_names[i], score) == 0)
			return NS_OK;
	const char *near = ns_nearest_name(score, ns_metrics_names, count);
	return ns_fail(err, NS_ECALL, near ? "unknown metric '%s' (did you mean '%s'?)" : "unknown metric '%s'; ns-eval(1) lists them", score, near);
}

int ns_search_cv(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct search search = {.learner = learner, .values = values, .candidates = candidates, .options = options};
	uint32_t *fold = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	NS_TRY(ns_folds_draw(fold, training, options, arena, err));
	search_init(&search, options->folds, arena);
	int status = NS_OK;
	for (uint32_t k = 0; k < (uint32_t)options->folds && status == NS_OK; k++) {
		struct ns_arena parts = NS_ARENA_INIT;
		struct ns_training train, valid;
		take_rows(&train, training, fold, k, false, &parts);
		take_rows(&valid, training, fold, k, true, &parts);
		status = score_fold(&search, &train, &valid, err);
		ns_arena_release(&parts);
	}
	return status == NS_OK ? rank(found, &search, arena, err) : status;
}

int ns_search_valid(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_training *valid, const struct ns_value *const *values, size_t candidates,
	const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct search search = {.learner = learner, .values = values, .candidates = candidates, .options = options};
	search_init(&search, 1, arena);
	NS_TRY(score_fold(&search, training, valid, err));
	return rank(found, &search, arena, err);
}
