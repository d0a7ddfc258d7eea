#include "learn/split.h"

#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"

/*
 * Three ways to score, the most special first; all agree where they overlap.
 *   PAIR     two classes, gini, no class weights, and drawn rows stand for different rows: two counters
 *   SQUARES  any classes, gini, no class weights: sums of squares kept up to date, in integers
 *   GENERAL  everything else: every class looked at for every threshold
 */
enum mode { PAIR, SQUARES, GENERAL };
enum { SMALL = 40, DIGIT = 11, BUCKETS = 1 << DIGIT, COPIES = 4, COPIED_SLOTS = 16 };

void ns_splitter_init(struct ns_splitter *splitter, const struct ns_bins *bins)
{
	*splitter = (struct ns_splitter){.bins = bins};
	splitter->keys = ns_malloc_array(bins->entries, sizeof *splitter->keys);
	splitter->spare = ns_malloc_array(bins->entries, sizeof *splitter->spare);
	splitter->histogram = ns_malloc_array(2 * bins->entries + 64, sizeof *splitter->histogram);
	splitter->total = ns_malloc_array(bins->classes, sizeof *splitter->total);
	splitter->left = ns_malloc_array(bins->classes, sizeof *splitter->left);
}

void ns_splitter_release(struct ns_splitter *splitter)
{
	free(splitter->keys);
	free(splitter->spare);
	free(splitter->histogram);
	free(splitter->total);
	free(splitter->left);
	*splitter = (struct ns_splitter){0};
}

void ns_splitter_start(struct ns_splitter *splitter, const struct ns_rules *rules, double min_weight_leaf, bool bootstrap)
{
	splitter->rules = rules;
	splitter->min_weight_leaf = min_weight_leaf;
	bool plain = rules->criterion == NS_GINI && !rules->class_weight;
	bool pair = splitter->bins->classes == 2 && splitter->bins->rows < UINT32_MAX / 2 && (!bootstrap || rules->min_samples_leaf <= 1);
	splitter->mode = !plain ? GENERAL : pair ? PAIR : SQUARES;
}

uint32_t ns_splitter_enter(struct ns_splitter *splitter, const struct ns_item *items, size_t count)
{
	uint32_t classes = splitter->bins->classes, present = 0;
	memset(splitter->total, 0, classes * sizeof *splitter->total);
	splitter->all = splitter->square = 0;
	for (size_t i = 0; i < count; i++) {
		splitter->total[items[i].y] += ns_item_drawn(items[i].count);
		splitter->all += items[i].count;
	}
	for (uint32_t c = 0; c < classes; c++) {
		present += splitter->total[c] > 0;
		splitter->square += (uint64_t)splitter->total[c] * splitter->total[c];
	}
	return present;
}

/* x ln x, 0 at 0. */
static double xlogx(double x)
{
	return x > 0 ? x * ns_log(x) : 0;
}

static double weight_of(const struct ns_rules *rules, uint32_t c)
{
	return rules->class_weight ? rules->class_weight[c] : 1;
}

double ns_impurity(double *weighted, const struct ns_rules *rules, const uint32_t *drawn, uint32_t classes)
{
	double sum = 0, squares = 0, logs = 0;
	for (uint32_t c = 0; c < classes; c++)
		sum += weight_of(rules, c) * drawn[c];
	for (uint32_t c = 0; c < classes; c++) {
		double share = weight_of(rules, c) * drawn[c] / sum;
		squares += share * share;
		if (rules->criterion == NS_ENTROPY)
			logs += xlogx(share);
	}
	*weighted = sum;
	return rules->criterion == NS_ENTROPY ? -logs / 0.693147180559945309417 : 1 - squares;
}

/* What lies left of the threshold being tried. */
struct scan {
	struct ns_splitter *splitter;
	struct ns_split *best;
	uint32_t feature;
	uint64_t left;                      /* rows and drawn rows */
	uint64_t ones;                      /* PAIR: drawn rows of class 1 */
	uint64_t square_left, square_right; /* SQUARES */
};

/* Both sides' sum over classes of weight^2 / sum, or of x ln x: the larger, the purer. False where a side weighs too little. */
static bool score_general(double *score, const struct ns_splitter *splitter)
{
	const struct ns_rules *rules = splitter->rules;
	double left_sum = 0, right_sum = 0, left_score = 0, right_score = 0;
	for (uint32_t c = 0; c < splitter->bins->classes; c++) {
		double weight = weight_of(rules, c);
		double left = weight * splitter->left[c], right = weight * (splitter->total[c] - splitter->left[c]);
		left_sum += left;
		right_sum += right;
		left_score += rules->criterion == NS_GINI ? left * left : xlogx(left);
		right_score += rules->criterion == NS_GINI ? right * right : xlogx(right);
	}
	*score = rules->criterion == NS_GINI ? left_score / left_sum + right_score / right_sum
					     : (left_score - xlogx(left_sum)) + (right_score - xlogx(right_sum));
	return left_sum >= splitter->min_weight_leaf && right_sum >= splitter->min_weight_leaf;
}

static inline bool score_plain(double *score, const struct scan *scan, enum mode mode)
{
	const struct ns_splitter *splitter = scan->splitter;
	double left = ns_item_drawn(scan->left), right = ns_item_drawn(splitter->all) - left, left_square, right_square;
	if (mode == PAIR) {
		double ones = (double)scan->ones, zeros = left - ones;
		double right_ones = splitter->total[1] - ones, right_zeros = splitter->total[0] - zeros;
		left_square = ones * ones + zeros * zeros;
		right_square = right_ones * right_ones + right_zeros * right_zeros;
	} else {
		left_square = (double)scan->square_left;
		right_square = (double)scan->square_right;
	}
	*score = left_square / left + right_square / right;
	return left >= splitter->min_weight_leaf && right >= splitter->min_weight_leaf;
}

/* Tries the threshold between two values that follow each other in the node. */
static inline void consider(struct scan *scan, enum mode mode, uint32_t low, uint32_t high)
{
	const struct ns_splitter *splitter = scan->splitter;
	uint32_t rows = mode == PAIR ? ns_item_drawn(scan->left) : ns_item_rows(scan->left);
	uint32_t all = mode == PAIR ? ns_item_drawn(splitter->all) : ns_item_rows(splitter->all);
	double score;
	if (rows < splitter->rules->min_samples_leaf || all - rows < splitter->rules->min_samples_leaf)
		return;
	if ((mode == GENERAL ? score_general(&score, splitter) : score_plain(&score, scan, mode)) && score > scan->best->score)
		*scan->best = (struct ns_split){score, scan->feature, low, high};
}

/* Moves rows of a class to the left side. */
static inline void move(struct scan *scan, enum mode mode, uint32_t y, uint64_t count)
{
	struct ns_splitter *splitter = scan->splitter;
	uint64_t drawn = ns_item_drawn(count);
	scan->left += count;
	if (mode == PAIR) {
		scan->ones += y ? drawn : 0;
		return;
	}
	if (mode == SQUARES) {
		uint64_t before = splitter->left[y], rest = splitter->total[y] - before;
		scan->square_left += drawn * (2 * before + drawn);
		scan->square_right -= drawn * (2 * rest - drawn);
	}
	splitter->left[y] += (uint32_t)drawn;
}

static void start_scan(struct scan *scan, struct ns_splitter *splitter, struct ns_split *best, uint32_t feature)
{
	*scan = (struct scan){.splitter = splitter, .best = best, .feature = feature, .square_right = splitter->square};
	if (splitter->mode != PAIR)
		memset(splitter->left, 0, splitter->bins->classes * sizeof *splitter->left);
}

static inline bool scan_histogram(struct scan *scan, enum mode mode, uint32_t codes)
{
	const uint64_t *histogram = scan->splitter->histogram;
	uint32_t classes = mode == PAIR ? 2 : scan->splitter->bins->classes, last = UINT32_MAX;
	bool varies = false;
	for (uint32_t code = 0; code < codes; code++) {
		const uint64_t *counts = histogram + (size_t)code * classes;
		uint64_t any = 0;
		for (uint32_t c = 0; c < classes; c++)
			any |= counts[c];
		if (!any)
			continue;
		if (last != UINT32_MAX) {
			varies = true;
			consider(scan, mode, last, code);
		}
		for (uint32_t c = 0; c < classes; c++)
			if (mode == PAIR || counts[c])
				move(scan, mode, c, counts[c]);
		last = code;
	}
	return varies;
}

/*
 * Adds the items up by code and class. Few slots would be hit again before the last addition is through, so neighbouring items go
 * to COPIES histograms beside each other, which are added up in the end.
 */
static void fill_small(uint64_t *restrict histogram, const struct ns_bins *bins, const struct ns_bins_column *column, const struct ns_item *items, size_t count)
{
	const uint8_t *codes = bins->codes + column->offset;
	size_t slots = (size_t)column->count * bins->classes, stride = bins->stride, i = 0;
	uint32_t classes = bins->classes;
	uint64_t copies[COPIES][COPIED_SLOTS];
	for (size_t copy = 0; copy < COPIES; copy++)
		memset(copies[copy], 0, slots * sizeof **copies);
	for (; i + COPIES <= count; i += COPIES)
		for (size_t copy = 0; copy < COPIES; copy++) {
			const struct ns_item *item = &items[i + copy];
			copies[copy][codes[item->entry * stride] * classes + item->y] += item->count;
		}
	for (; i < count; i++)
		copies[0][codes[items[i].entry * stride] * classes + items[i].y] += items[i].count;
	for (size_t slot = 0; slot < slots; slot++)
		histogram[slot] = copies[0][slot] + copies[1][slot] + copies[2][slot] + copies[3][slot];
}

static void fill_large(uint64_t *restrict histogram, const struct ns_bins *bins, const struct ns_bins_column *column, const struct ns_item *items, size_t count)
{
	memset(histogram, 0, (size_t)column->count * bins->classes * sizeof *histogram);
	for (size_t i = 0; i < count; i++)
		histogram[(size_t)ns_bins_code(bins, column, items[i].entry) * bins->classes + items[i].y] += items[i].count;
}

static bool search_histogram(struct scan *scan, const struct ns_bins_column *column, const struct ns_item *items, size_t count)
{
	const struct ns_bins *bins = scan->splitter->bins;
	if (column->width == 1 && (size_t)column->count * bins->classes <= COPIED_SLOTS)
		fill_small(scan->splitter->histogram, bins, column, items, count);
	else
		fill_large(scan->splitter->histogram, bins, column, items, count);
	switch (scan->splitter->mode) {
	case PAIR:
		return scan_histogram(scan, PAIR, column->count);
	case SQUARES:
		return scan_histogram(scan, SQUARES, column->count);
	default:
		return scan_histogram(scan, GENERAL, column->count);
	}
}

/* A key: code << 32 | what the scan needs of the item: PAIR class << 31 | drawn rows, else its position. */
static inline uint64_t key_of(enum mode mode, uint32_t code, const struct ns_item *items, size_t i)
{
	return (uint64_t)code << 32 | (mode == PAIR ? items[i].y << 31 | ns_item_drawn(items[i].count) : (uint32_t)i);
}

/* Writes the keys; returns the span of their codes. */
static inline uint32_t make_keys(uint64_t *restrict keys, enum mode mode, const struct ns_bins *bins, const struct ns_bins_column *column,
	const struct ns_item *items, size_t count)
{
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_bins_code(bins, column, items[i].entry);
		low = code < low ? code : low;
		high = code > high ? code : high;
		keys[i] = key_of(mode, code, items, i);
	}
	return high - low;
}

static void sort_small(uint64_t *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint64_t key = keys[i];
		size_t j = i;
		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

/* Radix sort by code, least significant digit first; the codes span `range`. Returns where the sorted keys are. */
static uint64_t *sort_large(uint64_t *keys, uint64_t *spare, size_t count, uint32_t range)
{
	uint64_t low = UINT64_MAX;
	for (size_t i = 0; i < count; i++)
		low = keys[i] < low ? keys[i] : low;
	low &= ~(uint64_t)UINT32_MAX;
	int bits = 32 - __builtin_clz(range), digit_max = count < 1024 ? 8 : DIGIT;
	int passes = (bits + digit_max - 1) / digit_max, digit = (bits + passes - 1) / passes;
	uint32_t mask = (1u << digit) - 1;
	for (int pass = 0; pass < passes; pass++) {
		int shift = 32 + pass * digit;
		uint32_t start[BUCKETS], sum = 0;
		memset(start, 0, ((size_t)mask + 1) * sizeof *start);
		for (size_t i = 0; i < count; i++)
			start[(keys[i] - low) >> shift & mask]++;
		for (uint32_t b = 0; b <= mask; b++) {
			uint32_t size = start[b];
			start[b] = sum;
			sum += size;
		}
		for (size_t i = 0; i < count; i++)
			spare[start[(keys[i] - low) >> shift & mask]++] = keys[i];
		uint64_t *swap = keys;
		keys = spare;
		spare = swap;
	}
	return keys;
}

static inline void scan_sorted(struct scan *scan, enum mode mode, const uint64_t *keys, const struct ns_item *items, size_t count)
{
	uint32_t last = (uint32_t)(keys[0] >> 32);
	for (size_t i = 0; i < count; i++) {
		uint32_t code = (uint32_t)(keys[i] >> 32), payload = (uint32_t)keys[i];
		if (code != last)
			consider(scan, mode, last, code);
		last = code;
		if (mode == PAIR)
			move(scan, mode, payload >> 31, payload & UINT32_MAX >> 1);
		else
			move(scan, mode, items[payload].y, items[payload].count);
	}
}

static inline bool search_sorted(struct scan *scan, enum mode mode, const struct ns_bins_column *column, const struct ns_item *items, size_t count)
{
	uint64_t *keys = scan->splitter->keys;
	uint32_t range = make_keys(keys, mode, scan->splitter->bins, column, items, count);
	if (range == 0)
		return false;
	if (count <= SMALL)
		sort_small(keys, count);
	else
		keys = sort_large(keys, scan->splitter->spare, count, range);
	scan_sorted(scan, mode, keys, items, count);
	return true;
}

bool ns_splitter_search(struct ns_split *best, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items, size_t count)
{
	const struct ns_bins_column *column = &splitter->bins->columns[feature];
	if (column->count == 1)
		return false;
	struct scan scan;
	start_scan(&scan, splitter, best, feature);
	if ((uint64_t)column->count * splitter->bins->classes <= 2 * count + 16)
		return search_histogram(&scan, column, items, count);
	switch (splitter->mode) {
	case PAIR:
		return search_sorted(&scan, PAIR, column, items, count);
	case SQUARES:
		return search_sorted(&scan, SQUARES, column, items, count);
	default:
		return search_sorted(&scan, GENERAL, column, items, count);
	}
}
