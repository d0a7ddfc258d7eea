/*
 * impute_neighbors: missing numbers made of those that the most similar training rows have: k-neighbours imputation.
 *
 * As scikit-learn's KNNImputer, to 1e-12 (near/donors.h says what similar is): of the training rows that have the value the k
 * nearest by nan-Euclidean distance, or all where there are fewer; their mean (uniform), or the mean with weights of 1 / distance
 * (distance), in which those at distance 0 count alone where there are any. Rows without a common value are infinitely far: they
 * come last, and weigh nothing by distance. A value all of whose donors are infinitely far (its row may be empty) becomes the
 * column's mean over all training rows. Of rows that are equally far a draw by what stands in them says which is the nearer, those that
 * came often more often; scikit-learn takes any. So the order in which training rows came makes no difference.
 *
 * Values that are there stay as they came (stage/filling.h). Their column becomes float64 in Arrow, because means are not whole,
 * but for n_neighbors=1, where it keeps a type that holds all its training values and their mean. An infinity that is not taken
 * for missing stays, and says nothing about how far rows are apart.
 *
 * The stage's table has the different training rows, of those that are equally far the nearer first, which its order alone says (-0 is
 * kept as 0); those without any value are left out.
 * Each column has the smallest type that holds its values, and ns:weight says how many equal rows each stands for. Metadata:
 *
 *	ns:n_neighbors  k
 *	ns:weights      uniform or distance
 *	ns:inf          missing or keep
 *	ns:rows         how many training rows there were
 *	ns:means        of the columns over all training rows, rounded exactly
 *
 * Memory: the training rows, and a batch.
 */
#ifndef NS_STAGE_IMPUTE_NEIGHBORS_H
#define NS_STAGE_IMPUTE_NEIGHBORS_H

#include "stage/lesson.h"

enum ns_impute_weights { NS_IMPUTE_UNIFORM, NS_IMPUTE_DISTANCE };
#define NS_IMPUTE_WEIGHTS "uniform|distance"

struct ns_impute_neighbors_options {
	int64_t n_neighbors; /* > 0 */
	int weights;         /* enum ns_impute_weights */
	bool inf_missing;    /* infinities are missing values, too */
};

/* Of number columns alone. NS_EDATA: a column without any value, or with infinities where those are not missing values. */
int ns_impute_neighbors_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_impute_neighbors_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
