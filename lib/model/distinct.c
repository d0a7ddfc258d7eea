#include "model/distinct.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static size_t slots_of(const struct ns_distinct *distinct)
{
	return (size_t)1 << (64 - distinct->shift);
}

void ns_distinct_init(struct ns_distinct *distinct, size_t room, size_t rows)
{
	*distinct = (struct ns_distinct){.room = room, .shift = 63};
	while (slots_of(distinct) < 2 * room)
		distinct->shift--;
	distinct->bits = ns_malloc_array(room, sizeof *distinct->bits);
	distinct->of = ns_malloc_array(rows, sizeof *distinct->of);
	distinct->slots = ns_malloc_array(slots_of(distinct), sizeof *distinct->slots);
	ns_distinct_clear(distinct);
}

void ns_distinct_release(struct ns_distinct *distinct)
{
	free(distinct->bits);
	free(distinct->of);
	free(distinct->slots);
	*distinct = (struct ns_distinct){0};
}

void ns_distinct_clear(struct ns_distinct *distinct)
{
	distinct->count = distinct->rows = 0;
	memset(distinct->slots, 0xff, slots_of(distinct) * sizeof *distinct->slots);
}

void ns_distinct_add(struct ns_distinct *distinct, const uint64_t *bits, size_t rows)
{
	size_t mask = slots_of(distinct) - 1;
	for (size_t i = 0; i < rows; i++) {
		size_t at = (size_t)(bits[i] * UINT64_C(0x9e3779b97f4a7c15) >> distinct->shift);
		while (distinct->slots[at] != UINT32_MAX && distinct->bits[distinct->slots[at]] != bits[i])
			at = (at + 1) & mask;
		if (distinct->slots[at] == UINT32_MAX) {
			distinct->bits[distinct->count] = bits[i];
			distinct->slots[at] = (uint32_t)distinct->count++;
		}
		distinct->of[distinct->rows++] = distinct->slots[at];
	}
}
