#include "net/since.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/instant.h"
#include "net/since_parts.h"

struct ns_since {
	struct ns_since_options options;
	struct ns_arena *arena;
	bool exists; /* the file, when the export began */
	struct ns_mark now, bound; /* bound: what is earlier was not asked for; none on a first or full export */
	struct ns_since_file old, fresh; /* old: empty where nothing of it counts */
	char call[33];
	struct ns_digest *digests; /* of this run */
	size_t count, capacity;
	uint64_t looked_at, added, changed;
};

static void release(void *what)
{
	struct ns_since *since = what;
	free(since->digests);
	since->digests = NULL;
}

static const char *by(const struct ns_since *since)
{
	return since->options.field ? since->options.field : "_id";
}

/* --- opening --- */

static int check(const struct ns_since *since, struct ns_err *err)
{
	const struct ns_since_options *options = &since->options;
	const struct ns_since_file *old = &since->old;
	if (strcmp(old->collection, options->collection) != 0)
		return ns_fail(err, NS_ECALL, "%s: is of '%s', not of '%s': name another file", options->path, old->collection, options->collection);
	if (!options->full && strcmp(old->by, by(since)) != 0)
		return ns_fail(err, NS_ECALL, "%s: the exports went by '%s', not by '%s': go on so, or begin anew with --full", options->path, old->by,
			by(since));
	if (!options->full && strcmp(old->call, since->call) != 0)
		return ns_fail(err, NS_ECALL, "%s: the exports before were called with other options, whose rows or columns are others: call alike, or "
			"begin anew with --full", options->path);
	return NS_OK;
}

static void digest_call(struct ns_since *since)
{
	struct ns_hasher hasher;
	ns_since_hasher(&hasher);
	ns_hasher_add(&hasher, since->options.call, strlen(since->options.call));
	ns_hasher_hex(since->call, &hasher);
}

static int read_file(struct ns_since *since, struct ns_err *err)
{
	const char *path = since->options.path;
	bool damaged;
	char *bytes;
	size_t size, max = (NS_DIGESTS_MAX + 1) * NS_DIGEST + ((size_t)1 << 24);
	NS_TRY(ns_file_slurp(&bytes, &size, path, max, since->arena, err));
	int status = ns_since_parse(&since->old, &damaged, bytes, size, path, since->arena, err);
	if (!damaged || !since->options.full) {
		NS_TRY(status);
		return check(since, err);
	}
	ns_note("%s: is damaged or cut short; --full makes it anew", path);
	since->old = (struct ns_since_file){0};
	return NS_OK;
}

static int clock_was_set_back(const struct ns_since *since, struct ns_err *err)
{
	char mark[NS_INSTANT_MAX], now[NS_INSTANT_MAX];
	int mark_size = (int)ns_instant_print(mark, since->old.mark.integer, NS_MILLISECONDS, true);
	int now_size = (int)ns_instant_print(now, since->now.integer, NS_MILLISECONDS, true);
	return ns_fail(err, NS_ECALL, "%s: its mark, %.*s, is later than the server's clock, %.*s, so what is made now would look old: set the clock "
		"right, or export with --full", since->options.path, mark_size, mark, now_size, now);
}

/* What is asked for: not before the mark less what of the overlap the digests reach, or the clock's time where that was set back. */
static int set_bound(struct ns_since *since, struct ns_err *err)
{
	struct ns_mark from = since->old.mark;
	int64_t reach = since->options.overlap;
	bool ahead = from.kind == NS_MARK_DATE && ns_mark_compare(&from, &since->now) > 0;
	if (ahead && since->options.field)
		from = since->now;
	if (!since->options.field && since->old.overlap < reach)
		reach = since->old.overlap;
	since->bound = ns_mark_before(&from, reach);
	return from.kind == NS_MARK_DATE && ns_mark_compare(&since->bound, &since->now) > 0 ? clock_was_set_back(since, err) : NS_OK;
}

int ns_since_open(struct ns_since **out, const struct ns_since_options *options, int64_t now, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_since *since = *out = NS_NEW(arena, struct ns_since);
	since->options = *options;
	since->arena = arena;
	since->now = (struct ns_mark){NS_MARK_DATE, options->field ? now : now - now % 1000, 0}; /* an _id has seconds: a mark within one would hide them */
	ns_arena_defer(arena, release, since);
	digest_call(since);
	NS_TRY(ns_since_lock(&since->exists, options->path, arena, err));
	if (since->exists)
		NS_TRY(read_file(since, err));
	since->fresh = (struct ns_since_file){.collection = options->collection, .call = since->call, .by = by(since)};
	since->fresh.first = since->fresh.last = since->old.last + 1;
	if (options->full || !since->old.collection) {
		since->old = (struct ns_since_file){0};
		return NS_OK;
	}
	since->fresh.first = since->old.first;
	since->fresh.mark = since->old.mark;
	return since->old.mark.kind == NS_MARK_NONE ? NS_OK : set_bound(since, err);
}

struct ns_texts ns_since_columns(const struct ns_since *since)
{
	return since->old.columns;
}

const struct _bson_t *ns_since_filter(struct ns_since *since, const struct _bson_t *query, struct ns_arena *arena)
{
	return since->bound.kind == NS_MARK_NONE ? query : ns_since_bound(since->options.field, &since->bound, query, arena);
}

/* --- taking --- */

static const struct ns_digest *find(const struct ns_since *since, const struct ns_digest *digest)
{
	if (!since->old.count)
		return NULL;
	return bsearch(digest, since->old.digests, since->old.count, sizeof *digest, ns_digest_compare);
}

static bool is_before(const struct ns_mark *time, const struct ns_mark *bound)
{
	return bound->kind != NS_MARK_NONE && ns_mark_compare(time, bound) < 0;
}

/* From where on digests are kept, as far as the mark has come by now. */
static struct ns_mark kept_from(const struct ns_since *since)
{
	struct ns_mark none = {NS_MARK_NONE, 0, 0};
	return since->options.field || since->fresh.mark.kind == NS_MARK_NONE ? none : ns_mark_before(&since->fresh.mark, since->options.overlap);
}

static uint64_t drop_early(struct ns_digest *digests, uint64_t count, const struct ns_mark *from)
{
	uint64_t kept = 0;
	if (from->kind == NS_MARK_NONE)
		return count;
	for (uint64_t i = 0; i < count; i++) {
		struct ns_mark time = ns_digest_time(&digests[i]);
		if (!is_before(&time, from))
			digests[kept++] = digests[i];
	}
	return kept;
}

/* Full: by _id, what the mark has left behind goes first, so that constant memory does where documents come over time. */
static int make_room(struct ns_since *since, struct ns_err *err)
{
	struct ns_mark from = kept_from(since);
	since->count = drop_early(since->digests, since->count, &from);
	if (since->count < since->capacity / 2)
		return NS_OK;
	if (since->count + since->old.count >= NS_DIGESTS_MAX)
		return ns_fail(err, NS_ECALL, "%s: more than %" PRIu64 " documents to keep in mind: a smaller --overlap, or no --since-file",
			since->options.path, NS_DIGESTS_MAX);
	since->capacity = since->capacity ? 2 * since->capacity : 1024;
	since->digests = ns_realloc_array(since->digests, since->capacity, sizeof *since->digests);
	return NS_OK;
}

static void advance(struct ns_since *since, struct ns_mark time)
{
	if (time.kind == NS_MARK_DATE && ns_mark_compare(&time, &since->now) > 0)
		time = since->now;
	if (since->fresh.mark.kind == NS_MARK_NONE || ns_mark_compare(&time, &since->fresh.mark) > 0)
		since->fresh.mark = time;
}

static int take_new(struct ns_since *since, const struct ns_since_id *id, struct ns_err *err)
{
	if (since->count == since->capacity)
		NS_TRY(make_room(since, err));
	since->digests[since->count++] = id->digest;
	since->added++;
	advance(since, id->time);
	return NS_OK;
}

int ns_since_take(bool *is_new, struct ns_since *since, const struct _bson_t *document, struct ns_err *err)
{
	struct ns_since_source source = {since->options.collection, since->options.field, since->looked_at + 1};
	struct ns_since_id id;
	NS_TRY(ns_since_read_id(&id, document, &source, err));
	if (!ns_mark_is_like(&id.time, &since->fresh.mark))
		return ns_fail(err, NS_EDATA, "%s: some documents have dates in '%s', others numbers: --query can choose the ones",
			since->options.collection, by(since));
	const struct ns_digest *known = find(since, &id.digest);
	since->looked_at++;
	since->changed += known && memcmp(known, &id.digest, sizeof id.digest) != 0;
	*is_new = !known && (since->options.field || !is_before(&id.time, &since->bound));
	return *is_new ? take_new(since, &id, err) : NS_OK;
}

/* --- the end --- */

struct output {
	struct ns_file *file;
	struct ns_hasher hasher;
};

static int put(struct output *output, const void *bytes, size_t size, struct ns_err *err)
{
	ns_hasher_add(&output->hasher, bytes, size);
	return ns_file_write(output->file, bytes, size, err);
}

/* Both are sorted, and nothing is in both. */
static int put_digests(struct output *output, const struct ns_since *since, const struct ns_digest *old, uint64_t old_count, struct ns_err *err)
{
	const struct ns_digest *own = since->digests, *own_end = own + since->count, *old_end = old + old_count;
	while (own < own_end || old < old_end) {
		bool take_own = old == old_end || (own < own_end && ns_digest_compare(own, old) < 0);
		NS_TRY(put(output, take_own ? own++ : old++, sizeof *own, err));
	}
	return NS_OK;
}

static int put_all(struct ns_file *file, const struct ns_since *since, const struct ns_digest *old, uint64_t old_count, struct ns_err *err)
{
	struct output output = {.file = file};
	unsigned char seal[NS_DIGEST];
	const char *head = ns_since_head(&since->fresh, since->arena);
	ns_since_hasher(&output.hasher);
	NS_TRY(put(&output, head, strlen(head), err));
	NS_TRY(put_digests(&output, since, old, old_count, err));
	ns_since_seal(seal, &output.hasher);
	return ns_file_write(file, seal, sizeof seal, err);
}

static int replace_file(struct ns_since *since, const struct ns_digest *old, uint64_t old_count, struct ns_err *err)
{
	struct ns_file *file;
	NS_TRY(ns_file_create(&file, since->options.path, err));
	file->only_new = !since->exists;
	int status = put_all(file, since, old, old_count, err);
	if (status == NS_OK)
		return ns_file_commit(file, err);
	ns_file_discard(file);
	return status;
}

/* With the digests of both, of this run and of those before, that are not behind the overlap. */
static int write_file(struct ns_since *since, struct ns_err *err)
{
	struct ns_mark from = kept_from(since);
	struct ns_digest *old = ns_malloc_array(since->old.count + 1, sizeof *old);
	if (since->old.count)
		memcpy(old, since->old.digests, since->old.count * sizeof *old);
	uint64_t old_count = drop_early(old, since->old.count, &from);
	since->count = drop_early(since->digests, since->count, &from);
	since->fresh.count = old_count + since->count;
	if (since->count)
		qsort(since->digests, since->count, sizeof *since->digests, ns_digest_compare);
	int status = replace_file(since, old, old_count, err);
	free(old);
	return status;
}

/* The mark must not say that there is what a power cut can still take. */
static int sync_output(struct ns_err *err)
{
	struct stat status;
	if (fstat(STDOUT_FILENO, &status) || !S_ISREG(status.st_mode))
		return NS_OK;
	return fsync(STDOUT_FILENO) ? ns_fail_errno(err, "stdout: cannot write") : NS_OK;
}

static void note(const struct ns_since *since)
{
	const char *name = since->options.collection;
	if (since->added)
		ns_note("%s: %" PRIu64 " new of %" PRIu64 " documents looked at", name, since->added, since->looked_at);
	else
		ns_note("%s: no new documents (%" PRIu64 " looked at)", name, since->looked_at);
	if (since->changed)
		ns_note("%s: %" PRIu64 " document%s another '%s' than when exported, and %s left out: --full brings what was changed", name, since->changed,
			since->changed == 1 ? " has" : "s have", by(since), since->changed == 1 ? "was" : "were");
}

/* By _id: how far behind the mark all digests are there, which is no further than the file had them, however far that is by now. */
static int64_t reach(const struct ns_since *since)
{
	const struct ns_since_file *old = &since->old;
	if (since->options.field || old->mark.kind == NS_MARK_NONE)
		return since->options.overlap;
	struct ns_mark floor = ns_mark_before(&old->mark, old->overlap);
	int64_t seconds = (since->fresh.mark.integer - floor.integer) / 1000;
	return seconds < since->options.overlap ? seconds : since->options.overlap;
}

int ns_since_commit(struct ns_since *since, const struct ns_texts *columns, uint64_t rows, struct ns_err *err)
{
	bool first = !since->old.collection;
	if (first || since->added) {
		NS_TRY(sync_output(err));
		if (!since->exists && access(since->options.path, F_OK) == 0)
			return ns_fail(err, NS_ECALL, "%s: another export has made it meanwhile", since->options.path);
		since->fresh.columns = *columns;
		since->fresh.rows = since->old.rows + rows;
		since->fresh.overlap = reach(since);
		NS_TRY(write_file(since, err));
	}
	note(since);
	return NS_OK;
}
