#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/impute.h"
#include "table/arrow.h"

static const struct ns_impute_options usual = {.fill = -5.5, .text_fill = "missing", .neighbors.n_neighbors = 5};

/* The first stage that is learnt becomes p.stage. */
static int learn_as_told(const struct ns_lesson *lesson, const struct ns_impute_options *options)
{
	struct ns_bundle learnt = {0};
	NS_TRY(ns_impute_learn(&learnt, lesson, options, &p.arena, &p.err));
	p.stage = learnt.stages[0];
	return NS_OK;
}

static int learn(struct ns_lesson *lesson, int strategy, int text_strategy, bool inf_missing)
{
	struct ns_impute_options options = usual;
	options.inf_missing = inf_missing;
	use_strategy(lesson, strategy, text_strategy);
	return learn_as_told(lesson, &options);
}

static int learn_from(const char *text, int strategy, int text_strategy, bool inf_missing)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	return learn(&lesson, strategy, text_strategy, inf_missing);
}

static void numbers_as_scikit_learn(void **state)
{
	(void)state;
	const char *names[] = {"mean", "median", "most_frequent", "constant"};
	for (int strategy = NS_IMPUTE_MEAN; strategy <= NS_IMPUTE_CONSTANT; strategy++) {
		struct ns_lesson lesson;
		struct ns_frame frame;
		read_lesson(&lesson, &p, "tests/data/prepare/numbers.csv");
		assert_int_equal(learn(&lesson, strategy, NS_IMPUTE_CONSTANT, false), NS_OK);
		assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/numbers.csv"), NS_OK);
		assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/prepare/impute-%s.csv", names[strategy]), 0);
	}
}

static void texts_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame, expected;
	read_lesson(&lesson, &p, "tests/data/prepare/words.csv");
	assert_int_equal(learn(&lesson, NS_IMPUTE_MEAN, NS_IMPUTE_MOST_FREQUENT, false), NS_OK);
	assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/words-new.csv"), NS_OK);
	assert_int_equal(read_frame(&expected, &p, "tests/data/prepare/impute-text.csv", NULL, false), NS_OK);
	assert_int_equal(frame.rows, expected.rows);
	for (size_t i = 0; i < frame.width; i++)
		for (size_t row = 0; row < frame.rows; row++)
			assert_string_equal(text_at(&frame, frame.series[i].name, row), text_at(&expected, frame.series[i].name, row));
}

/* Learnt from `train`, applied to train-new, with all options. */
static void options_as_scikit_learn(struct ns_frame *frame, const char *train, int strategy, const struct ns_impute_options *options)
{
	struct ns_lesson lesson;
	read_lesson(&lesson, &p, ns_format(&p.arena, "tests/data/prepare/%s.csv", train));
	use_strategy(&lesson, strategy, strategy);
	assert_int_equal(learn_as_told(&lesson, options), NS_OK);
	assert_int_equal(apply_to(frame, &p, ns_format(&p.arena, "tests/data/prepare/%s-new.csv", train)), NS_OK);
}

static void flags_and_empty_columns_as_scikit_learn(void **state)
{
	(void)state;
	const char *empties[] = {NULL, "drop", "fill"};
	struct ns_frame frame;
	for (int strategy = NS_IMPUTE_MEAN; strategy <= NS_IMPUTE_CONSTANT; strategy++)
		for (int empty = NS_IMPUTE_EMPTY_DROP; empty <= NS_IMPUTE_EMPTY_FILL; empty++) {
			struct ns_impute_options options = {.text_fill = "missing", .empty = empty, .flags = NS_IMPUTE_FLAGS_MISSING};
			options_as_scikit_learn(&frame, "gaps", strategy, &options);
			assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/prepare/imputed-%s-%s.csv", ns_impute_ways[strategy], empties[empty]), 0);
		}
}

static void every_flag_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_impute_options options = {.text_fill = "missing", .empty = NS_IMPUTE_EMPTY_DROP, .flags = NS_IMPUTE_FLAGS_ALL};
	options_as_scikit_learn(&frame, "gaps", NS_IMPUTE_MEAN, &options);
	assert_int_equal(frame.width, 9);
	struct ns_frame flags = {frame.rows, 5, frame.series + 4};
	assert_same_numbers(&p, &flags, "tests/data/prepare/imputed-flags.csv", 0);
}

/* The flags of what a later stage fills. */
static void neighbors_and_flags_as_scikit_learn(void **state)
{
	(void)state;
	const char *weights[] = {"uniform", "distance"};
	struct ns_frame frame;
	struct ns_lesson lesson;
	read_lesson(&lesson, &p, "tests/data/prepare/far.csv");
	use_strategy(&lesson, NS_IMPUTE_KNN, 0);
	for (int weighting = NS_IMPUTE_UNIFORM; weighting <= NS_IMPUTE_DISTANCE; weighting++) {
		struct ns_bundle learnt = {0};
		struct ns_impute_options options = {.text_fill = "missing", .empty = NS_IMPUTE_EMPTY_DROP, .flags = NS_IMPUTE_FLAGS_MISSING,
			.neighbors = {.n_neighbors = 3, .weights = weighting}};
		assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
		assert_int_equal(learnt.count, 2);
		assert_int_equal(read_frame(&frame, &p, "tests/data/prepare/far-new.csv", &learnt, false), NS_OK);
		assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/prepare/imputed-knn-%s.csv", weights[weighting]), 0);
	}
}

/* As many stages as are needed, each behind the one before it. */
static void stages_of_a_call(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	struct ns_bundle learnt = {0};
	struct ns_impute_options options = usual;
	const char *text = "a,b,t\n1,inf,x\n,2,\n3,6,y\n";
	read_lesson_of(&lesson, &p, text);
	use_strategy(&lesson, NS_IMPUTE_KNN, NS_IMPUTE_CONSTANT);
	options.inf_missing = true;
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_true(learnt.count == 2 && learnt.stages[0].inputs_count == 1 && learnt.stages[1].inputs_count == 2);
	assert_string_equal(learnt.stages[1].before.digest, learnt.stages[0].after.digest);
	assert_string_equal(learnt.stages[1].after.behind, "impute impute-knn");
	assert_int_equal(read_frame(&frame, &p, file_of(&p, text, strlen(text)), &learnt, false), NS_OK);
	assert_true(number_at(&frame, "a", 1) == 2 && number_at(&frame, "b", 0) == 4);
	lesson.width = 2; /* without the text */
	learnt = (struct ns_bundle){0};
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_true(learnt.count == 1 && learnt.stages[0].kind == &ns_stage_impute_neighbors && !*learnt.stages[0].before.digest);
	options.flags = NS_IMPUTE_FLAGS_ALL;
	learnt = (struct ns_bundle){0};
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_true(learnt.count == 2 && learnt.stages[0].inputs_count == 2);
	assert_int_equal(read_frame(&frame, &p, file_of(&p, text, strlen(text)), &learnt, false), NS_OK);
	assert_true(number_at(&frame, "b_missing", 0) == 1 && number_at(&frame, "b_missing", 1) == 0 && number_at(&frame, "a_missing", 1) == 1);
	lesson.width = 0;
	learnt = (struct ns_bundle){0};
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_true(learnt.count == 1 && learnt.stages[0].kind == &ns_stage_impute);
	options.inf_missing = false;
	lesson.width = 2;
	assert_int_equal(ns_impute_learn(&learnt, &lesson, &options, &p.arena, &p.err), NS_EDATA);
}

/* -1 and nothing mean the same here; there all of them were made -1. */
static void another_word_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	struct ns_impute_options options = {.text_fill = "missing", .empty = NS_IMPUTE_EMPTY_DROP, .flags = NS_IMPUTE_FLAGS_MISSING};
	p.table.na = (struct ns_texts){(const char *[]){"", "-1"}, 2};
	p.table.na_given = true;
	read_lesson(&lesson, &p, "tests/data/prepare/gaps.csv");
	use_strategy(&lesson, NS_IMPUTE_MEAN, 0);
	assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
	assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/gaps-new.csv"), NS_OK);
	assert_same_numbers(&p, &frame, "tests/data/prepare/imputed-na.csv", 0);
}

static void flags_of_texts_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_frame frame, expected;
	struct ns_impute_options options = {.text_fill = "gone", .flags = NS_IMPUTE_FLAGS_MISSING};
	for (int strategy = NS_IMPUTE_MOST_FREQUENT; strategy <= NS_IMPUTE_CONSTANT; strategy++) {
		options_as_scikit_learn(&frame, "holes", strategy, &options);
		const char *path = ns_format(&p.arena, "tests/data/prepare/imputed-text-%s.csv", ns_impute_ways[strategy]);
		assert_int_equal(read_frame(&expected, &p, path, NULL, false), NS_OK);
		assert_true(frame.rows == expected.rows && frame.width == 5 && expected.width == 5);
		for (size_t i = 0; i < frame.width; i++)
			for (size_t row = 0; row < frame.rows; row++) {
				const char *name = expected.series[i].name;
				assert_string_equal(frame.series[i].name, name);
				if (i < 3)
					assert_string_equal(text_at(&frame, name, row), text_at(&expected, name, row));
				else
					assert_true(number_at(&frame, name, row) == number_at(&expected, name, row));
			}
	}
}

static void each_column_its_strategy(void **state)
{
	(void)state;
	struct ns_lesson lesson;
	struct ns_frame frame;
	read_lesson_of(&lesson, &p, "a,s,b,t,c,d\n1,x,1,x,1,1\n1,,1,,1,1\n4,y,4,y,4,4\n6,y,6,y,6,6\n");
	const int strategies[] = {NS_IMPUTE_MEAN, NS_IMPUTE_MEDIAN, NS_IMPUTE_MOST_FREQUENT, NS_IMPUTE_CONSTANT, NS_IMPUTE_CONSTANT, NS_IMPUTE_MOST_FREQUENT};
	memcpy(lesson.strategy, strategies, sizeof strategies);
	assert_int_equal(learn_as_told(&lesson, &usual), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,s,b,t,c,d\n,,,,,\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 3 && number_at(&frame, "b", 0) == 2.5);
	assert_true(number_at(&frame, "c", 0) == 1 && number_at(&frame, "d", 0) == -5.5);
	assert_string_equal(text_at(&frame, "s", 0), "missing");
	assert_string_equal(text_at(&frame, "t", 0), "y");
	lesson.strategy[4] = NS_IMPUTE_MEDIAN;
	assert_int_equal(learn_as_told(&lesson, &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 's' is text, which median does not fill (most_frequent and constant do)");
}

static void ties_are_the_lowest(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a,b\n3,y\n-0,x\n3,x\n0,y\n7,\n,zz\n", NS_IMPUTE_MOST_FREQUENT, NS_IMPUTE_MOST_FREQUENT, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "b,a\n,\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 0 && !signbit(number_at(&frame, "a", 0)));
	assert_string_equal(text_at(&frame, "b", 0), "x");
}

static void infinities(void **state)
{
	(void)state;
	struct ns_frame frame;
	const char *text = "a\n1\ninf\n2\n-inf\n6\n";
	assert_int_equal(learn_from(text, NS_IMPUTE_MEAN, NS_IMPUTE_CONSTANT, true), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
	assert_true(number_at(&frame, "a", 1) == 3 && number_at(&frame, "a", 3) == 3 && number_at(&frame, "a", 4) == 6);
	assert_int_equal(learn_from(text, NS_IMPUTE_MEDIAN, NS_IMPUTE_CONSTANT, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a\n\ninf\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 2 && number_at(&frame, "a", 1) == INFINITY);
	assert_int_equal(learn_from(text, NS_IMPUTE_MEAN, NS_IMPUTE_CONSTANT, false), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': infinities among its values leave no finite value for mean (--inf missing)");
	struct ns_lesson lesson;
	struct ns_impute_options options = {.text_fill = "missing", .flags = NS_IMPUTE_FLAGS_MISSING};
	for (int missing = 0; missing < 2; missing++) {
		options.inf_missing = missing;
		read_lesson_of(&lesson, &p, text);
		use_strategy(&lesson, NS_IMPUTE_MEDIAN, 0);
		assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
		assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
		assert_int_equal(frame.width, 1 + missing);
		for (size_t row = 0; missing && row < 5; row++)
			assert_true(number_at(&frame, "a_missing", row) == (row == 1 || row == 3));
	}
}

static void nothing_to_learn_from(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_texts as_text = {(const char *[]){"t"}, 1};
	const char *text = "n,t\n,\nNA,\n";
	p.table.text = as_text;
	assert_int_equal(learn_from(text, NS_IMPUTE_MEDIAN, NS_IMPUTE_CONSTANT, false), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'n' has no value to learn from (-x 'n' leaves it out, --empty fill fills it, --empty drop drops it)");
	assert_int_equal(learn_from(text, NS_IMPUTE_CONSTANT, NS_IMPUTE_MOST_FREQUENT, false), NS_EDATA);
	assert_non_null(strstr(p.err.text, "column 't' has no value to learn from"));
	assert_int_equal(learn_from(text, NS_IMPUTE_CONSTANT, NS_IMPUTE_CONSTANT, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
	assert_true(number_at(&frame, "n", 1) == -5.5);
	assert_string_equal(text_at(&frame, "t", 0), "missing");
	struct ns_lesson lesson;
	struct ns_impute_options options = {.fill = 7, .text_fill = "gone", .empty = NS_IMPUTE_EMPTY_FILL};
	read_lesson_of(&lesson, &p, text);
	use_strategy(&lesson, NS_IMPUTE_KNN, NS_IMPUTE_MOST_FREQUENT);
	assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, text), NS_OK);
	assert_true(number_at(&frame, "n", 1) == 7);
	assert_string_equal(text_at(&frame, "t", 0), "gone");
	options.empty = NS_IMPUTE_EMPTY_DROP;
	assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "t,b,n\n,1,\nx,2,3\n"), NS_OK);
	assert_int_equal(frame.width, 1);
	assert_true(number_at(&frame, "b", 1) == 2);
}

static void names_that_meet(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_lesson lesson;
	struct ns_impute_options options = {.text_fill = "missing", .flags = NS_IMPUTE_FLAGS_ALL};
	read_lesson_of(&lesson, &p, "a\n1\n");
	assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a_missing,a\n1,1\n"), NS_EDATA);
	assert_non_null(strstr(p.err.text, ": two columns would be called 'a_missing' once there are flags of missing values (ns-convert --rename gives one "
		"of them another name)"));
}

/* An Arrow column of one type, applied to. */
struct arrow_case {
	struct ns_arrow_type type;
	double fill;
	bool keeps; /* its type */
};

static void arrow_types(void **state)
{
	(void)state;
	const struct arrow_case cases[] = {
		{{.id = NS_ARROW_INT, .width = 8, .is_signed = true}, -128, true},
		{{.id = NS_ARROW_INT, .width = 8, .is_signed = true}, 128, false},
		{{.id = NS_ARROW_INT, .width = 8}, 255, true},
		{{.id = NS_ARROW_INT, .width = 8}, -1, false},
		{{.id = NS_ARROW_INT, .width = 16, .is_signed = true}, -5, true},
		{{.id = NS_ARROW_INT, .width = 32, .is_signed = true}, -2147483648.0, true},
		{{.id = NS_ARROW_INT, .width = 32, .is_signed = true}, 0.5, false},
		{{.id = NS_ARROW_INT, .width = 64, .is_signed = true}, -9223372036854775808.0, true},
		{{.id = NS_ARROW_INT, .width = 64, .is_signed = true}, 9223372036854775808.0, false},
		{{.id = NS_ARROW_INT, .width = 64}, 9223372036854775808.0, true},
		{{.id = NS_ARROW_FLOAT, .width = 64}, 0.1, true},
		{{.id = NS_ARROW_FLOAT, .width = 32}, 0.25, true},
		{{.id = NS_ARROW_FLOAT, .width = 32}, 0.1, false},
		{{.id = NS_ARROW_FLOAT, .width = 16}, 1, false},
		{{.id = NS_ARROW_BOOL, .width = 1}, 1, true},
		{{.id = NS_ARROW_BOOL, .width = 1}, 0, true},
		{{.id = NS_ARROW_BOOL, .width = 1}, 0.5, false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint64_t ones[9];
		uint8_t validity[] = {0xfe, 0}; /* row 0 is missing, and row 8 */
		double came[9];
		memset(ones, 0, sizeof ones);
		struct ns_arrow_array array = {.type = cases[i].type, .rows = 9, .nulls = 2, .validity = validity, .values = ones};
		assert_true(ns_arrow_numbers(came, &array));
		struct ns_column column = {.name = "a", .type = NS_NUMBER, .array = &array, .numbers = came};
		struct ns_table batch = {.rows = 9, .width = 1, .columns = &column};
		struct ns_lesson lesson;
		size_t at = 0;
		read_lesson_of(&lesson, &p, "a\n1\n");
		struct ns_impute_options options = {.fill = cases[i].fill, .text_fill = "missing"};
		use_strategy(&lesson, NS_IMPUTE_CONSTANT, NS_IMPUTE_CONSTANT);
		assert_int_equal(learn_as_told(&lesson, &options), NS_OK);
		assert_int_equal(ns_stage_impute.apply(&batch, &p.stage, &at, &p.arena, &p.err), NS_OK);
		assert_int_equal(column.array != NULL, cases[i].keeps);
		assert_true(column.numbers[0] == cases[i].fill && column.numbers[1] == 0 && column.numbers[8] == cases[i].fill);
		if (!cases[i].keeps)
			continue;
		double now[9];
		assert_true(ns_arrow_numbers(now, column.array) && column.array->nulls == 0);
		assert_memory_equal(now, column.numbers, sizeof now);
	}
}

/* With other words for missing an empty field is a value. */
static void empty_words(void **state)
{
	(void)state;
	struct ns_frame frame;
	p.table.na = (struct ns_texts){(const char *[]){"-"}, 1};
	p.table.na_given = true;
	assert_int_equal(learn_from("a,b\nx,1\n,2\n,3\n-,4\n", NS_IMPUTE_MEAN, NS_IMPUTE_MOST_FREQUENT, false), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a,b\n-,1\nx,-\n"), NS_OK);
	assert_string_equal(text_at(&frame, "a", 0), "");
	assert_true(ns_frame_find(&frame, "a")->codes[0] != NS_CODE_MISSING && number_at(&frame, "b", 1) == 2.5);
}

static void learn_small(void)
{
	assert_int_equal(learn_from("a,b\n1,x\n3,y\n", NS_IMPUTE_MEAN, NS_IMPUTE_MOST_FREQUENT, false), NS_OK);
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "impute: stage 'impute' is damaged, learn it again: %s", what));
	learn_small();
}

static void damaged_tables(void **state)
{
	(void)state;
	learn_small();
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_number(&p, "value", 0, NAN);
	refused("column 'a' has no value to fill in");
	set_number(&p, "value", 0, -INFINITY);
	refused("column 'a' has no value to fill in");
	set_text(&p, "text", 1, NULL);
	refused("column 'b' has no value to fill in");
	set_text(&p, "type", 0, "text");
	refused("column 'a' has the type 'text'");
	set_text(&p, "type", 0, NULL);
	refused("column 'a' has the type ''");
	set_text(&p, "strategy", 0, "mode");
	refused("column 'a' has no strategy that is known");
	set_text(&p, "strategy", 1, "knn");
	refused("column 'b' has no strategy that is known");
	set_text(&p, "indicator", 0, "");
	refused("the indicator of column 'a' has no name");
	set_text(&p, "indicator", 1, "\xff");
	refused("the indicator of column 'b' has no name");
	rename_column(&p, "indicator", "flag");
	refused("no column 'indicator'");
	ns_metadata_set(&p.stage.table.metadata, "ns:inf", "perhaps", &p.arena);
	refused("'ns:inf' is 'perhaps'");
	ns_metadata_set(&p.stage.table.metadata, "ns:inf", NULL, &p.arena);
	refused("'ns:inf' is ''");
	rename_column(&p, "value", "text");
	refused("no column 'value'");
	rename_column(&p, "value", "x");
	rename_column(&p, "text", "value");
	refused("column 'value' holds no numbers");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(numbers_as_scikit_learn),
		TEST(texts_as_scikit_learn),
		TEST(flags_and_empty_columns_as_scikit_learn),
		TEST(every_flag_as_scikit_learn),
		TEST(neighbors_and_flags_as_scikit_learn),
		TEST(stages_of_a_call),
		TEST(another_word_as_scikit_learn),
		TEST(flags_of_texts_as_scikit_learn),
		TEST(each_column_its_strategy),
		TEST(ties_are_the_lowest),
		TEST(infinities),
		TEST(nothing_to_learn_from),
		TEST(names_that_meet),
		TEST(arrow_types),
		TEST(empty_words),
		TEST(damaged_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
