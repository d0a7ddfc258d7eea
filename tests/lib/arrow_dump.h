/*
 * arrow_dump: Arrow streams as text that a test can compare: a line a column, "NAME<tab>TYPE<tab>VALUE|null|...", over all batches.
 */
#ifndef NS_TESTS_LIB_ARROW_DUMP_H
#define NS_TESTS_LIB_ARROW_DUMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/arrow.h"

enum { DUMP_MAX = 1 << 26 };

/* A file of tests/data/arrow in memory that ends where the file does, so that a sanitizer sees a read past it. */
static inline char *load(size_t *size, const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "tests/data/arrow/%s", name);
	FILE *file = fopen(path, "rb");
	*size = 0;
	if (!file) {
		perror(path);
		abort();
	}
	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	char *data = malloc(*size ? *size : 1);
	if (!data || fread(data, 1, *size, file) != *size)
		abort();
	fclose(file);
	return data;
}

static inline void dump_values(struct ns_buffer *out, const struct ns_arrow_array *array, bool first)
{
	for (size_t row = 0; row < array->rows; row++) {
		if (row || !first)
			ns_buffer_append(out, "|", 1);
		if (ns_arrow_is_null(array, row))
			ns_buffer_append(out, "null", 4);
		else
			ns_arrow_print(out, array, row);
	}
}

static inline const char *dump_lines(const struct ns_table *table, struct ns_buffer *values, struct ns_arena *arena)
{
	struct ns_buffer text = NS_BUFFER_INIT(DUMP_MAX);
	for (size_t i = 0; i < table->width; i++) {
		const struct ns_column *column = &table->columns[i];
		ns_buffer_printf(&text, "%s\t%s\t", column->name, ns_arrow_type_name(&column->array->type, arena));
		ns_buffer_append(&text, values[i].data, values[i].size);
		ns_buffer_append(&text, "\n", 1);
		ns_buffer_release(&values[i]);
	}
	char *kept = ns_strndup(arena, text.data ? text.data : "", text.size);
	ns_buffer_release(&text);
	return kept;
}

static inline struct ns_buffer *dump_buffers(size_t width, struct ns_arena *arena)
{
	struct ns_buffer *values = NS_NEW_ARRAY(arena, struct ns_buffer, width);
	for (size_t i = 0; i < width; i++)
		values[i] = NS_BUFFER_INIT(DUMP_MAX);
	return values;
}

static inline const char *dump_table(const struct ns_table *table, struct ns_arena *arena)
{
	struct ns_buffer *values = dump_buffers(table->width, arena);
	for (size_t i = 0; i < table->width; i++)
		dump_values(&values[i], table->columns[i].array, true);
	return dump_lines(table, values, arena);
}

/* The same of the format interface; *batches (may be NULL) becomes the rows of each batch, "3 2". NULL after a failure, with err. */
static inline const char *dump_format(const char **batches, const void *data, size_t size, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_bytes *bytes;
	struct ns_table header, batch = {0};
	void *state = NULL;
	const char *sizes = "";
	ns_bytes_open_memory(&bytes, data, size, name);
	int status = ns_format_arrow.open(&state, &header, bytes, NULL, NULL, arena, err);
	struct ns_buffer *values = status ? NULL : dump_buffers(header.width, arena);
	uint64_t rows = 0;
	while (status == NS_OK && (status = ns_format_arrow.next(&batch, state, err)) == NS_OK && batch.rows) {
		if (batch.first_row != rows || !batch.whole_batch || batch.width != header.width)
			abort();
		for (size_t i = 0; i < batch.width; i++)
			dump_values(&values[i], batch.columns[i].array, rows == 0);
		sizes = ns_format(arena, "%s%s%zu", sizes, *sizes ? " " : "", batch.rows);
		rows += batch.rows;
	}
	const char *text = status == NS_OK ? dump_lines(&batch, values, arena) : NULL;
	for (size_t i = 0; status && values && i < header.width; i++)
		ns_buffer_release(&values[i]);
	if (state)
		ns_format_arrow.close(state);
	ns_bytes_close(bytes);
	if (batches)
		*batches = sizes;
	return text;
}

#endif
