/*
 * tomek: Tomek links (Tomek, "Two modifications of CNN", 1976), as imbalanced-learn 0.10's TomekLinks finds them.
 *
 * Two rows of different classes are linked where each is the other's nearest, by Euclidean distance over the features: they stand
 * on the border between the classes, or one of them is noise.
 *
 * Of several rows that are equally near, the nearest is the first in the canonical order (canonical.h: by features, then class),
 * itself left out, where imbalanced-learn's depends on how rows came and on a search tree. So which rows are linked depends on the
 * multiset of rows alone. Of rows whose features are equal the first two in that order are each other's nearest, and the first is
 * that of all the others: two that differ in nothing but their class are linked; of a, a, b none is; of a, b, b the first b goes.
 *
 * Time: rows * features for each row that is not of the largest class, and for those of the largest that such a row is
 * nearest to. Memory: a copy of the features, and 13 bytes a row.
 */
#ifndef NS_LEARN_TOMEK_H
#define NS_LEARN_TOMEK_H

#include "learn/learner.h"

/*
 * gone[row] = whether the row is linked and of a class that rows go from: from[class]. Returns how many go. One pass: rows that
 * come to be linked when these have gone stay. x is complete and finite.
 */
size_t ns_tomek_find(bool *gone, const struct ns_training *training, const bool *from);

#endif
