#include "learn/newton.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

struct work {
	double *gradient, *step, *trial;
	double *hessian, *factor, *scale;               /* dense */
	double *residual, *conditioned, *direction, *product; /* conjugate gradients */
};

static double dot(const double *a, const double *b, size_t size)
{
	double sum = 0;
	for (size_t i = 0; i < size; i++)
		sum += a[i] * b[i];
	return sum;
}

static double largest(const double *a, size_t size)
{
	double most = 0;
	for (size_t i = 0; i < size; i++)
		most = fabs(a[i]) > most ? fabs(a[i]) : most;
	return most;
}

/* Factors hessian, scaled to the diagonal 1 + damping, in the lower triangle of factor; false where it is not positive. */
static bool factorise(double *factor, const double *hessian, const double *scale, double damping, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		for (size_t j = 0; j <= i; j++) {
			double entry = hessian[i * size + j] * scale[i] * scale[j] + (i == j ? damping : 0);
			double rest = entry - dot(factor + i * size, factor + j * size, j);
			if (i != j)
				factor[i * size + j] = rest / factor[j * size + j];
			else if (rest > 1e-13)
				factor[i * size + i] = sqrt(rest);
			else
				return false;
		}
	}
	return true;
}

static void solve(double *x, const double *factor, size_t size)
{
	for (size_t i = 0; i < size; i++)
		x[i] = (x[i] - dot(factor + i * size, x, i)) / factor[i * size + i];
	for (size_t i = size; i-- > 0;) {
		x[i] /= factor[i * size + i];
		for (size_t j = 0; j < i; j++)
			x[j] -= factor[i * size + j] * x[i];
	}
}

static void step_by_cholesky(struct work *work, const struct ns_convex *function)
{
	size_t size = function->size;
	function->hessian(function->context, work->hessian);
	for (size_t i = 0; i < size; i++) {
		double diagonal = work->hessian[i * size + i];
		work->scale[i] = diagonal > 1e-300 ? 1 / sqrt(diagonal) : 1;
	}
	double damping = 0;
	while (!factorise(work->factor, work->hessian, work->scale, damping, size))
		damping = damping > 0 ? damping * 100 : 1e-8;
	for (size_t i = 0; i < size; i++)
		work->step[i] = -work->gradient[i] * work->scale[i];
	solve(work->step, work->factor, size);
	for (size_t i = 0; i < size; i++)
		work->step[i] *= work->scale[i];
}

/* Truncated: the system is solved the better the nearer the minimum, so that the steps still converge superlinearly. */
static void step_by_gradients(struct work *work, const struct ns_convex *function, double closeness)
{
	size_t size = function->size;
	double *r = work->residual, *z = work->conditioned, *p = work->direction, *q = work->product;
	function->diagonal(function->context, work->scale);
	memset(work->step, 0, size * sizeof *work->step);
	for (size_t i = 0; i < size; i++) {
		r[i] = -work->gradient[i];
		work->scale[i] = work->scale[i] > 1e-300 ? 1 / work->scale[i] : 1;
		p[i] = z[i] = r[i] * work->scale[i];
	}
	double rz = dot(r, z, size), enough = rz * closeness * closeness;
	for (int i = 0; i < 2000 && rz > enough; i++) {
		function->product(function->context, q, p);
		double curvature = dot(p, q, size);
		if (!(curvature > 0))
			break;
		double along = rz / curvature;
		for (size_t j = 0; j < size; j++) {
			work->step[j] += along * p[j];
			r[j] -= along * q[j];
			z[j] = r[j] * work->scale[j];
		}
		double next = dot(r, z, size), turn = next / rz;
		for (size_t j = 0; j < size; j++)
			p[j] = z[j] + turn * p[j];
		rz = next;
	}
}

/* Goes along the step, half as far while the value does not fall as it should; false where it does not fall at all. */
static bool search_along(double *v, double *value, struct work *work, const struct ns_convex *function, double decrement)
{
	double noise = 1e-14 * fabs(*value), share = 1;
	for (int halvings = 0; halvings < 60; halvings++, share /= 2) {
		for (size_t i = 0; i < function->size; i++)
			work->trial[i] = v[i] + share * work->step[i];
		double there = function->value(function->context, work->trial, NULL);
		if (there <= *value - 1e-4 * share * decrement + noise) { /* false for NaN */
			memcpy(v, work->trial, function->size * sizeof *v);
			*value = there;
			return true;
		}
	}
	return false;
}

static bool descend(double *v, struct work *work, const struct ns_convex *function, int max_iter, double tolerance, bool dense)
{
	double value = function->value(function->context, v, work->gradient), first = largest(work->gradient, function->size);
	int polished = 0;
	for (int i = 0; i < max_iter; i++) {
		double slope = largest(work->gradient, function->size);
		if (slope <= tolerance)
			return true;
		if (dense)
			step_by_cholesky(work, function);
		else
			step_by_gradients(work, function, fmin(0.1, sqrt(slope / first)));
		double decrement = -dot(work->gradient, work->step, function->size);
		if (!(decrement > 0) || !search_along(v, &value, work, function, decrement))
			return true; /* rounding is all that is left */
		if (decrement <= 1e-13 * fabs(value) && ++polished == 4)
			return true;
		value = function->value(function->context, v, work->gradient);
	}
	return largest(work->gradient, function->size) <= tolerance;
}

bool ns_newton(double *v, const struct ns_convex *function, int max_iter, double tolerance, bool dense)
{
	size_t size = function->size, square = dense ? size * size : 0;
	double *memory = ns_malloc_array(size * 8 + 2 * square, sizeof *memory);
	struct work work = {.gradient = memory, .step = memory + size, .trial = memory + 2 * size, .scale = memory + 3 * size,
		.residual = memory + 4 * size, .conditioned = memory + 5 * size, .direction = memory + 6 * size, .product = memory + 7 * size,
		.hessian = memory + 8 * size, .factor = memory + 8 * size + square};
	bool converged = descend(v, &work, function, max_iter, tolerance, dense);
	free(memory);
	return converged;
}
