/*
 * coupling: probabilities of classes out of those of pairs of them.
 */
#ifndef NS_MODEL_COUPLING_H
#define NS_MODEL_COUPLING_H

#include <stddef.h>

/*
 * pairwise[i * classes + j], i != j: probability of class i where it is i or j; those of (i, j) and (j, i) add up to 1. Writes
 * `classes` probabilities that add up to 1. Wu, Lin, Weng: Probability estimates for multi-class classification by pairwise
 * coupling (2004), method 2, with LIBSVM's limits. scratch: classes * (classes + 1) numbers.
 */
void ns_coupling(double *probability, const double *pairwise, size_t classes, double *scratch);

#endif
