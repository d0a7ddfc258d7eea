#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drawing.h"
#include "learn/oversample.h"

enum { FEATURES = 5, COUNT = 7000 };

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_training read_mixed(void)
{
	const double **all;
	return training_of(&all, "tests/data/smote/mixed.csv", FEATURES, 3, &arena);
}

static void test_spread_as_imbalanced_learn(void **state)
{
	(void)state;
	struct ns_training training = read_mixed();
	struct numbers constants = numbers_read("tests/data/smote/constants.csv");
	for (size_t i = 1; i < constants.rows; i++) {
		const double *at = constants.values + 4 * i;
		struct ns_drawn drawn;
		ns_oversample_draw(&drawn, &training, (uint32_t)at[1], 1, at[0], &arena);
		assert_true(fabs(drawn.spread[(size_t)at[2]] - at[3]) < 1e-13);
		assert_null(drawn.source);
	}
	assert_int_equal(constants.rows, 31);
	free(constants.values);
}

static void test_each_row_as_often(void **state)
{
	(void)state;
	struct ns_training training = read_mixed();
	struct ns_drawn drawn;
	size_t bases[200] = {0}, cells[200], rows = 0;
	ns_oversample_draw(&drawn, &training, 1, COUNT, (double)NAN, &arena);
	const double *values = values_of_draw(&drawn, &training, &arena);
	for (size_t i = 0; i < COUNT; i++) {
		bases[drawn.base[i]]++;
		for (size_t f = 0; f < FEATURES; f++)
			assert_true(values[f * COUNT + i] == training.x[f][drawn.base[i]] && drawn.source[f] == drawn.base);
	}
	for (size_t row = 0; row < training.rows; row++)
		if (training.y[row] == 1)
			cells[rows++] = bases[row];
		else
			assert_int_equal(bases[row], 0);
	assert_true(rows == 30 && is_uniform(cells, rows) && !drawn.spread);
}

static void test_any_order_draws_the_same(void **state)
{
	(void)state;
	struct ns_training training = read_mixed(), other = shuffled(&training, &arena);
	struct ns_drawn here, there;
	for (int i = 0; i < 2; i++) {
		ns_oversample_draw(&here, &training, 2, 300, i, &arena);
		ns_oversample_draw(&there, &other, 2, 300, i, &arena);
		assert_memory_equal(values_of_draw(&here, &training, &arena), values_of_draw(&there, &other, &arena), 300 * FEATURES * sizeof(double));
	}
	other.seed = 43;
	ns_oversample_draw(&there, &other, 2, 300, 1, &arena);
	assert_memory_not_equal(values_of_draw(&here, &training, &arena), values_of_draw(&there, &other, &arena), 300 * FEATURES * sizeof(double));
}

static void test_missing_values_are_copied(void **state)
{
	(void)state;
	const double a[] = {NAN, 1, NAN, -INFINITY}, *x[] = {a};
	const uint32_t y[] = {1, 0, 1, 1};
	const struct ns_training training = {.rows = 4, .features = 1, .x = x, .y = y, .classes = 2, .threads = 1};
	struct ns_drawn drawn;
	size_t missing = 0;
	ns_oversample_draw(&drawn, &training, 1, 60, 0, &arena);
	const double *values = values_of_draw(&drawn, &training, &arena);
	for (size_t i = 0; i < 60; i++) {
		missing += isnan(values[i]);
		assert_true(isnan(values[i]) || values[i] == -INFINITY);
	}
	assert_true(missing > 25 && missing < 55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_spread_as_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_each_row_as_often, release),
		cmocka_unit_test_teardown(test_any_order_draws_the_same, release),
		cmocka_unit_test_teardown(test_missing_values_are_copied, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
