/*
 * pattern: a POSIX extended regular expression that cannot take the machine down.
 *
 * Matching is by bytes, in no locale but C. Refused, besides what regcomp refuses: more than 1000 bytes, back-references (their
 * matching takes exponential time), groups more than 32 deep, repetitions such as (a{1000}){1000}, which regcomp writes out,
 * and those without end of what may be empty, as in (a*|b)*, in which glibc's regcomp can lose itself for hours: (a|b)* says the same.
 */
#ifndef NS_TABLE_PATTERN_H
#define NS_TABLE_PATTERN_H

#include <regex.h>

/* NULL where it was compiled (regfree it), else what is wrong with it, in `reason` or static. */
const char *ns_pattern_compile(regex_t *regex, const char *pattern, char *reason, size_t capacity);

#endif
