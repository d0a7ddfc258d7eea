/*
 * vectors: the distinct rows of a table, so that what is the same for equal rows is done once.
 *
 * Rows are equal where all features are (-0 is 0, missing is missing). Where few repeat, every row is a vector of its own and
 * nothing is copied.
 */
#ifndef NS_LEARN_VECTORS_H
#define NS_LEARN_VECTORS_H

#include "learn/learner.h"

/* Rows of one class with equal features. */
struct ns_vector_entry {
	uint32_t vector, class;
	uint32_t rows;
};

struct ns_vectors {
	size_t count, features, rows;
	uint32_t classes;
	const double *const *x;           /* x[feature][vector] */
	struct ns_vector_entry *entries;  /* of all rows, ascending by vector */
	size_t entries_count;
	uint32_t *entry_of;               /* of each row */
};

/* In the arena; x may be the data's own. */
void ns_vectors_init(struct ns_vectors *vectors, const struct ns_training *data, struct ns_arena *arena);

/* Some of the rows: those entries that have any, ascending by vector. */
struct ns_tally {
	struct ns_vector_entry *entries;
	size_t count;
	uint64_t rows;
};
/* The rows in (or, out of) a fold, all of them where fold is NULL. */
void ns_vectors_tally(struct ns_tally *tally, const struct ns_vectors *vectors, const uint32_t *fold, uint32_t k, bool inside,
	struct ns_arena *arena);

#endif
