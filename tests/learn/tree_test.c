/* One tree against scikit-learn's, where there is only one right tree: tests/data/learn/make_tree.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "../lib/numbers.h"
#include "base/random.h"
#include "learn/learner.h"

/* In the order of make_tree.py. */
static const char *const settings[][3] = {
	{NULL},
	{"criterion=entropy"},
	{"max_depth=3"},
	{"min_samples_leaf=4"},
	{"min_samples_split=0.2", "min_samples_leaf=0.03"},
	{"max_leaf_nodes=6"},
	{"min_impurity_decrease=0.02"},
	{"ccp_alpha=0.015"},
	{"class_weight=balanced", "max_depth=4"},
	{"min_weight_fraction_leaf=0.06", "criterion=log_loss"},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static struct ns_texts given(size_t setting)
{
	struct ns_texts texts = {.items = (const char **)settings[setting]};
	while (texts.count < 3 && texts.items[texts.count])
		texts.count++;
	return texts;
}

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

static void agrees(const char *train, const char *query, uint32_t classes)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct numbers numbers = numbers_read(train), expected = numbers_read(query);
	struct ns_training training = training_of(&numbers, classes, &arena);
	const double **x = columns_of(&expected, training.features, &arena);
	double *found = NS_NEW_ARRAY(&arena, double, expected.rows * classes);
	assert_int_equal(expected.width, training.features + SETTINGS * classes);
	for (size_t s = 0; s < SETTINGS; s++) {
		struct ns_value **values;
		size_t candidates;
		struct ns_model model;
		struct ns_texts texts = given(s);
		assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_decision_tree, &texts, &arena, &err), NS_OK);
		assert_int_equal(candidates, 1);
		assert_int_equal(ns_learn_decision_tree.fit(&model, &training, (const struct ns_value *const *)values, 1, &arena, &err), NS_OK);
		ns_model_predict(found, &model, x, expected.rows);
		for (size_t row = 0; row < expected.rows; row++)
			for (uint32_t c = 0; c < classes; c++) {
				double difference = found[row * classes + c] - expected.values[row * expected.width + training.features + s * classes + c];
				if (!(fabs(difference) < 1e-12))
					fail_msg("%s, setting %zu, row %zu, class %u: off by %g", train, s, row, c, difference);
			}
	}
	free(numbers.values);
	free(expected.values);
	ns_arena_release(&arena);
}

static void two_classes_as_scikit_learn(void **state)
{
	(void)state;
	agrees("tests/data/learn/two.csv", "tests/data/learn/two-expected.csv", 2);
}

static void three_classes_as_scikit_learn(void **state)
{
	(void)state;
	agrees("tests/data/learn/three.csv", "tests/data/learn/three-expected.csv", 3);
}

/* One question over many values, against trying every threshold the slow way. */
enum { MANY = 3000, COLUMNS = 4 };

static double purity(const double *x, const uint32_t *y, double threshold, size_t least, uint32_t classes)
{
	double left[3] = {0}, right[3] = {0}, lefts = 0, rights = 0, left_squares = 0, right_squares = 0;
	for (size_t row = 0; row < MANY; row++)
		(x[row] <= threshold ? left : right)[y[row]]++;
	for (uint32_t c = 0; c < classes; c++) {
		lefts += left[c];
		rights += right[c];
		left_squares += left[c] * left[c];
		right_squares += right[c] * right[c];
	}
	return lefts < (double)least || rights < (double)least ? 0 : left_squares / lefts + right_squares / rights;
}

static void best_of_all(const char *leaf, size_t least, uint32_t classes, uint64_t seed)
{
	static double x[COLUMNS][MANY];
	static uint32_t y[MANY];
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_random random;
	ns_random_init(&random, seed, "tree_test", classes, least);
	for (size_t row = 0; row < MANY; row++) {
		for (size_t f = 0; f < COLUMNS; f++)
			x[f][row] = ns_random_normal(&random) * (f == 3 ? 1e-3 * ns_random_real(&random) : 1);
		y[row] = (uint32_t)fmin(classes - 1, fabs(x[seed % 3][row] + 0.3 * x[2][row] + 0.5 * ns_random_normal(&random)));
	}
	struct ns_training training = {.rows = MANY, .features = COLUMNS, .x = (const double *[]){x[0], x[1], x[2], x[3]}, .y = y, .classes = classes, .threads = 1};
	const char *items[] = {"max_depth=1", leaf};
	struct ns_value **values;
	size_t candidates;
	struct ns_model model;
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_decision_tree, &(struct ns_texts){items, 2}, &arena, &err), NS_OK);
	assert_int_equal(ns_learn_decision_tree.fit(&model, &training, (const struct ns_value *const *)values, 1, &arena, &err), NS_OK);
	assert_int_equal(model.trees.first[1], 3);
	struct ns_node root = ns_trees_node(&model.trees, 0, 0);
	double found = purity(x[root.feature], y, root.threshold, least, classes);
	assert_true(found > 0);
	for (size_t f = 0; f < COLUMNS; f++)
		for (size_t row = 0; row < MANY; row++)
			assert_true(purity(x[f], y, x[f][row], least, classes) <= found * (1 + 1e-12));
	ns_arena_release(&arena);
}

static void no_threshold_is_better(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4; seed++)
		for (uint32_t classes = 2; classes <= 3; classes++) {
			best_of_all("min_samples_leaf=1", 1, classes, seed);
			best_of_all("min_samples_leaf=1400", 1400, classes, seed);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_classes_as_scikit_learn),
		cmocka_unit_test(three_classes_as_scikit_learn),
		cmocka_unit_test(no_threshold_is_better),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
