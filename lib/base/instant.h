/*
 * instant: dates and points in time as text (ISO 8601), in the proleptic Gregorian calendar, UTC, without leap seconds.
 *
 * Counts are of days or of units since 1970-01-01T00:00:00Z. Years outside 0 to 9999 are written in ISO 8601's expanded form, with a
 * sign: +10000-01-01, -0001-12-31.
 */
#ifndef NS_BASE_INSTANT_H
#define NS_BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Three more digits each; numbered as Arrow's TimeUnit. */
enum ns_time_unit { NS_SECONDS, NS_MILLISECONDS, NS_MICROSECONDS, NS_NANOSECONDS };

enum { NS_INSTANT_MAX = 48 }; /* bytes of any of these texts */

/* All print without NUL and return the length. */
size_t ns_date_print(char *out, int64_t days); /* 2024-01-31; |days| below 2^62 */
/* Of a day's units: 10:00:00, or 10:00:00.000001 with all digits of the unit where there is a fraction. */
size_t ns_clock_print(char *out, int64_t within, enum ns_time_unit unit);
size_t ns_instant_print(char *out, int64_t value, enum ns_time_unit unit, bool utc); /* 2024-01-31T10:00:00, with a Z where utc */

int64_t ns_units_per_second(enum ns_time_unit unit);
/* The whole days in a count of units, and what is left of the last one (>= 0). */
int64_t ns_days_split(int64_t *within, int64_t value, enum ns_time_unit unit);

enum ns_instant_read {
	NS_INSTANT_NONE = 0, /* not such a text: the result is left alone */
	NS_INSTANT_EXACT,
	NS_INSTANT_CUT,      /* it has digits other than 0 beyond the milliseconds, which were cut off */
};
/*
 * text[0..size) as a whole to milliseconds: 2024-01-31, 2024-01-31T12:34, 2024-01-31T12:34:56[.fraction], the last two with Z or an
 * offset (+02:00, +0200, +02) or neither, which is UTC; a blank or a lower-case t may stand in place of T, z for Z, a comma for the
 * point. Expanded years as above. Days and hours that do not exist are no such text, nor are leap seconds and 24:00.
 */
enum ns_instant_read ns_instant_parse(int64_t *milliseconds, const char *text, size_t size);

#endif
