/*
 * nearest: k nearest neighbours. The model is its training rows: each different one once, with how many there were of each class.
 *
 * A row's probabilities are the shares of the classes among the k training rows nearest to it, each counted alike or by the
 * inverse of its distance; then, where some are at distance 0, these alone. Rows that are equally far are asked together: where not
 * all of them are among the k, each counts for a part. (scikit-learn takes some of them, as they happen to stand.) So no order of
 * rows matters. Distances are Euclidean or Manhattan, all of them worked out (points.h).
 *
 * As a table, one row per different row: value_0 ..., and for each class count_0 ...; the rest is metadata: ns:n_neighbors,
 * ns:weights (uniform, distance), ns:metric (euclidean, manhattan).
 */
#ifndef NS_MODEL_NEAREST_H
#define NS_MODEL_NEAREST_H

#include "base/err.h"
#include "near/points.h"

/* What models that differ in k and weights share. */
struct ns_nearest_rows {
	size_t count, features;
	uint32_t classes;
	const double *const *x; /* x[feature][row] */
	const double *counts;   /* counts[row * classes + class], whole, together >= 1 in each row */
	struct ns_points points;
};

struct ns_nearest {
	uint64_t k;             /* at most all counts together */
	bool by_distance;
	const struct ns_nearest_rows *rows;
};

/* The points are made here, of the rows that are there already, by the measure. */
void ns_nearest_rows_init(struct ns_nearest_rows *rows, enum ns_measure measure, struct ns_arena *arena);

/* probability[row * classes + class] of x[feature][row]. */
void ns_nearest_predict(double *probability, const struct ns_nearest *nearest, const double *const *x, size_t rows);

/* The same for several models of the same rows at once: neighbours are searched once. */
void ns_nearest_predict_all(double *const *probability, const struct ns_nearest *const *models, size_t count, const double *const *x,
	size_t rows);

struct ns_table;
void ns_nearest_to_table(struct ns_table *table, const struct ns_nearest *nearest, struct ns_arena *arena);
int ns_nearest_from_table(struct ns_nearest *nearest, const struct ns_table *table, uint32_t classes, size_t features,
	struct ns_arena *arena, struct ns_err *err);

#endif
