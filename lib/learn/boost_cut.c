#include "learn/boost_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/*
 * Ranks are looked for on a grid that follows the bits of the numbers, 1024 cells an octave, so that neither heavy tails nor
 * magnitudes matter: cells MIDDLE + k hold the positive numbers, MIDDLE - 1 - k the negative ones, those within 2^-31 of the
 * largest share the two cells in the middle.
 */
enum { SLOTS = 1024, CELLS = 1 << 16, MIDDLE = CELLS / 2, NOWHERE = CELLS - 1, OCTAVES = 31, SHIFT = 42, INSIDE = 1 << 8, FEW_NUMBERS = 1 << 12 };

struct few {
	uint64_t keys[SLOTS];
	uint16_t used[SLOTS]; /* 0: free, else rank + 1 */
	double distinct[NS_CUT_BINS_MAX];
	uint32_t count;
};

struct ns_cutter {
	struct few few;
	uint32_t count[CELLS];  /* rows of a cell */
	uint32_t start[CELLS];  /* of a chosen cell's numbers in `chosen`, plus 1; 0: not chosen */
	uint16_t bin[CELLS];    /* of a cell's least numbers; INSIDE: a bin ends within the cell. Before: it holds a wanted rank */
	uint16_t *cells;        /* of each row */
	double *chosen;
	size_t capacity;
};

struct ns_cutter *ns_cutter_new(size_t rows)
{
	struct ns_cutter *cutter = ns_malloc_array(1, sizeof *cutter);
	cutter->cells = ns_malloc_array(rows + 1, sizeof *cutter->cells);
	cutter->chosen = NULL;
	cutter->capacity = 0;
	return cutter;
}

void ns_cutter_free(struct ns_cutter *cutter)
{
	if (!cutter)
		return;
	free(cutter->cells);
	free(cutter->chosen);
	free(cutter);
}

static uint64_t bits_of(double value)
{
	uint64_t bits;
	value += 0.0; /* -0 is 0 */
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static size_t slot_of(const struct few *few, uint64_t key)
{
	size_t slot = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 54;
	while (few->used[slot] && few->keys[slot] != key)
		slot = (slot + 1) % SLOTS;
	return slot;
}

/* The distinct values; false as soon as there are more than `most`. */
static bool collect_few(struct few *few, bool *missing, const double *x, size_t rows, uint32_t most)
{
	memset(few->used, 0, sizeof few->used);
	few->count = 0;
	for (size_t row = 0; row < rows; row++) {
		if (isnan(x[row])) {
			*missing = true;
			continue;
		}
		uint64_t key = bits_of(x[row]);
		size_t slot = slot_of(few, key);
		if (few->used[slot])
			continue;
		if (few->count == most)
			return false;
		few->keys[slot] = key;
		few->distinct[few->count++] = x[row] + 0.0;
		few->used[slot] = 1;
	}
	return true;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static void make_bins(struct ns_cut *cut, uint32_t most)
{
	cut->lower = ns_malloc_array(most, sizeof *cut->lower);
	cut->upper = ns_malloc_array(most, sizeof *cut->upper);
	cut->count = 0;
}

static void code_few(struct ns_cut *cut, uint8_t *codes, struct few *few, const double *x, size_t rows)
{
	if (few->count == 0)
		few->distinct[few->count++] = 0; /* all missing */
	qsort(few->distinct, few->count, sizeof *few->distinct, compare_doubles);
	make_bins(cut, few->count);
	for (; cut->count < few->count; cut->count++) {
		cut->lower[cut->count] = cut->upper[cut->count] = few->distinct[cut->count];
		few->used[slot_of(few, bits_of(few->distinct[cut->count]))] = (uint16_t)(cut->count + 1);
	}
	for (size_t row = 0; row < rows; row++)
		codes[row] = (uint8_t)(isnan(x[row]) ? cut->count : few->used[slot_of(few, bits_of(x[row]))] - 1u);
}

/* Sorts the rows into cells; returns the number of those that are not missing. */
static size_t fill_cells(struct ns_cutter *cutter, bool *missing, const double *x, size_t rows)
{
	double most = 0;
	size_t present = 0;
	for (size_t row = 0; row < rows; row++) /* false for NaN */
		most = fabs(x[row]) > most ? fabs(x[row]) : most;
	uint64_t top = bits_of(most), span = (uint64_t)OCTAVES << 52, low = top > span ? top - span : 0;
	memset(cutter->count, 0, sizeof cutter->count);
	for (size_t row = 0; row < rows; row++) {
		uint64_t size = bits_of(fabs(x[row]));
		uint32_t step = size > low ? (uint32_t)((size - low) >> SHIFT) : 0;
		uint32_t cell = isnan(x[row]) ? NOWHERE : x[row] < 0 ? MIDDLE - 1 - step : MIDDLE + step;
		cutter->cells[row] = (uint16_t)cell;
		cutter->count[cell]++;
		present += cell != NOWHERE;
	}
	*missing = present < rows;
	return present;
}

/* Chooses the cells that hold a wanted rank (noted in bin), and those after them. */
static void choose_cells(struct ns_cutter *cutter, size_t present, uint32_t max_bins)
{
	size_t before = 0, chosen = 0;
	uint32_t next = 1;
	bool follows = false;
	for (size_t cell = 0; cell < NOWHERE; cell++) {
		size_t end = before + cutter->count[cell];
		bool holds = false;
		for (; next < max_bins && next * present / max_bins <= end && cutter->count[cell]; next++)
			holds = true;
		cutter->start[cell] = (holds || follows) && cutter->count[cell] ? (uint32_t)chosen + 1 : 0;
		chosen += cutter->start[cell] ? cutter->count[cell] : 0;
		cutter->bin[cell] = holds;
		follows = holds || (follows && !cutter->count[cell]);
		before = end;
	}
	cutter->start[NOWHERE] = 0;
	if (cutter->capacity < chosen) {
		free(cutter->chosen);
		cutter->chosen = ns_malloc_array(chosen, sizeof *cutter->chosen);
		cutter->capacity = chosen;
	}
}

/* Shell's sort with M. Ciura's gaps; the library's for many numbers that are not all one. */
static void sort_cell(double *numbers, size_t count)
{
	static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
	bool same = true;
	for (size_t i = 1; i < count && same; i++)
		same = numbers[i] == numbers[0];
	if (same)
		return;
	if (count > FEW_NUMBERS) {
		qsort(numbers, count, sizeof *numbers, compare_doubles);
		return;
	}
	for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
		for (size_t i = gaps[g]; i < count; i++) {
			double number = numbers[i];
			size_t at = i;
			for (; at >= gaps[g] && numbers[at - gaps[g]] > number; at -= gaps[g])
				numbers[at] = numbers[at - gaps[g]];
			numbers[at] = number;
		}
}

static void least_first(double *numbers, size_t count)
{
	size_t least = 0;
	for (size_t i = 1; i < count; i++)
		least = numbers[i] < numbers[least] ? i : least;
	double first = numbers[0];
	numbers[0] = numbers[least];
	numbers[least] = first;
}

/* Copies the numbers of the chosen cells. Those of a cell with a wanted rank will be sorted; of one after it the least stands first. */
static void collect_chosen(struct ns_cutter *cutter, const double *x, size_t rows)
{
	for (size_t row = 0; row < rows; row++) {
		uint32_t *start = &cutter->start[cutter->cells[row]];
		if (*start)
			cutter->chosen[(*start)++ - 1] = x[row] + 0.0;
	}
	for (size_t cell = 0; cell < NOWHERE; cell++) {
		if (!cutter->start[cell])
			continue;
		cutter->start[cell] -= cutter->count[cell];
		(cutter->bin[cell] ? sort_cell : least_first)(cutter->chosen + cutter->start[cell] - 1, cutter->count[cell]);
	}
}

/* The next greater number than those equal to the one at i of a cell; false where that is the column's greatest. */
static bool successor(double *value, const struct ns_cutter *cutter, size_t cell, size_t i)
{
	const double *numbers = cutter->chosen + cutter->start[cell] - 1;
	for (size_t j = i + 1; j < cutter->count[cell]; j++)
		if (numbers[j] > numbers[i]) {
			*value = numbers[j];
			return true;
		}
	for (size_t after = cell + 1; after < NOWHERE; after++)
		if (cutter->count[after]) {
			*value = cutter->chosen[cutter->start[after] - 1];
			return true;
		}
	return false;
}

/* Ends a bin at every wanted rank. */
static void find_bins(struct ns_cut *cut, struct ns_cutter *cutter, size_t present, uint32_t max_bins)
{
	size_t before = 0;
	uint32_t next = 1;
	make_bins(cut, max_bins);
	for (size_t cell = 0; cell < NOWHERE; cell++) {
		size_t end = before + cutter->count[cell];
		cutter->bin[cell] = (uint16_t)cut->count;
		for (size_t rank; next < max_bins && (rank = next * present / max_bins) <= end && cutter->count[cell]; next++) {
			double value = cutter->chosen[cutter->start[cell] - 1 + (rank - 1 - before)], above;
			if (cut->count && value == cut->upper[cut->count - 1])
				continue;
			if (!successor(&above, cutter, cell, rank - 1 - before))
				continue;
			cut->upper[cut->count++] = value;
			cut->lower[cut->count] = above;
			cutter->bin[cell] |= INSIDE;
		}
		before = end;
	}
	cut->lower[0] = cut->upper[0];
	cut->upper[cut->count] = cut->lower[cut->count];
	cut->count++;
	cutter->bin[NOWHERE] = (uint16_t)cut->count;
}

static void code_many(const struct ns_cut *cut, uint8_t *codes, const struct ns_cutter *cutter, const double *x, size_t rows)
{
	for (size_t row = 0; row < rows; row++) {
		uint32_t bin = cutter->bin[cutter->cells[row]];
		if (bin & INSIDE)
			for (bin &= INSIDE - 1; bin + 1 < cut->count && x[row] > cut->upper[bin];)
				bin++;
		codes[row] = (uint8_t)bin;
	}
}

void ns_cut_column(struct ns_cut *cut, uint8_t *codes, struct ns_cutter *cutter, const double *x, size_t rows, uint32_t max_bins)
{
	*cut = (struct ns_cut){0};
	cut->exact = collect_few(&cutter->few, &cut->missing, x, rows, max_bins);
	if (cut->exact) {
		code_few(cut, codes, &cutter->few, x, rows);
		return;
	}
	size_t present = fill_cells(cutter, &cut->missing, x, rows);
	choose_cells(cutter, present, max_bins);
	collect_chosen(cutter, x, rows);
	find_bins(cut, cutter, present, max_bins);
	code_many(cut, codes, cutter, x, rows);
}

void ns_cut_release(struct ns_cut *cut)
{
	free(cut->lower);
	free(cut->upper);
	*cut = (struct ns_cut){0};
}

double ns_cut_threshold(const struct ns_cut *cut, uint32_t low, uint32_t high)
{
	double a = cut->upper[low], b = cut->lower[high], middle = a / 2 + b / 2;
	return middle >= a && middle < b ? middle : a; /* neighbouring doubles have no middle */
}
