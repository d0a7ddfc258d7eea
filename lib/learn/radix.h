/*
 * radix: sorting keys, fast for any number of them.
 */
#ifndef NS_LEARN_RADIX_H
#define NS_LEARN_RADIX_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sorts keys by their upper 32 bits, which are low ... low + range, range > 0. Returns where they are then: keys or spare, as
 * long.
 */
uint64_t *ns_radix_sort(uint64_t *keys, uint64_t *spare, size_t count, uint32_t low, uint32_t range);

/* Sorts a few keys, ascending: by insertion, so in time that grows with the square of their number. */
void ns_sort_few(uint64_t *keys, size_t count);

/* Spreads a hash over all its bits, for keys that are sorted by the upper ones. */
static inline uint64_t ns_mix(uint64_t h)
{
	h *= UINT64_C(0x9e3779b97f4a7c15);
	h ^= h >> 32;
	h *= UINT64_C(0xd6e8feb86659fd93);
	return h ^ h >> 29;
}

#endif
