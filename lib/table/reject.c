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
		const struct ns_malformed row = {reader->rows + rows, line, ns_inputs_name(reader), why, {raw, size}};
		NS_TRY(reader->judge->malformed(reader->judge->context, &row, err));
		return set_aside(reader, raw, size, err);
	}
	if (reader->options->on_error != NS_ON_ERROR_SKIP)
		return ns_fail(err, NS_EDATA, "%s", why);
	if (!*reader->first_set_aside.text)
		ns_fail(&reader->first_set_aside, NS_EDATA, "%s", why);
	return set_aside(reader, raw, size, err);
}

static int bad_value(bool *missing, void *context, size_t rows, const char *why, struct ns_err *err)
{
	struct ns_reader *reader = context;
	*missing = reader->options->on_error == NS_ON_ERROR_MISSING && !reader->judge;
	if (!*missing)
		return malformed(reader, "", 0, 0, rows, why, err);
	if (reader->made_missing++ == 0)
		ns_fail(&reader->first_missing, NS_EDATA, "%s", why);
	return NS_OK;
}

int ns_reject_open(struct ns_reader *reader, struct ns_err *err)
{
	const struct ns_table_options *options = reader->options;
	reader->reject = (struct ns_reject){malformed, reader, bad_value};
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

/* The listed rows alone. */
static void take(struct ns_column *column, const uint32_t *rows, size_t count, struct ns_arena *arena)
{
	if (column->numbers) {
		double *numbers = NS_NEW_ARRAY(arena, double, count);
		for (size_t i = 0; i < count; i++)
			numbers[i] = column->numbers[rows[i]];
		column->numbers = numbers;
	}
	if (column->array)
		column->array = ns_arrow_take(column->array, rows, count, arena);
	if (!column->cells)
		return;
	struct ns_cell *cells = NS_NEW_ARRAY(arena, struct ns_cell, count);
	for (size_t i = 0; i < count; i++)
		cells[i] = column->cells[rows[i] * column->stride];
	column->cells = cells;
	column->stride = 1;
}

int ns_reject_batch(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *batch = &reader->batch;
	struct ns_arena *arena = &reader->batch_arena;
	uint32_t *rows = NS_NEW_ARRAY(arena, uint32_t, batch->rows); /* that stay */
	size_t count = 0;
	for (size_t row = 0; row < batch->rows; row++) {
		if (reader->bad[row])
			NS_TRY(set_row_aside(reader, row, err));
		else
			rows[count++] = (uint32_t)row;
	}
	uint64_t *places = NS_NEW_ARRAY(arena, uint64_t, count);
	for (size_t i = 0; i < count; i++)
		places[i] = batch->lines ? batch->lines[rows[i]] : batch->first_row + rows[i];
	for (size_t i = 0; i < batch->width; i++)
		take(&batch->columns[i], rows, count, arena);
	take(&batch->places, rows, count, arena);
	*(batch->lines ? &batch->lines : &batch->indices) = places;
	batch->rows = count;
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

int ns_reader_refuse(struct ns_reader *reader, size_t row, const char *why, struct ns_err *err)
{
	if (reader->options->on_error != NS_ON_ERROR_SKIP)
		return ns_fail(err, NS_EDATA, "%s", why);
	if (!*reader->first_set_aside.text)
		ns_fail(&reader->first_set_aside, NS_EDATA, "%s", why);
	return set_row_aside(reader, row, err);
}

uint64_t ns_reader_refused(const struct ns_reader *reader)
{
	return reader->set_aside;
}
