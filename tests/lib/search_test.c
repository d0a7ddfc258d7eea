#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "folded_rows.h"

/*
 * A learner whose only parameter is what it believes in: the class that all models predict, with probability 1. So every
 * score can be worked out by hand.
 */
static int fit_belief(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *memory, struct ns_err *unused)
{
	(void)unused;
	for (size_t c = 0; c < candidates; c++) {
		const struct ns_node leaf = {.threshold = (double)INFINITY, .feature = -1};
		double *share = NS_NEW_ARRAY(memory, double, training->classes);
		share[(size_t)values[c][0].number] = 1;
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features};
		ns_trees_make(&models[c].trees, &(struct ns_trees_shape){.outputs = training->classes, .width = training->classes, .scale = 1}, 1, (const size_t[]){0, 1}, &leaf, &(const uint32_t){1}, share, memory);
	}
	return NS_OK;
}

static const struct ns_param belief_params[] = {{.name = "class", .value = "0", .max = 2, .integer = true}, {0}};
static const struct ns_learner belief = {.name = "belief", .params = belief_params, .fit = fit_belief};

static struct ns_candidate *search(const struct ns_learner *learner, const char *param, const struct ns_training *training,
	const struct ns_training *valid, const struct ns_search_options *options, int expected)
{
	struct ns_texts params = {.items = (const char *[]){param}, .count = 1};
	struct ns_value **grid;
	size_t candidates;
	struct ns_candidate *found = NULL;
	assert_int_equal(ns_learner_grid(&grid, &candidates, learner, &params, &arena, &err), NS_OK);
	const struct ns_value *const *values = (const struct ns_value *const *)grid;
	int status = valid ? ns_search_valid(&found, learner, training, valid, values, candidates, options, &arena, &err)
			   : ns_search_cv(&found, learner, training, values, candidates, options, &arena, &err);
	assert_int_equal(status, expected);
	return found;
}

/* The position of a metric in ns_candidate's. */
static size_t metric(const char *name)
{
	size_t at = 0;
	while (strcmp(ns_metrics_names[at], name) != 0)
		at++;
	return at;
}

static void test_means_over_folds(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_search_options options = by("accuracy");
	const uint32_t *fold = folds_of(set, &options);
	const struct ns_candidate *found = search(&belief, "class=0,1,2", &set->training, NULL, &options, NS_OK);
	for (uint32_t c = 0; c < 3; c++) {
		const struct ns_candidate *one = &found[2 - c]; /* the most frequent class comes first */
		double hits[FOLDS] = {0}, rows[FOLDS] = {0}, all = 0, mean = 0, variance = 0, train = 0;
		for (size_t row = 0; row < ROWS; row++) {
			hits[fold[row]] += set->y[row] == c;
			rows[fold[row]]++;
			all += set->y[row] == c;
		}
		for (size_t k = 0; k < FOLDS; k++) {
			mean += hits[k] / rows[k] / FOLDS;
			train += (all - hits[k]) / (ROWS - rows[k]) / FOLDS;
		}
		for (size_t k = 0; k < FOLDS; k++)
			variance += pow(hits[k] / rows[k] - mean, 2) / FOLDS;
		assert_int_equal(one->index, c);
		assert_int_equal(one->rows, ROWS);
		assert_int_equal(one->folds, FOLDS);
		assert_true(fabs(one->score - mean) < 1e-14);
		assert_true(fabs(one->score_deviation - sqrt(variance)) < 1e-14);
		assert_true(fabs(one->train_score - train) < 1e-14);
		assert_true(one->metrics[metric("accuracy")] == one->score);
		assert_true(one->metrics[metric("balanced_accuracy")] == 1.0 / 3);
	}
}

/* The folds' rows keep their weights and the mark that values are missing somewhere. */
static int fit_sees_weights(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *memory, struct ns_err *unused)
{
	assert_true(training->missing);
	for (size_t row = 0; row < training->rows; row++)
		assert_true(training->weight[row] == training->x[0][row] + 1);
	return fit_belief(models, training, values, candidates, memory, unused);
}

static void test_weights_go_with_their_rows(void **state)
{
	(void)state;
	struct set *set = make(1);
	double weight[ROWS];
	for (size_t row = 0; row < ROWS; row++)
		weight[row] = (double)row + 1;
	set->training.weight = weight;
	set->training.missing = true;
	const struct ns_learner learner = {.name = "belief", .params = belief_params, .fit = fit_sees_weights};
	struct ns_search_options options = by("accuracy");
	const struct ns_candidate *found = search(&learner, "class=2", &set->training, NULL, &options, NS_OK);
	assert_true(fabs(found->score - 147.0 / ROWS) < 0.01); /* scores count rows, not weights */
}

static void test_validation_table(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_search_options options = by("accuracy");
	struct ns_training valid = set->training;
	valid.rows = 10; /* one ham, two spam, seven worm */
	const struct ns_candidate *found = search(&belief, "class=0,1,2", &set->training, &valid, &options, NS_OK);
	assert_true(found[0].index == 2 && found[0].score == 0.7 && found[0].score_deviation == 0 && found[0].rows == 10 && found[0].folds == 1);
	assert_true(found[0].train_score == 147.0 / ROWS);
	assert_true(found[2].index == 0 && found[2].score == 0.1);
}

static void test_ranking(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_search_options options = by("balanced_accuracy");
	const struct ns_candidate *found = search(&belief, "class=2,0,1", &set->training, NULL, &options, NS_OK);
	for (size_t c = 0; c < 3; c++)
		assert_int_equal(found[c].index, c); /* a tie goes to the earlier one */
	options = by("log_loss");
	found = search(&belief, "class=0,1,2", &set->training, NULL, &options, NS_OK);
	assert_int_equal(found[0].index, 2); /* less is better */
	assert_true(found[0].score < found[1].score);
}

static void test_undefined_score(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_search_options options = by("roc_auc");
	struct ns_training valid = set->training;
	valid.rows = 1;
	search(&belief, "class=0,1", &set->training, &valid, &options, NS_EDATA);
	assert_string_equal(err.text, "roc_auc is undefined on the rows held out, for every candidate (another --score)");
}

/* With a positive class f1 is its own and the threshold decides; without one it is the mean over classes. */
static void test_positive_class_and_threshold(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_training two = set->training;
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	for (size_t row = 0; row < ROWS; row++)
		y[row] = row % 4 == 0;
	two.y = y;
	two.classes = 2;
	struct ns_search_options options = by("f1");
	options.positive = 0;
	double f1 = 2 * 0.75 / 1.75;
	two.rows = 192; /* 36 and 12 in each fold */
	assert_true(fabs(search(&belief, "class=0", &two, NULL, &options, NS_OK)->score - f1) < 1e-14);
	options.positive = -1;
	assert_true(fabs(search(&belief, "class=0", &two, NULL, &options, NS_OK)->score - f1 / 2) < 1e-14);
	options.positive = 1;
	options.threshold = 0; /* whatever it believes, the positive class is predicted */
	assert_true(fabs(search(&belief, "class=0", &two, NULL, &options, NS_OK)->score - 2 * 0.25 / 1.25) < 1e-14);
}

static int fit_fails(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *memory, struct ns_err *out)
{
	(void)models, (void)training, (void)values, (void)candidates, (void)memory;
	return ns_fail(out, NS_ECALL, "cannot be fitted");
}

static void test_a_learner_that_fails(void **state)
{
	(void)state;
	const struct ns_learner failing = {.name = "failing", .params = belief_params, .fit = fit_fails};
	struct ns_search_options options = by("f1");
	const struct set *set = make(1);
	search(&failing, "class=0", &set->training, NULL, &options, NS_ECALL);
	assert_string_equal(err.text, "cannot be fitted");
	search(&failing, "class=0", &set->training, &set->training, &options, NS_ECALL);
}

static void test_score_names(void **state)
{
	(void)state;
	for (size_t m = 0; ns_metrics_names[m]; m++)
		assert_int_equal(ns_search_check_score(ns_metrics_names[m], &err), NS_OK);
	assert_int_equal(ns_search_check_score("acuracy", &err), NS_ECALL);
	assert_string_equal(err.text, "unknown metric 'acuracy' (did you mean 'accuracy'?)");
	assert_int_equal(ns_search_check_score("beauty", &err), NS_ECALL);
	assert_string_equal(err.text, "unknown metric 'beauty'; ns-eval(1) lists them");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_means_over_folds, release),
		cmocka_unit_test_teardown(test_weights_go_with_their_rows, release),
		cmocka_unit_test_teardown(test_validation_table, release),
		cmocka_unit_test_teardown(test_ranking, release),
		cmocka_unit_test_teardown(test_undefined_score, release),
		cmocka_unit_test_teardown(test_positive_class_and_threshold, release),
		cmocka_unit_test_teardown(test_a_learner_that_fails, release),
		cmocka_unit_test_teardown(test_score_names, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
