#include "stat/metrics_report.h"

#include <math.h>
#include <string.h>

#include "base/number.h"

/* Rows as they are made. */
struct lines {
	struct ns_span *metric, *class;
	double *value, *lower, *upper;
	size_t count;
	struct ns_arena *arena;
};

static struct ns_span span_of(const char *text)
{
	return (struct ns_span){text, text ? strlen(text) : 0};
}

static void add_line(struct lines *lines, const char *metric, const char *class, double value)
{
	lines->metric[lines->count] = span_of(metric);
	lines->class[lines->count] = span_of(class);
	lines->lower[lines->count] = lines->upper[lines->count] = NAN;
	lines->value[lines->count++] = value;
}

static void add_lines(struct lines *lines, const struct ns_metrics *metrics, const char *const *classes, const struct ns_metrics_intervals *intervals)
{
	double values[NS_METRICS];
	ns_metrics_values(values, metrics);
	add_line(lines, "rows", NULL, (double)metrics->rows);
	for (size_t i = 0; i < NS_METRICS; i++) {
		add_line(lines, ns_metrics_names[i], NULL, values[i]);
		if (!intervals)
			continue;
		lines->lower[lines->count - 1] = intervals->of[i].lower;
		lines->upper[lines->count - 1] = intervals->of[i].upper;
	}
	for (uint32_t c = 0; c < metrics->classes; c++) {
		const struct ns_class_metrics *one = &metrics->per_class[c];
		add_line(lines, "precision", classes[c], one->precision);
		add_line(lines, "recall", classes[c], one->recall);
		add_line(lines, "f1", classes[c], one->f1);
		add_line(lines, "support", classes[c], (double)one->support);
	}
	for (uint32_t p = 0; p < metrics->classes; p++) {
		const char *metric = ns_format(lines->arena, "predicted_%s", classes[p]);
		for (uint32_t t = 0; t < metrics->classes; t++)
			add_line(lines, metric, classes[t], (double)metrics->confusion[(size_t)t * metrics->classes + p]);
	}
}

int ns_metrics_table(struct ns_table *table, const struct ns_metrics *metrics, const char *const *classes,
	const struct ns_metrics_intervals *intervals, struct ns_arena *arena, struct ns_err *err)
{
	static const char *const names[] = {"metric", "class", "value", "lower", "upper"};
	size_t rows = 1 + NS_METRICS + 4 * (size_t)metrics->classes + (size_t)metrics->classes * metrics->classes, width = intervals ? 5 : 3;
	struct lines lines = {NS_NEW_ARRAY(arena, struct ns_span, rows), NS_NEW_ARRAY(arena, struct ns_span, rows), NS_NEW_ARRAY(arena, double, rows),
		NS_NEW_ARRAY(arena, double, rows), NS_NEW_ARRAY(arena, double, rows), 0, arena};
	add_lines(&lines, metrics, classes, intervals);
	*table = (struct ns_table){.rows = rows, .width = width, .columns = NS_NEW_ARRAY(arena, struct ns_column, width), .source = "metrics"};
	for (size_t i = 0; i < width; i++)
		table->columns[i].name = names[i];
	NS_TRY(ns_column_set_text(&table->columns[0], lines.metric, rows, arena, err));
	NS_TRY(ns_column_set_text(&table->columns[1], lines.class, rows, arena, err));
	ns_column_set_numbers(&table->columns[2], lines.value);
	if (intervals) {
		ns_column_set_numbers(&table->columns[3], lines.lower);
		ns_column_set_numbers(&table->columns[4], lines.upper);
	}
	return NS_OK;
}

static void put_class(struct ns_json *json, const char *key, const struct ns_class_metrics *one)
{
	ns_json_object(json, key);
	ns_json_number(json, "precision", one->precision);
	ns_json_number(json, "recall", one->recall);
	ns_json_number(json, "f1", one->f1);
	ns_json_integer(json, "support", (int64_t)one->support);
	ns_json_end(json);
}

static void put_value(struct ns_json *json, const struct ns_metrics *metrics, const char *name)
{
	double value = NAN;
	ns_metrics_value(&value, NULL, metrics, name);
	ns_json_number(json, name, value);
}

static void put_confusion(struct ns_json *json, const struct ns_metrics *metrics, const char *const *classes)
{
	ns_json_object(json, "confusion");
	ns_json_row(json, "labels");
	for (uint32_t c = 0; c < metrics->classes; c++)
		ns_json_text(json, NULL, classes[c]);
	ns_json_end(json);
	ns_json_array(json, "matrix");
	for (uint32_t t = 0; t < metrics->classes; t++) {
		ns_json_row(json, NULL);
		for (uint32_t p = 0; p < metrics->classes; p++)
			ns_json_integer(json, NULL, (int64_t)metrics->confusion[(size_t)t * metrics->classes + p]);
		ns_json_end(json);
	}
	ns_json_end(json);
	ns_json_end(json);
}

static void put_intervals(struct ns_json *json, const struct ns_metrics_intervals *intervals)
{
	ns_json_object(json, "intervals");
	ns_json_number(json, "confidence", intervals->bootstrap->confidence);
	ns_json_integer(json, "resamples", intervals->bootstrap->resamples);
	ns_json_integer(json, "seed", intervals->bootstrap->seed);
	for (size_t i = 0; i < NS_METRICS; i++) {
		ns_json_row(json, ns_metrics_names[i]);
		ns_json_number(json, NULL, intervals->of[i].lower);
		ns_json_number(json, NULL, intervals->of[i].upper);
		ns_json_end(json);
	}
	ns_json_end(json);
}

void ns_metrics_json(struct ns_json *json, const struct ns_metrics *metrics, const char *const *classes,
	const struct ns_metrics_intervals *intervals)
{
	static const char *const first[] = {"accuracy", "balanced_accuracy", "precision", "recall", "f1", NULL};
	static const char *const last[] = {"roc_auc", "pr_auc", "log_loss", "brier", "mcc", NULL};
	ns_json_object(json, NULL);
	ns_json_integer(json, "rows", (int64_t)metrics->rows);
	ns_json_text(json, "positive", metrics->positive >= 0 ? classes[metrics->positive] : NULL);
	for (size_t i = 0; first[i]; i++)
		put_value(json, metrics, first[i]);
	ns_json_object(json, "classes");
	for (uint32_t c = 0; c < metrics->classes; c++)
		put_class(json, classes[c], &metrics->per_class[c]);
	ns_json_end(json);
	put_class(json, "macro", &metrics->macro);
	put_class(json, "weighted", &metrics->weighted);
	for (size_t i = 0; last[i]; i++)
		put_value(json, metrics, last[i]);
	put_confusion(json, metrics, classes);
	if (intervals)
		put_intervals(json, intervals);
	ns_json_end(json);
}

static int check_metric(const char *metric, const char *text, struct ns_err *err)
{
	struct ns_metrics none = {.positive = -1};
	double value;
	size_t count = 0;
	if (ns_metrics_value(&value, NULL, &none, metric))
		return NS_OK;
	while (ns_metrics_names[count])
		count++;
	const char *near = ns_nearest_name(metric, ns_metrics_names, count);
	return near ? ns_fail(err, NS_ECALL, "--require '%s': no metric '%s' (did you mean '%s'?)", text, metric, near)
		    : ns_fail(err, NS_ECALL, "--require '%s': no metric '%s'", text, metric);
}

static int parse_requirement(struct ns_requirement *requirement, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	size_t name = strcspn(text, "<> ="), at = name + strspn(text + name, " ");
	*requirement = (struct ns_requirement){.text = text, .metric = ns_strndup(arena, text, name), .below = text[at] == '<', .strict = true};
	bool compares = text[at] == '<' || text[at] == '>';
	at += compares;
	if (compares && text[at] == '=') {
		requirement->strict = false;
		at++;
	}
	at += strspn(text + at, " ");
	if (!compares || !ns_number_parse(&requirement->bound, text + at, strlen(text + at)))
		return ns_fail(err, NS_ECALL, "--require '%s': must be a metric, one of >= > <= <, and a number, as in 'f1>=0.9'", text);
	return check_metric(requirement->metric, text, err);
}

static int check_requirement(const struct ns_requirement *requirement, const struct ns_metrics *metrics, struct ns_err *err)
{
	char text[NS_NUMBER_MAX];
	double value = NAN, bound = requirement->bound;
	ns_metrics_value(&value, NULL, metrics, requirement->metric);
	if (requirement->below ? value < bound : value > bound)
		return NS_OK;
	if (!requirement->strict && value == bound)
		return NS_OK;
	if (isnan(value))
		return ns_fail(err, NS_EDATA, "%s is undefined, required: %s", requirement->metric, requirement->text);
	return ns_fail(err, NS_EDATA, "%s is %.*s, required: %s", requirement->metric, (int)ns_number_print(text, value), text, requirement->text);
}

int ns_requirements_parse(struct ns_requirement **out, const struct ns_texts *texts, struct ns_arena *arena, struct ns_err *err)
{
	*out = NS_NEW_ARRAY(arena, struct ns_requirement, texts->count);
	for (size_t i = 0; i < texts->count; i++)
		NS_TRY(parse_requirement(&(*out)[i], texts->items[i], arena, err));
	return NS_OK;
}

int ns_requirements_check(const struct ns_requirement *requirements, size_t count, const struct ns_metrics *metrics, struct ns_err *err)
{
	int status = NS_OK;
	for (size_t i = 0; i < count; i++) {
		struct ns_err last = *err;
		if (check_requirement(&requirements[i], metrics, err) == NS_OK)
			continue;
		if (status != NS_OK)
			ns_complain("%s", last.text);
		status = NS_EDATA;
	}
	return status;
}
