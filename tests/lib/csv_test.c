#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "child.h"
#include "table/arrow.h"
#include "table/csv.h"
#include "table/stream.h"

/* An output in memory. */
static int open_memory(struct ns_file **file)
{
	char path[32];
	struct ns_err err;
	int memory = memfd_create("csv_test", MFD_CLOEXEC);
	snprintf(path, sizeof path, "/dev/fd/%d", memory);
	assert_int_equal(ns_file_create(file, path, &err), NS_OK);
	return memory;
}

static char *contents(int memory, size_t *size)
{
	off_t end = lseek(memory, 0, SEEK_END);
	char *text = malloc((size_t)end + 1);
	assert_int_equal(pread(memory, text, (size_t)end, 0), end);
	text[end] = '\0';
	*size = (size_t)end;
	close(memory);
	return text;
}

/* Reads all of the bytes and writes them as CSV. */
static int copy(char **out, size_t *size, struct ns_bytes *bytes, const struct ns_table_options *options, const struct ns_reject *reject,
	struct ns_err *err)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_table table;
	struct ns_file *file;
	void *reader = NULL, *writer;
	int memory = open_memory(&file);
	int status = ns_format_csv.open(&reader, &table, bytes, options, reject, &arena, err);
	if (!status) {
		assert_int_equal(ns_format_csv.start(&writer, &table, file, options, &arena, err), NS_OK);
		do
			status = ns_format_csv.next(&table, reader, err);
		while (!status && !(status = ns_format_csv.write(writer, &table, NULL, 0, err)) && table.rows);
		struct ns_err ignored;
		ns_format_csv.finish(writer, &ignored);
		ns_format_csv.close(reader);
	}
	ns_bytes_close(bytes);
	ns_file_commit(file, &(struct ns_err){""});
	ns_arena_release(&arena);
	*out = contents(memory, size);
	return status;
}

static struct ns_table_options options_of(const char *text)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	options.no_header = *text == 'H';
	options.trim = *text == 't';
	if (*text == 'd')
		options.delimiter = text[1];
	return options;
}

static bool slurp(char **text, size_t *size, const char *name, const char *suffix, struct ns_arena *arena)
{
	const char *path = ns_format(arena, "tests/data/csv-cases/%s%s", name, suffix);
	struct ns_err err;
	return !access(path, R_OK) && !ns_file_slurp(text, size, path, 1 << 24, arena, &err);
}

/* portion: as ns_bytes_drip. */
static void try_case(const char *name, const char *flags, size_t portion)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_table_options options = options_of(flags);
	struct ns_bytes *bytes;
	struct ns_err err = {""};
	char *input, *expected, *found;
	size_t input_size, size, found_size;
	assert_true(slurp(&input, &input_size, name, ".csv", &arena));
	ns_bytes_open_memory(&bytes, input, input_size, ns_format(&arena, "%s.csv", name));
	ns_bytes_drip(bytes, portion);
	int status = copy(&found, &found_size, bytes, &options, NULL, &err);
	if (slurp(&expected, &size, name, ".out", &arena)) {
		assert_string_equal(err.text, "");
		assert_int_equal(status, NS_OK);
		assert_int_equal(found_size, size);
		assert_memory_equal(found, expected, size);
	} else {
		assert_true(slurp(&expected, &size, name, ".err", &arena));
		assert_int_equal(status, NS_EDATA);
		assert_string_equal(err.text, expected);
	}
	free(found);
	ns_arena_release(&arena);
}

static void test_collection(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	char *cases, *rest;
	size_t size, count = 0;
	assert_true(slurp(&cases, &size, "cases", "", &arena));
	for (char *line = strtok_r(cases, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), count++) {
		char *flags = strchr(line, ' ');
		*flags++ = '\0';
		for (size_t portion = 0; portion < 4; portion++)
			try_case(line, flags, portion);
	}
	assert_int_equal(count, 69);
	ns_arena_release(&arena);
}

static int read_text(char **out, const char *text, const struct ns_table_options *options, const struct ns_reject *reject, struct ns_err *err)
{
	struct ns_bytes *bytes;
	size_t size;
	*err = (struct ns_err){""};
	ns_bytes_open_memory(&bytes, text, strlen(text), "t.csv");
	return copy(out, &size, bytes, options, reject, err);
}

/* Records are looked at 64 bytes at a time: fields in quotes begin and end at every place, with a line end, a doubled quote, a delimiter or nothing in them. */
static void test_quotes_at_every_place(void **state)
{
	(void)state;
	static const char *const inside[] = {"x", "\"y\"", "\"\"", "\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", "\"a\r\nb\""};
	static const char *const written[] = {"x", "y", "", "\"a,b\"", "\"a\"\"b\"", "\"a\nb\"", "\"a\r\nb\""};
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_buffer text = NS_BUFFER_INIT(1 << 24), expected = text;
	struct ns_err err;
	char *out;
	assert_int_equal(ns_buffer_printf(&text, "a,b,c\n") || ns_buffer_printf(&expected, "a,b,c\n"), 0);
	for (int before = 0; before < 130; before++) {
		for (size_t i = 0; i < 49; i++) {
			assert_int_equal(ns_buffer_printf(&text, "%0*d,%s,%s\r\n", before, 7, inside[i / 7], inside[i % 7]), 0);
			assert_int_equal(ns_buffer_printf(&expected, "%0*d,%s,%s\n", before, 7, written[i / 7], written[i % 7]), 0);
		}
	}
	assert_int_equal(read_text(&out, text.data, &options, NULL, &err), NS_OK);
	assert_string_equal(out, expected.data);
	free(out);
	ns_buffer_release(&text);
	ns_buffer_release(&expected);
}

/* Rows that were set aside, as "LINE [RAW] WHY\n". */
static int set_aside(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err)
{
	if (strstr(why, "'stop'"))
		return ns_fail(err, NS_EDATA, "%s", why);
	return ns_buffer_printf(context, "%llu behind %zu [%.*s] %.20s\n", (unsigned long long)line, rows, (int)size, raw, why);
}

static void test_reject(void **state)
{
	(void)state;
	struct ns_buffer aside = NS_BUFFER_INIT(4096);
	struct ns_reject reject = {.row = set_aside, .context = &aside};
	struct ns_table_options options = options_of("");
	struct ns_err err;
	char *out;
	assert_int_equal(read_text(&out, "a,b\n;\n1,2\n\"x\ny\",1,2\nx\"y,2\nz\",2\n3,4\n\"5\"6\r\n7,8\n9", &options, &reject, &err), NS_OK);
	assert_string_equal(out, "a,b\n1,2\n3,4\n7,8\n");
	assert_string_equal(aside.data, "2 behind 0 [;] t.csv:2: 1 field whe\n4 behind 1 [\"x\ny\",1,2] t.csv:4: 3 fields wh\n6 behind 1 [x\"y,2] t.csv:6: byte 2: a q\n"
					"7 behind 1 [z\",2] t.csv:7: byte 2: a q\n9 behind 2 [\"5\"6] t.csv:9: byte 4: tex\n11 behind 3 [9] t.csv:11: 1 field wh\n");
	free(out);
	assert_int_equal(read_text(&out, "a,b\n1,2\nstop\n", &options, &reject, &err), NS_EDATA);
	assert_string_equal(err.text, "t.csv:3: 1 field where the header has 2: 'stop' (a stray line? --on-error skip sets such rows aside)");
	free(out);
	/* Where nobody knows where the next record begins there is nothing to set aside. */
	assert_int_equal(read_text(&out, "a,b\n1,2\n\"3,4\n", &options, &reject, &err), NS_EDATA);
	assert_string_equal(err.text, "t.csv:3: byte 1: a quote opens here and never closes (was the end cut off?)");
	free(out);
	ns_buffer_release(&aside);
}

static void test_names(void **state)
{
	(void)state;
	const char *items[] = {"x", "y"};
	struct ns_table_options options = options_of("H");
	struct ns_err err;
	char *out;
	options.names = (struct ns_texts){items, 2};
	assert_int_equal(read_text(&out, "1,2\n3,4\n", &options, NULL, &err), NS_OK);
	assert_string_equal(out, "x,y\n1,2\n3,4\n");
	free(out);
	assert_int_equal(read_text(&out, "", &options, NULL, &err), NS_OK);
	assert_string_equal(out, "x,y\n");
	free(out);
	assert_int_equal(read_text(&out, "1,2,3\n", &options, NULL, &err), NS_EDATA);
	assert_string_equal(err.text, "t.csv:1: 3 fields, but --names lists 2");
	free(out);
	options.names.count = 1;
	assert_int_equal(read_text(&out, "\n\n\n", &options, NULL, &err), NS_OK);
	assert_string_equal(out, "x\n\"\"\n\"\"\n");
	free(out);
	options.names.count = 2;
	options.no_header_output = true;
	assert_int_equal(read_text(&out, "x,y\n3,4\n", &options, NULL, &err), NS_OK);
	assert_string_equal(out, "x,y\n3,4\n");
	free(out);
}

static void test_delimiter(void **state)
{
	(void)state;
	struct ns_table_options options = options_of("d\"");
	struct ns_err err;
	char *out;
	assert_int_equal(read_text(&out, "a\n", &options, NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "a quote, a line end or NUL cannot be the delimiter of CSV");
	free(out);
}

struct batch {
	struct ns_arena arena;
	struct ns_bytes *bytes;
	void *reader;
	struct ns_table table;
	struct ns_err err;
};

static void open_batch_as(struct batch *batch, const char *flags, const char *text, size_t size, size_t portion)
{
	struct ns_table_options options = options_of(flags);
	*batch = (struct batch){.arena = NS_ARENA_INIT};
	ns_bytes_open_memory(&batch->bytes, text, size, "t.csv");
	ns_bytes_drip(batch->bytes, portion);
	assert_int_equal(ns_format_csv.open(&batch->reader, &batch->table, batch->bytes, &options, NULL, &batch->arena, &batch->err), NS_OK);
	assert_int_equal(batch->table.rows, 0);
}

static void open_batch(struct batch *batch, const char *text, size_t size, size_t portion)
{
	open_batch_as(batch, "", text, size, portion);
}

static void next_batch(struct batch *batch)
{
	assert_int_equal(ns_format_csv.next(&batch->table, batch->reader, &batch->err), NS_OK);
}

static void close_batch(struct batch *batch)
{
	ns_format_csv.close(batch->reader);
	ns_bytes_close(batch->bytes);
	ns_arena_release(&batch->arena);
}

static void assert_cell(const struct batch *batch, size_t row, size_t column, const char *text, bool quoted)
{
	const struct ns_column *c = &batch->table.columns[column];
	struct ns_span span = ns_column_text(c, row);
	assert_int_equal(span.size, strlen(text));
	assert_memory_equal(span.data, text, span.size);
	assert_int_equal(!!(c->cells[row * c->stride].size & NS_CELL_QUOTED), quoted);
}

static void test_cells(void **state)
{
	(void)state;
	const char *text = "a,b\r\n1,\"x\r\ny\"\n\n\"\"\"q\"\"\",\"\"\r , 4";
	struct batch batch;
	open_batch(&batch, text, strlen(text), 0);
	next_batch(&batch);
	assert_int_equal(batch.table.rows, 3);
	assert_int_equal(batch.table.width, 2);
	assert_string_equal(batch.table.source, "t.csv");
	assert_int_equal(batch.table.lines[0], 2);
	assert_int_equal(batch.table.lines[1], 5);
	assert_int_equal(batch.table.lines[2], 6);
	assert_int_equal(batch.table.columns[0].type, NS_UNDECIDED);
	assert_cell(&batch, 0, 0, "1", false);
	assert_cell(&batch, 0, 1, "x\r\ny", true);
	assert_cell(&batch, 1, 0, "\"q\"", true);
	assert_cell(&batch, 1, 1, "", true);
	assert_cell(&batch, 2, 0, " ", false);
	assert_cell(&batch, 2, 1, " 4", false);
	for (int i = 0; i < 2; i++) {
		next_batch(&batch);
		assert_int_equal(batch.table.rows, 0);
		assert_int_equal(batch.table.first_row, 3);
	}
	close_batch(&batch);
}

/* What is whole is given before the next read would wait. */
static void test_live(void **state)
{
	(void)state;
	const char *text = "a,b\n1,2\n3,4\n5,\"6\n\"\n7,8";
	struct batch batch;
	size_t rows = 0;
	open_batch(&batch, text, strlen(text), 4);
	next_batch(&batch);
	assert_int_equal(batch.table.rows, 1);
	assert_int_equal(batch.table.first_row, 0);
	assert_cell(&batch, 0, 1, "2", false);
	for (; batch.table.rows; next_batch(&batch)) {
		assert_int_equal(batch.table.first_row, rows);
		rows += batch.table.rows;
	}
	assert_int_equal(rows, 4);
	close_batch(&batch);
}

/* Records beyond the block, and batches that stay within their limits, rows and lines in order. */
static void test_large(void **state)
{
	(void)state;
	enum { LONG = 700000, SHORT = 200000 };
	struct ns_buffer text = NS_BUFFER_INIT((size_t)1 << 26);
	ns_buffer_printf(&text, "a,b\n");
	char *value = malloc(LONG);
	memset(value, 'x', LONG);
	for (int i = 0; i < 3; i++) {
		ns_buffer_append(&text, i ? "\"" : "", i ? 1 : 0);
		ns_buffer_append(&text, value, LONG);
		ns_buffer_append(&text, i == 2 ? "\"\"\",1\n" : i ? "\",1\n" : ",1\n", i == 2 ? 6 : i ? 4 : 3);
	}
	for (int i = 0; i < SHORT; i++)
		ns_buffer_printf(&text, i % 7 ? "%d,2\n" : "\"%d\"\"\",2\n", i);
	struct batch batch;
	open_batch(&batch, text.data, text.size, 0);
	next_batch(&batch);
	size_t row = 0;
	for (; batch.table.rows; next_batch(&batch)) {
		assert_true(batch.table.rows <= 8192);
		for (size_t i = 0; i < batch.table.rows; i++, row++) {
			struct ns_span span = ns_column_text(&batch.table.columns[0], i);
			char expected[32];
			snprintf(expected, sizeof expected, (row - 3) % 7 ? "%zu" : "%zu\"", row - 3);
			assert_int_equal(batch.table.lines[i], row + 2);
			assert_int_equal(span.size, row < 2 ? LONG : row == 2 ? LONG + 1 : strlen(expected));
			assert_memory_equal(span.data, row < 3 ? value : expected, row < 3 ? LONG : span.size);
		}
	}
	assert_int_equal(row, SHORT + 3);
	close_batch(&batch);
	ns_buffer_release(&text);
	free(value);
}

/* A record over the limit is refused before it has been read to its end. */
static void refuse_endless(const char *start, const char *message)
{
	struct ns_table_options options = options_of("");
	struct ns_bytes *bytes;
	struct ns_err err;
	size_t size = (size_t)80 << 20, out_size, length = strlen(start);
	char *text = malloc(size), *out;
	memset(text, 'x', size);
	memcpy(text, start, length);
	ns_bytes_open_memory(&bytes, text, size, "t.csv");
	assert_int_equal(copy(&out, &out_size, bytes, &options, NULL, &err), NS_EDATA);
	assert_string_equal(err.text, message);
	free(out);
	free(text);
}

static void test_endless(void **state)
{
	(void)state;
	refuse_endless("a,b\n1,", "t.csv:2: this line is longer than 64 MiB, the limit of a record (is it CSV?)");
	refuse_endless("a,b\n\"1\n\",\"", "t.csv:3: byte 3: a quote opens here and does not close within 64 MiB, the limit of a record");
}

static int make_notes(void *context)
{
	struct ns_table_options options = options_of("");
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_bytes *bytes;
	struct ns_table table;
	struct ns_err err;
	void *reader;
	ns_program = "t";
	ns_quiet = false;
	ns_bytes_open_memory(&bytes, context, strlen(context), "t.csv");
	for (int pass = 0; pass < 2; pass++) {
		check(!ns_format_csv.open(&reader, &table, bytes, &options, NULL, &arena, &err));
		do
			check(!ns_format_csv.next(&table, reader, &err));
		while (table.rows);
		ns_format_csv.close(reader);
		check(!ns_bytes_rewind(bytes, &err));
	}
	ns_bytes_close(bytes);
	ns_arena_release(&arena);
	return 0;
}

/* Said once, however often the input is rewound. */
static void test_notes(void **state)
{
	(void)state;
	static struct child child;
	run_child(&child, make_notes, " a;b\n1\n a;b\n a;b\n\n");
	assert_int_equal(child.status, 0);
	assert_string_equal(child.err, "t: t.csv: column 1: the blanks around ' a;b' are dropped\nt: t.csv: one column, 'a;b' (is -d missing?)\n"
				       "t: t.csv:5: the blank line at the end is not taken as a row\nt: t.csv: skipped 2 lines equal to the header\n");
	run_child(&child, make_notes, "a,b\n1,2\na,b\n");
	assert_string_equal(child.err, "t: t.csv: skipped 1 line equal to the header\n");
}

static char *write_batch(const struct ns_table *table, const struct ns_table_options *options, const uint32_t *rows, size_t count,
	struct ns_err *err)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_file *file;
	void *writer;
	size_t size;
	int memory = open_memory(&file);
	err->text[0] = '\0';
	assert_int_equal(ns_format_csv.start(&writer, table, file, options, &arena, err), NS_OK);
	assert_string_equal(file->when_cut, "\"");
	if (ns_format_csv.write(writer, table, rows, count, err))
		ns_format_csv.abandon(writer);
	else
		assert_int_equal(ns_format_csv.finish(writer, err), NS_OK);
	assert_int_equal(ns_file_commit(file, &(struct ns_err){""}), NS_OK);
	ns_arena_release(&arena);
	return contents(memory, &size);
}

static void assert_written(const struct ns_table *table, const char *flags, const uint32_t *rows, size_t count, const char *expected)
{
	struct ns_table_options options = options_of(flags);
	struct ns_err err;
	char *found = write_batch(table, &options, rows, count, &err);
	assert_string_equal(err.text, "");
	assert_string_equal(found, expected);
	free(found);
}

static void test_write(void **state)
{
	(void)state;
	const char *text = "a,b,c,d\n1,2;x,3,4\n\"5,\",6,\"7\",8\n,10,11,12\n";
	static const uint32_t rows[] = {2, 0, 2};
	static const double numbers[] = {0.5, 0.0 / 0.0, 1e300};
	static const int64_t integers[] = {1, -2, INT64_MAX};
	const struct ns_arrow_array array = {.type = {.id = NS_ARROW_INT, .width = 64, .is_signed = true}, .rows = 3, .values = integers};
	struct batch batch;
	open_batch(&batch, text, strlen(text), 0);
	next_batch(&batch);
	assert_written(&batch.table, "", NULL, 0, "a,b,c,d\n1,2;x,3,4\n\"5,\",6,7,8\n,10,11,12\n");
	assert_written(&batch.table, "", rows, 3, "a,b,c,d\n,10,11,12\n1,2;x,3,4\n,10,11,12\n");
	assert_written(&batch.table, "", rows, 0, "a,b,c,d\n");
	assert_written(&batch.table, "d;", NULL, 0, "a;b;c;d\n1;\"2;x\";3;4\n5,;6;7;8\n;10;11;12\n");
	struct ns_column *columns = batch.table.columns, moved[4] = {columns[3], columns[0], columns[1], columns[2]};
	struct ns_table other = batch.table;
	other.columns = moved;
	assert_written(&other, "", NULL, 0, "d,a,b,c\n4,1,2;x,3\n8,\"5,\",6,7\n12,,10,11\n");
	ns_column_set_numbers(&moved[2], numbers);
	moved[0] = (struct ns_column){.name = "i", .array = &array};
	assert_written(&other, "", NULL, 0, "i,a,b,c\n1,1,0.5,3\n-2,\"5,\",,7\n9223372036854775807,,1e+300,11\n");
	other.width = 1;
	other.columns = &moved[1];
	assert_written(&other, "", NULL, 0, "a\n1\n\"5,\"\n\"\"\n");
	close_batch(&batch);
}

/* --trim: the same cells from whole and from dripping input, and their bytes are what is written. */
static void test_trim(void **state)
{
	(void)state;
	const char *text = " a ,\tb\t,c\n x y ,\"  q \", \t \r\n\t?\t,\" \"\"\",z\n\240x\v, ,\"\"\n  a ,b,c\n a ,\tb\t,c\n ,1 2\t,  \"";
	for (size_t portion = 0; portion < 4; portion++) {
		struct batch batch;
		open_batch_as(&batch, "t", text, strlen(text) - 1, portion);
		assert_string_equal(batch.table.columns[0].name, "a");
		assert_string_equal(batch.table.columns[1].name, "b");
		const char *const expected[5][3] = {{"x y", "  q ", ""}, {"?", " \"", "z"}, {"\240x\v", "", ""}, {"a", "b", "c"}, {"", "1 2", ""}};
		const uint64_t lines[] = {2, 3, 4, 5, 7};
		for (size_t row = 0, rows = 0; rows < 5; rows += batch.table.rows, row = 0) {
			next_batch(&batch);
			assert_true(batch.table.rows);
			for (; row < batch.table.rows; row++) {
				assert_int_equal(batch.table.lines[row], lines[rows + row]);
				for (size_t i = 0; i < 3; i++)
					assert_cell(&batch, row, i, expected[rows + row][i], (rows + row < 2 && i == 1) || (rows + row == 2 && i == 2));
			}
		}
		next_batch(&batch);
		assert_int_equal(batch.table.rows, 0);
		close_batch(&batch);
	}
	struct batch batch;
	open_batch_as(&batch, "t", text, strlen(text) - 1, 0);
	next_batch(&batch);
	assert_written(&batch.table, "", NULL, 0, "a,b,c\nx y,  q ,\n?,\" \"\"\",z\n\240x\v,,\n\"a\",\"b\",\"c\"\n,1 2,\n");
	close_batch(&batch);
	struct ns_table_options options = options_of("t");
	struct ns_err err;
	char *out;
	assert_int_equal(read_text(&out, "a,b\n1, \"x\"\n", &options, NULL, &err), NS_EDATA);
	assert_non_null(strstr(err.text, "t.csv:2: byte 4: a quote inside a value that does not begin with one"));
	free(out);
}

/* A row that looks like the header must come back as a row. */
static void test_header_as_row(void **state)
{
	(void)state;
	struct ns_table_options options = options_of("");
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_column columns[2] = {{.name = "a"}, {.name = "b,"}};
	struct ns_table table = {.rows = 2, .width = 2, .columns = columns, .source = "t"};
	struct ns_span first[] = {{"a", 1}, {"\357\273\277a", 4}}, second[] = {{"b,", 2}, {"b,", 2}};
	struct ns_err err;
	assert_int_equal(ns_column_set_text(&columns[0], first, 2, &arena, &err), NS_OK);
	assert_int_equal(ns_column_set_text(&columns[1], second, 2, &arena, &err), NS_OK);
	assert_written(&table, "", NULL, 0, "a,\"b,\"\n\"a\",\"b,\"\n\"\357\273\277a\",\"b,\"\n");
	table.columns++;
	table.width = 1;
	free(write_batch(&table, &options, NULL, 0, &err));
	assert_non_null(strstr(err.text, ": a row with the header's own names as values would be taken for the header again (rename a column)"));
	columns[1].name = "\357\273\277x";
	assert_written(&table, "", NULL, 0, "\"\357\273\277x\"\n\"b,\"\n\"b,\"\n");
	ns_arena_release(&arena);
}

/* So many numbers that threads print them: the same text as one prints. */
static void test_threads_write_the_same(void **state)
{
	(void)state;
	enum { ROWS = 9001, WIDTH = 5 };
	struct ns_table_options options = options_of("");
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_column columns[WIDTH] = {{.name = "a"}, {.name = "b"}, {.name = "c"}, {.name = "d"}, {.name = "e"}};
	struct ns_table table = {.rows = ROWS, .width = WIDTH, .columns = columns, .source = "t"};
	struct ns_span *words = NS_NEW_ARRAY(&arena, struct ns_span, ROWS);
	uint32_t *rows = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	struct ns_err err;
	for (size_t i = 0; i < WIDTH - 1; i++) {
		double *numbers = NS_NEW_ARRAY(&arena, double, ROWS);
		for (size_t row = 0; row < ROWS; row++)
			numbers[row] = row % 7 == i ? NAN : (double)(row * (i + 1)) / 7;
		ns_column_set_numbers(&columns[i], numbers);
	}
	for (uint32_t row = 0; row < ROWS; row++) {
		words[row] = (struct ns_span){"a,b \"c\"", row % 9};
		rows[row] = ROWS - 1 - row / 2;
	}
	assert_int_equal(ns_column_set_text(&columns[WIDTH - 1], words, ROWS, &arena, &err), NS_OK);
	for (int listed = 0; listed < 2; listed++) {
		options.threads = 0;
		char *alone = write_batch(&table, &options, listed ? rows : NULL, ROWS, &err);
		for (options.threads = 2; options.threads < 17; options.threads += 7) {
			char *together = write_batch(&table, &options, listed ? rows : NULL, ROWS, &err);
			assert_string_equal(alone, together);
			free(together);
		}
		free(alone);
	}
	ns_arena_release(&arena);
}

/* A delimiter that may stand in a number puts such numbers in quotes. */
static void test_delimiter_in_numbers(void **state)
{
	(void)state;
	struct ns_table_options options = options_of("");
	struct ns_column columns[2] = {{.name = "a"}, {.name = "b"}};
	struct ns_table table = {.rows = 2, .width = 2, .columns = columns, .source = "t"};
	struct ns_err err;
	ns_column_set_numbers(&columns[0], (double[]){1.5, 2});
	ns_column_set_numbers(&columns[1], (double[]){-3, INFINITY});
	options.delimiter = '.';
	char *text = write_batch(&table, &options, NULL, 2, &err);
	assert_string_equal(text, "a.b\n\"1.5\".-3\n2.inf\n");
	free(text);
	options.delimiter = ';';
	text = write_batch(&table, &options, NULL, 2, &err);
	assert_string_equal(text, "a;b\n1.5;-3\n2;inf\n");
	free(text);
}

static void test_put_field(void **state)
{
	(void)state;
	struct ns_buffer out = NS_BUFFER_INIT(64);
	assert_int_equal(ns_csv_put_field(&out, "a b", 3, ','), 0);
	assert_int_equal(ns_csv_put_field(&out, "a,\"", 3, ','), 0);
	assert_int_equal(ns_csv_put_field(&out, "a,", 2, ';'), 0);
	assert_int_equal(ns_csv_put_field(&out, "\r", 1, ';'), 0);
	assert_int_equal(ns_csv_put_field(&out, "", 0, ';'), 0);
	assert_int_equal(out.size, 14);
	assert_memory_equal(out.data, "a b\"a,\"\"\"a,\"\r\"", 14);
	assert_int_equal(ns_csv_put_field(&out, "0123456789\"0123456789\"0123456789", 32, ','), -1);
	assert_int_equal(out.size, 14);
	ns_buffer_release(&out);
}

int main(void)
{
	ns_quiet = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collection),
		cmocka_unit_test(test_quotes_at_every_place), cmocka_unit_test(test_reject), cmocka_unit_test(test_names),
		cmocka_unit_test(test_delimiter), cmocka_unit_test(test_cells), cmocka_unit_test(test_live),
		cmocka_unit_test(test_large), cmocka_unit_test(test_endless), cmocka_unit_test(test_notes),
		cmocka_unit_test(test_write), cmocka_unit_test(test_trim), cmocka_unit_test(test_header_as_row),
		cmocka_unit_test(test_threads_write_the_same), cmocka_unit_test(test_delimiter_in_numbers), cmocka_unit_test(test_put_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
