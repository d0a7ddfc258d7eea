/*
 * Random forest: trees on bootstrap samples, each split by the best of some drawn features; probabilities are averaged (L. Breiman, "Random
 * forests", 2001; scikit-learn's RandomForestClassifier). Candidates that differ only in n_estimators are beginnings of one forest.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/tree.h"

static const struct ns_param params[] = {
	{"n_estimators", "number of trees", "100", 1, 100000, true, NULL},
	{"criterion", "measure of impurity", "gini", 0, 0, false, "gini|entropy|log_loss"},
	{"max_depth", "most questions in a row", "None", 1, 1e9, true, "None"},
	{"min_samples_split", "least rows of a node that is split; below 1 or 1.0: a fraction of all", "2", 1e-9, 4e9, false, NULL},
	{"min_samples_leaf", "least rows of a leaf; below 1: a fraction of all", "1", 1e-9, 4e9, false, NULL},
	{"min_weight_fraction_leaf", "least share of the weight in a leaf", "0.0", 0, 0.5, false, NULL},
	{"max_features", "features looked at for a split; below 1 or 1.0: a fraction of all", "sqrt", 1e-9, 1e9, false, "sqrt|log2|None"},
	{"max_leaf_nodes", "most leaves of a tree; the best split comes first then", "None", 2, 1e9, true, "None"},
	{"min_impurity_decrease", "least gain of a split", "0.0", 0, 1e9, false, NULL},
	{"bootstrap", "draw each tree's rows with replacement, instead of all rows", "True", 0, 0, false, "True|False"},
	{"max_samples", "rows drawn for a tree; below 1 or 1.0: a fraction of all", "None", 1e-9, 4e9, false, "None"},
	{"ccp_alpha", "cost-complexity pruning: cost of a leaf", "0.0", 0, 1e9, false, NULL},
	{"class_weight", "weigh classes alike: over all rows, or over each tree's", "None", 0, 0, false, "balanced|balanced_subsample|None"},
	{0},
};

enum weighing { PLAIN, BALANCED, BALANCED_SUBSAMPLE };

/* A forest that is grown, for one candidate or for several that differ only in the number of trees. */
struct forest {
	struct ns_rules rules;
	const struct ns_value *values; /* of its first candidate */
	uint32_t trees;                /* the most that any candidate wants */
	uint32_t draws;                /* 0: all rows, no bootstrap */
	enum weighing weighing;
	size_t first;                  /* of its trees among all that are grown */
	struct ns_trees model;
};

struct scratch {
	struct ns_grower *grower;
	uint64_t *counts;  /* of each entry */
	uint64_t *seen;    /* a bit of each row: drawn already */
	uint64_t *by_class;
	double *weights;
};

struct work {
	const struct ns_training *training;
	const struct ns_bins *bins;
	const uint32_t *canonical; /* entry of each row of the canonical order */
	const double *balanced;   /* class weights over all rows */
	const struct forest *forests;
	size_t forests_count;
	struct scratch *scratch;  /* per worker */
	struct ns_tree *trees;
};

static struct scratch *scratch_of(const struct work *work, int worker)
{
	struct scratch *scratch = &work->scratch[worker];
	if (!scratch->grower) {
		scratch->grower = ns_grower_new(work->bins);
		scratch->counts = ns_malloc_array(work->bins->entries, sizeof *scratch->counts);
		scratch->seen = ns_malloc_array(work->bins->rows / 64 + 1, sizeof *scratch->seen);
		scratch->by_class = ns_malloc_array(work->bins->classes, sizeof *scratch->by_class);
		scratch->weights = ns_malloc_array(work->bins->classes, sizeof *scratch->weights);
	}
	return scratch;
}

static void release_scratch(struct scratch *scratch)
{
	ns_grower_free(scratch->grower);
	free(scratch->counts);
	free(scratch->seen);
	free(scratch->by_class);
	free(scratch->weights);
}

/* Rows drawn with replacement, counted per entry: in different rows and in all. */
static void draw_rows(struct scratch *scratch, const struct work *work, uint32_t draws, struct ns_random *random)
{
	const struct ns_bins *bins = work->bins;
	memset(scratch->counts, 0, bins->entries * sizeof *scratch->counts);
	memset(scratch->seen, 0, (bins->rows / 64 + 1) * sizeof *scratch->seen);
	for (uint32_t i = 0; i < draws; i++) {
		uint64_t row = ns_random_below(random, bins->rows), bit = UINT64_C(1) << (row & 63);
		bool again = scratch->seen[row >> 6] & bit;
		scratch->seen[row >> 6] |= bit;
		scratch->counts[work->canonical[row]] += (again ? 0 : UINT64_C(1) << 32) + 1;
	}
}

static void take_all_rows(struct scratch *scratch, const struct ns_bins *bins)
{
	for (size_t e = 0; e < bins->entries; e++)
		scratch->counts[e] = ns_bins_copies(bins, e) * (UINT64_C(1) << 32 | 1);
}

static void weigh_subsample(struct scratch *scratch, const struct ns_bins *bins)
{
	memset(scratch->by_class, 0, bins->classes * sizeof *scratch->by_class);
	for (size_t e = 0; e < bins->entries; e++)
		scratch->by_class[bins->y[e]] += ns_item_drawn(scratch->counts[e]);
	ns_class_weights(scratch->weights, scratch->by_class, bins->classes);
}

static void grow(void *context, size_t tree, int worker)
{
	const struct work *work = context;
	const struct forest *forest = work->forests;
	while (tree - forest->first >= forest->trees)
		forest++;
	struct scratch *scratch = scratch_of(work, worker);
	struct ns_rules rules = forest->rules;
	struct ns_random random;
	ns_random_init(&random, work->training->seed, "random-forest", tree - forest->first, 0);
	if (forest->draws)
		draw_rows(scratch, work, forest->draws, &random);
	else
		take_all_rows(scratch, work->bins);
	if (forest->weighing == BALANCED_SUBSAMPLE)
		weigh_subsample(scratch, work->bins);
	rules.class_weight = forest->weighing == PLAIN ? NULL : forest->weighing == BALANCED ? work->balanced : scratch->weights;
	ns_tree_grow(&work->trees[tree], scratch->grower, &rules, scratch->counts, forest->draws > 0, &random);
	ns_progress_add(1);
}

static bool differ_in_trees_only(const struct ns_value *a, const struct ns_value *b)
{
	for (size_t i = 1; params[i].name; i++)
		if (strcmp(a[i].text, b[i].text) != 0)
			return false;
	return true;
}

static int read_forest(struct forest *forest, const struct ns_value *values, const struct ns_training *training, struct ns_err *err)
{
	const struct ns_learner *learner = &ns_learn_random_forest;
	const struct ns_value *share = ns_value_of(learner, values, "max_samples");
	const char *weight = ns_value_of(learner, values, "class_weight")->text;
	bool bootstrap = strcmp(ns_value_of(learner, values, "bootstrap")->text, "True") == 0;
	*forest = (struct forest){.values = values, .draws = bootstrap ? (uint32_t)training->rows : 0};
	forest->weighing = strcmp(weight, "balanced") == 0 ? BALANCED : strcmp(weight, "balanced_subsample") == 0 ? BALANCED_SUBSAMPLE : PLAIN;
	NS_TRY(ns_rules_read(&forest->rules, learner, values, training, err));
	if (strcmp(share->text, "None") == 0)
		return NS_OK;
	if (!bootstrap)
		return ns_fail(err, NS_ECALL, "parameter 'max_samples' needs bootstrap=True");
	NS_TRY(ns_count_or_fraction(&forest->draws, "max_samples", share, training->rows, false, err));
	if (forest->draws > training->rows)
		return ns_fail(err, NS_ECALL, "parameter 'max_samples': %s is more than the %zu rows there are", share->text, training->rows);
	return NS_OK;
}

/* Sorts the candidates into forests; of[candidate] is its forest. */
static int plan(struct work *work, struct forest *forests, size_t *of, const struct ns_value *const *values, size_t candidates, struct ns_err *err)
{
	for (size_t c = 0; c < candidates; c++) {
		size_t f = 0;
		while (f < work->forests_count && !differ_in_trees_only(forests[f].values, values[c]))
			f++;
		if (f == work->forests_count) {
			NS_TRY(read_forest(&forests[f], values[c], work->training, err));
			work->forests_count++;
		}
		uint32_t trees = (uint32_t)values[c][0].number;
		forests[f].trees = trees > forests[f].trees ? trees : forests[f].trees;
		of[c] = f;
	}
	return NS_OK;
}

static const double *balanced_weights(const struct ns_training *training, struct ns_arena *arena)
{
	uint64_t *rows = NS_NEW_ARRAY(arena, uint64_t, training->classes);
	double *weights = NS_NEW_ARRAY(arena, double, training->classes);
	for (size_t row = 0; row < training->rows; row++)
		rows[training->y[row]]++;
	ns_class_weights(weights, rows, training->classes);
	return weights;
}

static void grow_all(struct work *work, struct forest *forests, struct ns_arena *arena)
{
	size_t trees = 0;
	for (size_t f = 0; f < work->forests_count; f++) {
		forests[f].first = trees;
		trees += forests[f].trees;
	}
	work->trees = ns_malloc_array(trees, sizeof *work->trees);
	work->scratch = NS_NEW_ARRAY(arena, struct scratch, (size_t)work->training->threads);
	ns_parallel(work->training->threads, trees, grow, work);
	for (int worker = 0; worker < work->training->threads; worker++)
		release_scratch(&work->scratch[worker]);
	for (size_t f = 0; f < work->forests_count; f++)
		ns_trees_gather(&forests[f].model, work->trees + forests[f].first, forests[f].trees, work->bins->classes, arena);
	free(work->trees);
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct forest *forests = NS_NEW_ARRAY(arena, struct forest, candidates);
	size_t *of = NS_NEW_ARRAY(arena, size_t, candidates);
	struct work work = {.training = training, .forests = forests, .balanced = balanced_weights(training, arena)};
	NS_TRY(plan(&work, forests, of, values, candidates, err));
	struct ns_bins bins;
	ns_bins_init(&bins, training, 0);
	work.bins = &bins;
	uint32_t *canonical = ns_bins_canonical(&bins, training->threads);
	work.canonical = canonical;
	grow_all(&work, forests, arena);
	free(canonical);
	ns_bins_release(&bins);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features, .trees = forests[of[c]].model};
		models[c].trees.count = (size_t)values[c][0].number;
	}
	return NS_OK;
}

const struct ns_learner ns_learn_random_forest = {"random-forest", "the mean of many trees, each grown on other rows and features", params, false, fit};
