/*
 * k nearest neighbours: scikit-learn's KNeighborsClassifier. There is nothing to learn: rows are put in a canonical order (that of
 * design.h), so that it does not matter how they came, and equal ones are merged.
 */
#include <math.h>
#include <string.h>

#include "learn/design.h"
#include "learn/learner.h"

enum { N_NEIGHBORS, WEIGHTS, METRIC, P, ALGORITHM };

static const double WEIGHT_MOST = 1e6; /* the sum of all stays exact */

static const struct ns_param params[] = {
	[N_NEIGHBORS] = {"n_neighbors", "how many rows are asked", "5", 1, 4e9, true, NULL},
	[WEIGHTS] = {"weights", "what each counts: the same, or the inverse of its distance", "uniform", 0, 0, false, "uniform|distance"},
	[METRIC] = {"metric", "distance; minkowski: by p", "minkowski", 0, 0, false, "minkowski|euclidean|manhattan"},
	[P] = {"p", "power of the Minkowski distance: 2 Euclidean, 1 Manhattan", "2", 1, 2, true, NULL},
	[ALGORITHM] = {"algorithm", "all find the same neighbours: every distance is worked out", "auto", 0, 0, false, "auto|brute|kd_tree|ball_tree"},
	{0},
};

static enum ns_measure measure_of(const struct ns_value *values)
{
	const char *metric = values[METRIC].text;
	if (strcmp(metric, "minkowski") == 0)
		return values[P].number == 1 ? NS_MANHATTAN : NS_EUCLIDEAN;
	return strcmp(metric, "manhattan") == 0 ? NS_MANHATTAN : NS_EUCLIDEAN;
}

/* A weight of 2 is the row twice; that is all that a weight can be here. */
static int check_weights(const struct ns_training *training, struct ns_err *err)
{
	for (size_t i = 0; training->weight && i < training->rows; i++)
		if (training->weight[i] != floor(training->weight[i]) || training->weight[i] > WEIGHT_MOST)
			return ns_fail(err, NS_EDATA, "k-neighbors counts rows, so weights must be whole numbers up to %.0f: one is %.17g", WEIGHT_MOST,
				training->weight[i]);
	return NS_OK;
}

/* The different rows, in canonical order, with their counts; returns the number of all. */
static double merge_rows(struct ns_nearest_rows *rows, const struct ns_training *training, struct ns_arena *arena)
{
	struct ns_training alike = *training;
	struct ns_distinct distinct;
	double total = 0;
	uint32_t classes = training->classes;
	alike.y = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	ns_distinct_find(&distinct, &alike, arena);
	double *counts = ns_alloc_array(arena, distinct.count, classes * sizeof *counts), **x = NS_NEW_ARRAY(arena, double *, training->features);
	for (size_t f = 0; f < training->features; f++) {
		x[f] = NS_NEW_ARRAY(arena, double, distinct.count);
		for (size_t e = 0; e < distinct.count; e++)
			x[f][e] = training->x[f][distinct.order[distinct.first[e]]] + 0.0; /* -0 is 0 */
	}
	for (size_t e = 0; e < distinct.count; e++)
		for (size_t i = distinct.first[e]; i < distinct.first[e + 1]; i++) {
			double weight = training->weight ? training->weight[distinct.order[i]] : 1;
			counts[e * classes + training->y[distinct.order[i]]] += weight;
			total += weight;
		}
	*rows = (struct ns_nearest_rows){.count = distinct.count, .features = training->features, .classes = classes,
		.x = (const double *const *)x, .counts = counts};
	return total;
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	NS_TRY(check_weights(training, err));
	struct ns_nearest_rows merged, *by_measure[NS_PRODUCT] = {NULL};
	double total = merge_rows(&merged, training, arena);
	for (size_t c = 0; c < candidates; c++) {
		double k = values[c][N_NEIGHBORS].number;
		enum ns_measure measure = measure_of(values[c]);
		if (k > total)
			ns_note("k-neighbors: n_neighbors=%.0f, but there are only %.0f rows to learn from; all are asked", k, total);
		if (!by_measure[measure]) {
			by_measure[measure] = NS_NEW(arena, struct ns_nearest_rows);
			*by_measure[measure] = merged;
			ns_nearest_rows_init(by_measure[measure], measure, arena);
		}
		models[c] = (struct ns_model){.form = NS_MODEL_NEAREST, .classes = training->classes, .features = training->features};
		models[c].nearest = (struct ns_nearest){(uint64_t)fmin(k, total), strcmp(values[c][WEIGHTS].text, "distance") == 0, by_measure[measure]};
	}
	return NS_OK;
}

const struct ns_learner ns_learn_k_neighbors = {
	.name = "k-neighbors",
	.help = "the classes of the nearest training rows",
	.params = params,
	.fit = fit,
};
