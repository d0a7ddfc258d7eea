#include "stage/encode.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stage/stage_table.h"
#include "stat/quantile.h"

struct category {
	const char *text; /* of texts */
	double value;     /* of numbers */
	size_t count;     /* rows that have it */
	bool missing, rare;
};

struct categories {
	struct category *list;
	size_t count;
};

/* The stage's table while it grows. */
struct rows {
	const char **column, **kind, **category, **output;
	double *value, *code;
	size_t count;
	const char **outputs; /* one-hot: the names of all columns that come to be, in order */
	size_t outputs_count;
};

/* --- the categories of a column, ascending, missing last --- */

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static void of_numbers(struct categories *found, const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	double *values = ns_malloc_array(rows + 1, sizeof *values);
	size_t present = ns_present(values, series->numbers, rows), distinct = 0;
	if (present)
		qsort(values, present, sizeof *values, compare);
	for (size_t i = 0; i < present; i++)
		distinct += i == 0 || values[i] != values[i - 1];
	found->list = NS_NEW_ARRAY(arena, struct category, distinct + 1);
	for (size_t i = 0; i < present; i++) {
		if (i == 0 || values[i] != values[i - 1])
			found->list[found->count++].value = values[i] + 0.0;
		found->list[found->count - 1].count++;
	}
	free(values);
	found->list[distinct] = (struct category){.value = NAN, .missing = true, .count = rows - present};
}

static void of_texts(struct categories *found, const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	found->count = series->values_count;
	found->list = NS_NEW_ARRAY(arena, struct category, found->count + 1);
	for (size_t i = 0; i < found->count; i++)
		found->list[i] = (struct category){.text = series->values[i], .value = NAN};
	found->list[found->count] = (struct category){.value = NAN, .missing = true};
	for (size_t row = 0; row < rows; row++)
		found->list[series->codes[row] == NS_CODE_MISSING ? found->count : series->codes[row]].count++;
}

static void find_categories(struct categories *found, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_encode_options *options, struct ns_arena *arena)
{
	bool one_hot = options->strategy == NS_ENCODE_ONE_HOT;
	double least = options->min_frequency < 1 ? options->min_frequency * (double)lesson->rows : options->min_frequency;
	*found = (struct categories){0};
	if (series->type == NS_TEXT)
		of_texts(found, series, lesson->rows, arena);
	else
		of_numbers(found, series, lesson->rows, arena);
	if (one_hot && found->list[found->count].count)
		found->count++;
	for (size_t i = 0; i < found->count; i++)
		found->list[i].rare = one_hot && (double)found->list[i].count < least;
}

/* --- rows --- */

static void add_row(struct rows *rows, const char *column, const char *kind, const struct category *category, const char *output, double code)
{
	size_t i = rows->count++;
	rows->column[i] = column;
	rows->kind[i] = kind;
	rows->category[i] = category ? category->text : NULL;
	rows->value[i] = category ? category->value : NAN;
	rows->output[i] = output;
	rows->code[i] = code;
}

static void reserve(struct rows *rows, size_t count, struct ns_arena *arena)
{
	rows->column = NS_NEW_ARRAY(arena, const char *, count);
	rows->kind = NS_NEW_ARRAY(arena, const char *, count);
	rows->category = NS_NEW_ARRAY(arena, const char *, count);
	rows->output = NS_NEW_ARRAY(arena, const char *, count);
	rows->value = NS_NEW_ARRAY(arena, double, count);
	rows->code = NS_NEW_ARRAY(arena, double, count);
	rows->outputs = NS_NEW_ARRAY(arena, const char *, count);
}

/* "column_category". Blanks around a name do not survive its being read again, so it has none. */
static const char *output_name(const char *column, const struct category *category, struct ns_arena *arena)
{
	char number[NS_NUMBER_MAX + 1] = "";
	if (!category->text && !category->missing)
		number[ns_number_print(number, category->value)] = '\0';
	char *name = ns_format(arena, "%s_%s", column, category->missing ? "missing" : category->text ? category->text : number);
	size_t size = strlen(name);
	while (size && strchr(" \t\r\n", name[size - 1]))
		size--;
	name[size] = '\0';
	return name;
}

static int check_count(size_t outputs, const struct ns_lesson *lesson, const char *name, const struct ns_encode_options *options, struct ns_err *err)
{
	if (outputs <= (size_t)options->max_categories)
		return NS_OK;
	return ns_fail(err, NS_EDATA, "%s: column '%s' has %zu categories, more than %" PRId64 " (-x '%s' leaves it out%s, --max-categories allows more)",
		lesson->source, name, outputs, options->max_categories, name,
		options->strategy == NS_ENCODE_ONE_HOT ? ", --min-frequency puts rare ones together" : "");
}

/* Where the categories of a column go. */
struct plan {
	size_t dropped;        /* 1: the first output is left out */
	size_t outputs;        /* those left */
	const char *rare_name; /* the infrequent categories' output, which is the last; NULL: none */
	double rare_code;
	bool rest_is_rare;     /* unknown values go there, too; so the table need not name the infrequent ones */
};

static int make_plan(struct plan *plan, const struct categories *found, const struct ns_lesson *lesson, const char *name,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	size_t rare = 0;
	for (size_t i = 0; i < found->count; i++)
		rare += found->list[i].rare;
	size_t outputs = found->count - rare + (rare > 0);
	NS_TRY(check_count(outputs, lesson, name, options, err));
	*plan = (struct plan){.rare_code = NAN, .rest_is_rare = rare > 0 && options->unknown == NS_ENCODE_UNKNOWN_INFREQUENT};
	plan->dropped = options->drop == NS_ENCODE_DROP_FIRST || (options->drop == NS_ENCODE_DROP_IF_BINARY && outputs == 2);
	plan->outputs = outputs - plan->dropped;
	if (rare && plan->outputs) {
		plan->rare_name = ns_format(arena, "%s_infrequent", name);
		plan->rare_code = (double)(plan->outputs - 1);
	}
	return NS_OK;
}

static int add_one_hot(struct rows *rows, const struct categories *found, const struct ns_lesson *lesson, const char *name,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct plan plan;
	size_t next = 0;
	NS_TRY(make_plan(&plan, found, lesson, name, options, arena, err));
	for (size_t i = 0; i < found->count; i++) {
		const struct category *category = &found->list[i];
		const char *kind = category->missing ? "missing" : "category";
		if (category->text && !ns_utf8_valid(category->text, strlen(category->text)))
			return ns_fail(err, NS_EDATA, "%s: column '%s': '%.80s' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)", lesson->source,
				name, category->text);
		if (category->rare) {
			if (!plan.rest_is_rare)
				add_row(rows, name, kind, category, plan.rare_name, plan.rare_code);
		} else if (next++ < plan.dropped) {
			add_row(rows, name, kind, category, NULL, NAN);
		} else {
			const char *output = rows->outputs[rows->outputs_count++] = output_name(name, category, arena);
			add_row(rows, name, kind, category, output, (double)(next - 1 - plan.dropped));
		}
	}
	if (plan.rare_name)
		rows->outputs[rows->outputs_count++] = plan.rare_name;
	if (options->unknown != NS_ENCODE_UNKNOWN_ERROR)
		add_row(rows, name, "unknown", NULL, plan.rest_is_rare ? plan.rare_name : NULL, plan.rest_is_rare ? plan.rare_code : NAN);
	return NS_OK;
}

static int add_ordinal(struct rows *rows, const struct categories *found, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_encode_options *options, struct ns_err *err)
{
	double unknown = options->unknown_value;
	NS_TRY(check_count(found->count, lesson, series->name, options, err));
	if (options->unknown != NS_ENCODE_UNKNOWN_ERROR && unknown >= 0 && unknown < (double)found->count && unknown == floor(unknown))
		return ns_fail(err, NS_ECALL, "--unknown-value: %.0f is the code of a category of column '%s'", unknown, series->name);
	for (size_t i = 0; i < found->count; i++)
		add_row(rows, series->name, "category", &found->list[i], NULL, (double)i);
	if (options->unknown != NS_ENCODE_UNKNOWN_ERROR)
		add_row(rows, series->name, "unknown", NULL, NULL, unknown);
	return NS_OK;
}

/* --- the whole --- */

/* Two rows whose outputs meet in one name. */
static int fail_twice(const struct rows *rows, const char *name, const char *source, struct ns_err *err)
{
	size_t first = rows->count, second = rows->count;
	for (size_t i = 0; i < rows->count && second == rows->count; i++) {
		if (!rows->output[i] || strcmp(rows->output[i], name) != 0)
			continue;
		if (first == rows->count)
			first = i;
		else if (rows->code[i] != rows->code[first] || strcmp(rows->column[i], rows->column[first]) != 0)
			second = i;
	}
	return ns_fail(err, NS_EDATA, "%s: column '%s' would stand for '%s' of column '%s' and for '%s' of column '%s' (-x '%s' leaves that one out, "
		"ns-convert --rename gives a column another name)", source, name,
		rows->category[first] ? rows->category[first] : rows->kind[first], rows->column[first],
		rows->category[second] ? rows->category[second] : rows->kind[second], rows->column[second], rows->column[second]);
}

static int check_outputs(const struct rows *rows, const char *source, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, rows->outputs_count);
	for (size_t i = 0; i < rows->outputs_count; i++)
		names[i] = rows->outputs[i];
	const char *doubled = ns_stage_doubled(names, rows->outputs_count);
	return doubled ? fail_twice(rows, doubled, source, err) : NS_OK;
}

static int add_column(struct rows *rows, const struct categories *found, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_encode_options *options, struct ns_arena *arena, struct ns_err *err)
{
	if (found->count == 0)
		return ns_lesson_empty(lesson, series, "", err);
	if (options->strategy == NS_ENCODE_ORDINAL)
		return add_ordinal(rows, found, lesson, series, options, err);
	return add_one_hot(rows, found, lesson, series->name, options, arena, err);
}

static int put_rows(struct ns_table *table, const struct rows *rows, struct ns_arena *arena, struct ns_err *err)
{
	table->rows = rows->count;
	NS_TRY(ns_stage_put_texts(table, "column", rows->column, arena, err));
	NS_TRY(ns_stage_put_texts(table, "kind", rows->kind, arena, err));
	NS_TRY(ns_stage_put_texts(table, "category", rows->category, arena, err));
	ns_stage_put_numbers(table, "value", rows->value, arena);
	NS_TRY(ns_stage_put_texts(table, "output", rows->output, arena, err));
	ns_stage_put_numbers(table, "code", rows->code, arena);
	return NS_OK;
}

int ns_encode_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_encode_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct categories *found = NS_NEW_ARRAY(arena, struct categories, lesson->width);
	struct ns_table table = {0};
	struct rows rows = {0};
	bool one_hot = options->strategy == NS_ENCODE_ONE_HOT;
	size_t total = 0;
	for (size_t i = 0; i < lesson->width; i++) {
		find_categories(&found[i], lesson, lesson->series[i], options, arena);
		total += found[i].count + 2; /* unknown and infrequent ones */
	}
	reserve(&rows, total, arena);
	for (size_t i = 0; i < lesson->width; i++)
		NS_TRY(add_column(&rows, &found[i], lesson, lesson->series[i], options, arena, err));
	NS_TRY(check_outputs(&rows, lesson->source, arena, err));
	NS_TRY(put_rows(&table, &rows, arena, err));
	ns_metadata_set(&table.metadata, "ns:strategy", one_hot ? "one-hot" : "ordinal", arena);
	return ns_lesson_finish(stage, lesson, &ns_stage_encode, &table, one_hot ? rows.outputs : NULL, rows.outputs_count, arena, err);
}
