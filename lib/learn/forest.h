/*
 * forest: many trees, each grown on other rows, features or thresholds, whose probabilities are averaged. Random forests and extra trees
 * are one; they differ in how thresholds are found and in their defaults.
 *
 * Candidates that differ only in n_estimators are beginnings of one forest.
 */
#ifndef NS_LEARN_FOREST_H
#define NS_LEARN_FOREST_H

#include "learn/learner.h"

/*
 * For a learner with the parameters of random-forest, n_estimators first. Its name also names the random numbers. Sets of more than
 * NS_FOREST_EXACT rows have at most max_bins groups of values a feature, unless that is None.
 */
int ns_forest_fit(struct ns_model *models, const struct ns_learner *learner, bool drawn_thresholds, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, struct ns_arena *arena, struct ns_err *err);
enum { NS_FOREST_EXACT = 20000 };

/* The parameters of a forest, whose default of bootstrap is its learner's: "True" or "False". */
#define NS_FOREST_PARAMS(bootstrap_default) \
	{"n_estimators", "number of trees", "100", 1, 100000, true, NULL}, \
	{"criterion", "measure of impurity", "gini", 0, 0, false, "gini|entropy|log_loss"}, \
	{"max_depth", "most questions in a row", "None", 1, 1e9, true, "None"}, \
	{"min_samples_split", "least rows of a node that is split; below 1 or 1.0: a fraction of all", "2", 1e-9, 4e9, false, NULL}, \
	{"min_samples_leaf", "least rows of a leaf; below 1: a fraction of all", "1", 1e-9, 4e9, false, NULL}, \
	{"min_weight_fraction_leaf", "least share of the weight in a leaf", "0.0", 0, 0.5, false, NULL}, \
	{"max_features", "features looked at for a split; below 1 or 1.0: a fraction of all", "sqrt", 1e-9, 1e9, false, "sqrt|log2|None"}, \
	{"max_leaf_nodes", "most leaves of a tree; the best split comes first then", "None", 2, 1e9, true, "None"}, \
	{"min_impurity_decrease", "least gain of a split", "0.0", 0, 1e9, false, NULL}, \
	{"bootstrap", "draw each tree's rows with replacement, instead of all rows", bootstrap_default, 0, 0, false, "True|False"}, \
	{"max_samples", "rows drawn for a tree; below 1 or 1.0: a fraction of all", "None", 1e-9, 4e9, false, "None"}, \
	{"max_bins", "groups of a feature's values, in sets of more than 20000 rows; None: every value counts", "255", 2, 65535, true, "None"}, \
	{"ccp_alpha", "cost-complexity pruning: cost of a leaf", "0.0", 0, 1e9, false, NULL}, \
	{"class_weight", "weigh classes alike: over all rows, or over each tree's", "None", 0, 0, false, "balanced|balanced_subsample|None"}, \
	{0}

#endif
