/*
 * table: named columns of equal length, as they came, with numbers where somebody asked for them.
 *
 * The same struct is a batch of a stream and a whole table. A column holds its values in up to two ways:
 *
 *   as they came   cells  (CSV, text)   bytes + cells[row * stride]: each value's own bytes, or
 *                  array  (Arrow)       type, validity and buffers, carried opaque; or neither (a computed number column)
 *   asked for      numbers              one double a row, NaN = missing; NULL until ns_reader_want or a tool made them
 *
 * A writer writes what came (cells or array) where it is there, else numbers. So a tool that replaces a column's
 * values calls ns_column_set_numbers or ns_column_set_text, which forget what came; a tool that only reads them leaves
 * the column to be written back untouched.
 *
 * Invariants: every column has table->rows values; names are UTF-8, distinct, not empty; everything is borrowed (from
 * the reader until its next call, or from an arena), so a shallow copy of the columns is a view of the table.
 */
#ifndef NS_TABLE_TABLE_H
#define NS_TABLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Schema or field metadata, in order. Keys of ours begin with "ns:". */
struct ns_pair {
	const char *key, *value;
};
struct ns_metadata {
	struct ns_pair *pairs;
	size_t count;
};
const char *ns_metadata_find(const struct ns_metadata *metadata, const char *key); /* NULL where absent */
/* replaces; value NULL removes; copies both; never writes into shared pairs */
void ns_metadata_set(struct ns_metadata *metadata, const char *key, const char *value, struct ns_arena *arena);
/* Lists in metadata values: "a\tb", with \t \n \\ for what would be mistaken. */
char *ns_list_join(const char *const *items, size_t count, struct ns_arena *arena);
void ns_list_split(const char ***items, size_t *count, const char *text, struct ns_arena *arena);

/* A value's bytes: column->bytes + at, size & NS_CELL_SIZE of them (fields are below 2^30 bytes). */
struct ns_cell {
	uint32_t at, size;
};
#define NS_CELL_SIZE 0x3fffffffu
#define NS_CELL_QUOTED 0x40000000u  /* stood in quotes: blanks belong to it */
#define NS_CELL_MISSING 0x80000000u /* set once text was asked for (ns_reader_want), by the missing-value rule for text columns */

enum ns_type {
	NS_UNDECIDED = 0, /* nobody has asked yet */
	NS_NUMBER,
	NS_TEXT,
};

struct ns_arrow_array; /* arrow.h */

struct ns_column {
	const char *name;
	enum ns_type type;
	const char *bytes; /* cells' bytes */
	const struct ns_cell *cells;
	size_t stride; /* in cells: 1 for a column of its own, the record's width for CSV rows */
	const struct ns_arrow_array *array;
	const double *numbers;
	struct ns_metadata metadata; /* the Arrow field's */
	bool doubled; /* in a file's header: the name had come before, it is name.N now */
};

struct ns_table {
	size_t rows, width;
	struct ns_column *columns;
	struct ns_metadata metadata;
	const char *source;    /* file name for messages; "stdin" */
	uint64_t first_row;    /* index of row 0 in the whole stream, from 0 */
	const uint64_t *lines; /* CSV: the line on which each row begins, from 1; NULL for Arrow */
	const uint64_t *indices; /* Arrow, where rows were set aside: what first_row + row would have been; else NULL */
	struct ns_column places; /* cells: what messages call the rows where numbers would not find them, "_id 65f0..."; else none */
	bool whole_batch;      /* came as one Arrow record batch: a writer keeps its boundaries */
};

/* A value as text. data NULL = missing. Not NUL-terminated. */
struct ns_span {
	const char *data;
	size_t size;
};

/* What may stand around an unquoted value and does not count. */
static inline bool ns_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* For columns that hold cells (CSV; Arrow text once wanted as text; ns_column_set_text). */
static inline struct ns_span ns_column_text(const struct ns_column *column, size_t row)
{
	struct ns_cell cell = column->cells[row * column->stride];
	if (cell.size & NS_CELL_MISSING)
		return (struct ns_span){0};
	return (struct ns_span){column->bytes + cell.at, cell.size & NS_CELL_SIZE};
}

/* Columns whose names begin with ns: are the family's own: never features, dropped at the end of a chain. */
static inline bool ns_column_is_ours(const struct ns_column *column)
{
	return column->name[0] == 'n' && column->name[1] == 's' && column->name[2] == ':';
}

/* Position of the column, or -1. */
ptrdiff_t ns_table_find(const struct ns_table *table, const char *name);
/* The same where the column has to be there: NS_EDATA with the nearest name. */
int ns_table_require(size_t *column, const struct ns_table *table, const char *name, struct ns_err *err);

/*
 * Names from a file's header become names a table may have: outer blanks go, a blank name becomes column_N, a doubled one
 * name.1; each change is noted on stderr, unless silent (it was said before). New names live in the arena.
 */
void ns_table_clean_names(struct ns_table *table, bool silent, struct ns_arena *arena);

/* Makes room for `more` columns by copying the column structs into the arena (values stay shared). */
void ns_table_widen(struct ns_table *table, size_t more, struct ns_arena *arena);

/* One more column behind the last, without values; and one of numbers, whose rows are returned to be filled in. */
struct ns_column *ns_table_add(struct ns_table *table, const char *name, struct ns_arena *arena);
double *ns_table_add_numbers(struct ns_table *table, const char *name, struct ns_arena *arena);

/* Both forget what came and set the type. A number column's new values (rows doubles, borrowed; NaN = missing). */
void ns_column_set_numbers(struct ns_column *column, const double *numbers);
/*
 * A text column's new values: one span a row (data NULL = missing), copied into the arena. NS_EDATA above 4 GiB in all or 1 GiB
 * in one.
 */
int ns_column_set_text(struct ns_column *column, const struct ns_span *values, size_t rows, struct ns_arena *arena,
	struct ns_err *err);

/* The number of a row of this batch: CSV: its line; Arrow: its number in the whole stream, from 1. */
static inline uint64_t ns_table_place(const struct ns_table *table, size_t row)
{
	if (table->lines)
		return table->lines[row];
	return (table->indices ? table->indices[row] : table->first_row + row) + 1;
}

/* "train.csv:17", "train.arrow: row 17" or "networksecurity.phisingdata: _id 65f0..." for messages; row within this batch. */
const char *ns_table_where(const struct ns_table *table, size_t row, struct ns_arena *arena);

/*
 * Selects columns by a list of names, patterns ('src_*', as fnmatch) and positions (#5, #5-8, from 1): marks[i] = true for each
 * hit. A column's whole name comes before its reading as a pattern or position. A name or position that hits nothing is NS_EDATA
 * with the nearest name; a pattern that hits nothing is noted.
 */
int ns_table_select(bool *marks, const struct ns_table *table, const char *const *list, size_t count, struct ns_err *err);

#endif
