#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/coupling.h"
#include "model/kernel.h"
#include "table/table.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* Classes 0, 1 and 3 of four; two vectors of class 0, none of 1, one of 3. */
static const double value[] = {0, 2, 1}, coefs[] = {0.5, -0.25, -1, 1, 0, -0.125}, intercept[] = {0.5, 0, -0.25}, a[] = {-2, -1, -0.5}, b[] = {0, 0.25, 0};
static const double *const value_x[] = {value};
static const uint32_t present[] = {0, 1, 3};
static const size_t first[] = {0, 2, 2, 3};

static struct ns_kernel model_of(enum ns_kernel_kind kind)
{
	struct ns_kernel kernel = {.classes = 4, .present_count = 3, .present = present, .count = 3, .features = 1, .x = value_x, .first = first, .coefs = coefs,
		.intercept = intercept, .a = a, .b = b};
	ns_kernel_init(&kernel, &(struct ns_kernel_function){kind, 0.5, 1, 2}, &arena);
	return kernel;
}

static double similar(enum ns_kernel_kind kind, double x, double y)
{
	return kind == NS_KERNEL_RBF ? exp(-0.5 * (x - y) * (x - y)) : kind == NS_KERNEL_LINEAR ? x * y : (0.5 * x * y + 1) * (0.5 * x * y + 1);
}

static void test_decisions(void **state)
{
	(void)state;
	double x[] = {-1, 0, 0.3, 2, 7}, decisions[15]; /* in cells, beyond their range, and in none */
	const double *columns[] = {x};
	for (enum ns_kernel_kind kind = NS_KERNEL_RBF; kind <= NS_KERNEL_POLY; kind++) {
		struct ns_kernel kernel = model_of(kind);
		ns_kernel_decide(decisions, &kernel, columns, 5);
		for (size_t i = 0; i < 5; i++) {
			double k[] = {similar(kind, 0, x[i]), similar(kind, 2, x[i]), similar(kind, 1, x[i])};
			double expected[] = {0.5 * k[0] - 0.25 * k[1] + 0.5, k[0] - k[2], -0.125 * k[2] - 0.25};
			for (size_t pair = 0; pair < 3; pair++)
				assert_true(fabs(decisions[3 * i + pair] - expected[pair]) < 1e-12);
		}
	}
}

static void test_probabilities(void **state)
{
	(void)state;
	enum { ROWS = 3000 };
	static double x[ROWS], probability[ROWS * 4], alone[4];
	const double *columns[] = {x};
	struct ns_kernel kernel = model_of(NS_KERNEL_RBF);
	for (int i = 0; i < ROWS; i++)
		x[i] = i % 3 ? i % 100 : i / 1000.0;
	ns_kernel_predict(probability, &kernel, columns, ROWS);
	for (int i = 0; i < ROWS; i++) {
		const double *p = probability + 4 * i, *row[] = {x + i};
		assert_true(p[2] == 0 && fabs(p[0] + p[1] + p[3] - 1) < 1e-12 && p[0] > 0 && p[1] > 0 && p[3] > 0);
		ns_kernel_predict(alone, &kernel, row, 1);
		assert_memory_equal(p, alone, sizeof alone);
	}
}

static void test_values_beyond_the_doubles(void **state)
{
	(void)state;
	double x[] = {1e308, -1e308, 1e200}, probability[12], decision;
	const double *columns[] = {x};
	for (enum ns_kernel_kind kind = NS_KERNEL_RBF; kind <= NS_KERNEL_POLY; kind++) {
		struct ns_kernel kernel = model_of(kind);
		ns_kernel_predict(probability, &kernel, columns, 3);
		for (int i = 0; i < 12; i++)
			assert_true(probability[i] >= 0 && probability[i] <= 1);
	}
	decision = ns_kernel_finite((double)INFINITY);
	assert_true(decision == 1e300 && ns_kernel_finite((double)NAN) == 0 && ns_kernel_finite(-2) == -2);
	assert_true(ns_kernel_sigmoid(1e300, -2, 0) == 1 - 1e-7 && ns_kernel_sigmoid(-1e300, -2, 0) == 1e-7 && ns_kernel_sigmoid(0, -2, 0) == 0.5);
}

/* Pairs that agree: p(i of i, j) = p_i / (p_i + p_j). */
static void test_coupling_finds_what_pairs_agree_on(void **state)
{
	(void)state;
	enum { MOST = 12 };
	struct ns_random random;
	ns_random_init(&random, 1, "kernel_test", 0, 0);
	for (size_t classes = 3; classes <= MOST; classes++) {
		double truth[MOST], pairwise[MOST * MOST] = {0}, scratch[MOST * (MOST + 1)], probability[MOST], sum = 0, added = 0;
		for (size_t i = 0; i < classes; i++)
			sum += truth[i] = 0.05 + ns_random_real(&random);
		for (size_t i = 0; i < classes; i++)
			for (size_t j = 0; j < classes; j++)
				pairwise[i * classes + j] = truth[i] / (truth[i] + truth[j]);
		ns_coupling(probability, pairwise, classes, scratch);
		for (size_t i = 0; i < classes; i++) {
			assert_true(fabs(probability[i] - truth[i] / sum) < 0.02);
			added += probability[i];
		}
		assert_true(fabs(added - 1) < 1e-12);
	}
}

/* The minimum of p'Qp, which numpy solved as a linear system: [[Q, 1], [1', 0]] [p; b] = [0; 1]. */
static void test_coupling_of_pairs_that_disagree(void **state)
{
	(void)state;
	const double pairwise[] = {0, 0.9, 0.4, 0.1, 0, 0.7, 0.6, 0.3, 0}, expected[] = {0.4572329319344669, 0.2021293090082175, 0.3406377590573156};
	double probability[3], scratch[12];
	ns_coupling(probability, pairwise, 3, scratch);
	for (int i = 0; i < 3; i++)
		assert_true(fabs(probability[i] - expected[i]) < 0.005);
}

static void test_table_and_back(void **state)
{
	(void)state;
	for (enum ns_kernel_kind kind = NS_KERNEL_RBF; kind <= NS_KERNEL_POLY; kind++) {
		struct ns_kernel kernel = model_of(kind), back;
		struct ns_table table;
		struct ns_err err = {""};
		double x[] = {-1, 0.3, 2}, here[12], there[12];
		const double *columns[] = {x};
		ns_kernel_to_table(&table, &kernel, &arena);
		assert_int_equal(ns_kernel_from_table(&back, &table, 4, 1, &arena, &err), NS_OK);
		ns_kernel_predict(here, &kernel, columns, 3);
		ns_kernel_predict(there, &back, columns, 3);
		assert_memory_equal(here, there, sizeof here);
	}
}

static void test_one_class(void **state)
{
	(void)state;
	struct ns_kernel kernel = {.classes = 4, .present_count = 1, .present = present + 2, .count = 1, .features = 1, .x = value_x, .first = (size_t[]){0, 1}},
		back;
	struct ns_table table;
	struct ns_err err = {""};
	double probability[4];
	ns_kernel_init(&kernel, &(struct ns_kernel_function){NS_KERNEL_RBF, 1, 0, 3}, &arena);
	ns_kernel_to_table(&table, &kernel, &arena);
	assert_int_equal(ns_kernel_from_table(&back, &table, 4, 1, &arena, &err), NS_OK);
	ns_kernel_predict(probability, &back, value_x, 1);
	assert_true(probability[3] == 1 && probability[0] == 0);
}

/* What from_table must say about a table that `spoil` has changed. */
static void refused(const char *message, void (*spoil)(struct ns_table *table))
{
	struct ns_kernel kernel = model_of(NS_KERNEL_RBF), back;
	struct ns_table table;
	struct ns_err err = {""};
	ns_kernel_to_table(&table, &kernel, &arena);
	table.source = "m.ns";
	spoil(&table);
	assert_int_equal(ns_kernel_from_table(&back, &table, 4, 1, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void few_columns(struct ns_table *table)
{
	table->width = 1;
}

static void many_columns(struct ns_table *table)
{
	table->width = 6;
}

static void no_rows(struct ns_table *table)
{
	table->rows = 0;
}

static void other_kernel(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:kernel", "sigmoid", &arena);
}

static void negative_gamma(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:gamma", "-0.5", &arena);
}

static void half_degree(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:degree", "2.5", &arena);
}

static void no_coef0(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:coef0", NULL, &arena);
}

static void not_ascending(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:present", "0\t0\t3", &arena);
}

static void no_such_class(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:present", "0\t1\t4", &arena);
}

static void absent_class(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:present", "0\t1\t2", &arena);
}

static void few_intercepts(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:intercept", "0\t1", &arena);
}

static void wild_sigmoid(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:platt_a", "0\tx\t1", &arena);
}

static void infinite_sigmoid(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:platt_b", "0\tinf\t1", &arena);
}

static void text_coefs(struct ns_table *table)
{
	table->columns[2].array = NULL;
}

static void class_beyond(struct ns_table *table)
{
	static const double beyond[] = {0, 0, 4};
	ns_column_set_numbers(&table->columns[0], beyond);
}

static void other_order(struct ns_table *table)
{
	static const double order[] = {0, 3, 0};
	ns_column_set_numbers(&table->columns[0], order);
}

static void test_hostile_tables(void **state)
{
	(void)state;
	refused("m.ns: a table of support vectors: 1 columns do not fit 1 features and 4 classes", few_columns);
	refused("m.ns: a table of support vectors: 6 columns do not fit 1 features and 4 classes", many_columns);
	refused("m.ns: a table of support vectors: 0 rows", no_rows);
	refused("m.ns: a table of support vectors: ns:kernel must be rbf, linear or poly", other_kernel);
	refused("m.ns: a table of support vectors: gamma is -0.5", negative_gamma);
	refused("m.ns: a table of support vectors: degree is 2.5", half_degree);
	refused("m.ns: a table of support vectors: no ns:coef0", no_coef0);
	refused("m.ns: a table of support vectors: ns:present is no ascending list of classes", not_ascending);
	refused("m.ns: a table of support vectors: ns:present is no ascending list of classes", no_such_class);
	refused("m.ns: a table of support vectors: row 3 is of class 3, which comes before or is not present", absent_class);
	refused("m.ns: a table of support vectors: ns:intercept has 2 numbers, not 3", few_intercepts);
	refused("m.ns: a table of support vectors: 'x' for ns:platt_a", wild_sigmoid);
	refused("m.ns: a table of support vectors: 'inf' for ns:platt_b", infinite_sigmoid);
	refused("m.ns: a table of support vectors: column 'coef_1' has no numbers", text_coefs);
	refused("m.ns: a table of support vectors: row 3 of column 'class': 4 is no whole number from 0 to 3", class_beyond);
	refused("m.ns: a table of support vectors: row 3 is of class 0, which comes before or is not present", other_order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_decisions, release),
		cmocka_unit_test_teardown(test_probabilities, release),
		cmocka_unit_test_teardown(test_values_beyond_the_doubles, release),
		cmocka_unit_test_teardown(test_coupling_finds_what_pairs_agree_on, release),
		cmocka_unit_test_teardown(test_coupling_of_pairs_that_disagree, release),
		cmocka_unit_test_teardown(test_table_and_back, release),
		cmocka_unit_test_teardown(test_one_class, release),
		cmocka_unit_test_teardown(test_hostile_tables, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
