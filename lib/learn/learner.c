#include "learn/learner.h"

#include <stdlib.h>
#include <string.h>

#include "stat/quantile.h"

enum { NAMES_MAX = 64 };

const struct ns_learner *const ns_learners[] = {
	&ns_learn_decision_tree,
	&ns_learn_random_forest,
	&ns_learn_extra_trees,
	&ns_learn_adaboost,
	&ns_learn_gradient_boosting,
	&ns_learn_logistic_regression,
	&ns_learn_k_neighbors,
	&ns_learn_svc,
	&ns_learn_xgboost,
	NULL,
};

const struct ns_learner *ns_learner_find(const char *name, struct ns_err *err)
{
	const char *names[NAMES_MAX];
	size_t count = 0;
	for (; ns_learners[count]; count++) {
		if (strcmp(ns_learners[count]->name, name) == 0)
			return ns_learners[count];
		names[count] = ns_learners[count]->name;
	}
	const char *near = ns_nearest_name(name, names, count);
	if (near)
		ns_fail(err, NS_ECALL, "unknown learner '%s' (did you mean '%s'?)", name, near);
	else
		ns_fail(err, NS_ECALL, "unknown learner '%s'; --list shows them", name);
	return NULL;
}

int ns_training_check(const struct ns_training *training, struct ns_err *err)
{
	if (training->rows == 0)
		return ns_fail(err, NS_EDATA, "no rows to learn from");
	if (training->rows > UINT32_MAX - 1)
		return ns_fail(err, NS_EDATA, "%zu rows to learn from; at most %u", training->rows, UINT32_MAX - 1);
	if (training->features > INT32_MAX - 1)
		return ns_fail(err, NS_EDATA, "%zu features to learn from; at most %d", training->features, INT32_MAX - 1);
	return NS_OK;
}

void ns_training_weigh(double *weight, const struct ns_training *training)
{
	struct ns_sum *sums = ns_malloc_array(training->classes, sizeof *sums);
	memset(sums, 0, training->classes * sizeof *sums);
	for (size_t row = 0; row < training->rows; row++)
		ns_sum_add(&sums[training->y[row]], training->weight ? training->weight[row] : 1);
	for (uint32_t k = 0; k < training->classes; k++)
		weight[k] = ns_sum_value(&sums[k]);
	free(sums);
}

int ns_learner_grid(struct ns_value ***values, size_t *candidates, const struct ns_learner *learner, const struct ns_texts *params,
	struct ns_arena *arena, struct ns_err *err)
{
	return ns_param_grid(values, candidates, learner->params, params, learner->name, "--list shows them", arena, err);
}

const char *ns_learner_describe(const struct ns_learner *learner, const struct ns_value *values, const struct ns_texts *params, struct ns_arena *arena)
{
	const char *text = "";
	for (size_t i = 0; learner->params[i].name; i++)
		if (params->count == 0 || ns_param_is_given(learner->params[i].name, params))
			text = ns_format(arena, "%s%s%s=%s", text, *text ? " " : "", learner->params[i].name, values[i].text);
	return text;
}
