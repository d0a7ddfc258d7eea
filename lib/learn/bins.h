/*
 * bins: a training set made ready for growing trees.
 *
 * Every feature's values become codes that order as they do. Exactly: a value's rank among the feature's distinct values, so that a
 * split found between two codes is a split between two values. Or, for large sets, at most max_bins groups of neighbouring values of
 * about equal numbers of rows. A missing value's code is one past the last value's.
 *
 * Equal rows (features' codes, class and weight) are one entry with a number of copies, unless a sample of a large set says that there are next
 * to none; then each row is an entry. Entries stand in no particular order, so what is learnt must not depend on theirs: sums over
 * them are sums of integers, and who draws rows draws from the canonical order (ns_bins_canonical), which the contents of the rows
 * decide (by a hash, ties by codes). Then nothing depends on the order in which the rows came, nor on whether equal ones were merged.
 *
 * Codes stand twice: column by column for nodes that hold a good part of all entries, and row by row for the many deep ones,
 * whose few entries are looked at for one feature after the other: an entry's codes share a cache line or two. Memory: twice 1, 2
 * or 4 bytes a cell (by the number of codes), 4 bytes a row, the codes' values; while it is made 20 bytes a row, and for each thread and row
 * 5 bytes, or 32 where a column of more than 256 values is coded exactly, or its groups cannot be found without sorting (cuts.h).
 */
#ifndef NS_LEARN_BINS_H
#define NS_LEARN_BINS_H

#include "learn/learner.h"

struct ns_bins_column {
	const double *lowest, *highest; /* value of each code, ascending; one array where codes are exact; -0 is 0 */
	uint32_t count;                 /* of codes, >= 1; a missing value's code is count */
	uint8_t width;                  /* bytes of a code: 1, 2 or 4 */
	bool missing;                   /* some value is missing; then there may be no other, and count is 1 for a 0 that no row has */
	const void *codes;              /* of each entry: uint8_t, uint16_t or uint32_t, at most count */
	size_t offset;                  /* of the same codes in the rows */
};

struct ns_bins {
	size_t rows, entries, features;
	uint32_t classes;
	struct ns_bins_column *columns; /* features */
	uint8_t *codes;                 /* row by row: `stride` bytes an entry, those behind the last code 0; NULL: column by column only */
	size_t stride;
	uint32_t *y;                    /* class of each entry */
	double *weight;                 /* of each of the entry's rows; NULL: all 1 */
	uint32_t *copies;               /* rows of each entry; NULL: all 1 */
};

/*
 * Owned by the caller: release gives everything back. max_bins: 0 for exact codes; else >= 2, a column of more distinct values has
 * groups of them, and up to 255 a code is one byte. _columns leaves the codes row by row out.
 */
void ns_bins_init(struct ns_bins *bins, const struct ns_training *training, uint32_t max_bins);
void ns_bins_init_columns(struct ns_bins *bins, const struct ns_training *training, uint32_t max_bins);
void ns_bins_release(struct ns_bins *bins);

static inline uint32_t ns_bins_copies(const struct ns_bins *bins, size_t entry)
{
	return bins->copies ? bins->copies[entry] : 1;
}
static inline double ns_bins_weight(const struct ns_bins *bins, size_t entry)
{
	return bins->weight ? bins->weight[entry] : 1;
}

/* The entry of each row of the canonical order (rows of them), for drawing rows. To be freed. */
uint32_t *ns_bins_canonical(const struct ns_bins *bins, int threads);

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
 * A value between those of code low and code high, low < high: x <= it is true of the ones and false of the others. The middle
 * between the highest of the one and the lowest of the other, as scikit-learn's; of groups, between the two in the middle, so that all
 * trees together have less thresholds than there are groups. All codes are below low's or from high on.
 */
double ns_bins_threshold(const struct ns_bins_column *column, uint32_t low, uint32_t high);

#endif
