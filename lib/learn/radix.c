#include "learn/radix.h"

#include <string.h>

enum { SMALL = 40, MEDIUM = 1024, DIGIT = 11, BUCKETS = 1 << DIGIT };

void ns_sort_few(uint64_t *keys, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		uint64_t key = keys[i];
		size_t j = i;
		for (; j > 0 && keys[j - 1] > key; j--)
			keys[j] = keys[j - 1];
		keys[j] = key;
	}
}

/* One pass by the digit at shift. */
static void scatter(uint64_t *restrict to, const uint64_t *restrict from, size_t count, uint64_t low, int shift, uint32_t mask)
{
	uint32_t start[BUCKETS], sum = 0;
	memset(start, 0, ((size_t)mask + 1) * sizeof *start);
	for (size_t i = 0; i < count; i++)
		start[(from[i] - low) >> shift & mask]++;
	for (uint32_t b = 0; b <= mask; b++) {
		uint32_t size = start[b];
		start[b] = sum;
		sum += size;
	}
	for (size_t i = 0; i < count; i++)
		to[start[(from[i] - low) >> shift & mask]++] = from[i];
}

uint64_t *ns_radix_sort(uint64_t *keys, uint64_t *spare, size_t count, uint32_t low, uint32_t range)
{
	if (count <= SMALL) {
		ns_sort_few(keys, count);
		return keys;
	}
	int bits = 32 - __builtin_clz(range), most = count < MEDIUM ? 8 : DIGIT;
	int passes = (bits + most - 1) / most, digit = (bits + passes - 1) / passes;
	for (int pass = 0; pass < passes; pass++) {
		scatter(spare, keys, count, (uint64_t)low << 32, 32 + pass * digit, (1u << digit) - 1);
		uint64_t *swap = keys;
		keys = spare;
		spare = swap;
	}
	return keys;
}
