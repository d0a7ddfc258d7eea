#include "stat/compare_report.h"

#include <math.h>
#include <string.h>

enum { NUMBERS = 6, MCNEMAR = 4 };
static const char *const number_names[NUMBERS] = {"value", "lower", "upper", "difference", "difference_lower", "difference_upper"};
static const char *const mcnemar_names[MCNEMAR] = {"right_first_only", "right_this_only", "mcnemar_statistic", "mcnemar_p"};

/* Rows as they are made. */
struct lines {
	struct ns_span *metric, *model;
	double *numbers[NUMBERS];
	size_t count;
};

static void add_line(struct lines *lines, const char *metric, const char *model, const double numbers[NUMBERS])
{
	lines->metric[lines->count] = (struct ns_span){metric, strlen(metric)};
	lines->model[lines->count] = (struct ns_span){model, strlen(model)};
	for (size_t i = 0; i < NUMBERS; i++)
		lines->numbers[i][lines->count] = numbers[i];
	lines->count++;
}

/* A metric's numbers in the order of number_names. */
static void numbers_of(double numbers[NUMBERS], const struct ns_compared *compared, size_t model, size_t metric)
{
	const struct ns_compared *one = &compared[model];
	const double all[NUMBERS] = {one->values[metric], one->own[metric].lower, one->own[metric].upper, one->difference[metric],
		one->differences[metric].lower, one->differences[metric].upper};
	for (size_t i = 0; i < NUMBERS; i++)
		numbers[i] = model == 0 && i >= NUMBERS / 2 ? NAN : all[i];
}

static void add_lines(struct lines *lines, const struct ns_compared *compared, size_t count)
{
	double numbers[NUMBERS];
	for (size_t metric = 0; metric < NS_METRICS; metric++)
		for (size_t m = 0; m < count; m++) {
			numbers_of(numbers, compared, m, metric);
			add_line(lines, ns_metrics_names[metric], compared[m].name, numbers);
		}
	for (size_t i = 0; i < MCNEMAR; i++)
		for (size_t m = 1; m < count; m++) {
			const struct ns_mcnemar *test = &compared[m].mcnemar;
			const double values[MCNEMAR] = {(double)test->first_only, (double)test->this_only, test->statistic, test->p};
			add_line(lines, mcnemar_names[i], compared[m].name, (const double[NUMBERS]){values[i], NAN, NAN, NAN, NAN, NAN});
		}
}

int ns_compare_table(struct ns_table *table, const struct ns_compared *compared, size_t count, struct ns_arena *arena, struct ns_err *err)
{
	size_t rows = NS_METRICS * count + MCNEMAR * (count - 1);
	struct lines lines = {.metric = NS_NEW_ARRAY(arena, struct ns_span, rows), .model = NS_NEW_ARRAY(arena, struct ns_span, rows)};
	for (size_t i = 0; i < NUMBERS; i++)
		lines.numbers[i] = NS_NEW_ARRAY(arena, double, rows);
	add_lines(&lines, compared, count);
	*table = (struct ns_table){.rows = rows, .width = 2 + NUMBERS, .columns = NS_NEW_ARRAY(arena, struct ns_column, 2 + NUMBERS), .source = "comparison"};
	table->columns[0].name = "metric";
	table->columns[1].name = "model";
	NS_TRY(ns_column_set_text(&table->columns[0], lines.metric, rows, arena, err));
	NS_TRY(ns_column_set_text(&table->columns[1], lines.model, rows, arena, err));
	for (size_t i = 0; i < NUMBERS; i++) {
		table->columns[2 + i].name = number_names[i];
		ns_column_set_numbers(&table->columns[2 + i], lines.numbers[i]);
	}
	return NS_OK;
}

static void put_metrics(struct ns_json *json, const struct ns_compared *compared, size_t model)
{
	double numbers[NUMBERS];
	ns_json_object(json, "metrics");
	for (size_t metric = 0; metric < NS_METRICS; metric++) {
		numbers_of(numbers, compared, model, metric);
		ns_json_object(json, ns_metrics_names[metric]);
		for (size_t i = 0; i < (model == 0 ? NUMBERS / 2 : NUMBERS); i++)
			ns_json_number(json, number_names[i], numbers[i]);
		ns_json_end(json);
	}
	ns_json_end(json);
}

static void put_mcnemar(struct ns_json *json, const struct ns_mcnemar *test)
{
	ns_json_object(json, "mcnemar");
	ns_json_integer(json, "right_first_only", (int64_t)test->first_only);
	ns_json_integer(json, "right_this_only", (int64_t)test->this_only);
	ns_json_text(json, "test", test->exact ? "exact" : "chi-square");
	ns_json_number(json, "statistic", test->statistic);
	ns_json_number(json, "p", test->p);
	ns_json_end(json);
}

void ns_compare_json(struct ns_json *json, const struct ns_compared *compared, size_t count, const struct ns_predictions *first,
	const struct ns_bootstrap *bootstrap)
{
	ns_json_object(json, NULL);
	ns_json_integer(json, "rows", (int64_t)first->rows);
	ns_json_text(json, "positive", first->positive >= 0 ? first->names[first->positive] : NULL);
	ns_json_number(json, "confidence", bootstrap->confidence);
	ns_json_integer(json, "resamples", bootstrap->resamples);
	ns_json_integer(json, "seed", bootstrap->seed);
	ns_json_array(json, "models");
	for (size_t m = 0; m < count; m++) {
		ns_json_object(json, NULL);
		ns_json_text(json, "model", compared[m].name);
		put_metrics(json, compared, m);
		if (m > 0)
			put_mcnemar(json, &compared[m].mcnemar);
		ns_json_end(json);
	}
	ns_json_end(json);
	ns_json_end(json);
}
