#include "table/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { SLOTS_MIN = 64 };

void ns_fields_release(struct ns_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		free((char *)fields->items[i].name);
	free(fields->items);
	free(fields->slots);
	*fields = (struct ns_fields){0};
}

static uint64_t hash(const char *name, size_t size)
{
	return ns_hash64(name, size, 0x6e736669656c6473u, 0x6e616d6573u);
}

/* The name's slot, or the free one where it would be. */
static uint32_t *slot_of(const struct ns_fields *fields, const char *name, size_t size)
{
	size_t at = hash(name, size) & fields->mask;
	for (; fields->slots[at]; at = (at + 1) & fields->mask) {
		const struct ns_field *field = &fields->items[fields->slots[at] - 1];
		if (field->size == size && memcmp(field->name, name, size) == 0)
			break;
	}
	return &fields->slots[at];
}

size_t ns_fields_find(const struct ns_fields *fields, const char *name, size_t size)
{
	uint32_t item = fields->count ? *slot_of(fields, name, size) : 0;
	return item ? item - 1 : NS_FIELDS_NONE;
}

static void grow(struct ns_fields *fields)
{
	size_t slots = fields->slots ? 2 * (fields->mask + 1) : SLOTS_MIN;
	assert(slots <= UINT32_MAX);
	free(fields->slots);
	fields->slots = ns_malloc_array(slots, sizeof *fields->slots);
	memset(fields->slots, 0, slots * sizeof *fields->slots);
	fields->mask = slots - 1;
	for (size_t i = 0; i < fields->count; i++)
		*slot_of(fields, fields->items[i].name, fields->items[i].size) = (uint32_t)i + 1;
}

size_t ns_fields_add(bool *added, struct ns_fields *fields, const char *name, size_t size)
{
	size_t found = ns_fields_find(fields, name, size);
	*added = found == NS_FIELDS_NONE;
	if (!*added)
		return found;
	if (!fields->slots || fields->count >= fields->mask / 2)
		grow(fields);
	if (fields->count == fields->capacity) {
		fields->capacity = fields->capacity ? 2 * fields->capacity : SLOTS_MIN / 2;
		fields->items = ns_realloc_array(fields->items, fields->capacity, sizeof *fields->items);
	}
	char *copy = ns_malloc_array(size + 1, 1);
	memcpy(copy, name, size);
	copy[size] = '\0';
	*slot_of(fields, name, size) = (uint32_t)++fields->count;
	fields->items[fields->count - 1] = (struct ns_field){copy, size};
	return fields->count - 1;
}
