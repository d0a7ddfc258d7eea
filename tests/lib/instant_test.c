#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/instant.h"
#include "base/random.h"

static void assert_prints(const char *expected, int64_t value, enum ns_time_unit unit, bool utc)
{
	char text[NS_INSTANT_MAX];
	size_t size = ns_instant_print(text, value, unit, utc);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(text, expected, size);
}

/* The texts are numpy's (datetime64) where its years have four digits. */
static void instants_as_text(void **state)
{
	(void)state;
	assert_prints("1970-01-01T00:00:00Z", 0, NS_MILLISECONDS, true);
	assert_prints("1970-01-01T00:00:00", 0, NS_NANOSECONDS, false);
	assert_prints("1969-12-31T23:59:59.999Z", -1, NS_MILLISECONDS, true);
	assert_prints("2024-02-29T12:34:56Z", 1709210096, NS_SECONDS, true);
	assert_prints("2024-02-29T12:34:56.007Z", 1709210096007, NS_MILLISECONDS, true);
	assert_prints("2024-02-29T12:34:56.000007", 1709210096000007, NS_MICROSECONDS, false);
	assert_prints("2024-02-29T12:34:56.100000000", 1709210096100000000, NS_NANOSECONDS, false);
	assert_prints("0000-01-01T00:00:00Z", -62167219200000, NS_MILLISECONDS, true);
	assert_prints("-0001-12-31T23:59:59.999Z", -62167219200001, NS_MILLISECONDS, true);
	assert_prints("9999-12-31T23:59:59.999Z", 253402300799999, NS_MILLISECONDS, true);
	assert_prints("+10000-01-01T00:00:00Z", 253402300800000, NS_MILLISECONDS, true);
	assert_prints("+292278994-08-17T07:12:55.807Z", INT64_MAX, NS_MILLISECONDS, true);
	assert_prints("-292275055-05-16T16:47:04.192Z", INT64_MIN, NS_MILLISECONDS, true);
}

static void extremes_of_every_unit_fit(void **state)
{
	(void)state;
	char text[NS_INSTANT_MAX];
	for (int unit = NS_SECONDS; unit <= NS_NANOSECONDS; unit++) {
		assert_in_range(ns_instant_print(text, INT64_MIN, (enum ns_time_unit)unit, true), 20, NS_INSTANT_MAX);
		assert_in_range(ns_instant_print(text, INT64_MAX, (enum ns_time_unit)unit, true), 20, NS_INSTANT_MAX);
	}
}

static int64_t parse(const char *text, enum ns_instant_read expected)
{
	int64_t value = -7;
	size_t size = strlen(text);
	assert_int_equal(ns_instant_parse(&value, text, size), expected);
	if (expected == NS_INSTANT_NONE)
		assert_int_equal(value, -7);
	return value;
}

static void texts_as_instants(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t value;
	} cases[] = {
		{"1970-01-01", 0},
		{"2024-01-31", 1706659200000},
		{"2024-01-31T12:34", 1706704440000},
		{"2024-01-31T12:34:56", 1706704496000},
		{"2024-01-31 12:34:56", 1706704496000},
		{"2024-01-31t12:34:56z", 1706704496000},
		{"2024-01-31T12:34:56.5", 1706704496500},
		{"2024-01-31T12:34:56,05Z", 1706704496050},
		{"2024-01-31T12:34:56.789000000Z", 1706704496789},
		{"2024-01-31T12:34:56+02:00", 1706697296000},
		{"2024-01-31T12:34:56.789-0530", 1706724296789},
		{"2024-01-31T12:34:56-00", 1706704496000},
		{"2024-01-31T12:34Z", 1706704440000},
		{"1969-12-31T23:59:59.999Z", -1},
		{"1970-01-01T00:30:00+01:00", -1800000},
		{"2000-02-29", 951782400000},
		{"0000-01-01", -62167219200000},
		{"-0001-12-31T23:59:59.999Z", -62167219200001},
		{"+10000-01-01", 253402300800000},
		{"+002024-01-31", 1706659200000},
		{"+292278994-08-17T07:12:55.807Z", INT64_MAX},
		{"-292275055-05-16T16:47:04.192Z", INT64_MIN},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(parse(cases[i].text, NS_INSTANT_EXACT), cases[i].value);
	assert_int_equal(parse("2024-01-31T12:34:56.123456", NS_INSTANT_CUT), 1706704496123);
	assert_int_equal(parse("1969-12-31T23:59:59.9999", NS_INSTANT_CUT), -1);
}

static void what_is_no_instant(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "2024", "2024-01", "2024-1-31", "24-01-31", "2024-00-10", "2024-13-01", "2024-01-00", "2024-02-30",
		"2023-02-29", "1900-02-29", "2024-04-31", "2024-01-31T", "2024-01-31T12", "2024-01-31T24:00:00", "2024-01-31T12:60", "2024-01-31T12:34:60",
		"2024-01-31T12:34:", "2024-01-31T12:34:56.", "2024-01-31T12:34:56.Z", "2024-01-31T12:34:56+", "2024-01-31T12:34:56+2", "2024-01-31T12:34:56+24:00",
		"2024-01-31T12:34:56+02:60", "2024-01-31T12:34:56+02:", "2024-01-31T12:34:56ZZ", "2024-01-31Z", "2024-01-31 ", " 2024-01-31", "2024-01-31x", "20240131",
		"12024-01-31", "+999-01-01", "+1234567890-01-01", "+292278994-08-17T07:12:55.808Z", "-292275055-05-16T16:47:04.191Z", "+999999999-12-31",
		"-999999999-01-01", "2024/01/31", "yesterday"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		parse(texts[i], NS_INSTANT_NONE);
	int64_t value;
	assert_int_equal(ns_instant_parse(&value, "2024-01-31\0", 11), NS_INSTANT_NONE);
}

static void what_is_printed_reads_back(void **state)
{
	(void)state;
	struct ns_random random;
	ns_random_init(&random, 42, "instants", 0, 0);
	for (int i = 0; i < 200000; i++) {
		char text[NS_INSTANT_MAX];
		int shift = (int)ns_random_below(&random, 64);
		int64_t value = (int64_t)ns_random_next(&random) >> shift, read;
		size_t size = ns_instant_print(text, value, NS_MILLISECONDS, i & 1);
		assert_int_equal(ns_instant_parse(&read, text, size), NS_INSTANT_EXACT);
		assert_int_equal(read, value);
	}
}

static void every_day_follows_the_one_before(void **state)
{
	(void)state;
	for (int64_t day = -1000000; day < 4000000; day += 37) {
		char text[NS_INSTANT_MAX];
		int64_t read;
		assert_int_equal(ns_instant_parse(&read, text, ns_date_print(text, day)), NS_INSTANT_EXACT);
		assert_int_equal(read, day * 86400000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instants_as_text),
		cmocka_unit_test(extremes_of_every_unit_fit),
		cmocka_unit_test(texts_as_instants),
		cmocka_unit_test(what_is_no_instant),
		cmocka_unit_test(what_is_printed_reads_back),
		cmocka_unit_test(every_day_follows_the_one_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
