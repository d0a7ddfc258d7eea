/*
 * oversample: copies of rows drawn at random, for classes that have too few: imbalanced-learn 0.10's RandomOverSampler.
 *
 * Rows are drawn with replacement, each with the same chance. With a shrinkage s > 0 what is drawn is spread out, a smoothed
 * bootstrap (Menardi & Torelli, "Training and assessing classification rules with imbalanced data", 2014): a normal error is added to
 * each value, of standard deviation
 *
 *	s * (4 / ((d + 2) n))^(1 / (d + 4)) * the feature's standard deviation in the class
 *
 * where d is how many features there are, and n how many rows the table has.
 *
 * The draw depends on the multiset of rows (as canonical.h compares them), the seed and the class.
 */
#ifndef NS_LEARN_OVERSAMPLE_H
#define NS_LEARN_OVERSAMPLE_H

#include "learn/drawn.h"

/*
 * Draws count > 0 rows of a class that has some. Without shrinkage (NaN, or 0) every feature has a source, and values may be missing
 * or infinite.
 */
void ns_oversample_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count, double shrinkage,
	struct ns_arena *arena);

#endif
