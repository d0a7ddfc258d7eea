/* columns: stored numbers column by column, and as a training set, for the tests of learners. */
#ifndef TESTS_COLUMNS_H
#define TESTS_COLUMNS_H

#include "learn/learner.h"
#include "numbers.h"

static inline const double **columns_of(const struct numbers *numbers, struct ns_arena *arena)
{
	const double **x = NS_NEW_ARRAY(arena, const double *, numbers->width);
	for (size_t f = 0; f < numbers->width; f++) {
		double *column = NS_NEW_ARRAY(arena, double, numbers->rows);
		for (size_t row = 0; row < numbers->rows; row++)
			column[row] = numbers->values[row * numbers->width + f];
		x[f] = column;
	}
	return x;
}

/* The columns of the file are features, weight and class. */
static inline struct ns_training weighted_training(const char *path, uint32_t classes, struct ns_arena *arena)
{
	struct numbers numbers = numbers_read(path);
	const double **x = columns_of(&numbers, arena);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, numbers.rows);
	for (size_t row = 0; row < numbers.rows; row++)
		y[row] = (uint32_t)x[numbers.width - 1][row];
	free(numbers.values);
	return (struct ns_training){.rows = numbers.rows, .features = numbers.width - 2, .x = x, .y = y, .weight = x[numbers.width - 2],
		.classes = classes, .seed = 42, .threads = 1};
}

#endif
