/* The first line is an expression, the rest a table: what parses is evaluated, all rows at once and each alone, with the same values. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/expression.h"
#include "table/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "expression_fuzz: %s\n", what);
		abort();
	}
}

static int same_value(const struct ns_column *a, size_t i, const struct ns_column *b, size_t k)
{
	if (a->type == NS_NUMBER)
		return a->numbers[i] == b->numbers[k] || (isnan(a->numbers[i]) && isnan(b->numbers[k]));
	struct ns_span x = ns_column_text(a, i), y = ns_column_text(b, k);
	return !x.data == !y.data && x.size == y.size && (!x.size || memcmp(x.data, y.data, x.size) == 0);
}

static void evaluate_singly(const struct ns_column *all, const struct ns_expression *expression, const struct ns_table *batch, const size_t *at)
{
	for (size_t row = 0; row < batch->rows && row < 20; row++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err = {""};
		struct ns_table one = *batch;
		struct ns_column out = {.name = "one"};
		ns_table_widen(&one, 0, &arena);
		one.rows = 1;
		for (size_t i = 0; i < one.width; i++) {
			struct ns_column *column = &one.columns[i];
			column->numbers = column->numbers ? column->numbers + row : NULL;
			column->cells = column->cells ? column->cells + row * column->stride : NULL;
		}
		expect(ns_expression_evaluate(&out, expression, &one, at, &arena, &err) == NS_OK, "one row fails where all did not");
		expect(same_value(all, row, &out, 0), "a row alone has another value");
		ns_arena_release(&arena);
	}
}

/* Positions and types of the columns; 0: the table has not got them. */
static int find_columns(size_t *at, enum ns_type *types, const struct ns_expression *expression, struct ns_reader *reader, struct ns_err *err)
{
	const struct ns_expression_column *columns;
	size_t count = ns_expression_columns(&columns, expression);
	for (size_t i = 0; i < count; i++) {
		ptrdiff_t found = ns_table_find(ns_reader_header(reader), columns[i].name);
		if (found < 0 || ns_reader_want(reader, at[i] = (size_t)found, columns[i].type, err) != NS_OK)
			return 0;
		types[i] = columns[i].type ? columns[i].type : ns_reader_header(reader)->columns[found].type;
	}
	return 1;
}

static void evaluate(struct ns_expression *expression, const char *table, size_t size, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_reader *reader;
	struct ns_table *batch;
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT, .on_error = NS_ON_ERROR_MISSING};
	const struct ns_expression_column *columns;
	size_t count = ns_expression_columns(&columns, expression), *at = NS_NEW_ARRAY(arena, size_t, count);
	enum ns_type *types = NS_NEW_ARRAY(arena, enum ns_type, count);
	if (ns_reader_open_memory(&reader, table, size, "table", &options, arena, &err) != NS_OK || ns_reader_infer(reader, &err) != NS_OK ||
	    !find_columns(at, types, expression, reader, &err))
		return;
	int status = ns_expression_bind(expression, types, &err);
	expect(status == NS_OK || (status == NS_ECALL && strstr(err.text, ": column ")), "binding");
	if (status != NS_OK)
		return;
	while (ns_reader_next(&batch, reader, &err) == NS_OK && batch->rows) {
		struct ns_column out = {.name = "out"};
		status = ns_expression_evaluate(&out, expression, batch, at, arena, &err);
		expect(status == NS_OK || (status == NS_EDATA && strncmp(err.text, "table:", 6) == 0), "evaluating");
		if (status != NS_OK)
			return;
		expect(out.type == ns_expression_type(expression), "the type");
		evaluate_singly(&out, expression, batch, at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_expression *expression;
	const char *line = memchr(data, '\n', size);
	size_t length = line ? (size_t)(line - (const char *)data) : size;
	ns_quiet = true;
	int status = ns_expression_parse(&expression, NULL, ns_strndup(&arena, (const char *)data, length), &arena, &err);
	expect(status == NS_OK ? !*err.text : status == NS_ECALL && *err.text, "status and message");
	if (status == NS_OK && line)
		evaluate(expression, line + 1, size - length - 1, &arena);
	ns_arena_release(&arena);
	return 0;
}
