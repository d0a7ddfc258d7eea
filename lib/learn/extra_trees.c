/*
 * Extremely randomized trees: each tree on all rows, a node split by the best of some drawn features, for each of which one threshold is drawn
 * uniformly between the node's least and greatest value; probabilities are averaged (P. Geurts, D. Ernst, L. Wehenkel, "Extremely
 * randomized trees", 2006; scikit-learn's ExtraTreesClassifier).
 */
#include "learn/forest.h"

static const struct ns_param params[] = {NS_FOREST_PARAMS("False")};

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	return ns_forest_fit(models, &ns_learn_extra_trees, true, training, values, candidates, arena, err);
}

const struct ns_learner ns_learn_extra_trees = {"extra-trees", "the mean of many trees, whose thresholds are drawn at random", params, true, fit};
