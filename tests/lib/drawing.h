/* drawing: training tables for the tests of methods that draw rows, and what is so of every draw. */
#ifndef TESTS_DRAWING_H
#define TESTS_DRAWING_H

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "columns.h"
#include "learn/drawn.h"

/* The first columns of the file are features, the one behind them the class; *all: every column. */
static inline struct ns_training training_of(const double ***all, const char *path, size_t features, uint32_t classes, struct ns_arena *arena)
{
	struct numbers numbers = numbers_read(path);
	*all = columns_of(&numbers, arena);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, numbers.rows);
	for (size_t row = 0; row < numbers.rows; row++)
		y[row] = (uint32_t)(*all)[features][row];
	free(numbers.values);
	return (struct ns_training){.rows = numbers.rows, .features = features, .x = *all, .y = y, .classes = classes, .seed = 42, .threads = 1};
}

/* The same rows in another order, for three threads. */
static inline struct ns_training shuffled(const struct ns_training *training, struct ns_arena *arena)
{
	struct ns_random random;
	struct ns_training other = *training;
	uint32_t *from = NS_NEW_ARRAY(arena, uint32_t, training->rows), *y = NS_NEW_ARRAY(arena, uint32_t, training->rows);
	const double **x = NS_NEW_ARRAY(arena, const double *, training->features);
	for (uint32_t row = 0; row < training->rows; row++)
		from[row] = row;
	ns_random_init(&random, 9, "drawing", 0, 0);
	ns_random_shuffle(&random, from, training->rows);
	for (size_t f = 0; f < training->features; f++) {
		double *column = NS_NEW_ARRAY(arena, double, training->rows);
		for (size_t row = 0; row < training->rows; row++)
			column[row] = training->x[f][from[row]];
		x[f] = column;
	}
	for (size_t row = 0; row < training->rows; row++)
		y[row] = training->y[from[row]];
	other.x = x;
	other.y = y;
	other.threads = 3;
	return other;
}

/* All values of a draw, feature after feature. */
static inline double *values_of_draw(const struct ns_drawn *drawn, const struct ns_training *training, struct ns_arena *arena)
{
	double *values = NS_NEW_ARRAY(arena, double, drawn->count * training->features);
	double **out = NS_NEW_ARRAY(arena, double *, training->features);
	for (size_t f = 0; f < training->features; f++)
		out[f] = values + f * drawn->count;
	ns_drawn_values(out, drawn, training, NULL, 0, drawn->count);
	return values;
}

static inline double squared_distance(const struct ns_training *training, size_t i, size_t j)
{
	double sum = 0;
	for (size_t f = 0; f < training->features; f++)
		sum += (training->x[f][i] - training->x[f][j]) * (training->x[f][i] - training->x[f][j]);
	return sum;
}

/* How many rows are nearer to row i than row j: of all, or of row i's class. */
static inline size_t nearer(const struct ns_training *training, size_t i, size_t j, bool all)
{
	size_t count = 0;
	double distance = squared_distance(training, i, j);
	for (size_t row = 0; row < training->rows; row++)
		count += row != i && (all || training->y[row] == training->y[i]) && squared_distance(training, i, row) < distance;
	return count;
}

/*
 * Whether so many counts come of a uniform draw: their chi-square lies within five of its standard deviations of what it is
 * expected to be.
 */
static inline bool is_uniform(const size_t *counts, size_t cells)
{
	double total = 0, square = 0;
	for (size_t i = 0; i < cells; i++)
		total += (double)counts[i];
	for (size_t i = 0; i < cells; i++)
		square += ((double)counts[i] - total / (double)cells) * ((double)counts[i] - total / (double)cells) * (double)cells / total;
	return fabs(square - (double)(cells - 1)) < 5 * sqrt(2.0 * (double)(cells - 1));
}

#endif
