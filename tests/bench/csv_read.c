/* csv_read: our reader with every column wanted as numbers, nothing written: csv_read < table.csv. */
#include <stdio.h>

#include "base/err.h"
#include "table/stream.h"

static int read_all(size_t *rows, double *sum, struct ns_arena *arena, struct ns_err *err)
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
			*sum += batch->columns[i].numbers[0]; /* touched, so that no reader gets by without parsing */
	} while (batch->rows);
	return ns_reader_finish(reader, err);
}

int main(void)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err;
	size_t rows = 0;
	double sum = 0;
	int status = read_all(&rows, &sum, &arena, &err);
	if (status != NS_OK)
		fprintf(stderr, "csv_read: %s\n", err.text);
	else
		printf("%zu rows %g\n", rows, sum);
	ns_arena_release(&arena);
	return status;
}
