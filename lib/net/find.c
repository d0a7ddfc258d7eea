#include "net/find.h"

#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "net/find_after.h"

/*
 * The commands find and getMore themselves instead of libmongoc's cursor: that one takes a reply whose batch is damaged for the end
 * of the batch, and does not tell when the next document has to be waited for.
 */
enum { FIRST_BATCH = 1000, LARGEST_BATCH = 100000, BATCH_BYTES = 1024 * 1024 };

struct ns_find {
	struct ns_mongo *mongo;
	const char *database, *collection;
	bson_t *filter, *projection;
	bool limited;
	int64_t left; /* of the limit */

	mongoc_client_session_t *session; /* NULL: the server has none */
	uint32_t server;                  /* libmongoc's number of it; 0: none is chosen */
	int64_t cursor;                   /* 0: none is open there */
	bool asked, ended;

	bson_t reply, document;          /* the last document lies in the reply */
	const uint8_t *data, *before;    /* its bytes, and those of the one before it */
	uint32_t size, size_before;
	bson_iter_t batch;
	uint32_t batch_end; /* where the iterator stands at the end of a sound batch */
	uint64_t in_batch, batch_bytes, count;

	bson_t last;       /* {_id: ...} of the last document of the reply before */
	bool begun;        /* there is a last one */
	bool alike;        /* it has no _id, or one that came twice: nothing can be asked for behind it */
	int repeated;      /* how often it has come again since the cursor was lost; -1: nothing comes again any more */
	struct ns_patience patience;
};

static void release(void *what)
{
	struct ns_find *find = what;
	ns_find_close(find);
	bson_destroy(&find->reply);
	bson_destroy(&find->last);
	bson_destroy(find->filter);
	bson_destroy(find->projection);
	free(find);
}

/* Not in the arena: a bson_t wants to stand at multiples of 128 bytes. */
static struct ns_find *new_find(void)
{
	struct ns_find *find = aligned_alloc(_Alignof(struct ns_find), sizeof *find);
	if (!find)
		ns_die_of_memory();
	return find;
}

int ns_find_open(struct ns_find **out, struct ns_mongo *mongo, const struct ns_find_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_find *find = new_find();
	(void)err;
	*find = (struct ns_find){.mongo = mongo, .limited = options->limit > 0, .left = options->limit, .repeated = -1};
	find->database = ns_strdup(arena, options->database);
	find->collection = ns_strdup(arena, options->collection);
	find->filter = options->filter ? bson_copy((const bson_t *)options->filter) : bson_new();
	find->projection = options->projection ? bson_copy((const bson_t *)options->projection) : NULL;
	bson_init(&find->reply);
	bson_init(&find->last);
	ns_arena_defer(arena, release, find);
	*out = find;
	return NS_OK;
}

/* libmongoc's options of one of our commands: the server and the session that the cursor belongs to. */
static bool command_options(bson_t *options, struct ns_find *find, bson_error_t *error)
{
	bson_append_int32(options, "serverId", -1, (int32_t)find->server);
	return !find->session || mongoc_client_session_append(find->session, options, error);
}

/* Not a read command of libmongoc's, which may be sent twice: a second getMore would bring the batch behind the one that was lost. */
static bool run(struct ns_find *find, const bson_t *command, bson_error_t *error)
{
	bson_t options = BSON_INITIALIZER;
	mongoc_client_t *client = ns_mongo_client(find->mongo);
	bson_destroy(&find->reply);
	bson_init(&find->reply);
	bool done = command_options(&options, find, error);
	if (done) {
		bson_destroy(&find->reply);
		done = mongoc_client_command_with_opts(client, find->database, command, mongoc_client_get_read_prefs(client), &options, &find->reply, error);
	}
	bson_destroy(&options);
	return done;
}

/* Which server, and a session of it: cursors without one end with the connection, in a pool of servers with others' patience. */
static bool choose_server(struct ns_find *find, bson_error_t *error)
{
	mongoc_client_t *client = ns_mongo_client(find->mongo);
	mongoc_server_description_t *server = mongoc_client_select_server(client, false, mongoc_client_get_read_prefs(client), error);
	if (!server)
		return false;
	find->server = mongoc_server_description_id(server);
	mongoc_server_description_destroy(server);
	mongoc_session_opt_t *options = mongoc_session_opts_new();
	mongoc_session_opts_set_causal_consistency(options, false);
	find->session = mongoc_client_start_session(client, options, error);
	mongoc_session_opts_destroy(options);
	return find->session || error->domain == MONGOC_ERROR_CLIENT; /* a server that has no sessions */
}

static void append_filter(bson_t *command, const struct ns_find *find)
{
	bson_t filter, both;
	bson_append_document_begin(command, "filter", -1, &filter);
	if (!find->begun) {
		bson_concat(&filter, find->filter);
	} else if (bson_empty(find->filter)) {
		ns_find_after(&filter, &find->last);
	} else {
		bson_t after = BSON_INITIALIZER;
		ns_find_after(&after, &find->last);
		bson_append_array_begin(&filter, "$and", -1, &both);
		bson_append_document(&both, "0", 1, find->filter);
		bson_append_document(&both, "1", 1, &after);
		bson_append_array_end(&filter, &both);
		bson_destroy(&after);
	}
	bson_append_document_end(command, &filter);
}

/* As many documents as make a megabyte: more does not stay in the processor's cache, and takes twice its time. */
static int32_t batch_size(const struct ns_find *find)
{
	uint64_t mean = find->in_batch ? find->batch_bytes / find->in_batch + 1 : 1, size = BATCH_BYTES / mean + 1;
	size = find->in_batch == 0 ? FIRST_BATCH : size < LARGEST_BATCH ? size : LARGEST_BATCH;
	return find->limited && find->left < (int64_t)size ? (int32_t)find->left + 1 : (int32_t)size;
}

static bool send_find(struct ns_find *find, bson_error_t *error)
{
	bson_t command = BSON_INITIALIZER, *sort = BCON_NEW("_id", BCON_INT32(1));
	const mongoc_read_concern_t *concern = mongoc_client_get_read_concern(ns_mongo_client(find->mongo));
	const char *level = mongoc_read_concern_get_level(concern);
	bson_append_utf8(&command, "find", -1, find->collection, -1);
	append_filter(&command, find);
	bson_append_document(&command, "sort", -1, sort);
	if (find->projection)
		bson_append_document(&command, "projection", -1, find->projection);
	if (find->limited && !find->begun) /* later some that are left out may come first */
		bson_append_int64(&command, "limit", -1, find->left);
	bson_append_int32(&command, "batchSize", -1, batch_size(find));
	if (level)
		BCON_APPEND(&command, "readConcern", "{", "level", BCON_UTF8(level), "}");
	bool done = run(find, &command, error);
	bson_destroy(sort);
	bson_destroy(&command);
	return done;
}

static bool send_get_more(struct ns_find *find, bson_error_t *error)
{
	bson_t *command = BCON_NEW("getMore", BCON_INT64(find->cursor), "collection", BCON_UTF8(find->collection), "batchSize", BCON_INT32(batch_size(find)));
	bool done = run(find, command, error);
	bson_destroy(command);
	return done;
}

/* Opens the reply: {cursor: {id: ..., firstBatch or nextBatch: [...]}}. */
static bool open_batch(struct ns_find *find)
{
	bson_iter_t cursor, field;
	bool id = false, batch = false;
	if (!bson_iter_init_find(&cursor, &find->reply, "cursor") || !BSON_ITER_HOLDS_DOCUMENT(&cursor) || !bson_iter_recurse(&cursor, &field))
		return false;
	while (bson_iter_next(&field)) {
		const char *name = bson_iter_key(&field);
		if (strcmp(name, "id") == 0 && (BSON_ITER_HOLDS_INT64(&field) || BSON_ITER_HOLDS_INT32(&field))) {
			find->cursor = bson_iter_as_int64(&field);
			id = true;
		} else if ((strcmp(name, "firstBatch") == 0 || strcmp(name, "nextBatch") == 0) && BSON_ITER_HOLDS_ARRAY(&field)) {
			batch = bson_iter_recurse(&field, &find->batch);
			find->batch_end = find->batch.len - 1;
		}
	}
	find->in_batch = find->batch_bytes = 0;
	find->asked = true;
	return id && batch;
}

static bool take_id(bson_t *out, const bson_t *document)
{
	bson_iter_t id;
	return bson_iter_init_find(&id, document, "_id") && bson_append_iter(out, "_id", 3, &id);
}

static bool same_id(const bson_t *a, const bson_t *b)
{
	bson_t one = BSON_INITIALIZER, other = BSON_INITIALIZER;
	bool same = take_id(&one, a) && take_id(&other, b) && bson_equal(&one, &other);
	bson_destroy(&one);
	bson_destroy(&other);
	return same;
}

/* Before the reply goes: where to go on should the cursor be lost. */
static void remember_last(struct ns_find *find)
{
	if (find->in_batch == 0)
		return;
	bson_t before;
	bool twice = find->in_batch > 1 ? bson_init_static(&before, find->before, find->size_before) && same_id(&find->document, &before) :
		find->begun && same_id(&find->document, &find->last);
	bson_reinit(&find->last);
	find->alike = !take_id(&find->last, &find->document) || twice;
	find->begun = true;
}

static void leave_server(struct ns_find *find)
{
	if (find->session)
		mongoc_client_session_destroy(find->session);
	find->session = NULL;
	find->server = 0;
	find->cursor = 0;
}

static bool ask(struct ns_find *find, bson_error_t *error)
{
	if (find->cursor)
		return send_get_more(find, error);
	find->repeated = find->begun ? 0 : -1;
	return (find->server || choose_server(find, error)) && send_find(find, error);
}

/* Does what went wrong allow for asking again? Makes ready for it. */
static bool recover(struct ns_find *find, const bson_error_t *error)
{
	leave_server(find);
	return ns_mongo_try_again(&find->patience, find->mongo, error);
}

static int fail_lost(const struct ns_find *find, const bson_error_t *error, struct ns_err *err)
{
	if (find->count == 0)
		return ns_mongo_fail(err, find->mongo, error, "%s.%s: cannot be read", find->database, find->collection);
	return ns_mongo_fail(err, find->mongo, error, "%s.%s: lost after %" PRIu64 " documents", find->database, find->collection, find->count);
}

static int fail_alike(const struct ns_find *find, struct ns_err *err)
{
	return ns_fail(err, NS_ECALL, "%s.%s: lost after %" PRIu64 " documents, and cannot go on behind an _id that is not unique",
		find->database, find->collection, find->count);
}

static int fail_damaged(const struct ns_find *find, struct ns_err *err)
{
	return ns_fail(err, NS_ECALL, "%s.%s: the server's answer is damaged after %" PRIu64 " documents", find->database, find->collection,
		find->count);
}

static int fetch(struct ns_find *find, struct ns_err *err)
{
	bson_error_t error = {0};
	remember_last(find);
	NS_TRY(ns_file_flush_direct(err));
	while (!ask(find, &error)) {
		bool passing = recover(find, &error);
		if (passing && find->alike)
			return fail_alike(find, err);
		if (!passing)
			return fail_lost(find, &error, err);
	}
	return open_batch(find) ? NS_OK : fail_damaged(find, err);
}

/* The next document of the batch; *more is false at its end. */
static int step(bool *more, struct ns_find *find, struct ns_err *err)
{
	*more = bson_iter_next(&find->batch);
	if (!*more)
		return find->batch.off == find->batch_end ? NS_OK : fail_damaged(find, err);
	find->before = find->data;
	find->size_before = find->size;
	if (!BSON_ITER_HOLDS_DOCUMENT(&find->batch))
		return fail_damaged(find, err);
	bson_iter_document(&find->batch, &find->size, &find->data);
	if (!bson_init_static(&find->document, find->data, find->size))
		return fail_damaged(find, err);
	find->in_batch++;
	find->batch_bytes += find->size;
	return NS_OK;
}

/* After a cursor was lost: what comes before the last document, and that one itself, have been there. */
static int skip_earlier(bool *more, struct ns_find *find, struct ns_err *err)
{
	bool repeated = same_id(&find->document, &find->last);
	if (repeated && find->repeated++)
		return fail_alike(find, err);
	if (!repeated && ns_find_rank(&find->document) >= ns_find_rank(&find->last)) {
		find->repeated = -1;
		return NS_OK;
	}
	find->in_batch = 0;
	return step(more, find, err);
}

int ns_find_next(const bson_t **document, struct ns_find *find, struct ns_err *err)
{
	bool more = false;
	*document = NULL;
	while (!find->ended && !more) {
		if (find->asked)
			NS_TRY(step(&more, find, err));
		while (more && find->repeated >= 0)
			NS_TRY(skip_earlier(&more, find, err));
		if (!more && find->asked && !find->cursor)
			find->ended = true;
		else if (!more)
			NS_TRY(fetch(find, err));
	}
	if (!more)
		return NS_OK;
	find->ended = find->limited && --find->left == 0;
	find->patience = (struct ns_patience){0};
	find->count++;
	*document = &find->document;
	return NS_OK;
}

/* Tells the server that nobody will come for the rest. That it does not hear it, does no harm. */
static void kill_cursor(struct ns_find *find)
{
	bson_error_t ignored;
	bson_t *command = BCON_NEW("killCursors", BCON_UTF8(find->collection), "cursors", "[", BCON_INT64(find->cursor), "]");
	run(find, command, &ignored);
	bson_destroy(command);
}

void ns_find_close(struct ns_find *find)
{
	if (find->cursor)
		kill_cursor(find);
	leave_server(find);
	find->ended = true;
}
