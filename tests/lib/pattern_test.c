#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "table/pattern.h"

static void useful_patterns_are_taken(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *yes, *no;
	} cases[] = {
		{"^[0-9]{1,3}(\\.[0-9]{1,3}){3}$", "10.0.0.255", "10.0.0"},
		{"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$", "123e4567-e89b-12d3-a456-426614174000", "123e4567"},
		{"^([0-9A-F]{2}:){5}[0-9A-F]{2}$", "00:1B:44:11:3A:B7", "00:1B:44:11:3A"},
		{"^(tcp|udp)+$", "tcpudp", "icmp"},
		{"^[^]{[:digit:]]*$", "abc", "a{1}"},
		{"^[a\\]+$", "a\\", "b"},
		{"^a\\{2\\)$", "a{2)", "aa"},
		{"^(a?b|c*d|[e]+)*(f|)$", "abcdef", "a"},
		{"^(a|b?){2}$", "a", "ab1"},
		{"^([^,]+(,|$))+", "a,b", ","},
		{"", "anything", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		regex_t regex;
		char reason[128];
		assert_null(ns_pattern_compile(&regex, cases[i].pattern, reason, sizeof reason));
		assert_int_equal(regexec(&regex, cases[i].yes, 0, NULL, 0), 0);
		if (cases[i].no)
			assert_int_equal(regexec(&regex, cases[i].no, 0, NULL, 0), REG_NOMATCH);
		regfree(&regex);
	}
}

static void dangerous_patterns_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *problem;
	} cases[] = {
		{"(a*)*", "a part that may be empty is repeated without end, as in (a*)*"},
		{"((|||||||||||||||||||||||a{9}){9}|b)*", "a part that may be empty is repeated without end, as in (a*)*"},
		{"x(^|\\b)+", "a part that may be empty is repeated without end, as in (a*)*"},
		{"(a{0,3}b?){2,}", "a part that may be empty is repeated without end, as in (a*)*"},
		{"((a|(b|c*)))*", "a part that may be empty is repeated without end, as in (a*)*"},
		{"(a)\\1", "back-references such as \\1 are not allowed"},
		{"((a{100}){100}){100}", "repetitions make it too long"},
		{"a{100}{100}{100}", "repetitions make it too long"},
		{"(a{200})*{200}", "repetitions make it too long"},
		{"x{,30000}", "repetitions make it too long"},
		{"x{99999999999999999999999}", "repetitions make it too long"},
		{"x++++++++++++++++++++++++++++++++", "repetitions make it too long"},
		{"(a", "Unmatched ( or \\("},
		{"a{2,1}", "Invalid content of \\{\\}"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		regex_t regex;
		char reason[128];
		const char *problem = ns_pattern_compile(&regex, cases[i].pattern, reason, sizeof reason);
		assert_non_null(problem);
		assert_string_equal(problem, cases[i].problem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(useful_patterns_are_taken),
		cmocka_unit_test(dangerous_patterns_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
