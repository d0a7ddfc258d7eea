/*
 * histogram: sums of integers over the rows of a node, for every bin of every feature.
 *
 * Two ways to the same sums. Row by row: each row's number is added to one bin of each feature. Bit by bit, for sets of few
 * distinct values: "the code is above b" is a column of bytes 0 and 1, and the sums are products of such columns with the rows'
 * numbers, split into signed bytes, zero for rows outside the node; the processor multiplies and adds 64 of them at once.
 * Integers: the order of adding, the width of vectors and the way taken change nothing.
 */
#ifndef NS_LEARN_HISTOGRAM_H
#define NS_LEARN_HISTOGRAM_H

#include "learn/boost_cells.h"

/*
 * sums[(feature * cells->width + code) * count + i] += numbers[entry * count + i], over the entries list[start] ... list[end - 1], or,
 * where list is NULL, start ... end - 1. count: 1 or 2.
 */
void ns_histogram_add(int64_t *sums, const struct ns_boost_cells *cells, const uint32_t *list, size_t start, size_t end, const int64_t *numbers, int count);

/* The columns of "code above b", b = 0 ... of each feature; pitch bytes each, a multiple of 64, 0 behind the entries; then one of 1. */
struct ns_bits {
	size_t count, entries, pitch;
	uint8_t *bytes;
	uint32_t *first; /* features + 1: a feature's columns are first[f] ... first[f + 1] - 1 */
};
enum { NS_PLANES = 4, NS_BITS_ENTRIES_MAX = 1 << 20 };

size_t ns_bits_count(const struct ns_boost_cells *cells);
/* cells have columns and at most NS_BITS_ENTRIES_MAX entries. */
void ns_bits_init(struct ns_bits *bits, const struct ns_boost_cells *cells, int threads);
void ns_bits_release(struct ns_bits *bits);

/*
 * Planes: of each entry the gradient times its copies in three signed bytes, the lowest first, then the copies; plane p at p * pitch, aligned to 64.
 * Those of the entries marked so, 0 for the others. to is not from.
 */
void ns_planes_select(int8_t *to, const int8_t *from, const uint8_t *marks, uint8_t mark, size_t pitch);
/* Sums of gradients and of copies. */
void ns_planes_sum(int64_t *gradient, int64_t *copies, const struct ns_bits *bits, const int8_t *planes);
/*
 * Sums of the bins of all features, from planes: overwrites sums[feature * width + code], packed by shift (boost_split.h). all: of all
 * planes, packed. above: scratch, count + 4 of them.
 */
void ns_bits_sum(int64_t *sums, int64_t *above, const struct ns_bits *bits, const struct ns_boost_cells *cells, const int8_t *planes, int shift, int64_t all);

/* How much longer than one addition of a row to a bin a row takes to be multiplied with a bit column, on this processor. */
double ns_bits_cost(void);

#endif
