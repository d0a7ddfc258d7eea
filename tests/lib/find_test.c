#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bson/bson.h>
#include <string.h>

#include "net/find_after.h"

static bson_t *document(const char *json)
{
	bson_error_t error;
	bson_t *made = bson_new_from_json((const uint8_t *)json, -1, &error);
	if (!made)
		print_error("%s: %s\n", json, error.message);
	assert_non_null(made);
	return made;
}

#define TYPE(name) "{ \"_id\" : { \"$type\" : \"" name "\" } }"
#define NUMBERS TYPE("null") ", " TYPE("double") ", " TYPE("int") ", " TYPE("long")
#define BEFORE_OID NUMBERS ", " TYPE("string") ", " TYPE("object") ", " TYPE("binData")

static void expect_after(const char *last, const char *expected)
{
	bson_t filter = BSON_INITIALIZER, *given = document(last);
	ns_find_after(&filter, given);
	char *printed = bson_as_canonical_extended_json(&filter, NULL);
	assert_string_equal(printed, expected);
	bson_free(printed);
	bson_destroy(given);
	bson_destroy(&filter);
}

static void test_after(void **state)
{
	(void)state;
	expect_after("{\"_id\":{\"$minKey\":1}}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$minKey\" : 1 } } } }");
	expect_after("{\"_id\":null}", "{ \"_id\" : { \"$not\" : { \"$lt\" : null } } }");
	expect_after("{\"_id\":NaN}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberDouble\" : \"NaN\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":{\"$numberDecimal\":\"1.5\"}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberDecimal\" : \"1.5\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":7}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberInt\" : \"7\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":\"a\"}", "{ \"_id\" : { \"$not\" : { \"$lt\" : \"a\" } }, \"$nor\" : [ " NUMBERS " ] }");
	expect_after("{\"_id\":{\"$oid\":\"0123456789abcdef01234567\"}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$oid\" : \"0123456789abcdef01234567\" } } }, \"$nor\" : [ " BEFORE_OID " ] }");
	expect_after("{\"_id\":{\"a\":1}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"a\" : { \"$numberInt\" : \"1\" } } } }, \"$nor\" : [ " NUMBERS ", " TYPE("string") " ] }");
	expect_after("{\"_id\":{\"$maxKey\":1}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$maxKey\" : 1 } } }, \"$nor\" : [ " BEFORE_OID ", " TYPE("objectId") ", " TYPE("bool") ", " TYPE("date") ", " TYPE("timestamp") " ] }");
}

/* BSON's order of types, lowest first; a line's are of one rank. */
static void test_ranks(void **state)
{
	(void)state;
	static const char *const ids[][4] = {
		{"{\"a\":1}"},
		{"{\"_id\":{\"$minKey\":1}}"},
		{"{\"_id\":null}", "{\"_id\":{\"$undefined\":true}}"},
		{"{\"_id\":NaN}", "{\"_id\":{\"$numberDecimal\":\"NaN\"}}", "{\"_id\":{\"$numberDecimal\":\"-NaN\"}}"},
		{"{\"_id\":1}", "{\"_id\":{\"$numberLong\":\"1\"}}", "{\"_id\":{\"$numberDouble\":\"Infinity\"}}", "{\"_id\":{\"$numberDecimal\":\"Infinity\"}}"},
		{"{\"_id\":\"a\"}", "{\"_id\":{\"$symbol\":\"a\"}}"},
		{"{\"_id\":{\"a\":1}}"},
		{"{\"_id\":[1]}"},
		{"{\"_id\":{\"$binary\":{\"base64\":\"\",\"subType\":\"04\"}}}"},
		{"{\"_id\":{\"$oid\":\"0123456789abcdef01234567\"}}"},
		{"{\"_id\":false}", "{\"_id\":true}"},
		{"{\"_id\":{\"$date\":{\"$numberLong\":\"-1\"}}}"},
		{"{\"_id\":{\"$timestamp\":{\"t\":1,\"i\":1}}}"},
		{"{\"_id\":{\"$regularExpression\":{\"pattern\":\"a\",\"options\":\"\"}}}"},
		{"{\"_id\":{\"$code\":\"a\"}}"},
		{"{\"_id\":{\"$code\":\"a\",\"$scope\":{}}}"},
		{"{\"_id\":{\"$maxKey\":1}}"},
	};
	int before = -2;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		int rank = before;
		for (size_t j = 0; j < 4 && ids[i][j]; j++) {
			bson_t *made = document(ids[i][j]);
			rank = ns_find_rank(made);
			if (j > 0)
				assert_int_equal(rank, before);
			else
				assert_true(rank > before);
			before = rank;
			bson_destroy(made);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_ranks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
