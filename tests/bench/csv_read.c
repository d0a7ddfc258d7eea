/* csv_read: our reader with every column wanted as numbers, nothing written: csv_read < table.csv, or an Arrow stream. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "table/stream.h"

/* Every value is looked at, so that no reader gets by without reading: the exclusive or of their bits. */
static uint64_t bits_of(const double *numbers, size_t count)
{
	uint64_t all = 0, bits;
	for (size_t i = 0; i < count; i++) {
		memcpy(&bits, &numbers[i], sizeof bits);
		all ^= bits;
	}
	return all;
}

static int read_all(size_t *rows, uint64_t *bits, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_reader *reader;
	struct ns_table *batch;
	NS_TRY(ns_reader_open(&reader, NULL, 0, &options, false, arena, err));
	for (size_t i = 0; i < ns_reader_header(reader)->width; i++)
		NS_TRY(ns_reader_want(reader, i, NS_NUMBER, err));
	do {
		NS_TRY(ns_reader_next(&batch, reader, err));
		*rows += batch->rows;
		for (size_t i = 0; i < batch->width && batch->rows; i++)
			*bits ^= bits_of(batch->columns[i].numbers, batch->rows);
	} while (batch->rows);
	return ns_reader_finish(reader, err);
}

int main(void)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	size_t rows = 0;
	uint64_t bits = 0;
	int status = read_all(&rows, &bits, &arena, &err);
	if (status != NS_OK)
		fprintf(stderr, "csv_read: %s\n", err.text);
	else
		printf("%zu rows %016" PRIx64 "\n", rows, bits);
	ns_arena_release(&arena);
	return status;
}
