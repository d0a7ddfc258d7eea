#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "table/table.h"

static struct ns_arena arena;
static struct ns_err err;

static int set_up(void **state)
{
	(void)state;
	arena = NS_ARENA_INIT;
	err.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_table table_of(const char *const *names, size_t width)
{
	struct ns_table table = {.source = "train.csv", .width = width};
	table.columns = NS_NEW_ARRAY(&arena, struct ns_column, width);
	for (size_t i = 0; i < width; i++)
		table.columns[i].name = names[i];
	return table;
}

/* stderr goes into a file between the two calls. */
struct capture {
	int saved;
	FILE *file;
};

static struct capture capture_start(void)
{
	struct capture capture = {dup(STDERR_FILENO), tmpfile()};
	assert_non_null(capture.file);
	dup2(fileno(capture.file), STDERR_FILENO);
	return capture;
}

static const char *capture_end(struct capture capture)
{
	char *text = ns_alloc(&arena, 4096);
	dup2(capture.saved, STDERR_FILENO);
	close(capture.saved);
	rewind(capture.file);
	text[fread(text, 1, 4095, capture.file)] = '\0';
	fclose(capture.file);
	return text;
}

static void test_metadata(void **state)
{
	(void)state;
	struct ns_metadata metadata = {0};
	assert_null(ns_metadata_find(&metadata, "ns:a"));
	ns_metadata_set(&metadata, "ns:a", "1", &arena);
	ns_metadata_set(&metadata, "ns:b", "2", &arena);
	ns_metadata_set(&metadata, "ns:c", "3", &arena);
	struct ns_metadata shared = metadata;
	ns_metadata_set(&metadata, "ns:b", "two", &arena);
	assert_string_equal(ns_metadata_find(&metadata, "ns:b"), "two");
	assert_string_equal(metadata.pairs[1].key, "ns:b");
	assert_string_equal(ns_metadata_find(&shared, "ns:b"), "2");
	ns_metadata_set(&metadata, "ns:a", NULL, &arena);
	assert_int_equal(metadata.count, 2);
	assert_null(ns_metadata_find(&metadata, "ns:a"));
	ns_metadata_set(&metadata, "ns:none", NULL, &arena);
	assert_int_equal(metadata.count, 2);
}

static void test_find_and_widen(void **state)
{
	(void)state;
	struct ns_table table = table_of((const char *[]){"age", "sex"}, 2);
	assert_int_equal(ns_table_find(&table, "sex"), 1);
	assert_int_equal(ns_table_find(&table, "Sex"), -1);
	struct ns_table view = table;
	ns_table_widen(&view, 1, &arena);
	assert_int_equal(view.width, 3);
	assert_int_equal(table.width, 2);
	view.columns[0].name = "years";
	view.columns[2].name = "new";
	assert_string_equal(table.columns[0].name, "age");
	assert_string_equal(view.columns[1].name, "sex");
	struct ns_table empty = {0};
	ns_table_widen(&empty, 1, &arena);
	assert_int_equal(empty.width, 1);
}

static void test_set_values(void **state)
{
	(void)state;
	struct ns_table table = table_of((const char *[]){"a"}, 1);
	struct ns_column *column = &table.columns[0];
	struct ns_span values[] = {{"one", 3}, {NULL, 7}, {"", 0}, {"four", 4}};
	assert_int_equal(ns_column_set_text(column, values, 4, &arena, &err), NS_OK);
	assert_int_equal(column->type, NS_TEXT);
	assert_int_equal(ns_column_text(column, 0).size, 3);
	assert_memory_equal(ns_column_text(column, 0).data, "one", 3);
	assert_null(ns_column_text(column, 1).data);
	assert_non_null(ns_column_text(column, 2).data);
	assert_int_equal(ns_column_text(column, 2).size, 0);
	assert_memory_equal(ns_column_text(column, 3).data, "four", 4);

	double numbers[] = {1, 2};
	ns_column_set_numbers(column, numbers);
	assert_int_equal(column->type, NS_NUMBER);
	assert_ptr_equal(column->numbers, numbers);
	assert_null(column->cells);
	assert_null(column->array);

	values[1] = (struct ns_span){"x", (size_t)NS_CELL_SIZE + 1};
	assert_int_equal(ns_column_set_text(column, values, 2, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "column 'a': too much text: at most 1 GiB in a value and 4 GiB in 2 rows");
	assert_ptr_equal(column->numbers, numbers); /* a failure changes nothing */
	struct ns_span large = {"x", NS_CELL_SIZE}, five[] = {large, large, large, large, large};
	assert_int_equal(ns_column_set_text(column, five, 5, &arena, &err), NS_EDATA);
}

static void test_where(void **state)
{
	(void)state;
	uint64_t lines[] = {2, 17};
	struct ns_table csv = {.rows = 2, .source = "train.csv", .lines = lines};
	assert_string_equal(ns_table_where(&csv, 1, &arena), "train.csv:17");
	struct ns_table arrow = {.rows = 2, .source = "train.arrow", .first_row = 15};
	assert_string_equal(ns_table_where(&arrow, 1, &arena), "train.arrow: row 17");
}

static void test_clean_names(void **state)
{
	(void)state;
	struct ns_table table = table_of((const char *[]){"", "age ", "age", "b", "b", "b.1", "b", "\t"}, 8);
	struct capture capture = capture_start();
	ns_table_clean_names(&table, false, &arena);
	const char *notes = capture_end(capture);
	const char *want[] = {"column_1", "age", "age.1", "b", "b.2", "b.1", "b.3", "column_8"};
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(table.columns[i].name, want[i]);
	assert_non_null(strstr(notes, "train.csv: column 1 has no name and becomes 'column_1'\n"));
	assert_non_null(strstr(notes, "train.csv: column 2: the blanks around 'age ' are dropped\n"));
	assert_non_null(strstr(notes, "train.csv: column 3: the name 'age' comes again and becomes 'age.1'\n"));
	assert_null(strstr(notes, "column 4"));

	struct ns_table same = table_of((const char *[]){"x"}, 1);
	ns_table_widen(&same, 65535, &arena); /* must not take quadratic time */
	for (size_t i = 0; i < same.width; i++)
		same.columns[i].name = "x";
	capture = capture_start();
	ns_table_clean_names(&same, true, &arena);
	assert_string_equal(capture_end(capture), "");
	assert_string_equal(same.columns[65535].name, "x.65535");
}

static void assert_selects(const struct ns_table *table, const char *item, const char *want)
{
	bool marks[16] = {false};
	assert_int_equal(ns_table_select(marks, table, &item, 1, &err), NS_OK);
	for (size_t i = 0; i < table->width; i++)
		assert_int_equal(marks[i], want[i] == '1');
}

static void assert_refuses(const struct ns_table *table, const char *item, const char *message)
{
	bool marks[16] = {false};
	assert_int_equal(ns_table_select(marks, table, &item, 1, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_select(void **state)
{
	(void)state;
	struct ns_table table = table_of((const char *[]){"src_ip", "src_bytes", "dst_ip", "#9", "a*"}, 5);
	assert_selects(&table, "dst_ip", "00100");
	assert_selects(&table, "src_*", "11000");
	assert_selects(&table, "*_ip", "10100");
	assert_selects(&table, "[sd]*", "11100");
	assert_selects(&table, "#2", "01000");
	assert_selects(&table, "#2-4", "01110");
	assert_selects(&table, "#9", "00010"); /* a whole name comes first */
	assert_selects(&table, "a*", "00001");
	assert_refuses(&table, "#6", "train.csv: no column #6: the table has 5");
	assert_refuses(&table, "#0", "train.csv: '#0' is no range of columns: positions count from 1, the lower first");
	assert_refuses(&table, "#4-2", "train.csv: '#4-2' is no range of columns: positions count from 1, the lower first");
	assert_refuses(&table, "scr_ip", "train.csv: no column 'scr_ip' (did you mean 'src_ip'?)");
	assert_refuses(&table, "entirely different", "train.csv: no column 'entirely different'");
	struct capture capture = capture_start();
	assert_selects(&table, "tcp_*", "00000");
	assert_non_null(strstr(capture_end(capture), "train.csv: no column is like 'tcp_*'\n"));
}

static void test_utf8(void **state)
{
	(void)state;
	assert_true(ns_utf8_valid("", 0));
	assert_true(ns_utf8_valid("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10));
	const char *bad[] = {"\x80", "\xc3", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ns_utf8_valid(bad[i], strlen(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metadata), cmocka_unit_test(test_find_and_widen), cmocka_unit_test(test_set_values),
		cmocka_unit_test(test_where), cmocka_unit_test(test_clean_names), cmocka_unit_test(test_select),
		cmocka_unit_test(test_utf8),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
