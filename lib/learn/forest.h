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

#endif
