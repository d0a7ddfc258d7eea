#include "table/expression_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/*
 * Each node has a strip of memory for its values of some rows. Strips are handed on when the only node that reads them has its
 * values, so their number is the most that wait at a time; with very many of them they are made shorter. Constants and columns of
 * text have strips of their own; columns of numbers are read where they are.
 */
struct ns_expression_run {
	size_t rows; /* of a strip */
	double *numbers;
	struct ns_span *texts;       /* the nodes' strips */
	struct ns_span **column_texts; /* of each column; NULL of one of numbers */
	struct ns_expression_space space;
};

enum { MEMORY = 4 * 1024 * 1024, ROWS_LEAST = 64 };

static void connect(struct ns_expression *expression, struct ns_expression_node *node)
{
	node->values = NS_NEW_ARRAY(expression->arena, const struct ns_expression_value *, node->count);
	for (size_t i = 0; i < node->count; i++)
		node->values[i] = &expression->nodes[node->arguments[i]].value;
}

static enum ns_type type_of(const struct ns_expression *expression, const struct ns_expression_node *node)
{
	return ns_expression_type_of(expression, node->type)->type;
}

void ns_expression_space_release(void *what)
{
	struct ns_expression_space *space = what;
	ns_arena_release(&space->arena);
	free(space->counts);
	free(space->members);
}

char *ns_expression_make(struct ns_expression_call *call, size_t row, size_t size)
{
	if (size > NS_EXPRESSION_MADE - call->space->used) {
		call->bad_row = row;
		call->problem = "the texts that are made here are too long: over 256 MiB at a time";
		return NULL;
	}
	call->space->used += size;
	return ns_alloc(&call->space->arena, size);
}

bool ns_expression_fold(struct ns_expression *expression, struct ns_expression_node *node)
{
	struct ns_expression_space space = {.arena = NS_ARENA_INIT, .used = NS_EXPRESSION_MADE - NS_EXPRESSION_SIZE};
	connect(expression, node);
	for (size_t i = 0; i < node->count; i++) {
		struct ns_expression_node *argument = &expression->nodes[node->arguments[i]];
		bool text = type_of(expression, argument) == NS_TEXT;
		argument->value = (struct ns_expression_value){text ? NULL : &argument->number, text ? &argument->text : NULL, true};
	}
	struct ns_expression_call call = {.arguments = node->values, .count = node->count, .rows = 1, .prepared = node->prepared,
		.numbers = &node->number, .texts = &node->text, .space = &space};
	node->function->run(&call);
	if (!call.problem && node->text.data)
		node->text.data = ns_strndup(expression->arena, node->text.data, node->text.size);
	ns_expression_space_release(&space);
	return !call.problem;
}

/* --- binding --- */

static int bind_columns(struct ns_expression *expression, const enum ns_type *types, struct ns_err *err)
{
	for (size_t i = 0; i < expression->columns_count; i++) {
		struct ns_expression_column *column = &expression->columns[i];
		struct ns_expression_type *type = ns_expression_type_of(expression, expression->column_types[i]);
		if (type->type == NS_UNDECIDED)
			*type = (struct ns_expression_type){type->same, types[i], column->place};
		if (type->type != types[i])
			return ns_expression_fail(expression, column->place, err,
				types[i] == NS_TEXT ? "'%s' is text, but used as a number (column %zu): write number(%s)"
						    : "'%s' is a number, but used as text (column %zu): write text(%s)",
				column->name, type->place, column->name);
		column->type = types[i];
	}
	for (size_t i = 0; i < expression->types_count; i++) {
		struct ns_expression_type *type = ns_expression_type_of(expression, i);
		if (type->type == NS_UNDECIDED)
			type->type = NS_NUMBER; /* only missing is in it */
	}
	return NS_OK;
}

/* Strips by number: those of the arguments are free for the node behind. */
struct strips {
	uint32_t *free;
	size_t free_count, count;
};

static uint32_t take(struct strips *strips)
{
	return strips->free_count ? strips->free[--strips->free_count] : (uint32_t)strips->count++;
}

static void number_strips(struct ns_expression *expression, struct strips *numbers, struct strips *texts)
{
	for (size_t i = 0; i < expression->nodes_count; i++) {
		struct ns_expression_node *node = &expression->nodes[i];
		struct strips *own = type_of(expression, node) == NS_TEXT ? texts : numbers;
		if (node->function)
			node->strip = take(own);
		else if (ns_expression_is_constant(node))
			node->strip = (uint32_t)own->count++; /* its own for good */
		for (size_t k = 0; node->function && k < node->count; k++) {
			const struct ns_expression_node *argument = &expression->nodes[node->arguments[k]];
			struct strips *strips = type_of(expression, argument) == NS_TEXT ? texts : numbers;
			if (argument->function)
				strips->free[strips->free_count++] = argument->strip;
		}
	}
}

/* Where the node's values will be; a constant's are. */
static void place_values(struct ns_expression *expression, struct ns_expression_node *node)
{
	struct ns_expression_run *run = expression->run;
	bool text = type_of(expression, node) == NS_TEXT;
	struct ns_span *texts = !text ? NULL : node->column == SIZE_MAX ? run->texts + node->strip * run->rows : run->column_texts[node->column];
	double *numbers = text || node->column != SIZE_MAX ? NULL : run->numbers + node->strip * run->rows;
	node->value = (struct ns_expression_value){numbers, texts, ns_expression_is_constant(node)};
	if (node->function)
		connect(expression, node);
	for (size_t row = 0; node->value.constant && row < run->rows; row++)
		if (text)
			texts[row] = node->text;
		else
			numbers[row] = node->number;
}

static size_t count_text_columns(const struct ns_expression *expression)
{
	size_t count = 0;
	for (size_t i = 0; i < expression->columns_count; i++)
		count += expression->columns[i].type == NS_TEXT;
	return count;
}

int ns_expression_bind(struct ns_expression *expression, const enum ns_type *types, struct ns_err *err)
{
	struct ns_arena *arena = expression->arena;
	NS_TRY(bind_columns(expression, types, err));
	struct strips numbers = {.free = NS_NEW_ARRAY(arena, uint32_t, expression->nodes_count)},
		      texts = {.free = NS_NEW_ARRAY(arena, uint32_t, expression->nodes_count)};
	number_strips(expression, &numbers, &texts);
	struct ns_expression_run *run = expression->run = NS_NEW(arena, struct ns_expression_run);
	size_t text_columns = count_text_columns(expression);
	size_t row = numbers.count * sizeof(double) + (texts.count + text_columns) * sizeof(struct ns_span);
	run->rows = row <= MEMORY / NS_EXPRESSION_STRIP ? NS_EXPRESSION_STRIP : row <= MEMORY / ROWS_LEAST ? MEMORY / row : ROWS_LEAST;
	run->numbers = NS_NEW_ARRAY(arena, double, numbers.count * run->rows);
	run->texts = NS_NEW_ARRAY(arena, struct ns_span, texts.count * run->rows);
	run->column_texts = NS_NEW_ARRAY(arena, struct ns_span *, expression->columns_count);
	for (size_t i = 0; i < expression->columns_count; i++)
		if (expression->columns[i].type == NS_TEXT)
			run->column_texts[i] = NS_NEW_ARRAY(arena, struct ns_span, run->rows);
	ns_arena_defer(arena, ns_expression_space_release, &run->space);
	for (size_t i = 0; i < expression->nodes_count; i++)
		place_values(expression, &expression->nodes[i]);
	return NS_OK;
}

/* --- evaluating --- */

static void load_texts(struct ns_span *out, const struct ns_column *column, size_t start, size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		out[row] = ns_column_text(column, start + row);
}

/* Where the columns' values for these rows are. */
static void load(const struct ns_expression *expression, const struct ns_table *batch, const size_t *at, size_t start, size_t rows)
{
	struct ns_expression_run *run = expression->run;
	for (size_t i = 0; i < expression->columns_count; i++)
		if (expression->columns[i].type == NS_TEXT)
			load_texts(run->column_texts[i], &batch->columns[at[i]], start, rows);
	for (size_t i = 0; i < expression->nodes_count; i++) {
		struct ns_expression_node *node = &expression->nodes[i];
		if (node->column != SIZE_MAX && expression->columns[node->column].type == NS_NUMBER)
			node->value.numbers = batch->columns[at[node->column]].numbers + start;
	}
}

/* The last node's values go to out_numbers or out_texts. */
static int evaluate_strip(double *out_numbers, struct ns_span *out_texts, const struct ns_expression *expression, const struct ns_table *batch,
	size_t start, size_t rows, struct ns_err *err)
{
	struct ns_expression_run *run = expression->run;
	const struct ns_expression_node *last = &expression->nodes[expression->nodes_count - 1];
	for (const struct ns_expression_node *node = expression->nodes; node <= last; node++) {
		if (!node->function)
			continue;
		bool text = node->value.texts != NULL;
		struct ns_expression_call call = {.arguments = node->values, .count = node->count, .rows = rows, .prepared = node->prepared,
			.space = &run->space,
			.numbers = node == last ? out_numbers : text ? NULL : run->numbers + node->strip * run->rows,
			.texts = node == last ? out_texts : text ? run->texts + node->strip * run->rows : NULL};
		node->function->run(&call);
		if (call.problem)
			return ns_expression_fail_row(expression, batch, start + call.bad_row, node->place, err, call.problem);
	}
	if (!last->function && out_numbers)
		memcpy(out_numbers, last->value.numbers, rows * sizeof *out_numbers);
	else if (!last->function)
		memcpy(out_texts, last->value.texts, rows * sizeof *out_texts);
	return NS_OK;
}

/* The texts that were made for these rows go to the arena, those that stand in the batch or the expression stay where they are. */
static void keep_texts(struct ns_span *texts, size_t rows, const struct ns_expression_space *space, struct ns_arena *arena)
{
	size_t size = 0;
	for (size_t row = 0; row < rows; row++)
		size += texts[row].size;
	char *kept = space->used ? ns_alloc(arena, size + 1) : NULL;
	for (size_t row = 0; kept && row < rows; row++)
		if (texts[row].data) {
			memcpy(kept, texts[row].data, texts[row].size);
			texts[row].data = kept;
			kept += texts[row].size;
		}
}

int ns_expression_evaluate(struct ns_column *out, const struct ns_expression *expression, const struct ns_table *batch, const size_t *at,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_expression_run *run = expression->run;
	assert(run);
	bool text = ns_expression_type(expression) == NS_TEXT;
	double *numbers = text ? NULL : NS_NEW_ARRAY(arena, double, batch->rows);
	struct ns_span *texts = text ? NS_NEW_ARRAY(arena, struct ns_span, batch->rows) : NULL;
	for (size_t start = 0; start < batch->rows; start += run->rows) {
		size_t rows = batch->rows - start < run->rows ? batch->rows - start : run->rows;
		ns_arena_reset(&run->space.arena);
		run->space.used = 0;
		load(expression, batch, at, start, rows);
		NS_TRY(evaluate_strip(text ? NULL : numbers + start, text ? texts + start : NULL, expression, batch, start, rows, err));
		if (text)
			keep_texts(texts + start, rows, &run->space, arena);
	}
	if (text)
		return ns_column_set_text(out, texts, batch->rows, arena, err);
	ns_column_set_numbers(out, numbers);
	return NS_OK;
}
