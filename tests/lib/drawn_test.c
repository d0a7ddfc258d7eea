#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "learn/drawn.h"

/* One column's drawn values. */
static void values_of(double *out, const struct ns_drawn *drawn, const double *x, const struct ns_levels *levels, size_t from, size_t count)
{
	const struct ns_training training = {.rows = 5, .features = 1, .x = &x, .seed = 7};
	ns_drawn_values(&out, drawn, &training, levels ? &levels : NULL, from, count);
}

static void test_between_at_the_ends_of_the_doubles(void **state)
{
	(void)state;
	const double x[] = {-1.7e308, 1.7e308, 5, 0.1, 0.3}, almost = 0x1.fffffffffffffp-1;
	double out[5];
	struct ns_drawn rows = {.count = 5, .base = (uint32_t[]){0, 1, 2, 3, 4}, .neighbor = (uint32_t[]){1, 0, 2, 4, 3},
		.gap = (double[]){0.5, 0, 0.3, almost, almost}};
	values_of(out, &rows, x, NULL, 0, 5);
	assert_true(out[0] == 0 && out[1] == 1.7e308 && out[2] == 5);
	for (size_t i = 3; i < 5; i++)
		assert_true(out[i] >= 0.1 && out[i] <= 0.3);
}

static void test_copies_are_neither_drawn_nor_rounded(void **state)
{
	(void)state;
	const double x[] = {0.5, -0.0, NAN, INFINITY, 3};
	double out[4];
	const uint32_t source[] = {0, 1, 2, 3}, *sources[] = {source};
	const struct ns_levels levels = {1, (double[]){3}};
	struct ns_drawn rows = {.count = 4, .base = source, .source = sources};
	values_of(out, &rows, x, &levels, 0, 4);
	assert_true(out[0] == 0.5 && out[1] == 0 && !signbit(out[1]) && isnan(out[2]) && isinf(out[3]));
	rows.source = NULL;
	rows.neighbor = source;
	rows.gap = (double[]){0.1, 0.2, 0.3, 0.4};
	values_of(out, &rows, x, &levels, 0, 2);
	assert_true(out[0] == 3 && out[1] == 3);
}

static void test_spread_is_normal_and_the_same_in_any_batch(void **state)
{
	(void)state;
	enum { COUNT = 20000 };
	static uint32_t base[COUNT];
	static double out[COUNT], again[COUNT];
	const double x[] = {10}, spread[] = {2};
	double sum = 0, squares = 0;
	size_t beyond = 0;
	struct ns_drawn rows = {.class = 1, .count = COUNT, .base = base, .spread = spread};
	values_of(out, &rows, x, NULL, 0, COUNT);
	values_of(again, &rows, x, NULL, 300, COUNT - 300);
	assert_memory_equal(out + 300, again, (COUNT - 300) * sizeof *out);
	for (size_t i = 0; i < COUNT; i++) {
		sum += out[i] - 10;
		squares += (out[i] - 10) * (out[i] - 10);
		beyond += fabs(out[i] - 10) > 4;
	}
	assert_true(fabs(sum / COUNT) < 0.06 && fabs(squares / COUNT - 4) < 0.17); /* four standard errors */
	assert_true(beyond > 790 && beyond < 1030);                                /* 4.55 % */
	rows.class = 2;
	values_of(again, &rows, x, NULL, 0, 1);
	assert_true(again[0] != out[0]);
}

static void test_deviation_is_the_same_in_any_order(void **state)
{
	(void)state;
	const double x[] = {1e8, 1, 2, 4.5, 0.1};
	double here = ns_drawn_deviation(x, (uint32_t[]){0, 1, 2, 4}, 4), there = ns_drawn_deviation(x, (uint32_t[]){4, 2, 0, 1}, 4);
	assert_true(here == there);
	assert_true(fabs(ns_drawn_deviation(x, (uint32_t[]){1, 2, 3}, 3) - sqrt(6.5 / 3)) < 1e-15);
	assert_true(ns_drawn_deviation(x, (uint32_t[]){3}, 1) == 0);
}

static void test_a_class_in_its_order(void **state)
{
	(void)state;
	const double a[] = {2, 1, 2, 1, 0}, b[] = {5, 7, 4, -7, 0}, *x[] = {a, b};
	const uint32_t y[] = {1, 1, 1, 1, 0};
	const struct ns_training training = {.rows = 5, .features = 2, .x = x, .y = y, .classes = 2};
	uint32_t rows[5];
	assert_int_equal(ns_drawn_class(rows, &training, 1), 4);
	assert_memory_equal(rows, ((uint32_t[]){3, 1, 2, 0}), 4 * sizeof *rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_between_at_the_ends_of_the_doubles),
		cmocka_unit_test(test_copies_are_neither_drawn_nor_rounded),
		cmocka_unit_test(test_spread_is_normal_and_the_same_in_any_batch),
		cmocka_unit_test(test_deviation_is_the_same_in_any_order),
		cmocka_unit_test(test_a_class_in_its_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
