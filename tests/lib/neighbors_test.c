#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "near/neighbors.h"
#include "numbers.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* Columns of small whole numbers, so that many rows are equally far; scale makes them others. */
static const double **make(size_t rows, size_t features, uint64_t seed, double scale)
{
	const double **x = NS_NEW_ARRAY(&arena, const double *, features);
	struct ns_random random;
	ns_random_init(&random, seed, "neighbors_test", rows, features);
	for (size_t f = 0; f < features; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, rows);
		for (size_t row = 0; row < rows; row++)
			column[row] = scale * (double)ns_random_below(&random, 5);
		x[f] = column;
	}
	return x;
}

static double squared_distance(const double *const *a, size_t i, const double *const *b, size_t j, size_t features)
{
	double sum = 0;
	for (size_t f = 0; f < features; f++)
		sum += (a[f][i] - b[f][j]) * (a[f][i] - b[f][j]);
	return sum;
}

/* The query's neighbours, found the plain way: k times the first of the nearest that was not taken yet. */
static void assert_nearest(const uint32_t *nearest, const double *squared, const double *const *x, size_t rows, size_t features,
	const struct ns_neighbors_query *query, size_t q)
{
	size_t row = query->rows ? query->rows[q] : q;
	bool *taken = NS_NEW_ARRAY(&arena, bool, rows);
	if (query->self)
		taken[query->self[q]] = true;
	for (size_t i = 0; i < query->k; i++) {
		size_t best = rows;
		double least = 0;
		for (size_t j = 0; j < rows; j++) {
			double distance = squared_distance(query->x, row, x, j, features);
			if (!taken[j] && (best == rows || distance < least)) {
				best = j;
				least = distance;
			}
		}
		taken[best] = true;
		assert_int_equal(nearest[q * query->k + i], best);
		assert_true(squared[q * query->k + i] == least);
	}
}

static void check(size_t rows, size_t features, size_t asking, size_t k, double scale)
{
	const double **x = make(rows, features, 1, scale), **asked = make(asking, features, 2, scale);
	struct ns_neighbors neighbors;
	uint32_t *nearest = NS_NEW_ARRAY(&arena, uint32_t, asking * k);
	double *squared = NS_NEW_ARRAY(&arena, double, asking * k);
	struct ns_neighbors_query query = {.x = asked, .count = asking, .k = k, .threads = 1};
	ns_neighbors_init(&neighbors, x, NULL, rows, features, &arena);
	ns_neighbors_find(nearest, squared, &neighbors, &query);
	for (size_t q = 0; q < asking; q++)
		assert_nearest(nearest, squared, x, rows, features, &query, q);
}

static void test_ties_go_to_the_lowest_row(void **state)
{
	(void)state;
	check(1, 1, 1, 1, 1);
	check(3, 2, 9, 3, 1);
	check(200, 3, 70, 7, 1);
	check(333, 4, 131, 1, 0.1);
	check(64, 1, 5, 64, 1);
	check(50, 700, 11, 5, 0.1); /* a block of few tiles */
	check(9, 20000, 3, 2, 1);   /* a tile larger than a block */
}

static void test_distances_beyond_the_largest_double(void **state)
{
	(void)state;
	check(20, 3, 10, 20, 4e307);
	check(20, 3, 10, 6, 1e160);
}

static void test_no_row_is_its_own_neighbour(void **state)
{
	(void)state;
	const double **x = make(150, 2, 3, 1); /* 25 points: every row has equals */
	uint32_t rows[60], self[60], nearest[60 * 4];
	double squared[60 * 4];
	struct ns_neighbors neighbors;
	for (uint32_t i = 0; i < 60; i++)
		rows[i] = self[i] = 2 * i + 1;
	struct ns_neighbors_query query = {x, rows, 60, self, 4, 2};
	ns_neighbors_init(&neighbors, x, NULL, 150, 2, &arena);
	ns_neighbors_find(nearest, squared, &neighbors, &query);
	for (size_t q = 0; q < 60; q++)
		assert_nearest(nearest, squared, x, 150, 2, &query, q);
}

static void test_chosen_references_are_numbered_as_listed(void **state)
{
	(void)state;
	const double *x[] = {(double[]){5, 1, 2, 9, 3}};
	uint32_t rows[] = {4, 0, 2}, nearest[3];
	struct ns_neighbors neighbors;
	ns_neighbors_init(&neighbors, x, rows, 3, 1, &arena);
	ns_neighbors_find(nearest, NULL, &neighbors, &(struct ns_neighbors_query){x, (uint32_t[]){1}, 1, NULL, 3, 1});
	assert_memory_equal(nearest, ((uint32_t[]){2, 0, 1}), sizeof nearest); /* 2, 3, 5 as seen from 1 */
}

static void test_as_scikit_learn(void **state)
{
	(void)state;
	struct numbers points = numbers_read("tests/data/smote/points.csv"), expected = numbers_read("tests/data/smote/nearest.csv");
	const double **x = NS_NEW_ARRAY(&arena, const double *, points.width);
	uint32_t *self = NS_NEW_ARRAY(&arena, uint32_t, points.rows);
	for (size_t f = 0; f < points.width; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, points.rows);
		for (size_t row = 0; row < points.rows; row++)
			column[row] = points.values[row * points.width + f];
		x[f] = column;
	}
	for (uint32_t row = 0; row < points.rows; row++)
		self[row] = row;
	for (int threads = 1; threads <= 3; threads++) {
		uint32_t *nearest = NS_NEW_ARRAY(&arena, uint32_t, points.rows * 5);
		double *squared = NS_NEW_ARRAY(&arena, double, points.rows * 5);
		struct ns_neighbors neighbors;
		ns_neighbors_init(&neighbors, x, NULL, points.rows, points.width, &arena);
		ns_neighbors_find(nearest, squared, &neighbors, &(struct ns_neighbors_query){x, NULL, points.rows, self, 5, threads});
		assert_int_equal(expected.rows, points.rows);
		for (size_t i = 0; i < points.rows * 5; i++) {
			const double *row = expected.values + i / 5 * 10 + i % 5;
			assert_true(nearest[i] == row[0]);
			assert_true(fabs(sqrt(squared[i]) - row[5]) < 1e-9);
		}
	}
	free(points.values);
	free(expected.values);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_ties_go_to_the_lowest_row, release),
		cmocka_unit_test_teardown(test_distances_beyond_the_largest_double, release),
		cmocka_unit_test_teardown(test_no_row_is_its_own_neighbour, release),
		cmocka_unit_test_teardown(test_chosen_references_are_numbered_as_listed, release),
		cmocka_unit_test_teardown(test_as_scikit_learn, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
