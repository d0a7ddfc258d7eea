#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "base/arena.h"
#include "numbers.h"
#include "stat/quantile.h"

enum { QUANTILE, MEDIAN, SUM, MEAN, VARIANCE };

static double *column_of(const struct numbers *numbers, size_t column)
{
	double *values = ns_malloc_array(numbers->rows, sizeof *values);
	for (size_t i = 0; i < numbers->rows; i++)
		values[i] = numbers->values[i * numbers->width + column];
	return values;
}

static double sum(const double *values, size_t count)
{
	struct ns_sum sum = {0};
	for (size_t i = 0; i < count; i++)
		ns_sum_add(&sum, values[i]);
	return ns_sum_value(&sum);
}

static double compute(double *values, size_t count, int what, double argument)
{
	switch (what) {
	case QUANTILE:
		return ns_quantile(values, count, argument);
	case MEDIAN:
		return ns_median(values, count - (size_t)argument);
	case SUM:
		return sum(values, count);
	case MEAN:
		return ns_mean(values, count);
	default:
		return ns_variance(values, count, ns_mean(values, count));
	}
}

static void as_numpy(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/quantile/values.csv"), expected = numbers_read("tests/data/quantile/expected.csv");
	for (size_t i = 0; i < expected.rows; i++) {
		const double *row = expected.values + i * expected.width;
		double *values = column_of(&numbers, (size_t)row[0]), value = compute(values, numbers.rows, (int)row[1], row[2]);
		double slack = row[1] == MEAN || row[1] == VARIANCE ? 1e-12 * fabs(row[3]) : 0; /* order statistics and sums: the same bits */
		if (!(fabs(value - row[3]) <= slack))
			fail_msg("row %zu: %.17g, not %.17g", i, value, row[3]);
		free(values);
	}
	assert_int_equal(expected.rows, 5 * 12 + 4 * 2);
	free(numbers.values);
	free(expected.values);
}

static void any_order_gives_the_same_bits(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/quantile/values.csv");
	double *forwards = column_of(&numbers, 3), *backwards = column_of(&numbers, 3);
	for (size_t i = 0; i < numbers.rows; i++)
		backwards[i] = forwards[numbers.rows - 1 - i];
	for (int what = QUANTILE; what <= VARIANCE; what++) {
		double a = compute(forwards, numbers.rows, what, 0.3 * (what == QUANTILE)), b = compute(backwards, numbers.rows, what, 0.3 * (what == QUANTILE));
		assert_memory_equal(&a, &b, sizeof a);
	}
	free(forwards);
	free(backwards);
	free(numbers.values);
}

static void sums_are_exact(void **state)
{
	(void)state;
	const double cancel[] = {1e308, 1, 1e-300, -1e308, -1}, ties[] = {0x1p53, 1}, above[] = {0x1p53, 1, 0x1p-1074}, tiny[] = {0x1p-1074, 0x1p-1074};
	const double back[] = {DBL_MAX, DBL_MAX, -DBL_MAX}, too_much[] = {DBL_MAX, DBL_MAX}, negative[] = {-0x1p53, -3};
	assert_true(sum(cancel, 5) == 1e-300);
	assert_true(sum(ties, 2) == 0x1p53);         /* half to even */
	assert_true(sum(above, 3) == 0x1p53 + 2);    /* a breath more than half */
	assert_true(sum(negative, 2) == -0x1p53 - 4);
	assert_true(sum(tiny, 2) == 0x1p-1073);
	assert_true(sum(back, 3) == DBL_MAX);
	assert_true(isinf(sum(too_much, 2)));
	assert_true(ns_mean(too_much, 2) == DBL_MAX);
	assert_true(sum(NULL, 0) == 0);
	const double infinite[] = {1, -INFINITY}, both[] = {INFINITY, -INFINITY};
	assert_true(sum(infinite, 2) == -INFINITY);
	assert_true(isnan(sum(both, 2)));
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void every_shape_of_data(void **state)
{
	(void)state;
	enum { COUNT = 20001, PLACE = 5000 };
	double *values = ns_malloc_array(COUNT, sizeof *values), *sorted = ns_malloc_array(COUNT, sizeof *sorted);
	for (int shape = 0; shape < 5; shape++) { /* constant, up, down, saw, organ pipe */
		for (int i = 0; i < COUNT; i++)
			values[i] = shape == 0 ? 3 : shape == 1 ? i : shape == 2 ? COUNT - i : shape == 3 ? i % 7 : i < COUNT / 2 ? i : COUNT - i;
		memcpy(sorted, values, COUNT * sizeof *sorted);
		qsort(sorted, COUNT, sizeof *sorted, compare);
		assert_true(ns_quantile(values, COUNT, 0.25) == sorted[PLACE]);
		assert_true(ns_median(values, COUNT) == sorted[COUNT / 2]);
	}
	free(values);
	free(sorted);
}

static void edges(void **state)
{
	(void)state;
	double none[1], one[] = {-0.0}, zeros[] = {-0.0, 0.0, -0.0}, huge[] = {DBL_MAX, DBL_MAX}, missing[] = {NAN, 2, NAN, 1};
	assert_true(isnan(ns_quantile(none, 0, 0.5)) && isnan(ns_median(none, 0)) && isnan(ns_mean(none, 0)) && isnan(ns_variance(none, 0, 0)));
	assert_false(signbit(ns_median(one, 1)) || signbit(ns_quantile(zeros, 3, 0.5)));
	assert_true(ns_median(huge, 2) == DBL_MAX && ns_quantile(huge, 2, 0.5) == DBL_MAX);
	assert_int_equal(ns_present(missing, missing, 4), 2);
	assert_true(missing[0] == 2 && missing[1] == 1);
	const double same[] = {0.1, 0.1, 0.1};
	assert_true(ns_variance(same, 3, ns_mean(same, 3)) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_numpy),
		cmocka_unit_test(any_order_gives_the_same_bits),
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(every_shape_of_data),
		cmocka_unit_test(edges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
