#include "learn/synthetic.h"

#include <string.h>

static const char mark[] = "ns:synthetic";

int ns_synthetic_pass(struct ns_synthetic *synthetic, struct ns_table *batch, struct ns_arena *batch_arena, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_kept_add(&synthetic->labels, &batch->columns[synthetic->target], batch->rows, arena, err));
	for (size_t i = 0; i < batch->width; i++)
		if (synthetic->marks[i] && i != synthetic->target && batch->columns[i].array)
			ns_column_set_numbers(&batch->columns[i], batch->columns[i].numbers);
	if (synthetic->mark)
		ns_table_add_numbers(batch, mark, batch_arena);
	synthetic->last = *batch;
	return NS_OK;
}

int ns_synthetic_learn(struct ns_synthetic *synthetic, const struct ns_dataset *dataset, const bool *rounded, struct ns_arena *arena, struct ns_err *err)
{
	synthetic->dataset = dataset;
	synthetic->levels = NS_NEW_ARRAY(arena, struct ns_levels *, dataset->features);
	for (size_t f = 0; f < dataset->features; f++) {
		if (!rounded[ns_table_find(&synthetic->last, dataset->names[f])])
			continue;
		synthetic->levels[f] = NS_NEW(arena, struct ns_levels);
		NS_TRY(ns_levels_of(synthetic->levels[f], dataset->x[f], dataset->rows, dataset->names[f], arena, err));
	}
	return NS_OK;
}

static const double *constant(double value, size_t rows, struct ns_arena *arena)
{
	double *numbers = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		numbers[row] = value;
	return numbers;
}

static int set_label(struct ns_column *column, const struct ns_synthetic *synthetic, const uint32_t *base, uint32_t class, size_t rows,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_labels *labels = &synthetic->dataset->labels;
	if (column->array)
		return ns_kept_fill(column, &synthetic->labels, base, rows, arena, err);
	if (column->type == NS_NUMBER) {
		ns_column_set_numbers(column, constant(labels->values[class], rows, arena));
		return NS_OK;
	}
	struct ns_span *names = NS_NEW_ARRAY(arena, struct ns_span, rows);
	for (size_t row = 0; row < rows; row++)
		names[row] = (struct ns_span){labels->names[class], strlen(labels->names[class])};
	return ns_column_set_text(column, names, rows, arena, err);
}

int ns_synthetic_rows(struct ns_table *batch, const struct ns_synthetic *synthetic, const struct ns_smote_rows *rows, uint32_t class, size_t from,
	size_t count, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_dataset *dataset = synthetic->dataset;
	ns_table_blank(batch, &synthetic->last, count, arena);
	for (size_t f = 0; f < dataset->features; f++) {
		double *values = NS_NEW_ARRAY(arena, double, count);
		ns_smote_values(values, dataset->x[f], rows, from, count);
		if (synthetic->levels[f])
			ns_levels_round(values, count, synthetic->levels[f]);
		ns_column_set_numbers(&batch->columns[ns_table_find(batch, dataset->names[f])], values);
	}
	if (synthetic->mark)
		ns_column_set_numbers(&batch->columns[batch->width - 1], constant(1, count, arena));
	return set_label(&batch->columns[synthetic->target], synthetic, rows->base + from, class, count, arena, err);
}
