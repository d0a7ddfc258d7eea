/*
 * platt: the sigmoid that makes a decision value a probability.
 *
 * Minimises the log loss of p = 1 / (1 + exp(a * decision + b)) against targets that are kept off 0 and 1 by the number of rows,
 * by Newton's method with backtracking: Lin, Lin, Weng: A note on Platt's probabilistic outputs for support vector machines (2007).
 */
#ifndef NS_LEARN_PLATT_H
#define NS_LEARN_PLATT_H

#include <stdbool.h>
#include <stddef.h>

/* Decisions of `count` items, each standing for weight[i] > 0 rows of the positive class or the other. */
void ns_platt_fit(double *a, double *b, const double *decision, const double *weight, const bool *positive, size_t count);

#endif
