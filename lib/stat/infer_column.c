#include "stat/infer_column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { EXACT = 1 << 16, EXACT_TABLE = 1 << 23, EXACT_LEAST = 1 << 10, TEXT_MAX = 200 };

static void release(void *what)
{
	ns_seen_release(what);
}

void ns_infer_column_start(struct ns_infer_column *column, size_t columns, struct ns_arena *arena)
{
	column->kept = NS_NEW_ARRAY(arena, struct ns_infer_value, column->keep);
	column->most = EXACT_TABLE / columns > EXACT_LEAST ? EXACT_TABLE / columns : EXACT_LEAST;
	column->low = INFINITY;
	column->high = -INFINITY;
	column->whole = column->increasing = column->strict_up = column->strict_down = true;
	ns_arena_defer(arena, release, &column->seen);
}

/* --- times --- */

/* Two digits within limits, taken from *text. */
static bool take_pair(const char **text, const char *end, int low, int high)
{
	const char *at = *text;
	if (end - at < 2 || at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return false;
	int pair = (at[0] - '0') * 10 + at[1] - '0';
	*text += 2;
	return pair >= low && pair <= high;
}

static bool take(const char **text, const char *end, char c)
{
	bool there = *text < end && **text == c;
	*text += there;
	return there;
}

static bool take_fraction(const char **text, const char *end)
{
	const char *start = *text;
	while (*text < end && **text >= '0' && **text <= '9')
		++*text;
	return *text > start;
}

static bool take_clock(const char **text, const char *end)
{
	if (!take_pair(text, end, 0, 24) || !take(text, end, ':') || !take_pair(text, end, 0, 59))
		return false;
	if (take(text, end, ':') && !take_pair(text, end, 0, 60))
		return false;
	return !(take(text, end, '.') || take(text, end, ',')) || take_fraction(text, end);
}

static bool take_zone(const char **text, const char *end)
{
	if (take(text, end, 'Z'))
		return true;
	if (!take(text, end, '+') && !take(text, end, '-'))
		return true;
	if (!take_pair(text, end, 0, 14))
		return false;
	return (!take(text, end, ':') && *text == end) || take_pair(text, end, 0, 59);
}

bool ns_is_iso_time(const char *text, size_t size)
{
	const char *end = text + size;
	if (!take_pair(&text, end, 0, 99) || !take_pair(&text, end, 0, 99) || !take(&text, end, '-') || !take_pair(&text, end, 1, 12) ||
		!take(&text, end, '-') || !take_pair(&text, end, 1, 31))
		return false;
	if (text == end)
		return true;
	return (take(&text, end, 'T') || take(&text, end, ' ')) && take_clock(&text, end) && take_zone(&text, end) && text == end;
}

/* --- values --- */

static void close_seen(struct ns_infer_column *column)
{
	bool ids = column->seen.count >= column->values / 10 * 9;
	size_t most = column->type == NS_NUMBER && !column->whole ? EXACT_LEAST : ids ? column->most : EXACT;
	if (column->seen.count < (most < column->most ? most : column->most))
		return;
	column->closed = true;
	column->seen_of = column->values;
}

static void keep(struct ns_infer_column *column, double number, const char *text)
{
	if (column->kept_count == column->keep)
		column->overflow = true;
	else
		column->kept[column->kept_count++] = (struct ns_infer_value){number, text, 1};
}

static void count_number(struct ns_infer_column *column, double number)
{
	for (size_t i = 0; i < column->kept_count; i++)
		if (column->kept[i].number == number) {
			column->kept[i].count++;
			return;
		}
	keep(column, number, NULL);
}

static void add_number(struct ns_infer_column *column, double number)
{
	if (column->values++) {
		column->increasing = column->increasing && number >= column->last;
		column->strict_up = column->strict_up && number > column->last;
		column->strict_down = column->strict_down && number < column->last;
	}
	column->last = number;
	column->low = number < column->low ? number : column->low;
	column->high = number > column->high ? number : column->high;
	column->infinite += isinf(number) != 0;
	column->whole = column->whole && isfinite(number) && number == floor(number);
	if (!column->closed && ns_seen_number(&column->seen, number))
		close_seen(column);
	if (!column->overflow)
		count_number(column, number);
}

static void count_text(struct ns_infer_column *column, struct ns_span text, struct ns_arena *arena)
{
	for (size_t i = 0; i < column->kept_count; i++)
		if (strlen(column->kept[i].text) == text.size && memcmp(column->kept[i].text, text.data, text.size) == 0) {
			column->kept[i].count++;
			return;
		}
	if (text.size > TEXT_MAX || memchr(text.data, '\0', text.size) || !ns_utf8_valid(text.data, text.size))
		column->overflow = true;
	else
		keep(column, NAN, ns_strndup(arena, text.data, text.size));
}

/* -12,5 and the like. */
static bool has_decimal_comma(struct ns_span text)
{
	const char *at = text.data, *end = at + text.size;
	at += at < end && (*at == '-' || *at == '+');
	return take_fraction(&at, end) && take(&at, end, ',') && take_fraction(&at, end) && at == end;
}

static void add_text(struct ns_infer_column *column, struct ns_span text, struct ns_arena *arena)
{
	column->values++;
	column->times += ns_is_iso_time(text.data, text.size);
	column->commas += has_decimal_comma(text);
	if (!column->closed && ns_seen_text(&column->seen, text.data, text.size))
		close_seen(column);
	if (!column->overflow)
		count_text(column, text, arena);
}

void ns_infer_column_batch(struct ns_infer_column *column, const struct ns_table *batch, struct ns_arena *arena)
{
	const struct ns_column *from = &batch->columns[column->at];
	for (size_t row = 0; row < batch->rows; row++) {
		struct ns_span text = column->type == NS_NUMBER ? (struct ns_span){0} : ns_column_text(from, row);
		if (column->type == NS_NUMBER ? isnan(from->numbers[row]) : !text.data)
			column->missing++;
		else if (column->type == NS_NUMBER)
			add_number(column, from->numbers[row] + 0.0); /* -0 is 0 */
		else
			add_text(column, text, arena);
	}
}

static int by_value(const void *a, const void *b)
{
	const struct ns_infer_value *left = a, *right = b;
	if (left->text)
		return strcmp(left->text, right->text);
	return (left->number > right->number) - (left->number < right->number);
}

void ns_infer_column_sort(struct ns_infer_column *column)
{
	qsort(column->kept, column->kept_count, sizeof *column->kept, by_value);
}
