#include <bson/bson.h>

#include "net/documents_value.h"

#include <math.h>
#include <string.h>

#include "base/instant.h"
#include "base/number.h"

static enum ns_bson_kind bad(struct ns_bson_text *value, const char *what)
{
	value->text = what;
	value->size = strlen(what);
	return NS_BSON_BAD;
}

static enum ns_bson_kind printed(struct ns_bson_text *value, size_t size)
{
	value->text = value->printed;
	value->size = size;
	value->plain = true;
	return NS_BSON_TEXT;
}

static enum ns_bson_kind print_text(struct ns_bson_text *value, const bson_iter_t *iter)
{
	uint32_t size;
	bool symbol = bson_iter_type_unsafe(iter) == BSON_TYPE_SYMBOL;
	value->text = symbol ? bson_iter_symbol(iter, &size) : bson_iter_utf8(iter, &size);
	value->size = size;
	value->plain = false;
	return memchr(value->text, '\0', size) ? bad(value, "a text with a NUL byte") : NS_BSON_TEXT;
}

static enum ns_bson_kind print_decimal(struct ns_bson_text *value, const bson_iter_t *iter)
{
	bson_decimal128_t decimal;
	_Static_assert(sizeof value->printed >= BSON_DECIMAL128_STRING, "");
	if (!bson_iter_decimal128(iter, &decimal) || (decimal.high >> 58 & 31) == 31) /* NaN, of either sign */
		return NS_BSON_MISSING;
	bson_decimal128_to_string(&decimal, value->printed);
	return printed(value, strlen(value->printed));
}

static size_t put_hex(char *out, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < size; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	return 2 * size;
}

static enum ns_bson_kind print_binary(struct ns_bson_text *value, const bson_iter_t *iter)
{
	static const char groups[] = {4, 2, 2, 2, 6};
	bson_subtype_t subtype;
	uint32_t size;
	const uint8_t *bytes;
	bson_iter_binary(iter, &subtype, &size, &bytes);
	if (subtype != BSON_SUBTYPE_UUID || size != 16)
		return bad(value, "binary data");
	size_t used = 0;
	for (size_t i = 0; i < sizeof groups; bytes += groups[i++]) {
		if (i)
			value->printed[used++] = '-';
		used += put_hex(value->printed + used, bytes, (size_t)groups[i]);
	}
	return printed(value, used);
}

static enum ns_bson_kind print_double(struct ns_bson_text *value, double number)
{
	return isnan(number) ? NS_BSON_MISSING : printed(value, ns_number_print(value->printed, number));
}

static enum ns_bson_kind print_bool(struct ns_bson_text *value, bool is_true)
{
	memcpy(value->printed, is_true ? "true" : "false", 5);
	return printed(value, is_true ? 4 : 5);
}

enum ns_bson_kind ns_bson_print(struct ns_bson_text *value, const bson_iter_t *iter)
{
	switch (bson_iter_type_unsafe(iter)) {
	case BSON_TYPE_INT32: return printed(value, ns_integer_print(value->printed, bson_iter_int32_unsafe(iter)));
	case BSON_TYPE_INT64: return printed(value, ns_integer_print(value->printed, bson_iter_int64_unsafe(iter)));
	case BSON_TYPE_DOUBLE: return print_double(value, bson_iter_double_unsafe(iter));
	case BSON_TYPE_DECIMAL128: return print_decimal(value, iter);
	case BSON_TYPE_BOOL: return print_bool(value, bson_iter_bool(iter));
	case BSON_TYPE_DATE_TIME: return printed(value, ns_instant_print(value->printed, bson_iter_date_time(iter), NS_MILLISECONDS, true));
	case BSON_TYPE_OID: return printed(value, put_hex(value->printed, bson_iter_oid(iter)->bytes, 12));
	case BSON_TYPE_BINARY: return print_binary(value, iter);
	case BSON_TYPE_UTF8:
	case BSON_TYPE_SYMBOL: return print_text(value, iter);
	case BSON_TYPE_NULL:
	case BSON_TYPE_UNDEFINED: return NS_BSON_MISSING;
	case BSON_TYPE_ARRAY: return bad(value, "an array");
	case BSON_TYPE_DOCUMENT: return bad(value, "a document");
	case BSON_TYPE_REGEX: return bad(value, "a regular expression");
	case BSON_TYPE_CODE:
	case BSON_TYPE_CODEWSCOPE: return bad(value, "code");
	case BSON_TYPE_TIMESTAMP: return bad(value, "a timestamp of the server's own");
	case BSON_TYPE_MINKEY: return bad(value, "a minkey");
	case BSON_TYPE_MAXKEY: return bad(value, "a maxkey");
	case BSON_TYPE_DBPOINTER: return bad(value, "a dbpointer");
	default: return bad(value, "of no known type");
	}
}

bool ns_bson_enter(bson_iter_t *inner, const bson_iter_t *iter)
{
	enum { LEAST = 5 }; /* a length and a NUL */
	return bson_iter_recurse(iter, inner) && inner->len >= LEAST && inner->raw[inner->len - 1] == 0;
}

static enum ns_bson_kind bad_element(struct ns_bson_text *value, const bson_iter_t *element)
{
	bson_type_t type = bson_iter_type_unsafe(element);
	if (type == BSON_TYPE_DOCUMENT || type == BSON_TYPE_ARRAY)
		return bad(value, type == BSON_TYPE_ARRAY ? "an array in an array" : "a document in an array");
	return NS_BSON_BAD;
}

enum ns_bson_kind ns_bson_join(struct ns_bson_text *value, struct ns_buffer *out, const bson_iter_t *iter, const char *join)
{
	size_t join_size = strlen(join);
	bson_iter_t element;
	bool full = false;
	out->size = 0;
	if (!ns_bson_enter(&element, iter))
		return bad(value, "a malformed array");
	for (bool first = true; !full && bson_iter_next(&element); first = false) {
		full = !first && ns_buffer_append(out, join, join_size);
		enum ns_bson_kind kind = ns_bson_print(value, &element);
		if (kind == NS_BSON_BAD)
			return bad_element(value, &element);
		if (kind == NS_BSON_MISSING)
			continue;
		if (memmem(value->text, value->size, join, join_size))
			return bad(value, "an array with the text of --join in an element");
		full = full || ns_buffer_append(out, value->text, value->size);
	}
	if (full)
		return bad(value, "an array of more than 1 GiB");
	if (element.err_off)
		return bad(value, "a malformed array");
	value->text = out->size ? out->data : "";
	value->size = out->size;
	value->plain = false;
	return out->size ? NS_BSON_TEXT : NS_BSON_MISSING;
}
