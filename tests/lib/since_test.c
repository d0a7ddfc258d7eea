#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <bson/bson.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "net/since.h"
#include "net/since_parts.h"

#define BEGINNING 1700000000 /* seconds */

static struct ns_err err;
static struct ns_arena arena;

/* Each test has a folder to itself, as its working directory. */
static int enter_folder(void **state)
{
	char name[] = "/tmp/since_test.XXXXXX";
	if (!mkdtemp(name) || chdir(name))
		return -1;
	*state = strdup(name);
	ns_quiet = true;
	return 0;
}

static int leave_folder(void **state)
{
	char command[100];
	ns_arena_release(&arena);
	snprintf(command, sizeof command, "rm -rf %s", (char *)*state);
	free(*state);
	return chdir("/tmp") || system(command);
}

/* --- documents --- */

enum kind { DATE, WHOLE, REAL, TEXT, BARE };

/* A document as a test sees it: id tells it from others, seconds (or the number) is its time. */
struct document {
	int id;
	double time;
	enum kind kind; /* of the field `at` */
};

static void make(bson_t *out, const struct document *document)
{
	bson_oid_t oid = {{0}};
	uint32_t seconds = BSON_UINT32_TO_BE((uint32_t)document->time);
	memcpy(oid.bytes, &seconds, 4);
	oid.bytes[11] = (uint8_t)document->id;
	oid.bytes[10] = (uint8_t)(document->id >> 8);
	bson_init(out);
	bson_append_oid(out, "_id", -1, &oid);
}

static void make_with_field(bson_t *out, const struct document *document)
{
	bson_init(out);
	bson_append_int32(out, "_id", -1, document->id);
	switch (document->kind) {
	case DATE: bson_append_date_time(out, "at", -1, (int64_t)(document->time * 1000)); break;
	case WHOLE: bson_append_int64(out, "at", -1, (int64_t)document->time); break;
	case REAL: bson_append_double(out, "at", -1, document->time); break;
	case TEXT: bson_append_utf8(out, "at", -1, "yesterday", -1); break;
	case BARE: break;
	}
}

/* --- runs --- */

static struct ns_since_options options = {.path = "state", .overlap = 600, .collection = "d.c", .call = "query x"};
static char *columns[] = {"a", "b,\t\\\n"};
static const struct ns_texts all_columns = {(const char **)(void *)columns, 2};

/* What came of a run. */
static struct {
	int ids[100], count;
	int64_t asked_from; /* INT64_MIN: everything */
} run;

static struct ns_since *open_at(double now)
{
	struct ns_since *since;
	ns_arena_release(&arena);
	if (ns_since_open(&since, &options, (int64_t)(now * 1000), &arena, &err) != NS_OK)
		return NULL;
	return since;
}

static int64_t bound_of(const bson_t *filter)
{
	bson_iter_t iter, at;
	if (!filter)
		return INT64_MIN;
	assert_true(bson_iter_init(&iter, filter));
	assert_true(bson_iter_find_descendant(&iter, options.field ? "at.$not.$lt" : "_id.$not.$lt", &at));
	if (bson_iter_type(&at) == BSON_TYPE_OID)
		return (int64_t)bson_oid_get_time_t(bson_iter_oid(&at));
	return bson_iter_type(&at) == BSON_TYPE_DATE_TIME ? bson_iter_date_time(&at) / 1000 : (int64_t)bson_iter_as_double(&at);
}

/* The documents that the server would send; at is left of them for "the server ignores the filter". */
static int take_all(struct ns_since *since, const struct document *documents, int count)
{
	const bson_t *filter = ns_since_filter(since, NULL, &arena);
	run.count = 0;
	run.asked_from = bound_of(filter);
	for (int i = 0; i < count; i++) {
		bool is_new;
		bson_t document;
		if (documents[i].kind != BARE && documents[i].kind != TEXT && documents[i].time < (double)run.asked_from)
			continue;
		(options.field ? make_with_field : make)(&document, &documents[i]);
		int status = ns_since_take(&is_new, since, &document, &err);
		bson_destroy(&document);
		if (status != NS_OK)
			return status;
		if (is_new)
			run.ids[run.count++] = documents[i].id;
	}
	return NS_OK;
}

static int export(double now, const struct document *documents, int count)
{
	struct ns_since *since = open_at(now);
	if (!since)
		return NS_ECALL;
	NS_TRY(take_all(since, documents, count));
	return ns_since_commit(since, &all_columns, (uint64_t)run.count, &err);
}

#define assert_export(now, documents, ...)                                                          \
	do {                                                                                        \
		int expected_[] = {-1, ##__VA_ARGS__}, n_ = (int)(sizeof expected_ / sizeof(int)) - 1; \
		assert_int_equal(export(now, documents, sizeof documents / sizeof *documents), NS_OK); \
		assert_int_equal(run.count, n_);                                                    \
		assert_memory_equal(run.ids, expected_ + 1, (size_t)n_ * sizeof(int));              \
	} while (0)

#define assert_refused(call, status, expected)           \
	do {                                             \
		assert_int_equal(call, status);          \
		assert_string_equal(err.text, expected); \
	} while (0)

static char *slurp(size_t *size)
{
	char *bytes;
	assert_int_equal(ns_file_slurp(&bytes, size, "state", 1 << 20, &arena, &err), NS_OK);
	return bytes;
}

static struct ns_since_file read_state(void)
{
	struct ns_since_file file;
	bool damaged;
	size_t size;
	ns_arena_release(&arena);
	char *bytes = slurp(&size);
	assert_int_equal(ns_since_parse(&file, &damaged, bytes, size, "state", &arena, &err), NS_OK);
	return file;
}

/* --- by _id --- */

static void what_is_new_comes_once(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING, DATE}, {3, BEGINNING + 5000, DATE}, {4, BEGINNING + 5000, DATE},
		{5, BEGINNING + 4500, DATE}, {6, BEGINNING + 4000, DATE}};
	struct document first[] = {d[0], d[1], d[2]}, second[] = {d[0], d[1], d[2], d[3], d[4], d[5]};
	assert_export(BEGINNING + 6000, first, 1, 2, 3);
	assert_int_equal(run.asked_from, INT64_MIN);
	struct ns_since_file file = read_state();
	assert_int_equal(file.mark.kind, NS_MARK_DATE);
	assert_int_equal(file.mark.integer, (BEGINNING + 5000) * INT64_C(1000));
	assert_int_equal(file.count, 1); /* within the overlap */
	assert_int_equal(file.first, 1);
	assert_int_equal(file.last, 1);
	assert_int_equal(file.rows, 3);
	assert_string_equal(file.by, "_id");
	assert_int_equal(file.columns.count, 2);
	assert_string_equal(file.columns.items[1], columns[1]);
	/* One of the same second, one late by 500 s; what is later than the overlap does not come. */
	assert_export(BEGINNING + 9000, second, 4, 5);
	assert_int_equal(run.asked_from, BEGINNING + 4400);
	file = read_state();
	assert_int_equal(file.mark.integer, (BEGINNING + 5000) * INT64_C(1000));
	assert_int_equal(file.count, 3);
	assert_int_equal(file.last, 2);
	assert_int_equal(file.rows, 5);
	assert_export(BEGINNING + 9000, second);
	assert_int_equal(read_state().last, 2);
	options.full = true;
	assert_export(BEGINNING + 9000, second, 1, 2, 3, 4, 5, 6);
	options.full = false;
	file = read_state();
	assert_int_equal(file.first, 3);
	assert_int_equal(file.last, 3);
	assert_int_equal(file.rows, 6);
	assert_export(BEGINNING + 9000, second);
}

/* Though the server sends all: what is older than was asked for is not new. */
static void a_server_that_ignores_the_filter_doubles_nothing(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING + 5000, DATE}, {3, BEGINNING + 5001, DATE}};
	struct document first[] = {d[0], d[1]};
	bool is_new;
	bson_t document;
	assert_export(BEGINNING + 6000, first, 1, 2);
	struct ns_since *since = open_at(BEGINNING + 6000);
	for (int i = 0; i < 3; i++) {
		make(&document, &d[i]);
		assert_int_equal(ns_since_take(&is_new, since, &document, &err), NS_OK);
		assert_int_equal(is_new, i == 2);
		bson_destroy(&document);
	}
}

static void the_future_hides_nothing(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING + 1000000, DATE}, {3, BEGINNING + 700, DATE}, {4, BEGINNING + 1000000, DATE}};
	struct document first[] = {d[0], d[1]}, second[] = {d[0], d[1], d[2]};
	assert_export(BEGINNING + 100, first, 1, 2);
	assert_int_equal(read_state().mark.integer, (BEGINNING + 100) * INT64_C(1000));
	assert_export(BEGINNING + 800, second, 3);
	assert_export(BEGINNING + 100000, d, 4);
	assert_export(BEGINNING + 2000000, d);
	assert_int_equal(read_state().mark.integer, (BEGINNING + 100000) * INT64_C(1000));
}

/* The mark is the server's clock, which has milliseconds; the _ids that are made later in that second have none. */
static void a_second_has_not_passed(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING + 1000000, DATE}, {3, BEGINNING + 100, DATE}};
	struct document first[] = {d[0], d[1]};
	options.overlap = 0;
	assert_export(BEGINNING + 100.461, first, 1, 2);
	assert_int_equal(read_state().mark.integer, (BEGINNING + 100) * INT64_C(1000));
	assert_export(BEGINNING + 102.5, d, 3);
	assert_export(BEGINNING + 103, d);
	options.overlap = 600;
}

static void a_clock_set_back(void **state)
{
	(void)state;
	struct document first[] = {{1, BEGINNING, DATE}}, second[] = {{1, BEGINNING, DATE}, {2, BEGINNING - 400, DATE}};
	assert_export(BEGINNING + 100, first, 1);
	assert_export(BEGINNING - 300, second, 2);
	assert_int_equal(read_state().mark.integer, BEGINNING * INT64_C(1000)); /* it never goes back */
	assert_refused(export(BEGINNING - 601, second, 2), NS_ECALL, "state: its mark, 2023-11-14T22:13:20Z, is later than the server's clock, 2023-11-14T22:03:19Z, "
		"so what is made now would look old: set the clock right, or export with --full");
	options.full = true;
	assert_export(BEGINNING - 601, second, 1, 2);
	options.full = false;
}

/* A larger overlap cannot look at what the file does not know; as time goes by it can. */
static void another_overlap(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING - 1000, DATE}, {2, BEGINNING - 500, DATE}, {3, BEGINNING, DATE}, {4, BEGINNING + 700, DATE}};
	struct document first[] = {d[0], d[1], d[2]};
	assert_export(BEGINNING, first, 1, 2, 3);
	options.overlap = 2000;
	assert_export(BEGINNING, first);
	assert_int_equal(run.asked_from, BEGINNING - 600);
	assert_export(BEGINNING + 1000, d, 4);
	assert_int_equal(read_state().overlap, 1300);
	assert_int_equal(read_state().count, 3);
	assert_export(BEGINNING + 1000, d);
	assert_int_equal(run.asked_from, BEGINNING - 600);
	options.overlap = 100;
	struct document more[] = {d[0], d[1], d[2], d[3], {5, BEGINNING + 650, DATE}};
	assert_export(BEGINNING + 1000, more, 5);
	assert_int_equal(run.asked_from, BEGINNING + 600);
	assert_int_equal(read_state().overlap, 100);
	assert_int_equal(read_state().count, 2);
	options.overlap = 600;
}

static void digests_are_dropped_as_the_mark_moves(void **state)
{
	(void)state;
	static struct document d[50000];
	for (int i = 0; i < 50000; i++)
		d[i] = (struct document){i, BEGINNING + i, DATE};
	struct ns_since *since = open_at(BEGINNING + 1000000);
	bool is_new;
	for (int i = 0; i < 50000; i++) {
		bson_t document;
		make(&document, &d[i]);
		assert_int_equal(ns_since_take(&is_new, since, &document, &err), NS_OK);
		assert_true(is_new);
		bson_destroy(&document);
	}
	assert_int_equal(ns_since_commit(since, &all_columns, 50000, &err), NS_OK);
	assert_int_equal(read_state().count, 601);
}

/* --- by a field --- */

static void by_a_field_of_dates(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING + 5000, DATE}, {3, BEGINNING + 5000, DATE}, {4, BEGINNING - 5000, DATE}};
	struct document first[] = {d[0], d[1]};
	options.field = "at";
	assert_export(BEGINNING + 6000, first, 1, 2);
	assert_int_equal(read_state().count, 2);
	assert_export(BEGINNING + 6000, d, 3);
	assert_int_equal(run.asked_from, BEGINNING + 4400);
	assert_int_equal(read_state().count, 3);
	/* The clock was set back: what it says counts. */
	assert_export(BEGINNING - 4500, d, 4);
	assert_int_equal(run.asked_from, BEGINNING - 5100);
	assert_int_equal(read_state().mark.integer, (BEGINNING + 5000) * INT64_C(1000));
	options.field = NULL;
}

static void by_a_field_of_numbers(void **state)
{
	(void)state;
	struct document first[] = {{1, 0.5, REAL}, {2, 7, WHOLE}}, second[] = {{2, 7, WHOLE}, {3, 6.5, REAL}, {4, 7.5, REAL}};
	options.field = "at";
	options.overlap = 1;
	assert_export(0, first, 1, 2); /* no clock has to do with it */
	struct ns_since_file file = read_state();
	assert_int_equal(file.mark.kind, NS_MARK_INTEGER);
	assert_int_equal(file.mark.integer, 7);
	assert_export(0, second, 3, 4);
	file = read_state();
	assert_int_equal(file.mark.kind, NS_MARK_REAL);
	assert_true(file.mark.real == 7.5);
	struct document dates[] = {{5, 8, DATE}}, first_dates[] = {{1, 9, DATE}, {2, 9, WHOLE}};
	assert_refused(export(0, dates, 1), NS_EDATA, "d.c: some documents have dates in 'at', others numbers: --query can choose the ones");
	options.full = true;
	assert_refused(export(0, first_dates, 2), NS_EDATA, "d.c: some documents have dates in 'at', others numbers: --query can choose the ones");
	options.full = false;
	options.field = NULL;
	options.overlap = 600;
}

/* --- what is said --- */

static const struct document *shown;
static int shown_count;

static int say(void *context)
{
	(void)context;
	ns_program = "ns-export";
	ns_quiet = false;
	return export(BEGINNING + 10000, shown, shown_count);
}

static const char *said(const struct document *documents, int count)
{
	static struct child child;
	shown = documents;
	shown_count = count;
	run_child(&child, say, NULL);
	assert_int_equal(child.status, 0);
	return child.err;
}

static void the_counts_are_noted(void **state)
{
	(void)state;
	struct document first[] = {{1, BEGINNING, DATE}, {2, BEGINNING, DATE}}, second[] = {{1, BEGINNING, DATE}, {2, BEGINNING + 1, DATE}, {3, BEGINNING, DATE}},
		third[] = {{1, BEGINNING + 1, DATE}, {2, BEGINNING + 1, DATE}};
	options.field = "at";
	assert_string_equal(said(first, 2), "ns-export: d.c: 2 new of 2 documents looked at\n");
	assert_string_equal(said(first, 2), "ns-export: d.c: no new documents (2 looked at)\n");
	assert_string_equal(said(second, 3), "ns-export: d.c: 1 new of 3 documents looked at\n"
		"ns-export: d.c: 1 document has another 'at' than when exported, and was left out: --full brings what was changed\n");
	assert_string_equal(said(third, 2), "ns-export: d.c: no new documents (2 looked at)\n"
		"ns-export: d.c: 2 documents have another 'at' than when exported, and were left out: --full brings what was changed\n");
	options.field = NULL;
	assert_int_equal(unlink("state"), 0);
	assert_string_equal(said(first, 0), "ns-export: d.c: no new documents (0 looked at)\n");
	assert_int_equal(read_state().mark.kind, NS_MARK_NONE); /* a first export without documents is one, too */
	assert_int_equal(read_state().last, 1);
	assert_string_equal(said(first, 2), "ns-export: d.c: 2 new of 2 documents looked at\n");
	assert_int_equal(read_state().last, 2);
}

static void documents_without_a_time(void **state)
{
	(void)state;
	struct document bare[] = {{7, 0, BARE}}, text[] = {{7, 0, TEXT}}, endless[] = {{7, 1.0 / 0.0, REAL}};
	bool is_new;
	bson_t document = BSON_INITIALIZER;
	options.field = "at";
	assert_refused(export(0, bare, 1), NS_EDATA, "d.c: _id 7: has no field 'at', so nothing tells whether it is new "
		"(--query '{\"at\": {\"$exists\": true}}' leaves such out)");
	assert_refused(export(0, text, 1), NS_EDATA, "d.c: _id 7: field 'at' is a string, which is no time: a date or a finite number is (--query can leave such out)");
	assert_refused(export(0, endless, 1), NS_EDATA,
		"d.c: _id 7: field 'at' is not finite, which is no time: a date or a finite number is (--query can leave such out)");
	options.field = NULL;
	struct ns_since *since = open_at(0);
	assert_refused(ns_since_take(&is_new, since, &document, &err), NS_EDATA, "d.c: document 1: has no _id, by which it is told from others");
	bson_append_utf8(&document, "_id", -1, "x", -1);
	assert_refused(ns_since_take(&is_new, since, &document, &err), NS_EDATA,
		"d.c: _id 'x': is no ObjectId, which would say when it was made (--since-field names a field of dates or numbers that tells what is new)");
	bson_destroy(&document);
	assert_int_equal(access("state", F_OK), -1);
}

static const char other_call[] =
	"state: the exports before were called with other options, whose rows or columns are others: call alike, or begin anew with --full";

static void another_export_is_refused(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}};
	assert_export(BEGINNING, d, 1);
	options.collection = "d.other";
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, "state: is of 'd.c', not of 'd.other': name another file");
	options.full = true;
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, "state: is of 'd.c', not of 'd.other': name another file");
	options.full = false;
	options.collection = "d.c";
	options.field = "at";
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, "state: the exports went by '_id', not by 'at': go on so, or begin anew with --full");
	options.full = true;
	assert_export(BEGINNING, d, 1);
	options.full = false;
	options.field = NULL;
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, "state: the exports went by 'at', not by '_id': go on so, or begin anew with --full");
	options.field = "at";
	options.call = "query y";
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, other_call);
	options.full = true;
	assert_export(BEGINNING, d, 1);
	options.full = false;
	options.call = "query x";
	options.field = NULL;
}

/* --- the file --- */

static int use_meanwhile(void *context)
{
	(void)context;
	struct ns_since *since;
	struct ns_arena own = NS_ARENA_INIT;
	int status = ns_since_open(&since, &options, BEGINNING * INT64_C(1000), &own, &err);
	if (status != NS_OK)
		fputs(err.text, stderr);
	ns_arena_release(&own);
	return status;
}

static void one_export_at_a_time(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}};
	static struct child child;
	/* The first export of two that find no file: the one that ends later is refused. */
	struct ns_since *since = open_at(BEGINNING);
	struct ns_arena later = arena;
	arena = NS_ARENA_INIT;
	assert_export(BEGINNING, d, 1);
	ns_arena_release(&arena);
	assert_refused(ns_since_commit(since, &all_columns, 0, &err), NS_ECALL, "state: another export has made it meanwhile");
	ns_arena_release(&later);
	assert_int_equal(read_state().rows, 1);
	since = open_at(BEGINNING);
	assert_non_null(since);
	run_child(&child, use_meanwhile, NULL);
	assert_int_equal(child.status, NS_ECALL);
	assert_string_equal(child.err, "state: another export is at work with it");
	ns_arena_release(&arena);
	run_child(&child, use_meanwhile, NULL);
	assert_int_equal(child.status, NS_OK);
}

static void places_that_cannot_be(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}};
	options.path = "no-such-folder/state";
	assert_refused(export(0, d, 1), NS_ECALL, "no-such-folder/state: cannot create: No such file or directory");
	options.path = ".";
	assert_refused(export(0, d, 1), NS_ECALL, ".: is no regular file: --since-file is to name one");
	options.path = "/dev/null";
	assert_refused(export(0, d, 1), NS_ECALL, "/dev/null: is no regular file: --since-file is to name one");
	options.path = "state/state";
	assert_int_equal(ns_file_store("state", "", 0, &err), NS_OK);
	assert_refused(export(0, d, 1), NS_ECALL, "state/state: Not a directory");
	options.path = "state";
	int before = dup(STDOUT_FILENO), out = open("state", O_WRONLY);
	fflush(NULL);
	dup2(out, STDOUT_FILENO);
	int status = export(0, d, 1);
	dup2(before, STDOUT_FILENO);
	close(before);
	close(out);
	assert_refused(status, NS_ECALL, "state: cannot be output and --since-file at once");
}

static const char is_damaged[] = "state: is damaged or cut short: remove it, or export with --full";

static void assert_damaged(const char *bytes, size_t size)
{
	struct document d[] = {{1, BEGINNING, DATE}};
	assert_int_equal(ns_file_store("state", bytes, size, &err), NS_OK);
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, is_damaged);
}

static void a_damaged_file_is_refused(void **state)
{
	(void)state;
	struct document d[] = {{1, BEGINNING, DATE}, {2, BEGINNING, DATE}};
	struct ns_arena own = NS_ARENA_INIT;
	size_t size;
	assert_export(BEGINNING, d, 1, 2);
	char *whole = slurp(&size), *bytes = ns_strndup(&own, whole, size);
	for (size_t cut = 0; cut < size; cut++)
		assert_damaged(bytes, cut);
	for (size_t at = sizeof "netsec since"; at < size; at++) {
		bytes[at] = (char)(bytes[at] ^ 1);
		assert_damaged(bytes, size);
		bytes[at] = (char)(bytes[at] ^ 1);
	}
	options.full = true;
	assert_export(BEGINNING, d, 1, 2); /* a new beginning */
	assert_int_equal(read_state().first, 1);
	assert_int_equal(ns_file_store("state", "a,b\n1,2\n", 8, &err), NS_OK);
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, "state: is no state of an export: --since-file is to name a file of its own");
	options.full = false;
	ns_arena_release(&own);
}

/* The text, with 1 digest behind it and the seal: what only a hostile file has, for its seal is right. */
static void assert_text(const char *text, const char *message)
{
	struct ns_hasher hasher;
	unsigned char seal[NS_DIGEST];
	struct ns_buffer bytes = NS_BUFFER_INIT(4096);
	struct document d[] = {{1, BEGINNING, DATE}};
	ns_buffer_append(&bytes, text, strlen(text));
	ns_buffer_append(&bytes, "0123456789abcdef", NS_DIGEST);
	ns_since_hasher(&hasher);
	ns_hasher_add(&hasher, bytes.data, bytes.size);
	ns_since_seal(seal, &hasher);
	ns_buffer_append(&bytes, seal, sizeof seal);
	assert_int_equal(ns_file_store("state", bytes.data, bytes.size, &err), NS_OK);
	ns_buffer_release(&bytes);
	assert_refused(export(BEGINNING, d, 1), NS_ECALL, message);
}

static void a_sealed_file_that_says_nonsense(void **state)
{
	(void)state;
	static const char *const lines[] = {"netsec since 1\n", "collection d.c\n", "call 00112233445566778899aabbccddeeff\n", "by _id\n", "overlap 600\n",
		"mark date 5\n", "first 1\n", "last 2\n", "rows 3\n", "columns a\tb\n", "digests 1\n", "\n"};
	static const struct {
		int line;
		const char *text;
	} wrong[] = {{1, ""}, {1, "collection \n"}, {1, "collection a\tb\n"}, {1, "collection"}, {2, "call \n"}, {2, "call 00112233445566778899aabbccddeefg\n"},
		{2, "call 00112233445566778899aabbccddeeff0\n"}, {3, "byte\n"}, {4, "overlap -1\n"}, {4, "overlap 1.5\n"}, {5, "mark\n"},
		{5, "mark date\n"}, {5, "mark date x\n"}, {5, "mark real nan\n"}, {5, "mark real inf\n"}, {5, "mark real 1e999\n"}, {5, "mark hour 5\n"},
		{5, "mark integer 9223372036854775808\n"}, {6, "first 0\n"}, {6, "first 3\n"}, {8, "rows -3\n"}, {9, "columns \n"}, {9, "columns a\t\tb\n"},
		{10, "digests 2\n"}, {10, "digests 0\n"}, {10, "digests 268435457\n"}, {11, "x\n"}, {11, ""}};
	enum { LINES = sizeof lines / sizeof *lines };
	for (size_t i = 0; i <= sizeof wrong / sizeof *wrong; i++) {
		char text[1000] = "";
		for (int line = 0; line < LINES; line++) {
			bool changed = i < sizeof wrong / sizeof *wrong && wrong[i].line == line;
			size_t length = strlen(text);
			snprintf(text + length, sizeof text - length, "%s", changed ? wrong[i].text : lines[line]);
		}
		assert_text(text, i < sizeof wrong / sizeof *wrong ? is_damaged : other_call);
	}
	assert_text("netsec since 2\nwhatever\n\n", "state: was written by a later version of ns-export");
}

/* --- times --- */

static struct ns_mark whole(int64_t value)
{
	return (struct ns_mark){NS_MARK_INTEGER, value, 0};
}

static struct ns_mark real(double value)
{
	return (struct ns_mark){NS_MARK_REAL, 0, value};
}

static int compare(struct ns_mark a, struct ns_mark b)
{
	int one = ns_mark_compare(&a, &b), other = ns_mark_compare(&b, &a);
	assert_int_equal(one, -other);
	return one;
}

static void numbers_compare_exactly(void **state)
{
	(void)state;
	int64_t odd = (INT64_C(1) << 53) + 1; /* no double */
	assert_int_equal(compare(whole(odd), real(0x1p53)), 1);
	assert_int_equal(compare(whole(odd - 1), real(0x1p53)), 0);
	assert_int_equal(compare(whole(odd), real(0x1p53 + 2)), -1);
	assert_int_equal(compare(whole(INT64_MAX), real(0x1p63)), -1);
	assert_int_equal(compare(whole(INT64_MIN), real(-0x1p63)), 0);
	assert_int_equal(compare(whole(INT64_MIN), real(-0x1.0000000000001p63)), 1);
	assert_int_equal(compare(whole(1), real(1.5)), -1);
	assert_int_equal(compare(whole(-1), real(-1.5)), 1);
	assert_int_equal(compare(whole(0), real(-0.0)), 0);
	assert_int_equal(compare(whole(-5), whole(5)), -1);
	assert_int_equal(compare(real(2), real(1)), 1);
	struct ns_mark low = whole(INT64_MIN + 5), date = {NS_MARK_DATE, 5000, 0}, half = real(0.5);
	assert_int_equal(ns_mark_before(&low, 10).integer, INT64_MIN);
	assert_int_equal(ns_mark_before(&date, 2).integer, 3000);
	assert_int_equal(ns_mark_before(&date, INT64_MAX).integer, INT64_MIN);
	assert_true(ns_mark_before(&half, 2).real == -1.5);
}

static void assert_filter(const char *field, struct ns_mark bound, const char *query, const char *expected)
{
	bson_t *asked = query ? bson_new_from_json((const uint8_t *)query, -1, NULL) : NULL;
	const bson_t *filter = ns_since_bound(field, &bound, asked, &arena);
	char *text = bson_as_canonical_extended_json(filter, NULL);
	assert_string_equal(text, expected);
	bson_free(text);
	if (asked)
		bson_destroy(asked);
}

/* Not "$gte": what has no such time at all comes, too. */
static void the_filter(void **state)
{
	(void)state;
	struct ns_mark date = {NS_MARK_DATE, INT64_C(1700000000999), 0}, early = {NS_MARK_DATE, -5, 0}, late = {NS_MARK_DATE, INT64_MAX, 0};
	assert_filter(NULL, date, NULL, "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$oid\" : \"6553f1000000000000000000\" } } } }");
	assert_filter(NULL, early, "{}", "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$oid\" : \"000000000000000000000000\" } } } }");
	assert_filter(NULL, late, NULL, "{ \"_id\" : { \"$not\" : { \"$lt\" : { \"$oid\" : \"ffffffff0000000000000000\" } } } }");
	assert_filter("a.b", date, "{\"x\": true}",
		"{ \"$and\" : [ { \"x\" : true }, { \"a.b\" : { \"$not\" : { \"$lt\" : { \"$date\" : { \"$numberLong\" : \"1700000000999\" } } } } } ] }");
	assert_filter("n", whole(7), NULL, "{ \"n\" : { \"$not\" : { \"$lt\" : { \"$numberLong\" : \"7\" } } } }");
	assert_filter("n", real(7.5), NULL, "{ \"n\" : { \"$not\" : { \"$lt\" : { \"$numberDouble\" : \"7.5\" } } } }");
}

#define in_folder(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_folder(what_is_new_comes_once),
		in_folder(a_server_that_ignores_the_filter_doubles_nothing),
		in_folder(the_future_hides_nothing),
		in_folder(a_second_has_not_passed),
		in_folder(a_clock_set_back),
		in_folder(another_overlap),
		in_folder(digests_are_dropped_as_the_mark_moves),
		in_folder(by_a_field_of_dates),
		in_folder(by_a_field_of_numbers),
		in_folder(the_counts_are_noted),
		in_folder(documents_without_a_time),
		in_folder(another_export_is_refused),
		in_folder(one_export_at_a_time),
		in_folder(places_that_cannot_be),
		in_folder(a_damaged_file_is_refused),
		in_folder(a_sealed_file_that_says_nonsense),
		in_folder(numbers_compare_exactly),
		in_folder(the_filter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
