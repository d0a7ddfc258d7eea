#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/random.h"
#include "each_cpu.h"
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

static double distance_of(const struct ns_points *points, const double *const *a, size_t i, const double *const *b, size_t j)
{
	double sum = 0;
	for (size_t f = 0; f < points->features; f++) {
		double apart = a[f][i] - b[f][j];
		if (points->measure == NS_MIXED && f >= points->numbers)
			sum += apart != 0 ? points->apart : 0;
		else
			sum += points->measure == NS_MANHATTAN ? fabs(apart) : apart * apart;
	}
	return sum;
}

/* The query's neighbours, found the plain way: k times the first of the nearest that was not taken yet. */
static void assert_nearest(const uint32_t *nearest, const double *found, const double *const *x, const struct ns_points *points,
	const struct ns_neighbors_query *query, size_t q)
{
	size_t row = query->rows ? query->rows[q] : q;
	size_t rows = points->rows;
	bool *taken = NS_NEW_ARRAY(&arena, bool, rows);
	if (query->self)
		taken[query->self[q]] = true;
	for (size_t i = 0; i < query->k; i++) {
		size_t best = rows;
		double least = 0;
		for (size_t j = 0; j < rows; j++) {
			double distance = distance_of(points, query->x, row, x, j);
			if (!taken[j] && (best == rows || distance < least)) {
				best = j;
				least = distance;
			}
		}
		taken[best] = true;
		assert_int_equal(nearest[q * query->k + i], best);
		assert_true(found[q * query->k + i] == least);
	}
}

static void check(size_t rows, size_t features, size_t asking, size_t k, double scale)
{
	const double **x = make(rows, features, 1, scale), **asked = make(asking, features, 2, scale);
	uint32_t *nearest = NS_NEW_ARRAY(&arena, uint32_t, asking * k);
	double *distance = NS_NEW_ARRAY(&arena, double, asking * k);
	struct ns_neighbors_query query = {.x = asked, .count = asking, .k = k, .threads = 1};
	for (enum ns_measure measure = NS_EUCLIDEAN; measure <= NS_MANHATTAN; measure++) {
		struct ns_points points;
		ns_points_init(&points, measure, x, NULL, rows, features, &arena);
		ns_neighbors_find(nearest, distance, &points, &query);
		for (size_t q = 0; q < asking; q++)
			assert_nearest(nearest, distance, x, &points, &query, q);
	}
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
	check(9, 20000, 3, 2, 1);
	check(1100, 5, 70, 9, 0.25); /* cells, three blocks */
	check(70, 3, 9, 4, 30);      /* too far apart for cells */
}

/* Columns of continuous values about `middle`, some of them far off; twin rows that differ by as little as can be. */
static const double **make_continuous(size_t rows, size_t features, double middle, double spread)
{
	const double **x = NS_NEW_ARRAY(&arena, const double *, features);
	struct ns_random random;
	ns_random_init(&random, 7, "continuous", rows, features);
	for (size_t f = 0; f < features; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, rows);
		for (size_t row = 0; row < rows; row++) {
			double value = ns_random_normal(&random), far = row % 97 == 5 ? 1000 : 1;
			column[row] = row % 10 == 9 ? nextafter(column[row - 1], value * INFINITY) : middle + spread * far * value;
		}
		x[f] = column;
	}
	return x;
}

/* So many ask that they are screened first. */
static void check_screened(size_t rows, size_t features, size_t k, double middle, double spread, bool among)
{
	enum { ASKING = 300 };
	const double **x = make_continuous(rows, features, middle, spread), **others = make_continuous(ASKING, features, middle, spread);
	uint32_t *nearest = NS_NEW_ARRAY(&arena, uint32_t, ASKING * k), self[ASKING];
	double *distance = NS_NEW_ARRAY(&arena, double, ASKING * k);
	struct ns_points points;
	for (uint32_t q = 0; q < ASKING; q++)
		self[q] = (uint32_t)(rows - 1 - 2 * q);
	struct ns_neighbors_query query = {.x = among ? x : others, .rows = among ? self : NULL, .count = ASKING, .self = among ? self : NULL, .k = k, .threads = 2};
	ns_points_init(&points, NS_EUCLIDEAN, x, NULL, rows, features, &arena);
	ns_neighbors_find(nearest, distance, &points, &query);
	for (size_t q = 0; q < ASKING; q++)
		assert_nearest(nearest, distance, x, &points, &query, q);
}

static void test_screening_leaves_out_none(void **state)
{
	(void)state;
	check_screened(1500, 7, 5, 0, 1, true);
	check_screened(1537, 30, 3, 0, 1, false);
	check_screened(1025, 3, 1, -1e6, 1, true);      /* what single precision tells is little */
	check_screened(700, 4, 9, 1e15, 0.125, true);   /* and here nothing */
	check_screened(1100, 2, 2, 3, 1e-30, false);
	check_screened(1100, 2, 2, 0, 1e-170, true);    /* squares of nothing */
	check_screened(900, 5, 4, 0, 1e13, true);
	check_screened(900, 5, 4, 1e16, 1e20, true);    /* not to be screened */
	check_screened(900, 3, 4, 0, 1e160, false);     /* infinitely far */
	check(1100, 5, 300, 9, 0.1);                    /* many are equally far */
	check(1100, 40, 257, 2, 0.1);
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
	struct ns_points points;
	for (uint32_t i = 0; i < 60; i++)
		rows[i] = self[i] = 2 * i + 1;
	struct ns_neighbors_query query = {x, rows, 60, self, 4, 2};
	ns_points_init(&points, NS_EUCLIDEAN, x, NULL, 150, 2, &arena);
	ns_neighbors_find(nearest, squared, &points, &query);
	for (size_t q = 0; q < 60; q++)
		assert_nearest(nearest, squared, x, &points, &query, q);
}

/* Queries between the points' values and beyond their range, some too far for cells. */
static void test_cells_beside_others(void **state)
{
	(void)state;
	enum { ROWS = 300, ASKING = 200, K = 5 };
	const double **x = make(ROWS, 3, 4, 1), **asked = make(ASKING, 3, 5, 1);
	uint32_t nearest[ASKING * K];
	double distance[ASKING * K];
	for (size_t q = 0; q < ASKING; q += 3)
		((double *)asked[q % 3])[q] = q % 2 ? 0.25 * (double)q : q % 4 ? -(double)q : 1e6;
	struct ns_neighbors_query query = {.x = asked, .count = ASKING, .k = K, .threads = 2};
	for (enum ns_measure measure = NS_EUCLIDEAN; measure <= NS_MANHATTAN; measure++) {
		struct ns_points points;
		ns_points_init(&points, measure, x, NULL, ROWS, 3, &arena);
		assert_non_null(points.cells);
		ns_neighbors_find(nearest, distance, &points, &query);
		for (size_t q = 0; q < ASKING; q++)
			assert_nearest(nearest, distance, x, &points, &query, q);
	}
}

/* Two numbers and three categories; a group of four queries and what is left of one. */
static void test_categories_differ_or_do_not(void **state)
{
	(void)state;
	enum { ROWS = 700, ASKING = 131, K = 5 };
	const double **x = make(ROWS, 5, 8, 1), **asked = make(ASKING, 5, 9, 1);
	uint32_t nearest[ASKING * K];
	double distance[ASKING * K];
	struct ns_neighbors_query query = {.x = asked, .count = ASKING, .k = K, .threads = 2};
	struct ns_points points;
	for (size_t row = 0; row < ROWS; row++)
		((double *)x[0])[row] += (double)row / 1024;
	for (double apart = 0; apart < 3; apart += 0.625) {
		ns_points_init_mixed(&points, x, NULL, ROWS, 2, 3, apart, &arena);
		ns_neighbors_find(nearest, distance, &points, &query);
		for (size_t q = 0; q < ASKING; q++)
			assert_nearest(nearest, distance, x, &points, &query, q);
	}
}

/* Sums over the points exactly as far as the fifth, of queries in cells and others. */
static void test_those_that_are_tied(void **state)
{
	(void)state;
	enum { ROWS = 1200, ASKING = 90, K = 5, WIDTH = 2 };
	const double **x = make(ROWS, 2, 6, 1), **asked = make(ASKING, 2, 7, 1);
	uint32_t nearest[ASKING * K];
	double distance[ASKING * K], at[ASKING], sums[ASKING * WIDTH], *values = NS_NEW_ARRAY(&arena, double, ROWS * WIDTH);
	for (size_t i = 0; i < ROWS * WIDTH; i++)
		values[i] = (double)(i % 7);
	for (size_t q = 0; q < ASKING; q += 2)
		((double *)asked[0])[q] += 0.1;
	struct ns_neighbors_query query = {.x = asked, .count = ASKING, .k = K, .threads = 2};
	for (enum ns_measure measure = NS_EUCLIDEAN; measure <= NS_MANHATTAN; measure++) {
		struct ns_points points;
		ns_points_init(&points, measure, x, NULL, ROWS, 2, &arena);
		ns_neighbors_find(nearest, distance, &points, &query);
		for (size_t q = 0; q < ASKING; q++)
			at[q] = distance[q * K + K - 1];
		ns_neighbors_tied(sums, &points, &query, at, values, WIDTH);
		for (size_t q = 0; q < ASKING; q++) {
			double expected[WIDTH] = {0};
			for (size_t i = 0; i < ROWS; i++)
				for (size_t w = 0; w < WIDTH && distance_of(&points, asked, q, x, i) == at[q]; w++)
					expected[w] += values[i * WIDTH + w];
			assert_memory_equal(sums + q * WIDTH, expected, sizeof expected);
			assert_true(expected[0] > 0);
		}
	}
}

static void test_chosen_references_are_numbered_as_listed(void **state)
{
	(void)state;
	const double *x[] = {(double[]){5, 1, 2, 9, 3}};
	uint32_t rows[] = {4, 0, 2}, nearest[3];
	struct ns_points points;
	ns_points_init(&points, NS_EUCLIDEAN, x, rows, 3, 1, &arena);
	ns_neighbors_find(nearest, NULL, &points, &(struct ns_neighbors_query){x, (uint32_t[]){1}, 1, NULL, 3, 1});
	assert_memory_equal(nearest, ((uint32_t[]){2, 0, 1}), sizeof nearest); /* 2, 3, 5 as seen from 1 */
}

static void test_as_scikit_learn(void **state)
{
	(void)state;
	struct numbers rows = numbers_read("tests/data/smote/points.csv"), expected = numbers_read("tests/data/smote/nearest.csv");
	const double **x = NS_NEW_ARRAY(&arena, const double *, rows.width);
	uint32_t *self = NS_NEW_ARRAY(&arena, uint32_t, rows.rows);
	for (size_t f = 0; f < rows.width; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, rows.rows);
		for (size_t row = 0; row < rows.rows; row++)
			column[row] = rows.values[row * rows.width + f];
		x[f] = column;
	}
	for (uint32_t row = 0; row < rows.rows; row++)
		self[row] = row;
	for (int threads = 1; threads <= 3; threads++) {
		uint32_t *nearest = NS_NEW_ARRAY(&arena, uint32_t, rows.rows * 5);
		double *squared = NS_NEW_ARRAY(&arena, double, rows.rows * 5);
		struct ns_points points;
		ns_points_init(&points, NS_EUCLIDEAN, x, NULL, rows.rows, rows.width, &arena);
		ns_neighbors_find(nearest, squared, &points, &(struct ns_neighbors_query){x, NULL, rows.rows, self, 5, threads});
		assert_int_equal(expected.rows, rows.rows);
		for (size_t i = 0; i < rows.rows * 5; i++) {
			const double *row = expected.values + i / 5 * 10 + i % 5;
			assert_true(nearest[i] == row[0]);
			assert_true(fabs(sqrt(squared[i]) - row[5]) < 1e-9);
		}
	}
	free(rows.values);
	free(expected.values);
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_ties_go_to_the_lowest_row, release),
		cmocka_unit_test_teardown(test_screening_leaves_out_none, release),
		cmocka_unit_test_teardown(test_distances_beyond_the_largest_double, release),
		cmocka_unit_test_teardown(test_no_row_is_its_own_neighbour, release),
		cmocka_unit_test_teardown(test_cells_beside_others, release),
		cmocka_unit_test_teardown(test_categories_differ_or_do_not, release),
		cmocka_unit_test_teardown(test_those_that_are_tied, release),
		cmocka_unit_test_teardown(test_chosen_references_are_numbered_as_listed, release),
		cmocka_unit_test_teardown(test_as_scikit_learn, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run_all);
}
