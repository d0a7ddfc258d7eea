#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "stat/levels.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static void test_levels(void **state)
{
	(void)state;
	struct ns_levels levels;
	double values[] = {-9, -0.6, -0.5, -0.4, 0.5, 0.6, 1, 2.4, 2.6, 99};
	static const double expected[] = {-1, -1, -1, 0, 0, 1, 1, 1, 4, 4};
	ns_levels_of(&levels, (double[]){4, -1, 0, 1, 1, -1, -0.0}, 7, &arena);
	assert_int_equal(levels.count, 4);
	ns_levels_round(values, 10, &levels);
	assert_memory_equal(values, expected, sizeof expected);
}

static void test_many_levels(void **state)
{
	(void)state;
	enum { ROWS = 9000, MANY = 3000 };
	struct ns_levels levels;
	double x[ROWS], value = 1234.4;
	for (size_t i = 0; i < ROWS; i++)
		x[i] = (double)(i * 7 % MANY);
	x[17] = -0.0;
	ns_levels_of(&levels, x, ROWS, &arena);
	assert_int_equal(levels.count, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_true(levels.values[i] == (double)i && !signbit(levels.values[i]));
	ns_levels_round(&value, 1, &levels);
	assert_true(value == 1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_levels, release),
		cmocka_unit_test_teardown(test_many_levels, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
