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
	size_t candidates, metrics = 0;
	while (ns_metrics_names[metrics])
		metrics++;
	assert_int_equal(ns_learner_grid(&grid, &candidates, learner, &params, &arena, &err), NS_OK);
	for (size_t c = 0; c < 2; c++) {
		found[c] = (struct ns_candidate){c, grid[c], 0.5 + (double)c, 0.25, 0.75, NS_NEW_ARRAY(&arena, double, metrics), 100, 3};
		for (size_t m = 0; m < metrics; m++)
			found[c].metrics[m] = (double)(10 * m + c);
	}
	assert_int_equal(ns_report_table(&table, learner, found, 2, &params, "mcc", &arena, &err), NS_OK);
	assert_int_equal(table.rows, 2);
	assert_int_equal(table.width, 8 + metrics);
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_columns, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
