/* sets: training sets of known shapes, and candidates, for the tests of learners. */
#ifndef TESTS_LEARN_SETS_H
#define TESTS_LEARN_SETS_H

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "learn/learner.h"

enum { FEATURES = 6, MISSING = 1, WEIGHTS = 2 };

/* Columns and what they are made of; in an arena. */
struct set {
	double *x[FEATURES];
	const double *columns[2 * FEATURES]; /* twice as many, for tests that double them */
	double *weight;
	uint32_t *y;
	struct ns_training training;
};

static inline void allocate(struct set *set, size_t rows, struct ns_arena *arena)
{
	*set = (struct set){.weight = NS_NEW_ARRAY(arena, double, rows), .y = NS_NEW_ARRAY(arena, uint32_t, rows)};
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f] = NS_NEW_ARRAY(arena, double, rows);
}

static inline void describe(struct set *set, size_t rows, uint32_t classes, int kind)
{
	set->training = (struct ns_training){.rows = rows, .features = FEATURES, .x = set->columns, .missing = kind & MISSING, .y = set->y,
		.weight = kind & WEIGHTS ? set->weight : NULL, .classes = classes, .seed = 42, .threads = 1};
}

/*
 * Numbers, few values, a constant, both zeroes, more numbers, the few values again; classes follow the first two columns with noise; every third
 * row repeats, but for its class and weight. kind: with MISSING, every seventh value of the numbers and of the few; with WEIGHTS, 1 to 3.
 */
static inline void make(struct set *set, size_t rows, uint32_t classes, int kind, struct ns_arena *arena)
{
	struct ns_random random;
	ns_random_init(&random, 7, "sets", classes, 0);
	allocate(set, rows, arena);
	for (size_t row = 0; row < rows; row++) {
		double normal = ns_random_normal(&random), few = (double)ns_random_below(&random, 3) - 1, uniform = ns_random_real(&random);
		double noise = ns_random_below(&random, 10) ? 0 : 3;
		bool again = row % 3 == 2;
		set->x[0][row] = again ? set->x[0][row - 1] : normal;
		set->x[1][row] = again ? set->x[1][row - 1] : few;
		set->x[2][row] = 4;
		set->x[3][row] = row % 2 ? 0.0 : -0.0;
		set->x[4][row] = again ? set->x[4][row - 1] : uniform;
		if (kind & MISSING && !again && ns_random_below(&random, 7) == 0)
			set->x[row % 2][row] = (double)NAN;
		set->x[5][row] = set->x[1][row];
		double first = isnan(set->x[0][row]) ? 0.5 : set->x[0][row], second = isnan(set->x[1][row]) ? -1 : set->x[1][row];
		set->y[row] = (uint32_t)fmin(classes - 1, fmax(0, floor(first + second + noise + classes / 2.0)));
		set->weight[row] = (double)(1 + ns_random_below(&random, 3));
	}
	describe(set, rows, classes, kind);
}

/* Row i of `to` is row order[i] of `from`, so many of them. */
static inline void pick(struct set *to, const struct set *from, const uint32_t *order, size_t rows, struct ns_arena *arena)
{
	allocate(to, rows, arena);
	for (size_t row = 0; row < rows; row++) {
		to->y[row] = from->y[order[row]];
		to->weight[row] = from->weight[order[row]];
		for (size_t f = 0; f < FEATURES; f++)
			to->x[f][row] = from->x[f][order[row]];
	}
	to->training = from->training;
	to->training.rows = rows;
	to->training.x = to->columns;
	to->training.y = to->y;
	to->training.weight = from->training.weight ? to->weight : NULL;
}

/* The same rows in another order. */
static inline void shuffle(struct set *to, const struct set *from, struct ns_arena *arena)
{
	struct ns_random random;
	size_t rows = from->training.rows;
	uint32_t *order = NS_NEW_ARRAY(arena, uint32_t, rows);
	for (uint32_t row = 0; row < rows; row++)
		order[row] = row;
	ns_random_init(&random, 1, "shuffle", 0, 0);
	ns_random_shuffle(&random, order, rows);
	pick(to, from, order, rows, arena);
}

/* Every row as often as it weighs. */
static inline void repeat(struct set *to, const struct set *from, struct ns_arena *arena)
{
	size_t rows = 0;
	uint32_t *order = NS_NEW_ARRAY(arena, uint32_t, 3 * from->training.rows);
	for (uint32_t row = 0; row < from->training.rows; row++)
		for (int i = 0; i < (int)from->weight[row]; i++)
			order[rows++] = row;
	pick(to, from, order, rows, arena);
	to->training.weight = NULL;
}

/* The candidates of these parameters, NULL-terminated. */
static inline struct ns_value **grid_of(size_t *candidates, const struct ns_learner *learner, const char *const *params, struct ns_arena *arena)
{
	struct ns_texts texts = {.items = (const char **)params};
	struct ns_value **values;
	struct ns_err err = {""};
	while (params && params[texts.count])
		texts.count++;
	int status = ns_learner_grid(&values, candidates, learner, &texts, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
	return values;
}

/* Those of the parameters that the learner takes. */
static inline const char *const *those_of(const struct ns_learner *learner, const char *const *params, struct ns_arena *arena)
{
	const char **taken = NS_NEW_ARRAY(arena, const char *, NS_PARAMS_MAX + 1);
	size_t count = 0;
	for (; *params; params++) {
		struct ns_value **values;
		struct ns_err err;
		size_t candidates;
		struct ns_texts one = {.items = (const char **)params, .count = 1};
		if (ns_learner_grid(&values, &candidates, learner, &one, arena, &err) == NS_OK)
			taken[count++] = *params;
	}
	return taken;
}

#endif
