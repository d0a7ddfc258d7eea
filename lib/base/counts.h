/*
 * counts: a number for every 64-bit key: how often a row came, where it stood.
 *
 * Open addressing, a power of two of slots of 16 bytes, at most three quarters of them used: 22 to 43 bytes a key, half as much again
 * while it grows. Keys are hashes: their low bits choose the slot.
 */
#ifndef NS_BASE_COUNTS_H
#define NS_BASE_COUNTS_H

#include <stddef.h>
#include <stdint.h>

struct ns_counts_slot {
	uint64_t key, value;
};
struct ns_counts {
	size_t used, capacity;
	struct ns_counts_slot *slots;
};

/* The key's number, 0 where it is new: to be made another at once. Valid until the next call. */
uint64_t *ns_counts_at(struct ns_counts *counts, uint64_t key);
void ns_counts_release(struct ns_counts *counts); /* empty again */

#endif
