#include "table/records.h"

#include <assert.h>
#include <stdlib.h>

#include "base/number.h"

enum {
	BLOCK = 256 * 1024, /* with its cells it stays in the second-level cache */
	BATCH_CELLS = 65536,
	BATCH_ROWS_MIN = 16,
	BATCH_ROWS_MAX = 8192,
};

void ns_records_init(struct ns_records *records, const char *const *names, size_t width)
{
	assert(width > 0 && width <= NS_RECORDS_WIDTH_MAX);
	size_t rows = BATCH_CELLS / width, room = width + NS_RECORDS_LEARNT_MAX + 1;
	*records = (struct ns_records){.width = width, .bytes = NS_BUFFER_INIT(NS_CELL_SIZE)};
	records->limit = rows < BATCH_ROWS_MIN ? BATCH_ROWS_MIN : rows > BATCH_ROWS_MAX ? BATCH_ROWS_MAX : rows;
	records->cells = ns_malloc_array(records->limit * width, sizeof *records->cells);
	records->places = ns_malloc_array(records->limit, sizeof *records->places);
	records->claimed = ns_malloc_array(width, sizeof *records->claimed);
	memset(records->claimed, 0, width * sizeof *records->claimed);
	records->followers = ns_malloc_array(room, sizeof *records->followers);
	records->followers[room - 1] = 0;
	for (size_t i = 0; i < width; i++) {
		bool added;
		ns_name_index_add(&added, &records->names, names[i], strlen(names[i]));
		assert(added);
		records->followers[i] = (uint32_t)(i + 1 < width ? i + 1 : 0);
	}
}

void ns_records_release(struct ns_records *records)
{
	ns_name_index_release(&records->names);
	ns_buffer_release(&records->bytes);
	free(records->followers);
	free(records->claimed);
	free(records->places);
	free(records->cells);
	*records = (struct ns_records){0};
}

/* --- names --- */

static void follow(struct ns_records *records, size_t found)
{
	*records->expected = (uint32_t)found;
	records->expected = &records->followers[found];
}

size_t ns_records_look_up(struct ns_records *records, const char *name, size_t size)
{
	size_t found = ns_name_index_find(&records->names, name, size);
	if (found != NS_NAME_NONE)
		follow(records, found);
	return found;
}

size_t ns_records_learn(struct ns_records *records, const char *name, size_t size)
{
	bool added;
	if (records->names.count == records->width + NS_RECORDS_LEARNT_MAX)
		return NS_NAME_NONE;
	size_t at = ns_name_index_add(&added, &records->names, name, size);
	assert(added);
	records->followers[at] = 0;
	follow(records, at);
	return at;
}

/* --- values --- */

/* Cells of columns that have not come so far, up to this one. */
static int skip(struct ns_records *records, size_t column)
{
	struct ns_buffer *bytes = &records->bytes;
	if (ns_buffer_reserve(bytes, column - records->filled))
		return -1;
	for (; records->filled < column; records->filled++) {
		records->row[records->filled] = (struct ns_cell){(uint32_t)bytes->size, NS_CELL_MISSING};
		bytes->data[bytes->size++] = ',';
	}
	return 0;
}

/* Where `room` bytes of the column's value may be written; NULL: the record is too large. */
static inline char *begin_value(struct ns_records *records, size_t column, size_t room)
{
	struct ns_buffer *bytes = &records->bytes;
	if (column > records->filled && skip(records, column))
		return NULL;
	if (room >= bytes->capacity - bytes->size && ns_buffer_reserve(bytes, room + 1)) /* and the comma */
		return NULL;
	records->filled += column == records->filled;
	return bytes->data + bytes->size;
}

static inline void end_value(struct ns_records *records, size_t column, size_t size)
{
	struct ns_buffer *bytes = &records->bytes;
	records->row[column] = (struct ns_cell){(uint32_t)bytes->size, (uint32_t)size};
	bytes->size += size;
	bytes->data[bytes->size++] = ',';
}

int ns_records_put_integer(struct ns_records *records, size_t column, int64_t value)
{
	char *out = begin_value(records, column, NS_NUMBER_MAX);
	if (!out)
		return -1;
	end_value(records, column, ns_integer_print(out, value));
	return 0;
}

int ns_records_put_plain(struct ns_records *records, size_t column, const char *text, size_t size)
{
	char *out = begin_value(records, column, size);
	if (!out)
		return -1;
	if (size)
		memcpy(out, text, size);
	end_value(records, column, size);
	return 0;
}

/* A value with a quote in it: nothing may seem to stand beside it, since a writer cannot copy it as it is. */
static int put_apart(struct ns_records *records, size_t column, const char *text, size_t size)
{
	char *out = begin_value(records, column, size + 2);
	if (!out)
		return -1;
	*out = ',';
	memcpy(out + 1, text, size);
	records->bytes.size++;
	end_value(records, column, size);
	records->bytes.data[records->bytes.size++] = ',';
	return 0;
}

static int put_quoted(struct ns_records *records, size_t column, const char *text, size_t size)
{
	char *out = begin_value(records, column, size + 2);
	if (!out)
		return -1;
	*out = '"';
	memcpy(out + 1, text, size);
	out[size + 1] = '"';
	struct ns_cell cell = {(uint32_t)records->bytes.size + 1, (uint32_t)size | NS_CELL_QUOTED};
	end_value(records, column, size + 2);
	records->row[column] = cell;
	return 0;
}

int ns_records_put_text(struct ns_records *records, size_t column, const char *text, size_t size)
{
	bool quotes = false, special = false;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		quotes |= c == '"';
		special |= (c == ',') | (c == '\n') | (c == '\r');
	}
	if (quotes)
		return put_apart(records, column, text, size);
	return (special ? put_quoted : ns_records_put_plain)(records, column, text, size);
}

int ns_records_put_place(struct ns_records *records, const char *text, size_t size)
{
	struct ns_cell place = {(uint32_t)records->bytes.size, (uint32_t)size};
	if (ns_buffer_append(&records->bytes, text, size))
		return -1;
	records->places[records->rows] = place;
	return 0;
}

/* --- records --- */

void ns_records_begin(struct ns_records *records)
{
	records->expected = &records->followers[records->width + NS_RECORDS_LEARNT_MAX];
	records->row = records->cells + records->rows * records->width;
	records->start = records->bytes.size;
	records->places[records->rows] = (struct ns_cell){0, NS_CELL_MISSING};
	records->filled = 0;
	records->number++;
}

int ns_records_end(struct ns_records *records)
{
	if (skip(records, records->width))
		return -1;
	records->rows++;
	return 0;
}

void ns_records_drop(struct ns_records *records)
{
	records->bytes.size = records->start;
}

bool ns_records_full(const struct ns_records *records)
{
	return records->rows == records->limit || records->bytes.size >= BLOCK;
}

void ns_records_batch(struct ns_table *batch, struct ns_column *columns, const struct ns_records *records)
{
	const char *bytes = records->bytes.data;
	for (size_t i = 0; i < records->width; i++)
		columns[i] = (struct ns_column){.bytes = bytes, .cells = records->cells + i, .stride = records->width};
	*batch = (struct ns_table){.rows = records->rows, .width = records->width, .columns = columns,
		.places = {.bytes = bytes, .cells = records->places, .stride = 1}};
}

void ns_records_clear(struct ns_records *records)
{
	records->rows = records->bytes.size = 0;
}
