#include "net/upload.h"

#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>

#include "net/command.h"
#include "net/compose.h"

/* A batch: one message of at most 48,000,000 bytes, the last document being of up to 16 MiB and a little. */
enum { DOCUMENTS_MAX = 1000, BYTES_FULL = 16 * 1024 * 1024 };
#define INDEX "_ns.key_1"
enum { SLOW_ANSWER = 1 }; /* seconds: an index answers a hundred times faster */

enum state { PENDING, INSERTED, UNCHANGED, DUPLICATE, FAILED }; /* DUPLICATE: some index has what the document has */

struct document {
	size_t at, size, row;
	enum state state;
	const char *reason;
};

struct ns_upload {
	struct ns_mongo *mongo;
	const char *database, *name, *place; /* place: "database.collection" */
	mongoc_collection_t *collection;
	bson_t options;        /* of inserts */
	struct ns_buffer bytes;
	struct document documents[DOCUMENTS_MAX];
	size_t count;
	bool asks;             /* for the keys that are there, before it inserts */
	bool scans;            /* the server was so slow to answer that it must have looked through the whole collection */
	bool alone;            /* no other index than ours is unique: what is a duplicate has a key that is there */
	bson_t views[DOCUMENTS_MAX];
	const bson_t *pointers[DOCUMENTS_MAX];
	struct document *sent[DOCUMENTS_MAX];
	struct ns_upload_failure failures[DOCUMENTS_MAX];
	struct ns_upload_counts counts;
	struct ns_arena reasons;
};

/* --- opening --- */

static void close_upload(void *what)
{
	struct ns_upload *upload = what;
	mongoc_collection_destroy(upload->collection);
	bson_destroy(&upload->options);
	ns_buffer_release(&upload->bytes);
	ns_arena_release(&upload->reasons);
	free(upload);
}

/* Acknowledged by the majority, unless the address says otherwise. */
static int choose_write_concern(struct ns_upload *upload, struct ns_err *err)
{
	const mongoc_write_concern_t *asked = mongoc_collection_get_write_concern(upload->collection);
	if (asked && !mongoc_write_concern_is_acknowledged(asked))
		return ns_fail(err, NS_ECALL, "w=0 in the address: an import has to know what was stored");
	if (asked && mongoc_write_concern_get_w(asked) != MONGOC_WRITE_CONCERN_W_DEFAULT)
		return NS_OK;
	mongoc_write_concern_t *concern = asked ? mongoc_write_concern_copy(asked) : mongoc_write_concern_new();
	mongoc_write_concern_set_w(concern, MONGOC_WRITE_CONCERN_W_MAJORITY);
	mongoc_collection_set_write_concern(upload->collection, concern);
	mongoc_write_concern_destroy(concern);
	return NS_OK;
}

static int make_index(struct ns_upload *upload, struct ns_err *err)
{
	bson_error_t error;
	bson_t *command = BCON_NEW("createIndexes", BCON_UTF8(upload->name), "indexes", "[", "{", "key", "{", "_ns.key", BCON_INT32(1), "}", "name",
		BCON_UTF8(INDEX), "unique", BCON_BOOL(true), "sparse", BCON_BOOL(true), "}", "]");
	bool made = ns_command_send(NULL, NULL, &error, upload->mongo, upload->database, command);
	bson_destroy(command);
	if (made)
		return NS_OK;
	if (ns_command_refused(&error, NS_CODE_INDEX_OPTIONS_CONFLICT) || ns_command_refused(&error, NS_CODE_INDEX_KEYS_CONFLICT))
		return ns_mongo_fail(err, upload->mongo, &error, "%s: there is another index on _ns.key than ns-import's, which is unique and sparse: drop it",
			upload->place);
	if (ns_command_refused(&error, NS_CODE_DUPLICATE_KEY))
		return ns_mongo_fail(err, upload->mongo, &error, "%s: there are documents with the same _ns.key, which tells imported ones apart", upload->place);
	return ns_mongo_fail(err, upload->mongo, &error, "%s: cannot make the unique index on _ns.key", upload->place);
}

/* Not told, or not understood: there may be others. */
static void look_at_indexes(struct ns_upload *upload)
{
	const bson_t *listed;
	bson_error_t error;
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(upload->collection, NULL);
	upload->alone = true;
	while (mongoc_cursor_next(cursor, &listed)) {
		bson_iter_t unique, name;
		bool ours = bson_iter_init_find(&name, listed, "name") && BSON_ITER_HOLDS_UTF8(&name) && strcmp(bson_iter_utf8(&name, NULL), INDEX) == 0;
		if (!ours && bson_iter_init_find(&unique, listed, "unique") && bson_iter_as_bool(&unique))
			upload->alone = false;
	}
	if (mongoc_cursor_error(cursor, &error))
		upload->alone = false;
	mongoc_cursor_destroy(cursor);
}

int ns_upload_open(struct ns_upload **out, struct ns_mongo *mongo, const char *database, const char *collection, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_upload *upload = *out = aligned_alloc(_Alignof(struct ns_upload), sizeof *upload); /* a bson_t wants more than malloc gives */
	if (!upload)
		ns_die_of_memory();
	upload->mongo = mongo;
	upload->database = database;
	upload->name = collection;
	upload->place = ns_format(arena, "%s.%s", database, collection);
	upload->collection = mongoc_client_get_collection(ns_mongo_client(mongo), database, collection);
	bson_init(&upload->options);
	BSON_APPEND_BOOL(&upload->options, "ordered", false);
	BSON_APPEND_BOOL(&upload->options, "validate", false); /* compose.h makes none that are not valid */
	upload->bytes = NS_BUFFER_INIT(BYTES_FULL + 2 * NS_DOCUMENT_MAX);
	upload->count = 0;
	upload->asks = upload->scans = false;
	upload->counts = (struct ns_upload_counts){0};
	upload->reasons = NS_ARENA_INIT;
	ns_arena_defer(arena, close_upload, upload);
	NS_TRY(choose_write_concern(upload, err));
	NS_TRY(make_index(upload, err));
	look_at_indexes(upload);
	return NS_OK;
}

/* --- adding --- */

char *ns_upload_room(struct ns_upload *upload, size_t size)
{
	if (ns_buffer_reserve(&upload->bytes, size))
		ns_die_of_memory();
	return upload->bytes.data + upload->bytes.size;
}

void ns_upload_add(struct ns_upload *upload, size_t size, size_t row)
{
	upload->documents[upload->count++] = (struct document){upload->bytes.size, size, row, PENDING, NULL};
	upload->bytes.size += size;
}

bool ns_upload_is_full(const struct ns_upload *upload)
{
	return upload->count == DOCUMENTS_MAX || upload->bytes.size >= BYTES_FULL;
}

struct ns_upload_counts ns_upload_counts(const struct ns_upload *upload)
{
	return upload->counts;
}

/* --- asking for keys --- */

static const char *bytes_of(const struct ns_upload *upload, const struct document *document)
{
	return upload->bytes.data + document->at;
}

static int compare_spans(struct ns_span a, struct ns_span b)
{
	int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
	return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_keys(const void *a, const void *b, void *context)
{
	const struct ns_upload *upload = context;
	return compare_spans(ns_composed_key(bytes_of(upload, *(struct document *const *)a)), ns_composed_key(bytes_of(upload, *(struct document *const *)b)));
}

/* {find: ..., filter: {_ns.key: {$in: keys}}}, all in one reply. */
static bson_t *question(struct ns_upload *upload, size_t count)
{
	bson_t *command = bson_new(), filter, key, keys;
	BSON_APPEND_UTF8(command, "find", upload->name);
	BSON_APPEND_DOCUMENT_BEGIN(command, "filter", &filter);
	BSON_APPEND_DOCUMENT_BEGIN(&filter, "_ns.key", &key);
	BSON_APPEND_ARRAY_BEGIN(&key, "$in", &keys);
	for (size_t i = 0; i < count; i++) {
		char buffer[16];
		const char *index;
		size_t size = bson_uint32_to_string((uint32_t)i, &index, buffer, sizeof buffer);
		struct ns_span text = ns_composed_key(bytes_of(upload, upload->sent[i]));
		bson_append_utf8(&keys, index, (int)size, text.data, (int)text.size);
	}
	bson_append_array_end(&key, &keys);
	bson_append_document_end(&filter, &key);
	bson_append_document_end(command, &filter);
	BCON_APPEND(command, "projection", "{", "_ns.key", BCON_INT32(1), "}", "batchSize", BCON_INT32((int32_t)count), "singleBatch", BCON_BOOL(true));
	return command;
}

/* A document that is there. */
static void found(struct ns_upload *upload, size_t count, bson_iter_t *iter)
{
	bson_iter_t document, id, key;
	uint32_t size;
	if (!BSON_ITER_HOLDS_DOCUMENT(iter) || !bson_iter_recurse(iter, &document))
		return;
	id = document;
	if (!bson_iter_find_descendant(&document, "_ns.key", &key) || !BSON_ITER_HOLDS_UTF8(&key) || !bson_iter_find(&id, "_id"))
		return;
	struct ns_span text = {bson_iter_utf8(&key, &size), 0};
	text.size = size;
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_spans(ns_composed_key(bytes_of(upload, upload->sent[middle])), text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || compare_spans(ns_composed_key(bytes_of(upload, upload->sent[low])), text) != 0)
		return;
	bool ours = BSON_ITER_HOLDS_OID(&id) && memcmp(bson_iter_oid(&id)->bytes, ns_composed_id(bytes_of(upload, upload->sent[low])), 12) == 0;
	upload->sent[low]->state = ours ? INSERTED : UNCHANGED;
}

/* An answer that cannot be relied on is as good as none. */
static bool fail_answer(bson_error_t *error)
{
	bson_set_error(error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, "the server's answer is damaged");
	return false;
}

static bool take_answer(struct ns_upload *upload, size_t count, const bson_t *reply, bson_error_t *error)
{
	bson_iter_t iter, batch, item;
	if (!bson_iter_init(&iter, reply) || !bson_iter_find_descendant(&iter, "cursor.firstBatch", &batch) || !BSON_ITER_HOLDS_ARRAY(&batch) ||
		!bson_iter_recurse(&batch, &item))
		return fail_answer(error);
	while (bson_iter_next(&item))
		found(upload, count, &item);
	return item.err_off ? fail_answer(error) : true;
}

/* Of the documents in this state: which are there? */
static bool ask(struct ns_upload *upload, enum state state, bson_error_t *error)
{
	size_t count = 0;
	for (size_t i = 0; i < upload->count; i++)
		if (upload->documents[i].state == state)
			upload->sent[count++] = &upload->documents[i];
	if (!count)
		return true;
	qsort_r(upload->sent, count, sizeof *upload->sent, compare_keys, upload);
	bson_t reply, *command = question(upload, count);
	int64_t begun = bson_get_monotonic_time();
	bool fine = mongoc_client_command_simple(ns_mongo_client(upload->mongo), upload->database, command, NULL, &reply, error) &&
		    take_answer(upload, count, &reply, error);
	upload->scans = upload->scans || bson_get_monotonic_time() - begun > SLOW_ANSWER * (int64_t)1000000;
	bson_destroy(&reply);
	bson_destroy(command);
	return fine;
}

/* --- inserting --- */

/* An element of writeErrors or writeConcernErrors. */
static bool read_error(bson_error_t *out, int64_t *index, const bson_iter_t *iter)
{
	bson_iter_t field;
	*out = (bson_error_t){.domain = MONGOC_ERROR_SERVER};
	*index = -1;
	if (!BSON_ITER_HOLDS_DOCUMENT(iter) || !bson_iter_recurse(iter, &field))
		return false;
	while (bson_iter_next(&field)) {
		const char *key = bson_iter_key(&field);
		if (strcmp(key, "index") == 0)
			*index = bson_iter_as_int64(&field);
		else if (strcmp(key, "code") == 0)
			out->code = (uint32_t)bson_iter_as_int64(&field);
		else if (strcmp(key, "errmsg") == 0 && BSON_ITER_HOLDS_UTF8(&field))
			bson_strncpy(out->message, bson_iter_utf8(&field, NULL), sizeof out->message);
	}
	return true;
}

/* False, with the error: it passes, so the document is still to be sent; or the answer is damaged. */
static bool take_write_error(struct ns_upload *upload, size_t count, const bson_iter_t *iter, bson_error_t *error)
{
	bson_error_t own;
	int64_t index;
	if (!read_error(&own, &index, iter) || index < 0 || (uint64_t)index >= count)
		return fail_answer(error);
	struct document *document = upload->sent[index];
	if (ns_mongo_is_passing(&own)) {
		document->state = PENDING;
		*error = own;
		return false;
	}
	document->state = own.code == NS_CODE_DUPLICATE_KEY ? DUPLICATE : FAILED;
	document->reason = ns_strdup(&upload->reasons, *own.message ? own.message : "no reason was given");
	return true;
}

/* The elements of an array in the reply; false: there is none, or it is empty. */
static bool elements(bson_iter_t *items, const bson_t *reply, const char *name)
{
	bson_iter_t iter, ahead;
	if (!bson_iter_init_find(&iter, reply, name) || !BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, items))
		return false;
	ahead = *items;
	return bson_iter_next(&ahead);
}

/* Stored by the server that answered, but not by as many as was asked for. */
static bool is_unsafe(const bson_t *reply, bson_error_t *error)
{
	bson_iter_t items;
	int64_t index;
	if (!elements(&items, reply, "writeConcernErrors") || !bson_iter_next(&items) || !read_error(error, &index, &items))
		return false;
	error->domain = MONGOC_ERROR_WRITE_CONCERN;
	return true;
}

/* What became of those that were sent; false, with the error: not known of all. */
static bool take_reply(struct ns_upload *upload, size_t count, const bson_t *reply, bool succeeded, bson_error_t *error)
{
	bson_iter_t items, iter;
	size_t refused = 0;
	bool some = elements(&items, reply, "writeErrors"), fine = true;
	if (is_unsafe(reply, error) || (!succeeded && !some))
		return false;
	for (size_t i = 0; i < count; i++)
		upload->sent[i]->state = INSERTED;
	for (; some && bson_iter_next(&items); refused++)
		fine = take_write_error(upload, count, &items, error) && fine;
	uint64_t inserted = bson_iter_init_find(&iter, reply, "insertedCount") ? (uint64_t)bson_iter_as_int64(&iter) : 0;
	if (inserted + refused == count || inserted == count) /* mongo-java-server counts what it refused, too */
		return fine;
	for (size_t i = 0; i < count; i++)
		upload->sent[i]->state = PENDING;
	return fail_answer(error);
}

static bool insert(struct ns_upload *upload, bson_error_t *error)
{
	size_t count = 0;
	for (size_t i = 0; i < upload->count; i++) {
		struct document *document = &upload->documents[i];
		if (document->state != PENDING)
			continue;
		if (!bson_init_static(&upload->views[count], (const uint8_t *)bytes_of(upload, document), document->size))
			abort(); /* compose.h made it */
		upload->pointers[count] = &upload->views[count];
		upload->sent[count++] = document;
	}
	if (!count)
		return true;
	bson_t reply;
	bool succeeded = mongoc_collection_insert_many(upload->collection, upload->pointers, count, &upload->options, &reply, error);
	bool fine = take_reply(upload, count, &reply, succeeded, error);
	bson_destroy(&reply);
	return fine;
}

/* --- a batch --- */

/* The message, where it names the index, as most servers' do, names another one than ours. */
static bool is_of_another_index(const char *reason)
{
	const char *index = strstr(reason, "index: "), *end = index ? strstr(index, " dup key") : NULL;
	const char *ours = index ? strstr(index, INDEX) : NULL;
	return index && (!ours || (end && ours > end));
}

/* Which of the duplicates are documents that are there? Where nothing of this batch was sent before, that can go without asking. */
static bool settle_duplicates(struct ns_upload *upload, bool again, bson_error_t *error)
{
	for (size_t i = 0; i < upload->count && upload->alone && !again; i++) {
		struct document *document = &upload->documents[i];
		if (document->state == DUPLICATE && !is_of_another_index(document->reason))
			document->state = UNCHANGED;
	}
	return ask(upload, DUPLICATE, error);
}

/* One attempt: everything that is pending gets a state for good, or false. */
static bool attempt(struct ns_upload *upload, bool again, bson_error_t *error)
{
	for (size_t i = 0; i < upload->count; i++)
		if (upload->documents[i].state == DUPLICATE)
			upload->documents[i].state = PENDING;
	if ((upload->asks || again) && !ask(upload, PENDING, error))
		return false;
	return insert(upload, error) && settle_duplicates(upload, again, error);
}

static size_t count_states(struct ns_upload *upload)
{
	size_t failed = 0, unchanged = 0;
	for (size_t i = 0; i < upload->count; i++) {
		const struct document *document = &upload->documents[i];
		upload->counts.inserted += document->state == INSERTED;
		unchanged += document->state == UNCHANGED;
		if (document->state == DUPLICATE || document->state == FAILED) /* a duplicate that is not there: another index refuses it */
			upload->failures[failed++] = (struct ns_upload_failure){document->row, document->reason};
	}
	upload->counts.unchanged += unchanged;
	upload->asks = unchanged > 0 && !upload->scans;
	return failed;
}

static int fail_send(const struct ns_upload *upload, const bson_error_t *error, struct ns_err *err)
{
	uint64_t before = upload->counts.inserted + upload->counts.unchanged;
	const char *what = error->domain == MONGOC_ERROR_WRITE_CONCERN ? "stored, but not as safely as asked, after"
			   : ns_mongo_is_passing(error) ? "lost after" : "failed after";
	return ns_mongo_fail(err, upload->mongo, error, "%s: %s %" PRIu64 " documents", upload->place, what, before);
}

int ns_upload_send(const struct ns_upload_failure **failures, size_t *count, struct ns_upload *upload, struct ns_err *err)
{
	struct ns_patience patience = {0};
	bson_error_t error = {0};
	bool again = false;
	ns_arena_reset(&upload->reasons);
	while (!attempt(upload, again, &error)) {
		again = true;
		if (!ns_mongo_try_again(&patience, upload->mongo, &error))
			return fail_send(upload, &error, err);
	}
	*count = count_states(upload);
	*failures = upload->failures;
	upload->count = upload->bytes.size = 0;
	return NS_OK;
}
