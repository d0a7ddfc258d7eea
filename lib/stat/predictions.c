#include "stat/predictions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "stat/labels.h"
#include "table/schema.h"

struct work {
	struct ns_predictions *out;
	const struct ns_predictions_options *options;
	const char *prefix;
	struct ns_reader *reader;
	struct ns_writer *wrong;
	struct ns_arena *arena;
	size_t truth, prediction;      /* positions of columns */
	size_t *probability, width;    /* likewise, and how many */
	bool *marks;                   /* all of these */
	const char *source;
	struct ns_frame_builder *builder;
	struct ns_buffer keep;         /* a byte a row: 0 = left out */
};

static int find_column(size_t *at, const struct work *work, const char *name, const char *remedy, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(work->reader);
	ptrdiff_t found = ns_table_find(header, name);
	if (found < 0)
		return ns_fail(err, NS_EDATA, "%s: no column '%s' (%s)", work->source, name, remedy);
	*at = (size_t)found;
	work->marks[found] = true;
	return NS_OK;
}

/* Truth and prediction are numbers where both are, else text: so equal labels look equal. */
static int want_labels(const struct work *work, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(work->reader);
	NS_TRY(ns_reader_want(work->reader, work->truth, NS_UNDECIDED, err));
	NS_TRY(ns_reader_want(work->reader, work->prediction, NS_UNDECIDED, err));
	if (header->columns[work->truth].type == header->columns[work->prediction].type)
		return NS_OK;
	NS_TRY(ns_reader_want(work->reader, work->truth, NS_TEXT, err));
	return ns_reader_want(work->reader, work->prediction, NS_TEXT, err);
}

static int find_columns(struct work *work, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(work->reader);
	struct ns_predictions *out = work->out;
	const char *start = ns_format(work->arena, "%sprobability_", work->prefix);
	out->target = ns_reader_target(work->reader);
	if (!out->target)
		return ns_fail(err, NS_ECALL, "no target given: -t NAME says which column is the truth");
	out->column = work->options->prediction ? work->options->prediction : ns_format(work->arena, "%sprediction", work->prefix);
	work->marks = NS_NEW_ARRAY(work->arena, bool, header->width);
	work->probability = NS_NEW_ARRAY(work->arena, size_t, header->width);
	NS_TRY(find_column(&work->truth, work, out->target, "-t names the column with the truth", err));
	NS_TRY(find_column(&work->prediction, work, out->column, "ns-predict(1) writes it; --prediction names another", err));
	if (work->truth == work->prediction)
		return ns_fail(err, NS_ECALL, "column '%s' cannot be truth and prediction at once", out->target);
	for (size_t i = 0; i < header->width; i++)
		if (!work->marks[i] && strncmp(header->columns[i].name, start, strlen(start)) == 0 && header->columns[i].name[strlen(start)]) {
			NS_TRY(ns_reader_want(work->reader, i, NS_NUMBER, err));
			work->probability[work->width++] = i;
			work->marks[i] = true;
		}
	return want_labels(work, err);
}

static bool is_missing(const struct ns_column *column, size_t row)
{
	return column->type == NS_NUMBER ? isnan(column->numbers[row]) : !ns_column_text(column, row).data;
}

static bool are_equal(const struct ns_column *a, const struct ns_column *b, size_t row)
{
	if (a->type == NS_NUMBER)
		return a->numbers[row] == b->numbers[row];
	struct ns_span x = ns_column_text(a, row), y = ns_column_text(b, row);
	return x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
}

/* Why the row cannot be judged, with its place, or NULL. Probabilities of sums rounded elsewhere may be a little off. */
static const char *fault_of(const struct work *work, const struct ns_table *batch, size_t row, struct ns_arena *arena)
{
	const struct ns_predictions *out = work->out;
	if (is_missing(&batch->columns[work->truth], row))
		return ns_format(arena, "%s: column '%s': no truth (--on-error skip leaves such rows out)", ns_table_where(batch, row, arena), out->target);
	if (is_missing(&batch->columns[work->prediction], row))
		return ns_format(arena, "%s: column '%s': no prediction (--on-error skip leaves such rows out)", ns_table_where(batch, row, arena), out->column);
	for (size_t i = 0; i < work->width; i++) {
		const struct ns_column *column = &batch->columns[work->probability[i]];
		char text[NS_NUMBER_MAX];
		double p = column->numbers[row];
		if (!(p >= -1e-6 && p <= 1 + 1e-6))
			return ns_format(arena, "%s: column '%s': '%.*s' is not a probability from 0 to 1", ns_table_where(batch, row, arena), column->name,
				(int)ns_number_print(text, p), text);
	}
	return NULL;
}

static int take_batch(struct work *work, const struct ns_table *batch, struct ns_err *err)
{
	struct ns_arena *arena = ns_reader_batch_arena(work->reader);
	uint32_t *wrong = NS_NEW_ARRAY(arena, uint32_t, batch->rows), count = 0;
	for (size_t row = 0; row < batch->rows; row++) {
		const char *fault = fault_of(work, batch, row, arena);
		if (fault && !work->options->skip)
			return ns_fail(err, NS_EDATA, "%s", fault);
		work->out->skipped += fault != NULL;
		if (ns_buffer_append(&work->keep, fault ? "\0" : "\1", 1))
			return ns_fail(err, NS_EDATA, "%s: more rows than can be judged at once", work->source);
		if (!fault && !are_equal(&batch->columns[work->truth], &batch->columns[work->prediction], row))
			wrong[count++] = (uint32_t)row;
	}
	if (work->wrong) /* always, so that the header is written */
		NS_TRY(ns_writer_write(work->wrong, batch, wrong, count, err));
	return batch->rows ? ns_frame_add(work->builder, batch, err) : NS_OK;
}

static int read_frame(struct ns_frame *frame, struct work *work, struct ns_err *err)
{
	struct ns_table *batch;
	int status;
	ns_frame_start(&work->builder, ns_reader_header(work->reader), work->marks);
	do {
		status = ns_reader_next(&batch, work->reader, err);
		if (status == NS_OK)
			status = take_batch(work, batch, err);
	} while (status == NS_OK && batch->rows);
	if (status == NS_OK)
		return ns_frame_finish(frame, work->builder, work->arena, err);
	ns_frame_abandon(work->builder);
	return status;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_numbers(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	double p = 0, q = 0;
	ns_number_parse(&p, *x, strlen(*x));
	ns_number_parse(&q, *y, strlen(*y));
	return (p > q) - (p < q);
}

/* The distinct ones of the names, ascending, as labels. */
static void unite(struct ns_labels *united, const char **names, size_t count, struct ns_arena *arena)
{
	double *values = NS_NEW_ARRAY(arena, double, count);
	bool numbers = true;
	for (size_t i = 0; i < count; i++)
		numbers = numbers && ns_number_parse(&values[i], names[i], strlen(names[i]));
	int (*compare)(const void *, const void *) = numbers ? compare_numbers : compare_names;
	qsort(names, count, sizeof *names, compare);
	*united = (struct ns_labels){.names = names, .values = numbers ? values : NULL};
	for (size_t i = 0; i < count; i++)
		if (i == 0 || compare(&names[i - 1], &names[i]) != 0)
			names[united->classes++] = names[i];
	for (uint32_t i = 0; numbers && i < united->classes; i++)
		ns_number_parse(&values[i], names[i], strlen(names[i]));
}

static const char *class_name(const struct work *work, const struct ns_table *header, size_t i)
{
	return header->columns[work->probability[i]].name + strlen(work->prefix) + strlen("probability_");
}

/* The positive class's name, or NULL where none is known. */
static const char *positive_name(const struct work *work)
{
	const struct ns_schema *schema = ns_reader_schema(work->reader);
	if (work->options->positive)
		return work->options->positive;
	return schema && schema->positive ? schema->positive : ns_metadata_find(&ns_reader_header(work->reader)->metadata, "ns:positive");
}

static int unite_classes(struct ns_labels *united, const struct work *work, const struct ns_labels *truth, const struct ns_labels *prediction,
	struct ns_err *err)
{
	const char *positive = positive_name(work);
	if (truth->classes > NS_PREDICTIONS_CLASSES_MAX || prediction->classes > NS_PREDICTIONS_CLASSES_MAX || work->width > NS_PREDICTIONS_CLASSES_MAX)
		return ns_fail(err, NS_EDATA, "%s: more than %d classes in '%s' and '%s': these are no labels", work->source, NS_PREDICTIONS_CLASSES_MAX,
			work->out->target, work->out->column);
	const char **names = NS_NEW_ARRAY(work->arena, const char *, truth->classes + prediction->classes + work->width + 1);
	size_t count = 0;
	for (uint32_t c = 0; c < truth->classes; c++)
		names[count++] = truth->names[c];
	for (uint32_t c = 0; c < prediction->classes; c++)
		names[count++] = prediction->names[c];
	for (size_t i = 0; i < work->width; i++)
		names[count++] = class_name(work, ns_reader_header(work->reader), i);
	if (positive && !work->options->positive)
		names[count++] = positive; /* known, even if these rows have none of it */
	unite(united, names, count, work->arena);
	work->out->positive = positive ? ns_labels_find(united, positive) : -1;
	if (positive && work->out->positive < 0)
		return ns_fail(err, NS_ECALL, "--positive: '%s' is none of the classes of '%s'", positive, work->out->target);
	return NS_OK;
}

/* The classes of the rows that stay, as numbers of the united ones. */
static uint32_t *map_classes(const struct work *work, const struct ns_labels *labels, const struct ns_labels *united)
{
	uint32_t *map = NS_NEW_ARRAY(work->arena, uint32_t, labels->classes), *y = NS_NEW_ARRAY(work->arena, uint32_t, work->out->rows);
	for (uint32_t c = 0; c < labels->classes; c++)
		map[c] = (uint32_t)ns_labels_find(united, labels->names[c]);
	for (size_t row = 0, to = 0; row < work->keep.size; row++)
		if (work->keep.data[row])
			y[to++] = map[labels->y[row]];
	return y;
}

/* One class's probabilities; numbers NULL: this class has no column, `other` is the other class's or NULL. */
static void fill_class(double *probability, const struct work *work, const double *numbers, const double *other)
{
	for (size_t row = 0, to = 0; row < work->keep.size; row++) {
		if (!work->keep.data[row])
			continue;
		double p = numbers ? numbers[row] : other ? 1 - other[row] : 0;
		probability[to++ * work->out->classes] = p < 0 ? 0 : p > 1 ? 1 : p;
	}
}

static int fill_probabilities(const struct work *work, const struct ns_frame *frame, const struct ns_labels *united, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(work->reader);
	struct ns_predictions *out = work->out;
	const double **numbers = NS_NEW_ARRAY(work->arena, const double *, united->classes);
	for (size_t i = 0; i < work->width; i++) {
		const char *name = header->columns[work->probability[i]].name;
		int32_t c = ns_labels_find(united, class_name(work, header, i));
		if (numbers[c])
			return ns_fail(err, NS_EDATA, "%s: column '%s': class '%s' has another column of probabilities already", work->source, name, united->names[c]);
		numbers[c] = ns_frame_find(frame, name)->numbers;
	}
	out->probability = ns_alloc_array(work->arena, out->rows, united->classes * sizeof *out->probability);
	for (uint32_t c = 0; c < united->classes; c++)
		fill_class(out->probability + c, work, numbers[c], united->classes == 2 ? numbers[1 - c] : NULL);
	return NS_OK;
}

static int judge(struct work *work, struct ns_err *err)
{
	struct ns_frame frame;
	struct ns_labels truth, prediction, united;
	struct ns_predictions *out = work->out;
	NS_TRY(find_columns(work, err));
	NS_TRY(read_frame(&frame, work, err));
	out->rows = frame.rows - out->skipped;
	if (out->rows == 0)
		return ns_fail(err, NS_EDATA, "%s: no rows to judge", work->source);
	NS_TRY(ns_labels_of(&truth, ns_frame_find(&frame, out->target), frame.rows, work->arena, err));
	NS_TRY(ns_labels_of(&prediction, ns_frame_find(&frame, out->column), frame.rows, work->arena, err));
	NS_TRY(unite_classes(&united, work, &truth, &prediction, err));
	out->classes = united.classes;
	out->names = united.names;
	out->truth = map_classes(work, &truth, &united);
	out->prediction = map_classes(work, &prediction, &united);
	return work->width ? fill_probabilities(work, &frame, &united, err) : NS_OK;
}

int ns_predictions_read(struct ns_predictions *predictions, struct ns_reader *reader, struct ns_writer *wrong,
	const struct ns_predictions_options *options, struct ns_arena *arena, struct ns_err *err)
{
	struct work work = {.out = predictions, .options = options, .prefix = options->prefix ? options->prefix : "", .reader = reader, .wrong = wrong, .arena = arena,
		.source = ns_strdup(arena, ns_reader_header(reader)->source), .keep = NS_BUFFER_INIT(UINT32_MAX)};
	*predictions = (struct ns_predictions){.source = work.source, .positive = -1};
	int status = judge(&work, err);
	ns_buffer_release(&work.keep);
	return status;
}

/* --- several models --- */

static int check_same_rows(const struct ns_predictions *model, const struct ns_predictions *first, struct ns_err *err)
{
	static const char remedy[] = "the files must hold predictions of the same rows in the same order";
	if (model->rows != first->rows)
		return ns_fail(err, NS_EDATA, "%s has %ju rows, %s %ju: %s", model->source, (uintmax_t)model->rows, first->source, (uintmax_t)first->rows, remedy);
	for (size_t row = 0; row < model->rows; row++) {
		const char *truth = model->names[model->truth[row]], *was = first->names[first->truth[row]];
		if (strcmp(truth, was) != 0)
			return ns_fail(err, NS_EDATA, "%s: row %zu: column '%s' is '%s', in %s '%s': %s", model->source, row + 1, model->target, truth, first->source,
				was, remedy);
	}
	return NS_OK;
}

static int agree_on_positive(struct ns_predictions *models, size_t count, const struct ns_labels *united, struct ns_err *err)
{
	const struct ns_predictions *knows = NULL;
	for (size_t m = 0; m < count; m++) {
		if (models[m].positive < 0)
			continue;
		const char *name = models[m].names[models[m].positive], *other = knows ? knows->names[knows->positive] : name;
		if (strcmp(name, other) != 0)
			return ns_fail(err, NS_EDATA, "%s: the positive class is '%s', in %s '%s' (--positive says which)", models[m].source, name, knows->source, other);
		knows = &models[m];
	}
	int32_t positive = knows ? ns_labels_find(united, knows->names[knows->positive]) : -1;
	for (size_t m = 0; m < count; m++)
		models[m].positive = positive;
	return NS_OK;
}

/* Classes as numbers of the united ones. */
static void renumber(struct ns_predictions *model, const struct ns_labels *united, struct ns_arena *arena)
{
	uint32_t *map = NS_NEW_ARRAY(arena, uint32_t, model->classes);
	double *probability = model->probability ? ns_alloc_array(arena, model->rows, united->classes * sizeof *probability) : NULL;
	for (uint32_t c = 0; c < model->classes; c++)
		map[c] = (uint32_t)ns_labels_find(united, model->names[c]);
	for (size_t row = 0; row < model->rows; row++) {
		model->truth[row] = map[model->truth[row]];
		model->prediction[row] = map[model->prediction[row]];
		for (uint32_t c = 0; probability && c < model->classes; c++)
			probability[row * united->classes + map[c]] = model->probability[row * model->classes + c];
	}
	model->classes = united->classes;
	model->names = united->names;
	model->probability = probability;
}

int ns_predictions_align(struct ns_predictions *models, size_t count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_labels united;
	size_t total = 0, at = 0;
	for (size_t m = 1; m < count; m++)
		NS_TRY(check_same_rows(&models[m], &models[0], err));
	for (size_t m = 0; m < count; m++)
		total += models[m].classes;
	const char **names = NS_NEW_ARRAY(arena, const char *, total);
	for (size_t m = 0; m < count; m++)
		for (uint32_t c = 0; c < models[m].classes; c++)
			names[at++] = models[m].names[c];
	unite(&united, names, total, arena);
	if (united.classes > NS_PREDICTIONS_CLASSES_MAX)
		return ns_fail(err, NS_EDATA, "%s: more than %d classes in all files: these are no labels", models[0].source, NS_PREDICTIONS_CLASSES_MAX);
	NS_TRY(agree_on_positive(models, count, &united, err));
	for (size_t m = 0; m < count; m++)
		if (models[m].classes != united.classes)
			renumber(&models[m], &united, arena);
	return NS_OK;
}
