/*
 * canonical: rows in an order that what stands in them decides, not how they came.
 *
 * Ascending by the first feature, then by the second and so on, then by class; missing values stand behind all numbers, 0 and -0
 * are equal. Rows that are equal in all of these keep the order they came in: to a learner they are the same row.
 */
#ifndef NS_LEARN_CANONICAL_H
#define NS_LEARN_CANONICAL_H

#include "learn/learner.h"

/* Puts count of the table's rows, ascending when they come, into the order. Takes 16 bytes a row meanwhile. */
void ns_canonical_sort(uint32_t *rows, size_t count, const struct ns_training *training);

#endif
