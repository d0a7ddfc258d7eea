#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/select.h"
#include "stat/metrics.h"

static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* One report row: "tree,max_depth=2,1,10,f1,.5,0,.75"; all metrics are the score. */
static char *row_of(const char *start, const char *score)
{
	char *row = ns_strdup(&arena, start);
	for (size_t m = 0; ns_metrics_names[m]; m++)
		row = ns_format(&arena, "%s,%s", row, score);
	return ns_format(&arena, "%s\n", row);
}

struct scored {
	const char *learner, *params, *folds, *by, *score, *deviation;
};

static char *header(void)
{
	char *names = ns_strdup(&arena, "learner,params,folds,rows,by,score,score_deviation,train_score");
	for (size_t m = 0; ns_metrics_names[m]; m++)
		names = ns_format(&arena, "%s,%s", names, ns_metrics_names[m]);
	return ns_format(&arena, "%s\n", names);
}

static char *csv_of(const struct scored *rows, size_t count)
{
	char *csv = header();
	for (size_t i = 0; i < count; i++) {
		char *start = ns_format(&arena, "%s,%s,%s,10,%s,%s,%s,1", rows[i].learner, rows[i].params, rows[i].folds, rows[i].by,
			rows[i].score, rows[i].deviation);
		csv = ns_format(&arena, "%s%s", csv, row_of(start, rows[i].score));
	}
	return csv;
}

/* Text columns as ns-select reads them. */
static int rank_csv(struct ns_table *ranked, const char *csv)
{
	struct ns_table_options *options = NS_NEW(&arena, struct ns_table_options);
	struct ns_reader *reader;
	struct ns_frame frame;
	bool marks[64] = {false};
	options->delimiter = ',';
	assert_int_equal(ns_reader_open_memory(&reader, csv, strlen(csv), "reports", options, &arena, &err), NS_OK);
	for (size_t i = 0; i < ns_reader_header(reader)->width; i++) {
		const char *name = ns_reader_header(reader)->columns[i].name;
		bool text = strcmp(name, "learner") == 0 || strcmp(name, "params") == 0 || strcmp(name, "by") == 0;
		marks[i] = true;
		assert_int_equal(ns_reader_want(reader, i, text ? NS_TEXT : NS_NUMBER, &err), NS_OK);
	}
	assert_int_equal(ns_frame_read(&frame, reader, marks, &arena, &err), NS_OK);
	return ns_select_rank(ranked, &frame, &arena, &err);
}

static int rank_rows(struct ns_table *ranked, const struct scored *rows, size_t count)
{
	return rank_csv(ranked, csv_of(rows, count));
}

static const char *text_at(const struct ns_table *table, const char *column, size_t row)
{
	struct ns_span text = ns_column_text(&table->columns[ns_table_find(table, column)], row);
	return text.data ? ns_strndup(&arena, text.data, text.size) : NULL;
}

static double number_at(const struct ns_table *table, const char *column, size_t row)
{
	return table->columns[ns_table_find(table, column)].numbers[row];
}

static void test_folds_add_up(void **state)
{
	(void)state;
	struct ns_table ranked;
	const struct scored rows[] = {
		{"tree", "max_depth=2", "1", "f1", "0.5", "0"},
		{"tree", "max_depth=4", "1", "f1", "0.75", "0"},
		{"tree", "max_depth=4", "3", "f1", "0.25", "0.125"}, /* three folds in one row count three times */
		{"tree", "max_depth=2", "3", "f1", "0.5", "0"},
	};
	assert_int_equal(rank_rows(&ranked, rows, 4), NS_OK);
	assert_int_equal(ranked.rows, 2);
	assert_string_equal(text_at(&ranked, "params", 0), "max_depth=2");
	assert_true(number_at(&ranked, "rank", 0) == 1 && number_at(&ranked, "rank", 1) == 2);
	assert_true(number_at(&ranked, "score", 0) == 0.5 && number_at(&ranked, "score_deviation", 0) == 0);
	assert_true(number_at(&ranked, "folds", 1) == 4 && number_at(&ranked, "rows", 1) == 20);
	assert_true(number_at(&ranked, "score", 1) == 0.375 && number_at(&ranked, "train_score", 1) == 1);
	/* Of 0.75 and three around 0.25 with variance 1/64: 1/4 (3/8)^2 + 3/4 ((1/8)^2 + 1/64) */
	assert_true(fabs(number_at(&ranked, "score_deviation", 1) - sqrt(9.0 / 256 + 6.0 / 256)) < 1e-15);
	for (size_t m = 0; ns_metrics_names[m]; m++)
		assert_true(number_at(&ranked, ns_metrics_names[m], 1) == 0.375);
	assert_int_equal(ranked.width, 9 + (size_t)(ns_table_find(&ranked, "mcc") - ns_table_find(&ranked, ns_metrics_names[0])) + 1);
}

static void test_ties_and_undefined(void **state)
{
	(void)state;
	struct ns_table ranked;
	const struct scored rows[] = {
		{"zebra", "", "1", "f1", "", "0"},
		{"tree", "a=2", "1", "f1", "0.5", "0"},
		{"tree", "a=1", "1", "f1", "0.5", "0"},
		{"forest", "a=1", "1", "f1", "0.5", "0"},
	};
	assert_int_equal(rank_rows(&ranked, rows, 4), NS_OK);
	assert_string_equal(text_at(&ranked, "params", 0), "a=2");
	assert_string_equal(text_at(&ranked, "params", 1), "a=1");
	assert_string_equal(text_at(&ranked, "learner", 2), "forest");
	assert_string_equal(text_at(&ranked, "learner", 3), "zebra");
	assert_null(text_at(&ranked, "params", 3));
	assert_true(isnan(number_at(&ranked, "score", 3)));
}

static void test_less_is_better(void **state)
{
	(void)state;
	struct ns_table ranked;
	const struct scored rows[] = {
		{"tree", "a=1", "1", "log_loss", "", "0"},
		{"tree", "a=2", "1", "log_loss", "0.5", "0"},
		{"tree", "a=3", "1", "log_loss", "0.25", "0"},
	};
	assert_int_equal(rank_rows(&ranked, rows, 3), NS_OK);
	assert_string_equal(text_at(&ranked, "params", 0), "a=3");
	assert_string_equal(text_at(&ranked, "params", 2), "a=1");
}

static void test_command(void **state)
{
	(void)state;
	struct ns_table ranked;
	const struct scored rows[] = {
		{"random-forest", "n_estimators=128 max_features=sqrt", "1", "f1", "0.5", "0"},
		{"plain", "", "1", "f1", "0.25", "0"},
	};
	assert_int_equal(rank_rows(&ranked, rows, 2), NS_OK);
	assert_string_equal(ns_select_command(&ranked, 0, &arena), "random-forest -p n_estimators=128 -p max_features=sqrt");
	assert_string_equal(ns_select_command(&ranked, 1, &arena), "plain");
}

static void assert_refused(const char *message, const struct scored *rows, size_t count)
{
	struct ns_table ranked;
	assert_int_equal(rank_rows(&ranked, rows, count), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	struct ns_table ranked;
	assert_int_equal(rank_csv(&ranked, "learner,params,folds\ntree,,1\n"), NS_EDATA);
	assert_string_equal(err.text, "no column 'by' of text: not a report of ns-fit --report");
	assert_int_equal(rank_csv(&ranked, "learner,params,folds,by\ntree,,1,f1\n"), NS_EDATA);
	assert_string_equal(err.text, "no column 'rows' of numbers: not a report of ns-fit --report");
	assert_refused("no candidates in the reports", NULL, 0);
	assert_refused("row 2 of the reports has no learner, metric or number of folds",
		(const struct scored[]){{"tree", "", "1", "f1", "1", "0"}, {"", "", "1", "f1", "1", "0"}}, 2);
	assert_refused("row 1 of the reports has no learner, metric or number of folds", (const struct scored[]){{"tree", "", "0", "f1", "1", "0"}}, 1);
	assert_refused("row 2 of the reports was scored by 'mcc', those before it by 'f1': they do not compare",
		(const struct scored[]){{"tree", "", "1", "f1", "1", "0"}, {"tree", "", "1", "mcc", "1", "0"}}, 2);
	assert_refused("the reports are ranked by 'beauty', which is no metric", (const struct scored[]){{"tree", "", "1", "beauty", "1", "0"}}, 1);
	assert_refused("candidate 'tree a=1' was scored on 1 fold, others on 2: they do not compare (a report is missing, or there twice)",
		(const struct scored[]){{"tree", "a=2", "2", "f1", "1", "0"}, {"tree", "a=1", "1", "f1", "1", "0"}}, 2);
	assert_refused("candidate 'plain' was scored on 2 folds, others on 3: they do not compare (a report is missing, or there twice)",
		(const struct scored[]){{"plain", "", "2", "f1", "1", "0"}, {"tree", "a=1", "3", "f1", "1", "0"}}, 2);
	assert_refused("roc_auc is undefined for every candidate: there is no best one", (const struct scored[]){{"tree", "", "1", "roc_auc", "", "0"}}, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_folds_add_up, release),
		cmocka_unit_test_teardown(test_ties_and_undefined, release),
		cmocka_unit_test_teardown(test_less_is_better, release),
		cmocka_unit_test_teardown(test_command, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
