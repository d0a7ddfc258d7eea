#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "stat/timecut.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_reader *open_csv(const char *csv)
{
	struct ns_table_options *options = NS_NEW(&arena, struct ns_table_options);
	struct ns_reader *reader;
	options->delimiter = ',';
	assert_int_equal(ns_reader_open_memory(&reader, csv, strlen(csv), "log.csv", options, &arena, &err), NS_OK);
	return reader;
}

/* '1' for each row that is later than the cut, in the rows' order. */
static void assert_later(const char *expected, const char *csv, double share)
{
	struct ns_reader *reader = open_csv(csv);
	struct ns_timecut cut;
	struct ns_table *batch;
	char later[64] = "";
	size_t count = 0;
	assert_int_equal(ns_timecut_find(&cut, reader, "t", share, &arena, &err), NS_OK);
	do {
		assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
		for (size_t row = 0; row < batch->rows; row++)
			later[count++] = ns_timecut_is_later(&cut, batch, row) ? '1' : '0';
	} while (batch->rows);
	assert_string_equal(later, expected);
}

static void test_numbers(void **state)
{
	(void)state;
	const char *csv = "x,t\na,5\nb,-1\nc,1e3\nd,7\n";
	assert_later("0000", csv, 0);
	assert_later("0000", csv, 0.12); /* half a row: rounded */
	assert_later("0010", csv, 0.125);
	assert_later("0010", csv, 0.25);
	assert_later("0011", csv, 0.5);
	assert_later("1111", csv, 1);
}

static void test_rows_at_the_cut_stay_earlier(void **state)
{
	(void)state;
	assert_later("0000", "t\n2\n2\n1\n2\n", 0.5);
	assert_later("0001", "t\n2\n2\n1\n3\n", 0.5);
}

static void test_text(void **state)
{
	(void)state;
	const char *csv = "t\n2024-02-01\n2024-02-01T10:00\n2023-12-31\n2024-02-01T09:59:59\n";
	assert_later("0100", csv, 0.25);
	assert_later("0101", csv, 0.5);
	assert_later("1101", csv, 0.75);
	assert_later("1111", csv, 1);
}

static void test_no_rows(void **state)
{
	(void)state;
	assert_later("", "t\n", 0.5);
}

static void assert_refused(const char *message, const char *csv, const char *name)
{
	struct ns_timecut cut;
	assert_int_equal(ns_timecut_find(&cut, open_csv(csv), name, 0.5, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	assert_refused("log.csv:3: column 't': the time is missing (leave such rows out)", "t,x\n1,a\n,b\n", "t");
	assert_refused("log.csv:4: column 't': the time is missing (leave such rows out)", "t,x\n2024-01-01,a\n2024-01-02,b\n,c\n", "t");
	assert_refused("log.csv: no column 'tine' (did you mean 'time'?)", "time\n1\n", "tine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_numbers, release),
		cmocka_unit_test_teardown(test_rows_at_the_cut_stay_earlier, release),
		cmocka_unit_test_teardown(test_text, release),
		cmocka_unit_test_teardown(test_no_rows, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
