/*
 * cells: a block of rows as a model's nodes compare them. For lib/model alone.
 *
 *	bits     a word of 64 bits a row: bit slot->first + i is set where the value is above the slot's threshold i
 *	bytes    the codes (ranks.h) of the slots' values, 8 bits each
 *	words    16 bits each
 *	doubles  the values themselves; a missing one is below or above all thresholds, as its slot says
 *
 * The cells of a group of 64 rows lie side by side, slot by slot:
 *
 *	slot    0                  1
 *	row     0  1  2  3 ... 63  0  1  2  3 ...
 */
#ifndef NS_MODEL_CELLS_H
#define NS_MODEL_CELLS_H

#include "model/ranks.h"

enum { NS_CELL_ROWS = 8192, NS_CELL_GROUP = 64 };
enum ns_cell { NS_CELL_BITS, NS_CELL_BYTES, NS_CELL_WORDS, NS_CELL_DOUBLES };

struct ns_cells {
	enum ns_cell kind;
	size_t stride; /* cells a row */
	size_t room;   /* rows there is place for: a multiple of NS_CELL_GROUP, at most NS_CELL_ROWS */
	size_t rows;   /* that are there */
	void *cells;
};

/* A block as large as is good for at most so many rows: a forest comes from memory once a block, and the block stays near meanwhile. */
void ns_cells_init(struct ns_cells *cells, enum ns_cell kind, const struct ns_ranks *ranks, size_t rows);
void ns_cells_release(struct ns_cells *cells);

/* Where a row's cell of slot 0 is; that of slot s is NS_CELL_GROUP * s further. */
static inline size_t ns_cell_of(const struct ns_cells *cells, size_t row)
{
	return row / NS_CELL_GROUP * NS_CELL_GROUP * cells->stride + row % NS_CELL_GROUP;
}

/* Rows start .. start + rows of x, at most room; what is behind the last in its group is anything. */
void ns_cells_fill(struct ns_cells *cells, const struct ns_ranks *ranks, const double *const *x, size_t start, size_t rows);

#endif
