/*
 * link: scores into probabilities, the same for every kind of model that adds up scores.
 */
#ifndef NS_MODEL_LINK_H
#define NS_MODEL_LINK_H

#include <stddef.h>

/* In place, classes of them, any finite ones: their softmax. Of (0, score) it is the logistic function. */
void ns_softmax(double *scores, size_t classes);

#endif
