/* For the tests of what is done once for equal rows: a table with few different ones. */
#ifndef TESTS_LIB_REPEATED_ROWS_H
#define TESTS_LIB_REPEATED_ROWS_H

#include <math.h>

#include "base/random.h"
#include "learn/learner.h"

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

#endif
