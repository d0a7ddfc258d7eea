#include "table/arrow_codec.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { BATCH_CELLS = 2 * 1024 * 1024, BATCH_ROWS_MIN = 64, BATCH_ROWS_MAX = 8192 };

struct part {
	const void *data;
	size_t size;
};

struct writer {
	struct ns_file *file;     /* or */
	struct ns_buffer *buffer; /* ns_arrow_write_table */
	size_t width;
	struct ns_column *columns; /* names */
	struct ns_arrow_type *types;
	struct ns_arrow_builder *pending; /* rows that do not make a batch yet, the same number in each */
	size_t pending_rows, batch_rows;  /* batch_rows: how many do */
	struct ns_arrow_array *arrays; /* of the batch being written */
	struct part *parts;            /* its buffers, */
	int64_t *places;               /* offset and size of each in the body, */
	int64_t *nodes;                /* rows and nulls of each column */
};

/* --- bytes --- */

static int put(struct writer *writer, const void *bytes, size_t size, struct ns_err *err)
{
	if (writer->file)
		return ns_file_write(writer->file, bytes, size, err);
	if (ns_buffer_append(writer->buffer, bytes, size))
		return ns_fail(err, NS_EDATA, "a table as an Arrow stream takes more than %zu bytes", writer->buffer->max);
	return NS_OK;
}

static size_t padded(size_t size)
{
	return (size + 7) / 8 * 8;
}

static int put_padded(struct writer *writer, const struct part *part, struct ns_err *err)
{
	static const char zeroes[8];
	if (part->size)
		NS_TRY(put(writer, part->data, part->size, err));
	return put(writer, zeroes, padded(part->size) - part->size, err);
}

/* The prefix and the flatbuffer; releases it. */
static int put_message(struct writer *writer, struct ns_flat_writer *flat, struct ns_err *err)
{
	unsigned char prefix[8] = {0xff, 0xff, 0xff, 0xff};
	int32_t size = (int32_t)flat->buffer.size; /* <= NS_ARROW_METADATA_MAX */
	int status;
	memcpy(prefix + 4, &size, 4);
	if (flat->full)
		status = ns_fail(err, NS_EDATA, "the names and metadata of a table are larger than 64 MiB");
	else if ((status = put(writer, prefix, sizeof prefix, err)) == NS_OK)
		status = put(writer, flat->buffer.data, flat->buffer.size, err);
	ns_buffer_release(&flat->buffer);
	return status;
}

/* --- record batches --- */

/* The array's buffers, as they will stand in the body; returns how many. */
static size_t array_parts(struct part *parts, const struct ns_arrow_array *array)
{
	size_t offset_size = ns_arrow_offset_size(&array->type), bits = (array->rows + 7) / 8;
	if (array->type.id == NS_ARROW_NULL)
		return 0;
	parts[0] = (struct part){array->validity, array->validity ? bits : 0};
	if (offset_size) {
		parts[1] = (struct part){array->values, (array->rows + 1) * offset_size};
		parts[2] = (struct part){array->data, (size_t)ns_arrow_offset(array, array->rows)};
		return 3;
	}
	parts[1] = (struct part){array->values, array->type.id == NS_ARROW_BOOL ? bits : array->rows * ns_arrow_value_size(&array->type)};
	return 2;
}

/* Writes writer->arrays, which have no nulls that are not counted and nothing behind their last row. */
static int put_batch(struct writer *writer, size_t rows, struct ns_err *err)
{
	size_t count = 0, body = 0, header_at;
	for (size_t i = 0; i < writer->width; i++) {
		writer->nodes[2 * i] = (int64_t)rows;
		writer->nodes[2 * i + 1] = (int64_t)writer->arrays[i].nulls;
		count += array_parts(writer->parts + count, &writer->arrays[i]);
	}
	for (size_t i = 0; i < count; i++) {
		writer->places[2 * i] = (int64_t)body;
		writer->places[2 * i + 1] = (int64_t)writer->parts[i].size;
		body += padded(writer->parts[i].size);
	}
	struct ns_flat_writer flat;
	struct ns_flat_field fields[] = {{0, 8, (int64_t)rows, 0}, {1, 0, 0, 0}, {2, 0, 0, 0}};
	ns_arrow_message_start(&flat, NS_ARROW_RECORD_BATCH, (int64_t)body, &header_at);
	ns_flat_link(&flat, header_at, ns_flat_put_table(&flat, fields, 3));
	ns_flat_link(&flat, fields[1].at, ns_flat_put_pairs(&flat, writer->nodes, writer->width));
	ns_flat_link(&flat, fields[2].at, ns_flat_put_pairs(&flat, writer->places, count));
	ns_flat_finish(&flat);
	NS_TRY(put_message(writer, &flat, err));
	for (size_t i = 0; i < count; i++)
		NS_TRY(put_padded(writer, &writer->parts[i], err));
	return NS_OK;
}

static int flush(struct writer *writer, struct ns_err *err)
{
	size_t rows = writer->pending_rows;
	if (!rows)
		return NS_OK;
	for (size_t i = 0; i < writer->width; i++)
		writer->arrays[i] = ns_arrow_builder_array(&writer->pending[i]);
	writer->pending_rows = 0;
	int status = put_batch(writer, rows, err);
	for (size_t i = 0; i < writer->width; i++)
		ns_arrow_builder_clear(&writer->pending[i]);
	return status;
}

/* --- columns: what came where it is there, else numbers; CSV's number columns have cells too --- */

enum source { FROM_ARRAY, FROM_NUMBERS, FROM_CELLS };

static enum source source_of(const struct ns_column *column)
{
	if (column->array)
		return FROM_ARRAY;
	if (column->type == NS_NUMBER || !column->cells)
		return FROM_NUMBERS;
	return FROM_CELLS;
}

static struct ns_arrow_type column_type(const struct ns_column *column)
{
	switch (source_of(column)) {
	case FROM_ARRAY: return column->array->type;
	case FROM_CELLS: return (struct ns_arrow_type){.id = NS_ARROW_UTF8};
	default: break;
	}
	if (column->type == NS_TEXT) /* of a header without rows */
		return (struct ns_arrow_type){.id = NS_ARROW_UTF8};
	return (struct ns_arrow_type){.id = NS_ARROW_FLOAT, .width = 64};
}

static int check_columns(const struct writer *writer, const struct ns_table *batch, struct ns_err *err)
{
	if (batch->width != writer->width)
		return ns_fail(err, NS_ECALL, "the table had %zu columns and now has %zu", writer->width, batch->width);
	for (size_t i = 0; i < batch->width; i++) {
		const struct ns_column *column = &batch->columns[i];
		struct ns_arrow_type type = column_type(column);
		assert(source_of(column) != FROM_NUMBERS || column->numbers);
		assert(source_of(column) != FROM_CELLS || column->type == NS_TEXT);
		if (!ns_arrow_same_type(&type, &writer->types[i])) {
			struct ns_arena scratch = NS_ARENA_INIT;
			int status = ns_fail(err, NS_ECALL, "column '%s' was %s and is now %s: an Arrow column has one type", column->name,
				ns_arrow_type_name(&writer->types[i], &scratch), ns_arrow_type_name(&type, &scratch));
			ns_arena_release(&scratch);
			return status;
		}
	}
	return NS_OK;
}

static int add_column(struct ns_arrow_builder *builder, const struct ns_column *column, const uint32_t *rows, size_t first, size_t count)
{
	switch (source_of(column)) {
	case FROM_ARRAY: return ns_arrow_builder_add(builder, column->array, rows, first, count);
	case FROM_CELLS: return ns_arrow_builder_add_cells(builder, column, rows, first, count);
	default: ns_arrow_builder_add_numbers(builder, column->numbers, rows, first, count); return 0;
	}
}

/* Bytes of text in these rows. */
static size_t text_size(const struct ns_column *column, const uint32_t *rows, size_t first, size_t count)
{
	const struct ns_arrow_array *array = column->array;
	size_t total = 0;
	if (array && !rows)
		return (size_t)(ns_arrow_offset(array, first + count) - ns_arrow_offset(array, first));
	for (size_t i = 0; i < count; i++) {
		size_t row = rows ? rows[i] : first + i;
		total += array ? (size_t)(ns_arrow_offset(array, row + 1) - ns_arrow_offset(array, row)) : ns_column_text(column, row).size;
	}
	return total;
}

/* Whether the rows can join those pending: text with 4-byte offsets is limited to 2 GiB a batch. *column: the first that cannot. */
static bool fits(size_t *column, const struct writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t first, size_t count)
{
	for (size_t i = 0; i < writer->width; i++) {
		*column = i;
		if (ns_arrow_offset_size(&writer->types[i]) == 4 &&
		    text_size(&batch->columns[i], rows, first, count) > INT32_MAX - writer->pending[i].data_size)
			return false;
	}
	return true;
}

/* Adds up to batch->rows or count rows to what is pending, writing whenever a batch is full. */
static int accumulate(struct writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	for (size_t done = 0, step, column; done < count; done += step) {
		const uint32_t *list = rows ? rows + done : NULL;
		step = writer->batch_rows - writer->pending_rows;
		step = step < count - done ? step : count - done;
		if (!fits(&column, writer, batch, list, done, step))
			NS_TRY(flush(writer, err));
		while (step > 1 && !fits(&column, writer, batch, list, done, step))
			step /= 2;
		if (step == 1 && !fits(&column, writer, batch, list, done, 1))
			return ns_fail(err, NS_EDATA, "column '%s': a value of more than 2 GiB cannot be written", writer->columns[column].name);
		for (size_t i = 0; i < writer->width; i++)
			add_column(&writer->pending[i], &batch->columns[i], list, done, step);
		writer->pending_rows += step;
		if (writer->pending_rows == writer->batch_rows)
			NS_TRY(flush(writer, err));
	}
	return NS_OK;
}

/* --- whole batches --- */

static bool has_missing(const double *numbers, size_t rows)
{
	bool missing = false;
	for (size_t i = 0; i < rows; i++)
		missing |= isnan(numbers[i]);
	return missing;
}

/* The column's own buffers, where they can be written as they are: *out; else false. */
static bool as_it_is(struct ns_arrow_array *out, const struct ns_column *column, const struct ns_arrow_type *type, size_t rows)
{
	if (source_of(column) == FROM_NUMBERS) {
		*out = (struct ns_arrow_array){.type = *type, .rows = rows, .values = column->numbers};
		return !has_missing(column->numbers, rows);
	}
	if (source_of(column) == FROM_CELLS)
		return false;
	*out = *column->array;
	if (type->id == NS_ARROW_NULL)
		return true;
	return !out->validity && type->id != NS_ARROW_BOOL && out->type.id == type->id && (!ns_arrow_offset_size(type) || ns_arrow_offset(out, 0) == 0);
}

/* The rows as one record batch; nothing is pending. */
static int write_whole(struct writer *writer, const struct ns_table *batch, struct ns_err *err)
{
	size_t column;
	if (!fits(&column, writer, batch, NULL, 0, batch->rows))
		return accumulate(writer, batch, NULL, batch->rows, err);
	for (size_t i = 0; i < writer->width; i++)
		if (!as_it_is(&writer->arrays[i], &batch->columns[i], &writer->types[i], batch->rows)) {
			add_column(&writer->pending[i], &batch->columns[i], NULL, 0, batch->rows);
			writer->arrays[i] = ns_arrow_builder_array(&writer->pending[i]);
		}
	int status = put_batch(writer, batch->rows, err);
	for (size_t i = 0; i < writer->width; i++)
		ns_arrow_builder_clear(&writer->pending[i]);
	return status;
}

/* --- the writer --- */

/* What is written of the header's metadata: pandas' description of the columns only where they are still the same. */
static struct ns_metadata schema_metadata(const struct writer *writer, const struct ns_table *header, struct ns_arena *arena)
{
	struct ns_metadata metadata = header->metadata;
	const char *described = ns_metadata_find(&metadata, NS_ARROW_PANDAS_COLUMNS);
	if (!ns_metadata_find(&metadata, "pandas") && !described)
		return metadata;
	if (!described || strcmp(described, ns_arrow_columns_digest(writer->columns, writer->types, writer->width, arena)) != 0)
		ns_metadata_set(&metadata, "pandas", NULL, arena);
	ns_metadata_set(&metadata, NS_ARROW_PANDAS_COLUMNS, NULL, arena);
	return metadata;
}

static void init(struct writer *writer, const struct ns_table *header, struct ns_arena *arena)
{
	size_t width = writer->width = header->width, rows = BATCH_CELLS / (width ? width : 1);
	writer->batch_rows = rows < BATCH_ROWS_MIN ? BATCH_ROWS_MIN : rows > BATCH_ROWS_MAX ? BATCH_ROWS_MAX : rows;
	writer->columns = NS_NEW_ARRAY(arena, struct ns_column, width);
	writer->types = NS_NEW_ARRAY(arena, struct ns_arrow_type, width);
	writer->pending = NS_NEW_ARRAY(arena, struct ns_arrow_builder, width);
	writer->arrays = NS_NEW_ARRAY(arena, struct ns_arrow_array, width);
	writer->parts = NS_NEW_ARRAY(arena, struct part, 3 * width);
	writer->places = NS_NEW_ARRAY(arena, int64_t, 6 * width);
	writer->nodes = NS_NEW_ARRAY(arena, int64_t, 2 * width);
	for (size_t i = 0; i < width; i++) {
		const struct ns_column *column = &header->columns[i];
		writer->columns[i] = (struct ns_column){.name = ns_strdup(arena, column->name), .metadata = column->metadata};
		writer->types[i] = column_type(column);
		if (writer->types[i].timezone)
			writer->types[i].timezone = ns_strdup(arena, writer->types[i].timezone);
		if (!column->array)
			ns_arrow_plain_metadata(&writer->columns[i].metadata, arena);
		writer->pending[i].type = writer->types[i];
	}
}

static int start(struct writer *writer, const struct ns_table *header, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flat_writer flat;
	init(writer, header, arena);
	struct ns_metadata metadata = schema_metadata(writer, header, arena);
	ns_arrow_schema_write(&flat, writer->columns, writer->types, writer->width, &metadata);
	return put_message(writer, &flat, err);
}

static void release(struct writer *writer)
{
	for (size_t i = 0; i < writer->width; i++)
		ns_arrow_builder_release(&writer->pending[i]);
}

static int finish(struct writer *writer, struct ns_err *err)
{
	static const unsigned char end[8] = {0xff, 0xff, 0xff, 0xff};
	NS_TRY(flush(writer, err));
	return put(writer, end, sizeof end, err);
}

int ns_arrow_writer_start(void **state, const struct ns_table *header, struct ns_file *file, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct writer *writer = NS_NEW(arena, struct writer);
	(void)options; /* nothing about Arrow can be chosen */
	writer->file = file;
	NS_TRY(start(writer, header, arena, err));
	*state = writer;
	return NS_OK;
}

int ns_arrow_writer_write(void *state, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	struct writer *writer = state;
	if (!(rows ? count : batch->rows))
		return NS_OK;
	NS_TRY(check_columns(writer, batch, err));
	if (rows || !batch->whole_batch)
		return accumulate(writer, batch, rows, rows ? count : batch->rows, err);
	NS_TRY(flush(writer, err));
	return write_whole(writer, batch, err);
}

int ns_arrow_writer_finish(void *state, struct ns_err *err)
{
	int status = finish(state, err);
	release(state);
	return status;
}

void ns_arrow_writer_abandon(void *state)
{
	if (state)
		release(state);
}

int ns_arrow_write_table(struct ns_buffer *out, const struct ns_table *table, struct ns_err *err)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct writer writer = {.buffer = out};
	int status = start(&writer, table, &arena, err);
	if (status == NS_OK && table->rows)
		status = check_columns(&writer, table, err);
	if (status == NS_OK && table->rows)
		status = write_whole(&writer, table, err);
	if (status == NS_OK)
		status = finish(&writer, err);
	release(&writer);
	ns_arena_release(&arena);
	return status;
}
