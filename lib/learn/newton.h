/*
 * newton: the minimum of a smooth convex function, far closer than learning needs, so that what comes out is the optimum and not
 * the solver's path to it.
 *
 * Newton steps with backtracking; the step comes from Cholesky's factors of the Hessian, diagonally scaled and damped where it is
 * singular (Nocedal & Wright, "Numerical Optimization", 2006, ch. 3), or, where there are too many parameters for it, from
 * preconditioned conjugate gradients (ch. 7). Deterministic as long as the function is.
 */
#ifndef NS_LEARN_NEWTON_H
#define NS_LEARN_NEWTON_H

#include <stdbool.h>
#include <stddef.h>

struct ns_convex {
	size_t size; /* parameters */
	void *context;
	/* Value at v, its gradient where that is not NULL. The functions below speak of the last v whose gradient was asked. */
	double (*value)(void *context, const double *v, double *gradient);
	void (*hessian)(void *context, double *hessian);                           /* the lower triangle, size x size */
	void (*diagonal)(void *context, double *diagonal);                         /* of the Hessian */
	void (*product)(void *context, double *product, const double *direction); /* Hessian times direction */
};

/*
 * v: the start, then the minimum. Stops when no component of the gradient is above `tolerance`, when the value cannot become
 * smaller any more, or after max_iter steps: only then it is false. dense: by Cholesky.
 */
bool ns_newton(double *v, const struct ns_convex *function, int max_iter, double tolerance, bool dense);

#endif
