#include <bson/bson.h>
#include <endian.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "net/documents.h"
#include "net/since_parts.h"

/* --- marks --- */

static bool is_date(const struct ns_mark *mark)
{
	return mark->kind == NS_MARK_DATE;
}

bool ns_mark_is_like(const struct ns_mark *a, const struct ns_mark *b)
{
	return a->kind == NS_MARK_NONE || b->kind == NS_MARK_NONE || is_date(a) == is_date(b);
}

/* An integer and a double, neither rounded: above 2^63 in size there is no integer, below it a double's whole part is one. */
static int compare_mixed(int64_t integer, double real)
{
	if (real >= 0x1p63)
		return -1;
	if (real < -0x1p63)
		return 1;
	int64_t whole = (int64_t)real; /* towards zero */
	if (integer != whole)
		return integer < whole ? -1 : 1;
	double rest = real - (double)whole;
	return rest > 0 ? -1 : rest < 0;
}

int ns_mark_compare(const struct ns_mark *a, const struct ns_mark *b)
{
	bool real_a = a->kind == NS_MARK_REAL, real_b = b->kind == NS_MARK_REAL;
	if (real_a && real_b)
		return (a->real > b->real) - (a->real < b->real);
	if (real_a)
		return -compare_mixed(b->integer, a->real);
	return real_b ? compare_mixed(a->integer, b->real) : (a->integer > b->integer) - (a->integer < b->integer);
}

struct ns_mark ns_mark_before(const struct ns_mark *mark, int64_t overlap)
{
	struct ns_mark before = *mark;
	if (mark->kind == NS_MARK_REAL) {
		before.real = mark->real - (double)overlap;
		return before;
	}
	int64_t less;
	if (__builtin_mul_overflow(overlap, is_date(mark) ? 1000 : 1, &less) || __builtin_sub_overflow(mark->integer, less, &before.integer))
		before.integer = INT64_MIN;
	return before;
}

/* --- documents --- */

__attribute__((format(printf, 4, 5)))
static int fail(struct ns_err *err, const struct ns_since_source *source, const bson_t *document, const char *format, ...)
{
	char place[NS_DOCUMENT_PLACE_MAX], what[400];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	return ns_fail(err, NS_EDATA, "%s: %s", ns_document_place(place, source->name, document, source->number), what);
}

/* The element as it stands in the document: type, key, value. */
static void hash_element(unsigned char out[NS_DIGEST], const bson_iter_t *iter, uint64_t what)
{
	struct ns_hasher hasher;
	ns_hasher_init(&hasher, UINT64_C(0x732063657374656e), what);
	ns_hasher_add(&hasher, iter->raw + iter->off, iter->next_off - iter->off);
	ns_since_seal(out, &hasher);
}

static const char *type_name(bson_type_t type)
{
	switch (type) {
	case BSON_TYPE_UTF8: return "a string";
	case BSON_TYPE_DOCUMENT: return "a document";
	case BSON_TYPE_ARRAY: return "an array";
	case BSON_TYPE_BOOL: return "a bool";
	case BSON_TYPE_NULL: return "null";
	case BSON_TYPE_OID: return "an ObjectId";
	case BSON_TYPE_TIMESTAMP: return "a timestamp";
	case BSON_TYPE_DECIMAL128: return "a decimal128";
	case BSON_TYPE_DOUBLE: return "not finite";
	case BSON_TYPE_BINARY: return "binary";
	default: return "of another type";
	}
}

static bool read_time(struct ns_mark *time, const bson_iter_t *iter)
{
	*time = (struct ns_mark){NS_MARK_INTEGER, 0, 0};
	switch (bson_iter_type(iter)) {
	case BSON_TYPE_DATE_TIME:
		*time = (struct ns_mark){NS_MARK_DATE, bson_iter_date_time(iter), 0};
		return true;
	case BSON_TYPE_INT32:
		time->integer = bson_iter_int32(iter);
		return true;
	case BSON_TYPE_INT64:
		time->integer = bson_iter_int64(iter);
		return true;
	case BSON_TYPE_DOUBLE:
		*time = (struct ns_mark){NS_MARK_REAL, 0, bson_iter_double(iter)};
		return isfinite(time->real);
	default:
		return false;
	}
}

static struct ns_mark seconds(uint32_t value)
{
	return (struct ns_mark){NS_MARK_DATE, (int64_t)value * 1000, 0};
}

struct ns_mark ns_digest_time(const struct ns_digest *digest)
{
	uint32_t value;
	memcpy(&value, digest->bytes + NS_DIGEST_ID, sizeof value);
	return seconds(be32toh(value));
}

static int read_object_id(struct ns_since_id *id, const bson_iter_t *iter, const bson_t *document, const struct ns_since_source *source,
	struct ns_err *err)
{
	if (!BSON_ITER_HOLDS_OID(iter))
		return fail(err, source, document, "is no ObjectId, which would say when it was made (--since-field names a field of dates or numbers "
			"that tells what is new)");
	const bson_oid_t *oid = bson_iter_oid(iter);
	memcpy(id->digest.bytes + NS_DIGEST_ID, oid->bytes, NS_DIGEST - NS_DIGEST_ID); /* begins with the seconds */
	id->time = ns_digest_time(&id->digest);
	return NS_OK;
}

int ns_since_read_id(struct ns_since_id *id, const bson_t *document, const struct ns_since_source *source, struct ns_err *err)
{
	const char *field = source->field;
	bson_iter_t iter, own;
	unsigned char hash[NS_DIGEST];
	if (!bson_iter_init_find(&own, document, "_id"))
		return fail(err, source, document, "has no _id, by which it is told from others");
	hash_element(hash, &own, 0);
	memcpy(id->digest.bytes, hash, NS_DIGEST_ID);
	if (!field)
		return read_object_id(id, &own, document, source, err);
	if (!bson_iter_init(&iter, document) || !bson_iter_find_descendant(&iter, field, &own))
		return fail(err, source, document, "has no field '%s', so nothing tells whether it is new (--query '{\"%s\": {\"$exists\": true}}' "
			"leaves such out)", field, field);
	if (!read_time(&id->time, &own))
		return fail(err, source, document, "field '%s' is %s, which is no time: a date or a finite number is (--query can leave such out)",
			field, type_name(bson_iter_type(&own)));
	hash_element(hash, &own, 1);
	memcpy(id->digest.bytes + NS_DIGEST_ID, hash, NS_DIGEST - NS_DIGEST_ID);
	return NS_OK;
}

/* --- filter --- */

static void append_mark(bson_t *out, const char *key, const char *field, const struct ns_mark *mark)
{
	if (mark->kind == NS_MARK_REAL) {
		bson_append_double(out, key, -1, mark->real);
	} else if (mark->kind == NS_MARK_INTEGER) {
		bson_append_int64(out, key, -1, mark->integer);
	} else if (field) {
		bson_append_date_time(out, key, -1, mark->integer);
	} else {
		int64_t value = mark->integer / 1000;
		uint32_t big = htobe32(value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value);
		bson_oid_t oid = {{0}};
		memcpy(oid.bytes, &big, sizeof big);
		bson_append_oid(out, key, -1, &oid);
	}
}

static void destroy(void *what)
{
	bson_destroy(what);
}

const bson_t *ns_since_bound(const char *field, const struct ns_mark *bound, const bson_t *query, struct ns_arena *arena)
{
	bson_t *filter = bson_new(), both, own, is_not, less;
	ns_arena_defer(arena, destroy, filter);
	bson_t *at = filter;
	if (query && !bson_empty(query)) {
		bson_append_array_begin(filter, "$and", -1, &both);
		bson_append_document(&both, "0", -1, query);
		bson_append_document_begin(&both, "1", -1, &own);
		at = &own;
	}
	bson_append_document_begin(at, field ? field : "_id", -1, &is_not);
	bson_append_document_begin(&is_not, "$not", -1, &less);
	append_mark(&less, "$lt", field, bound);
	bson_append_document_end(&is_not, &less);
	bson_append_document_end(at, &is_not);
	if (at == &own) {
		bson_append_document_end(&both, &own);
		bson_append_array_end(filter, &both);
	}
	return filter;
}
