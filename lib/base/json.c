#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

static void put(struct ns_json *json, const char *text, size_t size)
{
	if (ns_buffer_append(&json->out, text, size))
		json->failed = true;
}

static void put_line(struct ns_json *json)
{
	put(json, "\n", 1);
	for (int i = 0; i < json->depth; i++)
		put(json, "  ", 2);
}

static void put_text(struct ns_json *json, const char *text)
{
	put(json, "\"", 1);
	for (size_t left = strlen(text), length; left; text += length, left -= length) {
		char escape[8];
		length = ns_utf8_length(text, left);
		if (*text == '"' || *text == '\\')
			put(json, "\\", 1);
		if (length == 0) {
			put(json, "\xef\xbf\xbd", 3);
			length = 1;
		} else if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			put(json, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *text));
		} else {
			put(json, text, length);
		}
	}
	put(json, "\"", 1);
}

/* What stands before every value: comma, new line, key. */
static void begin(struct ns_json *json, const char *key)
{
	if (json->filled)
		put(json, json->flat ? ", " : ",", json->flat ? 2 : 1);
	if (json->depth && !json->flat)
		put_line(json);
	if (key) {
		put_text(json, key);
		put(json, ": ", 2);
	}
}

static void finish(struct ns_json *json)
{
	json->filled = true;
	if (json->depth == 0)
		put(json, "\n", 1);
}

static void open_one(struct ns_json *json, const char *key, char opener, char closer)
{
	begin(json, key);
	put(json, &opener, 1);
	assert(json->depth < NS_JSON_DEPTH && !json->flat);
	json->closers[json->depth++] = closer;
	json->filled = false;
}

void ns_json_object(struct ns_json *json, const char *key)
{
	open_one(json, key, '{', '}');
}

void ns_json_array(struct ns_json *json, const char *key)
{
	open_one(json, key, '[', ']');
}

void ns_json_row(struct ns_json *json, const char *key)
{
	ns_json_array(json, key);
	json->flat = true;
}

void ns_json_end(struct ns_json *json)
{
	assert(json->depth > 0);
	json->depth--;
	if (json->filled && !json->flat)
		put_line(json);
	json->flat = false;
	put(json, &json->closers[json->depth], 1);
	finish(json);
}

void ns_json_number(struct ns_json *json, const char *key, double value)
{
	char text[NS_NUMBER_MAX];
	begin(json, key);
	if (isfinite(value))
		put(json, text, ns_number_print(text, value));
	else
		put(json, "null", 4);
	finish(json);
}

void ns_json_integer(struct ns_json *json, const char *key, int64_t value)
{
	char text[32];
	begin(json, key);
	put(json, text, (size_t)snprintf(text, sizeof text, "%" PRId64, value));
	finish(json);
}

void ns_json_text(struct ns_json *json, const char *key, const char *value)
{
	begin(json, key);
	if (value)
		put_text(json, value);
	else
		put(json, "null", 4);
	finish(json);
}
