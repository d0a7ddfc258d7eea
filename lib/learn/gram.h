/*
 * gram: how alike training rows are to each other, as LIBSVM wants to be told.
 *
 * Up to NS_GRAM_MOST rows the matrix is worked out here, for LIBSVM's "precomputed" kernel: one for all candidates, folds and
 * repeats of a row that share a kernel function, by the arithmetic that predicts. 8 bytes an entry: 512 MiB at most. Beyond, rows are
 * given as they are, and LIBSVM's own kernels work them out again and again (its exp is the C library's, so that bytes may then
 * differ between machines).
 *
 * The layout. LIBSVM finds K(i, k) as x[i][serial(k)].value, serial(k) = x[k][0].value, of 16-byte nodes {int index; double value}
 * whose index it does not read then. So the 8 bytes of a node beside its value hold another row's value:
 *
 *	byte        0         8          16         24        32        40
 *	row i = 2m  | -       | serial   | -        | K(i, 0) | -       | K(i, 1) | ...
 *	row 2m + 1            | -        | serial   | -       | K(., 0) | -       | K(., 1) ...
 */
#ifndef NS_LEARN_GRAM_H
#define NS_LEARN_GRAM_H

#include <libsvm/svm.h>

#include "base/err.h"
#include "near/similarity.h"

enum { NS_GRAM_MOST = 8192 };

struct ns_gram {
	size_t count, features;
	const double *const *x;   /* x[feature][row] */
	struct ns_similarity similarity;
	double *matrix;           /* NULL: too many rows */
	struct svm_node **nodes;  /* per row, for svm_problem.x */
	struct ns_arena function; /* what belongs to the kernel function */
};

/* Borrows x. Release it. */
void ns_gram_init(struct ns_gram *gram, const double *const *x, size_t count, size_t features, struct ns_arena *arena);
/* Works it out for a kernel function; NS_EDATA where values are too large for LIBSVM's single precision. */
int ns_gram_fill(struct ns_gram *gram, const struct ns_kernel_function *function, int threads, struct ns_err *err);
void ns_gram_release(struct ns_gram *gram);

/* Where there is a matrix. */
static inline double ns_gram_at(const struct ns_gram *gram, size_t i, size_t k)
{
	return gram->matrix[i / 2 * (2 * gram->count + 4) + i % 2 + 2 * k + 3];
}

/* Sets kernel_type and its parameters. */
void ns_gram_parameters(struct svm_parameter *parameter, const struct ns_gram *gram);

#endif
