#include "learn/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stat/metrics.h"

/* One report row; after merging the means over all rows of one candidate. index: where it came first. */
struct candidate {
	uint32_t learner, params, by;
	size_t index;
	double folds, rows, score, variance, train;
	double *metrics, *sums; /* sums: room for the means */
};

/* The report's columns, found once. */
struct report {
	const struct ns_series *learner, *params, *by, *folds, *rows, *score, *deviation, *train;
	const struct ns_series **metrics;
	size_t metric_count;
};

static int find(const struct ns_series **series, const struct ns_frame *frame, const char *name, enum ns_type type,
	struct ns_err *err)
{
	*series = ns_frame_find(frame, name);
	if (!*series || (*series)->type != type)
		return ns_fail(err, NS_EDATA, "no column '%s' of %s: not a report of ns-fit --report", name,
			type == NS_TEXT ? "text" : "numbers");
	return NS_OK;
}

static int find_columns(struct report *report, const struct ns_frame *frame, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(find(&report->learner, frame, "learner", NS_TEXT, err));
	NS_TRY(find(&report->params, frame, "params", NS_TEXT, err));
	NS_TRY(find(&report->by, frame, "by", NS_TEXT, err));
	NS_TRY(find(&report->folds, frame, "folds", NS_NUMBER, err));
	NS_TRY(find(&report->rows, frame, "rows", NS_NUMBER, err));
	NS_TRY(find(&report->score, frame, "score", NS_NUMBER, err));
	NS_TRY(find(&report->deviation, frame, "score_deviation", NS_NUMBER, err));
	NS_TRY(find(&report->train, frame, "train_score", NS_NUMBER, err));
	while (ns_metrics_names[report->metric_count])
		report->metric_count++;
	report->metrics = NS_NEW_ARRAY(arena, const struct ns_series *, report->metric_count);
	for (size_t m = 0; m < report->metric_count; m++)
		NS_TRY(find(&report->metrics[m], frame, ns_metrics_names[m], NS_NUMBER, err));
	return NS_OK;
}

static int compare_names(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->learner != y->learner)
		return x->learner < y->learner ? -1 : 1;
	if (x->params != y->params)
		return x->params < y->params ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* The best first: `higher` decides what is best, ties go to the one that came first, undefined scores come last. */
static int compare(const struct candidate *x, const struct candidate *y, bool higher)
{
	if (isnan(x->score) != isnan(y->score))
		return isnan(x->score) ? 1 : -1;
	if (x->score != y->score && !isnan(x->score))
		return (x->score > y->score) == higher ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int compare_higher(const void *a, const void *b)
{
	return compare(a, b, true);
}

static int compare_lower(const void *a, const void *b)
{
	return compare(a, b, false);
}

/* One candidate for each row of the report. */
static struct candidate *read_rows(const struct report *report, size_t rows, struct ns_arena *arena)
{
	struct candidate *all = NS_NEW_ARRAY(arena, struct candidate, rows);
	for (size_t row = 0; row < rows; row++) {
		double deviation = report->deviation->numbers[row];
		all[row] = (struct candidate){.learner = report->learner->codes[row], .params = report->params->codes[row],
			.by = report->by->codes[row], .index = row, .folds = report->folds->numbers[row],
			.rows = report->rows->numbers[row], .score = report->score->numbers[row],
			.variance = deviation * deviation, .train = report->train->numbers[row],
			.metrics = NS_NEW_ARRAY(arena, double, report->metric_count),
			.sums = NS_NEW_ARRAY(arena, double, report->metric_count)};
		for (size_t m = 0; m < report->metric_count; m++)
			all[row].metrics[m] = report->metrics[m]->numbers[row];
	}
	return all;
}

/* `count` rows of one candidate into one, each fold counting once. */
static struct candidate add_up(const struct candidate *parts, size_t count, size_t metric_count)
{
	struct candidate mean = parts[0];
	if (count == 1)
		return mean;
	mean.folds = mean.rows = mean.score = mean.variance = mean.train = 0;
	memset(mean.metrics = parts[0].sums, 0, metric_count * sizeof *mean.metrics);
	for (size_t i = 0; i < count; i++) {
		mean.folds += parts[i].folds;
		mean.rows += parts[i].rows;
		mean.score += parts[i].folds * parts[i].score;
		mean.train += parts[i].folds * parts[i].train;
		for (size_t m = 0; m < metric_count; m++)
			mean.metrics[m] += parts[i].folds * parts[i].metrics[m];
	}
	mean.score /= mean.folds;
	mean.train /= mean.folds;
	for (size_t m = 0; m < metric_count; m++)
		mean.metrics[m] /= mean.folds;
	for (size_t i = 0; i < count; i++) {
		double off = parts[i].score - mean.score;
		mean.variance += parts[i].folds / mean.folds * (parts[i].variance + off * off);
	}
	return mean;
}

/* Adds up rows of the same candidate; returns how many candidates there are. */
static size_t merge(struct candidate *all, size_t rows, size_t metric_count)
{
	size_t count = 0;
	qsort(all, rows, sizeof *all, compare_names);
	for (size_t i = 0, end; i < rows; i = end) {
		for (end = i + 1; end < rows && all[end].learner == all[i].learner && all[end].params == all[i].params; end++)
			;
		all[count++] = add_up(all + i, end - i, metric_count);
	}
	return count;
}

/* Rows of one candidate must have been scored by one metric before they are added up, all candidates on as many folds afterwards. */
static int check_rows(const struct candidate *all, size_t rows, const struct report *report, struct ns_err *err)
{
	const char *const *names = report->by->values;
	for (size_t i = 0; i < rows; i++) {
		if (all[i].learner == NS_CODE_MISSING || all[i].by == NS_CODE_MISSING || !(all[i].folds >= 1))
			return ns_fail(err, NS_EDATA, "row %zu of the reports has no learner, metric or number of folds", i + 1);
		if (all[i].by != all[0].by)
			return ns_fail(err, NS_EDATA, "row %zu of the reports was scored by '%s', those before it by '%s': they do not compare",
				i + 1, names[all[i].by], names[all[0].by]);
	}
	return NS_OK;
}

static int check_folds(const struct candidate *all, size_t count, const struct report *report, struct ns_err *err)
{
	size_t most = 0, least = 0;
	for (size_t i = 1; i < count; i++) {
		most = all[i].folds > all[most].folds ? i : most;
		least = all[i].folds < all[least].folds ? i : least;
	}
	uint32_t params = all[least].params;
	if (all[most].folds != all[least].folds)
		return ns_fail(err, NS_EDATA, "candidate '%s%s%s' was scored on %g fold%s, others on %g: they do not compare (a report is missing, or there twice)",
			report->learner->values[all[least].learner], params == NS_CODE_MISSING ? "" : " ",
			params == NS_CODE_MISSING ? "" : report->params->values[params], all[least].folds,
			all[least].folds == 1 ? "" : "s", all[most].folds);
	return NS_OK;
}

static int add_text(struct ns_table *table, const struct ns_series *series, const uint32_t *codes, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, table->rows);
	for (size_t row = 0; row < table->rows; row++)
		if (codes[row] != NS_CODE_MISSING)
			spans[row] = (struct ns_span){series->values[codes[row]], strlen(series->values[codes[row]])};
	return ns_column_set_text(ns_table_add(table, series->name, arena), spans, table->rows, arena, err);
}

static int build(struct ns_table *table, const struct candidate *all, const struct report *report, struct ns_arena *arena,
	struct ns_err *err)
{
	size_t rows = table->rows;
	uint32_t *learner = NS_NEW_ARRAY(arena, uint32_t, rows), *params = NS_NEW_ARRAY(arena, uint32_t, rows),
		 *by = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++) {
		learner[row] = all[row].learner;
		params[row] = all[row].params;
		by[row] = all[row].by;
	}
	double *rank = ns_table_add_numbers(table, "rank", arena);
	NS_TRY(add_text(table, report->learner, learner, arena, err));
	NS_TRY(add_text(table, report->params, params, arena, err));
	double *folds = ns_table_add_numbers(table, "folds", arena), *scored = ns_table_add_numbers(table, "rows", arena);
	NS_TRY(add_text(table, report->by, by, arena, err));
	double *score = ns_table_add_numbers(table, "score", arena), *deviation = ns_table_add_numbers(table, "score_deviation", arena);
	double *train = ns_table_add_numbers(table, "train_score", arena);
	for (size_t row = 0; row < rows; row++) {
		rank[row] = (double)row + 1;
		folds[row] = all[row].folds;
		scored[row] = all[row].rows;
		score[row] = all[row].score;
		deviation[row] = sqrt(all[row].variance);
		train[row] = all[row].train;
	}
	for (size_t m = 0; m < report->metric_count; m++) {
		double *values = ns_table_add_numbers(table, report->metrics[m]->name, arena);
		for (size_t row = 0; row < rows; row++)
			values[row] = all[row].metrics[m];
	}
	return NS_OK;
}

int ns_select_rank(struct ns_table *ranked, const struct ns_frame *reports, struct ns_arena *arena, struct ns_err *err)
{
	struct report report = {0};
	struct ns_metrics none = {0};
	double unused;
	bool higher = true;
	NS_TRY(find_columns(&report, reports, arena, err));
	if (reports->rows == 0)
		return ns_fail(err, NS_EDATA, "no candidates in the reports");
	struct candidate *all = read_rows(&report, reports->rows, arena);
	NS_TRY(check_rows(all, reports->rows, &report, err));
	const char *by = report.by->values[all[0].by];
	if (!ns_metrics_value(&unused, &higher, &none, by))
		return ns_fail(err, NS_EDATA, "the reports are ranked by '%s', which is no metric", by);
	size_t count = merge(all, reports->rows, report.metric_count);
	NS_TRY(check_folds(all, count, &report, err));
	qsort(all, count, sizeof *all, higher ? compare_higher : compare_lower);
	if (isnan(all[0].score))
		return ns_fail(err, NS_EDATA, "%s is undefined for every candidate: there is no best one", by);
	*ranked = (struct ns_table){.rows = count, .source = "candidates"};
	return build(ranked, all, &report, arena, err);
}

const char *ns_select_command(const struct ns_table *ranked, size_t row, struct ns_arena *arena)
{
	struct ns_span learner = ns_column_text(&ranked->columns[1], row), params = ns_column_text(&ranked->columns[2], row);
	struct ns_buffer words = NS_BUFFER_INIT(1 << 20);
	int failed = ns_buffer_append(&words, learner.data, learner.size);
	for (size_t from = 0, to; from < params.size; from = to + 1) {
		for (to = from; to < params.size && params.data[to] != ' '; to++)
			;
		failed |= ns_buffer_append(&words, " -p ", 4) | ns_buffer_append(&words, params.data + from, to - from);
	}
	const char *text = failed ? "" : ns_strndup(arena, words.data, words.size);
	ns_buffer_release(&words);
	return text;
}
