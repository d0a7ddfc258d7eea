#include "model/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Doubles as whole numbers of the same order. -0 and 0 are one threshold. */
static uint64_t to_key(double value)
{
	uint64_t bits;
	value += 0.0; /* -0 becomes 0 */
	memcpy(&bits, &value, sizeof bits);
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double to_value(uint64_t key)
{
	uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
	double value;
	memcpy(&value, &bits, sizeof value);
	return value;
}

/* By bytes, the lowest first; bytes that are the same in all keys are passed over. */
static void sort_keys(uint64_t *keys, uint64_t *spare, size_t count)
{
	uint64_t *from = keys, *to = spare;
	for (int shift = 0; shift < 64; shift += 8) {
		size_t starts[257] = {0};
		for (size_t i = 0; i < count; i++)
			starts[(from[i] >> shift & 255) + 1]++;
		if (starts[(from[0] >> shift & 255) + 1] == count)
			continue;
		for (size_t byte = 0; byte < 256; byte++)
			starts[byte + 1] += starts[byte];
		for (size_t i = 0; i < count; i++)
			to[starts[from[i] >> shift & 255]++] = from[i];
		uint64_t *swap = from;
		from = to;
		to = swap;
	}
	if (from != keys)
		memcpy(keys, from, count * sizeof *keys);
}

static size_t drop_doubles(uint64_t *keys, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || keys[i] != keys[kept - 1])
			keys[kept++] = keys[i];
	return kept;
}

/* What a node asks about: 2 * feature + missing_left; -1 for leaves. */
static int64_t subject_of(const struct ns_trees *trees, size_t node)
{
	int64_t feature = ns_narrow_whole(&trees->feature, node);
	return feature < 0 ? -1 : 2 * feature + (trees->shape.missing && ns_narrow_whole(&trees->missing, node));
}

/* How many nodes ask about each subject, the first `subjects` of them. */
static size_t *count_asked(size_t *subjects, const struct ns_trees *trees, size_t nodes)
{
	int64_t most = -1;
	for (size_t i = 0; i < nodes; i++) {
		int64_t feature = ns_narrow_whole(&trees->feature, i);
		most = feature > most ? feature : most;
	}
	*subjects = 2 * (size_t)(most + 1);
	size_t *asked = ns_malloc_array(*subjects + 1, sizeof *asked);
	memset(asked, 0, (*subjects + 1) * sizeof *asked);
	for (size_t i = 0; i < nodes; i++) {
		int64_t subject = subject_of(trees, i);
		if (subject >= 0)
			asked[subject]++;
	}
	return asked;
}

/* The keys of all thresholds, subject by subject; asked[s] becomes where those of subject s end. */
static uint64_t *gather_keys(size_t *asked, const struct ns_trees *trees, size_t nodes, size_t subjects)
{
	size_t total = 0;
	for (size_t s = 0; s < subjects; s++) {
		size_t count = asked[s];
		asked[s] = total;
		total += count;
	}
	uint64_t *keys = ns_malloc_array(total + 1, sizeof *keys);
	for (size_t i = 0; i < nodes; i++) {
		int64_t subject = subject_of(trees, i);
		if (subject >= 0)
			keys[asked[subject]++] = to_key(ns_narrow_number(&trees->threshold, i));
	}
	return keys;
}

static size_t half_of(size_t count)
{
	size_t half = 1;
	while (half <= count / 2)
		half *= 2;
	return half;
}

/* The thresholds of every slot go into one block behind each other. */
static void lay_out(struct ns_ranks *ranks, uint64_t *const *keys)
{
	size_t total = 0;
	for (size_t s = 0; s < ranks->count; s++)
		total += 2 * ranks->slots[s].half - 1;
	ranks->thresholds = ns_malloc_array(total + 1, sizeof *ranks->thresholds);
	double *to = ranks->thresholds;
	for (size_t s = 0; s < ranks->count; s++) {
		struct ns_rank_slot *slot = &ranks->slots[s];
		slot->thresholds = to;
		for (size_t i = 0; i < 2 * slot->half - 1; i++)
			*to++ = i < slot->count ? to_value(keys[s][i]) : (double)INFINITY;
	}
}

void ns_ranks_init(struct ns_ranks *ranks, const struct ns_trees *trees)
{
	size_t nodes = trees->first[trees->count], subjects, begin = 0;
	size_t *ends = count_asked(&subjects, trees, nodes);
	uint64_t *keys = gather_keys(ends, trees, nodes, subjects);
	uint64_t *spare = ns_malloc_array(nodes + 1, sizeof *spare);
	uint64_t **of_slot = ns_malloc_array(subjects + 1, sizeof *of_slot);
	*ranks = (struct ns_ranks){.slots = ns_malloc_array(subjects + 1, sizeof *ranks->slots), .slot_of = ns_malloc_array(subjects + 1, sizeof *ranks->slot_of)};
	for (size_t subject = 0; subject < subjects; begin = ends[subject++]) {
		size_t count = ends[subject] - begin;
		if (count == 0)
			continue;
		sort_keys(keys + begin, spare, count);
		count = drop_doubles(keys + begin, count);
		ranks->most = count > ranks->most ? count : ranks->most;
		of_slot[ranks->count] = keys + begin;
		ranks->slot_of[subject] = (uint32_t)ranks->count;
		ranks->slots[ranks->count++] = (struct ns_rank_slot){.feature = (uint32_t)(subject / 2), .missing_left = subject % 2, .first = ranks->total,
			.count = count, .half = half_of(count)};
		ranks->total += count;
	}
	lay_out(ranks, of_slot);
	free(of_slot);
	free(spare);
	free(keys);
	free(ends);
}

void ns_ranks_release(struct ns_ranks *ranks)
{
	free(ranks->slots);
	free(ranks->slot_of);
	free(ranks->thresholds);
	*ranks = (struct ns_ranks){0};
}
