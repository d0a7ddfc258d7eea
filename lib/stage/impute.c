#include "stage/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stage/filling.h"
#include "stage/stage_table.h"
#include "stat/quantile.h"

static const char *const strategies[] = {"mean", "median", "most_frequent", "constant"};
static const char *const infinities[] = {"keep", "missing"};
static const char key_inf[] = "ns:inf";
enum { STRATEGIES = sizeof strategies / sizeof *strategies };

struct state {
	const double *values; /* per input; NaN for texts */
	const char **texts;   /* NULL for numbers */
	int inf_missing;
};

/* --- learning --- */

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

/* Sorts the values; of the longest runs of equal ones the lowest. */
static double most_frequent(double *values, size_t count)
{
	size_t longest = 0;
	double found = NAN;
	qsort(values, count, sizeof *values, compare);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i; end < count && values[end] == values[i]; end++)
			;
		if (end - i > longest) {
			longest = end - i;
			found = values[i];
		}
	}
	return found + 0.0; /* of two zeroes the one without a sign */
}

static int learn_number(double *fill, double *values, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_impute_options *options, struct ns_err *err)
{
	size_t count = 0;
	*fill = options->fill;
	if (options->strategy == NS_IMPUTE_CONSTANT)
		return NS_OK;
	for (size_t row = 0; row < lesson->rows; row++)
		if (!ns_filling_is_gone(series->numbers[row], options->inf_missing))
			values[count++] = series->numbers[row];
	if (count == 0)
		return ns_lesson_empty(lesson, series, ", --strategy constant fills it", err);
	if (options->strategy == NS_IMPUTE_MEAN)
		*fill = ns_mean(values, count);
	else if (options->strategy == NS_IMPUTE_MEDIAN)
		*fill = ns_median(values, count);
	else
		*fill = most_frequent(values, count);
	if (!isfinite(*fill))
		return ns_fail(err, NS_EDATA, "%s: column '%s': infinities among its values leave no finite %s (--inf missing)", lesson->source,
			series->name, strategies[options->strategy]);
	return NS_OK;
}

/* Codes are in bytewise order, so the first of the most frequent is the lowest. */
static int learn_text(const char **fill, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_impute_options *options, struct ns_arena *arena, struct ns_err *err)
{
	*fill = options->text_fill;
	if (options->text_strategy == NS_IMPUTE_CONSTANT)
		return NS_OK;
	if (series->values_count == 0)
		return ns_lesson_empty(lesson, series, ", --text-strategy constant fills it", err);
	size_t *counts = NS_NEW_ARRAY(arena, size_t, series->values_count), best = 0;
	for (size_t row = 0; row < lesson->rows; row++)
		if (series->codes[row] != NS_CODE_MISSING)
			counts[series->codes[row]]++;
	for (size_t i = 1; i < series->values_count; i++)
		best = counts[i] > counts[best] ? i : best;
	*fill = series->values[best];
	return NS_OK;
}

int ns_impute_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table = {.rows = lesson->width};
	const char **types = NS_NEW_ARRAY(arena, const char *, lesson->width), **used = NS_NEW_ARRAY(arena, const char *, lesson->width);
	const char **texts = NS_NEW_ARRAY(arena, const char *, lesson->width);
	double *numbers = NS_NEW_ARRAY(arena, double, lesson->width), *values = NS_NEW_ARRAY(arena, double, lesson->rows);
	for (size_t i = 0; i < lesson->width; i++) {
		const struct ns_series *series = lesson->series[i];
		bool is_text = series->type == NS_TEXT;
		types[i] = is_text ? "text" : "number";
		used[i] = strategies[is_text ? options->text_strategy : options->strategy];
		numbers[i] = NAN;
		if (is_text)
			NS_TRY(learn_text(&texts[i], lesson, series, options, arena, err));
		else
			NS_TRY(learn_number(&numbers[i], values, lesson, series, options, err));
	}
	ns_metadata_set(&table.metadata, key_inf, infinities[options->inf_missing], arena);
	NS_TRY(ns_stage_put_texts(&table, "column", ns_lesson_names(lesson, arena), arena, err));
	NS_TRY(ns_stage_put_texts(&table, "type", types, arena, err));
	NS_TRY(ns_stage_put_texts(&table, "strategy", used, arena, err));
	ns_stage_put_numbers(&table, "value", numbers, arena);
	NS_TRY(ns_stage_put_texts(&table, "text", texts, arena, err));
	return ns_lesson_finish(stage, lesson, &ns_stage_impute, &table, NULL, 0, arena, err);
}

/* --- the stage --- */

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	const char **types, **used;
	NS_TRY(ns_stage_check_inputs(stage, arena, err));
	NS_TRY(ns_stage_get_choice(&state->inf_missing, stage, key_inf, infinities, 2, err));
	NS_TRY(ns_stage_get_texts(&types, stage, "type", arena, err));
	NS_TRY(ns_stage_get_texts(&used, stage, "strategy", arena, err));
	NS_TRY(ns_stage_get_numbers(&state->values, stage, "value", err));
	NS_TRY(ns_stage_get_texts(&state->texts, stage, "text", arena, err));
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const char *name = stage->inputs[i].name;
		bool is_text = stage->inputs[i].type == NS_TEXT;
		int known = 0;
		while (known < STRATEGIES && !(used[i] && strcmp(used[i], strategies[known]) == 0))
			known++;
		if (known == STRATEGIES)
			return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
		if (!types[i] || strcmp(types[i], is_text ? "text" : "number") != 0)
			return ns_stage_damaged(stage, err, "column '%s' has the type '%s'", name, types[i] ? types[i] : "");
		if (is_text ? !state->texts[i] : !isfinite(state->values[i]))
			return ns_stage_damaged(stage, err, "column '%s' has no value to fill in", name);
	}
	return NS_OK;
}

/* --- applying --- */

static int fill_numbers(struct ns_column *column, size_t rows, double fill, bool inf_missing, struct ns_arena *arena, struct ns_err *err)
{
	const double *numbers = column->numbers;
	if (column->cells && !column->array && rows > 0 && ns_filling_count(numbers, rows, inf_missing) == 0)
		return NS_OK;
	double *filled = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		filled[row] = ns_filling_is_gone(numbers[row], inf_missing) ? fill : numbers[row];
	bool keeps = column->array && ns_filling_is_of_type(fill, &column->array->type);
	return ns_filling_put(column, filled, rows, inf_missing, keeps, arena, err);
}

static int fill_texts(struct ns_column *column, size_t rows, const char *fill, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span with = {fill, strlen(fill)};
	size_t gone = 0;
	for (size_t row = 0; row < rows; row++)
		gone += ns_column_text(column, row).data == NULL;
	if (gone == 0 && rows > 0 && !column->array)
		return NS_OK;
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, rows);
	for (size_t row = 0; row < rows; row++) {
		spans[row] = ns_column_text(column, row);
		if (!spans[row].data)
			spans[row] = with;
	}
	return ns_column_set_text(column, spans, rows, arena, err);
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &batch->columns[at[i]];
		if (stage->inputs[i].type == NS_TEXT)
			NS_TRY(fill_texts(column, batch->rows, state->texts[i], arena, err));
		else
			NS_TRY(fill_numbers(column, batch->rows, state->values[i], state->inf_missing, arena, err));
	}
	return NS_OK;
}

const struct ns_stage_kind ns_stage_impute = {.name = "impute", .load = load, .apply = apply};
