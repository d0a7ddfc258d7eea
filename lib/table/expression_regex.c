#include "table/expression_functions.h"

#include <math.h>

#include "table/regex.h"

/* The place of a byte of the pattern in the expression, where the pattern stands there in quotes. */
static size_t place_of(const struct ns_expression *expression, const struct ns_expression_node *pattern, size_t wrong)
{
	const char *at = expression->text + ns_expression_byte(expression, pattern->place - 1);
	char quote = *at;
	if (quote != '\'' && quote != '"')
		return pattern->place;
	size_t place = pattern->place + 1;
	for (at++; wrong--; at += 1 + (*at == quote))
		place += (((unsigned char)*at & 0xc0) != 0x80) + (*at == quote);
	return place;
}

int ns_expression_prepare_matches(struct ns_expression *expression, struct ns_expression_node *node, struct ns_err *err)
{
	const struct ns_expression_node *pattern = &expression->nodes[node->arguments[1]];
	struct ns_regex *regex;
	struct ns_err reason;
	size_t wrong;
	if (!pattern->text.data)
		return ns_expression_fail(expression, pattern->place, err, "the pattern is missing");
	if (ns_regex_compile(&regex, &wrong, pattern->text, expression->arena, &reason) != NS_OK)
		return ns_expression_fail(expression, place_of(expression, pattern, wrong), err, "%s", reason.text);
	node->prepared = regex;
	return NS_OK;
}

void ns_expression_matches(struct ns_expression_call *call)
{
	const struct ns_span *s = call->arguments[0]->texts;
	for (size_t row = 0; row < call->rows; row++) {
		bool found = false;
		if (s[row].data && (call->problem = ns_regex_match(&found, call->prepared, s[row])) != NULL) {
			call->bad_row = row;
			return;
		}
		call->numbers[row] = s[row].data ? found : NAN;
	}
}
