#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drawing.h"
#include "learn/borderline.h"

enum { K = 3, M = 10, COUNT = 6000 };

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_training read_border(const double ***all)
{
	return training_of(all, "tests/data/smote/border.csv", 3, 3, &arena);
}

static void test_safe_danger_noise_as_imbalanced_learn(void **state)
{
	(void)state;
	static const size_t ms[] = {1, 4, 5, 10};
	const double **all;
	struct ns_training training = read_border(&all);
	enum ns_borderline *what = NS_NEW_ARRAY(&arena, enum ns_borderline, training.rows);
	uint32_t *rows = NS_NEW_ARRAY(&arena, uint32_t, training.rows);
	size_t seen[3] = {0};
	for (size_t i = 0; i < 4; i++)
		for (uint32_t class = 0; class < 3; class++) {
			ns_borderline_find(what, rows, &training, class, ms[i]);
			size_t of_class = ns_drawn_class(NS_NEW_ARRAY(&arena, uint32_t, training.rows), &training, class);
			for (size_t k = 0; k < of_class; k++) {
				assert_int_equal(training.y[rows[k]], class);
				assert_int_equal(what[k], (int)all[4 + i][rows[k]]);
				seen[what[k]]++;
			}
		}
	assert_true(seen[NS_SAFE] > 100 && seen[NS_IN_DANGER] > 50 && seen[NS_NOISE] > 50);
	assert_int_equal(seen[NS_SAFE] + seen[NS_IN_DANGER] + seen[NS_NOISE], 4 * training.rows);
}

/* Of each draw: where it begins, where it goes, and how far. */
static void check_draw(const struct ns_training *training, const double *what, uint32_t class, bool outside)
{
	struct ns_drawn drawn;
	struct ns_borderline_params params = {K, M, outside};
	size_t bases[200] = {0}, cells[200], ranks[K] = {0}, in_danger = 0, others = 0;
	double own_gaps = 0, other_gaps = 0;
	assert_true(ns_borderline_draw(&drawn, training, class, COUNT, &params, &arena));
	assert_int_equal(drawn.count, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		uint32_t base = drawn.base[i], neighbor = drawn.neighbor[i];
		size_t rank = nearer(training, base, neighbor, outside);
		bool other = training->y[neighbor] != class;
		assert_true(training->y[base] == class && what[base] == NS_IN_DANGER && base != neighbor);
		assert_true(rank < K && (outside || !other));
		assert_true(drawn.gap[i] >= 0 && drawn.gap[i] < (other ? 0.5 : 1));
		bases[base]++;
		ranks[rank]++;
		others += other;
		*(other ? &other_gaps : &own_gaps) += drawn.gap[i];
	}
	for (size_t row = 0; row < training->rows; row++)
		if (training->y[row] == class && what[row] == NS_IN_DANGER)
			cells[in_danger++] = bases[row];
	assert_true(in_danger > 10 && is_uniform(cells, in_danger) && is_uniform(ranks, K));
	assert_true(fabs(own_gaps / (double)(COUNT - others) - 0.5) < 0.04);
	assert_true(outside == (others > 0) && (!outside || fabs(other_gaps / (double)others - 0.25) < 0.02));
}

static void test_rows_begin_at_the_border(void **state)
{
	(void)state;
	const double **all;
	struct ns_training training = read_border(&all);
	for (uint32_t class = 0; class < 2; class++) {
		check_draw(&training, all[7], class, false);
		check_draw(&training, all[7], class, true);
	}
}

static void test_any_order_and_any_threads_draw_the_same(void **state)
{
	(void)state;
	const double **all;
	struct ns_training training = read_border(&all), other = shuffled(&training, &arena);
	struct ns_drawn here, there;
	for (int outside = 0; outside < 2; outside++) {
		struct ns_borderline_params params = {K, M, outside};
		assert_true(ns_borderline_draw(&here, &training, 1, 500, &params, &arena));
		assert_true(ns_borderline_draw(&there, &other, 1, 500, &params, &arena));
		assert_memory_equal(values_of_draw(&here, &training, &arena), values_of_draw(&there, &other, &arena), 500 * 3 * sizeof(double));
	}
}

static void test_no_border(void **state)
{
	(void)state;
	const double x[] = {1, 2, 3, 4, 100, 101, 102, 50}, *columns[] = {x};
	const uint32_t y[] = {0, 0, 0, 0, 1, 1, 1, 1};
	const struct ns_training training = {.rows = 8, .features = 1, .x = columns, .y = y, .classes = 2, .threads = 1};
	struct ns_drawn drawn;
	assert_false(ns_borderline_draw(&drawn, &training, 1, 5, &(struct ns_borderline_params){2, 2, false}, &arena));
	assert_true(drawn.count == 0 && drawn.class == 1);
	assert_false(ns_borderline_draw(&drawn, &training, 0, 5, &(struct ns_borderline_params){2, 3, true}, &arena));
}

/* Rows that are equal: each is its own no neighbour, and the lower class comes first. */
static void test_equal_rows(void **state)
{
	(void)state;
	const double x[] = {1, 1, 1, 1, 9, 9}, *columns[] = {x};
	const uint32_t y[] = {1, 0, 1, 1, 0, 0};
	const struct ns_training training = {.rows = 6, .features = 1, .x = columns, .y = y, .classes = 2, .threads = 1};
	enum ns_borderline what[6];
	uint32_t rows[6];
	ns_borderline_find(what, rows, &training, 1, 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(what[i], NS_NOISE); /* the row of class 0 is the nearest to each */
	ns_borderline_find(what, rows, &training, 1, 2);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(what[i], NS_IN_DANGER);
	ns_borderline_find(what, rows, &training, 1, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(what[i], NS_SAFE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_safe_danger_noise_as_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_rows_begin_at_the_border, release),
		cmocka_unit_test_teardown(test_any_order_and_any_threads_draw_the_same, release),
		cmocka_unit_test_teardown(test_no_border, release),
		cmocka_unit_test_teardown(test_equal_rows, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
