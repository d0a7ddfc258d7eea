#include "learn/folds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

/* A row's place in the draw: rows of one class (or one group) stand in the order of their keys. */
struct draw {
	uint64_t key;
	double weight; /* rows of equal features but other weights are no copies of each other */
	uint32_t row, class;
};

static int compare_weights(const void *a, const void *b)
{
	const struct draw *x = a, *y = b;
	return x->weight < y->weight ? -1 : x->weight > y->weight;
}

/* One pass by the key's byte at `shift`, or by class (64). Draws of one digit stay in the order they are in. */
static void scatter(struct draw *restrict to, const struct draw *restrict from, size_t rows, uint32_t *start, uint32_t digits, int shift)
{
	uint32_t sum = 0;
	memset(start, 0, digits * sizeof *start);
	for (size_t i = 0; i < rows; i++)
		start[shift < 64 ? from[i].key >> shift & 0xff : from[i].class]++;
	for (uint32_t d = 0; d < digits; d++) {
		uint32_t here = start[d];
		start[d] = sum;
		sum += here;
	}
	for (size_t i = 0; i < rows; i++)
		to[start[shift < 64 ? from[i].key >> shift & 0xff : from[i].class]++] = from[i];
}

/* By class, then key, then weight where there are any. spare: as many; the sorted ones end in draws. */
static void sort_draws(struct draw *draws, struct draw *spare, const struct ns_training *training)
{
	size_t rows = training->rows;
	uint32_t classes = training->classes, *start = ns_malloc_array(classes > 256 ? classes : 256, sizeof *start);
	for (int shift = 0; shift < 64; shift += 16) {
		scatter(spare, draws, rows, start, 256, shift);
		scatter(draws, spare, rows, start, 256, shift + 8);
	}
	scatter(spare, draws, rows, start, classes, 64);
	memcpy(draws, spare, rows * sizeof *draws);
	free(start);
	for (size_t i = 0, end; training->weight && i < rows; i = end) {
		for (end = i + 1; end < rows && draws[end].class == draws[i].class && draws[end].key == draws[i].key; end++)
			;
		qsort(draws + i, end - i, sizeof *draws, compare_weights);
	}
}

static uint64_t row_key(double *values, const struct ns_training *training, size_t row)
{
	for (size_t i = 0; i < training->features; i++) {
		double value = training->x[i][row];
		values[i] = isnan(value) ? (double)NAN : value + 0.0; /* a missing value has one form; -0 is 0 */
	}
	struct ns_hasher hasher;
	uint64_t key[2];
	ns_hasher_init(&hasher, training->seed, 0x666f6c64);
	ns_hasher_add(&hasher, values, training->features * sizeof *values);
	ns_hasher_done(key, &hasher);
	return key[0];
}

static uint64_t group_key(const struct ns_training *training, const uint64_t *group, size_t row)
{
	return ns_hash64(&group[row], sizeof group[row], training->seed, 0x67726f75);
}

/* Mixes the copy number into the key, so that the copies of a frequent row are dealt out apart. */
static void spread_copies(struct draw *draws, size_t rows, uint64_t seed)
{
	uint64_t key = 0, copy = 0;
	for (size_t i = 0; i < rows; i++) {
		copy = i > 0 && draws[i].class == draws[i - 1].class && draws[i].key == key ? copy + 1 : 0;
		key = draws[i].key;
		uint64_t pair[2] = {key, copy};
		draws[i].key = ns_hash64(pair, sizeof pair, seed, 0x636f7079);
	}
}

/* Each class is dealt out round-robin, going on where the class before it stopped, so that folds differ by one row at most. */
static int deal_rows(uint32_t *fold, const struct draw *draws, const struct ns_training *training,
	const struct ns_search_options *options, struct ns_err *err)
{
	size_t folds = (size_t)options->folds;
	for (size_t i = 0, end; i < training->rows; i = end) {
		for (end = i; end < training->rows && draws[end].class == draws[i].class; end++)
			fold[draws[end].row] = (uint32_t)(end % folds);
		if (end - i < folds)
			return ns_fail(err, NS_EDATA, "class '%s' has %zu row%s, fewer than the %zu folds (a smaller --cv, or leave the class out)",
				options->classes[draws[i].class], end - i, end - i == 1 ? "" : "s", folds);
	}
	return NS_OK;
}

static int fail_groups(const struct ns_search_options *options, int groups, struct ns_err *err)
{
	const char *ending = groups == 1 ? "" : "s";
	if (options->group)
		return ns_fail(err, NS_EDATA, "column '%s' has only %d different value%s for %d folds (a smaller --cv)", options->group_name, groups,
			ending, options->folds);
	return ns_fail(err, NS_EDATA, "only %d different feature vector%s for %d folds (a smaller --cv)", groups, ending, options->folds);
}

/* Groups, in the order of their keys, each go to the fold with the fewest rows so far. */
static int deal_groups(uint32_t *fold, const struct draw *draws, size_t rows, const struct ns_search_options *options, struct ns_err *err)
{
	uint64_t *size = calloc((size_t)options->folds, sizeof *size);
	if (!size)
		ns_die_of_memory();
	int used = 0;
	for (size_t i = 0, end; i < rows; i = end) {
		int least = 0;
		for (int f = 1; f < options->folds; f++)
			if (size[f] < size[least])
				least = f;
		used += size[least] == 0;
		for (end = i; end < rows && draws[end].key == draws[i].key; end++)
			fold[draws[end].row] = (uint32_t)least;
		size[least] += end - i;
	}
	free(size);
	return used < options->folds ? fail_groups(options, used, err) : NS_OK;
}

int ns_folds_draw(uint32_t *fold, const struct ns_training *training, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	bool grouped = options->group || options->group_identical;
	struct draw *draws = NS_NEW_ARRAY(arena, struct draw, training->rows), *spare = NS_NEW_ARRAY(arena, struct draw, training->rows);
	double *values = NS_NEW_ARRAY(arena, double, training->features + 1);
	for (size_t row = 0; row < training->rows; row++)
		draws[row] = (struct draw){
			.key = options->group ? group_key(training, options->group, row) : row_key(values, training, row),
			.weight = training->weight && !grouped ? training->weight[row] : 1,
			.row = (uint32_t)row, .class = grouped ? 0 : training->y[row]};
	sort_draws(draws, spare, training);
	if (grouped)
		return deal_groups(fold, draws, training->rows, options, err);
	spread_copies(draws, training->rows, training->seed);
	sort_draws(draws, spare, training);
	return deal_rows(fold, draws, training, options, err);
}
