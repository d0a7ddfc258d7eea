#include "net/find_after.h"

#include <bson/bson.h>
#include <math.h>
#include <string.h>

/* In the server's order; types of the same rank are compared with each other. The names are those that $type takes. */
static const struct {
	bson_type_t type;
	int rank;
	const char *name;
	bool common;
} types[] = {
	{BSON_TYPE_MINKEY, 0, "minKey", false},
	{BSON_TYPE_UNDEFINED, 1, "undefined", false},
	{BSON_TYPE_NULL, 1, "null", true},
	{BSON_TYPE_DOUBLE, 2, "double", true},
	{BSON_TYPE_INT32, 2, "int", true},
	{BSON_TYPE_INT64, 2, "long", true},
	{BSON_TYPE_DECIMAL128, 2, "decimal", false},
	{BSON_TYPE_SYMBOL, 3, "symbol", false},
	{BSON_TYPE_UTF8, 3, "string", true},
	{BSON_TYPE_DOCUMENT, 4, "object", true},
	{BSON_TYPE_ARRAY, 5, "array", true},
	{BSON_TYPE_BINARY, 6, "binData", true},
	{BSON_TYPE_OID, 7, "objectId", true},
	{BSON_TYPE_BOOL, 8, "bool", true},
	{BSON_TYPE_DATE_TIME, 9, "date", true},
	{BSON_TYPE_TIMESTAMP, 10, "timestamp", true},
	{BSON_TYPE_REGEX, 11, "regex", true},
	{BSON_TYPE_DBPOINTER, 12, "dbPointer", false},
	{BSON_TYPE_CODE, 13, "javascript", false},
	{BSON_TYPE_CODEWSCOPE, 14, "javascriptWithScope", false},
	{BSON_TYPE_MAXKEY, 15, "maxKey", false},
};
enum { TYPES = sizeof types / sizeof *types };

static int rank_of(bson_type_t type)
{
	for (int i = 0; i < TYPES; i++)
		if (types[i].type == type)
			return types[i].rank;
	return TYPES;
}

static bool is_nan(const bson_iter_t *value)
{
	bson_decimal128_t decimal;
	if (BSON_ITER_HOLDS_DOUBLE(value))
		return isnan(bson_iter_double(value));
	/* Of decimal128 the five bits behind the sign are set. */
	return BSON_ITER_HOLDS_DECIMAL128(value) && bson_iter_decimal128(value, &decimal) && (decimal.high & 0x7c00000000000000u) == 0x7c00000000000000u;
}

/* {_id: {$type: NAME}} as one more of the alternatives. */
static void append_type(bson_t *alternatives, uint32_t *count, const char *name)
{
	char buffer[16];
	const char *key;
	bson_t alternative, condition;
	size_t size = bson_uint32_to_string((*count)++, &key, buffer, sizeof buffer);
	bson_append_document_begin(alternatives, key, (int)size, &alternative);
	bson_append_document_begin(&alternative, "_id", 3, &condition);
	bson_append_utf8(&condition, "$type", 5, name, -1);
	bson_append_document_end(&alternative, &condition);
	bson_append_document_end(alternatives, &alternative);
}

/* Not earlier within the same rank. null is compared by being equal: so it is for a document without an _id. */
static void append_same(bson_t *alternatives, uint32_t *count, const bson_iter_t *last)
{
	bson_t alternative, condition;
	(*count)++;
	bson_append_document_begin(alternatives, "0", 1, &alternative);
	if (BSON_ITER_HOLDS_NULL(last)) {
		bson_append_null(&alternative, "_id", 3);
	} else {
		bson_append_document_begin(&alternative, "_id", 3, &condition);
		bson_append_iter(&condition, "$gte", 4, last);
		bson_append_document_end(&alternative, &condition);
	}
	bson_append_document_end(alternatives, &alternative);
}

void ns_find_after(bson_t *filter, const bson_t *last, bool common)
{
	bson_iter_t id;
	bson_t alternatives;
	uint32_t count = 0;
	bson_iter_init_find(&id, last, "_id");
	bool nan = is_nan(&id); /* before all numbers, and comparable with none of them */
	int rank = rank_of(bson_iter_type(&id)) + !nan;
	bson_append_array_begin(filter, "$or", 3, &alternatives);
	if (!nan)
		append_same(&alternatives, &count, &id);
	for (int i = 0; i < TYPES; i++)
		if (types[i].rank >= rank && (types[i].common || !common))
			append_type(&alternatives, &count, types[i].name);
	bson_append_array_end(filter, &alternatives);
}
