#include "base/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* A slot whose number is 0 is free. */
static struct ns_counts_slot *find(struct ns_counts_slot *slots, size_t capacity, uint64_t key)
{
	size_t i = (size_t)key & (capacity - 1);
	while (slots[i].value && slots[i].key != key)
		i = (i + 1) & (capacity - 1);
	return &slots[i];
}

static void grow(struct ns_counts *counts)
{
	size_t capacity = counts->capacity ? counts->capacity * 2 : 1024;
	struct ns_counts_slot *slots = ns_malloc_array(capacity, sizeof *slots);
	memset(slots, 0, capacity * sizeof *slots);
	for (size_t i = 0; i < counts->capacity; i++)
		if (counts->slots[i].value)
			*find(slots, capacity, counts->slots[i].key) = counts->slots[i];
	free(counts->slots);
	counts->slots = slots;
	counts->capacity = capacity;
}

uint64_t *ns_counts_at(struct ns_counts *counts, uint64_t key)
{
	if (counts->used >= counts->capacity / 4 * 3)
		grow(counts);
	struct ns_counts_slot *slot = find(counts->slots, counts->capacity, key);
	counts->used += slot->value == 0;
	slot->key = key;
	return &slot->value;
}

void ns_counts_release(struct ns_counts *counts)
{
	free(counts->slots);
	*counts = (struct ns_counts){0};
}
