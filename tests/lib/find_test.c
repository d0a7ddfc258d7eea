#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/find.h"
#include "net/find_after.h"

static bson_t *document(const char *json)
{
	bson_error_t error;
	bson_t *made = bson_new_from_json((const uint8_t *)json, -1, &error);
	if (!made)
		print_error("%s: %s\n", json, error.message);
	assert_non_null(made);
	return made;
}

#define TYPE(name) "{ \"_id\" : { \"$type\" : \"" name "\" } }"
#define NUMBERS TYPE("null") ", " TYPE("double") ", " TYPE("int") ", " TYPE("long")
#define BEFORE_OID NUMBERS ", " TYPE("string") ", " TYPE("object") ", " TYPE("binData")

static void expect_after(const char *last, const char *expected)
{
	bson_t filter = BSON_INITIALIZER, *given = document(last);
	ns_find_after(&filter, given);
	char *printed = bson_as_canonical_extended_json(&filter, NULL);
	assert_string_equal(printed, expected);
	bson_free(printed);
	bson_destroy(given);
	bson_destroy(&filter);
}

static void test_after(void **state)
{
	(void)state;
	expect_after("{\"_id\":{\"$minKey\":1}}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$minKey\" : 1 } } } }");
	expect_after("{\"_id\":null}", "{ \"_id\" : { \"$not\" : { \"$lt\" : null } } }");
	expect_after("{\"_id\":NaN}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberDouble\" : \"NaN\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":{\"$numberDecimal\":\"1.5\"}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberDecimal\" : \"1.5\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":7}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$numberInt\" : \"7\" } } }, \"$nor\" : [ " TYPE("null") " ] }");
	expect_after("{\"_id\":\"a\"}", "{ \"_id\" : { \"$not\" : { \"$lt\" : \"a\" } }, \"$nor\" : [ " NUMBERS " ] }");
	expect_after("{\"_id\":{\"$oid\":\"0123456789abcdef01234567\"}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$oid\" : \"0123456789abcdef01234567\" } } }, \"$nor\" : [ " BEFORE_OID " ] }");
	expect_after("{\"_id\":{\"a\":1}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"a\" : { \"$numberInt\" : \"1\" } } } }, \"$nor\" : [ " NUMBERS ", " TYPE("string") " ] }");
	expect_after("{\"_id\":{\"$maxKey\":1}}",
		"{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$maxKey\" : 1 } } }, \"$nor\" : [ " BEFORE_OID ", " TYPE("objectId") ", " TYPE("bool") ", " TYPE("date") ", " TYPE("timestamp") " ] }");
}

/* BSON's order of types, lowest first; a line's are of one rank. */
static void test_ranks(void **state)
{
	(void)state;
	static const char *const ids[][4] = {
		{"{\"a\":1}"},
		{"{\"_id\":{\"$minKey\":1}}"},
		{"{\"_id\":null}", "{\"_id\":{\"$undefined\":true}}"},
		{"{\"_id\":NaN}", "{\"_id\":{\"$numberDecimal\":\"NaN\"}}", "{\"_id\":{\"$numberDecimal\":\"-NaN\"}}"},
		{"{\"_id\":1}", "{\"_id\":{\"$numberLong\":\"1\"}}", "{\"_id\":{\"$numberDouble\":\"Infinity\"}}", "{\"_id\":{\"$numberDecimal\":\"Infinity\"}}"},
		{"{\"_id\":\"a\"}", "{\"_id\":{\"$symbol\":\"a\"}}"},
		{"{\"_id\":{\"a\":1}}"},
		{"{\"_id\":[1]}"},
		{"{\"_id\":{\"$binary\":{\"base64\":\"\",\"subType\":\"04\"}}}"},
		{"{\"_id\":{\"$oid\":\"0123456789abcdef01234567\"}}"},
		{"{\"_id\":false}", "{\"_id\":true}"},
		{"{\"_id\":{\"$date\":{\"$numberLong\":\"-1\"}}}"},
		{"{\"_id\":{\"$timestamp\":{\"t\":1,\"i\":1}}}"},
		{"{\"_id\":{\"$regularExpression\":{\"pattern\":\"a\",\"options\":\"\"}}}"},
		{"{\"_id\":{\"$code\":\"a\"}}"},
		{"{\"_id\":{\"$code\":\"a\",\"$scope\":{}}}"},
		{"{\"_id\":{\"$maxKey\":1}}"},
	};
	int before = -2;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		int rank = before;
		for (size_t j = 0; j < 4 && ids[i][j]; j++) {
			bson_t *made = document(ids[i][j]);
			rank = ns_find_rank(made);
			if (j > 0)
				assert_int_equal(rank, before);
			else
				assert_true(rank > before);
			before = rank;
			bson_destroy(made);
		}
	}
}

/* --- a server that answers find and getMore with what a test says, one answer after the other --- */

struct server {
	const char *const *answers; /* the whole answer as JSON; "" closes the connection instead. NULL ends them */
	char asked[4096];           /* the commands so far: "find " and its filter, "getMore", one behind the other */
	int listener, port;
};

static bool receive(int fd, void *bytes, size_t size)
{
	return recv(fd, bytes, size, MSG_WAITALL) == (ssize_t)size;
}

static void answer(int fd, uint32_t request, const bson_t *document, bool query)
{
	uint8_t head[36] = {0};
	size_t size = query ? 36 : 21;
	uint32_t number[] = {(uint32_t)size + document->len, 0, request, query ? 1 : 2013};
	memcpy(head, number, sizeof number);
	head[32] = query; /* one document */
	send(fd, head, size, MSG_NOSIGNAL | MSG_MORE);
	send(fd, bson_get_data(document), document->len, MSG_NOSIGNAL);
}

static void note_command(struct server *server, const bson_t *command, const char *name)
{
	size_t size = strlen(server->asked);
	bson_iter_t filter;
	bson_t inner;
	uint32_t length;
	const uint8_t *data;
	char *printed = NULL;
	if (bson_iter_init_find(&filter, command, "filter")) {
		bson_iter_document(&filter, &length, &data);
		bson_init_static(&inner, data, length);
		printed = bson_as_relaxed_extended_json(&inner, NULL);
	}
	snprintf(server->asked + size, sizeof server->asked - size, "%s%s%s;", name, printed ? " " : "", printed ? printed : "");
	bson_free(printed);
}

/* False: the connection is to be closed. */
static bool serve_command(struct server *server, int fd, const uint32_t *head, const bson_t *command)
{
	bson_iter_t first;
	bson_iter_init(&first, command);
	bson_iter_next(&first);
	const char *name = bson_iter_key(&first);
	const char *reply = "{\"ok\":1}";
	if (strcasecmp(name, "isMaster") == 0 || strcmp(name, "hello") == 0) {
		reply = "{\"ismaster\":true,\"maxWireVersion\":17,\"maxBsonObjectSize\":16777216,\"maxMessageSizeBytes\":48000000,\"ok\":1}";
	} else if (strcmp(name, "killCursors") != 0) {
		note_command(server, command, name);
		reply = *server->answers ? *server->answers++ : "{\"ok\":0,\"code\":2,\"errmsg\":\"nothing more is known\"}";
	}
	if (!*reply)
		return false;
	bson_t *made = document(reply);
	answer(fd, head[1], made, head[3] == 2004);
	bson_destroy(made);
	return true;
}

static void serve_connection(struct server *server, int fd)
{
	uint32_t head[4];
	uint8_t body[65536];
	bool open = true;
	while (open && receive(fd, head, sizeof head) && head[0] - 16 <= sizeof body && receive(fd, body, head[0] - 16)) {
		size_t at = head[3] == 2004 ? 4 + strlen((char *)body + 4) + 9 : 5;
		uint32_t size;
		bson_t command;
		memcpy(&size, body + at, sizeof size);
		open = bson_init_static(&command, body + at, size) && serve_command(server, fd, head, &command);
	}
	close(fd);
}

static void *serve(void *context)
{
	struct server *server = context;
	int fd;
	while ((fd = accept(server->listener, NULL, NULL)) >= 0)
		serve_connection(server, fd);
	return NULL;
}

/* What a test reads: the documents that came, as relaxed JSON, and how it ended. */
static struct {
	char documents[4096], asked[4096];
	int status;
	struct ns_err err;
} outcome;

static void read_all(struct ns_find *find)
{
	const bson_t *found;
	size_t size = 0;
	outcome.documents[0] = '\0';
	while ((outcome.status = ns_find_next(&found, find, &outcome.err)) == NS_OK && found) {
		char *printed = bson_as_relaxed_extended_json(found, NULL);
		size += (size_t)snprintf(outcome.documents + size, sizeof outcome.documents - size, "%s", printed);
		bson_free(printed);
	}
}

static void run_find(const char *const *answers, const char *filter, int64_t limit)
{
	struct server server = {.answers = answers, .listener = socket(AF_INET, SOCK_STREAM, 0)};
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	assert_int_equal(bind(server.listener, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server.listener, 4), 0);
	assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, serve, &server), 0);
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_mongo *mongo;
	struct ns_find *find;
	bson_t *made = filter ? document(filter) : NULL;
	char *uri = ns_format(&arena, "mongodb://127.0.0.1:%d/?serverSelectionTimeoutMS=1000", ntohs(address.sin_port));
	assert_int_equal(ns_mongo_open(&mongo, uri, "find_test", &arena, &outcome.err), NS_OK);
	const struct ns_find_options options = {"d", "c", (const struct _bson_t *)made, NULL, limit};
	assert_int_equal(ns_find_open(&find, mongo, &options, &arena, &outcome.err), NS_OK);
	outcome.err.text[0] = '\0';
	read_all(find);
	ns_arena_release(&arena);
	if (made)
		bson_destroy(made);
	shutdown(server.listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(server.listener);
	memcpy(outcome.asked, server.asked, sizeof outcome.asked);
}

#define FIRST(id, documents) "{\"cursor\":{\"firstBatch\":[" documents "],\"id\":{\"$numberLong\":\"" id "\"},\"ns\":\"d.c\"},\"ok\":1}"
#define NEXT(id, documents) "{\"cursor\":{\"nextBatch\":[" documents "],\"id\":{\"$numberLong\":\"" id "\"},\"ns\":\"d.c\"},\"ok\":1}"
#define GONE "{\"ok\":0,\"code\":43,\"codeName\":\"CursorNotFound\",\"errmsg\":\"cursor id 7 not found\"}"

static void expect_found(const char *documents, const char *asked)
{
	assert_string_equal(outcome.err.text, "");
	assert_int_equal(outcome.status, NS_OK);
	assert_string_equal(outcome.documents, documents);
	assert_string_equal(outcome.asked, asked);
}

static void expect_lost(const char *message)
{
	assert_int_equal(outcome.status, NS_ECALL);
	assert_string_equal(outcome.err.text, message);
}

static void test_batches(void **state)
{
	(void)state;
	run_find((const char *const[]){FIRST("0", ""), NULL}, NULL, 0);
	expect_found("", "find { };");
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":2}"), NEXT("7", ""), NEXT("0", "{\"_id\":3}"), NULL}, "{\"a\":1}", 0);
	expect_found("{ \"_id\" : 1 }{ \"_id\" : 2 }{ \"_id\" : 3 }", "find { \"a\" : 1 };getMore;getMore;");
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":2}"), NEXT("7", "{\"_id\":3},{\"_id\":4}"), NULL}, NULL, 3);
	expect_found("{ \"_id\" : 1 }{ \"_id\" : 2 }{ \"_id\" : 3 }", "find { };getMore;");
}

#define BEHIND_2 "{ \"_id\" : { \"$not\" : { \"$lt\" : 2 } }, \"$nor\" : [ { \"_id\" : { \"$type\" : \"null\" } } ] }"

static void test_lost_cursor(void **state)
{
	(void)state;
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":2}"), GONE, FIRST("0", "{\"_id\":2},{\"_id\":3}"), NULL}, NULL, 0);
	expect_found("{ \"_id\" : 1 }{ \"_id\" : 2 }{ \"_id\" : 3 }", "find { };getMore;find " BEHIND_2 ";");
	/* The last one is gone meanwhile; the question goes along. */
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":2}"), "", "", FIRST("0", "{\"_id\":3}"), NULL}, "{\"a\":1}", 0);
	expect_found("{ \"_id\" : 1 }{ \"_id\" : 2 }{ \"_id\" : 3 }",
		"find { \"a\" : 1 };getMore;find { \"$and\" : [ { \"a\" : 1 }, " BEHIND_2 " ] };find { \"$and\" : [ { \"a\" : 1 }, " BEHIND_2 " ] };");
	/* Only the last one is still there, and the cursor is lost again behind it. */
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":2}"), GONE, FIRST("7", "{\"_id\":2}"), GONE, FIRST("7", "{\"_id\":2}"), NEXT("0", "{\"_id\":3}"), NULL}, NULL, 0);
	expect_found("{ \"_id\" : 1 }{ \"_id\" : 2 }{ \"_id\" : 3 }", "find { };getMore;find " BEHIND_2 ";getMore;find " BEHIND_2 ";getMore;");
	/* What a filter cannot leave out, since not all servers know its name, comes again and is left out. */
	run_find((const char *const[]){FIRST("7", "{\"_id\":{\"$minKey\":1}},{\"_id\":2}"), GONE, FIRST("0", "{\"_id\":{\"$minKey\":1}},{\"_id\":2},{\"_id\":\"a\"}"), NULL}, NULL, 3);
	expect_found("{ \"_id\" : { \"$minKey\" : 1 } }{ \"_id\" : 2 }{ \"_id\" : \"a\" }", "find { };getMore;find " BEHIND_2 ";");
}

static void test_lost_for_good(void **state)
{
	(void)state;
	run_find((const char *const[]){"{\"ok\":0,\"code\":2,\"errmsg\":\"unknown operator: $x\"}", NULL}, "{\"$x\":1}", 0);
	expect_lost("d.c: cannot be read: unknown operator: $x");
	run_find((const char *const[]){FIRST("7", "{\"_id\":1}"), "{\"ok\":0,\"code\":13,\"errmsg\":\"not authorized\"}", NULL}, NULL, 0);
	expect_lost("d.c: lost after 1 documents: not authorized");
	run_find((const char *const[]){FIRST("7", "{\"_id\":1}"), "", "", "", "", "", "", NULL}, NULL, 0);
	expect_lost("d.c: lost after 1 documents: the connection broke, or nothing came within socketTimeoutMS");
}

static void test_alike(void **state)
{
	(void)state;
	static const char once[] = "d.c: lost after 1 documents, and cannot go on behind an _id that is not unique";
	static const char twice[] = "d.c: lost after 2 documents, and cannot go on behind an _id that is not unique";
	run_find((const char *const[]){FIRST("7", "{\"_id\":1},{\"_id\":1}"), GONE, NULL}, NULL, 0);
	expect_lost(twice);
	run_find((const char *const[]){FIRST("7", "{\"_id\":1}"), NEXT("7", "{\"_id\":1}"), GONE, NULL}, NULL, 0);
	expect_lost(twice);
	run_find((const char *const[]){FIRST("7", "{\"_id\":1}"), GONE, FIRST("0", "{\"_id\":1},{\"_id\":1}"), NULL}, NULL, 0);
	expect_lost(once);
	run_find((const char *const[]){FIRST("7", "{\"a\":1}"), GONE, NULL}, NULL, 0);
	expect_lost(once);
}

static void test_damaged(void **state)
{
	(void)state;
	static const char damaged[] = "d.c: the server's answer is damaged after 0 documents";
	run_find((const char *const[]){"{\"ok\":1}", NULL}, NULL, 0);
	expect_lost(damaged);
	run_find((const char *const[]){"{\"cursor\":{\"firstBatch\":[]},\"ok\":1}", NULL}, NULL, 0);
	expect_lost(damaged);
	run_find((const char *const[]){"{\"cursor\":{\"firstBatch\":{\"0\":{}},\"id\":0},\"ok\":1}", NULL}, NULL, 0);
	expect_lost(damaged);
	run_find((const char *const[]){FIRST("0", "{\"_id\":1},5,{\"_id\":2}"), NULL}, NULL, 0);
	expect_lost("d.c: the server's answer is damaged after 1 documents");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_lost_cursor),
		cmocka_unit_test(test_lost_for_good),
		cmocka_unit_test(test_alike),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
