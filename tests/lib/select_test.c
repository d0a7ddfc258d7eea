#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/select.h"

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

static int read_csv(struct ns_reported_file *file, const char *csv, const char *name)
{
	struct ns_table_options *options = NS_NEW(&arena, struct ns_table_options);
	struct ns_reader *reader;
	bool marks[64] = {false};
	enum ns_type types[64];
	options->delimiter = ',';
	assert_int_equal(ns_reader_open_memory(&reader, csv, strlen(csv), name, options, &arena, &err), NS_OK);
	NS_TRY(ns_reported_want(marks, types, ns_reader_header(reader), &err));
	for (size_t i = 0; i < ns_reader_header(reader)->width; i++)
		if (marks[i])
			assert_int_equal(ns_reader_want(reader, i, types[i], &err), NS_OK);
	file->source = name;
	return ns_frame_read(&file->frame, reader, marks, &arena, &err);
}

static const struct ns_select_options no_bars = {.base_score = -1, .gap = 100};

static int select_csv(struct ns_selection *selection, const char *csv, const struct ns_select_options *options)
{
	struct ns_reported_file file;
	struct ns_reported_set *set = NS_NEW(&arena, struct ns_reported_set);
	NS_TRY(read_csv(&file, csv, "r.csv"));
	NS_TRY(ns_reported_read(set, &file, 1, &arena, &err));
	return ns_select(selection, set, options, &arena, &err);
}

static int rank_rows(struct ns_table *ranked, const struct scored *rows, size_t count)
{
	struct ns_selection selection;
	NS_TRY(select_csv(&selection, csv_of(rows, count), &no_bars));
	*ranked = selection.table;
	return NS_OK;
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
	assert_int_equal(ranked.width, 11 + NS_METRICS); /* not every fold's score is known */
	assert_string_equal(text_at(&ranked, "verdict", 0), "chosen");
	assert_true(number_at(&ranked, "gap", 0) == 0.5);
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
	assert_string_equal(text_at(&ranked, "verdict", 3), "undefined");
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

/* Simpler ones first: linear, a tree, ensembles; fewer trees, less depth, then as they came. */
static void test_ties_go_to_the_simpler(void **state)
{
	(void)state;
	struct ns_table ranked;
	const struct scored rows[] = {
		{"invented", "", "1", "f1", "0.5", "0"},
		{"gradient-boosting", "n_estimators=8", "1", "f1", "0.5", "0"},
		{"random-forest", "n_estimators=32 max_depth=None", "1", "f1", "0.5", "0"},
		{"random-forest", "n_estimators=32 max_depth=3", "1", "f1", "0.5", "0"},
		{"random-forest", "n_estimators=8 max_depth=None", "1", "f1", "0.5000000000000001", "0"},
		{"k-neighbors", "n_neighbors=3", "1", "f1", "0.5", "0"},
		{"k-neighbors", "n_neighbors=11", "1", "f1", "0.5", "0"},
		{"decision-tree", "", "1", "f1", "0.5", "0"},
		{"logistic-regression", "C=10", "1", "f1", "0.5", "0"},
		{"logistic-regression", "C=0.1", "1", "f1", "0.5", "0"},
	};
	static const char *const order[] = {"C=0.1", "C=10", NULL, "n_neighbors=11", "n_neighbors=3", "n_estimators=8 max_depth=None",
		"n_estimators=32 max_depth=3", "n_estimators=32 max_depth=None", "n_estimators=8", NULL};
	assert_int_equal(rank_rows(&ranked, rows, 10), NS_OK);
	for (size_t i = 0; i < 10; i++) {
		const char *params = text_at(&ranked, "params", i);
		assert_string_equal(params ? params : "none", order[i] ? order[i] : "none");
	}
	assert_string_equal(text_at(&ranked, "learner", 9), "invented");
}

/* Reports of one fold each, with the folds' scores and times, one of which has them in other columns. */
static void test_folds_of_several_files(void **state)
{
	(void)state;
	struct ns_reported_file files[2];
	struct ns_reported_set set;
	struct ns_selection selection;
	const char *rest = "", *names = ns_strndup(&arena, header(), strlen(header()) - 1);
	for (size_t m = 0; m < NS_METRICS; m++)
		rest = ns_format(&arena, "%s,0.5", rest);
	const char *one = ns_format(&arena, "%s,score_1,train_score_1,fit_seconds,score_seconds\ntree,,1,10,f1,0.5,0,0.75%s,0.5,0.75,1,4\n", names, rest);
	const char *two = ns_format(&arena, "%s,score_1,score_2,train_score_1,train_score_2,fit_seconds,score_seconds,more\n"
		"tree,,2,20,f1,0.8,0.1,0.85%s,0.7,0.9,0.8,0.9,4,1,text\n", names, rest);
	assert_int_equal(read_csv(&files[0], one, "1.csv"), NS_OK);
	assert_int_equal(read_csv(&files[1], two, "2.csv"), NS_OK);
	assert_int_equal(ns_reported_read(&set, files, 2, &arena, &err), NS_OK);
	assert_int_equal(ns_select(&selection, &set, &no_bars, &arena, &err), NS_OK);
	const struct ns_table *table = &selection.table;
	assert_true(table->rows == 1 && number_at(table, "folds", 0) == 3 && number_at(table, "rows", 0) == 30);
	assert_true(fabs(number_at(table, "score", 0) - 0.7) < 1e-15);
	assert_true(number_at(table, "score_1", 0) == 0.5 && number_at(table, "score_2", 0) == 0.7 && number_at(table, "score_3", 0) == 0.9);
	assert_true(number_at(table, "train_score_3", 0) == 0.9 && ns_table_find(table, "score_4") < 0);
	assert_true(number_at(table, "fit_seconds", 0) == 3 && number_at(table, "score_seconds", 0) == 2);
	assert_int_equal(ns_reported_read(&set, files, 1, &arena, &err), NS_OK);
	assert_int_equal(ns_select(&selection, &set, &no_bars, &arena, &err), NS_OK);
	assert_true(number_at(&selection.table, "score_1", 0) == 0.5);
}

static const struct scored three[] = {
	{"random-forest", "n_estimators=8", "1", "f1", "0.75", "0"}, /* learnt from: 1 */
	{"decision-tree", "", "1", "f1", "0.7", "0"},
	{"logistic-regression", "", "1", "f1", "0.5", "0"},
};

static struct ns_selection select_rows(const struct scored *rows, size_t count, const struct ns_select_options *options)
{
	struct ns_selection selection;
	assert_int_equal(select_csv(&selection, csv_of(rows, count), options), NS_OK);
	return selection;
}

static void test_base_score(void **state)
{
	(void)state;
	struct ns_select_options options = {.base_score = 0.6, .gap = 100};
	struct ns_selection selection = select_rows(three, 3, &options);
	assert_string_equal(selection.chosen->learner, "random-forest");
	assert_null(selection.remark);
	assert_string_equal(text_at(&selection.table, "verdict", 0), "chosen");
	assert_null(text_at(&selection.table, "verdict", 1));
	assert_string_equal(text_at(&selection.table, "verdict", 2), "base");
	options.base_score = 0.75;
	assert_non_null(select_rows(three, 3, &options).chosen); /* reached */
	options.base_score = 0.76;
	selection = select_rows(three, 3, &options);
	assert_null(selection.chosen);
	assert_string_equal(selection.remark, "no model reaches f1 0.76: the best, 'random-forest n_estimators=8', has 0.7500 (--base-score sets the bar)");
}

static void test_gap(void **state)
{
	(void)state;
	struct ns_select_options options = {.base_score = 0.6, .gap = 0.25};
	struct ns_selection selection = select_rows(three, 3, &options);
	assert_null(selection.remark);
	assert_string_equal(text_at(&selection.table, "verdict", 1), "gap");
	assert_true(number_at(&selection.table, "gap", 0) == 0.25);
	options.gap = 0.05;
	selection = select_rows(three, 3, &options);
	assert_string_equal(selection.chosen->learner, "random-forest");
	assert_string_equal(selection.remark, "'random-forest n_estimators=8' is the best, but its f1 is 1.0000 on the rows learnt from and 0.7500 on those "
		"held out: more than 0.05 apart");
	options.refuse = true;
	selection = select_rows(three, 3, &options);
	assert_null(selection.chosen);
	assert_string_equal(selection.remark, "no model's f1 on the rows learnt from is within 0.05 of that on the rows held out: the best, "
		"'random-forest n_estimators=8', has 1.0000 and 0.7500 (--gap sets the bar)");
	const struct scored fair[] = {{"random-forest", "", "1", "f1", "0.75", "0"}, {"svc", "", "1", "f1", "0.97", "0"}};
	assert_string_equal(select_rows(fair, 2, &options).chosen->learner, "svc");
	const struct scored refused[] = {{"svc", "", "1", "f1", "0.96", "0"}, {"random-forest", "", "1", "f1", "1.25", "0"}};
	selection = select_rows(refused, 2, &options); /* rows learnt from may look worse by so much, too */
	assert_string_equal(selection.chosen->learner, "svc");
	assert_string_equal(text_at(&selection.table, "verdict", 0), "gap");
}

static void test_bars_where_less_is_better(void **state)
{
	(void)state;
	struct ns_select_options options = {.base_score = 0.6, .gap = 0.05, .refuse = true};
	const struct scored rows[] = {{"tree", "", "1", "log_loss", "2", "0"}};
	struct ns_selection selection = select_rows(rows, 1, &options);
	assert_string_equal(selection.chosen->learner, "tree");
	assert_null(selection.remark);
	assert_true(number_at(&selection.table, "gap", 0) == 1); /* held out, the loss is 1 more */
	options.gap_given = true;
	assert_null(select_rows(rows, 1, &options).chosen);
	options.base_given = true;
	assert_int_equal(select_csv(&selection, csv_of(rows, 1), &options), NS_ECALL);
	assert_string_equal(err.text, "--base-score is for metrics of which more is better: the reports are ranked by log_loss");
}

static void test_command(void **state)
{
	(void)state;
	const struct ns_reported forest = {.learner = "random-forest", .params = "n_estimators=128 max_features=sqrt"}, plain = {.learner = "plain"};
	assert_string_equal(ns_select_command(&forest, &arena), "random-forest -p n_estimators=128 -p max_features=sqrt");
	assert_string_equal(ns_select_command(&plain, &arena), "plain");
}

static void assert_refused(const char *message, const struct scored *rows, size_t count)
{
	struct ns_selection selection;
	assert_int_equal(select_csv(&selection, csv_of(rows, count), &no_bars), NS_EDATA);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	struct ns_selection selection;
	assert_int_equal(select_csv(&selection, "learner,params,folds\ntree,,1\n", &no_bars), NS_EDATA);
	assert_string_equal(err.text, "r.csv: no column 'by': not a report of ns-fit --report");
	assert_int_equal(select_csv(&selection, "learner,params,folds,by\ntree,,1,f1\n", &no_bars), NS_EDATA);
	assert_string_equal(err.text, "r.csv: no column 'rows': not a report of ns-fit --report");
	assert_refused("no candidates in the reports", NULL, 0);
	assert_refused("r.csv: candidate 2 has no learner, metric or number of folds",
		(const struct scored[]){{"tree", "", "1", "f1", "1", "0"}, {"", "", "1", "f1", "1", "0"}}, 2);
	assert_refused("r.csv: candidate 1 has no learner, metric or number of folds", (const struct scored[]){{"tree", "", "0", "f1", "1", "0"}}, 1);
	assert_refused("r.csv: candidate 1 has no learner, metric or number of folds", (const struct scored[]){{"tree", "", "1.5", "f1", "1", "0"}}, 1);
	assert_refused("r.csv: candidate 2 was scored by 'mcc', those before it by 'f1': they do not compare",
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
		cmocka_unit_test_teardown(test_folds_of_several_files, release),
		cmocka_unit_test_teardown(test_ties_and_undefined, release),
		cmocka_unit_test_teardown(test_ties_go_to_the_simpler, release),
		cmocka_unit_test_teardown(test_less_is_better, release),
		cmocka_unit_test_teardown(test_base_score, release),
		cmocka_unit_test_teardown(test_gap, release),
		cmocka_unit_test_teardown(test_bars_where_less_is_better, release),
		cmocka_unit_test_teardown(test_command, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
