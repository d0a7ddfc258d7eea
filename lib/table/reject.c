#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "table/csv.h"
#include "table/reader.h"

/* --- the file --- */

static int write_header(struct ns_reader *reader, struct ns_err *err)
{
	const struct ns_table *header = &reader->header;
	struct ns_buffer line = NS_BUFFER_INIT(UINT32_MAX);
	bool full = false;
	for (size_t i = 0; i < header->width; i++) {
		const char *name = header->columns[i].name;
		full |= (i && ns_buffer_append(&line, &reader->options->delimiter, 1)) ||
			ns_csv_put_field(&line, name, strlen(name), reader->options->delimiter);
	}
	full |= ns_buffer_append(&line, "\n", 1);
	int status = full ? ns_fail(err, NS_EDATA, "%s: the header is longer than 4 GiB", header->source)
			  : ns_file_write(reader->rejects, line.data, line.size, err);
	ns_buffer_release(&line);
	return status;
}

static int set_aside(struct ns_reader *reader, const char *raw, size_t size, struct ns_err *err)
{
	bool first = reader->set_aside++ == 0;
	if (!reader->rejects)
		return NS_OK;
	if (first && !reader->options->no_header)
		NS_TRY(write_header(reader, err));
	NS_TRY(ns_file_write(reader->rejects, raw, size, err));
	if (size && raw[size - 1] == '\n')
		return NS_OK;
	return ns_file_write(reader->rejects, "\n", 1, err);
}

/* The format's malformed rows. */
static int malformed(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err)
{
	struct ns_reader *reader = context;
	if (reader->judge) {
		const struct ns_malformed row = {reader->rows + rows, line, ns_bytes_name(reader->inputs[reader->input].bytes), why, {raw, size}};
		NS_TRY(reader->judge->malformed(reader->judge->context, &row, err));
		return set_aside(reader, raw, size, err);
	}
	if (reader->options->on_error != NS_ON_ERROR_SKIP)
		return ns_fail(err, NS_EDATA, "%s", why);
	if (!*reader->first_set_aside.text)
		ns_fail(&reader->first_set_aside, NS_EDATA, "%s", why);
	return set_aside(reader, raw, size, err);
}

int ns_reject_open(struct ns_reader *reader, struct ns_err *err)
{
	const struct ns_table_options *options = reader->options;
	reader->reject = (struct ns_reject){malformed, reader};
	reader->set_aside = reader->made_missing = 0;
	*reader->first_set_aside.text = *reader->first_missing.text = '\0';
	const char *path = reader->judge ? reader->judge->set_aside : options->rejects;
	ns_file_discard(reader->rejects);
	reader->rejects = NULL;
	if (!path)
		return NS_OK;
	if (options->on_error != NS_ON_ERROR_SKIP && !reader->judge)
		return ns_fail(err, NS_ECALL, "--rejects keeps the rows that --on-error skip sets aside: give both");
	return ns_file_create(&reader->rejects, path, err);
}

int ns_reject_finish(struct ns_reader *reader, struct ns_err *err)
{
	const char *kept = reader->rejects ? reader->options->rejects : NULL;
	if (reader->set_aside && !reader->judge)
		ns_note("%" PRIu64 " %s set aside%s%s%s, the first: %s", reader->set_aside, reader->set_aside == 1 ? "row was" : "rows were",
			kept ? " in '" : "", kept ? kept : "", kept ? "'" : "", reader->first_set_aside.text);
	if (reader->made_missing)
		ns_note("%" PRIu64 " %s taken as missing, the first: %s", reader->made_missing,
			reader->made_missing == 1 ? "value was" : "values were", reader->first_missing.text);
	struct ns_file *file = reader->rejects;
	reader->rejects = NULL;
	return file ? ns_file_commit(file, err) : NS_OK;
}

/* --- rows that contradict their column --- */

static int put_value(struct ns_buffer *out, const struct ns_column *column, size_t row, char delimiter)
{
	if (!column->array) {
		struct ns_cell cell = column->cells[row * column->stride];
		return ns_csv_put_field(out, column->bytes + cell.at, cell.size & NS_CELL_SIZE, delimiter);
	}
	struct ns_buffer value = NS_BUFFER_INIT(UINT32_MAX);
	int failed = ns_arrow_print(&value, column->array, row) || ns_csv_put_field(out, value.data, value.size, delimiter);
	ns_buffer_release(&value);
	return failed;
}

/* The row as the CSV record it was or would be. */
static int set_row_aside(struct ns_reader *reader, size_t row, struct ns_err *err)
{
	const struct ns_table *batch = &reader->batch;
	struct ns_buffer *record = &reader->record;
	record->size = 0;
	for (size_t i = 0; i < batch->width; i++) {
		if ((i && ns_buffer_append(record, &reader->options->delimiter, 1)) ||
			put_value(record, &batch->columns[i], row, reader->options->delimiter))
			return ns_fail(err, NS_EDATA, "%s: the row is longer than 4 GiB", ns_table_where(batch, row, &reader->batch_arena));
	}
	return set_aside(reader, record->data, record->size, err);
}

/* Bits of a value that stands in `values` by itself; 0 for text and binary, whose values are offsets. */
static size_t value_bits(const struct ns_arrow_type *type)
{
	switch (type->id) {
	case NS_ARROW_NULL:
	case NS_ARROW_UTF8:
	case NS_ARROW_LARGE_UTF8:
	case NS_ARROW_BINARY:
	case NS_ARROW_LARGE_BINARY:
		return 0;
	case NS_ARROW_BOOL:
		return 1;
	case NS_ARROW_FIXED_BINARY:
		return (size_t)type->width * 8;
	default:
		return (size_t)type->width;
	}
}

static uint8_t *gather_bits(const uint8_t *bits, const bool *bad, size_t rows, size_t kept, struct ns_arena *arena)
{
	uint8_t *out = ns_alloc(arena, kept / 8 + 1);
	size_t at = 0;
	for (size_t row = 0; row < rows; row++) {
		if (bad[row])
			continue;
		out[at >> 3] |= (uint8_t)((bits[row >> 3] >> (row & 7) & 1) << (at & 7));
		at++;
	}
	return out;
}

static void *gather_values(const void *values, size_t size, const bool *bad, size_t rows, size_t kept, struct ns_arena *arena)
{
	char *out = ns_alloc_array(arena, kept, size), *to = out;
	for (size_t row = 0; row < rows; row++) {
		if (!bad[row]) {
			memcpy(to, (const char *)values + row * size, size);
			to += size;
		}
	}
	return out;
}

static int64_t offset_of(const struct ns_arrow_array *array, bool wide, size_t row)
{
	return wide ? ((const int64_t *)array->values)[row] : ((const int32_t *)array->values)[row];
}

/* Offsets and bytes of the rows that stay. */
static void gather_text(struct ns_arrow_array *out, const struct ns_arrow_array *array, const bool *bad, struct ns_arena *arena)
{
	bool wide = array->type.id == NS_ARROW_LARGE_UTF8 || array->type.id == NS_ARROW_LARGE_BINARY;
	int32_t *narrow_offsets = wide ? NULL : NS_NEW_ARRAY(arena, int32_t, out->rows + 1);
	int64_t *wide_offsets = wide ? NS_NEW_ARRAY(arena, int64_t, out->rows + 1) : NULL;
	char *data = ns_alloc(arena, array->data_size);
	size_t kept = 0, size = 0;
	for (size_t row = 0; row < array->rows; row++) {
		int64_t at = offset_of(array, wide, row), end = offset_of(array, wide, row + 1);
		if (bad[row])
			continue;
		if (end > at)
			memcpy(data + size, array->data + at, (size_t)(end - at));
		size += (size_t)(end - at);
		kept++;
		if (wide)
			wide_offsets[kept] = (int64_t)size;
		else
			narrow_offsets[kept] = (int32_t)size;
	}
	out->values = wide ? (const void *)wide_offsets : narrow_offsets;
	out->data = data;
	out->data_size = size;
}

static const struct ns_arrow_array *gather_array(const struct ns_arrow_array *array, const bool *bad, size_t kept, struct ns_arena *arena)
{
	struct ns_arrow_array *out = NS_NEW(arena, struct ns_arrow_array);
	size_t bits = value_bits(&array->type);
	*out = *array;
	out->rows = kept;
	if (bits == 1)
		out->values = gather_bits(array->values, bad, array->rows, kept, arena);
	else if (bits)
		out->values = gather_values(array->values, bits / 8, bad, array->rows, kept, arena);
	else if (array->type.id != NS_ARROW_NULL)
		gather_text(out, array, bad, arena);
	if (array->validity)
		out->validity = gather_bits(array->validity, bad, array->rows, kept, arena);
	out->nulls = 0;
	for (size_t row = 0; row < kept; row++)
		out->nulls += ns_arrow_is_null(out, row);
	return out;
}

static void take_out(struct ns_column *column, const bool *bad, size_t rows, size_t kept, struct ns_arena *arena)
{
	if (column->numbers)
		column->numbers = gather_values(column->numbers, sizeof(double), bad, rows, kept, arena);
	if (column->array)
		column->array = gather_array(column->array, bad, kept, arena);
	if (!column->cells)
		return;
	struct ns_cell *cells = NS_NEW_ARRAY(arena, struct ns_cell, kept), *to = cells;
	for (size_t row = 0; row < rows; row++)
		if (!bad[row])
			*to++ = column->cells[row * column->stride];
	column->cells = cells;
	column->stride = 1;
}

int ns_reject_batch(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *batch = &reader->batch;
	struct ns_arena *arena = &reader->batch_arena;
	const bool *bad = reader->bad;
	size_t kept = 0;
	for (size_t row = 0; row < batch->rows; row++) {
		if (bad[row])
			NS_TRY(set_row_aside(reader, row, err));
		else
			kept++;
	}
	for (size_t i = 0; i < batch->width; i++)
		take_out(&batch->columns[i], bad, batch->rows, kept, arena);
	if (batch->lines)
		batch->lines = gather_values(batch->lines, sizeof *batch->lines, bad, batch->rows, kept, arena);
	batch->rows = kept;
	return NS_OK;
}

int ns_reader_judge(struct ns_reader *reader, const struct ns_judge *judge, struct ns_err *err)
{
	reader->judge = judge;
	return ns_reject_open(reader, err);
}

int ns_reader_set_aside(struct ns_reader *reader, const bool *bad, struct ns_err *err)
{
	for (size_t row = 0; row < reader->batch.rows; row++)
		if (bad[row])
			NS_TRY(set_row_aside(reader, row, err));
	return NS_OK;
}
