#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/derive_drop.h"
#include "stage/scale.h"

static int learn(const char *text, const struct ns_derive_options *options)
{
	struct ns_flow flow;
	char *paths[] = {file_of(&p, text, strlen(text))};
	NS_TRY(ns_flow_open(&flow, paths, 1, &p.table, &(struct ns_flow_options){0}, ns_derive_reads(options), &p.arena, &p.err));
	int status = ns_derive_learn(&p.stage, &flow, options, &p.table, &p.err);
	return status == NS_OK ? ns_flow_finish(&flow, &p.err) : status;
}

#define EXPRESSIONS(...) {(const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)}

static void names_are(const struct ns_frame *frame, const char *names)
{
	char *all = ns_format(&p.arena, "%s", "");
	for (size_t i = 0; i < frame->width; i++)
		all = ns_format(&p.arena, "%s%s%s", all, i ? " " : "", frame->series[i].name);
	assert_string_equal(all, names);
}

static void columns_in_their_order(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_derive_options options = {.expressions = EXPRESSIONS("c = a + b", " `b`=\tupper(s) \r\n", "a = c * a", "d = length(b) + a"), .interactions = EXPRESSIONS("a", "c"),
		.drop = EXPRESSIONS("s")};
	assert_int_equal(learn("a,b,s\n1,2,x\n", &options), NS_OK);
	assert_int_equal(p.stage.inputs_count, 3);
	assert_string_equal(p.stage.inputs[0].name, "a");
	assert_int_equal(p.stage.inputs[2].type, NS_TEXT);
	struct ns_span text = ns_column_text(&p.stage.table.columns[3], 1);
	assert_true(text.size == 8 && memcmp(text.data, "upper(s)", 8) == 0);
	assert_int_equal(apply_to_text(&frame, &p, "z,s,b,a\n9,pq,5,3\n8,,,2\n"), NS_OK);
	names_are(&frame, "z b a c d a*c");
	assert_true(number_at(&frame, "a", 0) == 24 && number_at(&frame, "c", 0) == 8 && number_at(&frame, "d", 0) == 26 && number_at(&frame, "a*c", 0) == 192);
	assert_true(isnan(number_at(&frame, "c", 1)) && isnan(number_at(&frame, "d", 1)));
	assert_string_equal(text_at(&frame, "b", 0), "PQ");
}

static void only_what_stays_is_computed(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_derive_options options = {.expressions = EXPRESSIONS("t = a * 2", "u = b + 1", "v = t + u", "u = c"), .drop = EXPRESSIONS("t", "u", "a")};
	assert_int_equal(learn("a,b,c\n1,2,3\n", &options), NS_OK);
	assert_int_equal(p.stage.inputs_count, 2); /* c is read for the last u alone, which nobody wants */
	assert_int_equal(p.stage.table.rows, 3 + 3);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n1,2\n"), NS_OK);
	names_are(&frame, "b v");
	assert_true(number_at(&frame, "v", 0) == 5);
}

static void no_column_is_no_table(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn("a,b\n1,2\n", &(struct ns_derive_options){.drop = EXPRESSIONS("a")}), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "b\n1\n"), NS_OK);
	names_are(&frame, "b");
	assert_int_equal(apply_to_text(&frame, &p, "a\n1\n"), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": stage 'derive' of derive leaves no column"));
}

/* A column that a stage reads stays what it reads it as, for whoever comes behind it. */
static void read_and_left_as_it_is(void **state)
{
	(void)state;
	static const char table[] = "a,b\n1,2\n3,4\n";
	struct ns_lesson lesson;
	struct ns_flow flow;
	struct ns_stage scale;
	struct ns_frame frame;
	char *paths[] = {file_of(&p, table, strlen(table))};
	assert_int_equal(learn(table, &(struct ns_derive_options){.expressions = EXPRESSIONS("l = length(a)")}), NS_OK);
	p.before = p.stage.after;
	read_lesson_of(&lesson, &p, table);
	assert_int_equal(ns_scale_learn(&scale, &lesson, &(struct ns_scale_options){NS_SCALE_OPTIONS_INIT}, &p.arena, &p.err), NS_OK);
	struct ns_bundle both = {(struct ns_stage[]){p.stage, scale}, 2}, first = {&p.stage, 1};
	assert_int_equal(read_frame(&frame, &p, paths[0], &both, false), NS_EDATA);
	assert_string_equal(p.err.text, "scale: stage 'scale' was learnt on numbers in column 'a', here it gets text");
	assert_int_equal(ns_flow_open(&flow, paths, 1, &p.table, &(struct ns_flow_options){.bundle = &first}, false, &p.arena, &p.err), NS_OK);
	assert_int_equal(ns_flow_want(&flow, 0, NS_NUMBER, &p.err), NS_EDATA);
	assert_string_equal(p.err.text, "column 'a' holds text behind stage 'derive', numbers are asked for");
	assert_int_equal(ns_flow_want(&flow, 0, NS_TEXT, &p.err), NS_OK);
	assert_int_equal(ns_flow_want(&flow, 1, NS_NUMBER, &p.err), NS_OK);
	p.err.text[0] = '\0';
	assert_int_equal(ns_flow_extend(&flow, &scale, &p.err), NS_EDATA);
	assert_string_equal(p.err.text, "scale: stage 'scale' was learnt on numbers in column 'a', here it gets text");
}

/* What is left out of a table of these columns, and why: "name: why" behind each other. */
static const char *dropped(const char *text, const struct ns_derive_options *options, const char *may_go)
{
	struct ns_frame frame;
	char *all = ns_format(&p.arena, "%s", "");
	assert_int_equal(read_frame(&frame, &p, file_of(&p, text, strlen(text)), NULL, false), NS_OK);
	const char **why = NS_NEW_ARRAY(&p.arena, const char *, frame.width);
	bool *may = NS_NEW_ARRAY(&p.arena, bool, frame.width);
	for (size_t i = 0; i < frame.width; i++)
		may[i] = !may_go || strchr(may_go, frame.series[i].name[0]);
	ns_derive_drop(why, &frame, may, options, 2, &p.arena);
	for (size_t i = 0; i < frame.width; i++)
		if (why[i])
			all = ns_format(&p.arena, "%s%s: %s\n", all, frame.series[i].name, why[i]);
	return all;
}

static void constant_columns(void **state)
{
	(void)state;
	const struct ns_derive_options options = {.constant = true};
	static const char table[] = "n,t,m,g,z,h,u\n1,x,,1,0,,x\n1.0,x,NA,,-0.0,x,y\n1e0,x,,1,0,x,x\n";
	assert_string_equal(dropped(table, &options, NULL), "n: constant\nt: constant\nm: constant\nz: constant\n");
	assert_string_equal(dropped(table, &options, "tg"), "t: constant\n");
}

static void equal_columns(void **state)
{
	(void)state;
	const struct ns_derive_options options = {.duplicate = true}, both = {.constant = true, .duplicate = true};
	static const char table[] = "a,b,c,t,u,v,k,l\n1,1.0,1,x,x,x,7,7\n,NA,2,,,y,7,7\n0,-0,0,z,z,z,7,7\n";
	assert_string_equal(dropped(table, &options, NULL), "b: equal to 'a'\nu: equal to 't'\nl: equal to 'k'\n");
	assert_string_equal(dropped(table, &options, "acv"), "");
	assert_string_equal(dropped(table, &both, "bl"), "b: equal to 'a'\nl: constant\n");
	assert_string_equal(dropped("n,t\n1,1\n2,x\n", &options, NULL), "");
	p.table.text = (struct ns_texts)EXPRESSIONS("t");
	assert_string_equal(dropped("n,t\n1,1\n2,2\n", &options, NULL), ""); /* of another type */
}

static void correlated_columns(void **state)
{
	(void)state;
	static const char table[] = "a,b,c,d,t\n1,2,-3,9,x\n2,4,-6,1,y\n3,6,,5,z\n4,8,-12.5,2,w\n";
	assert_string_equal(dropped(table, &(struct ns_derive_options){.correlated = 1}, NULL), "b: correlation 1 with 'a'\n");
	assert_string_equal(dropped(table, &(struct ns_derive_options){.correlated = 0.99}, NULL), "b: correlation 1 with 'a'\nc: correlation -0.999811 with 'a'\n");
	assert_string_equal(dropped(table, &(struct ns_derive_options){.correlated = 0.99}, "cd"), "c: correlation -0.999811 with 'a'\n");
	assert_string_equal(dropped(table, &(struct ns_derive_options){.constant = true, .duplicate = true, .correlated = 0.99}, NULL),
		"b: correlation 1 with 'a'\nc: correlation -0.999811 with 'a'\n");
}

static void learn_small(void)
{
	struct ns_derive_options options = {.expressions = EXPRESSIONS("r = a / b", "l = length(s) + r"), .interactions = EXPRESSIONS("a", "r"), .drop = EXPRESSIONS("a"),
		.constant = true};
	assert_int_equal(learn("a,b,s,k\n1,2,x,1\n2,5,yy,1\n", &options), NS_OK);
	assert_int_equal(p.stage.table.rows, 5);
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "derive: stage 'derive' is damaged, learn it again: %s", what));
	learn_small();
}

static void damaged_tables(void **state)
{
	(void)state;
	learn_small();
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_text(&p, "column", 0, NULL);
	refused("row 1 names no column that could be");
	set_text(&p, "column", 3, "ns:mine");
	refused("row 4 names no column that could be");
	set_text(&p, "action", 1, "invent");
	refused("column 'l' has no action that is known");
	set_text(&p, "action", 4, NULL);
	refused("column 'k' has no action that is known");
	set_text(&p, "expression", 0, NULL);
	refused("column 'r' has no expression");
	set_text(&p, "expression", 0, "a / / b");
	refused("'a / / b': column 5: a value should stand here");
	set_text(&p, "expression", 0, "a / c");
	refused("column 'r' is made of 'c', which is not there");
	set_text(&p, "expression", 0, "l + 1");
	refused("column 'r' is made of 'l', which is not there");
	set_text(&p, "expression", 0, "s + 1");
	refused("'s + 1': column 1: 's' is text, but used as a number (column 1): write number(s)");
	set_text(&p, "expression", 1, "upper(s)");
	refused("the expression of column 'l' is text");
	set_text(&p, "type", 0, "text");
	refused("the expression of column 'r' is a number");
	set_text(&p, "type", 0, NULL);
	refused("the expression of column 'r' is a number");
	set_text(&p, "why", 0, "because");
	refused("column 'r' is derived for no reason that is known");
	static const char *const columns[] = {"column", "action", "type", "expression", "why"};
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		rename_column(&p, columns[i], "lost");
		refused(ns_format(&p.arena, "no column '%s'", columns[i]));
	}
	assert_int_equal(reload(&p, p.stage.inputs, 1), NS_EDATA);
	assert_string_equal(p.err.text, "derive: stage 'derive' is damaged, learn it again: column 'r' is made of 'b', which is not there");
}

/* Each is allowed alone; all together they are more than a stage may hold. */
static void too_many_expressions(void **state)
{
	(void)state;
	enum { SIZE = 60000, COUNT = 18 };
	struct ns_span *spans = NS_NEW_ARRAY(&p.arena, struct ns_span, COUNT), *same = NS_NEW_ARRAY(&p.arena, struct ns_span, COUNT);
	char *text = ns_alloc(&p.arena, SIZE + 1);
	memset(text, ' ', SIZE);
	text[0] = '1';
	for (size_t i = 0; i < COUNT; i++) {
		spans[i] = (struct ns_span){text, SIZE};
		same[i] = (struct ns_span){"number", 6};
	}
	const char *names[] = {"column", "action", "type", "expression", "why"};
	struct ns_table table = {.rows = COUNT, .source = "memory"};
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(ns_column_set_text(ns_table_add(&table, names[i], &p.arena), i == 3 ? spans : same, COUNT, &p.arena, &p.err), NS_OK);
	struct ns_stage_parts parts = {.kind = &ns_stage_derive, .table = table, .before = &p.before};
	assert_int_equal(ns_stage_make(&p.stage, &parts, &p.arena, &p.err), NS_EDATA);
	assert_string_equal(p.err.text, "derive: stage 'derive' is damaged, learn it again: 18 expressions of 1080000 bytes are too many");
}

static void a_file_of_expressions(void **state)
{
	(void)state;
	struct ns_texts texts = EXPRESSIONS("first = 1");
	static const char good[] = "# remark\r\n\n  a = 1\n\t# indented\nb = a # 2\n", last[] = "a = 1\nb = 2";
	assert_int_equal(ns_derive_read_file(&texts, file_of(&p, last, sizeof last - 1), &p.arena, &p.err), NS_OK);
	assert_int_equal(texts.count, 3);
	assert_string_equal(texts.items[0], "first = 1");
	assert_string_equal(texts.items[2], "b = 2");
	const char *path = file_of(&p, good, sizeof good - 1);
	assert_int_equal(ns_derive_read_file(&texts, path, &p.arena, &p.err), NS_ECALL);
	assert_string_equal(p.err.text, ns_format(&p.arena, "%s:5: 'b = a # 2': column 7: '#' is nothing here", path));
	assert_int_equal(texts.count, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(columns_in_their_order),
		TEST(only_what_stays_is_computed),
		TEST(no_column_is_no_table),
		TEST(read_and_left_as_it_is),
		TEST(constant_columns),
		TEST(equal_columns),
		TEST(correlated_columns),
		TEST(damaged_tables),
		TEST(too_many_expressions),
		TEST(a_file_of_expressions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
