/*
 * Any bytes make a state of exports or one line of refusal. What stands in the way of a fuzzer, the seal, is put right first; what
 * was read makes the same bytes again as far as they mean the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/since_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "since_fuzz: %s\n", what);
		abort();
	}
}

static int parse(struct ns_since_file *file, const char *bytes, size_t size, struct ns_arena *arena)
{
	struct ns_err err = {""};
	bool damaged;
	int status = ns_since_parse(file, &damaged, bytes, size, "state", arena, &err);
	expect((status == NS_OK) == (*err.text == '\0'), "a refusal says why");
	return status;
}

static void seal(char *bytes, size_t size)
{
	struct ns_hasher hasher;
	ns_since_hasher(&hasher);
	ns_hasher_add(&hasher, bytes, size - NS_DIGEST);
	ns_since_seal((unsigned char *)bytes + size - NS_DIGEST, &hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_since_file file, again;
	char *bytes = malloc(size ? size : 1);
	expect(bytes != NULL, "memory");
	if (size)
		memcpy(bytes, data, size);
	parse(&file, bytes, size, &arena);
	if (size >= NS_DIGEST)
		seal(bytes, size);
	if (parse(&file, bytes, size, &arena) == NS_OK) {
		const char *head = ns_since_head(&file, &arena);
		size_t length = strlen(head), digests = file.count * NS_DIGEST;
		char *copy = ns_alloc(&arena, length + digests + NS_DIGEST);
		memcpy(copy, head, length);
		memcpy(copy + length, file.digests, digests);
		seal(copy, length + digests + NS_DIGEST);
		expect(parse(&again, copy, length + digests + NS_DIGEST, &arena) == NS_OK, "what was read is written well");
		expect(strcmp(head, ns_since_head(&again, &arena)) == 0, "twice the same");
	}
	ns_arena_release(&arena);
	free(bytes);
	return 0;
}
