/*
 * narrow: a column of numbers in the narrowest type that holds them all: whole numbers in 8, 16 or 32 bits, others as float32
 * where that is exact for each, else float64. Borrowed from a table as it is, or packed into an arena.
 */
#ifndef NS_MODEL_NARROW_H
#define NS_MODEL_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum ns_narrow_type { NS_UINT8, NS_UINT16, NS_UINT32, NS_INT8, NS_INT16, NS_INT32, NS_FLOAT32, NS_FLOAT64 };

struct ns_narrow {
	enum ns_narrow_type type;
	const void *values;
	const uint8_t *validity; /* floats: as in arrow.h; NULL = nothing is missing */
	size_t missing;
};

/* One value. whole: of a column of whole numbers; number: of any, a missing one is anything. */
static inline int64_t ns_narrow_whole(const struct ns_narrow *narrow, size_t i)
{
	switch (narrow->type) {
	case NS_UINT8: return ((const uint8_t *)narrow->values)[i];
	case NS_UINT16: return ((const uint16_t *)narrow->values)[i];
	case NS_UINT32: return ((const uint32_t *)narrow->values)[i];
	case NS_INT8: return ((const int8_t *)narrow->values)[i];
	case NS_INT16: return ((const int16_t *)narrow->values)[i];
	default: return ((const int32_t *)narrow->values)[i];
	}
}
static inline double ns_narrow_number(const struct ns_narrow *narrow, size_t i)
{
	return narrow->type == NS_FLOAT64 ? ((const double *)narrow->values)[i] :
		narrow->type == NS_FLOAT32 ? (double)((const float *)narrow->values)[i] : (double)ns_narrow_whole(narrow, i);
}

/* Values first .. first + count at once; a missing number is NaN. */
void ns_narrow_read_wholes(int64_t *out, const struct ns_narrow *narrow, size_t first, size_t count);
void ns_narrow_read_ints(int32_t *out, const struct ns_narrow *narrow, size_t first, size_t count); /* one above 2^31 - 1 is negative then */
void ns_narrow_read_numbers(double *out, const struct ns_narrow *narrow, size_t first, size_t count);

/* Whole numbers from -2^31 to 2^32 - 1, not both below 0 and above 2^31 - 1; numbers, NaN = missing. */
void ns_narrow_pack_wholes(struct ns_narrow *narrow, const int64_t *values, size_t count, struct ns_arena *arena);
void ns_narrow_pack_numbers(struct ns_narrow *narrow, const double *values, size_t count, struct ns_arena *arena);

/*
 * To a table's column of `rows` values, and from one, borrowed: false where it is of another type, or whole numbers with missing
 * ones.
 */
struct ns_column;
struct ns_column ns_narrow_column(const char *name, const struct ns_narrow *narrow, size_t rows, struct ns_arena *arena);
bool ns_narrow_borrow(struct ns_narrow *narrow, const struct ns_column *column);

#endif
