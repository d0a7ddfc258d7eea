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
	{"splitter", "how thresholds are chosen: all are tried, or one a feature is drawn", "best", 0, 0, false, "best|random"},
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
	struct ns_sample sample;
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
	ns_tree_grow(&work->trees[candidate], work->growers[worker], &work->rules[candidate], &work->sample, &random);
	ns_progress_add(1);
}

static int read_rules(struct ns_rules *rules, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_err *err)
{
	for (size_t c = 0; c < candidates; c++) {
		NS_TRY(ns_rules_read(&rules[c], &ns_learn_decision_tree, values[c], training, err));
		rules[c].drawn_thresholds = strcmp(ns_value_of(&ns_learn_decision_tree, values[c], "splitter")->text, "random") == 0;
	}
	return NS_OK;
}

static void weigh_classes(struct ns_rules *rules, const struct work *work, const struct ns_value *const *values, size_t candidates, struct ns_arena *arena)
{
	uint32_t classes = work->bins->classes;
	uint64_t *mass = NS_NEW_ARRAY(arena, uint64_t, classes);
	double *balanced = NS_NEW_ARRAY(arena, double, classes);
	ns_class_masses(mass, work->bins, &work->sample);
	ns_class_weights(balanced, mass, classes);
	for (size_t c = 0; c < candidates; c++)
		if (strcmp(ns_value_of(&ns_learn_decision_tree, values[c], "class_weight")->text, "balanced") == 0)
			rules[c].class_weight = balanced;
}

static void grow_all(struct work *work, struct ns_model *models, size_t candidates, struct ns_arena *arena)
{
	const struct ns_training *training = work->training;
	work->growers = NS_NEW_ARRAY(arena, struct ns_grower *, (size_t)training->threads);
	work->trees = NS_NEW_ARRAY(arena, struct ns_tree, candidates);
	ns_parallel(training->threads, candidates, grow, work);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features};
		ns_trees_gather(&models[c].trees, &work->trees[c], 1, training->classes, training->missing, arena);
	}
	for (int worker = 0; worker < training->threads; worker++)
		ns_grower_free(work->growers[worker]);
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct ns_rules *rules = NS_NEW_ARRAY(arena, struct ns_rules, candidates);
	NS_TRY(read_rules(rules, training, values, candidates, err));
	struct ns_bins bins;
	ns_bins_init(&bins, training, 0);
	uint32_t *copies = ns_entry_copies(&bins);
	uint64_t *mass = ns_entry_masses(&bins);
	struct work work = {.training = training, .bins = &bins, .rules = rules, .sample = {.drawn = copies, .mass = mass}};
	weigh_classes(rules, &work, values, candidates, arena);
	grow_all(&work, models, candidates, arena);
	free(mass);
	free(copies);
	ns_bins_release(&bins);
	return NS_OK;
}

const struct ns_learner ns_learn_decision_tree = {"decision-tree", "one tree of yes-or-no questions", params, true, fit};
