#include "learn/learner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "stat/quantile.h"

enum { CANDIDATES_MAX = 100000, NAMES_MAX = 64 };

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

/* The parameter's position, or -1. */
static int find_param(const struct ns_learner *learner, const char *name, struct ns_err *err)
{
	const char *names[NS_PARAMS_MAX];
	size_t count = 0;
	for (; learner->params[count].name; count++) {
		if (strcmp(learner->params[count].name, name) == 0)
			return (int)count;
		names[count] = learner->params[count].name;
	}
	const char *near = ns_nearest_name(name, names, count);
	if (near)
		ns_fail(err, NS_ECALL, "%s has no parameter '%s' (did you mean '%s'?)", learner->name, name, near);
	else
		ns_fail(err, NS_ECALL, "%s has no parameter '%s'; --list shows them", learner->name, name);
	return -1;
}

/* The choice that the word is in any case ("none", "True"), as the table spells it; NULL where it is none. */
static const char *find_choice(const char *choices, const char *word, struct ns_arena *arena)
{
	size_t length = strlen(word);
	for (const char *choice = choices; choice && *choice;) {
		size_t size = strcspn(choice, "|");
		if (size == length && strncasecmp(choice, word, size) == 0)
			return ns_strndup(arena, choice, size);
		choice += size + (choice[size] == '|');
	}
	return NULL;
}

static bool has_numbers(const struct ns_param *param)
{
	return param->min != 0 || param->max != 0;
}

/* "a whole number from 1 to 100 or one of sqrt|log2|None". */
static int refuse(const struct ns_param *param, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	char low[NS_NUMBER_MAX + 1] = {0}, high[NS_NUMBER_MAX + 1] = {0};
	ns_number_print(low, param->min);
	ns_number_print(high, param->max);
	const char *range = !has_numbers(param) ? "" : ns_format(arena, "%s from %s to %s", param->integer ? "a whole number" : "a number", low, high);
	const char *words = !param->choices ? "" : ns_format(arena, strchr(param->choices, '|') ? "one of %s" : "%s", param->choices);
	return ns_fail(err, NS_ECALL, "parameter '%s': '%s' is not %s%s%s", param->name, text, range, *range && *words ? " or " : "", words);
}

static int parse_value(struct ns_value *value, const struct ns_param *param, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	double number;
	const char *choice = find_choice(param->choices, text, arena);
	if (choice) {
		*value = (struct ns_value){(double)NAN, choice};
		return NS_OK;
	}
	if (!has_numbers(param) || !ns_number_parse(&number, text, strlen(text)) || !(number >= param->min && number <= param->max) ||
	    (param->integer && number != floor(number)))
		return refuse(param, text, arena, err);
	*value = (struct ns_value){number, ns_strdup(arena, text)};
	return NS_OK;
}

/* The values of one parameter; given: the text stood on the command line. */
struct axis {
	struct ns_value *values;
	size_t count;
	int param;
};

static int parse_axis(struct axis *axis, const struct ns_learner *learner, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	const char *name;
	struct ns_texts texts;
	NS_TRY(ns_opt_param(&name, &texts, text, arena, err));
	axis->param = find_param(learner, name, err);
	if (axis->param < 0)
		return NS_ECALL;
	axis->count = texts.count;
	axis->values = NS_NEW_ARRAY(arena, struct ns_value, texts.count);
	for (size_t i = 0; i < texts.count; i++)
		NS_TRY(parse_value(&axis->values[i], &learner->params[axis->param], texts.items[i], arena, err));
	return NS_OK;
}

static int read_axes(struct axis *axes, size_t *candidates, const struct ns_learner *learner, const struct ns_texts *params, struct ns_arena *arena, struct ns_err *err)
{
	*candidates = 1;
	for (size_t i = 0; i < params->count; i++) {
		NS_TRY(parse_axis(&axes[i], learner, params->items[i], arena, err));
		for (size_t j = 0; j < i; j++)
			if (axes[j].param == axes[i].param)
				return ns_fail(err, NS_ECALL, "parameter '%s' is given twice; several values are one list: %s=A,B", learner->params[axes[i].param].name,
					learner->params[axes[i].param].name);
		if (axes[i].count > CANDIDATES_MAX / *candidates)
			return ns_fail(err, NS_ECALL, "a grid of more than %d candidates", CANDIDATES_MAX);
		*candidates *= axes[i].count;
	}
	return NS_OK;
}

int ns_learner_grid(struct ns_value ***values, size_t *candidates, const struct ns_learner *learner, const struct ns_texts *params,
	struct ns_arena *arena, struct ns_err *err)
{
	size_t width = 0;
	struct ns_value defaults[NS_PARAMS_MAX];
	struct axis *axes = NS_NEW_ARRAY(arena, struct axis, params->count);
	for (; learner->params[width].name; width++)
		NS_TRY(parse_value(&defaults[width], &learner->params[width], learner->params[width].value, arena, err));
	NS_TRY(read_axes(axes, candidates, learner, params, arena, err));
	*values = NS_NEW_ARRAY(arena, struct ns_value *, *candidates);
	for (size_t c = 0; c < *candidates; c++) {
		(*values)[c] = NS_NEW_ARRAY(arena, struct ns_value, width);
		memcpy((*values)[c], defaults, width * sizeof *defaults);
		for (size_t i = params->count, rest = c; i-- > 0; rest /= axes[i].count)
			(*values)[c][axes[i].param] = axes[i].values[rest % axes[i].count];
	}
	return NS_OK;
}

static bool is_given(const char *name, const struct ns_texts *params)
{
	size_t length = strlen(name);
	for (size_t i = 0; i < params->count; i++)
		if (strncmp(params->items[i], name, length) == 0 && params->items[i][length] == '=')
			return true;
	return params->count == 0;
}

const char *ns_learner_describe(const struct ns_learner *learner, const struct ns_value *values, const struct ns_texts *params, struct ns_arena *arena)
{
	const char *text = "";
	for (size_t i = 0; learner->params[i].name; i++)
		if (is_given(learner->params[i].name, params))
			text = ns_format(arena, "%s%s%s=%s", text, *text ? " " : "", learner->params[i].name, values[i].text);
	return text;
}
