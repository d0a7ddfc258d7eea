#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <unistd.h>

#include "arrow_dump.h"

static struct ns_arena arena;
static struct ns_err err;

static int set_up(void **state)
{
	(void)state;
	ns_quiet = true;
	arena = NS_ARENA_INIT;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* A stream being written to a file of its own, which end_writing() reads back. */
struct writing {
	char path[64];
	struct ns_file *file;
	void *state;
};

static void start_writing(struct writing *writing, const struct ns_table *header)
{
	snprintf(writing->path, sizeof writing->path, "/tmp/arrow_write_test.%ld", (long)getpid());
	assert_int_equal(ns_file_create(&writing->file, writing->path, &err), NS_OK);
	assert_int_equal(ns_format_arrow.start(&writing->state, header, writing->file, NULL, &arena, &err), NS_OK);
}

static void write_rows(struct writing *writing, const struct ns_table *batch, const uint32_t *rows, size_t count)
{
	assert_int_equal(ns_format_arrow.write(writing->state, batch, rows, count, &err), NS_OK);
}

static const char *end_writing(size_t *size, struct writing *writing)
{
	char *data;
	assert_int_equal(ns_format_arrow.finish(writing->state, &err), NS_OK);
	assert_int_equal(ns_file_commit(writing->file, &err), NS_OK);
	assert_int_equal(ns_file_slurp(&data, size, writing->path, DUMP_MAX, &arena, &err), NS_OK);
	unlink(writing->path);
	return data;
}

/* rows of a number column (every third missing) and a text column (every fourth missing), as CSV would hold them. */
static struct ns_table csv_like(size_t rows, size_t first)
{
	struct ns_table table = {.rows = rows, .width = 2, .first_row = first};
	table.columns = NS_NEW_ARRAY(&arena, struct ns_column, 2);
	double *numbers = NS_NEW_ARRAY(&arena, double, rows);
	struct ns_span *texts = NS_NEW_ARRAY(&arena, struct ns_span, rows);
	for (size_t i = 0; i < rows; i++) {
		size_t row = first + i;
		numbers[i] = row % 3 == 2 ? NAN : (double)row;
		if (row % 4 != 3)
			texts[i] = (struct ns_span){ns_format(&arena, "t%zu", row), 0};
		texts[i].size = texts[i].data ? strlen(texts[i].data) : 0;
	}
	table.columns[0].name = "number";
	table.columns[1].name = "text";
	assert_int_equal(ns_column_set_text(&table.columns[0], texts, rows, &arena, &err), NS_OK); /* CSV keeps the cells beside the numbers */
	table.columns[0].type = NS_NUMBER;
	table.columns[0].numbers = numbers;
	assert_int_equal(ns_column_set_text(&table.columns[1], texts, rows, &arena, &err), NS_OK);
	return table;
}

static const char *expected_rows(const uint32_t *rows, size_t count)
{
	struct ns_buffer numbers = NS_BUFFER_INIT(DUMP_MAX), texts = NS_BUFFER_INIT(DUMP_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t row = rows ? rows[i] : i;
		const char *bar = i ? "|" : "";
		if (row % 3 == 2)
			ns_buffer_printf(&numbers, "%snull", bar);
		else
			ns_buffer_printf(&numbers, "%s%zu", bar, row);
		if (row % 4 == 3)
			ns_buffer_printf(&texts, "%snull", bar);
		else
			ns_buffer_printf(&texts, "%st%zu", bar, row);
	}
	const char *all = ns_format(&arena, "number\tfloat64\t%s\ntext\tutf8\t%s\n", count ? numbers.data : "", count ? texts.data : "");
	ns_buffer_release(&numbers);
	ns_buffer_release(&texts);
	return all;
}

/* Batches are of 8192 rows, however the rows came. */
static void test_batches(void **state)
{
	(void)state;
	static const size_t steps[] = {20000, 8192, 5000, 1};
	const char *first = NULL, *batches;
	size_t first_size = 0;
	for (size_t s = 0; s < 4; s++) {
		struct writing writing;
		struct ns_table header = csv_like(0, 0);
		start_writing(&writing, &header);
		for (size_t done = 0; done < 20000; done += steps[s]) {
			struct ns_table batch = csv_like(steps[s] < 20000 - done ? steps[s] : 20000 - done, done);
			write_rows(&writing, &batch, NULL, 0);
		}
		size_t size;
		const char *data = end_writing(&size, &writing);
		assert_string_equal(dump_format(&batches, data, size, "f", &arena, &err), expected_rows(NULL, 20000));
		assert_string_equal(batches, "8192 8192 3616");
		if (s == 0) {
			first = data;
			first_size = size;
		}
		assert_int_equal(size, first_size);
		assert_memory_equal(data, first, size);
	}
}

/* How many rows a batch has is decided by the width alone. */
static void test_batches_of_wide_tables(void **state)
{
	(void)state;
	static const struct {
		size_t width, rows;
		const char *batches;
	} cases[] = {{256, 8193, "8192 1"}, {257, 8161, "8160 1"}, {20000, 209, "104 104 1"}, {40000, 65, "64 1"}};
	for (size_t c = 0; c < 4; c++) {
		struct writing writing;
		size_t size, rows = cases[c].rows;
		const char *batches;
		double *zeroes = NS_NEW_ARRAY(&arena, double, rows);
		struct ns_table batch = {.width = cases[c].width};
		batch.columns = NS_NEW_ARRAY(&arena, struct ns_column, batch.width);
		for (size_t i = 0; i < batch.width; i++) {
			batch.columns[i].name = ns_format(&arena, "c%zu", i);
			ns_column_set_numbers(&batch.columns[i], zeroes);
		}
		start_writing(&writing, &batch);
		for (size_t done = 0, step = 1; done < rows; done += batch.rows, step = step * 3 % 1000 + 1) {
			batch.rows = step < rows - done ? step : rows - done;
			write_rows(&writing, &batch, NULL, 0);
		}
		const char *data = end_writing(&size, &writing);
		assert_non_null(dump_format(&batches, data, size, "f", &arena, &err));
		assert_string_equal(batches, cases[c].batches);
	}
}

static void test_selected(void **state)
{
	(void)state;
	static const uint32_t rows[] = {7, 0, 3, 3, 2, 99};
	const char *batches;
	struct writing writing;
	size_t size;
	struct ns_table table = csv_like(100, 0);
	start_writing(&writing, &table);
	write_rows(&writing, &table, rows, 0);
	write_rows(&writing, &table, rows, 6);
	const char *data = end_writing(&size, &writing);
	assert_string_equal(dump_format(&batches, data, size, "f", &arena, &err), expected_rows(rows, 6));
	assert_string_equal(batches, "6");
}

static void test_nothing(void **state)
{
	(void)state;
	struct writing writing;
	size_t size;
	struct ns_table table = csv_like(0, 0);
	start_writing(&writing, &table);
	write_rows(&writing, &table, NULL, 0);
	const char *data = end_writing(&size, &writing);
	assert_string_equal(dump_format(NULL, data, size, "f", &arena, &err), "number\tfloat64\t\ntext\tutf8\t\n");
}

/* What came as record batches leaves as the same ones; rows chosen from them are gathered. The first column of some streams is also computed anew. */
static void pass_through(const char *file, bool whole, bool computed)
{
	size_t size;
	char *data = load(&size, file);
	const char *batches, *want = dump_format(&batches, data, size, file, &arena, &err), *got_batches, *got;
	struct ns_bytes *bytes;
	struct ns_table header, batch;
	struct writing writing;
	void *reader;
	ns_bytes_open_memory(&bytes, data, size, file);
	assert_int_equal(ns_format_arrow.open(&reader, &header, bytes, NULL, NULL, &arena, &err), NS_OK);
	if (computed)
		ns_column_set_numbers(&header.columns[0], NULL);
	start_writing(&writing, &header);
	do {
		assert_int_equal(ns_format_arrow.next(&batch, reader, &err), NS_OK);
		uint32_t *rows = NS_NEW_ARRAY(&arena, uint32_t, batch.rows);
		for (size_t i = 0; i < batch.rows; i++)
			rows[i] = (uint32_t)i;
		if (computed) {
			double *numbers = NS_NEW_ARRAY(&arena, double, batch.rows);
			assert_true(ns_arrow_numbers(numbers, batch.columns[0].array));
			ns_column_set_numbers(&batch.columns[0], numbers);
		}
		write_rows(&writing, &batch, whole ? NULL : rows, whole ? 0 : batch.rows);
	} while (batch.rows);
	size_t out_size;
	const char *out = end_writing(&out_size, &writing);
	ns_format_arrow.close(reader);
	ns_bytes_close(bytes);
	got = dump_format(&got_batches, out, out_size, "out", &arena, &err);
	assert_string_equal(got, want);
	if (whole)
		assert_string_equal(got_batches, batches);
	else
		assert_null(strchr(got_batches, ' '));
	free(data);
}

static void test_pass_through(void **state)
{
	(void)state;
	static const char *const files[] = {"ex.arrows", "delta.arrows", "concat.arrows", "types.arrows", "types-slices.arrows", "types-zstd.arrows",
		"real-polars.arrows", "real-js.arrows", "real-duckdbwasm-IPCFILE.arrow", "packed.arrows", "zero.arrows"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		pass_through(files[i], true, false);
		pass_through(files[i], false, false);
	}
	pass_through("ex.arrows", true, true); /* with nulls */
	pass_through("ex.arrows", false, true);
	pass_through("nc-1.arrows", true, true); /* without */
}

/* A whole batch does not wait for those pending, nor do they for it. */
static void test_mixed(void **state)
{
	(void)state;
	const char *batches;
	struct writing writing;
	size_t size;
	struct ns_table loose = csv_like(10, 0), whole = csv_like(20, 10);
	whole.whole_batch = true;
	start_writing(&writing, &loose);
	write_rows(&writing, &loose, NULL, 0);
	write_rows(&writing, &whole, NULL, 0);
	whole = csv_like(5, 30);
	write_rows(&writing, &whole, NULL, 0);
	const char *data = end_writing(&size, &writing);
	assert_string_equal(dump_format(&batches, data, size, "f", &arena, &err), expected_rows(NULL, 35));
	assert_string_equal(batches, "10 20 5");
}

/* Bytes under nulls, before the first offset, behind the last one and behind the last bit belong to nobody and do not get out. */
static void test_no_leak(void **state)
{
	(void)state;
	static const uint8_t validity[] = {0xfd}, clean_validity[] = {0x05}, bools[] = {0xff}, clean_bools[] = {0x05};
	static const double doubles[] = {1, 666, 3}, clean_doubles[] = {1, 0, 3};
	static const int32_t offsets[] = {6, 7, 13, 14}, clean_offsets[] = {0, 1, 1, 2};
	struct ns_arrow_array dirty[] = {
		{.type = {.id = NS_ARROW_FLOAT, .width = 64}, .rows = 3, .nulls = 1, .validity = validity, .values = doubles},
		{.type = {.id = NS_ARROW_BOOL}, .rows = 3, .nulls = 1, .validity = validity, .values = bools},
		{.type = {.id = NS_ARROW_UTF8}, .rows = 3, .nulls = 1, .validity = validity, .values = offsets, .data = "secretasecretbmore", .data_size = 18},
	};
	struct ns_arrow_array clean[] = {
		{.type = {.id = NS_ARROW_FLOAT, .width = 64}, .rows = 3, .nulls = 1, .validity = clean_validity, .values = clean_doubles},
		{.type = {.id = NS_ARROW_BOOL}, .rows = 3, .nulls = 1, .validity = clean_validity, .values = clean_bools},
		{.type = {.id = NS_ARROW_UTF8}, .rows = 3, .nulls = 1, .validity = clean_validity, .values = clean_offsets, .data = "ab", .data_size = 2},
	};
	struct ns_column dirty_columns[] = {{.name = "x", .array = &dirty[0]}, {.name = "b", .array = &dirty[1]}, {.name = "s", .array = &dirty[2]}};
	struct ns_column clean_columns[] = {{.name = "x", .array = &clean[0]}, {.name = "b", .array = &clean[1]}, {.name = "s", .array = &clean[2]}};
	struct ns_table dirty_table = {.rows = 3, .width = 3, .columns = dirty_columns}, clean_table = {.rows = 3, .width = 3, .columns = clean_columns};
	struct ns_buffer first = NS_BUFFER_INIT(DUMP_MAX), second = NS_BUFFER_INIT(DUMP_MAX);
	assert_int_equal(ns_arrow_write_table(&first, &dirty_table, &err), NS_OK);
	assert_int_equal(ns_arrow_write_table(&second, &clean_table, &err), NS_OK);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	assert_null(memmem(first.data, first.size, "secret", 6));
	ns_buffer_release(&first);
	ns_buffer_release(&second);
}

static struct ns_metadata written_metadata(const char *data, size_t size)
{
	struct ns_table table;
	assert_int_equal(ns_arrow_read_table(&table, NULL, data, size, "f", &arena, &err), NS_OK);
	return table.metadata;
}

/* The key `pandas` lists columns and their types: it goes when they are others than it came with. */
static void test_pandas(void **state)
{
	(void)state;
	size_t size, out_size;
	char *data = load(&size, "pandas.arrows");
	for (int change = 0; change < 4; change++) {
		struct ns_bytes *bytes;
		struct ns_table header;
		struct writing writing;
		void *reader;
		ns_bytes_open_memory(&bytes, data, size, "f");
		assert_int_equal(ns_format_arrow.open(&reader, &header, bytes, NULL, NULL, &arena, &err), NS_OK);
		if (change == 1)
			header.columns[0].name = "b";
		if (change == 2)
			header.width = 0;
		if (change == 3)
			ns_column_set_numbers(&header.columns[0], NULL);
		start_writing(&writing, &header);
		const char *out = end_writing(&out_size, &writing);
		struct ns_metadata metadata = written_metadata(out, out_size);
		assert_int_equal(ns_metadata_find(&metadata, "pandas") != NULL, change == 0);
		assert_null(ns_metadata_find(&metadata, "ns:pandas-columns"));
		ns_format_arrow.close(reader);
		ns_bytes_close(bytes);
	}
	free(data);
}

static void test_metadata(void **state)
{
	(void)state;
	struct ns_table table = csv_like(2, 0), again;
	struct ns_buffer out = NS_BUFFER_INIT(DUMP_MAX);
	ns_metadata_set(&table.metadata, "ns:target", "Result", &arena);
	ns_metadata_set(&table.metadata, "empty", "", &arena);
	ns_metadata_set(&table.columns[0].metadata, "unit", "ms", &arena);
	ns_metadata_set(&table.columns[0].metadata, "_PL_CATEGORICAL2", "0;0;u32;", &arena);
	ns_metadata_set(&table.columns[0].metadata, "ARROW:extension:name", "uuid", &arena);
	assert_int_equal(ns_arrow_write_table(&out, &table, &err), NS_OK);
	assert_int_equal(ns_arrow_read_table(&again, NULL, out.data, out.size, "f", &arena, &err), NS_OK);
	assert_int_equal(again.metadata.count, 2);
	assert_string_equal(ns_metadata_find(&again.metadata, "ns:target"), "Result");
	assert_string_equal(ns_metadata_find(&again.metadata, "empty"), "");
	assert_int_equal(again.columns[0].metadata.count, 1); /* what spoke of an encoding is gone with it */
	assert_string_equal(ns_metadata_find(&again.columns[0].metadata, "unit"), "ms");
	ns_buffer_release(&out);
}

/* Two streams that differ in what they have passed are not one table. */
static void test_stages(void **state)
{
	(void)state;
	static const struct {
		const char *key, *first, *second, *message;
	} pairs[] = {
		{"ns:after", "abc", "abc", NULL},
		{"ns:after", "abc", "abd", "stream 2 of f has passed other stages than the first: its ns:after differs"},
		{"ns:after", "abc", NULL, "stream 2 of f has passed other stages than the first: its ns:after differs"},
		{"ns:stage", "scale", "scale", "stream 2 of f is a stage of a bundle ('scale'), not more rows of one table (ns-convert --stage shows one)"},
		{"ns:stage", "scale", NULL, "stream 2 of f has passed other stages than the first: its ns:stage differs"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct ns_buffer out = NS_BUFFER_INIT(DUMP_MAX);
		struct ns_table first = csv_like(2, 0), second = csv_like(3, 2);
		ns_metadata_set(&first.metadata, pairs[i].key, pairs[i].first, &arena);
		ns_metadata_set(&second.metadata, pairs[i].key, pairs[i].second, &arena);
		assert_int_equal(ns_arrow_write_table(&out, &first, &err), NS_OK);
		assert_int_equal(ns_arrow_write_table(&out, &second, &err), NS_OK);
		const char *text = dump_format(NULL, out.data, out.size, "f", &arena, &err);
		assert_string_equal(text ? text : err.text, pairs[i].message ? pairs[i].message : expected_rows(NULL, 5));
		ns_buffer_release(&out);
	}
}

static void test_refused(void **state)
{
	(void)state;
	struct writing writing;
	size_t size;
	struct ns_table table = csv_like(3, 0), other = csv_like(3, 0), narrow = table;
	other.columns[1] = table.columns[0];
	other.columns[1].name = "text";
	narrow.width = 1;
	start_writing(&writing, &table);
	assert_int_equal(ns_format_arrow.write(writing.state, &other, NULL, 0, &err), NS_ECALL);
	assert_string_equal(err.text, "column 'text' was utf8 and is now float64: an Arrow column has one type");
	assert_int_equal(ns_format_arrow.write(writing.state, &narrow, NULL, 0, &err), NS_ECALL);
	assert_string_equal(err.text, "the table had 2 columns and now has 1");
	end_writing(&size, &writing);

	struct ns_buffer small = NS_BUFFER_INIT(100), large = NS_BUFFER_INIT(1 << 28);
	assert_int_equal(ns_arrow_write_table(&small, &table, &err), NS_EDATA);
	assert_string_equal(err.text, "a table as an Arrow stream takes more than 100 bytes");
	char *long_text = ns_alloc(&arena, (65 << 20) + 1);
	memset(long_text, 'x', 65 << 20);
	ns_metadata_set(&table.metadata, "ns:long", long_text, &arena);
	assert_int_equal(ns_arrow_write_table(&large, &table, &err), NS_EDATA);
	assert_string_equal(err.text, "the names and metadata of a table are larger than 64 MiB");
	ns_buffer_release(&small);
	ns_buffer_release(&large);
}

static void test_abandon(void **state)
{
	(void)state;
	struct writing writing;
	struct ns_table table = csv_like(3, 0);
	start_writing(&writing, &table);
	write_rows(&writing, &table, NULL, 0);
	ns_format_arrow.abandon(writing.state); /* the sanitizer would see what it keeps */
	ns_file_discard(writing.file);
	assert_int_not_equal(access(writing.path, F_OK), 0);
	ns_format_arrow.abandon(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batches), cmocka_unit_test(test_batches_of_wide_tables), cmocka_unit_test(test_selected), cmocka_unit_test(test_nothing), cmocka_unit_test(test_pass_through),
		cmocka_unit_test(test_mixed), cmocka_unit_test(test_no_leak), cmocka_unit_test(test_pandas), cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_stages), cmocka_unit_test(test_refused), cmocka_unit_test(test_abandon),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
