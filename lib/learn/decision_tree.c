/*
 * One tree: CART with exact splits, as scikit-learn's DecisionTreeClassifier but for ties (tree.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/tree.h"

static const struct ns_param params[] = {
	{"criterion", "measure of impurity", "gini", 0, 0, false, "gini|entropy|log_loss"},
	{"splitter", "how thresholds are chosen: all are tried", "best", 0, 0, false, "best"},
	{"max_depth", "most questions in a row", "None", 1, 1e9, true, "None"},
	{"min_samples_split", "least rows of a node that is split; below 1 or 1.0: a fraction of all", "2", 1e-9, 4e9, false, NULL},
	{"min_samples_leaf", "least rows of a leaf; below 1: a fraction of all", "1", 1e-9, 4e9, false, NULL},
	{"min_weight_fraction_leaf", "least share of the weight in a leaf", "0.0", 0, 0.5, false, NULL},
	{"max_features", "features looked at for a split; below 1 or 1.0: a fraction of all", "None", 1e-9, 1e9, false, "sqrt|log2|None"},
	{"max_leaf_nodes", "most leaves; the best split comes first then", "None", 2, 1e9, true, "None"},
	{"min_impurity_decrease", "least gain of a split", "0.0", 0, 1e9, false, NULL},
	{"ccp_alpha", "cost-complexity pruning: cost of a leaf", "0.0", 0, 1e9, false, NULL},
	{"class_weight", "weigh classes alike, whatever their number of rows", "None", 0, 0, false, "balanced|None"},
	{0},
};

struct work {
	const struct ns_training *training;
	const struct ns_bins *bins;
	const struct ns_rules *rules; /* per candidate */
	const uint64_t *counts;
	struct ns_grower **growers; /* per worker */
	struct ns_tree *trees;
};

static void grow(void *context, size_t candidate, int worker)
{
	const struct work *work = context;
	struct ns_random random;
	if (!work->growers[worker])
		work->growers[worker] = ns_grower_new(work->bins);
	ns_random_init(&random, work->training->seed, "decision-tree", 0, 0);
	ns_tree_grow(&work->trees[candidate], work->growers[worker], &work->rules[candidate], work->counts, false, &random);
	ns_progress_add(1);
}

static uint64_t *whole_counts(const struct ns_bins *bins)
{
	uint64_t *counts = ns_malloc_array(bins->entries, sizeof *counts);
	for (size_t e = 0; e < bins->entries; e++)
		counts[e] = ns_bins_copies(bins, e) * (UINT64_C(1) << 32 | 1);
	return counts;
}

static int read_rules(struct ns_rules *rules, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	uint64_t *rows = NS_NEW_ARRAY(arena, uint64_t, training->classes);
	double *balanced = NS_NEW_ARRAY(arena, double, training->classes);
	for (size_t row = 0; row < training->rows; row++)
		rows[training->y[row]]++;
	ns_class_weights(balanced, rows, training->classes);
	for (size_t c = 0; c < candidates; c++) {
		NS_TRY(ns_rules_read(&rules[c], &ns_learn_decision_tree, values[c], training, err));
		if (strcmp(ns_value_of(&ns_learn_decision_tree, values[c], "class_weight")->text, "balanced") == 0)
			rules[c].class_weight = balanced;
	}
	return NS_OK;
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct ns_rules *rules = NS_NEW_ARRAY(arena, struct ns_rules, candidates);
	NS_TRY(read_rules(rules, training, values, candidates, arena, err));
	struct ns_bins bins;
	ns_bins_init(&bins, training, 0);
	uint64_t *counts = whole_counts(&bins);
	struct ns_grower **growers = NS_NEW_ARRAY(arena, struct ns_grower *, (size_t)training->threads);
	struct ns_tree *trees = NS_NEW_ARRAY(arena, struct ns_tree, candidates);
	struct work work = {training, &bins, rules, counts, growers, trees};
	ns_parallel(training->threads, candidates, grow, &work);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features};
		ns_trees_gather(&models[c].trees, &trees[c], 1, training->classes, arena);
	}
	for (int worker = 0; worker < training->threads; worker++)
		ns_grower_free(growers[worker]);
	free(counts);
	ns_bins_release(&bins);
	return NS_OK;
}

const struct ns_learner ns_learn_decision_tree = {"decision-tree", "one tree of yes-or-no questions", params, false, fit};
