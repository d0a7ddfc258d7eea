#include "table/arrow_codec.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/number.h"

/* --- loads: values are 8-aligned, but a column of 3-byte values is not --- */

#define LOAD(name, type)                                                              \
	static type name(const struct ns_arrow_array *array, size_t row)              \
	{                                                                             \
		type value;                                                           \
		memcpy(&value, (const char *)array->values + row * sizeof value, sizeof value); \
		return value;                                                         \
	}
LOAD(load_int8, int8_t)
LOAD(load_int16, int16_t)
LOAD(load_int32, int32_t)
LOAD(load_int64, int64_t)
LOAD(load_uint8, uint8_t)
LOAD(load_uint16, uint16_t)
LOAD(load_uint32, uint32_t)
LOAD(load_uint64, uint64_t)
LOAD(load_float, float)
LOAD(load_double, double)

static bool load_bool(const struct ns_arrow_array *array, size_t row)
{
	return ((const uint8_t *)array->values)[row >> 3] >> (row & 7) & 1;
}

/* IEEE 754 binary16: every value is exact in a double. */
static double load_half(const struct ns_arrow_array *array, size_t row)
{
	uint16_t bits = load_uint16(array, row);
	int exponent = bits >> 10 & 31, fraction = bits & 1023;
	double value = exponent == 31 ? (fraction ? NAN : INFINITY)
		     : exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
	return bits >> 15 ? -value : value;
}

static int64_t load_signed(const struct ns_arrow_array *array, size_t row)
{
	switch (array->type.width) {
	case 8: return load_int8(array, row);
	case 16: return load_int16(array, row);
	case 32: return load_int32(array, row);
	default: return load_int64(array, row);
	}
}

static uint64_t load_unsigned(const struct ns_arrow_array *array, size_t row)
{
	switch (array->type.width) {
	case 8: return load_uint8(array, row);
	case 16: return load_uint16(array, row);
	case 32: return load_uint32(array, row);
	default: return load_uint64(array, row);
	}
}

/* --- decimals: two's complement of 32 to 256 bits, value = integer * 10^-scale --- */

enum { LIMBS = 8, DECIMAL_MAX = 192 }; /* 78 digits and up to 76 zeroes either side */

/* The magnitude's decimal digits without leading zeroes ("0" for zero); true where the value is negative. */
static bool decimal_digits(char *digits, size_t *count, const struct ns_arrow_array *array, size_t row)
{
	uint32_t limbs[LIMBS];
	size_t used = (size_t)array->type.width / 32;
	memcpy(limbs, (const char *)array->values + row * used * 4, used * 4);
	bool negative = limbs[used - 1] >> 31;
	for (size_t i = 0, carry = 1; negative && i < used; i++) {
		limbs[i] = (uint32_t)(~limbs[i] + carry);
		carry = carry && limbs[i] == 0;
	}
	char reversed[81];
	size_t n = 0;
	for (bool more = true; more;) {
		uint64_t rest = 0;
		more = false;
		for (size_t i = used; i-- > 0;) {
			rest = rest << 32 | limbs[i];
			limbs[i] = (uint32_t)(rest / 1000000000);
			rest %= 1000000000;
			more |= limbs[i] != 0;
		}
		for (int i = 0; i < 9; i++, rest /= 10)
			reversed[n++] = (char)('0' + rest % 10);
	}
	while (n > 1 && reversed[n - 1] == '0')
		n--;
	for (size_t i = 0; i < n; i++)
		digits[i] = reversed[n - 1 - i];
	*count = n;
	return negative;
}

static size_t print_decimal(char *out, const struct ns_arrow_array *array, size_t row)
{
	char digits[81];
	size_t count, size = 0;
	if (decimal_digits(digits, &count, array, row))
		out[size++] = '-';
	size_t point = array->type.scale > 0 ? (size_t)array->type.scale : 0; /* digits behind the point */
	if (count > point) {
		memcpy(out + size, digits, count - point);
		size += count - point;
	} else {
		out[size++] = '0';
	}
	if (point) {
		out[size++] = '.';
		size_t shown = count < point ? count : point;
		memset(out + size, '0', point - shown);
		memcpy(out + size + point - shown, digits + count - shown, shown);
		size += point;
	}
	if (array->type.scale < 0 && !(count == 1 && digits[0] == '0')) {
		memset(out + size, '0', (size_t)-array->type.scale);
		size += (size_t)-array->type.scale;
	}
	return size;
}

static double decimal_number(const struct ns_arrow_array *array, size_t row)
{
	char text[DECIMAL_MAX];
	double value = NAN;
	ns_number_parse(&value, text, print_decimal(text, array, row));
	return value;
}

/* --- as numbers --- */

#define EACH(expression)                           \
	do {                                       \
		for (size_t i = 0; i < rows; i++)  \
			out[i] = (double)(expression); \
	} while (0)

static void int_numbers(double *out, const struct ns_arrow_array *array)
{
	size_t rows = array->rows;
	switch (array->type.is_signed ? array->type.width : -array->type.width) {
	case 8: EACH(load_int8(array, i)); break;
	case 16: EACH(load_int16(array, i)); break;
	case 32: EACH(load_int32(array, i)); break;
	case 64: EACH(load_int64(array, i)); break;
	case -8: EACH(load_uint8(array, i)); break;
	case -16: EACH(load_uint16(array, i)); break;
	case -32: EACH(load_uint32(array, i)); break;
	default: EACH(load_uint64(array, i)); break;
	}
}

bool ns_arrow_numbers(double *out, const struct ns_arrow_array *array)
{
	size_t rows = array->rows;
	switch (array->type.id) {
	case NS_ARROW_NULL: EACH(NAN); return true;
	case NS_ARROW_BOOL: EACH(load_bool(array, i)); break;
	case NS_ARROW_DECIMAL: EACH(decimal_number(array, i)); break;
	case NS_ARROW_FLOAT:
		if (array->type.width == 64)
			EACH(load_double(array, i));
		else if (array->type.width == 32)
			EACH(load_float(array, i));
		else
			EACH(load_half(array, i));
		break;
	case NS_ARROW_INT:
	case NS_ARROW_DATE:
	case NS_ARROW_TIME:
	case NS_ARROW_TIMESTAMP:
	case NS_ARROW_DURATION: int_numbers(out, array); break;
	default: return false;
	}
	if (array->validity)
		for (size_t i = 0; i < rows; i++)
			out[i] = array->validity[i >> 3] >> (i & 7) & 1 ? out[i] : NAN; /* without a branch */
	return true;
}

/* --- as text --- */

/* True where the decimal reads back as this float16: it lies within half the way to the neighbour. */
static bool is_same_half(double read, double value)
{
	int exponent;
	double fraction = frexp(fabs(value), &exponent); /* [0.5, 1) */
	int narrower = fraction == 0.5 && fabs(read) < fabs(value);
	return fabs(read - value) < ldexp(1, exponent - 12 - narrower > -25 ? exponent - 12 - narrower : -25);
}

/* The shortest decimal that reads back as the same float32 or float16; whole numbers keep all their digits. */
static size_t print_narrow(char *out, double value, bool is_half)
{
	char text[NS_NUMBER_MAX];
	bool subnormal = fabs(value) < (is_half ? 0x1p-14 : 0x1p-126), whole = value == trunc(value) && fabs(value) < 1e17;
	for (int digits = subnormal ? 1 : is_half ? 3 : 6; isfinite(value) && !whole && digits < (is_half ? 5 : 9); digits++) {
		double read = value;
		int size = snprintf(text, sizeof text, "%.*e", digits - 1, value);
		ns_number_parse(&read, text, (size_t)size);
		if (is_half ? is_same_half(read, value) : (float)read == (float)value)
			return ns_number_print(out, read);
	}
	return ns_number_print(out, value);
}

/* date32 counts days, date64 milliseconds of whole days; one that is not whole is shown in full. */
static size_t print_date(char *out, const struct ns_arrow_array *array, size_t row)
{
	if (array->type.unit == 0)
		return ns_date_print(out, load_int32(array, row));
	int64_t within, value = load_int64(array, row), days = ns_days_split(&within, value, NS_MILLISECONDS);
	return within ? ns_instant_print(out, value, NS_MILLISECONDS, false) : ns_date_print(out, days);
}

/* A time outside the day it should be in is shown as its count. */
static size_t print_time(char *out, const struct ns_arrow_array *array, size_t row)
{
	int64_t value = load_signed(array, row);
	enum ns_time_unit unit = (enum ns_time_unit)array->type.unit;
	if (value < 0 || value >= 86400 * ns_units_per_second(unit))
		return ns_integer_print(out, value);
	return ns_clock_print(out, value, unit);
}

static int print_hex(struct ns_buffer *out, const char *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	if (size > SIZE_MAX / 2 || ns_buffer_reserve(out, 2 * size))
		return -1;
	for (size_t i = 0; i < size; i++) {
		out->data[out->size++] = digits[(unsigned char)bytes[i] >> 4];
		out->data[out->size++] = digits[(unsigned char)bytes[i] & 15];
	}
	return 0;
}

int ns_arrow_print(struct ns_buffer *out, const struct ns_arrow_array *array, size_t row)
{
	char text[DECIMAL_MAX];
	size_t size = 0;
	if (ns_arrow_is_null(array, row))
		return 0;
	if (ns_arrow_offset_size(&array->type)) {
		int64_t from = ns_arrow_offset(array, row), to = ns_arrow_offset(array, row + 1);
		const char *bytes = array->data + from;
		return ns_arrow_is_text(&array->type) ? ns_buffer_append(out, bytes, (size_t)(to - from)) : print_hex(out, bytes, (size_t)(to - from));
	}
	switch (array->type.id) {
	case NS_ARROW_FIXED_BINARY:
		return print_hex(out, (const char *)array->values + row * (size_t)array->type.width, (size_t)array->type.width);
	case NS_ARROW_BOOL: return load_bool(array, row) ? ns_buffer_append(out, "true", 4) : ns_buffer_append(out, "false", 5);
	case NS_ARROW_FLOAT:
		size = array->type.width == 64 ? ns_number_print(text, load_double(array, row))
		     : array->type.width == 32 ? print_narrow(text, load_float(array, row), false) : print_narrow(text, load_half(array, row), true);
		break;
	case NS_ARROW_DECIMAL: size = print_decimal(text, array, row); break;
	case NS_ARROW_DATE: size = print_date(text, array, row); break;
	case NS_ARROW_TIME: size = print_time(text, array, row); break;
	case NS_ARROW_TIMESTAMP:
		size = ns_instant_print(text, load_int64(array, row), (enum ns_time_unit)array->type.unit, array->type.timezone);
		break;
	default: /* ints, durations */
		size = array->type.is_signed ? ns_integer_print(text, load_signed(array, row)) : ns_unsigned_print(text, load_unsigned(array, row));
	}
	return ns_buffer_append(out, text, size);
}
