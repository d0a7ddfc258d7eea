#include <math.h>

#include "learn/radix.h"
#include "learn/scan.h"

enum { BUCKETED = 64 };

/* A key: code << 32 | what the scan needs of the item: PAIR class << 31 | drawn rows, else its position. */
static inline uint64_t key_of(enum mode mode, uint32_t code, struct ns_item item, size_t i)
{
	return (uint64_t)code << 32 | (mode == PAIR ? ns_item_class(item) << 31 | ns_item_drawn(item) : (uint32_t)i);
}

static inline uint64_t pair_of_key(uint64_t key)
{
	return (key & UINT32_MAX >> 1) << ((key >> 31 & 1) << 5);
}

/* Writes the keys; returns the span of their codes. */
static inline uint32_t make_keys(uint64_t *restrict keys, uint32_t *lowest, enum mode mode, struct ns_codes codes, const struct ns_item *items, size_t count)
{
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_code(codes, items[i].entry);
		low = code < low ? code : low;
		high = code > high ? code : high;
		keys[i] = key_of(mode, code, items[i], i);
	}
	*lowest = low;
	return high - low;
}

static inline void move_key(struct scan *scan, enum mode mode, uint64_t key, const struct ns_item *items)
{
	if (mode == PAIR) {
		scan->both += pair_of_key(key);
		return;
	}
	const struct ns_splitter *splitter = scan->splitter;
	struct ns_item item = items[(uint32_t)key];
	move(scan, mode, ns_item_class(item), ns_item_mass(splitter->sample, item));
	scan->rows += splitter->rows_matter ? ns_item_rows(splitter->sample, item) : 0;
}

/* Keys from `present` on are of missing values. */
static inline void scan_keys(struct scan *scan, enum mode mode, const uint64_t *keys, const struct ns_item *items, size_t present, size_t count)
{
	restart(scan, mode, scan->missing_left);
	if (scan->missing_left)
		for (size_t i = present; i < count; i++)
			move_key(scan, mode, keys[i], items);
	for (size_t i = 0; i < present; i++) {
		if (i > 0 && keys[i] >> 32 != keys[i - 1] >> 32)
			consider(scan, mode, (uint32_t)(keys[i - 1] >> 32), (uint32_t)(keys[i] >> 32));
		move_key(scan, mode, keys[i], items);
	}
	if (!scan->missing_left && 0 < present && present < count)
		consider(scan, mode, (uint32_t)(keys[present - 1] >> 32), (uint32_t)(keys[present] >> 32));
}

static inline bool search_keys(struct scan *scan, enum mode mode, const struct ns_item *items, size_t count)
{
	const struct ns_bins *bins = scan->splitter->bins;
	uint64_t *keys = scan->splitter->keys;
	uint32_t low, range = make_keys(keys, &low, mode, ns_bins_codes(bins, scan->feature, count), items, count);
	size_t present = count;
	if (range == 0)
		return false;
	keys = ns_radix_sort(keys, scan->splitter->spare, count, low, range);
	while (keys[present - 1] >> 32 == bins->columns[scan->feature].count)
		present--;
	scan->missing = present < count;
	scan_keys(scan, mode, keys, items, present, count);
	scan->missing_left = true;
	if (scan->missing)
		scan_keys(scan, mode, keys, items, present, count);
	return true;
}

/*
 * PAIR in larger nodes: the codes are first counted in buckets. The score is a convex function of the two counts on the left, so over all
 * thresholds inside a bucket it is at most what it is where the bucket's rows of one class are left and those of the
 * other right. Only buckets for which that is as good as the best threshold between buckets are sorted and tried one by one.
 */

/* 0 for an empty side. */
static double score_bound(const struct ns_splitter *splitter, uint64_t left)
{
	uint64_t drawn = pair_drawn(left);
	return drawn > 0 && drawn < splitter->drawn ? score_pair(left, splitter->both) : 0;
}

static bool is_allowed(const struct ns_splitter *splitter, uint64_t left)
{
	uint64_t drawn = pair_drawn(left);
	return drawn >= splitter->least && splitter->drawn - drawn >= splitter->least;
}

/* No threshold inside the bucket, nor one at its ends, scores more. */
static double bound_of(const struct ns_splitter *splitter, uint64_t left, uint64_t bucket)
{
	uint64_t zeros = (uint32_t)bucket, ones = bucket - zeros;
	double ends = fmax(score_bound(splitter, left), score_bound(splitter, left + bucket));
	double mixed = fmax(score_bound(splitter, left + zeros), score_bound(splitter, left + ones));
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
		if (buckets[b] && is_allowed(splitter, left))
			limit = fmax(limit, score_pair(left, splitter->both));
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

static inline uint32_t bucket_of(const struct buckets *buckets, uint64_t key)
{
	return ((uint32_t)(key >> 32) - buckets->low) >> buckets->shift;
}

/* Tries the thresholds between buckets and, from their sorted keys, those inside of marked ones. */
static void scan_buckets(struct scan *scan, const struct buckets *buckets, const uint64_t *sorted, const uint64_t *end)
{
	const struct ns_splitter *splitter = scan->splitter;
	for (uint32_t b = 0; b < buckets->count; b++) {
		uint64_t inside = splitter->histogram[b];
		if (!inside)
			continue;
		if (scan->both)
			consider(scan, PAIR, buckets->low + (b << buckets->shift) - 1, UINT32_MAX);
		if (!splitter->marks[b]) {
			scan->both += inside;
			continue;
		}
		for (uint32_t last = (uint32_t)(*sorted >> 32); sorted < end && bucket_of(buckets, *sorted) == b; sorted++) {
			if (*sorted >> 32 != last)
				consider(scan, PAIR, last, UINT32_MAX);
			last = (uint32_t)(*sorted >> 32);
			scan->both += pair_of_key(*sorted);
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
	while (range >> buckets.shift >= NS_BUCKETS || range >> buckets.shift > count / 8)
		buckets.shift++;
	buckets.count = (range >> buckets.shift) + 1;
	for (size_t i = 0; i < count; i++)
		histogram[bucket_of(&buckets, keys[i])] += pair_of_key(keys[i]);
	size_t size = 0;
	if (mark_buckets(scan, buckets.count)) {
		for (size_t i = 0; i < count; i++) {
			marked[size] = keys[i];
			size += splitter->marks[bucket_of(&buckets, keys[i])];
		}
		marked = ns_radix_sort(marked, splitter->sorted, size, buckets.low, range);
	}
	restart(scan, PAIR, false);
	scan_buckets(scan, &buckets, marked, marked + size);
	memset(histogram, 0, buckets.count * sizeof *histogram);
	if (scan->best->feature != UINT32_MAX)
		settle(scan->best, keys, count);
	return true;
}

bool ns_search_sorted(struct scan *scan, const struct ns_item *items, size_t count)
{
	switch (scan->splitter->mode) {
	case PAIR:
		return count < BUCKETED || scan->splitter->bins->columns[scan->feature].missing ? search_keys(scan, PAIR, items, count) : search_buckets(scan, items, count);
	case SQUARES:
		return search_keys(scan, SQUARES, items, count);
	default:
		return search_keys(scan, GENERAL, items, count);
	}
}
