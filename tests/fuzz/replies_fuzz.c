/* Whatever message is let through to libmongoc: its lengths are within it, and its documents can be gone through. */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/replies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "replies_fuzz: %s\n", what);
		abort();
	}
}

/* As libmongoc's cursors do it: what is no document of its batch ends the process. */
static void go_through(const bson_t *batch)
{
	bson_iter_t each;
	expect(bson_iter_init(&each, batch), "a batch that cannot be gone through");
	while (bson_iter_next(&each)) {
		const uint8_t *data = NULL;
		uint32_t size = 0;
		bson_t document;
		if (BSON_ITER_HOLDS_DOCUMENT(&each)) {
			bson_iter_document(&each, &size, &data);
			expect(data && bson_init_static(&document, data, size), "a document of a batch that is none");
		}
	}
	expect(each.err_off == 0, "a damaged batch");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bson_t reply, batch;
	bson_iter_t field;
	if (!ns_reply_is_sound(data, size) || data[12] == (2012 & 0xff))
		return 0;
	expect(size >= 21, "a short message");
	size_t begin = data[12] == 1 ? 36 : 21, end = data[12] != 1 && data[16] & 1 ? size - 4 : size;
	expect(begin < end && bson_init_static(&reply, data + begin, end - begin), "an answer that is no document");
	if (bson_iter_init(&field, &reply) && bson_iter_find_descendant(&field, "cursor.firstBatch", &field) && BSON_ITER_HOLDS_ARRAY(&field)) {
		const uint8_t *inner;
		uint32_t length;
		bson_iter_array(&field, &length, &inner);
		expect(inner && bson_init_static(&batch, inner, length), "a batch that is no array");
		go_through(&batch);
	}
	bson_free(bson_as_canonical_extended_json(&reply, NULL));
	return 0;
}
