#include "learn/boost_cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "learn/lanes.h"
#include "learn/radix.h"

enum { BLOCK = 512, LINE = 64, AT_ONCE = 1 << 26, BOTH_WAYS = 1 << 28 };

struct coding {
	struct ns_boost_cells *cells;
	const struct ns_training *training;
	struct ns_cut *cuts;
	uint32_t max_bins;
	struct ns_cutter **cutters; /* per worker */
	uint8_t *columns;           /* of the features first ... first + group - 1 */
	size_t first, group;
};

static void cut_column(void *context, size_t i, int worker)
{
	struct coding *work = context;
	size_t rows = work->training->rows, feature = work->first + i;
	if (!work->cutters[worker])
		work->cutters[worker] = ns_cutter_new(rows);
	ns_cut_column(&work->cuts[feature], work->columns + i * rows, work->cutters[worker], work->training->x[feature], rows, work->max_bins);
}

static void to_rows(void *context, size_t block, int worker)
{
	(void)worker;
	const struct coding *work = context;
	const struct ns_boost_cells *cells = work->cells;
	size_t start = block * BLOCK, end = cells->entries - start < BLOCK ? cells->entries : start + BLOCK;
	for (size_t i = 0; i < work->group; i++) {
		const uint8_t *from = work->columns + i * cells->entries;
		uint8_t *to = cells->codes + work->first + i;
		for (size_t e = start; e < end; e++)
			to[e * cells->stride] = from[e];
	}
}

static void to_columns(void *context, size_t block, int worker)
{
	(void)worker;
	const struct ns_boost_cells *cells = context;
	size_t start = block * BLOCK, end = cells->entries - start < BLOCK ? cells->entries : start + BLOCK;
	for (size_t f = 0; f < cells->features; f++) {
		const uint8_t *from = cells->codes + f;
		uint8_t *to = cells->column_codes + f * cells->entries;
		for (size_t e = start; e < end; e++)
			to[e] = from[e * cells->stride];
	}
}

static uint8_t *lines_of(size_t size)
{
	uint8_t *bytes = aligned_alloc(LINE, (size / LINE + 1) * LINE);
	if (!bytes)
		ns_die_of_memory();
	return bytes;
}

/* A row of up to 64 bytes does not cross a cache line. */
static size_t stride_of(size_t features)
{
	size_t unit = 4;
	while (unit < features && unit < LINE / 2)
		unit *= 2;
	return (features + unit - 1) / unit * unit;
}

/* Cuts columns, some at a time, and stands them in rows. */
static void code_all(struct ns_boost_cells *cells, struct coding *work, int threads)
{
	size_t rows = cells->rows, most = AT_ONCE / rows;
	most = most < (size_t)threads ? (size_t)threads : most;
	most = most > cells->features ? cells->features : most;
	cells->stride = stride_of(cells->features);
	cells->codes = lines_of(rows * cells->stride);
	for (size_t e = 0; e < rows; e++)
		memset(cells->codes + e * cells->stride + cells->features, 0, cells->stride - cells->features);
	work->columns = ns_malloc_array(rows, most + 1);
	for (work->first = 0; work->first < cells->features; work->first += work->group) {
		work->group = cells->features - work->first < most ? cells->features - work->first : most;
		ns_parallel(threads, work->group, cut_column, work);
		ns_parallel(threads, (rows + BLOCK - 1) / BLOCK, to_rows, work);
	}
	free(work->columns);
}

struct hashing {
	const struct ns_boost_cells *cells;
	uint64_t *keys; /* hash << 32 | row */
};

static void hash_block(void *context, size_t block, int worker)
{
	(void)worker;
	const struct hashing *work = context;
	const struct ns_boost_cells *cells = work->cells;
	size_t start = block * BLOCK, end = cells->rows - start < BLOCK ? cells->rows : start + BLOCK;
	for (size_t row = start; row < end; row++) {
		const uint8_t *codes = cells->codes + row * cells->stride;
		uint64_t hash = ns_mix(cells->y[row] + UINT64_C(1)), word = 0;
		for (size_t at = 0; at < cells->stride; at += 4) {
			uint32_t four;
			memcpy(&four, codes + at, sizeof four);
			word = word << 32 | four;
			if (at % 8 == 4 || at + 4 >= cells->stride)
				hash = ns_mix(hash ^ word);
		}
		if (cells->weight) {
			memcpy(&word, &cells->weight[row], sizeof word);
			hash = ns_mix(hash ^ word);
		}
		work->keys[row] = hash >> 32 << 32 | row;
	}
}

/* Order of two rows by class, codes and weight; 0 where they are equal. */
static int compare_rows(const void *a, const void *b, void *context)
{
	const struct ns_boost_cells *cells = context;
	uint32_t left = (uint32_t)*(const uint64_t *)a, right = (uint32_t)*(const uint64_t *)b;
	if (cells->y[left] != cells->y[right])
		return cells->y[left] < cells->y[right] ? -1 : 1;
	int order = memcmp(cells->codes + left * cells->stride, cells->codes + right * cells->stride, cells->stride);
	if (order || !cells->weight || cells->weight[left] == cells->weight[right])
		return order;
	return cells->weight[left] < cells->weight[right] ? -1 : 1;
}

/* Merged rows: entry i is row sample[i], so many copies of it. */
struct merging {
	uint32_t *sample;
	uint8_t *copies;
	size_t count;
};

/* Rows of one hash are nearly always equal; where they are not, their contents decide. */
static void merge_run(struct merging *merging, uint64_t *run, size_t size, const struct ns_boost_cells *cells)
{
	bool same = true;
	for (size_t i = 1; i < size && same; i++)
		same = compare_rows(&run[i - 1], &run[i], (void *)cells) == 0;
	if (!same)
		qsort_r(run, size, sizeof *run, compare_rows, (void *)cells);
	for (size_t i = 0; i < size; i++) {
		bool more = i > 0 && merging->copies[merging->count - 1] < NS_COPIES_MAX && (same || compare_rows(&run[i - 1], &run[i], (void *)cells) == 0);
		if (more) {
			merging->copies[merging->count - 1]++;
			continue;
		}
		merging->sample[merging->count] = (uint32_t)run[i];
		merging->copies[merging->count++] = 1;
	}
}

static void merge_rows(struct merging *merging, const struct ns_boost_cells *cells, int threads)
{
	uint64_t *keys = ns_malloc_array(cells->rows, sizeof *keys), *spare = ns_malloc_array(cells->rows, sizeof *spare);
	struct hashing work = {cells, keys};
	ns_parallel(threads, (cells->rows + BLOCK - 1) / BLOCK, hash_block, &work);
	uint64_t *sorted = ns_radix_sort(keys, spare, cells->rows, 0, UINT32_MAX);
	for (size_t start = 0, end; start < cells->rows; start = end) {
		for (end = start + 1; end < cells->rows && sorted[end] >> 32 == sorted[start] >> 32;)
			end++;
		merge_run(merging, sorted + start, end - start, cells);
	}
	free(spare);
	free(keys);
}

/* Counts the layers, and sorts by copies, most first, keeping the order of entries with as many. */
static uint32_t *order_by_copies(struct ns_boost_cells *cells, const uint8_t *copies, size_t count)
{
	uint32_t *order = ns_malloc_array(count + 1, sizeof *order);
	size_t of[NS_COPIES_MAX + 2] = {0}, place[NS_COPIES_MAX + 1];
	for (size_t i = 0; i < count; i++)
		of[copies[i]]++;
	cells->layers = 0;
	for (size_t c = NS_COPIES_MAX; c > 0; c--) {
		place[c] = c == NS_COPIES_MAX ? 0 : cells->layer[c];
		cells->layer[c - 1] = place[c] + of[c];
		cells->layers = !cells->layers && cells->layer[c - 1] ? c : cells->layers;
	}
	for (size_t i = 0; i < count; i++)
		if (copies[i])
			order[place[copies[i]]++] = (uint32_t)i;
	cells->entries = cells->layers ? cells->layer[0] : 0;
	cells->rows = 0;
	for (size_t j = 0; j < cells->layers; j++)
		cells->rows += cells->layer[j];
	return order;
}

/* Fills the entries of `to` from those of `from`: entry i is sample[order[i]] (sample NULL: order[i]) with copies[order[i]] copies. */
static void gather(struct ns_boost_cells *to, const struct ns_boost_cells *from, const uint32_t *sample, const uint32_t *order, const uint8_t *copies)
{
	size_t count = to->entries;
	to->codes = lines_of(count * to->stride);
	to->y = ns_malloc_array(count + 1, sizeof *to->y);
	to->copies = to->layers > 1 ? ns_malloc_array(count + 1, 1) : NULL;
	to->weight = from->weight ? ns_malloc_array(count + 1, sizeof *to->weight) : NULL;
	for (size_t i = 0; i < count; i++) {
		size_t entry = sample ? sample[order[i]] : order[i];
		memcpy(to->codes + i * to->stride, from->codes + entry * from->stride, to->stride);
		to->y[i] = from->y[entry];
		if (to->copies)
			to->copies[i] = copies[order[i]];
		if (to->weight)
			to->weight[i] = from->weight[entry];
	}
}

static void release_entries(struct ns_boost_cells *cells)
{
	free(cells->codes);
	free(cells->column_codes);
	free(cells->y);
	free(cells->weight);
	free(cells->copies);
}

static void put_in_order(struct ns_boost_cells *cells, int threads)
{
	struct ns_boost_cells raw = *cells;
	struct merging merging = {ns_malloc_array(raw.rows, sizeof *merging.sample), ns_malloc_array(raw.rows, 1), 0};
	merge_rows(&merging, &raw, threads);
	uint32_t *order = order_by_copies(cells, merging.copies, merging.count);
	gather(cells, &raw, merging.sample, order, merging.copies);
	cells->ordered = true;
	free(order);
	free(merging.copies);
	free(merging.sample);
	release_entries(&raw);
}

static void stand_in_columns(struct ns_boost_cells *cells, int threads)
{
	if (cells->features && cells->entries > BOTH_WAYS / cells->features)
		return;
	cells->column_codes = lines_of(cells->entries * cells->features + 4); /* four bytes may be read where one is wanted */
	ns_parallel(threads, (cells->entries + BLOCK - 1) / BLOCK, to_columns, cells);
}

void ns_boost_cells_init(struct ns_boost_cells *cells, const struct ns_training *training, uint32_t max_bins, bool draws)
{
	struct ns_cut *cuts = ns_malloc_array(training->features + 1, sizeof *cuts);
	struct ns_cutter **cutters = ns_malloc_array((size_t)training->threads, sizeof *cutters);
	struct coding work = {.cells = cells, .training = training, .cuts = cuts, .max_bins = max_bins, .cutters = cutters};
	*cells = (struct ns_boost_cells){.rows = training->rows, .entries = training->rows, .features = training->features, .classes = training->classes,
		.cuts = cuts, .own_cuts = cuts, .layers = 1, .layer = {training->rows}};
	for (int worker = 0; worker < training->threads; worker++)
		cutters[worker] = NULL;
	code_all(cells, &work, training->threads);
	for (int worker = 0; worker < training->threads; worker++)
		ns_cutter_free(cutters[worker]);
	free(cutters);
	cells->y = ns_malloc_array(training->rows, sizeof *cells->y);
	memcpy(cells->y, training->y, training->rows * sizeof *cells->y);
	if (training->weight) {
		cells->weight = ns_malloc_array(training->rows, sizeof *cells->weight);
		memcpy(cells->weight, training->weight, training->rows * sizeof *cells->weight);
	}
	bool exact = true;
	for (size_t f = 0; f < cells->features; f++) {
		uint32_t codes = cuts[f].count + cuts[f].missing;
		cells->width = codes > cells->width ? codes : cells->width;
		exact &= cuts[f].exact;
	}
	cells->width = cells->width > NS_WIDTH_MAX / 2 ? NS_WIDTH_MAX : (cells->width + 3) / 4 * 4;
	if (exact || draws)
		put_in_order(cells, training->threads);
	stand_in_columns(cells, training->threads);
}

void ns_boost_cells_release(struct ns_boost_cells *cells)
{
	release_entries(cells);
	for (size_t f = 0; cells->own_cuts && f < cells->features; f++)
		ns_cut_release(&cells->own_cuts[f]);
	free(cells->own_cuts);
	*cells = (struct ns_boost_cells){0};
}

/* The entries of which copies[entry] is not 0. */
static void take_part(struct ns_boost_cells *part, const struct ns_boost_cells *cells, const uint8_t *copies)
{
	*part = *cells;
	part->own_cuts = NULL;
	part->column_codes = NULL;
	uint32_t *order = order_by_copies(part, copies, cells->entries);
	gather(part, cells, NULL, order, copies);
	stand_in_columns(part, 1);
	free(order);
}

/* How many rows of each class to take: their exact shares rounded down, and one more for those with the largest remainders. */
static void share_out(uint64_t *take, const uint64_t *rows, uint32_t classes, double share, uint64_t total)
{
	uint64_t taken = 0;
	for (uint32_t c = 0; c < classes; c++)
		taken += take[c] = (uint64_t)(share * (double)rows[c]);
	for (; taken < total; taken++) {
		uint32_t best = classes;
		double most = 0;
		for (uint32_t c = 0; c < classes; c++) {
			double rest = share * (double)rows[c] - (double)take[c];
			if (take[c] < rows[c] && (best == classes || rest > most)) {
				best = c;
				most = rest;
			}
		}
		if (best == classes)
			return;
		take[best]++;
	}
}

bool ns_boost_cells_split(struct ns_boost_cells *train, struct ns_boost_cells *valid, const struct ns_boost_cells *cells, double share, struct ns_random *random)
{
	uint64_t *rows = ns_malloc_array(cells->classes, 2 * sizeof *rows), *take = rows + cells->classes;
	uint8_t *in = ns_malloc_array(cells->entries, 2), *out = in + cells->entries;
	uint64_t total = (uint64_t)fmin(ceil(share * (double)cells->rows), (double)cells->rows);
	memset(rows, 0, cells->classes * sizeof *rows);
	for (size_t e = 0; e < cells->entries; e++)
		rows[cells->y[e]] += out[e] = cells->copies ? cells->copies[e] : 1;
	share_out(take, rows, cells->classes, share, total);
	for (size_t e = 0; e < cells->entries; e++) { /* selection sampling: Knuth, TAOCP 2, 3.4.2 S */
		uint32_t class = cells->y[e];
		in[e] = 0;
		for (uint8_t copies = out[e]; copies; copies--) {
			bool taken = ns_random_below(random, rows[class]--) < take[class];
			take[class] -= taken;
			in[e] += taken;
		}
		out[e] -= in[e];
	}
	if (total > 0 && total < cells->rows) {
		take_part(train, cells, out);
		take_part(valid, cells, in);
	}
	free(rows);
	free(in);
	return total > 0 && total < cells->rows;
}

/* Random bytes become 1 where they are at most `last`, else 0; in: how many do. */
NS_LANES void decide_any(size_t *in, uint8_t *slots, size_t rows, uint8_t last)
{
	size_t all = 0;
	for (size_t first = 0; first < rows; first += BLOCK) {
		uint32_t sum = 0;
		for (size_t i = first; i < (rows - first < BLOCK ? rows : first + BLOCK); i++) {
			slots[i] = slots[i] <= last;
			sum += slots[i];
		}
		all += sum;
	}
	*in = all;
}

NS_LANES_CHOOSE(decide, (size_t *in, uint8_t *slots, size_t rows, uint8_t last), (in, slots, rows, last))

void ns_boost_cells_draw(uint8_t *drawn, uint8_t *slots, const struct ns_boost_cells *cells, size_t count, struct ns_random *random)
{
	size_t rows = cells->rows, in;
	double last = rint((double)count / (double)rows * 256) - 1;
	for (size_t i = 0; i < rows; i += 8) {
		uint64_t bits = ns_random_next(random);
		memcpy(slots + i, &bits, sizeof bits);
	}
	decide(&in, slots, rows, last < 0 ? 0 : (uint8_t)last);
	while (in != count) { /* whichever row is put right is as likely as any other: so is every set of `count` rows */
		size_t i = ns_random_below(random, rows);
		bool wrong = slots[i] == (in > count);
		slots[i] ^= wrong;
		in = !wrong ? in : in > count ? in - 1 : in + 1;
	}
	memcpy(drawn, slots, cells->entries);
	for (size_t j = 1, start = cells->layer[0]; j < cells->layers; start += cells->layer[j++])
		for (size_t e = 0; e < cells->layer[j]; e++)
			drawn[e] += slots[start + e];
}
