#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "base/err.h"
#include "learn/learner.h"
#include "numbers.h"

enum { C, PENALTY, FIT_INTERCEPT, CLASS_WEIGHT, MAX_ITER, TOL, PARAMS };

/* A training set in the arena, in the file's order or backwards. */
static struct ns_training load(const char *name, uint32_t classes, bool backwards, struct ns_arena *arena)
{
	char path[256];
	snprintf(path, sizeof path, "tests/data/logistic/%s.csv", name);
	struct numbers numbers = numbers_read(path);
	size_t features = numbers.width - 1;
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, numbers.rows);
	const double **x = NS_NEW_ARRAY(arena, const double *, features);
	for (size_t f = 0; f <= features; f++) {
		double *column = NS_NEW_ARRAY(arena, double, numbers.rows);
		for (size_t i = 0; i < numbers.rows; i++)
			column[i] = numbers.values[(backwards ? numbers.rows - 1 - i : i) * numbers.width + f];
		for (size_t i = 0; f == features && i < numbers.rows; i++)
			y[i] = (uint32_t)column[i];
		if (f < features)
			x[f] = column;
	}
	free(numbers.values);
	return (struct ns_training){.rows = numbers.rows, .features = features, .x = x, .y = y, .classes = classes, .seed = 42, .threads = 1};
}

static struct ns_value *defaults(struct ns_arena *arena)
{
	struct ns_value *values = NS_NEW_ARRAY(arena, struct ns_value, PARAMS);
	for (size_t i = 0; i < PARAMS; i++) {
		const char *text = ns_learn_logistic_regression.params[i].value;
		char *end;
		double number = strtod(text, &end);
		values[i] = (struct ns_value){*end ? NAN : number, text};
	}
	return values;
}

static struct ns_linear fit(const struct ns_training *training, const struct ns_value *values, struct ns_arena *arena)
{
	struct ns_model model;
	struct ns_err err;
	assert_int_equal(ns_learn_logistic_regression.fit(&model, training, &values, 1, arena, &err), NS_OK);
	assert_int_equal(model.form, NS_MODEL_LINEAR);
	for (size_t i = 0; i < model.linear.outputs * (training->features + 1); i++)
		assert_true(isfinite(model.linear.weights[i]));
	return model.linear;
}

static void same_weights(const struct ns_linear *a, const struct ns_linear *b)
{
	assert_int_equal(a->outputs, b->outputs);
	assert_memory_equal(a->weights, b->weights, a->outputs * (a->features + 1) * sizeof(double));
}

static double probability_of(const struct ns_linear *linear, const struct ns_training *training, size_t row, uint32_t class)
{
	uint32_t classes = linear->outputs == 1 ? 2 : linear->outputs;
	double *p = ns_malloc_array(training->rows, classes * sizeof *p);
	ns_linear_predict(p, linear, training->x, training->rows);
	double value = p[row * classes + class];
	free(p);
	return value;
}

static void as_scikit_learn(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct numbers expected = numbers_read("tests/data/logistic/expected.csv");
	struct ns_training data[] = {load("binary", 2, false, &arena), load("multi", 3, false, &arena)};
	double worst = 0;
	for (size_t i = 0; i < expected.rows; i++) {
		const double *row = expected.values + i * expected.width;
		const struct ns_training *training = &data[(int)row[0]];
		struct ns_value *values = defaults(&arena);
		values[C].number = row[1];
		values[PENALTY].text = row[2] ? "l2" : "None";
		values[FIT_INTERCEPT].text = row[3] ? "True" : "False";
		values[CLASS_WEIGHT].text = row[4] ? "balanced" : "None";
		struct ns_linear linear = fit(training, values, &arena);
		size_t feature = row[6] < 0 ? training->features : (size_t)row[6];
		double off = fabs(linear.weights[(size_t)row[5] * (training->features + 1) + feature] - row[7]);
		worst = off > worst ? off : worst;
	}
	if (worst > 1e-6) /* newton-cg itself stops some 1e-7 before the optimum */
		fail_msg("the worst coefficient is %g off", worst);
	assert_int_equal(expected.rows, 5 * 8 + 4 * 15);
	free(expected.values);
	ns_arena_release(&arena);
}

static void rows_threads_and_company_do_not_matter(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	for (int which = 0; which < 2; which++) {
		struct ns_training forwards = load(which ? "multi" : "binary", which ? 3 : 2, false, &arena);
		struct ns_training backwards = load(which ? "multi" : "binary", which ? 3 : 2, true, &arena);
		backwards.threads = 3;
		struct ns_value *one = defaults(&arena), *other = defaults(&arena);
		other[C].number = 30;
		other[FIT_INTERCEPT].text = "False";
		const struct ns_value *both[] = {other, one};
		struct ns_model models[2];
		struct ns_linear alone = fit(&forwards, one, &arena), again = fit(&backwards, one, &arena);
		assert_int_equal(ns_learn_logistic_regression.fit(models, &forwards, both, 2, &arena, &err), NS_OK);
		same_weights(&alone, &again);
		same_weights(&alone, &models[1].linear);
	}
	ns_arena_release(&arena);
}

/* Columns on other scales are another problem, but with the penalty's strength in step the same one. */
static void scales_do_not_matter(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("binary", 2, false, &arena), scaled = training;
	const double **x = NS_NEW_ARRAY(&arena, const double *, training.features);
	for (size_t f = 0; f < training.features; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, training.rows);
		for (size_t i = 0; i < training.rows; i++)
			column[i] = training.x[f][i] * 1e9 + 1e9;
		x[f] = column;
	}
	scaled.x = x;
	struct ns_value *values = defaults(&arena), *weaker = defaults(&arena);
	weaker[C].number = 1e-18;
	struct ns_linear a = fit(&training, values, &arena), b = fit(&scaled, weaker, &arena);
	for (size_t f = 0; f < training.features; f++)
		assert_true(fabs(a.weights[f] - b.weights[f] * 1e9) < 1e-8);
	for (size_t i = 0; i < training.rows; i++)
		assert_true(fabs(probability_of(&a, &training, i, 1) - probability_of(&b, &scaled, i, 1)) < 1e-8);
	ns_arena_release(&arena);
}

/* A column that is there twice shares its coefficient, a constant one has none. */
static void collinear_and_constant_columns(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("binary", 2, false, &arena), wider = training;
	const double **x = NS_NEW_ARRAY(&arena, const double *, training.features + 2);
	double *constant = NS_NEW_ARRAY(&arena, double, training.rows);
	for (size_t i = 0; i < training.rows; i++)
		constant[i] = 7;
	memcpy(x, training.x, training.features * sizeof *x);
	x[training.features] = training.x[1];
	x[training.features + 1] = constant;
	wider.x = x;
	wider.features += 2;
	for (int penalised = 0; penalised < 2; penalised++) {
		struct ns_value *values = defaults(&arena);
		values[PENALTY].text = penalised ? "l2" : "None";
		struct ns_linear narrow = fit(&training, values, &arena), wide = fit(&wider, values, &arena);
		assert_true(wide.weights[training.features + 1] == 0);
		assert_true(fabs(wide.weights[1] - wide.weights[training.features]) < 1e-6);
		for (size_t i = 0; !penalised && i < training.rows; i++)
			assert_true(fabs(probability_of(&narrow, &training, i, 1) - probability_of(&wide, &wider, i, 1)) < 1e-8);
	}
	ns_arena_release(&arena);
}

static void separable_classes_stay_bounded(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const double column[] = {-3, -2, -1, 1, 2, 3}, *x[] = {column};
	const uint32_t y[] = {0, 0, 0, 1, 1, 1}, three[] = {0, 0, 1, 1, 2, 2};
	struct ns_training training = {.rows = 6, .features = 1, .x = x, .y = y, .classes = 2, .threads = 1}, multi = training;
	multi.y = three;
	multi.classes = 3;
	struct ns_value *values = defaults(&arena);
	for (int i = 0; i < 5; i++) {
		values[PENALTY].text = i == 0 ? "None" : "l2";
		values[C].number = i == 1 ? 1e100 : i == 2 ? 1e-100 : i == 3 ? 1e10 : 1;
		ns_quiet = true;
		struct ns_linear linear = fit(&training, values, &arena), softmax = fit(&multi, values, &arena);
		ns_quiet = false;
		assert_true(linear.weights[0] >= 0 && linear.weights[0] < 1e4);
		assert_true(probability_of(&linear, &training, 5, 1) >= 0.5 && probability_of(&softmax, &multi, 0, 0) >= 1.0 / 3 - 1e-9);
	}
	ns_arena_release(&arena);
}

static void classes_without_rows(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("binary", 2, false, &arena), gap = training, one = training;
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, training.rows), *all = NS_NEW_ARRAY(&arena, uint32_t, training.rows);
	for (size_t i = 0; i < training.rows; i++) {
		y[i] = training.y[i] ? 3 : 1;
		all[i] = 1;
	}
	gap.y = y;
	gap.classes = 5;
	one.y = all;
	struct ns_value *values = defaults(&arena);
	ns_quiet = true;
	struct ns_linear two = fit(&training, values, &arena), five = fit(&gap, values, &arena), only = fit(&one, values, &arena);
	ns_quiet = false;
	for (size_t i = 0; i < training.rows; i++) {
		assert_true(fabs(probability_of(&two, &training, i, 1) - probability_of(&five, &gap, i, 3)) < 1e-15);
		assert_true(probability_of(&five, &gap, i, 0) == 0);
		assert_true(probability_of(&only, &one, i, 1) == 1);
	}
	ns_arena_release(&arena);
}

/* The two ways to a step meet in the same optimum: 40 classes times 15 columns are too many for Cholesky. */
static void many_parameters(void **state)
{
	(void)state;
	enum { ROWS = 600, FEATURES = 14, CLASSES = 40 };
	struct ns_arena arena = NS_ARENA_INIT;
	const double *x[FEATURES];
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	for (size_t f = 0; f < FEATURES; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, ROWS);
		for (size_t i = 0; i < ROWS; i++)
			column[i] = (double)((i * i * (f + 3) + i * 31 + f * 17) % 101) / 50 - 1;
		x[f] = column;
	}
	for (size_t i = 0; i < ROWS; i++)
		y[i] = (uint32_t)(i * 7 % 41 % CLASSES);
	struct ns_training training = {.rows = ROWS, .features = FEATURES, .x = x, .y = y, .classes = CLASSES, .threads = 1};
	struct ns_linear linear = fit(&training, defaults(&arena), &arena);
	double *p = NS_NEW_ARRAY(&arena, double, ROWS * CLASSES), worst = 0;
	ns_linear_predict(p, &linear, x, ROWS);
	for (uint32_t k = 0; k < CLASSES; k++) /* at the optimum the gradient is zero */
		for (size_t f = 0; f <= FEATURES; f++) {
			double gradient = f < FEATURES ? linear.weights[k * (FEATURES + 1) + f] : 0;
			for (size_t i = 0; i < ROWS; i++)
				gradient += (p[i * CLASSES + k] - (y[i] == k)) * (f < FEATURES ? x[f][i] : 1);
			worst = fabs(gradient) > worst ? fabs(gradient) : worst;
		}
	if (worst > 1e-10 * ROWS)
		fail_msg("the gradient is %g", worst);
	ns_arena_release(&arena);
}

/* A number from 0 to 1 for the n-th draw of a seed. */
static double draw(uint32_t seed, uint32_t n)
{
	uint64_t bits = (seed * 0x9e3779b97f4a7c15u + n + 1) * 0xbf58476d1ce4e5b9u;
	bits = (bits ^ bits >> 31) * 0x94d049bb133111ebu;
	return (double)(bits >> 11) * 0x1p-53;
}

static void fill_oddly(double *column, const double *before, size_t rows, uint32_t seed)
{
	int kind = (int)(draw(seed, 0) * 7);
	for (uint32_t i = 0; i < rows; i++) {
		double u = draw(seed, i + 1);
		column[i] = kind == 0 ? (u - 0.5) * DBL_MAX : kind == 1 ? (u - 0.5) * 0x1p-1070 : kind == 2 ? floor(u * 3) - 1 : kind == 3 ? before[i] / 3
			: kind == 4 ? 1e9 + u : kind == 5 ? pow(10, u * 600 - 300) * (i % 2 ? 1 : -1) : 7;
	}
}

/* Whatever finite numbers stand in the columns, coefficients are finite (fit asserts it) and probabilities are probabilities. */
static void odd_columns(void **state)
{
	(void)state;
	static const char *const strengths[] = {"1", "1e-100", "1e100"};
	struct ns_arena arena = NS_ARENA_INIT;
	ns_quiet = true;
	for (uint32_t seed = 0; seed < 1000; seed++, ns_arena_reset(&arena)) {
		size_t rows = 1 + (size_t)(draw(seed, 1) * 40), features = (size_t)(draw(seed, 2) * 5);
		uint32_t classes = 2 + seed % 3, *y = NS_NEW_ARRAY(&arena, uint32_t, rows);
		const double **x = NS_NEW_ARRAY(&arena, const double *, features);
		for (size_t f = 0; f < features; f++) {
			double *column = NS_NEW_ARRAY(&arena, double, rows);
			fill_oddly(column, f ? x[f - 1] : column, rows, 7 * seed + (uint32_t)f);
			x[f] = column;
		}
		for (uint32_t i = 0; i < rows; i++)
			y[i] = (uint32_t)(draw(seed, 100 + i) * classes);
		struct ns_training training = {.rows = rows, .features = features, .x = x, .y = y, .classes = classes, .threads = 1};
		struct ns_value *values = defaults(&arena);
		values[C].number = strtod(strengths[seed / 3 % 3], NULL);
		values[PENALTY].text = seed % 5 ? "l2" : "None";
		values[FIT_INTERCEPT].text = seed % 7 ? "True" : "False";
		struct ns_linear linear = fit(&training, values, &arena);
		double *p = NS_NEW_ARRAY(&arena, double, rows * classes);
		ns_linear_predict(p, &linear, x, rows);
		for (size_t i = 0; i < rows * classes; i++)
			assert_true(p[i] >= 0 && p[i] <= 1);
	}
	ns_quiet = false;
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_scikit_learn),
		cmocka_unit_test(rows_threads_and_company_do_not_matter),
		cmocka_unit_test(scales_do_not_matter),
		cmocka_unit_test(collinear_and_constant_columns),
		cmocka_unit_test(separable_classes_stay_bounded),
		cmocka_unit_test(classes_without_rows),
		cmocka_unit_test(many_parameters),
		cmocka_unit_test(odd_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
