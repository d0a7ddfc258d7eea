#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/learner.h"
#include "model/nearest.h"
#include "columns.h"
#include "table/table.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_nearest model_of(const double *const *x, size_t count, size_t features, const double *counts, uint32_t classes, enum ns_measure measure,
	uint64_t k, bool by_distance)
{
	struct ns_nearest_rows *rows = NS_NEW(&arena, struct ns_nearest_rows);
	*rows = (struct ns_nearest_rows){.count = count, .features = features, .classes = classes, .x = x, .counts = counts};
	ns_nearest_rows_init(rows, measure, &arena);
	return (struct ns_nearest){k, by_distance, rows};
}

static void test_as_scikit_learn(void **state)
{
	(void)state;
	struct numbers train = numbers_read("tests/data/nearest/train.csv"), query = numbers_read("tests/data/nearest/query.csv");
	struct numbers expected = numbers_read("tests/data/nearest/expected.csv");
	const double **x = columns_of(&train, &arena), **asked = columns_of(&query, &arena);
	double *counts = NS_NEW_ARRAY(&arena, double, train.rows * 3), *probability = NS_NEW_ARRAY(&arena, double, query.rows * 3);
	size_t at = 0;
	for (size_t i = 0; i < train.rows; i++)
		counts[i * 3 + (size_t)x[3][i]] = 1;
	assert_int_equal(expected.rows, query.rows);
	for (int p = 2; p >= 1; p--)
		for (int by_distance = 0; by_distance < 2; by_distance++)
			for (uint64_t k = 1; k <= 12; k += k == 1 ? 4 : 7, at += 3) {
				struct ns_nearest model = model_of(x, train.rows, 3, counts, 3, p == 2 ? NS_EUCLIDEAN : NS_MANHATTAN, k, by_distance);
				ns_nearest_predict(probability, &model, asked, query.rows);
				for (size_t i = 0; i < query.rows * 3; i++)
					assert_true(fabs(probability[i] - expected.values[i / 3 * expected.width + at + i % 3]) < 1e-14);
			}
	assert_int_equal(at, expected.width);
	free(train.values);
	free(query.values);
	free(expected.values);
}

/* Points 0, 1, 3 with classes and copies; seen from 2, points 1 and 3 are equally far. */
static const double line[] = {0, 1, 3}, line_counts[] = {2, 0, 1, 3, 0, 4};
static const double *const line_x[] = {line};

static void assert_shares(uint64_t k, bool by_distance, double from, double expected)
{
	struct ns_nearest model = model_of(line_x, 3, 1, line_counts, 2, NS_EUCLIDEAN, k, by_distance);
	const double *x[] = {&from};
	double probability[2];
	ns_nearest_predict(probability, &model, x, 1);
	assert_true(fabs(probability[0] - expected) < 1e-15 && fabs(probability[1] - (1 - expected)) < 1e-15);
}

static void test_equally_far_rows_share(void **state)
{
	(void)state;
	assert_shares(4, false, 2, 0.125);    /* half of four rows at 1 and four at 3 */
	assert_shares(1, false, 2, 0.125);
	assert_shares(4, false, 1.5, 0.25);   /* the four rows at 1 */
	assert_shares(2, false, 1.5, 0.25);   /* half of each */
	assert_shares(6, false, 1.5, (1 + 2.0 / 3) / 6); /* and two of the six at 0 and 3 */
	assert_shares(9, false, 2, 1.0 / 9 + 1.0 / 9);
	assert_shares(10, false, 2, 0.3);
	assert_shares(5, true, 1, 0.25);      /* distance 0 alone */
	assert_shares(6, true, 0.5, 0.5);     /* two at 0, four at 1, equally far */
}

static void test_distances_at_the_ends_of_the_doubles(void **state)
{
	(void)state;
	static const double far[] = {-1e308, 1e308, 0, 5e-324}, counts[] = {1, 0, 0, 1, 1, 0, 0, 1}, from[] = {-1e308, 1e-323, 1.7e308};
	const double *x[] = {far}, *asked[] = {from};
	double probability[6];
	struct ns_nearest model = model_of(x, 4, 1, counts, 2, NS_MANHATTAN, 4, true);
	ns_nearest_predict(probability, &model, asked, 3);
	for (int i = 0; i < 3; i++)
		assert_true(fabs(probability[2 * i] + probability[2 * i + 1] - 1) < 1e-15);
	assert_true(probability[0] == 1 && fabs(probability[2] - 1.0 / 3) < 1e-15);
}

static void test_models_of_one_set_of_rows_at_once(void **state)
{
	(void)state;
	struct ns_nearest two = model_of(line_x, 3, 1, line_counts, 2, NS_EUCLIDEAN, 2, false), nine = two;
	const struct ns_nearest *both[] = {&two, &nine};
	double from[700], alone[2], shared[2][1400], *probability[] = {shared[0], shared[1]};
	const double *x[] = {from};
	for (int i = 0; i < 700; i++)
		from[i] = i % 2 ? i / 100.0 : i % 5;
	nine.k = 9;
	nine.by_distance = true;
	ns_nearest_predict_all(probability, both, 2, x, 700);
	for (int m = 0; m < 2; m++)
		for (size_t i = 0; i < 700; i++) {
			x[0] = from + i;
			ns_nearest_predict(alone, both[m], x, 1);
			assert_memory_equal(alone, shared[m] + 2 * i, 2 * sizeof *alone);
		}
}

static void test_table_and_back(void **state)
{
	(void)state;
	struct ns_nearest model = model_of(line_x, 3, 1, line_counts, 2, NS_MANHATTAN, 9, true), back;
	struct ns_table table;
	struct ns_err err;
	ns_nearest_to_table(&table, &model, &arena);
	assert_int_equal(ns_nearest_from_table(&back, &table, 2, 1, &arena, &err), NS_OK);
	assert_true(back.k == 9 && back.by_distance && back.rows->points.measure == NS_MANHATTAN && back.rows->count == 3);
	assert_memory_equal(back.rows->counts, line_counts, sizeof line_counts);
	assert_memory_equal(back.rows->x[0], line, sizeof line);
}

/* What from_table must say about a table that `spoil` has changed. */
static void refused(const char *message, void (*spoil)(struct ns_table *table))
{
	struct ns_nearest model = model_of(line_x, 3, 1, line_counts, 2, NS_EUCLIDEAN, 9, false), back;
	struct ns_table table;
	struct ns_err err;
	ns_nearest_to_table(&table, &model, &arena);
	table.source = "m.ns";
	spoil(&table);
	assert_int_equal(ns_nearest_from_table(&back, &table, 2, 1, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void set(struct ns_table *table, size_t column, double a, double b, double c)
{
	double *numbers = NS_NEW_ARRAY(&arena, double, 3);
	memcpy(numbers, (double[]){a, b, c}, 3 * sizeof *numbers);
	ns_column_set_numbers(&table->columns[column], numbers);
}

static void fewer_columns(struct ns_table *table)
{
	table->width = 2;
}

static void no_rows(struct ns_table *table)
{
	table->rows = 0;
}

static void other_name(struct ns_table *table)
{
	table->columns[0].name = "value_1";
}

static void no_numbers(struct ns_table *table)
{
	table->columns[0].array = NULL;
}

static void not_finite(struct ns_table *table)
{
	set(table, 0, 0, INFINITY, 0);
}

static void half_a_row(struct ns_table *table)
{
	set(table, 1, 1, 1, 0.5);
}

static void no_row_at_all(struct ns_table *table)
{
	set(table, 1, 1, 1, 0);
	set(table, 2, 1, 1, 0);
}

static void other_weights(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:weights", "none", &arena);
}

static void no_metric(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:metric", NULL, &arena);
}

static void no_k(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:n_neighbors", NULL, &arena);
}

static void wild_k(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:n_neighbors", "many", &arena);
}

static void large_k(struct ns_table *table)
{
	ns_metadata_set(&table->metadata, "ns:n_neighbors", "11", &arena);
}

static void test_hostile_tables(void **state)
{
	(void)state;
	refused("m.ns: a table of neighbours: 2 columns do not fit 1 features and 2 classes", fewer_columns);
	refused("m.ns: a table of neighbours: 0 rows", no_rows);
	refused("m.ns: a table of neighbours: column 'value_1' where 'value_0' must stand", other_name);
	refused("m.ns: a table of neighbours: column 'value_0' has no numbers", no_numbers);
	refused("m.ns: a table of neighbours: row 2 of column 'value_0' is no finite number", not_finite);
	refused("m.ns: a table of neighbours: row 3 of column 'count_0': 0.5 is no whole number from 0 to 4503599627370496", half_a_row);
	refused("m.ns: a table of neighbours: row 3 stands for no row", no_row_at_all);
	refused("m.ns: a table of neighbours: ns:weights must be uniform or distance", other_weights);
	refused("m.ns: a table of neighbours: ns:metric must be euclidean or manhattan", no_metric);
	refused("m.ns: a table of neighbours: no ns:n_neighbors", no_k);
	refused("m.ns: a table of neighbours: 'many' for ns:n_neighbors", wild_k);
	refused("m.ns: a table of neighbours: 11 neighbours of 10 rows", large_k);
}

/* --- the learner --- */

static int fit(struct ns_model *model, const double *weight, const char *param, struct ns_err *err)
{
	static const double column[] = {1, 0, 1, 1}, *const x[] = {column};
	struct ns_training training = {.rows = 4, .features = 1, .x = x, .y = (const uint32_t[]){0, 1, 1, 0}, .weight = weight, .classes = 2, .threads = 1};
	struct ns_texts params = {.items = (const char *[]){param}, .count = param != NULL};
	struct ns_value **values;
	size_t candidates;
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_k_neighbors, &params, &arena, err), NS_OK);
	return ns_learn_k_neighbors.fit(model, &training, (const struct ns_value *const *)values, 1, &arena, err);
}

static void test_weights_count_rows(void **state)
{
	(void)state;
	struct ns_model model;
	struct ns_err err = {""};
	assert_int_equal(fit(&model, (const double[]){3, 1, 1, 1}, "n_neighbors=5", &err), NS_OK);
	const struct ns_nearest_rows *rows = model.nearest.rows;
	assert_int_equal(rows->count, 2);
	size_t one = rows->x[0][0] == 1 ? 0 : 1;
	assert_true(rows->counts[one * 2] == 4 && rows->counts[one * 2 + 1] == 1);
	assert_int_equal(fit(&model, (const double[]){1, 1, 1.5, 1}, NULL, &err), NS_EDATA);
	assert_string_equal(err.text, "k-neighbors counts rows, so weights must be whole numbers up to 1000000: one is 1.5");
}

static void test_metrics(void **state)
{
	(void)state;
	static const struct {
		const char *param;
		enum ns_measure measure;
	} cases[] = {{"p=1", NS_MANHATTAN}, {"p=2", NS_EUCLIDEAN}, {"metric=manhattan", NS_MANHATTAN}, {"metric=euclidean", NS_EUCLIDEAN}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_model model;
		struct ns_err err = {""};
		assert_int_equal(fit(&model, NULL, cases[i].param, &err), NS_OK);
		assert_int_equal(model.nearest.rows->points.measure, cases[i].measure);
		assert_int_equal(model.nearest.k, 4); /* of 5 wanted */
	}
}

int main(void)
{
	ns_quiet = true;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_as_scikit_learn, release),
		cmocka_unit_test_teardown(test_equally_far_rows_share, release),
		cmocka_unit_test_teardown(test_distances_at_the_ends_of_the_doubles, release),
		cmocka_unit_test_teardown(test_models_of_one_set_of_rows_at_once, release),
		cmocka_unit_test_teardown(test_table_and_back, release),
		cmocka_unit_test_teardown(test_hostile_tables, release),
		cmocka_unit_test_teardown(test_weights_count_rows, release),
		cmocka_unit_test_teardown(test_metrics, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
