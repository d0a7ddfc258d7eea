#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "table/reader.h"

/* What the rows looked ahead at may take; beyond it the types are decided by fewer rows. */
#define AHEAD_BYTES ((uint64_t)32 << 20)

/* A batch kept for later, in one allocation: the format reuses its own memory. */
struct ns_ahead {
	struct ns_table table; /* without columns, which all batches have alike */
	struct ns_cell *cells; /* row-major */
	char *bytes;
};

/* The columns of a batch that are kept: its own, behind them the places where it has them. */
static size_t kept_columns(const struct ns_table *batch)
{
	return batch->width + (batch->places.cells != NULL);
}

static struct ns_cell kept_cell(const char **text, const struct ns_table *batch, size_t i, size_t row)
{
	const struct ns_column *column = i < batch->width ? &batch->columns[i] : &batch->places;
	struct ns_cell cell = column->cells[row * column->stride];
	*text = column->bytes + cell.at;
	return cell;
}

static size_t row_size(const struct ns_table *batch, size_t row)
{
	const char *text;
	size_t size = 0;
	for (size_t i = 0; i < kept_columns(batch); i++)
		size += kept_cell(&text, batch, i, row).size & NS_CELL_SIZE;
	return size;
}

static void copy_rows(struct ns_ahead *ahead, const struct ns_table *batch)
{
	struct ns_cell *out = ahead->cells;
	uint32_t at = 0;
	for (size_t row = 0; row < batch->rows; row++) {
		for (size_t i = 0; i < kept_columns(batch); i++) {
			const char *text;
			struct ns_cell cell = kept_cell(&text, batch, i, row);
			uint32_t size = cell.size & NS_CELL_SIZE;
			if (size)
				memcpy(ahead->bytes + at, text, size);
			*out++ = (struct ns_cell){at, cell.size};
			at += size;
		}
	}
}

static void keep(struct ns_reader *reader, const struct ns_table *batch, size_t size)
{
	if (reader->ahead_count == reader->ahead_capacity) {
		reader->ahead_capacity = reader->ahead_capacity ? reader->ahead_capacity * 2 : 8;
		reader->ahead = ns_realloc_array(reader->ahead, reader->ahead_capacity, sizeof *reader->ahead);
	}
	size_t cells = batch->rows * kept_columns(batch) * sizeof(struct ns_cell), name = strlen(batch->source) + 1;
	size_t lines = batch->lines ? batch->rows * sizeof(uint64_t) : 0;
	char *memory = ns_malloc_array(cells + lines + size + name, 1);
	struct ns_ahead *ahead = &reader->ahead[reader->ahead_count++];
	*ahead = (struct ns_ahead){.table = *batch, .cells = (struct ns_cell *)(void *)memory, .bytes = memory + cells + lines};
	ahead->table.columns = NULL;
	if (lines)
		ahead->table.lines = memcpy(memory + cells, batch->lines, lines);
	ahead->table.source = memcpy(ahead->bytes + size, batch->source, name);
	copy_rows(ahead, batch);
}

bool ns_ahead_take(struct ns_table *batch, struct ns_reader *reader)
{
	if (reader->ahead_next)
		free(reader->ahead[reader->ahead_next - 1].cells);
	if (reader->ahead_next == reader->ahead_count) {
		reader->ahead_next = reader->ahead_count = 0;
		return false;
	}
	const struct ns_ahead *ahead = &reader->ahead[reader->ahead_next++];
	*batch = ahead->table;
	batch->columns = NS_NEW_ARRAY(&reader->batch_arena, struct ns_column, batch->width);
	size_t stride = kept_columns(batch);
	for (size_t i = 0; i < stride; i++)
		*(i < batch->width ? &batch->columns[i] : &batch->places) =
			(struct ns_column){.bytes = ahead->bytes, .cells = ahead->cells + i, .stride = stride};
	return true;
}

void ns_ahead_clear(struct ns_reader *reader)
{
	for (size_t i = reader->ahead_next ? reader->ahead_next - 1 : 0; i < reader->ahead_count; i++)
		free(reader->ahead[i].cells);
	reader->ahead_next = reader->ahead_count = 0;
}

/*
 * Only cells get here: the types of Arrow are known. What is decided by depends on the rows alone, never on how they fell into batches.
 */
static int look_ahead(struct ns_reader *reader, struct ns_err *err)
{
	uint64_t rows = 0, cost = 0;
	while (rows < NS_INFER_ROWS && cost < AHEAD_BYTES) {
		struct ns_table batch;
		NS_TRY(ns_reader_pull(&batch, reader, err));
		if (batch.rows == 0)
			break;
		size_t size = 0;
		for (size_t row = 0; row < batch.rows; row++)
			size += row_size(&batch, row);
		cost += batch.rows * kept_columns(&batch) * sizeof(struct ns_cell) + size;
		rows += batch.rows;
		keep(reader, &batch, size);
	}
	return NS_OK;
}

static bool contradicts(const char *bytes, struct ns_cell cell, const struct ns_missing *missing)
{
	double number;
	struct ns_span text;
	switch (ns_value_read(&number, &text, bytes, cell, missing)) {
	case NS_VALUE_MISSING:
		return false;
	case NS_VALUE_NUMBER:
		return ns_number_is_code(text.data, text.size) && !ns_missing_word(missing, text.data, text.size);
	default:
		return true;
	}
}

/* Of the open columns, those that some row shows to be text. */
static void find_texts(bool *texts, const struct ns_reader *reader)
{
	uint64_t rows = 0, cost = 0;
	for (size_t b = 0; b < reader->ahead_count; b++) {
		const struct ns_ahead *ahead = &reader->ahead[b];
		const struct ns_cell *cell = ahead->cells;
		for (size_t row = 0; row < ahead->table.rows; row++) {
			if (rows++ == NS_INFER_ROWS || cost >= AHEAD_BYTES)
				return;
			for (size_t i = 0; i < kept_columns(&ahead->table); i++, cell++) {
				cost += sizeof *cell + (cell->size & NS_CELL_SIZE);
				if (i < ahead->table.width && reader->header.columns[i].type == NS_UNDECIDED && !texts[i])
					texts[i] = contradicts(ahead->bytes, *cell, &reader->missing);
			}
		}
	}
}

int ns_reader_infer(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *header = &reader->header;
	bool open = false;
	for (size_t i = 0; i < header->width; i++)
		open = open || header->columns[i].type == NS_UNDECIDED;
	if (!open)
		return NS_OK;
	NS_TRY(look_ahead(reader, err));
	bool *texts = NS_NEW_ARRAY(reader->arena, bool, header->width);
	find_texts(texts, reader);
	for (size_t i = 0; i < header->width; i++) {
		if (header->columns[i].type == NS_UNDECIDED) {
			header->columns[i].type = texts[i] ? NS_TEXT : NS_NUMBER;
			reader->columns[i].inferred = true;
		}
	}
	return NS_OK;
}
