/*
 * regex: Perl's regular expressions in text of UTF-8, by PCRE2 (libpcre2-8), for the expression language.
 *
 * The library is loaded when the first pattern is compiled, so that whoever has none starts as fast without it. Where the machine
 * lets it, patterns become machine code. What is no UTF-8 in a text matches nothing. \d \s \w and their like mean ASCII; the end of a
 * line is LF. Nothing depends on how the library was built.
 *
 * No text can hold a match up for more than some seconds. It is given up above NS_REGEX_TEXT bytes, or where the pattern would go back
 * more than a million times from one place of the text or, in a long text, more than 2000 million times from all places together
 * (200 million where it is interpreted, which takes longer). schema's patterns are others: POSIX's, pattern.h.
 */
#ifndef NS_TABLE_REGEX_H
#define NS_TABLE_REGEX_H

#include "table/table.h"

enum { NS_REGEX_TEXT = 64 * 1024 };

struct ns_regex;

/* NS_ECALL: what is wrong with the pattern, behind *wrong of its bytes; or the library is not there. Freed with the arena. */
int ns_regex_compile(struct ns_regex **out, size_t *wrong, struct ns_span pattern, struct ns_arena *arena, struct ns_err *err);

/* Whether it matches anywhere in the text. NULL, or why it was given up (static). One thread at a time. */
const char *ns_regex_match(bool *found, const struct ns_regex *regex, struct ns_span text);

#endif
