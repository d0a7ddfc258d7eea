/*
 * similarity: how alike rows are to points, by a kernel function of scikit-learn's names.
 *
 *	rbf      exp(-gamma |x - y|^2)
 *	linear   x.y
 *	poly     (gamma x.y + coef0)^degree
 *
 * exp is ours and sums run over the features in order (points.h): the same bits on every machine.
 */
#ifndef NS_NEAR_SIMILARITY_H
#define NS_NEAR_SIMILARITY_H

#include "near/points.h"

enum ns_kernel_kind { NS_KERNEL_RBF, NS_KERNEL_LINEAR, NS_KERNEL_POLY };

struct ns_kernel_function {
	enum ns_kernel_kind kind;
	double gamma, coef0;
	unsigned degree;
};

struct ns_similarity {
	struct ns_kernel_function function;
	struct ns_points points;
	const double *exps; /* rbf of points in cells: of every distance that two of them can have */
	size_t exps_count;
};

/* The points are copied from the columns x[feature][row], or its rows[i] where rows is not NULL. */
void ns_similarity_init(struct ns_similarity *similarity, const struct ns_kernel_function *function, const double *const *x,
	const uint32_t *rows, size_t count, size_t features, struct ns_arena *arena);

/* Memory for one thread's queries. */
struct ns_similarity_scratch {
	double *queries, *values;
	uint16_t *cells, *distances;
};
void ns_similarity_scratch_init(struct ns_similarity_scratch *scratch, const struct ns_similarity *similarity, struct ns_arena *arena);

/*
 * out[q * pitch + i] = how alike rows[q] (row first + q where rows is NULL) of x[feature][row] and point i are, for `count` rows, at
 * most NS_POINTS_GROUP. pitch >= points. Products beyond the doubles are infinite or NaN.
 */
void ns_similarity_measure(double *out, size_t pitch, const struct ns_similarity *similarity, const double *const *x,
	const uint32_t *rows, size_t first, size_t count, const struct ns_similarity_scratch *scratch);

#endif
