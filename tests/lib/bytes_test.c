#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/file.h"
#include "table/bytes.h"

enum { TEXT = 300000 };

/* Lines of numbers, which neither compress to nothing nor fill a test's time. */
static char *some_text(void)
{
	char *text = malloc(TEXT + 32);
	for (size_t size = 0, i = 0; size < TEXT; i++)
		size += (size_t)sprintf(text + size, "%zu\n", i * 2654435761u % 100000);
	return text;
}

static size_t gzip(char *out, size_t room, const char *text, size_t size)
{
	z_stream zlib = {.next_in = (unsigned char *)(uintptr_t)text, .avail_in = (uInt)size, .next_out = (unsigned char *)out, .avail_out = (uInt)room};
	deflateInit2(&zlib, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
	deflateEnd(&zlib);
	return zlib.total_out;
}

static size_t zstd(char *out, size_t room, const char *text, size_t size)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
	size_t written = ZSTD_compress2(context, out, room, text, size);
	ZSTD_freeCCtx(context);
	return written;
}

/* Reads all; text must be what comes before the end or the error. */
static int read_all(struct ns_bytes *bytes, const char *text, size_t size, struct ns_err *err)
{
	char *found = malloc(size + 100);
	size_t got = 0, total = 0;
	int status;
	while (!(status = ns_bytes_read(&got, NULL, found + total, bytes, size + 100 - total, err)) && got)
		total += got;
	assert_true(status ? total <= size : total == size);
	assert_memory_equal(found, text, total);
	free(found);
	return status;
}

static int read_memory(const void *data, size_t data_size, const char *text, size_t size, size_t portion, struct ns_err *err)
{
	struct ns_bytes *bytes;
	err->text[0] = '\0';
	ns_bytes_open_memory(&bytes, data, data_size, "x");
	ns_bytes_drip(bytes, portion);
	int status = read_all(bytes, text, size, err);
	if (!status) {
		assert_int_equal(ns_bytes_rewind(bytes, err), NS_OK);
		assert_int_equal(read_all(bytes, text, size, err), NS_OK);
	}
	ns_bytes_close(bytes);
	return status;
}

static void try_wrapped(const char *name, size_t (*wrap)(char *, size_t, const char *, size_t), const char *damage)
{
	char *text = some_text(), *data = malloc(2 * TEXT), expected[200];
	struct ns_err err;
	size_t first = wrap(data, TEXT, text, 100000);
	size_t second = wrap(data + first, TEXT, text + 100000, TEXT - 100000), all = first + second;
	assert_int_equal(read_memory(data, all, text, TEXT, 0, &err), NS_OK);
	assert_int_equal(read_memory(data, all, text, TEXT, 777, &err), NS_OK);
	assert_int_equal(read_memory(data, first, text, 100000, 1, &err), NS_OK);
	for (size_t cut = 5; cut < all; cut += cut < 100 || cut > all - 100 ? 1 : 997) {
		if (cut == first)
			continue;
		assert_int_equal(read_memory(data, cut, text, TEXT, 0, &err), NS_EDATA);
		snprintf(expected, sizeof expected, "x: %s data end too early (a cut download?)", name);
		assert_string_equal(err.text, expected);
	}
	memcpy(data + all, "rubbish", 7);
	assert_int_equal(read_memory(data, all + 7, text, TEXT, 0, &err), NS_EDATA);
	snprintf(expected, sizeof expected, "x: the %s data are followed by bytes that are not %s data", name, name);
	assert_string_equal(err.text, expected);
	data[all - 5 + (wrap == zstd) * 2] ^= 1; /* in the checksum */
	assert_int_equal(read_memory(data, all, text, TEXT, 0, &err), NS_EDATA);
	snprintf(expected, sizeof expected, "x: damaged %s data: %s", name, damage);
	assert_string_equal(err.text, expected);
	free(data);
	free(text);
}

static void test_gzip(void **state)
{
	(void)state;
	try_wrapped("gzip", gzip, "incorrect data check");
}

static void test_zstd(void **state)
{
	(void)state;
	try_wrapped("zstd", zstd, "Restored data doesn't match checksum");
}

static void test_empty_members(void **state)
{
	(void)state;
	char data[200];
	struct ns_err err;
	size_t size = gzip(data, 100, "", 0);
	assert_int_equal(read_memory(data, size, "", 0, 0, &err), NS_OK);
	size += gzip(data + size, 100, "a\n", 2);
	assert_int_equal(read_memory(data, size, "a\n", 2, 3, &err), NS_OK);
	size = zstd(data, 100, "", 0);
	assert_int_equal(read_memory(data, size, "", 0, 0, &err), NS_OK);
	assert_int_equal(read_memory("", 0, "", 0, 0, &err), NS_OK);
	assert_int_equal(read_memory("\037\213", 2, "\037\213", 2, 0, &err), NS_OK); /* too short to be anything */
}

static void test_strangers(void **state)
{
	(void)state;
	static const struct {
		const char *data, *message;
	} cases[] = {
		{"PAR1\025xxxxxxxxxxx", "x: this is a Parquet file (convert it to CSV or an Arrow stream first)"},
		{"PK\3\4xxxxxxxxxxxx", "x: this is a zip archive or an Excel workbook (unzip it, or save the sheet as CSV)"},
		{"\320\317\021\340\241\261\032\341xxxxxxxx", "x: this is an old Excel workbook (save the sheet as CSV)"},
		{"\3757zXZ\0xxxxxxxxxx", "x: this is xz data (xz -dc unpacks it)"},
		{"BZh91AY&SYxxxxxx", "x: this is bzip2 data (bzip2 -dc unpacks it)"},
		{"\004\"M\030xxxxxxxxxxxx", "x: this is lz4 data (lz4 -dc unpacks it)"},
		{"7z\274\257\047\034xxxxxxxxxx", "x: this is a 7z archive (unpack it first)"},
		{"FEA1\0\0\0\0xxxxxxxx", "x: this is a Feather file of version 1 (write it as an Arrow stream)"},
		{"SQLite format 3\0", "x: this is an SQLite database (export the table as CSV)"},
		{"\211HDF\r\n\032\nxxxxxxxx", "x: this is an HDF5 file (convert it to CSV first)"},
		{"\223NUMPYxxxxxxxxxx", "x: this is a NumPy array (convert it to CSV first)"},
		{"%PDF-1.7xxxxxxxx", "x: this is a PDF document"},
		{"%PDF-2.0\nxxxxxxx", "x: this is a PDF document"},
	};
	struct ns_err err;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(read_memory(cases[i].data, 16, "", 0, 0, &err), NS_EDATA);
		assert_string_equal(err.text, cases[i].message);
	}
	assert_int_equal(read_memory("PAR1,PAR2\n1,2\n", 14, "PAR1,PAR2\n1,2\n", 14, 0, &err), NS_OK); /* genes */
	assert_int_equal(read_memory("BZh91AY&SY,%PDF-\n1,2\n", 21, "BZh91AY&SY,%PDF-\n1,2\n", 21, 0, &err), NS_OK);
	assert_int_equal(read_memory("%PDF-,b\n1,2\n", 12, "%PDF-,b\n1,2\n", 12, 0, &err), NS_OK);
	char data[100];
	size_t size = gzip(data, sizeof data, "PK\3\4xxxxxxxxx", 13);
	assert_int_equal(read_memory(data, size, "", 0, 0, &err), NS_EDATA);
}

static void test_open(void **state)
{
	(void)state;
	struct ns_bytes *bytes;
	struct ns_err err;
	assert_int_equal(ns_bytes_open(&bytes, "/nowhere/x.csv", false, &err), NS_ECALL);
	assert_string_equal(err.text, "/nowhere/x.csv: No such file or directory");
	assert_null(bytes);
	assert_int_equal(ns_bytes_open(&bytes, "/tmp", false, &err), NS_ECALL);
	assert_string_equal(err.text, "/tmp: Is a directory");
	assert_int_equal(ns_bytes_open(&bytes, "-", false, &err), NS_OK);
	assert_string_equal(ns_bytes_name(bytes), "stdin");
	ns_bytes_close(bytes);
	ns_bytes_close(NULL);
}

static void test_file(void **state)
{
	(void)state;
	char path[] = "/tmp/bytes_test.XXXXXX", *text = some_text(), *data = malloc(2 * TEXT), part[10];
	struct ns_bytes *bytes;
	struct ns_err err;
	size_t size = gzip(data, 2 * TEXT, text, TEXT), got;
	int fd = mkstemp(path);
	for (int wrapped = 0; wrapped < 2; wrapped++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, wrapped ? data : text, wrapped ? size : TEXT, 0), wrapped ? size : TEXT);
		assert_int_equal(ns_bytes_open(&bytes, path, false, &err), NS_OK);
		assert_string_equal(ns_bytes_name(bytes), path);
		bool waits = true;
		assert_int_equal(ns_bytes_read(&got, &waits, part, bytes, 10, &err), NS_OK);
		assert_false(waits);
		assert_memory_equal(part, text, got);
		for (int pass = 0; pass < 2; pass++) {
			assert_int_equal(ns_bytes_rewind(bytes, &err), NS_OK);
			assert_int_equal(read_all(bytes, text, TEXT, &err), NS_OK);
		}
		ns_bytes_close(bytes);
	}
	close(fd);
	unlink(path);
	free(data);
	free(text);
}

static void test_peek(void **state)
{
	(void)state;
	char *text = some_text(), part[10];
	struct ns_bytes *bytes;
	struct ns_err err;
	const unsigned char *head;
	size_t got;
	ns_bytes_open_memory(&bytes, text, TEXT, "x");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ns_bytes_peek(&head, &got, bytes, &err), NS_OK);
		assert_int_equal(got, NS_BYTES_HEAD);
		assert_memory_equal(head, text, got);
	}
	assert_int_equal(ns_bytes_read_full(&got, part, bytes, 10, &err), NS_OK);
	assert_int_equal(got, 10);
	assert_int_equal(ns_bytes_peek(&head, &got, bytes, &err), NS_OK);
	assert_int_equal(got, NS_BYTES_HEAD);
	assert_memory_equal(head, text + 10, got);
	assert_int_equal(read_all(bytes, text + 10, TEXT - 10, &err), NS_OK);
	assert_int_equal(ns_bytes_peek(&head, &got, bytes, &err), NS_OK);
	assert_int_equal(got, 0);
	ns_bytes_close(bytes);
	/* A live stream of short lines is not kept waiting for 64 bytes. */
	ns_bytes_open_memory(&bytes, "a\n1\n", 4, "x");
	ns_bytes_drip(bytes, 2);
	assert_int_equal(ns_bytes_peek(&head, &got, bytes, &err), NS_OK);
	assert_int_equal(got, 2);
	ns_bytes_close(bytes);
	free(text);
}

/* A pipe that a child writes text into: the pieces with a pause between them. */
static pid_t open_pipe(int *fd, const char *first, size_t first_size, const char *second, size_t second_size)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		bool good = write(ends[1], first, first_size) == (ssize_t)first_size;
		usleep(100000);
		_exit(good && write(ends[1], second, second_size) == (ssize_t)second_size ? 0 : 1);
	}
	close(ends[1]);
	*fd = ends[0];
	return child;
}

static void test_pipe(void **state)
{
	(void)state;
	char *text = some_text(), path[32], part[100];
	struct ns_bytes *bytes;
	struct ns_err err;
	size_t got;
	for (int spool = 0; spool < 2; spool++) {
		int fd;
		pid_t child = open_pipe(&fd, text, 20, text + 20, TEXT - 20);
		snprintf(path, sizeof path, "/dev/fd/%d", fd);
		assert_int_equal(ns_bytes_open(&bytes, path, spool, &err), NS_OK);
		bool waits = false;
		assert_int_equal(ns_bytes_read(&got, &waits, part, bytes, sizeof part, &err), NS_OK);
		assert_int_equal(got, 20);
		assert_true(waits);
		if (spool) {
			assert_int_equal(ns_bytes_rewind(bytes, &err), NS_OK); /* in the middle: the rest still comes from the pipe */
			assert_int_equal(read_all(bytes, text, TEXT, &err), NS_OK);
			assert_int_equal(ns_bytes_rewind(bytes, &err), NS_OK);
			assert_int_equal(read_all(bytes, text, TEXT, &err), NS_OK);
		} else {
			assert_int_equal(ns_bytes_rewind(bytes, &err), NS_ECALL);
			assert_string_equal(strchr(err.text, ':'), ": a pipe cannot be read twice (give a file)");
			assert_int_equal(read_all(bytes, text + 20, TEXT - 20, &err), NS_OK);
		}
		ns_bytes_close(bytes);
		close(fd);
		int status;
		waitpid(child, &status, 0);
		assert_int_equal(status, 0);
	}
	free(text);
}

static void test_no_spool(void **state)
{
	(void)state;
	struct ns_bytes *bytes;
	struct ns_err err;
	char path[32];
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
	setenv("TMPDIR", "/nowhere", 1);
	assert_int_equal(ns_bytes_open(&bytes, path, true, &err), NS_ECALL);
	assert_string_equal(err.text, "temporary file in /nowhere: No such file or directory");
	unsetenv("TMPDIR");
	close(ends[0]);
	close(ends[1]);
}

/* What was written goes out before a read that waits. */
static void test_flush(void **state)
{
	(void)state;
	struct ns_bytes *bytes;
	struct ns_file *file;
	struct ns_err err;
	struct stat status;
	char path[32], part[10];
	size_t got;
	int fd, memory = memfd_create("bytes_test", MFD_CLOEXEC);
	pid_t child = open_pipe(&fd, "a\n", 2, "b\n", 2);
	snprintf(path, sizeof path, "/dev/fd/%d", memory);
	assert_int_equal(ns_file_create(&file, path, &err), NS_OK);
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	assert_int_equal(ns_bytes_open(&bytes, path, false, &err), NS_OK);
	assert_int_equal(ns_bytes_read(&got, NULL, part, bytes, 10, &err), NS_OK);
	assert_int_equal(ns_file_write(file, "answer\n", 7, &err), NS_OK);
	fstat(memory, &status);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(ns_bytes_read(&got, NULL, part, bytes, 10, &err), NS_OK);
	fstat(memory, &status);
	assert_int_equal(status.st_size, 7);
	ns_bytes_close(bytes);
	assert_int_equal(ns_file_commit(file, &err), NS_OK);
	waitpid(child, NULL, 0);
	close(memory);
	close(fd);
}

static void test_first_time(void **state)
{
	(void)state;
	struct ns_bytes *bytes;
	struct ns_err err;
	ns_bytes_open_memory(&bytes, "", 0, "x");
	assert_true(ns_bytes_first_time(bytes, 0));
	assert_true(ns_bytes_first_time(bytes, 31));
	assert_int_equal(ns_bytes_rewind(bytes, &err), NS_OK);
	assert_false(ns_bytes_first_time(bytes, 0));
	assert_false(ns_bytes_first_time(bytes, 31));
	ns_bytes_close(bytes);
}

/* From a file, from memory and in drips; of just as much as may be and of one byte more. */
static void test_read_all(void **state)
{
	(void)state;
	enum { MAX = 1 << 20 };
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_bytes *bytes;
	struct ns_err err;
	char *all, *text = ns_alloc(&arena, MAX + 1), path[] = "/tmp/bytes_test.XXXXXX";
	size_t size, sizes[] = {0, 1, 100000, MAX, MAX + 1};
	memset(text, 'x', MAX + 1);
	int fd = mkstemp(path);
	for (size_t i = 0; i < 5; i++) {
		for (int way = 0; way < 3; way++) {
			assert_int_equal(ftruncate(fd, 0), 0);
			assert_int_equal(pwrite(fd, text, sizes[i], 0), sizes[i]);
			if (way == 0)
				assert_int_equal(ns_bytes_open(&bytes, path, false, &err), NS_OK);
			else
				ns_bytes_open_memory(&bytes, text, sizes[i], path);
			ns_bytes_drip(bytes, way == 2 ? 4097 : 0);
			int status = ns_bytes_read_all(&all, &size, bytes, MAX, "a bundle", &arena, &err);
			ns_bytes_close(bytes);
			if (sizes[i] > MAX) {
				char expected[100];
				snprintf(expected, sizeof expected, "%s: larger than 1 MiB: not a bundle", path);
				assert_int_equal(status, NS_EDATA);
				assert_string_equal(err.text, expected);
				continue;
			}
			assert_int_equal(status, NS_OK);
			assert_int_equal(size, sizes[i]);
			assert_memory_equal(all, text, size);
		}
	}
	/* Compressed, it is larger than it looks. */
	char packed[8192];
	size_t packed_size = gzip(packed, sizeof packed, text, MAX);
	ns_bytes_open_memory(&bytes, packed, packed_size, "x.gz");
	assert_int_equal(ns_bytes_read_all(&all, &size, bytes, MAX, "a bundle", &arena, &err), NS_OK);
	assert_int_equal(size, MAX);
	assert_memory_equal(all, text, MAX);
	ns_bytes_close(bytes);
	close(fd);
	unlink(path);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip), cmocka_unit_test(test_zstd), cmocka_unit_test(test_empty_members),
		cmocka_unit_test(test_strangers), cmocka_unit_test(test_open), cmocka_unit_test(test_file),
		cmocka_unit_test(test_peek), cmocka_unit_test(test_pipe), cmocka_unit_test(test_no_spool),
		cmocka_unit_test(test_flush), cmocka_unit_test(test_first_time), cmocka_unit_test(test_read_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
