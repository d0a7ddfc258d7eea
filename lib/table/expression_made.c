#include "table/expression_functions.h"

#include <math.h>
#include <string.h>

static const struct ns_span missing = {0};

/* --- letters --- */

/* 26 letters from this one on change between small and capital. */
static void change(char *restrict out, const char *restrict in, size_t size, unsigned char from)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)in[i];
		out[i] = (char)(c ^ ((unsigned char)(c - from) < 26) << 5);
	}
}

static void change_letters(struct ns_expression_call *call, char from)
{
	const struct ns_span *s = call->arguments[0]->texts;
	for (size_t row = 0; row < call->rows; row++) {
		call->texts[row] = missing;
		if (!s[row].data)
			continue;
		char *out = ns_expression_make(call, row, s[row].size + 1);
		if (!out)
			return;
		change(out, s[row].data, s[row].size, (unsigned char)from);
		call->texts[row] = (struct ns_span){out, s[row].size};
	}
}

void ns_expression_lower(struct ns_expression_call *call)
{
	change_letters(call, 'A');
}

void ns_expression_upper(struct ns_expression_call *call)
{
	change_letters(call, 'a');
}

/* --- parts --- */

static size_t count_parts(struct ns_span s, struct ns_span separator)
{
	size_t count = 1;
	for (const char *at; (at = ns_expression_find_text(s, separator)) != NULL; count++)
		s = (struct ns_span){at + separator.size, s.size - (size_t)(at + separator.size - s.data)};
	return count;
}

static struct ns_span part(struct ns_span s, struct ns_span separator, double n)
{
	if (n != trunc(n) || n == 0 || fabs(n) > NS_CELL_SIZE || separator.size == 0)
		return missing;
	if (n < 0)
		n += (double)count_parts(s, separator) + 1;
	if (n < 1)
		return missing;
	for (size_t i = 1;; i++) {
		const char *at = ns_expression_find_text(s, separator);
		size_t size = at ? (size_t)(at - s.data) : s.size;
		if ((double)i == n)
			return (struct ns_span){s.data, size};
		if (!at)
			return missing;
		s = (struct ns_span){at + separator.size, s.size - size - separator.size};
	}
}

int ns_expression_prepare_part(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	const struct ns_expression_node *separator = &expression->nodes[node->arguments[1]], *n = &expression->nodes[node->arguments[2]];
	if (ns_expression_is_constant(separator) && separator->text.data && separator->text.size == 0)
		return ns_expression_fail(expression, separator->place, err, "the separator is empty");
	if (ns_expression_is_constant(n) && (n->number == 0 || n->number != trunc(n->number)) && !isnan(n->number))
		return ns_expression_fail(expression, n->place, err, "parts are counted 1, 2, ... or from the end -1, -2, ...");
	return NS_OK;
}

void ns_expression_part(struct ns_expression_call *call)
{
	const struct ns_span *s = call->arguments[0]->texts, *separators = call->arguments[1]->texts;
	const double *n = call->arguments[2]->numbers;
	for (size_t row = 0; row < call->rows; row++)
		call->texts[row] = s[row].data && separators[row].data && !isnan(n[row]) ? part(s[row], separators[row], n[row]) : missing;
}

/* The byte behind so many characters, or the end. */
static size_t behind(struct ns_span s, double count)
{
	size_t at = 0;
	for (double i = 0; i < count && at < s.size; i++)
		at += ns_expression_character(s.data + at, s.size - at);
	return at;
}

static struct ns_span slice(struct ns_span s, double from, double to)
{
	if (from != trunc(from) || to != trunc(to) || from == 0 || to == 0)
		return missing;
	double count = from < 0 || to < 0 ? (double)ns_expression_count_characters(s) : 0;
	from = from < 0 ? from + count + 1 : from;
	to = to < 0 ? to + count + 1 : to;
	size_t start = behind(s, from - 1), end = behind(s, to);
	return (struct ns_span){s.data + start, end > start ? end - start : 0};
}

void ns_expression_slice(struct ns_expression_call *call)
{
	const struct ns_span *s = call->arguments[0]->texts;
	const double *from = call->arguments[1]->numbers, *to = call->arguments[2]->numbers;
	for (size_t row = 0; row < call->rows; row++)
		call->texts[row] = s[row].data && !isunordered(from[row], to[row]) ? slice(s[row], from[row], to[row]) : missing;
}

/* --- longer texts --- */

/* The sum of the sizes; false: one of them is missing. */
static bool total_size(size_t *size, const struct ns_expression_call *call, size_t row)
{
	*size = 0;
	for (size_t i = 0; i < call->count; i++) {
		const struct ns_span *s = &call->arguments[i]->texts[row];
		if (!s->data)
			return false;
		*size += s->size; /* of at most 1000 texts of less than 2^30 bytes */
	}
	return true;
}

void ns_expression_concat(struct ns_expression_call *call)
{
	for (size_t row = 0; row < call->rows; row++) {
		size_t size, at = 0;
		call->texts[row] = missing;
		if (!total_size(&size, call, row))
			continue;
		char *out = ns_expression_make(call, row, size + 1);
		if (!out)
			return;
		for (size_t i = 0; i < call->count; i++) {
			const struct ns_span *s = &call->arguments[i]->texts[row];
			if (s->size)
				memcpy(out + at, s->data, s->size);
			at += s->size;
		}
		call->texts[row] = (struct ns_span){out, size};
	}
}

/* false: there is no memory for it. */
static bool replace(struct ns_span *out, struct ns_expression_call *call, size_t row, struct ns_span s, struct ns_span what, struct ns_span with)
{
	size_t hits = what.size ? count_parts(s, what) - 1 : 0, at = 0;
	if (hits == 0) {
		*out = s;
		return true;
	}
	char *made = hits > NS_EXPRESSION_MADE / (with.size + 1) ? ns_expression_make(call, row, SIZE_MAX)
								   : ns_expression_make(call, row, s.size - hits * what.size + hits * with.size + 1);
	if (!made)
		return false;
	for (const char *hit; (hit = ns_expression_find_text(s, what)) != NULL; ) {
		size_t before = (size_t)(hit - s.data);
		memcpy(made + at, s.data, before);
		if (with.size)
			memcpy(made + at + before, with.data, with.size);
		at += before + with.size;
		s = (struct ns_span){hit + what.size, s.size - before - what.size};
	}
	if (s.size)
		memcpy(made + at, s.data, s.size);
	*out = (struct ns_span){made, at + s.size};
	return true;
}

void ns_expression_replace(struct ns_expression_call *call)
{
	const struct ns_span *s = call->arguments[0]->texts, *what = call->arguments[1]->texts, *with = call->arguments[2]->texts;
	for (size_t row = 0; row < call->rows; row++) {
		call->texts[row] = missing;
		if (s[row].data && what[row].data && with[row].data && !replace(&call->texts[row], call, row, s[row], what[row], with[row]))
			return;
	}
}
