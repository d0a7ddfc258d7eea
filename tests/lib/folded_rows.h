/* For the tests of folds and of the search over them: rows of three classes, some of them equal. */
#ifndef TESTS_LIB_FOLDED_ROWS_H
#define TESTS_LIB_FOLDED_ROWS_H

#include "learn/folds.h"

enum { ROWS = 211, FOLDS = 4 };

static const char *const names[] = {"ham", "spam", "worm"};
static struct ns_arena arena;
static struct ns_err err;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* One feature with ROWS / copies different values, and classes in shares of about 1 : 2 : 7. */
struct set {
	double x[ROWS];
	const double *columns[1];
	uint32_t y[ROWS];
	struct ns_training training;
};

static struct set *make(size_t copies)
{
	struct set *set = NS_NEW(&arena, struct set);
	for (size_t row = 0; row < ROWS; row++) {
		set->x[row] = (double)(row / copies);
		set->y[row] = row % 10 == 0 ? 0 : row % 10 < 3 ? 1 : 2;
	}
	set->columns[0] = set->x;
	set->training = (struct ns_training){.rows = ROWS, .features = 1, .x = set->columns, .y = set->y, .classes = 3, .seed = 42, .threads = 1};
	return set;
}

static struct ns_search_options by(const char *score)
{
	return (struct ns_search_options){.score = score, .positive = -1, .threshold = 0.5, .folds = FOLDS, .classes = names};
}

static uint32_t *folds_of(const struct set *set, const struct ns_search_options *options)
{
	uint32_t *fold = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	assert_int_equal(ns_folds_draw(fold, &set->training, options, &arena, &err), NS_OK);
	return fold;
}

#endif
