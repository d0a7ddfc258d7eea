#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/scale.h"

static struct preparing p;

static int begin(void **state)
{
	(void)state;
	preparing_begin(&p);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ns_arena_release(&p.arena);
	return 0;
}

static const struct ns_scale_options standard = {NS_SCALE_STANDARD, 0, 1, 0.25, 0.75}, min_max = {NS_SCALE_MIN_MAX, 0, 1, 0.25, 0.75},
				     robust = {NS_SCALE_ROBUST, 0, 1, 0.25, 0.75};

static int learn_from(const char *text, const struct ns_scale_options *options)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	return ns_scale_learn(&p.stage, &lesson, options, &p.arena, &p.err);
}

static void as_scikit_learn(const char *expected, const struct ns_scale_options *options)
{
	struct ns_lesson lesson;
	struct ns_frame frame;
	read_lesson(&lesson, &p, "tests/data/prepare/numbers.csv");
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, options, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/numbers.csv"), NS_OK);
	assert_same_numbers(&p, &frame, expected, 1);
}

static void standard_as_scikit_learn(void **state)
{
	(void)state;
	as_scikit_learn("tests/data/prepare/scale-standard.csv", &standard);
}

static void min_max_as_scikit_learn(void **state)
{
	(void)state;
	as_scikit_learn("tests/data/prepare/scale-min-max.csv", &min_max);
	as_scikit_learn("tests/data/prepare/scale-min-max-range.csv", &(struct ns_scale_options){NS_SCALE_MIN_MAX, -2.5, 0.75, 0, 1});
}

static void robust_as_scikit_learn(void **state)
{
	(void)state;
	as_scikit_learn("tests/data/prepare/scale-robust.csv", &robust);
	as_scikit_learn("tests/data/prepare/scale-robust-quantiles.csv", &(struct ns_scale_options){NS_SCALE_ROBUST, 0, 1, 0.05, 0.875});
}

static void the_ends_are_exact(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a\n0.1\n0.3\n0.7\n", &min_max), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a\n0.1\n0.7\n1.3\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 0 && number_at(&frame, "a", 1) == 1 && fabs(number_at(&frame, "a", 2) - 2) < 1e-15);
}

static void missing_and_infinite_values_pass(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a\n1\nNA\n3\n", &standard), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "b,a\nx,\ny,inf\nz,4\n"), NS_OK);
	assert_true(isnan(number_at(&frame, "a", 0)) && number_at(&frame, "a", 1) == INFINITY && number_at(&frame, "a", 2) == 2);
	assert_string_equal(text_at(&frame, "b", 1), "y");
}

static void what_cannot_be_learnt(void **state)
{
	(void)state;
	assert_int_equal(learn_from("a,b\n,1\n,2\n", &standard), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a' has no value to learn from (-x 'a' leaves it out)");
	assert_int_equal(learn_from("a\n1\n-inf\n2\n", &robust), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': 1 of 3 values are infinite (ns-impute --inf missing)");
	assert_int_equal(learn_from("a\n1e200\n-1e200\n", &standard), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': its values are too far apart to be scaled (-x 'a' leaves it out)");
	assert_int_equal(learn_from("a\n1.5e308\n-1.5e308\n", &min_max), NS_EDATA);
}

static void no_columns_change_nothing(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_lesson none = {.source = "train.csv", .before = &p.before};
	assert_int_equal(ns_scale_learn(&p.stage, &none, &standard, &p.arena, &p.err), NS_OK);
	assert_int_equal(p.stage.inputs_count, 0);
	assert_int_equal(apply_to_text(&frame, &p, "a\n1\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 1);
}

static void learn_small(void)
{
	assert_int_equal(learn_from("a,b\n1,2\n3,5\n", &standard), NS_OK);
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "scale: stage 'scale' is damaged, learn it again: %s", what));
	learn_small();
}

static void damaged_tables(void **state)
{
	(void)state;
	learn_small();
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_number(&p, "scale", 1, 0);
	refused("column 'b' has no center, scale and shift that are numbers");
	set_number(&p, "center", 0, INFINITY);
	refused("column 'a' has no center, scale and shift that are numbers");
	set_number(&p, "shift", 0, NAN);
	refused("column 'a' has no center, scale and shift that are numbers");
	set_text(&p, "strategy", 0, "kelvin");
	refused("column 'a' has no strategy that is known");
	set_text(&p, "column", 1, "c");
	refused("row 2 is not about column 'b'");
	set_text(&p, "column", 0, NULL);
	refused("row 1 is not about column 'a'");
	struct ns_span cut[] = {{"stan\0ard", 8}, {"standard", 8}};
	struct ns_column *strategy = &p.stage.table.columns[ns_table_find(&p.stage.table, "strategy")];
	assert_int_equal(ns_column_set_text(strategy, cut, 2, &p.arena, &p.err), NS_OK);
	refused("a NUL byte in column 'strategy'");
	rename_column(&p, "center", "middle");
	refused("no column 'center'");
	rename_column(&p, "center", "x");
	rename_column(&p, "strategy", "center");
	rename_column(&p, "x", "strategy");
	refused("column 'strategy' holds no text");
	assert_int_equal(reload(&p, p.stage.inputs, 1), NS_EDATA);
	assert_string_equal(p.err.text, "scale: stage 'scale' is damaged, learn it again: 2 rows for 1 columns");
	struct ns_stage_input text[] = {{"a", NS_TEXT}, {"b", NS_TEXT}};
	assert_int_equal(reload(&p, text, 2), NS_EDATA);
	assert_string_equal(p.err.text, "scale: stage 'scale' is damaged, learn it again: column 'a' is text");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(standard_as_scikit_learn),
		TEST(min_max_as_scikit_learn),
		TEST(robust_as_scikit_learn),
		TEST(the_ends_are_exact),
		TEST(missing_and_infinite_values_pass),
		TEST(what_cannot_be_learnt),
		TEST(no_columns_change_nothing),
		TEST(damaged_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
