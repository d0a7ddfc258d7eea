#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "base/random.h"
#include "near/repeats.h"

static void test_equal_rows_are_found(void **state)
{
	(void)state;
	enum { ROWS = 2000 };
	static double a[ROWS], b[ROWS];
	static uint32_t distinct[ROWS], which[ROWS];
	const double *x[] = {a, b};
	struct ns_random random;
	ns_random_init(&random, 1, "repeats_test", 0, 0);
	for (size_t i = 0; i < ROWS; i++) {
		a[i] = (double)ns_random_below(&random, 30) / 7;
		b[i] = (double)ns_random_below(&random, 30) - 15;
	}
	size_t count = ns_repeats_find(distinct, which, x, 2, ROWS);
	assert_true(count > 700 && count <= 900);
	for (size_t i = 0, next = 0; i < ROWS; i++) {
		if (next < count && distinct[next] == i)
			assert_int_equal(which[i], next++);
		assert_true(distinct[which[i]] <= i && a[distinct[which[i]]] == a[i] && b[distinct[which[i]]] == b[i]);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++)
			assert_false(a[distinct[i]] == a[distinct[j]] && b[distinct[i]] == b[distinct[j]]);
}

static void test_zeroes_are_one_value_and_no_features_one_row(void **state)
{
	(void)state;
	uint32_t distinct[3], which[3];
	const double *x[] = {(double[]){0.0, -0.0, 1}};
	assert_int_equal(ns_repeats_find(distinct, which, x, 1, 3), 2);
	assert_true(which[0] == 0 && which[1] == 0 && which[2] == 1 && distinct[1] == 2);
	assert_int_equal(ns_repeats_find(distinct, which, x, 0, 3), 1);
	assert_int_equal(ns_repeats_find(distinct, which, x, 1, 0), 0);
}

static void test_missing_values_are_one_value(void **state)
{
	(void)state;
	uint32_t distinct[4], which[4];
	const double *x[] = {(double[]){NAN, 1, -NAN, NAN}, (double[]){2, 2, 2, NAN}};
	assert_int_equal(ns_repeats_find(distinct, which, x, 2, 4), 3);
	assert_true(which[0] == 0 && which[1] == 1 && which[2] == 0 && which[3] == 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_rows_are_found),
		cmocka_unit_test(test_zeroes_are_one_value_and_no_features_one_row),
		cmocka_unit_test(test_missing_values_are_one_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
