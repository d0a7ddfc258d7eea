#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stat/levels.h"

static struct ns_arena arena;
static struct ns_err err;

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
	assert_int_equal(ns_levels_of(&levels, (double[]){4, -1, 0, 1, 1, -1, -0.0}, 7, "code", &arena, &err), NS_OK);
	assert_int_equal(levels.count, 4);
	ns_levels_round(values, 10, &levels);
	assert_memory_equal(values, expected, sizeof expected);
}

static void test_too_many_levels(void **state)
{
	(void)state;
	struct ns_levels levels;
	double *x = NS_NEW_ARRAY(&arena, double, NS_LEVELS_MAX + 1);
	for (size_t i = 0; i <= NS_LEVELS_MAX; i++)
		x[i] = (double)i;
	assert_int_equal(ns_levels_of(&levels, x, NS_LEVELS_MAX, "code", &arena, &err), NS_OK);
	assert_int_equal(ns_levels_of(&levels, x, NS_LEVELS_MAX + 1, "code", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "column 'code' has more than 65536 different values: too many to round to");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_levels, release),
		cmocka_unit_test_teardown(test_too_many_levels, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
