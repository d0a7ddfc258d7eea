/*
 * What a person writes to say where a server is and what is wanted of it; the first byte says which: 'e' a .env file, 'a' an address,
 * 'j' extended JSON. An address is read with a password in front, which must not be in the message.
 */
#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/mongo_parts.h"

#define SECRET "Hush%40Hush"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool good, const char *what, const char *text)
{
	if (!good) {
		fprintf(stderr, "address_fuzz: %s: %s\n", what, text);
		abort();
	}
}

static void read_dotenv(const char *text, size_t size, struct ns_arena *arena)
{
	struct ns_err err;
	const char *value = NULL;
	size_t line = 0, lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	int status = ns_dotenv_find(&value, &line, text, size, ".env", "NAME", arena, &err);
	if (status == NS_OK && value)
		expect(line >= 1 && line <= lines && strlen(value) <= size, "no such line", text);
}

static void read_address(const char *text, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_secrets secrets;
	mongoc_uri_t *uri;
	struct ns_address address = {ns_format(arena, "mongodb://jo:%s%s", SECRET, text), "--uri", NULL};
	int status = ns_address_parse(&uri, &secrets, &address, arena, &err);
	if (status != NS_OK && !strstr(text, "Hush"))
		expect(!strstr(err.text, "Hush"), "a secret in a message", err.text);
	mongoc_uri_destroy(uri);
	address.text = text;
	ns_address_parse(&uri, &secrets, &address, arena, &err);
	mongoc_uri_destroy(uri);
}

static void read_json(const char *text, struct ns_arena *arena)
{
	struct ns_err err;
	struct _bson_t *document;
	if (ns_mongo_parse(&document, text, "--query", arena, &err) == NS_OK)
		expect(bson_validate((bson_t *)document, BSON_VALIDATE_NONE, NULL), "a document that is none", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	if (size == 0)
		return 0;
	ns_quiet = true;
	char *text = ns_strndup(&arena, (const char *)data + 1, size - 1);
	switch (data[0]) {
	case 'e': read_dotenv(text, size - 1, &arena); break;
	case 'a': read_address(text, &arena); break;
	case 'j': read_json(text, &arena); break;
	}
	ns_arena_release(&arena);
	return 0;
}
