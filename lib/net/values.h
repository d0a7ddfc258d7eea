/*
 * values: a row of a table as values of the types that documents have.
 *
 *	column                             value
 *	numbers                            a whole number: integer, exact up to int64 (from CSV's digits, Arrow's integers); else real
 *	numbers by a schema's `number`     real
 *	text                               text: UTF-8 without NUL bytes, else a bad value
 *	named as dates                     date: milliseconds since 1970 of what base/instant.h reads; other text is a bad value, so are
 *	                                   fractions of a millisecond, which a date cannot hold
 *	Arrow's bool                       boolean
 *	Arrow's dates, times, binary       text, as CSV shows them
 *
 * A whole number beyond int64 is text where Arrow's type can hold it, real where --number or a schema made the column one of numbers;
 * what would lose digits in a column that only looked like numbers the reader refuses. What is missing is said by the reader's
 * rules; in dates by those for numbers.
 *
 * A bad value is NS_EDATA with line, column, value and remedy, or missing (--on-error missing; counted).
 */
#ifndef NS_NET_VALUES_H
#define NS_NET_VALUES_H

#include "table/stream.h"

enum ns_value_type { NS_IS_MISSING, NS_IS_REAL, NS_IS_INTEGER, NS_IS_TEXT, NS_IS_DATE, NS_IS_BOOLEAN };

struct ns_value {
	enum ns_value_type type;
	union {
		double real;
		int64_t integer; /* a date's milliseconds, a boolean's 0 or 1 */
	};
	struct ns_span text; /* a text's and a date's own bytes; borrowed from the batch */
};

struct ns_values;

/* Asks the reader for the columns listed. dates: names and patterns, as ns_table_select's. */
int ns_values_open(struct ns_values **out, struct ns_reader *reader, const size_t *columns, size_t count, const struct ns_texts *dates,
	const struct ns_table_options *options, struct ns_arena *arena, struct ns_err *err);
/* One value for each column listed. */
int ns_values_read(struct ns_value *out, struct ns_values *values, const struct ns_table *batch, size_t row, struct ns_err *err);
/* Bad values taken as missing; *first: why of the first, empty where there is none. */
uint64_t ns_values_made_missing(const struct ns_values *values, const char **first);

#endif
