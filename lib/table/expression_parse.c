#include "table/expression_parts.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

struct parser {
	struct ns_lexer lexer;
	struct ns_token token; /* the one that comes next */
	size_t depth;
	uint32_t *operands; /* nodes that wait for their function */
	size_t count;
	struct ns_err *err;
};

static int fail(const struct parser *parser, const char *what)
{
	const struct ns_token *token = &parser->token;
	if (token->kind == NS_TOKEN_END)
		return ns_expression_fail(parser->lexer.expression, token->place, parser->err, "the expression ends where %s should stand", what);
	return ns_expression_fail(parser->lexer.expression, token->place, parser->err, "%s should stand here", what);
}

static int next(struct parser *parser)
{
	return ns_lexer_next(&parser->token, &parser->lexer, parser->err);
}

static bool is_symbol(const struct parser *parser, char symbol)
{
	return parser->token.kind == NS_TOKEN_SYMBOL && parser->token.symbol == symbol;
}

static bool is_word(const struct parser *parser, const char *word)
{
	return parser->token.kind == NS_TOKEN_WORD && strcmp(parser->token.text.data, word) == 0;
}

static int expect(struct parser *parser, char symbol, const char *what)
{
	if (!is_symbol(parser, symbol))
		return fail(parser, what);
	return next(parser);
}

/* Takes the last `count` operands away and leaves what the function makes of them. */
static int call(struct parser *parser, const struct ns_expression_function *function, size_t count, size_t place)
{
	parser->count -= count;
	uint32_t *arguments = parser->operands + parser->count;
	NS_TRY(ns_expression_add_call(arguments, parser->lexer.expression, function, arguments, count, place, parser->err));
	parser->count++;
	return NS_OK;
}

static int call_operator(struct parser *parser, const char *name, size_t count, size_t place)
{
	return call(parser, ns_expression_operator(name), count, place);
}

static int parse_or(struct parser *parser);

/* One level further in: what can contain itself comes by here. */
static int parse_inner(struct parser *parser, int (*parse)(struct parser *parser))
{
	if (parser->depth == NS_EXPRESSION_DEPTH)
		return ns_expression_fail(parser->lexer.expression, parser->token.place, parser->err, "more than %d levels within one another",
			NS_EXPRESSION_DEPTH);
	parser->depth++;
	NS_TRY(parse(parser));
	parser->depth--;
	return NS_OK;
}

/* The values between the parentheses, the first of which was passed. */
static int parse_list(size_t *count, struct parser *parser)
{
	*count = 0;
	while (!is_symbol(parser, ')')) {
		if (*count)
			NS_TRY(expect(parser, ',', "a comma or a closing parenthesis"));
		NS_TRY(parse_inner(parser, parse_or));
		++*count;
	}
	return next(parser);
}

static int parse_function(struct parser *parser, const struct ns_token *name)
{
	const struct ns_expression_function *function = ns_expression_find(name->text.data);
	if (!function)
		return ns_expression_fail_function(parser->lexer.expression, name, parser->err);
	size_t count;
	NS_TRY(next(parser));
	NS_TRY(parse_list(&count, parser));
	return call(parser, function, count, name->place);
}

static bool is_reserved(const char *word)
{
	static const char *const words[] = {"and", "false", "if", "in", "missing", "not", "or", "true"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* A column, a function or true, false, missing. */
static int parse_word(struct parser *parser)
{
	struct ns_token word = parser->token;
	struct ns_expression *expression = parser->lexer.expression;
	NS_TRY(next(parser));
	uint32_t *operand = &parser->operands[parser->count];
	if (is_symbol(parser, '('))
		return parse_function(parser, &word);
	parser->count++;
	if (strcmp(word.text.data, "true") == 0 || strcmp(word.text.data, "false") == 0)
		*operand = ns_expression_add_number(expression, word.text.data[0] == 't', word.place);
	else if (strcmp(word.text.data, "missing") == 0)
		*operand = ns_expression_add_missing(expression, word.place);
	else
		*operand = ns_expression_add_column(expression, word.text.data, word.place);
	return NS_OK;
}

static int parse_value(struct parser *parser)
{
	struct ns_token token = parser->token;
	uint32_t *operand = &parser->operands[parser->count];
	switch (token.kind) {
	case NS_TOKEN_NUMBER:
		*operand = ns_expression_add_number(parser->lexer.expression, token.number, token.place);
		break;
	case NS_TOKEN_TEXT:
		*operand = ns_expression_add_text(parser->lexer.expression, token.text, token.place);
		break;
	case NS_TOKEN_NAME:
		*operand = ns_expression_add_column(parser->lexer.expression, token.text.data, token.place);
		break;
	case NS_TOKEN_WORD:
		if (is_reserved(token.text.data) && !is_word(parser, "true") && !is_word(parser, "false") && !is_word(parser, "missing") &&
		    !is_word(parser, "if"))
			return fail(parser, "a value");
		return parse_word(parser);
	case NS_TOKEN_SYMBOL:
	case NS_TOKEN_END:
		if (!is_symbol(parser, '('))
			return fail(parser, "a value");
		NS_TRY(next(parser));
		NS_TRY(parse_inner(parser, parse_or));
		return expect(parser, ')', "an operator or a closing parenthesis");
	}
	parser->count++;
	return next(parser);
}

/* a ^ b ^ c is a ^ (b ^ c), -a ^ b is -(a ^ b), a ^ -b is what it looks like. */
static int parse_sign(struct parser *parser)
{
	size_t place = parser->token.place;
	if (is_symbol(parser, '-')) {
		NS_TRY(next(parser));
		NS_TRY(parse_inner(parser, parse_sign));
		return call_operator(parser, "negate", 1, place);
	}
	if (is_symbol(parser, '+')) {
		NS_TRY(next(parser));
		NS_TRY(parse_inner(parser, parse_sign));
		return call_operator(parser, "plus", 1, place);
	}
	NS_TRY(parse_value(parser));
	place = parser->token.place;
	if (!is_symbol(parser, '^'))
		return NS_OK;
	NS_TRY(next(parser));
	NS_TRY(parse_inner(parser, parse_sign));
	return call_operator(parser, "^", 2, place);
}

/* Operators of one level, which go to the left. */
static int parse_left(struct parser *parser, const char *symbols, int (*parse)(struct parser *parser))
{
	NS_TRY(parse(parser));
	while (parser->token.kind == NS_TOKEN_SYMBOL && strchr(symbols, parser->token.symbol)) {
		char name[2] = {parser->token.symbol, '\0'};
		size_t place = parser->token.place;
		NS_TRY(next(parser));
		NS_TRY(parse(parser));
		NS_TRY(call_operator(parser, name, 2, place));
	}
	return NS_OK;
}

static int parse_product(struct parser *parser)
{
	return parse_left(parser, "*/%", parse_sign);
}

static int parse_sum(struct parser *parser)
{
	return parse_left(parser, "+-", parse_product);
}

static int parse_in(struct parser *parser, bool not)
{
	size_t place = parser->token.place, count;
	NS_TRY(next(parser));
	NS_TRY(expect(parser, '(', "a list between parentheses"));
	if (is_symbol(parser, ')'))
		return fail(parser, "a value");
	NS_TRY(parse_list(&count, parser));
	NS_TRY(call_operator(parser, "in", count + 1, place));
	return not ? call_operator(parser, "not", 1, place) : NS_OK;
}

/* The operator that comes next, by its function's name; NULL: it is no comparison. */
static const char *comparison(const struct parser *parser)
{
	static const char symbols[] = "=EN<L>G";
	static const char *const names[] = {"=", "=", "!=", "<", "<=", ">", ">="};
	if (parser->token.kind != NS_TOKEN_SYMBOL)
		return NULL;
	const char *found = strchr(symbols, parser->token.symbol);
	return found ? names[found - symbols] : NULL;
}

static int parse_comparison(struct parser *parser)
{
	NS_TRY(parse_sum(parser));
	const char *name = comparison(parser);
	if (name) {
		size_t place = parser->token.place;
		NS_TRY(next(parser));
		NS_TRY(parse_sum(parser));
		NS_TRY(call_operator(parser, name, 2, place));
	} else if (is_word(parser, "in")) {
		NS_TRY(parse_in(parser, false));
	} else if (is_word(parser, "not")) {
		NS_TRY(next(parser));
		if (!is_word(parser, "in"))
			return fail(parser, "in, for not in (...),");
		NS_TRY(parse_in(parser, true));
	}
	if (comparison(parser) || is_word(parser, "in"))
		return ns_expression_fail(parser->lexer.expression, parser->token.place, parser->err,
			"a comparison of a comparison: write a < b and b < c, or parentheses");
	return NS_OK;
}

static int parse_not(struct parser *parser)
{
	if (!is_word(parser, "not"))
		return parse_comparison(parser);
	size_t place = parser->token.place;
	NS_TRY(next(parser));
	NS_TRY(parse_inner(parser, parse_not));
	return call_operator(parser, "not", 1, place);
}

/* Words are operators here. */
static int parse_words(struct parser *parser, const char *word, int (*parse)(struct parser *parser))
{
	NS_TRY(parse(parser));
	while (is_word(parser, word)) {
		size_t place = parser->token.place;
		NS_TRY(next(parser));
		NS_TRY(parse(parser));
		NS_TRY(call_operator(parser, word, 2, place));
	}
	return NS_OK;
}

static int parse_and(struct parser *parser)
{
	return parse_words(parser, "and", parse_not);
}

static int parse_or(struct parser *parser)
{
	return parse_words(parser, "or", parse_and);
}

/* NAME = */
static int parse_name(const char **name, struct parser *parser)
{
	struct ns_token token = parser->token;
	if (token.kind == NS_TOKEN_WORD && is_reserved(token.text.data))
		return ns_expression_fail(parser->lexer.expression, token.place, parser->err,
			"'%s' is a word of the language: a column of that name stands between backquotes", token.text.data);
	if (token.kind != NS_TOKEN_WORD && token.kind != NS_TOKEN_NAME)
		return fail(parser, "the new column's name (NAME = EXPRESSION)");
	NS_TRY(next(parser));
	*name = token.text.data;
	return expect(parser, '=', "= after the new column's name (NAME = EXPRESSION, `some name` = EXPRESSION)");
}

static int parse_all(const char **name, struct parser *parser)
{
	NS_TRY(next(parser));
	if (name)
		NS_TRY(parse_name(name, parser));
	NS_TRY(parse_or(parser));
	const struct ns_token *token = &parser->token;
	static const char *const words[] = {"and", "or", "not", "in"};
	for (size_t i = 0; token->kind == NS_TOKEN_WORD && i < sizeof words / sizeof *words; i++)
		if (strcasecmp(token->text.data, words[i]) == 0)
			return ns_expression_fail(parser->lexer.expression, token->place, parser->err, "an operator should stand here (did you mean '%s'?)", words[i]);
	return token->kind == NS_TOKEN_END ? NS_OK : fail(parser, is_symbol(parser, ')') ? "an operator or the end, not a parenthesis that nothing opened," : "an operator");
}

/* Where the text is no UTF-8, and how far it goes. */
static int check_text(struct ns_expression *expression, struct ns_err *err)
{
	size_t place = 1;
	for (size_t at = 0, length; at < expression->size; at += length, place++)
		if ((length = ns_utf8_length(expression->text + at, expression->size - at)) == 0)
			return ns_expression_fail(expression, place, err, "this is not UTF-8");
	return NS_OK;
}

int ns_expression_parse(struct ns_expression **out, const char **name, const char *text, struct ns_arena *arena, struct ns_err *err)
{
	size_t size = strlen(text);
	struct ns_expression *expression = NS_NEW(arena, struct ns_expression);
	if (size > NS_EXPRESSION_SIZE)
		return ns_fail(err, NS_ECALL, "an expression has %zu bytes; at most %d are allowed", size, NS_EXPRESSION_SIZE);
	*expression = (struct ns_expression){
		.text = ns_strndup(arena, text, size),
		.size = size,
		.arena = arena,
		.nodes = NS_NEW_ARRAY(arena, struct ns_expression_node, size + 1),
		.types = NS_NEW_ARRAY(arena, struct ns_expression_type, size + 1),
		.columns = NS_NEW_ARRAY(arena, struct ns_expression_column, size + 1),
		.column_types = NS_NEW_ARRAY(arena, size_t, size + 1),
	};
	NS_TRY(check_text(expression, err));
	struct parser parser = {.lexer = {expression, 0, 1}, .operands = NS_NEW_ARRAY(arena, uint32_t, size + 1), .err = err};
	NS_TRY(parse_all(name, &parser));
	for (size_t i = 0; i < expression->columns_count; i++)
		expression->columns[i].type = ns_expression_type_of(expression, expression->column_types[i])->type;
	*out = expression;
	return NS_OK;
}
