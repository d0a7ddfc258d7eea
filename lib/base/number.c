#include "base/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/powers.h"

__extension__ typedef unsigned __int128 uint128;

enum {
	EXACT_DIGITS = 19,     /* so many digits always fit into 64 bits */
	DECISIVE_DIGITS = 768, /* no double and no middle between two has more significant digits (767) */
	FRACTION = 52,
	BIAS = 1023,
};

/* No text is long enough for its digits to bring such an exponent back into the range of doubles. */
#define EXPONENT_BEYOND (INT64_C(1) << 53)

/* A decimal as it stands in the text: digits, with or without a point among them, times 10^exponent. */
struct decimal {
	const char *digits, *end; /* of the mantissa, the point included */
	uint64_t significand;     /* modulo 2^64 */
	size_t count;             /* digits, leading zeros included */
	int64_t exponent;         /* of the significand's last digit */
};

static inline unsigned digit(char c)
{
	return (unsigned)(unsigned char)c - '0'; /* above 9: none */
}

/* '+' is 43, '-' is 45: one test without a branch. */
static inline bool is_sign(char c)
{
	return (((unsigned char)c - 43u) & ~2u) == 0;
}

static double with_sign(uint64_t bits, bool negative)
{
	double value;
	bits |= (uint64_t)negative << 63;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* [+-]digits behind the 'e'; far beyond every double it stays at EXPONENT_BEYOND. */
static bool read_exponent(int64_t *exponent, const char *at, const char *end)
{
	if (at == end)
		return false;
	bool negative = *at == '-';
	at += is_sign(*at);
	if (at == end)
		return false;
	int64_t magnitude = 0;
	for (; at < end; at++) {
		if (digit(*at) > 9)
			return false;
		if (magnitude < EXPONENT_BEYOND)
			magnitude = magnitude * 10 + digit(*at);
	}
	*exponent += negative ? -magnitude : magnitude;
	return true;
}

/* The general form, from the first byte behind the sign. */
static bool read_decimal(struct decimal *decimal, const char *at, const char *end)
{
	uint64_t significand = 0;
	const char *start = at, *point = NULL;
	for (; at < end && digit(*at) <= 9; at++)
		significand = significand * 10 + digit(*at);
	if (at < end && *at == '.') {
		point = at++;
		for (; at < end && digit(*at) <= 9; at++)
			significand = significand * 10 + digit(*at);
	}
	*decimal = (struct decimal){start, at, significand, (size_t)(at - start) - (point != NULL), point ? point + 1 - at : 0};
	if (decimal->count == 0)
		return false;
	if (at == end)
		return true;
	return (*at == 'e' || *at == 'E') && read_exponent(&decimal->exponent, at + 1, end);
}

static bool read_infinity(double *value, const char *text, size_t size, bool negative)
{
	static const char word[] = "infinity";
	if (size != 3 && size != 8)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((text[i] | 0x20) != word[i])
			return false;
	*value = negative ? -INFINITY : INFINITY;
	return true;
}

/*
 * The bits of significand * 10^exponent, rounded to nearest-even, for an exact significand (Eisel-Lemire). The product of the
 * significand with the power's 128 bits, cut off, always decides: Mushtak & Lemire's proof.
 */
static uint64_t nearest_bits(uint64_t significand, int64_t exponent)
{
	const uint64_t infinite = (uint64_t)0x7ff << FRACTION;
	if (significand == 0 || exponent < NS_POWER_MIN)
		return 0;
	if (exponent > 308)
		return infinite;
	int zeros = __builtin_clzll(significand);
	significand <<= zeros;
	const struct ns_power *power = &ns_powers[exponent - NS_POWER_MIN];
	uint128 product = (uint128)significand * power->high;
	if (((uint64_t)(product >> 64) & 0x1ff) == 0x1ff) /* the bits below the rounding bit are all ones: more are needed */
		product += (uint64_t)((uint128)significand * power->low >> 64);
	uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
	int top = (int)(high >> 63), shift = top + 64 - FRACTION - 3;
	uint64_t mantissa = high >> shift; /* 54 bits: one more than the result, for rounding */
	int binary = (int)((152170 + 65536) * exponent >> 16) + 63 + top - zeros + BIAS;
	if (binary <= 0) { /* subnormal, or the least normal number after rounding */
		if (binary <= -63)
			return 0;
		mantissa >>= 1 - binary;
		return (mantissa + (mantissa & 1)) >> 1;
	}
	if (low <= 1 && exponent >= -4 && exponent <= 23 && (mantissa & 3) == 1 && mantissa << shift == high)
		mantissa &= ~(uint64_t)1; /* exactly in the middle: to even, that is down */
	mantissa = (mantissa + (mantissa & 1)) >> 1;
	if (mantissa >> (FRACTION + 1)) {
		mantissa >>= 1;
		binary++;
	}
	if (binary >= 0x7ff)
		return infinite;
	return (uint64_t)binary << FRACTION | (mantissa & (((uint64_t)1 << FRACTION) - 1));
}

/*
 * More digits than Eisel-Lemire can decide: the C library's strtod on a copy without point, so that no locale matters, cut behind
 * the digits that can decide, with a 1 for what was cut.
 */
static double nearest_slowly(const struct decimal *decimal)
{
	char copy[DECISIVE_DIGITS + 32];
	size_t size = 0;
	int64_t exponent = decimal->exponent;
	bool rest = false;
	for (const char *at = decimal->digits; at < decimal->end; at++) {
		if (*at == '.' || (size == 0 && *at == '0'))
			continue;
		if (size < DECISIVE_DIGITS) {
			copy[size++] = *at;
		} else {
			exponent++;
			rest |= *at != '0';
		}
	}
	if (rest) {
		copy[size++] = '1';
		exponent--;
	}
	copy[size++] = 'e';
	if (exponent < 0) {
		copy[size++] = '-';
		exponent = -exponent;
	}
	char reversed[20];
	size_t length = 0;
	do
		reversed[length++] = (char)('0' + exponent % 10);
	while (exponent /= 10);
	while (length)
		copy[size++] = reversed[--length];
	copy[size] = '\0';
	return strtod(copy, NULL);
}

/* The first 19 significant digits, and the exponent that goes with them; true where digits were left out. */
static bool keep_exact_digits(struct decimal *decimal)
{
	const char *at = decimal->digits;
	while (at < decimal->end && (*at == '0' || *at == '.')) {
		decimal->count -= *at == '0';
		at++;
	}
	if (decimal->count <= EXACT_DIGITS)
		return false; /* leading zeros only: the significand never passed 2^64 */
	uint64_t significand = 0;
	for (size_t count = 0; count < EXACT_DIGITS; at++) {
		if (*at == '.')
			continue;
		significand = significand * 10 + digit(*at);
		count++;
	}
	decimal->significand = significand;
	return true;
}

static double nearest(struct decimal *decimal, bool negative)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	if (decimal->count > EXACT_DIGITS && keep_exact_digits(decimal)) {
		int64_t exponent = decimal->exponent + (int64_t)(decimal->count - EXACT_DIGITS);
		uint64_t below = nearest_bits(decimal->significand, exponent);
		if (below == nearest_bits(decimal->significand + 1, exponent))
			return with_sign(below, negative);
		double value = nearest_slowly(decimal);
		return negative ? -value : value;
	}
	int64_t exponent = decimal->exponent;
	if (exponent >= -22 && exponent <= 22 && decimal->significand <= (uint64_t)1 << 53) { /* both exact, so one rounding (Clinger) */
		double value = (double)decimal->significand;
		value = exponent < 0 ? value / tens[-exponent] : value * tens[exponent];
		return negative ? -value : value;
	}
	return with_sign(nearest_bits(decimal->significand, exponent), negative);
}

bool ns_number_parse(double *value, const char *text, size_t size)
{
	if (size == 0)
		return false;
	const char *at = text, *end = text + size;
	bool negative = *at == '-';
	at += is_sign(*at);
	const char *start = at;
	uint64_t whole = 0;
	for (; at < end && digit(*at) <= 9; at++)
		whole = whole * 10 + digit(*at);
	if (at == end && at > start && at - start <= 15) { /* a short integer: what most tables are made of */
		double magnitude = (double)(int64_t)whole;
		uint64_t bits;
		memcpy(&bits, &magnitude, sizeof bits);
		*value = with_sign(bits, negative); /* no branch: signs come in no order */
		return true;
	}
	struct decimal decimal;
	if (!read_decimal(&decimal, start, end))
		return read_infinity(value, start, (size_t)(end - start), negative);
	*value = nearest(&decimal, negative);
	return true;
}

bool ns_integer_parse(int64_t *value, const char *text, size_t size)
{
	const char *at = text, *end = text + size;
	bool negative = size && *at == '-';
	at += size && is_sign(*at);
	if (at == end)
		return false;
	int64_t sum = 0; /* negative, since int64 reaches further down */
	for (; at < end; at++)
		if (digit(*at) > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_sub_overflow(sum, (int64_t)digit(*at), &sum))
			return false;
	if (!negative && sum == INT64_MIN)
		return false;
	*value = negative ? sum : -sum;
	return true;
}

bool ns_number_is_code(const char *text, size_t size)
{
	size_t start = size && is_sign(*text);
	for (size_t i = start; i < size; i++)
		if (digit(text[i]) > 9)
			return false;
	if (size - start < 2)
		return false;
	int64_t value;
	return text[start] == '0' || !ns_integer_parse(&value, text, size) || value > INT64_C(1) << 53 || value < -(INT64_C(1) << 53);
}
