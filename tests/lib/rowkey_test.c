#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "table/rowkey.h"

enum { ROWS = 4000 };

static double numbers[ROWS];
static struct ns_column columns[2] = {{.name = "b", .type = NS_NUMBER, .numbers = numbers}, {.name = "a", .type = NS_TEXT}};
static struct ns_table table = {.rows = ROWS, .width = 2, .columns = columns};
static const size_t both[] = {0, 1};

static struct ns_arena arena;

static struct ns_rowkey key_of(size_t count, bool numbered)
{
	return (struct ns_rowkey){.seed = 42, .purpose = "test", .columns = both, .count = count, .numbered = numbered, .arena = &arena};
}

static uint64_t take(struct ns_rowkey key, size_t row)
{
	return ns_rowkey_take(&key, &table, row);
}

/* Text in rows 0 ... 3. */
static void set_text(const char *bytes, const struct ns_cell *cells)
{
	columns[1].bytes = bytes;
	columns[1].cells = cells;
	columns[1].stride = 1;
}

static void test_values_alone_count(void **state)
{
	(void)state;
	static const struct ns_cell cells[] = {{0, 1}, {1, 1}, {0, 2}, {0, NS_CELL_MISSING}, {2, 0}};
	set_text("aab", cells);
	memcpy(numbers, (double[]){0.0, -0.0, NAN, -NAN, NAN}, 5 * sizeof *numbers);
	assert_int_equal(take(key_of(2, false), 0), take(key_of(2, false), 1)); /* -0 is 0, "a" is "a" wherever it stands */
	assert_int_equal(take(key_of(1, false), 2), take(key_of(1, false), 3)); /* missing is missing */
	assert_int_not_equal(take(key_of(1, false), 0), take(key_of(1, false), 2));
	assert_int_not_equal(take(key_of(2, false), 2), take(key_of(2, false), 3)); /* "aa" and missing */
	assert_int_not_equal(take(key_of(2, false), 3), take(key_of(2, false), 4)); /* missing and "" */
}

static void test_seed_and_purpose(void **state)
{
	(void)state;
	struct ns_rowkey seed = key_of(1, false), purpose = seed;
	seed.seed = 43;
	purpose.purpose = "fold";
	assert_int_not_equal(take(seed, 0), take(key_of(1, false), 0));
	assert_int_not_equal(take(purpose, 0), take(key_of(1, false), 0));
}

static void test_copies_have_keys_of_their_own(void **state)
{
	(void)state;
	struct ns_rowkey key = key_of(1, true);
	uint64_t first[8], again[8];
	memset(numbers, 0, 8 * sizeof *numbers);
	for (size_t i = 0; i < 8; i++)
		first[i] = ns_rowkey_take(&key, &table, i);
	key = key_of(1, true);
	for (size_t i = 0; i < 8; i++) {
		again[i] = ns_rowkey_take(&key, &table, 7 - i); /* the k-th copy, whichever row it is */
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(first[i], first[j]);
	}
	ns_arena_release(&arena); /* the counts with it */
	assert_memory_equal(first, again, sizeof first);
}

static void test_keys_are_uniform(void **state)
{
	(void)state;
	for (int numbered = 0; numbered < 2; numbered++) {
		struct ns_rowkey key = key_of(1, numbered);
		size_t count[16] = {0};
		for (size_t row = 0; row < ROWS; row++) {
			numbers[row] = numbered ? (double)(row % 3) : (double)row; /* many copies; more keys than the counts begin with */
			count[ns_rowkey_take(&key, &table, row) >> 60]++;
		}
		ns_arena_release(&arena);
		for (size_t i = 0; i < 16; i++)
			assert_in_range(count[i], 180, 320); /* 250, standard deviation 15 */
	}
}

static void test_columns_in_the_order_of_names(void **state)
{
	(void)state;
	size_t order[] = {0, 1};
	ns_rowkey_order(order, 2, &table);
	assert_int_equal(order[0], 1); /* a */
	assert_int_equal(order[1], 0); /* b */
	ns_rowkey_order(order, 0, &table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_alone_count),
		cmocka_unit_test(test_seed_and_purpose),
		cmocka_unit_test(test_copies_have_keys_of_their_own),
		cmocka_unit_test(test_keys_are_uniform),
		cmocka_unit_test(test_columns_in_the_order_of_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
