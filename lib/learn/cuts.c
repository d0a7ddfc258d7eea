#include "learn/cuts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "learn/radix.h"

/*
 * COARSE: sign and exponent, each with a power of two of buckets, TARGET in all but for rounding up; SAMPLE values lay them out, CENTRES of
 * them say around which value: exponents are fine near zero. A bucket with one row in HEAVY may be one value, and is looked at first.
 */
enum { COARSE = 4096, FRACTION = 52, TARGET = 16384, SAMPLE = 4096, CENTRES = 65, HEAVY = 64, MISSING = UINT16_MAX, BUCKETS = MISSING };

uint64_t ns_ordered(double value)
{
	uint64_t bits;
	value += 0.0;
	memcpy(&bits, &value, sizeof bits);
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

double ns_from_ordered(uint64_t key)
{
	uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

struct bucket {
	uint32_t rows;
	uint32_t at;        /* wanted: where its values begin among the collected ones; then, where the next one goes */
	uint16_t code;      /* cuts before it */
	bool ends, wanted;  /* a group ends in it; its values are collected */
	bool single;        /* all its rows have the value `only` */
	uint64_t only;
};

struct work {
	const double *x;
	size_t rows, present;
	uint32_t max_bins;
	double centre;
	struct {
		uint32_t base, shift;
	} coarse[COARSE];
	uint32_t count;         /* of buckets */
	uint16_t *of_row;
	struct bucket *buckets;
	uint32_t *collected;    /* rows */
	uint64_t *keys;         /* their values, bucket by bucket */
	size_t size;
};

static uint64_t key_of(const struct work *work, double value)
{
	return ns_ordered(value - work->centre);
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

/* Which values there are, roughly. False where nearly all are missing. */
static bool lay_out(struct work *work)
{
	double sample[SAMPLE], centres[CENTRES];
	uint32_t size = 0, counts[COARSE] = {0};
	for (size_t i = 0; i < SAMPLE; i++) {
		sample[size] = work->x[i * (work->rows / SAMPLE)];
		size += !isnan(sample[size]);
	}
	if (size < SAMPLE / 16)
		return false;
	for (size_t i = 0; i < CENTRES; i++)
		centres[i] = sample[i * (size - 1) / (CENTRES - 1)];
	qsort(centres, CENTRES, sizeof *centres, compare_doubles);
	work->centre = centres[CENTRES / 2];
	for (size_t i = 0; i < size; i++)
		counts[key_of(work, sample[i]) >> FRACTION]++;
	work->count = 0;
	for (size_t c = 0; c < COARSE; c++) {
		uint32_t bits = 0, wanted = counts[c] * TARGET / size;
		while (1u << bits < wanted)
			bits++;
		work->coarse[c].base = work->count;
		work->coarse[c].shift = FRACTION - bits;
		work->count += 1u << bits;
	}
	return true;
}

/* Every row's bucket, and how many rows each has. */
static void count_rows(struct work *work)
{
	const uint64_t fraction = (UINT64_C(1) << FRACTION) - 1;
	uint32_t *rows = ns_malloc_array(BUCKETS + 1, sizeof *rows);
	memset(rows, 0, (BUCKETS + 1) * sizeof *rows);
	for (size_t row = 0; row < work->rows; row++) {
		uint64_t key = key_of(work, work->x[row]);
		uint32_t bucket = work->coarse[key >> FRACTION].base + (uint32_t)((key & fraction) >> work->coarse[key >> FRACTION].shift);
		bucket = isnan(work->x[row]) ? MISSING : bucket;
		work->of_row[row] = (uint16_t)bucket;
		rows[bucket]++;
	}
	work->present = work->rows - rows[MISSING];
	for (uint32_t b = 0; b < work->count; b++)
		work->buckets[b] = (struct bucket){.rows = rows[b]};
	free(rows);
}

/* The next bucket with rows from b on, in the direction of step; NULL where there is none. */
static struct bucket *next_filled(const struct work *work, uint32_t b, int step)
{
	while (b < work->count && work->buckets[b].rows == 0)
		b += (uint32_t)step;
	return b < work->count ? &work->buckets[b] : NULL;
}

/* Wants the buckets in which groups end, their neighbours, in which the groups before and behind may end and begin, and the first one. */
static void mark(struct work *work)
{
	size_t group = 0, end = 0;
	struct bucket *first = next_filled(work, 0, 1);
	first->wanted = true;
	for (uint32_t b = 0; b < work->count; b++) {
		struct bucket *before = NULL, *behind = NULL;
		end += work->buckets[b].rows;
		if (group == work->max_bins || ns_group_end(work->present, work->max_bins, group) > end)
			continue;
		while (group < work->max_bins && ns_group_end(work->present, work->max_bins, group) <= end)
			group++;
		work->buckets[b].ends = work->buckets[b].wanted = true;
		before = next_filled(work, b - 1, -1);
		behind = next_filled(work, b + 1, 1);
		if (before)
			before->wanted = true;
		if (behind)
			behind->wanted = true;
	}
}

/* Large buckets are mostly one value, that very many rows have: then there is nothing to collect. */
static void find_singles(struct work *work)
{
	bool any = false;
	for (uint32_t b = 0; b < work->count; b++) {
		struct bucket *bucket = &work->buckets[b];
		bucket->single = bucket->wanted && bucket->rows > work->present / HEAVY;
		any |= bucket->single;
	}
	for (size_t row = 0; any && row < work->rows; row++) {
		struct bucket *bucket = &work->buckets[work->of_row[row]];
		if (work->of_row[row] == MISSING || !bucket->single)
			continue;
		uint64_t key = ns_ordered(work->x[row]);
		bucket->only = bucket->only ? bucket->only : key; /* no number's key is 0 */
		bucket->single = bucket->only == key;
	}
}

/* The values of wanted buckets. False where they are too many. */
static bool collect(struct work *work)
{
	bool *wanted = ns_malloc_array(BUCKETS + 1, sizeof *wanted);
	memset(wanted, 0, BUCKETS + 1);
	work->size = 0;
	for (uint32_t b = 0; b < work->count; b++) {
		struct bucket *bucket = &work->buckets[b];
		wanted[b] = bucket->wanted && !bucket->single;
		bucket->at = (uint32_t)work->size;
		work->size += wanted[b] ? bucket->rows : 0;
	}
	bool few = work->size <= work->rows / 4;
	if (few) {
		size_t found = 0;
		work->collected = ns_malloc_array(work->size + 1, sizeof *work->collected);
		work->keys = ns_malloc_array(work->size, sizeof *work->keys);
		for (size_t row = 0; row < work->rows; row++) {
			work->collected[found] = (uint32_t)row;
			found += wanted[work->of_row[row]];
		}
		for (size_t i = 0; i < work->size; i++)
			work->keys[work->buckets[work->of_row[work->collected[i]]].at++] = ns_ordered(work->x[work->collected[i]]);
	}
	free(wanted);
	return few;
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return (left > right) - (left < right);
}

static void sort_keys(uint64_t *keys, size_t count)
{
	if (count > 128)
		qsort(keys, count, sizeof *keys, compare_keys);
	else
		ns_sort_few(keys, count);
}

/* The least or greatest value of a wanted bucket. */
static double extreme(const struct work *work, const struct bucket *bucket, bool greatest)
{
	if (bucket->single)
		return ns_from_ordered(bucket->only);
	uint64_t found = work->keys[bucket->at - bucket->rows];
	for (uint32_t i = bucket->at - bucket->rows; i < bucket->at; i++)
		found = (work->keys[i] > found) == greatest ? work->keys[i] : found;
	return ns_from_ordered(found);
}

/* Ends a group behind the value `highest`; the next one begins at `lowest`. */
static void end_group(struct ns_cuts *cuts, double highest, double lowest)
{
	cuts->highest[cuts->count++] = highest;
	cuts->lowest[cuts->count] = lowest;
}

/* The groups that end in a bucket before which there are `start` rows; group: the next one of equal size. */
static size_t cut_bucket(struct ns_cuts *cuts, struct work *work, uint32_t b, size_t start, size_t group)
{
	struct bucket *bucket = &work->buckets[b];
	size_t size = bucket->single ? 1 : bucket->rows;
	uint64_t *keys = bucket->single ? &bucket->only : work->keys + bucket->at - bucket->rows;
	sort_keys(keys, size);
	for (size_t i = 0, next; i < size; i = next) {
		for (next = i + 1; next < size && keys[next] == keys[i];)
			next++;
		size_t end = start + (bucket->single ? bucket->rows : next), held = 0;
		for (; group < work->max_bins && ns_group_end(work->present, work->max_bins, group) <= end; group++)
			held++;
		double value = ns_from_ordered(keys[i]);
		if (held > 1 && start + i > 0 && cuts->lowest[cuts->count] != value)
			end_group(cuts, i > 0 ? ns_from_ordered(keys[i - 1]) : extreme(work, next_filled(work, b - 1, -1), true), value);
		if (held == 0)
			continue;
		const struct bucket *behind = next < size ? NULL : next_filled(work, b + 1, 1);
		end_group(cuts, value, next < size ? ns_from_ordered(keys[next]) : behind ? extreme(work, behind, false) : 0);
	}
	return group;
}

static void cut(struct ns_cuts *cuts, struct work *work)
{
	size_t start = 0, group = 0;
	cuts->count = 0;
	cuts->lowest[0] = extreme(work, next_filled(work, 0, 1), false);
	cuts->missing = work->present < work->rows;
	for (uint32_t b = 0; b < work->count; start += work->buckets[b++].rows) {
		work->buckets[b].code = (uint16_t)cuts->count;
		if (work->buckets[b].ends)
			group = cut_bucket(cuts, work, b, start, group);
	}
}

/* The code of a value that is at least `from`. */
static uint8_t code_of(const struct ns_cuts *cuts, double value, uint32_t from)
{
	while (value > cuts->highest[from])
		from++;
	return (uint8_t)from;
}

/* By bucket; where groups end inside of one, by value. */
static void code_rows(uint8_t *codes, const struct ns_cuts *cuts, const struct work *work)
{
	uint8_t *of_bucket = ns_malloc_array(BUCKETS + 1, sizeof *of_bucket);
	for (uint32_t b = 0; b < work->count; b++) {
		const struct bucket *bucket = &work->buckets[b];
		of_bucket[b] = bucket->single ? code_of(cuts, ns_from_ordered(bucket->only), bucket->code) : (uint8_t)bucket->code;
	}
	of_bucket[MISSING] = (uint8_t)cuts->count;
	for (size_t row = 0; row < work->rows; row++)
		codes[row] = of_bucket[work->of_row[row]];
	for (size_t i = 0; i < work->size; i++) {
		uint32_t row = work->collected[i];
		const struct bucket *bucket = &work->buckets[work->of_row[row]];
		if (bucket->ends)
			codes[row] = code_of(cuts, work->x[row], bucket->code);
	}
	free(of_bucket);
}

bool ns_cuts_find(uint8_t *codes, struct ns_cuts *cuts, const double *x, size_t rows, uint32_t max_bins)
{
	struct work *work = ns_malloc_array(1, sizeof *work);
	*work = (struct work){.x = x, .rows = rows, .max_bins = max_bins};
	work->of_row = ns_malloc_array(rows, sizeof *work->of_row);
	work->buckets = ns_malloc_array(BUCKETS, sizeof *work->buckets);
	bool found = rows >= SAMPLE && lay_out(work);
	if (found) {
		count_rows(work);
		mark(work);
		find_singles(work);
		found = collect(work);
	}
	if (found) {
		cut(cuts, work);
		code_rows(codes, cuts, work);
	}
	free(work->keys);
	free(work->collected);
	free(work->buckets);
	free(work->of_row);
	free(work);
	return found;
}
