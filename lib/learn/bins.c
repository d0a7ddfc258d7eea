#include "learn/bins.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "learn/coding.h"
#include "learn/radix.h"

/* ALWAYS: sets of so many rows are merged unasked; else a hash in SAMPLED is looked at first. */
enum { ROWS = 512, LINE = 64, DENSE = 24, WORD = 8, ALWAYS = 32768, SAMPLED = 64 };

struct making {
	struct ns_bins *bins;
	const struct ns_training *training;
	uint32_t max_bins;
	uint64_t *keys;         /* of each row: hash << 32 | row */
	const uint32_t *sample; /* a row of each entry */
};

static void code_column(void *context, size_t feature, int worker)
{
	(void)worker;
	const struct making *work = context;
	const struct ns_training *training = work->training;
	ns_column_code(&work->bins->columns[feature], training->x[feature], training->rows, training->missing, work->max_bins);
}

/* Where each column's codes stand in a row: wide ones first, so that all are aligned; a row of up to 64 bytes never crosses a cache line. */
static void lay_out(struct ns_bins *bins)
{
	size_t size = 0, unit = 4;
	for (uint8_t width = 4; width; width /= 2)
		for (size_t f = 0; f < bins->features; f++)
			if (bins->columns[f].width == width) {
				bins->columns[f].offset = size;
				size += width;
			}
	while (unit < size && unit < LINE)
		unit *= 2;
	bins->stride = (size + unit - 1) / unit * unit;
}

/* The codes of entries start ... end - 1, row by row. */
static void transpose(uint8_t *restrict rows, const struct ns_bins *bins, size_t start, size_t end)
{
	memset(rows, 0, (end - start) * bins->stride);
	for (size_t f = 0; f < bins->features; f++) {
		uint8_t width = bins->columns[f].width, *to = rows + bins->columns[f].offset;
		const uint8_t *from = (const uint8_t *)bins->columns[f].codes + start * width;
		for (size_t e = start; e < end; e++, to += bins->stride, from += width)
			memcpy(to, from, width);
	}
}

static uint32_t hash_row(const struct ns_bins *bins, const uint8_t *codes, size_t row)
{
	uint64_t h = ns_mix(bins->y[row] + UINT64_C(1)), word;
	if (bins->weight) {
		memcpy(&word, &bins->weight[row], sizeof word);
		h = ns_mix(h ^ word);
	}
	for (size_t at = 0; at < bins->stride; at += WORD) {
		word = 0;
		memcpy(&word, codes + at, bins->stride - at < WORD ? bins->stride - at : WORD);
		h = ns_mix(h ^ word);
	}
	return (uint32_t)(h >> 32);
}

static size_t chunks_of(size_t rows)
{
	return (rows + ROWS - 1) / ROWS;
}

static size_t chunk_end(size_t chunk, size_t rows)
{
	return rows - chunk * ROWS < ROWS ? rows : (chunk + 1) * ROWS;
}

static void hash_chunk(void *context, size_t chunk, int worker)
{
	(void)worker;
	const struct making *work = context;
	const struct ns_bins *bins = work->bins;
	size_t start = chunk * ROWS, end = chunk_end(chunk, bins->entries);
	uint8_t *rows = ns_malloc_array(end - start, bins->stride);
	transpose(rows, bins, start, end);
	for (size_t row = start; row < end; row++)
		work->keys[row] = (uint64_t)hash_row(bins, rows + (row - start) * bins->stride, row) << 32 | row;
	free(rows);
}

/* hash << 32 | entry of each entry. */
static uint64_t *hash_entries(const struct ns_bins *bins, int threads)
{
	struct making work = {.bins = (struct ns_bins *)bins, .keys = ns_malloc_array(bins->entries, sizeof *work.keys)};
	ns_parallel(threads, chunks_of(bins->entries), hash_chunk, &work);
	return work.keys;
}

static struct ns_codes column_codes(const struct ns_bins_column *column)
{
	return (struct ns_codes){column->codes, column->width, column->width};
}

/* Order of two entries by class, weight, codes; 0 where they are equal. */
static int compare_entries(const struct ns_bins *bins, uint32_t a, uint32_t b)
{
	if (bins->y[a] != bins->y[b])
		return bins->y[a] < bins->y[b] ? -1 : 1;
	if (bins->weight && bins->weight[a] != bins->weight[b])
		return bins->weight[a] < bins->weight[b] ? -1 : 1;
	for (size_t f = 0; f < bins->features; f++) {
		uint32_t left = ns_code(column_codes(&bins->columns[f]), a), right = ns_code(column_codes(&bins->columns[f]), b);
		if (left != right)
			return left < right ? -1 : 1;
	}
	return 0;
}

static int compare_keys(const void *a, const void *b, void *bins)
{
	return compare_entries(bins, (uint32_t)*(const uint64_t *)a, (uint32_t)*(const uint64_t *)b);
}

/* Entries of one hash are nearly always equal; where they are not, their contents decide the order. Returns whether they are equal. */
static bool settle_run(uint64_t *run, size_t size, const struct ns_bins *bins)
{
	for (size_t i = 1; i < size; i++)
		if (compare_keys(&run[0], &run[i], (void *)bins) != 0) {
			qsort_r(run, size, sizeof *run, compare_keys, (void *)bins);
			return false;
		}
	return true;
}

static size_t run_end(const uint64_t *keys, size_t start, size_t count)
{
	size_t end = start + 1;
	while (end < count && keys[end] >> 32 == keys[start] >> 32)
		end++;
	return end;
}

/* Merges the keys' rows: sample[e] = a row of entry e, copies[e] = how many. */
static void merge_keys(struct ns_bins *bins, uint32_t *sample, uint64_t *keys)
{
	size_t entries = 0;
	for (size_t start = 0, end; start < bins->rows; start = end) {
		end = run_end(keys, start, bins->rows);
		bool same = settle_run(keys + start, end - start, bins);
		for (size_t i = start; i < end; i++) {
			if (i == start || (!same && compare_keys(&keys[i - 1], &keys[i], bins) != 0)) {
				sample[entries] = (uint32_t)keys[i];
				bins->copies[entries++] = 0;
			}
			bins->copies[entries - 1]++;
		}
	}
	bins->entries = entries;
}

static void gather_column(void *context, size_t feature, int worker)
{
	(void)worker;
	const struct making *work = context;
	struct ns_bins_column *column = &work->bins->columns[feature];
	size_t entries = work->bins->entries, width = column->width;
	uint8_t *codes = ns_malloc_array(entries, width);
	for (size_t e = 0; e < entries; e++)
		memcpy(codes + e * width, (const uint8_t *)column->codes + work->sample[e] * width, width);
	free((void *)column->codes);
	column->codes = codes;
}

/* Keeps one row for each entry. */
static void gather(struct ns_bins *bins, const uint32_t *sample, int threads)
{
	struct making work = {.bins = bins, .sample = sample};
	ns_parallel(threads, bins->features, gather_column, &work);
	uint32_t *y = ns_malloc_array(bins->entries, sizeof *y);
	double *weight = bins->weight ? ns_malloc_array(bins->entries, sizeof *weight) : NULL;
	for (size_t e = 0; e < bins->entries; e++) {
		y[e] = bins->y[sample[e]];
		if (weight)
			weight[e] = bins->weight[sample[e]];
	}
	free(bins->y);
	free(bins->weight);
	bins->y = y;
	bins->weight = weight;
}

/* Whether one row in ten or more is another's copy, by the rows of some hashes. */
static bool is_worth_merging(const uint64_t *keys, size_t rows)
{
	size_t sampled = 0, again = 0;
	if (rows <= ALWAYS)
		return true;
	uint64_t *some = ns_malloc_array(rows, sizeof *some);
	for (size_t row = 0; row < rows; row++) {
		some[sampled] = keys[row];
		sampled += (keys[row] >> 32) % SAMPLED == 0;
	}
	if (sampled) {
		uint64_t *spare = ns_malloc_array(sampled, sizeof *spare), *sorted = ns_radix_sort(some, spare, sampled, 0, UINT32_MAX);
		for (size_t i = 1; i < sampled; i++)
			again += sorted[i] >> 32 == sorted[i - 1] >> 32;
		free(spare);
	}
	free(some);
	return again >= sampled / 10;
}

static void merge_rows(struct ns_bins *bins, int threads)
{
	uint64_t *keys = hash_entries(bins, threads);
	if (is_worth_merging(keys, bins->rows)) {
		uint64_t *spare = ns_malloc_array(bins->rows, sizeof *spare), *sorted = ns_radix_sort(keys, spare, bins->rows, 0, UINT32_MAX);
		uint32_t *sample = ns_malloc_array(bins->rows, sizeof *sample);
		bins->copies = ns_malloc_array(bins->rows, sizeof *bins->copies);
		merge_keys(bins, sample, sorted);
		free(spare);
		gather(bins, sample, threads);
		free(sample);
	}
	free(keys);
}

static void transpose_chunk(void *context, size_t chunk, int worker)
{
	(void)worker;
	const struct making *work = context;
	const struct ns_bins *bins = work->bins;
	transpose(bins->codes + chunk * ROWS * bins->stride, bins, chunk * ROWS, chunk_end(chunk, bins->entries));
}

void ns_bins_init_columns(struct ns_bins *bins, const struct ns_training *training, uint32_t max_bins)
{
	*bins = (struct ns_bins){.rows = training->rows, .entries = training->rows, .features = training->features, .classes = training->classes};
	bins->columns = ns_malloc_array(training->features, sizeof *bins->columns);
	bins->y = ns_malloc_array(training->rows, sizeof *bins->y);
	memcpy(bins->y, training->y, training->rows * sizeof *bins->y);
	if (training->weight) {
		bins->weight = ns_malloc_array(training->rows, sizeof *bins->weight);
		memcpy(bins->weight, training->weight, training->rows * sizeof *bins->weight);
	}
	struct making work = {.bins = bins, .training = training, .max_bins = max_bins};
	ns_parallel(training->threads, training->features, code_column, &work);
	lay_out(bins);
	merge_rows(bins, training->threads);
}

void ns_bins_init(struct ns_bins *bins, const struct ns_training *training, uint32_t max_bins)
{
	ns_bins_init_columns(bins, training, max_bins);
	struct making work = {.bins = bins};
	size_t lines = bins->entries * bins->stride / LINE + 1;
	bins->codes = aligned_alloc(LINE, lines * LINE);
	if (!bins->codes)
		ns_die_of_memory();
	ns_parallel(training->threads, chunks_of(bins->entries), transpose_chunk, &work);
}

void ns_bins_release(struct ns_bins *bins)
{
	for (size_t f = 0; f < bins->features; f++)
		ns_column_release(&bins->columns[f]);
	free(bins->codes);
	free(bins->columns);
	free(bins->copies);
	free(bins->weight);
	free(bins->y);
	*bins = (struct ns_bins){0};
}

uint32_t *ns_bins_canonical(const struct ns_bins *bins, int threads)
{
	uint32_t *canonical = ns_malloc_array(bins->rows, sizeof *canonical);
	uint64_t *keys = hash_entries(bins, threads), *spare = ns_malloc_array(bins->entries, sizeof *spare);
	const uint64_t *sorted = ns_radix_sort(keys, spare, bins->entries, 0, UINT32_MAX);
	size_t row = 0;
	for (size_t start = 0, end; start < bins->entries; start = end) {
		end = run_end(sorted, start, bins->entries);
		settle_run((uint64_t *)sorted + start, end - start, bins);
		for (size_t i = start; i < end; i++)
			for (uint32_t copy = ns_bins_copies(bins, (uint32_t)sorted[i]); copy > 0; copy--)
				canonical[row++] = (uint32_t)sorted[i];
	}
	free(spare);
	free(keys);
	return canonical;
}

struct ns_codes ns_bins_codes(const struct ns_bins *bins, uint32_t feature, size_t count)
{
	const struct ns_bins_column *column = &bins->columns[feature];
	if (!bins->codes || count > bins->entries / DENSE)
		return column_codes(column);
	return (struct ns_codes){bins->codes + column->offset, bins->stride, column->width};
}

double ns_bins_threshold(const struct ns_bins_column *column, uint32_t low, uint32_t high)
{
	if (column->lowest != column->highest) {
		low += (high - low - 1) / 2;
		high = low + 1;
	}
	double a = column->highest[low], b = column->lowest[high], middle = a / 2 + b / 2;
	return middle >= a && middle < b ? middle : a; /* neighbouring doubles have no middle */
}
