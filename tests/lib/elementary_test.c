#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/elementary.h"

/* The distance from the true result in units of its last place (of the smallest subnormal, at the bottom). */
static long double ulps(double result, long double truth)
{
	int exponent;
	frexpl(truth, &exponent);
	if (exponent < -1021)
		exponent = -1021;
	return fabsl(((long double)result - truth) / ldexpl(1, exponent - DBL_MANT_DIG));
}

static double from_bits(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static void exp_is_near(void **state)
{
	(void)state;
	long double worst = 0;
	for (int i = -3000000; i < 3000000; i++) {
		double x = i * 2.5e-4 + i * 1e-13;
		if (x > 709.78 || x < -745.13)
			continue;
		long double error = ulps(ns_exp(x), expl(x));
		worst = error > worst ? error : worst;
	}
	for (int i = -1000000; i < 1000000; i++) { /* around 0, more finely */
		long double error = ulps(ns_exp(i * 7.1e-7), expl(i * 7.1e-7));
		worst = error > worst ? error : worst;
	}
	print_message("exp: at most %.3Lf ulp\n", worst);
	assert_true(worst < 0.9L);
}

static void log_is_near(void **state)
{
	(void)state;
	long double worst = 0;
	for (uint64_t bits = 1; bits < UINT64_C(0x7ff0000000000000); bits += UINT64_C(0x1fffedcba9877)) {
		double x = from_bits(bits);
		long double error = ulps(ns_log(x), logl(x));
		worst = error > worst ? error : worst;
	}
	for (int i = 1; i < 3000000; i++) { /* 0.4 to 1.9: where the result is small or the reduction changes */
		double x = 0.4 + i * 5.0000001e-7;
		long double error = ulps(ns_log(x), logl(x));
		worst = error > worst ? error : worst;
	}
	for (int i = 0; i < 1100; i++) { /* next to 1 */
		double above = 1 + ldexp(1, -52 + i / 25) * (1 + i % 25), below = 2 - above;
		long double error = fmaxl(ulps(ns_log(above), logl(above)), below > 0 ? ulps(ns_log(below), logl(below)) : 0);
		worst = error > worst ? error : worst;
	}
	for (uint64_t bits = 1; bits < 1000; bits++)
		worst = fmaxl(worst, ulps(ns_log(from_bits(bits)), logl(from_bits(bits))));
	print_message("log: at most %.3Lf ulp\n", worst);
	assert_true(worst < 0.9L);
}

static void ends_and_oddities(void **state)
{
	(void)state;
	assert_true(ns_exp(0) == 1 && ns_exp(-0.0) == 1 && ns_log(1) == 0);
	assert_true(ns_exp(INFINITY) == INFINITY && ns_exp(-INFINITY) == 0 && ns_exp(1e308) == INFINITY && ns_exp(-1e308) == 0);
	assert_true(ns_exp(0x1.62e42fefa39efp+9) < INFINITY && ns_exp(0x1.62e42fefa39f0p+9) == INFINITY);
	assert_true(ns_exp(-0x1.74910d52d3051p+9) == 0x1p-1074 && ns_exp(-0x1.74910d52d3052p+9) == 0);
	assert_true(isnan(ns_exp(NAN)) && isnan(ns_log(NAN)) && isnan(ns_log(-1)) && isnan(ns_log(-INFINITY)) && isnan(ns_log(-0x1p-1074)));
	assert_true(ns_log(0) == -INFINITY && ns_log(-0.0) == -INFINITY && ns_log(INFINITY) == INFINITY);
	assert_true(ns_exp(0x1p-1074) == 1 && ns_exp(-0x1p-60) == 1);
}

/* One number over many results: another compiler, processor or optimisation that changes a single bit changes it. */
static void bits_are_these(void **state)
{
	(void)state;
	uint64_t sum = 0;
	for (int i = 1; i < 200000; i++) {
		double results[2] = {ns_exp((i - 100000) * 0.0070001), ns_log((double)i * i * 0.00013)};
		for (int k = 0; k < 2; k++) {
			uint64_t bits;
			memcpy(&bits, &results[k], sizeof bits);
			sum = (sum ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
			sum ^= sum >> 29;
		}
	}
	assert_int_equal(sum, UINT64_C(0x91cecf80a21c5a00));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_near),
		cmocka_unit_test(log_is_near),
		cmocka_unit_test(ends_and_oddities),
		cmocka_unit_test(bits_are_these),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
