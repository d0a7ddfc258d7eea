#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "learn/grids.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_grids read_ok(const char *yaml)
{
	struct ns_grids grids;
	int status = ns_grids_parse(&grids, yaml, strlen(yaml), "m.yaml", &arena, &err);
	assert_string_equal(status == NS_OK ? "" : err.text, "");
	return grids;
}

static void assert_refused(const char *message, const char *yaml)
{
	struct ns_grids grids;
	assert_int_equal(ns_grids_parse(&grids, yaml, strlen(yaml), "m.yaml", &arena, &err), NS_ECALL);
	assert_string_equal(err.text, message);
}

static void test_families_and_values(void **state)
{
	(void)state;
	struct ns_grids grids = read_ok("# why\nmodels:\n  logistic-regression:\n  decision-tree: {}\n"
		"  random-forest:\n    n_estimators: [8, 16]\n    max_depth: [null, None, 3]\n    max_features: sqrt\n    bootstrap: true\n");
	assert_int_equal(grids.count, 3);
	assert_ptr_equal(grids.items[0].learner, &ns_learn_logistic_regression);
	assert_true(grids.items[0].params.count == 0 && grids.items[1].params.count == 0);
	assert_string_equal(grids.items[2].params.items[0], "n_estimators=8,16");
	assert_string_equal(ns_grids_list(&grids, &arena), "logistic-regression\ndecision-tree\n"
		"random-forest -p n_estimators=8,16 -p max_depth=None,None,3 -p max_features=sqrt -p bootstrap=true\n");
}

static void test_params_beside_given_ones(void **state)
{
	(void)state;
	struct ns_grids grids = read_ok("models:\n  random-forest:\n    n_estimators: [8, 16]\n    max_depth: 3\n");
	struct ns_texts params, given = {.items = (const char *[]){"n_estimators=4", "max_features=1"}, .count = 2};
	assert_int_equal(ns_grids_params(&params, &grids, &ns_learn_random_forest, &(struct ns_texts){0}, &arena, &err), NS_OK);
	assert_int_equal(params.count, 2);
	assert_int_equal(ns_grids_params(&given, &grids, &ns_learn_random_forest, &given, &arena, &err), NS_OK);
	assert_int_equal(given.count, 3);
	assert_string_equal(given.items[0], "max_depth=3");
	assert_string_equal(given.items[1], "n_estimators=4");
	assert_string_equal(given.items[2], "max_features=1");
	assert_int_equal(ns_grids_params(&params, &grids, &ns_learn_decision_tree, &given, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "m.yaml has no 'decision-tree'; --list --models m.yaml shows what it has");
}

static void test_messages(void **state)
{
	(void)state;
	static const char expected[] = "a value or a list of values is expected, as [8, 16, 32]";
	assert_refused("m.yaml:1: no list of models: 'models:' is expected, with families under it", "# nothing\n");
	assert_refused("m.yaml:1: no list of models: 'models:' is expected, with families under it", "- random-forest\n");
	assert_refused("m.yaml:2: unknown key 'modles' (did you mean 'models'?)", "models: {decision-tree: }\nmodles: 1\n");
	assert_refused("m.yaml:1: unknown key 'target': this is no list of models", "target: y\n");
	assert_refused("m.yaml:1: models: families are expected under it, as 'random-forest:'", "models: [random-forest]\n");
	assert_refused("m.yaml:1: models: families are expected under it, as 'random-forest:'", "models:\n");
	assert_refused("m.yaml:2: unknown learner 'random-forrest' (did you mean 'random-forest'?)", "models:\n  random-forrest:\n");
	assert_refused("m.yaml:2: random-forest: parameters are expected under it, as 'max_depth: [2, 4]', or nothing", "models:\n  random-forest: 8\n");
	assert_refused("m.yaml:3: random-forest has no parameter 'n_estimator' (did you mean 'n_estimators'?)",
		"models:\n  random-forest:\n    n_estimator: 8\n");
	assert_refused("m.yaml:4: parameter 'max_depth': 'deep' is not a whole number from 1 to 1000000000 or None",
		"models:\n  random-forest:\n    n_estimators: 8\n    max_depth: [2, deep]\n");
	assert_refused(ns_format(&arena, "m.yaml:3: max_depth of random-forest: %s", expected), "models:\n  random-forest:\n    max_depth: []\n");
	assert_refused(ns_format(&arena, "m.yaml:3: max_depth of random-forest: %s", expected), "models:\n  random-forest:\n    max_depth: {a: 1}\n");
	assert_refused(ns_format(&arena, "m.yaml:3: max_depth of random-forest: %s", expected), "models:\n  random-forest:\n    max_depth: [2, '']\n");
	assert_refused(ns_format(&arena, "m.yaml:3: max_depth of random-forest: %s", expected), "models:\n  random-forest:\n    max_depth: [2, [3]]\n");
	assert_refused("m.yaml:3: 'decision-tree' stands there twice, first on line 2", "models:\n  decision-tree:\n  decision-tree:\n");
}

static void test_a_grid_too_large(void **state)
{
	(void)state;
	struct ns_buffer yaml = NS_BUFFER_INIT(1 << 20);
	ns_buffer_printf(&yaml, "models:\n  random-forest:\n    n_estimators: [1");
	for (int i = 2; i <= 400; i++)
		ns_buffer_printf(&yaml, ", %d", i);
	ns_buffer_printf(&yaml, "]\n    max_depth: [1");
	for (int i = 2; i <= 400; i++)
		ns_buffer_printf(&yaml, ", %d", i);
	ns_buffer_printf(&yaml, "]\n");
	assert_refused("m.yaml:2: a grid of more than 100000 candidates", yaml.data);
	ns_buffer_release(&yaml);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_families_and_values, release),
		cmocka_unit_test_teardown(test_params_beside_given_ones, release),
		cmocka_unit_test_teardown(test_messages, release),
		cmocka_unit_test_teardown(test_a_grid_too_large, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
