/*
 * The whole way of a filter, whatever the bytes: sniffed, types inferred, every column converted, malformed rows stopped at or set aside,
 * written as Arrow. Ends in success or a clean error; the rows that went in and the rows of the result are as many, and the result is read
 * without an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "table/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Reads all columns as `type` (NS_UNDECIDED: as they are); the rows, or -1 after an error. */
static long read_all(const uint8_t *data, size_t size, const struct ns_table_options *options, enum ns_type type)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	struct ns_reader *reader;
	struct ns_table *batch;
	long rows = 0;
	*err.text = '\0';
	int status = ns_reader_open_memory(&reader, data, size, "f", options, &arena, &err);
	for (size_t i = 0; status == NS_OK && i < ns_reader_header(reader)->width; i++)
		status = ns_reader_want(reader, i, type, &err);
	do {
		if (status == NS_OK)
			status = ns_reader_next(&batch, reader, &err);
		rows += status == NS_OK ? (long)batch->rows : 0;
	} while (status == NS_OK && batch->rows);
	if (status == NS_OK)
		status = ns_reader_finish(reader, &err);
	require(status == NS_OK || (status == NS_EDATA && *err.text));
	ns_arena_release(&arena);
	return status == NS_OK ? rows : -1;
}

/* Through reader and writer to Arrow in a file; the rows that passed, or -1. */
static long write_arrow(const uint8_t *data, size_t size, struct ns_table_options options, const char *path)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	struct ns_reader *reader;
	struct ns_writer *writer;
	struct ns_table *batch;
	long rows = 0;
	options.output_format = NS_OUTPUT_ARROW;
	int status = ns_reader_open_memory(&reader, data, size, "f", &options, &arena, &err);
	if (status == NS_OK)
		status = ns_writer_open(&writer, path, &options, reader, &arena, &err);
	do {
		if (status == NS_OK)
			status = ns_reader_next(&batch, reader, &err);
		rows += status == NS_OK ? (long)batch->rows : 0;
		if (status == NS_OK)
			status = ns_writer_write(writer, batch, NULL, 0, &err);
	} while (status == NS_OK && batch->rows);
	if (status == NS_OK)
		status = ns_writer_finish(writer, &err);
	ns_file_discard_all();
	ns_arena_release(&arena);
	return status == NS_OK ? rows : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	char path[] = "/tmp/stream_fuzz.XXXXXX";
	ns_quiet = true;
	for (int on_error = NS_ON_ERROR_STOP; on_error <= NS_ON_ERROR_MISSING; on_error++) {
		options.on_error = on_error;
		for (enum ns_type type = NS_UNDECIDED; type <= NS_TEXT; type++)
			read_all(data, size, &options, type);
	}
	options.on_error = NS_ON_ERROR_SKIP;
	int file = mkstemp(path);
	require(file >= 0);
	long rows = write_arrow(data, size, options, path);
	if (rows >= 0) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err;
		char *written;
		size_t written_size;
		require(ns_file_slurp(&written, &written_size, path, (size_t)1 << 30, &arena, &err) == NS_OK);
		options.on_error = NS_ON_ERROR_STOP;
		require(read_all((const uint8_t *)written, written_size, &options, NS_UNDECIDED) == rows);
		ns_arena_release(&arena);
	}
	require(unlink(path) == 0 && close(file) == 0);
	return 0;
}
