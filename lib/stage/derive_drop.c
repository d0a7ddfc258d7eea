#include "stage/derive_drop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/random.h"
#include "stat/correlate.h"

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool is_constant(const struct ns_series *series, size_t rows)
{
	for (size_t row = 1; row < rows; row++)
		if (series->type == NS_TEXT ? series->codes[row] != series->codes[0] : !same_number(series->numbers[row], series->numbers[0]))
			return false;
	return true;
}

/* --- equal columns --- */

/* What a column holds: that two columns which differ have one digest does not happen. */
struct content {
	uint64_t digest[2];
	size_t column;
};

struct digesting {
	struct content *contents;
	const struct ns_frame *frame;
};

enum { PIECE = 512 };

/* Both zeroes, and all that is missing, are the same. */
static void add_numbers(struct ns_hasher *hasher, const double *numbers, size_t rows)
{
	double piece[PIECE];
	for (size_t row = 0; row < rows;) {
		size_t count = rows - row < PIECE ? rows - row : PIECE;
		for (size_t i = 0; i < count; i++, row++)
			piece[i] = isnan(numbers[row]) ? (double)NAN : numbers[row] + 0.0;
		ns_hasher_add(hasher, piece, count * sizeof *piece);
	}
}

static void digest(void *context, size_t i, int worker)
{
	const struct digesting *all = context;
	const struct ns_series *series = &all->frame->series[i];
	struct ns_hasher hasher;
	(void)worker;
	ns_hasher_init(&hasher, 0, series->type);
	for (size_t k = 0; series->type == NS_TEXT && k < series->values_count; k++)
		ns_hasher_add(&hasher, series->values[k], strlen(series->values[k]) + 1);
	if (series->type == NS_TEXT)
		ns_hasher_add(&hasher, series->codes, all->frame->rows * sizeof *series->codes);
	else
		add_numbers(&hasher, series->numbers, all->frame->rows);
	all->contents[i].column = i;
	ns_hasher_done(all->contents[i].digest, &hasher);
}

static int by_digest(const void *left, const void *right)
{
	const struct content *a = left, *b = right;
	for (int i = 0; i < 2; i++)
		if (a->digest[i] != b->digest[i])
			return a->digest[i] < b->digest[i] ? -1 : 1;
	return (a->column > b->column) - (a->column < b->column);
}

static bool same_digest(const struct content *a, const struct content *b)
{
	return memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

static void find_equal(const char **why, const struct ns_frame *frame, const bool *may_go, int threads, struct ns_arena *arena)
{
	struct content *contents = NS_NEW_ARRAY(arena, struct content, frame->width);
	ns_parallel(threads, frame->width, digest, &(struct digesting){contents, frame});
	if (frame->width)
		qsort(contents, frame->width, sizeof *contents, by_digest);
	for (size_t i = 1, first = 0; i < frame->width; i++) {
		size_t column = contents[i].column;
		if (!same_digest(&contents[first], &contents[i]))
			first = i;
		else if (may_go[column] && !why[column] && !why[contents[first].column])
			why[column] = ns_format(arena, "equal to '%s'", frame->series[contents[first].column].name);
	}
}

/* --- columns that are nearly equal --- */

static void find_correlated(const char **why, const struct ns_frame *frame, const bool *may_go, double limit, int threads, struct ns_arena *arena)
{
	const double **columns = NS_NEW_ARRAY(arena, const double *, frame->width);
	struct ns_correlated *found = NS_NEW_ARRAY(arena, struct ns_correlated, frame->width);
	size_t *series = NS_NEW_ARRAY(arena, size_t, frame->width), count = 0;
	bool *stays = NS_NEW_ARRAY(arena, bool, frame->width);
	for (size_t i = 0; i < frame->width; i++)
		if (frame->series[i].type == NS_NUMBER && !why[i]) {
			stays[count] = !may_go[i];
			columns[count] = frame->series[i].numbers;
			series[count++] = i;
		}
	ns_correlated(found, columns, count, frame->rows, limit, stays, threads, arena);
	for (size_t i = 0; i < count; i++)
		if (found[i].with >= 0)
			why[series[i]] = ns_format(arena, "correlation %.6g with '%s'", found[i].r, frame->series[series[found[i].with]].name);
}

void ns_derive_drop(const char **why, const struct ns_frame *frame, const bool *may_go, const struct ns_derive_options *options, int threads,
	struct ns_arena *arena)
{
	for (size_t i = 0; i < frame->width; i++)
		why[i] = options->constant && may_go[i] && is_constant(&frame->series[i], frame->rows) ? "constant" : NULL;
	if (options->duplicate)
		find_equal(why, frame, may_go, threads, arena);
	if (options->correlated > 0)
		find_correlated(why, frame, may_go, options->correlated, threads, arena);
}
