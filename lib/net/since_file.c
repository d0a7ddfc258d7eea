/*
 *	netsec since 1\n
 *	collection networksecurity.phisingdata\n      names as in ns_list_join: \t \n \\ for tab, newline, backslash
 *	call 5f0c...\n                                 32 hexadecimal digits
 *	by _id\n                                       or the field: by updated_at
 *	overlap 600\n
 *	mark date 1763751954000\n                      milliseconds; or: mark integer 17, mark real 1.5, mark none
 *	first 1\n
 *	last 3\n
 *	rows 11555\n
 *	columns a\tb\n
 *	digests 57\n
 *	\n
 *	57 * (12 bytes of the _id's hash, 4 bytes of the time), ascending by the 12
 *	16 bytes: SipHash-2-4-128 of all bytes before, with the key "netsec since file"
 */
#include "net/since_file.h"

#include <endian.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "table/table.h"

enum { CALL_DIGITS = 32 };

static const char magic[] = "netsec since ";
static const char version[] = "netsec since 1\n";

/* The words in front of a mark, by its kind. */
static const char *const kinds[] = {"none", "date", "integer", "real"};

void ns_since_hasher(struct ns_hasher *hasher)
{
	ns_hasher_init(hasher, UINT64_C(0x732063657374656e), UINT64_C(0x656c69662065636e));
}

void ns_since_seal(unsigned char seal[NS_DIGEST], struct ns_hasher *hasher)
{
	uint64_t words[2];
	ns_hasher_done(words, hasher);
	words[0] = htole64(words[0]);
	words[1] = htole64(words[1]);
	memcpy(seal, words, NS_DIGEST);
}

int ns_digest_compare(const void *a, const void *b)
{
	return memcmp(a, b, NS_DIGEST_ID);
}

/* --- reading --- */

struct lines {
	const char *bytes;
	size_t size, at;
	struct ns_arena *arena;
};

/* The text behind "KEY " in the next line; NULL where it is another line, or none. */
static const char *next_line(struct lines *lines, const char *key)
{
	const char *line = lines->bytes + lines->at;
	const char *end = memchr(line, '\n', lines->size - lines->at);
	size_t size = end ? (size_t)(end - line) : 0, skip = strlen(key) + 1;
	if (size < skip || memcmp(line, key, skip - 1) != 0 || line[skip - 1] != ' ' || memchr(line, '\0', size))
		return NULL;
	lines->at += size + 1;
	return ns_strndup(lines->arena, line + skip, size - skip);
}

static bool read_name(const char **name, struct lines *lines, const char *key)
{
	const char *text = next_line(lines, key), **items;
	size_t count;
	if (!text || !*text)
		return false;
	ns_list_split(&items, &count, text, lines->arena);
	*name = items[0];
	return count == 1;
}

static bool read_call(const char **call, struct lines *lines)
{
	*call = next_line(lines, "call");
	return *call && strlen(*call) == CALL_DIGITS && strspn(*call, "0123456789abcdef") == CALL_DIGITS;
}

static bool read_count(uint64_t *count, struct lines *lines, const char *key)
{
	const char *text = next_line(lines, key);
	int64_t value = -1;
	bool read = text && ns_integer_parse(&value, text, strlen(text)) && value >= 0;
	*count = (uint64_t)value;
	return read;
}

static bool read_mark(struct ns_mark *mark, struct lines *lines)
{
	const char *text = next_line(lines, "mark");
	*mark = (struct ns_mark){NS_MARK_NONE, 0, 0};
	if (!text || strcmp(text, kinds[NS_MARK_NONE]) == 0)
		return text != NULL;
	for (int kind = NS_MARK_DATE; kind <= NS_MARK_REAL; kind++) {
		size_t length = strlen(kinds[kind]);
		if (strncmp(text, kinds[kind], length) != 0 || text[length] != ' ')
			continue;
		const char *value = text + length + 1;
		mark->kind = (enum ns_mark_kind)kind;
		return kind == NS_MARK_REAL ? ns_number_parse(&mark->real, value, strlen(value)) && isfinite(mark->real)
					    : ns_integer_parse(&mark->integer, value, strlen(value));
	}
	return false;
}

static bool read_columns(struct ns_texts *columns, struct lines *lines)
{
	const char *text = next_line(lines, "columns");
	if (text && *text)
		ns_list_split(&columns->items, &columns->count, text, lines->arena);
	for (size_t i = 0; i < columns->count; i++)
		if (!*columns->items[i])
			return false;
	return columns->count > 0;
}

static bool read_head(struct ns_since_file *file, struct lines *lines)
{
	uint64_t overlap;
	if (!read_name(&file->collection, lines, "collection") || !read_call(&file->call, lines) || !read_name(&file->by, lines, "by") ||
		!read_count(&overlap, lines, "overlap") || !read_mark(&file->mark, lines) || !read_count(&file->first, lines, "first") ||
		!read_count(&file->last, lines, "last") || !read_count(&file->rows, lines, "rows") || !read_columns(&file->columns, lines) ||
		!read_count(&file->count, lines, "digests"))
		return false;
	file->overlap = (int64_t)overlap;
	bool empty_line = lines->at < lines->size && lines->bytes[lines->at++] == '\n';
	return empty_line && file->first > 0 && file->first <= file->last && file->count <= NS_DIGESTS_MAX;
}

/* bytes: without the seal */
static bool read_digests(struct ns_since_file *file, const struct lines *lines)
{
	size_t left = lines->size - lines->at;
	if (left % NS_DIGEST != 0 || left / NS_DIGEST != file->count)
		return false;
	file->digests = (const struct ns_digest *)(const void *)(lines->bytes + lines->at);
	for (uint64_t i = 1; i < file->count; i++)
		if (ns_digest_compare(&file->digests[i - 1], &file->digests[i]) >= 0)
			return false;
	return true;
}

static bool is_whole(const char *bytes, size_t size)
{
	struct ns_hasher hasher;
	unsigned char seal[NS_DIGEST];
	if (size < sizeof version - 1 + NS_DIGEST)
		return false;
	ns_since_hasher(&hasher);
	ns_hasher_add(&hasher, bytes, size - NS_DIGEST);
	ns_since_seal(seal, &hasher);
	return memcmp(seal, bytes + size - NS_DIGEST, NS_DIGEST) == 0;
}

int ns_since_parse(struct ns_since_file *file, bool *damaged, const char *bytes, size_t size, const char *path, struct ns_arena *arena,
	struct ns_err *err)
{
	size_t known = size < sizeof magic - 1 ? size : sizeof magic - 1;
	*damaged = false;
	*file = (struct ns_since_file){0};
	if (memcmp(bytes, magic, known) != 0)
		return ns_fail(err, NS_ECALL, "%s: is no state of an export: --since-file is to name a file of its own", path);
	bool whole = is_whole(bytes, size);
	if (whole && memcmp(bytes, version, sizeof version - 1) != 0)
		return ns_fail(err, NS_ECALL, "%s: was written by a later version of ns-export", path);
	struct lines lines = {bytes, size - NS_DIGEST, sizeof version - 1, arena};
	*damaged = !whole || !read_head(file, &lines) || !read_digests(file, &lines);
	return *damaged ? ns_fail(err, NS_ECALL, "%s: is damaged or cut short: remove it, or export with --full", path) : NS_OK;
}

/* --- writing --- */

static const char *mark_text(const struct ns_mark *mark, struct ns_arena *arena)
{
	char number[NS_NUMBER_MAX + 1] = "";
	if (mark->kind == NS_MARK_NONE)
		return kinds[NS_MARK_NONE];
	if (mark->kind != NS_MARK_REAL)
		return ns_format(arena, "%s %" PRId64, kinds[mark->kind], mark->integer);
	number[ns_number_print(number, mark->real)] = '\0';
	return ns_format(arena, "%s %s", kinds[NS_MARK_REAL], number);
}

const char *ns_since_head(const struct ns_since_file *file, struct ns_arena *arena)
{
	return ns_format(arena,
		"%scollection %s\ncall %s\nby %s\noverlap %" PRId64 "\nmark %s\nfirst %" PRIu64 "\nlast %" PRIu64 "\nrows %" PRIu64
		"\ncolumns %s\ndigests %" PRIu64 "\n\n",
		version, ns_list_join(&file->collection, 1, arena), file->call, ns_list_join(&file->by, 1, arena), file->overlap,
		mark_text(&file->mark, arena), file->first, file->last, file->rows, ns_list_join(file->columns.items, file->columns.count, arena),
		file->count);
}
