/*
 * softmax: the penalised log loss of logistic and multinomial regression as a convex function (newton.h).
 *
 *	f(v) = sum_i weight_i * -log p(y_i | u_i) + 1/2 sum_output sum_column ridge_column v[output, column]^2
 *
 * Two classes have one output, p(1) = 1 / (1 + exp(-v.u)); k classes have k outputs. Sums are made in blocks whose
 * number depends on the sizes alone, so any number of threads gives the same bits.
 */
#ifndef NS_LEARN_SOFTMAX_H
#define NS_LEARN_SOFTMAX_H

#include "learn/design.h"
#include "learn/newton.h"

struct ns_softmax {
	const struct ns_design *design;
	const uint32_t *y;     /* class of each design row, below `classes` */
	const double *weight;  /* of each design row */
	const double *ridge;   /* of each design column */
	uint32_t classes, outputs; /* outputs: 1 for two classes, else classes */
	int threads;
	/* the state at the last gradient, and scratch; made by ns_softmax_init */
	double *probability; /* row * (classes) + class */
	double *partial;
	size_t blocks;
};

/* The fields above `threads` and it are set; the function borrows softmax. */
struct ns_convex ns_softmax_init(struct ns_softmax *softmax, struct ns_arena *arena);

#endif
