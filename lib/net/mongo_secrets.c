#include <stdio.h>
#include <string.h>

#include "net/mongo_parts.h"

/* Shorter ones are not looked for: they would be found in words that have nothing to do with them. */
enum { SHORTEST = 3 };

static int hexadecimal(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void add(struct ns_secrets *secrets, const char *text)
{
	bool known = strlen(text) < SHORTEST;
	for (size_t i = 0; i < secrets->count && !known; i++)
		known = strcmp(secrets->items[i], text) == 0;
	if (!known && secrets->count < sizeof secrets->items / sizeof *secrets->items)
		secrets->items[secrets->count++] = text;
}

void ns_secrets_add(struct ns_secrets *secrets, const char *text, size_t size, struct ns_arena *arena)
{
	char *raw = ns_strndup(arena, text, size), *decoded = ns_strdup(arena, raw), *out = decoded;
	for (const char *s = raw; *s; s++) {
		int high = *s == '%' ? hexadecimal(s[1]) : -1, low = high < 0 ? -1 : hexadecimal(s[2]);
		*out++ = low < 0 ? *s : (char)(high * 16 + low);
		s += low < 0 ? 0 : 2;
	}
	*out = '\0';
	add(secrets, raw);
	add(secrets, decoded);
}

/* The length of the longest secret that stands here; 0: none. */
static size_t secret_here(const struct ns_secrets *secrets, const char *text)
{
	size_t longest = 0;
	for (size_t i = 0; i < secrets->count; i++) {
		size_t length = strlen(secrets->items[i]);
		if (length > longest && strncmp(text, secrets->items[i], length) == 0)
			longest = length;
	}
	return longest;
}

void ns_secrets_hide(char *out, size_t capacity, const struct ns_secrets *secrets, const char *text)
{
	size_t size = 0;
	while (*text && size + 4 < capacity) {
		size_t length = secret_here(secrets, text);
		if (length) {
			memcpy(out + size, "***", 3);
			size += 3;
			text += length;
		} else {
			out[size++] = *text++;
		}
	}
	out[size] = '\0';
}
