/*
 * svm: one pair of classes told apart by LIBSVM, whole and with parts held out.
 *
 * Entries are the different rows of each class, those of a class together; each stands for `copies` rows. So that Platt's sigmoid
 * is fitted to decisions about rows that did not take part, the copies of every class are dealt to parts by a generator that depends
 * on the seed and the class, not on the order of rows: 5 parts, as LIBSVM has them; of more than 2,000 rows 3, which come to
 * probabilities that are as good (the log loss of held-out rows is the same) in half the time.
 */
#ifndef NS_LEARN_SVM_H
#define NS_LEARN_SVM_H

#include "learn/gram.h"
#include "learn/learner.h"

struct ns_svm_entries {
	size_t count, features;
	const double *const *x;     /* x[feature][entry] */
	const uint32_t *copies;     /* >= 1 */
	int parts;
	const uint32_t *held;       /* held[part * count + entry]: copies in that part */
	uint32_t present_count;
	const uint32_t *present;    /* the classes that have rows */
	const size_t *first;        /* entries of the i-th: first[i] .. first[i + 1] */
	const uint64_t *rows;       /* of the i-th, copies all together */
	const double *unit;         /* what a copy of the i-th weighs */
};

/*
 * LIBSVM knows weights of classes alone: where weights are whole numbers they are copies, else copies of the least weight of their
 * class. NS_EDATA: weights that are neither, more rows than LIBSVM counts, values whose squares are beyond the doubles.
 */
int ns_svm_entries_make(struct ns_svm_entries *entries, const struct ns_training *training, struct ns_arena *arena, struct ns_err *err);

struct ns_svm_settings {
	double c[2]; /* of the i-th and the j-th class */
	double tolerance;
	bool shrinking;
};

/*
 * coefs[k]: of the k-th entry of the pair, those of class i before those of class j; 0 where it is no support vector. Positive
 * decisions speak for class i. part: left out; entries->parts: nothing is. Where a class has no rows left the decision is 1 for the
 * other. Thread-safe.
 */
void ns_svm_solve(double *coefs, double *intercept, const struct ns_gram *gram, const struct ns_svm_entries *entries, uint32_t i, uint32_t j,
	int part, const struct ns_svm_settings *settings);

/* decisions[k] of the pair's entries that the part holds copies of; others stay as they are. */
void ns_svm_decide(double *decisions, const double *coefs, double intercept, const struct ns_gram *gram, const struct ns_svm_entries *entries,
	uint32_t i, uint32_t j, int part);

#endif
