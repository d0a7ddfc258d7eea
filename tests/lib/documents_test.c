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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(numbers_are_written_exactly, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
