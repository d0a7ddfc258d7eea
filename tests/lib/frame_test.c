#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/frame.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* A table read from CSV text, every column as its type is. */
static struct ns_reader *read_text(const char *text)
{
	static const struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_reader *reader;
	assert_int_equal(ns_reader_open_memory(&reader, text, strlen(text), "text", &options, &arena, &err), NS_OK);
	for (size_t i = 0; i < ns_reader_header(reader)->width; i++)
		assert_int_equal(ns_reader_want(reader, i, NS_UNDECIDED, &err), NS_OK);
	return reader;
}

static void gather(struct ns_frame *frame, const char *text, const bool *marks)
{
	struct ns_reader *reader = read_text(text);
	struct ns_frame_builder *builder;
	struct ns_table *batch;
	ns_frame_start(&builder, ns_reader_header(reader), marks);
	do {
		assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
		assert_int_equal(ns_frame_add(builder, batch, &err), NS_OK);
	} while (batch->rows);
	assert_int_equal(ns_frame_finish(frame, builder, &arena, &err), NS_OK);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
}

static void test_columns(void **state)
{
	(void)state;
	struct ns_frame frame;
	gather(&frame, "n,skipped,t\n1,x,b\n,y,a\n-2.5,z,\n3,z,b\n", (bool[]){true, false, true});
	assert_int_equal(frame.rows, 4);
	assert_int_equal(frame.width, 2);
	const struct ns_series *n = ns_frame_find(&frame, "n"), *t = ns_frame_find(&frame, "t");
	assert_null(ns_frame_find(&frame, "skipped"));
	assert_int_equal(n->type, NS_NUMBER);
	assert_null(n->codes);
	assert_true(n->numbers[0] == 1 && isnan(n->numbers[1]) && n->numbers[2] == -2.5 && n->numbers[3] == 3);
	assert_int_equal(t->type, NS_TEXT);
	assert_null(t->numbers);
	assert_int_equal(t->values_count, 2);
	assert_string_equal(t->values[0], "a");
	assert_string_equal(t->values[1], "b");
	assert_memory_equal(t->codes, ((uint32_t[]){1, 0, NS_CODE_MISSING, 1}), 4 * sizeof(uint32_t));
}

static void test_no_rows(void **state)
{
	(void)state;
	struct ns_frame frame;
	gather(&frame, "a,b\n", (bool[]){true, true});
	assert_int_equal(frame.rows, 0);
	assert_int_equal(frame.width, 2);
	assert_non_null(frame.series[0].numbers);
}

/* Many batches and many values: codes follow the bytes, whatever the order of rows. */
static void test_many_values(void **state)
{
	(void)state;
	enum { ROWS = 30000, VALUES = 7919 };
	struct ns_buffer text = NS_BUFFER_INIT(1 << 24);
	struct ns_frame frame;
	assert_int_equal(ns_buffer_printf(&text, "t,n\n"), 0);
	for (unsigned i = 0; i < ROWS; i++)
		assert_int_equal(ns_buffer_printf(&text, "v%u,%u\n", i * 31 % VALUES, i), 0);
	gather(&frame, text.data, (bool[]){true, true});
	assert_int_equal(frame.rows, ROWS);
	const struct ns_series *t = &frame.series[0];
	assert_int_equal(t->values_count, VALUES);
	for (size_t i = 1; i < VALUES; i++)
		assert_true(strcmp(t->values[i - 1], t->values[i]) < 0);
	for (unsigned i = 0; i < ROWS; i++) {
		char expected[16];
		snprintf(expected, sizeof expected, "v%u", i * 31 % VALUES);
		assert_string_equal(t->values[t->codes[i]], expected);
		assert_true(frame.series[1].numbers[i] == i);
	}
	ns_buffer_release(&text);
}

static void test_numbers_in_a_file(void **state)
{
	assert_int_equal(setenv("NS_SPOOL", "0.1", 1), 0); /* megabytes: in the midst of the second column's */
	test_many_values(state);
	assert_int_equal(setenv("NS_SPOOL", "0.000001", 1), 0);
	test_columns(state);
	test_no_rows(state);
	assert_int_equal(setenv("NS_SPOOL", "much", 1), 0);
	struct ns_frame_builder *builder;
	struct ns_table *batch;
	struct ns_reader *reader = read_text("n\n1\n");
	ns_frame_start(&builder, ns_reader_header(reader), (bool[]){true});
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_int_equal(ns_frame_add(builder, batch, &err), NS_ECALL);
	assert_string_equal(err.text, "NS_SPOOL: 'much' is not a number of megabytes");
	ns_frame_abandon(builder);
	assert_int_equal(unsetenv("NS_SPOOL"), 0);
}

static void test_nul_in_text(void **state)
{
	(void)state;
	struct ns_column column = {.name = "t", .type = NS_TEXT};
	struct ns_table table = {.width = 1, .columns = &column, .source = "a.arrow", .first_row = 10};
	struct ns_frame_builder *builder;
	ns_frame_start(&builder, &table, (bool[]){true});
	table.rows = 2;
	struct ns_span values[] = {{"ab", 2}, {"a\0b", 3}};
	assert_int_equal(ns_column_set_text(&column, values, 2, &arena, &err), NS_OK);
	assert_int_equal(ns_frame_add(builder, &table, &err), NS_EDATA);
	assert_string_equal(err.text, "a.arrow: row 12: column 't': a NUL byte in text");
	ns_frame_abandon(builder);
}

static void test_too_many_rows(void **state)
{
	(void)state;
	struct ns_column column = {.name = "t", .type = NS_NUMBER};
	struct ns_table table = {.width = 1, .columns = &column, .source = "a.csv"};
	struct ns_frame_builder *builder;
	ns_frame_start(&builder, &table, (bool[]){true});
	table.rows = UINT32_MAX;
	assert_int_equal(ns_frame_add(builder, &table, &err), NS_EDATA);
	assert_string_equal(err.text, "a.csv: more than 4,294,967,294 rows cannot be held in memory");
	ns_frame_abandon(builder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_columns, release),
		cmocka_unit_test_teardown(test_no_rows, release),
		cmocka_unit_test_teardown(test_many_values, release),
		cmocka_unit_test_teardown(test_numbers_in_a_file, release),
		cmocka_unit_test_teardown(test_nul_in_text, release),
		cmocka_unit_test_teardown(test_too_many_rows, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
