#include "net/find_after.h"

#include <bson/bson.h>
#include <math.h>

enum { NAN_RANK = 2, NUMBER_RANK = 3 };

/* In the server's order; types of the same rank are compared with each other. name: for $type, where every server knows it. */
static const struct {
	bson_type_t type;
	int rank;
	const char *name;
} types[] = {
	{BSON_TYPE_MINKEY, 0, NULL},
	{BSON_TYPE_UNDEFINED, 1, NULL},
	{BSON_TYPE_NULL, 1, "null"},
	{BSON_TYPE_DOUBLE, NUMBER_RANK, "double"},
	{BSON_TYPE_INT32, NUMBER_RANK, "int"},
	{BSON_TYPE_INT64, NUMBER_RANK, "long"},
	{BSON_TYPE_DECIMAL128, NUMBER_RANK, NULL},
	{BSON_TYPE_SYMBOL, 4, NULL},
	{BSON_TYPE_UTF8, 4, "string"},
	{BSON_TYPE_DOCUMENT, 5, "object"},
	{BSON_TYPE_ARRAY, 6, NULL},
	{BSON_TYPE_BINARY, 7, "binData"},
	{BSON_TYPE_OID, 8, "objectId"},
	{BSON_TYPE_BOOL, 9, "bool"},
	{BSON_TYPE_DATE_TIME, 10, "date"},
	{BSON_TYPE_TIMESTAMP, 11, "timestamp"},
	{BSON_TYPE_REGEX, 12, NULL},
	{BSON_TYPE_DBPOINTER, 13, NULL},
	{BSON_TYPE_CODE, 14, NULL},
	{BSON_TYPE_CODEWSCOPE, 15, NULL},
	{BSON_TYPE_MAXKEY, 16, NULL},
};
enum { TYPES = sizeof types / sizeof *types };

static bool is_nan(const bson_iter_t *value)
{
	bson_decimal128_t decimal;
	if (BSON_ITER_HOLDS_DOUBLE(value))
		return isnan(bson_iter_double(value));
	/* Of a decimal128 the five bits behind the sign are set. */
	return bson_iter_decimal128(value, &decimal) && (decimal.high >> 58 & 31) == 31;
}

int ns_find_rank(const bson_t *document)
{
	bson_iter_t id;
	if (!bson_iter_init_find(&id, document, "_id"))
		return -1;
	for (int i = 0; i < TYPES; i++)
		if (types[i].type == bson_iter_type(&id))
			return is_nan(&id) ? NAN_RANK : types[i].rank;
	return TYPES;
}

void ns_find_after(bson_t *filter, const bson_t *last)
{
	bson_iter_t id;
	bson_t earlier = BSON_INITIALIZER;
	char buffer[16];
	const char *key;
	uint32_t count = 0;
	int rank = ns_find_rank(last);
	bson_iter_init_find(&id, last, "_id");
	BCON_APPEND(filter, "_id", "{", "$not", "{", "$lt", BCON_ITER(&id), "}", "}");
	for (int i = 0; i < TYPES; i++) {
		if (!types[i].name || types[i].rank >= rank)
			continue;
		bson_t *type = BCON_NEW("_id", "{", "$type", BCON_UTF8(types[i].name), "}");
		size_t size = bson_uint32_to_string(count++, &key, buffer, sizeof buffer);
		bson_append_document(&earlier, key, (int)size, type);
		bson_destroy(type);
	}
	if (count)
		bson_append_array(filter, "$nor", -1, &earlier);
	bson_destroy(&earlier);
}
