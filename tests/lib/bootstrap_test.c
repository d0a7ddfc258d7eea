#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "numbers.h"
#include "stat/bootstrap.h"
#include "stat/quantile.h"

static void draws_are_multinomial(void **state)
{
	(void)state;
	const size_t sizes[] = {1, 2, 3, 1000, 4096, 4097, 10000};
	for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
		size_t rows = sizes[s], rounds = 400;
		uint32_t *times = ns_malloc_array(rows, sizeof *times);
		double *sum = calloc(rows, sizeof *sum), squares = 0, chi = 0;
		for (size_t r = 0; r < rounds; r++) {
			struct ns_random random;
			size_t drawn = 0;
			ns_random_init(&random, 3, "bootstrap", r, 0);
			ns_bootstrap_draw(times, rows, &random);
			for (size_t i = 0; i < rows; i++) {
				drawn += times[i];
				sum[i] += times[i];
				squares += ((double)times[i] - 1) * ((double)times[i] - 1);
			}
			assert_int_equal(drawn, rows);
		}
		double expected = 1 - 1 / (double)rows, cells = (double)(rows * rounds);
		for (size_t i = 0; i < rows; i++)
			chi += (sum[i] - (double)rounds) * (sum[i] - (double)rounds) / (double)rounds;
		/* variance of a count, and chi-square of the totals: six standard deviations either way */
		assert_true(fabs(squares / cells - expected) <= 6 * sqrt(3 / cells));
		assert_true(fabs(chi - (double)(rows - 1)) <= 6 * sqrt(2 * (double)rows));
		free(times);
		free(sum);
	}
}

/* The columns truth, prediction and a probability per class of a stored case. */
static struct ns_predictions read_case(const char *path, uint32_t classes, int32_t positive, struct ns_arena *arena)
{
	struct numbers numbers = numbers_read(path);
	struct ns_predictions out = {.rows = numbers.rows, .classes = classes, .positive = positive, .truth = NS_NEW_ARRAY(arena, uint32_t, numbers.rows),
		.prediction = NS_NEW_ARRAY(arena, uint32_t, numbers.rows), .probability = NS_NEW_ARRAY(arena, double, numbers.rows * classes)};
	for (size_t i = 0; i < numbers.rows; i++) {
		const double *row = numbers.values + i * numbers.width;
		out.truth[i] = row[0] > 0 ? (uint32_t)row[0] : 0; /* -1 is class 0 */
		out.prediction[i] = row[1] > 0 ? (uint32_t)row[1] : 0;
		for (uint32_t c = 0; c < classes; c++)
			out.probability[i * classes + c] = numbers.width == 2 + classes ? row[2 + c] : c == 1 ? row[2] : 1 - row[2];
	}
	free(numbers.values);
	return out;
}

/* The metrics of one resample, whose rows are really repeated. */
static void repeat(double values[NS_METRICS], const struct ns_predictions *from, size_t resample, struct ns_arena *arena)
{
	struct ns_random random;
	struct ns_metrics metrics;
	uint32_t *times = NS_NEW_ARRAY(arena, uint32_t, from->rows), *truth = NS_NEW_ARRAY(arena, uint32_t, from->rows);
	uint32_t *prediction = NS_NEW_ARRAY(arena, uint32_t, from->rows);
	double *probability = NS_NEW_ARRAY(arena, double, from->rows * from->classes);
	ns_random_init(&random, 42, "bootstrap", resample, 0);
	ns_bootstrap_draw(times, from->rows, &random);
	for (size_t i = 0, to = 0; i < from->rows; i++)
		for (uint32_t k = 0; k < times[i]; k++, to++) {
			truth[to] = from->truth[i];
			prediction[to] = from->prediction[i];
			memcpy(probability + to * from->classes, from->probability + i * from->classes, from->classes * sizeof *probability);
		}
	ns_metrics_compute(&metrics, truth, prediction, probability, from->rows, from->classes, from->positive, arena);
	ns_metrics_values(values, &metrics);
}

static void as_rows_repeated(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		uint32_t classes;
		int32_t positive;
	} cases[] = {{"binary-ties", 2, 1}, {"binary-positive-0", 2, 0}, {"multi-ties", 3, 2}, {"multi", 4, -1}, {"one-class", 2, 1}, {"class-never-predicted", 3, -1}};
	enum { RESAMPLES = 40 };
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_interval own[NS_METRICS];
		struct ns_bootstrap bootstrap = {.resamples = RESAMPLES, .seed = 42, .threads = 2, .confidence = 0.8};
		double values[RESAMPLES][NS_METRICS], column[RESAMPLES];
		struct ns_predictions predictions = read_case(ns_format(&arena, "tests/data/metrics/%s.csv", cases[c].path), cases[c].classes,
			cases[c].positive, &arena);
		ns_bootstrap_intervals(own, NULL, &predictions, 1, &bootstrap, &arena);
		for (size_t r = 0; r < RESAMPLES; r++)
			repeat(values[r], &predictions, r, &arena);
		for (size_t m = 0; m < NS_METRICS; m++) {
			for (size_t r = 0; r < RESAMPLES; r++)
				column[r] = values[r][m];
			size_t present = ns_present(column, column, RESAMPLES);
			double lower = ns_quantile(column, present, 0.1), upper = ns_quantile(column, present, 0.9);
			if (present == 0 ? !isnan(own[m].lower) || !isnan(own[m].upper) : !(fabs(own[m].lower - lower) <= 1e-12 && fabs(own[m].upper - upper) <= 1e-12))
				fail_msg("%s: %s from %.17g to %.17g, not %.17g to %.17g", cases[c].path, ns_metrics_names[m], own[m].lower, own[m].upper, lower, upper);
		}
		ns_arena_release(&arena);
	}
}

static size_t find_metric(const char *name)
{
	size_t m = 0;
	while (strcmp(ns_metrics_names[m], name) != 0)
		m++;
	return m;
}

/* Other draws, the same distribution: within a fifth of the metric's spread. */
static void as_numpy_and_scikit_learn(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_interval own[2 * NS_METRICS], difference[2 * NS_METRICS];
	struct ns_bootstrap bootstrap = {.resamples = 20000, .seed = 1, .threads = 2, .confidence = 0.95};
	struct ns_predictions models[] = {read_case("tests/data/compare/a.csv", 2, 1, &arena), read_case("tests/data/compare/b.csv", 2, 1, &arena)};
	char line[256], of[32], metric[32];
	double lower, upper, spread;
	int checked = 0;
	ns_bootstrap_intervals(own, difference, models, 2, &bootstrap, &arena);
	FILE *file = fopen("tests/data/compare/intervals.csv", "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	for (; fgets(line, sizeof line, file); checked++) {
		assert_int_equal(sscanf(line, "%31[^,],%31[^,],%lf,%lf,%lf", of, metric, &lower, &upper, &spread), 5);
		const struct ns_interval *found = (strcmp(of, "a") == 0 ? own : difference + NS_METRICS) + find_metric(metric);
		if (!(fabs(found->lower - lower) <= spread / 5 && fabs(found->upper - upper) <= spread / 5))
			fail_msg("%s %s: %g to %g, not %g to %g", of, metric, found->lower, found->upper, lower, upper);
	}
	assert_int_equal(checked, 14);
	for (size_t m = 0; m < NS_METRICS; m++) /* the first model is no different from itself */
		assert_true(difference[m].lower == 0 && difference[m].upper == 0);
	fclose(file);
	ns_arena_release(&arena);
}

static void threads_and_company_change_nothing(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_interval alone[NS_METRICS], together[2 * NS_METRICS];
	struct ns_bootstrap bootstrap = {.resamples = 100, .seed = 5, .threads = 1, .confidence = 0.95};
	struct ns_predictions models[] = {read_case("tests/data/compare/a.csv", 2, 1, &arena), read_case("tests/data/compare/b.csv", 2, 1, &arena)};
	ns_bootstrap_intervals(alone, NULL, models, 1, &bootstrap, &arena);
	bootstrap.threads = 3;
	ns_bootstrap_intervals(together, NULL, models, 2, &bootstrap, &arena);
	assert_memory_equal(alone, together, sizeof alone);
	bootstrap.seed = 6;
	ns_bootstrap_intervals(together, NULL, models, 2, &bootstrap, &arena);
	assert_memory_not_equal(alone, together, sizeof alone);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_are_multinomial),
		cmocka_unit_test(as_rows_repeated),
		cmocka_unit_test(as_numpy_and_scikit_learn),
		cmocka_unit_test(threads_and_company_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
