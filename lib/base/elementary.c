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

double ns_log1p(double x)
{
	double u = 1 + x;
	if (u == 1 || u == INFINITY)
		return u == 1 ? x : u;
	return u > 0 ? ns_log(u) * (x / (u - 1)) : ns_log(u);
}

double ns_expm1(double x)
{
	double u = ns_exp(x);
	if (u == 1)
		return x;
	if (!(x > -1 && x < 1))
		return u - 1;
	return (u - 1) * (x / ns_log(u));
}

double ns_log2(double x)
{
	int exponent;
	if (!(x > 0) || x == INFINITY)
		return ns_log(x);
	double part = frexp(x, &exponent);
	if (part < 0x1.6a09e667f3bcdp-1) {
		part *= 2;
		exponent--;
	}
	return exponent + ns_log(part) * 0x1.71547652b82fep0;
}

double ns_log10(double x)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	double near = ns_log(x) * 0x1.bcb7b1526e50ep-2, whole = rint(near);
	if (fabs(whole) <= 22 && x == (whole < 0 ? 1 / tens[(int)-whole] : tens[(int)whole]))
		return whole;
	return near;
}

/* A product without loss (T. J. Dekker, "A floating-point technique for extending the available precision", 1971). */
struct pair {
	double high, low;
};

static struct pair split(double x)
{
	double scaled = x * 0x1.0000002p27, high = scaled - (scaled - x);
	return (struct pair){high, x - high};
}

static struct pair product(struct pair x, struct pair y)
{
	struct pair a = split(x.high), b = split(y.high);
	double high = x.high * y.high;
	double error = ((a.high * b.high - high) + a.high * b.low + a.low * b.high) + a.low * b.low;
	double low = error + (x.high * y.low + x.low * y.high), sum = high + low;
	return (struct pair){sum, low - (sum - high)};
}

/* x^n with twice the digits; what would be too large or too small for that is done with those there are. */
static double whole_power(double x, uint32_t n)
{
	struct pair result = {1, 0}, square = {x, 0};
	double plain = 1, plain_square = x;
	for (; n; n >>= 1) {
		if (n & 1) {
			result = product(result, square);
			plain *= plain_square;
		}
		if (n > 1) {
			square = product(square, square);
			plain_square *= plain_square;
		}
	}
	double size = fabs(plain);
	return size > 0x1p-900 && size < 0x1p900 ? result.high : plain;
}

double ns_power(double x, double y)
{
	if (isnan(x) || isnan(y))
		return NAN;
	if (y == 0.5)
		return sqrt(x);
	if (y == 2)
		return x * x;
	if (y == rint(y) && fabs(y) <= 0x1p31) {
		double power = whole_power(x, (uint32_t)fabs(y));
		if (y < 0 && isinf(power))
			return whole_power(1 / x, (uint32_t)fabs(y)); /* so small that it has few digits anyway */
		return y < 0 ? 1 / power : power;
	}
	return x == 0 && y > 0 ? 0 : ns_exp(y * ns_log(x));
}
