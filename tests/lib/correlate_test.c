#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "each_cpu.h"
#include "numbers.h"
#include "stat/correlate.h"

/* Columns of their own, from a row-major file. */
static double **columns_of(const struct numbers *numbers)
{
	double **columns = ns_malloc_array(numbers->width, sizeof *columns);
	for (size_t i = 0; i < numbers->width; i++) {
		columns[i] = ns_malloc_array(numbers->rows, sizeof **columns);
		for (size_t row = 0; row < numbers->rows; row++)
			columns[i][row] = numbers->values[row * numbers->width + i];
	}
	return columns;
}

static void free_columns(double **columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(columns[i]);
	free(columns);
}

static void pairs_as_numpy(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/correlate/columns.csv"), expected = numbers_read("tests/data/correlate/expected.csv");
	double **columns = columns_of(&numbers);
	size_t undefined = 0;
	for (size_t i = 0; i < expected.rows; i++) {
		const double *row = expected.values + 3 * i, *x = columns[(size_t)row[0]], *y = columns[(size_t)row[1]];
		double r = ns_correlation(x, y, numbers.rows), turned = ns_correlation(y, x, numbers.rows);
		if (isnan(row[2]) ? !isnan(r) : !(fabs(r - row[2]) <= 1e-12))
			fail_msg("columns %g and %g: %.17g, expected %.17g", row[0], row[1], r, row[2]);
		assert_true(isnan(row[2]) ? isnan(turned) : fabs(turned - r) <= 1e-15);
		undefined += isnan(row[2]);
	}
	assert_int_equal(expected.rows, 15 * 16 / 2);
	assert_in_range(undefined, 40, 60);
	free_columns(columns, numbers.width);
	free(numbers.values);
	free(expected.values);
}

static void the_order_of_rows_changes_no_bit(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/correlate/columns.csv");
	double **columns = columns_of(&numbers), *back[2];
	for (size_t k = 0; k < 2; k++) {
		back[k] = ns_malloc_array(numbers.rows, sizeof **back);
		for (size_t row = 0; row < numbers.rows; row++)
			back[k][row] = columns[4 + k][numbers.rows - 1 - row];
	}
	assert_true(ns_correlation(columns[4], columns[5], numbers.rows) == ns_correlation(back[0], back[1], numbers.rows));
	free(back[0]);
	free(back[1]);
	free_columns(columns, numbers.width);
	free(numbers.values);
}

/* What ns_correlated says in words. */
static void plainly(struct ns_correlated *out, double **columns, size_t count, size_t rows, double limit, const bool *stays)
{
	for (size_t j = 0; j < count; j++) {
		out[j] = (struct ns_correlated){.with = -1};
		for (size_t i = 0; i < j && !stays[j] && out[j].with < 0; i++) {
			double r = out[i].with < 0 ? ns_correlation(columns[i], columns[j], rows) : NAN;
			if (fabs(r) >= limit - 1e-12)
				out[j] = (struct ns_correlated){(ptrdiff_t)i, r};
		}
	}
}

static void same_as_plainly(double **columns, size_t count, size_t rows, double limit, const bool *stays)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_correlated *fast = NS_NEW_ARRAY(&arena, struct ns_correlated, count), *plain = NS_NEW_ARRAY(&arena, struct ns_correlated, count);
	plainly(plain, columns, count, rows, limit, stays);
	for (int threads = 1; threads <= 3; threads += 2) {
		ns_correlated(fast, (const double *const *)columns, count, rows, limit, stays, threads, &arena);
		for (size_t i = 0; i < count; i++)
			if (fast[i].with != plain[i].with || (plain[i].with >= 0 && fast[i].r != plain[i].r))
				fail_msg("limit %g, column %zu: %td (%.17g), expected %td (%.17g)", limit, i, fast[i].with, fast[i].r, plain[i].with, plain[i].r);
	}
	ns_arena_release(&arena);
}

static void all_pairs_as_one_by_one(void **state)
{
	(void)state;
	static const double limits[] = {1, 0.99999, 0.95, 0.896, 0.5, 0.1, 1e-9};
	struct numbers numbers = numbers_read("tests/data/correlate/columns.csv");
	double **columns = columns_of(&numbers);
	bool stays[15] = {0};
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		same_as_plainly(columns, numbers.width, numbers.rows, limits[i], stays);
	stays[2] = stays[7] = true;
	same_as_plainly(columns, numbers.width, numbers.rows, 0.99, stays);
	same_as_plainly(columns, numbers.width, 1, 0.5, stays);
	same_as_plainly(columns, numbers.width, 0, 0.5, stays);
	free_columns(columns, numbers.width);
	free(numbers.values);
}

/* Several blocks of columns and chunks of rows; rows whose order is that of time: nothing happens in the first half. */
static void many_columns(void **state)
{
	(void)state;
	enum { COUNT = 75, ROWS = 2000 };
	struct ns_random random;
	bool stays[COUNT] = {[40] = true};
	double **columns = ns_malloc_array(COUNT, sizeof *columns);
	ns_random_init(&random, 1, "correlate_test", 0, 0);
	for (size_t i = 0; i < COUNT; i++) {
		columns[i] = ns_malloc_array(ROWS, sizeof **columns);
		for (size_t row = 0; row < ROWS; row++) {
			double noise = ns_random_normal(&random), base = i % 4 == 3 ? columns[i / 2][row] : 0, weight = (double)(i % 7);
			columns[i][row] = row < ROWS / 2 && i % 5 == 0 ? 7 : isnan(base) ? 3 : noise + weight * base;
			if (i > 60 && ns_random_below(&random, 10) == 0)
				columns[i][row] = NAN;
		}
	}
	for (double limit = 0.99; limit > 0.5; limit -= 0.13)
		same_as_plainly(columns, COUNT, ROWS, limit, stays);
	free_columns(columns, COUNT);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_as_numpy),
		cmocka_unit_test(the_order_of_rows_changes_no_bit),
		cmocka_unit_test(all_pairs_as_one_by_one),
		cmocka_unit_test(many_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run);
}
