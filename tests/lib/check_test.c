#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "stat/check_report.h"

static struct ns_arena arena;
static struct ns_err err;
static char path[64];

static int begin(void **state)
{
	(void)state;
	memcpy(path, "/tmp/check_test.XXXXXX", 23);
	int fd = mkstemp(path);
	ns_quiet = true;
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	ns_file_discard_all();
	ns_arena_release(&arena);
	return unlink(path);
}

static int note(void *context, const struct ns_violation *violations, size_t count, struct ns_err *why)
{
	(void)why;
	for (size_t i = 0; i < count; i++)
		ns_buffer_printf(context, "%" PRIu64 " %s %s '%.*s'\n", violations[i].line, violations[i].column ? violations[i].column : "-",
			ns_rule_name(violations[i].rule), (int)violations[i].value.size, violations[i].value.data ? violations[i].value.data : "");
	return NS_OK;
}

/* Every violation, a line each: "LINE COLUMN RULE 'VALUE'". */
static const char *check(struct ns_check **out, const char *schema, const char *csv)
{
	struct ns_table_options *options = NS_NEW(&arena, struct ns_table_options);
	struct ns_buffer told = NS_BUFFER_INIT(1 << 24);
	struct ns_check_options wishes = {.tell = note, .context = &told};
	struct ns_reader *reader;
	struct ns_table *batch;
	bool *bad;
	uint64_t bad_rows = 0;
	*options = (struct ns_table_options){NS_TABLE_OPTIONS_INIT, .schema = path};
	assert_int_equal(ns_file_store(path, schema, strlen(schema), &err), NS_OK);
	assert_int_equal(ns_reader_open_memory(&reader, csv, strlen(csv), "t.csv", options, &arena, &err), NS_OK);
	assert_int_equal(ns_check_start(out, reader, &wishes, &arena, &err), NS_OK);
	do {
		assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
		assert_int_equal(ns_check_batch(&bad, *out, batch, &err), NS_OK);
		for (size_t row = 0; bad && row < batch->rows; row++)
			bad_rows += bad[row];
	} while (batch->rows);
	assert_int_equal(bad_rows + (*out)->malformed.count, (*out)->bad_rows);
	const char *text = ns_strndup(&arena, told.size ? told.data : "", told.size);
	ns_buffer_release(&told);
	return text;
}

static void test_seen(void **state)
{
	(void)state;
	struct ns_seen numbers = {0}, texts = {0};
	char text[32];
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 5000; i++) {
			assert_int_equal(ns_seen_number(&numbers, i * 0.5), round == 0);
			assert_int_equal(ns_seen_text(&texts, text, (size_t)snprintf(text, sizeof text, "%d", i)), round == 0);
		}
	assert_int_equal(numbers.count, 5000);
	assert_false(ns_seen_number(&numbers, -0.0));
	assert_true(ns_seen_text(&texts, "", 0));
	assert_false(ns_seen_text(&texts, "", 0));
	assert_int_equal(texts.count, 5001);
	ns_seen_release(&numbers);
	ns_seen_release(&texts);
	assert_true(ns_seen_number(&numbers, 0));
	ns_seen_release(&numbers);
}

/* Few small integers go one way, all other allowed numbers another: the edges between them. */
static void test_allowed_numbers(void **state)
{
	(void)state;
	struct ns_check *out;
	const char *csv = "a\n-31\n-32\n31\n32\n0\n-0\n0.0\n0.5\n1e300\ninf\n-inf\n3.1e1\n31.000000000000004\n";
	assert_string_equal(check(&out, "columns: {a: {values: [-31, 0, 31]}}", csv),
		"3 a values '-32'\n5 a values '32'\n9 a values '0.5'\n10 a values '1e300'\n11 a values 'inf'\n12 a values '-inf'\n14 a values '31.000000000000004'\n");
	assert_true(out->columns[0].small);
	assert_string_equal(check(&out, "columns: {a: {values: [-31, 0, 31, 32, 0.5]}}", csv),
		"3 a values '-32'\n10 a values '1e300'\n11 a values 'inf'\n12 a values '-inf'\n14 a values '31.000000000000004'\n");
	assert_false(out->columns[0].small);
	assert_string_equal(check(&out, "columns: {a: {type: integer, values: [-31, 0, 31], range: [-40, 40]}}", csv),
		"3 a values '-32'\n5 a values '32'\n9 a type '0.5'\n10 a range '1e300'\n10 a values '1e300'\n11 a type 'inf'\n12 a type '-inf'\n"
		"14 a type '31.000000000000004'\n");
}

static void test_ranges_and_integers(void **state)
{
	(void)state;
	struct ns_check *out;
	const char *csv = "a\n0\n-0.1\n100\n100.00000000000001\ninf\n-inf\n \n9007199254740993\n";
	assert_string_equal(check(&out, "columns: {a: {type: number, missing: true, range: [0, 100]}}", csv),
		"3 a range '-0.1'\n5 a range '100.00000000000001'\n6 a range 'inf'\n7 a range '-inf'\n9 a range '9007199254740993'\n");
	assert_string_equal(out->first.text, "t.csv:3: column 'a': '-0.1' is below 0");
	assert_string_equal(check(&out, "columns: {a: {type: number, missing: true, range: [null, 100]}}", csv),
		"5 a range '100.00000000000001'\n6 a range 'inf'\n9 a range '9007199254740993'\n");
	assert_string_equal(out->first.text, "t.csv:5: column 'a': '100.00000000000001' is above 100");
	assert_string_equal(check(&out, "columns: {a: integer}", csv), "3 a type '-0.1'\n5 a type '100.00000000000001'\n6 a type 'inf'\n7 a type '-inf'\n");
	assert_string_equal(out->first.text, "t.csv:3: column 'a': '-0.1' is not an integer");
	assert_string_equal(check(&out, "columns: {a: number}", csv), "");
	assert_string_equal(check(&out, "columns: {a: {type: number}}", csv), "8 a missing ''\n");
	assert_string_equal(out->first.text, "t.csv:8: column 'a': the value is missing");
	assert_string_equal(check(&out, "columns: {a: {type: number}}", "a\n?\n"), "2 a missing '?'\n");
	assert_string_equal(out->first.text, "t.csv:2: column 'a': the value is missing ('?')");
}

static void test_texts(void **state)
{
	(void)state;
	struct ns_check *out;
	const char *csv = "a,b\nx,1\nxx,2\n x,3\n\"\",4\nNA,5\nx,6\n";
	assert_string_equal(check(&out, "columns: {a: {type: text, values: [x, NA]}, b: text}", csv), "3 a values 'xx'\n4 a values ' x'\n5 a missing ''\n");
	assert_string_equal(out->first.text, "t.csv:3: column 'a': 'xx' is none of the values allowed");
	assert_string_equal(check(&out, "columns: {a: {type: text, missing: true, pattern: '^x+$'}, b: text}", csv), "4 a pattern ' x'\n6 a pattern 'NA'\n");
	assert_string_equal(out->first.text, "t.csv:4: column 'a': ' x' does not match '^x+$'");
	assert_string_equal(check(&out, "columns: {a: {type: text, unique: true, missing: true}, b: text}", csv), "7 a unique 'x'\n");
	assert_string_equal(out->first.text, "t.csv:7: column 'a': 'x' came before");
	/* The pattern sees the value alone, not what stands behind it in memory. */
	assert_string_equal(check(&out, "columns: {a: {type: text, pattern: '^[a-z]$'}, b: text}", "a,b\nq,r\nq,\n"), "");
}

/* The type is the first 10,000 rows', where there is anything to check; else nobody looks. */
static void test_open_types(void **state)
{
	(void)state;
	struct ns_check *out;
	assert_string_equal(check(&out, "columns: {a: bool, b: {values: [1, x]}}", "a,b\n1,1\ntrue,1.0\n,x\n"), "3 b values '1.0'\n");
	assert_int_equal(out->columns[0].type, NS_UNDECIDED);
	assert_int_equal(out->columns[1].type, NS_TEXT);
	assert_string_equal(check(&out, "columns: {b: {values: [1, 2]}}", "b\n1\n1.0\n3\n"), "4 b values '3'\n");
	assert_int_equal(out->columns[0].type, NS_NUMBER);
}

/* Malformed rows stand between the others where they stood, over many batches and looked-ahead rows. */
static void test_order(void **state)
{
	(void)state;
	enum { ROWS = 30000 };
	struct ns_check *out;
	struct ns_buffer csv = NS_BUFFER_INIT(1 << 22), want = NS_BUFFER_INIT(1 << 22);
	ns_buffer_printf(&csv, "a,b\n");
	for (int i = 2; i < ROWS; i++) {
		bool malformed = i % 7 == 0 || i < 5, bad = i % 5 == 0;
		ns_buffer_printf(&csv, malformed ? "%d\n" : bad ? "%d,9\n" : "%d,1\n", i);
		if (malformed)
			ns_buffer_printf(&want, "%d - columns '%d'\n", i, i);
		else if (bad)
			ns_buffer_printf(&want, "%d b values '9'\n", i);
	}
	ns_buffer_append(&csv, "", 1);
	ns_buffer_append(&want, "", 1);
	assert_string_equal(check(&out, "columns: {a: number, b: {type: integer, values: [1]}}", csv.data), want.data);
	assert_string_equal(check(&out, "columns: {a: number, b: {values: [1]}}", csv.data), want.data);
	assert_int_equal(out->rows, ROWS - 2);
	assert_int_equal(out->totals[NS_RULE_COLUMNS] + out->totals[NS_RULE_VALUES], out->violations);
	assert_int_equal(out->malformed.examples[4].line, 14);
	assert_string_equal(out->first.text, "t.csv:2: 1 field where the header has 2: '2'");
	ns_buffer_release(&csv);
	ns_buffer_release(&want);
}

static void test_again(void **state)
{
	(void)state;
	struct ns_check *out;
	struct ns_table *batch;
	bool *bad;
	check(&out, "columns: {a: {type: integer, unique: true}}", "a\n1\n2\n1\nx\n3,3\n");
	assert_int_equal(out->bad_rows, 3);
	assert_int_equal(ns_check_again(out, NULL, &err), NS_OK);
	assert_int_equal(out->rows + out->bad_rows + out->violations + out->malformed.count, 0);
	assert_int_equal(ns_reader_next(&batch, out->reader, &err), NS_OK);
	assert_int_equal(ns_check_batch(&bad, out, batch, &err), NS_OK);
	const bool want[] = {false, false, true, true};
	assert_memory_equal(bad, want, sizeof want);
	assert_int_equal(out->bad_rows, 3);
	assert_int_equal(out->malformed.count, 1);
}

static void test_examples(void **state)
{
	(void)state;
	struct ns_check *out;
	char csv[1024] = "a\nx"; /* so that byte 200 is the second half of a character */
	for (size_t size = 3; size < 603; size += 2)
		memcpy(csv + size, "\xc3\xa4", 3);
	check(&out, "columns: {a: {type: number}}", csv);
	const struct ns_tally *tally = &out->columns[0].tallies[NS_RULE_TYPE];
	assert_int_equal(tally->count, 1);
	assert_int_equal(strlen(tally->examples[0].value), NS_EXAMPLE_SIZE - 1 + 3);
	assert_string_equal(tally->examples[0].value + NS_EXAMPLE_SIZE - 3, "\xc3\xa4...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seen), cmocka_unit_test(test_allowed_numbers), cmocka_unit_test(test_ranges_and_integers),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_open_types), cmocka_unit_test(test_order), cmocka_unit_test(test_again),
		cmocka_unit_test(test_examples),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
