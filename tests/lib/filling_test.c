#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "stage/filling.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static void what_is_gone(void **state)
{
	(void)state;
	const double values[] = {1, NAN, INFINITY, -INFINITY, 0};
	assert_true(ns_filling_is_gone(NAN, false) && !ns_filling_is_gone(INFINITY, false) && ns_filling_is_gone(-INFINITY, true) && !ns_filling_is_gone(0, true));
	assert_int_equal(ns_filling_count(values, 5, false), 1);
	assert_int_equal(ns_filling_count(values, 5, true), 3);
	assert_int_equal(ns_filling_count(NULL, 0, true), 0);
}

static void types(void **state)
{
	(void)state;
	const struct ns_arrow_type int8 = {.id = NS_ARROW_INT, .width = 8, .is_signed = true}, uint64 = {.id = NS_ARROW_INT, .width = 64};
	const struct ns_arrow_type int64 = {.id = NS_ARROW_INT, .width = 64, .is_signed = true}, single = {.id = NS_ARROW_FLOAT, .width = 32};
	const struct ns_arrow_type half = {.id = NS_ARROW_FLOAT, .width = 16}, boolean = {.id = NS_ARROW_BOOL, .width = 1};
	assert_true(ns_filling_is_of_type(-128, &int8) && !ns_filling_is_of_type(128, &int8) && !ns_filling_is_of_type(0.5, &int8));
	assert_true(ns_filling_is_of_type(0x1p63, &uint64) && !ns_filling_is_of_type(0x1p63, &int64) && !ns_filling_is_of_type(-1, &uint64));
	assert_true(ns_filling_is_of_type(0.5, &single) && !ns_filling_is_of_type(0.1, &single) && !ns_filling_is_of_type(1, &half));
	assert_true(ns_filling_is_of_type(1, &boolean) && !ns_filling_is_of_type(2, &boolean));
	uint64_t bytes = 0;
	ns_filling_store(&bytes, 0x1p63, &uint64);
	assert_true(bytes == UINT64_C(1) << 63);
	ns_filling_store(&bytes, -2, &int64);
	assert_true((int64_t)bytes == -2);
}

static void assert_text(const struct ns_column *column, size_t row, const char *expected)
{
	struct ns_span text = ns_column_text(column, row);
	assert_int_equal(text.size, strlen(expected));
	assert_memory_equal(text.data, expected, text.size);
}

static void cells(void **state)
{
	(void)state;
	const struct ns_span came[] = {{"1.50", 4}, {"NA", 2}, {"?", 1}, {"inf", 3}, {"", 0}};
	const double numbers[] = {1.5, NAN, NAN, INFINITY, NAN}, filled[] = {1.5, 0.25, 0.25, INFINITY, -3};
	struct ns_column column = {.name = "a"};
	assert_int_equal(ns_column_set_text(&column, came, 5, &arena, &err), NS_OK);
	column.type = NS_NUMBER;
	column.numbers = numbers;
	assert_int_equal(ns_filling_put(&column, filled, 5, false, false, &arena, &err), NS_OK);
	assert_text(&column, 0, "1.50");
	assert_text(&column, 1, "0.25");
	assert_text(&column, 2, "0.25");
	assert_text(&column, 3, "inf");
	assert_text(&column, 4, "-3");
	assert_true(column.type == NS_NUMBER && column.numbers == filled);
}

static void arrays(void **state)
{
	(void)state;
	const int16_t came[] = {7, 0, -9};
	const uint8_t validity[] = {5};
	const double numbers[] = {7, NAN, -9}, filled[] = {7, 300, -9};
	const struct ns_arrow_array array = {.type = {.id = NS_ARROW_INT, .width = 16, .is_signed = true}, .rows = 3, .nulls = 1, .validity = validity, .values = came};
	struct ns_column kept = {.name = "a", .type = NS_NUMBER, .array = &array, .numbers = numbers}, changed = kept;
	assert_int_equal(ns_filling_put(&kept, filled, 3, false, true, &arena, &err), NS_OK);
	assert_int_equal(ns_filling_put(&changed, filled, 3, false, false, &arena, &err), NS_OK);
	const int16_t *values = kept.array->values;
	assert_true(values[0] == 7 && values[1] == 300 && values[2] == -9 && kept.array->nulls == 0 && kept.array->type.width == 16);
	assert_true(came[1] == 0); /* the reader's own is untouched */
	assert_true(!changed.array && changed.numbers == filled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_gone, release),
		cmocka_unit_test_teardown(types, release),
		cmocka_unit_test_teardown(cells, release),
		cmocka_unit_test_teardown(arrays, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
