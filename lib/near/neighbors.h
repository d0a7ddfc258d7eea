/*
 * neighbors: the exact k nearest of some rows by Euclidean distance over number columns.
 *
 * Every distance is worked out: nothing is approximated and nothing depends on how rows are grouped. A squared distance is the
 * sum of (reference - query)^2 over the features in their order, so it is the same bits whatever the number of threads or the
 * width of the processor's registers. Of equal distances the lower reference row is the nearer one. Values are finite; a distance
 * beyond the largest double is infinite, and farther than any other.
 *
 * Time: references * queries * features. Memory: a copy of the references, 8 bytes a value.
 */
#ifndef NS_NEAR_NEIGHBORS_H
#define NS_NEAR_NEIGHBORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The references, copied into the arena side by side as the search reads them. */
struct ns_neighbors {
	size_t rows, features;
	const double *tiles;
};

/* count rows of the columns x[feature][row]: rows[i], or row i where rows is NULL. Reference i is what stands there. */
void ns_neighbors_init(struct ns_neighbors *neighbors, const double *const *x, const uint32_t *rows, size_t count, size_t features,
	struct ns_arena *arena);

struct ns_neighbors_query {
	const double *const *x; /* x[feature][row], as many features as the references have */
	const uint32_t *rows;   /* the rows that ask; NULL: row i */
	size_t count;
	const uint32_t *self;   /* per query the reference that it is itself, no neighbour of its own; NULL: none */
	size_t k;               /* > 0, at most the references, less one with self */
	int threads;
};

/* nearest[query * k + i] = the reference that is i-th nearest; squared (NULL: not wanted) = its squared distance, ascending. */
void ns_neighbors_find(uint32_t *nearest, double *squared, const struct ns_neighbors *neighbors,
	const struct ns_neighbors_query *query);

#endif
