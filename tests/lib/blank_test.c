#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table/arrow.h"
#include "table/blank.h"

enum { ROWS = 11 };

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_arrow_array array_of(enum ns_arrow_id id, int32_t width, size_t rows, const void *values, const char *data)
{
	return (struct ns_arrow_array){.type = {.id = id, .width = width, .is_signed = true}, .rows = rows, .nulls = id == NS_ARROW_NULL ? rows : 0,
		.values = values, .data = data, .data_size = data ? strlen(data) : 0};
}

static const struct ns_arrow_array *array(struct ns_arrow_array from)
{
	struct ns_arrow_array *out = NS_NEW(&arena, struct ns_arrow_array);
	*out = from;
	return out;
}

/* The table as an Arrow stream, read back: what a reader downstream gets. */
static struct ns_table written(const struct ns_table *table)
{
	struct ns_buffer out = NS_BUFFER_INIT(1 << 20);
	struct ns_table back;
	int status = ns_arrow_write_table(&out, table, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
	const char *kept = ns_strndup(&arena, out.data, out.size); /* aligned, and there as long as the table */
	assert_int_equal(ns_arrow_read_table(&back, NULL, kept, out.size, "test", &arena, &err), NS_OK);
	ns_arena_defer(&arena, free, out.data); /* the table borrows it */
	return back;
}

static void test_every_form_can_be_blank(void **state)
{
	(void)state;
	static const int64_t offsets[] = {0, 0};
	struct ns_column columns[] = {
		{.name = "int", .type = NS_NUMBER, .array = array(array_of(NS_ARROW_INT, 16, 1, offsets, NULL))},
		{.name = "bool", .type = NS_NUMBER, .array = array(array_of(NS_ARROW_BOOL, 0, 1, offsets, NULL))},
		{.name = "utf8", .type = NS_TEXT, .array = array(array_of(NS_ARROW_UTF8, 0, 1, offsets, ""))},
		{.name = "binary", .type = NS_TEXT, .array = array(array_of(NS_ARROW_LARGE_BINARY, 0, 1, offsets, ""))},
		{.name = "fixed", .type = NS_TEXT, .array = array(array_of(NS_ARROW_FIXED_BINARY, 3, 1, offsets, NULL))},
		{.name = "null", .type = NS_NUMBER, .array = array(array_of(NS_ARROW_NULL, 0, 1, NULL, NULL))},
		{.name = "number", .type = NS_NUMBER},
		{.name = "text", .type = NS_TEXT},
	};
	enum { WIDTH = sizeof columns / sizeof columns[0] };
	struct ns_table like = {.width = WIDTH, .columns = columns, .lines = (uint64_t[]){1}}, blank;
	ns_table_blank(&blank, &like, ROWS, &arena);
	assert_null(blank.lines);
	assert_ptr_equal(columns[6].numbers, NULL); /* like is as it was */
	struct ns_table back = written(&blank);
	assert_int_equal(back.width, WIDTH);
	assert_int_equal(back.rows, ROWS);
	for (size_t i = 0; i < WIDTH; i++) {
		const struct ns_arrow_array *now = back.columns[i].array;
		assert_string_equal(back.columns[i].name, columns[i].name);
		assert_int_equal(now->type.id, i < 6 ? columns[i].array->type.id : i == 6 ? NS_ARROW_FLOAT : NS_ARROW_UTF8);
		assert_int_equal(now->type.width, i < 6 ? columns[i].array->type.width : i == 6 ? 64 : 0);
		for (size_t row = 0; row < ROWS; row++)
			assert_true(ns_arrow_is_null(now, row));
	}
}

static void test_a_column_nobody_asked_for_is_empty_cells(void **state)
{
	(void)state;
	struct ns_column column = {.name = "id"};
	struct ns_table like = {.width = 1, .columns = &column}, blank;
	ns_table_blank(&blank, &like, ROWS, &arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_null(ns_column_text(&blank.columns[0], row).data);
}

static void test_kept_values_are_written_in_other_rows(void **state)
{
	(void)state;
	struct ns_kept ints = {0}, texts = {0}, none = {0};
	struct ns_column columns[] = {{.name = "int", .type = NS_NUMBER}, {.name = "text", .type = NS_TEXT}, {.name = "number", .type = NS_NUMBER}};
	for (int batch = 0; batch < 2; batch++) {
		int8_t values[] = {(int8_t)(10 * batch), (int8_t)(10 * batch + 1), (int8_t)(10 * batch + 2)};
		columns[0].array = array(array_of(NS_ARROW_INT, 8, 3, values, NULL));
		columns[1].array = array(array_of(NS_ARROW_UTF8, 0, 3, (int32_t[]){0, 1, 3, 3}, batch ? "xyz" : "abc"));
		assert_int_equal(ns_kept_add(&ints, &columns[0], 3, &arena, &err), NS_OK);
		assert_int_equal(ns_kept_add(&texts, &columns[1], 3, &arena, &err), NS_OK);
		assert_int_equal(ns_kept_add(&none, &columns[2], 3, &arena, &err), NS_OK);
	}
	assert_int_equal(ns_kept_add(&ints, &columns[0], 0, &arena, &err), NS_OK);
	struct ns_table like = {.width = 3, .columns = columns}, blank;
	static const uint32_t from[] = {5, 0, 4, 4};
	static const double numbers[] = {12, 0, 11, 11};
	static const char *const expected[] = {"", "a", "yz", "yz"};
	ns_table_blank(&blank, &like, 4, &arena);
	assert_int_equal(ns_kept_fill(&blank.columns[0], &ints, from, 4, &arena, &err), NS_OK);
	assert_int_equal(ns_kept_fill(&blank.columns[1], &texts, from, 4, &arena, &err), NS_OK);
	assert_int_equal(ns_kept_fill(&blank.columns[2], &none, from, 4, &arena, &err), NS_OK);
	struct ns_table back = written(&blank);
	double ints_back[4];
	assert_int_equal(back.columns[0].array->type.width, 8);
	assert_true(ns_arrow_numbers(ints_back, back.columns[0].array));
	for (size_t row = 0; row < 4; row++) {
		struct ns_span text = ns_column_text(&back.columns[1], row);
		assert_true(ints_back[row] == numbers[row]);
		assert_true(text.data && text.size == strlen(expected[row]) && !memcmp(text.data, expected[row], text.size));
		assert_true(isnan(back.columns[2].numbers[row]));
	}
}

static void test_more_text_than_an_array_holds(void **state)
{
	(void)state;
	struct ns_kept kept = {0};
	char *text = ns_alloc(&arena, 1 << 20);
	memset(text, 'x', (1 << 20) - 1);
	struct ns_column column = {.name = "y", .type = NS_TEXT, .array = array(array_of(NS_ARROW_UTF8, 0, 1, (int32_t[]){0, (1 << 20) - 1}, text))};
	uint32_t *from = NS_NEW_ARRAY(&arena, uint32_t, 2050);
	assert_int_equal(ns_kept_add(&kept, &column, 1, &arena, &err), NS_OK);
	assert_int_equal(ns_kept_fill(&column, &kept, from, 2050, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "column 'y': more than 2 GiB of text in one table");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_every_form_can_be_blank, release),
		cmocka_unit_test_teardown(test_a_column_nobody_asked_for_is_empty_cells, release),
		cmocka_unit_test_teardown(test_kept_values_are_written_in_other_rows, release),
		cmocka_unit_test_teardown(test_more_text_than_an_array_holds, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
