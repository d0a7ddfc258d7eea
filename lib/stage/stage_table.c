#include "stage/stage_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int ns_stage_damaged(const struct ns_stage *stage, struct ns_err *err, const char *format, ...)
{
	char what[512];
	va_list values;
	va_start(values, format);
	vsnprintf(what, sizeof what, format, values);
	va_end(values);
	return ns_fail(err, NS_EDATA, "%s: stage '%s' is damaged, learn it again: %s", stage->path, stage->kind->name, what);
}

void ns_stage_put_numbers(struct ns_table *table, const char *name, const double *values, struct ns_arena *arena)
{
	ns_column_set_numbers(ns_table_add(table, name, arena), values);
}

int ns_stage_put_texts(struct ns_table *table, const char *name, const char *const *values, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, table->rows);
	for (size_t i = 0; i < table->rows; i++)
		spans[i] = (struct ns_span){values[i], values[i] ? strlen(values[i]) : 0};
	return ns_column_set_text(ns_table_add(table, name, arena), spans, table->rows, arena, err);
}

static int get(const struct ns_column **column, const struct ns_stage *stage, const char *name, enum ns_type type, struct ns_err *err)
{
	ptrdiff_t at = ns_table_find(&stage->table, name);
	if (at < 0)
		return ns_stage_damaged(stage, err, "no column '%s'", name);
	*column = &stage->table.columns[at];
	if ((*column)->type != type || (type == NS_NUMBER && !(*column)->numbers)) /* what put_numbers wrote is float64 */
		return ns_stage_damaged(stage, err, "column '%s' holds %s", name, type == NS_TEXT ? "no text" : "no numbers");
	return NS_OK;
}

int ns_stage_get_numbers(const double **values, const struct ns_stage *stage, const char *name, struct ns_err *err)
{
	const struct ns_column *column = NULL;
	NS_TRY(get(&column, stage, name, NS_NUMBER, err));
	*values = column->numbers;
	return NS_OK;
}

int ns_stage_get_texts(const char ***values, const struct ns_stage *stage, const char *name, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_column *column = NULL;
	NS_TRY(get(&column, stage, name, NS_TEXT, err));
	*values = NS_NEW_ARRAY(arena, const char *, stage->table.rows);
	for (size_t row = 0; row < stage->table.rows; row++) {
		struct ns_span text = ns_column_text(column, row);
		if (text.size && memchr(text.data, '\0', text.size))
			return ns_stage_damaged(stage, err, "a NUL byte in column '%s'", name);
		(*values)[row] = text.data ? ns_strndup(arena, text.data, text.size) : NULL;
	}
	return NS_OK;
}

int ns_stage_check_inputs(const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const char **names;
	NS_TRY(ns_stage_get_texts(&names, stage, "column", arena, err));
	if (stage->table.rows != stage->inputs_count)
		return ns_stage_damaged(stage, err, "%zu rows for %zu columns", stage->table.rows, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++)
		if (!names[i] || strcmp(names[i], stage->inputs[i].name) != 0)
			return ns_stage_damaged(stage, err, "row %zu is not about column '%s'", i + 1, stage->inputs[i].name);
	return NS_OK;
}

int ns_stage_get_choice(int *choice, const struct ns_stage *stage, const char *key, const char *const *words, size_t count, struct ns_err *err)
{
	const char *word = ns_metadata_find(&stage->table.metadata, key);
	for (size_t i = 0; word && i < count; i++) {
		if (strcmp(words[i], word) == 0) {
			*choice = (int)i;
			return NS_OK;
		}
	}
	return ns_stage_damaged(stage, err, "'%s' is '%s'", key, word ? word : "");
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *ns_stage_doubled(const char **names, size_t count)
{
	if (count)
		qsort(names, count, sizeof *names, by_name);
	for (size_t i = 1; i < count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			return names[i];
	return NULL;
}
