#include "table/expression_parts.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

struct ns_expression_type *ns_expression_type_of(const struct ns_expression *expression, size_t type)
{
	struct ns_expression_type *types = expression->types;
	while (types[type].same != type) {
		types[type].same = types[types[type].same].same; /* the next search is shorter */
		type = types[type].same;
	}
	return &types[type];
}

bool ns_expression_is_constant(const struct ns_expression_node *node)
{
	return !node->function && node->column == SIZE_MAX;
}

static size_t add_type(struct ns_expression *expression, enum ns_type type, size_t place)
{
	size_t added = expression->types_count++;
	expression->types[added] = (struct ns_expression_type){added, type, place};
	return added;
}

/* --- leaves --- */

static uint32_t add_node(struct ns_expression *expression, struct ns_expression_node node)
{
	assert(expression->nodes_count <= expression->size);
	expression->nodes[expression->nodes_count] = node;
	return (uint32_t)expression->nodes_count++;
}

static uint32_t add_constant(struct ns_expression *expression, enum ns_type type, double number, struct ns_span text, size_t place)
{
	return add_node(expression, (struct ns_expression_node){.column = SIZE_MAX, .place = place, .number = number, .text = text,
		.type = add_type(expression, type, place)});
}

uint32_t ns_expression_add_number(struct ns_expression *expression, double number, size_t place)
{
	return add_constant(expression, NS_NUMBER, number, (struct ns_span){0}, place);
}

uint32_t ns_expression_add_text(struct ns_expression *expression, struct ns_span text, size_t place)
{
	return add_constant(expression, NS_TEXT, NAN, text, place);
}

uint32_t ns_expression_add_missing(struct ns_expression *expression, size_t place)
{
	return add_constant(expression, NS_UNDECIDED, NAN, (struct ns_span){0}, place);
}

uint32_t ns_expression_add_column(struct ns_expression *expression, const char *name, size_t place)
{
	size_t at = 0;
	while (at < expression->columns_count && strcmp(expression->columns[at].name, name) != 0)
		at++;
	if (at == expression->columns_count) {
		expression->columns[at] = (struct ns_expression_column){.name = name, .place = place};
		expression->column_types[at] = add_type(expression, NS_UNDECIDED, place);
		expression->columns_count++;
	}
	return add_node(expression, (struct ns_expression_node){.column = at, .place = place, .number = NAN,
		.type = expression->column_types[at]});
}

/* --- calls --- */

static const char *word(enum ns_type type)
{
	return type == NS_TEXT ? "text" : "a number";
}

/* The argument has to be of this type. */
static int require(struct ns_expression *expression, const struct ns_expression_node *node, enum ns_type type, struct ns_err *err)
{
	struct ns_expression_type *found = ns_expression_type_of(expression, node->type);
	if (found->type == NS_UNDECIDED)
		*found = (struct ns_expression_type){found->same, type, node->place};
	if (found->type == type)
		return NS_OK;
	const char *to = type == NS_TEXT ? "text" : "number", *from = type == NS_TEXT ? "number" : "text";
	if (node->column != SIZE_MAX) {
		const char *name = expression->columns[node->column].name;
		return ns_expression_fail(expression, node->place, err, "'%s' is used as %s here and as %s at column %zu: write %s(%s) here, or %s(%s) there",
			name, word(type), word(found->type), found->place, to, name, from, name);
	}
	return ns_expression_fail(expression, node->place, err, "this is %s where %s should stand: %s(...) makes it one", word(found->type), word(type), to);
}

/* An undecided type becomes one with another; a constant's place says less than that of what is held against it. */
static void join(struct ns_expression_type *open, struct ns_expression_type *other, const struct ns_expression_node *node,
	const struct ns_expression_node *others)
{
	open->same = other->same;
	if (open != other && ns_expression_is_constant(others))
		other->place = node->place;
}

/* The argument has to be of the type of those before it. */
static int unite(struct ns_expression *expression, const struct ns_expression_node *first, const struct ns_expression_node *node, struct ns_err *err)
{
	struct ns_expression_type *a = ns_expression_type_of(expression, first->type), *b = ns_expression_type_of(expression, node->type);
	if (a->type != NS_UNDECIDED && b->type != NS_UNDECIDED && a->type != b->type)
		return ns_expression_fail(expression, node->place, err,
			"this is %s, but what it goes with, at column %zu, is %s: text(...) or number(...) makes one of the other", word(b->type), first->place,
			word(a->type));
	if (a->type == NS_UNDECIDED)
		join(a, b, first, node);
	else
		join(b, a, node, first);
	return NS_OK;
}

/* What stands for argument i in types: the last letter holds for all that follow; c x are pairs, and an x at the end. */
static char letter(const struct ns_expression_function *function, size_t i, size_t count)
{
	const char *letters = function->types + 1;
	if (letters[0] == 'c')
		return i % 2 == 0 && i + 1 < count ? 'n' : 'x';
	size_t last = strlen(letters) - 1;
	return letters[i < last ? i : last];
}

static int check_count(const struct ns_expression *expression, const struct ns_expression_function *function, size_t count, size_t place,
	struct ns_err *err)
{
	if (count > NS_EXPRESSION_ARGUMENTS && function->most == NS_EXPRESSION_ARGUMENTS)
		return ns_expression_fail(expression, place, err, "%s has %zu arguments; at most %d are allowed", function->name, count, NS_EXPRESSION_ARGUMENTS);
	if (count < function->least || count > function->most || (function->types[1] == 'c' && count % 2 == 0))
		return ns_expression_fail(expression, place, err, "%s is written %s(%s)", function->name, function->name, function->arguments);
	return NS_OK;
}

/* Types and constancy of the arguments; *shared: the one whose type stands for x. */
static int check_arguments(const struct ns_expression_node **shared, struct ns_expression *expression,
	const struct ns_expression_function *function, const uint32_t *arguments, size_t count, struct ns_err *err)
{
	*shared = NULL;
	for (size_t i = 0; i < count; i++) {
		const struct ns_expression_node *node = &expression->nodes[arguments[i]];
		char wanted = letter(function, i, count);
		if (wanted >= 'A' && wanted <= 'Z' && !ns_expression_is_constant(node))
			return ns_expression_fail(expression, node->place, err, "this has to be a constant");
		wanted = (char)tolower(wanted);
		if (wanted == 'n' || wanted == 't')
			NS_TRY(require(expression, node, wanted == 'n' ? NS_NUMBER : NS_TEXT, err));
		else if (wanted == 'x' && *shared)
			NS_TRY(unite(expression, *shared, node, err));
		else if (wanted == 'x')
			*shared = node;
	}
	return NS_OK;
}

static bool all_constant(const struct ns_expression *expression, const struct ns_expression_node *node)
{
	for (size_t i = 0; i < node->count; i++) {
		const struct ns_expression_node *argument = &expression->nodes[node->arguments[i]];
		if (!ns_expression_is_constant(argument) || ns_expression_type_of(expression, argument->type)->type == NS_UNDECIDED)
			return false;
	}
	return true;
}

/* Arguments that have to be constant are part of the function from here on. */
static int prepare(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	NS_TRY(node->function->prepare(expression, node, err));
	size_t count = node->count;
	while (node->count && letter(node->function, node->count - 1, count) <= 'Z')
		node->count--;
	expression->nodes_count -= count - node->count;
	return NS_OK;
}

/* The call becomes a constant; its arguments are the last nodes and go. What cannot be evaluated is said when there are rows. */
static void fold(struct ns_expression *expression, struct ns_expression_node *node)
{
	if (!ns_expression_fold(expression, node))
		return;
	expression->nodes_count -= node->count;
	node->function = NULL;
	node->count = 0;
}

int ns_expression_add_call(uint32_t *node, struct ns_expression *expression, const struct ns_expression_function *function,
	const uint32_t *arguments, size_t count, size_t place, struct ns_err *err)
{
	const struct ns_expression_node *shared;
	NS_TRY(check_count(expression, function, count, place, err));
	NS_TRY(check_arguments(&shared, expression, function, arguments, count, err));
	char result = function->types[0];
	size_t type = result == 'x' ? shared->type : add_type(expression, result == 'n' ? NS_NUMBER : NS_TEXT, place);
	uint32_t *copy = NS_NEW_ARRAY(expression->arena, uint32_t, count);
	memcpy(copy, arguments, count * sizeof *copy);
	struct ns_expression_node call = {.function = function, .column = SIZE_MAX, .place = place, .type = type, .arguments = copy, .count = count,
		.number = NAN};
	if (function->prepare)
		NS_TRY(prepare(expression, &call, err));
	if (all_constant(expression, &call))
		fold(expression, &call);
	*node = add_node(expression, call);
	return NS_OK;
}
