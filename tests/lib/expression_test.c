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
		{"2 ^ 3 ^ 2", "512|512|512"},
		{"-2 ^ 2", "-4|-4|-4"},
		{"2 ^ -1", "0.5|0.5|0.5"},
		{"not 1 = 2", "1|1|1"},
		{"true or false and false", "1|1|1"},
		{"a / (b + 1)", "-0.5||0.3125"},
		{"a in (1, 2.5)", "1||1"},
		{"a not in (1, 7)", "0||1"},
	};
	check(cases, sizeof cases / sizeof *cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(operators_go_by_rank, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
