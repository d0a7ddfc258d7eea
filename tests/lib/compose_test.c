#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>

#include "import_rows.h"

static const struct ns_table_options defaults = {NS_TABLE_OPTIONS_INIT};

/* The document's fields behind _id and _ns, as canonical extended JSON; the document is sound, and as large as was said at most. */
static char *fields_of(struct import_rows *rows, size_t row)
{
	struct ns_span key;
	assert_int_equal(import_rows_key(&key, rows, row), NS_OK);
	size_t bound = ns_compose_bound(&rows->composer, rows->row, rows->count, key);
	char *bytes = ns_malloc_array(bound, 1);
	size_t size = ns_compose(bytes, &rows->composer, rows->row, key), at;
	assert_true(size <= bound);
	bson_t document, fields = BSON_INITIALIZER;
	assert_true(bson_init_static(&document, (const uint8_t *)bytes, size));
	assert_true(bson_validate(&document, BSON_VALIDATE_UTF8 | BSON_VALIDATE_DOLLAR_KEYS | BSON_VALIDATE_EMPTY_KEYS, &at));
	bson_iter_t iter, inner;
	assert_true(bson_iter_init(&iter, &document) && bson_iter_next(&iter) && BSON_ITER_IS_KEY(&iter, "_id"));
	assert_memory_equal(bson_iter_oid(&iter)->bytes, ns_composed_id(bytes), 12);
	assert_true(bson_iter_find_descendant(&iter, "_ns.key", &inner) && BSON_ITER_HOLDS_UTF8(&inner));
	struct ns_span composed = ns_composed_key(bytes);
	assert_int_equal(composed.size, key.size);
	assert_memory_equal(composed.data, key.data, key.size);
	assert_ptr_equal(bson_iter_utf8(&inner, NULL), composed.data);
	bson_copy_to_excluding_noinit(&document, &fields, "_id", "_ns", NULL);
	char *json = bson_as_canonical_extended_json(&fields, NULL);
	bson_destroy(&fields);
	free(bytes);
	return json;
}

static void expect(struct import_rows *rows, size_t row, const char *json)
{
	char *fields = fields_of(rows, row);
	assert_string_equal(fields, json);
	bson_free(fields);
}

#define OPEN(rows, text) assert_int_equal(import_rows_open(&(rows), text, strlen(text)), NS_OK)

static void expect_failure(struct import_rows rows, const char *text, const char *message)
{
	struct ns_span key;
	int status = import_rows_open(&rows, text, strlen(text));
	for (size_t row = 0; status == NS_OK && row < rows.batch->rows; row++)
		status = import_rows_key(&key, &rows, row);
	assert_int_equal(status, NS_EDATA);
	assert_string_equal(rows.err.text, message);
	import_rows_close(&rows);
}

static void test_numbers(void **state)
{
	(void)state;
	struct import_rows rows = {.table = defaults};
	OPEN(rows, "a,b\n1,-2147483648\n2147483648,-0\n1.5,inf\n1e20,-9007199254740992\n0.5,na\n-1,2251799813685249.5\n");
	expect(&rows, 0, "{ \"a\" : { \"$numberInt\" : \"1\" }, \"b\" : { \"$numberInt\" : \"-2147483648\" } }");
	expect(&rows, 1, "{ \"a\" : { \"$numberLong\" : \"2147483648\" }, \"b\" : { \"$numberDouble\" : \"-0.0\" } }");
	expect(&rows, 2, "{ \"a\" : { \"$numberDouble\" : \"1.5\" }, \"b\" : { \"$numberDouble\" : \"Infinity\" } }");
	expect(&rows, 3, "{ \"a\" : { \"$numberDouble\" : \"1e+20\" }, \"b\" : { \"$numberLong\" : \"-9007199254740992\" } }");
	expect(&rows, 4, "{ \"a\" : { \"$numberDouble\" : \"0.5\" } }");
	expect(&rows, 5, "{ \"a\" : { \"$numberInt\" : \"-1\" }, \"b\" : { \"$numberDouble\" : \"2251799813685249.5\" } }");
	import_rows_close(&rows);
}

static void test_large_numbers_keep_their_digits(void **state)
{
	(void)state;
	const char *names[] = {"a"};
	struct import_rows rows = {.table = defaults};
	rows.table.number = (struct ns_texts){names, 1};
	OPEN(rows, "a\n9007199254740993\n+9223372036854775807\n9223372036854775808\n007\n");
	expect(&rows, 0, "{ \"a\" : { \"$numberLong\" : \"9007199254740993\" } }");
	expect(&rows, 1, "{ \"a\" : { \"$numberLong\" : \"9223372036854775807\" } }");
	expect(&rows, 2, "{ \"a\" : { \"$numberDouble\" : \"9223372036854775808.0\" } }"); /* as told */
	expect(&rows, 3, "{ \"a\" : { \"$numberInt\" : \"7\" } }");
	import_rows_close(&rows);
}

/* 10,000 rows that look like numbers, then one. */
static char *late(const char *value)
{
	struct ns_buffer text = NS_BUFFER_INIT(1 << 20);
	assert_int_equal(ns_buffer_append(&text, "a\n", 2), 0);
	for (int i = 0; i < NS_INFER_ROWS; i++)
		assert_int_equal(ns_buffer_append(&text, "1\n", 2), 0);
	assert_int_equal(ns_buffer_printf(&text, "%s\n", value), 0);
	assert_int_equal(ns_buffer_append(&text, "", 1), 0);
	return text.data;
}

static void expect_late_failure(const char *value, const char *message)
{
	struct import_rows rows = {.table = defaults};
	struct ns_span key;
	char *text = late(value);
	OPEN(rows, text);
	int status = NS_OK;
	do {
		for (size_t row = 0; status == NS_OK && row < rows.batch->rows; row++)
			status = import_rows_key(&key, &rows, row);
		if (status == NS_OK)
			status = ns_reader_next(&rows.batch, rows.reader, &rows.err);
	} while (status == NS_OK && rows.batch->rows);
	assert_int_equal(status, NS_EDATA);
	assert_string_equal(rows.err.text, message);
	import_rows_close(&rows);
	free(text);
}

static void test_digits_that_inference_did_not_see(void **state)
{
	(void)state;
	const char *values[] = {"007", "9007199254740993", "9223372036854775808"};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		char message[256];
		snprintf(message, sizeof message, "a.csv:10002: column 'a': '%s' would lose digits as a number (--text takes the column as text, "
			"--number as numbers, --on-error skip or missing goes on)", values[i]);
		expect_late_failure(values[i], message);
	}
}

static void test_text_and_missing(void **state)
{
	(void)state;
	struct import_rows rows = {.table = defaults};
	OPEN(rows, "a,b\nx,\xc3\xa9\n,\"\"\n\"a\"\"b\",007\nna, 1\n");
	expect(&rows, 0, "{ \"a\" : \"x\", \"b\" : \"\xc3\xa9\" }");
	expect(&rows, 1, "{ }");
	expect(&rows, 2, "{ \"a\" : \"a\\\"b\", \"b\" : \"007\" }");
	expect(&rows, 3, "{ \"a\" : \"na\", \"b\" : \" 1\" }");
	import_rows_close(&rows);
	struct import_rows nulls = {.table = defaults, .null = true};
	OPEN(nulls, "a,b.c\n1,\n");
	expect(&nulls, 0, "{ \"a\" : { \"$numberInt\" : \"1\" }, \"b\" : { \"c\" : null } }");
	import_rows_close(&nulls);
}

static void test_dates(void **state)
{
	(void)state;
	const char *names[] = {"when"};
	struct import_rows rows = {.table = defaults, .dates = {names, 1}};
	OPEN(rows, "when,x\n2024-01-31,1\n 2024-01-31T12:34:56.789Z ,2\nna,3\n,4\n1969-12-31 23:59:59.999-00:00,5\n");
	expect(&rows, 0, "{ \"when\" : { \"$date\" : { \"$numberLong\" : \"1706659200000\" } }, \"x\" : { \"$numberInt\" : \"1\" } }");
	expect(&rows, 1, "{ \"when\" : { \"$date\" : { \"$numberLong\" : \"1706704496789\" } }, \"x\" : { \"$numberInt\" : \"2\" } }");
	expect(&rows, 2, "{ \"x\" : { \"$numberInt\" : \"3\" } }");
	expect(&rows, 3, "{ \"x\" : { \"$numberInt\" : \"4\" } }");
	expect(&rows, 4, "{ \"when\" : { \"$date\" : { \"$numberLong\" : \"-1\" } }, \"x\" : { \"$numberInt\" : \"5\" } }");
	import_rows_close(&rows);
	const struct import_rows dates = {.table = defaults, .dates = {names, 1}};
	expect_failure(dates, "when\nsoon\n", "a.csv:2: column 'when': 'soon' is not a date such as 2024-01-31 or 2024-01-31T12:34:56.789Z");
	expect_failure(dates, "when\n2024-01-31T12:34:56.7891Z\n",
		"a.csv:2: column 'when': '2024-01-31T12:34:56.7891Z' has fractions of a millisecond, which a date of the database cannot hold");
}

static void test_bad_values_may_be_missing(void **state)
{
	(void)state;
	const char *names[] = {"when"}, *first;
	struct import_rows rows = {.table = defaults, .dates = {names, 1}};
	rows.table.on_error = NS_ON_ERROR_MISSING;
	OPEN(rows, "when,x\nsoon,caf\xe9\n2024-01-31,y\n");
	expect(&rows, 0, "{ }");
	assert_int_equal(ns_values_made_missing(rows.values, &first), 2);
	assert_string_equal(first, "a.csv:2: column 'when': 'soon' is not a date such as 2024-01-31 or 2024-01-31T12:34:56.789Z");
	import_rows_close(&rows);
}

static void test_bad_text(void **state)
{
	(void)state;
	const struct import_rows plain = {.table = defaults};
	expect_failure(plain, "n,t\n1,a\n2,caf\xe9\n",
		"a.csv:3: column 't': 'caf\\xe9' is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)");
}

static void test_nested(void **state)
{
	(void)state;
	struct import_rows rows = {.table = defaults};
	OPEN(rows, "a.b,x,a.c.d,a.c.e,z\n1,2,3,4,5\n,2,,4,\n,2,,,\n");
	expect(&rows, 0, "{ \"a\" : { \"b\" : { \"$numberInt\" : \"1\" }, \"c\" : { \"d\" : { \"$numberInt\" : \"3\" }, \"e\" : { \"$numberInt\" : \"4\" } } }, "
			 "\"x\" : { \"$numberInt\" : \"2\" }, \"z\" : { \"$numberInt\" : \"5\" } }");
	expect(&rows, 1, "{ \"a\" : { \"c\" : { \"e\" : { \"$numberInt\" : \"4\" } } }, \"x\" : { \"$numberInt\" : \"2\" } }");
	expect(&rows, 2, "{ \"x\" : { \"$numberInt\" : \"2\" } }");
	import_rows_close(&rows);
}

static void test_names(void **state)
{
	(void)state;
	const struct import_rows plain = {.table = defaults};
	expect_failure(plain, "a..b\n1\n", "a.csv: column 'a..b': a field's name, or a part of it between dots, is empty (ns-convert --rename)");
	expect_failure(plain, "a.$b\n1\n", "a.csv: column 'a.$b': names that begin with $ are the database's (ns-convert --rename)");
	expect_failure(plain, "_id\n1\n", "a.csv: column '_id': _id is given by the database, --key says what tells rows apart (-x '_id' leaves it out, "
					  "ns-convert --rename gives it another name)");
	expect_failure(plain, "_ns.key\n1\n", "a.csv: column '_ns.key': _ns is where ns-import keeps its keys (-x '_ns.key' leaves it out, "
					      "ns-convert --rename gives it another name)");
	expect_failure(plain, "a.b,x,a\n1,2,3\n", "a.csv: columns 'a.b' and 'a': 'a' cannot be both a value and a document (-x leaves one out)");
	expect_failure(plain, "a,x,a.b.c\n1,2,3\n", "a.csv: columns 'a' and 'a.b.c': 'a' cannot be both a value and a document (-x leaves one out)");
	char deep[512] = "a";
	for (int i = 0; i < NS_FIELDS_DEPTH - 1; i++)
		memcpy(deep + 1 + 2 * i, ".a", 3);
	struct ns_arena arena = NS_ARENA_INIT;
	char *header = ns_format(&arena, "%s,b\n1,2\n", deep);
	struct import_rows rows = {.table = defaults};
	OPEN(rows, header); /* exactly as deep as may be */
	bson_free(fields_of(&rows, 0));
	import_rows_close(&rows);
	struct ns_err err;
	struct ns_fields fields;
	const char *name = ns_format(&arena, "%s.a", deep), *latin = "caf\xe9";
	assert_int_equal(ns_fields_make(&fields, &name, 1, "a.csv", &arena, &err), NS_EDATA);
	assert_string_equal(strstr(err.text, "more than"), "more than 100 names between dots, no server nests documents deeper");
	assert_int_equal(ns_fields_make(&fields, &latin, 1, "a.csv", &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "a.csv: column 'caf\\xe9': the name is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)");
	ns_arena_release(&arena);
}

static void test_ids_count_up(void **state)
{
	(void)state;
	struct ns_composer composer;
	const struct ns_fields none = {0};
	char before[128], document[128];
	const struct ns_span key = {"k", 1};
	ns_composer_init(&composer, &none, false, 1000000000000);
	assert_true(ns_compose(before, &composer, NULL, key) <= ns_compose_bound(&composer, NULL, 0, key));
	assert_int_equal(ns_composed_id(before)[0] << 8 | ns_composed_id(before)[1], 1000000000 >> 16); /* the server's clock */
	for (int i = 0; i < 1000; i++) {
		if (i == 500)
			composer.counter = 0xffffff; /* it begins again, and the second goes on */
		ns_compose(document, &composer, NULL, key);
		assert_true(memcmp(ns_composed_id(before), ns_composed_id(document), 12) < 0);
		memcpy(before, document, sizeof before);
	}
}

static void test_too_large(void **state)
{
	(void)state;
	struct ns_composer composer;
	const struct ns_fields none = {0};
	const struct ns_value value = {.type = NS_IS_TEXT, .text = {NULL, NS_DOCUMENT_MAX + 1}};
	ns_composer_init(&composer, &none, false, 0);
	assert_int_equal(ns_compose_bound(&composer, &value, 1, (struct ns_span){"k", 1}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_large_numbers_keep_their_digits),
		cmocka_unit_test(test_digits_that_inference_did_not_see),
		cmocka_unit_test(test_text_and_missing),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_bad_values_may_be_missing),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_ids_count_up),
		cmocka_unit_test(test_too_large),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
