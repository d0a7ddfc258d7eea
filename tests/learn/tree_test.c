/*
 * One tree against scikit-learn's, where there is only one right tree (tests/data/learn/make_tree.py), and forests so large that they
 * hardly depend on what was drawn (make_forest.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "../lib/numbers.h"
#include "base/random.h"
#include "learn/learner.h"

enum { PARAMS = 4 };

struct settings {
	const struct ns_learner *learner;
	const char *params[PARAMS];
};

/* In the order of make_tree.py. */
static const struct settings trees[] = {
	{&ns_learn_decision_tree, {NULL}},
	{&ns_learn_decision_tree, {"criterion=entropy"}},
	{&ns_learn_decision_tree, {"max_depth=3"}},
	{&ns_learn_decision_tree, {"min_samples_leaf=4"}},
	{&ns_learn_decision_tree, {"min_samples_split=0.2", "min_samples_leaf=0.03"}},
	{&ns_learn_decision_tree, {"max_leaf_nodes=6"}},
	{&ns_learn_decision_tree, {"min_impurity_decrease=0.02"}},
	{&ns_learn_decision_tree, {"ccp_alpha=0.015"}},
	{&ns_learn_decision_tree, {"class_weight=balanced", "max_depth=4"}},
	{&ns_learn_decision_tree, {"min_weight_fraction_leaf=0.06", "criterion=log_loss"}},
};

/* In the order of make_forest.py. */
static const struct settings weighted[] = {
	{&ns_learn_decision_tree, {"max_depth=3"}},
	{&ns_learn_decision_tree, {"criterion=entropy", "max_depth=3"}},
	{&ns_learn_decision_tree, {"max_leaf_nodes=5"}},
	{&ns_learn_decision_tree, {"min_weight_fraction_leaf=0.08"}},
	{&ns_learn_decision_tree, {"min_samples_leaf=6", "min_impurity_decrease=0.01"}},
};

static const struct settings forests[] = {
	{&ns_learn_random_forest, {"n_estimators=4000"}},
	{&ns_learn_random_forest, {"n_estimators=4000", "max_depth=4", "min_samples_leaf=3", "class_weight=balanced_subsample"}},
	{&ns_learn_random_forest, {"n_estimators=4000", "criterion=entropy", "max_samples=0.5"}},
	{&ns_learn_extra_trees, {"n_estimators=4000"}},
	{&ns_learn_extra_trees, {"n_estimators=4000", "max_depth=3", "max_features=1", "criterion=entropy"}},
	{&ns_learn_extra_trees, {"n_estimators=4000", "bootstrap=True", "min_samples_split=10"}},
};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const double **columns_of(const struct numbers *numbers, size_t width, struct ns_arena *arena)
{
	const double **columns = NS_NEW_ARRAY(arena, const double *, width);
	for (size_t c = 0; c < width; c++) {
		double *column = NS_NEW_ARRAY(arena, double, numbers->rows);
		for (size_t row = 0; row < numbers->rows; row++)
			column[row] = numbers->values[row * numbers->width + c];
		columns[c] = column;
	}
	return columns;
}

static struct ns_training training_of(const struct numbers *numbers, uint32_t classes, struct ns_arena *arena)
{
	const double **columns = columns_of(numbers, numbers->width, arena);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, numbers->rows);
	for (size_t row = 0; row < numbers->rows; row++)
		y[row] = (uint32_t)columns[numbers->width - 1][row];
	return (struct ns_training){.rows = numbers->rows, .features = numbers->width - 1, .x = columns, .y = y, .classes = classes, .seed = 42, .threads = 1};
}

static struct ns_model fit_setting(const struct settings *setting, const struct ns_training *training, struct ns_arena *arena)
{
	struct ns_texts texts = {.items = (const char **)setting->params};
	struct ns_value **values;
	struct ns_err err = {""};
	struct ns_model model;
	size_t candidates;
	while (texts.count < PARAMS && texts.items[texts.count])
		texts.count++;
	assert_int_equal(ns_learner_grid(&values, &candidates, setting->learner, &texts, arena, &err), NS_OK);
	assert_int_equal(candidates, 1);
	assert_int_equal(setting->learner->fit(&model, training, (const struct ns_value *const *)values, 1, arena, &err), NS_OK);
	return model;
}

/* The file's probabilities of the settings, from the `first` on, are ours but for a difference. */
static void agrees(const struct ns_training *training, const struct numbers *expected, const struct settings *settings, size_t count, size_t first,
	double most)
{
	struct ns_arena arena = NS_ARENA_INIT;
	uint32_t classes = training->classes;
	const double **x = columns_of(expected, training->features, &arena);
	double *found = NS_NEW_ARRAY(&arena, double, expected->rows * classes);
	assert_true(expected->width >= training->features + (first + count) * classes);
	for (size_t s = 0; s < count; s++) {
		struct ns_model model = fit_setting(&settings[s], training, &arena);
		ns_model_predict(found, &model, x, expected->rows);
		for (size_t row = 0; row < expected->rows; row++)
			for (uint32_t c = 0; c < classes; c++) {
				double difference = found[row * classes + c] - expected->values[row * expected->width + training->features + (first + s) * classes + c];
				if (!(fabs(difference) < most))
					fail_msg("%u classes, %s, setting %zu, row %zu, class %u: off by %g", classes, settings[s].learner->name, s, row, c, difference);
			}
	}
	ns_arena_release(&arena);
}

static void all_agree(const char *train, const char *of_trees, const char *of_forests, const char *of_weights, uint32_t classes)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct numbers numbers = numbers_read(train), one = numbers_read(of_trees), many = numbers_read(of_forests), weights = numbers_read(of_weights);
	struct ns_training training = training_of(&numbers, classes, &arena);
	agrees(&training, &one, trees, COUNT(trees), 0, 1e-12);
	agrees(&training, &many, forests, COUNT(forests), COUNT(weighted), 0.06); /* of drawn trees, and ties are broken in another way */
	training.weight = weights.values;
	agrees(&training, &many, weighted, COUNT(weighted), 0, 1e-8);
	free(weights.values);
	free(many.values);
	free(one.values);
	free(numbers.values);
	ns_arena_release(&arena);
}

static void two_classes_as_scikit_learn(void **state)
{
	(void)state;
	all_agree("tests/data/learn/two.csv", "tests/data/learn/two-expected.csv", "tests/data/learn/two-forest.csv", "tests/data/learn/two-weights.csv", 2);
}

static void three_classes_as_scikit_learn(void **state)
{
	(void)state;
	all_agree("tests/data/learn/three.csv", "tests/data/learn/three-expected.csv", "tests/data/learn/three-forest.csv", "tests/data/learn/three-weights.csv", 3);
}

/* One question over many values, against trying every threshold the slow way. */
enum { MANY = 3000, COLUMNS = 4 };

static double purity(const double *x, const uint32_t *y, double threshold, bool missing_left, size_t least, uint32_t classes)
{
	double left[3] = {0}, right[3] = {0}, lefts = 0, rights = 0, left_squares = 0, right_squares = 0;
	for (size_t row = 0; row < MANY; row++)
		((isnan(x[row]) ? missing_left : x[row] <= threshold) ? left : right)[y[row]]++;
	for (uint32_t c = 0; c < classes; c++) {
		lefts += left[c];
		rights += right[c];
		left_squares += left[c] * left[c];
		right_squares += right[c] * right[c];
	}
	return lefts < (double)least || rights < (double)least ? 0 : left_squares / lefts + right_squares / rights;
}

/* share: of values that are missing, and say something; values: a measure's, or codes from 0 on. */
static void best_of_all(const char *leaf, size_t least, uint32_t classes, uint64_t seed, double share, uint64_t values)
{
	static double x[COLUMNS][MANY];
	static uint32_t y[MANY];
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_random random;
	ns_random_init(&random, seed, "tree_test", classes, least);
	for (size_t row = 0; row < MANY; row++) {
		for (size_t f = 0; f < COLUMNS; f++)
			x[f][row] = values ? (double)ns_random_below(&random, values) : ns_random_normal(&random) * (f == 3 ? 1e-3 * ns_random_real(&random) : 1);
		y[row] = (uint32_t)fmin(classes - 1, fabs(x[seed % 3][row] + 0.3 * x[2][row] + 0.5 * ns_random_normal(&random)));
		for (size_t f = 0; f < COLUMNS; f++)
			if (ns_random_real(&random) < share * (seed % 2 == y[row] ? 2 : 1))
				x[f][row] = (double)NAN;
	}
	struct ns_training training = {.rows = MANY, .features = COLUMNS, .x = (const double *[]){x[0], x[1], x[2], x[3]}, .missing = share > 0, .y = y, .classes = classes, .threads = 1};
	struct ns_model model = fit_setting(&(struct settings){&ns_learn_decision_tree, {"max_depth=1", leaf}}, &training, &arena);
	assert_int_equal(model.trees.first[1], 3);
	assert_int_equal(model.trees.shape.missing, share > 0);
	struct ns_node root = ns_trees_node(&model.trees, 0, 0);
	double found = purity(x[root.feature], y, root.threshold, root.missing_left, least, classes);
	assert_true(found > 0);
	for (size_t f = 0; f < COLUMNS; f++)
		for (size_t row = 0; row < MANY; row++)
			for (int left = 0; left <= (share > 0); left++)
				assert_true(purity(x[f], y, isnan(x[f][row]) ? (double)INFINITY : x[f][row], left, least, classes) <= found * (1 + 1e-12));
	ns_arena_release(&arena);
}

static void no_threshold_is_better(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++)
		for (uint32_t classes = 2; classes <= 3; classes++) {
			best_of_all("min_samples_leaf=1", 1, classes, seed, 0, 0);
			best_of_all("min_samples_leaf=1400", 1400, classes, seed, 0, 0);
		}
}

static void nor_another_side_for_missing_values(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++)
		for (uint32_t classes = 2; classes <= 3; classes++)
			for (uint64_t values = 0; values <= 100; values += values ? 97 : 3) { /* sorted, masks, histogram */
				best_of_all("min_samples_leaf=1", 1, classes, seed, 0.2, values);
				best_of_all("min_samples_leaf=100", 100, classes, seed, 0.02, values);
			}
}

/* Where no row lacks the value, missing ones go to the side with more rows; where nothing else tells rows apart, they are asked for. */
static void missing_values_find_their_side(void **state)
{
	(void)state;
	const double a[] = {1, 2, 3, 4, 5, 6}, b[] = {7, (double)NAN, 7, (double)NAN, 7, (double)NAN};
	const uint32_t by_a[] = {0, 0, 1, 1, 1, 1}, by_missing[] = {0, 1, 0, 1, 0, 1};
	const struct settings setting = {&ns_learn_decision_tree, {"max_depth=1"}};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = {.rows = 6, .features = 2, .x = (const double *[]){a, b}, .missing = true, .y = by_a, .classes = 2, .threads = 1};
	struct ns_model model = fit_setting(&setting, &training, &arena);
	struct ns_node root = ns_trees_node(&model.trees, 0, 0);
	assert_int_equal(root.feature, 0);
	assert_true(root.threshold == 2.5);
	assert_false(root.missing_left);
	training.y = by_missing;
	model = fit_setting(&setting, &training, &arena);
	root = ns_trees_node(&model.trees, 0, 0);
	assert_int_equal(root.feature, 1);
	assert_true(root.threshold == DBL_MAX);
	assert_false(root.missing_left);
	double out[4];
	ns_model_predict(out, &model, (const double *[]){(const double[]){1, 1}, (const double[]){1e300, (double)NAN}}, 2);
	assert_true(out[0] == 1 && out[3] == 1);
	ns_arena_release(&arena);
}

/* A row drawn more than 255 times is several items. */
static void very_many_equal_rows(void **state)
{
	(void)state;
	enum { ROWS = 5000 };
	static double a[ROWS], b[ROWS];
	static uint32_t y[ROWS];
	struct ns_arena arena = NS_ARENA_INIT;
	for (size_t row = 0; row < ROWS; row++) {
		a[row] = row >= 510; /* 510 rows that are equal: two whole items and an empty one */
		b[row] = row % 7 == 0 && row >= 510;
		y[row] = row < 510 ? row % 3 == 0 : b[row] == 0;
	}
	struct ns_training training = {.rows = ROWS, .features = 2, .x = (const double *[]){a, b}, .y = y, .classes = 2, .threads = 1};
	const struct settings some[] = {{&ns_learn_decision_tree, {NULL}}, {&ns_learn_decision_tree, {"criterion=entropy"}}, {&ns_learn_decision_tree, {"min_samples_leaf=510"}}};
	for (size_t s = 0; s < COUNT(some); s++) {
		struct ns_model model = fit_setting(&some[s], &training, &arena);
		double out[6];
		ns_model_predict(out, &model, (const double *[]){(const double[]){0, 1, 1}, (const double[]){0, 0, 1}}, 3);
		assert_true(fabs(out[1] - 1.0 / 3) < 1e-15 && out[3] == 1 && out[5] == 0);
	}
	ns_arena_release(&arena);
}

static void too_many_classes_are_refused(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_value **values;
	struct ns_model model;
	size_t candidates;
	const double a[] = {1, 2};
	struct ns_training training = {.rows = 2, .features = 1, .x = (const double *[]){a}, .y = (const uint32_t[]){0, 1}, .classes = 20000000, .threads = 1};
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_decision_tree, &(struct ns_texts){0}, &arena, &err), NS_OK);
	assert_int_equal(ns_learn_decision_tree.fit(&model, &training, (const struct ns_value *const *)values, 1, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "20000000 classes to learn; a tree tells at most 16777216 apart");
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_classes_as_scikit_learn),
		cmocka_unit_test(three_classes_as_scikit_learn),
		cmocka_unit_test(no_threshold_is_better),
		cmocka_unit_test(nor_another_side_for_missing_values),
		cmocka_unit_test(missing_values_find_their_side),
		cmocka_unit_test(very_many_equal_rows),
		cmocka_unit_test(too_many_classes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
