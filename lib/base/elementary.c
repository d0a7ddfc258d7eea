#include "base/elementary.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* log 2 in two parts: the first has 32 trailing zero bits, so that its product with an exponent is exact. */
static const double LOG2_HIGH = 0x1.62e42fee00000p-1, LOG2_LOW = 0x1.a39ef35793c76p-33;

static double power_of_two(int exponent)
{
	uint64_t bits = (uint64_t)(exponent + 1023) << 52;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* The series of e^r without its first two terms, divided by r*r; |r| < 0.35. Pairs are summed apart, for the processor's sake. */
static double exp_rest(double r)
{
	double r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
	double low = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
	double middle = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
	double high = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
	return low + r4 * middle + r8 * high;
}

double ns_exp(double x)
{
	if (!(x > -745.2)) /* also for NaN */
		return x < 0 ? 0 : x;
	if (x > 709.8)
		return INFINITY;
	double n = (x * 0x1.71547652b82fep0 + 0x1.8p52) - 0x1.8p52; /* x / log 2, rounded to an integer */
	double high = x - n * LOG2_HIGH, low = n * LOG2_LOW;
	double r = high - low, error = (high - r) - low;
	double sum = 1 + r, lost = r - (sum - 1);
	double y = sum + (lost + (error + r * r * exp_rest(r)));
	int half = (int)n / 2; /* 2^n itself may be too large or too small for a double */
	return y * power_of_two(half) * power_of_two((int)n - half);
}

/* The series of (log((1 + s) / (1 - s)) - 2s) / s; s < 0.172, z = s*s. */
static double log_rest(double z)
{
	double z2 = z * z, z4 = z2 * z2;
	double low = (2.0 / 3 + z * (2.0 / 5)) + z2 * (2.0 / 7 + z * (2.0 / 9));
	double middle = (2.0 / 11 + z * (2.0 / 13)) + z2 * (2.0 / 15 + z * (2.0 / 17));
	double high = (2.0 / 19 + z * (2.0 / 21)) + z2 * (2.0 / 23);
	return z * (low + z4 * middle + z4 * z4 * high);
}

double ns_log(double x)
{
	if (x == 0)
		return -INFINITY;
	if (!(x > 0) || x == INFINITY)
		return x > 0 ? INFINITY : NAN;
	int exponent = 0;
	if (x < 0x1p-1022) {
		x *= 0x1p54;
		exponent = -54;
	}
	uint64_t bits;
	memcpy(&bits, &x, sizeof bits);
	bits += UINT64_C(0x3ff0000000000000) - UINT64_C(0x3fe6a09e667f3bcd); /* so that the exponent counts from sqrt(1/2) */
	exponent += (int)(bits >> 52) - 1023;
	bits = (bits & UINT64_C(0x000fffffffffffff)) + UINT64_C(0x3fe6a09e667f3bcd);
	memcpy(&x, &bits, sizeof x); /* in [sqrt(1/2), sqrt(2)) */
	double f = x - 1, s = f / (2 + f), half = 0.5 * f * f;
	double high = exponent * LOG2_HIGH, sum = high + f, lost = (high - sum) + f;
	return sum + (lost + (exponent * LOG2_LOW - (half - s * (half + log_rest(s * s)))));
}
