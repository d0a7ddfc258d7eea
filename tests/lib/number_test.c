#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static uint64_t bits_of(double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static double from_bits(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* splitmix64 */
static uint64_t random_bits(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Parses and compares, bit by bit, with the C library. */
static void expect_as_strtod(const char *text)
{
	double value = NAN, truth = strtod(text, NULL);
	if (!ns_number_parse(&value, text, strlen(text)) || bits_of(value) != bits_of(truth))
		fail_msg("'%s' gives %.17g, strtod %.17g", text, value, truth);
}

static void expect_print(double value, const char *expected)
{
	char text[NS_NUMBER_MAX + 1];
	size_t size = ns_number_print(text, value);
	assert_in_range(size, 0, NS_NUMBER_MAX);
	text[size] = '\0';
	assert_string_equal(text, expected);
}

static void parse_takes_every_form(void **state)
{
	(void)state;
	static const char *const texts[] = {"0", "-0", "+0", "1", "-1", "+1", "12", "-123", "007", "5.", ".5", "-.5", "+.5e1", "0.1", "1e5",
		"1E5", "1e+5", "1e-5", "1.e3", "3e-7", "-0.5", "0e999999999999999999999", "1e999999999999999999999",
		"-1e999999999999999999999", "1e-999999999999999999999", "000000000000000000000000000001", "0.0000000000000000000000000000001",
		"123456789012345", "1234567890123456", "9223372036854775807", "9223372036854775808", "18446744073709551615",
		"18446744073709551616", "99999999999999999999", "inf", "-inf", "+inf", "INF", "Infinity", "-iNfInItY"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		expect_as_strtod(texts[i]);
}

static void parse_refuses_the_rest(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "+", "-", ".", "-.", "+-1", "--1", "1 ", " 1", "1\n", "0x10", "nan", "NaN", "-nan", "e5", ".e5",
		"1e", "1e+", "1e-", "1e5.", "1e5x", "1..2", "1.2.3", "1,5", "1_000", "in", "infi", "infinit", "infinityy", "1inf", "abc", "1f", "\xd9\xa1"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		double value = 42;
		if (ns_number_parse(&value, texts[i], strlen(texts[i])) || value != 42)
			fail_msg("'%s' was taken as %.17g", texts[i], value);
	}
	double value = 42;
	assert_false(ns_number_parse(&value, "1\0", 2));
	assert_false(ns_number_parse(&value, NULL, 0));
}

static void parse_stops_at_size(void **state)
{
	(void)state;
	double value;
	assert_true(ns_number_parse(&value, "123456", 3));
	assert_true(value == 123);
	assert_true(ns_number_parse(&value, "1.5e12", 3));
	assert_true(value == 1.5);
	assert_true(ns_number_parse(&value, "1.5e12", 5));
	assert_true(value == 15);
	assert_false(ns_number_parse(&value, "1.5e12", 4));
}

static void parse_rounds_hard_cases(void **state)
{
	(void)state;
	static const char *const texts[] = {"9007199254740991", "9007199254740992", "9007199254740993", "9007199254740994",
		"9007199254740995", "9007199254740993.00000000000000000000000000000000000000001", "-9007199254740993", "1e22", "1e23", "8e22", "9e22",
		"5e-324", "4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.470328229206232720882843964341e-324",
		"2.4703282292062327208828439643411068618252990130716238221279284125033775363510437593264991818081799618989828234772285886546332"
		"835517796989819938739800539093906315035659515570226392290858392449105184435931802849936536152500319370457678249219365623669863"
		"658480757001585769269903706311928279558551332927834338409351978015531246597263579574622766465272827220056374006485499977096599"
		"470454020828166226237857393450736339007967761930577506740176324673600968951340535537458516661134223766678604816219568011985"
		"8e-324",
		"2.2250738585072014e-308", "2.2250738585072011e-308", "2.2250738585072012e-308", "2.2250738585072009e-308", "4.4501477170144023e-308",
		"1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308", "1.797693134862315807e308",
		"17976931348623157081452742373170435679807056752584499659891747680315726078002853876058955863276687817154045895351438246423432132"
		"68894641827684675467035375169860499105765512820762454900903893289440758685084551339423045832369032229481658085593321233477479"
		"26204144723168738177180919299881250404026184124858368",
		"0.3333333333333333333333333333333333333", "0.1000000000000000055511151231257827021181583404541015625",
		"0.10000000000000000555111512312578270211815834045410156250000000000000000000000000000000000000000000000000000000000000000001",
		"6.631236846766476e-316", "3.2378839133029012895883524125015321748630094e-319", "1.00000000000000011102230246251565404236316680908203125",
		"1.00000000000000011102230246251565404236316680908203124", "1.00000000000000011102230246251565404236316680908203126",
		"1.00000000000000033306690738754696212708950042724609375", "7.2057594037927933e16", "7205759403792793200001e-5", "1448997445238699",
		"10000000000000000000000000000000000000000e-40", "4503599627370496.5", "4503599627370497.5", "4503599627475352.5",
		"8.988465674311580536566680721305029496e307", "2.2250738585072013830902327173324040642192159804623318306e-308", "1e-343", "1e-342", "12345e-345",
		"1e308", "1e309", "179769313486231580793e289", "3.4028234664e38", "860228122.6654514319E+90", "2.65e-320", "1090544144181609348835077142190"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		expect_as_strtod(texts[i]);
}

/* Digits far beyond those that fit into any machine word: only the last one decides. */
static void parse_reads_very_long_decimals(void **state)
{
	(void)state;
	enum { LONG = 5000 };
	char text[LONG + 32];
	static const char half[] = "9007199254740993.";
	memcpy(text, half, sizeof half - 1);
	memset(text + sizeof half - 1, '0', LONG);
	strcpy(text + LONG, "1");
	double value;
	assert_true(ns_number_parse(&value, text, strlen(text)));
	assert_true(value == 9007199254740994);
	text[LONG] = '0';
	assert_true(ns_number_parse(&value, text, strlen(text)));
	assert_true(value == 9007199254740992);
	memset(text, '0', LONG);
	text[1] = '.';
	strcpy(text + LONG, "15e4999");
	assert_true(ns_number_parse(&value, text, strlen(text)));
	assert_true(value == 1.5);
	memset(text, '7', LONG);
	strcpy(text + LONG, "e-4999");
	expect_as_strtod(text);
	memset(text, '0', LONG);
	text[LONG] = '\0';
	assert_true(ns_number_parse(&value, text, LONG));
	assert_true(value == 0);
}

/* The middles between neighbours, exactly, in up to 767 digits: to even. */
static void parse_rounds_exact_middles(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (int i = 0; i < 3000; i++) {
		double below = from_bits(random_bits(&seed) & ~(UINT64_C(1) << 63));
		if (!isfinite(below) || below > 1e300)
			continue;
		long double middle = ((long double)below + (long double)nextafter(below, INFINITY)) / 2;
		char text[1200];
		snprintf(text, sizeof text, "%.*Le", 800, middle);
		expect_as_strtod(text);
		snprintf(text, sizeof text, "%.*Le", 18, middle);
		expect_as_strtod(text);
		snprintf(text, sizeof text, "%.*Le", 20, middle);
		expect_as_strtod(text);
	}
}

static void random_bits_make_the_round_trip(void **state)
{
	(void)state;
	uint64_t seed = 1;
	for (int i = 0; i < 1000000; i++) {
		double value = from_bits(random_bits(&seed)), again = NAN;
		if (!isfinite(value))
			continue;
		char text[64];
		int length = snprintf(text, sizeof text, "%.17g", value);
		if (!ns_number_parse(&again, text, (size_t)length) || bits_of(again) != bits_of(value))
			fail_msg("%s is read as %.17g", text, again);
		size_t size = ns_number_print(text, value);
		assert_in_range(size, 1, NS_NUMBER_MAX);
		text[size] = '\0';
		if (bits_of(strtod(text, NULL)) != bits_of(value) || !ns_number_parse(&again, text, size) || bits_of(again) != bits_of(value))
			fail_msg("%.17g is printed as %s", value, text);
	}
}

static size_t significant_digits(const char *text)
{
	size_t digits = 0, zeros = 0;
	for (; *text && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (digits == 0 && *text == '0'))
			continue;
		digits++;
		zeros = *text == '0' ? zeros + 1 : 0;
	}
	return digits - zeros;
}

/* No decimal with fewer digits reads back, and none with as many is nearer: %.*e is the nearest of its length. */
static void print_is_the_shortest(void **state)
{
	(void)state;
	uint64_t seed = 2;
	for (int i = 0; i < 100000; i++) {
		double value = from_bits(random_bits(&seed) >> (i % 4 == 0 ? 12 : 0));
		if (!isfinite(value) || (fabs(value) < 1e17 && value == trunc(value))) /* whole numbers are printed in full */
			continue;
		char text[64], other[64];
		text[ns_number_print(text, value)] = '\0';
		int digits = (int)significant_digits(text);
		if (digits > 1) {
			snprintf(other, sizeof other, "%.*e", digits - 2, value);
			if (strtod(other, NULL) == value)
				fail_msg("%s is shorter than %s", other, text);
		}
		snprintf(other, sizeof other, "%.*e", digits - 1, value);
		long double nearest = strtold(other, NULL), ours = strtold(text, NULL);
		if (strtod(other, NULL) == value && fabsl(nearest - (long double)value) < fabsl(ours - (long double)value))
			fail_msg("%s is nearer than %s", other, text);
	}
}

static void print_looks_as_promised(void **state)
{
	(void)state;
	expect_print(0, "0");
	expect_print(-0.0, "-0");
	expect_print(1, "1");
	expect_print(-1, "-1");
	expect_print(100, "100");
	expect_print(9007199254740991, "9007199254740991");
	expect_print(9007199254740992, "9007199254740992");
	expect_print(9007199254740994, "9007199254740994");
	expect_print(1e16, "10000000000000000");
	expect_print(99999999999999984.0, "99999999999999984");
	expect_print(1e17, "1e+17");
	expect_print(-1.5e17, "-1.5e+17");
	expect_print(0.1, "0.1");
	expect_print(-0.5, "-0.5");
	expect_print(3.141592653589793, "3.141592653589793");
	expect_print(123456.789, "123456.789");
	expect_print(0.0001, "0.0001");
	expect_print(0.00012345, "0.00012345");
	expect_print(0.00001, "1e-05");
	expect_print(1e-7, "1e-07");
	expect_print(1.5e300, "1.5e+300");
	expect_print(1e23, "1e+23");
	expect_print(9.5367431640625e-7, "9.5367431640625e-07");
	expect_print(5e-324, "5e-324");
	expect_print(2.2250738585072014e-308, "2.2250738585072014e-308");
	expect_print(-1.7976931348623157e308, "-1.7976931348623157e+308");
	expect_print(0.3333333333333333, "0.3333333333333333");
	expect_print(2251799813685248.5, "2251799813685248.5");
	expect_print(INFINITY, "inf");
	expect_print(-INFINITY, "-inf");
	expect_print(NAN, "");
}

/* Powers of two: the neighbour below is nearer than the one above. */
static void print_handles_powers_of_two(void **state)
{
	(void)state;
	for (int e = -1074; e <= 1023; e++) {
		char text[64];
		double value = ldexp(1, e);
		text[ns_number_print(text, value)] = '\0';
		if (strtod(text, NULL) != value)
			fail_msg("2^%d is printed as %s", e, text);
	}
}

static void integers_are_read_to_the_last(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {{"0", true, 0}, {"-1", true, -1}, {"+7", true, 7}, {"007", true, 7}, {"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN}, {"9223372036854775808", false, 0}, {"-9223372036854775809", false, 0},
		{"99999999999999999999", false, 0}, {"", false, 0}, {"-", false, 0}, {"+", false, 0}, {"1.0", false, 0}, {"1e3", false, 0}, {" 1", false, 0}, {"1 ", false, 0}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t value = 42;
		assert_int_equal(ns_integer_parse(&value, cases[i].text, strlen(cases[i].text)), cases[i].good);
		assert_int_equal(value, cases[i].good ? cases[i].value : 42);
	}
}

static void codes_are_told_from_numbers(void **state)
{
	(void)state;
	static const char *const codes[] = {"007", "00", "-01", "+01", "9007199254740993", "-9007199254740993", "123456789012345678901234567890"};
	static const char *const numbers[] = {"0", "-0", "7", "70", "9007199254740992", "-9007199254740992", "0.5", "00.5", "1e3", "", "-", "0x1", "12345678901234567890.0"};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (!ns_number_is_code(codes[i], strlen(codes[i])))
			fail_msg("'%s' is a code", codes[i]);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (ns_number_is_code(numbers[i], strlen(numbers[i])))
			fail_msg("'%s' is no code", numbers[i]);
}

static void whole_numbers_are_printed_in_full(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 7, -7, 10, 99, 100, -100, 12345, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
	char text[NS_NUMBER_MAX], expected[NS_NUMBER_MAX];
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		size_t size = (size_t)snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
		assert_int_equal(ns_integer_print(text, values[i]), size);
		assert_memory_equal(text, expected, size);
	}
	assert_int_equal(ns_unsigned_print(text, UINT64_MAX), 20);
	assert_memory_equal(text, "18446744073709551615", 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_takes_every_form),
		cmocka_unit_test(parse_refuses_the_rest),
		cmocka_unit_test(parse_stops_at_size),
		cmocka_unit_test(parse_rounds_hard_cases),
		cmocka_unit_test(parse_reads_very_long_decimals),
		cmocka_unit_test(parse_rounds_exact_middles),
		cmocka_unit_test(random_bits_make_the_round_trip),
		cmocka_unit_test(print_is_the_shortest),
		cmocka_unit_test(print_looks_as_promised),
		cmocka_unit_test(print_handles_powers_of_two),
		cmocka_unit_test(integers_are_read_to_the_last),
		cmocka_unit_test(codes_are_told_from_numbers),
		cmocka_unit_test(whole_numbers_are_printed_in_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
