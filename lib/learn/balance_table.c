#include "learn/balance_table.h"

#include <math.h>
#include <string.h>

#include "stat/quantile.h"

static const char mark[] = "ns:synthetic";

/* --- columns --- */

static int check_options(const struct ns_balance_options *options, const struct ns_balance *balance, struct ns_err *err)
{
	const char *name = ns_balance_text(balance->name);
	if (options->categorical.count && balance->name != NS_SMOTE && balance->name != NS_SMOTE_NC)
		return ns_fail(err, NS_ECALL, "--categorical is for smote-nc, not for %s", name);
	if ((options->round.count || options->round_whole) && (!ns_balance_adds(balance) || ns_balance_copies(balance)))
		return ns_fail(err, NS_ECALL, "--round: %s makes no new values", name);
	if (options->mark_given && !ns_balance_adds(balance))
		return ns_fail(err, NS_ECALL, "--mark: %s adds no rows", name);
	return NS_OK;
}

static bool is_feature(const struct ns_balance_table *table, size_t i)
{
	const struct ns_column *column = &table->flow->header.columns[i];
	return table->marks[i] && !ns_column_is_ours(column) && strcmp(column->name, table->dataset.target) != 0;
}

/* Where values are drawn, and where they are copied; whether a feature is a category. */
static bool divide_columns(struct ns_balance_table *table)
{
	const struct ns_table *header = &table->flow->header;
	bool found = false, copies = ns_balance_copies(table->balance);
	for (size_t i = 0; i < header->width; i++) {
		bool feature = is_feature(table, i), category = feature && (header->columns[i].type == NS_TEXT || table->categorical[i]);
		table->drawn[i] = feature && !category && !copies;
		found |= category;
	}
	return found;
}

/* A list that says nothing about any feature is a slip: of its names, or of -c and -x. */
static int check_lists(const struct ns_balance_table *table, struct ns_err *err)
{
	size_t categories = 0, rounded = 0;
	for (size_t i = 0; i < table->flow->header.width; i++) {
		categories += table->categorical[i] && is_feature(table, i);
		rounded += table->rounded[i] && table->drawn[i];
	}
	if (table->options->categorical.count && !categories)
		return ns_fail(err, NS_ECALL, "--categorical: none of its columns is a feature (-c and -x say which are; the target is none)");
	if (table->options->round.count && !rounded)
		return ns_fail(err, NS_ECALL, "--round: none of its columns has values that are drawn (text, categories and the target are copied)");
	return NS_OK;
}

static void abandon(void *context)
{
	struct ns_balance_table *table = context;
	if (table->builder)
		ns_frame_abandon(table->builder);
}

int ns_balance_table_open(struct ns_balance_table **out, struct ns_flow *flow, const struct ns_table_options *columns,
	const struct ns_balance_options *options, struct ns_balance *balance, struct ns_err *err)
{
	const struct ns_table *header = &flow->header;
	bool copies = ns_balance_copies(balance);
	struct ns_balance_table *table = *out = NS_NEW(flow->arena, struct ns_balance_table);
	bool *marks[4];
	NS_TRY(check_options(options, balance, err));
	for (size_t i = 0; i < 4; i++)
		marks[i] = NS_NEW_ARRAY(flow->arena, bool, header->width);
	balance->source = header->source;
	*table = (struct ns_balance_table){.options = options, .balance = balance, .flow = flow, .marks = marks[0], .categorical = marks[1],
		.rounded = marks[2], .drawn = marks[3], .kept = NS_NEW_ARRAY(flow->arena, struct ns_kept, header->width)};
	table->how = (struct ns_dataset_options){.missing = copies, .infinite = copies,
		.text = copies || balance->name == NS_SMOTE || balance->name == NS_SMOTE_NC};
	NS_TRY(ns_dataset_want(&table->dataset, table->marks, flow, columns, &table->how, NULL, err));
	if (ns_balance_adds(balance) && ns_table_find(header, mark) >= 0)
		return ns_fail(err, NS_EDATA, "%s: has a column '%s': it has been through ns-smote (begin with the table as it was before)",
			header->source, mark);
	NS_TRY(ns_table_select(table->categorical, header, options->categorical.items, options->categorical.count, err));
	NS_TRY(ns_table_select(table->rounded, header, options->round.items, options->round.count, err));
	bool categories = divide_columns(table);
	NS_TRY(check_lists(table, err));
	if (categories && balance->name == NS_SMOTE) {
		balance->name = NS_SMOTE_NC;
		ns_note("there are categories beside numbers: the method is smote-nc");
	}
	ns_frame_start(&table->builder, header, table->marks);
	ns_arena_defer(flow->arena, abandon, table);
	return NS_OK;
}

/* --- the table's own rows --- */

int ns_balance_table_take(struct ns_balance_table *table, const struct ns_table *batch, struct ns_err *err)
{
	NS_TRY(ns_frame_add(table->builder, batch, err));
	for (size_t i = 0; ns_balance_adds(table->balance) && i < batch->width; i++)
		if (table->marks[i] && !table->drawn[i])
			NS_TRY(ns_kept_add(&table->kept[i], &batch->columns[i], batch->rows, table->flow->arena, err));
	return NS_OK;
}

void ns_balance_table_dress(struct ns_balance_table *table, struct ns_table *batch, struct ns_arena *batch_arena)
{
	if (!ns_balance_adds(table->balance))
		return;
	for (size_t i = 0; i < batch->width; i++)
		if (table->drawn[i] && batch->columns[i].array)
			ns_column_set_numbers(&batch->columns[i], batch->columns[i].numbers);
	if (table->options->mark)
		ns_table_add_numbers(batch, mark, batch_arena);
	table->last = *batch;
}

/* --- the whole --- */

static bool is_whole(const double *x, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		if (x[row] != floor(x[row]))
			return false;
	return true;
}

/* Of numbers whose deviation is none, nothing could be spread out. */
static bool is_too_wide(const double *x, size_t rows)
{
	return !isfinite(ns_variance(x, rows, ns_mean(x, rows)));
}

/* What the method has to know of a feature: its levels, and whether it is a category. */
static int look_at(bool *category, const struct ns_levels **levels, const struct ns_balance_table *table, size_t f, struct ns_err *err)
{
	const struct ns_dataset *dataset = &table->dataset;
	const char *name = dataset->names[f];
	size_t at = table->at[f], rows = dataset->rows, values = dataset->texts[f] ? dataset->texts[f]->values_count : 0;
	*category = !table->drawn[at];
	if (table->balance->name == NS_SMOTE_NC && !table->categorical[at] && values > rows / 2)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu different values in %zu rows are no categories (leave it out: -x '%s'; else --categorical '%s')",
			table->flow->header.source, name, values, rows, name, name);
	if (table->balance->shrinkage > 0 && is_too_wide(dataset->x[f], rows))
		return ns_fail(err, NS_EDATA, "%s: column '%s': its values are too far apart to be spread out (leave it out: -x '%s')",
			table->flow->header.source, name, name);
	if (table->drawn[at] && (table->rounded[at] || (table->options->round_whole && is_whole(dataset->x[f], rows)))) {
		struct ns_levels *of = NS_NEW(table->flow->arena, struct ns_levels);
		ns_levels_of(of, dataset->x[f], rows, table->flow->arena);
		*levels = of;
	}
	return NS_OK;
}

int ns_balance_table_learn(struct ns_training *training, struct ns_balance_table *table, struct ns_err *err)
{
	struct ns_frame frame;
	struct ns_frame_builder *builder = table->builder;
	struct ns_dataset *dataset = &table->dataset;
	table->builder = NULL;
	NS_TRY(ns_frame_finish(&frame, builder, table->flow->arena, err));
	NS_TRY(ns_dataset_make(dataset, &frame, table->flow, &table->how, NULL, err));
	bool *categorical = NS_NEW_ARRAY(table->flow->arena, bool, dataset->features);
	const struct ns_levels **levels = NS_NEW_ARRAY(table->flow->arena, const struct ns_levels *, dataset->features);
	table->at = NS_NEW_ARRAY(table->flow->arena, size_t, dataset->features);
	for (size_t f = 0; f < dataset->features; f++) {
		table->at[f] = (size_t)ns_table_find(&table->flow->header, dataset->names[f]);
		NS_TRY(look_at(&categorical[f], &levels[f], table, f, err));
	}
	table->balance->categorical = categorical;
	table->balance->rounding = levels;
	*training = (struct ns_training){.rows = dataset->rows, .features = dataset->features, .x = dataset->x, .missing = dataset->missing,
		.y = dataset->labels.y, .classes = dataset->labels.classes, .threads = 1};
	table->training = training;
	return NS_OK;
}

/* --- the table's own rows once more --- */

static bool same_numbers(const double *now, const double *then, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		if (now[row] != then[row] && !(isnan(now[row]) && isnan(then[row])))
			return false;
	return true;
}

/* then: NULL where it is missing. */
static bool same_text(const struct ns_column *column, size_t row, const char *then)
{
	struct ns_span now = ns_column_text(column, row);
	return then ? now.data && now.size == strlen(then) && memcmp(now.data, then, now.size) == 0 : !now.data;
}

static bool same_feature(const struct ns_column *column, const double *x, const struct ns_series *texts, size_t rows)
{
	if (!texts)
		return same_numbers(column->numbers, x, rows);
	for (size_t row = 0; row < rows; row++)
		if (!same_text(column, row, isnan(x[row]) ? NULL : texts->values[(size_t)x[row]]))
			return false;
	return true;
}

static bool same_labels(const struct ns_column *column, const uint32_t *y, const struct ns_labels *labels, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		if (column->type == NS_NUMBER ? column->numbers[row] != labels->values[y[row]] : !same_text(column, row, labels->names[y[row]]))
			return false;
	return true;
}

bool ns_balance_table_repeats(const struct ns_balance_table *table, const struct ns_table *batch, size_t from)
{
	const struct ns_dataset *dataset = &table->dataset;
	size_t rows = batch->rows, left = dataset->rows - from;
	if (rows > left || (rows == 0 && left > 0))
		return false;
	for (size_t f = 0; f < dataset->features; f++)
		if (!same_feature(&batch->columns[table->at[f]], dataset->x[f] + from, dataset->texts[f], rows))
			return false;
	return same_labels(&batch->columns[ns_table_find(batch, dataset->target)], dataset->labels.y + from, &dataset->labels, rows);
}

/* --- the rows that are added --- */

static const double *constant(double value, size_t rows, struct ns_arena *arena)
{
	double *numbers = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		numbers[row] = value;
	return numbers;
}

static int set_texts(struct ns_column *column, const double *codes, const char *const *values, size_t rows, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, rows);
	for (size_t row = 0; row < rows; row++)
		if (!isnan(codes[row]))
			spans[row] = (struct ns_span){values[(size_t)codes[row]], strlen(values[(size_t)codes[row]])};
	return ns_column_set_text(column, spans, rows, arena, err);
}

static int set_feature(struct ns_table *batch, const struct ns_balance_table *table, size_t f, const double *values, const uint32_t *source,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_dataset *dataset = &table->dataset;
	struct ns_column *column = &batch->columns[table->at[f]];
	if (column->array)
		return ns_kept_fill(column, &table->kept[table->at[f]], source, batch->rows, arena, err);
	if (dataset->texts[f])
		return set_texts(column, values, dataset->texts[f]->values, batch->rows, arena, err);
	ns_column_set_numbers(column, values);
	return NS_OK;
}

static int set_label(struct ns_table *batch, const struct ns_balance_table *table, const uint32_t *base, uint32_t class, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct ns_labels *labels = &table->dataset.labels;
	size_t at = (size_t)ns_table_find(batch, table->dataset.target);
	struct ns_column *column = &batch->columns[at];
	if (column->array)
		return ns_kept_fill(column, &table->kept[at], base, batch->rows, arena, err);
	if (column->type != NS_NUMBER)
		return set_texts(column, constant(class, batch->rows, arena), labels->names, batch->rows, arena, err);
	ns_column_set_numbers(column, constant(labels->values[class], batch->rows, arena));
	return NS_OK;
}

int ns_balance_table_rows(struct ns_table *batch, const struct ns_balance_table *table, const struct ns_drawn *drawn, size_t from, size_t count,
	struct ns_arena *arena, struct ns_err *err)
{
	size_t features = table->dataset.features;
	double **values = NS_NEW_ARRAY(arena, double *, features);
	for (size_t f = 0; f < features; f++)
		values[f] = NS_NEW_ARRAY(arena, double, count);
	ns_drawn_values(values, drawn, table->training, table->balance->rounding, from, count);
	ns_table_blank(batch, &table->last, count, arena);
	for (size_t f = 0; f < features; f++)
		NS_TRY(set_feature(batch, table, f, values[f], drawn->source && drawn->source[f] ? drawn->source[f] + from : NULL, arena, err));
	if (table->options->mark)
		ns_column_set_numbers(&batch->columns[batch->width - 1], constant(1, count, arena));
	return set_label(batch, table, drawn->base + from, drawn->class, arena, err);
}
