#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "folded_rows.h"

static void test_folds_are_stratified(void **state)
{
	(void)state;
	const struct set *set = make(1);
	struct ns_search_options options = by("f1");
	const uint32_t *fold = folds_of(set, &options);
	size_t count[FOLDS] = {0}, of_class[FOLDS][3] = {{0}}, all[3] = {0};
	for (size_t row = 0; row < ROWS; row++) {
		assert_in_range(fold[row], 0, FOLDS - 1);
		count[fold[row]]++;
		of_class[fold[row]][set->y[row]]++;
		all[set->y[row]]++;
	}
	for (size_t k = 0; k < FOLDS; k++) {
		assert_in_range(count[k], ROWS / FOLDS, ROWS / FOLDS + 1);
		for (size_t c = 0; c < 3; c++)
			assert_in_range(of_class[k][c], all[c] / FOLDS, all[c] / FOLDS + 1);
	}
}

/* Folds as a set of values for each class, whatever the order of rows: rows r and r + 1 of one value are exchangeable. */
static void test_folds_depend_on_the_rows_not_their_order(void **state)
{
	(void)state;
	struct set *set = make(1), *back = make(1);
	struct ns_search_options options = by("f1");
	for (size_t row = 0; row < ROWS; row++) {
		back->x[row] = set->x[ROWS - 1 - row];
		back->y[row] = set->y[ROWS - 1 - row];
	}
	const uint32_t *fold = folds_of(set, &options), *of_back = folds_of(back, &options);
	size_t same = 0;
	for (size_t row = 0; row < ROWS; row++)
		assert_int_equal(fold[row], of_back[ROWS - 1 - row]);
	set->training.seed = 43;
	const uint32_t *other = folds_of(set, &options);
	for (size_t row = 0; row < ROWS; row++)
		same += fold[row] == other[row];
	assert_true(same < ROWS / 2);
}

static void test_copies_are_dealt_out_apart(void **state)
{
	(void)state;
	struct set *set = make(ROWS);
	struct ns_search_options options = by("f1");
	const uint32_t *fold = folds_of(set, &options);
	size_t count[FOLDS] = {0};
	for (size_t row = 0; row < ROWS; row++)
		count[fold[row]]++;
	assert_in_range(count[0], ROWS / FOLDS, ROWS / FOLDS + 1);
}

static void test_groups_stay_together(void **state)
{
	(void)state;
	struct set *set = make(5);
	struct ns_search_options options = by("f1");
	options.group_identical = true;
	const uint32_t *fold = folds_of(set, &options);
	size_t count[FOLDS] = {0};
	for (size_t row = 0; row < ROWS; row++) {
		assert_int_equal(fold[row], fold[row / 5 * 5]);
		count[fold[row]]++;
	}
	for (size_t k = 0; k < FOLDS; k++)
		assert_in_range(count[k], ROWS / FOLDS - 5, ROWS / FOLDS + 5);
}

static void test_groups_of_a_column_stay_together(void **state)
{
	(void)state;
	struct set *set = make(1);
	struct ns_search_options options = by("f1");
	uint64_t group[ROWS];
	for (size_t row = 0; row < ROWS; row++)
		group[row] = row % 7;
	options.group = group;
	options.group_name = "g";
	const uint32_t *fold = folds_of(set, &options);
	size_t count[FOLDS] = {0};
	for (size_t row = 0; row < ROWS; row++) {
		assert_int_equal(fold[row], fold[row % 7]);
		count[fold[row]]++;
	}
	for (size_t k = 0; k < FOLDS; k++)
		assert_in_range(count[k], 30, 62); /* one or two groups of 30 or 31 */
	options.folds = 8;
	uint32_t unused[ROWS];
	assert_int_equal(ns_folds_draw(unused, &set->training, &options, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "column 'g' has only 7 different values for 8 folds (a smaller --cv)");
}

/* Copies of a row with other weights are told apart, whatever their order; with equal ones folds are what they are without. */
static void test_folds_with_weights(void **state)
{
	(void)state;
	struct set *set = make(ROWS), *back = make(ROWS);
	struct ns_search_options options = by("f1");
	double weight[ROWS], of_back[ROWS];
	const uint32_t *plain = folds_of(set, &options);
	for (size_t row = 0; row < ROWS; row++) {
		weight[row] = 1;
		set->y[row] = 0;
	}
	plain = folds_of(set, &options);
	set->training.weight = weight;
	assert_memory_equal(plain, folds_of(set, &options), ROWS * sizeof *plain);
	for (size_t row = 0; row < ROWS; row++) {
		weight[row] = (double)row + 1;
		of_back[row] = (double)(ROWS - row);
		back->y[row] = 0;
	}
	back->training.weight = of_back;
	const uint32_t *fold = folds_of(set, &options), *turned = folds_of(back, &options);
	for (size_t row = 0; row < ROWS; row++)
		assert_int_equal(fold[row], turned[ROWS - 1 - row]);
}

static void test_fold_messages(void **state)
{
	(void)state;
	struct set *set = make(ROWS);
	struct ns_search_options options = by("f1");
	uint32_t fold[ROWS];
	options.folds = 22; /* of 22, 42 and 147 rows */
	assert_int_equal(ns_folds_draw(fold, &set->training, &options, &arena, &err), NS_OK);
	options.folds = 23;
	assert_int_equal(ns_folds_draw(fold, &set->training, &options, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "class 'ham' has 22 rows, fewer than the 23 folds (a smaller --cv, or leave the class out)");
	options.group_identical = true;
	assert_int_equal(ns_folds_draw(fold, &set->training, &options, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "only 1 different feature vector for 23 folds (a smaller --cv)");
	set->training.rows = 0;
	assert_int_equal(ns_folds_draw(fold, &set->training, &options, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "no rows to learn from");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_folds_are_stratified, release),
		cmocka_unit_test_teardown(test_folds_depend_on_the_rows_not_their_order, release),
		cmocka_unit_test_teardown(test_copies_are_dealt_out_apart, release),
		cmocka_unit_test_teardown(test_groups_stay_together, release),
		cmocka_unit_test_teardown(test_groups_of_a_column_stay_together, release),
		cmocka_unit_test_teardown(test_folds_with_weights, release),
		cmocka_unit_test_teardown(test_fold_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
