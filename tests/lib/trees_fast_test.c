#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/cpu.h"
#include "base/parallel.h"
#include "each_cpu.h"
#include "forests.h"
#include "model/trees_fast.h"

static const struct ns_trees_shape two_classes = {.link = NS_LINK_MEAN, .outputs = 2, .width = 2, .scale = 1};

/* Few thresholds: where the machine can, several are asked about at once. */
static void assert_layout(const struct ns_trees *trees, const char *layout)
{
	bool jumps = strcmp(layout, "bits") == 0 && ns_cpu() >= NS_CPU_AVX2;
	assert_string_equal(ns_trees_fast_layout(trees->fast), jumps ? "jumps" : layout);
}

/* --- all ways of walking give the same bits --- */

enum { FEW_ROWS = 500, MANY_ROWS = 9000 }; /* more than a block */

static void assert_same_bits(struct plan plan, const char *layout)
{
	struct ns_arena arena = NS_ARENA_INIT;
	plan.rows = plan.rows ? plan.rows : FEW_ROWS;
	struct forest forest = draw_forest(plan, &arena);
	struct ns_trees slow = forest.trees, part = forest.trees;
	size_t classes = slow.shape.link == NS_LINK_LOGISTIC ? 2 : slow.shape.outputs, size = classes * sizeof(double);
	double *expected = ns_alloc(&arena, plan.rows * size), *found = ns_alloc(&arena, plan.rows * size), *one = ns_alloc(&arena, size);
	const double **from = NS_NEW_ARRAY(&arena, const double *, plan.features);
	slow.fast = NULL;
	ns_trees_predict(expected, &slow, plan.features, forest.x, plan.rows);
	while (!ns_trees_fast_layout(forest.trees.fast))
		ns_trees_predict(found, &forest.trees, plan.features, forest.x, plan.rows);
	assert_layout(&forest.trees, layout);
	ns_trees_predict(found, &forest.trees, plan.features, forest.x, plan.rows);
	assert_memory_equal(found, expected, plan.rows * size);
	for (size_t row = 0; row < 100; row++) {
		for (size_t f = 0; f < plan.features; f++)
			from[f] = forest.x[f] + row;
		ns_trees_predict(one, &forest.trees, plan.features, from, 1);
		assert_memory_equal(one, expected + classes * row, size);
	}
	slow.count = part.count = (plan.trees + 1) / 2; /* the first trees alone */
	ns_trees_predict(expected, &slow, plan.features, forest.x, 101);
	ns_trees_predict(found, &part, plan.features, forest.x, 101);
	assert_memory_equal(found, expected, 101 * size);
	ns_arena_release(&arena);
}

static void all_layouts_give_the_same_bits(void **state)
{
	(void)state;
	assert_same_bits((struct plan){.trees = 9, .size = 301, .features = 3, .few = 8, .rows = MANY_ROWS}, "bits");
	assert_same_bits((struct plan){.trees = 3, .size = 65535, .features = 2, .few = 12, .weighted = true}, "bits");
	assert_same_bits((struct plan){.trees = 9, .size = 301, .features = 5, .few = 30, .rows = MANY_ROWS}, "bytes");
	assert_same_bits((struct plan){.trees = 9, .size = 301, .features = 256, .few = 30, .weighted = true}, "bytes");
	assert_same_bits((struct plan){.trees = 3, .size = 65535, .features = 40, .few = 40}, "bytes");
	assert_same_bits((struct plan){.trees = 1, .size = 65537, .features = 40, .few = 40}, "words");                     /* a tree of more than 65,536 nodes */
	assert_same_bits((struct plan){.trees = 9, .size = 2001, .features = 400, .few = 30, .rows = MANY_ROWS}, "words");  /* more than 256 features */
	assert_same_bits((struct plan){.trees = 9, .size = 2001, .features = 5, .weighted = true}, "words");         /* more than 255 thresholds of one */
	assert_same_bits((struct plan){.trees = 2, .size = 140001, .features = 1, .rows = MANY_ROWS}, "doubles");    /* more than 65,535 */
	assert_same_bits((struct plan){.trees = 4, .size = 1, .features = 3}, "bits");                               /* leaves alone */
}

/* Many trees of few thresholds: equal rows are looked for, and, where there are hardly any, no longer. */
static void rows_that_come_again_give_the_same_bits(void **state)
{
	(void)state;
	const struct ns_trees_shape boosting = {.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 1, .scale = 0.1, .missing = true};
	assert_same_bits((struct plan){.trees = 20, .size = 101, .features = 1, .few = 8, .rows = MANY_ROWS}, "bits");
	assert_same_bits((struct plan){.trees = 20, .size = 101, .features = 2, .few = 4, .shape = boosting, .rows = MANY_ROWS}, "bits");
	assert_same_bits((struct plan){.trees = 20, .size = 101, .features = 3, .few = 8, .rows = MANY_ROWS}, "bits");
	assert_same_bits((struct plan){.trees = 20, .size = 101, .features = 5, .few = 2, .rows = 2 * MANY_ROWS}, "bits");
	assert_same_bits((struct plan){.trees = 16, .size = 9, .features = 5, .few = 2, .rows = 130}, "bits");
}

/* Every link with every width there may be; with missing values, a feature's nodes send them both ways. */
static void all_shapes_give_the_same_bits(void **state)
{
	(void)state;
	static const struct ns_trees_shape shapes[] = {
		{.link = NS_LINK_MEAN, .outputs = 2, .width = 2, .scale = 1},
		{.link = NS_LINK_MEAN, .outputs = 5, .width = 5, .scale = 1},
		{.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .scale = 0.1},
		{.link = NS_LINK_SOFTMAX, .outputs = 2, .width = 1, .scale = 0.3},
		{.link = NS_LINK_SOFTMAX, .outputs = 2, .width = 2, .scale = 1},
		{.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 1, .scale = 1},
		{.link = NS_LINK_SOFTMAX, .outputs = 3, .width = 3, .scale = 0.7},
	};
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int missing = 0; missing < 2; missing++) {
			struct ns_trees_shape shape = shapes[i];
			shape.missing = missing;
			assert_same_bits((struct plan){.trees = 10, .size = 301, .features = 1, .few = 8, .shape = shape}, "bits");
			assert_same_bits((struct plan){.trees = 10, .size = 301, .features = 20, .few = 30, .weighted = true, .shape = shape}, "bytes");
			assert_same_bits((struct plan){.trees = 10, .size = 2001, .features = 5, .shape = shape}, "words");
		}
	assert_same_bits((struct plan){.trees = 2, .size = 140001, .features = 1, .shape = {.missing = true}}, "words");   /* 65,535 thresholds a side */
	assert_same_bits((struct plan){.trees = 2, .size = 280001, .features = 1, .shape = {.missing = true}}, "doubles");
	assert_same_bits((struct plan){.trees = 2, .size = 280001, .features = 1, .shape = {.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .scale = 2, .missing = true}}, "doubles");
}

/* A code has as many values as there are thresholds and one more: the last table that fits, the first that does not. */
static void assert_layout_of(size_t thresholds, const char *layout)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t size = 2 * thresholds + 1, starts[] = {0, size}, rows = 4 * thresholds;
	struct ns_node *chain = NS_NEW_ARRAY(&arena, struct ns_node, size);
	uint32_t *counts = NS_NEW_ARRAY(&arena, uint32_t, size);
	double *shares = NS_NEW_ARRAY(&arena, double, 2 * size), *x = NS_NEW_ARRAY(&arena, double, rows), out[2 * 64];
	for (size_t i = 0; i < size; i++) {
		bool inner = i % 2 == 0 && i < 2 * thresholds;
		chain[i] = inner ? (struct ns_node){(double)(i / 2), 0, ((uint32_t)i + 1) & INT32_MAX, 0} : (struct ns_node)LEAF((uint32_t)i);
		counts[i] = (uint32_t)size;
		shares[2 * i] = (double)i / (double)size; /* which leaf it is */
		shares[2 * i + 1] = (double)(size - i) / (double)size;
	}
	for (size_t row = 0; row < rows; row++)
		x[row] = (double)row / 4;
	struct ns_trees trees;
	ns_trees_make(&trees, &two_classes, 1, starts, chain, counts, shares, &arena);
	while (!ns_trees_fast_layout(trees.fast))
		ns_trees_predict(out, &trees, 1, (const double *[]){x}, 64);
	assert_layout(&trees, layout);
	size_t last = rows - 64; /* the last 16 thresholds */
	ns_trees_predict(out, &trees, 1, (const double *[]){x + last}, 64);
	for (size_t i = 0; i < 64; i++) {
		size_t question = (size_t)ceil(x[last + i]), leaf = question < thresholds ? 2 * question + 1 : size - 1;
		assert_true(out[2 * i] == (double)leaf / (double)size);
	}
	ns_arena_release(&arena);
}

static void the_last_code_that_fits_is_right(void **state)
{
	(void)state;
	assert_layout_of(63, "bits");
	assert_layout_of(64, "bytes");
	assert_layout_of(255, "bytes");
	assert_layout_of(256, "words");
	assert_layout_of(65535, "words");
	assert_layout_of(65536, "doubles");
}

struct piece {
	const struct forest *forest;
	double *out;
};

static void predict_piece(void *context, size_t i, int worker)
{
	const struct piece *piece = context;
	const double *x[5];
	(void)worker;
	for (size_t f = 0; f < 5; f++)
		x[f] = piece->forest->x[f] + 45 * i;
	ns_trees_predict(piece->out + 90 * i, &piece->forest->trees, 5, x, 45);
}

static void threads_share_one_layout(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct forest forest = draw_forest((struct plan){.trees = 9, .size = 301, .features = 5, .few = 30, .rows = MANY_ROWS}, &arena);
	struct ns_trees slow = forest.trees;
	static double expected[2 * MANY_ROWS], found[2 * MANY_ROWS];
	slow.fast = NULL;
	ns_trees_predict(expected, &slow, 5, forest.x, MANY_ROWS);
	struct piece piece = {&forest, found};
	ns_parallel(4, MANY_ROWS / 45, predict_piece, &piece);
	assert_non_null(ns_trees_fast_layout(forest.trees.fast));
	assert_memory_equal(found, expected, sizeof found);
	ns_arena_release(&arena);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_layouts_give_the_same_bits),
		cmocka_unit_test(rows_that_come_again_give_the_same_bits),
		cmocka_unit_test(all_shapes_give_the_same_bits),
		cmocka_unit_test(the_last_code_that_fits_is_right),
		cmocka_unit_test(threads_share_one_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run);
}
