#include "learn/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum { PACKED = 256 };

static void sort_by_class(struct ns_tally *tally)
{
	const struct ns_bins *bins = tally->bins;
	size_t *next = ns_malloc_array(bins->classes, sizeof *next);
	memset(tally->start, 0, (bins->classes + 1) * sizeof *tally->start);
	for (size_t e = 0; e < bins->entries; e++)
		tally->start[bins->y[e] + 1]++;
	for (uint32_t c = 0; c < bins->classes; c++) {
		next[c] = tally->start[c];
		tally->start[c + 1] += tally->start[c];
	}
	for (size_t e = 0; e < bins->entries; e++)
		tally->order[next[bins->y[e]]++] = (uint32_t)e;
	free(next);
}

/* Weights that are whole numbers count as so many rows, unless their sum could be too large. */
static bool are_counts(const struct ns_bins *bins)
{
	double most = UINT32_MAX / (double)bins->rows;
	bool fine = true;
	for (size_t e = 0; bins->weight && e < bins->entries && fine; e++)
		fine = bins->weight[e] == floor(bins->weight[e]) && bins->weight[e] <= most;
	return fine;
}

/* Weights that are no counts are scaled by a power of two such that the greatest is below 1: their unit does not matter. */
static void copy_weights(struct ns_tally *tally)
{
	const struct ns_bins *bins = tally->bins;
	bool counts = are_counts(bins);
	double most = 0;
	int digits = 0;
	tally->row_weight = counts ? NULL : ns_malloc_array(bins->entries, sizeof *tally->row_weight);
	for (size_t e = 0; !counts && e < bins->entries; e++)
		most = fmax(most, bins->weight[e]);
	(void)frexp(most, &digits);
	for (size_t i = 0; i < bins->entries; i++) {
		uint32_t entry = tally->order[i], copies = ns_bins_copies(bins, entry);
		tally->times[i] = counts ? copies * (uint32_t)ns_bins_weight(bins, entry) : copies;
		if (!counts)
			tally->row_weight[i] = ldexp(bins->weight[entry], -digits);
	}
}

/* Sums of integers: the order of the entries does not matter. */
static void weigh_classes(struct ns_tally *tally)
{
	int digits;
	(void)frexp((double)tally->bins->rows, &digits);
	double unit = tally->row_weight ? ldexp(1, 63 - digits) : 1;
	for (uint32_t c = 0; c < tally->bins->classes; c++) {
		uint64_t sum = 0;
		for (size_t i = tally->start[c]; i < tally->start[c + 1]; i++)
			sum += tally->times[i] * (uint64_t)(tally->row_weight ? tally->row_weight[i] * unit : 1);
		tally->class_weight[c] = (sum ? (double)sum : 1) / unit;
	}
}

static struct ns_codes codes_of(const struct ns_bins *bins, size_t feature)
{
	return ns_bins_codes(bins, (uint32_t)feature, bins->entries + 1);
}

static void count_rows(void *context, size_t feature, int worker)
{
	(void)worker;
	const struct ns_tally *tally = context;
	const struct ns_bins *bins = tally->bins;
	struct ns_tally_column *column = &tally->columns[feature];
	struct ns_codes codes = codes_of(bins, feature);
	column->codes = bins->columns[feature].count + bins->columns[feature].missing;
	column->rows = ns_malloc_array(column->codes, sizeof *column->rows);
	memset(column->rows, 0, column->codes * sizeof *column->rows);
	for (size_t e = 0; e < bins->entries; e++)
		column->rows[ns_code(codes, (uint32_t)e)] += ns_bins_copies(bins, e);
	if (column->rows[0] == 0) /* all are missing */
		column->codes = 1;
	for (uint32_t code = 1; code < column->codes; code++)
		column->rows[code] += column->rows[code - 1];
}

struct wide {
	uint32_t codes, feature;
};

static int compare_wide(const void *a, const void *b)
{
	const struct wide *x = a, *y = b;
	if (x->codes != y->codes)
		return x->codes > y->codes ? -1 : 1;
	return x->feature < y->feature ? -1 : 1;
}

/* Columns from the widest to the narrowest fill one group after the other. */
static void group_columns(struct ns_tally *tally)
{
	size_t features = tally->bins->features, count = 0;
	struct wide *wide = ns_malloc_array(features, sizeof *wide);
	for (size_t f = 0; f < features; f++)
		if (tally->columns[f].codes > 1)
			wide[count++] = (struct wide){tally->columns[f].codes, (uint32_t)f};
	qsort(wide, count, sizeof *wide, compare_wide);
	for (size_t i = 0; i < count; i++) {
		struct ns_tally_group *group = &tally->groups[tally->group_count];
		if (i == 0 || (group[-1].size > PACKED / wide[i].codes))
			*group = (struct ns_tally_group){.first = (uint32_t)i, .size = 1}, tally->group_count++;
		else
			group--;
		struct ns_tally_column *column = &tally->columns[wide[i].feature];
		column->group = (uint32_t)(group - tally->groups);
		column->stride = group->size;
		tally->members[i] = wide[i].feature;
		group->size *= wide[i].codes;
		group->count++;
		tally->largest = group->size > tally->largest ? group->size : tally->largest;
	}
	free(wide);
}

static void pack_group(void *context, size_t g, int worker)
{
	(void)worker;
	const struct ns_tally *tally = context;
	size_t entries = tally->bins->entries;
	struct ns_tally_group *group = &tally->groups[g];
	group->width = group->size <= PACKED ? 1 : group->size <= UINT16_MAX + 1 ? 2 : 4;
	group->cells = ns_malloc_array(entries, group->width);
	if (group->width == 1)
		memset(group->cells, 0, entries);
	for (uint32_t i = 0; i < group->count; i++) {
		uint32_t feature = tally->members[group->first + i], stride = tally->columns[feature].stride;
		struct ns_codes codes = codes_of(tally->bins, feature);
		for (size_t e = 0; e < entries; e++) {
			uint32_t code = ns_code(codes, tally->order[e]);
			if (group->width == 1)
				((uint8_t *)group->cells)[e] = (uint8_t)(((uint8_t *)group->cells)[e] + code * stride);
			else if (group->width == 2)
				((uint16_t *)group->cells)[e] = (uint16_t)code;
			else
				((uint32_t *)group->cells)[e] = code;
		}
	}
}

void ns_tally_init(struct ns_tally *tally, const struct ns_bins *bins, int threads)
{
	*tally = (struct ns_tally){.bins = bins};
	tally->order = ns_malloc_array(bins->entries, sizeof *tally->order);
	tally->start = ns_malloc_array(bins->classes + (size_t)1, sizeof *tally->start);
	tally->class_weight = ns_malloc_array(bins->classes, sizeof *tally->class_weight);
	tally->times = ns_malloc_array(bins->entries, sizeof *tally->times);
	tally->columns = ns_malloc_array(bins->features, sizeof *tally->columns);
	tally->groups = ns_malloc_array(bins->features, sizeof *tally->groups);
	tally->members = ns_malloc_array(bins->features, sizeof *tally->members);
	sort_by_class(tally);
	copy_weights(tally);
	weigh_classes(tally);
	ns_parallel(threads, bins->features, count_rows, tally);
	group_columns(tally);
	ns_parallel(threads, tally->group_count, pack_group, tally);
}

void ns_tally_release(struct ns_tally *tally)
{
	for (size_t f = 0; f < tally->bins->features; f++)
		free(tally->columns[f].rows);
	for (size_t g = 0; g < tally->group_count; g++)
		free(tally->groups[g].cells);
	free(tally->members);
	free(tally->groups);
	free(tally->columns);
	free(tally->row_weight);
	free(tally->times);
	free(tally->class_weight);
	free(tally->start);
	free(tally->order);
	*tally = (struct ns_tally){0};
}

int64_t ns_tally_weigh(int64_t *restrict weight, const struct ns_tally *tally, const double *restrict single, size_t start, size_t count)
{
	const uint32_t *restrict times = tally->times + start;
	const double *restrict row_weight = tally->row_weight ? tally->row_weight + start : NULL;
	int64_t sum = 0;
	if (row_weight)
		for (size_t i = 0; i < count; i++)
			sum += weight[i] = times[i] * (int64_t)(single[i] * row_weight[i] * 0x1p61);
	else
		for (size_t i = 0; i < count; i++)
			sum += weight[i] = times[i] * (int64_t)(single[i] * 0x1p61);
	return sum;
}

/* Four tables in turn: an addition need not wait for the one before it, should that have been to the same cell. */
static __attribute__((noinline)) void add_bytes(int64_t *restrict sums, size_t size, const uint8_t *restrict cell, const int64_t *restrict weight,
	size_t count)
{
	int64_t other[3][PACKED] = {0};
	size_t i = 0;
	for (; i + 4 <= count; i += 4) {
		sums[cell[i]] += weight[i];
		other[0][cell[i + 1]] += weight[i + 1];
		other[1][cell[i + 2]] += weight[i + 2];
		other[2][cell[i + 3]] += weight[i + 3];
	}
	for (; i < count; i++)
		sums[cell[i]] += weight[i];
	for (size_t c = 0; c < size; c++)
		sums[c] += other[0][c] + other[1][c] + other[2][c];
}

/* One loop for each width of a cell number. */
#define ADD(width, type)                                                                                                     \
	static __attribute__((noinline)) void add_##width(int64_t *restrict sums, const type *restrict cell,                 \
		const int64_t *restrict weight, size_t count)                                                                \
	{                                                                                                                    \
		for (size_t i = 0; i < count; i++)                                                                           \
			sums[cell[i]] += weight[i];                                                                          \
	}
ADD(words, uint16_t)
ADD(longs, uint32_t)

void ns_tally_add(int64_t *sums, const struct ns_tally *tally, size_t group, const int64_t *weight)
{
	const struct ns_tally_group *of = &tally->groups[group];
	uint32_t classes = tally->bins->classes;
	memset(sums, 0, (size_t)of->size * classes * sizeof *sums);
	for (uint32_t c = 0; c < classes; c++, sums += of->size) {
		size_t start = tally->start[c], count = tally->start[c + 1] - start;
		if (of->width == 1)
			add_bytes(sums, of->size, (const uint8_t *)of->cells + start, weight + start, count);
		else if (of->width == 2)
			add_words(sums, (const uint16_t *)of->cells + start, weight + start, count);
		else
			add_longs(sums, (const uint32_t *)of->cells + start, weight + start, count);
	}
}

int64_t *ns_tally_peel(int64_t *column, int64_t *sums, const struct ns_tally *tally, size_t group, uint32_t i)
{
	const struct ns_tally_column *of = &tally->columns[tally->members[tally->groups[group].first + i]];
	uint32_t classes = tally->bins->classes, rest = of->stride, codes = of->codes;
	if (i == 0)
		return sums;
	for (uint32_t c = 0; c < classes; c++) {
		const int64_t *from = sums + (size_t)c * rest * codes;
		int64_t *to = sums + (size_t)c * rest;
		for (uint32_t code = 0; code < codes; code++) {
			int64_t sum = 0;
			for (uint32_t r = 0; r < rest; r++)
				sum += from[code * rest + r];
			column[(size_t)c * codes + code] = sum;
		}
		memmove(to, from, rest * sizeof *to);
		for (uint32_t code = 1; code < codes; code++)
			for (uint32_t r = 0; r < rest; r++)
				to[r] += from[code * rest + r];
	}
	return column;
}
