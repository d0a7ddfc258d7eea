/*
 * rowkey: a number for a row that depends on its values alone, for drawing rows into parts.
 *
 * Equal rows have equal keys whatever file, format or order they come in: numbers are compared as numbers (-0 is 0, 1.0 is 1),
 * text by its bytes, missing is equal to missing. Keys are uniform in 64 bits, keyed by the seed and by what they are for, so
 * that the draw of a test part and of folds within the rest are independent.
 */
#ifndef NS_TABLE_ROWKEY_H
#define NS_TABLE_ROWKEY_H

#include "table/table.h"

struct ns_counts;
struct ns_rowkey {
	uint64_t seed;
	const char *purpose;   /* "test", "fold" */
	const size_t *columns; /* which make the key, in this order: each has numbers, or cells with missing marks */
	size_t count;
	bool numbered;         /* the k-th of equal rows gets a key of its own, else equal rows have the same */
	struct ns_arena *arena; /* numbered: how often rows came goes with it */
	struct ns_counts *counts;
};

/* Puts columns[0..count) into the order of their names, so that keys do not depend on where columns stand. */
void ns_rowkey_order(size_t *columns, size_t count, const struct ns_table *header);
/* To be called for every row once, in order, when numbered. */
uint64_t ns_rowkey_take(struct ns_rowkey *rowkey, const struct ns_table *batch, size_t row);

/* The fold, from 1, into which a key falls. */
int64_t ns_rowkey_fold(uint64_t key, int64_t folds);
/* "2/5": fold 2 of 5, 1 <= fold <= folds, 2 <= folds <= 1,000,000; false where the text is none. */
bool ns_rowkey_parse_fold(int64_t *fold, int64_t *folds, const char *text);

#endif
