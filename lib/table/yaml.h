/*
 * yaml: a small YAML file as a tree, with the line of everything in it (libyaml).
 *
 * One document of maps, lists and scalars. Whatever makes a file say something else than a reader sees is refused: anchors,
 * aliases and tags, a key twice, keys that are not scalars, a second document, text that is not UTF-8, NUL. The size is the
 * caller's to limit; depth (16) and number of nodes (2^20) are limited here, so no file takes more than some 100 MB.
 * All failures are NS_ECALL and name file:line: such files are part of the call, not of the data.
 */
#ifndef NS_TABLE_YAML_H
#define NS_TABLE_YAML_H

#include "base/arena.h"
#include "base/err.h"

enum ns_yaml_kind { NS_YAML_SCALAR, NS_YAML_LIST, NS_YAML_MAP };

struct ns_yaml {
	enum ns_yaml_kind kind;
	bool plain;                  /* a scalar without quotes: only such ones are null, true or false */
	int line;                    /* from 1; in a map that of the key */
	const char *key;             /* in a map, else NULL */
	const char *text;            /* of a scalar */
	struct ns_yaml *first, *next; /* its items; its neighbour */
	size_t count;                /* of items */
};

/* *root is NULL for a file that holds nothing but blanks and comments. */
int ns_yaml_parse(struct ns_yaml **root, const char *text, size_t size, const char *path, struct ns_arena *arena,
	struct ns_err *err);
const struct ns_yaml *ns_yaml_find(const struct ns_yaml *map, const char *key); /* NULL where absent */
bool ns_yaml_is_null(const struct ns_yaml *node);                              /* null, ~ or nothing */
/* "PATH:LINE: ..." with NS_ECALL. */
int ns_yaml_fail(struct ns_err *err, const char *path, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Writing, quoted where YAML 1.1 or 1.2 readers would take the bytes for anything else: a text (that looks like a number, a date,
 * true, null ... or holds blanks at its ends, line breaks, control characters); a value (numbers stay plain); a comment, at
 * line's start, one '#' line for each line of text. Texts are UTF-8; a byte that is not is written as U+FFFF. 0, or -1 where the
 * buffer is full.
 */
int ns_yaml_print_text(struct ns_buffer *out, const char *text);
int ns_yaml_print_value(struct ns_buffer *out, const char *text);
int ns_yaml_print_comment(struct ns_buffer *out, int indent, const char *text);

#endif
