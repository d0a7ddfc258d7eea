#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "stage/model_stage.h"

enum { ROWS = 1200 }; /* more than one thread's piece */

static const char *const features[] = {"a", "b"};
static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* Two classes: p(class 1) = 1 / (1 + exp(-(a - b))). */
static struct ns_model_stage logistic(const char *const *classes)
{
	static double weights[] = {1, -1, 0};
	return (struct ns_model_stage){.model = {.form = NS_MODEL_LINEAR, .classes = 2, .features = 2, .linear = {1, 2, weights}}, .learner = "logistic-regression",
		.target = "y", .classes = (const char **)classes, .positive = -1, .threshold = 0.5, .prefix = ""};
}

static struct ns_stage make(const struct ns_model_stage *model)
{
	struct ns_stage stage;
	struct ns_pair pair = {"ns:params", "C=1"};
	struct ns_chain raw = {.behind = ""};
	assert_int_equal(ns_model_stage_make(&stage, model, features, &(struct ns_metadata){&pair, 1}, &raw, &arena, &err), NS_OK);
	return stage;
}

/* A batch of columns b, more, a: a - b is -1, 0, 1, -1, 0, 1 ... */
static struct ns_table batch_of(size_t rows)
{
	static double a[ROWS], b[ROWS];
	struct ns_column *columns = NS_NEW_ARRAY(&arena, struct ns_column, 3);
	for (size_t row = 0; row < ROWS; row++) {
		a[row] = (double)row;
		b[row] = (double)row + 1 - (double)(row % 3);
	}
	columns[0] = (struct ns_column){.name = "b", .type = NS_NUMBER, .numbers = b};
	columns[1] = (struct ns_column){.name = "more", .type = NS_NUMBER, .numbers = a};
	columns[2] = (struct ns_column){.name = "a", .type = NS_NUMBER, .numbers = a};
	return (struct ns_table){.rows = rows, .width = 3, .columns = columns, .source = "new.csv"};
}

static const size_t at[] = {2, 0};

static struct ns_table predict(const struct ns_stage *stage, size_t rows)
{
	struct ns_table batch = batch_of(rows);
	assert_int_equal(stage->kind->apply(&batch, stage, at, &arena, &err), NS_OK);
	return batch;
}

static void test_it_knows_what_it_is(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"-1", "1"});
	model.labels = (const char *[]){"phishing", "legitimate"};
	model.positive = 0;
	model.threshold = 0.25;
	struct ns_stage stage = make(&model);
	const struct ns_model_stage *read = stage.state;
	const struct ns_metadata *metadata = &stage.table.metadata;
	static const char *const pairs[][2] = {{"ns:stage", "model"}, {"ns:learner", "logistic-regression"}, {"ns:params", "C=1"}, {"ns:target", "y"},
		{"ns:classes", "-1\t1"}, {"ns:labels", "phishing\tlegitimate"}, {"ns:positive", "-1"}, {"ns:threshold", "0.25"}, {"ns:numbers", "a\tb"},
		{"ns:outputs", "prediction\tlabel\tprobability_-1\tprobability_1"}};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		assert_string_equal(ns_metadata_find(metadata, pairs[i][0]), pairs[i][1]);
	assert_true(read->positive == 0 && read->threshold == 0.25 && read->class_values[1] == 1 && stage.threads == 1);
	assert_string_equal(read->labels[1], "legitimate");
	assert_int_equal(stage.inputs_count, 2);
	assert_string_equal(stage.inputs[1].name, "b");
}

static void test_what_it_adds(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"-1", "1"});
	model.labels = (const char *[]){"phishing", "legitimate"};
	struct ns_stage stage = make(&model);
	((struct ns_model_stage *)stage.state)->prefix = "m_";
	struct ns_table batch = predict(&stage, ROWS);
	static const char *const names[] = {"b", "more", "a", "m_prediction", "m_label", "m_probability_-1", "m_probability_1"};
	assert_int_equal(batch.width, 7);
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(batch.columns[i].name, names[i]);
	double p[] = {1 / (1 + ns_exp(1)), 0.5, 1 / (1 + ns_exp(-1))};
	for (size_t row = 0; row < ROWS; row++) {
		assert_true(fabs(batch.columns[6].numbers[row] - p[row % 3]) < 1e-15);
		assert_true(fabs(batch.columns[5].numbers[row] + batch.columns[6].numbers[row] - 1) < 1e-15);
		assert_true(batch.columns[3].numbers[row] == (row % 3 == 2 ? 1 : -1)); /* the lowest class on a tie */
		struct ns_span label = ns_column_text(&batch.columns[4], row);
		assert_memory_equal(label.data, row % 3 == 2 ? "legitimate" : "phishing", label.size);
	}
}

static void test_threshold(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"0", "1"});
	model.positive = 1;
	struct ns_stage stage = make(&model);
	struct ns_table batch = predict(&stage, 3);
	assert_memory_equal(batch.columns[3].numbers, ((double[]){0, 1, 1}), 3 * sizeof(double)); /* from 0.5 on */
	model.threshold = 0.25;
	stage = make(&model);
	batch = predict(&stage, 3);
	assert_memory_equal(batch.columns[3].numbers, ((double[]){1, 1, 1}), 3 * sizeof(double));
	model.threshold = 0.9;
	stage = make(&model);
	batch = predict(&stage, 3);
	assert_memory_equal(batch.columns[3].numbers, ((double[]){0, 0, 0}), 3 * sizeof(double));
}

static void test_text_classes(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"007", "008"}); /* ids, not numbers: every digit counts */
	struct ns_stage stage = make(&model);
	struct ns_table batch = predict(&stage, 3);
	struct ns_span first = ns_column_text(&batch.columns[3], 0), last = ns_column_text(&batch.columns[3], 2);
	assert_true(first.size == 3 && memcmp(first.data, "007", 3) == 0);
	assert_true(last.size == 3 && memcmp(last.data, "008", 3) == 0);
}

static void test_threads_and_no_rows(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"0", "1"});
	struct ns_stage stage = make(&model);
	struct ns_table one = predict(&stage, ROWS);
	stage.threads = 4;
	struct ns_table four = predict(&stage, ROWS), none = predict(&stage, 0);
	for (size_t i = 3; i < 6; i++)
		assert_memory_equal(one.columns[i].numbers, four.columns[i].numbers, ROWS * sizeof(double));
	assert_int_equal(none.width, 6);
}

static void assert_apply_fails(const struct ns_stage *stage, struct ns_table *batch, const char *message)
{
	assert_int_equal(stage->kind->apply(batch, stage, at, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_batches_it_refuses(void **state)
{
	(void)state;
	struct ns_model_stage model = logistic((const char *[]){"0", "1"});
	struct ns_stage stage = make(&model);
	struct ns_table batch = batch_of(3);
	batch.lines = (uint64_t[]){2, 3, 5};
	batch.columns[2].numbers = (double[]){1, 2, NAN};
	assert_apply_fails(&stage, &batch, "new.csv:5: column 'a' is missing: the model was trained on complete numbers (put the ns-impute stage in front of it)");
	batch.columns[2].numbers = (double[]){1, -INFINITY, 2};
	assert_apply_fails(&stage, &batch, "new.csv:3: column 'a' is infinite: the model was trained on complete numbers (ns-impute --inf missing)");
	batch = batch_of(3);
	batch.columns[1].name = "probability_1";
	assert_apply_fails(&stage, &batch, "new.csv: there is a column 'probability_1' already (--prefix gives the new ones other names)");
}

/* One node: a <= 1, or missing, is class 0. */
static struct ns_model_stage stump(bool missing)
{
	static const struct ns_node nodes[] = {{1, 0, 1, 1}, {INFINITY, -1, 1, 0}, {INFINITY, -1, 2, 0}};
	static const double shares[] = {0, 0, 1, 0, 0.25, 0.75};
	struct ns_trees_shape shape = {.outputs = 2, .width = 2, .scale = 1, .missing = missing};
	static const char *const classes[] = {"0", "1"};
	struct ns_model_stage model = logistic(classes);
	model.model.form = NS_MODEL_TREES;
	ns_trees_make(&model.model.trees, &shape, 1, (const size_t[]){0, 3}, nodes, (const uint32_t[]){8, 4, 4}, shares, &arena);
	return model;
}

static void test_missing_values_where_trees_know_them(void **state)
{
	(void)state;
	struct ns_model_stage model = stump(true);
	struct ns_stage stage = make(&model);
	struct ns_table batch = batch_of(3);
	batch.columns[2].numbers = (double[]){1, 2, NAN};
	assert_int_equal(stage.kind->apply(&batch, &stage, at, &arena, &err), NS_OK);
	assert_memory_equal(batch.columns[5].numbers, ((double[]){0, 0.75, 0}), 3 * sizeof(double));
	batch = batch_of(3);
	batch.columns[2].numbers = (double[]){1, NAN, INFINITY};
	assert_apply_fails(&stage, &batch, "new.csv: row 3: column 'a' is infinite: the model was trained on finite numbers (ns-impute --inf missing)");
	model = stump(false);
	stage = make(&model);
	batch = batch_of(3);
	batch.columns[2].numbers = (double[]){1, 2, NAN};
	assert_apply_fails(&stage, &batch, "new.csv: row 3: column 'a' is missing: the model was trained on complete numbers (put the ns-impute stage in front of it)");
}

/* A stage whose metadata say something else, digest and all. */
static void assert_load_fails(const char *key, const char *value, const char *message)
{
	struct ns_model_stage model = logistic((const char *[]){"0", "1"});
	struct ns_stage stage = make(&model), other = stage;
	ns_metadata_set(&other.table.metadata, key, value, &arena);
	other.path = "model.ns";
	assert_int_equal(other.kind->load(&other, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_stages_it_refuses(void **state)
{
	(void)state;
	const char *nothing = "model.ns: the model does not say its learner, target and classes";
	assert_load_fails("ns:learner", NULL, nothing);
	assert_load_fails("ns:target", NULL, nothing);
	assert_load_fails("ns:classes", NULL, nothing);
	assert_load_fails("ns:classes", "0", nothing);
	assert_load_fails("ns:labels", "ham\tspam\teggs", "model.ns: 3 readable names for 2 classes");
	assert_load_fails("ns:positive", "2", "model.ns: positive class '2' is none of the model's classes");
	assert_load_fails("ns:threshold", "high", "model.ns: threshold 'high' is not a number from 0 to 1");
	assert_load_fails("ns:threshold", "1.5", "model.ns: threshold '1.5' is not a number from 0 to 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_it_knows_what_it_is, release),
		cmocka_unit_test_teardown(test_what_it_adds, release),
		cmocka_unit_test_teardown(test_threshold, release),
		cmocka_unit_test_teardown(test_text_classes, release),
		cmocka_unit_test_teardown(test_threads_and_no_rows, release),
		cmocka_unit_test_teardown(test_batches_it_refuses, release),
		cmocka_unit_test_teardown(test_missing_values_where_trees_know_them, release),
		cmocka_unit_test_teardown(test_stages_it_refuses, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
