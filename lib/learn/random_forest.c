/*
 * Random forest: trees on bootstrap samples, each split by the best of some drawn features; probabilities are averaged (L. Breiman, "Random
 * forests", 2001; scikit-learn's RandomForestClassifier).
 */
#include "learn/forest.h"

static const struct ns_param params[] = {NS_FOREST_PARAMS("True")};

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	return ns_forest_fit(models, &ns_learn_random_forest, false, training, values, candidates, arena, err);
}

const struct ns_learner ns_learn_random_forest = {"random-forest", "the mean of many trees, each grown on other rows and features", params, true, fit};
