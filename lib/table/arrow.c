/*
 * A stream is messages, one after the other; streams may follow each other.
 *
 *   Schema  Dictionary*  RecordBatch  Dictionary*  RecordBatch ...  end      Schema ...
 *
 * A message:                                                                          the end:
 *   0           4                 8                        8 + m         8 + m + b      0           4
 *   +-----------+-----------------+------------------------+-------------+              +-----------+-----------+
 *   | ffffffff  | m: i32, bytes   | flatbuffer: Message    | body, b     |              | ffffffff  | 00000000  |
 *   |           | to the body     | (kind, b, header)      | bytes       |              |           |           |
 *   +-----------+-----------------+------------------------+-------------+              +-----------+-----------+
 *                                                 |
 *   header RecordBatch: rows, nodes [rows, nulls] per column, buffers [offset in body, size]:
 *   +----------+---------+   +----------+---------------+---------+   +----------+---------+
 *   | validity | values  |   | validity | i32 offsets   | bytes   |   | validity | indices |    each padded to 8 bytes
 *   | a bit    |         |   |          | rows + 1      |         |   |          | into a  |    (lz4, zstd: i64 unpacked size,
 *   | a row    |         |   |          |               |         |   |          | Dictionary   then the frame, each buffer)
 *   +----------+---------+   +----------+---------------+---------+   +----------+---------+
 *     number, bool, time ...   text, binary                             dictionary-encoded
 *
 * The file form is "ARROW1\0\0", one such stream, a footer we do not need, its i32 size, "ARROW1". All little-endian.
 */
#include "table/arrow_codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- several streams are one table --- */

struct reader {
	struct ns_arrow_stream stream;
	struct ns_table table;     /* the header, then each batch */
	struct ns_column *columns; /* as the header has them; each batch gets a fresh copy, for tools change columns in place */
	bool finished;
};

static int fail_columns(const struct ns_arrow_stream *stream, struct ns_err *err, const char *difference)
{
	return ns_fail(err, NS_EDATA, "stream %" PRIu64 " of %s has other columns: %s", stream->streams, stream->name, difference);
}

static int compare_columns(struct ns_arrow_stream *stream, struct ns_err *err)
{
	const struct ns_arrow_schema *first = &stream->first, *schema = &stream->schema;
	struct ns_arena *scratch = &stream->later;
	if (schema->width != first->width)
		return fail_columns(stream, err, ns_format(scratch, "%zu, the first has %zu", schema->width, first->width));
	for (size_t i = 0; i < schema->width; i++) {
		const struct ns_arrow_field *a = &first->fields[i], *b = &schema->fields[i];
		if (strcmp(a->name, b->name) != 0)
			return fail_columns(stream, err, ns_format(scratch, "column %zu is '%s', in the first '%s'", i + 1, b->name, a->name));
		if (!ns_arrow_same_type(&a->type, &b->type))
			return fail_columns(stream, err, ns_format(scratch, "column '%s' is %s, in the first %s", b->name, ns_arrow_type_name(&b->type, scratch),
				ns_arrow_type_name(&a->type, scratch)));
	}
	return NS_OK;
}

/* Rows that have passed other stages, or stages themselves, are not one table, whatever their columns. */
static int compare_stages(const struct ns_arrow_stream *stream, struct ns_err *err)
{
	static const char *const keys[] = {"ns:stage", "ns:after"};
	const char *stage = ns_metadata_find(&stream->schema.metadata, keys[0]);
	if (stage)
		return ns_fail(err, NS_EDATA, "stream %" PRIu64 " of %s is a stage of a bundle ('%s'), not more rows of one table (ns-convert --stage shows one)", stream->streams, stream->name, stage);
	for (size_t i = 0; i < 2; i++) {
		const char *a = ns_metadata_find(&stream->first.metadata, keys[i]), *b = ns_metadata_find(&stream->schema.metadata, keys[i]);
		if (strcmp(a ? a : "", b ? b : "") != 0)
			return ns_fail(err, NS_EDATA, "stream %" PRIu64 " of %s has passed other stages than the first: its %s differs", stream->streams, stream->name, keys[i]);
	}
	return NS_OK;
}

/* Goes on with the next stream, or *more = false at the end of the input. */
static int next_stream(bool *more, struct ns_arrow_stream *stream, struct ns_err *err)
{
	const unsigned char *head;
	size_t got = 0;
	if (!stream->is_file)
		NS_TRY(ns_bytes_peek(&head, &got, stream->bytes, err));
	*more = got > 0;
	if (!*more)
		return NS_OK;
	ns_arrow_schema_release(&stream->schema);
	ns_arena_reset(&stream->later);
	NS_TRY(ns_arrow_stream_schema(stream, &stream->later, err));
	NS_TRY(compare_stages(stream, err));
	return compare_columns(stream, err);
}

/* --- the format --- */

static bool sniff(const unsigned char *head, size_t size)
{
	static const unsigned char old[4] = {0, 0, 0, 0}; /* before 0.15: sizes below 64 KiB in place of ffffffff; named in a message */
	return (size >= 4 && memcmp(head, "\xff\xff\xff\xff", 4) == 0) || (size >= 6 && memcmp(head, "ARROW1", 6) == 0) ||
	       (size >= 8 && head[0] % 4 == 0 && memcmp(head + 2, old, 2) == 0 && memcmp(head + 5, old, 3) == 0);
}

static void copy_columns(struct ns_column *out, const struct ns_column *columns, size_t width)
{
	if (width)
		memcpy(out, columns, width * sizeof *out);
}

static void make_header(struct reader *reader, struct ns_arena *arena)
{
	const struct ns_arrow_schema *schema = &reader->stream.schema;
	struct ns_table *table = &reader->table;
	struct ns_arrow_type *types = NS_NEW_ARRAY(arena, struct ns_arrow_type, schema->width);
	*table = (struct ns_table){.width = schema->width, .metadata = schema->metadata, .source = reader->stream.name, .whole_batch = true};
	table->columns = NS_NEW_ARRAY(arena, struct ns_column, schema->width);
	reader->columns = NS_NEW_ARRAY(arena, struct ns_column, schema->width);
	for (size_t i = 0; i < schema->width; i++) {
		types[i] = schema->fields[i].type;
		table->columns[i] = (struct ns_column){.name = schema->fields[i].name, .type = ns_arrow_natural_type(&types[i]), .array = &reader->stream.arrays[i],
			.metadata = schema->fields[i].metadata};
		if (schema->fields[i].dictionary || schema->fields[i].view)
			ns_arrow_plain_metadata(&table->columns[i].metadata, arena);
	}
	ns_table_clean_names(table, false, arena);
	if (ns_metadata_find(&table->metadata, "pandas"))
		ns_metadata_set(&table->metadata, NS_ARROW_PANDAS_COLUMNS, ns_arrow_columns_digest(table->columns, types, table->width, arena), arena);
	copy_columns(reader->columns, table->columns, table->width);
}

static void close_reader(void *state)
{
	struct reader *reader = state;
	if (!reader)
		return;
	ns_arrow_stream_release(&reader->stream);
	free(reader);
}

static int open_reader(void **state, struct ns_table *header, struct ns_bytes *bytes, const struct ns_table_options *options,
	const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err)
{
	struct reader *reader = ns_malloc_array(1, sizeof *reader);
	*reader = (struct reader){.stream = {.bytes = bytes, .name = ns_bytes_name(bytes), .arena = arena}};
	(void)options; /* a damaged stream has no rows to set aside, and its types are its own */
	(void)reject;
	int status = ns_arrow_stream_open(&reader->stream, err);
	if (status) {
		close_reader(reader);
		return status;
	}
	make_header(reader, arena);
	*header = reader->table;
	header->columns = NS_NEW_ARRAY(arena, struct ns_column, header->width);
	copy_columns(header->columns, reader->columns, header->width);
	*state = reader;
	return NS_OK;
}

static int next_batch(struct ns_table *batch, void *state, struct ns_err *err)
{
	struct reader *reader = state;
	reader->table.first_row += reader->table.rows;
	reader->table.rows = 0;
	while (!reader->finished && !reader->table.rows) {
		bool more = true;
		NS_TRY(ns_arrow_stream_next(&reader->stream, &reader->table.rows, err));
		if (!reader->table.rows)
			NS_TRY(next_stream(&more, &reader->stream, err));
		reader->finished = !more;
	}
	if (reader->finished)
		ns_arrow_stream_empty(&reader->stream);
	copy_columns(reader->table.columns, reader->columns, reader->table.width);
	*batch = reader->table;
	return NS_OK;
}

const struct ns_format ns_format_arrow = {
	.name = "arrow",
	.sniff = sniff,
	.open = open_reader,
	.next = next_batch,
	.close = close_reader,
	.start = ns_arrow_writer_start,
	.write = ns_arrow_writer_write,
	.finish = ns_arrow_writer_finish,
	.abandon = ns_arrow_writer_abandon,
};
