#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/records.h"

static const char *const names[] = {"a", "b", "c", "d"};

static void put(struct ns_records *records, const char *name, const char *text)
{
	size_t column = ns_records_find(records, name, strlen(name));
	assert_in_range(column, 0, records->width - 1);
	assert_true(ns_records_claim(records, column));
	if (text)
		assert_int_equal(ns_records_put_text(records, column, text, strlen(text)), 0);
}

/* A whole record of NAME, TEXT pairs, NULL behind the last. */
static void add(struct ns_records *records, ...)
{
	va_list list;
	va_start(list, records);
	ns_records_begin(records);
	for (const char *name = va_arg(list, const char *); name; name = va_arg(list, const char *))
		put(records, name, va_arg(list, const char *));
	va_end(list);
	assert_int_equal(ns_records_end(records), 0);
}

static void assert_row(const struct ns_table *batch, size_t row, const char *const *expected)
{
	for (size_t i = 0; i < batch->width; i++) {
		struct ns_span text = ns_column_text(&batch->columns[i], row);
		if (!expected[i]) {
			assert_null(text.data);
			continue;
		}
		assert_non_null(text.data);
		assert_int_equal(text.size, strlen(expected[i]));
		assert_memory_equal(text.data, expected[i], text.size);
	}
}

static void values_come_into_their_columns_in_any_order(void **state)
{
	(void)state;
	struct ns_records records;
	struct ns_column columns[4];
	struct ns_table batch;
	static const char *const expected[][4] = {{"1", "2", "3", "4"}, {"5", "6", "7", "8"}, {NULL, NULL, "x", NULL}, {NULL, NULL, NULL, NULL},
		{"", "q\"", "l\n,", NULL}, {"9", NULL, "11", NULL}};
	ns_records_init(&records, names, 4);
	for (int again = 0; again < 3; again++) {
		add(&records, "a", "1", "b", "2", "c", "3", "d", "4", NULL);
		add(&records, "d", "8", "b", "6", "a", "5", "c", "7", NULL);
		add(&records, "c", "x", NULL);
		add(&records, NULL);
		add(&records, "d", NULL, "a", "", "b", "q\"", "c", "l\n,", NULL);
		ns_records_begin(&records);
		put(&records, "b", "not this one");
		ns_records_drop(&records);
		add(&records, "c", "11", "a", "9", "b", NULL, NULL);
		ns_records_batch(&batch, columns, &records);
		assert_int_equal(batch.rows, 6);
		assert_int_equal(batch.width, 4);
		for (size_t row = 0; row < 6; row++)
			assert_row(&batch, row, expected[row]);
		ns_records_clear(&records);
	}
	ns_records_release(&records);
}

/* What a writer of CSV may copy at once. */
static void bytes_are_laid_out_as_csv(void **state)
{
	(void)state;
	struct ns_records records;
	ns_records_init(&records, names, 4);
	add(&records, "a", "1", "b", "two", "d", "4", NULL);
	add(&records, "a", "a,\n", "c", "\"", NULL);
	const char *expected = "1,two,,4,\"a,\n\",,,\",,,";
	assert_int_equal(records.bytes.size, strlen(expected));
	assert_memory_equal(records.bytes.data, expected, strlen(expected));
	assert_int_equal(records.cells[4].size, 3 | NS_CELL_QUOTED);
	ns_records_release(&records);
}

static void a_name_twice_is_seen(void **state)
{
	(void)state;
	struct ns_records records;
	ns_records_init(&records, names, 4);
	for (int i = 0; i < 2; i++) {
		ns_records_begin(&records);
		put(&records, "b", NULL);
		size_t column = ns_records_find(&records, "b", 1);
		assert_int_equal(column, 1);
		assert_false(ns_records_claim(&records, column));
		put(&records, "a", "1");
		if (i)
			ns_records_drop(&records);
		else
			assert_int_equal(ns_records_end(&records), 0);
	}
	ns_records_release(&records);
}

static void other_names_are_learnt_to_a_limit(void **state)
{
	(void)state;
	struct ns_records records;
	char name[16];
	ns_records_init(&records, names, 2);
	ns_records_begin(&records);
	for (size_t i = 0; i < NS_RECORDS_LEARNT_MAX + 5; i++) {
		size_t size = (size_t)snprintf(name, sizeof name, "x%zu", i);
		assert_int_equal(ns_records_find(&records, name, size), NS_NAME_NONE);
		assert_int_equal(ns_records_learn(&records, name, size), i < NS_RECORDS_LEARNT_MAX ? 2 + i : NS_NAME_NONE);
	}
	assert_int_equal(ns_records_end(&records), 0);
	ns_records_begin(&records);
	put(&records, "b", "1");
	for (size_t i = 0; i < NS_RECORDS_LEARNT_MAX + 5; i++) {
		size_t size = (size_t)snprintf(name, sizeof name, "x%zu", i);
		assert_int_equal(ns_records_find(&records, name, size), i < NS_RECORDS_LEARNT_MAX ? 2 + i : NS_NAME_NONE);
	}
	put(&records, "a", "1");
	assert_int_equal(ns_records_find(&records, "", 0), NS_NAME_NONE);
	assert_int_equal(ns_records_end(&records), 0);
	ns_records_release(&records);
}

static void batches_end(void **state)
{
	(void)state;
	static const struct {
		size_t width, rows;
	} cases[] = {{1, 8192}, {8, 8192}, {31, 2114}, {4096, 16}, {65536, 16}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_records records;
		const char **wide = ns_malloc_array(cases[i].width, sizeof *wide);
		struct ns_arena arena = NS_ARENA_INIT;
		for (size_t j = 0; j < cases[i].width; j++)
			wide[j] = ns_format(&arena, "%zu", j);
		ns_records_init(&records, wide, cases[i].width);
		size_t rows = 0;
		for (; !ns_records_full(&records) && rows < 10000; rows++) {
			ns_records_begin(&records);
			if (cases[i].width < 4096) /* bytes do not end it */
				put(&records, "0", "1");
			assert_int_equal(ns_records_end(&records), 0);
		}
		assert_true(rows == cases[i].rows || records.bytes.size >= 256 * 1024);
		assert_in_range(rows, 1, cases[i].rows);
		ns_records_release(&records);
		ns_arena_release(&arena);
		free(wide);
	}
}

static void a_batch_of_long_values_is_short(void **state)
{
	(void)state;
	struct ns_records records;
	char text[100001];
	memset(text, 'x', 100000);
	text[100000] = '\0';
	ns_records_init(&records, names, 4);
	size_t rows = 0;
	for (; !ns_records_full(&records); rows++)
		add(&records, "a", text, NULL);
	assert_int_equal(rows, 3);
	ns_records_release(&records);
}

static void a_record_of_more_than_a_gigabyte_is_refused(void **state)
{
	(void)state;
	struct ns_records records;
	ns_records_init(&records, names, 4);
	records.bytes.max = 1000; /* in place of 1 GiB */
	char text[1000];
	memset(text, 'x', sizeof text);
	ns_records_begin(&records);
	assert_int_equal(ns_records_put_text(&records, 0, text, 600), 0);
	assert_int_equal(ns_records_put_text(&records, 1, text, 600), -1);
	assert_int_equal(ns_records_put_plain(&records, 1, text, 399), -1);
	assert_int_equal(ns_records_put_integer(&records, 1, 7), 0);
	text[0] = '"';
	assert_int_equal(ns_records_put_text(&records, 2, text, 395), -1);
	text[0] = ',';
	assert_int_equal(ns_records_put_text(&records, 2, text, 395), -1);
	assert_int_equal(ns_records_put_place(&records, text, 900), -1);
	assert_int_equal(ns_records_put_plain(&records, 2, text, 396), 0);
	assert_int_equal(records.bytes.size, 1000);
	assert_int_equal(ns_records_end(&records), -1);
	ns_records_drop(&records);
	add(&records, "a", "1", NULL);
	assert_int_equal(records.rows, 1);
	ns_records_release(&records);
}

static void places_belong_to_rows(void **state)
{
	(void)state;
	struct ns_records records;
	struct ns_column columns[2];
	struct ns_table batch;
	struct ns_arena arena = NS_ARENA_INIT;
	ns_records_init(&records, names, 2);
	ns_records_begin(&records);
	assert_int_equal(ns_records_put_place(&records, "line 7", 6), 0);
	put(&records, "a", "1");
	assert_int_equal(ns_records_end(&records), 0);
	ns_records_begin(&records);
	assert_int_equal(ns_records_put_place(&records, "line 8", 6), 0);
	ns_records_drop(&records);
	add(&records, "a", "2", "b", "3", NULL);
	ns_records_batch(&batch, columns, &records);
	batch.source = "x.json";
	assert_string_equal(ns_table_where(&batch, 0, &arena), "x.json: line 7");
	assert_string_equal(ns_table_where(&batch, 1, &arena), "x.json: row 2");
	ns_records_release(&records);
	ns_arena_release(&arena);
}

static void names_are_found_whatever_they_are(void **state)
{
	(void)state;
	struct ns_name_index fields = {0};
	char name[16];
	bool added;
	assert_int_equal(ns_name_index_find(&fields, "a", 1), NS_NAME_NONE);
	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < 10000; i++) {
			size_t size = (size_t)snprintf(name, sizeof name, "%zu", i);
			assert_int_equal(ns_name_index_add(&added, &fields, name, size), i);
			assert_int_equal(added, !again);
		}
	assert_int_equal(ns_name_index_add(&added, &fields, "", 0), 10000);
	assert_int_equal(ns_name_index_add(&added, &fields, "a\0b", 3), 10001);
	assert_int_equal(ns_name_index_add(&added, &fields, "a", 1), 10002);
	assert_int_equal(ns_name_index_find(&fields, "a\0b", 3), 10001);
	assert_int_equal(ns_name_index_find(&fields, "", 0), 10000);
	assert_string_equal(fields.items[9999].name, "9999");
	ns_name_index_release(&fields);
	assert_int_equal(ns_name_index_find(&fields, "a", 1), NS_NAME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_into_their_columns_in_any_order),
		cmocka_unit_test(bytes_are_laid_out_as_csv),
		cmocka_unit_test(a_name_twice_is_seen),
		cmocka_unit_test(other_names_are_learnt_to_a_limit),
		cmocka_unit_test(batches_end),
		cmocka_unit_test(a_batch_of_long_values_is_short),
		cmocka_unit_test(a_record_of_more_than_a_gigabyte_is_refused),
		cmocka_unit_test(places_belong_to_rows),
		cmocka_unit_test(names_are_found_whatever_they_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
