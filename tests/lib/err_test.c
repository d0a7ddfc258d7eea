#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/err.h"
#include "child.h"

static struct ns_err err;

static void failing_gives_status_and_text(void **state)
{
	(void)state;
	assert_int_equal(ns_fail(&err, NS_EDATA, "%s:%d: column '%s': '%s' is not a number", "train.csv", 17, "age", "abc"), 1);
	assert_string_equal(err.text, "train.csv:17: column 'age': 'abc' is not a number");
	assert_int_equal(ns_fail(NULL, NS_ECALL, "nobody listens to %d", 1), 2);
	errno = ENOENT;
	assert_int_equal(ns_fail_errno(&err, "%s", "model.ns"), 2);
	assert_string_equal(err.text, "model.ns: No such file or directory");
	errno = ENOENT;
	assert_int_equal(ns_fail_errno(NULL, "%s", "model.ns"), 2);
}

static void text_is_safe_on_a_terminal(void **state)
{
	(void)state;
	static const struct {
		const char *text, *safe;
	} cases[] = {
		{"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f"},
		{"a\nb\tc\x1b[31m\x7f", "a\\x0ab\\x09c\\x1b[31m\\x7f"},
		{"\xc2\x9b" "31m", "\\xc2\\x9b31m"},         /* a control character of two bytes (CSI) */
		{"\xff\xc3", "\\xff\\xc3"},                  /* no UTF-8; a character cut off by the end */
		{"\xc0\xaf", "\\xc0\\xaf"},                  /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},         /* a surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
		{"", ""},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ns_fail(&err, NS_EDATA, "%s", cases[i].text);
		assert_string_equal(err.text, cases[i].safe);
	}
}

static void long_text_is_cut_between_characters(void **state)
{
	(void)state;
	static const char *const units[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\n"};
	static const size_t widths[] = {1, 2, 3, 4};
	char text[9000];
	for (size_t u = 0; u < sizeof units / sizeof *units; u++)
		for (size_t offset = 0; offset < 4; offset++) {
			size_t size = offset, unit = strlen(units[u]);
			memset(text, 'a', offset);
			for (; size + unit < sizeof text; size += unit)
				memcpy(text + size, units[u], unit);
			text[size] = '\0';
			ns_fail(&err, NS_EDATA, "%s", text);
			size_t length = strlen(err.text);
			assert_in_range(length, sizeof err.text - 1 - widths[u] + 1 - (widths[u] > 3 ? 4 : 1), sizeof err.text - 1);
			assert_string_equal(err.text + length - 3, "...");
			assert_int_equal((length - 3 - offset) % widths[u], 0);
		}
}

static int remark(void *quiet)
{
	ns_program = "ns-scale";
	ns_quiet = quiet != NULL;
	ns_note("column '%s' is constant", "a\nb");
	ns_complain("row %d", 7);
	return 0;
}

static void remarks_can_be_silenced_and_errors_not(void **state)
{
	struct child child;
	(void)state;
	run_child(&child, remark, NULL);
	assert_string_equal(child.err, "ns-scale: column 'a\\x0ab' is constant\nns-scale: row 7\n");
	run_child(&child, remark, "quiet");
	assert_string_equal(child.err, "ns-scale: row 7\n");
	assert_string_equal(child.out, "");
}

static int die(void *context)
{
	(void)context;
	ns_program = "ns-fit";
	ns_quiet = true;
	ns_die_of_memory();
}

static void memory_ends_the_process(void **state)
{
	struct child child;
	(void)state;
	run_child(&child, die, NULL);
	assert_string_equal(child.err, "ns-fit: out of memory\n");
	assert_int_equal(child.status, NS_ECALL);
}

static int pass_on(int status)
{
	NS_TRY(status);
	return 7;
}

static void try_passes_on(void **state)
{
	(void)state;
	assert_int_equal(pass_on(NS_EDATA), NS_EDATA);
	assert_int_equal(pass_on(NS_ECALL), NS_ECALL);
	assert_int_equal(pass_on(NS_OK), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_gives_status_and_text),
		cmocka_unit_test(text_is_safe_on_a_terminal),
		cmocka_unit_test(long_text_is_cut_between_characters),
		cmocka_unit_test(remarks_can_be_silenced_and_errors_not),
		cmocka_unit_test(memory_ends_the_process),
		cmocka_unit_test(try_passes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
