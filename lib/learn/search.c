#include "learn/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "base/random.h"

/* A row's place in the draw: rows of one class (or one group) stand in the order of their keys. */
struct draw {
	uint64_t key, copy;
	uint32_t row, class;
};

static int compare_draws(const void *a, const void *b)
{
	const struct draw *x = a, *y = b;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->copy < y->copy ? -1 : x->copy > y->copy;
}

static uint64_t row_key(const struct ns_training *training, size_t row)
{
	struct ns_hasher hasher;
	uint64_t key[2];
	ns_hasher_init(&hasher, training->seed, 0x666f6c64);
	for (size_t i = 0; i < training->features; i++) {
		double value = training->x[i][row] + 0.0; /* -0 is 0 */
		ns_hasher_add(&hasher, &value, sizeof value);
	}
	ns_hasher_done(key, &hasher);
	return key[0];
}

/* Mixes the copy number into the key, so that the copies of a frequent row are dealt out apart. */
static void spread_copies(struct draw *draws, size_t rows, uint64_t seed)
{
	for (size_t i = 1; i < rows; i++)
		draws[i].copy = draws[i].class == draws[i - 1].class && draws[i].key == draws[i - 1].key ? draws[i - 1].copy + 1 : 0;
	for (size_t i = 0; i < rows; i++) {
		uint64_t pair[2] = {draws[i].key, draws[i].copy};
		draws[i].key = ns_hash64(pair, sizeof pair, seed, 0x636f7079);
	}
}

/* Each class is dealt out round-robin, going on where the class before it stopped, so that folds differ by one row at most. */
static int deal_rows(uint32_t *fold, const struct draw *draws, const struct ns_training *training,
	const struct ns_search_options *options, struct ns_err *err)
{
	size_t folds = (size_t)options->folds;
	for (size_t i = 0, end; i < training->rows; i = end) {
		for (end = i; end < training->rows && draws[end].class == draws[i].class; end++)
			fold[draws[end].row] = (uint32_t)(end % folds);
		if (end - i < folds)
			return ns_fail(err, NS_EDATA, "class '%s' has %zu row%s, fewer than the %zu folds (a smaller --cv, or leave the class out)",
				options->classes[draws[i].class], end - i, end - i == 1 ? "" : "s", folds);
	}
	return NS_OK;
}

/* Equal feature vectors stay together: groups, in the order of their keys, each go to the fold with the fewest rows so far. */
static int deal_groups(uint32_t *fold, const struct draw *draws, size_t rows, int folds, struct ns_err *err)
{
	uint64_t *size = calloc((size_t)folds, sizeof *size);
	if (!size)
		ns_die_of_memory();
	int used = 0;
	for (size_t i = 0, end; i < rows; i = end) {
		int least = 0;
		for (int f = 1; f < folds; f++)
			if (size[f] < size[least])
				least = f;
		used += size[least] == 0;
		for (end = i; end < rows && draws[end].key == draws[i].key; end++)
			fold[draws[end].row] = (uint32_t)least;
		size[least] += end - i;
	}
	free(size);
	if (used < folds)
		return ns_fail(err, NS_EDATA, "only %d different feature vector%s for %d folds (a smaller --cv)", used,
			used == 1 ? "" : "s", folds);
	return NS_OK;
}

int ns_search_folds(uint32_t *fold, const struct ns_training *training, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct draw *draws = NS_NEW_ARRAY(arena, struct draw, training->rows);
	for (size_t row = 0; row < training->rows; row++)
		draws[row] = (struct draw){.key = row_key(training, row), .row = (uint32_t)row,
			.class = options->group_identical ? 0 : training->y[row]};
	qsort(draws, training->rows, sizeof *draws, compare_draws);
	if (options->group_identical)
		return deal_groups(fold, draws, training->rows, options->folds, err);
	spread_copies(draws, training->rows, training->seed);
	qsort(draws, training->rows, sizeof *draws, compare_draws);
	return deal_rows(fold, draws, training, options, err);
}

/* The rows in (or, out of) a fold, as a training set of its own. */
static void take_rows(struct ns_training *part, const struct ns_training *whole, const uint32_t *fold, uint32_t k,
	bool inside, struct ns_arena *arena)
{
	size_t rows = 0;
	for (size_t row = 0; row < whole->rows; row++)
		rows += (fold[row] == k) == inside;
	double **x = NS_NEW_ARRAY(arena, double *, whole->features + 1);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t i = 0; i < whole->features; i++) {
		x[i] = NS_NEW_ARRAY(arena, double, rows);
		for (size_t row = 0, at = 0; row < whole->rows; row++)
			if ((fold[row] == k) == inside)
				x[i][at++] = whole->x[i][row];
	}
	for (size_t row = 0, at = 0; row < whole->rows; row++)
		if ((fold[row] == k) == inside)
			y[at++] = whole->y[row];
	*part = *whole;
	part->rows = rows;
	part->x = (const double *const *)x;
	part->y = y;
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
	NS_TRY(ns_search_folds(fold, training, options, arena, err));
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
