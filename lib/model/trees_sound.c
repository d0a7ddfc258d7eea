/*
 * Loading a model looks at every node. Nearly always all is well, and that is found out by loops without branches: leaves come as if at
 * random, and a branch on them would cost more than all else.
 */
#include <math.h>
#include <string.h>

#include "model/trees_check.h"

/*
 * Node 1 can only be a left child, so the pairs of children are 1 and 2, 3 and 4, ...: as many as there are inner nodes, each led to by one. The
 * highest bit of `below` is set by whatever is below 0; the numbers are unsigned, so that they may wrap around.
 */
static bool are_nodes(const struct ns_sound_scratch *nodes, uint32_t size, uint32_t features)
{
	const int32_t *restrict feature = nodes->feature, *restrict left = nodes->left, *restrict samples = nodes->samples;
	uint8_t *restrict led_to = nodes->led_to;
	uint32_t below = 0, even = 0, leaves = 0;
	for (size_t i = 0; i < size; i++) {
		uint32_t asks = (uint32_t)feature[i], leaf = (uint32_t)(feature[i] >> 31), child = (uint32_t)left[i];
		below |= (asks + 1) | (features - 1 - asks) | (uint32_t)samples[i];
		below |= ~leaf & (child | (child - (uint32_t)i - 1) | (size - 2 - child));
		even |= ~leaf & ~child;
		leaves += leaf & 1;
	}
	uint32_t inner = size - leaves;
	if (below >> 31 || (even & 1) || 2 * inner + 1 != size)
		return false;
	memset(led_to, 0, (size_t)inner + 1);
	for (size_t i = 0; i < size; i++)
		led_to[~(feature[i] >> 31) & ((left[i] + 1) >> 1)] = 1;
	return !memchr(led_to + 1, 0, inner);
}

/* Those of inner nodes are finite: the exponent is not all ones. */
static bool are_thresholds(const struct ns_sound_scratch *nodes, size_t size)
{
	uint64_t wrong = 0;
	for (size_t i = 0; i < size; i++) {
		uint64_t bits, inner = ~(uint64_t)(int64_t)(nodes->feature[i] >> 31);
		memcpy(&bits, &nodes->number[i], sizeof bits);
		wrong |= inner & ((bits >> 52 & 0x7ff) + 1);
	}
	return !(wrong >> 11);
}

static bool are_counts(const struct ns_sound_scratch *nodes, const struct ns_trees *trees, size_t start, size_t size)
{
	const int32_t *restrict feature = nodes->feature, *restrict count = nodes->other;
	int32_t *restrict rest = nodes->samples;
	int32_t wrong = 0;
	for (size_t i = 0; i < size; i++)
		wrong |= feature[i] >> 31 & (rest[i] == 0);
	for (uint32_t o = 1; o < trees->shape.outputs && !wrong; o++) {
		ns_narrow_read_ints(nodes->other, &trees->counts[o - 1], start, size);
		for (size_t i = 0; i < size; i++) {
			int32_t leaf = feature[i] >> 31, taken = count[i] & leaf;
			wrong |= (taken < 0) | (taken > rest[i]);
			rest[i] = (int32_t)((uint32_t)rest[i] - (uint32_t)taken);
		}
	}
	return !wrong;
}

static bool are_scores(const struct ns_sound_scratch *nodes, const struct ns_trees *trees, size_t start, size_t size)
{
	bool wrong = false;
	for (uint32_t v = 0; v < trees->shape.width; v++) {
		ns_narrow_read_numbers(nodes->number, &trees->values[v], start, size);
		for (size_t i = 0; i < size; i++)
			wrong |= (nodes->feature[i] < 0) & !ns_trees_is_moderate(nodes->number[i]);
	}
	return !wrong;
}

static bool are_proportions(const struct ns_sound_scratch *nodes, const struct ns_trees *trees, size_t start, size_t size)
{
	bool wrong = false;
	memset(nodes->sum, 0, size * sizeof *nodes->sum);
	for (uint32_t o = 0; o < trees->shape.outputs; o++) {
		ns_narrow_read_numbers(nodes->number, &trees->values[o], start, size);
		for (size_t i = 0; i < size; i++) {
			nodes->sum[i] += nodes->number[i];
			wrong |= (nodes->feature[i] < 0) & !((nodes->number[i] >= 0) & (nodes->number[i] <= 1));
		}
	}
	for (size_t i = 0; i < size; i++)
		wrong |= (nodes->feature[i] < 0) & !(fabs(nodes->sum[i] - 1) <= 1e-6);
	return !wrong;
}

static bool are_sides(const struct ns_sound_scratch *nodes, const struct ns_trees *trees, size_t start, size_t size)
{
	int32_t wrong = 0;
	if (!trees->shape.missing)
		return true;
	ns_narrow_read_ints(nodes->other, &trees->missing, start, size);
	for (size_t i = 0; i < size; i++)
		wrong |= nodes->other[i] & ~1;
	return !wrong;
}

bool ns_tree_is_sound(struct ns_sound_scratch *nodes, const struct ns_trees *trees, size_t tree, size_t features)
{
	size_t start = trees->first[tree], size = trees->first[tree + 1] - start;
	ns_narrow_read_ints(nodes->feature, &trees->feature, start, size);
	ns_narrow_read_ints(nodes->left, &trees->left, start, size);
	ns_narrow_read_ints(nodes->samples, &trees->samples, start, size);
	if (!are_nodes(nodes, (uint32_t)size, features < INT32_MAX ? (uint32_t)features : INT32_MAX))
		return false;
	ns_narrow_read_numbers(nodes->number, &trees->threshold, start, size);
	if (!are_thresholds(nodes, size) || !are_sides(nodes, trees, start, size))
		return false;
	return trees->counts ? are_counts(nodes, trees, start, size) : trees->shape.link == NS_LINK_MEAN ? are_proportions(nodes, trees, start, size) :
		are_scores(nodes, trees, start, size);
}
