/* The distinct rows of a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "learn/vectors.h"
#include "repeated_rows.h"

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
