/*
 * records: rows made of named values, as documents have them: each value is put into the column of its name, and what comes out are
 * the batches of a reader.
 *
 *	for each record:
 *		ns_records_begin(&records);
 *		for each of its values:
 *			column = ns_records_find(&records, name, size);
 *			if (column < records.width && ns_records_claim(&records, column))
 *				ns_records_put_text(&records, column, text, size);      (or nothing: it is missing)
 *		ns_records_end(&records);                                  (or ns_records_drop)
 *		if (ns_records_full(&records))
 *			hand out ns_records_batch(&batch, columns, &records), then ns_records_clear(&records)
 *
 * Records mostly have their fields in the same order. So the name that followed the last one before is compared first; only where it
 * is another one it is looked up by its hash.
 *
 * A batch has at most 8,192 rows and about 65,536 cells, and ends with the record that takes its bytes beyond 256 KiB; a record has
 * at most 1 GiB. Its bytes are laid out as lines of CSV with commas between the values, so that a writer of CSV copies a record at
 * once where its fields came in the order of the columns:
 *
 *	1,-1,,2024-01-31,"a, b",    the third is missing
 *	1,,a"b,,2,                  the second holds a quote: with a byte more on either side nothing stands beside it
 *
 * Missing cells have NS_CELL_MISSING from the beginning: they are missing whatever words --na says.
 */
#ifndef NS_TABLE_RECORDS_H
#define NS_TABLE_RECORDS_H

#include <string.h>

#include "table/name_index.h"
#include "table/table.h"

enum { NS_RECORDS_WIDTH_MAX = 65536, NS_RECORDS_LEARNT_MAX = 65536 };

struct ns_records {
	size_t width;             /* columns, at least 1 */
	struct ns_name_index names;   /* theirs, behind them those that were learnt */
	uint32_t *followers;      /* per name: the one that came behind it the last time; in one more the one that came first */
	uint32_t *expected;       /* in followers: the name that should come now */
	uint64_t *claimed;        /* per column: the last record that had it */
	uint64_t number;          /* of the record at hand, from 1 */
	struct ns_cell *cells;    /* row-major */
	struct ns_cell *places;   /* per row: what messages call it */
	struct ns_cell *row;      /* of the record at hand */
	size_t rows, limit;
	size_t filled;            /* columns of the row that have their cells */
	struct ns_buffer bytes;
	size_t start;             /* where the record at hand begins in them */
};

/* Names are distinct, at most NS_RECORDS_WIDTH_MAX; copied. */
void ns_records_init(struct ns_records *records, const char *const *names, size_t width);
void ns_records_release(struct ns_records *records);

void ns_records_begin(struct ns_records *records);
/* The record is a row. -1: it is too large. */
int ns_records_end(struct ns_records *records);
void ns_records_drop(struct ns_records *records); /* it is none */
bool ns_records_full(const struct ns_records *records);
/* Its rows; columns: room for width of them, without names. All borrowed until the next begin. */
void ns_records_batch(struct ns_table *batch, struct ns_column *columns, const struct ns_records *records);
void ns_records_clear(struct ns_records *records);

/* What messages call the record at hand (struct ns_table's places): the last text counts. -1: the record is too large. */
int ns_records_put_place(struct ns_records *records, const char *text, size_t size);

/* Looks a name up that is not the one expected. */
size_t ns_records_look_up(struct ns_records *records, const char *name, size_t size);
/*
 * A name that is no column's, so that it is found as quickly: where, from width on. NS_NAME_NONE where there are NS_RECORDS_LEARNT_MAX; the caller
 * decides about such a name each time it comes.
 */
size_t ns_records_learn(struct ns_records *records, const char *name, size_t size);

/* The column of this name, a learnt name's place, or NS_NAME_NONE. */
static inline size_t ns_records_find(struct ns_records *records, const char *name, size_t size)
{
	size_t found = *records->expected;
	const struct ns_indexed_name *likely = &records->names.items[found];
	if (likely->size != size || memcmp(likely->name, name, size) != 0)
		return ns_records_look_up(records, name, size);
	records->expected = &records->followers[found];
	return found;
}

/* False: the record has had a value of this column. */
static inline bool ns_records_claim(struct ns_records *records, size_t column)
{
	bool fresh = records->claimed[column] != records->number;
	records->claimed[column] = records->number;
	return fresh;
}

/*
 * The value of a claimed column. -1: the record is too large. Plain text has no comma, quote, line end or NUL in it: numbers, dates,
 * words; any text has no NUL.
 */
int ns_records_put_integer(struct ns_records *records, size_t column, int64_t value);
int ns_records_put_plain(struct ns_records *records, size_t column, const char *text, size_t size);
int ns_records_put_text(struct ns_records *records, size_t column, const char *text, size_t size);

#endif
