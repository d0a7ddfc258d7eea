/*
 * logistic regression: scikit-learn's model (the loss summed over rows, half the squared coefficients divided by C, the intercept
 * not penalised; softmax for more than two classes), solved to the optimum by Newton's method instead of stopping near it.
 */
#include <math.h>
#include <string.h>

#include "learn/design.h"
#include "learn/learner.h"
#include "learn/softmax.h"

enum { C, PENALTY, FIT_INTERCEPT, CLASS_WEIGHT, MAX_ITER, TOL };
enum { DENSE_MOST = 512 };           /* parameters; beyond, conjugate gradients */
static const double NEVER = -1e300; /* intercept of a class without rows: probability 0 */

static const struct ns_param params[] = {
	[C] = {"C", "inverse of the penalty's strength: smaller is simpler", "1", 1e-100, 1e100, false, NULL},
	[PENALTY] = {"penalty", "on the squared coefficients, in the columns' own units", "l2", 0, 0, false, "l2|None"},
	[FIT_INTERCEPT] = {"fit_intercept", "add a constant term", "True", 0, 0, false, "True|False"},
	[CLASS_WEIGHT] = {"class_weight", "balanced: every class weighs the same", "None", 0, 0, false, "None|balanced"},
	[MAX_ITER] = {"max_iter", "most Newton steps", "100", 1, 1e6, true, NULL},
	[TOL] = {"tol", "scikit-learn's; steps go on to less than a millionth of it, so that the optimum is met", "1e-4", 1e-8, 1, false, NULL},
	{0},
};

/* What candidates share. */
struct task {
	const struct ns_training *training;
	struct ns_distinct distinct;
	struct ns_design designs[2]; /* without, with an intercept */
	bool made[2];
	uint32_t *place;             /* of each class among those that have rows */
	uint32_t *present;           /* the classes that have rows */
	uint32_t present_count;
	double *class_weight;        /* of all its rows */
	double weight;               /* of all rows */
	struct ns_arena *arena;
};

static void count_classes(struct task *task)
{
	uint32_t classes = task->training->classes;
	task->class_weight = NS_NEW_ARRAY(task->arena, double, classes);
	task->place = NS_NEW_ARRAY(task->arena, uint32_t, classes);
	task->present = NS_NEW_ARRAY(task->arena, uint32_t, classes);
	ns_training_weigh(task->class_weight, task->training);
	for (uint32_t k = 0; k < classes; k++)
		if (task->class_weight[k] > 0) {
			task->weight += task->class_weight[k];
			task->place[k] = task->present_count;
			task->present[task->present_count++] = k;
		}
}

static const struct ns_design *design_of(struct task *task, bool intercept)
{
	if (!task->made[intercept])
		ns_design_make(&task->designs[intercept], task->training, &task->distinct, intercept, task->arena);
	task->made[intercept] = true;
	return &task->designs[intercept];
}

/* Weights of the design's rows; their sum is returned. */
static double weigh_rows(double *weight, uint32_t *y, const struct task *task, const struct ns_design *design, bool balanced)
{
	double sum = 0;
	for (size_t i = 0; i < design->rows; i++) {
		uint32_t class = design->y[i];
		double share = task->weight / (task->present_count * task->class_weight[class]);
		weight[i] = design->weight[i] * (balanced ? share : 1);
		y[i] = task->place[class];
		sum += weight[i];
	}
	return sum;
}

/* The penalty is on coefficients in the columns' own units: w = v 2^-exponent. */
static double *make_ridge(const struct ns_design *design, double strength, struct ns_arena *arena)
{
	double *ridge = NS_NEW_ARRAY(arena, double, design->columns); /* the intercept's stays 0 */
	for (size_t c = 0; c < design->features; c++)
		ridge[c] = fmin(ldexp(strength, -2 * design->exponent[c]), 1e200);
	return ridge;
}

/* One output's coefficients in the columns' own units. */
static void unscale(double *weights, const double *v, const struct ns_design *design, size_t features)
{
	double intercept = design->columns > design->features ? v[design->features] : 0;
	for (size_t c = 0; c < design->features; c++) {
		weights[design->feature[c]] = ldexp(v[c], -design->exponent[c]);
		intercept -= v[c] * design->center[c];
	}
	weights[features] = intercept;
}

/* Outputs may move alike without a change to the probabilities: their mean is put to 0, where the penalty has it. */
static void centre_outputs(double *v, size_t columns, uint32_t outputs)
{
	for (size_t c = 0; c < columns; c++) {
		double sum = 0;
		for (uint32_t k = 0; k < outputs; k++)
			sum += v[k * columns + c];
		for (uint32_t k = 0; k < outputs; k++)
			v[k * columns + c] -= sum / outputs;
	}
}

/* Lays the outputs that were fitted into a table for all classes. */
static void assemble(struct ns_linear *linear, const double *v, const struct task *task, const struct ns_design *design, uint32_t outputs)
{
	uint32_t classes = task->training->classes;
	size_t features = task->training->features, width = features + 1;
	linear->outputs = classes == 2 ? 1 : classes;
	linear->features = features;
	linear->weights = ns_alloc_array(task->arena, width, linear->outputs * sizeof *linear->weights);
	if (task->present_count < 2) { /* the only class there is */
		for (uint32_t k = 0; k < linear->outputs; k++)
			linear->weights[k * width + features] = k == task->present[0] ? 0 : NEVER;
		if (classes == 2)
			linear->weights[features] = task->present[0] ? -NEVER : NEVER;
		return;
	}
	for (uint32_t k = 0; linear->outputs > 1 && k < classes; k++)
		if (task->class_weight[k] == 0)
			linear->weights[k * width + features] = NEVER;
	for (uint32_t k = 0; k < outputs; k++) {
		uint32_t output = linear->outputs == 1 ? 0 : task->present[outputs == 1 ? 1 : k];
		unscale(linear->weights + output * width, v + k * design->columns, design, features);
	}
}

/* Whether every row is so sure of its class that only the penalty could have stopped the coefficients. */
static bool separated(const struct ns_softmax *softmax)
{
	for (size_t i = 0; i < softmax->design->rows; i++)
		if (softmax->probability[i * softmax->classes + softmax->y[i]] < 1 - 1e-6)
			return false;
	return true;
}

static void tell(bool converged, const struct ns_softmax *softmax, bool penalised, double steps)
{
	if (!penalised && separated(softmax))
		ns_note("logistic-regression: the columns separate the classes, so without penalty no coefficients are best; use penalty=l2");
	else if (!converged)
		ns_note("logistic-regression: not converged after max_iter=%.0f steps; scale the columns or raise max_iter", steps);
}

/* Of the gradient, in relation to the rows' weight. The last digits are nearly free by Cholesky, and dear by conjugate gradients. */
static double tolerance(double tol, bool dense)
{
	return fmax((dense ? 1e-8 : 1e-6) * tol, 1e-14);
}

static void fit_one(struct ns_model *model, struct task *task, const struct ns_value *values)
{
	bool intercept = !strcmp(values[FIT_INTERCEPT].text, "True"), penalised = !strcmp(values[PENALTY].text, "l2");
	bool balanced = !strcmp(values[CLASS_WEIGHT].text, "balanced");
	const struct ns_design *design = design_of(task, intercept);
	struct ns_arena scratch = NS_ARENA_INIT;
	uint32_t outputs = task->present_count == 2 ? 1 : task->present_count, *y = NS_NEW_ARRAY(&scratch, uint32_t, design->rows);
	double *weight = NS_NEW_ARRAY(&scratch, double, design->rows);
	double total = weigh_rows(weight, y, task, design, balanced);
	struct ns_softmax softmax = {.design = design, .y = y, .weight = weight, .classes = task->present_count, .outputs = outputs,
		.ridge = make_ridge(design, penalised ? 1 / values[C].number : 0, &scratch), .threads = task->training->threads};
	double *v = NULL;
	if (task->present_count > 1) {
		struct ns_convex function = ns_softmax_init(&softmax, &scratch);
		v = NS_NEW_ARRAY(&scratch, double, function.size);
		bool dense = function.size <= DENSE_MOST;
		bool converged = ns_newton(v, &function, (int)values[MAX_ITER].number, tolerance(values[TOL].number, dense) * total, dense);
		tell(converged, &softmax, penalised, values[MAX_ITER].number);
		if (outputs > 1)
			centre_outputs(v, design->columns, outputs);
	}
	*model = (struct ns_model){.form = NS_MODEL_LINEAR, .classes = task->training->classes, .features = task->training->features};
	assemble(&model->linear, v, task, design, outputs);
	ns_arena_release(&scratch);
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct task task = {.training = training, .arena = arena};
	count_classes(&task);
	ns_distinct_find(&task.distinct, training, arena);
	if (task.present_count < 2)
		ns_note("logistic-regression: only one class has rows; the model always says it");
	for (size_t i = 0; i < candidates; i++)
		fit_one(&models[i], &task, values[i]);
	return NS_OK;
}

const struct ns_learner ns_learn_logistic_regression = {
	.name = "logistic-regression",
	.help = "linear classes by logistic (softmax) regression",
	.params = params,
	.fit = fit,
};
