#include "stage/dataset.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/random.h"
#include "table/schema.h"

static const char mark_of_synthetic[] = "ns:synthetic";

static bool is(const char *name, const char *asked)
{
	return asked && strcmp(name, asked) == 0;
}

/* Marks the columns to learn from, and asks for their numbers. */
static int want_features(bool *marks, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err)
{
	for (size_t i = 0; like && i < like->features; i++) {
		size_t column;
		NS_TRY(ns_table_require(&column, &flow->header, like->names[i], err));
		marks[column] = true;
	}
	if (!like)
		NS_TRY(ns_flow_features(marks, flow, options, err));
	for (size_t i = 0; i < flow->header.width; i++) {
		const struct ns_column *column = &flow->header.columns[i];
		if (!like && (is(column->name, how->weight) || is(column->name, how->group)))
			marks[i] = false;
		if (!marks[i])
			continue;
		NS_TRY(ns_flow_want(flow, i, NS_UNDECIDED, err));
		if (column->type == NS_TEXT && !how->text)
			return ns_fail(err, NS_EDATA, "%s: column '%s' is text, learners take numbers (ns-encode it, or leave it out: -x '%s')",
				flow->header.source, column->name, column->name);
	}
	return NS_OK;
}

/* A column beside features and target, where it is named. */
static int want_beside(bool *marks, struct ns_flow *flow, const char *option, const char *name, enum ns_type type, struct ns_err *err)
{
	size_t column;
	if (!name)
		return NS_OK;
	NS_TRY(ns_table_require(&column, &flow->header, name, err));
	if (marks[column])
		return ns_fail(err, NS_ECALL, "%s: column '%s' has another part already", option, name);
	marks[column] = true;
	return ns_flow_want(flow, column, type, err);
}

static int want_columns(bool *marks, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, size_t target, const struct ns_dataset *like, struct ns_err *err)
{
	NS_TRY(want_features(marks, flow, options, how, like, err));
	marks[target] = true;
	NS_TRY(ns_flow_want(flow, target, like ? (like->labels.values ? NS_NUMBER : NS_TEXT) : NS_UNDECIDED, err));
	ptrdiff_t synthetic = ns_table_find(&flow->header, mark_of_synthetic);
	if (synthetic >= 0) {
		marks[synthetic] = true;
		NS_TRY(ns_flow_want(flow, (size_t)synthetic, NS_NUMBER, err));
	}
	if (like)
		return NS_OK;
	NS_TRY(want_beside(marks, flow, "--weight", how->weight, NS_NUMBER, err));
	return want_beside(marks, flow, "--group", how->group, NS_UNDECIDED, err);
}

/* A feature's numbers; *holes: some are missing, which is fine where they are taken. */
static int check_numbers(bool *holes, const double *x, const char *name, size_t rows, const struct ns_dataset_options *how, const char *source,
	struct ns_err *err)
{
	size_t missing = 0, infinite = 0;
	for (size_t row = 0; row < rows; row++) {
		missing += isnan(x[row]);
		infinite += isinf(x[row]) != 0;
	}
	*holes |= missing > 0;
	if (missing && !how->missing)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu of %zu values are missing (ns-impute fills them)", source, name, missing, rows);
	if (infinite && !how->infinite)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu of %zu values are infinite (ns-impute --inf missing)", source, name, infinite,
			rows);
	return NS_OK;
}

/* Renumbers the classes as `like` has them. */
static int map_labels(struct ns_dataset *dataset, const struct ns_dataset *like, struct ns_arena *arena, struct ns_err *err)
{
	uint32_t *map = NS_NEW_ARRAY(arena, uint32_t, dataset->labels.classes);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, dataset->rows);
	for (uint32_t c = 0; c < dataset->labels.classes; c++) {
		int32_t found = ns_labels_find(&like->labels, dataset->labels.names[c]);
		if (found < 0)
			return ns_fail(err, NS_EDATA, "column '%s': class '%s' does not occur in the training table (where it has too few rows "
				"to be in every part: put rare classes together, or leave them out)", dataset->target, dataset->labels.names[c]);
		map[c] = (uint32_t)found;
	}
	for (size_t row = 0; row < dataset->rows; row++)
		y[row] = map[dataset->labels.y[row]];
	dataset->labels = like->labels;
	dataset->labels.y = y;
	return NS_OK;
}

static int read_labels(struct ns_dataset *dataset, const struct ns_series *series, const char *source,
	const struct ns_dataset *like, struct ns_arena *arena, struct ns_err *err)
{
	size_t missing = 0;
	NS_TRY(ns_labels_of(&dataset->labels, series, dataset->rows, arena, err));
	for (size_t row = 0; row < dataset->rows; row++)
		missing += dataset->labels.y[row] == NS_CODE_MISSING;
	if (missing)
		return ns_fail(err, NS_EDATA, "%s: target '%s': %zu of %zu labels are missing (leave those rows out)", source,
			series->name, missing, dataset->rows);
	if (like)
		return map_labels(dataset, like, arena, err);
	if (dataset->labels.classes < 2)
		return ns_fail(err, NS_EDATA, "%s: target '%s' has %s: there is nothing to tell apart", source, series->name,
			dataset->labels.classes ? "one class only" : "no rows");
	return NS_OK;
}

static bool has_synthetic(const struct ns_frame *frame, size_t rows)
{
	const struct ns_series *series = ns_frame_find(frame, mark_of_synthetic);
	bool found = false;
	for (size_t row = 0; series && row < rows; row++)
		found |= series->numbers[row] > 0;
	return found;
}

static int find_positive(struct ns_dataset *dataset, const struct ns_flow *flow, const char *asked, struct ns_err *err)
{
	const struct ns_schema *schema = ns_reader_schema(flow->reader);
	const char *name = asked ? asked : schema && schema->positive ? schema->positive
		: ns_metadata_find(&flow->header.metadata, "ns:positive");
	dataset->positive = name ? ns_labels_find(&dataset->labels, name) : -1;
	if (asked && dataset->positive < 0)
		return ns_fail(err, NS_ECALL, "--positive: target '%s' has no class '%s'", dataset->target, asked);
	return NS_OK;
}

int ns_dataset_classes(struct ns_labels *labels, int32_t *positive, const struct ns_series *target, size_t rows, const struct ns_flow *flow,
	const char *asked, struct ns_err *err)
{
	struct ns_dataset dataset = {.rows = rows, .target = target->name};
	NS_TRY(read_labels(&dataset, target, flow->header.source, NULL, flow->arena, err));
	NS_TRY(find_positive(&dataset, flow, asked, err));
	*labels = dataset.labels;
	*positive = dataset.positive;
	return NS_OK;
}

/* The schema's readable names, or those that the stream carries, where every class has one. */
static void find_readable(struct ns_dataset *dataset, const struct ns_flow *flow, struct ns_arena *arena)
{
	const struct ns_schema *schema = ns_reader_schema(flow->reader);
	const char *carried = ns_metadata_find(&flow->header.metadata, "ns:labels");
	const char *classes = ns_metadata_find(&flow->header.metadata, "ns:classes");
	uint32_t known = 0;
	size_t count = 0, class_count = 0;
	const char **readable = NS_NEW_ARRAY(arena, const char *, dataset->labels.classes), **names, **of;
	for (uint32_t c = 0; schema && c < dataset->labels.classes; c++)
		known += (readable[c] = ns_schema_label(schema, dataset->labels.names[c])) != NULL;
	if (!schema && carried && classes) {
		ns_list_split(&names, &count, carried, arena);
		ns_list_split(&of, &class_count, classes, arena);
		for (size_t i = 0; i < count && i < class_count; i++) {
			int32_t c = ns_labels_find(&dataset->labels, of[i]);
			if (c >= 0 && !readable[c])
				known += (readable[c] = names[i]) != NULL;
		}
	}
	dataset->readable = known == dataset->labels.classes ? readable : NULL;
}

static const double *codes_of(const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	double *x = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		x[row] = series->codes[row] == NS_CODE_MISSING ? (double)NAN : series->codes[row];
	return x;
}

static int gather(struct ns_dataset *dataset, const struct ns_frame *frame, const struct ns_dataset_options *how,
	const struct ns_dataset *like, const char *source, struct ns_arena *arena, struct ns_err *err)
{
	size_t count = 0;
	dataset->names = NS_NEW_ARRAY(arena, const char *, frame->width);
	dataset->x = NS_NEW_ARRAY(arena, const double *, frame->width);
	dataset->texts = NS_NEW_ARRAY(arena, const struct ns_series *, frame->width);
	for (size_t i = 0; i < (like ? like->features : frame->width); i++) {
		const struct ns_series *series = like ? ns_frame_find(frame, like->names[i]) : &frame->series[i];
		if (is(series->name, dataset->target) || is(series->name, mark_of_synthetic) ||
		    (!like && (is(series->name, how->weight) || is(series->name, how->group))))
			continue;
		dataset->names[count] = series->name;
		dataset->texts[count] = series->type == NS_TEXT ? series : NULL;
		dataset->x[count] = series->type == NS_TEXT ? codes_of(series, dataset->rows, arena) : series->numbers;
		NS_TRY(check_numbers(&dataset->missing, dataset->x[count++], series->name, dataset->rows, how, source, err));
	}
	dataset->features = count;
	if (count == 0)
		return ns_fail(err, NS_EDATA, "%s: no column to learn from beside the target '%s'", source, dataset->target);
	return NS_OK;
}

static const char *describe_chain(const struct ns_chain *chain)
{
	return *chain->digest == '\0' ? "no stages" : *chain->behind ? chain->behind : "other stages";
}

int ns_dataset_want(struct ns_dataset *dataset, bool *marks, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err)
{
	size_t target;
	*dataset = (struct ns_dataset){.target = like ? like->target : ns_reader_target(flow->reader), .positive = -1,
		.chain = flow->chain};
	if (like && strcmp(like->chain.digest, flow->chain.digest) != 0)
		return ns_fail(err, NS_EDATA, "%s has passed %s, the training table %s: a model can be judged only on rows prepared alike",
			flow->header.source, describe_chain(&flow->chain), describe_chain(&like->chain));
	if (!dataset->target)
		return ns_fail(err, NS_ECALL, "no target given: -t NAME says which column is the label");
	NS_TRY(ns_table_require(&target, &flow->header, dataset->target, err));
	return want_columns(marks, flow, options, how, target, like, err);
}

/* A column that was marked, to be changed. */
static struct ns_series *find_series(const struct ns_frame *frame, const char *name)
{
	struct ns_series *series = frame->series;
	while (strcmp(series->name, name) != 0)
		series++;
	return series;
}

/* Rows of weight 0 go. Returns how many rows are left. */
static size_t drop_rows(const struct ns_frame *frame, const double *weight, struct ns_arena *arena)
{
	size_t count = 0;
	uint32_t *kept = NS_NEW_ARRAY(arena, uint32_t, frame->rows + 1);
	for (size_t row = 0; row < frame->rows; row++)
		if (weight[row] > 0)
			kept[count++] = (uint32_t)row;
	for (size_t i = 0; count < frame->rows && i < frame->width; i++) {
		struct ns_series *series = &frame->series[i];
		for (size_t at = 0; at < count; at++) {
			if (series->type == NS_TEXT)
				series->codes[at] = series->codes[kept[at]];
			else
				series->numbers[at] = series->numbers[kept[at]];
		}
	}
	return count;
}

/* Forgets the values of a text column that no row has any more: a class is what occurs. */
static void drop_values(struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	uint32_t *code = NS_NEW_ARRAY(arena, uint32_t, series->values_count + 1), count = 0;
	for (size_t row = 0; row < rows; row++)
		if (series->codes[row] != NS_CODE_MISSING)
			code[series->codes[row]] = 1;
	for (size_t i = 0; i < series->values_count; i++)
		if (code[i]) {
			series->values[count] = series->values[i];
			code[i] = count++;
		}
	for (size_t row = 0; row < rows; row++)
		if (series->codes[row] != NS_CODE_MISSING)
			series->codes[row] = code[series->codes[row]];
	series->values_count = count;
}

/* A number for each row's group: of the value alone, so that it is the same in every file. */
static const uint64_t *read_groups(const struct ns_series *series, size_t rows, struct ns_arena *arena)
{
	uint64_t *group = NS_NEW_ARRAY(arena, uint64_t, rows), *of_code = NS_NEW_ARRAY(arena, uint64_t, series->values_count);
	for (size_t i = 0; i < series->values_count; i++)
		of_code[i] = ns_hash64(series->values[i], strlen(series->values[i]), 1, 0x67726f7570);
	for (size_t row = 0; row < rows; row++) {
		if (series->type == NS_TEXT) {
			group[row] = series->codes[row] == NS_CODE_MISSING ? 0 : of_code[series->codes[row]];
		} else {
			double number = series->numbers[row] + 0.0; /* -0 is 0 */
			group[row] = isnan(number) ? 0 : ns_hash64(&number, sizeof number, 2, 0x67726f7570);
		}
	}
	return group;
}

int ns_dataset_make(struct ns_dataset *dataset, const struct ns_frame *frame, struct ns_flow *flow,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err)
{
	const char *source = flow->header.source;
	struct ns_series *target = find_series(frame, dataset->target);
	dataset->rows = frame->rows;
	if (how->weight && !like) {
		dataset->weight = find_series(frame, how->weight)->numbers;
		dataset->weight_name = how->weight;
		dataset->rows = drop_rows(frame, dataset->weight, flow->arena);
		if (target->type == NS_TEXT && dataset->rows < frame->rows)
			drop_values(target, dataset->rows, flow->arena);
	}
	if (how->group && !like)
		dataset->group = read_groups(find_series(frame, how->group), dataset->rows, flow->arena);
	dataset->synthetic = has_synthetic(frame, dataset->rows);
	NS_TRY(gather(dataset, frame, how, like, source, flow->arena, err));
	NS_TRY(read_labels(dataset, target, source, like, flow->arena, err));
	if (like) {
		dataset->positive = like->positive;
		dataset->readable = like->readable;
		return NS_OK;
	}
	find_readable(dataset, flow, flow->arena);
	return find_positive(dataset, flow, how->positive, err);
}

/* A flow whose weights are looked at while the place of each row is known. */
struct weighed {
	struct ns_flow *flow;
	const char *weight; /* NULL: none */
};

static int next_weighed(struct ns_table **batch, void *source, struct ns_err *err)
{
	const struct weighed *weighed = source;
	struct ns_arena *arena = ns_reader_batch_arena(weighed->flow->reader);
	NS_TRY(ns_flow_next(batch, weighed->flow, err));
	const double *weight = weighed->weight ? (*batch)->columns[ns_table_find(*batch, weighed->weight)].numbers : NULL;
	for (size_t row = 0; weight && row < (*batch)->rows; row++) {
		if (weight[row] >= 0 && !isinf(weight[row]))
			continue;
		char text[NS_NUMBER_MAX + 1] = {0};
		ns_number_print(text, weight[row]);
		return ns_fail(err, NS_EDATA, "%s: column '%s': %s: a weight is a positive number, or 0 to leave the row out",
			ns_table_where(*batch, row, arena), weighed->weight,
			*text ? ns_format(arena, "'%s'", text) : "missing");
	}
	return NS_OK;
}

int ns_dataset_read(struct ns_dataset *dataset, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err)
{
	struct ns_frame frame;
	struct weighed weighed = {flow, like ? NULL : how->weight};
	bool *marks = NS_NEW_ARRAY(flow->arena, bool, flow->header.width);
	NS_TRY(ns_dataset_want(dataset, marks, flow, options, how, like, err));
	NS_TRY(ns_frame_collect(&frame, &flow->header, marks, next_weighed, &weighed, flow->arena, err));
	return ns_dataset_make(dataset, &frame, flow, how, like, err);
}

int ns_dataset_read_file(struct ns_dataset *dataset, const char *path, const struct ns_table_options *options,
	const struct ns_flow_options *stages, const struct ns_dataset_options *how, const struct ns_dataset *like,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flow *flow = NS_NEW(arena, struct ns_flow);
	struct ns_flow_options judging = *stages;
	char *name = ns_strdup(arena, path);
	judging.training = false;
	NS_TRY(ns_flow_open(flow, &name, 1, options, &judging, false, arena, err));
	NS_TRY(ns_dataset_read(dataset, flow, options, how, like, err));
	return ns_flow_finish(flow, err);
}
