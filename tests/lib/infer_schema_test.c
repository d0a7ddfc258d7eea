#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "stat/infer_column.h"
#include "stat/infer_schema.h"
#include "table/schema.h"

static struct ns_arena arena;
static struct ns_err err;

static int end(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* The schema inferred from CSV, read back. */
static const struct ns_schema *infer(const struct ns_buffer *csv, const char *target)
{
	static const struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_schema *schema = NS_NEW(&arena, struct ns_schema);
	struct ns_buffer out = NS_BUFFER_INIT(1 << 24);
	struct ns_reader *reader;
	assert_int_equal(ns_reader_open_memory(&reader, csv->data, csv->size, "t.csv", &options, &arena, &err), NS_OK);
	assert_int_equal(ns_infer_schema(&out, reader, target, false, &arena, &err), NS_OK);
	assert_int_equal(ns_schema_parse(schema, ns_strndup(&arena, out.data, out.size), out.size, "s.yaml", &arena, &err), NS_OK);
	ns_buffer_release(&out);
	return schema;
}

/* One column "name" of `rows` numbers: start + step * (i * factor % modulus). */
static const struct ns_schema_column *column(const char *name, size_t rows, double start, double step, size_t factor, size_t modulus)
{
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 24);
	ns_buffer_printf(&csv, "%s,other\n", name);
	for (size_t i = 0; i < rows; i++)
		ns_buffer_printf(&csv, "%.17g,%zu\n", start + step * (double)(i * factor % modulus), i % 2);
	const struct ns_schema *schema = infer(&csv, NULL);
	ns_buffer_release(&csv);
	return &schema->columns[0];
}

static void test_iso_times(void **state)
{
	(void)state;
	static const char *const times[] = {"2024-05-01", "2024-05-01T10:00", "2024-05-01 10:00:59", "2024-05-01T10:00:00.123456Z", "2024-05-01T10:00:00,5",
		"2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00-0330", "2024-05-01T10:00+02", "2024-12-31T24:00:00", "2016-12-31T23:59:60Z"};
	static const char *const others[] = {"", "2024", "2024-5-1", "2024-13-01", "2024-00-01", "2024-05-32", "2024-05-01T", "2024-05-01T25:00", "2024-05-01T10",
		"2024-05-01T10:60", "2024-05-01T10:00:61", "2024-05-01T10:00:00.", "2024-05-01T10:00:00+", "2024-05-01T10:00:00+2", "2024-05-01T10:00:00+02:",
		"2024-05-01T10:00:00+15", "2024-05-01x", "2024-05-01T10:00:00Zx", "20240501", "01.05.2024", "2024/05/01"};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		assert_true(ns_is_iso_time(times[i], strlen(times[i])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(ns_is_iso_time(others[i], strlen(others[i])));
}

static void test_ids(void **state)
{
	(void)state;
	assert_int_equal(column("x", 50, 1, 1, 1, 1000)->role, NS_ROLE_ID);          /* 1, 2, 3 ... */
	assert_int_equal(column("x", 49, 1, 1, 1, 1000)->role, NS_ROLE_FEATURE);     /* too few to say */
	assert_int_equal(column("x", 50, 0, -3, 1, 1000)->role, NS_ROLE_ID);         /* falling */
	assert_int_equal(column("x", 100, 0, 1, 37, 101)->role, NS_ROLE_ID);         /* shuffled, no gaps */
	assert_int_equal(column("x", 100, 0, 1, 37, 1009)->role, NS_ROLE_FEATURE);   /* shuffled, gaps: a measure */
	assert_int_equal(column("x", 100, 500000, 1, 37, 1009)->role, NS_ROLE_ID);   /* all of six digits */
	assert_int_equal(column("x", 100, 50000, 1, 37, 1009)->role, NS_ROLE_FEATURE);
	assert_int_equal(column("x", 100, 999500, 1, 37, 1009)->role, NS_ROLE_FEATURE); /* six and seven */
	assert_int_equal(column("x", 100, 0, 1, 1, 90)->role, NS_ROLE_FEATURE);      /* 90 % distinct */
	assert_int_equal(column("x", 100, 0.5, 1, 1, 1000)->role, NS_ROLE_FEATURE);  /* fractions */
	assert_int_equal(column("user_id", 20, 0, 1, 37, 1009)->role, NS_ROLE_ID);
	assert_int_equal(column("userId", 20, 0, 1, 37, 1009)->role, NS_ROLE_ID);
	assert_int_equal(column("ID", 20, 0, 1, 37, 1009)->role, NS_ROLE_ID);
	assert_int_equal(column("valid", 20, 0, 1, 37, 1009)->role, NS_ROLE_FEATURE);
	assert_int_equal(column("id", 20, 0, 1, 1, 19)->role, NS_ROLE_FEATURE); /* one comes twice */
	assert_true(column("id", 20, 0, 1, 37, 1009)->unique);
	assert_false(column("x", 100, 0, 1, 1, 97)->unique); /* an id without gaps, three come twice */
	assert_int_equal(column("x", 100, 0, 1, 1, 97)->role, NS_ROLE_ID);
}

static void test_times(void **state)
{
	(void)state;
	assert_int_equal(column("timestamp", 30, 1.7e9, 60, 7, 31)->role, NS_ROLE_TIME);
	assert_int_equal(column("created_at", 30, 1.7e12, 60, 7, 31)->role, NS_ROLE_TIME);
	assert_int_equal(column("Date", 30, 1.7e18, 1e9, 7, 31)->role, NS_ROLE_TIME);
	assert_int_equal(column("runtime", 30, 17, 60, 7, 31)->role, NS_ROLE_FEATURE); /* no times since 1970 */
	assert_int_equal(column("x", 50, 1.7e9, 60, 1, 1000)->role, NS_ROLE_TIME);     /* rising */
	assert_int_equal(column("x", 30, 1.7e9, 60, 7, 31)->role, NS_ROLE_FEATURE);
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(column("x", 100, 0, 1, 1, 20)->values_count, 20);
	assert_int_equal(column("x", 105, 0, 1, 1, 21)->values_count, 0); /* too many */
	assert_int_equal(column("x", 99, 0, 1, 1, 20)->values_count, 0);  /* one came four times only */
	assert_int_equal(column("x", 100, 0, 0.5, 1, 4)->values_count, 0); /* no codes */
	assert_true(column("x", 100, 0, 1, 1, 20)->integer);
	assert_false(column("x", 100, 0, 0.5, 1, 4)->integer);
	assert_true(column("x", 100, 0, 1, 1, 20)->low < -1e300);
	assert_int_equal(column("x", 10, 7, 1, 1, 1)->role, NS_ROLE_DROP);   /* one value */
	assert_int_equal(column("x", 9, 7, 1, 1, 1)->role, NS_ROLE_FEATURE); /* too few to say */
}

/* One text column of `rows` values "w0" to "wN" in turn, all of them with `end`. */
static const struct ns_schema_column *texts(size_t rows, size_t distinct, const char *end)
{
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 24);
	ns_buffer_printf(&csv, "x,other\n");
	for (size_t i = 0; i < rows; i++)
		ns_buffer_printf(&csv, "w%zu%s,%zu\n", i % distinct, end, i % 2);
	const struct ns_schema *schema = infer(&csv, NULL);
	ns_buffer_release(&csv);
	return &schema->columns[0];
}

static void test_texts(void **state)
{
	(void)state;
	assert_int_equal(texts(400, 100, "")->role, NS_ROLE_FEATURE);
	assert_int_equal(texts(404, 101, "")->role, NS_ROLE_DROP); /* too many for categories */
	assert_int_equal(texts(10, 5, "")->role, NS_ROLE_FEATURE);
	assert_int_equal(texts(10, 6, "")->role, NS_ROLE_DROP);    /* more than half */
	assert_int_equal(texts(9, 6, "")->role, NS_ROLE_FEATURE);  /* too few to say */
	assert_int_equal(texts(50, 48, "")->role, NS_ROLE_ID);
	assert_false(texts(50, 48, "")->unique);
	assert_int_equal(texts(100, 20, "")->values_count, 20);
	assert_int_equal(texts(99, 2, "")->values_count, 0); /* too few rows for a list */
	assert_int_equal(texts(105, 21, "")->values_count, 0);
	assert_int_equal(texts(100, 2, "\xff")->values_count, 0); /* YAML could not say them */
	assert_int_equal(texts(100, 2, "\xc3\xa4")->values_count, 2);
}

static void test_numbers_with_commas(void **state)
{
	(void)state;
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 20);
	ns_buffer_printf(&csv, "decimal,text\n");
	for (int i = 0; i < 95; i++)
		ns_buffer_printf(&csv, "\"%s%d,5\",\"%d,5%s\"\n", i % 3 ? "" : "-", i % 4, i % 4, i < 94 ? "" : ",");
	for (int i = 0; i < 5; i++)
		ns_buffer_printf(&csv, "7,x\n");
	const struct ns_schema *schema = infer(&csv, NULL);
	assert_int_equal(schema->columns[0].role, NS_ROLE_DROP);
	assert_int_equal(schema->columns[1].role, NS_ROLE_FEATURE); /* 94 of 100 */
	ns_buffer_release(&csv);
}

static void test_target(void **state)
{
	(void)state;
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 20);
	ns_buffer_printf(&csv, "a,label\n");
	for (int i = 0; i < 300; i++)
		ns_buffer_printf(&csv, "%d,c%d\n", i % 2, i % 256);
	const struct ns_schema *schema = infer(&csv, "label");
	assert_string_equal(schema->target, "label");
	assert_int_equal(schema->columns[1].role, NS_ROLE_TARGET);
	assert_int_equal(schema->columns[1].values_count, 256);
	assert_string_equal(schema->columns[1].values[1].text, "c1"); /* bytewise */
	assert_string_equal(schema->columns[1].values[2].text, "c10");
	assert_null(schema->positive);
	ns_buffer_printf(&csv, "1,more\n");
	assert_int_equal(infer(&csv, "label")->columns[1].values_count, 0);
	ns_buffer_release(&csv);
}

/* Where counting stops it is known that it did. */
static void test_counting_stops(void **state)
{
	(void)state;
	enum { ROWS = 200000 };
	struct ns_infer_column *columns = NS_NEW_ARRAY(&arena, struct ns_infer_column, 4);
	struct ns_infer_column *whole = &columns[0], *many = &columns[1], *half = &columns[2], *parts = &columns[3];
	double *numbers = ns_malloc_array(ROWS, sizeof *numbers);
	struct ns_column column = {.name = "x", .type = NS_NUMBER, .numbers = numbers};
	struct ns_table table = {.rows = ROWS, .width = 1, .columns = &column};
	for (int i = 0; i < 4; i++)
		columns[i] = (struct ns_infer_column){.name = "x", .type = NS_NUMBER, .keep = 4};
	for (int i = 0; i < ROWS; i++)
		numbers[i] = i;
	ns_infer_column_start(whole, 1, &arena);
	ns_infer_column_batch(whole, &table, &arena);
	assert_false(whole->closed);
	assert_int_equal(whole->seen.count, ROWS);
	ns_infer_column_start(many, 1000, &arena);
	ns_infer_column_batch(many, &table, &arena);
	assert_true(many->closed);
	assert_int_equal(many->seen.count, (1 << 23) / 1000);
	assert_int_equal(many->seen_of, (1 << 23) / 1000);
	for (int i = 0; i < ROWS; i++)
		numbers[i] = i / 2;
	ns_infer_column_start(half, 1, &arena);
	ns_infer_column_batch(half, &table, &arena);
	assert_true(half->closed);
	assert_int_equal(half->seen.count, 1 << 16);
	assert_in_range(half->seen_of, (2 << 16) - 1, 2 << 16);
	for (int i = 0; i < ROWS; i++)
		numbers[i] = i + 0.5;
	ns_infer_column_start(parts, 1, &arena);
	ns_infer_column_batch(parts, &table, &arena);
	assert_true(parts->closed);
	assert_int_equal(parts->seen.count, 1024);
	assert_int_equal(parts->values, ROWS);
	assert_true(parts->overflow);
	free(numbers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso_times), cmocka_unit_test(test_ids), cmocka_unit_test(test_times), cmocka_unit_test(test_values), cmocka_unit_test(test_texts),
		cmocka_unit_test(test_numbers_with_commas),
		cmocka_unit_test(test_target), cmocka_unit_test(test_counting_stops),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
