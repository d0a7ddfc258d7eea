/* Which messages of a server are given to libmongoc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <mongoc/mongoc.h>
#include <string.h>

#include "net/replies.h"

enum { OP_REPLY = 1, OP_MSG = 2013, DOCUMENT = 21 /* where the document begins in an OP_MSG */ };

struct message {
	uint8_t bytes[512];
	size_t size;
};

static void put(struct message *message, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		message->bytes[at + (size_t)i] = (uint8_t)(value >> 8 * i);
}

/* {cursor: {firstBatch: [{a: 7, b: "text"}, {a: 7, b: "text"}], id: 0}, ok: 1} */
static bson_t *batch(void)
{
	return BCON_NEW("cursor", "{", "firstBatch", "[", "{", "a", BCON_INT32(7), "b", BCON_UTF8("text"), "}", "{", "a", BCON_INT32(7), "b",
		BCON_UTF8("text"), "}", "]", "id", BCON_INT64(0), "}", "ok", BCON_DOUBLE(1));
}

static struct message message_of(uint32_t kind)
{
	struct message message = {.size = 0};
	size_t begin = kind == OP_REPLY ? 36 : DOCUMENT;
	bson_t *document = batch();
	put(&message, 12, kind);
	if (kind == OP_REPLY)
		put(&message, 32, 1);
	memcpy(message.bytes + begin, bson_get_data(document), document->len);
	message.size = begin + document->len;
	put(&message, 0, (uint32_t)message.size);
	bson_destroy(document);
	return message;
}

static bool sound(const struct message *message)
{
	return ns_reply_is_sound(message->bytes, message->size);
}

static void whole_messages_are_sound(void **state)
{
	struct message message = message_of(OP_MSG), reply = message_of(OP_REPLY);
	(void)state;
	assert_true(sound(&message));
	assert_true(sound(&reply));
	message.bytes[16] = 1; /* a checksum follows */
	assert_false(sound(&message));
	message.size += 4;
	put(&message, 0, (uint32_t)message.size);
	assert_true(sound(&message));
}

static void frames_are_checked(void **state)
{
	(void)state;
	for (size_t size = 0; size < message_of(OP_MSG).size; size++) {
		struct message cut = message_of(OP_MSG), says = message_of(OP_REPLY);
		cut.size = size;
		assert_false(sound(&cut)); /* shorter than it says */
		put(&cut, 0, (uint32_t)size);
		assert_false(sound(&cut));
		says.size = size;
		put(&says, 0, (uint32_t)size);
		assert_false(sound(&says));
	}
	struct message message = message_of(OP_MSG);
	put(&message, 12, 2010);
	assert_false(sound(&message));
	message = message_of(OP_MSG);
	message.bytes[DOCUMENT - 1] = 1; /* a sequence of documents */
	assert_false(sound(&message));
	message = message_of(OP_REPLY);
	put(&message, 32, 2);
	assert_false(sound(&message));
	message = message_of(OP_MSG);
	put(&message, 12, 2012);
	assert_true(sound(&message)); /* compressed: not looked into */
}

/* Where these bytes are in the message. */
static uint8_t *place(struct message *message, const char *bytes, size_t size)
{
	uint8_t *found = memmem(message->bytes, message->size, bytes, size);
	assert_non_null(found);
	return found;
}

static void lengths_within_are_checked(void **state)
{
	static const uint32_t wrong[] = {0, 4, 500, 0x7fffffff, 0xffffffff};
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		static const char *const names[] = {"\3cursor", "\4firstBatch", "\3" "0", "\3" "1"};
		struct message message = message_of(OP_MSG);
		put(&message, DOCUMENT, wrong[i]);
		assert_false(sound(&message));
		for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
			message = message_of(OP_MSG);
			uint8_t *name = place(&message, names[j], strlen(names[j]) + 1);
			put(&message, (size_t)(name - message.bytes) + strlen(names[j]) + 1, wrong[i]);
			assert_false(sound(&message));
		}
	}
}

static void ends_are_checked(void **state)
{
	(void)state;
	struct message message = message_of(OP_MSG);
	message.bytes[message.size - 1] = 1;
	assert_false(sound(&message));
	message = message_of(OP_MSG);
	place(&message, "text\0\0", 6)[5] = 1; /* of a document of the batch */
	assert_false(sound(&message));
	message = message_of(OP_MSG);
	*place(&message, "\1ok", 4) = 0x66; /* no type */
	assert_false(sound(&message));
	message = message_of(OP_MSG);
	*place(&message, "\3" "0", 3) = 0x66; /* a damaged element is no end of a batch */
	assert_false(sound(&message));
}

/* What is in the documents of a batch is for who reads them: they can name the document. */
static void documents_of_a_batch_are_left_to_others(void **state)
{
	(void)state;
	struct message message = message_of(OP_MSG);
	*place(&message, "\2b", 3) = 0x66;
	assert_true(sound(&message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_messages_are_sound),
		cmocka_unit_test(frames_are_checked),
		cmocka_unit_test(lengths_within_are_checked),
		cmocka_unit_test(ends_are_checked),
		cmocka_unit_test(documents_of_a_batch_are_left_to_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
