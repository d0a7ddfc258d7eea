#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "table/reader.h"

/* What the rows looked ahead at may take; beyond it the types are decided by fewer rows. */
#define AHEAD_BYTES ((uint64_t)64 << 20)

static uint64_t row_cost(const struct ns_table *batch, size_t row)
{
	uint64_t cost = batch->width * sizeof(struct ns_cell);
	for (size_t i = 0; i < batch->width; i++)
		cost += batch->columns[i].cells[row * batch->columns[i].stride].size & NS_CELL_SIZE;
	return cost;
}

static void copy_column(struct ns_column *column, size_t rows, struct ns_arena *arena)
{
	size_t total = 0;
	for (size_t row = 0; row < rows; row++)
		total += column->cells[row * column->stride].size & NS_CELL_SIZE;
	struct ns_cell *cells = NS_NEW_ARRAY(arena, struct ns_cell, rows);
	char *bytes = ns_alloc(arena, total);
	uint32_t at = 0;
	for (size_t row = 0; row < rows; row++) {
		struct ns_cell cell = column->cells[row * column->stride];
		uint32_t size = cell.size & NS_CELL_SIZE;
		if (size)
			memcpy(bytes + at, column->bytes + cell.at, size);
		cells[row] = (struct ns_cell){at, cell.size};
		at += size;
	}
	column->cells = cells;
	column->bytes = bytes;
	column->stride = 1;
}

/* Keeps a batch for later: the format reuses its own memory. */
static void keep(struct ns_reader *reader, const struct ns_table *batch)
{
	struct ns_arena *arena = &reader->ahead_arena;
	if (reader->ahead_count == reader->ahead_capacity) {
		reader->ahead_capacity = reader->ahead_capacity ? reader->ahead_capacity * 2 : 8;
		reader->ahead = ns_realloc_array(reader->ahead, reader->ahead_capacity, sizeof *reader->ahead);
	}
	struct ns_table *copy = &reader->ahead[reader->ahead_count++];
	*copy = *batch;
	ns_table_widen(copy, 0, arena);
	for (size_t i = 0; i < copy->width; i++)
		copy_column(&copy->columns[i], copy->rows, arena);
	if (batch->lines) {
		uint64_t *lines = NS_NEW_ARRAY(arena, uint64_t, batch->rows);
		memcpy(lines, batch->lines, batch->rows * sizeof *lines);
		copy->lines = lines;
	}
	copy->source = batch->source ? ns_strdup(arena, batch->source) : NULL;
}

/*
 * Only CSV gets here: the types of Arrow are known. What is decided by depends on the rows alone, never on how they fell into batches.
 */
static int look_ahead(struct ns_reader *reader, struct ns_err *err)
{
	uint64_t rows = 0, cost = 0;
	while (rows < NS_INFER_ROWS && cost < AHEAD_BYTES) {
		struct ns_table batch;
		NS_TRY(ns_reader_pull(&batch, reader, err));
		if (batch.rows == 0)
			break;
		for (size_t row = 0; row < batch.rows; row++)
			cost += row_cost(&batch, row);
		rows += batch.rows;
		keep(reader, &batch);
	}
	return NS_OK;
}

static bool contradicts(const struct ns_column *column, size_t row, const struct ns_missing *missing)
{
	double number;
	struct ns_span text;
	switch (ns_value_read(&number, &text, column->bytes, column->cells[row * column->stride], missing)) {
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
		const struct ns_table *batch = &reader->ahead[b];
		for (size_t row = 0; row < batch->rows; row++) {
			if (rows++ == NS_INFER_ROWS || cost >= AHEAD_BYTES)
				return;
			cost += row_cost(batch, row);
			for (size_t i = 0; i < batch->width; i++)
				if (reader->header.columns[i].type == NS_UNDECIDED && !texts[i])
					texts[i] = contradicts(&batch->columns[i], row, &reader->missing);
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
