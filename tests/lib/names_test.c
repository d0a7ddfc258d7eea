#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "stage/names.h"

static void a_set_in_order(void **state)
{
	(void)state;
	const char *items[] = {"b", "a", "b", "\xc3\xa9", "B", "a", "b"};
	struct ns_names names;
	ns_names_init(&names, items, sizeof items / sizeof *items);
	assert_int_equal(names.count, 4);
	assert_string_equal(names.items[0], "B");
	assert_string_equal(names.items[3], "\xc3\xa9");
	for (size_t i = 0; i < names.count; i++)
		assert_int_equal(ns_names_find(&names, names.items[i]), i);
	assert_int_equal(ns_names_find(&names, "c"), -1);
	assert_int_equal(ns_names_find(&names, ""), -1);
}

static void an_empty_set(void **state)
{
	(void)state;
	struct ns_names names;
	ns_names_init(&names, NULL, 0);
	assert_int_equal(names.count, 0);
	assert_int_equal(ns_names_find(&names, "a"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_set_in_order), cmocka_unit_test(an_empty_set)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
