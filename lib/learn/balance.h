/*
 * balance: the methods that make classes as large as they should be, under imbalanced-learn's names, and what they make of a
 * training table: which of its rows stay, and which rows are added.
 *
 *	smote                       smote.h          adds rows
 *	borderline-1, borderline-2  borderline.h     adds rows
 *	smote-nc                    mixed.h          adds rows; takes categories
 *	random-over                 oversample.h     adds copies; with a shrinkage, rows near by
 *	random-under                undersample.h    takes rows away
 *	tomek                       tomek.h          takes rows away
 *	smote-tomek                 Batista, Prati & Monard, "A Study of the Behavior of Several Methods for Balancing Machine Learning
 *	                            Training Data", 2004: SMOTE, then every row of a Tomek link goes, synthetic ones too
 *
 * What comes of it depends on the multiset of rows, the parameters and the seed; not on their order, nor on the number of threads.
 */
#ifndef NS_LEARN_BALANCE_H
#define NS_LEARN_BALANCE_H

#include "base/param.h"
#include "learn/drawn.h"
#include "learn/sampling.h"

#define NS_BALANCE_NAMES "smote|borderline-1|borderline-2|smote-nc|random-over|random-under|tomek|smote-tomek"
enum ns_balance_name {
	NS_SMOTE,
	NS_BORDERLINE_1,
	NS_BORDERLINE_2,
	NS_SMOTE_NC,
	NS_RANDOM_OVER,
	NS_RANDOM_UNDER,
	NS_TOMEK,
	NS_SMOTE_TOMEK,
};

/* A method as it was asked for. */
struct ns_balance {
	enum ns_balance_name name;
	const char *source; /* of the table, for messages */
	struct ns_sampling sampling;
	size_t k, m;      /* k_neighbors, m_neighbors */
	double shrinkage; /* NaN: none */
	bool replacement;
	const bool *categorical;                 /* smote-nc: per feature */
	const struct ns_levels *const *rounding; /* per feature the levels to which drawn values go, or NULL; NULL: none */
};

/* Parameters that the method does not have, and strategies that it cannot follow, are NS_ECALL. */
int ns_balance_read(struct ns_balance *balance, enum ns_balance_name name, const struct ns_texts *strategy, const struct ns_texts *params,
	struct ns_arena *arena, struct ns_err *err);

const char *ns_balance_text(enum ns_balance_name name);
bool ns_balance_adds(const struct ns_balance *balance);    /* rows, at the end */
bool ns_balance_removes(const struct ns_balance *balance); /* rows of the table */
bool ns_balance_copies(const struct ns_balance *balance);  /* what it adds or leaves are rows as they are: text, missing and infinite values are fine */

/* The rows that were drawn for a class, and those of them that go again. */
struct ns_addition {
	struct ns_drawn drawn;
	const bool *gone; /* NULL: none */
};

struct ns_balanced {
	const uint32_t *copies; /* per row of the table how often it stays; NULL: each once */
	struct ns_addition *additions;
	size_t additions_count;
};

/*
 * A class too small for the method, or a table, is NS_EDATA with the remedy; a strategy that does not fit the classes NS_ECALL. What
 * was done is noted, class by class. y of the training table and of labels are the same; every class has a row.
 */
int ns_balance_make(struct ns_balanced *balanced, const struct ns_balance *balance, const struct ns_training *training,
	const struct ns_labels *labels, struct ns_arena *arena, struct ns_err *err);

#endif
