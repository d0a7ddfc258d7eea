#include "table/name_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { SLOTS_MIN = 64 };

void ns_name_index_release(struct ns_name_index *index)
{
	for (size_t i = 0; i < index->count; i++)
		free((char *)index->items[i].name);
	free(index->items);
	free(index->slots);
	*index = (struct ns_name_index){0};
}

static uint64_t hash(const char *name, size_t size)
{
	return ns_hash64(name, size, 0x6e736669656c6473u, 0x6e616d6573u);
}

/* The name's slot, or the free one where it would be. */
static uint32_t *slot_of(const struct ns_name_index *index, const char *name, size_t size)
{
	size_t at = hash(name, size) & index->mask;
	for (; index->slots[at]; at = (at + 1) & index->mask) {
		const struct ns_indexed_name *item = &index->items[index->slots[at] - 1];
		if (item->size == size && memcmp(item->name, name, size) == 0)
			break;
	}
	return &index->slots[at];
}

size_t ns_name_index_find(const struct ns_name_index *index, const char *name, size_t size)
{
	uint32_t item = index->count ? *slot_of(index, name, size) : 0;
	return item ? item - 1 : NS_NAME_NONE;
}

static void grow(struct ns_name_index *index)
{
	size_t slots = index->slots ? 2 * (index->mask + 1) : SLOTS_MIN;
	assert(slots <= UINT32_MAX);
	free(index->slots);
	index->slots = ns_malloc_array(slots, sizeof *index->slots);
	memset(index->slots, 0, slots * sizeof *index->slots);
	index->mask = slots - 1;
	for (size_t i = 0; i < index->count; i++)
		*slot_of(index, index->items[i].name, index->items[i].size) = (uint32_t)i + 1;
}

size_t ns_name_index_add(bool *added, struct ns_name_index *index, const char *name, size_t size)
{
	size_t found = ns_name_index_find(index, name, size);
	*added = found == NS_NAME_NONE;
	if (!*added)
		return found;
	if (!index->slots || index->count >= index->mask / 2)
		grow(index);
	if (index->count == index->capacity) {
		index->capacity = index->capacity ? 2 * index->capacity : SLOTS_MIN / 2;
		index->items = ns_realloc_array(index->items, index->capacity, sizeof *index->items);
	}
	char *copy = ns_malloc_array(size + 1, 1);
	memcpy(copy, name, size);
	copy[size] = '\0';
	*slot_of(index, name, size) = (uint32_t)++index->count;
	index->items[index->count - 1] = (struct ns_indexed_name){copy, size};
	return index->count - 1;
}
