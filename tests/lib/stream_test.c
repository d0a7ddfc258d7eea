#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"
#include "table/arrow.h"
#include "table/ranges.h"
#include "table/schema.h"
#include "table/stream.h"
#include "table/streams.h"
#include "table/view.h"

/* Every test stands in a folder of its own and has a run's arena. */
static struct ns_arena arena;
static struct ns_err err;
static char folder[64];

static int begin(void **state)
{
	(void)state;
	memcpy(folder, "/tmp/stream_test.XXXXXX", 24);
	ns_quiet = true;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int end(void **state)
{
	static const char *const names[] = {"a.csv", "b.csv", "a.arrow", "b.arrow", "out", "bad.csv", "s.yaml"};
	(void)state;
	ns_file_discard_all();
	ns_arena_release(&arena);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(names[i]);
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void put_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static const char *get_file(const char *path)
{
	char *text;
	size_t size;
	assert_int_equal(ns_file_slurp(&text, &size, path, 1 << 20, &arena, &err), NS_OK);
	return text;
}

static void assert_same_files(const char *left, const char *right)
{
	char *a, *b;
	size_t a_size, b_size;
	assert_int_equal(ns_file_slurp(&a, &a_size, left, 1 << 20, &arena, &err), NS_OK);
	assert_int_equal(ns_file_slurp(&b, &b_size, right, 1 << 20, &arena, &err), NS_OK);
	assert_int_equal(a_size, b_size);
	assert_memory_equal(a, b, a_size);
}

static struct ns_texts *texts(struct ns_texts *out, size_t count, const char **items)
{
	*out = (struct ns_texts){items, count};
	return out;
}

static const struct ns_table_options plain = {NS_TABLE_OPTIONS_INIT};

static struct ns_reader *open_with(const struct ns_table_options *options, bool again, int count, ...)
{
	struct ns_reader *reader;
	char **paths = NS_NEW_ARRAY(&arena, char *, (size_t)count);
	va_list list;
	va_start(list, count);
	for (int i = 0; i < count; i++)
		paths[i] = va_arg(list, char *);
	va_end(list);
	return ns_reader_open(&reader, paths, count, options, again, &arena, &err) == NS_OK ? reader : NULL;
}

static struct ns_table *next(struct ns_reader *reader)
{
	struct ns_table *batch;
	return ns_reader_next(&batch, reader, &err) == NS_OK ? batch : NULL;
}

/* Copies the CSV file, as it is read with these options, to `out` in the given format. */
static int copy(const char *from, const char *to, struct ns_table_options options, int format)
{
	struct ns_reader *reader = open_with(&options, false, 1, from);
	struct ns_writer *writer;
	struct ns_table *batch;
	options.output_format = format;
	NS_TRY(ns_writer_open(&writer, to, &options, reader, &arena, &err));
	do {
		NS_TRY(ns_reader_next(&batch, reader, &err));
		NS_TRY(ns_writer_write(writer, batch, NULL, 0, &err));
	} while (batch->rows);
	NS_TRY(ns_writer_finish(writer, &err));
	return ns_reader_finish(reader, &err);
}

static void assert_numbers(const struct ns_column *column, size_t rows, const double *expected)
{
	assert_non_null(column->numbers);
	for (size_t i = 0; i < rows; i++) {
		if (isnan(expected[i]))
			assert_true(isnan(column->numbers[i]));
		else
			assert_true(column->numbers[i] == expected[i] && signbit(column->numbers[i]) == signbit(expected[i]));
	}
}

static void assert_text(const struct ns_column *column, size_t row, const char *expected)
{
	struct ns_span span = ns_column_text(column, row);
	if (!expected) {
		assert_null(span.data);
	} else {
		assert_non_null(span.data);
		assert_int_equal(span.size, strlen(expected));
		assert_memory_equal(span.data, expected, span.size);
	}
}

/* --- reading --- */

static void test_as_it_came(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,x\n 2 ,\"y\"\n");
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_header(reader)->width, 2);
	assert_int_equal(ns_reader_header(reader)->columns[0].type, NS_UNDECIDED);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->rows, 2);
	assert_null(batch->columns[0].numbers);
	assert_text(&batch->columns[0], 1, " 2 ");
	assert_text(&batch->columns[1], 1, "y");
	assert_int_equal(next(reader)->rows, 0);
	assert_int_equal(next(reader)->rows, 0); /* the end stays the end */
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
}

static void test_numbers(void **state)
{
	(void)state;
	put_file("a.csv", "a\n1\n-1\n0\n-0\n12345678\n-1234567\n123456789\n0.5\n 7 \n1e3\n+5\ninf\n-Infinity\n9007199254740993\n-\n");
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch;
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_EDATA);
	assert_string_equal(err.text, "a.csv:16: column 'a': '-' is not a number (--on-error skip or missing goes on)");
	put_file("a.csv", "a\n1\n-1\n0\n-0\n12345678\n-1234567\n123456789\n0.5\n 7 \n1e3\n+5\ninf\n-Infinity\n9007199254740993\n");
	reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	batch = next(reader);
	assert_int_equal(batch->rows, 14);
	assert_numbers(&batch->columns[0], 14, (double[]){1, -1, 0, -0.0, 12345678, -1234567, 123456789, 0.5, 7, 1000, 5, INFINITY, -INFINITY,
		9007199254740992});
}

/* Eight bytes at a time against one number at a time: all lengths, all bytes in all places. */
static void test_small_integers(void **state)
{
	(void)state;
	enum { ROWS = 60000 };
	FILE *file = fopen("a.csv", "w");
	double *expected = ns_malloc_array(ROWS, sizeof *expected);
	uint32_t seed = 1;
	fputs("a,b\n", file);
	for (size_t i = 0; i < ROWS; i++) {
		char text[16];
		size_t size = 0, length = 1 + i % 10;
		for (; size < length; size++) {
			seed = seed * 1664525 + 1013904223;
			text[size] = "0123456789-.+5:/e"[seed >> 16 & 1 ? (seed >> 20) % 10 : (seed >> 20) % 17];
		}
		expected[i] = NAN;
		ns_number_parse(&expected[i], text, size);
		fprintf(file, "%.*s,-\n", (int)size, text);
	}
	fclose(file);
	struct ns_table_options options = plain;
	options.on_error = NS_ON_ERROR_MISSING;
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch;
	size_t at = 0;
	while ((batch = next(reader)) && batch->rows) {
		assert_int_equal(batch->first_row, at);
		assert_numbers(&batch->columns[0], batch->rows, expected + at);
		at += batch->rows;
	}
	assert_int_equal(at, ROWS);
	free(expected);
}

static void test_missing(void **state)
{
	(void)state;
	static const char rows[] = "n,t\n,\nna,na\nNA,x\nN/A,x\nnan,x\nNaN,x\nnull,x\nNULL,x\nNone,x\n?,x\n\\N,x\n  ,\"\"\n";
	struct ns_texts list;
	put_file("a.csv", rows);
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_int_equal(ns_reader_want(reader, 1, NS_TEXT, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->rows, 12);
	for (size_t i = 0; i < 12; i++)
		assert_true(isnan(batch->columns[0].numbers[i]));
	assert_text(&batch->columns[1], 0, NULL);
	assert_text(&batch->columns[1], 1, "na");
	assert_text(&batch->columns[1], 11, NULL);

	put_file("b.csv", "n,t\n-999,-999\n-,-\n,\n5,a\n");
	struct ns_table_options options = plain;
	options.na = *texts(&list, 2, (const char *[]){"-", "-999.0"});
	options.na_given = true;
	reader = open_with(&options, false, 1, "b.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_int_equal(ns_reader_want(reader, 1, NS_TEXT, &err), NS_OK);
	batch = next(reader);
	assert_numbers(&batch->columns[0], 4, (double[]){NAN, NAN, NAN, 5});
	assert_text(&batch->columns[1], 0, "-999");
	assert_text(&batch->columns[1], 1, NULL);
	assert_text(&batch->columns[1], 2, "");
}

/* --- types --- */

static void test_infer(void **state)
{
	(void)state;
	put_file("a.csv", "number,text,code,big,hex,gaps,quoted,blank,inf\n1,a,007,9007199254740993,0x10,,\" 1\", 1 ,inf\n-0.5,1,1,1,1,?,1,,-1\n");
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_infer(reader, &err), NS_OK);
	static const enum ns_type types[] = {NS_NUMBER, NS_TEXT, NS_TEXT, NS_TEXT, NS_TEXT, NS_NUMBER, NS_TEXT, NS_NUMBER, NS_NUMBER};
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(ns_reader_header(reader)->columns[i].type, types[i]);
	struct ns_table *batch = next(reader); /* the rows looked at come first */
	assert_int_equal(batch->rows, 2);
	assert_int_equal(batch->lines[1], 3);
	assert_text(&batch->columns[1], 0, "a");
	assert_text(&batch->columns[2], 0, "007");
	assert_int_equal(next(reader)->rows, 0);
}

static void write_rows(const char *path, size_t rows, size_t odd)
{
	FILE *file = fopen(path, "w");
	fputs("id,age\n", file);
	for (size_t i = 1; i <= rows; i++)
		fprintf(file, "%zu,%s\n", i, i == odd ? "abc" : "5");
	fclose(file);
}

static void test_infer_looks_at_10000_rows(void **state)
{
	(void)state;
	write_rows("a.csv", 20000, 10000);
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 1, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_header(reader)->columns[1].type, NS_TEXT);

	write_rows("a.csv", 20000, 10001);
	reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 1, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_header(reader)->columns[1].type, NS_NUMBER);
	struct ns_table *batch;
	uint64_t rows = 0;
	while ((batch = next(reader)) && batch->rows)
		rows += batch->rows;
	assert_null(batch);
	assert_true(rows <= 10000);
	assert_string_equal(err.text, "a.csv:10002: column 'age': 'abc' is not a number, the values before it are (--text takes the column as text, "
		"--on-error skip or missing goes on)");
}

static void test_told_types(void **state)
{
	(void)state;
	struct ns_texts text, number;
	put_file("a.csv", "a,b\n1,x\n");
	struct ns_table_options options = plain;
	options.text = *texts(&text, 1, (const char *[]){"a"});
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_int_equal(ns_reader_infer(reader, &err), NS_OK);
	assert_int_equal(ns_reader_header(reader)->columns[0].type, NS_TEXT);
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_ECALL);
	assert_string_equal(err.text, "column 'a' is asked for as numbers, but --text makes it text");
	options.number = *texts(&number, 1, (const char *[]){"*"});
	assert_null(open_with(&options, false, 1, "a.csv"));
	assert_string_equal(err.text, "column 'a' is named by --text and by --number");
}

static void test_target_and_features(void **state)
{
	(void)state;
	struct ns_texts columns, exclude;
	bool marks[5];
	put_file("a.csv", "a,b,ns:row,y,c\n1,2,3,4,5\n");
	struct ns_table_options options = plain;
	options.target = "y";
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_string_equal(ns_reader_target(reader), "y");
	assert_string_equal(ns_metadata_find(&ns_reader_header(reader)->metadata, "ns:target"), "y");
	assert_int_equal(ns_reader_features(marks, reader, &options, &err), NS_OK);
	assert_memory_equal(marks, ((bool[]){true, true, false, false, true}), 5);
	options.columns = *texts(&columns, 2, (const char *[]){"y", "b"});
	assert_int_equal(ns_reader_features(marks, reader, &options, &err), NS_OK);
	assert_memory_equal(marks, ((bool[]){false, true, false, false, false}), 5);
	options.columns.count = 0;
	options.exclude = *texts(&exclude, 1, (const char *[]){"#1"});
	assert_int_equal(ns_reader_features(marks, reader, &options, &err), NS_OK);
	assert_memory_equal(marks, ((bool[]){false, true, false, false, true}), 5);
	options.exclude.items[0] = "none";
	assert_int_equal(ns_reader_features(marks, reader, &options, &err), NS_EDATA);
}

static void test_schema(void **state)
{
	(void)state;
	bool marks[4];
	put_file("s.yaml", "target: y\npositive: -1\ncolumns:\n  id: {type: text, role: id}\n  a: {type: number}\n  t: {type: text, role: time}\n  y: {type: number}\n");
	put_file("a.csv", "id,a,t,y\n7,1,2024-05-01,-1\n");
	struct ns_table_options options = plain;
	options.schema = "s.yaml";
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_non_null(ns_reader_schema(reader));
	assert_int_equal(ns_reader_header(reader)->columns[0].type, NS_TEXT);
	assert_int_equal(ns_reader_header(reader)->columns[1].type, NS_NUMBER);
	assert_string_equal(ns_reader_target(reader), "y");
	assert_string_equal(ns_metadata_find(&ns_reader_header(reader)->metadata, "ns:positive"), "-1");
	assert_int_equal(ns_reader_features(marks, reader, &options, &err), NS_OK);
	assert_memory_equal(marks, ((bool[]){false, true, false, false}), 4);
}

/* --- several inputs --- */

static void test_several_inputs(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,x\n2,y\n");
	put_file("b.csv", "a,b\n3,z\n");
	struct ns_reader *reader = open_with(&plain, false, 2, "a.csv", "b.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->rows, 2);
	batch = next(reader);
	assert_int_equal(batch->rows, 1);
	assert_int_equal(batch->first_row, 2);
	assert_string_equal(batch->source, "b.csv");
	assert_numbers(&batch->columns[0], 1, (double[]){3});
	assert_int_equal(next(reader)->rows, 0);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
}

static void test_inputs_must_be_alike(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,x\n");
	put_file("b.csv", "a,c\n1,x\n");
	struct ns_reader *reader = open_with(&plain, false, 2, "a.csv", "b.csv");
	assert_int_equal(next(reader)->rows, 1);
	assert_null(next(reader));
	assert_string_equal(err.text, "b.csv: column 2 is 'c', in a.csv it is 'b'");
	put_file("b.csv", "a\n1\n");
	reader = open_with(&plain, false, 2, "a.csv", "b.csv");
	assert_int_equal(next(reader)->rows, 1);
	assert_null(next(reader));
	assert_string_equal(err.text, "b.csv: has 1 columns, a.csv has 2");
	assert_int_equal(copy("a.csv", "a.arrow", plain, NS_OUTPUT_ARROW), NS_OK);
	reader = open_with(&plain, false, 2, "a.csv", "a.arrow");
	assert_int_equal(next(reader)->rows, 1);
	assert_null(next(reader));
	assert_string_equal(err.text, "a.arrow: is arrow, but the input before it is csv (ns-convert makes them alike)");
	put_file("b.csv", "a,b\nx,x\n");
	assert_int_equal(copy("b.csv", "b.arrow", plain, NS_OUTPUT_ARROW), NS_OK);
	reader = open_with(&plain, false, 2, "a.arrow", "b.arrow");
	assert_int_equal(next(reader)->rows, 1);
	assert_null(next(reader));
	assert_string_equal(err.text, "b.arrow: column 'a' is utf8, in a.arrow it is float64");
	assert_null(open_with(&plain, false, 1, "none.csv"));
	assert_string_equal(err.text, "none.csv: No such file or directory");
}

static void test_rewind(void **state)
{
	(void)state;
	put_file("a.csv", "a\n1\n2\n");
	put_file("b.csv", "a\n3\n");
	struct ns_reader *reader = open_with(&plain, true, 2, "a.csv", "b.csv");
	uint64_t rows;
	assert_int_equal(ns_reader_infer(reader, &err), NS_OK);
	for (int pass = 0; pass < 2; pass++) {
		assert_int_equal(ns_reader_count(&rows, reader, &err), NS_OK);
		assert_int_equal(rows, 3);
	}
	assert_int_equal(next(reader)->rows, 2);
	assert_int_equal(ns_reader_rewind(reader, &err), NS_OK); /* from the middle */
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->first_row, 0);
	assert_numbers(&batch->columns[0], 2, (double[]){1, 2});
}

/* --- rows set aside --- */

static void test_skip(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,x\nbad,\"y,y\"\n3\n4,z\n");
	struct ns_table_options options = plain;
	options.on_error = NS_ON_ERROR_SKIP;
	options.rejects = "bad.csv";
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->rows, 2);
	assert_numbers(&batch->columns[0], 2, (double[]){1, 4});
	assert_text(&batch->columns[1], 1, "z");
	assert_int_equal(batch->lines[1], 5);
	assert_int_equal(next(reader)->rows, 0);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
	assert_string_equal(get_file("bad.csv"), "a,b\n3\nbad,\"y,y\"\n"); /* malformed rows are met first */
}

static void test_skip_all_of_a_batch(void **state)
{
	(void)state;
	put_file("a.csv", "a\nx\ny\n");
	put_file("b.csv", "a\n1\n");
	struct ns_table_options options = plain;
	options.on_error = NS_ON_ERROR_SKIP;
	struct ns_reader *reader = open_with(&options, false, 2, "a.csv", "b.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_int_equal(next(reader)->rows, 1);
	assert_int_equal(next(reader)->rows, 0);
	options.on_error = NS_ON_ERROR_STOP;
	options.rejects = "bad.csv";
	assert_null(open_with(&options, false, 1, "a.csv"));
	assert_string_equal(err.text, "--rejects keeps the rows that --on-error skip sets aside: give both");
}

static void test_skip_in_arrow(void **state)
{
	(void)state;
	struct ns_texts text;
	put_file("a.csv", "n,t,s\n1,5,aa\n2,x,\n,7,b\n4,8,cc\n");
	struct ns_table_options options = plain;
	options.text = *texts(&text, 2, (const char *[]){"t", "s"});
	assert_int_equal(copy("a.csv", "a.arrow", options, NS_OUTPUT_ARROW), NS_OK);
	options = plain;
	options.on_error = NS_ON_ERROR_SKIP;
	options.rejects = "bad.csv";
	struct ns_reader *reader = open_with(&options, false, 1, "a.arrow");
	assert_int_equal(ns_reader_want(reader, 1, NS_NUMBER, &err), NS_OK);
	assert_int_equal(ns_reader_want(reader, 0, NS_TEXT, &err), NS_OK);
	struct ns_writer *writer;
	options.output_format = NS_OUTPUT_CSV;
	assert_int_equal(ns_writer_open(&writer, "out", &options, reader, &arena, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(batch->rows, 3);
	assert_numbers(&batch->columns[1], 3, (double[]){5, 7, 8});
	assert_text(&batch->columns[0], 1, NULL);
	assert_text(&batch->columns[0], 2, "4");
	assert_string_equal(ns_table_where(batch, 0, &arena), "a.arrow: row 1");
	assert_string_equal(ns_table_where(batch, 2, &arena), "a.arrow: row 4");
	assert_int_equal(batch->columns[2].array->rows, 3);
	assert_int_equal(ns_writer_write(writer, batch, NULL, 0, &err), NS_OK);
	assert_int_equal(ns_writer_finish(writer, &err), NS_OK);
	assert_int_equal(next(reader)->rows, 0);
	assert_int_equal(ns_reader_finish(reader, &err), NS_OK);
	assert_string_equal(get_file("bad.csv"), "n,t,s\n2,x,\n");
	assert_string_equal(get_file("out"), "n,t,s\n1,5,aa\n,7,b\n4,8,cc\n");
}

static void test_missing_on_error(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,x\nbad,y\n");
	struct ns_table_options options = plain;
	options.on_error = NS_ON_ERROR_MISSING;
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_numbers(&batch->columns[0], 2, (double[]){1, NAN});
	put_file("a.csv", "a,b\n1,x\n2\n");
	reader = open_with(&options, false, 1, "a.csv");
	while ((batch = next(reader)) && batch->rows)
		;
	assert_null(batch);
	assert_memory_equal(err.text, "a.csv:3: ", 9);
}

/* The first contradiction by row counts, whatever the column. */
static void test_first_contradiction(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,1\n2,y\nx,3\n");
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_int_equal(ns_reader_want(reader, 1, NS_NUMBER, &err), NS_OK);
	assert_null(next(reader));
	assert_string_equal(err.text, "a.csv:3: column 'b': 'y' is not a number (--on-error skip or missing goes on)");
}

/* 8 columns, so long that threads read them: mostly plain numbers, and all that is not, every `odd` rows. */
static void write_mixed(const char *path, size_t rows, size_t odd)
{
	static const char *const values[] = {"", "na", "\"5\"", " 6 ", "+7", "inf", "-.5e-3", "1e400", "\"\"", "-7", "-", "x"};
	uint32_t seed = 9;
	FILE *file = fopen(path, "w");
	fputs("a,b,c,d,e,f,g,h\n", file);
	for (size_t row = 0; row < rows; row++)
		for (int i = 0; i < 8; i++) {
			seed = seed * 1664525 + 1013904223;
			fputs(i ? "," : "", file);
			if (row % odd == odd - 1 && i == (int)(row / odd % 8))
				fputs(values[row / odd % 12], file);
			else if (seed >> 31)
				fprintf(file, "%d", (int)(seed >> 16) % 2000 - 1000);
			else
				fprintf(file, "%.*f", (int)(seed >> 20) % 9, seed / 1e9 - 2);
			fputs(i == 7 ? "\n" : "", file);
		}
	fclose(file);
}

/* What threads read is what one reads, to the bit, to the rows set aside, to the message. */
static void test_threads_read_the_same(void **state)
{
	(void)state;
	static const size_t odds[] = {1, 7, 300, 5000};
	struct ns_texts na;
	struct ns_table_options options = plain;
	options.na = *texts(&na, 2, (const char *[]){"na", "-7.0"});
	options.na_given = true;
	options.number = (struct ns_texts){(const char *[]){"*"}, 1};
	for (size_t i = 0; i < sizeof odds / sizeof *odds; i++) {
		write_mixed("a.csv", 12000, odds[i]);
		for (options.on_error = NS_ON_ERROR_STOP; options.on_error <= NS_ON_ERROR_MISSING; options.on_error++) {
			options.rejects = options.on_error == NS_ON_ERROR_SKIP ? "bad.csv" : NULL;
			options.threads = 0;
			int status = copy("a.csv", "a.arrow", options, NS_OUTPUT_ARROW);
			struct ns_err said = err;
			const char *bad = options.rejects ? get_file("bad.csv") : "";
			options.threads = 5;
			assert_int_equal(copy("a.csv", "b.arrow", options, NS_OUTPUT_ARROW), status);
			if (status != NS_OK) {
				assert_string_equal(said.text, err.text);
				ns_file_discard_all();
				continue;
			}
			assert_same_files("a.arrow", "b.arrow");
			assert_string_equal(bad, options.rejects ? get_file("bad.csv") : "");
		}
	}
}

/* --- writing --- */

static void test_arrow_made_of_csv(void **state)
{
	(void)state;
	static const char rows[] = "n,t,code\n1,x,007\n,\"a,b\",1\n-0.25,,\n";
	put_file("a.csv", rows);
	assert_int_equal(copy("a.csv", "a.arrow", plain, NS_OUTPUT_ARROW), NS_OK);
	struct ns_reader *reader = open_with(&plain, false, 1, "a.arrow");
	assert_int_equal(ns_reader_header(reader)->columns[0].type, NS_NUMBER);
	assert_int_equal(ns_reader_header(reader)->columns[2].type, NS_TEXT);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(ns_reader_want(reader, i, NS_UNDECIDED, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_numbers(&batch->columns[0], 3, (double[]){1, NAN, -0.25});
	assert_text(&batch->columns[1], 1, "a,b");
	assert_text(&batch->columns[1], 2, NULL);
	assert_int_equal(copy("a.arrow", "out", plain, NS_OUTPUT_CSV), NS_OK);
	assert_string_equal(get_file("out"), rows);
}

static void test_arrow_told_otherwise(void **state)
{
	(void)state;
	struct ns_texts list;
	put_file("a.csv", "a,b\n1,x\n2,y\n");
	struct ns_table_options options = plain;
	assert_int_equal(copy("a.csv", "a.arrow", options, NS_OUTPUT_ARROW), NS_OK);
	options.text = *texts(&list, 1, (const char *[]){"a"});
	assert_int_equal(copy("a.arrow", "b.arrow", options, NS_OUTPUT_ARROW), NS_OK);
	struct ns_reader *reader = open_with(&plain, false, 1, "b.arrow");
	assert_int_equal(ns_reader_header(reader)->columns[0].array->type.id, NS_ARROW_UTF8);
	options.text.count = 0;
	options.number = *texts(&list, 1, (const char *[]){"#1"});
	assert_int_equal(copy("b.arrow", "out", options, NS_OUTPUT_ARROW), NS_OK);
	assert_same_files("out", "a.arrow");
	options.number.items[0] = "b";
	assert_int_equal(copy("b.arrow", "out", options, NS_OUTPUT_ARROW), NS_EDATA);
	assert_string_equal(err.text, "b.arrow: row 1: column 'b': 'x' is not a number (--on-error skip or missing goes on)");
}

static void test_memory(void **state)
{
	(void)state;
	struct ns_reader *reader;
	uint64_t rows;
	assert_int_equal(ns_reader_open_memory(&reader, "a\n1\n2\n", 6, "request", &plain, &arena, &err), NS_OK);
	assert_int_equal(ns_reader_count(&rows, reader, &err), NS_OK);
	assert_int_equal(rows, 2);
	assert_int_equal(ns_reader_want(reader, 0, NS_NUMBER, &err), NS_OK);
	assert_numbers(&next(reader)->columns[0], 2, (double[]){1, 2});
	assert_int_equal(ns_reader_open_memory(&reader, "", 0, "request", &plain, &arena, &err), NS_EDATA);
}

static void test_left_columns_are_not_looked_at(void **state)
{
	(void)state;
	write_rows("a.csv", 10001, 10001);
	struct ns_table_options options = plain;
	options.output_format = NS_OUTPUT_ARROW;
	struct ns_reader *reader = open_with(&options, false, 1, "a.csv");
	struct ns_writer *writer;
	ns_reader_leave(reader, 1);
	assert_int_equal(ns_writer_open(&writer, "out", &options, reader, &arena, &err), NS_OK);
	struct ns_table *batch;
	uint64_t rows = 0;
	while ((batch = next(reader)) && batch->rows) {
		assert_non_null(batch->columns[0].numbers);
		assert_null(batch->columns[1].numbers);
		rows += batch->rows;
	}
	assert_int_equal(rows, 10001);
}

static void test_empty_table(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n");
	assert_int_equal(copy("a.csv", "a.arrow", plain, NS_OUTPUT_ARROW), NS_OK);
	assert_int_equal(copy("a.arrow", "out", plain, NS_OUTPUT_CSV), NS_OK);
	assert_string_equal(get_file("out"), "a,b\n");
}

/* A run that fails half-way needs nothing but the arena's release: the sanitizer would see a leak. */
static void test_failed_run(void **state)
{
	(void)state;
	put_file("a.csv", "a,b\n1,2\n3\n");
	assert_int_equal(copy("a.csv", "out", plain, NS_OUTPUT_CSV), NS_EDATA);
	assert_memory_equal(err.text, "a.csv:3: ", 9);
}

static void test_rows_listed(void **state)
{
	(void)state;
	put_file("a.csv", "a\n1\n2\n3\n");
	struct ns_reader *reader = open_with(&plain, false, 1, "a.csv");
	struct ns_writer *writer;
	assert_int_equal(ns_writer_open(&writer, "out", &plain, reader, &arena, &err), NS_OK);
	struct ns_table *batch = next(reader);
	assert_int_equal(ns_writer_write(writer, batch, (uint32_t[]){2, 0}, 2, &err), NS_OK);
	assert_int_equal(ns_writer_write(writer, batch, (uint32_t[]){0}, 0, &err), NS_OK);
	assert_int_equal(ns_writer_finish(writer, &err), NS_OK);
	assert_string_equal(get_file("out"), "a\n3\n1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_as_it_came, begin, end),
		cmocka_unit_test_setup_teardown(test_numbers, begin, end),
		cmocka_unit_test_setup_teardown(test_small_integers, begin, end),
		cmocka_unit_test_setup_teardown(test_missing, begin, end),
		cmocka_unit_test_setup_teardown(test_infer, begin, end),
		cmocka_unit_test_setup_teardown(test_infer_looks_at_10000_rows, begin, end),
		cmocka_unit_test_setup_teardown(test_told_types, begin, end),
		cmocka_unit_test_setup_teardown(test_target_and_features, begin, end),
		cmocka_unit_test_setup_teardown(test_schema, begin, end),
		cmocka_unit_test_setup_teardown(test_several_inputs, begin, end),
		cmocka_unit_test_setup_teardown(test_inputs_must_be_alike, begin, end),
		cmocka_unit_test_setup_teardown(test_rewind, begin, end),
		cmocka_unit_test_setup_teardown(test_skip, begin, end),
		cmocka_unit_test_setup_teardown(test_skip_all_of_a_batch, begin, end),
		cmocka_unit_test_setup_teardown(test_skip_in_arrow, begin, end),
		cmocka_unit_test_setup_teardown(test_missing_on_error, begin, end),
		cmocka_unit_test_setup_teardown(test_first_contradiction, begin, end),
		cmocka_unit_test_setup_teardown(test_threads_read_the_same, begin, end),
		cmocka_unit_test_setup_teardown(test_arrow_made_of_csv, begin, end),
		cmocka_unit_test_setup_teardown(test_arrow_told_otherwise, begin, end),
		cmocka_unit_test_setup_teardown(test_memory, begin, end),
		cmocka_unit_test_setup_teardown(test_left_columns_are_not_looked_at, begin, end),
		cmocka_unit_test_setup_teardown(test_empty_table, begin, end),
		cmocka_unit_test_setup_teardown(test_failed_run, begin, end),
		cmocka_unit_test_setup_teardown(test_rows_listed, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
