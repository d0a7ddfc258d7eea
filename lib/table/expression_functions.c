#include "table/expression_functions.h"

#include <string.h>

#include "base/opt.h"

enum { MANY = NS_EXPRESSION_ARGUMENTS };

const struct ns_expression_function ns_expression_functions[] = {
	{"if", "condition, a, ..., otherwise", "a where the condition is true; more pairs of condition and value may follow", "xcx", 3, MANY, ns_expression_if, NULL},
	{"is_missing", "x", "true where x is missing, false where it is not", "na", 1, 1, ns_expression_is_missing, NULL},
	{"coalesce", "x, y, ...", "the first that is not missing", "xx", 1, MANY, ns_expression_coalesce, NULL},

	{"abs", "x", "without its sign", "nn", 1, 1, ns_expression_abs, NULL},
	{"sign", "x", "-1, 0 or 1", "nn", 1, 1, ns_expression_sign, NULL},
	{"floor", "x", "the next whole number below", "nn", 1, 1, ns_expression_floor, NULL},
	{"ceil", "x", "the next whole number above", "nn", 1, 1, ns_expression_ceil, NULL},
	{"trunc", "x", "without its fraction", "nn", 1, 1, ns_expression_trunc, NULL},
	{"round", "x[, digits]", "the nearest number with so many decimals (0), the even one of two as near", "nnN", 1, 2, ns_expression_round,
		ns_expression_prepare_round},
	{"min", "a, b, ...", "the least", "nn", 2, MANY, ns_expression_min, NULL},
	{"max", "a, b, ...", "the greatest", "nn", 2, MANY, ns_expression_max, NULL},
	{"clip", "x, low, high", "low where x is below it, high where it is above that", "nn", 3, 3, ns_expression_clip, NULL},
	{"ratio", "a, b, otherwise", "a / b; otherwise where b is 0", "nn", 3, 3, ns_expression_ratio, NULL},
	{"bucket", "x, bound, ...", "how many of the bounds, constants that ascend, are at most x: 0, 1, ...", "nnN", 2, MANY, ns_expression_bucket,
		ns_expression_prepare_bucket},
	{"sqrt", "x", "the square root", "nn", 1, 1, ns_expression_sqrt, NULL},
	{"exp", "x", "e to the power of x", "nn", 1, 1, ns_expression_exp, NULL},
	{"expm1", "x", "exp(x) - 1, precise near 0", "nn", 1, 1, ns_expression_expm1, NULL},
	{"log", "x", "the natural logarithm", "nn", 1, 1, ns_expression_log, NULL},
	{"log1p", "x", "log(1 + x), precise near 0", "nn", 1, 1, ns_expression_log1p, NULL},
	{"log2", "x", "the logarithm to base 2", "nn", 1, 1, ns_expression_log2, NULL},
	{"log10", "x", "the logarithm to base 10", "nn", 1, 1, ns_expression_log10, NULL},

	{"length", "s", "how many characters", "nt", 1, 1, ns_expression_length, NULL},
	{"count", "s, characters", "how many characters of s are among these", "nt", 2, 2, ns_expression_count, NULL},
	{"contains", "s, t", "true where t is somewhere in s", "nt", 2, 2, ns_expression_contains, NULL},
	{"starts_with", "s, t", "true where s begins with t", "nt", 2, 2, ns_expression_starts_with, NULL},
	{"ends_with", "s, t", "true where s ends with t", "nt", 2, 2, ns_expression_ends_with, NULL},
	{"matches", "s, pattern", "true where the regular expression, a constant, matches somewhere in s", "ntT", 2, 2, ns_expression_matches,
		ns_expression_prepare_matches},
	{"entropy", "s", "Shannon's entropy of its characters in bits", "nt", 1, 1, ns_expression_entropy, NULL},
	{"number", "s", "the number that s is, blanks around it aside; missing where it is none", "nt", 1, 1, ns_expression_number, NULL},

	{"text", "x", "the shortest decimal that reads back as the number", "tn", 1, 1, ns_expression_text, NULL},
	{"lower", "s", "in small letters, as far as they are ASCII", "tt", 1, 1, ns_expression_lower, NULL},
	{"upper", "s", "in capitals, as far as they are ASCII", "tt", 1, 1, ns_expression_upper, NULL},
	{"trim", "s[, characters]", "without the blanks, or these characters, at both ends", "tt", 1, 2, ns_expression_trim, NULL},
	{"part", "s, separator, n", "the n-th of the parts between the separators, from 1 or from the end, -1; missing where there is none", "tttn", 3, 3,
		ns_expression_part, ns_expression_prepare_part},
	{"slice", "s, from, to", "its characters from one place to another, from 1 or from the end, -1", "ttn", 3, 3, ns_expression_slice, NULL},
	{"concat", "s, t, ...", "one behind the other", "tt", 1, MANY, ns_expression_concat, NULL},
	{"replace", "s, what, with", "with instead of each what", "tt", 3, 3, ns_expression_replace, NULL},
	{0},
};

static const struct ns_expression_function operators[] = {
	{"or", "", "", "nn", 2, 2, ns_expression_or, NULL},
	{"and", "", "", "nn", 2, 2, ns_expression_and, NULL},
	{"not", "", "", "nn", 1, 1, ns_expression_not, NULL},
	{"=", "", "", "nx", 2, 2, ns_expression_equal, ns_expression_prepare_comparison},
	{"!=", "", "", "nx", 2, 2, ns_expression_unequal, ns_expression_prepare_comparison},
	{"<", "", "", "nx", 2, 2, ns_expression_less, ns_expression_prepare_comparison},
	{"<=", "", "", "nx", 2, 2, ns_expression_less_equal, ns_expression_prepare_comparison},
	{">", "", "", "nx", 2, 2, ns_expression_greater, ns_expression_prepare_comparison},
	{">=", "", "", "nx", 2, 2, ns_expression_greater_equal, ns_expression_prepare_comparison},
	{"in", "", "", "nxX", 2, SIZE_MAX, ns_expression_in, ns_expression_prepare_in},
	{"+", "", "", "nn", 2, 2, ns_expression_add, NULL},
	{"-", "", "", "nn", 2, 2, ns_expression_subtract, NULL},
	{"*", "", "", "nn", 2, 2, ns_expression_multiply, NULL},
	{"/", "", "", "nn", 2, 2, ns_expression_divide, NULL},
	{"%", "", "", "nn", 2, 2, ns_expression_modulo, NULL},
	{"negate", "", "", "nn", 1, 1, ns_expression_negate, NULL},
	{"plus", "", "", "nn", 1, 1, ns_expression_plus, NULL},
	{"^", "", "", "nn", 2, 2, ns_expression_power, NULL},
	{0},
};

static const struct ns_expression_function *find(const struct ns_expression_function *table, const char *name)
{
	while (table->name && strcmp(table->name, name) != 0)
		table++;
	return table->name ? table : NULL;
}

const struct ns_expression_function *ns_expression_find(const char *name)
{
	return find(ns_expression_functions, name);
}

const struct ns_expression_function *ns_expression_operator(const char *name)
{
	return find(operators, name);
}

int ns_expression_fail_function(const struct ns_expression *expression, const struct ns_token *name, struct ns_err *err)
{
	const char *names[sizeof ns_expression_functions / sizeof *ns_expression_functions];
	size_t count = 0;
	for (const struct ns_expression_function *function = ns_expression_functions; function->name; function++)
		names[count++] = function->name;
	const char *near = ns_nearest_name(name->text.data, names, count);
	if (near)
		return ns_expression_fail(expression, name->place, err, "no function '%s' (did you mean '%s'?)", name->text.data, near);
	return ns_expression_fail(expression, name->place, err, "no function '%s' (ns-derive --functions lists them)", name->text.data);
}
