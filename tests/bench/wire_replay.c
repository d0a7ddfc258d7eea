/*
 * wire_replay: a server that speaks MongoDB's wire protocol and has nothing behind it, so that what a client itself costs can be
 * measured: wire_replay DOCUMENTS
 *
 * Listens on a port of 127.0.0.1 that the system gives, prints it, and serves until stdin ends. Every database has two collections:
 *
 *	phishing   _id and 31 int32 of -1, 0 and 1, named as the columns of the phishing set
 *	mixed      _id and 31 fields of a network flow: 12 doubles, 8 strings, 3 dates, 6 int32, 2 int64
 *
 * find and getMore are answered with documents made beforehand, some thousands again and again, with _ids that ascend: the same ones in
 * whatever portions they are asked for. limit and batchSize count, filter and projection do not. insert and update are answered as a
 * real server answers where nothing was there before, and what they bring is thrown away.
 *
 * A message is OP_MSG, or OP_QUERY, with which a client may shake hands; all numbers little-endian:
 *
 *	 0  int32   length of all                      OP_QUERY (2004):                     its answer, OP_REPLY (1):
 *	 4  int32   its own number                     16  int32  flags                     16  int32  flags
 *	 8  int32   the number of what it answers      20  "admin.$cmd\0"                   20  int64  cursor, 0
 *	12  int32   2013 (OP_MSG)                          int32  skip, int32 return        28  int32  first, 0
 *	16  int32   flags; 2: no answer wanted             document                         32  int32  documents, 1
 *	20  sections: '\0' document, or                                                     36  document
 *	    '\1' int32 size from here on, name '\0', documents
 */
#include <arpa/inet.h>
#include <bson/bson.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { HEADER = 16, OP_REPLY = 1, OP_QUERY = 2004, OP_MSG = 2013, FIRST_BATCH = 101, MESSAGE_MOST = 48000000, BATCH_BYTES = 16 << 20, POOL = 20000 };
enum { FLAG_MORE_TO_COME = 2, FIELDS = 31, OID_AT = 9 /* of a document that begins with _id */, DOCUMENTS_MOST = 16000000 };

static const char *const FEATURES[FIELDS] = {"having_IP_Address", "URL_Length", "Shortining_Service", "having_At_Symbol", "double_slash_redirecting",
	"Prefix_Suffix", "having_Sub_Domain", "SSLfinal_State", "Domain_registeration_length", "Favicon", "port", "HTTPS_token", "Request_URL",
	"URL_of_Anchor", "Links_in_tags", "SFH", "Submitting_to_email", "Abnormal_URL", "Redirect", "on_mouseover", "RightClick", "popUpWidnow", "Iframe",
	"age_of_domain", "DNSRecord", "web_traffic", "Page_Rank", "Google_Index", "Links_pointing_to_page", "Statistical_report", "Result"};

/* Documents, one behind the other. */
struct pool {
	uint8_t *bytes;
	size_t at[POOL + 1];
};

struct server {
	int64_t documents;
	struct pool phishing, mixed;
};

struct connection {
	int fd;
	const struct server *server;
	uint8_t *message, *batch; /* what came; the elements of an answer's array */
	size_t size;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(2);
}

static void *must(void *allocated)
{
	if (!allocated)
		die("memory");
	return allocated;
}

/* --- the documents --- */

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void phishing_document(bson_t *document, uint64_t *state)
{
	for (size_t f = 0; f < FIELDS; f++) {
		int32_t value = f == FIELDS - 1 ? (int32_t)(draw(state) % 2) * 2 - 1 : (int32_t)(draw(state) % 3) - 1;
		BSON_APPEND_INT32(document, FEATURES[f], value);
	}
}

static void text_field(bson_t *document, const char *name, size_t kind, uint64_t *state)
{
	static const char *const words[] = {"tcp", "udp", "icmp", "http", "dns", "smtp", "ftp-data", "established", "reset by peer", "-"};
	char text[64];
	uint64_t a = draw(state);
	if (kind % 4 == 0)
		snprintf(text, sizeof text, "10.%u.%u.%u", (unsigned)(a & 255), (unsigned)(a >> 8 & 255), (unsigned)(a >> 16 & 255));
	else if (kind % 4 == 1)
		snprintf(text, sizeof text, "https://host-%u.example.org/p?a=%u", (unsigned)(a % 10000), (unsigned)(a >> 14));
	else
		snprintf(text, sizeof text, "%s", words[a % (sizeof words / sizeof *words)]);
	BSON_APPEND_UTF8(document, name, text);
}

static void mixed_document(bson_t *document, uint64_t *state)
{
	static const char kinds[FIELDS + 1] = "tttddsssiddiddssilddisilddssidd";
	for (size_t f = 0, texts = 0; f < FIELDS; f++) {
		char name[16];
		snprintf(name, sizeof name, "%s_%zu", kinds[f] == 't' ? "time" : kinds[f] == 'd' ? "rate" : kinds[f] == 's' ? "text" : "count", f + 1);
		if (kinds[f] == 't')
			BSON_APPEND_DATE_TIME(document, name, 1700000000000 + (int64_t)(draw(state) % 2 ? draw(state) : draw(state) / 1000 * 1000));
		else if (kinds[f] == 'd')
			BSON_APPEND_DOUBLE(document, name, (double)draw(state) / (double)(1 + draw(state) % 100000));
		else if (kinds[f] == 's')
			text_field(document, name, texts++, state);
		else if (kinds[f] == 'i')
			BSON_APPEND_INT32(document, name, (int32_t)(draw(state) % 65536));
		else
			BSON_APPEND_INT64(document, name, (int64_t)draw(state) * 100);
	}
}

static void make_pool(struct pool *pool, void (*fill)(bson_t *document, uint64_t *state))
{
	uint64_t state = 42;
	for (size_t i = 0; i < POOL; i++) {
		bson_t document = BSON_INITIALIZER;
		bson_oid_t none = {{0}};
		BSON_APPEND_OID(&document, "_id", &none);
		fill(&document, &state);
		pool->at[i + 1] = pool->at[i] + document.len;
		pool->bytes = must(realloc(pool->bytes, pool->at[i + 1]));
		memcpy(pool->bytes + pool->at[i], bson_get_data(&document), document.len);
		bson_destroy(&document);
	}
}

/* A thousand documents were made each second. */
static void write_oid(uint8_t *at, int64_t number)
{
	uint32_t seconds = htonl((uint32_t)(1700000000 + number / 1000)), counter = htonl((uint32_t)number);
	memcpy(at, &seconds, 4);
	memset(at + 4, 0x5a, 5);
	memcpy(at + 9, (const uint8_t *)&counter + 1, 3);
}

/* --- messages --- */

static int read_all(int fd, uint8_t *to, size_t size)
{
	while (size > 0) {
		ssize_t got = read(fd, to, size);
		if (got <= 0)
			return 0;
		to += got;
		size -= (size_t)got;
	}
	return 1;
}

static void write_all(int fd, struct iovec *parts, int count)
{
	while (count > 0) {
		ssize_t sent = writev(fd, parts, count);
		if (sent < 0)
			return; /* the client went away, and is told nothing more */
		for (; count > 0 && (size_t)sent >= parts->iov_len; parts++, count--)
			sent -= (ssize_t)parts->iov_len;
		if (count > 0) {
			parts->iov_base = (uint8_t *)parts->iov_base + sent;
			parts->iov_len -= (size_t)sent;
		}
	}
}

static uint32_t number_at(const uint8_t *at)
{
	uint32_t number;
	memcpy(&number, at, sizeof number);
	return BSON_UINT32_FROM_LE(number);
}

static uint8_t *put(uint8_t *at, size_t number)
{
	uint32_t little = BSON_UINT32_TO_LE((uint32_t)number);
	memcpy(at, &little, sizeof little);
	return at + sizeof little;
}

static uint8_t *header(uint8_t *at, const struct connection *connection, size_t size, uint32_t code)
{
	uint8_t *end = put(put(at, HEADER + size), 1);
	memcpy(end, connection->message + 4, 4);
	return put(end + 4, code);
}

static void reply(struct connection *connection, const bson_t *document)
{
	uint8_t begin[36] = {0}, *end;
	if (number_at(connection->message + 12) == OP_QUERY) {
		header(begin, connection, 20 + document->len, OP_REPLY);
		put(begin + 32, 1);
		end = begin + 36;
	} else {
		header(begin, connection, 5 + document->len, OP_MSG);
		end = begin + 21;
	}
	write_all(connection->fd, (struct iovec[]){{begin, (size_t)(end - begin)}, {(void *)bson_get_data(document), document->len}}, 2);
}

/* --- reading --- */

/* The elements of an answer's array, of the documents from this one on, at most so many and 16 MiB. */
static size_t fill_batch(int64_t *count, uint8_t *batch, const struct pool *pool, int64_t from, int64_t most)
{
	size_t used = 0;
	for (*count = 0; *count < most; ++*count) {
		size_t which = (size_t)((from + *count) % POOL), size = pool->at[which + 1] - pool->at[which];
		char key[24];
		size_t key_size = (size_t)snprintf(key, sizeof key, "%" PRId64, *count) + 1;
		if (BATCH_BYTES - 1024 - used < 1 + key_size + size)
			break;
		batch[used] = BSON_TYPE_DOCUMENT;
		memcpy(batch + used + 1, key, key_size);
		uint8_t *document = memcpy(batch + used + 1 + key_size, pool->bytes + pool->at[which], size);
		write_oid(document + OID_AT, from + *count);
		used += 1 + key_size + size;
	}
	return used;
}

/* {cursor: {firstBatch: [...], id: ..., ns: "..."}, ok: 1}. The cursor's id is where it goes on, and ends. */
static void reply_batch(struct connection *connection, const char *array, const char *collection, int64_t from, int64_t until, int64_t most)
{
	const struct pool *pool = strcmp(collection, "mixed") == 0 ? &connection->server->mixed : &connection->server->phishing;
	int64_t count;
	size_t elements = fill_batch(&count, connection->batch, pool, from, until - from < most ? until - from : most);
	from += count;

	bson_t behind = BSON_INITIALIZER, end = BSON_INITIALIZER;
	char name[128];
	snprintf(name, sizeof name, "replay.%s", collection);
	BSON_APPEND_INT64(&behind, "id", from < until ? until << 30 | from : 0);
	BSON_APPEND_UTF8(&behind, "ns", name);
	BSON_APPEND_DOUBLE(&end, "ok", 1);
	size_t name_size = strlen(array) + 1, in_array = 4 + elements + 1, in_cursor = 4 + 1 + name_size + in_array + behind.len - 4;
	size_t in_all = 4 + 1 + sizeof "cursor" + in_cursor + end.len - 4;

	uint8_t begin[128], zero = 0, *at = header(begin, connection, 5 + in_all, OP_MSG);
	at = put(at, 0);
	*at++ = 0;
	at = put(at, in_all);
	*at++ = BSON_TYPE_DOCUMENT;
	at = (uint8_t *)memcpy(at, "cursor", sizeof "cursor") + sizeof "cursor";
	at = put(at, in_cursor);
	*at++ = BSON_TYPE_ARRAY;
	at = (uint8_t *)memcpy(at, array, name_size) + name_size;
	at = put(at, in_array);
	write_all(connection->fd, (struct iovec[]){{begin, (size_t)(at - begin)}, {connection->batch, elements}, {&zero, 1},
		{(uint8_t *)bson_get_data(&behind) + 4, behind.len - 4}, {(uint8_t *)bson_get_data(&end) + 4, end.len - 4}}, 5);
	bson_destroy(&behind);
	bson_destroy(&end);
}

static int64_t asked(const bson_t *command, const char *name, int64_t otherwise)
{
	bson_iter_t at;
	int64_t value = bson_iter_init_find(&at, command, name) ? bson_iter_as_int64(&at) : 0;
	return value > 0 ? value : otherwise;
}

static const char *asked_text(const bson_t *command, const char *name)
{
	bson_iter_t at;
	return bson_iter_init_find(&at, command, name) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, NULL) : "";
}

static void answer_find(struct connection *connection, const bson_t *command)
{
	int64_t all = connection->server->documents, until = asked(command, "limit", all);
	reply_batch(connection, "firstBatch", asked_text(command, "find"), 0, until < all ? until : all, asked(command, "batchSize", FIRST_BATCH));
}

static void answer_more(struct connection *connection, const bson_t *command)
{
	int64_t id = asked(command, "getMore", 0), from = id & ((1 << 30) - 1), until = id >> 30, all = connection->server->documents;
	reply_batch(connection, "nextBatch", asked_text(command, "collection"), from < all ? from : all, until < all ? until : all, asked(command, "batchSize", all));
}

/* --- writing --- */

/* How many documents a command brought: in sections of the message, or in its own array. */
static int32_t brought(const struct connection *connection, const bson_t *command, const char *name)
{
	int32_t count = 0;
	bson_iter_t at, inner;
	if (bson_iter_init_find(&at, command, name) && bson_iter_recurse(&at, &inner))
		while (bson_iter_next(&inner))
			count++;
	for (size_t section = HEADER + 4; section + 5 < connection->size;) {
		bool sequence = connection->message[section] == 1;
		size_t size = number_at(connection->message + section + 1), end = section + 1 + size;
		if (end > connection->size)
			break;
		if (sequence)
			for (size_t document = section + 5 + strlen((char *)connection->message + section + 5) + 1; document + 4 < end; count++)
				document += number_at(connection->message + document);
		section = end;
	}
	return count;
}

static void answer_insert(struct connection *connection, const bson_t *command)
{
	bson_t *answer = BCON_NEW("n", BCON_INT32(brought(connection, command, "documents")), "ok", BCON_DOUBLE(1));
	reply(connection, answer);
	bson_destroy(answer);
}

static void answer_update(struct connection *connection, const bson_t *command)
{
	int32_t count = brought(connection, command, "updates");
	bson_t answer = BSON_INITIALIZER, upserted;
	BSON_APPEND_INT32(&answer, "n", count);
	BSON_APPEND_ARRAY_BEGIN(&answer, "upserted", &upserted);
	for (int32_t i = 0; i < count; i++) {
		char key[16];
		bson_t one;
		bson_oid_t oid;
		snprintf(key, sizeof key, "%d", i);
		bson_oid_init(&oid, NULL);
		BSON_APPEND_DOCUMENT_BEGIN(&upserted, key, &one);
		BSON_APPEND_INT32(&one, "index", i);
		BSON_APPEND_OID(&one, "_id", &oid);
		bson_append_document_end(&upserted, &one);
	}
	bson_append_array_end(&answer, &upserted);
	BSON_APPEND_INT32(&answer, "nModified", 0);
	BSON_APPEND_DOUBLE(&answer, "ok", 1);
	reply(connection, &answer);
	bson_destroy(&answer);
}

/* --- everything else --- */

static const struct {
	const char *name, *answer;
} SAID[] = {
#define HELLO \
	"{'helloOk': true, 'ismaster': true, 'isWritablePrimary': true, 'maxBsonObjectSize': 16777216, 'maxMessageSizeBytes': 48000000, 'maxWriteBatchSize': 100000, " \
	"'localTime': {'$date': '2026-01-01T00:00:00Z'}, 'logicalSessionTimeoutMinutes': 30, 'connectionId': 1, 'minWireVersion': 0, 'maxWireVersion': 21, " \
	"'readOnly': false, 'ok': 1.0}"
	{"hello", HELLO},
	{"isMaster", HELLO},
	{"ismaster", HELLO},
	{"listCollections", "{'cursor': {'id': {'$numberLong': '0'}, 'ns': 'replay.$cmd.listCollections', 'firstBatch': ["
		"{'name': 'phishing', 'type': 'collection'}, {'name': 'mixed', 'type': 'collection'}]}, 'ok': 1.0}"},
	{"listIndexes", "{'cursor': {'id': {'$numberLong': '0'}, 'ns': 'replay.$cmd.listIndexes', 'firstBatch': [{'v': 2, 'key': {'_id': 1}, 'name': '_id_'}]}, 'ok': 1.0}"},
	{"createIndexes", "{'numIndexesBefore': 1, 'numIndexesAfter': 2, 'createdCollectionAutomatically': true, 'ok': 1.0}"},
};

/* What is always the same; nothing to say to a known command is fine, too. The answers are JSON with ' for ". */
static void answer_always(struct connection *connection, const char *name)
{
	static const char *const fine[] = {"ping", "create", "drop", "renameCollection", "killCursors", "endSessions"};
	char json[1024];
	snprintf(json, sizeof json, "{'ok': 0.0, 'errmsg': 'no such command: %.80s', 'code': 59, 'codeName': 'CommandNotFound'}", name);
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
		if (strcmp(fine[i], name) == 0)
			snprintf(json, sizeof json, "{'ok': 1.0}");
	for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++)
		if (strcmp(SAID[i].name, name) == 0)
			snprintf(json, sizeof json, "%s", SAID[i].answer);
	for (char *quote = json; (quote = strchr(quote, '\''));)
		*quote = '"';
	bson_t *document = must(bson_new_from_json((const uint8_t *)json, -1, NULL));
	reply(connection, document);
	bson_destroy(document);
}

static void answer_count(struct connection *connection, const bson_t *command)
{
	(void)command;
	bson_t *answer = BCON_NEW("n", BCON_INT64(connection->server->documents), "ok", BCON_DOUBLE(1));
	reply(connection, answer);
	bson_destroy(answer);
}

static const struct {
	const char *name;
	void (*answer)(struct connection *connection, const bson_t *command);
} COMMANDS[] = {{"find", answer_find}, {"getMore", answer_more}, {"insert", answer_insert}, {"update", answer_update}, {"count", answer_count}};

static void answer(struct connection *connection, const bson_t *command)
{
	bson_iter_t first;
	if (!bson_iter_init(&first, command) || !bson_iter_next(&first))
		return;
	const char *name = bson_iter_key(&first);
	for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
		if (strcmp(COMMANDS[i].name, name) == 0) {
			COMMANDS[i].answer(connection, command);
			return;
		}
	answer_always(connection, name);
}

/* --- connections --- */

/* Where the command stands in the message; 0: nowhere. */
static size_t find_command(const struct connection *connection)
{
	const uint8_t *message = connection->message;
	if (number_at(message + 12) == OP_QUERY) {
		const uint8_t *end = memchr(message + HEADER + 4, 0, connection->size - HEADER - 4);
		return end ? (size_t)(end - message) + 1 + 8 : 0;
	}
	for (size_t section = HEADER + 4; section + 5 < connection->size; section += 1 + number_at(message + section + 1))
		if (message[section] == 0)
			return section + 1;
	return 0;
}

static bool next_message(struct connection *connection)
{
	uint8_t size[4];
	if (!read_all(connection->fd, size, sizeof size))
		return false;
	connection->size = number_at(size);
	if (connection->size < HEADER + 10 || connection->size > MESSAGE_MOST + 16384)
		return false;
	memcpy(connection->message, size, sizeof size);
	return read_all(connection->fd, connection->message + 4, connection->size - 4);
}

static void *serve(void *given)
{
	struct connection *connection = given;
	while (next_message(connection)) {
		bson_t command;
		size_t at = find_command(connection);
		if (at == 0 || at + 4 > connection->size || number_at(connection->message + at) > connection->size - at ||
			!bson_init_static(&command, connection->message + at, number_at(connection->message + at)))
			break;
		if (number_at(connection->message + 12) == OP_QUERY || !(number_at(connection->message + HEADER) & FLAG_MORE_TO_COME))
			answer(connection, &command);
	}
	close(connection->fd);
	free(connection->batch);
	free(connection->message);
	free(connection);
	return NULL;
}

static void open_connection(int listener, const struct server *server)
{
	struct connection *connection = must(calloc(1, sizeof *connection));
	pthread_t thread;
	connection->fd = accept(listener, NULL, NULL);
	connection->server = server;
	connection->message = must(malloc(MESSAGE_MOST + 16384)); /* what no message touches costs nothing */
	connection->batch = must(malloc(BATCH_BYTES));
	setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	if (connection->fd < 0 || pthread_create(&thread, NULL, serve, connection) != 0)
		die("connection");
	pthread_detach(thread);
}

int main(int argc, char **argv)
{
	static struct server server;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	server.documents = argc == 2 ? strtoll(argv[1], NULL, 10) : 0;
	if (server.documents < 1 || server.documents > DOCUMENTS_MOST) {
		fprintf(stderr, "usage: wire_replay DOCUMENTS, at most %d\n", DOCUMENTS_MOST);
		return 2;
	}
	make_pool(&server.phishing, phishing_document);
	make_pool(&server.mixed, mixed_document);
	signal(SIGPIPE, SIG_IGN);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		die("listen");
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	struct pollfd ready[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
	while (poll(ready, 2, -1) > 0 && !ready[0].revents)
		if (ready[1].revents)
			open_connection(listener, &server);
	return 0;
}
