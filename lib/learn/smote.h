/*
 * smote: synthetic rows for classes that have too few (Chawla, Bowyer, Hall & Kegelmeyer, "SMOTE: Synthetic Minority
 * Over-sampling Technique", 2002), as imbalanced-learn 0.10 does it.
 *
 * A synthetic row of a class stands between a row of that class, drawn with replacement, and one of that row's k nearest
 * neighbours in the class, drawn likewise: x + u * (neighbour - x), with one u in [0, 1) for all features. No value leaves the
 * span of the two.
 *
 * The draw depends on the multiset of rows, the seed and the class: rows are put in a canonical order first, so it is the same
 * however the table is sorted and whatever the number of threads.
 */
#ifndef NS_LEARN_SMOTE_H
#define NS_LEARN_SMOTE_H

#include "learn/learner.h"
#include "learn/sampling.h"

/* more[class] = how many rows it grows by. A class that is to grow and has no k other rows is NS_EDATA with the remedy. */
int ns_smote_plan(size_t *more, const struct ns_training *training, const struct ns_labels *labels, const struct ns_sampling *sampling, size_t k,
	struct ns_err *err);

/* One class's synthetic rows: what each stands between, as rows of the training table, and where. */
struct ns_smote_rows {
	size_t count;
	const uint32_t *base, *neighbor;
	const double *gap; /* u */
};

/* Draws count > 0 rows of a class that has more than k. 16 bytes a row in the arena. */
void ns_smote_draw(struct ns_smote_rows *rows, const struct ns_training *training, uint32_t class, size_t count, size_t k,
	struct ns_arena *arena);

/* One feature's values of the rows from.. from + count; x: that feature of the training table. */
void ns_smote_values(double *out, const double *x, const struct ns_smote_rows *rows, size_t from, size_t count);

#endif
