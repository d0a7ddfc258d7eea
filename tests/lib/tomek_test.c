#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "columns.h"
#include "learn/canonical.h"
#include "learn/tomek.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_training read_training(const char *path, uint32_t classes)
{
	struct numbers numbers = numbers_read(path);
	const double **x = columns_of(&numbers, &arena);
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, numbers.rows);
	for (size_t row = 0; row < numbers.rows; row++)
		y[row] = (uint32_t)x[numbers.width - 1][row];
	free(numbers.values);
	return (struct ns_training){.rows = numbers.rows, .features = numbers.width - 1, .x = x, .y = y, .classes = classes, .threads = 2};
}

/* A header's column, "013": rows go from classes 0, 1 and 3. */
static void read_header(bool (*from)[4], const char *path, size_t width)
{
	char line[256], *at = line;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	fclose(file);
	for (size_t i = 0; i < width; i++, at++)
		for (; *at >= '0' && *at <= '3'; at++)
			from[i][*at - '0'] = true;
}

static void check_file(const char *path, const char *gone_path, uint32_t classes)
{
	struct ns_training training = read_training(path, classes);
	struct numbers expected = numbers_read(gone_path);
	bool from[8][4] = {{false}}, *gone = NS_NEW_ARRAY(&arena, bool, training.rows);
	assert_true(expected.width >= 3 && expected.width <= 8 && expected.rows == training.rows);
	read_header(from, gone_path, expected.width);
	for (size_t i = 0; i < expected.width; i++) {
		size_t count = 0;
		size_t found = ns_tomek_find(gone, &training, from[i]);
		for (size_t row = 0; row < training.rows; row++) {
			assert_int_equal(gone[row], (int)expected.values[row * expected.width + i]);
			count += gone[row];
		}
		assert_int_equal(found, count);
	}
	free(expected.values);
}

static void test_rows_that_go_are_those_of_imbalanced_learn(void **state)
{
	(void)state;
	check_file("tests/data/tomek/two.csv", "tests/data/tomek/two-gone.csv", 2);
	check_file("tests/data/tomek/four.csv", "tests/data/tomek/four-gone.csv", 4);
	check_file("tests/data/tomek/wide.csv", "tests/data/tomek/wide-gone.csv", 2);
}

/* Small whole numbers, so that rows repeat and distances are equal. */
static struct ns_training make(size_t rows, size_t features, uint32_t classes, uint64_t values, uint64_t seed)
{
	struct ns_random random;
	double **x = NS_NEW_ARRAY(&arena, double *, features);
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, rows);
	ns_random_init(&random, seed, "tomek_test", rows, features);
	for (size_t f = 0; f < features; f++) {
		x[f] = NS_NEW_ARRAY(&arena, double, rows);
		for (size_t row = 0; row < rows; row++)
			x[f][row] = (double)ns_random_below(&random, values) - 1;
	}
	for (size_t row = 0; row < rows; row++)
		y[row] = (uint32_t)ns_random_below(&random, classes * classes) % classes;
	return (struct ns_training){.rows = rows, .features = features, .x = (const double *const *)x, .y = y, .classes = classes, .threads = 1};
}

static bool before(const struct ns_training *training, size_t a, size_t b)
{
	for (size_t f = 0; f < training->features; f++)
		if (training->x[f][a] != training->x[f][b])
			return training->x[f][a] < training->x[f][b];
	return training->y[a] != training->y[b] ? training->y[a] < training->y[b] : a < b;
}

/* The nearest, the plain way. */
static size_t nearest_of(const struct ns_training *training, size_t row)
{
	size_t best = row;
	double least = INFINITY;
	for (size_t other = 0; other < training->rows; other++) {
		double far = 0;
		for (size_t f = 0; f < training->features; f++)
			far += (training->x[f][row] - training->x[f][other]) * (training->x[f][row] - training->x[f][other]);
		if (other != row && (far < least || (far == least && before(training, other, best)))) {
			least = far;
			best = other;
		}
	}
	return best;
}

static void check_plain(const struct ns_training *training, const bool *from)
{
	bool *gone = NS_NEW_ARRAY(&arena, bool, training->rows);
	ns_tomek_find(gone, training, from);
	for (size_t row = 0; row < training->rows; row++) {
		size_t other = nearest_of(training, row);
		assert_int_equal(gone[row], from[training->y[row]] && training->y[other] != training->y[row] && nearest_of(training, other) == row);
	}
}

static void test_every_pair_is_looked_at(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct ns_training training = make(60 + seed, 2, 3, 7, seed), sparse = make(80, 3, 2, 50, seed);
		check_plain(&training, (const bool[]){true, true, true});
		check_plain(&training, (const bool[]){false, true, false});
		check_plain(&sparse, (const bool[]){true, true});
		check_plain(&sparse, (const bool[]){false, true});
	}
}

static struct ns_training shuffled(const struct ns_training *training, uint64_t seed)
{
	struct ns_random random;
	uint32_t *order = NS_NEW_ARRAY(&arena, uint32_t, training->rows), *y = NS_NEW_ARRAY(&arena, uint32_t, training->rows);
	double **x = NS_NEW_ARRAY(&arena, double *, training->features);
	struct ns_training other = *training;
	for (uint32_t row = 0; row < training->rows; row++)
		order[row] = row;
	ns_random_init(&random, seed, "shuffled", 0, 0);
	ns_random_shuffle(&random, order, training->rows);
	for (size_t row = 0; row < training->rows; row++)
		y[row] = training->y[order[row]];
	for (size_t f = 0; f < training->features; f++) {
		x[f] = NS_NEW_ARRAY(&arena, double, training->rows);
		for (size_t row = 0; row < training->rows; row++)
			x[f][row] = training->x[f][order[row]];
	}
	other.x = (const double *const *)x;
	other.y = y;
	return other;
}

/* How many rows like this one go: the same whatever the order. */
static size_t gone_like(const struct ns_training *training, const bool *gone, const struct ns_training *of, size_t row)
{
	size_t count = 0;
	for (size_t i = 0; i < training->rows; i++) {
		bool same = gone[i] && training->y[i] == of->y[row];
		for (size_t f = 0; same && f < training->features; f++)
			same = training->x[f][i] == of->x[f][row];
		count += same;
	}
	return count;
}

static void test_the_order_of_rows_does_not_matter(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct ns_training training = make(150, 2, 2, 6, seed), other = shuffled(&training, seed);
		bool gone[150], other_gone[150];
		const bool from[] = {true, true};
		assert_int_equal(ns_tomek_find(gone, &training, from), ns_tomek_find(other_gone, &other, from));
		for (size_t row = 0; row < training.rows; row++)
			assert_int_equal(gone_like(&training, gone, &training, row), gone_like(&other, other_gone, &training, row));
	}
}

/* Rows of one feature, and which of them go. */
static void assert_gone(size_t rows, const double *x, const uint32_t *y, const bool *expected)
{
	bool gone[8];
	struct ns_training training = {.rows = rows, .features = 1, .x = &x, .y = y, .classes = 2, .threads = 1};
	ns_tomek_find(gone, &training, (const bool[]){true, true});
	for (size_t row = 0; row < rows; row++)
		assert_int_equal(gone[row], expected[row]);
}

static void test_equal_rows(void **state)
{
	(void)state;
	assert_gone(2, (const double[]){0.0, -0.0}, (const uint32_t[]){1, 0}, (const bool[]){true, true});
	assert_gone(3, (const double[]){5, 5, 5}, (const uint32_t[]){0, 1, 0}, (const bool[]){false, false, false});
	assert_gone(3, (const double[]){5, 5, 5}, (const uint32_t[]){1, 1, 0}, (const bool[]){true, false, true});
	assert_gone(3, (const double[]){1, 2, 3}, (const uint32_t[]){0, 1, 0}, (const bool[]){true, true, false}); /* 1 is before 3 */
	assert_gone(1, (const double[]){1}, (const uint32_t[]){0}, (const bool[]){false});
}

static void test_canonical_order(void **state)
{
	(void)state;
	const double first[] = {NAN, 2, -0.0, 0, -3, 2, INFINITY, 2}, second[] = {1, 1, 7, NAN, 0, 1, 0, -1};
	const double *const x[] = {first, second};
	const uint32_t y[] = {0, 1, 0, 0, 0, 0, 0, 1}, expected[] = {4, 2, 3, 7, 5, 1, 6, 0};
	uint32_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7}, some[] = {1, 3, 5};
	ns_canonical_sort(rows, 8, &(struct ns_training){.rows = 8, .features = 2, .x = x, .y = y, .classes = 2});
	assert_memory_equal(rows, expected, sizeof rows);
	ns_canonical_sort(some, 3, &(struct ns_training){.rows = 8, .features = 2, .x = x, .y = y, .classes = 2});
	assert_memory_equal(some, ((const uint32_t[]){3, 5, 1}), sizeof some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_rows_that_go_are_those_of_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_every_pair_is_looked_at, release),
		cmocka_unit_test_teardown(test_the_order_of_rows_does_not_matter, release),
		cmocka_unit_test_teardown(test_equal_rows, release),
		cmocka_unit_test(test_canonical_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
