/*
 * documents_value: a value of BSON as the text of a cell, by the rules that documents.h states. Internal to documents*.c, which include
 * <bson/bson.h> before: a bson_iter_t cannot be declared without it.
 */
#ifndef NS_NET_DOCUMENTS_VALUE_H
#define NS_NET_DOCUMENTS_VALUE_H

#include "base/arena.h"

enum ns_bson_kind {
	NS_BSON_TEXT,
	NS_BSON_MISSING,
	NS_BSON_BAD, /* text says what it is: "a regular expression" */
};

struct ns_bson_text {
	const char *text; /* in printed, in the document, or in the buffer of ns_bson_join */
	size_t size;
	bool plain;       /* holds no comma, quote or line end */
	char printed[64];
};

/* iter stands at a value. Documents and arrays are bad. */
enum ns_bson_kind ns_bson_print(struct ns_bson_text *value, const bson_iter_t *iter);
/*
 * As bson_iter_recurse, for a document or an array: false also where it is shorter than any is, or does not end in NUL, since the last
 * name in it would end where nobody is told of it.
 */
bool ns_bson_enter(bson_iter_t *inner, const bson_iter_t *iter);
/* iter stands at an array: its elements with `join` between them, written to out, whose bytes before are gone. */
enum ns_bson_kind ns_bson_join(struct ns_bson_text *value, struct ns_buffer *out, const bson_iter_t *iter, const char *join);

#endif
