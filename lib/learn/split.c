#include "learn/split.h"

#include <stdlib.h>
#include <string.h>

#include "learn/scan.h"

/* SLOTS: of a histogram; MANY: codes of a node that fills it rather than looking for the slots that it hit. */
enum { SLOTS = 4096, WORDS = SLOTS / 64 + 1, COPIES = 4, COPIED = 16 };

size_t ns_splitter_items(const struct ns_bins *bins)
{
	return bins->entries + bins->rows / NS_ITEM_DRAWN + 1;
}

void ns_splitter_init(struct ns_splitter *splitter, const struct ns_bins *bins)
{
	size_t items = ns_splitter_items(bins), slots = SLOTS + 3 * (size_t)bins->classes;
	*splitter = (struct ns_splitter){.bins = bins};
	splitter->keys = ns_malloc_array(items, sizeof *splitter->keys);
	splitter->spare = ns_malloc_array(items, sizeof *splitter->spare);
	splitter->sorted = ns_malloc_array(items, sizeof *splitter->sorted);
	splitter->marks = ns_malloc_array(NS_BUCKETS, sizeof *splitter->marks);
	splitter->histogram = ns_malloc_array(slots, sizeof *splitter->histogram);
	splitter->row_counts = ns_malloc_array(slots, sizeof *splitter->row_counts);
	splitter->total = ns_malloc_array(bins->classes, sizeof *splitter->total);
	splitter->left = ns_malloc_array(bins->classes, sizeof *splitter->left);
	memset(splitter->histogram, 0, slots * sizeof *splitter->histogram);
	memset(splitter->row_counts, 0, slots * sizeof *splitter->row_counts);
	splitter->masked = ns_masks_init(&splitter->masks, bins);
}

void ns_splitter_release(struct ns_splitter *splitter)
{
	free(splitter->keys);
	free(splitter->spare);
	free(splitter->sorted);
	free(splitter->marks);
	free(splitter->histogram);
	free(splitter->row_counts);
	free(splitter->total);
	free(splitter->left);
	ns_masks_release(&splitter->masks);
	*splitter = (struct ns_splitter){0};
}

void ns_splitter_start(struct ns_splitter *splitter, const struct ns_rules *rules, const struct ns_sample *sample, double min_weight_leaf,
	struct ns_random *random)
{
	const struct ns_bins *bins = splitter->bins;
	bool plain = rules->criterion == NS_GINI && !rules->class_weight && !sample->mass;
	splitter->rules = rules;
	splitter->sample = sample;
	splitter->random = random;
	splitter->min_weight_leaf = min_weight_leaf;
	splitter->rows_matter = rules->min_samples_leaf > 1 || rules->min_samples_split > 2;
	bool pair = plain && bins->classes == 2 && bins->rows < UINT32_MAX / 2 && (!splitter->rows_matter || !sample->rows);
	splitter->mode = pair ? PAIR : plain ? SQUARES : GENERAL;
	splitter->packed = pair;
	splitter->least = (uint32_t)fmin(UINT32_MAX, fmax(fmax(1, rules->min_samples_leaf), ceil(min_weight_leaf)));
	splitter->masked = splitter->masks.of_entry && !sample->mass && (pair || !splitter->rows_matter);
}

uint32_t ns_splitter_enter_known(struct ns_splitter *splitter, uint64_t both)
{
	splitter->both = both;
	splitter->total[0] = (uint32_t)both;
	splitter->total[1] = both >> 32;
	splitter->drawn = splitter->rows = pair_drawn(both);
	return (splitter->total[0] > 0) + (splitter->total[1] > 0);
}

static uint32_t enter_pairs(struct ns_splitter *splitter, const struct ns_item *items, size_t count)
{
	uint64_t both = 0;
	for (size_t i = 0; i < count; i++)
		both += pair_of(items[i]);
	return ns_splitter_enter_known(splitter, both);
}

uint32_t ns_splitter_enter(struct ns_splitter *splitter, const struct ns_item *items, size_t count)
{
	uint32_t classes = splitter->bins->classes, present = 0;
	if (splitter->packed)
		return enter_pairs(splitter, items, count);
	memset(splitter->total, 0, classes * sizeof *splitter->total);
	splitter->drawn = splitter->rows = splitter->square = 0;
	for (size_t i = 0; i < count; i++) {
		splitter->total[ns_item_class(items[i])] += ns_item_mass(splitter->sample, items[i]);
		splitter->drawn += ns_item_drawn(items[i]);
	}
	for (size_t i = 0; splitter->rows_matter && i < count; i++)
		splitter->rows += ns_item_rows(splitter->sample, items[i]);
	for (uint32_t c = 0; c < classes; c++) {
		present += splitter->total[c] > 0;
		splitter->square += splitter->total[c] * splitter->total[c];
	}
	return present;
}

double ns_impurity(double *weighted, const struct ns_rules *rules, const uint64_t *mass, uint32_t classes)
{
	double sum = 0, squares = 0, logs = 0;
	for (uint32_t c = 0; c < classes; c++)
		sum += class_weight(rules, c) * (double)mass[c];
	for (uint32_t c = 0; c < classes; c++) {
		double share = class_weight(rules, c) * (double)mass[c] / sum;
		squares += share * share;
		if (rules->criterion == NS_ENTROPY)
			logs += xlogx(share);
	}
	*weighted = sum;
	return rules->criterion == NS_ENTROPY ? -logs / 0.693147180559945309417 : 1 - squares;
}

/* Which codes a node has: a bit each. */
struct present {
	uint64_t words[WORDS];
	uint32_t count; /* of words */
};

static inline void note(struct present *present, uint32_t code)
{
	present->words[code >> 6] |= UINT64_C(1) << (code & 63);
}

/* Thresholds by a histogram of pairs, from the least code on. */
static inline void scan_pairs(struct scan *scan, const struct present *present, uint32_t codes, bool missing_left)
{
	const struct ns_splitter *splitter = scan->splitter;
	const uint64_t *histogram = splitter->histogram;
	uint32_t last = UINT32_MAX;
	restart(scan, PAIR, missing_left);
	uint64_t both = missing_left ? histogram[codes] : 0;
	for (uint32_t w = 0; w < present->count; w++)
		for (uint64_t word = present->words[w]; word; word &= word - 1) {
			uint32_t code = 64 * w + (uint32_t)__builtin_ctzll(word);
			if (last != UINT32_MAX && !(code == codes && missing_left)) {
				scan->both = both;
				consider(scan, PAIR, last, code);
			}
			both += histogram[code];
			last = code;
		}
}

static inline void move_slot(struct scan *scan, enum mode mode, uint32_t code)
{
	const struct ns_splitter *splitter = scan->splitter;
	uint32_t classes = splitter->bins->classes;
	const uint64_t *mass = splitter->histogram + (size_t)code * classes;
	for (uint32_t c = 0; c < classes; c++)
		if (mass[c])
			move(scan, mode, c, mass[c]);
	scan->rows += splitter->row_counts[code];
}

static inline void scan_slots(struct scan *scan, enum mode mode, const struct present *present, uint32_t codes, bool missing_left)
{
	uint32_t last = UINT32_MAX;
	restart(scan, mode, missing_left);
	if (missing_left)
		move_slot(scan, mode, codes);
	for (uint32_t w = 0; w < present->count; w++)
		for (uint64_t word = present->words[w]; word; word &= word - 1) {
			uint32_t code = 64 * w + (uint32_t)__builtin_ctzll(word);
			if (code == codes && missing_left)
				continue;
			if (last != UINT32_MAX)
				consider(scan, mode, last, code);
			move_slot(scan, mode, code);
			last = code;
		}
}

/* Tries all thresholds between the codes present in the histogram, below `codes`, which is the missing values'. False where there is one. */
static bool scan_histogram(struct scan *scan, const struct present *present, uint32_t codes)
{
	uint64_t any = 0, again = 0; /* a word with one bit, or with more or another such word */
	for (uint32_t w = 0; w < present->count; w++) {
		uint64_t word = present->words[w];
		again |= (word & (word - 1)) | (any && word);
		any |= word;
	}
	if (!again)
		return false;
	scan->missing = codes / 64 < present->count && present->words[codes / 64] >> codes % 64 & 1;
	for (int left = 0; left <= scan->missing; left++)
		switch (scan->splitter->mode) {
		case PAIR:
			scan_pairs(scan, present, codes, left);
			break;
		case SQUARES:
			scan_slots(scan, SQUARES, present, codes, left);
			break;
		default:
			scan_slots(scan, GENERAL, present, codes, left);
		}
	return true;
}

static void clear_slots(struct ns_splitter *splitter, const struct present *present)
{
	uint32_t width = splitter->packed ? 1 : splitter->bins->classes;
	for (uint32_t w = 0; w < present->count; w++)
		for (uint64_t word = present->words[w]; word; word &= word - 1) {
			size_t code = 64 * w + (uint32_t)__builtin_ctzll(word);
			for (uint32_t c = 0; c < width; c++)
				splitter->histogram[code * width + c] = 0;
			splitter->row_counts[code] = 0;
		}
}

/* Adds an item to a slot. */
static inline void add_item(struct ns_splitter *splitter, uint32_t code, struct ns_item item)
{
	size_t slot = (size_t)code * splitter->bins->classes + ns_item_class(item);
	splitter->histogram[slot] += ns_item_mass(splitter->sample, item);
	if (splitter->rows_matter)
		splitter->row_counts[code] += ns_item_rows(splitter->sample, item);
}

/*
 * Pairs of few codes: their slots would be hit again before the last addition is through, so neighbouring items go to COPIES
 * histograms beside each other, which are added up in the end.
 */
static void fill_copies(uint64_t *restrict histogram, uint32_t slots, struct ns_codes codes, const struct ns_item *items, size_t count)
{
	uint64_t copies[COPIES][COPIED];
	size_t i = 0;
	for (size_t copy = 0; copy < COPIES; copy++)
		memset(copies[copy], 0, slots * sizeof **copies);
	for (; i + COPIES <= count; i += COPIES)
		for (size_t copy = 0; copy < COPIES; copy++)
			copies[copy][codes.first[items[i + copy].entry * codes.step]] += pair_of(items[i + copy]);
	for (; i < count; i++)
		copies[0][codes.first[items[i].entry * codes.step]] += pair_of(items[i]);
	for (uint32_t slot = 0; slot < slots; slot++)
		histogram[slot] = copies[0][slot] + copies[1][slot] + copies[2][slot] + copies[3][slot];
}

static void fill_pairs(uint64_t *restrict histogram, struct ns_codes codes, const struct ns_item *items, size_t count)
{
	if (codes.width == 1)
		for (size_t i = 0; i < count; i++)
			histogram[codes.first[items[i].entry * codes.step]] += pair_of(items[i]);
	else
		for (size_t i = 0; i < count; i++)
			histogram[ns_code(codes, items[i].entry)] += pair_of(items[i]);
}

/* Which slots have something, of a node with many items. */
static void find_present(struct present *present, const struct ns_splitter *splitter, uint32_t slots)
{
	uint32_t width = splitter->packed ? 1 : splitter->bins->classes;
	for (uint32_t code = 0; splitter->packed && code < slots; code++)
		present->words[code >> 6] |= (uint64_t)(splitter->histogram[code] != 0) << (code & 63);
	for (uint32_t code = 0; !splitter->packed && code < slots; code++) {
		uint64_t any = 0;
		for (uint32_t c = 0; c < width; c++)
			any |= splitter->histogram[(size_t)code * width + c];
		present->words[code >> 6] |= (uint64_t)(any != 0) << (code & 63);
	}
}

static void fill_many(struct present *present, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items, size_t count)
{
	const struct ns_bins_column *column = &splitter->bins->columns[feature];
	struct ns_codes codes = ns_bins_codes(splitter->bins, feature, count);
	uint32_t slots = column->count + column->missing;
	if (splitter->packed && codes.width == 1 && slots <= COPIED)
		fill_copies(splitter->histogram, slots, codes, items, count);
	else if (splitter->packed)
		fill_pairs(splitter->histogram, codes, items, count);
	else
		for (size_t i = 0; i < count; i++)
			add_item(splitter, ns_code(codes, items[i].entry), items[i]);
	find_present(present, splitter, slots);
}

/* A few pairs of one byte. */
static void fill_few_pairs(struct present *restrict present, uint64_t *restrict histogram, struct ns_codes codes, const struct ns_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t code = codes.first[items[i].entry * codes.step];
		note(present, code);
		histogram[code] += pair_of(items[i]);
	}
}

static void fill_few(struct present *present, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items, size_t count)
{
	struct ns_codes codes = ns_bins_codes(splitter->bins, feature, count);
	if (splitter->packed && codes.width == 1) {
		fill_few_pairs(present, splitter->histogram, codes, items, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_code(codes, items[i].entry);
		note(present, code);
		if (splitter->packed)
			splitter->histogram[code] += pair_of(items[i]);
		else
			add_item(splitter, code, items[i]);
	}
}

static inline uint64_t pair_of_bit(const struct ns_masks *masks, uint32_t bit)
{
	return (uint64_t)masks->ones[bit] << 32 | (masks->all[bit] - masks->ones[bit]);
}

static inline void set_slot(struct present *present, struct ns_splitter *splitter, uint32_t code, uint64_t both)
{
	present->words[code >> 6] |= (uint64_t)(both != 0) << (code & 63);
	if (splitter->packed) {
		splitter->histogram[code] = both;
	} else {
		splitter->histogram[2 * code] = (uint32_t)both;
		splitter->histogram[2 * code + 1] = both >> 32;
	}
}

/* From the masks' counts, which are of the codes above. */
static void fill_masked(struct present *present, struct ns_splitter *splitter, uint32_t feature)
{
	const struct ns_bins_column *column = &splitter->bins->columns[feature];
	const struct ns_masks *masks = &splitter->masks;
	uint32_t bit = masks->first[feature], last = column->count - 1;
	uint64_t missing = column->missing ? pair_of_bit(masks, bit + last) : 0, from = (splitter->total[1] << 32 | splitter->total[0]) - missing;
	for (uint32_t code = 0; code < last; code++) {
		uint64_t above = pair_of_bit(masks, bit + code);
		set_slot(present, splitter, code, from - above);
		from = above;
	}
	set_slot(present, splitter, last, from);
	if (missing)
		set_slot(present, splitter, column->count, missing);
}

/* Pairs of a feature without missing values: the masks' counts are all there is to know. */
static bool search_masked(struct scan *scan)
{
	const struct ns_splitter *splitter = scan->splitter;
	uint32_t bit = splitter->masks.first[scan->feature], top = splitter->bins->columns[scan->feature].count - 1, last = UINT32_MAX;
	uint64_t from = splitter->both; /* rows of code and more */
	bool varies = false;
	for (uint32_t code = 0; code <= top; code++) {
		uint64_t above = code < top ? pair_of_bit(&splitter->masks, bit + code) : 0;
		if (from == above)
			continue;
		if (last != UINT32_MAX) {
			scan->both = splitter->both - from;
			consider(scan, PAIR, last, code);
			varies = true;
		}
		last = code;
		from = above;
	}
	return varies;
}

static bool search_histogram(struct scan *scan, const struct ns_item *items, size_t count)
{
	struct ns_splitter *splitter = scan->splitter;
	const struct ns_bins_column *column = &splitter->bins->columns[scan->feature];
	struct present present;
	present.count = (column->count + column->missing + 63) / 64;
	memset(present.words, 0, present.count * sizeof *present.words);
	if (splitter->masked)
		fill_masked(&present, splitter, scan->feature);
	else if (count >= column->count / 2)
		fill_many(&present, splitter, scan->feature, items, count);
	else
		fill_few(&present, splitter, scan->feature, items, count);
	bool varies = scan_histogram(scan, &present, column->count);
	clear_slots(splitter, &present);
	return varies;
}

/* The least and the greatest code of the items but for missing values; whether some are. False where all are one. */
static bool find_range(uint32_t *least, uint32_t *greatest, const struct ns_bins *bins, uint32_t feature, const struct ns_item *items, size_t count)
{
	struct ns_codes codes = ns_bins_codes(bins, feature, count);
	uint32_t low = UINT32_MAX, high = 0, missing = bins->columns[feature].count;
	bool any = false;
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_code(codes, items[i].entry);
		any |= code == missing;
		low = code < low ? code : low;
		high = code != missing && code > high ? code : high;
	}
	*least = low;
	*greatest = high;
	return low != missing && (any || low != high);
}

/*
 * A threshold drawn uniformly from the values of the codes, and the last code that is below: at most the last but one. Of codes that stand for
 * several values those in the middle of which it falls are taken whole.
 */
static double draw_threshold(uint32_t *below, struct ns_random *random, const struct ns_bins_column *column, uint32_t least, uint32_t greatest)
{
	double share = ns_random_real(random), threshold = column->lowest[least] * (1 - share) + column->highest[greatest] * share;
	uint32_t low = least, high = greatest; /* lowest[low] <= threshold < lowest[high], or they are the ends */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (column->lowest[middle] <= threshold)
			low = middle;
		else
			high = middle;
	}
	*below = low;
	return threshold >= column->highest[low] && threshold < column->lowest[high] ? threshold : ns_bins_threshold(column, low, high);
}

/* One drawn threshold: its two sides and the missing values are a histogram of three slots. */
static bool search_drawn(struct scan *scan, const struct ns_item *items, size_t count)
{
	struct ns_splitter *splitter = scan->splitter;
	const struct ns_bins_column *column = &splitter->bins->columns[scan->feature];
	uint32_t least, greatest, below;
	if (!find_range(&least, &greatest, splitter->bins, scan->feature, items, count))
		return false;
	double threshold = (double)NAN;
	struct present present = {.count = 1};
	below = greatest;
	if (least < greatest)
		threshold = draw_threshold(&below, splitter->random, column, least, greatest);
	struct ns_codes codes = ns_bins_codes(splitter->bins, scan->feature, count);
	for (size_t i = 0; i < count; i++) {
		uint32_t code = ns_code(codes, items[i].entry), side = code == column->count ? 2 : code > below;
		note(&present, side);
		if (splitter->packed)
			splitter->histogram[side] += pair_of(items[i]);
		else
			add_item(splitter, side, items[i]);
	}
	scan_histogram(scan, &present, 2);
	clear_slots(splitter, &present);
	struct ns_split *found = scan->best;
	if (found->feature == UINT32_MAX)
		return true;
	bool apart = found->high == 2; /* the question is whether a value is missing */
	found->threshold = apart ? (double)NAN : threshold;
	found->low = apart ? greatest : below;
	found->high = apart ? column->count : below + 1;
	return true;
}

bool ns_splitter_search(struct ns_split *found, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items, size_t count, double least)
{
	const struct ns_bins_column *column = &splitter->bins->columns[feature];
	struct scan scan = {.splitter = splitter, .best = found, .least = least, .feature = feature};
	uint64_t codes = (uint64_t)column->count + column->missing, slots = splitter->packed ? codes : codes * splitter->bins->classes;
	*found = NS_SPLIT_NONE;
	if (codes == 1)
		return false;
	if (splitter->rules->drawn_thresholds)
		return search_drawn(&scan, items, count);
	if (splitter->masked && splitter->packed && !column->missing)
		return search_masked(&scan);
	return slots <= SLOTS && (splitter->masked || codes <= 256 || codes <= 2 * count) ? search_histogram(&scan, items, count) : ns_search_sorted(&scan, items, count);
}
