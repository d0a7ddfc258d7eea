/*
 * mixed: SMOTE for tables of numbers and categories: SMOTE-NC (Chawla and others, 2002, section 6.1), as imbalanced-learn 0.10 does
 * it.
 *
 * Let M be the median, over the features that are numbers, of their standard deviations (population) in the table's smallest class.
 * The squared distance of two rows is that of their numbers, and M^2 / 2 for each category that differs (one-hot columns of M / 2).
 * Since 0.12 imbalanced-learn takes M^2, and M of each class that grows.
 * A synthetic row's numbers are SMOTE's; each of its categories is the most frequent among the k nearest neighbours of the row it
 * begins at, of equally frequent ones the lowest, where imbalanced-learn draws one.
 */
#ifndef NS_LEARN_MIXED_H
#define NS_LEARN_MIXED_H

#include "learn/smote.h"

/* M; categorical[feature]. At least one feature is none. */
double ns_mixed_median(const struct ns_training *training, const bool *categorical);

/* Draws count > 0 rows of a class that has more than k. drawn->source: of each category a row that has it. */
void ns_mixed_draw(struct ns_drawn *drawn, const struct ns_training *training, const bool *categorical, uint32_t class, size_t count,
	size_t k, struct ns_arena *arena);

#endif
