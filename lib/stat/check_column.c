#include "stat/check_column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 31 };

static const char *const names[NS_RULES] = {"missing_column", "unexpected_column", "doubled_column", "columns", "type", "missing", "range",
	"values", "pattern", "unique"};

const char *ns_rule_name(enum ns_rule rule)
{
	return names[rule];
}

/* --- preparing --- */

static int by_number(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static int compare_texts(const char *a, size_t a_size, const char *b, size_t b_size)
{
	if (a_size != b_size)
		return a_size < b_size ? -1 : 1;
	return memcmp(a, b, a_size);
}

static int by_text(const void *a, const void *b)
{
	const struct ns_allowed_text *left = a, *right = b;
	return compare_texts(left->text, left->size, right->text, right->size);
}

static bool is_integer(double number)
{
	return fabs(number) < 0x1p53 ? (double)(int64_t)number == number : isfinite(number);
}

static void start_numbers(struct ns_check_column *column, struct ns_arena *arena)
{
	const struct ns_schema_column *schema = column->schema;
	column->numbers = NS_NEW_ARRAY(arena, double, schema->values_count);
	column->small = schema->values_count > 0;
	for (size_t i = 0; i < schema->values_count; i++) {
		double number = schema->values[i].number;
		if (isnan(number)) /* of an undecided column */
			continue;
		column->numbers[column->numbers_count++] = number;
		bool small = fabs(number) <= SMALL && is_integer(number); /* and within the range: schema.h */
		column->small = column->small && small;
		if (small)
			column->bits |= (uint64_t)1 << (32 + (int)number);
	}
	qsort(column->numbers, column->numbers_count, sizeof *column->numbers, by_number);
}

static void start_texts(struct ns_check_column *column, struct ns_arena *arena)
{
	const struct ns_schema_column *schema = column->schema;
	column->texts_count = schema->values_count;
	column->texts = NS_NEW_ARRAY(arena, struct ns_allowed_text, schema->values_count);
	for (size_t i = 0; i < schema->values_count; i++)
		column->texts[i] = (struct ns_allowed_text){schema->values[i].text, strlen(schema->values[i].text)};
	qsort(column->texts, column->texts_count, sizeof *column->texts, by_text);
}

static void release(void *what)
{
	ns_seen_release(what);
}

void ns_check_column_start(struct ns_check_column *column, struct ns_arena *arena)
{
	if (column->type == NS_NUMBER)
		start_numbers(column, arena);
	else
		start_texts(column, arena);
	if (column->schema->unique)
		ns_arena_defer(arena, release, &column->seen);
}

/* --- a batch --- */

struct place {
	struct ns_findings *findings;
	struct ns_reader *reader;
	const struct ns_column *values;
	uint32_t column;
};

static void find(const struct place *place, size_t row, enum ns_rule rule, struct ns_span value)
{
	struct ns_findings *findings = place->findings;
	if (findings->count == findings->capacity) {
		findings->capacity = findings->capacity ? findings->capacity * 2 : 256;
		findings->items = ns_realloc_array(findings->items, findings->capacity, sizeof *findings->items);
	}
	if (!value.data)
		value = (struct ns_span){"", 0};
	findings->items[findings->count++] = (struct ns_finding){(uint32_t)row, place->column, rule, value};
}

static bool is_allowed_number(const struct ns_check_column *column, double number)
{
	size_t low = 0, high = column->numbers_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (column->numbers[middle] == number)
			return true;
		if (column->numbers[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return column->schema->values_count == 0;
}

static bool is_allowed_text(const struct ns_check_column *column, struct ns_span text)
{
	size_t low = 0, high = column->texts_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_texts(column->texts[middle].text, column->texts[middle].size, text.data, text.size);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return column->texts_count == 0;
}

/* Everything that is wrong with a number that the loops below did not let pass. */
static void judge_number(struct ns_check_column *column, const struct place *place, size_t row)
{
	const struct ns_schema_column *schema = column->schema;
	double number = NAN;
	struct ns_span text;
	switch (ns_reader_value(&number, &text, place->reader, place->values, row)) {
	case NS_VALUE_MISSING:
		if (!schema->may_be_missing)
			find(place, row, NS_RULE_MISSING, text);
		return;
	case NS_VALUE_OTHER:
		find(place, row, NS_RULE_TYPE, text);
		return;
	case NS_VALUE_NUMBER:
		break;
	}
	if (schema->integer && !is_integer(number)) {
		find(place, row, NS_RULE_TYPE, text);
		return;
	}
	if (!(number >= schema->low && number <= schema->high))
		find(place, row, NS_RULE_RANGE, text);
	if (!is_allowed_number(column, number))
		find(place, row, NS_RULE_VALUES, text);
}

static void check_range(struct ns_check_column *column, const struct place *place, size_t rows)
{
	const double *numbers = place->values->numbers;
	double low = column->schema->low, high = column->schema->high;
	size_t bad = 0;
	for (size_t row = 0; row < rows; row++)
		bad += !(numbers[row] >= low) | !(numbers[row] <= high);
	for (size_t row = 0; bad && row < rows; row++)
		if (!(numbers[row] >= low && numbers[row] <= high))
			judge_number(column, place, row);
}

static void check_small(struct ns_check_column *column, const struct place *place, size_t rows)
{
	const double *numbers = place->values->numbers;
	for (size_t row = 0; row < rows; row++) {
		double number = numbers[row];
		int integer = number >= -SMALL && number <= SMALL ? (int)number : -32; /* whose bit is never set */
		if (!(column->bits >> (32 + integer) & 1) || integer != number)
			judge_number(column, place, row);
	}
}

static void check_other(struct ns_check_column *column, const struct place *place, size_t rows)
{
	const double *numbers = place->values->numbers;
	const struct ns_schema_column *schema = column->schema;
	for (size_t row = 0; row < rows; row++) {
		double number = numbers[row];
		if (!(number >= schema->low && number <= schema->high) || (schema->integer && !is_integer(number)) ||
			!is_allowed_number(column, number))
			judge_number(column, place, row);
	}
}

static void check_unique_numbers(struct ns_check_column *column, const struct place *place, size_t rows)
{
	const double *numbers = place->values->numbers;
	for (size_t row = 0; row < rows; row++) {
		if (isnan(numbers[row]) || ns_seen_number(&column->seen, numbers[row]))
			continue;
		double number;
		struct ns_span text;
		ns_reader_value(&number, &text, place->reader, place->values, row);
		find(place, row, NS_RULE_UNIQUE, text);
	}
}

static void check_numbers(struct ns_check_column *column, const struct place *place, size_t rows)
{
	if (column->small)
		check_small(column, place, rows);
	else if (column->schema->integer || column->schema->values_count)
		check_other(column, place, rows);
	else
		check_range(column, place, rows);
	if (column->schema->unique)
		check_unique_numbers(column, place, rows);
}

static bool matches(const struct ns_schema_column *schema, struct ns_span text)
{
	regmatch_t whole = {.rm_so = 0, .rm_eo = (regoff_t)text.size};
	return regexec(&schema->regex, text.data, 1, &whole, REG_STARTEND) == 0;
}

static void check_texts(struct ns_check_column *column, const struct place *place, size_t rows)
{
	const struct ns_schema_column *schema = column->schema;
	for (size_t row = 0; row < rows; row++) {
		struct ns_span text = ns_column_text(place->values, row);
		if (!text.data) {
			if (!schema->may_be_missing) {
				struct ns_cell cell = place->values->cells[row * place->values->stride];
				uint32_t size = cell.size & NS_CELL_SIZE;
				find(place, row, NS_RULE_MISSING, (struct ns_span){size ? place->values->bytes + cell.at : "", size});
			}
			continue;
		}
		if (!is_allowed_text(column, text))
			find(place, row, NS_RULE_VALUES, text);
		if (schema->pattern && !matches(schema, text))
			find(place, row, NS_RULE_PATTERN, text);
		if (schema->unique && !ns_seen_text(&column->seen, text.data, text.size))
			find(place, row, NS_RULE_UNIQUE, text);
	}
}

void ns_check_column_batch(struct ns_findings *findings, struct ns_check_column *column, uint32_t number, struct ns_reader *reader,
	const struct ns_table *batch)
{
	const struct place place = {findings, reader, &batch->columns[column->at], number};
	if (column->type == NS_NUMBER)
		check_numbers(column, &place, batch->rows);
	else if (column->type == NS_TEXT)
		check_texts(column, &place, batch->rows);
}
