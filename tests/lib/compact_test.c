#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "stage/compact.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* The values through a column and back; what type it had. */
static struct ns_arrow_type keep(const double *values, size_t count)
{
	struct ns_stage stage = {.path = "s.ns", .kind = &ns_stage_impute_neighbors, .table.rows = count};
	struct ns_err err;
	const double *kept;
	ns_compact_put(ns_table_add(&stage.table, NULL, &arena), "a", values, NULL, count, &arena);
	assert_int_equal(ns_compact_get(&kept, &stage, "a", &arena, &err), NS_OK);
	for (size_t i = 0; i < count; i++)
		assert_true(kept[i] == values[i] || (isnan(kept[i]) && isnan(values[i])));
	return stage.table.columns[0].array->type;
}

static void assert_kept_as(double low, double high, enum ns_arrow_id id, int32_t width, bool is_signed)
{
	const double values[] = {low, NAN, high, 0};
	struct ns_arrow_type type = keep(values, 4);
	assert_int_equal(type.id, id);
	assert_int_equal(type.width, width);
	assert_int_equal(type.is_signed, is_signed);
}

static void smallest_types(void **state)
{
	(void)state;
	assert_kept_as(-128, 127, NS_ARROW_INT, 8, true);
	assert_kept_as(1, 128, NS_ARROW_INT, 8, false);
	assert_kept_as(-1, 128, NS_ARROW_INT, 16, true);
	assert_kept_as(256, 32768, NS_ARROW_INT, 16, false);
	assert_kept_as(-1, 32768, NS_ARROW_INT, 32, true);
	assert_kept_as(1, 4294967295, NS_ARROW_INT, 32, false);
	assert_kept_as(0.5, 16777216, NS_ARROW_FLOAT, 32, false);
	assert_kept_as(0.5, 16777217, NS_ARROW_FLOAT, 64, false);
	assert_kept_as(-1, 4294967295, NS_ARROW_FLOAT, 64, false);
	assert_kept_as(-0.0, 1, NS_ARROW_INT, 8, true);
	assert_kept_as(NAN, NAN, NS_ARROW_INT, 8, true);
	assert_kept_as(5e-324, 1e300, NS_ARROW_FLOAT, 64, false);
	assert_int_equal(keep(NULL, 0).width, 8);
}

static void some_rows(void **state)
{
	(void)state;
	const double values[] = {1000, -0.0, NAN, 5};
	const uint32_t rows[] = {1, 2, 3};
	struct ns_column column;
	ns_compact_put(&column, "a", values, rows, 3, &arena);
	const struct ns_arrow_array *array = column.array;
	const int8_t *kept = array->values;
	assert_int_equal(array->type.width, 8); /* the thousand is not among them */
	assert_true(array->nulls == 1 && array->validity[0] == 5);
	assert_true(kept[0] == 0 && kept[1] == 0 && kept[2] == 5);
	ns_compact_put(&column, "b", values, (const uint32_t[]){0, 1, 3}, 3, &arena);
	assert_null(column.array->validity);
}

static void ranges(void **state)
{
	(void)state;
	const double flags[] = {1, NAN, 0}, halves[] = {0.5, -1}, tenths[] = {0.1};
	const struct ns_arrow_type boolean = {.id = NS_ARROW_BOOL, .width = 1}, bytes = {.id = NS_ARROW_INT, .width = 8};
	const struct ns_arrow_type half = {.id = NS_ARROW_FLOAT, .width = 16}, single = {.id = NS_ARROW_FLOAT, .width = 32}, date = {.id = NS_ARROW_DATE, .width = 32};
	struct ns_compact_range of_flags = ns_compact_range_of(flags, NULL, 3), of_halves = ns_compact_range_of(halves, NULL, 2);
	struct ns_compact_range of_tenths = ns_compact_range_of(tenths, NULL, 1);
	assert_true(of_flags.least == 0 && of_flags.most == 1 && of_flags.whole && of_flags.single && !of_halves.whole);
	assert_true(ns_compact_range_is_of_type(&of_flags, &boolean) && ns_compact_range_is_of_type(&of_flags, &bytes));
	assert_true(!ns_compact_range_is_of_type(&of_halves, &boolean) && !ns_compact_range_is_of_type(&of_halves, &bytes));
	assert_true(ns_compact_range_is_of_type(&of_halves, &single) && !ns_compact_range_is_of_type(&of_tenths, &single));
	assert_true(!ns_compact_range_is_of_type(&of_flags, &half) && !ns_compact_range_is_of_type(&of_flags, &date));
}

static void damage(void **state)
{
	(void)state;
	struct ns_stage stage = {.path = "s.ns", .kind = &ns_stage_impute_neighbors, .table.rows = 1};
	struct ns_err err;
	const double *values;
	assert_int_equal(ns_compact_get(&values, &stage, "a", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "s.ns: stage 'impute-knn' is damaged, learn it again: no column 'a'");
	struct ns_column *column = ns_table_add(&stage.table, "a", &arena);
	assert_int_equal(ns_column_set_text(column, &(struct ns_span){"x", 1}, 1, &arena, &err), NS_OK);
	assert_int_equal(ns_compact_get(&values, &stage, "a", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "s.ns: stage 'impute-knn' is damaged, learn it again: column 'a' holds no numbers");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(smallest_types, release),
		cmocka_unit_test_teardown(some_rows, release),
		cmocka_unit_test_teardown(ranges, release),
		cmocka_unit_test_teardown(damage, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
