#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/json.h"

static void is(struct ns_json *json, const char *text)
{
	assert_false(json->failed);
	assert_int_equal(json->out.size, strlen(text));
	assert_memory_equal(json->out.data, text, json->out.size);
	ns_buffer_release(&json->out);
}

static void nesting(void **state)
{
	(void)state;
	struct ns_json json = NS_JSON_INIT(1000);
	ns_json_object(&json, NULL);
	ns_json_number(&json, "a", 0.1);
	ns_json_array(&json, "b");
	ns_json_integer(&json, NULL, INT64_MIN);
	ns_json_object(&json, NULL);
	ns_json_end(&json);
	ns_json_row(&json, NULL);
	ns_json_integer(&json, NULL, 1);
	ns_json_text(&json, NULL, NULL);
	ns_json_end(&json);
	ns_json_end(&json);
	ns_json_text(&json, "c", NULL);
	ns_json_end(&json);
	is(&json, "{\n  \"a\": 0.1,\n  \"b\": [\n    -9223372036854775808,\n    {},\n    [1, null]\n  ],\n  \"c\": null\n}\n");
}

static void numbers_that_json_has_not(void **state)
{
	(void)state;
	struct ns_json json = NS_JSON_INIT(1000);
	ns_json_array(&json, NULL);
	ns_json_number(&json, NULL, NAN);
	ns_json_number(&json, NULL, -INFINITY);
	ns_json_number(&json, NULL, 1e300);
	ns_json_number(&json, NULL, -0.0);
	ns_json_end(&json);
	is(&json, "[\n  null,\n  null,\n  1e+300,\n  -0\n]\n");
}

static void text_is_escaped(void **state)
{
	(void)state;
	struct ns_json json = NS_JSON_INIT(1000);
	ns_json_text(&json, NULL, "a\"b\\c\nd\x7f\xc3\xa9\xff\xc3");
	is(&json, "\"a\\\"b\\\\c\\u000ad\\u007f\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"\n");
}

static void too_much_is_told(void **state)
{
	(void)state;
	struct ns_json json = NS_JSON_INIT(10);
	ns_json_text(&json, NULL, "0123456789");
	assert_true(json.failed);
	assert_true(json.out.size <= 10);
	ns_buffer_release(&json.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting),
		cmocka_unit_test(numbers_that_json_has_not),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(too_much_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
