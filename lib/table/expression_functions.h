/*
 * expression_functions: what the functions of expressions do and share; expression_functions.c says which they are and of what.
 */
#ifndef NS_TABLE_EXPRESSION_FUNCTIONS_H
#define NS_TABLE_EXPRESSION_FUNCTIONS_H

#include <string.h>

#include "base/utf8.h"
#include "table/expression_parts.h"

/* x, without a sign where it is 0; NaN where it is not finite. */
static inline double ns_finite(double x)
{
	return x + (x - x);
}

/* Below, at or above 0 as a is before, equal to or after b, byte by byte. */
static inline int ns_expression_order(struct ns_span a, struct ns_span b)
{
	size_t size = a.size < b.size ? a.size : b.size;
	int first = size ? memcmp(a.data, b.data, size) : 0;
	return first ? first : (a.size > b.size) - (a.size < b.size);
}

/* Bytes of the character at text: a well-formed sequence of UTF-8, or else a byte. */
static inline size_t ns_expression_character(const char *text, size_t size)
{
	size_t length = (unsigned char)*text < 0x80 ? 1 : ns_utf8_length(text, size);
	return length ? length : 1;
}

/* Where t begins in s, or NULL. */
static inline const char *ns_expression_find_text(struct ns_span s, struct ns_span t)
{
	return t.size > s.size ? NULL : t.size == 1 ? memchr(s.data, *t.data, s.size) : memmem(s.data, s.size, t.data, t.size);
}

size_t ns_expression_count_characters(struct ns_span s);

void ns_expression_add(struct ns_expression_call *call);
void ns_expression_subtract(struct ns_expression_call *call);
void ns_expression_multiply(struct ns_expression_call *call);
void ns_expression_divide(struct ns_expression_call *call);
void ns_expression_modulo(struct ns_expression_call *call);
void ns_expression_power(struct ns_expression_call *call);
void ns_expression_negate(struct ns_expression_call *call);
void ns_expression_plus(struct ns_expression_call *call);
void ns_expression_not(struct ns_expression_call *call);
void ns_expression_and(struct ns_expression_call *call);
void ns_expression_or(struct ns_expression_call *call);
void ns_expression_equal(struct ns_expression_call *call);
void ns_expression_unequal(struct ns_expression_call *call);
void ns_expression_less(struct ns_expression_call *call);
void ns_expression_less_equal(struct ns_expression_call *call);
void ns_expression_greater(struct ns_expression_call *call);
void ns_expression_greater_equal(struct ns_expression_call *call);
void ns_expression_in(struct ns_expression_call *call);
void ns_expression_abs(struct ns_expression_call *call);
void ns_expression_ceil(struct ns_expression_call *call);
void ns_expression_clip(struct ns_expression_call *call);
void ns_expression_exp(struct ns_expression_call *call);
void ns_expression_expm1(struct ns_expression_call *call);
void ns_expression_floor(struct ns_expression_call *call);
void ns_expression_log(struct ns_expression_call *call);
void ns_expression_log10(struct ns_expression_call *call);
void ns_expression_log1p(struct ns_expression_call *call);
void ns_expression_log2(struct ns_expression_call *call);
void ns_expression_max(struct ns_expression_call *call);
void ns_expression_min(struct ns_expression_call *call);
void ns_expression_ratio(struct ns_expression_call *call);
void ns_expression_round(struct ns_expression_call *call);
void ns_expression_sign(struct ns_expression_call *call);
void ns_expression_sqrt(struct ns_expression_call *call);
void ns_expression_trunc(struct ns_expression_call *call);
void ns_expression_bucket(struct ns_expression_call *call);
void ns_expression_coalesce(struct ns_expression_call *call);
void ns_expression_if(struct ns_expression_call *call);
void ns_expression_is_missing(struct ns_expression_call *call);

void ns_expression_contains(struct ns_expression_call *call);
void ns_expression_count(struct ns_expression_call *call);
void ns_expression_ends_with(struct ns_expression_call *call);
void ns_expression_entropy(struct ns_expression_call *call);
void ns_expression_length(struct ns_expression_call *call);
void ns_expression_matches(struct ns_expression_call *call);
void ns_expression_number(struct ns_expression_call *call);
void ns_expression_starts_with(struct ns_expression_call *call);
void ns_expression_concat(struct ns_expression_call *call);
void ns_expression_lower(struct ns_expression_call *call);
void ns_expression_part(struct ns_expression_call *call);
void ns_expression_replace(struct ns_expression_call *call);
void ns_expression_slice(struct ns_expression_call *call);
void ns_expression_text(struct ns_expression_call *call);
void ns_expression_trim(struct ns_expression_call *call);
void ns_expression_upper(struct ns_expression_call *call);

#endif
