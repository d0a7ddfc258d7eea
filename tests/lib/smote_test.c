#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "drawing.h"
#include "learn/smote.h"

enum { ROWS = 240, FEATURES = 4, K = 5 };

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
	struct ns_training training;
};

/* Normal, codes, skew and a constant; a third of the rows are class 1, and some of those are equal. */
static void make(struct set *set)
{
	struct ns_random random;
	ns_random_init(&random, 5, "smote_test", 0, 0);
	for (size_t row = 0; row < ROWS; row++) {
		bool again = row % 12 == 3;
		set->y[row] = row % 3 == 0;
		set->x[0][row] = again ? set->x[0][row - 3] : ns_random_normal(&random);
		set->x[1][row] = again ? set->x[1][row - 3] : (double)ns_random_below(&random, 3) - 1;
		set->x[2][row] = again ? set->x[2][row - 3] : pow(ns_random_real(&random), 3) * 10;
		set->x[3][row] = 7;
	}
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f];
	set->training = (struct ns_training){.rows = ROWS, .features = FEATURES, .x = set->columns, .y = set->y, .classes = 2, .seed = 42, .threads = 1};
}

static void values_of(double *out, const struct set *set, const struct ns_drawn *rows)
{
	double *first[FEATURES], *second[FEATURES];
	size_t part = rows->count / 3;
	for (size_t f = 0; f < FEATURES; f++) {
		first[f] = out + f * rows->count;
		second[f] = first[f] + part;
	}
	ns_drawn_values(first, rows, &set->training, NULL, 0, part);
	ns_drawn_values(second, rows, &set->training, NULL, part, rows->count - part);
}

static void test_rows_lie_between_neighbours_of_the_class(void **state)
{
	(void)state;
	enum { COUNT = 8000 };
	struct set set;
	struct ns_drawn rows;
	static double values[FEATURES * COUNT];
	size_t seen[ROWS] = {0}, cells[ROWS], ranks[K] = {0}, rows_count = 0;
	double gaps = 0;
	make(&set);
	ns_smote_draw(&rows, &set.training, 1, COUNT, K, &arena);
	values_of(values, &set, &rows);
	for (size_t i = 0; i < COUNT; i++) {
		size_t base = rows.base[i], neighbor = rows.neighbor[i], rank = nearer(&set.training, base, neighbor, false);
		assert_true(set.y[base] == 1 && set.y[neighbor] == 1 && base != neighbor);
		assert_true(rank < K);
		assert_true(rows.gap[i] >= 0 && rows.gap[i] < 1);
		for (size_t f = 0; f < FEATURES; f++) {
			double from = set.x[f][base], to = set.x[f][neighbor], value = values[f * COUNT + i];
			assert_true(fabs(value - (from + rows.gap[i] * (to - from))) < 1e-12);
			assert_true(value >= fmin(from, to) && value <= fmax(from, to));
		}
		seen[base]++;
		ranks[rank]++;
		gaps += rows.gap[i];
	}
	for (size_t row = 0; row < ROWS; row++)
		if (set.y[row] == 1)
			cells[rows_count++] = seen[row];
	assert_true(rows_count == 80 && is_uniform(cells, rows_count));
	for (size_t i = 0; i < K; i++) /* neighbours that are equally far have the same rank */
		assert_true(ranks[i] > COUNT / 10);
	assert_true(fabs(gaps / COUNT - 0.5) < 0.02);
}

static void test_any_order_and_any_threads_draw_the_same(void **state)
{
	(void)state;
	enum { COUNT = 300 };
	struct set set;
	struct ns_drawn here, there;
	make(&set);
	struct ns_training other = shuffled(&set.training, &arena);
	ns_smote_draw(&here, &set.training, 1, COUNT, K, &arena);
	ns_smote_draw(&there, &other, 1, COUNT, K, &arena);
	assert_memory_equal(values_of_draw(&here, &set.training, &arena), values_of_draw(&there, &other, &arena), COUNT * FEATURES * sizeof(double));
	other.seed = 43;
	ns_smote_draw(&there, &other, 1, COUNT, K, &arena);
	assert_memory_not_equal(values_of_draw(&here, &set.training, &arena), values_of_draw(&there, &other, &arena), COUNT * FEATURES * sizeof(double));
}

/* The values are the same where they are taken from copies that lie side by side, which is done where rows are drawn from often. */
static void test_gathered_rows_give_the_same_values(void **state)
{
	(void)state;
	static struct set set;
	struct ns_drawn rows, few;
	make(&set);
	ns_smote_draw(&rows, &set.training, 1, 3000, K, &arena);
	ns_smote_draw(&few, &set.training, 1, 9, K, &arena);
	double *plain = NS_NEW_ARRAY(&arena, double, FEATURES * rows.count), *gathered = NS_NEW_ARRAY(&arena, double, FEATURES * rows.count);
	values_of(plain, &set, &rows);
	ns_drawn_gather(&rows, &set.training, &arena);
	ns_drawn_gather(&few, &set.training, &arena);
	assert_non_null(rows.near);
	assert_null(few.near);
	values_of(gathered, &set, &rows);
	assert_memory_equal(plain, gathered, FEATURES * rows.count * sizeof *plain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_rows_lie_between_neighbours_of_the_class, release),
		cmocka_unit_test_teardown(test_gathered_rows_give_the_same_values, release),
		cmocka_unit_test_teardown(test_any_order_and_any_threads_draw_the_same, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
