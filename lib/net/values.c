#include "net/values.h"

#include <math.h>
#include <string.h>

#include "base/instant.h"
#include "base/number.h"
#include "base/utf8.h"
#include "table/arrow.h"
#include "table/schema.h"

/* Above it not every whole number is a double. */
#define EXACT 9007199254740992.0 /* 2^53 */

enum kind { NUMBERS, REALS, TEXTS, DATES, BOOLEANS };

struct source_column {
	size_t at; /* in the table */
	enum kind kind;
	bool wide;     /* Arrow's integers and decimals: their digits are their own */
};

struct ns_values {
	struct ns_reader *reader;
	struct source_column *columns;
	size_t count;
	bool lenient;
	uint64_t made_missing;
	struct ns_err first;
};

/* --- the columns --- */

static bool arrow_is(const struct ns_column *column, enum ns_arrow_id id)
{
	return column->array && column->array->type.id == id;
}

/* Before the reader is asked for the column, which decides its type. */
static void choose(struct source_column *own, const struct ns_column *column, const struct ns_schema *schema, bool is_date)
{
	const struct ns_schema_column *known = schema ? ns_schema_find(schema, column->name) : NULL;
	own->wide = arrow_is(column, NS_ARROW_INT) || arrow_is(column, NS_ARROW_DECIMAL);
	if (is_date)
		own->kind = DATES;
	else if (column->type == NS_TEXT)
		own->kind = TEXTS;
	else if (arrow_is(column, NS_ARROW_BOOL))
		own->kind = BOOLEANS;
	else
		own->kind = column->type == NS_NUMBER && known && known->type == NS_NUMBER && !known->integer ? REALS : NUMBERS;
}

static int ask(struct ns_values *values, size_t i, struct ns_err *err)
{
	struct source_column *own = &values->columns[i];
	if (own->kind == BOOLEANS)
		return NS_OK;
	NS_TRY(ns_reader_want(values->reader, own->at, own->kind == DATES ? NS_TEXT : NS_UNDECIDED, err));
	if (own->kind == NUMBERS && ns_reader_header(values->reader)->columns[own->at].type == NS_TEXT)
		own->kind = TEXTS;
	return NS_OK;
}

int ns_values_open(struct ns_values **out, struct ns_reader *reader, const size_t *columns, size_t count, const struct ns_texts *dates,
	const struct ns_table_options *options, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	bool *is_date = NS_NEW_ARRAY(arena, bool, header->width);
	struct ns_values *values = *out = NS_NEW(arena, struct ns_values);
	*values = (struct ns_values){.reader = reader, .count = count, .lenient = options->on_error == NS_ON_ERROR_MISSING};
	values->columns = NS_NEW_ARRAY(arena, struct source_column, count);
	NS_TRY(ns_table_select(is_date, header, dates->items, dates->count, err));
	for (size_t i = 0; i < count; i++) {
		values->columns[i].at = columns[i];
		choose(&values->columns[i], &header->columns[columns[i]], ns_reader_schema(reader), is_date[columns[i]]);
	}
	for (size_t i = 0; i < count; i++) /* what is told first: the others' types may have to be inferred */
		if (values->columns[i].kind == DATES)
			NS_TRY(ask(values, i, err));
	for (size_t i = 0; i < count; i++)
		if (values->columns[i].kind != DATES)
			NS_TRY(ask(values, i, err));
	return NS_OK;
}

uint64_t ns_values_made_missing(const struct ns_values *values, const char **first)
{
	*first = values->first.text;
	return values->made_missing;
}

/* --- a value --- */

/* What a message about a value needs. */
struct place {
	struct ns_values *values;
	const struct ns_table *batch;
	const struct ns_column *column;
	size_t row;
};

static int bad_value(struct ns_value *out, const struct place *place, struct ns_span text, const char *what, struct ns_err *err)
{
	enum { SHOWN = 80 };
	struct ns_values *values = place->values;
	struct ns_err why;
	ns_fail(&why, NS_EDATA, "%s: column '%s': '%.*s%s' %s",
		ns_table_where(place->batch, place->row, ns_reader_batch_arena(values->reader)), place->column->name,
		text.size > SHOWN ? SHOWN : (int)text.size, text.data, text.size > SHOWN ? "..." : "", what);
	if (!values->lenient) {
		*err = why;
		return NS_EDATA;
	}
	if (values->made_missing++ == 0)
		values->first = why;
	out->type = NS_IS_MISSING;
	return NS_OK;
}

static struct ns_span trimmed(struct ns_span text)
{
	for (; text.size && ns_is_blank(text.data[0]); text.size--)
		text.data++;
	while (text.size && ns_is_blank(text.data[text.size - 1]))
		text.size--;
	return text;
}

static bool is_date_missing(const struct place *place)
{
	double number;
	struct ns_span text;
	return ns_reader_value(&number, &text, place->values->reader, place->column, place->row) == NS_VALUE_MISSING;
}

static int read_date(struct ns_value *out, const struct place *place, struct ns_err *err)
{
	struct ns_span text = ns_column_text(place->column, place->row), middle = trimmed(text);
	out->type = NS_IS_MISSING;
	if (!text.data || is_date_missing(place))
		return NS_OK;
	*out = (struct ns_value){.type = NS_IS_DATE, .text = text};
	switch (ns_instant_parse(&out->integer, middle.data, middle.size)) {
	case NS_INSTANT_EXACT:
		return NS_OK;
	case NS_INSTANT_CUT:
		return bad_value(out, place, text, "has fractions of a millisecond, which a date of the database cannot hold", err);
	default:
		return bad_value(out, place, text, "is not a date such as 2024-01-31 or 2024-01-31T12:34:56.789Z", err);
	}
}

static int read_text(struct ns_value *out, const struct place *place, struct ns_err *err)
{
	struct ns_span text = ns_column_text(place->column, place->row);
	*out = (struct ns_value){.type = text.data ? NS_IS_TEXT : NS_IS_MISSING, .text = text};
	if (!text.data)
		return NS_OK;
	if (!ns_utf8_valid(text.data, text.size))
		return bad_value(out, place, text, "is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)", err);
	if (memchr(text.data, '\0', text.size))
		return bad_value(out, place, text, "holds a NUL byte, which no document's text may", err);
	return NS_OK;
}

static bool is_digits(struct ns_span text)
{
	size_t sign = text.size && (text.data[0] == '-' || text.data[0] == '+');
	for (size_t i = sign; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.size > sign;
}

/* A whole number that a double may not hold exactly. */
static void read_large(struct ns_value *out, const struct place *place, const struct source_column *own)
{
	double number;
	struct ns_span text;
	ns_reader_value(&number, &text, place->values->reader, place->column, place->row);
	if (!is_digits(text))
		return;
	if (ns_integer_parse(&out->integer, text.data, text.size))
		out->type = NS_IS_INTEGER;
	else if (own->wide)
		*out = (struct ns_value){.type = NS_IS_TEXT, .text = text};
}

static void read_number(struct ns_value *out, const struct place *place, const struct source_column *own)
{
	double number = place->column->numbers[place->row];
	out->type = isnan(number) ? NS_IS_MISSING : NS_IS_REAL;
	out->real = number;
	if (isnan(number) || isinf(number) || own->kind == REALS)
		return;
	if (fabs(number) >= EXACT) {
		read_large(out, place, own);
		return;
	}
	int64_t whole = (int64_t)number;
	if ((double)whole == number && !(whole == 0 && signbit(number))) {
		out->type = NS_IS_INTEGER;
		out->integer = whole;
	}
}

static void read_boolean(struct ns_value *out, const struct ns_column *column, size_t row)
{
	const uint8_t *bits = column->array->values;
	bool missing = ns_arrow_is_null(column->array, row);
	*out = (struct ns_value){.type = missing ? NS_IS_MISSING : NS_IS_BOOLEAN};
	if (!missing)
		out->integer = bits[row >> 3] >> (row & 7) & 1;
}

int ns_values_read(struct ns_value *out, struct ns_values *values, const struct ns_table *batch, size_t row, struct ns_err *err)
{
	for (size_t i = 0; i < values->count; i++) {
		const struct source_column *own = &values->columns[i];
		const struct place place = {values, batch, &batch->columns[own->at], row};
		switch (own->kind) {
		case NUMBERS:
		case REALS:
			read_number(&out[i], &place, own);
			break;
		case TEXTS:
			NS_TRY(read_text(&out[i], &place, err));
			break;
		case DATES:
			NS_TRY(read_date(&out[i], &place, err));
			break;
		case BOOLEANS:
			read_boolean(&out[i], place.column, row);
			break;
		}
	}
	return NS_OK;
}
