/*
 * boost_loss: what boosting makes smaller, and in which direction (J. H. Friedman, "Greedy function approximation: a gradient
 * boosting machine", 2001; scikit-learn 1.2's deviance and exponential loss).
 *
 * Scores are real numbers, one of each output of each entry. A gradient is the negative one, y - p; its size is at most 1 but for
 * the exponential loss. Every function does the same arithmetic on every processor and vector width.
 */
#ifndef NS_LEARN_BOOST_LOSS_H
#define NS_LEARN_BOOST_LOSS_H

#include <stddef.h>
#include <stdint.h>

enum ns_loss { NS_LOSS_LOGISTIC, NS_LOSS_SOFTMAX, NS_LOSS_EXPONENTIAL };

/* The score of each output that fits the classes' shares of the weight best. share: of each class, adding up to 1. */
void ns_loss_start(double *scores, enum ns_loss loss, const double *share, uint32_t classes);

/*
 * gradient[output * pitch + entry] from scores[output * pitch + entry], of `count` entries. most[output]: becomes at least the bits of
 * the greatest size, as a float.
 */
void ns_loss_gradient(float *gradient, uint32_t *most, enum ns_loss loss, const double *scores, const uint32_t *y, uint32_t outputs, size_t pitch,
	size_t count);

/* The loss of one entry, scikit-learn's; scores[output * pitch]. */
double ns_loss_value(enum ns_loss loss, const double *scores, uint32_t y, uint32_t outputs, size_t pitch);

/* The second derivative where the gradient is of this size. */
static inline double ns_loss_curvature(enum ns_loss loss, double size)
{
	return loss == NS_LOSS_EXPONENTIAL ? size : size * (1 - size);
}

#endif
