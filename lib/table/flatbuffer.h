/*
 * flatbuffer: the little of FlatBuffers that Arrow metadata need, https://flatbuffers.dev/internals. flatbuffer.c has the
 * drawing.
 *
 * Reading trusts nothing: every access is checked against the buffer, and one that would leave it gives a zero (an absent
 * table, an empty vector) and sets flat->bad, which stays. So a caller reads all it needs and asks once. Offsets
 * only point forward and nothing here recurses. Alignment is not insisted on (polars and Arrow JS differ from flatc there).
 *
 * Writing goes forward: parent first, then its children, each linked to the field that was left open for it.
 */
#ifndef NS_TABLE_FLATBUFFER_H
#define NS_TABLE_FLATBUFFER_H

#include "table/table.h"

struct ns_flat {
	const uint8_t *data;
	size_t size;
	bool bad; /* something pointed outside */
};

/* Borrowed views into a struct ns_flat. at == 0: absent, every field has its default. */
struct ns_flat_table {
	struct ns_flat *flat;
	size_t at, vtable, vtable_size, table_size;
};
struct ns_flat_vector {
	struct ns_flat *flat;
	size_t at, count; /* at: of the first element */
};

struct ns_flat_table ns_flat_root(struct ns_flat *flat);
/* width 1, 2, 4, 8; signed */
int64_t ns_flat_scalar(const struct ns_flat_table *table, unsigned slot, size_t width, int64_t absent);
struct ns_flat_table ns_flat_child(const struct ns_flat_table *table, unsigned slot);
struct ns_span ns_flat_text(const struct ns_flat_table *table, unsigned slot); /* data NULL = absent */
struct ns_flat_vector ns_flat_vector(const struct ns_flat_table *table, unsigned slot, size_t width); /* of the elements */
struct ns_flat_table ns_flat_item(const struct ns_flat_vector *vector, size_t i); /* of a vector of tables, i < count */
int64_t ns_flat_int64(const struct ns_flat_vector *vector, size_t at);              /* the 8 bytes at this offset within the elements */

/* A flatbuffer being written. full: it would have passed buffer.max, and what is there is no use. Release the buffer. */
struct ns_flat_writer {
	struct ns_buffer buffer;
	bool full;
};

/* A field of a table; width 0 is an offset to a child. `at` is set by put_table: where the value stands, for ns_flat_link. */
struct ns_flat_field {
	unsigned slot;
	size_t width;
	int64_t value;
	size_t at;
};

void ns_flat_start(struct ns_flat_writer *writer, size_t max); /* the root's place is at 0: link it first */
void ns_flat_link(struct ns_flat_writer *writer, size_t at, size_t target);
/* Each returns where the thing stands. Slots ascend. */
size_t ns_flat_put_table(struct ns_flat_writer *writer, struct ns_flat_field *fields, size_t count);
size_t ns_flat_put_text(struct ns_flat_writer *writer, const char *text);
size_t ns_flat_put_offsets(struct ns_flat_writer *writer, size_t count);                      /* element i's place is 4 + 4 * i behind */
size_t ns_flat_put_pairs(struct ns_flat_writer *writer, const int64_t *pairs, size_t count); /* structs of two int64 */
void ns_flat_finish(struct ns_flat_writer *writer);                                           /* pads to 8 bytes */

#endif
