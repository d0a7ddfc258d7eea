#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "numbers.h"
#include "stat/compare_report.h"

static void tail_as_scipy(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/compare/tails.csv");
	assert_int_equal(numbers.width, 2);
	for (size_t i = 0; i < numbers.rows; i++) {
		double x = numbers.values[2 * i], p = numbers.values[2 * i + 1], ours = ns_chi_square_tail(x);
		if (!(fabs(ours - p) <= 1e-13 * p))
			fail_msg("chi-square beyond %g: %.17g, not %.17g", x, ours, p);
	}
	assert_true(numbers.rows >= 18 && ns_chi_square_tail(0) == 1 && ns_chi_square_tail(1e6) == 0);
	free(numbers.values);
}

static void mcnemar_as_scipy(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/compare/mcnemar.csv");
	assert_int_equal(numbers.width, 4);
	for (size_t i = 0; i < numbers.rows; i++) {
		const double *row = numbers.values + 4 * i;
		struct ns_mcnemar test = ns_mcnemar_test((uint64_t)row[0], (uint64_t)row[1]);
		if (!(fabs(test.p - row[3]) <= 1e-13 * row[3]) || !(fabs(test.statistic - row[2]) <= 1e-13 * row[2]))
			fail_msg("%g to %g: statistic %.17g, p %.17g", row[0], row[1], test.statistic, test.p);
		assert_int_equal(test.exact, row[0] + row[1] < 25);
		struct ns_mcnemar other = ns_mcnemar_test((uint64_t)row[1], (uint64_t)row[0]);
		assert_true(other.p == test.p && other.first_only == test.this_only);
	}
	assert_true(numbers.rows >= 15 && ns_mcnemar_test(12, 12).p == 1);
	free(numbers.values);
}

/* Two models of four rows; the second one has no probabilities. */
static const char *classes[] = {"a", "b"};
static uint32_t truth[] = {0, 1, 1, 0}, right[] = {0, 1, 1, 0}, half[] = {0, 1, 0, 1};
static double probability[] = {0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4};
static const struct ns_predictions models[] = {
	{.source = "first.csv", .rows = 4, .classes = 2, .names = classes, .truth = truth, .prediction = right, .probability = probability, .positive = 1},
	{.source = "second.csv", .rows = 4, .classes = 2, .names = classes, .truth = truth, .prediction = half, .positive = 1},
};
static const struct ns_bootstrap bootstrap = {.resamples = 50, .seed = 7, .threads = 1, .confidence = 0.9};

static void side_by_side(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_compared *compared = ns_compare(models, 2, &bootstrap, &arena);
	struct ns_table table;
	struct ns_err err;
	assert_string_equal(compared[1].name, "second.csv");
	assert_true(compared[0].values[0] == 1 && compared[1].values[0] == 0.5 && compared[1].difference[0] == -0.5);
	assert_true(compared[0].own[0].lower == 1 && compared[0].own[0].upper == 1 && compared[1].own[0].lower < compared[1].own[0].upper);
	assert_true(compared[1].differences[0].lower == compared[1].own[0].lower - 1);
	assert_true(isnan(compared[1].values[11]) && isnan(compared[1].differences[11].lower)); /* roc_auc */
	assert_true(compared[1].mcnemar.first_only == 2 && compared[1].mcnemar.this_only == 0 && compared[1].mcnemar.p == 0.5);
	assert_int_equal(ns_compare_table(&table, compared, 2, &arena, &err), NS_OK);
	assert_int_equal(table.rows, 2 * NS_METRICS + 4);
	assert_true(table.columns[2].numbers[1] == 0.5 && isnan(table.columns[5].numbers[0]) && table.columns[5].numbers[1] == -0.5);
	assert_true(table.columns[2].numbers[2 * NS_METRICS] == 2 && table.columns[2].numbers[2 * NS_METRICS + 3] == 0.5);
	struct ns_span last = ns_column_text(&table.columns[0], table.rows - 1);
	assert_memory_equal(last.data, "mcnemar_p", last.size);
	ns_arena_release(&arena);
}

static void as_json(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_json json = NS_JSON_INIT(100000);
	ns_compare_json(&json, ns_compare(models, 2, &bootstrap, &arena), 2, models, &bootstrap);
	assert_false(json.failed);
	assert_int_equal(ns_buffer_append(&json.out, "", 1), 0);
	assert_non_null(strstr(json.out.data, "  \"rows\": 4,\n  \"positive\": \"b\",\n  \"confidence\": 0.9,\n  \"resamples\": 50,\n  \"seed\": 7,\n"));
	assert_non_null(strstr(json.out.data, "\"mcnemar\": {\n        \"right_first_only\": 2,\n        \"right_this_only\": 0,\n        \"test\": \"exact\","));
	ns_buffer_release(&json.out);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tail_as_scipy),
		cmocka_unit_test(mcnemar_as_scipy),
		cmocka_unit_test(side_by_side),
		cmocka_unit_test(as_json),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
