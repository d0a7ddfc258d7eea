#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "table/ranges.h"
#include "table/view.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_texts list(size_t count, ...)
{
	const char **items = NS_NEW_ARRAY(&arena, const char *, count);
	va_list arguments;
	va_start(arguments, count);
	for (size_t i = 0; i < count; i++)
		items[i] = va_arg(arguments, const char *);
	va_end(arguments);
	return (struct ns_texts){items, count};
}

static struct ns_table table_of_four(void)
{
	static struct ns_column columns[] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d=e"}};
	struct ns_table table = {.width = 4, .columns = columns, .source = "t.csv"};
	ns_metadata_set(&table.metadata, "pandas", "{}", &arena);
	ns_metadata_set(&table.metadata, "ns:target", "b", &arena);
	return table;
}

static void assert_names(const struct ns_view *view, size_t width, ...)
{
	va_list names;
	assert_int_equal(view->width, width);
	va_start(names, width);
	for (size_t i = 0; i < width; i++)
		assert_string_equal(view->names[i], va_arg(names, const char *));
	va_end(names);
}

static void test_columns(void **state)
{
	(void)state;
	struct ns_table table = table_of_four(), out;
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_view view;
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_OK);
	assert_false(view.changed);
	assert_names(&view, 4, "a", "b", "c", "d=e");
	assert_non_null(ns_metadata_find(&view.metadata, "pandas"));
	options.columns = list(3, "c", "#1-2", "a");
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_OK);
	assert_true(view.changed);
	assert_names(&view, 3, "c", "a", "b");
	assert_null(ns_metadata_find(&view.metadata, "pandas")); /* it describes other columns */
	assert_memory_equal(view.used, ((bool[]){true, true, true, false}), 4);
	options.exclude = list(1, "c");
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_OK);
	assert_names(&view, 2, "a", "b");
	table.rows = 5;
	ns_view_apply(&out, &table, &view, &arena);
	assert_int_equal(out.rows, 5);
	assert_int_equal(out.width, 2);
	assert_string_equal(out.columns[1].name, "b");
	options.columns = list(1, "c");
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "-c and -x leave no column of t.csv");
}

static void test_rename(void **state)
{
	(void)state;
	struct ns_table table = table_of_four();
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_view view;
	struct ns_texts renames = list(3, "a=x", "d=e=y=z", "b=label");
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_OK);
	assert_int_equal(ns_view_rename(&view, &renames, &arena, &err), NS_OK);
	assert_names(&view, 4, "x", "label", "c", "y=z");
	assert_string_equal(ns_metadata_find(&view.metadata, "ns:target"), "label");
	renames = list(2, "x=c", "c=x");
	assert_int_equal(ns_view_rename(&view, &renames, &arena, &err), NS_OK);
	assert_names(&view, 4, "c", "label", "x", "y=z");
	renames = list(1, "label=x");
	assert_int_equal(ns_view_rename(&view, &renames, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--rename makes two columns 'x'");
	renames = list(1, "none=x");
	assert_int_equal(ns_view_rename(&view, &renames, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--rename 'none=x': no such column, or no new name");
	renames = list(1, "c=");
	assert_int_equal(ns_view_rename(&view, &renames, &arena, &err), NS_ECALL);
}

static void test_metadata(void **state)
{
	(void)state;
	struct ns_table table = table_of_four();
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_view view;
	struct ns_texts pairs = list(2, "k=v=w", "ns:target=");
	assert_int_equal(ns_view_init(&view, &table, &options, &arena, &err), NS_OK);
	assert_int_equal(ns_view_set_metadata(&view, &pairs, &arena, &err), NS_OK);
	assert_string_equal(ns_metadata_find(&view.metadata, "k"), "v=w");
	assert_null(ns_metadata_find(&view.metadata, "ns:target"));
	assert_non_null(ns_metadata_find(&table.metadata, "ns:target"));
	pairs = list(1, "=v");
	assert_int_equal(ns_view_set_metadata(&view, &pairs, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--set-metadata '=v': not of the form KEY=VALUE");
}

static void test_ranges(void **state)
{
	(void)state;
	struct ns_ranges ranges;
	struct ns_texts texts = list(4, "7", "3-4", "4-5", "20-");
	uint32_t rows[16];
	assert_int_equal(ns_ranges_parse(&ranges, &texts, &arena, &err), NS_OK);
	assert_int_equal(ranges.count, 3);
	assert_int_equal(ns_ranges_pick(rows, &ranges, 0, 4), 2);
	assert_memory_equal(rows, ((uint32_t[]){2, 3}), 8);
	assert_int_equal(ns_ranges_pick(rows, &ranges, 4, 4), 2);
	assert_memory_equal(rows, ((uint32_t[]){0, 2}), 8);
	assert_int_equal(ns_ranges_pick(rows, &ranges, 8, 10), 0);
	assert_int_equal(ns_ranges_pick(rows, &ranges, 18, 3), 2);
	assert_false(ns_ranges_done(&ranges, 1000));
	ns_ranges_between(&ranges, 2, 3, &arena);
	assert_false(ns_ranges_done(&ranges, 2));
	assert_true(ns_ranges_done(&ranges, 3));
	ns_ranges_between(&ranges, 1, 0, &arena);
	assert_true(ns_ranges_done(&ranges, 0));
	static const char *const bad[] = {"", "0", "-3", "3-2", "a", "1-b", "1-2-3", "1.5", "99999999999999999999"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		texts = list(1, bad[i]);
		assert_int_equal(ns_ranges_parse(&ranges, &texts, &arena, &err), NS_ECALL);
	}
	assert_string_equal(err.text, "'99999999999999999999' is no range of rows: 7, 3-9 or 100-, counted from 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_columns, release),
		cmocka_unit_test_teardown(test_rename, release),
		cmocka_unit_test_teardown(test_metadata, release),
		cmocka_unit_test_teardown(test_ranges, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
