#include "model/narrow.h"

#include <math.h>
#include <string.h>

#include "table/arrow.h"
#include "table/table.h"

#define EACH(type, value)                                                      \
	do {                                                                   \
		const type *restrict from = (const type *)narrow->values + first; \
		for (size_t i = 0; i < count; i++)                             \
			out[i] = value;                                        \
	} while (0)

void ns_narrow_read_wholes(int64_t *restrict out, const struct ns_narrow *narrow, size_t first, size_t count)
{
	switch (narrow->type) {
	case NS_UINT8: EACH(uint8_t, from[i]); break;
	case NS_UINT16: EACH(uint16_t, from[i]); break;
	case NS_UINT32: EACH(uint32_t, from[i]); break;
	case NS_INT8: EACH(int8_t, from[i]); break;
	case NS_INT16: EACH(int16_t, from[i]); break;
	default: EACH(int32_t, from[i]); break;
	}
}

void ns_narrow_read_ints(int32_t *restrict out, const struct ns_narrow *narrow, size_t first, size_t count)
{
	switch (narrow->type) {
	case NS_UINT8: EACH(uint8_t, from[i]); break;
	case NS_UINT16: EACH(uint16_t, from[i]); break;
	case NS_UINT32: EACH(uint32_t, (int32_t)from[i]); break;
	case NS_INT8: EACH(int8_t, from[i]); break;
	case NS_INT16: EACH(int16_t, from[i]); break;
	default: EACH(int32_t, from[i]); break;
	}
}

/* No branch: leaves, whose thresholds are missing, come as if at random. */
static void blank_missing(double *values, const uint8_t *validity, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t bits, missing = (validity[(first + i) >> 3] >> ((first + i) & 7) & 1) - UINT64_C(1);
		memcpy(&bits, &values[i], sizeof bits);
		bits |= missing & UINT64_C(0x7ff8000000000000);
		memcpy(&values[i], &bits, sizeof bits);
	}
}

void ns_narrow_read_numbers(double *restrict out, const struct ns_narrow *narrow, size_t first, size_t count)
{
	switch (narrow->type) {
	case NS_FLOAT32: EACH(float, (double)from[i]); break;
	case NS_FLOAT64: EACH(double, from[i]); break;
	default:
		for (size_t i = 0; i < count; i++)
			out[i] = (double)ns_narrow_whole(narrow, first + i);
	}
	if (narrow->validity)
		blank_missing(out, narrow->validity, first, count);
}

#define PACK(type)                                               \
	do {                                                     \
		type *to = NS_NEW_ARRAY(arena, type, count);     \
		for (size_t i = 0; i < count; i++)               \
			to[i] = (type)values[i];                 \
		narrow->values = to;                             \
	} while (0)

void ns_narrow_pack_wholes(struct ns_narrow *narrow, const int64_t *values, size_t count, struct ns_arena *arena)
{
	int64_t least = 0, most = 0;
	for (size_t i = 0; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	*narrow = (struct ns_narrow){0};
	if (least < 0)
		narrow->type = least >= INT8_MIN && most <= INT8_MAX ? NS_INT8 : least >= INT16_MIN && most <= INT16_MAX ? NS_INT16 : NS_INT32;
	else
		narrow->type = most <= UINT8_MAX ? NS_UINT8 : most <= UINT16_MAX ? NS_UINT16 : NS_UINT32;
	switch (narrow->type) {
	case NS_UINT8: PACK(uint8_t); break;
	case NS_UINT16: PACK(uint16_t); break;
	case NS_UINT32: PACK(uint32_t); break;
	case NS_INT8: PACK(int8_t); break;
	case NS_INT16: PACK(int16_t); break;
	default: PACK(int32_t); break;
	}
}

void ns_narrow_pack_numbers(struct ns_narrow *narrow, const double *values, size_t count, struct ns_arena *arena)
{
	bool exact = true;
	*narrow = (struct ns_narrow){0};
	for (size_t i = 0; i < count; i++) {
		narrow->missing += isnan(values[i]);
		exact = exact && (isnan(values[i]) || (fabs(values[i]) <= (double)0x1.fffffep127F && (double)(float)values[i] == values[i]));
	}
	narrow->type = exact ? NS_FLOAT32 : NS_FLOAT64;
	if (exact)
		PACK(float);
	else
		PACK(double);
	if (narrow->missing == 0)
		return;
	uint8_t *validity = NS_NEW_ARRAY(arena, uint8_t, count / 8 + 1);
	for (size_t i = 0; i < count; i++)
		validity[i >> 3] |= (uint8_t)(!isnan(values[i]) << (i & 7));
	narrow->validity = validity;
}

static const struct ns_arrow_type types[] = {
	[NS_UINT8] = {.id = NS_ARROW_INT, .width = 8},
	[NS_UINT16] = {.id = NS_ARROW_INT, .width = 16},
	[NS_UINT32] = {.id = NS_ARROW_INT, .width = 32},
	[NS_INT8] = {.id = NS_ARROW_INT, .width = 8, .is_signed = true},
	[NS_INT16] = {.id = NS_ARROW_INT, .width = 16, .is_signed = true},
	[NS_INT32] = {.id = NS_ARROW_INT, .width = 32, .is_signed = true},
	[NS_FLOAT32] = {.id = NS_ARROW_FLOAT, .width = 32},
	[NS_FLOAT64] = {.id = NS_ARROW_FLOAT, .width = 64},
};

struct ns_column ns_narrow_column(const char *name, const struct ns_narrow *narrow, size_t rows, struct ns_arena *arena)
{
	struct ns_arrow_array *array = NS_NEW(arena, struct ns_arrow_array);
	*array = (struct ns_arrow_array){.type = types[narrow->type], .rows = rows, .nulls = narrow->missing, .validity = narrow->validity, .values = narrow->values};
	return (struct ns_column){.name = name, .type = NS_NUMBER, .array = array};
}

bool ns_narrow_borrow(struct ns_narrow *narrow, const struct ns_column *column)
{
	const struct ns_arrow_array *array = column->array;
	if (!array)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (array->type.id == types[i].id && array->type.width == types[i].width && (i >= NS_FLOAT32 || array->type.is_signed == types[i].is_signed)) {
			*narrow = (struct ns_narrow){(enum ns_narrow_type)i, array->values, array->validity, array->nulls};
			return i >= NS_FLOAT32 || array->nulls == 0;
		}
	return false;
}
