#include "learn/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/tree.h"

enum weighing { PLAIN, BALANCED, BALANCED_SUBSAMPLE };

/* A forest that is grown, for one candidate or for several that differ only in the number of trees. */
struct forest {
	struct ns_rules rules;
	const struct ns_value *values; /* of its first candidate */
	uint32_t trees;                /* the most that any candidate wants */
	uint32_t draws;                /* 0: all rows, no bootstrap */
	uint32_t max_bins;             /* 0: exact */
	enum weighing weighing;
	bool grown;
	size_t first;                  /* of its trees among those that are grown together */
	struct ns_trees model;
};

struct scratch {
	struct ns_grower *grower;
	uint32_t *drawn, *rows; /* of each entry; rows: different ones */
	uint64_t *seen;         /* a bit of each row: drawn already */
	uint64_t *mass;         /* of each class */
	double *weights;        /* of each class */
};

/* Forests on the same bins. */
struct work {
	const struct ns_training *training;
	const struct ns_learner *learner;
	const struct ns_bins *bins;
	const uint32_t *canonical;     /* entry of each row of the canonical order */
	const uint32_t *copies;
	const uint64_t *mass;          /* as struct ns_sample */
	const double *balanced;        /* class weights over all rows */
	struct forest **forests;
	size_t count;
	struct scratch *scratch;       /* per worker */
	struct ns_tree *trees;
};

static struct scratch *scratch_of(const struct work *work, int worker)
{
	struct scratch *scratch = &work->scratch[worker];
	const struct ns_bins *bins = work->bins;
	if (!scratch->grower) {
		scratch->grower = ns_grower_new(bins);
		scratch->drawn = ns_malloc_array(bins->entries, sizeof *scratch->drawn);
		scratch->rows = ns_malloc_array(bins->entries, sizeof *scratch->rows);
		scratch->seen = ns_malloc_array(bins->rows / 64 + 1, sizeof *scratch->seen);
		scratch->mass = ns_malloc_array(bins->classes, sizeof *scratch->mass);
		scratch->weights = ns_malloc_array(bins->classes, sizeof *scratch->weights);
	}
	return scratch;
}

static void release_scratch(struct scratch *scratch)
{
	ns_grower_free(scratch->grower);
	free(scratch->drawn);
	free(scratch->rows);
	free(scratch->seen);
	free(scratch->mass);
	free(scratch->weights);
	*scratch = (struct scratch){0};
}

/* Rows drawn with replacement, counted per entry. */
static void draw_rows(struct scratch *scratch, const struct work *work, uint32_t draws, struct ns_random *random)
{
	memset(scratch->drawn, 0, work->bins->entries * sizeof *scratch->drawn);
	for (uint32_t i = 0; i < draws; i++)
		scratch->drawn[work->canonical[ns_random_below(random, work->bins->rows)]]++;
}

/* The same draws, and how many of the rows are different ones. */
static void draw_and_count_rows(struct scratch *scratch, const struct work *work, uint32_t draws, struct ns_random *random)
{
	const struct ns_bins *bins = work->bins;
	memset(scratch->drawn, 0, bins->entries * sizeof *scratch->drawn);
	memset(scratch->rows, 0, bins->entries * sizeof *scratch->rows);
	memset(scratch->seen, 0, (bins->rows / 64 + 1) * sizeof *scratch->seen);
	for (uint32_t i = 0; i < draws; i++) {
		uint64_t row = ns_random_below(random, bins->rows), bit = UINT64_C(1) << (row & 63);
		scratch->rows[work->canonical[row]] += !(scratch->seen[row >> 6] & bit);
		scratch->seen[row >> 6] |= bit;
		scratch->drawn[work->canonical[row]]++;
	}
}

static struct ns_sample draw(struct scratch *scratch, const struct work *work, const struct forest *forest, struct ns_random *random)
{
	if (!forest->draws)
		return (struct ns_sample){.drawn = work->copies, .mass = work->mass};
	if (forest->rules.min_samples_leaf <= 1 && forest->rules.min_samples_split <= 2) {
		draw_rows(scratch, work, forest->draws, random);
		return (struct ns_sample){.drawn = scratch->drawn, .mass = work->mass};
	}
	draw_and_count_rows(scratch, work, forest->draws, random);
	return (struct ns_sample){.drawn = scratch->drawn, .rows = scratch->rows, .mass = work->mass};
}

static void grow(void *context, size_t tree, int worker)
{
	const struct work *work = context;
	struct forest **forest = work->forests;
	while (tree - (*forest)->first >= (*forest)->trees)
		forest++;
	struct scratch *scratch = scratch_of(work, worker);
	struct ns_rules rules = (*forest)->rules;
	struct ns_random random;
	ns_random_init(&random, work->training->seed, work->learner->name, tree - (*forest)->first, 0);
	struct ns_sample sample = draw(scratch, work, *forest, &random);
	if ((*forest)->weighing == BALANCED_SUBSAMPLE) {
		ns_class_masses(scratch->mass, work->bins, &sample);
		ns_class_weights(scratch->weights, scratch->mass, work->bins->classes);
	}
	rules.class_weight = (*forest)->weighing == PLAIN ? NULL : (*forest)->weighing == BALANCED ? work->balanced : scratch->weights;
	ns_tree_grow(&work->trees[tree], scratch->grower, &rules, &sample, &random);
	ns_progress_add(1);
}

static bool differ_in_trees_only(const struct ns_learner *learner, const struct ns_value *a, const struct ns_value *b)
{
	for (size_t i = 1; learner->params[i].name; i++)
		if (strcmp(a[i].text, b[i].text) != 0)
			return false;
	return true;
}

static int read_draws(uint32_t *draws, const struct ns_learner *learner, const struct ns_value *values, const struct ns_training *training, struct ns_err *err)
{
	const struct ns_value *share = ns_value_of(learner, values, "max_samples");
	bool bootstrap = strcmp(ns_value_of(learner, values, "bootstrap")->text, "True") == 0;
	*draws = bootstrap ? (uint32_t)training->rows : 0;
	if (strcmp(share->text, "None") == 0)
		return NS_OK;
	if (!bootstrap)
		return ns_fail(err, NS_ECALL, "parameter 'max_samples' needs bootstrap=True");
	NS_TRY(ns_count_or_fraction(draws, "max_samples", share, training->rows, false, err));
	if (*draws > training->rows)
		return ns_fail(err, NS_ECALL, "parameter 'max_samples': %s is more than the %zu rows there are", share->text, training->rows);
	return NS_OK;
}

static int read_forest(struct forest *forest, const struct ns_learner *learner, const struct ns_value *values, const struct ns_training *training,
	struct ns_err *err)
{
	const char *weight = ns_value_of(learner, values, "class_weight")->text;
	double bins = ns_value_of(learner, values, "max_bins")->number;
	*forest = (struct forest){.values = values, .max_bins = training->rows > NS_FOREST_EXACT && !isnan(bins) ? (uint32_t)bins : 0};
	forest->weighing = strcmp(weight, "balanced") == 0 ? BALANCED : strcmp(weight, "balanced_subsample") == 0 ? BALANCED_SUBSAMPLE : PLAIN;
	NS_TRY(ns_rules_read(&forest->rules, learner, values, training, err));
	return read_draws(&forest->draws, learner, values, training, err);
}

/* Sorts the candidates into forests; of[candidate] is its forest. */
static int plan(struct forest *forests, size_t *count, size_t *of, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, struct ns_err *err)
{
	*count = 0;
	for (size_t c = 0; c < candidates; c++) {
		size_t f = 0;
		while (f < *count && !differ_in_trees_only(learner, forests[f].values, values[c]))
			f++;
		if (f == *count) {
			NS_TRY(read_forest(&forests[f], learner, values[c], training, err));
			++*count;
		}
		uint32_t trees = (uint32_t)values[c][0].number;
		forests[f].trees = trees > forests[f].trees ? trees : forests[f].trees;
		of[c] = f;
	}
	return NS_OK;
}

static void grow_trees(struct work *work, struct ns_arena *arena)
{
	const struct ns_training *training = work->training;
	size_t trees = 0;
	for (size_t f = 0; f < work->count; f++) {
		work->forests[f]->first = trees;
		trees += work->forests[f]->trees;
	}
	work->trees = ns_malloc_array(trees, sizeof *work->trees);
	ns_parallel(training->threads, trees, grow, work);
	for (int worker = 0; worker < training->threads; worker++)
		release_scratch(&work->scratch[worker]);
	for (size_t f = 0; f < work->count; f++) {
		struct forest *forest = work->forests[f];
		ns_trees_gather(&forest->model, work->trees + forest->first, forest->trees, training->classes, training->missing, arena);
		forest->grown = true;
	}
	free(work->trees);
}

/* Grows the forests of work, which all want so many bins. */
static void grow_on_bins(struct work *work, uint32_t max_bins, struct ns_arena *arena)
{
	struct ns_bins bins;
	ns_bins_init(&bins, work->training, max_bins);
	uint32_t *canonical = ns_bins_canonical(&bins, work->training->threads), *copies = ns_entry_copies(&bins);
	uint64_t *mass = ns_entry_masses(&bins), *of_class = NS_NEW_ARRAY(arena, uint64_t, bins.classes);
	double *balanced = NS_NEW_ARRAY(arena, double, bins.classes);
	ns_class_masses(of_class, &bins, &(struct ns_sample){.drawn = copies, .mass = mass});
	ns_class_weights(balanced, of_class, bins.classes);
	work->bins = &bins;
	work->canonical = canonical;
	work->copies = copies;
	work->mass = mass;
	work->balanced = balanced;
	grow_trees(work, arena);
	free(mass);
	free(copies);
	free(canonical);
	ns_bins_release(&bins);
}

/* Forests that want other bins one after the other. */
static void grow_all(struct work *work, struct forest *forests, size_t count, struct ns_arena *arena)
{
	work->forests = NS_NEW_ARRAY(arena, struct forest *, count);
	work->scratch = NS_NEW_ARRAY(arena, struct scratch, (size_t)work->training->threads);
	for (size_t f = 0; f < count; f++) {
		work->count = 0;
		for (size_t g = f; g < count && !forests[f].grown; g++)
			if (forests[g].max_bins == forests[f].max_bins)
				work->forests[work->count++] = &forests[g];
		if (work->count)
			grow_on_bins(work, forests[f].max_bins, arena);
	}
}

int ns_forest_fit(struct ns_model *models, const struct ns_learner *learner, bool drawn_thresholds, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct forest *forests = NS_NEW_ARRAY(arena, struct forest, candidates);
	size_t *of = NS_NEW_ARRAY(arena, size_t, candidates), count;
	struct work work = {.training = training, .learner = learner};
	NS_TRY(plan(forests, &count, of, learner, training, values, candidates, err));
	for (size_t f = 0; f < count; f++)
		forests[f].rules.drawn_thresholds = drawn_thresholds;
	grow_all(&work, forests, count, arena);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features, .trees = forests[of[c]].model};
		models[c].trees.count = (size_t)values[c][0].number;
	}
	return NS_OK;
}
