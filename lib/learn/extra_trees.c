/*
 * Extremely randomized trees: each tree on all rows, a node split by the best of some drawn features, for each of which one threshold is drawn
 * uniformly between the node's least and greatest value; probabilities are averaged (P. Geurts, D. Ernst, L. Wehenkel, "Extremely
 * randomized trees", 2006; scikit-learn's ExtraTreesClassifier).
 */
#include "learn/forest.h"

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
	{"bootstrap", "draw each tree's rows with replacement, instead of all rows", "False", 0, 0, false, "True|False"},
	{"max_samples", "rows drawn for a tree; below 1 or 1.0: a fraction of all", "None", 1e-9, 4e9, false, "None"},
	{"max_bins", "groups of a feature's values, in sets of more than 20000 rows; None: every value counts", "255", 2, 65535, true, "None"},
	{"ccp_alpha", "cost-complexity pruning: cost of a leaf", "0.0", 0, 1e9, false, NULL},
	{"class_weight", "weigh classes alike: over all rows, or over each tree's", "None", 0, 0, false, "balanced|balanced_subsample|None"},
	{0},
};

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	return ns_forest_fit(models, &ns_learn_extra_trees, true, training, values, candidates, arena, err);
}

const struct ns_learner ns_learn_extra_trees = {"extra-trees", "the mean of many trees, whose thresholds are drawn at random", params, true, fit};
