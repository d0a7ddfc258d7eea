/* The distinct rows of a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "learn/vectors.h"

enum { ROWS = 500, FEATURES = 3 };

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

struct set {
	double x[FEATURES][ROWS];
	const double *columns[FEATURES];
	uint32_t y[ROWS];
	struct ns_training data;
};

/* `values` different numbers a column, both zeroes and missing ones among them. */
static struct set *make(uint64_t values, uint32_t classes)
{
	struct set *set = NS_NEW(&arena, struct set);
	struct ns_random random;
	ns_random_init(&random, 5, "scoring", values, classes);
	for (size_t row = 0; row < ROWS; row++) {
		for (size_t f = 0; f < FEATURES; f++) {
			double value = (double)ns_random_below(&random, values) - 1;
			bool minus = ns_random_below(&random, 2);
			set->x[f][row] = value == 0 && minus ? -0.0 : value == 1 ? (double)NAN : value;
		}
		set->y[row] = (uint32_t)ns_random_below(&random, classes);
	}
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f];
	set->data = (struct ns_training){.rows = ROWS, .features = FEATURES, .x = set->columns, .y = set->y, .classes = classes, .missing = true};
	return set;
}

static bool same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static void test_equal_rows_are_one_vector(void **state)
{
	(void)state;
	struct set *set = make(3, 2);
	struct ns_vectors vectors;
	ns_vectors_init(&vectors, &set->data, &arena);
	assert_int_equal(vectors.count, 27);
	for (size_t row = 0; row < ROWS; row++) {
		const struct ns_vector_entry *entry = &vectors.entries[vectors.entry_of[row]];
		assert_int_equal(entry->class, set->y[row]);
		for (size_t f = 0; f < FEATURES; f++)
			assert_true(same(vectors.x[f][entry->vector], set->x[f][row]));
	}
	uint64_t rows = 0;
	for (size_t e = 0; e < vectors.entries_count; e++) {
		assert_true(e == 0 || vectors.entries[e].vector >= vectors.entries[e - 1].vector);
		rows += vectors.entries[e].rows;
	}
	assert_int_equal(rows, ROWS);
	assert_true(vectors.entries_count > 27 && vectors.entries_count <= 54);
}

static void test_where_few_repeat_rows_stay(void **state)
{
	(void)state;
	struct set *set = make(100000, 2);
	struct ns_vectors vectors;
	ns_vectors_init(&vectors, &set->data, &arena);
	assert_ptr_equal(vectors.x, set->columns);
	assert_true(vectors.count == ROWS && vectors.entries_count == ROWS && vectors.entries[7].vector == 7);
}

/* Of some rows, those entries that have any. */
static void test_tallies(void **state)
{
	(void)state;
	struct set *set = make(3, 2);
	struct ns_vectors vectors;
	struct ns_tally inside, outside, all;
	uint32_t fold[ROWS];
	for (size_t row = 0; row < ROWS; row++)
		fold[row] = row < 20;
	ns_vectors_init(&vectors, &set->data, &arena);
	ns_vectors_tally(&inside, &vectors, fold, 1, true, &arena);
	ns_vectors_tally(&outside, &vectors, fold, 1, false, &arena);
	ns_vectors_tally(&all, &vectors, NULL, 0, true, &arena);
	assert_true(inside.rows == 20 && outside.rows == ROWS - 20 && all.rows == ROWS);
	assert_true(inside.count <= 20 && all.count == vectors.entries_count);
	size_t rows = 0;
	for (size_t e = 0; e < inside.count; e++) {
		const struct ns_vector_entry *entry = &inside.entries[e];
		size_t found = 0;
		for (size_t row = 0; row < 20; row++)
			found += vectors.entries[vectors.entry_of[row]].vector == entry->vector && set->y[row] == entry->class;
		assert_int_equal(found, entry->rows);
		rows += entry->rows;
	}
	assert_int_equal(rows, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_equal_rows_are_one_vector, release),
		cmocka_unit_test_teardown(test_where_few_repeat_rows_stay, release),
		cmocka_unit_test_teardown(test_tallies, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
