/*
 * ranges: which rows of a stream, by their numbers.
 */
#ifndef NS_TABLE_RANGES_H
#define NS_TABLE_RANGES_H

#include "base/opt.h"

struct ns_range {
	uint64_t first, last; /* row numbers from 1, both in; first <= last */
};
struct ns_ranges {
	struct ns_range *items; /* ascending, apart from each other */
	size_t count;
	size_t next; /* the range that rows to come may be in */
};

/* "7", "3-9", "100-" each, from 1; in any order, overlapping or not. Anything else is NS_ECALL. */
int ns_ranges_parse(struct ns_ranges *ranges, const struct ns_texts *texts, struct ns_arena *arena, struct ns_err *err);
/* The one range from first to last; none where last < first. */
void ns_ranges_between(struct ns_ranges *ranges, uint64_t first, uint64_t last, struct ns_arena *arena);
/*
 * Of the count rows that follow the first `seen` of the stream, those in the ranges: rows[0..return) are positions from 0.
 * To be called for one batch after the other.
 */
size_t ns_ranges_pick(uint32_t *rows, struct ns_ranges *ranges, uint64_t seen, size_t count);
/* No row behind the first `seen` is in the ranges. */
bool ns_ranges_done(const struct ns_ranges *ranges, uint64_t seen);

#endif
