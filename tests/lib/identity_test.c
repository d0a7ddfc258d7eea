#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "import_rows.h"

static const struct ns_table_options defaults = {NS_TABLE_OPTIONS_INIT};

#define OPEN(rows, text) assert_int_equal(import_rows_open(&(rows), text, strlen(text)), NS_OK)

/* Keys of CSV texts, 32 digits each, row after row. */
static char *keys_of(struct import_rows rows, const char *text)
{
	struct ns_buffer keys = NS_BUFFER_INIT(1 << 20);
	struct ns_span key;
	OPEN(rows, text);
	for (size_t row = 0; row < rows.batch->rows; row++) {
		assert_int_equal(import_rows_key(&key, &rows, row), NS_OK);
		assert_int_equal(ns_buffer_append(&keys, key.data, key.size), 0);
	}
	assert_int_equal(ns_buffer_append(&keys, "", 1), 0);
	import_rows_close(&rows);
	return keys.data;
}

/* What tests/data/import/make-keys computes, whatever the columns' types are. */
static void test_keys_are_what_the_layout_says(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	char *text, *expected;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, "tests/data/import/rows.csv", 1 << 20, &arena, &err), NS_OK);
	assert_int_equal(ns_file_slurp(&expected, &size, "tests/data/import/keys.csv", 1 << 20, &arena, &err), NS_OK);
	const char *all[] = {"*"};
	struct import_rows inferred = {.table = defaults, .source = "rows"}, texts = inferred;
	texts.table.text = (struct ns_texts){all, 1};
	const struct import_rows *both[] = {&inferred, &texts};
	for (int i = 0; i < 2; i++) {
		char *keys = keys_of(*both[i], text), *line = strchr(expected, '\n') + 1;
		for (size_t at = 0; keys[at]; at += 32, line += 33)
			assert_memory_equal(keys + at, line, 32);
		assert_int_equal(*line, '\0');
		free(keys);
	}
	ns_arena_release(&arena);
}

static void expect_equal(const char *one, const char *other, bool equal)
{
	const struct import_rows rows = {.table = defaults, .source = "s"};
	char *a = keys_of(rows, one), *b = keys_of(rows, other);
	assert_true((strcmp(a, b) == 0) == equal);
	free(a);
	free(b);
}

static void test_what_makes_no_difference(void **state)
{
	(void)state;
	expect_equal("a,b\n1,x\n", "b,a\nx,1\n", true);
	expect_equal("a,b\n1,x\n", "a,b,c\n1.0,x,\n", true); /* a column more, in which nothing stands */
	expect_equal("a\n1\n", "a\n\"+1e0\"\n", true);
	expect_equal("a,b\nna,1\n", "a,b\n,1\n", true);
	expect_equal("a\n1\n", "a\n2\n", false);
	expect_equal("a\n1\n", "b\n1\n", false);
	expect_equal("a,b\nx,\n", "a,b\n,x\n", false);
	expect_equal("a\n7\n", "a\n007\n", false);
}

static void test_equal_rows_are_counted(void **state)
{
	(void)state;
	const struct import_rows rows = {.table = defaults, .source = "s"};
	char *keys = keys_of(rows, "a\n1\n2\n1.0\n1\n"), *turned = keys_of(rows, "a\n1\n1\n1\n2\n");
	assert_memory_not_equal(keys, keys + 64, 32);
	assert_memory_not_equal(keys + 64, keys + 96, 32);
	assert_memory_equal(turned, keys, 32);
	assert_memory_equal(turned + 32, keys + 64, 64);
	assert_memory_equal(turned + 96, keys + 32, 32);
	free(keys);
	free(turned);
}

static void test_sources(void **state)
{
	(void)state;
	const struct import_rows named = {.table = defaults, .source = "a"}, own = {.table = defaults}, other = {.table = defaults, .source = "b"};
	char *first = keys_of(named, "x\n1\n"), *second = keys_of(own, "x\n1\n"), *third = keys_of(other, "x\n1\n");
	assert_string_equal(first, second); /* the file is a.csv */
	assert_string_not_equal(first, third);
	free(first);
	free(second);
	free(third);
	struct ns_arena arena = NS_ARENA_INIT;
	assert_string_equal(ns_identity_source("/data/day.csv.gz", &arena), "day");
	assert_string_equal(ns_identity_source("day.arrow", &arena), "day");
	assert_string_equal(ns_identity_source("day.2024.tsv.zst", &arena), "day.2024");
	assert_string_equal(ns_identity_source(".csv", &arena), ".csv");
	assert_string_equal(ns_identity_source("csv", &arena), "csv");
	ns_arena_release(&arena);
}

static void test_key_column(void **state)
{
	(void)state;
	const struct import_rows rows = {.table = defaults, .key = "id"};
	char *keys = keys_of(rows, "id,x\n1.0,a\nq r,a\n-0,a\n007,b\n1e3,b\n9007199254740993,c\n");
	assert_string_equal(keys, "id=1id=q rid=0id=007id=1000id=9007199254740993");
	free(keys);
}

static void expect_failure(const char *text, const char *message)
{
	struct import_rows rows = {.table = defaults, .key = "id"};
	struct ns_span key;
	int status = NS_OK;
	OPEN(rows, text);
	for (size_t row = 0; status == NS_OK && row < rows.batch->rows; row++)
		status = import_rows_key(&key, &rows, row);
	assert_int_equal(status, NS_EDATA);
	assert_string_equal(rows.err.text, message);
	import_rows_close(&rows);
}

static void test_bad_keys(void **state)
{
	(void)state;
	expect_failure("id,x\n1,a\n2,b\n1.0,c\n", "a.csv:4: the key 'id=1' has come before, a.csv:2");
	expect_failure("id,x\na,a\n,b\n", "a.csv:3: column 'id': the key is missing");
	char *text = ns_malloc_array(2000, 1);
	memcpy(text, "id\n", 3);
	memset(text + 3, 'k', NS_IDENTITY_KEY_MAX);
	memcpy(text + 3 + NS_IDENTITY_KEY_MAX, "\n", 2);
	expect_failure(text, "a.csv:2: column 'id': 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...' is too long for a key: 512 bytes");
	free(text);
	char name[NS_IDENTITY_KEY_MAX + 1] = {0};
	memset(name, 'n', NS_IDENTITY_KEY_MAX);
	struct ns_identity *identity;
	struct ns_err err;
	struct ns_arena arena = NS_ARENA_INIT;
	assert_int_equal(ns_identity_open(&identity, NULL, &(struct ns_identity_options){.key = name}, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--key: the name is longer than 511 bytes");
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_what_the_layout_says),
		cmocka_unit_test(test_what_makes_no_difference),
		cmocka_unit_test(test_equal_rows_are_counted),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_key_column),
		cmocka_unit_test(test_bad_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
