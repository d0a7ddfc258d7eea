#include "table/ranges.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static int by_first(const void *left, const void *right)
{
	const struct ns_range *a = left, *b = right;
	return (a->first > b->first) - (a->first < b->first);
}

static bool parse_row(uint64_t *row, const char *text, size_t size)
{
	int64_t number;
	if (!ns_integer_parse(&number, text, size) || number < 1)
		return false;
	*row = (uint64_t)number;
	return true;
}

static bool parse_range(struct ns_range *range, const char *text)
{
	const char *dash = strchr(text, '-');
	size_t size = dash ? (size_t)(dash - text) : strlen(text);
	if (!parse_row(&range->first, text, size))
		return false;
	range->last = dash ? UINT64_MAX : range->first;
	return (!dash || !dash[1] || parse_row(&range->last, dash + 1, strlen(dash + 1))) && range->first <= range->last;
}

int ns_ranges_parse(struct ns_ranges *ranges, const struct ns_texts *texts, struct ns_arena *arena, struct ns_err *err)
{
	*ranges = (struct ns_ranges){.items = NS_NEW_ARRAY(arena, struct ns_range, texts->count)};
	for (size_t i = 0; i < texts->count; i++)
		if (!parse_range(&ranges->items[i], texts->items[i]))
			return ns_fail(err, NS_ECALL, "'%s' is no range of rows: 7, 3-9 or 100-, counted from 1", texts->items[i]);
	if (texts->count)
		qsort(ranges->items, texts->count, sizeof *ranges->items, by_first);
	for (size_t i = 0; i < texts->count; i++) {
		struct ns_range *last = ranges->count ? &ranges->items[ranges->count - 1] : NULL;
		if (!last || ranges->items[i].first > last->last)
			ranges->items[ranges->count++] = ranges->items[i];
		else if (ranges->items[i].last > last->last)
			last->last = ranges->items[i].last;
	}
	return NS_OK;
}

void ns_ranges_between(struct ns_ranges *ranges, uint64_t first, uint64_t last, struct ns_arena *arena)
{
	*ranges = (struct ns_ranges){.items = NS_NEW(arena, struct ns_range), .count = first <= last};
	*ranges->items = (struct ns_range){first, last};
}

size_t ns_ranges_pick(uint32_t *rows, struct ns_ranges *ranges, uint64_t seen, size_t count)
{
	size_t picked = 0;
	for (size_t row = 0; row < count && ranges->next < ranges->count; row++) {
		const struct ns_range *range = &ranges->items[ranges->next];
		uint64_t number = seen + row + 1;
		if (number >= range->first)
			rows[picked++] = (uint32_t)row;
		if (number == range->last)
			ranges->next++;
	}
	return picked;
}

bool ns_ranges_done(const struct ns_ranges *ranges, uint64_t seen)
{
	return ranges->count == 0 || ranges->items[ranges->count - 1].last <= seen;
}
