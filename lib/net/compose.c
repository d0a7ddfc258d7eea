/*
 *	document   int32 size | element... | 0           size counts itself and the 0; all little-endian
 *	element    type | name 0 | value
 *
 *	01 double    8 bytes                 07 ObjectId  4 seconds, big-endian | 5 of this run | 3 counter, big-endian
 *	02 string    int32 n + 1 | n bytes | 0        08 bool   00 or 01
 *	03 document  as above                09 date      int64 milliseconds since 1970
 *	0a null                              10 int32     12 int64
 *
 *	where a document of ours begins (the offsets are those of composed_key and composed_id):
 *
 *	 0  size   4  07 "_id" 0   9  ObjectId   21  03 "_ns" 0   26  size   30  02 "key" 0   35  int32 n + 1   39  key
 *
 * (bsonspec.org, version 1.1)
 */
#include "net/compose.h"

#include <bson/bson.h>
#include <endian.h>
#include <string.h>
#include <time.h>

enum { DOUBLE = 0x01, STRING = 0x02, DOCUMENT = 0x03, OBJECT_ID = 0x07, BOOLEAN = 0x08, DATE = 0x09, NULL_VALUE = 0x0a, INT32 = 0x10, INT64 = 0x12 };
enum { ID_AT = 9, KEY_SIZE_AT = 35, KEY_AT = 39, ID_SIZE = 12, COUNTER_MAX = 0xffffff };

static int64_t clock_seconds(void)
{
	return (int64_t)time(NULL);
}

void ns_composer_init(struct ns_composer *composer, const struct ns_fields *fields, bool null, int64_t now)
{
	bson_oid_t random;
	bson_oid_init(&random, NULL);
	*composer = (struct ns_composer){.fields = *fields, .null = null, .ahead = now / 1000 - clock_seconds()};
	memcpy(composer->unique, random.bytes + 4, sizeof composer->unique);
	composer->fixed = KEY_AT + 1 + 1 + 1; /* key's, _ns's and the document's ends */
	for (size_t i = 0; i < fields->count; i++) /* at most: type, name, length, NUL; or 8 bytes */
		composer->fixed += 1 + fields->steps[i].size + 8;
}

size_t ns_compose_bound(const struct ns_composer *composer, const struct ns_value *values, size_t count, struct ns_span key)
{
	size_t texts = 0;
	for (size_t i = 0; i < count; i++)
		texts += values[i].type == NS_IS_TEXT ? values[i].text.size : 0; /* below 2^30 each */
	return texts > NS_DOCUMENT_MAX ? 0 : composer->fixed + texts + key.size;
}

/* --- pieces --- */

static char *put_int32(char *at, size_t value)
{
	uint32_t bytes = htole32((uint32_t)value);
	memcpy(at, &bytes, sizeof bytes);
	return at + sizeof bytes;
}

static char *put_int64(char *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof value);
	return at + sizeof value;
}

static char *put_name(char *at, char type, const char *name, size_t size)
{
	*at++ = type;
	memcpy(at, name, size);
	return at + size;
}

static char *put_string(char *at, struct ns_span text)
{
	at = put_int32(at, text.size + 1);
	memcpy(at, text.data, text.size);
	at[text.size] = '\0';
	return at + text.size + 1;
}

/* A nested document's end; its beginning gets the size. */
static char *end_document(char *begin, char *at)
{
	*at++ = '\0';
	put_int32(begin, (size_t)(at - begin));
	return at;
}

/* Counts up, whatever the clock does. */
static char *put_id(char *at, struct ns_composer *composer)
{
	int64_t now = clock_seconds() + composer->ahead;
	bool full = composer->counter > COUNTER_MAX;
	if (now > composer->seconds)
		composer->seconds = now;
	else if (full)
		composer->seconds++;
	if (full)
		composer->counter = 0;
	uint32_t seconds = htobe32((uint32_t)composer->seconds), counter = htobe32(composer->counter++ << 8);
	memcpy(at, &seconds, 4);
	memcpy(at + 4, composer->unique, 5);
	memcpy(at + 9, &counter, 3);
	return at + ID_SIZE;
}

/* --- values --- */

static char *put_integer(char *at, const struct ns_step *step, int64_t value)
{
	if (value < INT32_MIN || value > INT32_MAX)
		return put_int64(put_name(at, INT64, step->name, step->size), (uint64_t)value);
	return put_int32(put_name(at, INT32, step->name, step->size), (size_t)value);
}

static char *put_value(char *at, const struct ns_step *step, const struct ns_value *value, bool null)
{
	uint64_t bits;
	switch (value->type) {
	case NS_IS_INTEGER:
		return put_integer(at, step, value->integer);
	case NS_IS_REAL:
		memcpy(&bits, &value->real, sizeof bits);
		return put_int64(put_name(at, DOUBLE, step->name, step->size), bits);
	case NS_IS_TEXT:
		return put_string(put_name(at, STRING, step->name, step->size), value->text);
	case NS_IS_DATE:
		return put_int64(put_name(at, DATE, step->name, step->size), (uint64_t)value->integer);
	case NS_IS_BOOLEAN:
		at = put_name(at, BOOLEAN, step->name, step->size);
		*at++ = (char)value->integer;
		return at;
	default:
		return null ? put_name(at, NULL_VALUE, step->name, step->size) : at;
	}
}

static char *put_fields(char *at, const struct ns_composer *composer, const struct ns_value *values)
{
	char *begins[NS_FIELDS_DEPTH], *names[NS_FIELDS_DEPTH]; /* of the documents that are open */
	size_t depth = 0;
	for (size_t i = 0; i < composer->fields.count; i++) {
		const struct ns_step *step = &composer->fields.steps[i];
		switch (step->kind) {
		case NS_STEP_VALUE:
			at = put_value(at, step, &values[step->column], composer->null);
			break;
		case NS_STEP_OPEN:
			names[depth] = at;
			at = begins[depth++] = put_name(at, DOCUMENT, step->name, step->size);
			at += 4;
			break;
		case NS_STEP_CLOSE:
			depth--;
			at = at == begins[depth] + 4 ? names[depth] : end_document(begins[depth], at);
			break;
		}
	}
	return at;
}

size_t ns_compose(char *out, struct ns_composer *composer, const struct ns_value *values, struct ns_span key)
{
	char *at = put_id(put_name(out + 4, OBJECT_ID, "_id", 4), composer), *ours;
	ours = at = put_name(at, DOCUMENT, "_ns", 4);
	at = put_string(put_name(at + 4, STRING, "key", 4), key);
	at = end_document(ours, at);
	at = end_document(out, put_fields(at, composer, values));
	return (size_t)(at - out);
}

struct ns_span ns_composed_key(const char *document)
{
	uint32_t size;
	memcpy(&size, document + KEY_SIZE_AT, sizeof size);
	return (struct ns_span){document + KEY_AT, le32toh(size) - 1};
}

const unsigned char *ns_composed_id(const char *document)
{
	return (const unsigned char *)document + ID_AT;
}
