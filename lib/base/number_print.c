#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/powers.h"

__extension__ typedef unsigned __int128 uint128;

enum { FRACTION = 52, BIAS = 1023 };

/* floor(log2(10^e)), floor(log10(2^e)) and floor(log10(3/4 * 2^e)) for the exponents of doubles. */
static int log2_of_ten(int e)
{
	return e * 1741647 >> 19;
}

static int log10_of_two(int e)
{
	return e * 1262611 >> 22;
}

static int log10_of_three_quarters(int e)
{
	return (e * 1262611 - 524031) >> 22;
}

/* The upper 64 bits of power * times, and whether anything was cut off in the last one. */
static uint64_t times_to_odd(struct ns_power power, uint64_t times)
{
	uint128 product = (uint128)power.high * times + (uint64_t)((uint128)power.low * times >> 64);
	return (uint64_t)(product >> 64) | ((uint64_t)product > 1);
}

/* 10^k, rounded up where it is not exact. */
static struct ns_power power_above(int k)
{
	struct ns_power power = ns_powers[k - NS_POWER_MIN];
	if (k < -27 || k > 55)
		power.high += ++power.low == 0;
	return power;
}

/* The shortest decimal that rounds to the double, of those the nearest: digits * 10^*exponent (Schubfach, section 8 and 9). */
static uint64_t shortest(int *exponent, uint64_t bits)
{
	uint64_t fraction = bits & (((uint64_t)1 << FRACTION) - 1);
	int biased = (int)(bits >> FRACTION & 0x7ff);
	uint64_t c = biased ? fraction | (uint64_t)1 << FRACTION : fraction;
	int q = (biased ? biased : 1) - BIAS - FRACTION;
	bool open = c & 1, closer = fraction == 0 && biased > 1; /* the neighbour below is only half as far */

	int k = closer ? log10_of_three_quarters(q) : log10_of_two(q);
	int h = q + log2_of_ten(-k) + 1;
	struct ns_power power = power_above(-k);
	uint64_t lower = times_to_odd(power, (4 * c - 2 + closer) << h) + open;
	uint64_t value = times_to_odd(power, 4 * c << h);
	uint64_t upper = times_to_odd(power, (4 * c + 2) << h) - open;

	uint64_t digits = value / 4;
	if (digits >= 10) { /* one digit less? */
		uint64_t tens = digits / 10;
		bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
		if (below != above) {
			*exponent = k + 1;
			return tens + above;
		}
	}
	bool below = lower <= 4 * digits, above = 4 * digits + 4 <= upper;
	*exponent = k;
	if (below != above)
		return digits + above;
	uint64_t middle = 4 * digits + 2;
	return digits + (value > middle || (value == middle && (digits & 1)));
}

static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
			    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/* From the last two digits on, in room for the longest integer. */
static size_t print_integer(char *out, uint64_t value)
{
	char text[20], *at = text + sizeof text;
	for (; value >= 100; value /= 100)
		memcpy(at -= 2, pairs + value % 100 * 2, 2);
	if (value >= 10)
		memcpy(at -= 2, pairs + value * 2, 2);
	else
		*--at = (char)('0' + value);
	size_t length = (size_t)(text + sizeof text - at);
	memcpy(out, at, length);
	return length;
}

/* d[.ddd]e+XX */
static size_t print_exponential(char *out, const char *digits, size_t length, int exponent)
{
	size_t size = 0;
	out[size++] = digits[0];
	if (length > 1) {
		out[size++] = '.';
		memcpy(out + size, digits + 1, length - 1);
		size += length - 1;
	}
	out[size++] = 'e';
	out[size++] = exponent < 0 ? '-' : '+';
	unsigned magnitude = (unsigned)(exponent < 0 ? -exponent : exponent);
	if (magnitude < 10)
		out[size++] = '0';
	return size + print_integer(out + size, magnitude);
}

/* digits with the point behind the first `whole` of them, which may be none. */
static size_t print_plain(char *out, const char *digits, size_t length, int whole)
{
	if (whole <= 0) {
		memcpy(out, "0.0000", 6);
		memcpy(out + 2 - whole, digits, length);
		return (size_t)(2 - whole) + length;
	}
	size_t before = (size_t)whole; /* less than length: a whole number has been printed as such */
	memcpy(out, digits, before);
	out[before] = '.';
	memcpy(out + before + 1, digits + before, length - before);
	return length + 1;
}

size_t ns_number_print(char *out, double value)
{
	if (isnan(value))
		return 0;
	size_t sign = signbit(value) != 0;
	out[0] = '-'; /* stays where sign is 1 */
	out += sign;
	value = fabs(value);
	if (value < 1e17 && value == (double)(uint64_t)value)
		return sign + print_integer(out, (uint64_t)value);
	if (isinf(value)) {
		memcpy(out, "inf", 3);
		return sign + 3;
	}
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	int exponent;
	uint64_t significand = shortest(&exponent, bits);
	if (significand % 100000000 == 0) { /* a short decimal: most of its zeros at once */
		significand /= 100000000;
		exponent += 8;
	}
	while (significand % 10 == 0) {
		significand /= 10;
		exponent++;
	}
	char digits[20];
	size_t length = print_integer(digits, significand);
	int whole = (int)length + exponent;
	if (whole > -4 && whole <= 16)
		return sign + print_plain(out, digits, length, whole);
	return sign + print_exponential(out, digits, length, whole - 1);
}

size_t ns_unsigned_print(char *out, uint64_t value)
{
	return print_integer(out, value);
}

size_t ns_integer_print(char *out, int64_t value)
{
	size_t sign = value < 0;
	out[0] = '-'; /* stays where sign is 1 */
	return sign + print_integer(out + sign, sign ? 0 - (uint64_t)value : (uint64_t)value);
}
