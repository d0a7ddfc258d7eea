/* AdaBoost against scikit-learn's, where its draws do not matter (tests/data/adaboost/make.py), and what it does beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "learn/learner.h"
#include "columns.h"

enum { SETTINGS = 12, WEIGHTED_EVERY = 4 };

/* In the order of make.py; every fourth is weighted. */
static const char *const settings[SETTINGS][4] = {
	{"algorithm=SAMME.R", "learning_rate=1", "n_estimators=1"},
	{"algorithm=SAMME.R", "learning_rate=1", "n_estimators=50"},
	{"algorithm=SAMME.R", "learning_rate=0.1", "n_estimators=40"},
	{"algorithm=SAMME.R", "learning_rate=0.5", "n_estimators=30"},
	{"algorithm=SAMME", "learning_rate=1", "n_estimators=1"},
	{"algorithm=SAMME", "learning_rate=1", "n_estimators=50"},
	{"algorithm=SAMME", "learning_rate=0.3", "n_estimators=40"},
	{"algorithm=SAMME", "learning_rate=1", "n_estimators=30"},
	{"algorithm=SAMME.R", "learning_rate=0.3", "n_estimators=8", "max_depth=2"},
	{"algorithm=SAMME", "learning_rate=0.5", "n_estimators=8", "max_depth=2"},
	{"algorithm=SAMME.R", "learning_rate=0.3", "n_estimators=8", "max_depth=3"},
	{"algorithm=SAMME.R", "learning_rate=0.2", "n_estimators=8", "max_depth=2"},
};

static struct ns_training load(const char *name, uint32_t classes, struct ns_arena *arena)
{
	return weighted_training(ns_format(arena, "tests/data/adaboost/%s.csv", name), classes, arena);
}

static void fit_grid(struct ns_model *models, const struct ns_training *training, const char *const *params, size_t given, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_value **values;
	size_t candidates;
	const struct ns_texts texts = {.items = (const char **)params, .count = given};
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_adaboost, &texts, arena, &err), NS_OK);
	assert_int_equal(ns_learn_adaboost.fit(models, training, (const struct ns_value *const *)values, candidates, arena, &err), NS_OK);
	assert_string_equal(err.text, "");
}

static const double *predict(const struct ns_model *model, const struct ns_training *on, struct ns_arena *arena)
{
	double *probability = NS_NEW_ARRAY(arena, double, on->rows * on->classes);
	ns_model_predict(probability, model, on->x, on->rows);
	return probability;
}

static void agrees(const char *name, uint32_t classes)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load(name, classes, &arena);
	const double *weight = training.weight;
	struct numbers expected = numbers_read(ns_format(&arena, "tests/data/adaboost/%s-expected.csv", name));
	assert_int_equal(expected.width, SETTINGS * classes);
	for (size_t s = 0; s < SETTINGS; s++) {
		struct ns_model model;
		training.weight = s % WEIGHTED_EVERY == WEIGHTED_EVERY - 1 ? weight : NULL;
		fit_grid(&model, &training, settings[s], settings[s][3] ? 4 : 3, &arena);
		const double *found = predict(&model, &training, &arena);
		for (size_t row = 0; row < training.rows; row++)
			for (uint32_t c = 0; c < classes; c++) {
				double theirs = expected.values[row * expected.width + s * classes + c], ours = found[row * classes + c];
				if (!(fabs(ours - theirs) < 1e-9))
					fail_msg("%s: setting %zu, row %zu, class %u: %.17g, scikit-learn has %.17g", name, s, row, c, ours, theirs);
			}
	}
	free(expected.values);
	ns_arena_release(&arena);
}

static void agrees_on_two_classes(void **state)
{
	(void)state;
	agrees("two", 2);
}

static void agrees_on_three_classes(void **state)
{
	(void)state;
	agrees("three", 3);
}

static void agrees_on_codes(void **state)
{
	(void)state;
	agrees("codes", 2);
}

/* Whole weights are counts: to the last bit the model of the rows written so often. */
static void weights_are_repeated_rows(void **state)
{
	(void)state;
	static const char *const params[] = {"algorithm=SAMME.R,SAMME", "class_weight=None,balanced", "max_depth=1,2"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training weighted = load("codes", 2, &arena), repeated = weighted;
	double *weight = NS_NEW_ARRAY(&arena, double, weighted.rows), **x = NS_NEW_ARRAY(&arena, double *, weighted.features);
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, weighted.rows * 3);
	for (size_t f = 0; f < weighted.features; f++)
		x[f] = NS_NEW_ARRAY(&arena, double, weighted.rows * 3);
	repeated.rows = 0;
	for (size_t row = 0; row < weighted.rows; row++) {
		weight[row] = 1 + (double)(row % 3);
		for (size_t copy = 0; copy <= row % 3; copy++, repeated.rows++) {
			y[repeated.rows] = weighted.y[row];
			for (size_t f = 0; f < weighted.features; f++)
				x[f][repeated.rows] = weighted.x[f][row];
		}
	}
	weighted.weight = weight;
	repeated.x = (const double *const *)x;
	repeated.y = y;
	repeated.weight = NULL;
	struct ns_model by_weight[8], by_rows[8];
	fit_grid(by_weight, &weighted, params, 3, &arena);
	fit_grid(by_rows, &repeated, params, 3, &arena);
	for (size_t m = 0; m < 8; m++)
		assert_memory_equal(predict(&by_weight[m], &weighted, &arena), predict(&by_rows[m], &weighted, &arena), weighted.rows * 2 * sizeof(double));
	ns_arena_release(&arena);
}

/* Weights of any size: only their proportions matter. */
static void weights_have_no_unit(void **state)
{
	(void)state;
	static const double units[] = {0x1p-1000, 0x1p-3, 0x1p900};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("two", 2, &arena);
	const double *weight = training.weight;
	double *other = NS_NEW_ARRAY(&arena, double, training.rows);
	struct ns_model model;
	fit_grid(&model, &training, NULL, 0, &arena);
	const double *expected = predict(&model, &training, &arena);
	training.weight = other;
	for (size_t u = 0; u < 3; u++) {
		for (size_t row = 0; row < training.rows; row++)
			other[row] = weight[row] * units[u];
		fit_grid(&model, &training, NULL, 0, &arena);
		const double *found = predict(&model, &training, &arena);
		for (size_t i = 0; i < 2 * training.rows; i++)
			assert_true(fabs(found[i] - expected[i]) < 1e-9);
	}
	ns_arena_release(&arena);
}

static void fewer_stumps_are_the_beginning_of_more(void **state)
{
	(void)state;
	static const char *const all[] = {"n_estimators=3,20,11", "learning_rate=1,0.5"}, *const one[] = {"n_estimators=11", "learning_rate=0.5"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("three", 3, &arena);
	struct ns_model models[6], alone;
	fit_grid(models, &training, all, 2, &arena);
	fit_grid(&alone, &training, one, 2, &arena);
	assert_int_equal(models[5].trees.count, 11);
	assert_ptr_equal(models[3].trees.fast, models[5].trees.fast);
	assert_memory_equal(predict(&models[5], &training, &arena), predict(&alone, &training, &arena), training.rows * 3 * sizeof(double));
	ns_arena_release(&arena);
}

/* A few rows of one feature. */
static struct ns_training tiny(const double *const *x, const uint32_t *y, size_t rows)
{
	return (struct ns_training){.rows = rows, .features = 1, .x = x, .y = y, .classes = 2, .seed = 42, .threads = 1};
}

static void it_ends_when_there_is_no_error(void **state)
{
	(void)state;
	static const char *const both[] = {"algorithm=SAMME.R,SAMME"};
	static const double column[] = {1, 2, 3, 4};
	static const double *const x[] = {column};
	static const uint32_t y[] = {0, 0, 1, 1};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = tiny(x, y, 4);
	struct ns_model models[2];
	fit_grid(models, &training, both, 1, &arena);
	for (size_t m = 0; m < 2; m++) {
		assert_int_equal(models[m].trees.count, 1);
		struct ns_node root = ns_trees_node(&models[m].trees, 0, 0);
		assert_true(root.feature == 0 && root.threshold == 2.5);
		assert_int_equal(ns_trees_value(&models[m].trees, 0, 2, 0) > 0, 1);
	}
	assert_true(ns_trees_value(&models[1].trees, 0, 2, 0) == 1);
	ns_arena_release(&arena);
}

/* Two columns whose product decides: no stump sees anything. */
static void where_no_stump_can_begin_proportions_are_left(void **state)
{
	(void)state;
	static const char *const votes[] = {"algorithm=SAMME"};
	static const double a[] = {0, 0, 1, 1}, b[] = {0, 1, 0, 1}, same[] = {7, 7, 7, 7};
	static const double *const x[] = {a, b}, *const constant[] = {same};
	static const uint32_t y[] = {0, 1, 1, 0}, third[] = {0, 1, 0, 0};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = tiny(x, y, 4);
	struct ns_model model;
	training.features = 2;
	fit_grid(&model, &training, votes, 1, &arena);
	assert_int_equal(model.trees.count, 1);
	assert_true(fabs(predict(&model, &training, &arena)[0] - 0.5) < 1e-12);
	training = tiny(constant, third, 4);
	fit_grid(&model, &training, NULL, 0, &arena);
	assert_int_equal(model.trees.count, 1);
	assert_true(fabs(predict(&model, &training, &arena)[0] - 0.75) < 1e-12);
	ns_arena_release(&arena);
}

/* Weights that would pass all bounds end the run; the stumps so far stand. */
static void great_learning_rates_end_it(void **state)
{
	(void)state;
	static const char *const rates[] = {"learning_rate=1e9,1e-9", "algorithm=SAMME.R,SAMME"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = load("two", 2, &arena);
	struct ns_model models[4];
	fit_grid(models, &training, rates, 2, &arena);
	for (size_t m = 0; m < 4; m++) {
		const double *probability = predict(&models[m], &training, &arena);
		for (size_t row = 0; row < training.rows; row++)
			assert_true(fabs(probability[2 * row] + probability[2 * row + 1] - 1) < 1e-9);
	}
	assert_true(models[0].trees.count < 50);
	ns_arena_release(&arena);
}

/* Missing where the class is 1; then also as a low value is. */
static void missing_values_get_a_side(void **state)
{
	(void)state;
	static const char *const one[] = {"n_estimators=1"};
	const double none = (double)NAN, absent[] = {1, 2, 3, none, none, none}, low[] = {1, 2, 8, 9, none, none}, query[] = {none, 100, -100};
	const double *const x[] = {absent}, *const x2[] = {low}, *const asked[] = {query};
	static const uint32_t y[] = {0, 0, 0, 1, 1, 1}, y2[] = {0, 0, 1, 1, 0, 0};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training training = tiny(x, y, 6), questions = tiny(asked, y, 3);
	struct ns_model model;
	training.missing = true;
	fit_grid(&model, &training, one, 1, &arena);
	const double *found = predict(&model, &questions, &arena);
	assert_true(found[1] > 0.99 && found[3] < 0.01 && found[5] < 0.01);
	training.x = x2;
	training.y = y2;
	fit_grid(&model, &training, one, 1, &arena);
	found = predict(&model, &questions, &arena);
	assert_true(found[1] < 0.01 && found[3] > 0.99 && found[5] < 0.01);
	ns_arena_release(&arena);
}

/* So many rows, of columns both narrow and wide, that threads share a round. */
static void threads_share_a_round(void **state)
{
	(void)state;
	enum { ROWS = 90000, FEATURES = 3 };
	static const char *const params[] = {"n_estimators=4", "max_depth=1,3", "max_bins=255,None"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_random random;
	double *x[FEATURES];
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	ns_random_init(&random, 1, "adaboost_test", 0, 0);
	for (size_t f = 0; f < FEATURES; f++) {
		x[f] = NS_NEW_ARRAY(&arena, double, ROWS);
		for (size_t row = 0; row < ROWS; row++)
			x[f][row] = f == 0 ? (double)ns_random_below(&random, 5) : f == 1 ? (double)ns_random_below(&random, 1000) : ns_random_normal(&random);
	}
	for (size_t row = 0; row < ROWS; row++)
		y[row] = x[0][row] + x[1][row] / 500 + x[2][row] + ns_random_normal(&random) > 3;
	struct ns_training training = tiny((const double *const *)x, y, ROWS);
	struct ns_model one[4], three[4];
	training.features = FEATURES;
	fit_grid(one, &training, params, 3, &arena);
	training.threads = 3;
	fit_grid(three, &training, params, 3, &arena);
	for (size_t m = 0; m < 4; m++)
		assert_memory_equal(predict(&one[m], &training, &arena), predict(&three[m], &training, &arena), ROWS * 2 * sizeof(double));
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_two_classes),
		cmocka_unit_test(agrees_on_three_classes),
		cmocka_unit_test(agrees_on_codes),
		cmocka_unit_test(weights_are_repeated_rows),
		cmocka_unit_test(weights_have_no_unit),
		cmocka_unit_test(fewer_stumps_are_the_beginning_of_more),
		cmocka_unit_test(it_ends_when_there_is_no_error),
		cmocka_unit_test(where_no_stump_can_begin_proportions_are_left),
		cmocka_unit_test(great_learning_rates_end_it),
		cmocka_unit_test(missing_values_get_a_side),
		cmocka_unit_test(threads_share_a_round),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
