/* One stream, message by message; arrow.c has the drawing. */
#include "table/arrow_codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEP = 1 << 16 }; /* memory for a message is given in steps that at most double, as its bytes come */

/* --- the source --- */

/* Exactly size bytes, or *got fewer at the end. */
static int take(size_t *got, struct ns_arrow_stream *stream, void *out, size_t size, struct ns_err *err)
{
	if (stream->bytes) {
		NS_TRY(ns_bytes_read_full(got, out, stream->bytes, size, err));
	} else {
		size_t left = stream->memory_size - (size_t)stream->at;
		*got = size < left ? size : left;
		if (*got)
			memcpy(out, stream->memory + stream->at, *got);
	}
	stream->at += *got;
	return NS_OK;
}

static int fail_cut(const struct ns_arrow_stream *stream, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: the Arrow stream is cut off in the middle of a message, at byte %" PRIu64 ": its producer stopped early",
		stream->name, stream->at);
}

/* size bytes into space, which never grows far beyond what really came. */
static int take_all(struct ns_arrow_space *space, struct ns_arrow_stream *stream, size_t size, struct ns_err *err)
{
	for (size_t have = 0, got; have < size; have += got) {
		if (have == space->capacity)
			ns_arrow_space_grow(space, have, size - have < STEP ? size : have + (have > STEP ? have : STEP));
		size_t room = space->capacity - have, want = room < size - have ? room : size - have;
		NS_TRY(take(&got, stream, space->data + have, want, err));
		if (got < want)
			return fail_cut(stream, err);
	}
	return NS_OK;
}

/* The body in place where it is memory already, else in stream->body. */
static int take_body(struct ns_arrow_body *body, struct ns_arrow_stream *stream, size_t size, struct ns_err *err)
{
	const uint8_t *here = stream->bytes ? NULL : stream->memory + stream->at;
	if (here && (uintptr_t)here % 8 == 0) {
		if (size > stream->memory_size - stream->at)
			return fail_cut(stream, err);
		*body = (struct ns_arrow_body){(const char *)here, size};
		stream->at += size;
		return NS_OK;
	}
	NS_TRY(take_all(&stream->body, stream, size, err));
	*body = (struct ns_arrow_body){size ? stream->body.data : "", size};
	return NS_OK;
}

/* --- messages --- */

struct message {
	struct ns_flat flat;
	struct ns_flat_table header;
	enum ns_arrow_message kind;
	struct ns_arrow_body body;
};

static bool is_prefix(const unsigned char *prefix)
{
	return memcmp(prefix, "\xff\xff\xff\xff", 4) == 0;
}

/* The first message of a stream from before 0.15: its size, then the flatbuffer's root. */
static bool is_old(const unsigned char *prefix)
{
	uint32_t size, root;
	memcpy(&size, prefix, 4);
	memcpy(&root, prefix + 4, 4);
	return size && size % 4 == 0 && size < 1 << 24 && root >= 4 && root < 256;
}

static int fail_prefix(const struct ns_arrow_stream *stream, const unsigned char *prefix, struct ns_err *err)
{
	if (stream->at <= 16 && is_old(prefix))
		return ns_fail(err, NS_EDATA, "%s: an Arrow stream from before Arrow 0.15 is not supported: write it again with a newer Arrow", stream->name);
	return ns_fail(err, NS_EDATA, "%s: no Arrow message begins at byte %" PRIu64 ": the stream is damaged", stream->name, stream->at - 8);
}

/* Metadata size from the 8 bytes before a message; 0 = the end marker. */
static int read_prefix(size_t *size, struct ns_arrow_stream *stream, struct ns_err *err)
{
	unsigned char *prefix = stream->prefix;
	size_t got = sizeof stream->prefix;
	int32_t value;
	if (!stream->has_prefix)
		NS_TRY(take(&got, stream, prefix, sizeof stream->prefix, err));
	stream->has_prefix = false;
	if (got == 0)
		return ns_fail(err, NS_EDATA, "%s: the Arrow stream ends without its end marker: its producer stopped early", stream->name);
	if (got < sizeof stream->prefix)
		return fail_cut(stream, err);
	if (!is_prefix(prefix))
		return fail_prefix(stream, prefix, err);
	memcpy(&value, prefix + 4, 4);
	if (value < 0 || (size_t)value > NS_ARROW_METADATA_MAX)
		return ns_fail(err, NS_EDATA, "%s: the Arrow message at byte %" PRIu64 " has %" PRId32 " bytes of metadata: more than 64 MiB", stream->name, stream->at - 8,
			value);
	*size = (size_t)value;
	return NS_OK;
}

/*
 * polars writes the file form's schema without the 8 bytes before it, since readers that seek have the footer. Such a flatbuffer ends
 * where the next message begins: at ffffffff, which neither its UTF-8 nor its offsets can hold, and a size.
 */
static int take_bare_schema(size_t *size, struct ns_arrow_stream *stream, struct ns_err *err)
{
	int32_t next_size;
	size_t got;
	for (*size = 0; !stream->has_prefix; *size += 8) {
		if (*size > NS_ARROW_METADATA_MAX)
			return fail_prefix(stream, stream->prefix, err);
		ns_arrow_space_grow(&stream->metadata, *size, *size + 8);
		memcpy(stream->metadata.data + *size, stream->prefix, 8);
		NS_TRY(take(&got, stream, stream->prefix, 8, err));
		if (got < 8)
			return fail_cut(stream, err);
		memcpy(&next_size, stream->prefix + 4, 4);
		stream->has_prefix = is_prefix(stream->prefix) && next_size >= 0 && next_size % 8 == 0;
	}
	return NS_OK;
}

/* The metadata of the next message into stream->metadata; *size = 0 is the end marker. */
static int take_metadata(size_t *size, struct ns_arrow_stream *stream, struct ns_err *err)
{
	size_t got;
	if (stream->is_file && stream->streams == 0) {
		NS_TRY(take(&got, stream, stream->prefix, 8, err));
		if (got < 8)
			return fail_cut(stream, err);
		if (!is_prefix(stream->prefix) && !is_old(stream->prefix))
			return take_bare_schema(size, stream, err);
		stream->has_prefix = true;
	}
	NS_TRY(read_prefix(size, stream, err));
	return take_all(&stream->metadata, stream, *size, err);
}

/* *end = true: the end marker, and no message. */
static int read_message(struct message *message, bool *end, struct ns_arrow_stream *stream, struct ns_err *err)
{
	size_t size = 0;
	uint64_t begin = stream->at;
	NS_TRY(take_metadata(&size, stream, err));
	*end = size == 0;
	if (*end)
		return NS_OK;
	message->flat = (struct ns_flat){(const uint8_t *)stream->metadata.data, size, false};
	struct ns_flat_table root = ns_flat_root(&message->flat);
	int64_t version = ns_flat_scalar(&root, 0, 2, 0), body_size = ns_flat_scalar(&root, 3, 8, 0);
	message->kind = (enum ns_arrow_message)ns_flat_scalar(&root, 1, 1, 0);
	message->header = ns_flat_child(&root, 2);
	if (message->flat.bad || !message->header.at || body_size < 0 || body_size > NS_ARROW_BODY_MAX)
		return ns_fail(err, NS_EDATA, "%s: the Arrow message at byte %" PRIu64 " is damaged", stream->name, begin);
	if (version != 3 && version != 4)
		return ns_fail(err, NS_EDATA, "%s: Arrow metadata version V%d is not supported: V4 and V5 are", stream->name, (int)version + 1);
	return take_body(&message->body, stream, (size_t)body_size, err);
}

/* --- the stream --- */

int ns_arrow_stream_schema(struct ns_arrow_stream *stream, struct ns_arena *arena, struct ns_err *err)
{
	struct message message;
	bool end;
	NS_TRY(read_message(&message, &end, stream, err));
	if (end || message.kind != NS_ARROW_SCHEMA)
		return ns_fail(err, NS_EDATA, "%s: the Arrow stream does not begin with a schema", stream->name);
	stream->streams++;
	stream->batches = 0;
	return ns_arrow_schema_read(&stream->schema, &message.header, stream->name, arena, err);
}

void ns_arrow_stream_empty(struct ns_arrow_stream *stream)
{
	for (size_t i = 0; i < stream->first.width; i++)
		stream->arrays[i] = ns_arrow_builder_array(&(struct ns_arrow_builder){.type = stream->first.fields[i].type});
}

int ns_arrow_stream_open(struct ns_arrow_stream *stream, struct ns_err *err)
{
	unsigned char magic[8];
	const unsigned char *head = stream->memory;
	size_t got = stream->memory_size;
	if (stream->bytes)
		NS_TRY(ns_bytes_peek(&head, &got, stream->bytes, err));
	stream->is_file = got >= 8 && memcmp(head, "ARROW1\0\0", 8) == 0;
	if (stream->is_file)
		NS_TRY(take(&got, stream, magic, sizeof magic, err));
	NS_TRY(ns_arrow_stream_schema(stream, stream->arena, err));
	stream->first = stream->schema;
	stream->arrays = NS_NEW_ARRAY(stream->arena, struct ns_arrow_array, stream->schema.width);
	ns_arrow_stream_empty(stream);
	return NS_OK;
}

/* Everything behind the end marker is the footer; what is not would be rows that nobody reads. */
static int read_footer(struct ns_arrow_stream *stream, struct ns_err *err)
{
	size_t have = 0, got = 1;
	int32_t size = -1;
	while (got) {
		if (have > NS_ARROW_METADATA_MAX)
			return ns_fail(err, NS_EDATA, "%s: the Arrow file's footer is larger than 64 MiB", stream->name);
		ns_arrow_space_grow(&stream->metadata, have, have + STEP);
		NS_TRY(take(&got, stream, stream->metadata.data + have, STEP, err));
		have += got;
	}
	const char *end = stream->metadata.data + have;
	if (have < 10 || memcmp(end - 6, "ARROW1", 6) != 0)
		return ns_fail(err, NS_EDATA, "%s: the Arrow file is cut off in its footer", stream->name);
	memcpy(&size, end - 10, 4);
	if (size < 0 || (size_t)size != have - 10)
		return ns_fail(err, NS_EDATA, "%s: something follows the Arrow file: only Arrow streams can follow each other", stream->name);
	return NS_OK;
}

static int read_batch(size_t *rows, const struct message *message, struct ns_arrow_stream *stream, struct ns_err *err)
{
	char where[512], number[32] = "";
	if (stream->streams > 1)
		snprintf(number, sizeof number, "stream %" PRIu64 ", ", stream->streams);
	if (message->kind == NS_ARROW_DICTIONARY_BATCH) {
		snprintf(where, sizeof where, "%.400s: %sdictionary before record batch %" PRIu64, stream->name, number, stream->batches + 1);
		return ns_arrow_dictionary_read(&stream->schema, &message->header, message->body, &stream->pool, where, err);
	}
	if (message->kind != NS_ARROW_RECORD_BATCH)
		return ns_fail(err, NS_EDATA, "%s: an Arrow message of kind %d does not belong in a table", stream->name, (int)message->kind);
	snprintf(where, sizeof where, "%.400s: %srecord batch %" PRIu64, stream->name, number, ++stream->batches);
	return ns_arrow_batch_read(stream->arrays, rows, &stream->schema, &message->header, message->body, &stream->pool, where, err);
}

int ns_arrow_stream_next(struct ns_arrow_stream *stream, size_t *rows, struct ns_err *err)
{
	struct message message;
	bool end;
	for (*rows = 0; *rows == 0;) {
		NS_TRY(read_message(&message, &end, stream, err));
		if (end)
			return stream->is_file ? read_footer(stream, err) : NS_OK;
		NS_TRY(read_batch(rows, &message, stream, err));
	}
	return NS_OK;
}

void ns_arrow_stream_release(struct ns_arrow_stream *stream)
{
	ns_arrow_schema_release(&stream->schema);
	ns_arrow_space_release(&stream->metadata);
	ns_arrow_space_release(&stream->body);
	ns_arrow_pool_release(&stream->pool);
	ns_arena_release(&stream->later);
}
