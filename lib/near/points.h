/*
 * points: rows of numbers laid out to be measured, many at a time, from others.
 *
 * Every measure is worked out, nothing is approximated, and nothing depends on how rows are grouped: it is the sum over the
 * features in their order, of (point - query)^2, |point - query| or point * query, so it is the same bits on every machine and
 * any number of threads. Values are finite; a sum beyond the largest double is infinite.
 *
 * Points whose values are few whole numbers apart (codes, counts, one-hot columns, halves and quarters too) are laid out a second
 * time, as cells: a value is (low + cell) * unit, and unit is a power of two. Their distances are below 2^16 cells, so 16 bits
 * hold them, and the same sum is exact either way. A query that fits is measured in cells, several times faster.
 *
 * Memory: 8 bytes a value, and 2 for its cell.
 */
#ifndef NS_NEAR_POINTS_H
#define NS_NEAR_POINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum ns_measure {
	NS_EUCLIDEAN, /* squared */
	NS_MANHATTAN,
	NS_PRODUCT, /* not in cells */
	NS_MIXED,   /* squared, of numbers and categories; not in cells (ns_points_init_mixed) */
};

struct ns_points {
	size_t rows, features;
	enum ns_measure measure;
	const double *values;  /* tiles of 16 rows, feature by feature */
	const uint16_t *cells; /* tiles of 64 rows, feature by feature; NULL: the points are not such */
	const uint16_t *norms; /* Euclidean: squared length of each row in cells, modulo 2^16 */
	const double *low;     /* per feature, in units */
	const double *span;    /* per feature: the largest cell */
	double unit;           /* of a value */
	double step;           /* what 1 in cells' distance is */
	size_t numbers;        /* mixed: the first so many features are numbers, the others categories */
	double apart;          /* mixed: what a category that differs adds to the squared distance */
};

/* count rows of the columns x[feature][row]: rows[i], or row i where rows is NULL. Point i is what stands there. */
void ns_points_init(struct ns_points *points, enum ns_measure measure, const double *const *x, const uint32_t *rows, size_t count,
	size_t features, struct ns_arena *arena);
/* Numbers first, then categories, which are equal or not: each that differs counts `apart` in the sum of squares. */
void ns_points_init_mixed(struct ns_points *points, const double *const *x, const uint32_t *rows, size_t count, size_t numbers,
	size_t categories, double apart, struct ns_arena *arena);

/* Queries are measured a few at once from a block of points. */
enum { NS_POINTS_GROUP = 4, NS_POINTS_BLOCK = 512 };

/* One row as a query: its values in the order of features; as cells, false where it does not fit. */
void ns_points_query(double *values, const struct ns_points *points, const double *const *x, size_t row);
bool ns_points_encode(uint16_t *cells, const struct ns_points *points, const double *values);

/*
 * out[q * NS_POINTS_BLOCK + i] = the measure of query q and point first + i, for `count` queries, at most NS_POINTS_GROUP,
 * features values each, one behind the other; first is a multiple of NS_POINTS_BLOCK. Points up to the block's end are measured;
 * what stands behind the last point is anything. In cells: times points->step.
 */
void ns_points_measure(double *out, const struct ns_points *points, const double *queries, size_t count, size_t first);
void ns_points_measure_cells(uint16_t *out, const struct ns_points *points, const uint16_t *queries, size_t count, size_t first);

#endif
