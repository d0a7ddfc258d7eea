/* One contract over every learner that is registered, and the grids of parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "learn/learner.h"

enum { ROWS = 300, FEATURES = 5 };

/* A training set of known shapes. */
struct set {
	double x[FEATURES][ROWS];
	const double *columns[FEATURES];
	uint32_t y[ROWS];
	struct ns_training training;
};

/* Numbers, few values, a constant, both zeroes; classes follow the first two columns with noise; every third row repeats. */
static void make(struct set *set, uint32_t classes)
{
	struct ns_random random;
	ns_random_init(&random, 7, "learner_test", classes, 0);
	for (size_t row = 0; row < ROWS; row++) {
		bool again = row % 3 == 2;
		set->x[0][row] = again ? set->x[0][row - 1] : ns_random_normal(&random);
		set->x[1][row] = again ? set->x[1][row - 1] : (double)ns_random_below(&random, 3) - 1;
		set->x[2][row] = 4;
		set->x[3][row] = row % 2 ? 0.0 : -0.0;
		set->x[4][row] = again ? set->x[4][row - 1] : ns_random_real(&random);
		double score = set->x[0][row] + set->x[1][row] + (ns_random_below(&random, 10) ? 0 : 3);
		set->y[row] = (uint32_t)fmin(classes - 1, fmax(0, floor(score + classes / 2.0)));
	}
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f];
	set->training = (struct ns_training){.rows = ROWS, .features = FEATURES, .x = set->columns, .y = set->y, .classes = classes, .seed = 42, .threads = 1};
}

/* The same rows in another order. */
static void shuffle(struct set *to, const struct set *from)
{
	struct ns_random random;
	uint32_t order[ROWS];
	*to = *from;
	for (uint32_t row = 0; row < ROWS; row++)
		order[row] = row;
	ns_random_init(&random, 1, "shuffle", 0, 0);
	ns_random_shuffle(&random, order, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		to->y[row] = from->y[order[row]];
		for (size_t f = 0; f < FEATURES; f++)
			to->x[f][row] = from->x[f][order[row]];
	}
	for (size_t f = 0; f < FEATURES; f++)
		to->columns[f] = to->x[f];
	to->training.x = to->columns;
	to->training.y = to->y;
}

static struct ns_value **grid_of(size_t *candidates, const struct ns_learner *learner, const char *const *params, struct ns_arena *arena)
{
	struct ns_texts texts = {.items = (const char **)params};
	struct ns_value **values;
	struct ns_err err = {""};
	while (params && params[texts.count])
		texts.count++;
	int status = ns_learner_grid(&values, candidates, learner, &texts, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
	return values;
}

static void fit(struct ns_model *models, const struct ns_learner *learner, const struct ns_training *training, struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena)
{
	struct ns_err err = {""};
	int status = learner->fit(models, training, (const struct ns_value *const *)values, candidates, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
}

static double *predict(const struct ns_model *model, const struct ns_training *training, struct ns_arena *arena)
{
	double *probability = NS_NEW_ARRAY(arena, double, training->rows * training->classes);
	assert_int_equal(model->classes, training->classes);
	assert_int_equal(model->features, training->features);
	ns_model_predict(probability, model, training->x, training->rows);
	for (size_t row = 0; row < training->rows; row++) {
		double sum = 0;
		for (uint32_t c = 0; c < training->classes; c++) {
			double p = probability[row * training->classes + c];
			assert_true(p >= 0 && p <= 1);
			sum += p;
		}
		assert_true(fabs(sum - 1) < 1e-9);
	}
	return probability;
}

static double *fit_defaults(const struct ns_learner *learner, const struct ns_training *training, const struct ns_training *query, struct ns_arena *arena)
{
	size_t candidates;
	struct ns_value **values = grid_of(&candidates, learner, NULL, arena);
	struct ns_model model;
	assert_int_equal(candidates, 1);
	fit(&model, learner, training, values, 1, arena);
	return predict(&model, query, arena);
}

typedef void contract(const struct ns_learner *learner, struct ns_arena *arena);

static void over_all(contract *check)
{
	assert_non_null(ns_learners[0]);
	for (size_t i = 0; ns_learners[i]; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		check(ns_learners[i], &arena);
		ns_arena_release(&arena);
	}
}

static void any_threads(const struct ns_learner *learner, struct ns_arena *arena)
{
	for (uint32_t classes = 2; classes <= 4; classes += 2) {
		struct set set;
		make(&set, classes);
		double *one = fit_defaults(learner, &set.training, &set.training, arena);
		set.training.threads = 3;
		double *three = fit_defaults(learner, &set.training, &set.training, arena);
		assert_memory_equal(one, three, ROWS * classes * sizeof *one);
	}
}

static void any_order(const struct ns_learner *learner, struct ns_arena *arena)
{
	for (uint32_t classes = 2; classes <= 4; classes += 2) {
		struct set set, other;
		make(&set, classes);
		shuffle(&other, &set);
		double *here = fit_defaults(learner, &set.training, &set.training, arena);
		double *there = fit_defaults(learner, &other.training, &set.training, arena);
		assert_memory_equal(here, there, ROWS * classes * sizeof *here);
	}
}

/* Candidates that share as much as they can, and some that share nothing. */
static const char *const *some_grid(const struct ns_learner *learner)
{
	static const char *const tree[] = {"max_depth=None,3", "criterion=gini,entropy", NULL};
	static const char *const forest[] = {"n_estimators=3,12,7", "max_depth=None,3", "class_weight=None,balanced_subsample", NULL};
	static const char *const logistic[] = {"C=1,0.1", NULL};
	return strcmp(learner->name, "decision-tree") == 0 ? tree : strcmp(learner->name, "random-forest") == 0 ? forest
	     : strcmp(learner->name, "logistic-regression") == 0 ? logistic : NULL;
}

static void alone_or_among_others(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	size_t candidates;
	make(&set, 3);
	struct ns_value **values = grid_of(&candidates, learner, some_grid(learner), arena);
	struct ns_model *models = NS_NEW_ARRAY(arena, struct ns_model, candidates);
	fit(models, learner, &set.training, values, candidates, arena);
	for (size_t c = 0; c < candidates; c++) {
		struct ns_model alone;
		fit(&alone, learner, &set.training, values + c, 1, arena);
		assert_memory_equal(predict(&models[c], &set.training, arena), predict(&alone, &set.training, arena), ROWS * 3 * sizeof(double));
	}
}

static void better_than_guessing(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	size_t right = 0;
	for (size_t row = 0; row < ROWS; row++)
		right += ns_model_choose(probability + 2 * row, 2, -1, 0.5) == set.y[row];
	assert_true(right > ROWS * 8 / 10);
}

static void classes_without_rows(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	set.training.classes = 5;
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = 2 * set.y[row] + 1; /* classes 1 and 3; 0, 2 and 4 have no rows */
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	for (size_t row = 0; row < ROWS; row++)
		for (uint32_t c = 0; c < 5; c += 2)
			assert_true(probability[row * 5 + c] < 1e-6);
}

static void one_class_alone(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	memset(set.y, 0, sizeof set.y);
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(probability[2 * row] > 0.99);
}

static void one_row_per_class(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	set.training.rows = 2;
	set.y[0] = 0;
	set.y[1] = 1;
	fit_defaults(learner, &set.training, &set.training, arena);
	set.training.rows = 1;
	fit_defaults(learner, &set.training, &set.training, arena);
}

static void nothing_but_constants(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	for (size_t f = 0; f < FEATURES; f++)
		set.columns[f] = set.x[2];
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = row % 4 == 0;
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	assert_true(fabs(probability[1] - 0.25) < 0.02);
	for (size_t row = 1; row < ROWS; row++)
		assert_memory_equal(probability, probability + 2 * row, 2 * sizeof *probability);
}

static void extreme_values(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	for (size_t row = 0; row < ROWS; row++) {
		set.x[0][row] = row % 2 ? 1e300 : -1e300;
		set.x[1][row] *= 5e-324;
		set.x[4][row] = row % 7 ? 1 : 1.7976931348623157e308;
		set.y[row] = row % 2;
	}
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(probability[2 * row + set.y[row]] > 0.5);
}

static void nothing_to_learn_from(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	struct ns_model model;
	struct ns_err err = {""};
	size_t candidates;
	const struct ns_value *const *values = (const struct ns_value *const *)grid_of(&candidates, learner, NULL, arena);
	make(&set, 2);
	set.training.rows = 0;
	assert_int_equal(learner->fit(&model, &set.training, values, 1, arena, &err), NS_EDATA);
	assert_string_equal(err.text, "no rows to learn from");
}

/* Then all that is known is how often each class comes. */
static void no_features(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2);
	set.training.features = 0;
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = row % 4 == 0;
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	assert_true(fabs(probability[1] - 0.25) < 0.02);
}

#define CONTRACT(check)                           \
	static void all_##check(void **state)     \
	{                                         \
		(void)state;                      \
		over_all(check);                  \
	}
CONTRACT(any_threads)
CONTRACT(any_order)
CONTRACT(alone_or_among_others)
CONTRACT(better_than_guessing)
CONTRACT(classes_without_rows)
CONTRACT(one_class_alone)
CONTRACT(one_row_per_class)
CONTRACT(nothing_but_constants)
CONTRACT(extreme_values)
CONTRACT(nothing_to_learn_from)
CONTRACT(no_features)

static void the_seed_decides(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, 2);
	double *here = fit_defaults(&ns_learn_random_forest, &set.training, &set.training, &arena);
	set.training.seed = 43;
	double *there = fit_defaults(&ns_learn_random_forest, &set.training, &set.training, &arena);
	assert_memory_not_equal(here, there, ROWS * 2 * sizeof *here);
	ns_arena_release(&arena);
}

/* A tree without limits reads its training rows by heart, but for equal rows of several classes. */
static void a_tree_knows_its_rows(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, 4);
	for (size_t row = 0; row < ROWS; row++)
		set.x[4][row] = (double)row;
	double *probability = fit_defaults(&ns_learn_decision_tree, &set.training, &set.training, &arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(probability[4 * row + set.y[row]] == 1);
	ns_arena_release(&arena);
}

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

/* What only the data can decide, fit refuses. */
static void counts_that_do_not_fit_the_data_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *params[2], *message;
	} cases[] = {
		{{"min_samples_leaf=2.5"}, "parameter 'min_samples_leaf': '2.5' is neither a whole number nor a fraction of 1"},
		{{"min_samples_split=2.5"}, "parameter 'min_samples_split': '2.5' is neither a whole number nor a fraction of 1"},
		{{"max_features=1.5"}, "parameter 'max_features': '1.5' is neither a whole number nor a fraction of 1"},
		{{"max_samples=301"}, "parameter 'max_samples': 301 is more than the 300 rows there are"},
		{{"max_samples=0.5", "bootstrap=False"}, "parameter 'max_samples' needs bootstrap=True"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err = {""};
		struct set set;
		struct ns_model model;
		size_t candidates;
		const char *params[3] = {cases[i].params[0], cases[i].params[1]};
		make(&set, 2);
		const struct ns_value *const *values = (const struct ns_value *const *)grid_of(&candidates, &ns_learn_random_forest, params, &arena);
		assert_int_equal(ns_learn_random_forest.fit(&model, &set.training, values, 1, &arena, &err), NS_ECALL);
		assert_string_equal(err.text, cases[i].message);
		ns_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_any_threads),
		cmocka_unit_test(all_any_order),
		cmocka_unit_test(all_alone_or_among_others),
		cmocka_unit_test(all_better_than_guessing),
		cmocka_unit_test(all_classes_without_rows),
		cmocka_unit_test(all_one_class_alone),
		cmocka_unit_test(all_one_row_per_class),
		cmocka_unit_test(all_nothing_but_constants),
		cmocka_unit_test(all_extreme_values),
		cmocka_unit_test(all_nothing_to_learn_from),
		cmocka_unit_test(all_no_features),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(a_tree_knows_its_rows),
		cmocka_unit_test(learners_are_found_by_name),
		cmocka_unit_test(a_grid_is_the_product_of_its_lists),
		cmocka_unit_test(without_a_grid_all_is_default),
		cmocka_unit_test(words_are_known_in_any_case),
		cmocka_unit_test(wrong_parameters_are_refused),
		cmocka_unit_test(too_many_candidates_are_refused),
		cmocka_unit_test(counts_that_do_not_fit_the_data_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
