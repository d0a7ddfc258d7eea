#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/fitted.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_dataset mail(void)
{
	static const double size[] = {1, 2, 3, 7, 8, 9};
	static const double *x[] = {size};
	static const char *features[] = {"size"}, *classes[] = {"ham", "spam"};
	static const uint32_t y[] = {0, 0, 0, 1, 1, 1};
	return (struct ns_dataset){.rows = 6, .features = 1, .names = features, .x = x, .labels = {2, classes, NULL, y}, .target = "y", .positive = 1,
		.chain = {.behind = ""}};
}

/* A learner that takes missing values, and needs none of them. */
static int fit_constant(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *memory, struct ns_err *unused)
{
	const struct ns_node leaf = {.threshold = (double)INFINITY, .feature = -1};
	const struct ns_trees_shape shape = {.outputs = 2, .width = 2, .scale = 1, .missing = training->missing};
	(void)values, (void)unused;
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = 2, .features = training->features};
		ns_trees_make(&models[c].trees, &shape, 1, (const size_t[]){0, 1}, &leaf, &(const uint32_t){6}, (const double[]){0.5, 0.5}, memory);
	}
	return NS_OK;
}
static const struct ns_param no_params[] = {{0}};
static const struct ns_learner taker = {.name = "taker", .params = no_params, .takes_missing = true, .fit = fit_constant};

static const char *said(const struct ns_stage *stage, const char *key)
{
	const char *value = ns_metadata_find(&stage->table.metadata, key);
	return value ? value : "nothing";
}

static struct ns_fitting fitting_of(const struct ns_dataset *dataset)
{
	struct ns_fitting fitting = {.learner = &ns_learn_decision_tree, .how = {.score = "f1", .threshold = 0.25}, .dataset = *dataset};
	struct ns_texts params = {0};
	assert_int_equal(ns_learner_grid(&fitting.values, &fitting.candidates, fitting.learner, &params, &arena, &err), NS_OK);
	return fitting;
}

static struct ns_stage fit(const struct ns_dataset *dataset, const struct ns_candidate *found)
{
	struct ns_fitting fitting = fitting_of(dataset);
	struct ns_stage stage;
	assert_int_equal(ns_fitted_prepare(&fitting, 7, 1, true, &err), NS_OK);
	struct ns_training training = fitting.training;
	assert_true(training.rows == 6 && training.features == 1 && training.classes == 2 && training.seed == 7);
	assert_true(fitting.how.positive == 1 && fitting.how.classes == dataset->labels.names);
	assert_int_equal(ns_fitted_stage(&stage, &fitting, found, &arena, &err), NS_OK);
	return stage;
}

static void test_a_model_says_how_it_came_to_be(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail();
	dataset.readable = (const char *[]){"wanted", "unwanted"};
	struct ns_stage stage = fit(&dataset, NULL);
	assert_string_equal(said(&stage, "ns:learner"), "decision-tree");
	assert_non_null(strstr(said(&stage, "ns:params"), "max_depth=None"));
	assert_string_equal(said(&stage, "ns:seed"), "7");
	assert_string_equal(said(&stage, "ns:rows"), "6");
	assert_string_equal(said(&stage, "ns:target"), "y");
	assert_string_equal(said(&stage, "ns:classes"), "ham\tspam");
	assert_string_equal(said(&stage, "ns:labels"), "wanted\tunwanted");
	assert_string_equal(said(&stage, "ns:positive"), "spam");
	assert_string_equal(said(&stage, "ns:threshold"), "0.25");
	assert_string_equal(said(&stage, "ns:train:f1"), "1");
	assert_string_equal(said(&stage, "ns:folds"), "nothing");
	assert_string_equal(said(&stage, "ns:search:f1"), "nothing");
}

static void test_it_says_what_it_was_chosen_by(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail();
	struct ns_fitting fitting = fitting_of(&dataset);
	struct ns_candidate found = {.folds = 5, .values = fitting.values[0], .metrics = NS_NEW_ARRAY(&arena, double, 64)};
	for (size_t m = 0; ns_metrics_names[m]; m++)
		found.metrics[m] = strcmp(ns_metrics_names[m], "f1") == 0 ? 0.75 : 0;
	struct ns_stage stage = fit(&dataset, &found);
	assert_string_equal(said(&stage, "ns:folds"), "5");
	assert_string_equal(said(&stage, "ns:search:f1"), "0.75");
}

static void test_the_chain_goes_on(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail();
	dataset.chain = (struct ns_chain){"00112233445566778899aabbccddeeff", "impute scale"};
	struct ns_stage stage = fit(&dataset, NULL);
	assert_string_equal(stage.before.digest, "00112233445566778899aabbccddeeff");
	assert_string_equal(stage.after.behind, "impute scale model");
}

static void assert_misleads(const char *message, struct ns_fitting *fitting, bool own_threshold)
{
	assert_int_equal(ns_fitted_prepare(fitting, 7, 1, own_threshold, &err), NS_ECALL);
	assert_string_equal(err.text, message);
}

static void test_what_misleads_is_refused(void **state)
{
	(void)state;
	static const char folds[] = "the table holds synthetic rows (ns:synthetic), so --cv would test on copies of what it trained on: split first, balance "
		"the training part, and score with --valid";
	static const char threshold[] = "--threshold needs two classes of which one is positive (--positive CLASS, or a schema, names it)";
	struct ns_dataset dataset = mail();
	struct ns_fitting fitting = fitting_of(&dataset);
	assert_int_equal(ns_fitted_prepare(&fitting, 7, 1, true, &err), NS_OK);
	fitting.dataset.synthetic = true;
	assert_int_equal(ns_fitted_prepare(&fitting, 7, 1, false, &err), NS_OK);
	fitting.how.folds = 2;
	assert_misleads(folds, &fitting, false);
	fitting.dataset.synthetic = false;
	fitting.dataset.positive = -1;
	assert_int_equal(ns_fitted_prepare(&fitting, 7, 1, false, &err), NS_OK);
	assert_misleads(threshold, &fitting, true);
	fitting.dataset.positive = 1;
	fitting.dataset.labels.classes = 3;
	assert_misleads(threshold, &fitting, true);
}

static void test_searching(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail(), held_out = mail();
	struct ns_fitting fitting = fitting_of(&dataset);
	struct ns_candidate *found;
	assert_int_equal(ns_fitted_prepare(&fitting, 7, 1, false, &err), NS_OK);
	assert_int_equal(ns_fitted_search(&found, &fitting, &held_out, "held.csv", &arena, &err), NS_OK);
	assert_true(found->score == 1 && found->rows == 6 && !fitting.training.missing);
	const double holes[] = {1, 2, 3, (double)NAN, 8, 9}, *x[] = {holes};
	held_out.x = x;
	held_out.missing = true; /* the model has to take what it is judged on */
	fitting.learner = &taker;
	assert_int_equal(ns_fitted_search(&found, &fitting, &held_out, "held.csv", &arena, &err), NS_OK);
	assert_true(fitting.training.missing);
	held_out.synthetic = true;
	assert_int_equal(ns_fitted_search(&found, &fitting, &held_out, "held.csv", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "--valid: held.csv holds synthetic rows (ns:synthetic): score on rows as they came");
	fitting.how.folds = 3;
	held_out.synthetic = false;
	fitting.training.missing = false;
	assert_int_equal(ns_fitted_search(&found, &fitting, NULL, NULL, &arena, &err), NS_OK);
	assert_int_equal(found->folds, 3);
}

static void assert_wrong_call(const char *message, const struct ns_fitting *fitting, const char *valid, const char *report)
{
	assert_int_equal(ns_fitted_check_call(fitting, valid, report, &err), NS_ECALL);
	assert_string_equal(err.text, message);
}

static void test_calls(void **state)
{
	(void)state;
	struct ns_fitting fitting = {.how = {.score = "f1"}, .candidates = 1};
	assert_int_equal(ns_fitted_check_call(&fitting, NULL, NULL, &err), NS_OK);
	assert_wrong_call("--report: --cv K or --valid FILE must say how to score candidates", &fitting, NULL, "-");
	fitting.candidates = 2;
	assert_wrong_call("2 candidates: --cv K or --valid FILE must say how to score them", &fitting, NULL, NULL);
	assert_int_equal(ns_fitted_check_call(&fitting, "valid.csv", "-", &err), NS_OK);
	fitting.how.timing = true;
	assert_wrong_call("--timing is about the report: it needs --report FILE", &fitting, "valid.csv", NULL);
	fitting.how.timing = false;
	fitting.how.group_identical = true;
	assert_wrong_call("--group-identical is about folds: it needs --cv K", &fitting, "valid.csv", NULL);
	fitting.how.folds = 2;
	assert_int_equal(ns_fitted_check_call(&fitting, NULL, "-", &err), NS_OK);
	assert_wrong_call("--cv and --valid both say how to score candidates: give one", &fitting, "valid.csv", NULL);
	fitting.how.group_name = "g";
	assert_wrong_call("--group and --group-identical exclude each other", &fitting, NULL, NULL);
	fitting.how = (struct ns_search_options){.score = "f1", .group_name = "g"};
	assert_wrong_call("--group is about folds: it needs --cv K", &fitting, "valid.csv", NULL);
	fitting.how.score = "f2";
	assert_wrong_call("unknown metric 'f2' (did you mean 'f1'?)", &fitting, "valid.csv", NULL);
}

static void test_a_training_set_is_its_data_set(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail();
	const double weight[6] = {1, 2, 3, 4, 5, 6};
	struct ns_training training = ns_fitted_training(&dataset, 7, 2);
	assert_true(!training.missing && !training.weight && training.threads == 2);
	dataset.missing = true;
	dataset.weight = weight;
	training = ns_fitted_training(&dataset, 7, 2);
	assert_true(training.missing && training.weight == weight);
}

static void test_the_list_names_every_parameter(void **state)
{
	(void)state;
	const char *list = ns_fitted_list(&arena);
	for (size_t i = 0; ns_learners[i]; i++) {
		assert_non_null(strstr(list, ns_format(&arena, "%s: ", ns_learners[i]->name)));
		for (const struct ns_param *param = ns_learners[i]->params; param->name; param++)
			assert_non_null(strstr(list, ns_format(&arena, "  %s ", param->name)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_a_model_says_how_it_came_to_be, release),
		cmocka_unit_test_teardown(test_it_says_what_it_was_chosen_by, release),
		cmocka_unit_test_teardown(test_the_chain_goes_on, release),
		cmocka_unit_test_teardown(test_what_misleads_is_refused, release),
		cmocka_unit_test_teardown(test_searching, release),
		cmocka_unit_test_teardown(test_calls, release),
		cmocka_unit_test_teardown(test_a_training_set_is_its_data_set, release),
		cmocka_unit_test_teardown(test_the_list_names_every_parameter, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
