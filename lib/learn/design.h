/*
 * design: training rows as linear learners want them: distinct rows in a canonical order, row after row, columns on a common
 * scale.
 *
 * Equal rows of one class become one of their weight. The order is by a hash of the row's values, then by the values: it depends on
 * the multiset of rows alone. Column c is feature[c], as u = x 2^-(exponent) - center: powers of two, so nothing is rounded but
 * the centring. With an intercept every column is centred and has a deviation in [1/2, 1), and the last column is 1; without one
 * columns are only scaled to at most 1. Columns that say nothing (constant beside an intercept, zero, below 2^-500) are left out.
 */
#ifndef NS_LEARN_DESIGN_H
#define NS_LEARN_DESIGN_H

#include "learn/learner.h"

struct ns_design {
	size_t rows, columns; /* distinct rows; kept features and the intercept */
	size_t features;      /* kept */
	const double *u;      /* u[row * columns + column] */
	const double *weight; /* of the training rows that are this one */
	const uint32_t *y;    /* class of each row */
	const size_t *feature;
	const int *exponent;
	const double *center;
};

/* The canonical order, to be shared among designs: rows first[e] .. first[e + 1] - 1 of `order` are equal. */
struct ns_distinct {
	size_t count;
	uint32_t *order, *first;
};
void ns_distinct_find(struct ns_distinct *distinct, const struct ns_training *training, struct ns_arena *arena);
void ns_design_make(struct ns_design *design, const struct ns_training *training, const struct ns_distinct *distinct,
	bool intercept, struct ns_arena *arena);

#endif
