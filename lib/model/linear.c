#include "model/linear.h"

#include <math.h>
#include <string.h>

#include "model/link.h"
#include "table/table.h"

enum { BLOCK = 256 };

/* A score beyond the doubles, or made of infinities that cancel, again with every factor made smaller: its sign and size count. */
static double score_carefully(const double *weights, size_t features, const double *const *x, size_t row)
{
	double sum = ldexp(weights[features], -1200);
	for (size_t f = 0; f < features; f++)
		sum += ldexp(weights[f], -600) * ldexp(x[f][row], -600);
	double score = ldexp(sum, 1200);
	return score > 1e299 ? 1e299 : score < -1e299 ? -1e299 : score;
}

/* scores[row * outputs] of the rows first .. first + rows - 1. */
static void score_block(double *scores, const double *weights, size_t features, size_t outputs, const double *const *x, size_t first, size_t rows)
{
	double sums[BLOCK];
	for (size_t i = 0; i < rows; i++)
		sums[i] = weights[features];
	for (size_t f = 0; f < features; f++)
		for (size_t i = 0; i < rows; i++)
			sums[i] += weights[f] * x[f][first + i];
	for (size_t i = 0; i < rows; i++)
		scores[i * outputs] = isfinite(sums[i]) ? sums[i] : score_carefully(weights, features, x, first + i);
}

void ns_linear_predict(double *probability, const struct ns_linear *linear, const double *const *x, size_t rows)
{
	size_t classes = linear->outputs == 1 ? 2 : linear->outputs, width = linear->features + 1;
	for (size_t first = 0; first < rows; first += BLOCK) {
		size_t count = rows - first < BLOCK ? rows - first : BLOCK;
		double *p = probability + first * classes;
		for (size_t k = 0; k < linear->outputs; k++)
			score_block(p + (classes == 2 ? 1 : k), linear->weights + k * width, linear->features, classes, x, first, count);
		for (size_t i = 0; i < count; i++, p += classes) {
			if (linear->outputs == 1)
				p[0] = 0; /* softmax of (0, score) is the logistic function */
			ns_softmax(p, classes);
		}
	}
}

static void number_column(struct ns_column *column, const char *name, const double *numbers)
{
	*column = (struct ns_column){.name = name, .type = NS_NUMBER, .numbers = numbers};
}

void ns_linear_to_table(struct ns_table *table, const struct ns_linear *linear, struct ns_arena *arena)
{
	size_t rows = linear->features + 1;
	*table = (struct ns_table){.rows = rows, .width = 1 + (size_t)linear->outputs};
	table->columns = NS_NEW_ARRAY(arena, struct ns_column, table->width);
	double *feature = NS_NEW_ARRAY(arena, double, rows);
	for (size_t f = 0; f < linear->features; f++)
		feature[f] = (double)f;
	feature[linear->features] = -1;
	number_column(&table->columns[0], "feature", feature);
	for (uint32_t k = 0; k < linear->outputs; k++)
		number_column(&table->columns[1 + k], ns_format(arena, "weight_%u", k), linear->weights + k * rows);
}

/* A column that must be there, of finite numbers. */
static int check_column(const struct ns_table *table, size_t column, const char *name, struct ns_err *err)
{
	const struct ns_column *found = &table->columns[column];
	if (strcmp(found->name, name))
		return ns_fail(err, NS_EDATA, "%s: linear model: column '%s' where '%s' must stand", table->source, found->name, name);
	if (!found->numbers)
		return ns_fail(err, NS_EDATA, "%s: linear model: column '%s' has no numbers", table->source, name);
	for (size_t i = 0; i < table->rows; i++)
		if (!isfinite(found->numbers[i]))
			return ns_fail(err, NS_EDATA, "%s: linear model: row %zu of column '%s' is no finite number", table->source, i, name);
	return NS_OK;
}

int ns_linear_from_table(struct ns_linear *linear, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena, struct ns_err *err)
{
	uint32_t outputs = classes == 2 ? 1 : classes;
	if (classes < 2 || table->width != 1 + (size_t)outputs)
		return ns_fail(err, NS_EDATA, "%s: linear model: %zu columns do not fit %u classes", table->source, table->width, classes);
	if (table->rows == 0 || table->rows - 1 != features)
		return ns_fail(err, NS_EDATA, "%s: linear model: %zu rows do not fit %zu features and an intercept", table->source, table->rows, features);
	NS_TRY(check_column(table, 0, "feature", err));
	for (size_t i = 0; i <= features; i++)
		if (table->columns[0].numbers[i] != (i < features ? (double)i : -1))
			return ns_fail(err, NS_EDATA, "%s: linear model: row %zu is not that of its feature", table->source, i);
	*linear = (struct ns_linear){.outputs = outputs, .features = features};
	linear->weights = ns_alloc_array(arena, table->rows, outputs * sizeof *linear->weights);
	for (uint32_t k = 0; k < outputs; k++) {
		NS_TRY(check_column(table, 1 + k, ns_format(arena, "weight_%u", k), err));
		memcpy(linear->weights + k * table->rows, table->columns[1 + k].numbers, table->rows * sizeof *linear->weights);
	}
	return NS_OK;
}
