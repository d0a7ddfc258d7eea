#include "table/expression_parts.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool begins_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_word(char c)
{
	return begins_word(c) || is_digit(c) || c == '.';
}

/* Over so many bytes, which begin and end between characters. */
static void pass(struct ns_lexer *lexer, size_t size)
{
	const char *at = lexer->expression->text + lexer->at;
	for (size_t i = 0; i < size; i++)
		lexer->place += ((unsigned char)at[i] & 0xc0) != 0x80;
	lexer->at += size;
}

static void pass_blanks(struct ns_lexer *lexer)
{
	pass(lexer, strspn(lexer->expression->text + lexer->at, " \t\r\n"));
}

/* What stands between quotes; a quote within is doubled. */
static int read_quoted(struct ns_token *token, struct ns_lexer *lexer, const char *what, struct ns_err *err)
{
	const char *start = lexer->expression->text + lexer->at, *end = start + 1;
	char quote = *start;
	while (*end && (*end != quote || end[1] == quote))
		end += 1 + (*end == quote);
	if (!*end)
		return ns_expression_fail(lexer->expression, token->place, err, "the %s that begins here has no end: %c is missing", what, quote);
	char *text = ns_alloc(lexer->expression->arena, (size_t)(end - start));
	size_t size = 0;
	for (const char *at = start + 1; at < end; at += 1 + (*at == quote))
		text[size++] = *at;
	token->text = (struct ns_span){text, size};
	pass(lexer, (size_t)(end + 1 - start));
	return NS_OK;
}

static int read_number(struct ns_token *token, struct ns_lexer *lexer, struct ns_err *err)
{
	const char *start = lexer->expression->text + lexer->at, *at = start;
	for (; is_digit(*at) || *at == '.'; at++)
		;
	if ((*at == 'e' || *at == 'E') && (is_digit(at[1]) || ((at[1] == '+' || at[1] == '-') && is_digit(at[2]))))
		for (at += 2; is_digit(*at); at++)
			;
	for (; continues_word(*at); at++)
		;
	size_t size = (size_t)(at - start);
	if (!ns_number_parse(&token->number, start, size))
		return ns_expression_fail(lexer->expression, token->place, err,
			"'%.*s' is not a number (a name that begins with a digit stands between backquotes)", (int)size, start);
	if (isinf(token->number))
		return ns_expression_fail(lexer->expression, token->place, err, "'%.*s' is beyond the largest number", (int)size, start);
	token->kind = NS_TOKEN_NUMBER;
	pass(lexer, size);
	return NS_OK;
}

static void read_word(struct ns_token *token, struct ns_lexer *lexer)
{
	const char *start = lexer->expression->text + lexer->at, *at = start;
	for (; continues_word(*at); at++)
		;
	size_t size = (size_t)(at - start);
	token->kind = NS_TOKEN_WORD;
	token->text = (struct ns_span){ns_strndup(lexer->expression->arena, start, size), size};
	pass(lexer, size);
}

/* Symbols of other languages, and what they are here. */
static const char *const others[][2] = {
	{"&&", "and"}, {"||", "or"}, {"**", "^"}, {"=~", "matches(text, 'pattern')"}, {"=>", ">="}, {"=<", "<="}, {"//", "floor(a / b)"},
};

static int read_symbol(struct ns_token *token, struct ns_lexer *lexer, struct ns_err *err)
{
	static const char *const longer[] = {"==", "!=", "<>", "<=", ">="};
	static const char codes[] = "ENNLG";
	const char *at = lexer->expression->text + lexer->at;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strncmp(at, others[i][0], 2) == 0)
			return ns_expression_fail(lexer->expression, token->place, err, "'%s' is nothing here: write %s", others[i][0], others[i][1]);
	token->kind = NS_TOKEN_SYMBOL;
	for (size_t i = 0; i < sizeof longer / sizeof *longer; i++)
		if (strncmp(at, longer[i], 2) == 0) {
			token->symbol = codes[i];
			pass(lexer, 2);
			return NS_OK;
		}
	if (*at == '!')
		return ns_expression_fail(lexer->expression, token->place, err, "'!' is nothing here: write not");
	if (!strchr("+-*/%^(),=<>", *at))
		return ns_expression_fail(lexer->expression, token->place, err, "'%c' is nothing here", *at);
	token->symbol = *at;
	pass(lexer, 1);
	return NS_OK;
}

int ns_lexer_next(struct ns_token *token, struct ns_lexer *lexer, struct ns_err *err)
{
	pass_blanks(lexer);
	const char *at = lexer->expression->text + lexer->at;
	*token = (struct ns_token){.kind = NS_TOKEN_END, .place = lexer->place};
	if (!*at)
		return NS_OK;
	if (is_digit(*at) || (*at == '.' && is_digit(at[1])))
		return read_number(token, lexer, err);
	if (begins_word(*at)) {
		read_word(token, lexer);
		return NS_OK;
	}
	if (*at == '\'' || *at == '"') {
		token->kind = NS_TOKEN_TEXT;
		return read_quoted(token, lexer, "text", err);
	}
	if (*at == '`') {
		token->kind = NS_TOKEN_NAME;
		NS_TRY(read_quoted(token, lexer, "name", err));
		return token->text.size ? NS_OK : ns_expression_fail(lexer->expression, token->place, err, "the name between the backquotes is empty");
	}
	return read_symbol(token, lexer, err);
}
