#include "stage/dataset.h"

#include <math.h>
#include <string.h>

#include "table/schema.h"

static const char mark_of_synthetic[] = "ns:synthetic";

/* Marks the columns to read; asks for features as numbers, for the target as it is. */
static int want_columns(bool *marks, struct ns_flow *flow, const struct ns_table_options *options, size_t target,
	const struct ns_dataset *like, struct ns_err *err)
{
	if (like) {
		for (size_t i = 0; i < like->features; i++) {
			size_t column;
			NS_TRY(ns_table_require(&column, &flow->header, like->names[i], err));
			marks[column] = true;
		}
	} else {
		NS_TRY(ns_flow_features(marks, flow, options, err));
	}
	for (size_t i = 0; i < flow->header.width; i++) {
		if (!marks[i])
			continue;
		NS_TRY(ns_flow_want(flow, i, NS_UNDECIDED, err));
		const struct ns_column *column = &flow->header.columns[i];
		if (column->type == NS_TEXT)
			return ns_fail(err, NS_EDATA, "%s: column '%s' is text, learners take numbers (ns-encode it, or leave it out: -x '%s')",
				flow->header.source, column->name, column->name);
	}
	ptrdiff_t synthetic = ns_table_find(&flow->header, mark_of_synthetic);
	if (synthetic >= 0) {
		marks[synthetic] = true;
		NS_TRY(ns_flow_want(flow, (size_t)synthetic, NS_NUMBER, err));
	}
	marks[target] = true;
	return ns_flow_want(flow, target, like ? (like->labels.values ? NS_NUMBER : NS_TEXT) : NS_UNDECIDED, err);
}

static int check_numbers(const struct ns_series *series, size_t rows, const char *source, struct ns_err *err)
{
	size_t missing = 0, infinite = 0;
	for (size_t row = 0; row < rows; row++) {
		missing += isnan(series->numbers[row]);
		infinite += isinf(series->numbers[row]) != 0;
	}
	if (missing)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu of %zu values are missing (ns-impute fills them)", source,
			series->name, missing, rows);
	if (infinite)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu of %zu values are infinite (ns-impute --inf missing)", source,
			series->name, infinite, rows);
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
			return ns_fail(err, NS_EDATA, "column '%s': class '%s' does not occur in the training table", dataset->target,
				dataset->labels.names[c]);
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

static bool has_synthetic(const struct ns_frame *frame)
{
	const struct ns_series *series = ns_frame_find(frame, mark_of_synthetic);
	bool found = false;
	for (size_t row = 0; series && row < frame->rows; row++)
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

static int gather(struct ns_dataset *dataset, const struct ns_frame *frame, const struct ns_dataset *like,
	const char *source, struct ns_arena *arena, struct ns_err *err)
{
	size_t count = 0;
	dataset->names = NS_NEW_ARRAY(arena, const char *, frame->width);
	dataset->x = NS_NEW_ARRAY(arena, const double *, frame->width);
	for (size_t i = 0; i < (like ? like->features : frame->width); i++) {
		const struct ns_series *series = like ? ns_frame_find(frame, like->names[i]) : &frame->series[i];
		if (strcmp(series->name, dataset->target) == 0 || strcmp(series->name, mark_of_synthetic) == 0)
			continue;
		NS_TRY(check_numbers(series, frame->rows, source, err));
		dataset->names[count] = series->name;
		dataset->x[count++] = series->numbers;
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
	const struct ns_dataset *like, struct ns_err *err)
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
	return want_columns(marks, flow, options, target, like, err);
}

int ns_dataset_make(struct ns_dataset *dataset, const struct ns_frame *frame, struct ns_flow *flow, const char *positive,
	const struct ns_dataset *like, struct ns_err *err)
{
	const char *source = flow->header.source;
	dataset->rows = frame->rows;
	dataset->synthetic = has_synthetic(frame);
	NS_TRY(gather(dataset, frame, like, source, flow->arena, err));
	NS_TRY(read_labels(dataset, ns_frame_find(frame, dataset->target), source, like, flow->arena, err));
	if (like) {
		dataset->positive = like->positive;
		dataset->readable = like->readable;
		return NS_OK;
	}
	find_readable(dataset, flow, flow->arena);
	return find_positive(dataset, flow, positive, err);
}

int ns_dataset_read(struct ns_dataset *dataset, struct ns_flow *flow, const struct ns_table_options *options,
	const char *positive, const struct ns_dataset *like, struct ns_err *err)
{
	struct ns_frame frame;
	bool *marks = NS_NEW_ARRAY(flow->arena, bool, flow->header.width);
	NS_TRY(ns_dataset_want(dataset, marks, flow, options, like, err));
	NS_TRY(ns_flow_frame(&frame, flow, marks, err));
	return ns_dataset_make(dataset, &frame, flow, positive, like, err);
}
