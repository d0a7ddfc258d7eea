#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static struct ns_search_options options_of(const struct ns_dataset *dataset)
{
	return (struct ns_search_options){.score = "f1", .positive = dataset->positive, .threshold = 0.25, .classes = dataset->labels.names};
}

static const char *said(const struct ns_stage *stage, const char *key)
{
	const char *value = ns_metadata_find(&stage->table.metadata, key);
	return value ? value : "nothing";
}

static struct ns_stage fit(const struct ns_dataset *dataset, const struct ns_candidate *found)
{
	struct ns_training training = ns_fitted_training(dataset, 7, 1);
	struct ns_search_options options = options_of(dataset);
	struct ns_texts params = {0};
	struct ns_value **grid;
	struct ns_stage stage;
	size_t candidates;
	assert_true(training.rows == 6 && training.features == 1 && training.classes == 2 && training.seed == 7);
	assert_int_equal(ns_learner_grid(&grid, &candidates, &ns_learn_decision_tree, &params, &arena, &err), NS_OK);
	assert_int_equal(ns_fitted_stage(&stage, &ns_learn_decision_tree, grid[0], dataset, &training, &options, found, &arena, &err), NS_OK);
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
	struct ns_candidate found = {.folds = 5, .metrics = NS_NEW_ARRAY(&arena, double, 64)};
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

static void test_what_misleads_is_refused(void **state)
{
	(void)state;
	struct ns_dataset dataset = mail();
	struct ns_search_options options = options_of(&dataset);
	assert_int_equal(ns_fitted_check(&dataset, &options, true, &err), NS_OK);
	dataset.synthetic = true;
	assert_int_equal(ns_fitted_check(&dataset, &options, false, &err), NS_OK);
	options.folds = 2;
	assert_int_equal(ns_fitted_check(&dataset, &options, false, &err), NS_ECALL);
	assert_string_equal(err.text, "the table holds synthetic rows (ns:synthetic), so --cv would test on copies of what it trained on: split first, balance "
		"the training part, and score with --valid");
	dataset.synthetic = false;
	dataset.positive = -1;
	assert_int_equal(ns_fitted_check(&dataset, &options, false, &err), NS_OK);
	assert_int_equal(ns_fitted_check(&dataset, &options, true, &err), NS_ECALL);
	assert_string_equal(err.text, "--threshold needs two classes of which one is positive (--positive CLASS, or a schema, names it)");
	dataset.positive = 1;
	dataset.labels.classes = 3;
	assert_int_equal(ns_fitted_check(&dataset, &options, true, &err), NS_ECALL);
}

static void test_calls(void **state)
{
	(void)state;
	struct ns_search_options options = {.score = "f1"};
	assert_int_equal(ns_fitted_check_call(&options, 1, NULL, NULL, &err), NS_OK);
	assert_int_equal(ns_fitted_check_call(&options, 2, NULL, NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "2 candidates: --cv K or --valid FILE must say how to score them");
	assert_int_equal(ns_fitted_check_call(&options, 1, NULL, "-", &err), NS_ECALL);
	assert_string_equal(err.text, "--report: --cv K or --valid FILE must say how to score candidates");
	assert_int_equal(ns_fitted_check_call(&options, 2, "valid.csv", "-", &err), NS_OK);
	options.group_identical = true;
	assert_int_equal(ns_fitted_check_call(&options, 2, "valid.csv", NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "--group-identical is about folds: it needs --cv K");
	options.folds = 2;
	assert_int_equal(ns_fitted_check_call(&options, 2, NULL, "-", &err), NS_OK);
	assert_int_equal(ns_fitted_check_call(&options, 2, "valid.csv", NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "--cv and --valid both say how to score candidates: give one");
	options.group_name = "g";
	assert_int_equal(ns_fitted_check_call(&options, 2, NULL, NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "--group and --group-identical exclude each other");
	options = (struct ns_search_options){.score = "f1", .group_name = "g"};
	assert_int_equal(ns_fitted_check_call(&options, 1, NULL, NULL, &err), NS_ECALL);
	assert_string_equal(err.text, "--group is about folds: it needs --cv K");
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
		cmocka_unit_test_teardown(test_calls, release),
		cmocka_unit_test_teardown(test_a_training_set_is_its_data_set, release),
		cmocka_unit_test_teardown(test_the_list_names_every_parameter, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
