#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "stat/metrics_report.h"

static const char *const classes[] = {"-1", "1"};

static void some_metrics(struct ns_metrics *metrics, int32_t positive, struct ns_arena *arena)
{
	static const uint32_t truth[] = {0, 0, 1, 1}, prediction[] = {0, 0, 0, 1};
	ns_metrics_compute(metrics, truth, prediction, NULL, 4, 2, positive, arena);
}

static void as_table(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	struct ns_table table;
	struct ns_err err;
	some_metrics(&metrics, 0, &arena);
	assert_int_equal(ns_metrics_table(&table, &metrics, classes, NULL, &arena, &err), NS_OK);
	assert_int_equal(table.rows, 1 + 16 + 2 * 4 + 4);
	struct ns_span metric = ns_column_text(&table.columns[0], 27), class = ns_column_text(&table.columns[1], 27);
	assert_int_equal(metric.size, strlen("predicted_1"));
	assert_memory_equal(metric.data, "predicted_1", metric.size);
	assert_memory_equal(class.data, "-1", class.size);
	assert_null(ns_column_text(&table.columns[1], 0).data);
	assert_true(table.columns[2].numbers[26] == 1); /* one row of class 1 was taken for -1 */
	assert_true(table.columns[2].numbers[27] == 0);
	ns_arena_release(&arena);
}

static void as_json(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	struct ns_json json = NS_JSON_INIT(10000);
	some_metrics(&metrics, -1, &arena);
	ns_metrics_json(&json, &metrics, classes, NULL);
	assert_false(json.failed);
	assert_int_equal(ns_buffer_append(&json.out, "", 1), 0);
	assert_non_null(strstr(json.out.data, "  \"rows\": 4,\n  \"positive\": null,\n  \"accuracy\": 0.75,\n"));
	assert_non_null(strstr(json.out.data, "\"roc_auc\": null"));
	assert_non_null(strstr(json.out.data, "\"labels\": [\"-1\", \"1\"],\n    \"matrix\": [\n      [2, 0],\n      [1, 1]\n    ]"));
	ns_buffer_release(&json.out);
	ns_arena_release(&arena);
}

static void with_intervals(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	struct ns_interval of[NS_METRICS] = {{0.5, 1}, {0.25, 1}};
	struct ns_bootstrap bootstrap = {.resamples = 1000, .seed = 42, .confidence = 0.95};
	struct ns_metrics_intervals intervals = {of, &bootstrap};
	struct ns_json json = NS_JSON_INIT(10000);
	struct ns_table table;
	struct ns_err err;
	some_metrics(&metrics, 0, &arena);
	assert_int_equal(ns_metrics_table(&table, &metrics, classes, &intervals, &arena, &err), NS_OK);
	assert_true(table.width == 5 && table.columns[3].numbers[1] == 0.5 && table.columns[3].numbers[2] == 0.25 && table.columns[4].numbers[2] == 1);
	assert_true(isnan(table.columns[3].numbers[0]) && isnan(table.columns[4].numbers[NS_METRICS + 1]));
	ns_metrics_json(&json, &metrics, classes, &intervals);
	assert_int_equal(ns_buffer_append(&json.out, "", 1), 0);
	assert_non_null(strstr(json.out.data, "\"intervals\": {\n    \"confidence\": 0.95,\n    \"resamples\": 1000,\n    \"seed\": 42,\n    \"accuracy\": [0.5, 1],\n"));
	ns_buffer_release(&json.out);
	ns_arena_release(&arena);
}

/* Status and message of a requirement, from parsing or checking. */
static void require(const char *text, int status, const char *message)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	struct ns_requirement *parsed;
	struct ns_err err = {""};
	some_metrics(&metrics, 0, &arena);
	int got = ns_requirements_parse(&parsed, &(struct ns_texts){&text, 1}, &arena, &err);
	if (got == NS_OK)
		got = ns_requirements_check(parsed, 1, &metrics, &err);
	assert_string_equal(err.text, message);
	assert_int_equal(got, status);
	ns_arena_release(&arena);
}

static void requirements(void **state)
{
	(void)state;
	require("accuracy>=0.75", NS_OK, "");
	require("accuracy <= 0.75", NS_OK, "");
	require("f1_macro>.5", NS_OK, "");
	require("f1<1", NS_OK, "");
	require("accuracy>0.75", NS_EDATA, "accuracy is 0.75, required: accuracy>0.75");
	require("accuracy<0.75", NS_EDATA, "accuracy is 0.75, required: accuracy<0.75");
	require("roc_auc>=0", NS_EDATA, "roc_auc is undefined, required: roc_auc>=0");
	require("acuracy>=0.75", NS_ECALL, "--require 'acuracy>=0.75': no metric 'acuracy' (did you mean 'accuracy'?)");
	require("colour>=0.75", NS_ECALL, "--require 'colour>=0.75': no metric 'colour'");
	require("f1=0.9", NS_ECALL, "--require 'f1=0.9': must be a metric, one of >= > <= <, and a number, as in 'f1>=0.9'");
	require("f1>=", NS_ECALL, "--require 'f1>=': must be a metric, one of >= > <= <, and a number, as in 'f1>=0.9'");
	require("f1>=0.9x", NS_ECALL, "--require 'f1>=0.9x': must be a metric, one of >= > <= <, and a number, as in 'f1>=0.9'");
	require("", NS_ECALL, "--require '': must be a metric, one of >= > <= <, and a number, as in 'f1>=0.9'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_table),
		cmocka_unit_test(as_json),
		cmocka_unit_test(with_intervals),
		cmocka_unit_test(requirements),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
