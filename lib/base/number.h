/*
 * number: decimal text <-> double, exactly, in no locale but C.
 *
 * Parsing rounds to nearest-even like a correct strtod (D. Lemire, "Number parsing at a gigabyte per
 * second", 2021); printing gives the shortest decimal that reads back as the same double (R. Giulietti,
 * "The Schubfach way to render doubles", 2020).
 */
#ifndef NS_BASE_NUMBER_H
#define NS_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads text[0..size) as a whole: an optional sign, digits with an optional point, an optional exponent
 * (1 -0.5 .5 5. +3e-7); inf, +inf, -inf, infinity in any case give infinities. Anything else (blanks, hex, nan, "", trailing
 * bytes) is false and leaves *value alone. Overflow gives an infinity, underflow 0. Text need not end in NUL.
 */
bool ns_number_parse(double *value, const char *text, size_t size);

/* The same for a whole decimal integer; false beyond int64. */
bool ns_integer_parse(int64_t *value, const char *text, size_t size);

/*
 * Writes the shortest round-trip decimal without NUL and returns its length (<= NS_NUMBER_MAX).
 * Integers below 1e17 are written in full, without point or exponent: 1, -1, 0, -0, 100; others as Python's repr: 0.1, 1e-07,
 * 1.5e+300; infinities inf and -inf; NaN writes nothing and returns 0 (a missing value is an empty field).
 */
enum { NS_NUMBER_MAX = 32 };
size_t ns_number_print(char *out, double value);

/* A whole number in full, without NUL; returns its length (<= NS_NUMBER_MAX). */
size_t ns_integer_print(char *out, int64_t value);
size_t ns_unsigned_print(char *out, uint64_t value);

/*
 * True where a text that parses as a number is nevertheless an id whose digits must survive: an integer with a
 * leading zero ("007", "-01"; not "0") or an integer beyond 2^53. Type inference makes such a column text.
 */
bool ns_number_is_code(const char *text, size_t size);

#endif
