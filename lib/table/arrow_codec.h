/*
 * arrow_codec: what the files of the Arrow codec share. For arrow*.c alone; arrow.h is the manual.
 *
 *	arrow.c         the drawing; several streams as one table; struct ns_format
 *	arrow_stream.c  the messages of one stream
 *	arrow_schema.c  Schema messages, read and written; names of types
 *	arrow_batch.c   record and dictionary batches: buffers in a body -> arrays
 *	arrow_unpack.c  lz4 and zstd buffers
 *	arrow_space.c   memory that is used again from batch to batch
 *	arrow_build.c   arrays made from rows of other arrays, numbers or cells
 *	arrow_write.c   batches written; struct ns_format's other half
 *	arrow_value.c   a value as a number, as text
 *	arrow_table.c   whole tables in memory
 */
#ifndef NS_TABLE_ARROW_CODEC_H
#define NS_TABLE_ARROW_CODEC_H

#include "table/arrow.h"
#include "table/flatbuffer.h"

#define NS_ARROW_METADATA_MAX ((size_t)64 << 20) /* of one message; also of all names and metadata in a schema */
#define NS_ARROW_BODY_MAX ((int64_t)1 << 40)
#define NS_ARROW_EXPANDED_MAX ((size_t)8 << 30)  /* what one batch's compressed buffers, dictionaries and views may grow to */
#define NS_ARROW_ROWS_MAX ((int64_t)INT32_MAX)   /* of one batch */
#define NS_ARROW_EMPTY_ROWS_MAX ((int64_t)1 << 24) /* of a batch that has no bytes */
enum { NS_ARROW_COLUMNS_MAX = 65536 };
enum ns_arrow_message { NS_ARROW_SCHEMA = 1, NS_ARROW_DICTIONARY_BATCH = 2, NS_ARROW_RECORD_BATCH = 3 };

/* Reusable memory, aligned to 64 bytes, that only grows. */
struct ns_arrow_space {
	char *data;
	size_t capacity;
};
/* to at least need; the first keep bytes stay */
void ns_arrow_space_grow(struct ns_arrow_space *space, size_t keep, size_t need);
void ns_arrow_space_release(struct ns_arrow_space *space);

/* --- arrow_build.c: an array that grows --- */

/*
 * validity, values and data as in struct ns_arrow_array; validity is kept even where there are no nulls. Zeroed = empty, of no
 * type.
 */
struct ns_arrow_builder {
	struct ns_arrow_type type;
	size_t rows, nulls, data_size;
	struct ns_arrow_space validity, values, data;
};
size_t ns_arrow_value_size(const struct ns_arrow_type *type); /* bytes of a fixed-width value; 0: null, bool, text, binary */
size_t ns_arrow_offset_size(const struct ns_arrow_type *type); /* 4 or 8 for text and binary, else 0 */
/* text and binary: where the value begins; row <= rows */
int64_t ns_arrow_offset(const struct ns_arrow_array *array, size_t row);
void ns_arrow_builder_clear(struct ns_arrow_builder *builder); /* no rows; memory stays */
void ns_arrow_builder_release(struct ns_arrow_builder *builder);
/*
 * Appends rows[0..count), or first.. first + count where rows is NULL. The array has the builder's type, or both are text or
 * binary of any offset width. Values under nulls become zeroes. -1, and nothing is appended, where 4-byte offsets would pass 2^31
 * - 1.
 */
int ns_arrow_builder_add(struct ns_arrow_builder *builder, const struct ns_arrow_array *array, const uint32_t *rows,
	size_t first, size_t count);
void ns_arrow_builder_add_null(struct ns_arrow_builder *builder);
/* text */
int ns_arrow_builder_add_cells(struct ns_arrow_builder *builder, const struct ns_column *column, const uint32_t *rows,
	size_t first, size_t count);
/* float64; NaN is null */
void ns_arrow_builder_add_numbers(struct ns_arrow_builder *builder, const double *numbers, const uint32_t *rows, size_t first,
	size_t count);
struct ns_arrow_array ns_arrow_builder_array(const struct ns_arrow_builder *builder); /* borrowed until the next add */

/* --- arrow_unpack.c --- */

enum ns_arrow_codec { NS_ARROW_LZ4 = 0, NS_ARROW_ZSTD = 1 };
/* The libraries' contexts, made when first needed. */
struct ns_arrow_unpacker {
	void *zstd, *lz4;
};
/*
 * One frame unpacked into space, exactly size bytes. NULL, or what is wrong with it: "is cut off". Memory grows with what really
 * comes out.
 */
const char *ns_arrow_unpack(struct ns_arrow_space *space, size_t size, struct ns_arrow_unpacker *unpacker,
	enum ns_arrow_codec codec, const void *packed, size_t packed_size);
void ns_arrow_unpacker_release(struct ns_arrow_unpacker *unpacker);

/* --- arrow_space.c: see also struct ns_arrow_space above --- */

/* Memory for one batch's unpacked, copied and decoded buffers, handed out in order and used again for the next batch. */
struct ns_arrow_pool {
	struct ns_arrow_space *spaces;
	struct ns_arrow_builder *builders;
	size_t spaces_count, spaces_used, builders_count, builders_used;
	struct ns_arrow_unpacker unpacker;
};
/* either: until the pool is used for the next batch, or released */
struct ns_arrow_space *ns_arrow_pool_space(struct ns_arrow_pool *pool);
struct ns_arrow_builder *ns_arrow_pool_builder(struct ns_arrow_pool *pool, const struct ns_arrow_type *type);
void ns_arrow_pool_release(struct ns_arrow_pool *pool);

/* --- arrow_schema.c --- */

struct ns_arrow_dictionary {
	int64_t id;
	bool sent, view;                /* view: its values come as views */
	struct ns_arrow_builder values; /* row 0 is a null, value i is row i + 1; no rows until it is first needed */
};
struct ns_arrow_field {
	const char *name;
	struct ns_arrow_type type; /* of the values, plain: views are utf8 or binary here */
	bool view;
	struct ns_arrow_dictionary *dictionary; /* NULL: the values themselves; else indices of this type: */
	struct ns_arrow_type index;
	struct ns_metadata metadata;
};
struct ns_arrow_schema {
	struct ns_arrow_field *fields;
	size_t width;
	struct ns_arrow_dictionary *dictionaries;
	size_t dictionaries_count;
	struct ns_metadata metadata;
};
/* All of it lives in the arena but the dictionaries' values: ns_arrow_schema_release. */
int ns_arrow_schema_read(struct ns_arrow_schema *schema, const struct ns_flat_table *message, const char *name,
	struct ns_arena *arena, struct ns_err *err);
void ns_arrow_schema_release(struct ns_arrow_schema *schema);
/* A Schema message's flatbuffer; false where it would pass NS_ARROW_METADATA_MAX. The caller releases writer->buffer. */
bool ns_arrow_schema_write(struct ns_flat_writer *writer, const struct ns_column *columns, const struct ns_arrow_type *types,
	size_t width, const struct ns_metadata *metadata);
/* A message table whose header is linked to what is written next; returns nothing: write the header's table right behind it. */
void ns_arrow_message_start(struct ns_flat_writer *writer, enum ns_arrow_message kind, int64_t body_size, size_t *header_at);
/* utf8 and large_utf8, binary and large_binary are the same */
bool ns_arrow_same_type(const struct ns_arrow_type *a, const struct ns_arrow_type *b);
/*
 * Field metadata that speak of the encoding (polars' categories, extension types), not of the values, go where the encoding goes.
 */
void ns_arrow_plain_metadata(struct ns_metadata *metadata, struct ns_arena *arena);
/* Metadata key beside `pandas`: which columns that key speaks of. Set by the reader, never written. */
#define NS_ARROW_PANDAS_COLUMNS "ns:pandas-columns"
const char *ns_arrow_columns_digest(const struct ns_column *columns, const struct ns_arrow_type *types, size_t width,
	struct ns_arena *arena);

/* --- arrow_batch.c --- */

struct ns_arrow_body {
	const char *data;
	size_t size;
};
/* `where` names the batch in messages: "train.arrow: record batch 3". arrays: schema->width of them. */
int ns_arrow_batch_read(struct ns_arrow_array *arrays, size_t *rows, const struct ns_arrow_schema *schema,
	const struct ns_flat_table *batch, struct ns_arrow_body body, struct ns_arrow_pool *pool, const char *where, struct ns_err *err);
int ns_arrow_dictionary_read(struct ns_arrow_schema *schema, const struct ns_flat_table *batch, struct ns_arrow_body body,
	struct ns_arrow_pool *pool, const char *where, struct ns_err *err);

/* --- arrow_stream.c: from bytes or from memory --- */

struct ns_arrow_stream {
	struct ns_bytes *bytes; /* NULL: memory */
	const uint8_t *memory;
	size_t memory_size;
	const char *name;       /* for messages */
	struct ns_arena *arena; /* the first schema lives here */
	struct ns_arena later;  /* the present one, if it is not the first */
	uint64_t at;            /* bytes taken */
	uint64_t streams, batches;
	bool is_file, has_prefix;
	unsigned char prefix[8]; /* has_prefix: already taken, of the next message */
	struct ns_arrow_schema first, schema; /* schema: the present one; first: without its dictionaries once it is gone */
	struct ns_arrow_space metadata, body;
	struct ns_arrow_pool pool;
	struct ns_arrow_array *arrays; /* of the present batch; before the first, of no rows */
};
/* The source, name and arena are set, all else zero: reads the first schema. Release it, whatever the result. */
int ns_arrow_stream_open(struct ns_arrow_stream *stream, struct ns_err *err);
/* The schema of a stream that follows; the arrays are still the first's. */
int ns_arrow_stream_schema(struct ns_arrow_stream *stream, struct ns_arena *arena, struct ns_err *err);
/* The next batch that has rows; *rows = 0 is the end marker, in the file form the footer too. */
int ns_arrow_stream_next(struct ns_arrow_stream *stream, size_t *rows, struct ns_err *err);
void ns_arrow_stream_empty(struct ns_arrow_stream *stream); /* the arrays become those of no rows */
void ns_arrow_stream_release(struct ns_arrow_stream *stream);

/* --- arrow_write.c: the writing half of struct ns_format --- */

int ns_arrow_writer_start(void **state, const struct ns_table *header, struct ns_file *file, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err);
int ns_arrow_writer_write(void *state, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err);
int ns_arrow_writer_finish(void *state, struct ns_err *err);
void ns_arrow_writer_abandon(void *state);

#endif
