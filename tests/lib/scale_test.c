#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/scale.h"

static const struct ns_scale_options usual = {NS_SCALE_OPTIONS_INIT};

static int learn_from(const char *text, int strategy)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	use_strategy(&lesson, strategy, 0);
	return ns_scale_learn(&p.stage, &lesson, &usual, &p.arena, &p.err);
}

/* Learnt from numbers.csv, applied to another table or to the same. */
static void as_scikit_learn(const char *expected, const char *rows, int strategy, const struct ns_scale_options *options)
{
	struct ns_lesson lesson;
	struct ns_frame frame;
	read_lesson(&lesson, &p, "tests/data/prepare/numbers.csv");
	use_strategy(&lesson, strategy, 0);
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, options, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to(&frame, &p, ns_format(&p.arena, "tests/data/prepare/%s.csv", rows)), NS_OK);
	assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/prepare/%s.csv", expected), 1);
}

static void standard_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_scale_options options = usual;
	as_scikit_learn("scale-standard", "numbers", NS_SCALE_STANDARD, &usual);
	options.no_center = true;
	as_scikit_learn("scaled-standard-no-center", "numbers-new", NS_SCALE_STANDARD, &options);
	options.no_scale = true;
	as_scikit_learn("scaled-standard-neither", "numbers-new", NS_SCALE_STANDARD, &options);
	options.no_center = false;
	as_scikit_learn("scaled-standard-no-scale", "numbers-new", NS_SCALE_STANDARD, &options);
}

static void min_max_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_scale_options options = {-2.5, 0.75, 0, 1, .no_center = true, .no_scale = true}; /* which are not for it */
	as_scikit_learn("scale-min-max", "numbers", NS_SCALE_MIN_MAX, &usual);
	as_scikit_learn("scale-min-max-range", "numbers", NS_SCALE_MIN_MAX, &options);
	options.clip = true;
	as_scikit_learn("scaled-min-max-range-clip", "numbers-new", NS_SCALE_MIN_MAX, &options);
	options = usual;
	options.clip = true;
	as_scikit_learn("scaled-min-max-clip", "numbers-new", NS_SCALE_MIN_MAX, &options);
}

static void robust_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_scale_options options = usual;
	as_scikit_learn("scale-robust", "numbers", NS_SCALE_ROBUST, &usual);
	options.low_quantile = 0.05;
	options.high_quantile = 0.875;
	as_scikit_learn("scale-robust-quantiles", "numbers", NS_SCALE_ROBUST, &options);
	options = usual;
	options.unit_variance = true;
	as_scikit_learn("scaled-robust-unit-variance", "numbers-new", NS_SCALE_ROBUST, &options);
	options = (struct ns_scale_options){0, 1, 0.005, 0.625, .unit_variance = true, .no_center = true};
	as_scikit_learn("scaled-robust-quantiles-unit-variance", "numbers-new", NS_SCALE_ROBUST, &options);
	options = usual;
	options.no_center = true;
	as_scikit_learn("scaled-robust-no-center", "numbers-new", NS_SCALE_ROBUST, &options);
	options = usual;
	options.no_scale = true;
	as_scikit_learn("scaled-robust-no-scale", "numbers-new", NS_SCALE_ROBUST, &options);
}

static void max_abs_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_frame frame;
	as_scikit_learn("scaled-max-abs", "numbers-new", NS_SCALE_MAX_ABS, &usual);
	assert_int_equal(learn_from("a,b\n-4,0\n2,0\n", NS_SCALE_MAX_ABS), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n-4,3\n1,-0\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == -1 && number_at(&frame, "a", 1) == 0.25 && number_at(&frame, "b", 0) == 3);
}

static void each_column_its_strategy(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	struct ns_scale_options options = {1, 3, 0.25, 0.75, .clip = true};
	read_lesson_of(&lesson, &p, "a,b,c,d\n1,1,1,1\n3,3,3,3\n5,5,5,5\n");
	for (int i = 0; i < 4; i++)
		lesson.strategy[i] = i;
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,b,c,d\n9,9,9,9\n"), NS_OK);
	assert_true(fabs(number_at(&frame, "a", 0) - 6 / sqrt(8.0 / 3)) < 1e-15 && number_at(&frame, "b", 0) == 3);
	assert_true(number_at(&frame, "c", 0) == 3 && number_at(&frame, "d", 0) == 9 / 5.0);
}

/* Infinities too; a missing value is none. */
static void clipping(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	struct ns_scale_options options = usual;
	options.clip = true;
	read_lesson_of(&lesson, &p, "a\n1\n3\n");
	use_strategy(&lesson, NS_SCALE_MIN_MAX, 0);
	assert_int_equal(ns_scale_learn(&p.stage, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a\n-7\ninf\n-inf\nNA\n2\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 0 && number_at(&frame, "a", 1) == 1 && number_at(&frame, "a", 2) == 0);
	assert_true(isnan(number_at(&frame, "a", 3)) && number_at(&frame, "a", 4) == 0.5);
}

static void the_ends_are_exact(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a\n0.1\n0.3\n0.7\n", NS_SCALE_MIN_MAX), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a\n0.1\n0.7\n1.3\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 0 && number_at(&frame, "a", 1) == 1 && fabs(number_at(&frame, "a", 2) - 2) < 1e-15);
}

static void missing_and_infinite_values_pass(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a\n1\nNA\n3\n", NS_SCALE_STANDARD), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "b,a\nx,\ny,inf\nz,4\n"), NS_OK);
	assert_true(isnan(number_at(&frame, "a", 0)) && number_at(&frame, "a", 1) == INFINITY && number_at(&frame, "a", 2) == 2);
	assert_string_equal(text_at(&frame, "b", 1), "y");
}

static void what_cannot_be_learnt(void **state)
{
	(void)state;
	assert_int_equal(learn_from("a,b\n,1\n,2\n", NS_SCALE_STANDARD), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a' has no value to learn from (-x 'a' leaves it out)");
	assert_int_equal(learn_from("a\n1\n-inf\n2\n", NS_SCALE_ROBUST), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': 1 of 3 values are infinite (ns-impute --inf missing)");
	assert_int_equal(learn_from("a\n1e200\n-1e200\n", NS_SCALE_STANDARD), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': its values are too far apart to be scaled (-x 'a' leaves it out)");
	assert_int_equal(learn_from("a\n1.5e308\n-1.5e308\n", NS_SCALE_MIN_MAX), NS_EDATA);
}

static void no_columns_change_nothing(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_lesson none = {.source = "train.csv", .before = &p.before};
	assert_int_equal(ns_scale_learn(&p.stage, &none, &usual, &p.arena, &p.err), NS_OK);
	assert_int_equal(p.stage.inputs_count, 0);
	assert_int_equal(apply_to_text(&frame, &p, "a\n1\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 1);
}

static void learn_small(void)
{
	assert_int_equal(learn_from("a,b\n1,2\n3,5\n", NS_SCALE_STANDARD), NS_OK);
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
	refused("column 'b' has no center, scale, shift and bounds that make sense");
	set_number(&p, "center", 0, INFINITY);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
	set_number(&p, "shift", 0, NAN);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
	set_number(&p, "low", 0, 1);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
	set_number(&p, "high", 0, 1);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
	set_number(&p, "low", 0, 2);
	set_number(&p, "high", 0, 1);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
	set_number(&p, "low", 0, -INFINITY);
	set_number(&p, "high", 0, 1);
	refused("column 'a' has no center, scale, shift and bounds that make sense");
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
		TEST(max_abs_as_scikit_learn),
		TEST(each_column_its_strategy),
		TEST(clipping),
		TEST(the_ends_are_exact),
		TEST(missing_and_infinite_values_pass),
		TEST(what_cannot_be_learnt),
		TEST(no_columns_change_nothing),
		TEST(damaged_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
