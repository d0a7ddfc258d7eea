/*
 * kernel: support-vector machines. For each pair of classes a sum over support vectors decides, and a sigmoid makes that a
 * probability (Platt); more than two classes: pairwise coupling (coupling.h).
 *
 *	decision(i, j) = sum coef * kernel(support vector, x) + intercept      over those of class i and of class j; above 0: class i
 *	p(i of i, j)   = 1 / (1 + exp(a * decision + b)), in [1e-7, 1 - 1e-7]
 *
 * Pairs are of classes that had rows, in order: (0, 1), (0, 2), ..., (1, 2), ... A class without rows has probability 0. Sums run
 * over support vectors in 8 lanes, so they are the same bits everywhere; a decision beyond the doubles counts as +-1e300, one that
 * is undefined (infinity - infinity, of huge values in a linear or polynomial kernel) as 0.
 *
 * As a table, a row per support vector, those of a class together, classes ascending: class, coef_0 ... (one less than classes with
 * rows: of a vector of the i-th class, coef_j is for the pair with class j where j < i, with j + 1 where not), value_0 ...; metadata:
 * ns:kernel (rbf, linear, poly), ns:gamma, ns:degree, ns:coef0, ns:present (the classes that had rows), ns:intercept, ns:platt_a,
 * ns:platt_b (per pair).
 */
#ifndef NS_MODEL_KERNEL_H
#define NS_MODEL_KERNEL_H

#include "base/err.h"
#include "near/similarity.h"

struct ns_kernel {
	uint32_t classes, present_count; /* >= 1 present */
	const uint32_t *present;         /* ascending */
	size_t count, features;
	const double *const *x;          /* x[feature][vector] */
	const size_t *first;             /* vectors of the i-th present class: first[i] .. first[i + 1] */
	const double *coefs;             /* coefs[j * count + vector], j < present_count - 1 */
	const double *intercept, *a, *b; /* per pair */
	struct ns_similarity similarity; /* linear: its function alone, beside these */
	const double *weights;           /* weights[pair * features + feature] */
};

/* With everything but the similarity set: makes that. */
void ns_kernel_init(struct ns_kernel *kernel, const struct ns_kernel_function *function, struct ns_arena *arena);

static inline size_t ns_kernel_pairs(uint32_t present)
{
	return (size_t)present * (present - 1) / 2;
}

/* The sum of a[i] * b[i] in 8 lanes. */
double ns_kernel_dot(const double *a, const double *b, size_t count);
/* The probability of the first class; and what a decision is where it is no finite number. */
double ns_kernel_sigmoid(double decision, double a, double b);
double ns_kernel_finite(double decision);

/* probability[row * classes + class] of x[feature][row]. */
void ns_kernel_predict(double *probability, const struct ns_kernel *kernel, const double *const *x, size_t rows);
/* decisions[row * pairs + pair] */
void ns_kernel_decide(double *decisions, const struct ns_kernel *kernel, const double *const *x, size_t rows);

struct ns_table;
void ns_kernel_to_table(struct ns_table *table, const struct ns_kernel *kernel, struct ns_arena *arena);
int ns_kernel_from_table(struct ns_kernel *kernel, const struct ns_table *table, uint32_t classes, size_t features,
	struct ns_arena *arena, struct ns_err *err);

#endif
