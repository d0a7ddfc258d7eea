#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "learn/design.h"

static struct ns_design make(const struct ns_training *training, bool intercept, struct ns_arena *arena)
{
	struct ns_distinct distinct;
	struct ns_design design;
	ns_distinct_find(&distinct, training, arena);
	ns_design_make(&design, training, &distinct, intercept, arena);
	return design;
}

static void equal_rows_of_a_class_are_one(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const double a[] = {1, 0.0, 1, -0.0, 1, 2}, b[] = {5, 6, 5, 6, 5, 5}, *x[] = {a, b};
	const uint32_t y[] = {0, 1, 0, 1, 1, 0};
	struct ns_training training = {.rows = 6, .features = 2, .x = x, .y = y, .classes = 2, .threads = 1};
	struct ns_design design = make(&training, true, &arena);
	double counted = 0, most = 0;
	assert_int_equal(design.rows, 4); /* (1, 5) of class 0 twice, (0, 6) twice, (1, 5) of class 1, (2, 5) */
	for (size_t i = 0; i < design.rows; i++) {
		counted += design.weight[i];
		most = fmax(most, design.weight[i]);
	}
	assert_true(counted == 6 && most == 2);
	ns_arena_release(&arena);
}

static void any_order_gives_the_same_matrix(void **state)
{
	(void)state;
	enum { ROWS = 500 };
	struct ns_arena arena = NS_ARENA_INIT;
	double columns[2][2][ROWS];
	uint32_t y[2][ROWS];
	for (int i = 0; i < ROWS; i++) {
		int to = (i * 7 + 3) % ROWS;
		columns[0][0][i] = columns[1][0][to] = i * i % 23 / 7.0;
		columns[0][1][i] = columns[1][1][to] = i % 5 * 1e10;
		y[0][i] = y[1][to] = (uint32_t)i % 2;
	}
	struct ns_design designs[2];
	for (int k = 0; k < 2; k++) {
		const double *x[] = {columns[k][0], columns[k][1]};
		struct ns_training training = {.rows = ROWS, .features = 2, .x = x, .y = y[k], .classes = 2, .threads = 1};
		designs[k] = make(&training, true, &arena);
	}
	assert_true(designs[0].rows < ROWS && designs[0].rows == designs[1].rows);
	assert_memory_equal(designs[0].u, designs[1].u, designs[0].rows * designs[0].columns * sizeof(double));
	assert_memory_equal(designs[0].y, designs[1].y, designs[0].rows * sizeof(uint32_t));
	ns_arena_release(&arena);
}

static void columns_come_to_one_scale(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const double large[] = {1e300, 2e300, 4e300}, constant[] = {7, 7, 7}, tiny[] = {0, 0x1p-1060, 0}, *x[] = {large, constant, tiny};
	const uint32_t y[] = {0, 1, 1};
	struct ns_training training = {.rows = 3, .features = 3, .x = x, .y = y, .classes = 2, .threads = 1};
	struct ns_design with = make(&training, true, &arena), without = make(&training, false, &arena);
	assert_int_equal(with.features, 1);
	assert_int_equal(with.columns, 2);
	assert_int_equal(without.features, 2); /* beside no intercept a constant says something */
	assert_int_equal(without.columns, 2);
	double squares = 0;
	for (size_t i = 0; i < 3; i++) {
		double u = with.u[i * 2];
		squares += u * u / 3;
		double back = ldexp(u + with.center[0], with.exponent[0]); /* some row's value again */
		assert_true(fabs(back / 1e300 - 1) < 1e-14 || fabs(back / 2e300 - 1) < 1e-14 || fabs(back / 4e300 - 1) < 1e-14);
		assert_true(with.u[i * 2 + 1] == 1);
		assert_true(fabs(without.u[i * 2]) <= 1);
	}
	assert_true(squares >= 0.25 && squares < 1);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rows_of_a_class_are_one),
		cmocka_unit_test(any_order_gives_the_same_matrix),
		cmocka_unit_test(columns_come_to_one_scale),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
