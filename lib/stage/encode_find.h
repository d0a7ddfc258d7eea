/*
 * encode_find: which of a column's categories its values are.
 *
 * Whole numbers that lie close together are looked up by position, other numbers and texts by hash; where many would hash to the
 * same place, by halving the sorted list. The categories are borrowed, ascending (bytewise, by value), distinct and not missing.
 */
#ifndef NS_STAGE_ENCODE_FIND_H
#define NS_STAGE_ENCODE_FIND_H

#include "table/table.h"

struct ns_encode_slot;

struct ns_encode_finder {
	size_t count;
	const char *const *texts; /* NULL for numbers */
	const double *values;
	const uint32_t *table;    /* of whole numbers: category + 1 of low, low + 1, ...; 0: none; NULL: not so */
	double low, span;
	const struct ns_encode_slot *slots; /* mask + 1 of them; NULL: not so */
	size_t mask;
};

/* Either texts or values, count of them (below 2^32 - 2). */
void ns_encode_finder_init(struct ns_encode_finder *finder, const char *const *texts, const double *values, size_t count,
	struct ns_arena *arena);

/* What stands for a missing value and for one that is no category. */
struct ns_encode_others {
	uint32_t missing, unknown;
};
/* The category of each row, or what `others` say. The column holds cells where the categories are texts, else numbers. */
void ns_encode_find(uint32_t *found, const struct ns_encode_finder *finder, const struct ns_column *column, size_t rows,
	struct ns_encode_others others);
void ns_encode_find_numbers(uint32_t *found, const struct ns_encode_finder *finder, const double *numbers, size_t rows,
	struct ns_encode_others others);

#endif
