/*
 * bins: a training set made ready for growing trees.
 *
 * Every feature's values become their ranks among its distinct values, so nothing is lost: a split found between two ranks is a
 * split between two values. Equal rows of one class are one entry with a number of copies. Entries stand in an order that the
 * contents of the rows decide (a keyed hash, ties by value), so what is learnt from them does not depend on the order the rows
 * came in.
 *
 * Codes stand twice: column by column for nodes that hold a good part of all entries, and row by row for the many deep ones,
 * whose few entries are looked at for one feature after the other: an entry's codes share a cache line or two. Memory: twice 1, 2
 * or 4 bytes a cell (by the number of distinct values) and the distinct values themselves, beside scratch of 32 bytes a row and
 * thread while it is made.
 */
#ifndef NS_LEARN_BINS_H
#define NS_LEARN_BINS_H

#include "learn/learner.h"

struct ns_bins_column {
	const double *values; /* distinct, ascending; -0 is 0 */
	uint32_t count;       /* of values, >= 1 */
	uint8_t width;        /* bytes of a code: 1, 2 or 4 */
	const void *codes;    /* of each entry: uint8_t, uint16_t or uint32_t below count */
	size_t offset;        /* of the same codes in the rows */
};

struct ns_bins {
	size_t rows, entries, features;
	uint32_t classes;
	struct ns_bins_column *columns; /* features */
	uint8_t *codes;                 /* row by row: `stride` bytes an entry */
	size_t stride;
	uint32_t *y;                    /* class of each entry */
	uint32_t *first;                /* entries + 1: rows first[e] .. first[e + 1] - 1 of the canonical order are entry e */
};

/* Owned by the caller: release gives everything back. */
void ns_bins_init(struct ns_bins *bins, const struct ns_training *training);
void ns_bins_release(struct ns_bins *bins);

/* A feature's codes, for looking at `count` entries in ascending order. */
struct ns_codes {
	const uint8_t *first;
	size_t step;
	uint8_t width;
};
struct ns_codes ns_bins_codes(const struct ns_bins *bins, uint32_t feature, size_t count);

static inline uint32_t ns_code(struct ns_codes codes, uint32_t entry)
{
	const void *code = codes.first + entry * codes.step;
	return codes.width == 1 ? *(const uint8_t *)code : codes.width == 2 ? *(const uint16_t *)code : *(const uint32_t *)code;
}

/*
 * A value between values[low] and values[high], low < high: x <= it is true of the one and false of the other. Their middle, as
 * scikit-learn's.
 */
double ns_bins_threshold(const struct ns_bins_column *column, uint32_t low, uint32_t high);

#endif
