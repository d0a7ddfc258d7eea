/* Metrics of rows of which equal ones were predicted once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/scoring.h"
#include "repeated_rows.h"

static void test_no_rows(void **state)
{
	(void)state;
	struct set *set = make(3, 2);
	struct ns_vectors vectors;
	struct ns_tally tally;
	set->data.rows = 0;
	ns_vectors_init(&vectors, &set->data, &arena);
	ns_vectors_tally(&tally, &vectors, NULL, 0, true, &arena);
	assert_true(vectors.count == 0 && tally.count == 0 && tally.rows == 0);
	struct ns_scoring scoring = {2, -1, 0.5, true, true};
	double values[NS_METRICS];
	ns_scoring_measure(values, &scoring, &tally, NULL, &arena);
	for (size_t m = 0; m < NS_METRICS; m++)
		assert_true(isnan(values[m]));
}

/* What ns_metrics_compute finds row by row in the rows of one side. */
static void expected(double *values, const struct set *set, const struct ns_vectors *vectors, const double *probability, const uint32_t *fold,
	bool inside, int32_t positive)
{
	uint32_t classes = set->data.classes, *truth = NS_NEW_ARRAY(&arena, uint32_t, ROWS), *prediction = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	double *rows = NS_NEW_ARRAY(&arena, double, ROWS * classes);
	struct ns_metrics metrics;
	size_t count = 0;
	for (size_t row = 0; row < ROWS; row++) {
		if ((fold[row] == 1) != inside)
			continue;
		const double *p = probability + vectors->entries[vectors->entry_of[row]].vector * classes;
		truth[count] = set->y[row];
		prediction[count] = ns_model_choose(p, classes, positive, 0.4);
		memcpy(rows + count++ * classes, p, classes * sizeof *p);
	}
	ns_metrics_compute(&metrics, truth, prediction, rows, count, classes, positive, &arena);
	ns_metrics_values(values, &metrics);
}

static void assert_same_bits(uint64_t numbers, uint32_t classes, int32_t positive)
{
	struct set *set = make(numbers, classes);
	struct ns_vectors vectors;
	struct ns_random random;
	uint32_t fold[ROWS];
	ns_vectors_init(&vectors, &set->data, &arena);
	ns_random_init(&random, 6, "scoring", classes, 0);
	for (size_t row = 0; row < ROWS; row++)
		fold[row] = (uint32_t)ns_random_below(&random, 3);
	double *probability = NS_NEW_ARRAY(&arena, double, vectors.count * classes);
	for (size_t v = 0; v < vectors.count; v++) {
		double sum = 0;
		for (uint32_t c = 0; c < classes; c++)
			sum += probability[v * classes + c] = (double)ns_random_below(&random, 20) + (c == 0); /* ties; certainties */
		for (uint32_t c = 0; c < classes; c++)
			probability[v * classes + c] /= sum;
	}
	for (int inside = 0; inside < 2; inside++) {
		struct ns_scoring scoring = {classes, positive, 0.4, false, false};
		struct ns_tally tally;
		double want[NS_METRICS], all[NS_METRICS], one[NS_METRICS];
		ns_vectors_tally(&tally, &vectors, fold, 1, inside, &arena);
		expected(want, set, &vectors, probability, fold, inside, positive);
		ns_scoring_want_all(&scoring);
		ns_scoring_measure(all, &scoring, &tally, probability, &arena);
		for (size_t m = 0; m < NS_METRICS; m++) {
			ns_scoring_want(&scoring, ns_metrics_names[m]);
			ns_scoring_measure(one, &scoring, &tally, probability, &arena);
			assert_true(same(all[m], want[m]) && same(one[m], want[m]));
		}
	}
}

static void test_the_same_bits_as_row_by_row(void **state)
{
	(void)state;
	assert_same_bits(3, 2, 1);
	assert_same_bits(3, 2, -1);
	assert_same_bits(100000, 2, 0);
	assert_same_bits(4, 5, -1);
	assert_same_bits(4, 5, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_no_rows, release),
		cmocka_unit_test_teardown(test_the_same_bits_as_row_by_row, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
