#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <bson/bson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "net/documents.h"
#include "table/arrow.h"

/* Documents in memory as a stream, and what a reader over them is opened with. */
enum { DOCUMENTS_MAX = 20100 };

static struct ns_arena arena;
static struct ns_err err;
static bson_t *documents[DOCUMENTS_MAX];
static size_t count, at;
static struct ns_documents_options options;
static struct ns_table_options table;

static int begin(void **state)
{
	(void)state;
	ns_quiet = true;
	count = at = 0;
	options = (struct ns_documents_options){.source = "shop.things", .sample = 1000};
	table = (struct ns_table_options){NS_TABLE_OPTIONS_INIT};
	*err.text = '\0';
	return 0;
}

static int end(void **state)
{
	(void)state;
	ns_file_discard_all();
	ns_arena_release(&arena);
	for (size_t i = 0; i < count; i++)
		bson_destroy(documents[i]);
	return 0;
}

/* Extended JSON, in which ' stands for ". */
static bson_t *add_json(const char *text)
{
	char *json = ns_strdup(&arena, text);
	bson_error_t error;
	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	bson_t *document = bson_new_from_json((const uint8_t *)json, -1, &error);
	if (!document)
		fail_msg("%s: %s", text, error.message);
	assert_true(count < DOCUMENTS_MAX);
	return documents[count++] = document;
}

static int next_document(const bson_t **document, void *context, struct ns_err *why)
{
	(void)why;
	assert_null(context);
	*document = at < count ? documents[at++] : NULL;
	return NS_OK;
}

static const struct ns_document_stream stream = {next_document, NULL};

static int find_columns(void)
{
	at = 0;
	int status = ns_documents_columns(&options.columns, &stream, &options, &arena, &err);
	at = 0;
	return status;
}

static int open_reader(struct ns_reader **reader)
{
	if (!options.columns.count)
		NS_TRY(find_columns());
	return ns_reader_open_source(reader, ns_documents_source(&stream, &options, &arena), &table, &arena, &err);
}

/* The documents as they are written; what went wrong in err, and "" then. */
static const char *written(void)
{
	struct ns_reader *reader;
	struct ns_writer *writer;
	struct ns_table *batch;
	char path[] = "/tmp/documents_test.XXXXXX", *text;
	size_t size;
	int fd = mkstemp(path);
	assert_true(fd >= 0 && !close(fd));
	int status = open_reader(&reader);
	if (!status)
		status = ns_writer_open(&writer, path, &table, reader, &arena, &err);
	do {
		if (!status)
			status = ns_reader_next(&batch, reader, &err);
		if (!status)
			status = ns_writer_write(writer, batch, NULL, 0, &err);
	} while (!status && batch->rows);
	if (!status)
		status = ns_writer_finish(writer, &err);
	if (!status)
		status = ns_reader_finish(reader, &err);
	ns_file_discard_all();
	struct ns_err ignored;
	assert_int_equal(ns_file_slurp(&text, &size, path, (size_t)1 << 30, &arena, &ignored), NS_OK);
	unlink(path);
	return status ? "" : text;
}

/* One document with this value in field x, as it is written. */
static const char *value(const char *json)
{
	add_json(ns_format(&arena, "{'_id': 1, 'x': %s, 'y': 0}", json));
	options.columns = (struct ns_texts){0};
	const char *text = written();
	if (!*text)
		return "";
	bson_destroy(documents[--count]);
	at = 0;
	assert_memory_equal(text, "x,y\n", 4);
	char *cell = ns_strdup(&arena, text + 4);
	assert_true(strlen(cell) >= 3);
	assert_string_equal(cell + strlen(cell) - 3, ",0\n");
	cell[strlen(cell) - 3] = '\0';
	return cell;
}

static void numbers_are_written_exactly(void **state)
{
	(void)state;
	assert_string_equal(value("{'$numberInt': '0'}"), "0");
	assert_string_equal(value("{'$numberInt': '-2147483648'}"), "-2147483648");
	assert_string_equal(value("{'$numberInt': '2147483647'}"), "2147483647");
	assert_string_equal(value("{'$numberLong': '9223372036854775807'}"), "9223372036854775807");
	assert_string_equal(value("{'$numberLong': '-9223372036854775808'}"), "-9223372036854775808");
	assert_string_equal(value("{'$numberLong': '9007199254740993'}"), "9007199254740993");
	assert_string_equal(value("{'$numberDouble': '1.0'}"), "1");
	assert_string_equal(value("{'$numberDouble': '-0.0'}"), "-0");
	assert_string_equal(value("{'$numberDouble': '0.1'}"), "0.1");
	assert_string_equal(value("{'$numberDouble': '1e300'}"), "1e+300");
	assert_string_equal(value("{'$numberDouble': '5e-324'}"), "5e-324");
	assert_string_equal(value("{'$numberDouble': 'Infinity'}"), "inf");
	assert_string_equal(value("{'$numberDouble': '-Infinity'}"), "-inf");
	assert_string_equal(value("{'$numberDouble': 'NaN'}"), "");
	assert_string_equal(err.text, "");
}

static void decimals_are_written_as_libbson_prints_them(void **state)
{
	(void)state;
	assert_string_equal(value("{'$numberDecimal': '0.1'}"), "0.1");
	assert_string_equal(value("{'$numberDecimal': '1.00'}"), "1.00");
	assert_string_equal(value("{'$numberDecimal': '-0'}"), "-0");
	assert_string_equal(value("{'$numberDecimal': '1E+3'}"), "1E+3");
	assert_string_equal(value("{'$numberDecimal': '1.234567890123456789012345678901234'}"), "1.234567890123456789012345678901234");
	assert_string_equal(value("{'$numberDecimal': '-9.999999999999999999999999999999999E+6144'}"), "-9.999999999999999999999999999999999E+6144");
	assert_string_equal(value("{'$numberDecimal': '1E-6176'}"), "1E-6176");
	assert_string_equal(value("{'$numberDecimal': 'Infinity'}"), "Infinity");
	assert_string_equal(value("{'$numberDecimal': '-Infinity'}"), "-Infinity");
	assert_string_equal(value("{'$numberDecimal': 'NaN'}"), "");
	assert_string_equal(value("{'$numberDecimal': '-NaN'}"), "");
	assert_string_equal(err.text, "");
}

static void words_dates_and_ids_are_written(void **state)
{
	(void)state;
	assert_string_equal(value("true"), "true");
	assert_string_equal(value("false"), "false");
	assert_string_equal(value("null"), "");
	assert_string_equal(value("{'$undefined': true}"), "");
	assert_string_equal(value("{'$date': {'$numberLong': '1709210096000'}}"), "2024-02-29T12:34:56Z");
	assert_string_equal(value("{'$date': {'$numberLong': '1709210096789'}}"), "2024-02-29T12:34:56.789Z");
	assert_string_equal(value("{'$date': {'$numberLong': '-1'}}"), "1969-12-31T23:59:59.999Z");
	assert_string_equal(value("{'$date': {'$numberLong': '253402300800000'}}"), "+10000-01-01T00:00:00Z");
	assert_string_equal(value("{'$date': {'$numberLong': '-9223372036854775808'}}"), "-292275055-05-16T16:47:04.192Z");
	assert_string_equal(value("{'$oid': '65f0a1b2c3d4e5f600112233'}"), "65f0a1b2c3d4e5f600112233");
	assert_string_equal(value("{'$binary': {'base64': 'EjRWeJCrze8SNFZ4kKvN7w==', 'subType': '04'}}"), "12345678-90ab-cdef-1234-567890abcdef");
	assert_string_equal(err.text, "");
}

static void texts_keep_their_bytes(void **state)
{
	(void)state;
	assert_string_equal(value("''"), "");
	assert_string_equal(value("' a '"), " a ");
	assert_string_equal(value("'a,b'"), "\"a,b\"");
	assert_string_equal(value("'a\\nb\\r\\n'"), "\"a\nb\r\n\"");
	assert_string_equal(value("'a\\\"b'"), "\"a\"\"b\"");
	assert_string_equal(value("'\\\"'"), "\"\"\"\"");
	assert_string_equal(value("'007'"), "007");
	assert_string_equal(value("'na'"), "na");
	assert_string_equal(value("'na\xc3\xafve \xf0\x9f\x90\x9f'"), "na\xc3\xafve \xf0\x9f\x90\x9f");
	assert_string_equal(value("{'$symbol': 'a,b'}"), "\"a,b\"");
	assert_string_equal(err.text, "");
	options.columns.count = 0;
	bson_append_utf8(add_json("{}"), "x", -1, "\xff\xfe", 2);
	assert_string_equal(written(), "x\n\xff\xfe\n");
}

/* How a value is refused, behind the place and field and without the remedy. */
static const char *refusal(const char *json)
{
	const char *front = "shop.things: _id 1: field 'x' is ";
	assert_string_equal(value(json), "");
	bson_destroy(documents[--count]);
	assert_memory_equal(err.text, front, strlen(front));
	char *what = ns_strdup(&arena, err.text + strlen(front)), *remedy = strstr(what, " (");
	assert_non_null(remedy);
	assert_string_equal(strstr(remedy, "--drop"), "--drop 'x' leaves it out, --on-error skip or missing goes on)");
	*remedy = '\0';
	return what;
}

static void what_a_cell_cannot_hold_is_refused(void **state)
{
	(void)state;
	assert_string_equal(refusal("[1, 2]"), "an array");
	assert_string_equal(err.text, "shop.things: _id 1: field 'x' is an array (--join writes its elements, --drop 'x' leaves it out, --on-error skip "
		"or missing goes on)");
	assert_string_equal(refusal("'a\\u0000b'"), "a text with a NUL byte");
	assert_string_equal(refusal("{'$symbol': '\\u0000'}"), "a text with a NUL byte");
	assert_string_equal(refusal("{'$binary': {'base64': 'AAAA', 'subType': '00'}}"), "binary data");
	assert_string_equal(refusal("{'$binary': {'base64': 'EjRWeJCrze8SNFZ4kKvN7w==', 'subType': '03'}}"), "binary data");
	assert_string_equal(refusal("{'$binary': {'base64': 'AAAA', 'subType': '04'}}"), "binary data");
	assert_string_equal(refusal("{'$regularExpression': {'pattern': 'a', 'options': ''}}"), "a regular expression");
	assert_string_equal(refusal("{'$code': 'f()'}"), "code");
	assert_string_equal(refusal("{'$code': 'f()', '$scope': {}}"), "code");
	assert_string_equal(refusal("{'$timestamp': {'t': 1, 'i': 1}}"), "a timestamp of the server's own");
	assert_string_equal(refusal("{'$minKey': 1}"), "a minkey");
	assert_string_equal(refusal("{'$maxKey': 1}"), "a maxkey");
	assert_string_equal(refusal("{'$dbPointer': {'$ref': 'a', '$id': {'$oid': '65f0a1b2c3d4e5f600112233'}}}"), "a dbpointer");
}

static void arrays_are_joined(void **state)
{
	(void)state;
	options.join = "; ";
	assert_string_equal(value("[1, 2.5, 'a', true, null, {'$numberLong': '9007199254740993'}]"), "1; 2.5; a; true; ; 9007199254740993");
	assert_string_equal(value("['a,b', 'c']"), "\"a,b; c\"");
	assert_string_equal(value("['a\\\"b', 'c']"), "\"a\"\"b; c\"");
	assert_string_equal(value("[]"), "");
	assert_string_equal(value("[null]"), "");
	assert_string_equal(value("['', '']"), "; ");
	assert_string_equal(err.text, "");
	assert_string_equal(refusal("['a; b']"), "an array with the text of --join in an element");
	assert_string_equal(refusal("[[1]]"), "an array in an array");
	assert_string_equal(refusal("[{'a': 1}]"), "a document in an array");
	assert_string_equal(refusal("['\\u0000']"), "a text with a NUL byte");
	assert_string_equal(refusal("[{'$minKey': 1}]"), "a minkey");
}

static void nested_documents_become_columns(void **state)
{
	(void)state;
	add_json("{'_id': 1, 'a': {'b': 1, 'c': {'d': 2, '$e': 3}, 'empty': {}}, 'f': 4}");
	add_json("{'_id': 2, 'f': 8, 'a': {'c': {'d': 6}}}");
	add_json("{'_id': 3, 'a': {}}");
	assert_string_equal(written(), "a.b,a.c.d,a.c.$e,f\n1,2,3,4\n,6,,8\n,,,\n");
	assert_string_equal(err.text, "");
}

static void names_are_what_they_are(void **state)
{
	(void)state;
	add_json("{'': {'': 6, 'a.b': 7}, 'a.b': 1, '$c': 2, 'gr\xc3\xb6\xc3\x9f" "e': 3, ' blank ': 4, 'a,b': 5}");
	assert_string_equal(written(), ".,.a.b,a.b,$c,gr\xc3\xb6\xc3\x9f" "e, blank ,\"a,b\"\n6,7,1,2,3,4,5\n");
	assert_string_equal(err.text, "");
}

static void one_field_of_many_types(void **state)
{
	(void)state;
	add_json("{'a': 1}");
	add_json("{'a': 'one'}");
	add_json("{'a': {'b': true}}");
	add_json("{'a': null}");
	add_json("{'a': {'$numberLong': '9007199254740993'}}");
	assert_string_equal(written(), "a,a.b\n1,\none,\n,true\n,\n9007199254740993,\n");
	assert_string_equal(err.text, "");
}

/* Of the Arrow stream that is written, read again: the type of a column, and a value as text. */
static void assert_arrow(const struct ns_table *batch, const char *name, enum ns_type type, size_t row, const char *expected)
{
	struct ns_buffer text = NS_BUFFER_INIT(1 << 20);
	ptrdiff_t i = ns_table_find(batch, name);
	assert_true(i >= 0);
	assert_int_equal(batch->columns[i].type, type);
	assert_int_equal(ns_arrow_print(&text, batch->columns[i].array, row), 0);
	assert_int_equal(text.size, strlen(expected));
	assert_memory_equal(text.size ? text.data : "", expected, text.size);
	ns_buffer_release(&text);
}

static void arrow_has_numbers_where_all_are(void **state)
{
	(void)state;
	struct ns_reader *from, *back;
	struct ns_writer *writer;
	struct ns_table *batch;
	char path[] = "/tmp/documents_test.XXXXXX", *paths[] = {path};
	int fd = mkstemp(path);
	assert_true(fd >= 0 && !close(fd));
	add_json("{'i': -2147483648, 'l': 1, 'd': 1e300, 't': '7', 'b': true, 'n': {'$numberDecimal': '0.10'}}");
	add_json("{'i': 5, 'l': {'$numberLong': '9007199254740993'}, 'd': null, 't': '8 ', 'b': false}");
	table.output_format = NS_OUTPUT_ARROW;
	assert_int_equal(open_reader(&from), NS_OK);
	assert_int_equal(ns_writer_open(&writer, path, &table, from, &arena, &err), NS_OK);
	do {
		assert_int_equal(ns_reader_next(&batch, from, &err), NS_OK);
		assert_int_equal(ns_writer_write(writer, batch, NULL, 0, &err), NS_OK);
	} while (batch->rows);
	assert_int_equal(ns_writer_finish(writer, &err), NS_OK);
	assert_int_equal(ns_reader_finish(from, &err), NS_OK);
	assert_int_equal(ns_reader_open(&back, paths, 1, &table, false, &arena, &err), NS_OK);
	assert_int_equal(ns_reader_next(&batch, back, &err), NS_OK);
	assert_int_equal(batch->rows, 2);
	assert_arrow(batch, "i", NS_NUMBER, 0, "-2147483648");
	assert_arrow(batch, "i", NS_NUMBER, 1, "5");
	assert_arrow(batch, "l", NS_TEXT, 0, "1");
	assert_arrow(batch, "l", NS_TEXT, 1, "9007199254740993");
	assert_arrow(batch, "d", NS_NUMBER, 0, "1e+300");
	assert_arrow(batch, "d", NS_NUMBER, 1, "");
	assert_arrow(batch, "t", NS_NUMBER, 1, "8");
	assert_arrow(batch, "b", NS_TEXT, 1, "false");
	assert_arrow(batch, "n", NS_NUMBER, 0, "0.1");
	assert_arrow(batch, "n", NS_NUMBER, 1, "");
	unlink(path);
}

static void any_delimiter_is_written(void **state)
{
	(void)state;
	add_json("{'a': 1, 'b': 'x;y', 'c': 'x,y', 'd': '\\\"'}");
	add_json("{'a': 2, 'b': 'p', 'c': 'q', 'd': 'r'}");
	add_json("{'a': 3, 'b': '1,2', 'c': '3;4'}");
	table.delimiter = ';';
	assert_string_equal(written(), "a;b;c;d\n1;\"x;y\";x,y;\"\"\"\"\n2;p;q;r\n3;1,2;\"3;4\";\n");
	assert_string_equal(err.text, "");
}

static void id_and_our_own_are_left_out_unless_named(void **state)
{
	(void)state;
	add_json("{'_id': {'$oid': '65f0a1b2c3d4e5f600112233'}, 'a': 1, '_ns': {'key': 'k', 'what': [1]}, '_x': 2}");
	assert_string_equal(written(), "a,_x\n1,2\n");
	at = 0;
	const char *names[] = {"_ns.key", "a", "_id", "_x"};
	options.columns = (struct ns_texts){names, 4};
	options.known_from = "-c";
	assert_string_equal(written(), "_ns.key,a,_id,_x\nk,1,65f0a1b2c3d4e5f600112233,2\n");
	assert_string_equal(err.text, "");
}

static void parts_of_an_id_can_be_named(void **state)
{
	(void)state;
	add_json("{'_id': {'day': 1, 'host': 'h', 'more': [1]}, 'a': {'_id': 3}}");
	const char *names[] = {"_id.host", "a._id"};
	options.columns = (struct ns_texts){names, 2};
	assert_string_equal(written(), "_id.host,a._id\nh,3\n");
	assert_string_equal(err.text, "");
}

static void a_field_twice_is_refused(void **state)
{
	(void)state;
	bson_t *document = add_json("{'_id': {'$oid': '65f0a1b2c3d4e5f600112233'}, 'a': null}");
	bson_append_int32(document, "a", -1, 1);
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: _id 65f0a1b2c3d4e5f600112233: field 'a' comes twice (--drop 'a' leaves both out, --on-error skip the document)");
	add_json("{'_id': 'it', 'a.b': 1, 'a': {'b': 2}}");
	bson_destroy(documents[0]);
	documents[0] = documents[--count];
	options.columns.count = 0;
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: _id 'it': field 'a.b' comes twice (--drop 'a.b' leaves both out, --on-error skip the document)");
	at = 0;
	table.on_error = NS_ON_ERROR_SKIP;
	assert_string_equal(written(), "a.b\n");
}

static void drop_takes_names_patterns_and_what_lies_within(void **state)
{
	(void)state;
	const char *dropped[] = {"a", "b.x", "src_*", "l?st"};
	options.drop = (struct ns_texts){dropped, 4};
	for (int i = 0; i < 3; i++)
		add_json("{'a': {'p': [1], 'q': {'r': 1}}, 'b': {'x': [1], 'y': 2}, 'src_1': [], 'src_2': 3, 'list': [1, 2], 'aa': 4}");
	assert_string_equal(written(), "b.y,aa\n2,4\n2,4\n2,4\n");
	at = 0;
	const char *names[] = {"aa", "a.q.r", "b.y", "b.x", "list"};
	options.columns = (struct ns_texts){names, 5};
	assert_string_equal(written(), "aa,b.y\n4,2\n4,2\n4,2\n");
	assert_string_equal(err.text, "");
}

static void later_fields_are_refused(void **state)
{
	(void)state;
	add_json("{'_id': 1, 'a': 1}");
	assert_int_equal(find_columns(), NS_OK);
	add_json("{'_id': 2, 'b': {'x': null}, 'a': 2}");
	options.sample = 1;
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: _id 2: field 'b.x' is not in the first 1 documents (--sample looks at more of them, -c names the columns, "
		"--drop or --extra ignore leaves it out)");
	at = 0;
	options.known_from = "the schema";
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: _id 2: field 'b.x' is not in the schema (--drop or --extra ignore leaves it out)");
	at = 0;
	table.on_error = NS_ON_ERROR_SKIP;
	assert_string_equal(written(), "a\n1\n");
	at = 0;
	table.on_error = NS_ON_ERROR_STOP;
	options.extra = NS_EXTRA_IGNORE;
	assert_string_equal(written(), "a\n1\n2\n");
}

/* What is noted on stderr. */
static const char *noted(void)
{
	char path[] = "/tmp/documents_test.XXXXXX", *text;
	size_t size;
	int fd = mkstemp(path), saved = dup(STDERR_FILENO);
	assert_true(fd >= 0 && saved >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	ns_quiet = false;
	written();
	ns_quiet = true;
	assert_true(dup2(saved, STDERR_FILENO) >= 0 && !close(saved) && !close(fd));
	struct ns_err ignored;
	assert_int_equal(ns_file_slurp(&text, &size, path, 1 << 20, &arena, &ignored), NS_OK);
	unlink(path);
	assert_string_equal(err.text, "");
	return text;
}

static void what_was_left_out_is_counted(void **state)
{
	(void)state;
	const char *names[] = {"a"};
	options.columns = (struct ns_texts){names, 1};
	options.known_from = "the schema";
	options.extra = NS_EXTRA_IGNORE;
	add_json("{'_id': 5, 'a': 1, 'b': [1], '': 3}");
	assert_non_null(strstr(noted(), "2 values of no column were left out, the first: shop.things: _id 5: field 'b' is not in the schema\n"));
	add_json("{'_id': 6, 'a': 1, 'b': 7}");
	at = 1;
	assert_non_null(strstr(noted(), "1 value of no column was left out, the first: shop.things: _id 6: field 'b' is not in the schema\n"));
	at = 0;
	const char *dropped[] = {"b", ""};
	options.drop = (struct ns_texts){dropped, 2};
	assert_string_equal(noted(), "");
}

static void rows_and_values_set_aside_are_counted(void **state)
{
	(void)state;
	add_json("{'_id': 'it, \\\"', 'a': 1, 'b': [1], 'c': {'$minKey': 1}}");
	add_json("{'_id': 2, 'a': 2, 'b': 2, 'c': 3}");
	table.on_error = NS_ON_ERROR_SKIP;
	assert_string_equal(written(), "a,b,c\n2,2,3\n");
	at = 0;
	assert_non_null(strstr(noted(), "1 row was set aside, the first: shop.things: _id 'it, \"': field 'b' is an array"));
	at = 0;
	table.on_error = NS_ON_ERROR_MISSING;
	assert_string_equal(written(), "a,b,c\n1,,\n2,2,3\n");
	at = 0;
	assert_non_null(strstr(noted(), "2 values were taken as missing, the first: shop.things: _id 'it, \"': field 'b' is an array"));
}

static void names_that_no_column_can_have_are_refused(void **state)
{
	(void)state;
	const char *names[] = {"a"};
	options.columns = (struct ns_texts){names, 1};
	bson_t *document = add_json("{'_id': 1, 'a': 1, '': 2}");
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: _id 1: the name of field '' is empty (--drop or --extra ignore leaves it out)");
	bson_reinit(document);
	bson_append_int32(document, "\xff", 1, 1);
	at = 0;
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: document 1: the name of field '\\xff' is not UTF-8 (--drop or --extra ignore leaves it out)");
	char name[1026];
	memset(name, 'n', sizeof name);
	bson_reinit(document);
	bson_append_int32(document, name, 1025, 1);
	at = 0;
	assert_string_equal(written(), "");
	assert_non_null(strstr(err.text, "nnn' is longer than 1024 bytes ("));
	bson_t inner = BSON_INITIALIZER;
	bson_append_int32(&inner, name, 600, 1);
	bson_reinit(document);
	bson_append_document(document, name, 500, &inner);
	bson_destroy(&inner);
	at = 0;
	assert_string_equal(written(), "");
	assert_non_null(strstr(err.text, "nnn' is longer than 1024 bytes ("));
	at = 0;
	options.extra = NS_EXTRA_IGNORE;
	assert_string_equal(written(), "a\n\"\"\n");
	at = 0;
	options.columns.count = 0;
	assert_int_equal(find_columns(), NS_OK);
	assert_int_equal(options.columns.count, 0);
}

static void the_name_of_1024_bytes_is_the_longest(void **state)
{
	(void)state;
	char name[1025] = "";
	memset(name, 'n', 1024);
	bson_append_int32(add_json("{}"), name, -1, 5);
	assert_string_equal(written(), ns_format(&arena, "%s\n5\n", name));
}

static void columns_that_cannot_be_are_refused(void **state)
{
	(void)state;
	const char *twice[] = {"a", "b", "a"}, *empty[] = {""}, *odd[] = {"\xff"}, *dropped[] = {"*"};
	add_json("{'a': 1}");
	options.columns = (struct ns_texts){twice, 3};
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: column 'a' is named twice");
	options.columns = (struct ns_texts){empty, 1};
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: '' is no name for a column: it is empty");
	options.columns = (struct ns_texts){odd, 1};
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: '\\xff' is no name for a column: it is not UTF-8");
	options.columns = (struct ns_texts){twice, 2};
	options.drop = (struct ns_texts){dropped, 1};
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: no columns are left");
}

static void too_many_columns_are_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		bson_t *document = add_json("{}");
		for (int j = 0; j < 10000; j++)
			bson_append_int32(document, ns_format(&arena, "f%d", i * 10000 + j), -1, j);
	}
	assert_int_equal(find_columns(), NS_EDATA);
	assert_string_equal(err.text, "shop.things: more than 65536 fields, the limit of a table (-c names the columns, --drop leaves fields out)");
	const char **names = NS_NEW_ARRAY(&arena, const char *, 65537);
	for (int i = 0; i < 65537; i++)
		names[i] = ns_format(&arena, "f%d", i);
	options.columns = (struct ns_texts){names, 65537};
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: more than 65536 columns, the limit of a table");
	options.columns.count = 65536;
	options.extra = NS_EXTRA_IGNORE;
	size_t size = 8 * 65536; /* what stands behind each value */
	for (int i = 0; i < 65536; i++)
		size += strlen(names[i]) + strlen(ns_format(&arena, "%d", i % 10000));
	assert_int_equal(strlen(written()), size);
}

static void ten_thousand_fields_in_any_order(void **state)
{
	(void)state;
	enum { FIELDS = 10000 };
	bson_t *forwards = add_json("{}"), *backwards = add_json("{}"), *half = add_json("{}");
	struct ns_buffer expected = NS_BUFFER_INIT(1 << 20);
	for (int i = 0; i < FIELDS; i++) {
		bson_append_int32(forwards, ns_format(&arena, "f%d", i), -1, i);
		bson_append_int32(backwards, ns_format(&arena, "f%d", FIELDS - 1 - i), -1, FIELDS - 1 - i);
		if (i & 1)
			bson_append_int32(half, ns_format(&arena, "f%d", i), -1, i);
		assert_int_equal(ns_buffer_printf(&expected, "%sf%d", i ? "," : "", i), 0);
	}
	for (int row = 0; row < 3; row++)
		for (int i = 0; i < FIELDS; i++) {
			ns_buffer_append(&expected, i ? "," : "\n", 1);
			if (row < 2 || i & 1)
				ns_buffer_printf(&expected, "%d", i);
		}
	ns_buffer_append(&expected, "\n", 2);
	assert_string_equal(written(), expected.data);
	ns_buffer_release(&expected);
}

static void documents_of_16_megabytes(void **state)
{
	(void)state;
	size_t size = 16 * 1024 * 1024 - 64;
	char *text = ns_alloc(&arena, size + 1);
	memset(text, 'x', size);
	text[77] = ',';
	for (int i = 0; i < 3; i++)
		bson_append_utf8(add_json("{'a': 1}"), "b", -1, text, (int)size);
	options.join = "";
	const char *lines = written(), *line = ns_format(&arena, "1,\"%s\"\n", text);
	assert_memory_equal(lines, "a,b\n", 4);
	for (int i = 0; i < 3; i++)
		assert_memory_equal(lines + 4 + (size_t)i * strlen(line), line, strlen(line));
	assert_int_equal(strlen(lines), 4 + 3 * strlen(line));
}

static void many_rows_in_many_batches(void **state)
{
	(void)state;
	const char *names[] = {"i", "s"};
	struct ns_reader *reader;
	struct ns_table *batch;
	size_t rows = 0;
	options.columns = (struct ns_texts){names, 2};
	for (int i = 0; i < 20000; i++) {
		bson_t *document = add_json("{}");
		bson_append_int32(document, "i", -1, i);
		bson_append_utf8(document, "s", -1, i % 3 ? "p" : "q,\"", -1);
	}
	assert_int_equal(open_reader(&reader), NS_OK);
	assert_int_equal(ns_reader_want(reader, 0, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_want(reader, 1, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_header(reader)->columns[0].type, NS_NUMBER);
	assert_int_equal(ns_reader_header(reader)->columns[1].type, NS_TEXT);
	do {
		assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
		assert_int_equal(batch->first_row, rows);
		assert_in_range(batch->rows, 0, 8192);
		for (size_t row = 0; row < batch->rows; row++, rows++) {
			struct ns_span text = ns_column_text(&batch->columns[1], row);
			assert_true(batch->columns[0].numbers[row] == (double)rows);
			assert_int_equal(text.size, rows % 3 ? 1 : 3);
			assert_memory_equal(text.data, rows % 3 ? "p" : "q,\"", text.size);
		}
	} while (batch->rows);
	assert_int_equal(rows, 20000);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
}

/* Puts a document of these bytes behind the others: whole in its length and last byte, whatever is between. */
static void add_bytes(const void *bytes, size_t size)
{
	bson_t *document = NS_NEW(&arena, bson_t);
	if (!bson_init_static(document, bytes, size))
		fail_msg("not even the frame of a document");
	documents[count++] = document;
}

static void malformed_documents_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
#define CASE(text) {text, sizeof text - 1}
		CASE("\x0c\0\0\0\x02" "a\0\xff\xff\xff\x7f\0"),             /* a string longer than the document */
		CASE("\x0d\0\0\0\x02" "a\0\0\0\0\0\0\0"),                   /* a string without its NUL */
		CASE("\x10\0\0\0\x02" "a\0\x03\0\0\0xyz\0"),                /* a string that does not end in NUL */
		CASE("\x09\0\0\0\x10" "abc"),                               /* a name that does not end */
		CASE("\x09\0\0\0\x10" "a\0\0\0"),                           /* an integer cut off */
		CASE("\x0d\0\0\0\x03" "a\0\x06\0\0\0\0\0"),                 /* a nested document longer than there is room */
		CASE("\x0d\0\0\0\x03" "a\0\xff\xff\xff\xff\0"),
		CASE("\x0d\0\0\0\x03" "a\0\0\0\0\0\0"),                   /* a nested one of no length */
		CASE("\x0d\0\0\0\x04" "a\0\x05\0\0\0\x01\0"),               /* a nested one that does not end in NUL */
		CASE("\x0e\0\0\0\x05" "a\0\xff\xff\xff\xff\x04\0"),         /* binary of a negative size */
		CASE("\x0c\0\0\0\x7e" "a\0\x01\0\0\0\0"),                   /* a type that does not exist */
		CASE("\x0a\0\0\0\0\0\0\0\0\0"),                             /* an end before the end */
		CASE("\x15\0\0\0\x10" "a\0\x01\0\0\0\x03" "b\0\x09\0\0\0\x10" "c\0"), /* good fields before the bad one */
#undef CASE
	};
	const char *names[] = {"a"};
	options.columns = (struct ns_texts){names, 1};
	options.join = ",";
	options.extra = NS_EXTRA_IGNORE;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *copy = ns_strndup(&arena, cases[i].bytes, cases[i].size);
		copy[0] = (char)cases[i].size;
		copy[cases[i].size - 1] = '\0';
		add_bytes(copy, cases[i].size);
		at = 0;
		*err.text = '\0';
		table.on_error = NS_ON_ERROR_STOP;
		assert_string_equal(written(), "");
		if (cases[i].bytes[4] != 4) /* an array is a value */
			assert_string_equal(err.text, "shop.things: document 1: is malformed BSON (is the collection damaged? --on-error skip goes on without such "
				"documents)");
		else
			assert_non_null(strstr(err.text, "field 'a' is a malformed array ("));
		at = 0;
		table.on_error = NS_ON_ERROR_SKIP;
		assert_string_equal(written(), "a\n");
		assert_int_equal(find_columns(), NS_OK);
		options.columns = (struct ns_texts){names, 1};
		count = 0;
	}
}

/* x: {x: {x: ... 1}}, so many documents in each other. */
static void add_nested(size_t depth)
{
	size_t size = 8 * depth + 4;
	char *bytes = ns_alloc(&arena, size);
	for (size_t i = 0; i < depth; i++) {
		uint32_t inner = (uint32_t)(8 * (depth - i) + 4);
		char *at_level = bytes + 7 * i;
		memcpy(at_level, &inner, 4);
		memcpy(at_level + 4, i + 1 < depth ? "\x03x" : "\x10x", 3);
	}
	bytes[7 * depth] = 1;
	add_bytes(bytes, size);
}

static void documents_in_documents_to_a_limit(void **state)
{
	(void)state;
	add_nested(100);
	const char *text = written();
	assert_int_equal(strlen(text), 2 * 100 - 1 + 3);
	assert_memory_equal(text + 196, "x.x\n1\n", 6);
	count = at = 0;
	const char *names[] = {"a"};
	options.columns = (struct ns_texts){names, 1};
	add_nested(101);
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: document 1: has documents in documents deeper than 100 (--drop leaves the outermost out)");
	at = 0;
	const char *dropped[] = {"x"};
	options.drop = (struct ns_texts){dropped, 1};
	assert_string_equal(written(), "a\n\"\"\n");
	count = 0;
	add_nested(1000000);
	options.drop.count = at = 0;
	assert_string_equal(written(), "");
	count = 0;
}

static int fail_next(const bson_t **document, void *context, struct ns_err *why)
{
	int *left = context;
	*document = documents[0];
	return (*left)-- ? NS_OK : ns_fail(why, NS_ECALL, "the server went away");
}

static void what_the_stream_says_ends_the_run(void **state)
{
	(void)state;
	struct ns_reader *reader;
	struct ns_table *batch;
	int left = 3;
	const struct ns_document_stream failing = {fail_next, &left};
	add_json("{'a': 1}");
	table.on_error = NS_ON_ERROR_SKIP;
	assert_int_equal(ns_documents_columns(&options.columns, &failing, &options, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "the server went away");
	assert_int_equal(find_columns(), NS_OK);
	left = 3;
	assert_int_equal(ns_reader_open_source(&reader, ns_documents_source(&failing, &options, &arena), &table, &arena, &err), NS_OK);
	*err.text = '\0';
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_ECALL);
	assert_string_equal(err.text, "the server went away");
}

static void no_documents_give_no_columns_or_no_rows(void **state)
{
	(void)state;
	assert_int_equal(find_columns(), NS_OK);
	assert_int_equal(options.columns.count, 0);
	add_json("{'_id': 1}");
	add_json("{}");
	assert_int_equal(find_columns(), NS_OK);
	assert_int_equal(options.columns.count, 0);
	const char *names[] = {"a", "b"};
	options.columns = (struct ns_texts){names, 2};
	assert_string_equal(written(), "a,b\n,\n,\n");
	at = count;
	assert_string_equal(written(), "a,b\n");
}

/* --- what the reader over a source does --- */

static void a_value_that_contradicts_names_the_document(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++)
		add_json(ns_format(&arena, "{'_id': %d, 'a': %d, 'b': 'x'}", i, i));
	add_json("{'_id': {'$oid': '65f0a1b2c3d4e5f600112233'}, 'a': 'many', 'b': 'x'}");
	table.output_format = NS_OUTPUT_ARROW;
	written();
	assert_string_equal(err.text, "shop.things: _id 65f0a1b2c3d4e5f600112233: column 'a': 'many' is not a number, the values before it are "
		"(--text takes the column as text, --on-error skip or missing goes on)");
	count = 10;
	bson_t *late = documents[20000];
	for (size_t i = 10; i < 20000; i++)
		bson_destroy(documents[i]);
	documents[count++] = late;
	const char *numbers[] = {"a"};
	table.number = (struct ns_texts){numbers, 1};
	at = 0;
	written();
	assert_non_null(strstr(err.text, "_id 65f0a1b2c3d4e5f600112233: column 'a': 'many' is not a number"));
	at = 0;
	table.on_error = NS_ON_ERROR_SKIP;
	*err.text = '\0';
	assert_non_null(strstr(noted(), "1 row was set aside, the first: shop.things: _id 65f0a1b2c3d4e5f600112233: column 'a': 'many' is not a number"));
	at = 0;
	table.on_error = NS_ON_ERROR_MISSING;
	assert_non_null(strstr(noted(), "1 value was taken as missing, the first: shop.things: _id 65f0a1b2c3d4e5f600112233: column"));
}

static void the_place_follows_rows_that_are_set_aside(void **state)
{
	(void)state;
	struct ns_reader *reader;
	struct ns_table *batch;
	add_json("{'_id': 'first', 'a': 'no'}");
	add_json("{'_id': 'second', 'a': 2}");
	add_json("{'a': 3}");
	const char *numbers[] = {"a"};
	table.number = (struct ns_texts){numbers, 1};
	table.on_error = NS_ON_ERROR_SKIP;
	assert_int_equal(open_reader(&reader), NS_OK);
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_int_equal(batch->rows, 2);
	assert_string_equal(ns_table_where(batch, 0, &arena), "shop.things: _id 'second'");
	assert_string_equal(ns_table_where(batch, 1, &arena), "shop.things: row 3");
}

static void schema_target_and_na_count_as_for_csv(void **state)
{
	(void)state;
	struct ns_reader *reader;
	struct ns_table *batch;
	char path[] = "/tmp/documents_test.XXXXXX";
	int fd = mkstemp(path);
	const char *schema = "target: r\ncolumns:\n  a: number\n  t: text\n  r: number\n", *na[] = {"-999", "unknown"};
	assert_true(fd >= 0 && write(fd, schema, strlen(schema)) == (ssize_t)strlen(schema) && !close(fd));
	table.schema = path;
	table.na = (struct ns_texts){na, 2};
	table.na_given = true;
	add_json("{'a': -999, 't': 'unknown', 'r': 1}");
	add_json("{'a': ' 7 ', 't': 5}");
	assert_int_equal(open_reader(&reader), NS_OK);
	unlink(path);
	assert_string_equal(ns_reader_target(reader), "r");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ns_reader_want(reader, i, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_true(isnan(batch->columns[0].numbers[0]) && batch->columns[0].numbers[1] == 7);
	assert_null(ns_column_text(&batch->columns[1], 0).data);
	assert_memory_equal(ns_column_text(&batch->columns[1], 1).data, "5", 1);
	assert_true(batch->columns[2].numbers[0] == 1 && isnan(batch->columns[2].numbers[1]));
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_int_equal(batch->rows, 0);
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_int_equal(batch->rows, 0);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
}

static void rejects_are_refused(void **state)
{
	(void)state;
	add_json("{'a': 1}");
	table.on_error = NS_ON_ERROR_SKIP;
	table.rejects = "rejects.csv";
	assert_string_equal(written(), "");
	assert_string_equal(err.text, "shop.things: --rejects keeps rows of files; what --on-error skip sets aside here stays where it is");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_are_written_exactly, begin, end),
		cmocka_unit_test_setup_teardown(decimals_are_written_as_libbson_prints_them, begin, end),
		cmocka_unit_test_setup_teardown(words_dates_and_ids_are_written, begin, end),
		cmocka_unit_test_setup_teardown(texts_keep_their_bytes, begin, end),
		cmocka_unit_test_setup_teardown(what_a_cell_cannot_hold_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(arrays_are_joined, begin, end),
		cmocka_unit_test_setup_teardown(nested_documents_become_columns, begin, end),
		cmocka_unit_test_setup_teardown(names_are_what_they_are, begin, end),
		cmocka_unit_test_setup_teardown(id_and_our_own_are_left_out_unless_named, begin, end),
		cmocka_unit_test_setup_teardown(parts_of_an_id_can_be_named, begin, end),
		cmocka_unit_test_setup_teardown(a_field_twice_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(drop_takes_names_patterns_and_what_lies_within, begin, end),
		cmocka_unit_test_setup_teardown(later_fields_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(what_was_left_out_is_counted, begin, end),
		cmocka_unit_test_setup_teardown(rows_and_values_set_aside_are_counted, begin, end),
		cmocka_unit_test_setup_teardown(names_that_no_column_can_have_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(the_name_of_1024_bytes_is_the_longest, begin, end),
		cmocka_unit_test_setup_teardown(columns_that_cannot_be_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(too_many_columns_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(ten_thousand_fields_in_any_order, begin, end),
		cmocka_unit_test_setup_teardown(documents_of_16_megabytes, begin, end),
		cmocka_unit_test_setup_teardown(many_rows_in_many_batches, begin, end),
		cmocka_unit_test_setup_teardown(a_value_that_contradicts_names_the_document, begin, end),
		cmocka_unit_test_setup_teardown(the_place_follows_rows_that_are_set_aside, begin, end),
		cmocka_unit_test_setup_teardown(schema_target_and_na_count_as_for_csv, begin, end),
		cmocka_unit_test_setup_teardown(rejects_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(malformed_documents_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(documents_in_documents_to_a_limit, begin, end),
		cmocka_unit_test_setup_teardown(what_the_stream_says_ends_the_run, begin, end),
		cmocka_unit_test_setup_teardown(no_documents_give_no_columns_or_no_rows, begin, end),
		cmocka_unit_test_setup_teardown(any_delimiter_is_written, begin, end),
		cmocka_unit_test_setup_teardown(one_field_of_many_types, begin, end),
		cmocka_unit_test_setup_teardown(arrow_has_numbers_where_all_are, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
