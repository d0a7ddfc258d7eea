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

/* Which classes grow, to the size of the largest: imbalanced-learn's sampling_strategy. */
enum ns_smote_which {
	NS_SMOTE_NOT_MAJORITY, /* auto, all and not-majority say the same */
	NS_SMOTE_MINORITY,     /* the smallest; of equals the first */
	NS_SMOTE_NOT_MINORITY,
	NS_SMOTE_RATIO,        /* two classes: the smaller to this share of the larger */
};
struct ns_smote_strategy {
	enum ns_smote_which which;
	double ratio;     /* in (0, 1] */
	const char *text; /* as given, for messages */
};

/* A word or a number in (0, 1]; anything else is NS_ECALL with the nearest word. */
int ns_smote_strategy_read(struct ns_smote_strategy *strategy, const char *text, struct ns_err *err);

/*
 * wanted[class] = how many synthetic rows it gets. A ratio for other than two classes, or one that the smaller class exceeds
 * already, is NS_ECALL; a class that is to grow and has no k other rows is NS_EDATA with the remedy. names: of the classes.
 */
int ns_smote_plan(size_t *wanted, const struct ns_training *training, const char *const *names,
	const struct ns_smote_strategy *strategy, size_t k, struct ns_err *err);

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
