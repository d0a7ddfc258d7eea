/* A training set as codes and entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "learn/coding.h"

#define NONE ((double)NAN)

static uint32_t code_of(const struct ns_bins *bins, uint32_t feature, uint32_t entry)
{
	uint32_t by_column = ns_code(ns_bins_codes(bins, feature, bins->entries), entry);
	if (bins->codes)
		assert_int_equal(ns_code(ns_bins_codes(bins, feature, 0), entry), by_column);
	return by_column;
}

static void equal_rows_of_equal_class_and_weight_are_one_entry(void **state)
{
	(void)state;
	const double a[] = {1, 1, 1, 1, -0.0, 0}, b[] = {5, 5, 5, 5, NONE, NONE}, weight[] = {1, 1, 2, 1, 1, 1};
	const uint32_t y[] = {0, 0, 0, 1, 0, 0};
	struct ns_training training = {.rows = 6, .features = 2, .x = (const double *[]){a, b}, .missing = true, .y = y, .weight = weight, .classes = 2, .threads = 1};
	struct ns_bins bins;
	ns_bins_init(&bins, &training, 0);
	assert_int_equal(bins.entries, 4);
	assert_int_equal(bins.columns[0].count, 2);
	assert_false(bins.columns[0].missing);
	assert_int_equal(bins.columns[1].count, 1);
	assert_true(bins.columns[1].missing);
	uint32_t seen = 0;
	for (uint32_t e = 0; e < 4; e++) {
		bool empty = code_of(&bins, 0, e) == 0;
		assert_int_equal(code_of(&bins, 1, e), empty); /* missing: one past the last */
		uint32_t kind = empty ? 0 : bins.y[e] ? 1 : bins.weight[e] == 2 ? 2 : 3;
		assert_int_equal(ns_bins_copies(&bins, e), kind == 0 || kind == 3 ? 2 : 1);
		seen |= 1u << kind;
	}
	assert_int_equal(seen, 15);
	ns_bins_release(&bins);
}

static void a_column_of_missing_values_alone_has_one_code_that_no_row_has(void **state)
{
	(void)state;
	const double a[] = {NONE, NONE};
	struct ns_training training = {.rows = 2, .features = 1, .x = (const double *[]){a}, .missing = true, .y = (const uint32_t[]){0, 1}, .classes = 2, .threads = 1};
	struct ns_bins bins;
	ns_bins_init(&bins, &training, 255);
	assert_int_equal(bins.columns[0].count, 1);
	assert_true(bins.columns[0].missing);
	assert_int_equal(code_of(&bins, 0, 0), 1);
	assert_int_equal(code_of(&bins, 0, 1), 1);
	ns_bins_release(&bins);
}

/* What the rule says, the slow way: codes of the sorted values x, none missing. */
static uint32_t expected_codes(uint32_t *codes, const double *x, size_t rows, uint32_t max_bins)
{
	uint32_t code = 0;
	for (size_t start = 0, end; start < rows; start = end) {
		uint32_t held = 0;
		for (end = start; end < rows && x[end] == x[start];)
			end++;
		for (uint32_t g = 1; g <= max_bins; g++) {
			double last = ceil((double)rows * g / max_bins); /* rows * g is far below 2^53 */
			held += last > (double)start && last <= (double)end;
		}
		if (held > 1 && start > 0 && codes[start - 1] == code)
			code++;
		for (size_t i = start; i < end; i++)
			codes[i] = code;
		code += held > 0;
	}
	return code;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

enum { MANY = 60000 };

/* Some shapes of numbers that are easily cut wrongly. */
static double shaped(int shape, struct ns_random *random)
{
	double normal = ns_random_normal(random), real = ns_random_real(random);
	switch (shape) {
	case 0: return normal;
	case 1: return real < 0.4 ? 0 : real < 0.405 ? -1 - normal * normal : normal * normal;
	case 2: return floor(normal * 300);
	case 3: return normal / (real * real * real + 1e-12);
	case 4: return 1.7e9 + floor(real * 1e6) / 64;
	case 5: return real < 0.5 ? normal * 1e-9 : 1e6 + normal * 1e-6;
	case 6: return real < 0.9 ? 7 : real < 0.95 ? 8 : normal;
	case 7: return normal * 1e-310;
	default: return ldexp(real - 0.5, (int)(1000 * normal) % 1000);
	}
}
enum { SHAPES = 9 };

static void groups_are_of_about_equal_size(void **state)
{
	(void)state;
	static double x[MANY], sorted[MANY];
	static uint32_t codes[MANY];
	const uint32_t limits[] = {2, 16, 255, 256, 1000};
	for (int shape = 0; shape < SHAPES; shape++)
		for (size_t limit = 0; limit < sizeof limits / sizeof *limits; limit++) {
			struct ns_random random;
			ns_random_init(&random, (uint64_t)shape, "bins_test", limits[limit], 0);
			size_t present = 0;
			for (size_t row = 0; row < MANY; row++) {
				x[row] = sorted[present] = shaped(shape, &random);
				if (row % 50 == 7 && shape != 3)
					x[row] = NONE;
				else
					present++;
			}
			qsort(sorted, present, sizeof *sorted, compare);
			uint32_t count = expected_codes(codes, sorted, present, limits[limit]);
			struct ns_bins_column made, *column = &made;
			ns_column_code(column, x, MANY, true, limits[limit]);
			assert_int_equal(column->count, count);
			assert_true(count <= limits[limit]);
			assert_true(column->missing == (present < MANY));
			for (size_t i = 0; i < present; i++) {
				if (i == 0 || codes[i] != codes[i - 1])
					assert_true(column->lowest[codes[i]] == sorted[i]);
				if (i == present - 1 || codes[i] != codes[i + 1])
					assert_true(column->highest[codes[i]] == sorted[i]);
			}
			for (uint32_t row = 0; row < MANY; row++) {
				uint32_t code = ns_code((struct ns_codes){column->codes, column->width, column->width}, row);
				if (isnan(x[row]))
					assert_int_equal(code, count);
				else
					assert_true(column->lowest[code] <= x[row] && x[row] <= column->highest[code]);
			}
			ns_column_release(column);
		}
}

/* A training set of rows of two columns, some missing, in the order `step` walks through them. */
static void fill(double *a, double *b, uint32_t *y, double *weight, size_t rows, size_t step, size_t distinct)
{
	for (size_t i = 0, at = 0; i < rows; i++, at = (at + step) % rows) {
		struct ns_random random;
		ns_random_init(&random, at % distinct, "row", 0, 0);
		a[i] = ns_random_normal(&random);
		b[i] = ns_random_real(&random) < 0.1 ? NONE : floor(9 * ns_random_real(&random));
		weight[i] = 1 + (double)ns_random_below(&random, 2);
		y[i] = (uint32_t)ns_random_below(&random, 2);
	}
}

/* What is drawn from, as bytes: the same in whatever order the rows came, whether merged or not. */
static void canonical_rows(double *out, size_t rows, size_t step, size_t distinct, uint32_t max_bins, int threads, bool merged)
{
	double *a = ns_malloc_array(rows, sizeof *a), *b = ns_malloc_array(rows, sizeof *b), *weight = ns_malloc_array(rows, sizeof *weight);
	uint32_t *y = ns_malloc_array(rows, sizeof *y);
	fill(a, b, y, weight, rows, step, distinct);
	struct ns_training training = {.rows = rows, .features = 2, .x = (const double *[]){a, b}, .missing = true, .y = y, .weight = weight, .classes = 2, .threads = threads};
	struct ns_bins bins;
	ns_bins_init(&bins, &training, max_bins);
	assert_true(merged == (bins.copies != NULL));
	uint32_t *canonical = ns_bins_canonical(&bins, threads);
	for (size_t row = 0; row < rows; row++) {
		uint32_t e = canonical[row];
		assert_true(e < bins.entries);
		memcpy(out + 4 * row, (const double[]){code_of(&bins, 0, e), code_of(&bins, 1, e), bins.y[e], ns_bins_weight(&bins, e)}, 4 * sizeof *out);
	}
	free(canonical);
	ns_bins_release(&bins);
	free(y);
	free(weight);
	free(b);
	free(a);
}

static void the_canonical_order_is_the_contents(void **state)
{
	(void)state;
	enum { ROWS = 40000 };
	double *one = ns_malloc_array(ROWS, 4 * sizeof *one), *other = ns_malloc_array(ROWS, 4 * sizeof *other);
	const struct {
		size_t rows, distinct;
		uint32_t max_bins;
		bool merged;
	} sets[] = {{1000, 1000, 0, true}, {1000, 300, 0, true}, {ROWS, ROWS, 0, false}, {ROWS, ROWS, 255, true}, {ROWS, ROWS / 2, 0, true}, {ROWS, ROWS - 100, 0, false}};
	for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
		canonical_rows(one, sets[s].rows, 1, sets[s].distinct, sets[s].max_bins, 1, sets[s].merged);
		canonical_rows(other, sets[s].rows, 777, sets[s].distinct, sets[s].max_bins, 2, sets[s].merged);
		assert_memory_equal(one, other, sets[s].rows * 4 * sizeof *one);
	}
	free(other);
	free(one);
}

static void thresholds_lie_between_groups(void **state)
{
	(void)state;
	const double lowest[] = {1, 5}, highest[] = {3, 9}, near[] = {1, 1 + 0x1p-52};
	assert_true(ns_bins_threshold(&(struct ns_bins_column){.lowest = lowest, .highest = highest, .count = 2}, 0, 1) == 4);
	assert_true(ns_bins_threshold(&(struct ns_bins_column){.lowest = near, .highest = near, .count = 2}, 0, 1) == 1);
	static const double from[] = {0, 10, 20, 30}, to[] = {4, 14, 24, 34}; /* a gap is cut between the groups in its middle */
	assert_true(ns_bins_threshold(&(struct ns_bins_column){.lowest = from, .highest = to, .count = 4}, 0, 1) == 7);
	assert_true(ns_bins_threshold(&(struct ns_bins_column){.lowest = from, .highest = to, .count = 4}, 0, 3) == 17);
	assert_true(ns_bins_threshold(&(struct ns_bins_column){.lowest = from, .highest = to, .count = 4}, 0, 2) == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rows_of_equal_class_and_weight_are_one_entry),
		cmocka_unit_test(a_column_of_missing_values_alone_has_one_code_that_no_row_has),
		cmocka_unit_test(groups_are_of_about_equal_size),
		cmocka_unit_test(the_canonical_order_is_the_contents),
		cmocka_unit_test(thresholds_lie_between_groups),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
