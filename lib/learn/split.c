#include "learn/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "learn/radix.h"

/*
 * Three ways to score, the most special first; all agree where they overlap.
 *   PAIR     two classes, gini, no class weights, and drawn rows stand for different rows: two counters
 *   SQUARES  any classes, gini, no class weights: sums of squares kept up to date, in integers
 *   GENERAL  everything else: every class looked at for every threshold
 */
enum mode { PAIR, SQUARES, GENERAL };
enum { HISTOGRAM_SLOTS = 4096, BUCKETED = 64, BUCKETS = 2048, COPIES = 4, COPIED_SLOTS = 16 };

void ns_splitter_init(struct ns_splitter *splitter, const struct ns_bins *bins)
{
	*splitter = (struct ns_splitter){.bins = bins};
	splitter->keys = ns_malloc_array(bins->entries, sizeof *splitter->keys);
	splitter->spare = ns_malloc_array(bins->entries, sizeof *splitter->spare);
	splitter->sorted = ns_malloc_array(bins->entries, sizeof *splitter->sorted);
	splitter->marks = ns_malloc_array(BUCKETS, sizeof *splitter->marks);
	splitter->histogram = ns_malloc_array(HISTOGRAM_SLOTS, sizeof *splitter->histogram);
	splitter->total = ns_malloc_array(bins->classes, sizeof *splitter->total);
	splitter->left = ns_malloc_array(bins->classes, sizeof *splitter->left);
}

void ns_splitter_release(struct ns_splitter *splitter)
{
	free(splitter->keys);
	free(splitter->spare);
	free(splitter->sorted);
	free(splitter->marks);
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
	double least;                       /* splits that score less are not wanted */
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

static void start_scan(struct scan *scan, struct ns_splitter *splitter, struct ns_split *found, uint32_t feature, double least)
{
	*found = NS_SPLIT_NONE;
	*scan = (struct scan){.splitter = splitter, .best = found, .least = least, .feature = feature, .square_right = splitter->square};
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
static void fill_small(uint64_t *restrict histogram, const struct ns_bins *bins, uint32_t feature, const struct ns_item *items, size_t count)
{
	struct ns_codes codes = ns_bins_codes(bins, feature, count);
	size_t slots = (size_t)bins->columns[feature].count * bins->classes, i = 0;
	uint32_t classes = bins->classes;
	uint64_t copies[COPIES][COPIED_SLOTS];
	for (size_t copy = 0; copy < COPIES; copy++)
		memset(copies[copy], 0, slots * sizeof **copies);
	for (; i + COPIES <= count; i += COPIES)
		for (size_t copy = 0; copy < COPIES; copy++) {
			const struct ns_item *item = &items[i + copy];
			copies[copy][codes.first[item->entry * codes.step] * classes + item->y] += item->count;
		}
	for (; i < count; i++)
		copies[0][codes.first[items[i].entry * codes.step] * classes + items[i].y] += items[i].count;
	for (size_t slot = 0; slot < slots; slot++)
		histogram[slot] = copies[0][slot] + copies[1][slot] + copies[2][slot] + copies[3][slot];
}

static void fill_large(uint64_t *restrict histogram, const struct ns_bins *bins, uint32_t feature, const struct ns_item *items, size_t count)
{
	struct ns_codes codes = ns_bins_codes(bins, feature, count);
	memset(histogram, 0, (size_t)bins->columns[feature].count * bins->classes * sizeof *histogram);
	for (size_t i = 0; i < count; i++)
		histogram[(size_t)ns_code(codes, items[i].entry) * bins->classes + items[i].y] += items[i].count;
}

static bool search_histogram(struct scan *scan, const struct ns_item *items, size_t count)
{
	const struct ns_bins *bins = scan->splitter->bins;
	const struct ns_bins_column *column = &bins->columns[scan->feature];
	if (column->width == 1 && (size_t)column->count * bins->classes <= COPIED_SLOTS)
		fill_small(scan->splitter->histogram, bins, scan->feature, items, count);
	else
		fill_large(scan->splitter->histogram, bins, scan->feature, items, count);
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
static inline uint32_t make_keys(uint64_t *restrict keys, uint32_t *lowest, enum mode mode, struct ns_codes codes, const struct ns_item *items, size_t count)
{
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_code(codes, items[i].entry);
		low = code < low ? code : low;
		high = code > high ? code : high;
		keys[i] = key_of(mode, code, items, i);
	}
	*lowest = low;
	return high - low;
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

static inline bool search_sorted(struct scan *scan, enum mode mode, const struct ns_item *items, size_t count)
{
	uint64_t *keys = scan->splitter->keys;
	uint32_t low, range = make_keys(keys, &low, mode, ns_bins_codes(scan->splitter->bins, scan->feature, count), items, count);
	if (range == 0)
		return false;
	keys = ns_radix_sort(keys, scan->splitter->spare, count, low, range);
	scan_sorted(scan, mode, keys, items, count);
	return true;
}

/*
 * PAIR in larger nodes: the codes are first counted in buckets. The score is a convex function of the two counts on the left (a sum of
 * squares over lines), so over all thresholds inside a bucket it is at most what it is where the bucket's rows of one class are left and those of the
 * other right. Only buckets for which that is as good as the best threshold between buckets are sorted and tried one by one.
 */
static inline uint64_t pack(uint64_t payload)
{
	uint64_t drawn = payload & UINT32_MAX >> 1;
	return (payload & UINT32_MAX) >> 31 ? drawn << 32 | drawn : drawn; /* ones << 32 | all */
}

/* The score with ones << 32 | all on the left, 0 for an empty side. */
static double pair_score(const struct ns_splitter *splitter, uint64_t left)
{
	double all = (uint32_t)left, ones = (double)(left >> 32), zeros = all - ones;
	double right = ns_item_drawn(splitter->all) - all, right_ones = splitter->total[1] - ones, right_zeros = splitter->total[0] - zeros;
	return (all > 0 ? (ones * ones + zeros * zeros) / all : 0) + (right > 0 ? (right_ones * right_ones + right_zeros * right_zeros) / right : 0);
}

static bool is_allowed(const struct ns_splitter *splitter, uint32_t left)
{
	uint32_t right = ns_item_drawn(splitter->all) - left, least = splitter->rules->min_samples_leaf;
	return left > 0 && right > 0 && left >= least && right >= least && left >= splitter->min_weight_leaf && right >= splitter->min_weight_leaf;
}

/* No threshold inside the bucket, nor one at its ends, scores more. */
static double bound_of(const struct ns_splitter *splitter, uint64_t left, uint64_t bucket)
{
	uint64_t ones = (bucket >> 32) * (UINT64_C(1) << 32 | 1), zeros = bucket - ones;
	double ends = fmax(pair_score(splitter, left), pair_score(splitter, left + bucket));
	double mixed = fmax(pair_score(splitter, left + zeros), pair_score(splitter, left + ones));
	return fmax(ends, mixed) * (1 + 1e-12); /* but for rounding */
}

/* Marks the buckets to be tried one by one; returns whether there are any. */
static bool mark_buckets(struct scan *scan, uint32_t count)
{
	const struct ns_splitter *splitter = scan->splitter;
	const uint64_t *buckets = splitter->histogram;
	double limit = scan->least;
	uint64_t left = 0;
	bool any = false;
	for (uint32_t b = 0; b < count; left += buckets[b++])
		if (buckets[b] && is_allowed(splitter, (uint32_t)left))
			limit = fmax(limit, pair_score(splitter, left));
	left = 0;
	for (uint32_t b = 0; b < count; left += buckets[b++])
		any |= splitter->marks[b] = buckets[b] && bound_of(splitter, left, buckets[b]) >= limit;
	return any;
}

/* The values present on both sides of a split that was made between buckets. */
static void settle(struct ns_split *split, const uint64_t *keys, size_t count)
{
	uint32_t low = 0, high = UINT32_MAX;
	for (size_t i = 0; i < count; i++) {
		uint32_t code = (uint32_t)(keys[i] >> 32);
		low = code <= split->low && code > low ? code : low;
		high = code > split->low && code < high ? code : high;
	}
	split->low = low;
	split->high = high;
}

/* Where the buckets begin and how wide they are: 2^shift codes. */
struct buckets {
	uint32_t low, count;
	int shift;
};

/* Tries the thresholds between buckets and, from their sorted keys, those inside of marked ones. */
static void scan_buckets(struct scan *scan, const struct buckets *buckets, const uint64_t *sorted)
{
	const struct ns_splitter *splitter = scan->splitter;
	uint32_t all = ns_item_drawn(splitter->all);
	for (uint32_t b = 0; b < buckets->count; b++) {
		uint64_t inside = splitter->histogram[b];
		if (!inside)
			continue;
		if (scan->left > 0 && scan->left < all)
			consider(scan, PAIR, buckets->low + (b << buckets->shift) - 1, UINT32_MAX);
		if (!splitter->marks[b]) {
			scan->left += (uint32_t)inside;
			scan->ones += inside >> 32;
			continue;
		}
		uint64_t end = scan->left + (uint32_t)inside;
		for (uint32_t last = (uint32_t)(*sorted >> 32); scan->left < end; sorted++) {
			if (*sorted >> 32 != last)
				consider(scan, PAIR, last, UINT32_MAX);
			last = (uint32_t)(*sorted >> 32);
			move(scan, PAIR, (uint32_t)*sorted >> 31, *sorted & UINT32_MAX >> 1);
		}
	}
}

static bool search_buckets(struct scan *scan, const struct ns_item *items, size_t count)
{
	struct ns_splitter *splitter = scan->splitter;
	uint64_t *keys = splitter->keys, *marked = splitter->spare, *histogram = splitter->histogram;
	struct buckets buckets = {0};
	uint32_t range = make_keys(keys, &buckets.low, PAIR, ns_bins_codes(splitter->bins, scan->feature, count), items, count);
	if (range == 0)
		return false;
	while (range >> buckets.shift >= BUCKETS || range >> buckets.shift > count / 8)
		buckets.shift++;
	buckets.count = (range >> buckets.shift) + 1;
	memset(histogram, 0, buckets.count * sizeof *histogram);
	for (size_t i = 0; i < count; i++)
		histogram[((uint32_t)(keys[i] >> 32) - buckets.low) >> buckets.shift] += pack(keys[i]);
	if (mark_buckets(scan, buckets.count)) {
		size_t size = 0;
		for (size_t i = 0; i < count; i++) {
			marked[size] = keys[i];
			size += splitter->marks[((uint32_t)(keys[i] >> 32) - buckets.low) >> buckets.shift];
		}
		marked = ns_radix_sort(marked, splitter->sorted, size, buckets.low, range);
	}
	scan_buckets(scan, &buckets, marked);
	if (scan->best->feature != UINT32_MAX)
		settle(scan->best, keys, count);
	return true;
}

bool ns_splitter_search(struct ns_split *found, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items, size_t count, double least)
{
	const struct ns_bins_column *column = &splitter->bins->columns[feature];
	if (column->count == 1)
		return false;
	struct scan scan;
	start_scan(&scan, splitter, found, feature, least);
	uint64_t slots = (uint64_t)column->count * splitter->bins->classes;
	if (slots <= 2 * count + 16 && slots <= HISTOGRAM_SLOTS)
		return search_histogram(&scan, items, count);
	switch (splitter->mode) {
	case PAIR:
		return count < BUCKETED ? search_sorted(&scan, PAIR, items, count) : search_buckets(&scan, items, count);
	case SQUARES:
		return search_sorted(&scan, SQUARES, items, count);
	default:
		return search_sorted(&scan, GENERAL, items, count);
	}
}
