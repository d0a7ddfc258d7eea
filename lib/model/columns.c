#include "model/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/narrow.h"
#include "table/arrow.h"

struct ns_column ns_columns_pack(const char *name, const double *numbers, size_t rows, struct ns_arena *arena)
{
	struct ns_narrow narrow;
	double least = 0, most = 0;
	bool whole = true;
	for (size_t i = 0; i < rows; i++) {
		least = numbers[i] < least ? numbers[i] : least;
		most = numbers[i] > most ? numbers[i] : most;
		whole = whole && numbers[i] == trunc(numbers[i]);
	}
	if (whole && least >= INT32_MIN && most <= (least < 0 ? (double)INT32_MAX : (double)UINT32_MAX)) {
		int64_t *wholes = ns_malloc_array(rows, sizeof *wholes);
		for (size_t i = 0; i < rows; i++)
			wholes[i] = (int64_t)numbers[i];
		ns_narrow_pack_wholes(&narrow, wholes, rows, arena);
		free(wholes);
	} else
		ns_narrow_pack_numbers(&narrow, numbers, rows, arena);
	return ns_narrow_column(name, &narrow, rows, arena);
}

int ns_columns_numbers(const double **numbers, const struct ns_table *table, size_t at, const char *name, const char *what,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_column *column = &table->columns[at];
	if (strcmp(column->name, name) != 0)
		return ns_fail(err, NS_EDATA, "%s: %s: column '%s' where '%s' must stand", table->source, what, column->name, name);
	*numbers = column->numbers;
	if (!*numbers && column->array) {
		double *read = NS_NEW_ARRAY(arena, double, table->rows);
		*numbers = ns_arrow_numbers(read, column->array) ? read : NULL;
	}
	if (!*numbers)
		return ns_fail(err, NS_EDATA, "%s: %s: column '%s' has no numbers", table->source, what, name);
	for (size_t i = 0; i < table->rows; i++)
		if (!isfinite((*numbers)[i]))
			return ns_fail(err, NS_EDATA, "%s: %s: row %zu of column '%s' is no finite number", table->source, what, i + 1, name);
	return NS_OK;
}

int ns_columns_wholes(const double **numbers, const struct ns_table *table, size_t at, const char *name, const char *what, double least,
	double most, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_columns_numbers(numbers, table, at, name, what, arena, err));
	for (size_t i = 0; i < table->rows; i++) {
		double number = (*numbers)[i];
		if (!(number >= least && number <= most && number == trunc(number)))
			return ns_fail(err, NS_EDATA, "%s: %s: row %zu of column '%s': %.17g is no whole number from %.0f to %.0f", table->source, what, i + 1,
				name, number, least, most);
	}
	return NS_OK;
}

static int refuse(const struct ns_table *table, const char *key, const char *text, const char *what, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: %s: '%s' for %s", table->source, what, text, key);
}

int ns_columns_key(double *number, const struct ns_table *table, const char *key, const char *what, struct ns_err *err)
{
	const char *text = ns_metadata_find(&table->metadata, key);
	if (!text)
		return ns_fail(err, NS_EDATA, "%s: %s: no %s", table->source, what, key);
	return ns_number_parse(number, text, strlen(text)) && isfinite(*number) ? NS_OK : refuse(table, key, text, what, err);
}

int ns_columns_keys(double **numbers, const struct ns_table *table, const char *key, size_t count, const char *what, struct ns_arena *arena,
	struct ns_err *err)
{
	const char *text = ns_metadata_find(&table->metadata, key), **items;
	size_t found = 0;
	if (text && count) /* an empty list would be one of an empty word */
		ns_list_split(&items, &found, text, arena);
	if (found != count)
		return ns_fail(err, NS_EDATA, "%s: %s: %s has %zu numbers, not %zu", table->source, what, key, found, count);
	*numbers = NS_NEW_ARRAY(arena, double, count);
	for (size_t i = 0; i < count; i++)
		if (!ns_number_parse(&(*numbers)[i], items[i], strlen(items[i])) || !isfinite((*numbers)[i]))
			return refuse(table, key, items[i], what, err);
	return NS_OK;
}

void ns_columns_set_keys(struct ns_metadata *metadata, const char *key, const double *numbers, size_t count, struct ns_arena *arena)
{
	const char **items = NS_NEW_ARRAY(arena, const char *, count);
	for (size_t i = 0; i < count; i++) {
		char text[NS_NUMBER_MAX + 1];
		text[ns_number_print(text, numbers[i])] = '\0';
		items[i] = ns_strdup(arena, text);
	}
	ns_metadata_set(metadata, key, ns_list_join(items, count, arena), arena);
}
