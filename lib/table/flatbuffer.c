/*
 *  0      4                vtable            table                           vector of tables      string
 *  +------+----//----------+-----------------+-------------------------------+---------------------+--------------------+
 *  | root |                | u16 vtable size | i32 back to its vtable        | u32 count           | u32 length         |
 *  |  |   |                | u16 table size  | inline values, each aligned   | u32 offset, each    | bytes              |
 *  |  |   |                | u16 per slot:   | to its own size; a child is   | from its own place  | NUL, not counted   |
 *  |  |   |                |  where in table | a u32 offset from its own     |   |      |          |                    |
 *  +--|---+----//----------+--(0: default)---+-----place, always forward-----+---|------|----------+--------------------+
 *     +--------------------------------------->                                  +->    +-> tables
 *
 * All little-endian. Several tables may share a vtable, and a vtable may stand behind its table (polars): "back" is signed.
 */
#include "table/flatbuffer.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "Arrow data are used in place: a little-endian machine is needed");

/* Unsigned value of 1, 2, 4 or 8 bytes; the caller has checked the range. */
static uint64_t load(const struct ns_flat *flat, size_t at, size_t width)
{
	uint64_t value = 0;
	memcpy(&value, flat->data + at, width);
	return value;
}

static bool inside(const struct ns_flat *flat, size_t at, size_t size)
{
	return at <= flat->size && size <= flat->size - at;
}

static struct ns_flat_table no_table(struct ns_flat *flat)
{
	flat->bad = true;
	return (struct ns_flat_table){.flat = flat};
}

static struct ns_flat_table table_at(struct ns_flat *flat, size_t at)
{
	if (at == 0 || !inside(flat, at, 4))
		return no_table(flat);
	int64_t vtable = (int64_t)at - (int32_t)load(flat, at, 4);
	if (vtable < 0 || !inside(flat, (size_t)vtable, 4))
		return no_table(flat);
	struct ns_flat_table table = {flat, at, (size_t)vtable, load(flat, (size_t)vtable, 2), load(flat, (size_t)vtable + 2, 2)};
	if (table.vtable_size < 4 || table.vtable_size % 2 || !inside(flat, table.vtable, table.vtable_size) ||
	    table.table_size < 4 || !inside(flat, at, table.table_size))
		return no_table(flat);
	return table;
}

/* Where the field's inline value stands; 0 = absent. */
static size_t field_at(const struct ns_flat_table *table, unsigned slot, size_t width)
{
	size_t entry = 4 + 2 * (size_t)slot;
	if (!table->at || entry + 2 > table->vtable_size)
		return 0;
	size_t within = load(table->flat, table->vtable + entry, 2);
	if (within == 0)
		return 0;
	if (within < 4 || within + width > table->table_size) {
		table->flat->bad = true;
		return 0;
	}
	return table->at + within;
}

/* Follows the u32 offset at this place; 0 where it leads outside. At least 4 bytes are there. */
static size_t follow(struct ns_flat *flat, size_t at)
{
	uint64_t offset = load(flat, at, 4);
	if (offset && inside(flat, at + offset, 4))
		return at + offset;
	flat->bad = true;
	return 0;
}

struct ns_flat_table ns_flat_root(struct ns_flat *flat)
{
	return inside(flat, 0, 4) ? table_at(flat, follow(flat, 0)) : no_table(flat);
}

int64_t ns_flat_scalar(const struct ns_flat_table *table, unsigned slot, size_t width, int64_t absent)
{
	size_t at = field_at(table, slot, width);
	if (!at)
		return absent;
	unsigned shift = 64 - 8 * (unsigned)width;
	return (int64_t)(load(table->flat, at, width) << shift) >> shift;
}

struct ns_flat_table ns_flat_child(const struct ns_flat_table *table, unsigned slot)
{
	size_t at = field_at(table, slot, 4);
	return at ? table_at(table->flat, follow(table->flat, at)) : (struct ns_flat_table){.flat = table->flat};
}

struct ns_flat_vector ns_flat_vector(const struct ns_flat_table *table, unsigned slot, size_t width)
{
	struct ns_flat *flat = table->flat;
	struct ns_flat_vector none = {.flat = flat};
	size_t at = field_at(table, slot, 4);
	if (!at || !(at = follow(flat, at)))
		return none;
	size_t count = load(flat, at, 4);
	if (!inside(flat, at + 4, count * width)) {
		flat->bad = true;
		return none;
	}
	return (struct ns_flat_vector){flat, at + 4, count};
}

struct ns_span ns_flat_text(const struct ns_flat_table *table, unsigned slot)
{
	struct ns_flat_vector bytes = ns_flat_vector(table, slot, 1);
	return bytes.at ? (struct ns_span){(const char *)bytes.flat->data + bytes.at, bytes.count} : (struct ns_span){0};
}

struct ns_flat_table ns_flat_item(const struct ns_flat_vector *vector, size_t i)
{
	return table_at(vector->flat, follow(vector->flat, vector->at + 4 * i));
}

int64_t ns_flat_int64(const struct ns_flat_vector *vector, size_t at)
{
	return (int64_t)load(vector->flat, vector->at + at, 8);
}

/* --- writing --- */

static void put(struct ns_flat_writer *writer, const void *bytes, size_t size)
{
	if (ns_buffer_append(&writer->buffer, bytes, size))
		writer->full = true;
}

static void put_zeroes(struct ns_flat_writer *writer, size_t size)
{
	static const char zeroes[64];
	for (; size > sizeof zeroes; size -= sizeof zeroes)
		put(writer, zeroes, sizeof zeroes);
	put(writer, zeroes, size);
}

/* Pads so that what follows `ahead` bytes later is aligned. */
static void align(struct ns_flat_writer *writer, size_t alignment, size_t ahead)
{
	size_t over = (writer->buffer.size + ahead) % alignment;
	put_zeroes(writer, over ? alignment - over : 0);
}

static void store(struct ns_flat_writer *writer, size_t at, int64_t value, size_t width)
{
	if (!writer->full)
		memcpy(writer->buffer.data + at, &value, width);
}

static size_t put_word(struct ns_flat_writer *writer, size_t value)
{
	uint32_t word = (uint32_t)value; /* below buffer.max, which is below 4 GiB */
	size_t at = writer->buffer.size;
	put(writer, &word, sizeof word);
	return at;
}

void ns_flat_start(struct ns_flat_writer *writer, size_t max)
{
	*writer = (struct ns_flat_writer){NS_BUFFER_INIT(max), false};
	put_word(writer, 0);
}

void ns_flat_link(struct ns_flat_writer *writer, size_t at, size_t target)
{
	store(writer, at, (int64_t)(target - at), 4);
}

/* Gives each field its place in the table, the widest first, so that nothing needs padding inside; returns the table's size. */
static size_t lay_out(struct ns_flat_field *fields, size_t count, size_t *widest)
{
	size_t size = 4;
	*widest = 4;
	for (size_t width = 8; width; width /= 2)
		for (size_t i = 0; i < count; i++) {
			if ((fields[i].width ? fields[i].width : 4) != width)
				continue;
			size = (size + width - 1) / width * width;
			fields[i].at = size;
			size += width;
			*widest = width > *widest ? width : *widest;
		}
	return size;
}

size_t ns_flat_put_table(struct ns_flat_writer *writer, struct ns_flat_field *fields, size_t count)
{
	size_t widest, size = lay_out(fields, count, &widest);
	size_t slots = count ? fields[count - 1].slot + 1 : 0, vtable_size = 4 + 2 * slots;
	align(writer, widest, vtable_size);
	size_t vtable = writer->buffer.size, at = vtable + vtable_size;
	put_zeroes(writer, vtable_size + size);
	store(writer, vtable, (int64_t)vtable_size, 2);
	store(writer, vtable + 2, (int64_t)size, 2);
	store(writer, at, (int64_t)vtable_size, 4);
	for (size_t i = 0; i < count; i++) {
		store(writer, vtable + 4 + 2 * fields[i].slot, (int64_t)fields[i].at, 2);
		fields[i].at += at;
		if (fields[i].width)
			store(writer, fields[i].at, fields[i].value, fields[i].width);
	}
	return at;
}

size_t ns_flat_put_text(struct ns_flat_writer *writer, const char *text)
{
	size_t size = strlen(text);
	align(writer, 4, 0);
	size_t at = put_word(writer, size);
	put(writer, text, size + 1);
	return at;
}

size_t ns_flat_put_offsets(struct ns_flat_writer *writer, size_t count)
{
	align(writer, 4, 0);
	size_t at = put_word(writer, count);
	put_zeroes(writer, 4 * count);
	return at;
}

size_t ns_flat_put_pairs(struct ns_flat_writer *writer, const int64_t *pairs, size_t count)
{
	align(writer, 8, 4);
	size_t at = put_word(writer, count);
	put(writer, pairs, 16 * count);
	return at;
}

void ns_flat_finish(struct ns_flat_writer *writer)
{
	align(writer, 8, 0);
}
