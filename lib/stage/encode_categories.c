#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "stage/encode_find.h"
#include "stage/encode_rows.h"
#include "stat/seen.h"

/* --- those that occur --- */

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

/* The distinct values, ascending; freed by the caller. */
static size_t find_distinct(double **values, const double *numbers, size_t rows)
{
	struct ns_seen seen = {0};
	size_t count = 0, capacity = 256;
	*values = ns_malloc_array(capacity, sizeof **values);
	for (size_t row = 0; row < rows; row++) {
		if (isnan(numbers[row]) || !ns_seen_number(&seen, numbers[row]))
			continue;
		if (count == capacity)
			*values = ns_realloc_array(*values, capacity *= 2, sizeof **values);
		(*values)[count++] = numbers[row] + 0.0;
	}
	ns_seen_release(&seen);
	if (count)
		qsort(*values, count, sizeof **values, compare);
	return count;
}

static void of_numbers(struct ns_encode_categories *found, const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	enum { AT_ONCE = 4096 };
	uint32_t category[AT_ONCE];
	double *values;
	struct ns_encode_finder finder;
	found->count = find_distinct(&values, series->numbers, rows);
	found->list = NS_NEW_ARRAY(arena, struct ns_encode_category, found->count + 1);
	for (size_t i = 0; i < found->count; i++)
		found->list[i].value = values[i];
	ns_encode_finder_init(&finder, NULL, values, found->count, arena);
	for (size_t row = 0; row < rows; row += AT_ONCE) {
		size_t some = rows - row < AT_ONCE ? rows - row : AT_ONCE;
		ns_encode_find_numbers(category, &finder, series->numbers + row, some, (struct ns_encode_others){(uint32_t)found->count, 0});
		for (size_t i = 0; i < some; i++)
			found->list[category[i]].count++;
	}
	free(values);
	found->missing = found->list[found->count].count;
}

static void of_texts(struct ns_encode_categories *found, const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	found->count = series->values_count;
	found->list = NS_NEW_ARRAY(arena, struct ns_encode_category, found->count + 1);
	for (size_t i = 0; i < found->count; i++)
		found->list[i] = (struct ns_encode_category){.text = series->values[i], .value = NAN};
	for (size_t row = 0; row < rows; row++) {
		if (series->codes[row] == NS_CODE_MISSING)
			found->missing++;
		else
			found->list[series->codes[row]].count++;
	}
}

static void add_missing(struct ns_encode_categories *found)
{
	found->list[found->count++] = (struct ns_encode_category){.value = NAN, .missing = true, .count = found->missing};
}

static size_t *number_as_they_stand(size_t count, struct ns_arena *arena)
{
	size_t *turn = NS_NEW_ARRAY(arena, size_t, count);
	for (size_t i = 0; i < count; i++)
		turn[i] = i;
	return turn;
}

void ns_encode_categories_find(struct ns_encode_categories *found, const struct ns_series *series, size_t rows, bool missing, struct ns_arena *arena)
{
	*found = (struct ns_encode_categories){0};
	if (series->type == NS_TEXT)
		of_texts(found, series, rows, arena);
	else
		of_numbers(found, series, rows, arena);
	if (missing && found->missing)
		add_missing(found);
	found->turn = number_as_they_stand(found->count, arena);
}

/* --- those of a list --- */

/* Some category of a list, and where it stood there. */
struct listed {
	struct ns_encode_category category;
	size_t at;
};

static int compare_categories(const struct ns_encode_category *a, const struct ns_encode_category *b)
{
	return a->text ? strcmp(a->text, b->text) : (a->value > b->value) - (a->value < b->value);
}

static int by_category(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;
	int order = compare_categories(&a->category, &b->category);
	return order ? order : (a->at > b->at) - (a->at < b->at);
}

static int read_list(struct listed *listed, const struct ns_encode_list *list, const struct ns_series *series, struct ns_err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->values[i];
		listed[i] = (struct listed){.category = {.value = NAN}, .at = i};
		if (series->type == NS_TEXT)
			listed[i].category.text = text;
		else if (!ns_number_parse(&listed[i].category.value, text, strlen(text)))
			return ns_fail(err, NS_ECALL, "--categories: column '%s' holds numbers, '%s' is none", list->column, text);
		listed[i].category.value += 0.0;
	}
	if (list->count)
		qsort(listed, list->count, sizeof *listed, by_category);
	for (size_t i = 1; i < list->count; i++)
		if (compare_categories(&listed[i - 1].category, &listed[i].category) == 0)
			return ns_fail(err, NS_ECALL, "--categories: '%s' of column '%s' is there twice", list->values[listed[i].at], list->column);
	return NS_OK;
}

/* What occurs and is not in the list. */
static int tell_left(const struct ns_encode_category *first, size_t left, const char *column, bool refuse, const char *source, struct ns_err *err)
{
	char number[NS_NUMBER_MAX + 1] = "";
	if (!first->text)
		number[ns_number_print(number, first->value)] = '\0';
	const char *text = first->text ? first->text : number;
	if (refuse)
		return ns_fail(err, NS_EDATA, "%s: column '%s': '%.80s' is none of its --categories (--unknown ignore or infrequent takes it)", source, column, text);
	ns_note("%s: column '%s': '%.80s'%s not among its --categories: taken for unknown", source, column, text, left > 1 ? " and others are" : " is");
	return NS_OK;
}

int ns_encode_categories_replace(struct ns_encode_categories *found, const struct ns_series *series, const struct ns_encode_list *list, bool refuse,
	const char *source, struct ns_arena *arena, struct ns_err *err)
{
	struct listed *listed = NS_NEW_ARRAY(arena, struct listed, list->count);
	struct ns_encode_categories all = {.list = NS_NEW_ARRAY(arena, struct ns_encode_category, list->count + 1), .missing = found->missing};
	const struct ns_encode_category *unlisted = NULL;
	bool has_missing = found->count && found->list[found->count - 1].missing;
	size_t left = 0, at = 0, *turn = NS_NEW_ARRAY(arena, size_t, list->count + 1);
	NS_TRY(read_list(listed, list, series, err));
	for (size_t i = 0; i < list->count; i++) {
		all.list[i] = listed[i].category;
		turn[listed[i].at] = i;
	}
	all.count = list->count;
	for (size_t i = 0; i < found->count - has_missing; i++) {
		while (at < all.count && compare_categories(&all.list[at], &found->list[i]) < 0)
			at++;
		if (at < all.count && compare_categories(&all.list[at], &found->list[i]) == 0)
			all.list[at].count = found->list[i].count;
		else if (left++ == 0)
			unlisted = &found->list[i];
	}
	if (has_missing) {
		turn[all.count] = all.count;
		add_missing(&all);
	}
	all.turn = turn;
	*found = all;
	return left ? tell_left(unlisted, left, list->column, refuse, source, err) : NS_OK;
}

/* --- the rare ones --- */

/* A category's position by how often it comes. */
struct ranked {
	size_t count, at;
};

/* The least frequent first; of equals the one that is sorted first. */
static int by_count(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static void mark_all_but(struct ns_encode_categories *found, size_t top, struct ns_arena *arena)
{
	struct ranked *ranked = NS_NEW_ARRAY(arena, struct ranked, found->count);
	for (size_t i = 0; i < found->count; i++)
		ranked[i] = (struct ranked){found->list[found->turn[i]].count, i};
	qsort(ranked, found->count, sizeof *ranked, by_count);
	for (size_t i = 0; i < found->count - top; i++)
		found->list[found->turn[ranked[i].at]].rare = true;
}

void ns_encode_categories_mark(struct ns_encode_categories *found, size_t rows, const struct ns_encode_options *options, struct ns_arena *arena)
{
	double least = options->min_frequency < 1 ? options->min_frequency * (double)rows : options->min_frequency;
	size_t frequent = 0;
	for (size_t i = 0; i < found->count; i++) {
		found->list[i].rare = (double)found->list[i].count < least;
		frequent += !found->list[i].rare;
	}
	if (options->top && frequent > (size_t)options->top)
		mark_all_but(found, (size_t)options->top, arena);
}
