#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <math.h>

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

/* --- what real and hand-written streams hold --- */

#define EX "x\tfloat64\t1.5|null|-2\ns\tutf8\ta|bc|null\nd\tutf8\thi|lo|hi\n"
#define POLARS                                                                                                       \
	"a\tfloat64\t1.5|null|3.25\nb\tlarge_utf8\tx|yy|null\nc\tlarge_utf8\ta string longer than twelve bytes|s|null\n" \
	"k\tbool\ttrue|false|null\nd\tlarge_utf8\tx|yy|null\n"

static const struct {
	const char *file, *batches, *text;
} good[] = {
	{"ex.arrows", "3", EX},
	{"delta.arrows", "3 2", "x\tfloat64\t1.5|null|-2|9|8\ns\tutf8\ta|bc|null|null|null\nd\tutf8\thi|lo|hi|mid|hi\n"},
	{"repl.arrows", "1 1", "d\tutf8\ta|c\n"},
	{"concat.arrows", "3 3", "x\tfloat64\t1.5|null|-2|1.5|null|-2\ns\tutf8\ta|bc|null|a|bc|null\nd\tutf8\thi|lo|hi|hi|lo|hi\n"},
	{"allnulldict.arrows", "1", "d\tutf8\tnull\n"},
	{"zero.arrows", "", "x\tfloat64\t\ns\tutf8\t\nd\tutf8\t\n"},
	{"emptyoff.arrows", "", "s\tutf8\t\n"},
	{"meta.arrows", "", "x\tfloat64\t\n"},
	{"nc-1.arrows", "1", "x\tfloat64\t4.5\n"},
	{"view.arrows", "3", "v\tutf8\tshort|a string longer than twelve|\n"},
	{"real-arrowrs.arrows", "3", EX},
	{"real-js.arrows", "3", "a\tfloat64\t1.5|null|3.25\nb\tutf8\tx|yy|null\nd\tutf8\tu|v|u\n"},
	{"real-polars.arrows", "3", POLARS},
	{"real-polars_lz4.arrows", "3", POLARS},
	{"real-polars_zstd.arrows", "3", POLARS},
	{"real-duckdbwasm-IPCFILE.arrow", "5",
		"a\tfloat64\t0|1|2|3|4\nb\tutf8\tnull|v1|null|v3|null\nc\tbool\ttrue|false|true|false|true\nd\tutf8\te0|e1|e0|e1|e0\n"
		"e\tint32\t0|1|2|3|4\nf\tint64\t0|1|2|3|4\ng\tint8\t0|1|2|3|4\n"},
	{"real-duckdbwasm2-IPCFILE.arrow", "1", "en\tutf8\tx\ndt\tdate32\t2020-01-01\ndc\tdecimal128(10, 2)\t1.00\nh\tdecimal128(38, 0)\t1\n"},
	{"polars-file.arrow", "2", "n\tfloat64\t1.5|null\ns\tutf8\ta|bb\n"}, /* its schema has no prefix */
	{"pandas.arrows", "2", "a\tint64\t1|2\n"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		size_t size;
		const char *batches;
		char *data = load(&size, good[i].file);
		const char *text = dump_format(&batches, data, size, good[i].file, &arena, &err);
		if (!text)
			fail_msg("%s", err.text);
		assert_string_equal(text, good[i].text);
		assert_string_equal(batches, good[i].batches);
		free(data);
	}
}

/* Every type there is, in four encodings; types.txt was made by Python beside the streams. */
static void test_types(void **state)
{
	(void)state;
	static const char *const files[] = {"types.arrows", "types-lz4.arrows", "types-zstd.arrows", "types-slices.arrows"};
	size_t want_size;
	char *want = load(&want_size, "types.txt");
	for (size_t i = 0; i < 4; i++) {
		size_t size;
		char *data = load(&size, files[i]);
		const char *text = dump_format(NULL, data, size, files[i], &arena, &err);
		if (!text)
			fail_msg("%s", err.text);
		assert_string_equal(text, ns_strndup(&arena, want, want_size));
		free(data);
	}
	free(want);
}

static const double *numbers_of(const struct ns_table *table, const char *name)
{
	ptrdiff_t at = ns_table_find(table, name);
	assert_true(at >= 0);
	double *numbers = NS_NEW_ARRAY(&arena, double, table->rows);
	assert_true(ns_arrow_numbers(numbers, table->columns[at].array));
	return numbers;
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double first, last;
	} want[] = {{"i8", -128, 127}, {"u8", 0, 255}, {"i16", -32768, 32767}, {"u16", 0, 65535}, {"i32", -2147483648.0, 2147483647}, {"u32", 0, 4294967295},
		{"i64", -0x1p63, 0x1p63}, {"u64", 0, 0x1p64}, {"f32", 0.1f, 3.4e38f}, {"b", 1, NAN}, {"d32", 19844, -719162}, {"d64", 19844 * 864e5, -719162 * 864e5},
		{"t32s", 0, 86399}, {"tss", 1714557600, -1}, {"dur", 5, -7}, {"dec32", 1.23, -0.05}, {"dec64", 123456789012.345, 0},
		{"dec128", 12345678901234567890123456789012345678.0, -12345678901234567890123456789012345678.0}, {"dec256", 1e70, -1e-6}, {"decneg", 12000, 0},
		{"cati", 7, -9}, {"f16", 0.0999755859375, 0x1p-24}, {"n", NAN, NAN}};
	struct ns_table table;
	size_t size;
	char *data = load(&size, "types.arrows");
	assert_int_equal(ns_arrow_read_table(&table, NULL, data, size, "types.arrows", &arena, &err), NS_OK);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		const double *numbers = numbers_of(&table, want[i].name);
		assert_true(numbers[0] == want[i].first || (isnan(numbers[0]) && isnan(want[i].first)));
		assert_true(numbers[2] == want[i].last || (isnan(numbers[2]) && isnan(want[i].last)));
		assert_true(isnan(numbers[1]) || strcmp(want[i].name, "f16") == 0 || strcmp(want[i].name, "b") == 0);
	}
	double unused[3];
	static const char *const without[] = {"s", "ls", "sv", "bin", "lbin", "bv", "fb", "cat"};
	for (size_t i = 0; i < sizeof without / sizeof *without; i++)
		assert_false(ns_arrow_numbers(unused, table.columns[ns_table_find(&table, without[i])].array));
	free(data);
}

/* A whole table has numbers or cells in every column. */
static void test_read_table(void **state)
{
	(void)state;
	struct ns_table table;
	size_t size, used;
	char *data = load(&size, "concat.arrows");
	assert_int_equal(ns_arrow_read_table(&table, &used, data, size, "model.ns", &arena, &err), NS_OK);
	assert_int_equal(used, 880);
	assert_int_equal(table.rows, 3);
	assert_string_equal(table.source, "model.ns");
	assert_int_equal(table.columns[0].type, NS_NUMBER);
	assert_true(table.columns[0].numbers[0] == 1.5 && isnan(table.columns[0].numbers[1]));
	assert_int_equal(table.columns[1].type, NS_TEXT);
	assert_memory_equal(ns_column_text(&table.columns[1], 1).data, "bc", 2);
	assert_null(ns_column_text(&table.columns[1], 2).data);
	assert_memory_equal(ns_column_text(&table.columns[2], 2).data, "hi", 2);
	assert_int_equal(ns_arrow_read_table(&table, &used, data + 880, size - 880, "model.ns", &arena, &err), NS_OK);
	assert_int_equal(used, 880);
	const char *values = table.columns[1].array->values; /* one batch: where it came */
	assert_true(values > data + 880 && values < data + size);
	free(data);

	data = load(&size, "types-slices.arrows");
	assert_int_equal(ns_arrow_read_table(&table, &used, data, size, "types", &arena, &err), NS_OK);
	assert_memory_equal(ns_column_text(&table.columns[ns_table_find(&table, "d32")], 0).data, "2024-05-01", 10);
	free(data);
}

static void test_packed(void **state)
{
	(void)state;
	static const char *const files[] = {"packed.arrows", "packed-lz4.arrows"};
	for (size_t i = 0; i < 2; i++) {
		struct ns_table table;
		size_t size;
		char *data = load(&size, files[i]);
		assert_int_equal(ns_arrow_read_table(&table, NULL, data, size, files[i], &arena, &err), NS_OK);
		assert_int_equal(table.rows, 4100);
		assert_int_equal(ns_column_text(&table.columns[0], 3999).size, 300);
		assert_null(ns_column_text(&table.columns[0], 4000).data);
		static double numbers[4100];
		assert_null(table.columns[1].numbers);
		assert_true(ns_arrow_numbers(numbers, table.columns[1].array));
		assert_true(numbers[4099] == 4099);
		free(data);
	}
}

/* --- what is refused, and in which words --- */

static const char *message_of(const void *data, size_t size, const char *name)
{
	err.text[0] = '\0';
	assert_null(dump_format(NULL, data, size, name, &arena, &err));
	return err.text;
}

static void test_bad(void **state)
{
	(void)state;
	static const struct {
		const char *file, *message;
	} bad[] = {
		{"noeos.arrows", "the Arrow stream ends without its end marker: its producer stopped early"},
		{"schemaonly.arrows", "the Arrow stream ends without its end marker: its producer stopped early"},
		{"bad_off.arrows", "record batch 1: column 's': its offsets reach outside its bytes"},
		{"bad_dec.arrows", "record batch 1: column 's': its offsets decrease"},
		{"bad_idx.arrows", "record batch 1: column 'd': its dictionary has fewer values than its indices say"},
		{"bad_short.arrows", "record batch 1: column 'x': its values are cut short"},
		{"polars-file-late-dictionary.arrow", "record batch 1: column 'c': its dictionary has not been sent before it: write the stream form of Arrow"},
		{"nested-list.arrows", "column 'tags': Arrow type list is not supported: leave the column out or write it as text"},
		{"nested-struct.arrows", "column 'tags': Arrow type struct is not supported: leave the column out or write it as text"},
		{"nested-map.arrows", "column 'tags': Arrow type map is not supported: leave the column out or write it as text"},
		{"nested-interval.arrows", "column 'tags': Arrow type interval is not supported: leave the column out or write it as text"},
		{"nested-fixed_size_list.arrows", "column 'tags': Arrow type fixed_size_list is not supported: leave the column out or write it as text"},
		{"nested-list_view.arrows", "column 'tags': Arrow type list_view is not supported: leave the column out or write it as text"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		size_t size;
		char *data = load(&size, bad[i].file);
		assert_string_equal(message_of(data, size, bad[i].file), ns_format(&arena, "%s: %s", bad[i].file, bad[i].message));
		free(data);
	}
}

/* One place of ex.arrows changed: schema message at 0x000, dictionary at 0x138, record batch at 0x210 with its body at 0x318. */
static void test_damage(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		const char *bytes;
		size_t size;
		const char *message;
	} damage[] = {
		{0x00, "\x10\1\0\0\x10\0\0\0", 8, "an Arrow stream from before Arrow 0.15 is not supported: write it again with a newer Arrow"},
		{0x138, "abcd", 4, "no Arrow message begins at byte 312: the stream is damaged"},
		{0x07, "\x7f", 1, "the Arrow message at byte 0 has 2130706736 bytes of metadata: more than 64 MiB"},
		{0x08, "\xff\xff", 2, "the Arrow message at byte 0 is damaged"},
		{0x2c, "\2", 1, "Arrow metadata version V3 is not supported: V4 and V5 are"},
		{0x2e, "\3", 1, "the Arrow stream does not begin with a schema"},
		{0x40, "\1", 1, "a big-endian Arrow stream is not supported: write it on a little-endian machine"},
		{0x44, "\1\0\1\0", 4, "the Arrow schema is damaged"},
		{0x75, "\x1b", 1, "column 'x': unknown Arrow type 27"},
		{0x88, "\3", 1, "column 'x': Arrow type float with wrong parameters"},
		{0x7c, "\xff", 1, "column name '\\xff' in the Arrow schema is not UTF-8 text"},
		{0x128, "\x21", 1, "column 'd': dictionary indices of 33 bits"},
		{0x178, "\1", 1, "dictionary before record batch 1 is of no column (id 1)"},
		{0x23e, "\4", 1, "an Arrow message of kind 4 does not belong in a table"},
		{0x25f, "\x80", 1, "record batch 1: -9223372036854775805 rows in one batch: write smaller batches"},
		{0x26c, "\2", 1, "record batch 1: column 'd' is not there: the batch has too few nodes"},
		{0x270, "\4", 1, "record batch 1: column 'x' has 4 values, the batch 3 rows"},
		{0x2a4, "\6", 1, "record batch 1: column 'd': its values are not there: the batch has too few buffers"},
		{0x2b0, "\0", 1, "record batch 1: column 'x': its validity bits are not there, and yet it has nulls"},
		{0x2b8, "\x70", 1, "record batch 1: column 'x': its values reach outside the batch"},
		{0x2bf, "\x80", 1, "record batch 1: column 'x': its values reach outside the batch"},
		{0x2c0, "\x10", 1, "record batch 1: column 'x': its values are cut short"},
		{0x358, "\xff\xff\xff\xff", 4, "record batch 1: column 'd': its dictionary has fewer values than its indices say"},
	};
	for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
		size_t size;
		char *data = load(&size, "ex.arrows");
		memcpy(data + damage[i].at, damage[i].bytes, damage[i].size);
		assert_string_equal(message_of(data, size, "f"), ns_format(&arena, "f: %s", damage[i].message));
		free(data);
	}
}

/* Cut anywhere, a stream is an error; the only whole one among the beginnings is the first of two. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		size_t size;
		char *data = load(&size, good[i].file);
		for (size_t cut = 0; cut < size; cut++) {
			struct ns_arena scratch = NS_ARENA_INIT;
			char *copy = malloc(cut ? cut : 1);
			memcpy(copy, data, cut);
			err.text[0] = '\0';
			const char *text = dump_format(NULL, copy, cut, good[i].file, &scratch, &err);
			if (strcmp(good[i].file, "concat.arrows") == 0 && cut == size / 2) {
				assert_string_equal(text, EX);
			} else {
				assert_null(text);
				assert_memory_equal(err.text, good[i].file, strlen(good[i].file));
			}
			free(copy);
			ns_arena_release(&scratch);
		}
		free(data);
	}
	assert_string_equal(message_of("", 0, "f"), "f: the Arrow stream ends without its end marker: its producer stopped early");
	assert_string_equal(message_of("\xff\xff\xff\xff\0\0", 6, "f"), "f: the Arrow stream is cut off in the middle of a message, at byte 6: its producer stopped early");
}

static void test_file_form(void **state)
{
	(void)state;
	size_t size;
	char *data = load(&size, "real-duckdbwasm-IPCFILE.arrow"), *twice = malloc(2 * size);
	memcpy(twice, data, size);
	memcpy(twice + size, data, size);
	assert_string_equal(message_of(data, size - 1, "f"), "f: the Arrow file is cut off in its footer");
	assert_string_equal(message_of(twice, 2 * size, "f"), "f: something follows the Arrow file: only Arrow streams can follow each other");
	free(twice);
	free(data);
}

/* --- whatever one byte becomes, the end is success or a clean error, and what was read can be written and read again --- */

static void check_any(const char *data, size_t size)
{
	static struct ns_arena scratch; /* kept from call to call: a sanitizer makes fresh memory dear */
	struct ns_table table, again;
	struct ns_buffer first = NS_BUFFER_INIT(DUMP_MAX), second = NS_BUFFER_INIT(DUMP_MAX);
	int status = ns_arrow_read_table(&table, NULL, data, size, "f", &scratch, &err);
	assert_true(status == NS_OK || (status == NS_EDATA && memcmp(err.text, "f: ", 3) == 0));
	if (status == NS_OK && table.rows < 1000000) {
		assert_int_equal(ns_arrow_write_table(&first, &table, &err), NS_OK);
		assert_int_equal(ns_arrow_read_table(&again, NULL, first.data, first.size, "again", &scratch, &err), NS_OK);
		assert_int_equal(ns_arrow_write_table(&second, &again, &err), NS_OK);
		assert_int_equal(first.size, second.size);
		assert_memory_equal(first.data, second.data, first.size);
		assert_string_equal(dump_table(&table, &scratch), dump_table(&again, &scratch));
	}
	ns_buffer_release(&first);
	ns_buffer_release(&second);
	ns_arena_reset(&scratch);
}

static void test_flips(void **state)
{
	(void)state;
	static const unsigned char masks[] = {0x01, 0x80, 0xff};
	DIR *folder = opendir("tests/data/arrow");
	assert_non_null(folder);
	size_t files = 0;
	for (struct dirent *entry; (entry = readdir(folder));) {
		size_t size;
		if (!strstr(entry->d_name, ".arrow"))
			continue;
		char *data = load(&size, entry->d_name);
		files++;
		check_any(data, size);
		for (size_t at = 0; at < size && size < 2000; at++)
			for (size_t m = 0; m < sizeof masks; m++) {
				data[at] ^= (char)masks[m];
				check_any(data, size);
				data[at] ^= (char)masks[m];
			}
		free(data);
	}
	closedir(folder);
	assert_true(files > 30);
}

/* --- streams one after the other --- */

static void test_concatenated(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second, *message;
	} pairs[] = {
		{"ex.arrows", "real-arrowrs.arrows", NULL}, /* other encodings of equal columns */
		{"repl.arrows", "allnulldict.arrows", NULL},
		{"ex.arrows", "meta.arrows", "stream 2 of f has other columns: 1, the first has 3"},
		{"nc-1.arrows", "emptyoff.arrows", "stream 2 of f has other columns: column 1 is 's', in the first 'x'"},
		{"ex.arrows", "bad_idx.arrows", "stream 2 of f has other columns: 1, the first has 3"},
		{"repl.arrows", "bad_idx.arrows", "f: stream 2, record batch 1: column 'd': its dictionary has fewer values than its indices say"},
		{"ex.arrows", "noeos.arrows", "f: the Arrow stream ends without its end marker: its producer stopped early"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		size_t a, b;
		char *first = load(&a, pairs[i].first), *second = load(&b, pairs[i].second), *both = malloc(a + b);
		memcpy(both, first, a);
		memcpy(both + a, second, b);
		const char *text = dump_format(NULL, both, a + b, "f", &arena, &err);
		if (pairs[i].message)
			assert_string_equal(text ? text : err.text, pairs[i].message);
		else
			assert_non_null(text);
		free(first);
		free(second);
		free(both);
	}
	assert_string_equal(message_of("\xff\xff\xff\xff\0\0\0\0", 8, "f"), "f: the Arrow stream does not begin with a schema");
}

/* What the compressed form of a buffer can be; the size of the unpacked one stands before its frame. */
static void test_bad_compression(void **state)
{
	(void)state;
	static const struct {
		const char *file, *magic, *name;
	} codecs[] = {{"packed.arrows", "\x28\xb5\x2f\xfd", "zstd"}, {"packed-lz4.arrows", "\x04\x22\x4d\x18", "lz4"}};
	for (size_t i = 0; i < 2; i++) {
		size_t size;
		char *data = load(&size, codecs[i].file), *frame = memmem(data, size, codecs[i].magic, 4);
		int64_t unpacked, wrong;
		assert_non_null(frame);
		memcpy(&unpacked, frame - 8, 8);
		*frame ^= 1;
		const char *message = message_of(data, size, "f");
		assert_non_null(strstr(message, ns_format(&arena, " is not %s", codecs[i].name)));
		*frame ^= 1;
		static const struct {
			int64_t more;
			const char *end;
		} sizes[] = {{1, " is shorter than it says"}, {-1, " is longer than it says"}, {(int64_t)8 << 30, ": the batch grows to more than 8 GiB: write smaller batches"}};
		for (size_t k = 0; k < 3; k++) {
			wrong = unpacked + sizes[k].more;
			memcpy(frame - 8, &wrong, 8);
			message = message_of(data, size, "f");
			assert_non_null(strstr(message, sizes[k].end));
		}
		free(data);
	}
}

/* One byte of the batch's message names the codec. */
static void test_unknown_compression(void **state)
{
	(void)state;
	size_t size, hits = 0;
	char *data = load(&size, "packed.arrows"), *frame = memmem(data, size, "\x28\xb5\x2f\xfd", 4);
	for (char *byte = data; byte < frame; byte++) {
		if (*byte != 1)
			continue;
		*byte = 9;
		struct ns_arena scratch = NS_ARENA_INIT;
		hits += !dump_format(NULL, data, size, "f", &scratch, &err) && !strcmp(err.text, "f: record batch 1: unknown compression 9: lz4 and zstd are known");
		ns_arena_release(&scratch);
		*byte = 1;
	}
	assert_int_equal(hits, 1);
	free(data);
}

static void test_too_wide(void **state)
{
	(void)state;
	const double one = 1;
	struct ns_table table = {.rows = 1, .width = 65537};
	struct ns_buffer out = NS_BUFFER_INIT(DUMP_MAX);
	table.columns = NS_NEW_ARRAY(&arena, struct ns_column, table.width);
	for (size_t i = 0; i < table.width; i++) {
		table.columns[i].name = ns_format(&arena, "%zu", i);
		ns_column_set_numbers(&table.columns[i], &one);
	}
	assert_int_equal(ns_arrow_write_table(&out, &table, &err), NS_OK);
	assert_string_equal(message_of(out.data, out.size, "f"), "f: the Arrow schema has 65537 columns: more than 65536");
	ns_buffer_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_types), cmocka_unit_test(test_numbers), cmocka_unit_test(test_read_table),
		cmocka_unit_test(test_packed), cmocka_unit_test(test_bad), cmocka_unit_test(test_damage), cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_file_form), cmocka_unit_test(test_flips), cmocka_unit_test(test_concatenated),
		cmocka_unit_test(test_bad_compression), cmocka_unit_test(test_unknown_compression), cmocka_unit_test(test_too_wide),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
