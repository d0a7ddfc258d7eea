#include "table/expression_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 60 }; /* characters of a long expression on either side of the place */

size_t ns_expression_columns(const struct ns_expression_column **columns, const struct ns_expression *expression)
{
	*columns = expression->columns;
	return expression->columns_count;
}

enum ns_type ns_expression_type(const struct ns_expression *expression)
{
	return ns_expression_type_of(expression, expression->nodes[expression->nodes_count - 1].type)->type;
}

/* --- failures --- */

size_t ns_expression_byte(const struct ns_expression *expression, size_t character)
{
	size_t at = 0;
	for (; at < expression->size; at++)
		if (((unsigned char)expression->text[at] & 0xc0) != 0x80 && character-- == 0)
			break;
	return at;
}

/* 'text': column 5; of a long text the part around the place. */
static void where(char *out, size_t capacity, const struct ns_expression *expression, size_t place)
{
	size_t start = place > SHOWN ? ns_expression_byte(expression, place - 1 - SHOWN) : 0, end = ns_expression_byte(expression, place - 1 + SHOWN);
	start = expression->size <= 2 * SHOWN ? 0 : start;
	end = expression->size <= 2 * SHOWN ? expression->size : end;
	snprintf(out, capacity, "'%s%.*s%s': column %zu", start ? "..." : "", (int)(end - start), expression->text + start,
		end < expression->size ? "..." : "", place);
}

int ns_expression_fail(const struct ns_expression *expression, size_t place, struct ns_err *err, const char *format, ...)
{
	char text[8 * SHOWN + 64], message[2048];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(message, sizeof message, format, arguments);
	va_end(arguments);
	where(text, sizeof text, expression, place);
	return ns_fail(err, NS_ECALL, "%s: %s", text, message);
}

int ns_expression_fail_row(const struct ns_expression *expression, const struct ns_table *batch, size_t row, size_t place, struct ns_err *err,
	const char *problem)
{
	char text[8 * SHOWN + 64];
	struct ns_arena arena = NS_ARENA_INIT;
	where(text, sizeof text, expression, place);
	ns_fail(err, NS_EDATA, "%s: %s: %s", ns_table_where(batch, row, &arena), text, problem);
	ns_arena_release(&arena);
	return NS_EDATA;
}
