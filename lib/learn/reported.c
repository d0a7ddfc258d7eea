#include "learn/reported.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FOLDS_MAX = 1000000 };

static const char *const texts[] = {"learner", "params", "by", NULL};
static const char *const numbers[] = {"folds", "rows", "score", "score_deviation", "train_score", NULL};

static bool is_among(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* score_7, train_score_7. */
static bool is_of_fold(const char *name)
{
	const char *number = strncmp(name, "score_", 6) == 0 ? name + 6 : strncmp(name, "train_score_", 12) == 0 ? name + 12 : "";
	return *number && strspn(number, "0123456789") == strlen(number);
}

static bool is_wanted(const char *name)
{
	return is_among(texts, name) || is_among(numbers, name) || is_among(ns_metrics_names, name) || is_of_fold(name) ||
	       strcmp(name, "fit_seconds") == 0 || strcmp(name, "score_seconds") == 0;
}

static int require(const char *const *names, const struct ns_table *header, struct ns_err *err)
{
	for (; *names; names++)
		if (ns_table_find(header, *names) < 0)
			return ns_fail(err, NS_EDATA, "%s: no column '%s': not a report of ns-fit --report", header->source, *names);
	return NS_OK;
}

int ns_reported_want(bool *marks, enum ns_type *types, const struct ns_table *header, struct ns_err *err)
{
	NS_TRY(require(texts, header, err));
	NS_TRY(require(numbers, header, err));
	NS_TRY(require(ns_metrics_names, header, err));
	for (size_t i = 0; i < header->width; i++) {
		marks[i] = is_wanted(header->columns[i].name);
		types[i] = is_among(texts, header->columns[i].name) ? NS_TEXT : NS_NUMBER;
	}
	return NS_OK;
}

static const char *text_of(const struct ns_frame *frame, const char *name, size_t row)
{
	const struct ns_series *series = ns_frame_find(frame, name);
	return series->codes[row] == NS_CODE_MISSING ? NULL : series->values[series->codes[row]];
}

static double number_of(const struct ns_frame *frame, const char *name, size_t row)
{
	const struct ns_series *series = ns_frame_find(frame, name);
	return series ? series->numbers[row] : (double)NAN;
}

/* Each fold's score of a row, as far as the report has them: of a single fold it is the score. */
static void read_folds(struct ns_reported *item, const struct ns_frame *frame, size_t row, struct ns_arena *arena)
{
	size_t most = 0;
	while (most < item->folds && ns_frame_find(frame, ns_format(arena, "score_%zu", most + 1)) &&
	       ns_frame_find(frame, ns_format(arena, "train_score_%zu", most + 1)))
		most++;
	item->count = item->folds == 1 ? 1 : most;
	item->scores = NS_NEW_ARRAY(arena, double, item->count);
	item->train_scores = NS_NEW_ARRAY(arena, double, item->count);
	for (size_t k = 0; k < item->count; k++) {
		item->scores[k] = item->folds == 1 ? item->score : number_of(frame, ns_format(arena, "score_%zu", k + 1), row);
		item->train_scores[k] = item->folds == 1 ? item->train : number_of(frame, ns_format(arena, "train_score_%zu", k + 1), row);
	}
}

/* One row, whose metric must be the same in all. */
static int read_row(struct ns_reported *item, const char **by, const struct ns_reported_file *file, size_t row, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct ns_frame *frame = &file->frame;
	const char *metric = text_of(frame, "by", row);
	double deviation = number_of(frame, "score_deviation", row);
	*item = (struct ns_reported){.learner = text_of(frame, "learner", row), .params = text_of(frame, "params", row),
		.folds = number_of(frame, "folds", row), .rows = number_of(frame, "rows", row), .score = number_of(frame, "score", row),
		.variance = deviation * deviation, .train = number_of(frame, "train_score", row),
		.fit_seconds = number_of(frame, "fit_seconds", row), .score_seconds = number_of(frame, "score_seconds", row)};
	if (!item->learner || !metric || !(item->folds >= 1 && item->folds <= FOLDS_MAX && item->folds == floor(item->folds)))
		return ns_fail(err, NS_EDATA, "%s: candidate %zu has no learner, metric or number of folds", file->source, row + 1);
	if (*by && strcmp(*by, metric) != 0)
		return ns_fail(err, NS_EDATA, "%s: candidate %zu was scored by '%s', those before it by '%s': they do not compare", file->source,
			row + 1, metric, *by);
	*by = metric;
	for (size_t m = 0; m < NS_METRICS; m++)
		item->metrics[m] = number_of(frame, ns_metrics_names[m], row);
	read_folds(item, frame, row, arena);
	return NS_OK;
}

static int compare_names(const void *a, const void *b)
{
	const struct ns_reported *x = a, *y = b;
	int order = strcmp(x->learner, y->learner);
	if (order == 0)
		order = strcmp(x->params ? x->params : "", y->params ? y->params : "");
	return order ? order : x->index < y->index ? -1 : x->index > y->index;
}

static int compare_indices(const void *a, const void *b)
{
	const struct ns_reported *x = a, *y = b;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Each fold's scores one after the other. */
static void join_folds(struct ns_reported *sum, const struct ns_reported *parts, size_t count, struct ns_arena *arena)
{
	size_t at = 0;
	for (size_t i = 0; i < count; i++)
		at += parts[i].count;
	sum->scores = NS_NEW_ARRAY(arena, double, at);
	sum->train_scores = NS_NEW_ARRAY(arena, double, at);
	sum->count = at;
	at = 0;
	for (size_t i = 0; i < count; at += parts[i++].count) {
		memcpy(sum->scores + at, parts[i].scores, parts[i].count * sizeof *sum->scores);
		memcpy(sum->train_scores + at, parts[i].train_scores, parts[i].count * sizeof *sum->train_scores);
	}
}

/* `count` rows of one candidate into one, each fold counting once. */
static struct ns_reported add_up(const struct ns_reported *parts, size_t count, struct ns_arena *arena)
{
	struct ns_reported mean = {.learner = parts->learner, .params = parts->params, .index = parts->index};
	if (count == 1)
		return *parts;
	for (size_t i = 0; i < count; i++) {
		mean.folds += parts[i].folds;
		mean.rows += parts[i].rows;
		mean.score += parts[i].folds * parts[i].score;
		mean.train += parts[i].folds * parts[i].train;
		mean.fit_seconds += parts[i].folds * parts[i].fit_seconds;
		mean.score_seconds += parts[i].folds * parts[i].score_seconds;
		for (size_t m = 0; m < NS_METRICS; m++)
			mean.metrics[m] += parts[i].folds * parts[i].metrics[m];
	}
	mean.score /= mean.folds;
	mean.train /= mean.folds;
	mean.fit_seconds /= mean.folds;
	mean.score_seconds /= mean.folds;
	for (size_t m = 0; m < NS_METRICS; m++)
		mean.metrics[m] /= mean.folds;
	for (size_t i = 0; i < count; i++) {
		double off = parts[i].score - mean.score;
		mean.variance += parts[i].folds / mean.folds * (parts[i].variance + off * off);
	}
	join_folds(&mean, parts, count, arena);
	return mean;
}

/* Adds up rows of the same candidate. */
static void merge(struct ns_reported_set *set, struct ns_arena *arena)
{
	size_t rows = set->count;
	set->count = 0;
	qsort(set->items, rows, sizeof *set->items, compare_names);
	for (size_t i = 0, end; i < rows; i = end) {
		const char *params = set->items[i].params ? set->items[i].params : "";
		for (end = i + 1; end < rows && strcmp(set->items[end].learner, set->items[i].learner) == 0 &&
		     strcmp(set->items[end].params ? set->items[end].params : "", params) == 0; end++)
			;
		set->items[set->count++] = add_up(set->items + i, end - i, arena);
	}
	qsort(set->items, set->count, sizeof *set->items, compare_indices);
}

static int check_folds(struct ns_reported_set *set, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_reported *most = set->items, *least = set->items;
	set->all_folds = set->seconds = true;
	for (size_t i = 0; i < set->count; i++) {
		const struct ns_reported *item = &set->items[i];
		most = item->folds > most->folds ? item : most;
		least = item->folds < least->folds ? item : least;
		set->all_folds &= (double)item->count == item->folds;
		set->seconds &= !isnan(item->fit_seconds) && !isnan(item->score_seconds);
	}
	if (most->folds != least->folds)
		return ns_fail(err, NS_EDATA, "candidate '%s' was scored on %g fold%s, others on %g: they do not compare (a report is missing, or there twice)",
			ns_reported_name(least, arena), least->folds, least->folds == 1 ? "" : "s", most->folds);
	return NS_OK;
}

int ns_reported_read(struct ns_reported_set *set, const struct ns_reported_file *files, size_t count, struct ns_arena *arena,
	struct ns_err *err)
{
	size_t rows = 0;
	*set = (struct ns_reported_set){0};
	for (size_t f = 0; f < count; f++)
		rows += files[f].frame.rows;
	if (rows == 0)
		return ns_fail(err, NS_EDATA, "no candidates in the reports");
	set->items = NS_NEW_ARRAY(arena, struct ns_reported, rows);
	for (size_t f = 0; f < count; f++)
		for (size_t row = 0; row < files[f].frame.rows; row++) {
			NS_TRY(read_row(&set->items[set->count], &set->by, &files[f], row, arena, err));
			set->items[set->count].index = set->count;
			set->count++;
		}
	merge(set, arena);
	return check_folds(set, arena, err);
}

const char *ns_reported_name(const struct ns_reported *reported, struct ns_arena *arena)
{
	return reported->params ? ns_format(arena, "%s %s", reported->learner, reported->params) : reported->learner;
}
