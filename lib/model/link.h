/*
 * link: scores into probabilities, the same for every kind of model that adds up scores.
 */
#ifndef NS_MODEL_LINK_H
#define NS_MODEL_LINK_H

#include <stddef.h>

/* In place, classes of them, any finite ones: their softmax. */
void ns_softmax(double *scores, size_t classes);

/* The softmax of (0, score), the same bits: the probabilities of the first and of the second class. */
void ns_logistic(double probability[2], double score);

#endif
