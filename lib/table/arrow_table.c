#include "table/arrow_codec.h"

/* Text in place, everything else printed into the arena. */
static int make_cells(struct ns_column *column, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_arrow_array *array = column->array;
	bool is_text = ns_arrow_is_text(&array->type);
	struct ns_cell *cells = NS_NEW_ARRAY(arena, struct ns_cell, array->rows);
	struct ns_buffer printed = NS_BUFFER_INIT(UINT32_MAX);
	bool fine = true;
	for (size_t row = 0; row < array->rows && fine; row++) {
		uint64_t from = is_text ? (uint64_t)ns_arrow_offset(array, row) : printed.size, to;
		fine = is_text || ns_arrow_print(&printed, array, row) == 0;
		to = is_text ? (uint64_t)ns_arrow_offset(array, row + 1) : printed.size;
		fine = fine && to <= UINT32_MAX && to - from <= NS_CELL_SIZE;
		cells[row] = (struct ns_cell){(uint32_t)from, ns_arrow_is_null(array, row) ? NS_CELL_MISSING : (uint32_t)(to - from)};
	}
	column->bytes = is_text ? array->data : ns_strndup(arena, printed.data ? printed.data : "", printed.size);
	column->cells = cells;
	column->stride = 1;
	ns_buffer_release(&printed);
	return fine ? NS_OK : ns_fail(err, NS_EDATA, "column '%s': too much text: at most 1 GiB in a value and 4 GiB in %zu rows", column->name, array->rows);
}

/* A whole table's columns; freed when the arena is. Those of a stream of one batch stay where they are, if they are in the caller's memory. */
struct columns {
	size_t width;
	struct ns_arrow_array *held;       /* type.id 0: none, the column is in: */
	struct ns_arrow_builder *builders;
};

static void release_columns(void *what)
{
	struct columns *columns = what;
	for (size_t i = 0; i < columns->width; i++)
		ns_arrow_builder_release(&columns->builders[i]);
}

static struct columns *new_columns(const struct ns_arrow_schema *schema, struct ns_arena *arena)
{
	struct columns *columns = NS_NEW(arena, struct columns);
	columns->width = schema->width;
	columns->held = NS_NEW_ARRAY(arena, struct ns_arrow_array, schema->width);
	columns->builders = NS_NEW_ARRAY(arena, struct ns_arrow_builder, schema->width);
	for (size_t i = 0; i < schema->width; i++)
		columns->builders[i].type = schema->fields[i].type;
	ns_arena_defer(arena, release_columns, columns);
	return columns;
}

static bool is_in(const struct ns_arrow_stream *stream, const void *buffer)
{
	uintptr_t from = (uintptr_t)stream->memory, at = (uintptr_t)buffer;
	return !buffer || (at >= from && at - from < stream->memory_size);
}

/* The next rows of one column: in place while there are no others. */
static int add_rows(struct ns_arrow_array *held, struct ns_arrow_builder *builder, const struct ns_arrow_array *array, const struct ns_arrow_stream *stream)
{
	bool in_place = is_in(stream, array->validity) && is_in(stream, array->values) && (!array->data_size || is_in(stream, array->data));
	if (held->type.id && ns_arrow_builder_add(builder, held, NULL, 0, held->rows))
		return -1;
	bool first = builder->rows == 0;
	*held = (struct ns_arrow_array){0};
	if (first && in_place)
		*held = *array;
	return first && in_place ? 0 : ns_arrow_builder_add(builder, array, NULL, 0, array->rows);
}

static int read_rows(struct columns *columns, struct ns_arrow_stream *stream, struct ns_err *err)
{
	size_t rows;
	do {
		NS_TRY(ns_arrow_stream_next(stream, &rows, err));
		for (size_t i = 0; i < columns->width && rows; i++)
			if (add_rows(&columns->held[i], &columns->builders[i], &stream->arrays[i], stream))
				return ns_fail(err, NS_EDATA, "%s: column '%s': more than 2 GiB of text in one table", stream->name, stream->schema.fields[i].name);
	} while (rows);
	return NS_OK;
}

/* Cells or float64 beside the array. */
static int fill_column(struct ns_column *column, const struct ns_arrow_array *values, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	*array = *values;
	column->array = array;
	column->type = ns_arrow_natural_type(&array->type);
	if (column->type == NS_TEXT)
		return make_cells(column, arena, err);
	if (array->type.id != NS_ARROW_FLOAT || array->type.width != 64)
		return NS_OK;
	column->numbers = array->values;
	if (array->validity) {
		double *numbers = NS_NEW_ARRAY(arena, double, array->rows);
		ns_arrow_numbers(numbers, array);
		column->numbers = numbers;
	}
	return NS_OK;
}

static int read_table(struct ns_table *table, struct ns_arrow_stream *stream, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_arrow_stream_open(stream, err));
	const struct ns_arrow_schema *schema = &stream->schema;
	struct columns *columns = new_columns(schema, arena);
	NS_TRY(read_rows(columns, stream, err));
	*table = (struct ns_table){.width = schema->width, .metadata = schema->metadata, .source = stream->name, .whole_batch = true};
	table->columns = NS_NEW_ARRAY(arena, struct ns_column, schema->width);
	for (size_t i = 0; i < schema->width; i++) {
		struct ns_column *column = &table->columns[i];
		*column = (struct ns_column){.name = schema->fields[i].name, .metadata = schema->fields[i].metadata};
		if (schema->fields[i].dictionary || schema->fields[i].view)
			ns_arrow_plain_metadata(&column->metadata, arena);
		struct ns_arrow_array values = columns->held[i].type.id ? columns->held[i] : ns_arrow_builder_array(&columns->builders[i]);
		table->rows = values.rows;
		NS_TRY(fill_column(column, &values, arena, err));
	}
	ns_table_clean_names(table, true, arena);
	return NS_OK;
}

int ns_arrow_read_table(struct ns_table *table, size_t *used, const void *data, size_t size, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_arrow_stream stream = {.memory = data, .memory_size = size, .name = ns_strdup(arena, name), .arena = arena};
	int status = read_table(table, &stream, arena, err);
	if (used)
		*used = (size_t)stream.at;
	ns_arrow_stream_release(&stream);
	return status;
}
