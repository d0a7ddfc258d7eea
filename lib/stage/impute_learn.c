#include "stage/impute.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stage/filling.h"
#include "stage/stage_table.h"
#include "stat/quantile.h"

/* What is learnt of a column: its row of the table. */
struct learnt {
	int way;
	double value;
	const char *text, *flag;
};

/* What a column is learnt from. */
struct column {
	const struct ns_series *series;
	int strategy;
	size_t missing;
	double *present;   /* of numbers: those that are there */
	size_t *counts;    /* of texts: the rows that have each value */
	size_t values;     /* how many numbers are there, or how many distinct texts */
};

/* --- what is there --- */

static void look_at_numbers(struct column *column, const struct ns_lesson *lesson, bool inf_missing, double *present)
{
	const double *numbers = column->series->numbers;
	column->present = present;
	for (size_t row = 0; row < lesson->rows; row++)
		if (!ns_filling_is_gone(numbers[row], inf_missing))
			present[column->values++] = numbers[row];
	column->missing = lesson->rows - column->values;
}

static void look_at_texts(struct column *column, const struct ns_lesson *lesson, struct ns_arena *arena)
{
	const struct ns_series *series = column->series;
	column->values = series->values_count;
	column->counts = NS_NEW_ARRAY(arena, size_t, series->values_count);
	for (size_t row = 0; row < lesson->rows; row++) {
		if (series->codes[row] == NS_CODE_MISSING)
			column->missing++;
		else
			column->counts[series->codes[row]]++;
	}
}

/* --- what fills it --- */

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

static int learn_number(struct learnt *learnt, const struct column *column, const struct ns_lesson *lesson, struct ns_err *err)
{
	if (column->strategy == NS_IMPUTE_MEAN)
		learnt->value = ns_mean(column->present, column->values);
	else if (column->strategy == NS_IMPUTE_MEDIAN)
		learnt->value = ns_median(column->present, column->values);
	else
		learnt->value = most_frequent(column->present, column->values);
	if (!isfinite(learnt->value))
		return ns_fail(err, NS_EDATA, "%s: column '%s': infinities among its values leave no finite value for %s (--inf missing)", lesson->source,
			column->series->name, ns_impute_ways[column->strategy]);
	return NS_OK;
}

/* Codes are in bytewise order, so the first of the most frequent is the lowest. */
static void learn_text(struct learnt *learnt, const struct column *column)
{
	size_t best = 0;
	for (size_t i = 1; i < column->values; i++)
		best = column->counts[i] > column->counts[best] ? i : best;
	learnt->text = column->series->values[best];
}

static void learn_constant(struct learnt *learnt, const struct column *column, const struct ns_impute_options *options)
{
	learnt->way = NS_IMPUTE_CONSTANT;
	if (column->series->type == NS_TEXT)
		learnt->text = options->text_fill;
	else
		learnt->value = options->fill;
}

static int learn_column(struct learnt *learnt, const struct column *column, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_err *err)
{
	bool is_text = column->series->type == NS_TEXT;
	*learnt = (struct learnt){.way = column->strategy, .value = NAN};
	if (is_text && column->strategy != NS_IMPUTE_MOST_FREQUENT && column->strategy != NS_IMPUTE_CONSTANT)
		return ns_fail(err, NS_EDATA, "%s: column '%s' is text, which %s does not fill (most_frequent and constant do)", lesson->source,
			column->series->name, ns_impute_ways[column->strategy]);
	if (column->values == 0 && column->strategy != NS_IMPUTE_CONSTANT && options->empty == NS_IMPUTE_EMPTY_REFUSE)
		return ns_lesson_empty(lesson, column->series, ", --empty fill fills it, --empty drop drops it", err);
	if (column->values == 0 && column->strategy != NS_IMPUTE_CONSTANT && options->empty == NS_IMPUTE_EMPTY_DROP)
		learnt->way = NS_IMPUTE_DROP;
	else if (column->values == 0 || column->strategy == NS_IMPUTE_CONSTANT)
		learn_constant(learnt, column, options);
	else if (is_text)
		learn_text(learnt, column);
	else if (column->strategy != NS_IMPUTE_KNN)
		return learn_number(learnt, column, lesson, err);
	return NS_OK;
}

static int learn_columns(struct learnt *learnt, const struct ns_lesson *lesson, const struct ns_impute_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	double *present = NS_NEW_ARRAY(arena, double, lesson->rows);
	for (size_t i = 0; i < lesson->width; i++) {
		struct column column = {.series = lesson->series[i], .strategy = lesson->strategy[i]};
		if (column.series->type == NS_TEXT)
			look_at_texts(&column, lesson, arena);
		else
			look_at_numbers(&column, lesson, options->inf_missing, present);
		NS_TRY(learn_column(&learnt[i], &column, lesson, options, err));
		if (options->flags == NS_IMPUTE_FLAGS_ALL || (options->flags == NS_IMPUTE_FLAGS_MISSING && column.missing))
			learnt[i].flag = ns_format(arena, "%s_missing", column.series->name);
	}
	return NS_OK;
}

/* --- the stages --- */

/* What the stage leaves: the columns that are not dropped, then the flags. */
static size_t name_outputs(const char **names, const struct learnt *learnt, const struct ns_lesson *lesson)
{
	size_t count = 0;
	for (size_t i = 0; i < lesson->width; i++)
		if (learnt[i].way != NS_IMPUTE_DROP)
			names[count++] = lesson->series[i]->name;
	for (size_t i = 0; i < lesson->width; i++)
		if (learnt[i].flag)
			names[count++] = learnt[i].flag;
	return count;
}

static int make_stage(struct ns_stage *stage, const struct learnt *learnt, const struct ns_lesson *lesson, bool inf_missing, struct ns_arena *arena,
	struct ns_err *err)
{
	enum { TYPE, WAY, TEXT, FLAG, OUTPUT, TEXTS };
	struct ns_table table = {.rows = lesson->width};
	const char **texts[TEXTS];
	double *values = NS_NEW_ARRAY(arena, double, lesson->width);
	for (int t = 0; t < TEXTS; t++)
		texts[t] = NS_NEW_ARRAY(arena, const char *, 2 * lesson->width);
	for (size_t i = 0; i < lesson->width; i++) {
		texts[TYPE][i] = lesson->series[i]->type == NS_TEXT ? "text" : "number";
		texts[WAY][i] = ns_impute_ways[learnt[i].way];
		texts[TEXT][i] = learnt[i].text;
		texts[FLAG][i] = learnt[i].flag;
		values[i] = learnt[i].value;
	}
	size_t outputs = name_outputs(texts[OUTPUT], learnt, lesson);
	ns_metadata_set(&table.metadata, "ns:inf", ns_impute_infinities[inf_missing], arena);
	NS_TRY(ns_stage_put_texts(&table, "column", ns_lesson_names(lesson, arena), arena, err));
	NS_TRY(ns_stage_put_texts(&table, "type", texts[TYPE], arena, err));
	NS_TRY(ns_stage_put_texts(&table, "strategy", texts[WAY], arena, err));
	ns_stage_put_numbers(&table, "value", values, arena);
	NS_TRY(ns_stage_put_texts(&table, "text", texts[TEXT], arena, err));
	NS_TRY(ns_stage_put_texts(&table, "indicator", texts[FLAG], arena, err));
	return ns_lesson_finish(stage, lesson, &ns_stage_impute, &table, texts[OUTPUT], outputs, arena, err);
}

/* The stage of the columns that have something to learn here. */
static int learn_simple(struct ns_bundle *bundle, const struct learnt *all, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage stage;
	struct ns_lesson part;
	struct learnt *learnt = NS_NEW_ARRAY(arena, struct learnt, lesson->width);
	bool *marks = NS_NEW_ARRAY(arena, bool, lesson->width);
	size_t count = 0;
	for (size_t i = 0; i < lesson->width; i++) {
		marks[i] = all[i].way != NS_IMPUTE_KNN || all[i].flag;
		if (marks[i])
			learnt[count++] = all[i];
	}
	if (ns_lesson_part(&part, lesson, marks, arena) == 0 && lesson->width > 0)
		return NS_OK;
	NS_TRY(make_stage(&stage, learnt, &part, options->inf_missing, arena, err));
	ns_bundle_append(bundle, &stage, arena);
	return NS_OK;
}

/* The stage of those that others' values fill, behind the one before it, if there is one. */
static int learn_neighbors(struct ns_bundle *bundle, const struct learnt *learnt, const struct ns_lesson *lesson, const struct ns_chain *before,
	const struct ns_impute_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage stage;
	struct ns_lesson part;
	struct ns_impute_neighbors_options neighbors = options->neighbors;
	bool *marks = NS_NEW_ARRAY(arena, bool, lesson->width);
	for (size_t i = 0; i < lesson->width; i++)
		marks[i] = learnt[i].way == NS_IMPUTE_KNN;
	if (ns_lesson_part(&part, lesson, marks, arena) == 0)
		return NS_OK;
	part.before = before;
	neighbors.inf_missing = options->inf_missing;
	NS_TRY(ns_impute_neighbors_learn(&stage, &part, &neighbors, arena, err));
	ns_bundle_append(bundle, &stage, arena);
	return NS_OK;
}

int ns_impute_learn(struct ns_bundle *bundle, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	size_t first = bundle->count;
	struct learnt *learnt = NS_NEW_ARRAY(arena, struct learnt, lesson->width);
	NS_TRY(learn_columns(learnt, lesson, options, arena, err));
	NS_TRY(learn_simple(bundle, learnt, lesson, options, arena, err));
	struct ns_chain before = bundle->count > first ? bundle->stages[first].after : *lesson->before;
	return learn_neighbors(bundle, learnt, lesson, &before, options, arena, err);
}
