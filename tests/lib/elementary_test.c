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

static void mix(uint64_t *sum, double result)
{
	uint64_t bits;
	memcpy(&bits, &result, sizeof bits);
	*sum = (*sum ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
	*sum ^= *sum >> 29;
}

/* One number over many results: another compiler, processor or optimisation that changes a single bit changes it. */
static void bits_are_these(void **state)
{
	(void)state;
	uint64_t sum = 0;
	for (int i = 1; i < 200000; i++) {
		double results[2] = {ns_exp((i - 100000) * 0.0070001), ns_log((double)i * i * 0.00013)};
		for (int k = 0; k < 2; k++)
			mix(&sum, results[k]);
	}
	assert_int_equal(sum, UINT64_C(0x91cecf80a21c5a00));
	sum = 0;
	for (int i = 1; i < 100000; i++) {
		mix(&sum, ns_log1p(i * 0.00071 - 0.9));
		mix(&sum, ns_expm1(i * 0.00071 - 35));
		mix(&sum, ns_log2(i * 0.13));
		mix(&sum, ns_log10(i * 0.13));
		mix(&sum, ns_power(i * 0.013, i % 37 - 18));
		mix(&sum, ns_power(i * 0.013, i % 37 * 0.27));
	}
	assert_int_equal(sum, UINT64_C(0xa45e75697e1bd148));
}

/* The worst over numbers of every size and sign. */
static long double worst_of(double (*ours)(double x), long double (*truth)(long double x), double least, double most)
{
	long double worst = 0;
	for (int i = 0; i < 1000000; i++) {
		double x = ldexp(1 + i % 9973 / 9973.0, i % 1100 - 1060) * (i % 2 ? -1 : 1);
		if (x > least && x < most)
			worst = fmaxl(worst, ulps(ours(x), truth(x)));
	}
	for (int i = -400000; i < 400000; i++) {
		double x = i * 2.50000003e-5;
		if (x > least && x < most)
			worst = fmaxl(worst, ulps(ours(x), truth(x)));
	}
	return worst;
}

static void those_made_of_them_are_near(void **state)
{
	(void)state;
	long double worst[] = {worst_of(ns_log1p, log1pl, -1, 1e300), worst_of(ns_expm1, expm1l, -745, 709), worst_of(ns_log2, log2l, 0, 1e300),
		worst_of(ns_log10, log10l, 0, 1e300)};
	print_message("log1p, expm1, log2, log10: at most %.3Lf, %.3Lf, %.3Lf, %.3Lf ulp\n", worst[0], worst[1], worst[2], worst[3]);
	for (int i = 0; i < 4; i++)
		assert_true(worst[i] < 3);
	assert_true(ns_log1p(0) == 0 && ns_log1p(-1) == -INFINITY && ns_log1p(INFINITY) == INFINITY && isnan(ns_log1p(-2)) && isnan(ns_log1p(NAN)));
	assert_true(ns_expm1(0) == 0 && ns_expm1(-INFINITY) == -1 && ns_expm1(INFINITY) == INFINITY && ns_expm1(-800) == -1 && isnan(ns_expm1(NAN)));
	assert_true(ns_log2(0) == -INFINITY && ns_log10(0) == -INFINITY && isnan(ns_log2(-1)) && isnan(ns_log10(-1)) && isnan(ns_log2(NAN)) &&
		isnan(ns_log10(NAN)) && ns_log2(INFINITY) == INFINITY && ns_log10(INFINITY) == INFINITY);
	for (int i = -1074; i < 1024; i++)
		assert_true(ns_log2(ldexp(1, i)) == i);
	double ten = 1;
	for (int i = 0; i <= 22; i++, ten *= 10)
		assert_true(ns_log10(ten) == i && ns_log10(1 / ten) == -i && ns_power(10, i) == ten && ns_power(10, -i) == 1 / ten);
}

static void powers_are_near(void **state)
{
	(void)state;
	long double whole = 0, other = 0;
	for (int i = 1; i < 300000; i++) {
		double x = (i % 2 ? -1 : 1) * (0.001 * i + 1e-3), y = i % 401 - 200, fraction = i % 997 / 31.0;
		long double truth = powl(x, y), root = powl(fabs(x), fraction);
		if (fabsl(truth) > 0x1p-890L && fabsl(truth) < 0x1p890L)
			whole = fmaxl(whole, ulps(ns_power(x, y), truth));
		other = fmaxl(other, fabsl(ns_power(fabs(x), fraction) - root) / root);
	}
	print_message("power: at most %.3Lf ulp where y is whole, else %.2Lg of the value\n", whole, other);
	assert_true(whole < 1.6L && other < 1e-13L);
	assert_true(fabs(ns_power(1.000001, 1e6) / 2.718280469095753 - 1) < 3e-16);
	assert_true(ns_power(2, 1023) == 0x1p1023 && ns_power(2, -1074) == 0x1p-1074 && ns_power(2, 1024) == INFINITY && ns_power(-2, 3) == -8);
	assert_true(ns_power(0, 0) == 1 && ns_power(0, 2.5) == 0 && ns_power(0, -1) == INFINITY && ns_power(9, 0.5) == 3 && ns_power(-1, 0x1p31) == 1);
	assert_true(isnan(ns_power(-8, 1.0 / 3)) && isnan(ns_power(NAN, 0)) && isnan(ns_power(1, NAN)) && isnan(ns_power(-1, 0x1p32)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exp_is_near),
		cmocka_unit_test(log_is_near),
		cmocka_unit_test(ends_and_oddities),
		cmocka_unit_test(bits_are_these),
		cmocka_unit_test(those_made_of_them_are_near),
		cmocka_unit_test(powers_are_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
