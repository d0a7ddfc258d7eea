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
static int deal_rows(uint32_t *fold, struct draw *draws, const struct ns_training *training, int folds, struct ns_err *err)
{
	uint64_t *count = calloc(training->classes, sizeof *count);
	if (!count)
		ns_die_of_memory();
	for (size_t i = 0; i < training->rows; i++) {
		fold[draws[i].row] = (uint32_t)(i % (size_t)folds);
		count[draws[i].class]++;
	}
	uint32_t scarce = 0;
	while (scarce < training->classes && (count[scarce] == 0 || count[scarce] >= (uint64_t)folds))
		scarce++;
	uint64_t few = scarce < training->classes ? count[scarce] : 0;
	free(count);
	if (few)
		return ns_fail(err, NS_EDATA, "a class has only %llu rows, fewer than the %d folds (a smaller --cv)",
			(unsigned long long)few, folds);
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
		return ns_fail(err, NS_EDATA, "only %d different feature vectors for %d folds (a smaller --cv)", used, folds);
	return NS_OK;
}

int ns_search_folds(uint32_t *fold, const struct ns_training *training, int folds, bool group_identical,
	struct ns_arena *arena, struct ns_err *err)
{
	struct draw *draws = NS_NEW_ARRAY(arena, struct draw, training->rows);
	for (size_t row = 0; row < training->rows; row++)
		draws[row] = (struct draw){.key = row_key(training, row), .row = (uint32_t)row,
			.class = group_identical ? 0 : training->y[row]};
	qsort(draws, training->rows, sizeof *draws, compare_draws);
	if (group_identical)
		return deal_groups(fold, draws, training->rows, folds, err);
	spread_copies(draws, training->rows, training->seed);
	qsort(draws, training->rows, sizeof *draws, compare_draws);
	return deal_rows(fold, draws, training, folds, err);
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

/* Fits all candidates on one part, scores them on another, and adds what they scored. */
static int score_fold(struct ns_candidate *found, double *squares, const struct ns_learner *learner, const struct ns_training *train,
	const struct ns_training *valid, const struct ns_value *const *values, size_t candidates,
	const struct ns_search_options *options, struct ns_err *err)
{
	struct ns_arena fitted = NS_ARENA_INIT, scratch = NS_ARENA_INIT;
	struct ns_model *models = NS_NEW_ARRAY(&fitted, struct ns_model, candidates);
	int status = learner->fit(models, train, values, candidates, &fitted, err);
	for (size_t c = 0; c < candidates && status == NS_OK; c++) {
		struct ns_metrics metrics;
		double value = 0;
		bool higher;
		ns_search_measure(&metrics, &models[c], valid, options, &scratch);
		for (size_t m = 0; ns_metrics_names[m]; m++) {
			(void)ns_metrics_value(&value, NULL, &metrics, ns_metrics_names[m]);
			found[c].metrics[m] += value;
		}
		(void)ns_metrics_value(&value, &higher, &metrics, options->score);
		found[c].score += value;
		squares[c] += value * value;
		found[c].rows += valid->rows;
		found[c].folds++;
		ns_search_measure(&metrics, &models[c], train, options, &scratch);
		(void)ns_metrics_value(&value, NULL, &metrics, options->score);
		found[c].train_score += value;
		ns_progress_add(1);
		ns_arena_reset(&scratch);
	}
	ns_arena_release(&fitted);
	ns_arena_release(&scratch);
	return status;
}

static struct ns_candidate *new_candidates(double **squares, const struct ns_value *const *values, size_t candidates, struct ns_arena *arena)
{
	struct ns_candidate *found = NS_NEW_ARRAY(arena, struct ns_candidate, candidates);
	*squares = NS_NEW_ARRAY(arena, double, candidates);
	for (size_t c = 0; c < candidates; c++) {
		found[c].index = c;
		found[c].values = values[c];
		found[c].metrics = NS_NEW_ARRAY(arena, double, metric_count());
	}
	return found;
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

/* Sums become means; best first. */
static void rank(struct ns_candidate *found, const double *squares, size_t candidates, const char *score, struct ns_arena *arena)
{
	struct ranked *order = NS_NEW_ARRAY(arena, struct ranked, candidates);
	struct ns_metrics none = {0};
	double unused;
	bool higher = true;
	(void)ns_metrics_value(&unused, &higher, &none, score);
	for (size_t c = 0; c < candidates; c++) {
		double folds = found[c].folds, mean = found[c].score / folds;
		double variance = squares[c] / folds - mean * mean;
		found[c].score = mean;
		found[c].score_deviation = variance > 0 && folds > 1 ? sqrt(variance) : 0;
		found[c].train_score /= folds;
		for (size_t m = 0; ns_metrics_names[m]; m++)
			found[c].metrics[m] /= folds;
		order[c] = (struct ranked){found[c], higher ? mean : -mean};
	}
	qsort(order, candidates, sizeof *order, compare_ranked);
	for (size_t c = 0; c < candidates; c++)
		found[c] = order[c].candidate;
}

int ns_search_cv(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	double *squares;
	uint32_t *fold = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	*found = new_candidates(&squares, values, candidates, arena);
	NS_TRY(ns_search_folds(fold, training, options->folds, options->group_identical, arena, err));
	ns_progress_start("searching", (uint64_t)candidates * (uint64_t)options->folds);
	int status = NS_OK;
	for (uint32_t k = 0; k < (uint32_t)options->folds && status == NS_OK; k++) {
		struct ns_arena parts = NS_ARENA_INIT;
		struct ns_training train, valid;
		take_rows(&train, training, fold, k, false, &parts);
		take_rows(&valid, training, fold, k, true, &parts);
		status = score_fold(*found, squares, learner, &train, &valid, values, candidates, options, err);
		ns_arena_release(&parts);
	}
	ns_progress_stop();
	if (status == NS_OK)
		rank(*found, squares, candidates, options->score, arena);
	return status;
}

int ns_search_valid(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_training *valid, const struct ns_value *const *values, size_t candidates,
	const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err)
{
	double *squares;
	*found = new_candidates(&squares, values, candidates, arena);
	ns_progress_start("searching", candidates);
	int status = score_fold(*found, squares, learner, training, valid, values, candidates, options, err);
	ns_progress_stop();
	if (status == NS_OK)
		rank(*found, squares, candidates, options->score, arena);
	return status;
}
