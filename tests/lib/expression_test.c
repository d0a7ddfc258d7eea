#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "table/expression.h"
#include "table/stream.h"

static struct ns_arena arena;
static struct ns_err err;

static int set_up(void **state)
{
	(void)state;
	arena = NS_ARENA_INIT;
	err.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

/* Three rows: columns of one letter from a to m hold numbers, from n on texts; other names hold what they are used as. */
enum { ROWS = 3 };
static double a_numbers[ROWS] = {1, NAN, 2.5}, b_numbers[ROWS] = {-3, 0, 7}, other_numbers[ROWS] = {1e300, -INFINITY, 0};
static const struct ns_span s_texts[ROWS] = {{"http://ab.cd/x?y", 16}, {NULL, 0}, {"h\xc3\xa4llo W\xc3\x96RLD", 13}},
	t_texts[ROWS] = {{"ab", 2}, {"b", 1}, {"", 0}}, other_texts[ROWS] = {{" 42 ", 4}, {"\xff\xc3(\xe2\x82", 5}, {"1e999", 5}};

static void fill(struct ns_column *column, enum ns_type *type, const struct ns_expression_column *wanted)
{
	*type = wanted->type ? wanted->type : wanted->name[0] >= 'n' ? NS_TEXT : NS_NUMBER;
	column->name = wanted->name;
	char name = strlen(wanted->name) == 1 ? *wanted->name : '?';
	if (*type == NS_NUMBER)
		ns_column_set_numbers(column, name == 'a' ? a_numbers : name == 'b' ? b_numbers : other_numbers);
	else
		assert_int_equal(ns_column_set_text(column, name == 's' ? s_texts : name == 't' ? t_texts : other_texts, ROWS, &arena, &err), NS_OK);
}

/* The three results, between bars: "1||2.5"; -- is a missing text. */
static const char *printed(const struct ns_column *column)
{
	char *out = ns_strdup(&arena, "");
	for (size_t row = 0; row < ROWS; row++) {
		char number[NS_NUMBER_MAX];
		struct ns_span s = {number, 0};
		if (column->type == NS_NUMBER)
			s.size = ns_number_print(number, column->numbers[row]);
		else
			s = ns_column_text(column, row).data ? ns_column_text(column, row) : (struct ns_span){"--", 2};
		out = ns_format(&arena, "%s%s%.*s", out, row ? "|" : "", (int)s.size, s.data);
	}
	return out;
}

static int evaluate(struct ns_column *out, const char *text)
{
	struct ns_expression *expression;
	const struct ns_expression_column *wanted;
	NS_TRY(ns_expression_parse(&expression, NULL, text, &arena, &err));
	size_t count = ns_expression_columns(&wanted, expression);
	struct ns_table batch = {.rows = ROWS, .width = count, .source = "train.csv", .columns = NS_NEW_ARRAY(&arena, struct ns_column, count)};
	enum ns_type *types = NS_NEW_ARRAY(&arena, enum ns_type, count);
	size_t *at = NS_NEW_ARRAY(&arena, size_t, count);
	for (size_t i = 0; i < count; i++) {
		at[i] = count - 1 - i;
		fill(&batch.columns[at[i]], &types[i], &wanted[i]);
	}
	NS_TRY(ns_expression_bind(expression, types, &err));
	out->name = "kept";
	NS_TRY(ns_expression_evaluate(out, expression, &batch, at, &arena, &err));
	assert_int_equal(out->type, ns_expression_type(expression));
	assert_string_equal(out->name, "kept");
	return NS_OK;
}

struct good {
	const char *text, *results;
};

static void check(const struct good *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ns_column out = {0};
		if (evaluate(&out, cases[i].text) != NS_OK)
			fail_msg("%s", err.text);
		if (strcmp(printed(&out), cases[i].results) != 0)
			fail_msg("%s: %s, not %s", cases[i].text, printed(&out), cases[i].results);
	}
}

static void operators_go_by_rank(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{"1 + 2 * 3", "7|7|7"},
		{"(1 + 2) * 3", "9|9|9"},
		{"10 - 3 - 2", "5|5|5"},
		{"12 / 3 / 2 * 5 % 4", "2|2|2"},
		{"2 ^ 3 ^ 2", "512|512|512"},
		{"-2 ^ 2", "-4|-4|-4"},
		{"(-2) ^ 2", "4|4|4"},
		{"2 ^ -1", "0.5|0.5|0.5"},
		{"2 ^ -2 ^ 2", "0.0625|0.0625|0.0625"},
		{"1 - -1 + +1", "3|3|3"},
		{"not 1 = 2", "1|1|1"},
		{"not not 5", "1|1|1"},
		{"true or false and false", "1|1|1"},
		{"not false and false", "0|0|0"},
		{"1 + 1 = 2 and 3 > 2", "1|1|1"},
		{"1 = 2 or 2 == 2", "1|1|1"},
		{"1 != 2 and 1 <> 2", "1|1|1"},
		{"b + 10 in (7, 17)", "1|0|1"},
		{"b not in (0, 7)", "1|0|0"},
		{"not b in (0, 7)", "1|0|0"},
		{"\"it's\" = 'it''s'", "1|1|1"},
		{"'say \"x\"' = \"say \"\"x\"\"\"", "1|1|1"},
		{".5 + 1e3 + 5. + 2E-1", "1005.7|1005.7|1005.7"},
		{" \t\r\na\n/ ( b+1 ) ", "-0.5||0.3125"},
		{"`a` + `a``b, c`", "1e+300||2.5"},
		{"a.x_1 + \xc3\xa4\xe6\x97\xa5", "2e+300||0"},
		{"if + length", "2e+300||0"},
		{"(((((a)))))", "1||2.5"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

static const struct good missing_cases[] = {
	{"a", "1||2.5"},
	{"s", "http://ab.cd/x?y|--|h\xc3\xa4llo W\xc3\x96RLD"},
	{"missing", "||"},
	{"coalesce(missing, missing)", "||"},
	{"is_missing(missing)", "1|1|1"},
	{"if(b > 0, missing, 'x')", "x|x|--"},
	{"a + missing", "||"},
	{"a < 2", "1||0"},
	{"s = 'x'", "0||0"},
	{"s != t", "1||1"},
	{"s in ('x', 'y')", "0||0"},
	{"a in (1)", "1||0"},
	{"a in (1, 2, 3, 4, 5, 6, 7, 2.5, 9, 10)", "1||1"},
	{"is_missing(a)", "0|1|0"},
	{"is_missing(s)", "0|1|0"},
	{"a and false", "0|0|0"},
	{"false and a", "0|0|0"},
	{"a and true", "1||1"},
	{"a or true", "1|1|1"},
	{"true or a", "1|1|1"},
	{"a or false", "1||1"},
	{"missing and missing", "||"},
	{"missing or missing", "||"},
	{"missing and false", "0|0|0"},
	{"not a", "0||0"},
	{"not missing", "||"},
	{"if(a > 1, 10, 20)", "20||10"},
	{"if(b > 0, a, b = 0, 5, 9)", "9|5|2.5"},
	{"if(b > 0, s, b < 0, t, 'none')", "ab|none|h\xc3\xa4llo W\xc3\x96RLD"},
	{"coalesce(a, b)", "1|0|2.5"},
	{"coalesce(a, missing, -1)", "1|-1|2.5"},
	{"coalesce(s, t)", "http://ab.cd/x?y|b|h\xc3\xa4llo W\xc3\x96RLD"},
	{"min(b, a)", "-3||2.5"},
	{"clip(b, a, 100)", "1||7"},
	{"clip(b, -1, missing)", "||"},
	{"ratio(a, b, 9)", "-0.3333333333333333|9|0.35714285714285715"},
	{"ratio(missing, b, 9)", "|9|"},
	{"bucket(a, 1, 2)", "1||2"},
	{"concat(s, '!')", "http://ab.cd/x?y!|--|h\xc3\xa4llo W\xc3\x96RLD!"},
	{"text(a)", "1|--|2.5"},
	{"length(s)", "16||11"},
	{"count(s, 'l')", "0||2"},
	{"count('all', s)", "1||2"},
	{"contains(s, 'l')", "0||1"},
	{"contains('abc', t)", "1|1|1"},
	{"starts_with(s, t)", "0||1"},
	{"ends_with(s, 'y')", "1||0"},
	{"matches(s, '^h')", "1||1"},
	{"entropy(s)", "3.577819531114783||3.277613436819115"},
	{"number(s)", "||"},
	{"lower(s)", "http://ab.cd/x?y|--|h\xc3\xa4llo w\xc3\x96rld"},
	{"upper(s)", "HTTP://AB.CD/X?Y|--|H\xc3\xa4LLO W\xc3\x96RLD"},
	{"trim(s, 'hy')", "ttp://ab.cd/x?|--|\xc3\xa4llo W\xc3\x96RLD"},
	{"part(s, '/', 3)", "ab.cd|--|--"},
	{"part(t, 'b', 2)", "||--"},
	{"slice(s, 1, 1)", "h|--|h"},
	{"replace(s, t, 'X')", "http://X.cd/x?y|--|h\xc3\xa4llo W\xc3\x96RLD"},
};

static void missing_values_go_on_but_where_they_decide_nothing(void **state)
{
	(void)state;
	check(missing_cases, sizeof missing_cases / sizeof *missing_cases);
}

static void what_is_not_finite_is_missing(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{"c", "1e+300|-inf|0"},
		{"c < 0", "0|1|0"},
		{"c = c", "1|1|1"},
		{"min(c, 5)", "5|-inf|0"},
		{"if(b = 0, c, 1)", "1|-inf|1"},
		{"coalesce(c, 1)", "1e+300|-inf|0"},
		{"c + 1", "1e+300||1"},
		{"-c", "-1e+300||0"},
		{"abs(c)", "1e+300||0"},
		{"1 / c", "1e-300|0|"},
		{"c * c", "||0"},
		{"c * 1e300", "||0"},
		{"exp(c)", "|0|1"},
		{"log(c)", "690.7755278982137||"},
		{"sqrt(b)", "|0|2.6457513110645907"},
		{"0 / 0", "||"},
		{"0 * -1", "0|0|0"},
		{"0 ^ 0", "1|1|1"},
		{"0 ^ -1", "||"},
		{"(-8) ^ (1 / 3)", "||"},
		{"sign(c)", "1|-1|0"},
		{"bucket(c, -1e308, 1)", "2|0|1"},
		{"text(c)", "1e+300|-inf|0"},
		{"number(r)", "42||inf"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

static void numbers_are_rounded_and_divided_as_in_python(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{"7 % 3 + 10 * (-7 % 3) + 100 * (7 % -3)", "-179|-179|-179"},
		{"5.5 % 2", "1.5|1.5|1.5"},
		{"-5.5 % 2", "0.5|0.5|0.5"},
		{"a % 0", "||"},
		{"9007199254740993 % 10", "2|2|2"},
		{"round(0.5) + round(1.5) + round(2.5)", "4|4|4"},
		{"round(2.675, 2)", "2.68|2.68|2.68"},
		{"round(1234.5, -2)", "1200|1200|1200"},
		{"round(c, 2)", "1e+300||0"},
		{"floor(-0.5) + ceil(-0.5) + trunc(-1.5)", "-2|-2|-2"},
		{"clip(5, 7, 3)", "3|3|3"},
		{"log2(1024) + log2(1 / 8)", "7|7|7"},
		{"log10(1000) + log10(0.01)", "1|1|1"},
		{"3 ^ 30", "205891132094649|205891132094649|205891132094649"},
		{"10 ^ 22", "1e+22|1e+22|1e+22"},
		{"10 ^ -3", "0.001|0.001|0.001"},
		{"2 ^ -1074", "5e-324|5e-324|5e-324"},
		{"16 ^ 0.5", "4|4|4"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

static void texts_are_of_characters(void **state)
{
	(void)state;
	static const struct good cases[] = {
		{"length(r)", "4|5|5"}, /* what is no character counts by the byte */
		{"entropy('')", "0|0|0"},
		{"entropy('abab')", "1|1|1"},
		{"entropy('\xc3\xa4\xc3\xa4\xc3\xb6\xc3\xb6')", "1|1|1"},
		{"count('a\xc3\xa4\xe6\x97\xa5\xf0\x9f\x98\x80', '\xc3\xa4\xf0\x9f\x98\x80')", "2|2|2"},
		{"count(s, '')", "0||0"},
		{"contains(s, '')", "1||1"},
		{"trim('  x  ')", "x|x|x"},
		{"trim('\xc3\xa4\xc3\xb6x\xc3\xb6', '\xc3\xb6\xc3\xa4')", "x|x|x"},
		{"trim('aaa', 'a') = ''", "1|1|1"},
		{"trim('\xc3\xa4', '\xc3\xa4') = ''", "1|1|1"},
		{"part('a--b--c', '--', 2)", "b|b|b"},
		{"part('a--b--c', '--', -3)", "a|a|a"},
		{"part('a--b--c', '--', -4)", "--|--|--"},
		{"part('a--b--c', '--', 4)", "--|--|--"},
		{"part('abc', t, 1)", "|a|--"},
		{"part('abc', 'b', b)", "--|--|--"},
		{"slice('\xc3\xa4\xc3\xb6\xc3\xbc', 2, 3)", "\xc3\xb6\xc3\xbc|\xc3\xb6\xc3\xbc|\xc3\xb6\xc3\xbc"},
		{"slice('abc', -2, -1)", "bc|bc|bc"},
		{"slice('abc', -9, 9)", "abc|abc|abc"},
		{"slice('abc', 3, 2)", "||"},
		{"slice('abc', 0, 2)", "--|--|--"},
		{"slice('abc', 1, 1e9)", "abc|abc|abc"},
		{"slice('abc', a, 3)", "abc|--|--"},
		{"replace('aXbX', 'X', '')", "ab|ab|ab"},
		{"replace('aaa', 'aa', 'b')", "ba|ba|ba"},
		{"replace('abc', '', 'x')", "abc|abc|abc"},
		{"number(' \t1e3\n')", "1000|1000|1000"},
		{"number('')", "||"},
		{"lower('A\xc3\x84Z[@`')", "a\xc3\x84z[@`|a\xc3\x84z[@`|a\xc3\x84z[@`"},
		{"'a' < 'b' and 'a' < 'ab' and 'Z' < 'a' and not '' > ''", "1|1|1"},
		{"t in ('', 'ab', 'ab', 'x')", "1|0|1"},
		{"t >= 'b'", "0|1|0"},
		{"t <= 'b'", "1|1|1"},
		{"concat(text(b), ':', t)", "-3:ab|0:b|7:"},
		{"length(text(1 / 3))", "18|18|18"},
		{"matches(r, '\\(')", "0|1|0"},
		{"matches(r, '^\\d+e')", "0|0|1"},
		{"matches(s, '(?i)\xc3\xb6')", "0||1"},
		{"if(matches('it''s', 't''s$'), 'yes', 'no')", "yes|yes|yes"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

/* --- against numpy, SciPy and Python --- */

static void check_column(const struct ns_column *column, const struct ns_table *batch, const size_t *inputs)
{
	struct ns_expression *expression;
	const struct ns_expression_column *wanted;
	if (ns_expression_parse(&expression, NULL, column->name, &arena, &err) != NS_OK)
		fail_msg("%s", err.text);
	enum ns_type types[4];
	size_t at[4], count = ns_expression_columns(&wanted, expression);
	for (size_t i = 0; i < count; i++) {
		at[i] = inputs[strcmp(wanted[i].name, batch->columns[inputs[0]].name) != 0];
		types[i] = batch->columns[at[i]].type;
	}
	struct ns_column out = {0};
	assert_int_equal(ns_expression_bind(expression, types, &err), NS_OK);
	assert_int_equal(ns_expression_evaluate(&out, expression, batch, at, &arena, &err), NS_OK);
	for (size_t row = 0; row < batch->rows; row++) {
		if (out.type == NS_NUMBER) {
			double a = out.numbers[row], b = column->numbers[row];
			if (!(isnan(a) && isnan(b)) && !(a == b) && !(fabs(a - b) <= 1e-13 * fabs(b)))
				fail_msg("%s, row %zu: %.17g, not %.17g", column->name, row + 1, a, b);
		} else {
			struct ns_span a = ns_column_text(&out, row), b = ns_column_text(column, row);
			if (a.size != b.size || (a.size && memcmp(a.data, b.data, a.size) != 0))
				fail_msg("%s, row %zu: '%.*s', not '%.*s'", column->name, row + 1, (int)a.size, a.data, (int)b.size, b.data);
		}
	}
}

static void check_file(const char *path)
{
	struct ns_reader *reader;
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct ns_table *batch;
	char *paths[] = {ns_strdup(&arena, path)};
	assert_int_equal(ns_reader_open(&reader, paths, 1, &options, false, &arena, &err), NS_OK);
	size_t width = ns_reader_header(reader)->width;
	for (size_t i = 0; i < width; i++)
		assert_int_equal(ns_reader_want(reader, i, NS_UNDECIDED, &err), NS_OK);
	assert_int_equal(ns_reader_next(&batch, reader, &err), NS_OK);
	assert_true(width > 20 && batch->rows > 15);
	for (size_t i = 2; i < width; i++)
		check_column(&batch->columns[i], batch, (size_t[]){0, 1});
}

static void values_are_those_of_numpy(void **state)
{
	(void)state;
	check_file("tests/data/expression/numbers.csv");
}

static void values_are_those_of_python(void **state)
{
	(void)state;
	check_file("tests/data/expression/texts.csv");
}

/* --- what is refused --- */

static const struct {
	const char *text, *message;
} refused[] = {
	{"a / (b +", "column 9: the expression ends where a value should stand"},
	{"", "column 1: the expression ends where a value should stand"},
	{"a +* b", "column 4: a value should stand here"},
	{"a + in", "column 5: a value should stand here"},
	{"a b", "column 3: an operator should stand here"},
	{"a AND b", "column 3: an operator should stand here (did you mean 'and'?)"},
	{"a not b", "column 7: in, for not in (...), should stand here"},
	{"(a + b", "column 7: the expression ends where an operator or a closing parenthesis should stand"},
	{"a)", "column 2: an operator or the end, not a parenthesis that nothing opened, should stand here"},
	{"min(a b)", "column 7: a comma or a closing parenthesis should stand here"},
	{"min(a,)", "column 7: a value should stand here"},
	{"a in 5", "column 6: a list between parentheses should stand here"},
	{"a in ()", "column 7: a value should stand here"},
	{"a < b < 3", "column 7: a comparison of a comparison: write a < b and b < c, or parentheses"},
	{"a in (1) in (2)", "column 10: a comparison of a comparison: write a < b and b < c, or parentheses"},
	{"\xc3\xa4 + 12ab", "column 5: '12ab' is not a number (a name that begins with a digit stands between backquotes)"},
	{"1.2.3", "column 1: '1.2.3' is not a number (a name that begins with a digit stands between backquotes)"},
	{"1e999", "column 1: '1e999' is beyond the largest number"},
	{"s = 'abc", "column 5: the text that begins here has no end: ' is missing"},
	{"a + `b", "column 5: the name that begins here has no end: ` is missing"},
	{"a + ``", "column 5: the name between the backquotes is empty"},
	{"a && b", "column 3: '&&' is nothing here: write and"},
	{"a || b", "column 3: '||' is nothing here: write or"},
	{"a ** b", "column 3: '**' is nothing here: write ^"},
	{"a =~ b", "column 3: '=~' is nothing here: write matches(text, 'pattern')"},
	{"a => b", "column 3: '=>' is nothing here: write >="},
	{"a =< b", "column 3: '=<' is nothing here: write <="},
	{"a // b", "column 3: '//' is nothing here: write floor(a / b)"},
	{"!a", "column 1: '!' is nothing here: write not"},
	{"a ? b", "column 3: '?' is nothing here"},
	{"a + \xff", "column 5: this is not UTF-8"},
	{"lenght(s)", "column 1: no function 'lenght' (did you mean 'length'?)"},
	{"1 + qqqqqqq(s)", "column 5: no function 'qqqqqqq' (ns-derive --functions lists them)"},
	{"clip(a, 1)", "column 1: clip is written clip(x, low, high)"},
	{"if(a, 1, b, 2)", "column 1: if is written if(condition, a, ..., otherwise)"},
	{"log(1, 2)", "column 1: log is written log(x)"},
	{"a + length(a)", "column 1: 'a' is used as a number here and as text at column 12: write number(a) here, or text(a) there"},
	{"if(a > 1, lower(a), '')", "column 17: 'a' is used as text here and as a number at column 4: write text(a) here, or number(a) there"},
	{"lower(s) + 1", "column 1: this is text where a number should stand: number(...) makes it one"},
	{"lower(a + 1)", "column 9: this is a number where text should stand: text(...) makes it one"},
	{"lower(s) = 1", "column 12: this is a number, but what it goes with, at column 1, is text: text(...) or number(...) makes one of the other"},
	{"if(a, 'x', 2)", "column 12: this is a number, but what it goes with, at column 7, is text: text(...) or number(...) makes one of the other"},
	{"bucket(a, 1, b)", "column 14: this has to be a constant"},
	{"matches(s, t)", "column 12: this has to be a constant"},
	{"a in (1, b)", "column 10: this has to be a constant"},
	{"bucket(a, 1, 3, 2)", "column 17: the bounds of bucket have to ascend"},
	{"bucket(a, 1, 0 / 0)", "column 16: the bounds of bucket have to ascend"},
	{"round(a, 0.5)", "column 10: round's digits are a whole number from -15 to 15"},
	{"round(a, 16)", "column 10: round's digits are a whole number from -15 to 15"},
	{"a = missing", "column 5: whether something is equal to a missing value is missing: write is_missing(...)"},
	{"s in ('x', missing)", "column 12: whether something is equal to a missing value is missing: write is_missing(...)"},
	{"part(s, '', 1)", "column 9: the separator is empty"},
	{"part(s, '/', 0)", "column 14: parts are counted 1, 2, ... or from the end -1, -2, ..."},
	{"matches(s, missing)", "column 12: the pattern is missing"},
	{"matches(s, 'a''(b')", "column 18: this is no pattern: missing closing parenthesis"},
	{"matches(s, \"\xc3\xa4[b\")", "column 16: this is no pattern: missing terminating ] for character class"},
	{"matches(s, concat('(', '('))", "column 12: this is no pattern: missing closing parenthesis"},
};

static void errors_point_at_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct ns_expression *expression;
		assert_int_equal(ns_expression_parse(&expression, NULL, refused[i].text, &arena, &err), NS_ECALL);
		const char *shown = strchr(refused[i].text, '\xff') ? "a + \\xff" : refused[i].text;
		assert_string_equal(err.text, ns_format(&arena, "'%s': %s", shown, refused[i].message));
	}
}

static void names_come_in_front(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name, *message;
	} cases[] = {
		{"ratio = src / (dst + 1)", "ratio", NULL},
		{"is_web=port = 80", "is_web", NULL},
		{"`Flow Bytes/s` = a", "Flow Bytes/s", NULL},
		{"`in` = `and` + 1", "in", NULL},
		{"\xc3\xa4.1 = a", "\xc3\xa4.1", NULL},
		{"r = a / (b +", NULL, "column 13: the expression ends where a value should stand"},
		{"r == a", NULL, "column 3: = after the new column's name (NAME = EXPRESSION, `some name` = EXPRESSION) should stand here"},
		{"r", NULL, "column 2: the expression ends where = after the new column's name (NAME = EXPRESSION, `some name` = EXPRESSION) should stand"},
		{"5 = a", NULL, "column 1: the new column's name (NAME = EXPRESSION) should stand here"},
		{"in = a", NULL, "column 1: 'in' is a word of the language: a column of that name stands between backquotes"},
		{"r = ", NULL, "column 5: the expression ends where a value should stand"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_expression *expression;
		const char *name = NULL;
		int status = ns_expression_parse(&expression, &name, cases[i].text, &arena, &err);
		assert_int_equal(status, cases[i].message ? NS_ECALL : NS_OK);
		if (cases[i].message)
			assert_string_equal(err.text, ns_format(&arena, "'%s': %s", cases[i].text, cases[i].message));
		else
			assert_string_equal(name, cases[i].name);
	}
}

/* `count` times the piece, between the ends. */
static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
	size_t size = strlen(piece), start = strlen(before);
	char *text = ns_alloc(&arena, start + size * count + strlen(after) + 1);
	memcpy(text, before, start);
	for (size_t i = 0; i < count; i++)
		memcpy(text + start + i * size, piece, size);
	memcpy(text + start + size * count, after, strlen(after));
	return text;
}

static void sizes_have_limits(void **state)
{
	(void)state;
	struct ns_expression *expression;
	assert_int_equal(ns_expression_parse(&expression, NULL, repeated("", " ", 65536, "a"), &arena, &err), NS_ECALL);
	assert_string_equal(err.text, "an expression has 65537 bytes; at most 65536 are allowed");
	static const char *const deep[] = {"(", "-", "not ", "abs(", "2 ^ ", "1 in ("};
	for (size_t i = 0; i < sizeof deep / sizeof *deep; i++) {
		assert_int_equal(ns_expression_parse(&expression, NULL, repeated("", deep[i], 10000, "1"), &arena, &err), NS_ECALL);
		assert_non_null(strstr(err.text, ": more than 200 levels within one another"));
		assert_true(strncmp(err.text, "'...", 4) == 0 && strstr(err.text, "...': column ")); /* a long text is shown in part */
	}
	assert_int_equal(ns_expression_parse(&expression, NULL, repeated("", "(", 200, repeated("1", ")", 200, "")), &arena, &err), NS_OK);
	assert_int_equal(ns_expression_parse(&expression, NULL, repeated("min(a", ", a", 1000, ")"), &arena, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "...': column 1: min has 1001 arguments; at most 1000 are allowed"));
}

static void long_expressions_are_evaluated(void **state)
{
	(void)state;
	const struct good cases[] = {
		{repeated("a", " + a", 10000, " - 1"), "10000||25001.5"},
		{repeated("max(a * 2", ", b + 1, a", 499, ")"), "2||8"},
		{repeated("length(concat(t", ", lower(t)", 900, "))"), "1802|901|0"},
		{repeated("b in (7", ", 0, 5", 5000, ")"), "0|1|1"},
		{repeated("t in ('x'", ", 'ab', 'c'", 3000, ")"), "1|0|0"},
		{repeated("1", "+1", 20000, ""), "20001|20001|20001"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

/* --- columns, binding, batches --- */

static void columns_have_the_type_of_their_use(void **state)
{
	(void)state;
	struct ns_expression *expression;
	const struct ns_expression_column *columns;
	const char *text = "if(x = y, length(z), w) + 0 * (u = v) + is_missing(k) + (y = 'a')";
	assert_int_equal(ns_expression_parse(&expression, NULL, text, &arena, &err), NS_OK);
	static const struct ns_expression_column expected[] = {
		{"x", NS_TEXT, 4}, {"y", NS_TEXT, 8}, {"z", NS_TEXT, 18}, {"w", NS_NUMBER, 22}, {"u", NS_UNDECIDED, 32}, {"v", NS_UNDECIDED, 36},
		{"k", NS_UNDECIDED, 52},
	};
	assert_int_equal(ns_expression_columns(&columns, expression), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(columns[i].name, expected[i].name);
		assert_int_equal(columns[i].type, expected[i].type);
		assert_int_equal(columns[i].place, expected[i].place);
	}
	enum ns_type types[] = {NS_TEXT, NS_TEXT, NS_TEXT, NS_NUMBER, NS_TEXT, NS_TEXT, NS_NUMBER};
	assert_int_equal(ns_expression_bind(expression, types, &err), NS_OK);
	assert_int_equal(ns_expression_type(expression), NS_NUMBER);
	assert_int_equal(columns[4].type, NS_TEXT);
}

static void binding_refuses_other_types(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum ns_type types[2];
		const char *message;
	} cases[] = {
		{"u + 1", {NS_TEXT}, "'u + 1': column 1: 'u' is text, but used as a number (column 1): write number(u)"},
		{"1 + length(u)", {NS_NUMBER}, "'1 + length(u)': column 12: 'u' is a number, but used as text (column 12): write text(u)"},
		{"u = v", {NS_TEXT, NS_NUMBER}, "'u = v': column 5: 'v' is a number, but used as text (column 1): write text(v)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_expression *expression;
		assert_int_equal(ns_expression_parse(&expression, NULL, cases[i].text, &arena, &err), NS_OK);
		assert_int_equal(ns_expression_bind(expression, cases[i].types, &err), NS_ECALL);
		assert_string_equal(err.text, cases[i].message);
	}
}

/* Many rows, in batches of several sizes: text and numbers, short strips and long ones. */
static void batches_of_any_size(void **state)
{
	(void)state;
	enum { MANY = 3000 };
	const char *texts[] = {"text(n * 2)", "concat('n', text(n), '!')", "if(n % 3 = 0, missing, text(n))"};
	const char *numbers[] = {"n + 1", repeated("max(n", ", n + 1", 900, ")"), "length(concat(text(n), 'x')) * 0 + n + 1"};
	double *n = NS_NEW_ARRAY(&arena, double, MANY);
	for (size_t i = 0; i < MANY; i++)
		n[i] = (double)i;
	for (size_t k = 0; k < 6; k++)
		for (size_t step = 7; step <= MANY; step = step * 11 + 3) {
			struct ns_expression *expression;
			struct ns_arena own = NS_ARENA_INIT;
			assert_int_equal(ns_expression_parse(&expression, NULL, k < 3 ? texts[k] : numbers[k - 3], &own, &err), NS_OK);
			assert_int_equal(ns_expression_bind(expression, (enum ns_type[]){NS_NUMBER}, &err), NS_OK);
			for (size_t start = 0; start < MANY; start += step) {
				struct ns_column in = {.name = "n"}, out = {0};
				size_t rows = start + step < MANY ? step : MANY - start;
				ns_column_set_numbers(&in, n + start);
				struct ns_table batch = {.rows = rows, .width = 1, .columns = &in};
				assert_int_equal(ns_expression_evaluate(&out, expression, &batch, (size_t[]){0}, &own, &err), NS_OK);
				for (size_t row = 0; row < rows; row++) {
					size_t i = start + row;
					if (k >= 3) {
						assert_true(out.numbers[row] == (double)(i + 1));
						continue;
					}
					const char *text = k == 0 ? ns_format(&own, "%zu", 2 * i) : k == 1 ? ns_format(&own, "n%zu!", i) : ns_format(&own, "%zu", i);
					struct ns_span s = ns_column_text(&out, row);
					if (k == 2 && i % 3 == 0)
						assert_null(s.data);
					else
						assert_true(s.size == strlen(text) && memcmp(s.data, text, s.size) == 0);
				}
			}
			ns_arena_release(&own);
		}
}

static void texts_that_grow_too_long_end_the_run(void **state)
{
	(void)state;
	struct ns_column out;
	char *grow = ns_strdup(&arena, "s");
	for (int i = 0; i < 10; i++)
		grow = ns_format(&arena, "replace(%s, 'l', 'llllllllllllllllllllllll')", grow);
	assert_int_equal(evaluate(&out, grow), NS_EDATA);
	assert_true(strncmp(err.text, "train.csv: row 3: '", 19) == 0);
	assert_non_null(strstr(err.text, "...': column "));
	assert_non_null(strstr(err.text, ": the texts that are made here are too long: over 256 MiB at a time"));
	grow = "'l'";
	for (int i = 0; i < 10; i++)
		grow = ns_format(&arena, "replace(%s, 'l', 'llllllllllllllllllllllll')", grow); /* constants too: not before there are rows */
	assert_int_equal(evaluate(&out, grow), NS_EDATA);
}

static void a_text_that_costs_too_much_ends_the_run(void **state)
{
	(void)state;
	struct ns_column out;
	assert_int_equal(evaluate(&out, "matches(if(is_missing(s), 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', s), '^(a+)+$')"), NS_EDATA);
	assert_non_null(strstr(err.text, "train.csv: row 2: 'matches(if("));
	assert_non_null(strstr(err.text, "': column 1: the pattern would try too many ways to match this text"));
}

static void functions_are_listed(void **state)
{
	(void)state;
	size_t count = 0;
	for (const struct ns_expression_function *f = ns_expression_functions; f->name; f++, count++) {
		assert_true(*f->name && *f->arguments && *f->help && f->run && f->least <= f->most && f->types[0] && f->types[1]);
		for (const struct ns_expression_function *g = ns_expression_functions; g < f; g++)
			assert_string_not_equal(f->name, g->name);
	}
	assert_true(count > 35);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(operators_go_by_rank, set_up, tear_down),
		cmocka_unit_test_setup_teardown(missing_values_go_on_but_where_they_decide_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_not_finite_is_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers_are_rounded_and_divided_as_in_python, set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_are_of_characters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_are_those_of_numpy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(values_are_those_of_python, set_up, tear_down),
		cmocka_unit_test_setup_teardown(errors_point_at_their_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_come_in_front, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sizes_have_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_expressions_are_evaluated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(columns_have_the_type_of_their_use, set_up, tear_down),
		cmocka_unit_test_setup_teardown(binding_refuses_other_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(batches_of_any_size, set_up, tear_down),
		cmocka_unit_test_setup_teardown(texts_that_grow_too_long_end_the_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_text_that_costs_too_much_ends_the_run, set_up, tear_down),
		cmocka_unit_test_setup_teardown(functions_are_listed, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
