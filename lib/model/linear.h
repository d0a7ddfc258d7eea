/*
 * linear: logistic and multinomial (softmax) regression by a coefficient table.
 *
 * Two classes: one row of coefficients, p(class 1) = 1 / (1 + exp(-(b + w.x))). More: one row a class and softmax. exp is ours
 * (same bits everywhere). As a table: one row per feature and one, last, for the intercept: feature (its index; -1 intercept),
 * weight_0 ... weight_{k-1}.
 */
#ifndef NS_MODEL_LINEAR_H
#define NS_MODEL_LINEAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/elementary.h"
#include "base/err.h"

struct ns_linear {
	uint32_t outputs;   /* 1 for two classes, else the number of classes */
	size_t features;
	double *weights;    /* output * (features + 1) + feature; the intercept last */
};

struct ns_table;
/* probability[row * classes + class], classes = outputs == 1 ? 2 : outputs. Sums run over features in order. */
void ns_linear_predict(double *probability, const struct ns_linear *linear, const double *const *x, size_t rows);
void ns_linear_to_table(struct ns_table *table, const struct ns_linear *linear, struct ns_arena *arena);
int ns_linear_from_table(struct ns_linear *linear, const struct ns_table *table, uint32_t classes, size_t features,
	struct ns_arena *arena, struct ns_err *err);

#endif
