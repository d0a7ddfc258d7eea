#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/undersample.h"

enum { ROWS = 60, CLASSES = 3 };

/* Classes of 30, 20 and 10 rows, each with a value of its own; the same rows turned round where backwards. */
struct table {
	double values[ROWS];
	const double *x[1];
	uint32_t y[ROWS];
	struct ns_training training;
};

static void make(struct table *table, uint64_t seed, bool backwards)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		size_t row = backwards ? ROWS - 1 - i : i;
		table->y[row] = i % 6 < 3 ? 0 : i % 6 < 5 ? 1 : 2;
		table->values[row] = i == 0 ? NAN : i * 7 % ROWS;
	}
	table->x[0] = table->values;
	table->training = (struct ns_training){.rows = ROWS, .features = 1, .x = table->x, .y = table->y, .classes = CLASSES, .seed = seed, .threads = 1};
}

static void count(size_t *counts, const struct table *table, const uint32_t *copies)
{
	memset(counts, 0, CLASSES * sizeof *counts);
	for (size_t row = 0; row < ROWS; row++)
		counts[table->y[row]] += copies[row];
}

static void test_counts(void **state)
{
	(void)state;
	struct table table;
	uint32_t copies[ROWS], most = 0;
	size_t counts[CLASSES];
	make(&table, 1, false);
	ns_undersample_draw(copies, &table.training, (const size_t[]){10, 20, NS_UNDERSAMPLE_ALL}, false);
	count(counts, &table, copies);
	assert_memory_equal(counts, ((const size_t[]){10, 20, 10}), sizeof counts);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(copies[row] <= 1);
	ns_undersample_draw(copies, &table.training, (const size_t[]){0, 50, NS_UNDERSAMPLE_ALL}, true);
	count(counts, &table, copies);
	assert_memory_equal(counts, ((const size_t[]){0, 50, 10}), sizeof counts);
	for (size_t row = 0; row < ROWS; row++) {
		assert_true(table.y[row] < 2 || copies[row] == 1);
		most = copies[row] > most ? copies[row] : most;
	}
	assert_true(most > 2);
}

static void test_the_order_of_rows_does_not_matter(void **state)
{
	(void)state;
	struct table table, turned;
	uint32_t copies[ROWS], others[ROWS], again[ROWS];
	make(&table, 5, false);
	make(&turned, 5, true);
	for (int replacement = 0; replacement < 2; replacement++) {
		ns_undersample_draw(copies, &table.training, (const size_t[]){10, 5, 10}, replacement);
		ns_undersample_draw(others, &turned.training, (const size_t[]){10, 5, 10}, replacement);
		for (size_t row = 0; row < ROWS; row++)
			assert_int_equal(copies[row], others[ROWS - 1 - row]);
		table.training.seed = 6;
		ns_undersample_draw(again, &table.training, (const size_t[]){10, 5, 10}, replacement);
		assert_memory_not_equal(copies, again, sizeof copies);
		table.training.seed = 5;
	}
}

/* Of 12,000 draws of 10 among 30 each row stays in 4,000, give or take 5.8 standard deviations of 51.6. */
static void test_every_row_is_as_likely(void **state)
{
	(void)state;
	enum { DRAWS = 12000, AROUND = 300 };
	for (int replacement = 0; replacement < 2; replacement++) {
		struct table table;
		uint32_t copies[ROWS];
		size_t stayed[ROWS] = {0}, together = 0;
		make(&table, 0, false);
		for (uint64_t seed = 0; seed < DRAWS; seed++) {
			table.training.seed = seed;
			ns_undersample_draw(copies, &table.training, (const size_t[]){10, 0, 0}, replacement);
			for (size_t row = 0; row < ROWS; row++)
				stayed[row] += copies[row];
			together += copies[0] && copies[1];
		}
		for (size_t row = 0; row < ROWS; row++)
			assert_in_range(stayed[row] + AROUND, table.y[row] ? AROUND : 4000, table.y[row] ? AROUND : 4000 + 2 * AROUND);
		/* both of two rows: 10 / 30 * 9 / 29 of the draws, 1241; with replacement 1 - 2 (29 / 30)^10 + (28 / 30)^10, 920 */
		assert_in_range(together, replacement ? 770 : 1070, replacement ? 1070 : 1410);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_the_order_of_rows_does_not_matter),
		cmocka_unit_test(test_every_row_is_as_likely),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
