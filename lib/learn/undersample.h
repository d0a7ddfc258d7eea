/*
 * undersample: which rows stay so that classes have fewer, drawn at random: imbalanced-learn's RandomUnderSampler.
 *
 * The draw is over the class's rows in the canonical order (canonical.h), from the seed and the class: what stays depends on the
 * multiset of rows, not on how they came. Features may be missing.
 *
 * Without replacement every set of so many rows is equally likely (Fan, Muller & Rezucha, "Development of sampling plans by using
 * sequential item selection techniques", 1962: Knuth's algorithm S). With replacement every draw takes each row with the same
 * chance, so a row may stay several times.
 */
#ifndef NS_LEARN_UNDERSAMPLE_H
#define NS_LEARN_UNDERSAMPLE_H

#include "learn/learner.h"

#define NS_UNDERSAMPLE_ALL SIZE_MAX /* of a class that is not drawn from */

/*
 * copies[row] = how often the row stays: 0, 1, or with replacement more; the copies of a class's rows add up to wanted[class].
 * Without replacement that is at most as many as the class has; with it the class has a row unless none is wanted.
 */
void ns_undersample_draw(uint32_t *copies, const struct ns_training *training, const size_t *wanted, bool replacement);

#endif
