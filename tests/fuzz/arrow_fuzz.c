/*
 * Whatever the bytes, the reader ends in success or a clean error, both ways in (memory, format) agree, and what was read is
 * written so that it reads as the same table and writes the same bytes again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "table/arrow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGE = 1 << 26, MANY_ROWS = 1 << 20 };

static void require(int condition)
{
	if (!condition)
		abort();
}

static void print_all(const struct ns_table *table)
{
	struct ns_buffer text = NS_BUFFER_INIT(LARGE);
	for (size_t i = 0; i < table->width; i++)
		for (size_t row = 0; row < table->rows; row++) {
			ns_arrow_print(&text, table->columns[i].array, row);
			text.size = 0;
		}
	ns_buffer_release(&text);
}

/* Rows of the first stream, by the format's way; -1 after an error. */
static long rows_by_format(const uint8_t *data, size_t size, struct ns_arena *arena)
{
	struct ns_err err;
	struct ns_bytes *bytes;
	struct ns_table header, batch;
	void *state;
	long rows = 0;
	ns_bytes_open_memory(&bytes, data, size, "f");
	int status = ns_format_arrow.open(&state, &header, bytes, NULL, NULL, arena, &err);
	if (status == NS_OK) {
		while ((status = ns_format_arrow.next(&batch, state, &err)) == NS_OK && batch.rows)
			rows += (long)batch.rows;
		ns_format_arrow.close(state);
	}
	ns_bytes_close(bytes);
	require(status == NS_OK || (status == NS_EDATA && *err.text));
	return status == NS_OK ? rows : -1;
}

static void write_and_read_again(const struct ns_table *table, struct ns_arena *arena)
{
	struct ns_err err;
	struct ns_table again;
	size_t used;
	struct ns_buffer first = NS_BUFFER_INIT(LARGE), second = NS_BUFFER_INIT(LARGE);
	if (ns_arrow_write_table(&first, table, &err) == NS_OK) {
		require(ns_arrow_read_table(&again, &used, first.data, first.size, "f", arena, &err) == NS_OK);
		require(used == first.size && again.rows == table->rows && again.width == table->width);
		require(ns_arrow_write_table(&second, &again, &err) == NS_OK);
		require(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
	}
	ns_buffer_release(&first);
	ns_buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ns_arena arena;
	struct ns_err err;
	struct ns_table table;
	size_t used;
	ns_quiet = true;
	int status = ns_arrow_read_table(&table, &used, data, size, "f", &arena, &err);
	require(used <= size && (status == NS_OK || (status == NS_EDATA && *err.text)));
	long rows = rows_by_format(data, size, &arena);
	if (status == NS_OK && used == size)
		require(rows == (long)table.rows || table.width == 0);
	if (status == NS_OK && table.rows <= MANY_ROWS) {
		print_all(&table);
		write_and_read_again(&table, &arena);
	}
	ns_arena_reset(&arena);
	return 0;
}
