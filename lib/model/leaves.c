#include "model/leaves.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of leaves in an open hash table of their values. */
struct index {
	uint32_t *slots; /* UINT32_MAX: empty */
	size_t size;     /* a power of two, more than twice the count */
};

static uint64_t hash(const double *values, uint32_t width)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < width; i++) {
		uint64_t bits;
		memcpy(&bits, &values[i], sizeof bits);
		sum = (sum ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

/* Where these values' number is, or the empty slot for it. */
static uint32_t *find(const struct index *index, const struct ns_leaves *leaves, const double *values, uint32_t width)
{
	for (size_t at = hash(values, width) & (index->size - 1);; at = (at + 1) & (index->size - 1)) {
		uint32_t number = index->slots[at];
		if (number == UINT32_MAX || memcmp(leaves->values + number * (size_t)width, values, width * sizeof *values) == 0)
			return &index->slots[at];
	}
}

static void enlarge(struct index *index, struct ns_leaves *leaves, uint32_t width)
{
	index->size = index->size ? index->size * 2 : 1024;
	index->slots = ns_realloc_array(index->slots, index->size, sizeof *index->slots);
	memset(index->slots, 0xff, index->size * sizeof *index->slots);
	leaves->values = ns_realloc_array(leaves->values, index->size / 2 + 1, width * sizeof *leaves->values);
	for (uint32_t i = 0; i < leaves->count; i++)
		*find(index, leaves, leaves->values + i * (size_t)width, width) = i;
}

/* The number of the values that stand behind the last ones known. */
static uint32_t number_of(struct index *index, struct ns_leaves *leaves, uint32_t width)
{
	uint32_t *slot = find(index, leaves, leaves->values + leaves->count * (size_t)width, width);
	if (*slot != UINT32_MAX)
		return *slot;
	uint32_t number = *slot = leaves->count++;
	if (leaves->count >= index->size / 2)
		enlarge(index, leaves, width);
	return number;
}

void ns_leaves_init(struct ns_leaves *leaves, const struct ns_trees *trees)
{
	uint32_t width = trees->shape.width;
	struct index index = {0};
	*leaves = (struct ns_leaves){.of = ns_malloc_array(trees->first[trees->count], sizeof *leaves->of)};
	enlarge(&index, leaves, width);
	for (size_t t = 0; t < trees->count; t++)
		for (size_t at = trees->first[t]; at < trees->first[t + 1]; at++) {
			leaves->of[at] = UINT32_MAX;
			if (ns_narrow_whole(&trees->feature, at) >= 0)
				continue;
			double *next = leaves->values + leaves->count * (size_t)width;
			for (uint32_t i = 0; i < width; i++)
				next[i] = ns_trees_value(trees, t, (uint32_t)(at - trees->first[t]), i);
			leaves->of[at] = number_of(&index, leaves, width);
		}
	free(index.slots);
}

void ns_leaves_release(struct ns_leaves *leaves)
{
	free(leaves->values);
	free(leaves->of);
	*leaves = (struct ns_leaves){0};
}
