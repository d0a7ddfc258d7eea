#include "base/instant.h"

#include <string.h>

#include "base/number.h"

enum { DAY_SECONDS = 86400, EPOCH = 719468, /* days from 0000-03-01 to 1970-01-01 */ ERA_DAYS = 146097, ERA_YEARS = 400 };

/* --- printing --- */

static size_t put_digits(char *out, uint64_t value, int digits)
{
	for (int i = digits; i-- > 0; value /= 10)
		out[i] = (char)('0' + value % 10);
	return (size_t)digits;
}

static size_t put_year(char *out, int64_t year)
{
	if (year >= 0 && year <= 9999)
		return put_digits(out, (uint64_t)year, 4);
	uint64_t magnitude = year < 0 ? 0 - (uint64_t)year : (uint64_t)year;
	*out = year < 0 ? '-' : '+';
	return 1 + (magnitude > 9999 ? ns_integer_print(out + 1, (int64_t)magnitude) : put_digits(out + 1, magnitude, 4));
}

/* H. Hinnant, "chrono-compatible low-level date algorithms": years begin in March, eras are of 400 years. */
size_t ns_date_print(char *out, int64_t days)
{
	days += EPOCH;
	int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS, day_of_era = days - era * ERA_DAYS;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t from_march = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * from_march + 2) / 5 + 1;
	int64_t month = from_march < 10 ? from_march + 3 : from_march - 9;
	size_t size = put_year(out, year_of_era + era * ERA_YEARS + (month <= 2));
	out[size++] = '-';
	size += put_digits(out + size, (uint64_t)month, 2);
	out[size++] = '-';
	return size + put_digits(out + size, (uint64_t)day, 2);
}

int64_t ns_units_per_second(enum ns_time_unit unit)
{
	static const int64_t units[] = {1, 1000, 1000000, 1000000000};
	return units[unit];
}

size_t ns_clock_print(char *out, int64_t within, enum ns_time_unit unit)
{
	uint64_t seconds = (uint64_t)(within / ns_units_per_second(unit)), fraction = (uint64_t)(within % ns_units_per_second(unit));
	size_t size = put_digits(out, seconds / 3600, 2);
	out[size++] = ':';
	size += put_digits(out + size, seconds / 60 % 60, 2);
	out[size++] = ':';
	size += put_digits(out + size, seconds % 60, 2);
	if (fraction) {
		out[size++] = '.';
		size += put_digits(out + size, fraction, 3 * (int)unit);
	}
	return size;
}

int64_t ns_days_split(int64_t *within, int64_t value, enum ns_time_unit unit)
{
	int64_t per_day = DAY_SECONDS * ns_units_per_second(unit), days = value / per_day;
	*within = value % per_day;
	if (*within < 0) {
		*within += per_day;
		days--;
	}
	return days;
}

size_t ns_instant_print(char *out, int64_t value, enum ns_time_unit unit, bool utc)
{
	int64_t within, days = ns_days_split(&within, value, unit);
	size_t size = ns_date_print(out, days);
	out[size++] = 'T';
	size += ns_clock_print(out + size, within, unit);
	if (utc)
		out[size++] = 'Z';
	return size;
}

/* --- parsing --- */

struct text {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One of these characters, which is taken; else '\0'. */
static char take(struct text *text, const char *any)
{
	bool hit = text->at < text->end && *text->at && strchr(any, *text->at);
	return hit ? *text->at++ : '\0';
}

/* A number of at least `least` and at most `most` digits (9 at the most). */
static bool take_digits(int64_t *value, struct text *text, int least, int most)
{
	int digits = 0;
	*value = 0;
	for (; digits < most && text->at < text->end && is_digit(*text->at); digits++)
		*value = *value * 10 + (*text->at++ - '0');
	return digits >= least;
}

static bool take_number(int64_t *value, struct text *text, int64_t max)
{
	return take_digits(value, text, 2, 2) && *value <= max;
}

static int64_t month_days(int64_t year, int64_t month)
{
	static const char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - (ERA_YEARS - 1)) / ERA_YEARS, year_of_era = year - era * ERA_YEARS;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - EPOCH;
}

static bool take_date(int64_t *days, struct text *text)
{
	int64_t year, month, day;
	char sign = take(text, "+-");
	bool good = take_digits(&year, text, 4, sign ? 9 : 4) && take(text, "-") && take_number(&month, text, 12) && take(text, "-") &&
		    take_number(&day, text, 31);
	year = sign == '-' ? -year : year;
	if (!good || month == 0 || day == 0 || day > month_days(year, month))
		return false;
	*days = days_from_date(year, month, day);
	return true;
}

/* Digits of a fraction: milliseconds; *cut where there is more. */
static bool take_fraction(int64_t *milliseconds, bool *cut, struct text *text)
{
	const char *from = text->at;
	int64_t unit = 100;
	for (; text->at < text->end && is_digit(*text->at); text->at++, unit /= 10) {
		*milliseconds += (*text->at - '0') * unit;
		*cut = *cut || (unit == 0 && *text->at != '0');
	}
	return text->at > from;
}

static bool take_clock(int64_t *milliseconds, bool *cut, struct text *text)
{
	int64_t hours, minutes, seconds = 0;
	if (!take_number(&hours, text, 23) || !take(text, ":") || !take_number(&minutes, text, 59))
		return false;
	bool has_seconds = take(text, ":");
	if (has_seconds && !take_number(&seconds, text, 59))
		return false;
	*milliseconds = ((hours * 60 + minutes) * 60 + seconds) * 1000;
	return !has_seconds || !take(text, ".,") || take_fraction(milliseconds, cut, text);
}

/* Z, an offset or nothing; in milliseconds. */
static bool take_zone(int64_t *offset, struct text *text)
{
	int64_t hours, minutes = 0;
	*offset = 0;
	if (take(text, "Zz"))
		return true;
	char sign = take(text, "+-");
	if (!sign)
		return true;
	if (!take_number(&hours, text, 23))
		return false;
	bool more = take(text, ":") || text->at < text->end;
	if (more && !take_number(&minutes, text, 59))
		return false;
	*offset = (hours * 60 + minutes) * (sign == '-' ? -60000 : 60000);
	return true;
}

enum ns_instant_read ns_instant_parse(int64_t *milliseconds, const char *text, size_t size)
{
	struct text left = {text, text + size};
	int64_t days, within = 0, offset = 0, value;
	bool cut = false;
	if (!take_date(&days, &left))
		return NS_INSTANT_NONE;
	if (take(&left, "Tt ") && !(take_clock(&within, &cut, &left) && take_zone(&offset, &left)))
		return NS_INSTANT_NONE;
	within -= offset;
	if (days < 0) { /* the day before may be too early where the instant is not */
		days++;
		within -= (int64_t)DAY_SECONDS * 1000;
	}
	if (left.at < left.end || __builtin_mul_overflow(days, (int64_t)DAY_SECONDS * 1000, &value) ||
		__builtin_add_overflow(value, within, &value))
		return NS_INSTANT_NONE;
	*milliseconds = value;
	return cut ? NS_INSTANT_CUT : NS_INSTANT_EXACT;
}
