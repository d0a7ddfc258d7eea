#include "learn/bins.h"

#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum { CHUNK = 16384, ROWS = 512, LINE = 64, DENSE = 24, DIGIT = 11, BUCKETS = 1 << DIGIT, FEW = 256, SLOTS = 1024 };

/* The bits of a double as an integer that orders as the numbers do; -0 becomes 0 first. */
static uint64_t ordered(double value)
{
	uint64_t bits;
	value += 0.0;
	memcpy(&bits, &value, sizeof bits);
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double from_ordered(uint64_t key)
{
	uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint64_t mix(uint64_t h)
{
	h *= UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 29;
}

struct pair {
	uint64_t key;
	uint32_t row;
};

/* Sorts by key, stable, least significant digit first; passes in which all keys agree are left out. */
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

struct hashing {
	const struct ns_training *training;
	struct pair *pairs;
};

static void hash_chunk(void *context, size_t chunk, int worker)
{
	(void)worker;
	const struct hashing *work = context;
	const struct ns_training *training = work->training;
	size_t start = chunk * CHUNK, end = training->rows - start < CHUNK ? training->rows : start + CHUNK;
	for (size_t row = start; row < end; row++)
		work->pairs[row] = (struct pair){mix(training->y[row] + UINT64_C(1)), (uint32_t)row};
	for (size_t f = 0; f < training->features; f++)
		for (size_t row = start; row < end; row++)
			work->pairs[row].key = mix(work->pairs[row].key ^ ordered(training->x[f][row]));
}

/* Order of two rows by class, then by values; 0 where they are equal. */
static int compare_rows(const void *a, const void *b, void *context)
{
	const struct ns_training *training = context;
	size_t left = ((const struct pair *)a)->row, right = ((const struct pair *)b)->row;
	if (training->y[left] != training->y[right])
		return training->y[left] < training->y[right] ? -1 : 1;
	for (size_t f = 0; f < training->features; f++)
		if (training->x[f][left] != training->x[f][right])
			return training->x[f][left] < training->x[f][right] ? -1 : 1;
	return 0;
}

/* Rows of one hash are nearly always equal; where they are not, their contents decide. Notes where each entry begins. */
static void split_run(struct ns_bins *bins, uint32_t *sample, struct pair *run, size_t start, size_t size, const struct ns_training *training)
{
	bool same = true;
	for (size_t i = 1; i < size && same; i++)
		same = compare_rows(&run[i - 1], &run[i], (void *)training) == 0;
	if (!same)
		qsort_r(run, size, sizeof *run, compare_rows, (void *)training);
	for (size_t i = 0; i < size; i++)
		if (i == 0 || (!same && compare_rows(&run[i - 1], &run[i], (void *)training) != 0)) {
			sample[bins->entries] = run[i].row;
			bins->y[bins->entries] = training->y[run[i].row];
			bins->first[bins->entries++] = (uint32_t)(start + i);
		}
}

/* Puts the rows in canonical order and merges equal ones; sample[entry] = one of its rows. */
static void merge_rows(struct ns_bins *bins, uint32_t *sample, const struct ns_training *training)
{
	struct pair *pairs = ns_malloc_array(training->rows, sizeof *pairs), *scratch = ns_malloc_array(training->rows, sizeof *scratch);
	struct hashing work = {training, pairs};
	ns_parallel(training->threads, (training->rows + CHUNK - 1) / CHUNK, hash_chunk, &work);
	sort_pairs(pairs, scratch, training->rows);
	for (size_t start = 0, end; start < training->rows; start = end) {
		for (end = start + 1; end < training->rows && pairs[end].key == pairs[start].key;)
			end++;
		split_run(bins, sample, pairs + start, start, end - start, training);
	}
	bins->first[bins->entries] = (uint32_t)training->rows;
	free(scratch);
	free(pairs);
}

struct coding {
	struct ns_bins *bins;
	const uint32_t *sample;
	const struct ns_training *training;
	struct pair **scratch; /* per worker: two halves of entries each */
};

static void set_code(void *codes, uint8_t width, size_t entry, uint32_t code)
{
	if (width == 1)
		((uint8_t *)codes)[entry] = (uint8_t)code;
	else if (width == 2)
		((uint16_t *)codes)[entry] = (uint16_t)code;
	else
		((uint32_t *)codes)[entry] = code;
}

/* Up to FEW distinct values in a small open hash table: key, and once known its rank. */
struct few {
	uint64_t keys[SLOTS];
	uint16_t used[SLOTS]; /* 0: free, else rank + 1 */
	uint64_t distinct[FEW];
	uint32_t count;
};

static size_t slot_of(const struct few *few, uint64_t key)
{
	size_t slot = mix(key) >> 54;
	while (few->used[slot] && few->keys[slot] != key)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static bool collect_few(struct few *few, const double *x, const uint32_t *sample, size_t entries)
{
	memset(few, 0, sizeof *few);
	for (size_t e = 0; e < entries; e++) {
		uint64_t key = ordered(x[sample[e]]);
		size_t slot = slot_of(few, key);
		if (few->used[slot])
			continue;
		if (few->count == FEW)
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

static void code_few(struct ns_bins_column *column, struct few *few, const double *x, const uint32_t *sample, size_t entries)
{
	qsort(few->distinct, few->count, sizeof *few->distinct, compare_keys);
	double *values = ns_malloc_array(few->count, sizeof *values);
	for (uint32_t rank = 0; rank < few->count; rank++) {
		values[rank] = from_ordered(few->distinct[rank]);
		few->used[slot_of(few, few->distinct[rank])] = (uint16_t)(rank + 1);
	}
	uint8_t *codes = ns_malloc_array(entries, 1);
	*column = (struct ns_bins_column){.values = values, .count = few->count, .width = 1, .codes = codes};
	for (size_t e = 0; e < entries; e++)
		codes[e] = (uint8_t)(few->used[slot_of(few, ordered(x[sample[e]]))] - 1);
}

static void code_many(struct ns_bins_column *column, struct pair *pairs, const double *x, const uint32_t *sample, size_t entries)
{
	for (size_t e = 0; e < entries; e++)
		pairs[e] = (struct pair){ordered(x[sample[e]]), (uint32_t)e};
	sort_pairs(pairs, pairs + entries, entries);
	uint32_t count = 1, rank = 0;
	for (size_t i = 1; i < entries; i++)
		count += pairs[i].key != pairs[i - 1].key;
	double *values = ns_malloc_array(count, sizeof *values);
	uint8_t width = count <= 1u << 16 ? 2 : 4;
	void *codes = ns_malloc_array(entries, width);
	*column = (struct ns_bins_column){.values = values, .count = count, .width = width, .codes = codes};
	for (size_t i = 0; i < entries; i++) {
		rank += i > 0 && pairs[i].key != pairs[i - 1].key;
		values[rank] = from_ordered(pairs[i].key);
		set_code(codes, width, pairs[i].row, rank);
	}
}

static void code_column(void *context, size_t feature, int worker)
{
	const struct coding *work = context;
	size_t entries = work->bins->entries;
	const double *x = work->training->x[feature];
	struct ns_bins_column *column = &work->bins->columns[feature];
	struct few few;
	if (collect_few(&few, x, work->sample, entries)) {
		code_few(column, &few, x, work->sample, entries);
		return;
	}
	if (!work->scratch[worker])
		work->scratch[worker] = ns_malloc_array(2 * entries, sizeof **work->scratch);
	code_many(column, work->scratch[worker], x, work->sample, entries);
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
	size_t lines = bins->entries * bins->stride / LINE + 1;
	bins->codes = aligned_alloc(LINE, lines * LINE);
	if (!bins->codes)
		ns_die_of_memory();
}

static void transpose_chunk(void *context, size_t chunk, int worker)
{
	(void)worker;
	const struct coding *work = context;
	const struct ns_bins *bins = work->bins;
	size_t start = chunk * ROWS, end = bins->entries - start < ROWS ? bins->entries : start + ROWS;
	for (size_t f = 0; f < bins->features; f++) {
		uint8_t width = bins->columns[f].width, *to = bins->codes + start * bins->stride + bins->columns[f].offset;
		const uint8_t *from = (const uint8_t *)bins->columns[f].codes + start * width;
		for (size_t e = start; e < end; e++, to += bins->stride, from += width)
			memcpy(to, from, width);
	}
}

/* Ranks of all columns, then row by row. */
static void code_rows(struct ns_bins *bins, const uint32_t *sample, const struct ns_training *training)
{
	struct pair **scratch = ns_malloc_array((size_t)training->threads, sizeof *scratch);
	for (int worker = 0; worker < training->threads; worker++)
		scratch[worker] = NULL;
	struct coding work = {bins, sample, training, scratch};
	ns_parallel(training->threads, training->features, code_column, &work);
	for (int worker = 0; worker < training->threads; worker++)
		free(scratch[worker]);
	lay_out(bins);
	ns_parallel(training->threads, (bins->entries + ROWS - 1) / ROWS, transpose_chunk, &work);
	free(scratch);
}

void ns_bins_init(struct ns_bins *bins, const struct ns_training *training)
{
	*bins = (struct ns_bins){.rows = training->rows, .features = training->features, .classes = training->classes};
	bins->y = ns_malloc_array(training->rows, sizeof *bins->y);
	bins->first = ns_malloc_array(training->rows + 1, sizeof *bins->first);
	bins->columns = ns_malloc_array(training->features, sizeof *bins->columns);
	uint32_t *sample = ns_malloc_array(training->rows, sizeof *sample);
	merge_rows(bins, sample, training);
	code_rows(bins, sample, training);
	free(sample);
}

void ns_bins_release(struct ns_bins *bins)
{
	for (size_t f = 0; f < bins->features; f++) {
		free((void *)bins->columns[f].values);
		free((void *)bins->columns[f].codes);
	}
	free(bins->codes);
	free(bins->columns);
	free(bins->first);
	free(bins->y);
	*bins = (struct ns_bins){0};
}

struct ns_codes ns_bins_codes(const struct ns_bins *bins, uint32_t feature, size_t count)
{
	const struct ns_bins_column *column = &bins->columns[feature];
	if (count > bins->entries / DENSE)
		return (struct ns_codes){column->codes, column->width, column->width};
	return (struct ns_codes){bins->codes + column->offset, bins->stride, column->width};
}

double ns_bins_threshold(const struct ns_bins_column *column, uint32_t low, uint32_t high)
{
	double a = column->values[low], b = column->values[high], middle = a / 2 + b / 2;
	return middle >= a && middle < b ? middle : a; /* neighbouring doubles have no middle */
}
