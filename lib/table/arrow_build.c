#include "table/arrow_codec.h"

#include <assert.h>
#include <math.h>
#include <string.h>

size_t ns_arrow_offset_size(const struct ns_arrow_type *type)
{
	switch (type->id) {
	case NS_ARROW_UTF8:
	case NS_ARROW_BINARY:
		return 4;
	case NS_ARROW_LARGE_UTF8:
	case NS_ARROW_LARGE_BINARY:
		return 8;
	default:
		return 0;
	}
}

size_t ns_arrow_value_size(const struct ns_arrow_type *type)
{
	if (type->id == NS_ARROW_NULL || type->id == NS_ARROW_BOOL || ns_arrow_offset_size(type))
		return 0;
	return type->id == NS_ARROW_FIXED_BINARY ? (size_t)type->width : (size_t)type->width / 8;
}

int64_t ns_arrow_offset(const struct ns_arrow_array *array, size_t row)
{
	if (ns_arrow_offset_size(&array->type) == 4)
		return ((const int32_t *)array->values)[row];
	return ((const int64_t *)array->values)[row];
}

void ns_arrow_builder_clear(struct ns_arrow_builder *builder)
{
	builder->rows = builder->nulls = builder->data_size = 0;
}

void ns_arrow_builder_release(struct ns_arrow_builder *builder)
{
	ns_arrow_space_release(&builder->validity);
	ns_arrow_space_release(&builder->values);
	ns_arrow_space_release(&builder->data);
	ns_arrow_builder_clear(builder);
}

struct ns_arrow_array ns_arrow_builder_array(const struct ns_arrow_builder *builder)
{
	static const int64_t zero = 0; /* the one offset of no rows */
	return (struct ns_arrow_array){
		.type = builder->type,
		.rows = builder->rows,
		.nulls = builder->nulls,
		.validity = builder->nulls && builder->type.id != NS_ARROW_NULL ? (const uint8_t *)builder->validity.data : NULL,
		.values = builder->values.data ? builder->values.data : (const char *)&zero,
		.data = builder->data.data ? builder->data.data : "",
		.data_size = builder->data_size,
	};
}

/* --- bits: what lies behind the last row in its byte is always zero --- */

static bool bit(const uint8_t *bits, size_t i)
{
	return bits[i >> 3] >> (i & 7) & 1;
}

/* Makes room for `count` more bits behind the first `used`, all zero. */
static uint8_t *more_bits(struct ns_arrow_space *space, size_t used, size_t count)
{
	size_t have = (used + 7) / 8, need = (used + count + 7) / 8;
	ns_arrow_space_grow(space, have, need);
	if (need > have)
		memset(space->data + have, 0, need - have);
	return (uint8_t *)space->data;
}

/* Copies bits from.. from + count to at..; what is behind `at` is zero. */
static void copy_bits(uint8_t *out, size_t at, const uint8_t *bits, size_t from, size_t count)
{
	size_t i = 0;
	if (at % 8 == 0 && from % 8 == 0) {
		memcpy(out + at / 8, bits + from / 8, count / 8);
		i = count / 8 * 8;
	}
	for (; i < count; i++)
		out[(at + i) >> 3] |= (uint8_t)(bit(bits, from + i) << ((at + i) & 7));
}

static void set_bits(uint8_t *out, size_t at, size_t count)
{
	size_t i = 0;
	for (; i < count && (at + i) % 8; i++)
		out[(at + i) >> 3] |= (uint8_t)(1u << ((at + i) & 7));
	memset(out + (at + i) / 8, 0xff, (count - i) / 8);
	for (i += (count - i) / 8 * 8; i < count; i++)
		out[(at + i) >> 3] |= (uint8_t)(1u << ((at + i) & 7));
}

/* The chosen rows' bits; NULL means all set. */
static void add_bits(struct ns_arrow_space *space, size_t at, const uint8_t *bits, const uint32_t *rows, size_t first, size_t count)
{
	uint8_t *out = more_bits(space, at, count);
	if (!bits)
		set_bits(out, at, count);
	else if (!rows)
		copy_bits(out, at, bits, first, count);
	else
		for (size_t i = 0; i < count; i++)
			out[(at + i) >> 3] |= (uint8_t)(bit(bits, rows[i]) << ((at + i) & 7));
}

static size_t count_unset(const uint8_t *bits, size_t at, size_t count)
{
	size_t unset = 0;
	for (size_t i = at; i < at + count; i++) {
		if (i % 8 == 0 && at + count - i >= 8 && bits[i / 8] == 0xff)
			i += 7;
		else
			unset += !bit(bits, i);
	}
	return unset;
}

/* --- values --- */

#define GATHER(type)                                      \
	for (size_t i = 0; i < count; i++)                \
	memcpy(out + i * sizeof(type), values + rows[i] * sizeof(type), sizeof(type))

static void copy_values(char *out, const char *values, size_t size, const uint32_t *rows, size_t first, size_t count)
{
	if (!rows) {
		if (count)
			memcpy(out, values + first * size, count * size);
		return;
	}
	switch (size) {
	case 1: GATHER(uint8_t); break;
	case 2: GATHER(uint16_t); break;
	case 4: GATHER(uint32_t); break;
	case 8: GATHER(uint64_t); break;
	default:
		for (size_t i = 0; i < count; i++)
			memcpy(out + i * size, values + rows[i] * size, size);
	}
}

static void zero_nulls(char *values, size_t size, const uint8_t *validity, size_t at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!bit(validity, at + i))
			memset(values + i * size, 0, size);
}

static void add_fixed(struct ns_arrow_builder *builder, const struct ns_arrow_array *array, size_t size, const uint32_t *rows, size_t first, size_t count)
{
	if (!size) /* fixed-size binary of no bytes */
		return;
	ns_arrow_space_grow(&builder->values, builder->rows * size, (builder->rows + count) * size);
	char *out = builder->values.data + builder->rows * size;
	copy_values(out, array->values, size, rows, first, count);
	if (array->validity)
		zero_nulls(out, size, (const uint8_t *)builder->validity.data, builder->rows, count);
}

static void add_bools(struct ns_arrow_builder *builder, const struct ns_arrow_array *array, const uint32_t *rows, size_t first, size_t count)
{
	size_t at = builder->rows;
	add_bits(&builder->values, at, array->values, rows, first, count);
	if (array->validity)
		for (size_t i = at; i < at + count; i++)
			builder->values.data[i >> 3] &= (char)~(!bit((const uint8_t *)builder->validity.data, i) << (i & 7));
}

/* A row's text: nothing for a null. */
static struct ns_span text_at(const struct ns_arrow_array *array, size_t row)
{
	if (ns_arrow_is_null(array, row))
		return (struct ns_span){0};
	int64_t from = ns_arrow_offset(array, row), to = ns_arrow_offset(array, row + 1);
	return (struct ns_span){array->data + from, (size_t)(to - from)};
}

/* Makes room for count more offsets and `bytes` more bytes; false where the offsets are too narrow for that. */
static bool more_text(struct ns_arrow_builder *builder, size_t count, size_t bytes)
{
	size_t width = ns_arrow_offset_size(&builder->type), used = builder->rows ? builder->rows + 1 : 0;
	if (width == 4 && bytes > INT32_MAX - builder->data_size)
		return false;
	ns_arrow_space_grow(&builder->values, used * width, (builder->rows + count + 1) * width);
	if (!builder->rows)
		memset(builder->values.data, 0, width);
	ns_arrow_space_grow(&builder->data, builder->data_size, builder->data_size + bytes);
	return true;
}

/* Appends the text as row `row`; there is room. */
static void put_text(struct ns_arrow_builder *builder, size_t row, const char *text, size_t size)
{
	if (size)
		memcpy(builder->data.data + builder->data_size, text, size);
	builder->data_size += size;
	if (ns_arrow_offset_size(&builder->type) == 4)
		((int32_t *)(void *)builder->values.data)[row + 1] = (int32_t)builder->data_size;
	else
		((int64_t *)(void *)builder->values.data)[row + 1] = (int64_t)builder->data_size;
}

static bool add_text(struct ns_arrow_builder *builder, const struct ns_arrow_array *array, const uint32_t *rows, size_t first, size_t count)
{
	size_t total = 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = text_at(array, rows ? rows[i] : first + i).size;
		if (size > (size_t)PTRDIFF_MAX - total)
			return false;
		total += size;
	}
	if (!more_text(builder, count, total))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct ns_span text = text_at(array, rows ? rows[i] : first + i);
		put_text(builder, builder->rows + i, text.data, text.size);
	}
	return true;
}

int ns_arrow_builder_add(struct ns_arrow_builder *builder, const struct ns_arrow_array *array, const uint32_t *rows, size_t first, size_t count)
{
	if (count == 0)
		return 0;
	if (builder->type.id == NS_ARROW_NULL) {
		builder->rows += count;
		builder->nulls += count;
		return 0;
	}
	if (ns_arrow_offset_size(&builder->type) && !add_text(builder, array, rows, first, count))
		return -1;
	add_bits(&builder->validity, builder->rows, array->validity, rows, first, count);
	if (builder->type.id == NS_ARROW_BOOL)
		add_bools(builder, array, rows, first, count);
	else if (!ns_arrow_offset_size(&builder->type))
		add_fixed(builder, array, ns_arrow_value_size(&builder->type), rows, first, count);
	if (array->validity)
		builder->nulls += count_unset((const uint8_t *)builder->validity.data, builder->rows, count);
	builder->rows += count;
	return 0;
}

void ns_arrow_builder_add_null(struct ns_arrow_builder *builder)
{
	size_t size = ns_arrow_value_size(&builder->type);
	if (ns_arrow_offset_size(&builder->type)) {
		more_text(builder, 1, 0);
		put_text(builder, builder->rows, NULL, 0);
	} else if (builder->type.id == NS_ARROW_BOOL) {
		more_bits(&builder->values, builder->rows, 1);
	} else if (size) {
		ns_arrow_space_grow(&builder->values, builder->rows * size, (builder->rows + 1) * size);
		memset(builder->values.data + builder->rows * size, 0, size);
	}
	more_bits(&builder->validity, builder->rows, 1);
	builder->rows++;
	builder->nulls++;
}

int ns_arrow_builder_add_cells(struct ns_arrow_builder *builder, const struct ns_column *column, const uint32_t *rows, size_t first, size_t count)
{
	size_t total = 0, at = builder->rows;
	for (size_t i = 0; i < count; i++)
		total += ns_column_text(column, rows ? rows[i] : first + i).size; /* below 2^30 each */
	if (!more_text(builder, count, total))
		return -1;
	uint8_t *validity = more_bits(&builder->validity, at, count);
	for (size_t i = 0; i < count; i++) {
		struct ns_span text = ns_column_text(column, rows ? rows[i] : first + i);
		put_text(builder, at + i, text.data, text.size);
		validity[(at + i) >> 3] |= (uint8_t)((text.data != NULL) << ((at + i) & 7));
		builder->nulls += text.data == NULL;
	}
	builder->rows += count;
	return 0;
}

/* Up to eight of them; returns the bits of those that are there. */
static inline unsigned put_numbers(double *out, const double *numbers, size_t count)
{
	unsigned there = 0;
	for (size_t i = 0; i < count; i++) {
		bool missing = isnan(numbers[i]);
		out[i] = missing ? 0 : numbers[i];
		there |= (unsigned)!missing << i;
	}
	return there;
}

void ns_arrow_builder_add_numbers(struct ns_arrow_builder *builder, const double *numbers, const uint32_t *rows, size_t first, size_t count)
{
	size_t at = builder->rows, i = 0;
	ns_arrow_space_grow(&builder->values, at * sizeof(double), (at + count) * sizeof(double));
	double *out = (double *)(void *)builder->values.data + at;
	uint8_t *validity = more_bits(&builder->validity, at, count);
	for (; !rows && at % 8 == 0 && i + 8 <= count; i += 8) {
		unsigned there = put_numbers(out + i, numbers + first + i, 8);
		validity[(at + i) >> 3] = (uint8_t)there;
		builder->nulls += 8 - (size_t)__builtin_popcount(there);
	}
	for (; i < count; i++) {
		unsigned there = put_numbers(out + i, numbers + (rows ? rows[i] : first + i), 1);
		validity[(at + i) >> 3] |= (uint8_t)(there << ((at + i) & 7));
		builder->nulls += !there;
	}
	builder->rows += count;
}

static void release(void *builder)
{
	ns_arrow_builder_release(builder);
}

const struct ns_arrow_array *ns_arrow_take(const struct ns_arrow_array *array, const uint32_t *rows, size_t count, struct ns_arena *arena)
{
	struct ns_arrow_builder *builder = NS_NEW(arena, struct ns_arrow_builder);
	struct ns_arrow_array *taken = NS_NEW(arena, struct ns_arrow_array);
	ns_arena_defer(arena, release, builder);
	builder->type = array->type;
	int failed = ns_arrow_builder_add(builder, array, rows, 0, count);
	assert(!failed); /* no more text than there was */
	(void)failed;
	*taken = ns_arrow_builder_array(builder);
	return taken;
}
