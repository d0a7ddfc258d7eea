/*
 * guard: a stream of libmongoc's around the one of a connection, that looks at how each message begins.
 *
 * libmongoc before 1.25 believes what a message's document says about its length, and reads on behind the message where that is
 * more. A message of a server, little-endian, is one of:
 *
 *	 0  int32  length of all       16  int32  flags; 1: a checksum of 4 bytes behind it        OP_MSG (2013)
 *	 4  int32  its own number      20  0, then the document: 21 int32 its length ...
 *	 8  int32  what it answers     16  int32 flags, int64 cursor, int32 first, 32 int32 1       OP_REPLY (1)
 *	12  int32  its kind            36  the document: its length ...
 *	                               16  what is packed of one of those                           OP_COMPRESSED (2012)
 *
 * What is packed is not looked into: it is asked for by compressors= in the address alone.
 */
#include <errno.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>

#include "net/mongo_parts.h"

#if !MONGOC_CHECK_VERSION(1, 25, 0)

enum { OP_REPLY = 1, OP_COMPRESSED = 2012, OP_MSG = 2013, HEADER = 16, HEAD = 40, TYPE = 'n' };

/* Of the library, though its header is not: what it does where nobody sets another. */
mongoc_stream_t *mongoc_client_default_stream_initiator(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *client,
	bson_error_t *error);

struct guard {
	mongoc_stream_t stream;
	mongoc_stream_t *inner;
	struct ns_mongo *mongo;
	uint8_t head[HEAD]; /* how the message at hand begins */
	uint32_t seen;      /* of its head */
	uint32_t left;      /* behind its head */
};

static struct guard *guard_of(mongoc_stream_t *stream)
{
	return (struct guard *)(void *)stream;
}

static uint32_t number_at(const struct guard *guard, size_t at)
{
	uint32_t value;
	memcpy(&value, guard->head + at, sizeof value);
	return BSON_UINT32_FROM_LE(value);
}

/* Where the document of a message begins whose HEADER is here; 0: it is not looked into. */
static uint32_t document_at(const struct guard *guard)
{
	uint32_t kind = number_at(guard, 12);
	return kind == OP_MSG ? 21 : kind == OP_REPLY ? 36 : 0;
}

/* How much of a message has to be here before it can be judged. */
static uint32_t enough(const struct guard *guard)
{
	uint32_t at = guard->seen < HEADER ? 0 : document_at(guard);
	return at ? at + 4 : HEADER;
}

/* Does the document end where the message does? */
static bool is_sound(const struct guard *guard)
{
	uint32_t length = number_at(guard, 0), at = document_at(guard);
	if (at == 0)
		return number_at(guard, 12) == OP_COMPRESSED && length > HEADER;
	uint32_t behind = at == 21 && (number_at(guard, 16) & 1) ? 4 : 0;
	return length >= at + 5 + behind && number_at(guard, at) == length - at - behind && (at != 21 || guard->head[20] == 0);
}

static bool look(struct guard *guard, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t rest = size < guard->left ? size : guard->left;
		guard->left -= (uint32_t)rest;
		bytes += rest;
		size -= rest;
		if (size == 0)
			break;
		guard->head[guard->seen++] = *bytes++;
		size--;
		if (guard->seen < enough(guard))
			continue;
		if (!is_sound(guard))
			return false;
		guard->left = number_at(guard, 0) - guard->seen;
		guard->seen = 0;
	}
	return true;
}

static ssize_t guarded_readv(mongoc_stream_t *stream, mongoc_iovec_t *parts, size_t count, size_t least, int32_t timeout)
{
	struct guard *guard = guard_of(stream);
	ssize_t got = mongoc_stream_readv(guard->inner, parts, count, least, timeout);
	size_t left = got > 0 ? (size_t)got : 0;
	for (size_t i = 0; i < count && left > 0; i++) {
		size_t size = parts[i].iov_len < left ? parts[i].iov_len : left;
		if (!look(guard, parts[i].iov_base, size)) {
			guard->mongo->damaged = true;
			errno = EPROTO;
			return -1;
		}
		left -= size;
	}
	return got;
}

static ssize_t guarded_writev(mongoc_stream_t *stream, mongoc_iovec_t *parts, size_t count, int32_t timeout)
{
	return mongoc_stream_writev(guard_of(stream)->inner, parts, count, timeout);
}

static void guarded_destroy(mongoc_stream_t *stream)
{
	mongoc_stream_destroy(guard_of(stream)->inner);
	free(stream);
}

static void guarded_failed(mongoc_stream_t *stream)
{
	mongoc_stream_failed(guard_of(stream)->inner);
	free(stream);
}

static int guarded_close(mongoc_stream_t *stream)
{
	return mongoc_stream_close(guard_of(stream)->inner);
}

static int guarded_flush(mongoc_stream_t *stream)
{
	return mongoc_stream_flush(guard_of(stream)->inner);
}

static int guarded_setsockopt(mongoc_stream_t *stream, int level, int name, void *value, mongoc_socklen_t size)
{
	return mongoc_stream_setsockopt(guard_of(stream)->inner, level, name, value, size);
}

static mongoc_stream_t *guarded_base(mongoc_stream_t *stream)
{
	return guard_of(stream)->inner;
}

static bool guarded_check_closed(mongoc_stream_t *stream)
{
	return mongoc_stream_check_closed(guard_of(stream)->inner);
}

static bool guarded_timed_out(mongoc_stream_t *stream)
{
	return mongoc_stream_timed_out(guard_of(stream)->inner);
}

static bool guarded_should_retry(mongoc_stream_t *stream)
{
	return mongoc_stream_should_retry(guard_of(stream)->inner);
}

static ssize_t guarded_poll(mongoc_stream_poll_t *polls, size_t count, int32_t timeout)
{
	mongoc_stream_poll_t *inner = ns_malloc_array(count, sizeof *inner);
	for (size_t i = 0; i < count; i++)
		inner[i] = (mongoc_stream_poll_t){guard_of(polls[i].stream)->inner, polls[i].events, 0};
	ssize_t ready = mongoc_stream_poll(inner, count, timeout);
	for (size_t i = 0; i < count && ready > 0; i++)
		polls[i].revents = inner[i].revents;
	free(inner);
	return ready;
}

static mongoc_stream_t *connect_guarded(const mongoc_uri_t *uri, const mongoc_host_list_t *host, void *context, bson_error_t *error)
{
	struct ns_mongo *mongo = context;
	mongoc_stream_t *inner = mongoc_client_default_stream_initiator(uri, host, mongo->client, error);
	if (!inner)
		return NULL;
	struct guard *guard = ns_malloc_array(1, sizeof *guard);
	*guard = (struct guard){.inner = inner, .mongo = mongo,
		.stream = {.type = TYPE, .destroy = guarded_destroy, .close = guarded_close, .flush = guarded_flush, .writev = guarded_writev,
			.readv = guarded_readv, .setsockopt = guarded_setsockopt, .get_base_stream = guarded_base,
			.check_closed = guarded_check_closed, .poll = guarded_poll, .failed = guarded_failed,
			.timed_out = guarded_timed_out, .should_retry = guarded_should_retry}};
	return &guard->stream;
}

void ns_mongo_guard(struct ns_mongo *mongo)
{
	mongoc_client_set_stream_initiator(mongo->client, connect_guarded, mongo);
}

#else

void ns_mongo_guard(struct ns_mongo *mongo)
{
	(void)mongo;
}

#endif
