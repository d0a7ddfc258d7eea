/*
 * utf8: is this text well-formed UTF-8 (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
#ifndef NS_BASE_UTF8_H
#define NS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the well-formed sequence at text (size > 0 bytes are there), or 0. */
size_t ns_utf8_length(const char *text, size_t size);
bool ns_utf8_valid(const char *text, size_t size);

#endif
