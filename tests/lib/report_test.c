/* Reports of candidates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/report.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static const char *text_at(const struct ns_table *table, const char *column, size_t row)
{
	struct ns_span text = ns_column_text(&table->columns[ns_table_find(table, column)], row);
	return ns_strndup(&arena, text.data, text.size);
}

static double number_at(const struct ns_table *table, const char *column, size_t row)
{
	return table->columns[ns_table_find(table, column)].numbers[row];
}

static void test_columns(void **state)
{
	(void)state;
	const struct ns_learner *learner = &ns_learn_decision_tree;
	struct ns_texts params = {.items = (const char *[]){"max_depth=3,None", "criterion=ENTROPY"}, .count = 2};
	struct ns_value **grid;
	struct ns_table table;
	struct ns_candidate found[2];
	struct ns_search_options options = {.score = "mcc"};
	size_t candidates, metrics = NS_METRICS;
	assert_int_equal(ns_learner_grid(&grid, &candidates, learner, &params, &arena, &err), NS_OK);
	for (size_t c = 0; c < 2; c++) {
		found[c] = (struct ns_candidate){.index = c, .values = grid[c], .score = 0.5 + (double)c, .score_deviation = 0.25, .train_score = 0.75,
			.metrics = NS_NEW_ARRAY(&arena, double, metrics), .scores = NS_NEW_ARRAY(&arena, double, 3),
			.train_scores = NS_NEW_ARRAY(&arena, double, 3), .rows = 100, .folds = 3, .fit_seconds = 2, .score_seconds = 3 + (double)c};
		for (size_t k = 0; k < 3; k++) {
			found[c].scores[k] = (double)(k + c);
			found[c].train_scores[k] = -(double)k;
		}
		for (size_t m = 0; m < metrics; m++)
			found[c].metrics[m] = (double)(10 * m + c);
	}
	assert_int_equal(ns_report_table(&table, learner, found, 2, &params, &options, &arena, &err), NS_OK);
	assert_int_equal(table.rows, 2);
	assert_int_equal(table.width, 8 + metrics + 6);
	static const char *const names[] = {"learner", "params", "folds", "rows", "by", "score", "score_deviation", "train_score"};
	for (size_t i = 0; i < 8; i++)
		assert_string_equal(table.columns[i].name, names[i]);
	assert_string_equal(text_at(&table, "learner", 1), "decision-tree");
	assert_string_equal(text_at(&table, "params", 0), "criterion=entropy max_depth=3");
	assert_string_equal(text_at(&table, "params", 1), "criterion=entropy max_depth=None");
	assert_string_equal(text_at(&table, "by", 0), "mcc");
	assert_true(number_at(&table, "folds", 0) == 3 && number_at(&table, "rows", 0) == 100);
	assert_true(number_at(&table, "score", 1) == 1.5 && number_at(&table, "score_deviation", 1) == 0.25);
	assert_true(number_at(&table, "train_score", 1) == 0.75);
	for (size_t m = 0; m < metrics; m++)
		assert_true(number_at(&table, ns_metrics_names[m], 1) == (double)(10 * m + 1));
	assert_string_equal(table.columns[8 + metrics].name, "score_1");
	assert_string_equal(table.columns[8 + metrics + 3].name, "train_score_1");
	assert_true(number_at(&table, "score_3", 1) == 3 && number_at(&table, "train_score_2", 0) == -1);
	options.timing = true;
	assert_int_equal(ns_report_table(&table, learner, found, 2, &params, &options, &arena, &err), NS_OK);
	assert_int_equal(table.width, 8 + metrics + 8);
	assert_true(number_at(&table, "fit_seconds", 1) == 2 && number_at(&table, "score_seconds", 1) == 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_columns, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
