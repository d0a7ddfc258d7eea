#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "numbers.h"
#include "stat/metrics.h"

/* Metrics of one stored case. */
static void compute(struct ns_metrics *metrics, const char *name, uint32_t classes, int32_t positive, bool backwards, struct ns_arena *arena)
{
	char path[256];
	snprintf(path, sizeof path, "tests/data/metrics/%s.csv", name);
	struct numbers numbers = numbers_read(path);
	assert_int_equal(numbers.width, 2 + classes);
	uint32_t *truth = NS_NEW_ARRAY(arena, uint32_t, numbers.rows), *prediction = NS_NEW_ARRAY(arena, uint32_t, numbers.rows);
	double *probability = NS_NEW_ARRAY(arena, double, numbers.rows * classes);
	for (size_t i = 0; i < numbers.rows; i++) {
		const double *row = numbers.values + (backwards ? numbers.rows - 1 - i : i) * numbers.width;
		truth[i] = (uint32_t)row[0];
		prediction[i] = (uint32_t)row[1];
		memcpy(probability + i * classes, row + 2, classes * sizeof(double));
	}
	ns_metrics_compute(metrics, truth, prediction, probability, numbers.rows, classes, positive, arena);
	free(numbers.values);
}

static void as_scikit_learn(void **state)
{
	(void)state;
	char line[256], name[64], metric[64], text[64];
	int classes, positive, checked = 0;
	FILE *file = fopen("tests/data/metrics/expected.csv", "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	struct ns_arena arena = NS_ARENA_INIT;
	while (fgets(line, sizeof line, file)) {
		assert_int_equal(sscanf(line, "%63[^,],%d,%d,%63[^,],%63s", name, &classes, &positive, metric, text), 5);
		struct ns_metrics metrics;
		double value, expected = strtod(text, NULL);
		compute(&metrics, name, (uint32_t)classes, positive, false, &arena);
		assert_true(ns_metrics_value(&value, NULL, &metrics, metric));
		if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= 1e-12))
			fail_msg("%s: %s is %.17g, not %s", name, metric, value, text);
		checked++;
		ns_arena_reset(&arena);
	}
	assert_true(checked >= 12 * 16);
	fclose(file);
	ns_arena_release(&arena);
}

static void any_order_gives_the_same_bits(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics forwards, backwards;
	compute(&forwards, "multi-ties", 3, 2, false, &arena);
	compute(&backwards, "multi-ties", 3, 2, true, &arena);
	for (size_t i = 0; ns_metrics_names[i]; i++) {
		double a, b;
		assert_true(ns_metrics_value(&a, NULL, &forwards, ns_metrics_names[i]) && ns_metrics_value(&b, NULL, &backwards, ns_metrics_names[i]));
		assert_memory_equal(&a, &b, sizeof a);
	}
	ns_arena_release(&arena);
}

static void counts_and_undefined(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	const uint32_t truth[] = {0, 0, 2, 2, 2}, prediction[] = {0, 1, 2, 2, 0};
	ns_metrics_compute(&metrics, truth, prediction, NULL, 5, 4, 2, &arena);
	const uint64_t confusion[] = {1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0};
	assert_memory_equal(metrics.confusion, confusion, sizeof confusion);
	assert_int_equal(metrics.undefined, 1); /* the recall of class 1; class 3 does not occur at all */
	assert_int_equal(metrics.per_class[2].support, 3);
	assert_true(fabs(metrics.per_class[2].recall - 2.0 / 3) < 1e-15 && metrics.per_class[2].precision == 1);
	assert_true(fabs(metrics.macro.precision - 0.5) < 1e-15);
	assert_true(metrics.f1 == metrics.per_class[2].f1);
	assert_true(isnan(metrics.roc_auc) && isnan(metrics.pr_auc) && isnan(metrics.log_loss) && isnan(metrics.brier));
	ns_arena_release(&arena);
}

static void no_rows(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	ns_metrics_compute(&metrics, NULL, NULL, NULL, 0, 2, 1, &arena);
	for (size_t i = 0; ns_metrics_names[i]; i++) {
		double value;
		assert_true(ns_metrics_value(&value, NULL, &metrics, ns_metrics_names[i]));
		assert_true(isnan(value));
	}
	ns_arena_release(&arena);
}

static void absent_class_in_ranking(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	const uint32_t truth[] = {0, 0, 1, 1}, prediction[] = {0, 0, 1, 1};
	const double probability[] = {.8, .1, .1, .7, .2, .1, .2, .7, .1, .1, .8, .1};
	ns_metrics_compute(&metrics, truth, prediction, probability, 4, 3, -1, &arena);
	assert_true(metrics.roc_auc == 1 && metrics.pr_auc == 1 && metrics.accuracy == 1); /* class 2 takes no part */
	ns_arena_release(&arena);
}

static void names(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_metrics metrics;
	ns_metrics_compute(&metrics, NULL, NULL, NULL, 0, 2, -1, &arena);
	double value;
	bool higher;
	assert_true(ns_metrics_value(&value, &higher, &metrics, "roc_auc") && higher);
	assert_true(ns_metrics_value(&value, &higher, &metrics, "log_loss") && !higher);
	assert_true(ns_metrics_value(&value, &higher, &metrics, "brier") && !higher);
	assert_false(ns_metrics_value(&value, &higher, &metrics, "f2"));
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_scikit_learn),
		cmocka_unit_test(any_order_gives_the_same_bits),
		cmocka_unit_test(counts_and_undefined),
		cmocka_unit_test(no_rows),
		cmocka_unit_test(absent_class_in_ranking),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
