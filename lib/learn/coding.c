#include "learn/coding.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/cuts.h"

enum { DIGIT = 11, BUCKETS = 1 << DIGIT, FEW = 256, SLOTS = 1024 };

static void set_code(void *codes, uint8_t width, size_t row, uint32_t code)
{
	if (width == 1)
		((uint8_t *)codes)[row] = (uint8_t)code;
	else if (width == 2)
		((uint16_t *)codes)[row] = (uint16_t)code;
	else
		((uint32_t *)codes)[row] = code;
}

/* Bytes of the largest code. */
static uint8_t width_of(uint32_t count, bool missing)
{
	uint64_t codes = (uint64_t)count + missing;
	return codes <= 1u << 8 ? 1 : codes <= 1u << 16 ? 2 : 4;
}

/* Up to FEW distinct values in a small open hash table: key, and once known its rank. */
struct few {
	uint64_t keys[SLOTS];
	uint16_t used[SLOTS]; /* 0: free, else rank + 1 */
	uint64_t distinct[FEW];
	uint32_t count;
	bool missing;
};

static size_t slot_of(const struct few *few, uint64_t key)
{
	uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t slot = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93) >> 54;
	while (few->used[slot] && few->keys[slot] != key)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static bool collect_few(struct few *few, const double *x, size_t rows, bool missing, uint32_t most)
{
	memset(few, 0, sizeof *few);
	for (size_t row = 0; row < rows; row++) {
		if (missing && isnan(x[row])) {
			few->missing = true;
			continue;
		}
		uint64_t key = ns_ordered(x[row]);
		size_t slot = slot_of(few, key);
		if (few->used[slot])
			continue;
		if (few->count == most)
			return false;
		few->keys[slot] = few->distinct[few->count++] = key;
		few->used[slot] = 1;
	}
	return true;
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static void code_few(struct ns_bins_column *column, struct few *few, const double *x, size_t rows)
{
	if (few->count == 0) {
		size_t slot = slot_of(few, ns_ordered(0));
		few->keys[slot] = few->distinct[few->count++] = ns_ordered(0);
		few->used[slot] = 1;
	}
	qsort(few->distinct, few->count, sizeof *few->distinct, compare_keys);
	double *values = ns_malloc_array(few->count, sizeof *values);
	for (uint32_t rank = 0; rank < few->count; rank++) {
		values[rank] = ns_from_ordered(few->distinct[rank]);
		few->used[slot_of(few, few->distinct[rank])] = (uint16_t)(rank + 1);
	}
	uint8_t width = width_of(few->count, few->missing);
	void *codes = ns_malloc_array(rows, width);
	*column = (struct ns_bins_column){values, values, few->count, width, few->missing, codes, 0};
	for (size_t row = 0; row < rows; row++)
		set_code(codes, width, row, few->missing && isnan(x[row]) ? few->count : few->used[slot_of(few, ns_ordered(x[row]))] - 1u);
}

struct pair {
	uint64_t key;
	uint32_t row;
};

/* Sorts by key, least significant digit first; passes in which all keys agree are left out. */
static void sort_pairs(struct pair *pairs, struct pair *scratch, size_t count)
{
	uint64_t differ = 0;
	for (size_t i = 1; i < count; i++)
		differ |= pairs[i].key ^ pairs[0].key;
	struct pair *from = pairs, *to = scratch;
	for (int shift = 0; shift < 64; shift += DIGIT) {
		if (!(differ >> shift & (BUCKETS - 1)))
			continue;
		size_t start[BUCKETS] = {0}, sum = 0;
		for (size_t i = 0; i < count; i++)
			start[from[i].key >> shift & (BUCKETS - 1)]++;
		for (size_t b = 0; b < BUCKETS; b++) {
			size_t size = start[b];
			start[b] = sum;
			sum += size;
		}
		for (size_t i = 0; i < count; i++)
			to[start[from[i].key >> shift & (BUCKETS - 1)]++] = from[i];
		struct pair *swap = from;
		from = to;
		to = swap;
	}
	if (from != pairs)
		memcpy(pairs, from, count * sizeof *pairs);
}

/* Where groups end (cuts.h), over sorted values. ends[i]: values before the end of group i; returns their number, at most max_bins. */
static uint32_t cut(size_t *ends, const struct pair *pairs, size_t rows, uint32_t max_bins)
{
	uint32_t count = 0;
	size_t group = 0;
	for (size_t start = 0, end; start < rows; start = end) {
		for (end = start + 1; end < rows && pairs[end].key == pairs[start].key;)
			end++;
		size_t held = 0;
		for (; group < max_bins && ns_group_end(rows, max_bins, group) <= end; group++)
			held++;
		if (held > 1 && start > 0 && (count == 0 || ends[count - 1] < start))
			ends[count++] = start;
		if (held > 0)
			ends[count++] = end;
	}
	return count;
}

/* Each distinct value a group. */
static uint32_t cut_all(size_t *ends, const struct pair *pairs, size_t rows)
{
	uint32_t count = 0;
	for (size_t i = 1; i <= rows; i++)
		if (i == rows || pairs[i].key != pairs[i - 1].key)
			ends[count++] = i;
	return count;
}

static size_t count_distinct(const struct pair *pairs, size_t rows)
{
	size_t count = 1;
	for (size_t i = 1; i < rows; i++)
		count += pairs[i].key != pairs[i - 1].key;
	return count;
}

static void code_many(struct ns_bins_column *column, const double *x, size_t rows, uint32_t max_bins)
{
	struct pair *pairs = ns_malloc_array(2 * rows, sizeof *pairs);
	size_t present = 0, distinct, at = 0;
	for (size_t row = 0; row < rows; row++)
		if (!isnan(x[row]))
			pairs[present++] = (struct pair){ns_ordered(x[row]), (uint32_t)row};
	sort_pairs(pairs, pairs + present, present);
	distinct = count_distinct(pairs, present);
	bool grouped = max_bins && distinct > max_bins;
	size_t *ends = ns_malloc_array(grouped ? max_bins : distinct, sizeof *ends);
	uint32_t count = grouped ? cut(ends, pairs, present, max_bins) : cut_all(ends, pairs, present);
	double *lowest = ns_malloc_array(count, sizeof *lowest), *highest = grouped ? ns_malloc_array(count, sizeof *highest) : lowest;
	uint8_t width = width_of(count, present < rows);
	void *codes = ns_malloc_array(rows, width);
	for (uint32_t code = 0; code < count; code++) {
		lowest[code] = ns_from_ordered(pairs[at].key);
		highest[code] = ns_from_ordered(pairs[ends[code] - 1].key);
		for (; at < ends[code]; at++)
			set_code(codes, width, pairs[at].row, code);
	}
	for (size_t row = 0; present < rows && row < rows; row++)
		if (isnan(x[row]))
			set_code(codes, width, row, count);
	*column = (struct ns_bins_column){lowest, highest, count, width, present < rows, codes, 0};
	free(ends);
	free(pairs);
}

/* Groups without sorting. */
static bool code_cuts(struct ns_bins_column *column, const double *x, size_t rows, bool missing, uint32_t max_bins)
{
	struct ns_cuts cuts;
	if (max_bins == 0 || max_bins + missing > NS_CUTS_MAX)
		return false;
	uint8_t *codes = ns_malloc_array(rows, sizeof *codes);
	if (!ns_cuts_find(codes, &cuts, x, rows, max_bins)) {
		free(codes);
		return false;
	}
	double *lowest = ns_malloc_array(cuts.count, sizeof *lowest), *highest = ns_malloc_array(cuts.count, sizeof *highest);
	memcpy(lowest, cuts.lowest, cuts.count * sizeof *lowest);
	memcpy(highest, cuts.highest, cuts.count * sizeof *highest);
	*column = (struct ns_bins_column){lowest, highest, cuts.count, 1, cuts.missing, codes, 0};
	return true;
}

void ns_column_code(struct ns_bins_column *column, const double *x, size_t rows, bool missing, uint32_t max_bins)
{
	struct few few;
	if (collect_few(&few, x, rows, missing, max_bins && max_bins < FEW ? max_bins : FEW))
		code_few(column, &few, x, rows);
	else if (!code_cuts(column, x, rows, missing, max_bins))
		code_many(column, x, rows, max_bins);
}

void ns_column_release(struct ns_bins_column *column)
{
	if (column->highest != column->lowest)
		free((void *)column->highest);
	free((void *)column->lowest);
	free((void *)column->codes);
	*column = (struct ns_bins_column){0};
}
