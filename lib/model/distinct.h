/*
 * distinct: rows of equal bits (cells.h) are one row: what is asked of trees with few thresholds often repeats. For lib/model alone.
 */
#ifndef NS_MODEL_DISTINCT_H
#define NS_MODEL_DISTINCT_H

#include <stddef.h>
#include <stdint.h>

struct ns_distinct {
	uint64_t *bits;      /* the different ones */
	size_t count, room;
	uint32_t *of;        /* row -> its number among them */
	size_t rows;
	uint32_t *slots;     /* of a hash table of numbers */
	unsigned shift;      /* the hash's highest bits are the slot */
};

/* Place for so many different ones, of so many rows. */
void ns_distinct_init(struct ns_distinct *distinct, size_t room, size_t rows);
void ns_distinct_release(struct ns_distinct *distinct);

void ns_distinct_clear(struct ns_distinct *distinct);

/* The next rows; together with those there are no more than there is place for. */
void ns_distinct_add(struct ns_distinct *distinct, const uint64_t *bits, size_t rows);

#endif
