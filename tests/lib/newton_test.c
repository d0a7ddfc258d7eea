#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/newton.h"

enum { SIZE = 3 };

/* f(v) = sum cosh(v_i - i) + 1/2 (v . d)^2: smooth, strictly convex; without the cosh flat but along d. */
struct bowl {
	double d[SIZE], v[SIZE];
	bool cosh;
};

static double along(const struct bowl *bowl, const double *v)
{
	return v[0] * bowl->d[0] + v[1] * bowl->d[1] + v[2] * bowl->d[2];
}

static double value(void *context, const double *v, double *gradient)
{
	struct bowl *bowl = context;
	double t = along(bowl, v) - 1, sum = t * t / 2;
	for (int i = 0; i < SIZE; i++) {
		sum += bowl->cosh ? cosh(v[i] - i) : 0;
		if (gradient)
			gradient[i] = t * bowl->d[i] + (bowl->cosh ? sinh(v[i] - i) : 0);
	}
	if (gradient)
		memcpy(bowl->v, v, sizeof bowl->v);
	return sum;
}

static void hessian(void *context, double *out)
{
	const struct bowl *bowl = context;
	for (int i = 0; i < SIZE; i++)
		for (int j = 0; j <= i; j++)
			out[i * SIZE + j] = bowl->d[i] * bowl->d[j] + (bowl->cosh && i == j ? cosh(bowl->v[i] - i) : 0);
}

static void diagonal(void *context, double *out)
{
	double all[SIZE * SIZE];
	hessian(context, all);
	for (int i = 0; i < SIZE; i++)
		out[i] = all[i * SIZE + i];
}

static void product(void *context, double *out, const double *direction)
{
	const struct bowl *bowl = context;
	double t = along(bowl, direction);
	for (int i = 0; i < SIZE; i++)
		out[i] = t * bowl->d[i] + (bowl->cosh ? cosh(bowl->v[i] - i) * direction[i] : 0);
}

static struct ns_convex convex(struct bowl *bowl)
{
	return (struct ns_convex){SIZE, bowl, value, hessian, diagonal, product};
}

static void both_ways_meet_in_the_minimum(void **state)
{
	(void)state;
	struct bowl bowl = {.d = {3, -2, 1}, .cosh = true};
	struct ns_convex function = convex(&bowl);
	double found[2][SIZE] = {{-20, 30, 5}, {-20, 30, 5}}, gradient[SIZE];
	for (int dense = 0; dense < 2; dense++) {
		assert_true(ns_newton(found[dense], &function, 100, 1e-12, dense));
		value(&bowl, found[dense], gradient);
		for (int i = 0; i < SIZE; i++)
			assert_true(fabs(gradient[i]) < 1e-10 && fabs(found[dense][i] - found[0][i]) < 1e-10);
	}
}

static void a_flat_valley_is_no_trap(void **state)
{
	(void)state;
	struct bowl bowl = {.d = {3, -2, 1}};
	struct ns_convex function = convex(&bowl);
	for (int dense = 0; dense < 2; dense++) {
		double v[SIZE] = {5, 5, 5};
		assert_true(ns_newton(v, &function, 100, 1e-9, dense));
		assert_true(fabs(along(&bowl, v) - 1) < 1e-9);
		for (int i = 0; i < SIZE; i++)
			assert_true(fabs(v[i]) < 10);
	}
}

static void too_few_steps_are_told(void **state)
{
	(void)state;
	struct bowl bowl = {.d = {3, -2, 1}, .cosh = true};
	struct ns_convex function = convex(&bowl);
	double v[SIZE] = {-20, 30, 5}, at_minimum[SIZE] = {-20, 30, 5}, before = value(&bowl, v, NULL);
	assert_false(ns_newton(v, &function, 2, 1e-12, true));
	assert_true(value(&bowl, v, NULL) < before);
	assert_true(ns_newton(at_minimum, &function, 100, 1e-12, true));
	assert_true(ns_newton(at_minimum, &function, 1, 1e-9, true)); /* there already: no step is needed */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_meet_in_the_minimum),
		cmocka_unit_test(a_flat_valley_is_no_trap),
		cmocka_unit_test(too_few_steps_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
