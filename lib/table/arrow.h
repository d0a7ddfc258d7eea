/*
 * arrow: the Apache Arrow IPC stream format (Columnar.rst 1.4, Message.fbs, Schema.fbs), read and written. arrow.c opens with the
 * drawing.
 *
 * Reads: V4 and V5 streams, the file form on a pipe; null, bool, (u)int8..64, float16..64, utf8, large_utf8, utf8_view,
 * dictionaries of text (any index width, deltas, replacement, never sent for all-null columns), lz4 and zstd bodies. Date,
 * time, timestamp, duration, decimal, (large/fixed-size) binary and binary views pass through untouched, and are refused by name
 * when asked for as numbers (date, time, timestamp, duration and decimal can be; binary cannot). Nested types, big-endian and
 * pre-0.15 streams are refused by name. A stream that ends without its end-of-stream marker is NS_EDATA: its producer died.
 * Several streams with equal columns, one after the other, are one table.
 *
 * Writes: numbers we computed as float64, text as utf8 (large_utf8 only if it came so or a batch holds more than 2 GiB), what
 * came in as it came (dictionaries and views as plain utf8), batches of 8,192 rows (of fewer, at least 64, where 256 columns or
 * more would make them more than 2 Mi values; by the width alone) unless the rows came as whole Arrow batches, V5, no
 * compression, always the end-of-stream marker, zeroes under nulls and in padding. Schema and field metadata are kept; the key
 * `pandas` is dropped when the columns changed.
 */
#ifndef NS_TABLE_ARROW_H
#define NS_TABLE_ARROW_H

#include "table/format.h"

/* Type ids as in Schema.fbs (union Type). */
enum ns_arrow_id {
	NS_ARROW_NULL = 1, NS_ARROW_INT, NS_ARROW_FLOAT, NS_ARROW_BINARY, NS_ARROW_UTF8, NS_ARROW_BOOL, NS_ARROW_DECIMAL,
	NS_ARROW_DATE, NS_ARROW_TIME, NS_ARROW_TIMESTAMP, NS_ARROW_INTERVAL, NS_ARROW_LIST, NS_ARROW_STRUCT, NS_ARROW_UNION,
	NS_ARROW_FIXED_BINARY, NS_ARROW_FIXED_LIST, NS_ARROW_MAP, NS_ARROW_DURATION, NS_ARROW_LARGE_BINARY, NS_ARROW_LARGE_UTF8,
	NS_ARROW_LARGE_LIST, NS_ARROW_RUN_END, NS_ARROW_BINARY_VIEW, NS_ARROW_UTF8_VIEW, NS_ARROW_LIST_VIEW, NS_ARROW_LARGE_LIST_VIEW
};

struct ns_arrow_type {
	enum ns_arrow_id id;
	int32_t width;        /* bits of a fixed-width value; bytes for fixed-size binary */
	bool is_signed;       /* ints */
	int16_t unit;         /* date, time, timestamp, duration */
	int32_t precision, scale; /* decimal */
	const char *timezone; /* timestamp; NULL = none */
};

/* One column of one record batch; dictionaries and views are already plain utf8 here. All borrowed from the batch. */
struct ns_arrow_array {
	struct ns_arrow_type type;
	size_t rows, nulls;
	const uint8_t *validity; /* bit i set = value present; NULL = no nulls */
	const void *values;      /* 8-aligned: fixed-width values, bool bits; or rows + 1 offsets (int32, int64 for the large types) */
	const char *data;        /* bytes the offsets speak of */
	size_t data_size;
};

static inline bool ns_arrow_is_null(const struct ns_arrow_array *array, size_t row)
{
	return array->type.id == NS_ARROW_NULL || (array->validity && !(array->validity[row >> 3] >> (row & 7) & 1));
}

/* utf8 or large_utf8: views and dictionaries never reach an array. */
static inline bool ns_arrow_is_text(const struct ns_arrow_type *type)
{
	return type->id == NS_ARROW_UTF8 || type->id == NS_ARROW_LARGE_UTF8;
}

/*
 * What a column is before anybody asked: as its text in CSV would be taken. So dates and times are text; they can be had as
 * numbers by asking.
 */
enum ns_type ns_arrow_natural_type(const struct ns_arrow_type *type);

/* "int64", "timestamp[us, UTC]", "utf8" for messages and ns-convert --types. */
const char *ns_arrow_type_name(const struct ns_arrow_type *type, struct ns_arena *arena);

/*
 * All values as doubles (NaN = missing): ints, floats, bool as 0/1, dates and times as their count, decimals rounded; text parsed
 * as numbers is the reader's business. False where the type has no numbers (binary, text).
 */
bool ns_arrow_numbers(double *out, const struct ns_arrow_array *array);

/* Some of its rows, ascending, as an array in the arena. */
const struct ns_arrow_array *ns_arrow_take(const struct ns_arrow_array *array, const uint32_t *rows, size_t count,
	struct ns_arena *arena);

/*
 * A value as the text that CSV shows: ints exactly, floats shortest, true/false, 2024-05-01, 2024-05-01T10:00:00.000001Z,
 * decimals exactly, binary as hex, text as it is. Appends; null appends nothing.
 */
int ns_arrow_print(struct ns_buffer *out, const struct ns_arrow_array *array, size_t row);

/*
 * One whole stream from memory: a stage, a model. The table lives in the arena and borrows data, where its values are if they are
 * plain, 8-aligned and of one batch. All columns have their arrays, text columns cells, float64 numbers; those of another number
 * type are for ns_arrow_numbers. *used (may be NULL) = how far the stream reached, so that the next one of a bundle can be read.
 */
int ns_arrow_read_table(struct ns_table *table, size_t *used, const void *data, size_t size, const char *name,
	struct ns_arena *arena, struct ns_err *err);
/* The table as one stream of one batch (more where text passes 2 GiB) appended to out: the same bytes for the same table. */
int ns_arrow_write_table(struct ns_buffer *out, const struct ns_table *table, struct ns_err *err);

#endif
