#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drawing.h"
#include "learn/mixed.h"

enum { FEATURES = 5, K = 5, COUNT = 9000 };

static struct ns_arena arena;
static const bool categorical[FEATURES] = {false, false, true, false, true};

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_training read_mixed(const double ***all)
{
	return training_of(all, "tests/data/smote/mixed.csv", FEATURES, 3, &arena);
}

static void test_median_as_imbalanced_learn(void **state)
{
	(void)state;
	const double **all;
	struct ns_training training = read_mixed(&all);
	struct numbers constants = numbers_read("tests/data/smote/constants.csv");
	assert_true(fabs(ns_mixed_median(&training, categorical) - constants.values[3]) < 1e-14);
	free(constants.values);
}

/* The most frequent among the stored neighbours, the lowest of several. */
static double mode_of(const double *x, const double *const *nearest, size_t row)
{
	size_t most = 0;
	double mode = 0;
	for (size_t i = 0; i < K; i++) {
		double value = x[(size_t)nearest[i][row]];
		size_t count = 0;
		for (size_t j = 0; j < K; j++)
			count += x[(size_t)nearest[j][row]] == value;
		if (count > most || (count == most && value < mode)) {
			most = count;
			mode = value;
		}
	}
	return mode;
}

static size_t rank_of(uint32_t neighbor, const double *const *nearest, size_t row)
{
	size_t rank = 0;
	while (rank < K && nearest[rank][row] != (double)neighbor)
		rank++;
	return rank;
}

static void check_class(const struct ns_training *training, const double *const *nearest, uint32_t class)
{
	struct ns_drawn drawn;
	size_t bases[200] = {0}, cells[200], ranks[K] = {0}, rows = 0;
	ns_mixed_draw(&drawn, training, categorical, class, COUNT, K, &arena);
	const double *values = values_of_draw(&drawn, training, &arena);
	for (size_t i = 0; i < COUNT; i++) {
		size_t base = drawn.base[i], neighbor = drawn.neighbor[i], rank = rank_of(drawn.neighbor[i], nearest, base);
		assert_true(training->y[base] == class && rank < K);
		for (size_t f = 0; f < FEATURES; f++) {
			double value = values[f * COUNT + i], from = training->x[f][base], to = training->x[f][neighbor];
			if (categorical[f])
				assert_true(value == mode_of(training->x[f], nearest, base) && rank_of(drawn.source[f][i], nearest, base) < K);
			else
				assert_true(value == from + drawn.gap[i] * (to - from));
		}
		bases[base]++;
		ranks[rank]++;
	}
	for (size_t row = 0; row < training->rows; row++)
		if (training->y[row] == class)
			cells[rows++] = bases[row];
	assert_true(is_uniform(cells, rows) && is_uniform(ranks, K));
}

static void test_neighbours_as_imbalanced_learn(void **state)
{
	(void)state;
	const double **all;
	struct ns_training training = read_mixed(&all);
	check_class(&training, all + FEATURES + 1, 1);
	check_class(&training, all + FEATURES + 1, 2);
}

static void test_any_order_and_any_threads_draw_the_same(void **state)
{
	(void)state;
	const double **all;
	struct ns_training training = read_mixed(&all), other = shuffled(&training, &arena);
	struct ns_drawn here, there;
	ns_mixed_draw(&here, &training, categorical, 2, 500, K, &arena);
	ns_mixed_draw(&there, &other, categorical, 2, 500, K, &arena);
	assert_memory_equal(values_of_draw(&here, &training, &arena), values_of_draw(&there, &other, &arena), 500 * FEATURES * sizeof(double));
}

/* Numbers that say nothing: categories do not count for nearness, but are the most frequent ones all the same. */
static void test_constant_numbers(void **state)
{
	(void)state;
	const double a[] = {1, 1, 1, 1, 1, 1}, b[] = {7, 3, 3, 7, 5, 5}, *x[] = {a, b};
	const uint32_t y[] = {0, 0, 0, 0, 1, 1};
	const struct ns_training training = {.rows = 6, .features = 2, .x = x, .y = y, .classes = 2, .seed = 1, .threads = 1};
	struct ns_drawn drawn;
	assert_true(ns_mixed_median(&training, (bool[]){false, true}) == 0);
	ns_mixed_draw(&drawn, &training, (bool[]){false, true}, 0, 50, 2, &arena);
	for (size_t i = 0; i < 50; i++) /* rows in their order: 3 3 7 7; around a 3 the other 3 and a 7, around a 7 both 3 */
		assert_true(b[drawn.source[1][i]] == 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_median_as_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_neighbours_as_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_any_order_and_any_threads_draw_the_same, release),
		cmocka_unit_test_teardown(test_constant_numbers, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
