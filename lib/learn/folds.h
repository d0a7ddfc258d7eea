/*
 * folds: which rows of a training set are held out together.
 *
 * Folds are stratified by class, differ by one row at most, and are drawn by a keyed hash of the seed and the row's own values (k
 * for its k-th copy), so they depend on the multiset of rows, not on their order; nor on learner or candidate. With groups (a
 * column's, or of equal feature vectors) rows of one group stay together: folds are then as even as the groups allow, and not
 * stratified.
 */
#ifndef NS_LEARN_FOLDS_H
#define NS_LEARN_FOLDS_H

#include "learn/search.h"

/*
 * fold[row] in [0, options->folds). NS_EDATA where a class has fewer rows than there are folds, or the table fewer groups.
 */
int ns_folds_draw(uint32_t *fold, const struct ns_training *training, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
