/* Learners by name, and the grids of parameters. What they learn: learner_test.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sets.h"

static void learners_are_found_by_name(void **state)
{
	(void)state;
	struct ns_err err = {""};
	for (size_t i = 0; ns_learners[i]; i++)
		assert_ptr_equal(ns_learner_find(ns_learners[i]->name, &err), ns_learners[i]);
	assert_null(ns_learner_find("random-forrest", &err));
	assert_string_equal(err.text, "unknown learner 'random-forrest' (did you mean 'random-forest'?)");
	assert_null(ns_learner_find("oracle", &err));
	assert_string_equal(err.text, "unknown learner 'oracle'; --list shows them");
}

static void a_grid_is_the_product_of_its_lists(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	static const char *const params[] = {"criterion=entropy,gini", "n_estimators=8,16,32", NULL};
	static const char *const expected[] = {
		"n_estimators=8 criterion=entropy", "n_estimators=16 criterion=entropy", "n_estimators=32 criterion=entropy",
		"n_estimators=8 criterion=gini", "n_estimators=16 criterion=gini", "n_estimators=32 criterion=gini",
	};
	struct ns_texts texts = {.items = (const char **)params, .count = 2};
	size_t candidates;
	struct ns_value **values = grid_of(&candidates, &ns_learn_random_forest, params, &arena);
	assert_int_equal(candidates, 6);
	for (size_t c = 0; c < candidates; c++)
		assert_string_equal(ns_learner_describe(&ns_learn_random_forest, values[c], &texts, &arena), expected[c]);
	ns_arena_release(&arena);
}

static void without_a_grid_all_is_default(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	size_t candidates;
	struct ns_texts none = {0};
	struct ns_value **values = grid_of(&candidates, &ns_learn_decision_tree, NULL, &arena);
	assert_int_equal(candidates, 1);
	assert_string_equal(ns_learner_describe(&ns_learn_decision_tree, values[0], &none, &arena),
		"criterion=gini splitter=best max_depth=None min_samples_split=2 min_samples_leaf=1 min_weight_fraction_leaf=0.0 max_features=None "
		"max_leaf_nodes=None min_impurity_decrease=0.0 ccp_alpha=0.0 class_weight=None");
	ns_arena_release(&arena);
}

static void words_are_known_in_any_case(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	static const char *const params[] = {"max_depth=none", "bootstrap=false", NULL};
	struct ns_texts texts = {.items = (const char **)params, .count = 2};
	size_t candidates;
	struct ns_value **values = grid_of(&candidates, &ns_learn_random_forest, params, &arena);
	assert_string_equal(ns_learner_describe(&ns_learn_random_forest, values[0], &texts, &arena), "max_depth=None bootstrap=False");
	ns_arena_release(&arena);
}

static void wrong_parameters_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *params[2], *message;
	} cases[] = {
		{{"n_estimator=3"}, "random-forest has no parameter 'n_estimator' (did you mean 'n_estimators'?)"},
		{{"oracle=3"}, "random-forest has no parameter 'oracle'; --list shows them"},
		{{"n_estimators=0"}, "parameter 'n_estimators': '0' is not a whole number from 1 to 100000"},
		{{"n_estimators=2.5"}, "parameter 'n_estimators': '2.5' is not a whole number from 1 to 100000"},
		{{"n_estimators=nan"}, "parameter 'n_estimators': 'nan' is not a whole number from 1 to 100000"},
		{{"max_depth=deep"}, "parameter 'max_depth': 'deep' is not a whole number from 1 to 1000000000 or None"},
		{{"criterion=gin"}, "parameter 'criterion': 'gin' is not one of gini|entropy|log_loss"},
		{{"max_features=0"}, "parameter 'max_features': '0' is not a number from 1e-09 to 1000000000 or one of sqrt|log2|None"},
		{{"max_depth=3", "max_depth=4"}, "parameter 'max_depth' is given twice; several values are one list: max_depth=A,B"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err = {""};
		struct ns_value **values;
		size_t candidates;
		struct ns_texts texts = {.items = (const char **)cases[i].params, .count = cases[i].params[1] ? 2 : 1};
		assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_random_forest, &texts, &arena, &err), NS_ECALL);
		assert_string_equal(err.text, cases[i].message);
		ns_arena_release(&arena);
	}
}

static void too_many_candidates_are_refused(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_buffer hundred = NS_BUFFER_INIT(4096), again = NS_BUFFER_INIT(4096);
	struct ns_err err = {""};
	ns_buffer_printf(&hundred, "n_estimators=1");
	ns_buffer_printf(&again, "max_depth=1");
	for (int i = 2; i <= 317; i++) {
		ns_buffer_printf(&hundred, ",%d", i);
		ns_buffer_printf(&again, ",%d", i);
	}
	struct ns_value **values;
	size_t candidates;
	struct ns_texts texts = {.items = (const char *[]){hundred.data, again.data}, .count = 2};
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_random_forest, &texts, &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "a grid of more than 100000 candidates");
	ns_buffer_release(&hundred);
	ns_buffer_release(&again);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learners_are_found_by_name),
		cmocka_unit_test(a_grid_is_the_product_of_its_lists),
		cmocka_unit_test(without_a_grid_all_is_default),
		cmocka_unit_test(words_are_known_in_any_case),
		cmocka_unit_test(wrong_parameters_are_refused),
		cmocka_unit_test(too_many_candidates_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
