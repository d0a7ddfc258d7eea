#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "child.h"
#include "table/regex.h"

static struct ns_arena arena;
static struct ns_err err;

static int set_up(void **state)
{
	(void)state;
	arena = NS_ARENA_INIT;
	err.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* Interpreted: the pattern itself says so. */
static struct ns_regex *compiled(const char *pattern, bool interpreted)
{
	struct ns_regex *regex;
	size_t wrong;
	const char *text = ns_format(&arena, "%s%s", interpreted ? "(*NO_JIT)" : "", pattern);
	if (ns_regex_compile(&regex, &wrong, (struct ns_span){text, strlen(text)}, &arena, &err) != NS_OK)
		fail_msg("%s: %s", pattern, err.text);
	return regex;
}

static void matches_are_perls_interpreted_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool found;
	} cases[] = {
		{"", "", true},
		{"b", "abc", true},
		{"^b", "abc", false},
		{"^https?://\\d{1,3}(\\.\\d{1,3}){3}/", "http://10.0.0.1/x", true},
		{"^https?://\\d{1,3}(\\.\\d{1,3}){3}/", "http://a.0.0.1/x", false},
		{"(?i)PAYPAL", "www.paypal.com", true},
		{"(?i)\xc3\x84", "\xc3\xa4", true},
		{"^..$", "\xc3\xa4\xe6\x97\xa5", true},
		{"^\\w+$", "\xc3\xa4", false}, /* \w is ASCII */
		{"^\\p{L}+$", "\xc3\xa4", true},
		{"(\\w)\\1", "abccd", true},
		{"(?<=user=)a(?!b)", "user=ac", true},
		{"^a$", "a\n", true},
		{"^a\\z", "a\n", false},
		{"(?m)^b$", "a\nb\r\n", false}, /* lines end in LF alone */
		{"a.b", "a\rb", true},
		{"a.b", "a\nb", false},
		{"^\\R$", "\r\n", true},
		{"^(\\((?:[^()]|(?1))*\\))$", "(a(b)c)", true},
		{"[\\x{4e00}-\\x{9fff}]", "\xe6\x97\xa5", true},
		{"a", "\xff\xfe\x61", true}, /* what is no UTF-8 matches nothing, the rest does */
		{"\\xff", "\xff", false},
		{"^..$", "a\xff", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int interpreted = 0; interpreted < 2; interpreted++) {
			bool found = !cases[i].found;
			size_t size = strlen(cases[i].text);
			assert_null(ns_regex_match(&found, compiled(cases[i].pattern, interpreted), (struct ns_span){cases[i].text, size}));
			if (found != cases[i].found)
				fail_msg("%s %s '%s'", cases[i].pattern, found ? "matches" : "does not match", cases[i].text);
		}
}

static void zero_bytes_are_characters(void **state)
{
	(void)state;
	bool found = false;
	assert_null(ns_regex_match(&found, compiled("^a.b$", false), (struct ns_span){"a\0b", 3}));
	assert_true(found);
}

static void no_text_holds_it_up(void **state)
{
	(void)state;
	static const char *const patterns[] = {"^(a+)+$", "^(a|aa)+$", "^(a?){60}a{60}$", "(.*)(.*)(.*)(.*)(.*)\\5[0-9]", "^(?:(?=(a+))a*b?)*$!", "^((a*)*)*x"};
	enum { SIZE = 60000 };
	char *text = ns_alloc(&arena, SIZE);
	memset(text, 'a', SIZE);
	text[SIZE - 1] = '!';
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		for (int interpreted = 0; interpreted < 2; interpreted++) {
			struct ns_regex *regex = compiled(patterns[i], interpreted);
			bool found = true;
			const char *problem = ns_regex_match(&found, regex, (struct ns_span){text, SIZE});
			assert_false(found);
			if (problem)
				assert_string_equal(problem, "the pattern would try too many ways to match this text (slice(...) shortens it; a repetition within a repetition takes most)");
			assert_null(ns_regex_match(&found, regex, (struct ns_span){"b", 1})); /* it goes on with the next */
		}
}

/* Recursion without end, and nesting that takes memory. */
static void deep_recursion_ends(void **state)
{
	(void)state;
	enum { SIZE = 60000 };
	char *text = ns_alloc(&arena, SIZE);
	memset(text, '(', SIZE);
	memcpy(text + SIZE - 2, "b)", 2);
	static const char *const patterns[] = {"^(\\((?:[^()]|(?1))*\\))$", "^(\\((?1)?b)*$"};
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
		for (int interpreted = 0; interpreted < 2; interpreted++) {
			bool found;
			const char *problem = ns_regex_match(&found, compiled(patterns[i], interpreted), (struct ns_span){text, SIZE});
			assert_false(found);
			assert_string_equal(problem ? problem : "", "the pattern would try too many ways to match this text (slice(...) shortens it; a repetition within a repetition takes most)");
		}
}

static void long_texts_are_refused(void **state)
{
	(void)state;
	char *text = ns_alloc(&arena, NS_REGEX_TEXT + 1);
	memset(text, 'a', NS_REGEX_TEXT + 1);
	bool found = false;
	struct ns_regex *regex = compiled("^a*a$", false);
	assert_null(ns_regex_match(&found, regex, (struct ns_span){text, NS_REGEX_TEXT}));
	assert_true(found);
	assert_string_equal(ns_regex_match(&found, regex, (struct ns_span){text, NS_REGEX_TEXT + 1}),
		"the text is too long for a pattern, over 65536 bytes: slice(..., 1, 10000) is its beginning");
}

static void what_is_no_pattern_is_said(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		size_t wrong;
		const char *message;
	} cases[] = {
		{"a(b", 3, "this is no pattern: missing closing parenthesis"},
		{"ab)", 2, "this is no pattern: unmatched closing parenthesis"},
		{"[b-a]", SIZE_MAX, "this is no pattern: range out of order in character class"},
		{"+", 0, "this is no pattern: quantifier does not follow a repeatable item"},
		{"a\\C", 3, "this is no pattern: using \\C is disabled by the application"},
		{"\xff", 0, "this is no pattern: UTF-8 error: illegal byte (0xfe or 0xff)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_regex *regex;
		size_t wrong;
		assert_int_equal(ns_regex_compile(&regex, &wrong, (struct ns_span){cases[i].pattern, strlen(cases[i].pattern)}, &arena, &err), NS_ECALL);
		assert_string_equal(err.text, cases[i].message);
		if (cases[i].wrong != SIZE_MAX) /* versions differ */
			assert_int_equal(wrong, cases[i].wrong);
	}
}

/* In a folder where the library is an empty file. The program begins anew, because the path is looked at when it is loaded. */
static int begin_without(void *folder)
{
	if (setenv("LD_LIBRARY_PATH", folder, 1) == 0)
		execl("/proc/self/exe", "regex_test", "without", (char *)NULL);
	return 98;
}

static int compile_without(void)
{
	struct ns_regex *regex;
	size_t wrong;
	int status = ns_regex_compile(&regex, &wrong, (struct ns_span){"a", 1}, &arena, &err);
	ns_arena_release(&arena);
	puts(err.text);
	return status;
}

static void without_the_library_its_package_is_named(void **state)
{
	(void)state;
	struct child child;
	char folder[] = "/tmp/regex_test.XXXXXX";
	assert_non_null(mkdtemp(folder));
	const char *file = ns_format(&arena, "%s/libpcre2-8.so.0", folder);
	fclose(fopen(file, "w"));
	run_child(&child, begin_without, folder);
	unlink(file);
	rmdir(folder);
	assert_int_equal(child.status, NS_ECALL);
	assert_string_equal(child.out, ns_format(&arena, "a regular expression needs libpcre2 (Debian's package libpcre2-8-0): %s: file too short\n", file));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return compile_without();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(matches_are_perls_interpreted_or_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(zero_bytes_are_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_text_holds_it_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(deep_recursion_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_texts_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_pattern_is_said, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_the_library_its_package_is_named, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
