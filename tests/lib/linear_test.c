#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/linear.h"
#include "table/table.h"

static void two_classes(void **state)
{
	(void)state;
	double weights[] = {1, -2, 0.5}, a[] = {0, 1, 700, -700}, b[] = {0.25, 0, 0, 0};
	const double *x[] = {a, b};
	double p[8];
	struct ns_linear linear = {1, 2, weights};
	ns_linear_predict(p, &linear, x, 4);
	assert_true(p[0] == 0.5 && p[1] == 0.5);
	assert_true(fabs(p[3] - 1 / (1 + exp(-1.5))) < 1e-15);
	assert_true(p[5] == 1 && p[4] > 0 && p[4] < 1e-300); /* the unlikely one keeps its digits */
	assert_true(p[6] == 1 && p[7] > 0);
}

static void more_classes_and_blocks(void **state)
{
	(void)state;
	enum { ROWS = 1000 };
	double weights[] = {1, 0, -1, 0.5, 0, -0.25}, column[ROWS], p[ROWS * 3];
	const double *x[] = {column};
	struct ns_linear linear = {3, 1, weights};
	for (int i = 0; i < ROWS; i++)
		column[i] = i / 100.0 - 5;
	ns_linear_predict(p, &linear, x, ROWS);
	for (int i = 0; i < ROWS; i++) {
		double e[] = {exp(column[i]), exp(0.5 - column[i]), exp(-0.25)}, sum = e[0] + e[1] + e[2];
		for (int k = 0; k < 3; k++)
			assert_true(fabs(p[3 * i + k] - e[k] / sum) < 1e-14);
	}
}

static void nothing_overflows(void **state)
{
	(void)state;
	double weights[] = {DBL_MAX, -DBL_MAX, 0, -DBL_MAX, DBL_MAX, 0, 0, 0, -1e300}, a[] = {DBL_MAX, 2, -1e200}, b[] = {DBL_MAX, 1, 1e200};
	const double *x[] = {a, b};
	double p[9];
	struct ns_linear linear = {3, 2, weights};
	ns_linear_predict(p, &linear, x, 3);
	for (int i = 0; i < 3; i++)
		assert_true(isfinite(p[3 * i]) && fabs(p[3 * i] + p[3 * i + 1] + p[3 * i + 2] - 1) < 1e-15);
	assert_true(p[0] == 0.5 && p[1] == 0.5 && p[2] == 0); /* the infinities cancel */
	assert_true(p[3] == 1 && p[7] == 1);
}

static void table_and_back(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	for (uint32_t classes = 2; classes < 5; classes++) {
		double weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
		struct ns_linear linear = {classes == 2 ? 1 : classes, 2, weights}, back;
		struct ns_table table;
		struct ns_err err;
		ns_linear_to_table(&table, &linear, &arena);
		assert_int_equal(table.rows, 3);
		assert_true(table.columns[0].numbers[2] == -1);
		assert_int_equal(ns_linear_from_table(&back, &table, classes, 2, &arena, &err), NS_OK);
		assert_int_equal(back.outputs, linear.outputs);
		assert_memory_equal(back.weights, weights, linear.outputs * 3 * sizeof *weights);
	}
	ns_arena_release(&arena);
}

/* What from_table must say about a table that `spoil` has changed. */
static void refused(const char *message, void (*spoil)(struct ns_table *table, double *feature, double *weight))
{
	struct ns_arena arena = NS_ARENA_INIT;
	double weights[] = {1, 2, 3}, *feature = NS_NEW_ARRAY(&arena, double, 3);
	struct ns_linear linear = {1, 2, weights}, back;
	struct ns_table table;
	struct ns_err err;
	ns_linear_to_table(&table, &linear, &arena);
	table.source = "m.ns";
	memcpy(feature, table.columns[0].numbers, 3 * sizeof *feature);
	table.columns[0].numbers = feature;
	spoil(&table, feature, weights);
	assert_int_equal(ns_linear_from_table(&back, &table, 2, 2, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
	ns_arena_release(&arena);
}

static void no_columns(struct ns_table *table, double *feature, double *weight)
{
	(void)feature, (void)weight;
	table->width = 0;
}

static void more_rows(struct ns_table *table, double *feature, double *weight)
{
	(void)feature, (void)weight;
	table->rows = 0;
}

static void other_name(struct ns_table *table, double *feature, double *weight)
{
	(void)feature, (void)weight;
	table->columns[1].name = "weight_1";
}

static void text_column(struct ns_table *table, double *feature, double *weight)
{
	(void)feature, (void)weight;
	table->columns[1].numbers = NULL;
}

static void not_finite(struct ns_table *table, double *feature, double *weight)
{
	(void)table, (void)feature;
	weight[1] = NAN;
}

static void other_feature(struct ns_table *table, double *feature, double *weight)
{
	(void)table, (void)weight;
	feature[1] = 1e9;
}

static void hostile_tables(void **state)
{
	(void)state;
	refused("m.ns: linear model: 0 columns do not fit 2 classes", no_columns);
	refused("m.ns: linear model: 0 rows do not fit 2 features and an intercept", more_rows);
	refused("m.ns: linear model: column 'weight_1' where 'weight_0' must stand", other_name);
	refused("m.ns: linear model: column 'weight_0' has no numbers", text_column);
	refused("m.ns: linear model: row 1 of column 'weight_0' is no finite number", not_finite);
	refused("m.ns: linear model: row 1 is not that of its feature", other_feature);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_classes),
		cmocka_unit_test(more_classes_and_blocks),
		cmocka_unit_test(nothing_overflows),
		cmocka_unit_test(table_and_back),
		cmocka_unit_test(hostile_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
