/*
 *	int32 length of all | int32 id | int32 answer to | int32 kind | ...
 *
 *	kind 2013, OP_MSG          int32 flags | 00 | document | [int32 checksum, where flag 1 is set]
 *	kind 1, OP_REPLY           int32 flags | int64 cursor | int32 from | int32 count, 1 | document
 *	kind 2012, OP_COMPRESSED   int32 kind | int32 size | int8 compressor | bytes
 */
#include "net/replies.h"

#include <errno.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { LENGTH = 4, HEADER = 16, LARGEST = 48 * 1000 * 1000, REPLY = 1, COMPRESSED = 2012, MESSAGE = 2013, CHECKSUM = 1, DEEPEST = 2 };

static uint32_t number_at(const uint8_t *data)
{
	return data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

/* {cursor: {firstBatch: [{...}]}}: the batch's documents are three levels down. */
static bool document_is_sound(const uint8_t *data, size_t size, int depth)
{
	bson_t document;
	bson_iter_t field;
	if (!bson_init_static(&document, data, size))
		return false;
	if (depth > DEEPEST)
		return true;
	if (!bson_iter_init(&field, &document))
		return false;
	while (bson_iter_next(&field)) {
		const uint8_t *inner;
		uint32_t length;
		if (BSON_ITER_HOLDS_DOCUMENT(&field))
			bson_iter_document(&field, &length, &inner);
		else if (BSON_ITER_HOLDS_ARRAY(&field))
			bson_iter_array(&field, &length, &inner);
		else
			continue;
		if (!inner || !document_is_sound(inner, length, depth + 1))
			return false;
	}
	return field.err_off == 0;
}

bool ns_reply_is_sound(const uint8_t *message, size_t size)
{
	size_t begin, end = size;
	if (size < HEADER || size > LARGEST || number_at(message) != size)
		return false;
	switch (number_at(message + 12)) {
	case MESSAGE:
		begin = HEADER + 5;
		if (size < begin || message[HEADER + 4] != 0)
			return false;
		if (message[HEADER] & CHECKSUM)
			end -= 4;
		break;
	case REPLY:
		begin = HEADER + 20;
		if (size < begin || number_at(message + HEADER + 16) != 1)
			return false;
		break;
	case COMPRESSED:
		return true;
	default:
		return false;
	}
	return begin < end && document_is_sound(message + begin, end - begin, 0);
}

/* A stream of libmongoc's around another one. */
struct guard {
	mongoc_stream_t stream;
	mongoc_stream_t *inner, *source; /* source: what the inner one reads from, see guarded() */
	uint8_t *data; /* of the message that is coming in */
	size_t capacity, have, given;
};

/* The message's length, when it is known; what of it may be given: the length at once, the rest when all of it is there and sound. */
static size_t message_size(const struct guard *guard)
{
	return guard->have < LENGTH ? LENGTH : number_at(guard->data);
}

static bool make_room(struct guard *guard, size_t size)
{
	if (size <= guard->capacity)
		return true;
	uint8_t *data = size > LARGEST ? NULL : realloc(guard->data, size);
	if (!data)
		return false;
	guard->data = data;
	guard->capacity = size;
	return true;
}

/* More of the message, never more than it has: 0 where nothing is there yet, or ever. */
static ssize_t fill(struct guard *guard, bool wait, int32_t timeout)
{
	size_t missing = message_size(guard) - guard->have;
	ssize_t got = mongoc_stream_read(guard->source, guard->data + guard->have, missing, wait ? missing : 0, timeout);
	if (got <= 0)
		return got;
	guard->have += (size_t)got;
	size_t size = message_size(guard);
	bool sound = guard->have < LENGTH || (size >= HEADER && make_room(guard, size));
	if (sound && guard->have > LENGTH && guard->have == size)
		sound = ns_reply_is_sound(guard->data, size);
	if (sound)
		return got;
	errno = EPROTO;
	return -1;
}

static size_t give(struct guard *guard, uint8_t *to, size_t size)
{
	size_t all = message_size(guard), may = guard->have < LENGTH ? 0 : guard->have == all ? all : LENGTH;
	size_t count = may - guard->given < size ? may - guard->given : size;
	if (count > 0)
		memcpy(to, guard->data + guard->given, count);
	guard->given += count;
	if (guard->given == all)
		guard->have = guard->given = 0;
	return count;
}

/* As much as there is of `size` bytes, at least `least`. */
static ssize_t read_some(struct guard *guard, uint8_t *to, size_t size, size_t least, int32_t timeout)
{
	size_t done = 0;
	for (;;) {
		done += give(guard, to + done, size - done);
		if (done == size || (done > 0 && done >= least))
			return (ssize_t)done;
		ssize_t got = fill(guard, done < least, timeout);
		if (got < 0 || (got == 0 && done < least))
			return got;
		if (got == 0)
			return (ssize_t)done;
	}
}

static ssize_t guard_readv(mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, size_t least, int32_t timeout)
{
	struct guard *guard = (struct guard *)stream;
	size_t done = 0;
	for (size_t i = 0; i < count; i++) {
		size_t size = iov[i].iov_len, needed = least > done ? least - done : 0;
		ssize_t got = size > 0 ? read_some(guard, iov[i].iov_base, size, needed < size ? needed : size, timeout) : 0;
		if (got < 0)
			return got;
		done += (size_t)got;
		if ((size_t)got < size)
			break;
	}
	return (ssize_t)done;
}

static mongoc_stream_t *inner_of(mongoc_stream_t *stream)
{
	return ((struct guard *)stream)->inner;
}

static void release(struct guard *guard)
{
	free(guard->data);
	free(guard);
}

static void guard_destroy(mongoc_stream_t *stream)
{
	mongoc_stream_destroy(inner_of(stream));
	release((struct guard *)stream);
}

static void guard_failed(mongoc_stream_t *stream)
{
	mongoc_stream_t *inner = inner_of(stream);
	(inner->failed ? inner->failed : inner->destroy)(inner);
	release((struct guard *)stream);
}

static int guard_close(mongoc_stream_t *stream)
{
	return mongoc_stream_close(inner_of(stream));
}

static int guard_flush(mongoc_stream_t *stream)
{
	return mongoc_stream_flush(inner_of(stream));
}

static ssize_t guard_writev(mongoc_stream_t *stream, mongoc_iovec_t *iov, size_t count, int32_t timeout)
{
	return mongoc_stream_writev(inner_of(stream), iov, count, timeout);
}

static int guard_setsockopt(mongoc_stream_t *stream, int level, int name, void *value, mongoc_socklen_t size)
{
	return mongoc_stream_setsockopt(inner_of(stream), level, name, value, size);
}

static bool guard_check_closed(mongoc_stream_t *stream)
{
	return mongoc_stream_check_closed(inner_of(stream));
}

static bool guard_timed_out(mongoc_stream_t *stream)
{
	return mongoc_stream_timed_out(inner_of(stream));
}

static bool guard_should_retry(mongoc_stream_t *stream)
{
	return mongoc_stream_should_retry(inner_of(stream));
}

static mongoc_stream_t *guarded(mongoc_stream_t *inner)
{
	enum { OURS = 'n' << 8 | 's' }; /* a type that is none of libmongoc's */
	struct guard *guard = calloc(1, sizeof *guard);
	if (!guard || !make_room(guard, 4096))
		ns_die_of_memory();
	guard->inner = inner;
	/* libmongoc puts a buffer around the connection that takes half of an answer for the end of it, while it greets a server. */
	guard->source = mongoc_stream_get_base_stream(inner);
	if (!guard->source)
		guard->source = inner;
	guard->stream = (mongoc_stream_t){
		.type = OURS,
		.destroy = guard_destroy,
		.close = guard_close,
		.flush = guard_flush,
		.writev = guard_writev,
		.readv = guard_readv,
		.setsockopt = guard_setsockopt,
		.get_base_stream = inner_of,
		.check_closed = guard_check_closed,
		.failed = guard_failed,
		.timed_out = guard_timed_out,
		.should_retry = guard_should_retry,
	};
	return &guard->stream;
}

/* How libmongoc connects when nobody else does; in its library, but not in its headers. */
mongoc_stream_t *mongoc_client_default_stream_initiator(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client,
	bson_error_t *error) __attribute__((weak));

static mongoc_stream_t *connect_guarded(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client, bson_error_t *error)
{
	mongoc_stream_t *inner = mongoc_client_default_stream_initiator(uri, host, client, error);
	return inner ? guarded(inner) : NULL;
}

void ns_replies_guard(mongoc_client_t *client)
{
	if (mongoc_client_default_stream_initiator)
		mongoc_client_set_stream_initiator(client, connect_guarded, client);
}
