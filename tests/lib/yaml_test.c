#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "table/yaml.h"

static struct ns_yaml *parse(const char *text, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_yaml *root;
	if (ns_yaml_parse(&root, text, strlen(text), "f.yaml", arena, &err) != NS_OK)
		fail_msg("%s", err.text);
	return root;
}

static void tree_has_kinds_keys_and_lines(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_yaml *root = parse("%YAML 1.2\n--- # start\na: 1\nb:\n  - x\n  - 'y'\nc: {d: e}\n...\n", &arena);
	assert_int_equal(root->kind, NS_YAML_MAP);
	assert_int_equal(root->count, 3);
	assert_null(root->key);
	const struct ns_yaml *a = ns_yaml_find(root, "a"), *b = ns_yaml_find(root, "b"), *c = ns_yaml_find(root, "c");
	assert_ptr_equal(root->first, a);
	assert_string_equal(a->key, "a");
	assert_string_equal(a->text, "1");
	assert_int_equal(a->line, 3);
	assert_true(b->kind == NS_YAML_LIST && b->count == 2 && b->line == 4);
	assert_true(b->first->plain && b->first->line == 5 && !b->first->key);
	assert_false(b->first->next->plain);
	assert_string_equal(ns_yaml_find(c, "d")->text, "e");
	assert_null(ns_yaml_find(c, "x"));
	assert_null(ns_yaml_find(b, "x"));
	ns_arena_release(&arena);
}

static void only_plain_words_are_null(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	const struct ns_yaml *list = parse("[null, ~, Null, NULL, 'null', \"~\", '', nul, [], {}, 0]", &arena);
	size_t i = 0;
	for (const struct ns_yaml *item = list->first; item; item = item->next)
		assert_int_equal(ns_yaml_is_null(item), i++ < 4);
	assert_true(ns_yaml_is_null(parse("a:", &arena)->first));
	ns_arena_release(&arena);
}

static void nothing_makes_no_tree(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	assert_null(parse("", &arena));
	assert_null(parse("# a remark\n\n", &arena));
	ns_arena_release(&arena);
}

/* Every text reads back as itself; only what needs quotes has them. */
static void texts_read_back(void **state)
{
	(void)state;
	static const struct {
		const char *text, *printed;
	} cases[] = {{"word", "word"}, {"two words", "two words"}, {"a/b_c-1.5 (d)", "a/b_c-1.5 (d)"}, {"", "''"}, {" a", "' a'"}, {"a ", "'a '"}, {"12", "'12'"}, {"null", "'null'"},
		{"Yes", "'Yes'"}, {"it's", "'it''s'"}, {"a: b", "'a: b'"}, {"a, b", "'a, b'"}, {"a\nb", "\"a\\u000ab\""}, {"\t\"\\", "\"\\u0009\\\"\\\\\""}, {"\xc3\xa9", "'\xc3\xa9'"},
		{"\xe2\x80\xa9", "\"\\u2029\""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_buffer out = NS_BUFFER_INIT(100);
		assert_int_equal(ns_yaml_print_text(&out, cases[i].text), 0);
		const char *printed = ns_strndup(&arena, out.data, out.size);
		assert_string_equal(printed, cases[i].printed);
		assert_string_equal(parse(printed, &arena)->text, cases[i].text);
		ns_buffer_release(&out);
		ns_arena_release(&arena);
	}
}

static void values_keep_numbers_plain(void **state)
{
	(void)state;
	static const struct {
		const char *text, *printed;
	} cases[] = {{"-1", "-1"}, {"1.5e+300", "1.5e+300"}, {"0x1f", "'0x1f'"}, {"inf", "inf"}, {"1e999", "'1e999'"}, {"tcp", "tcp"}, {"no", "'no'"}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_buffer out = NS_BUFFER_INIT(100);
		assert_int_equal(ns_yaml_print_value(&out, cases[i].text), 0);
		assert_int_equal(out.size, strlen(cases[i].printed));
		assert_memory_equal(out.data, cases[i].printed, out.size);
		ns_buffer_release(&out);
	}
}

static void full_buffers_are_told(void **state)
{
	(void)state;
	static const char *const texts[] = {"a rather long word", "a rather long 'word'", "a rather\nlong word", "123456789"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ns_buffer out = NS_BUFFER_INIT(8);
		assert_int_not_equal(ns_yaml_print_value(&out, texts[i]), 0);
		assert_int_not_equal(ns_yaml_print_comment(&out, 0, texts[i]), 0);
		ns_buffer_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_has_kinds_keys_and_lines),
		cmocka_unit_test(only_plain_words_are_null),
		cmocka_unit_test(nothing_makes_no_tree),
		cmocka_unit_test(texts_read_back),
		cmocka_unit_test(values_keep_numbers_plain),
		cmocka_unit_test(full_buffers_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
