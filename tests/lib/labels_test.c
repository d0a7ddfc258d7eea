#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "stat/labels.h"

static struct ns_arena arena;
static struct ns_err err;
static struct ns_labels labels;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static void of_text(const char **values, size_t count, uint32_t *codes, size_t rows)
{
	struct ns_series series = {.name = "y", .type = NS_TEXT, .codes = codes, .values = values, .values_count = count};
	assert_int_equal(ns_labels_of(&labels, &series, rows, &arena, &err), NS_OK);
}

static void assert_y(size_t rows, const uint32_t *expected)
{
	assert_memory_equal(labels.y, expected, rows * sizeof *expected);
}

static void test_numbers(void **state)
{
	(void)state;
	struct ns_series series = {.name = "y", .type = NS_NUMBER, .numbers = (double[]){10, -1, NAN, 2, -0.0, 0, 10, 0.5}};
	assert_int_equal(ns_labels_of(&labels, &series, 8, &arena, &err), NS_OK);
	assert_int_equal(labels.classes, 5);
	static const char *const names[] = {"-1", "0", "0.5", "2", "10"}; /* by value, not by bytes */
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(labels.names[i], names[i]);
	assert_true(labels.values[1] == 0 && !signbit(labels.values[1]));
	assert_y(8, (uint32_t[]){4, 0, NS_CODE_MISSING, 3, 1, 1, 4, 2});
	assert_int_equal(ns_labels_find(&labels, "-1.0"), 0);
	assert_int_equal(ns_labels_find(&labels, "10"), 4);
	assert_int_equal(ns_labels_find(&labels, "3"), -1);
	assert_int_equal(ns_labels_find(&labels, "normal"), -1);
}

static void test_text(void **state)
{
	(void)state;
	of_text((const char *[]){"attack", "normal"}, 2, (uint32_t[]){1, 0, NS_CODE_MISSING, 1}, 4);
	assert_int_equal(labels.classes, 2);
	assert_null(labels.values);
	assert_string_equal(labels.names[1], "normal");
	assert_y(4, (uint32_t[]){1, 0, NS_CODE_MISSING, 1});
	assert_int_equal(ns_labels_find(&labels, "attack"), 0);
	assert_int_equal(ns_labels_find(&labels, "1"), -1);
}

static void test_text_that_is_all_numbers(void **state)
{
	(void)state;
	of_text((const char *[]){"-1", "-1.0", "10", "2"}, 4, (uint32_t[]){0, 1, 2, 3, NS_CODE_MISSING}, 5);
	assert_int_equal(labels.classes, 3);
	assert_string_equal(labels.names[0], "-1");
	assert_string_equal(labels.names[2], "10");
	assert_y(5, (uint32_t[]){0, 0, 2, 1, NS_CODE_MISSING});
}

static void test_codes_stay_text(void **state)
{
	(void)state;
	of_text((const char *[]){"007", "7"}, 2, (uint32_t[]){0, 1}, 2);
	assert_int_equal(labels.classes, 2);
	assert_null(labels.values);
}

static void test_none(void **state)
{
	(void)state;
	of_text(NULL, 0, (uint32_t[]){NS_CODE_MISSING}, 1);
	assert_int_equal(labels.classes, 0);
	struct ns_series series = {.name = "y", .type = NS_NUMBER, .numbers = (double[]){NAN}};
	assert_int_equal(ns_labels_of(&labels, &series, 1, &arena, &err), NS_OK);
	assert_int_equal(labels.classes, 0);
	assert_y(1, (uint32_t[]){NS_CODE_MISSING});
}

static void test_too_many(void **state)
{
	(void)state;
	static double numbers[65537];
	struct ns_series series = {.name = "bytes", .type = NS_NUMBER, .numbers = numbers};
	for (size_t i = 0; i < 65537; i++)
		numbers[i] = (double)i;
	assert_int_equal(ns_labels_of(&labels, &series, 65536, &arena, &err), NS_OK);
	assert_int_equal(labels.classes, 65536);
	assert_int_equal(ns_labels_of(&labels, &series, 65537, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "column 'bytes' has more than 65,536 different values: not a label?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_numbers, release),
		cmocka_unit_test_teardown(test_text, release),
		cmocka_unit_test_teardown(test_text_that_is_all_numbers, release),
		cmocka_unit_test_teardown(test_codes_stay_text, release),
		cmocka_unit_test_teardown(test_none, release),
		cmocka_unit_test_teardown(test_too_many, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
