#include "stat/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"

/* A slot of two zeroes is free. */
static uint64_t *find(uint64_t (*slots)[2], size_t capacity, const uint64_t key[2])
{
	uint64_t mixed = (key[0] ^ key[1]) * 0x9e3779b97f4a7c15u;
	size_t at = (size_t)(mixed ^ mixed >> 32) & (capacity - 1);
	while ((slots[at][0] || slots[at][1]) && (slots[at][0] != key[0] || slots[at][1] != key[1]))
		at = (at + 1) & (capacity - 1);
	return slots[at];
}

static void grow(struct ns_seen *seen)
{
	size_t capacity = seen->capacity ? seen->capacity * 2 : 64;
	uint64_t (*slots)[2] = ns_malloc_array(capacity, sizeof *slots);
	memset(slots, 0, capacity * sizeof *slots);
	for (size_t i = 0; i < seen->capacity; i++)
		if (seen->slots[i][0] || seen->slots[i][1])
			memcpy(find(slots, capacity, seen->slots[i]), seen->slots[i], sizeof *slots);
	free(seen->slots);
	seen->slots = slots;
	seen->capacity = capacity;
}

static bool add(struct ns_seen *seen, const uint64_t key[2])
{
	if (seen->count >= seen->capacity / 4 * 3)
		grow(seen);
	uint64_t *slot = find(seen->slots, seen->capacity, key);
	if (slot[0] || slot[1])
		return false;
	slot[0] = key[0];
	slot[1] = key[1];
	seen->count++;
	return true;
}

bool ns_seen_number(struct ns_seen *seen, double number)
{
	uint64_t key[2] = {0, 1};
	double value = number + 0.0;
	memcpy(key, &value, sizeof value);
	return add(seen, key);
}

bool ns_seen_text(struct ns_seen *seen, const char *text, size_t size)
{
	struct ns_hasher hasher;
	uint64_t key[2];
	ns_hasher_init(&hasher, 0x7365656e, 0x74657874);
	ns_hasher_add(&hasher, text, size);
	ns_hasher_done(key, &hasher);
	key[1] |= !key[0];
	return add(seen, key);
}

void ns_seen_release(struct ns_seen *seen)
{
	free(seen->slots);
	*seen = (struct ns_seen){0};
}
