#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "preparing.h"
#include "stage/encode.h"

#define AS_USUAL .unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .unknown_value = -1, .missing_value = (double)NAN, .max_categories = 1000
static const struct ns_encode_options usual = {AS_USUAL};

static int learn(struct ns_lesson *lesson, int strategy, const struct ns_encode_options *options)
{
	for (size_t i = 0; i < lesson->width; i++)
		lesson->strategy[i] = strategy;
	return ns_encode_learn(&p.stage, lesson, options, &p.arena, &p.err);
}

static int learn_as(int strategy, const char *text, const struct ns_encode_options *options)
{
	struct ns_lesson lesson;
	read_lesson_of(&lesson, &p, text);
	return learn(&lesson, strategy, options);
}

static int learn_from(const char *text, const struct ns_encode_options *options)
{
	return learn_as(NS_ENCODE_ONE_HOT, text, options);
}

static void assert_names(const struct ns_frame *frame, const char *names)
{
	const char **list = NS_NEW_ARRAY(&p.arena, const char *, frame->width);
	for (size_t i = 0; i < frame->width; i++)
		list[i] = frame->series[i].name;
	assert_string_equal(ns_list_join(list, frame->width, &p.arena), names);
}

static void as_scikit_learn(const char *name, int drop, int unknown, double min_frequency)
{
	struct ns_encode_options options = {.drop = drop, .unknown = unknown, .min_frequency = min_frequency, .max_categories = 1000};
	struct ns_lesson lesson;
	struct ns_frame frame;
	read_lesson(&lesson, &p, "tests/data/prepare/words.csv");
	assert_int_equal(ns_encode_learn(&p.stage, &lesson, &options, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/words-new.csv"), NS_OK);
	assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/prepare/encode-%s.csv", name), 0);
}

static void one_hot_as_scikit_learn(void **state)
{
	(void)state;
	as_scikit_learn("plain", NS_ENCODE_DROP_NONE, NS_ENCODE_UNKNOWN_IGNORE, 0);
	as_scikit_learn("plain", NS_ENCODE_DROP_NONE, NS_ENCODE_UNKNOWN_INFREQUENT, 1);
	as_scikit_learn("first", NS_ENCODE_DROP_FIRST, NS_ENCODE_UNKNOWN_IGNORE, 0);
	as_scikit_learn("if-binary", NS_ENCODE_DROP_IF_BINARY, NS_ENCODE_UNKNOWN_IGNORE, 0);
	as_scikit_learn("rare-3", NS_ENCODE_DROP_NONE, NS_ENCODE_UNKNOWN_INFREQUENT, 3);
	as_scikit_learn("rare-share", NS_ENCODE_DROP_NONE, NS_ENCODE_UNKNOWN_INFREQUENT, 0.1);
	as_scikit_learn("rare-first", NS_ENCODE_DROP_FIRST, NS_ENCODE_UNKNOWN_INFREQUENT, 0.1);
	as_scikit_learn("rare-ignore", NS_ENCODE_DROP_IF_BINARY, NS_ENCODE_UNKNOWN_IGNORE, 0.1);
}

static void ordinal_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_texts columns = {(const char *[]){"yesno", "one"}, 2};
	struct ns_lesson lesson;
	struct ns_frame frame, expected;
	p.table.columns = columns;
	read_lesson(&lesson, &p, "tests/data/prepare/words.csv");
	assert_int_equal(learn(&lesson, NS_ENCODE_ORDINAL, &usual), NS_OK);
	assert_int_equal(apply_to(&frame, &p, "tests/data/prepare/words-new.csv"), NS_OK);
	assert_int_equal(read_frame(&expected, &p, "tests/data/prepare/encode-ordinal.csv", NULL, false), NS_OK);
	assert_int_equal(frame.rows, expected.rows);
	for (size_t i = 0; i < expected.width; i++)
		assert_memory_equal(ns_frame_find(&frame, expected.series[i].name)->numbers, expected.series[i].numbers, frame.rows * sizeof(double));
	assert_true(number_at(&frame, "yesno", 4) == -1);
}

/* tests/data/encode: what only newer versions know. */
static void as_newer(const char *file, int strategy, const struct ns_encode_options *options)
{
	struct ns_lesson lesson;
	struct ns_frame frame;
	p.table.exclude = (struct ns_texts){(const char *[]){"two", "three"}, 2};
	read_lesson(&lesson, &p, "tests/data/encode/train.csv");
	assert_int_equal(learn(&lesson, strategy, options), NS_OK);
	p.table.exclude = (struct ns_texts){0};
	assert_int_equal(apply_to(&frame, &p, "tests/data/encode/new.csv"), NS_OK);
	assert_same_numbers(&p, &frame, ns_format(&p.arena, "tests/data/encode/%s.csv", file), 0);
}

static void ordinal_as_newer_scikit_learn(void **state)
{
	(void)state;
	const int ordinal = NS_ENCODE_ORDINAL;
	as_newer("ordinal-plain", ordinal, &usual);
	as_newer("ordinal-missing", ordinal, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .unknown_value = (double)NAN, .missing_value = -7,
		.max_categories = 1000});
	as_newer("ordinal-rare", ordinal, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .unknown_value = -1, .missing_value = (double)NAN,
		.min_frequency = 0.06, .max_categories = 1000});
	as_newer("ordinal-top", ordinal, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .unknown_value = -1, .missing_value = 99, .top = 2,
		.max_categories = 3});
	as_newer("ordinal-top-rare", ordinal, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .unknown_value = -1, .missing_value = (double)NAN,
		.min_frequency = 20, .top = 3, .max_categories = 1000});
}

static void one_hot_as_newer_scikit_learn(void **state)
{
	(void)state;
	as_newer("one-hot-top", NS_ENCODE_ONE_HOT, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .top = 2, .max_categories = 3});
	as_newer("one-hot-top-first", NS_ENCODE_ONE_HOT, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .top = 3, .max_categories = 4,
		.drop = NS_ENCODE_DROP_FIRST});
	as_newer("one-hot-top-if-binary", NS_ENCODE_ONE_HOT, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .top = 1, .max_categories = 2,
		.drop = NS_ENCODE_DROP_IF_BINARY});
	as_newer("one-hot-top-rare", NS_ENCODE_ONE_HOT, &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .top = 4, .min_frequency = 12,
		.max_categories = 1000});
}

/* Categories in an order of their own, some that no row has, and rows with others. */
static void lists_as_scikit_learn(void **state)
{
	(void)state;
	static const char *const sizes[] = {"small", "medium", "large", "enormous"}, *const ports[] = {"8080", "80", "443", "22", "-1", "0.5", "1e12"};
	const struct ns_encode_list lists[] = {{"port", ports, 7, true}, {"size", sizes, 4, true}, {"elsewhere", sizes, 4, false}};
	struct ns_encode_options options = usual;
	for (int strategy = NS_ENCODE_ONE_HOT; strategy <= NS_ENCODE_ORDINAL; strategy++) {
		struct ns_lesson lesson;
		struct ns_frame frame;
		bool one_hot = strategy == NS_ENCODE_ONE_HOT;
		options.lists = lists;
		options.lists_count = 3;
		options.drop = one_hot ? NS_ENCODE_DROP_FIRST : NS_ENCODE_DROP_NONE;
		p.table.columns = (struct ns_texts){(const char *[]){"size", "port"}, 2};
		read_lesson(&lesson, &p, "tests/data/encode/train.csv");
		assert_int_equal(learn(&lesson, strategy, &options), NS_OK);
		p.table.columns = (struct ns_texts){0};
		p.table.exclude = (struct ns_texts){(const char *[]){"city", "yesno", "gap"}, 3};
		struct ns_bundle bundle = {&p.stage, 1};
		assert_int_equal(read_frame(&frame, &p, "tests/data/encode/new.csv", &bundle, true), NS_OK);
		p.table.exclude = (struct ns_texts){0};
		assert_same_numbers(&p, &frame, one_hot ? "tests/data/encode/one-hot-listed.csv" : "tests/data/encode/ordinal-listed.csv", 0);
	}
}

static void lists_that_do_not_fit(void **state)
{
	(void)state;
	static const char *const twice[] = {"x", "y", "x"}, *const numbers[] = {"1", "one"};
	struct ns_encode_options options = usual;
	options.lists = (const struct ns_encode_list[]){{"c", twice, 3, true}};
	options.lists_count = 1;
	assert_int_equal(learn_from("c\nx\n", &options), NS_ECALL);
	assert_string_equal(p.err.text, "--categories: 'x' of column 'c' is there twice");
	options.lists = (const struct ns_encode_list[]){{"number", numbers, 2, true}};
	assert_int_equal(learn_from("number\n1\n", &options), NS_ECALL);
	assert_string_equal(p.err.text, "--categories: column 'number' holds numbers, 'one' is none");
	assert_int_equal(learn_from("numbers\n1\n", &options), NS_ECALL);
	assert_string_equal(p.err.text, "--categories: no column 'number' is encoded (did you mean 'numbers'?)");
	options.lists = (const struct ns_encode_list[]){{"c", twice, 2, true}};
	assert_int_equal(learn_from("c\nz\nx\n", &options), NS_OK); /* noted, and unknown */
	options.unknown = NS_ENCODE_UNKNOWN_ERROR;
	assert_int_equal(learn_from("c\nz\nx\n", &options), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'c': 'z' is none of its --categories (--unknown ignore or infrequent takes it)");
	options.missing_value = 1;
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c\nx\n\"\"\n", &options), NS_ECALL);
	assert_string_equal(p.err.text, "--missing-value: 1 is the code of a category of column 'c'");
}

static void columns_stand_where_they_stood(void **state)
{
	(void)state;
	struct ns_frame frame;
	p.table.columns = (struct ns_texts){(const char *[]){"c", "n"}, 2};
	assert_int_equal(learn_from("a,c,b,n,d\n1,y,2,10,3\n4,x,5,9,6\n", &usual), NS_OK);
	assert_string_equal(ns_metadata_find(&p.stage.table.metadata, "ns:outputs"), "n_9\tn_10\tc_x\tc_y"); /* numbers, then texts */
	assert_int_equal(apply_to_text(&frame, &p, "a,c,b,n,d\n1,x,2,10,3\n"), NS_OK);
	assert_names(&frame, "a\tc_x\tc_y\tb\tn_9\tn_10\td");
	assert_true(number_at(&frame, "c_x", 0) == 1 && number_at(&frame, "c_y", 0) == 0 && number_at(&frame, "n_10", 0) == 1);
	assert_int_equal(learn_from("a,c,b,n,d\n1,y,2,10,3\n4,y,5,9,6\n", &(struct ns_encode_options){.drop = NS_ENCODE_DROP_FIRST, .max_categories = 9}), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "d,c,n\n1,y,9\n"), NS_OK);
	assert_names(&frame, "d\tn_10"); /* c was constant and is gone */
}

static void numbers_are_categories_by_value(void **state)
{
	(void)state;
	struct ns_frame frame;
	p.table.columns = (struct ns_texts){(const char *[]){"n"}, 1};
	assert_int_equal(learn_from("n,a\n1e1,1\n-0,2\n10.0,3\n0,4\n0.5,5\n,6\n", &usual), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "n\n10\n0\n-0\n.5\nNA\n7\n"), NS_OK);
	assert_names(&frame, "n_0\tn_0.5\tn_10\tn_missing");
	assert_true(number_at(&frame, "n_10", 0) == 1 && number_at(&frame, "n_0", 1) == 1 && number_at(&frame, "n_0", 2) == 1);
	assert_true(number_at(&frame, "n_0.5", 3) == 1 && number_at(&frame, "n_missing", 4) == 1);
	for (size_t i = 0; i < frame.width; i++)
		assert_true(frame.series[i].numbers[5] == 0);
}

static void missing_values(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("c\nx\ny\n", &usual), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "c,d\n,1\n"), NS_OK);
	assert_true(number_at(&frame, "c_x", 0) == 0 && number_at(&frame, "c_y", 0) == 0);
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c\nx\ny\n", &usual), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "c,d\n,1\ny,2\nz,3\n"), NS_OK);
	assert_true(isnan(number_at(&frame, "c", 0)) && number_at(&frame, "c", 1) == 1 && number_at(&frame, "c", 2) == -1);
	p.table.text = (struct ns_texts){(const char *[]){"c"}, 1};
	assert_int_equal(learn_from("c,d\n,1\n", &usual), NS_OK); /* never anything but missing: a category like others */
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c,d\n,1\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'c' has no value to learn from (-x 'c' leaves it out)");
}

static void unknown_is_refused_on_demand(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_encode_options strict = usual;
	strict.unknown = NS_ENCODE_UNKNOWN_ERROR;
	strict.min_frequency = 2;
	assert_int_equal(learn_from("c\nx\ny\nx\nz\n", &strict), NS_OK);
	char *path = file_of(&p, "c,d\nx,1\ny,2\nq,3\n", 16);
	assert_int_equal(apply_to(&frame, &p, path), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena,
		"%s:4: column 'c': 'q' is no category of the training table (--unknown ignore or infrequent takes it)", path));
	path = file_of(&p, "c,d\n,1\n", 7);
	assert_int_equal(apply_to(&frame, &p, path), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "%s:2: column 'c' is missing, and no row of the training table was without it "
		"(ns-impute fills it, --unknown ignore or infrequent takes it)", path));
	assert_int_equal(apply_to_text(&frame, &p, "c,d\nx,1\nz,2\n"), NS_OK); /* rare ones are known */
	assert_true(number_at(&frame, "c_x", 0) == 1 && number_at(&frame, "c_infrequent", 1) == 1);
	p.table.columns = (struct ns_texts){(const char *[]){"n"}, 1};
	assert_int_equal(learn_from("n\n1\n1\n", &strict), NS_OK);
	path = file_of(&p, "n\n1\n2.5\n", 8);
	assert_int_equal(apply_to(&frame, &p, path), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena,
		"%s:3: column 'n': '2.5' is no category of the training table (--unknown ignore or infrequent takes it)", path));
}

/* With other words for missing an empty field is a category, and not a missing value. */
static void empty_words(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_encode_options strict = usual;
	strict.unknown = NS_ENCODE_UNKNOWN_ERROR;
	p.table.na = (struct ns_texts){(const char *[]){"-"}, 1};
	p.table.na_given = true;
	p.table.columns = (struct ns_texts){(const char *[]){"c"}, 1};
	assert_int_equal(learn_from("c,d\nx,1\n,2\n-,3\n", &strict), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "c,d\n,1\n-,1\n"), NS_OK);
	assert_names(&frame, "c_\tc_x\tc_missing\td");
	assert_true(number_at(&frame, "c_", 0) == 1 && number_at(&frame, "c_missing", 1) == 1);
	assert_int_equal(learn_from("c,d\nx,1\n", &strict), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "c,d\n,1\n"), NS_EDATA);
	assert_non_null(strstr(p.err.text, ":2: column 'c': '' is no category of the training table"));
}

static void too_many(void **state)
{
	(void)state;
	struct ns_encode_options few = usual;
	few.max_categories = 2;
	assert_int_equal(learn_from("c\nx\ny\nz\n", &few), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'c' has 3 categories, more than 2 (-x 'c' leaves it out, --min-frequency or --top puts rare ones "
		"together, --use 'target=c' takes any number, --max-categories allows more)");
	few.min_frequency = 2;
	assert_int_equal(learn_from("c\nx\ny\nz\nx\n", &few), NS_OK);
	few.min_frequency = 0;
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c\nx\ny\nz\n", &few), NS_EDATA);
	few.top = 1;
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c\nx\ny\nz\n", &few), NS_OK);
	few.top = 0;
	few.unknown_value = 1;
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "c\nx\ny\n", &few), NS_ECALL);
	assert_string_equal(p.err.text, "--unknown-value: 1 is the code of a category of column 'c'");
}

static void names_that_meet(void **state)
{
	(void)state;
	struct ns_frame frame;
	assert_int_equal(learn_from("a,a_b\nb_c,x\ny,c\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a_b_c' would stand for 'b_c' of column 'a' and for 'c' of column 'a_b' (-x 'a_b' leaves that one "
		"out, ns-convert --rename gives a column another name)");
	assert_int_equal(learn_from("a\nx\nx \n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a_x' would stand for 'x' and for 'x ' of column 'a' (-x 'a' leaves it out, --use 'ordinal=a' numbers "
		"them)");
	assert_int_equal(learn_from("a\nmissing\n\"\"\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a_missing' would stand for 'missing' and for a missing value of column 'a' (-x 'a' leaves it out, "
		"--use 'ordinal=a' numbers them)");
	assert_int_equal(learn_from("a\nx\n", &usual), NS_OK);
	char *path = file_of(&p, "a,a_x\nx,1\n", 10);
	assert_int_equal(apply_to(&frame, &p, path), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "%s: two columns would be called 'a_x' once categories are columns (ns-convert --rename gives one of "
		"them another name)", path));
	assert_int_equal(learn_from("a\nx\n\xff\n", &usual), NS_EDATA);
	assert_string_equal(p.err.text, "train.csv: column 'a': '\\xff' is not UTF-8 (iconv -f LATIN1 -t UTF-8 may make it so)");
}

static void nothing_to_encode(void **state)
{
	(void)state;
	struct ns_frame frame;
	struct ns_lesson none = {.source = "train.csv", .before = &p.before};
	assert_int_equal(ns_encode_learn(&p.stage, &none, &usual, &p.arena, &p.err), NS_OK);
	assert_int_equal(apply_to_text(&frame, &p, "a\n1\n"), NS_OK);
	assert_true(number_at(&frame, "a", 0) == 1);
}

static void learn_small(void)
{
	p.table.columns = (struct ns_texts){0};
	assert_int_equal(learn_from("a,b,c\nx,1,p\ny,2,p\n,3,q\n", &(struct ns_encode_options){.unknown = NS_ENCODE_UNKNOWN_IGNORE, .max_categories = 9}), NS_OK);
	/* rows: b 1 2 3 unknown, a x y missing unknown, c p q unknown */
}

static void refused(const char *what)
{
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, ns_format(&p.arena, "encode: stage 'encode' is damaged, learn it again: %s", what));
	learn_small();
}

static void damaged_one_hot(void **state)
{
	(void)state;
	const char *output = "column 'a' has no output for each category";
	learn_small();
	assert_int_equal(p.stage.table.rows, 11);
	assert_int_equal(reload(&p, NULL, 0), NS_OK);
	set_number(&p, "code", 4, 3);
	refused(output); /* code 0 has no name */
	set_number(&p, "code", 4, 1);
	refused(output); /* two names for code 1 */
	set_number(&p, "code", 4, 0.5);
	refused(output);
	set_number(&p, "code", 4, -1);
	refused(output);
	set_number(&p, "code", 4, 1e300);
	refused(output);
	set_number(&p, "code", 4, NAN);
	refused(output); /* a name without a code */
	set_text(&p, "output", 4, NULL);
	refused(output);
	set_text(&p, "output", 4, "");
	refused(output);
	set_text(&p, "output", 4, "\xc3");
	refused(output);
	set_text(&p, "kind", 4, "class");
	refused("row 5: no category of column 'a'");
	set_text(&p, "kind", 4, NULL);
	refused("row 5: no category of column 'a'");
	set_text(&p, "kind", 4, "missing"); /* before a category */
	refused("row 6: no category of column 'a'");
	set_text(&p, "kind", 7, "missing");
	refused("row 8: no category of column 'a'");
	set_text(&p, "kind", 6, "unknown");
	refused("row 8: no category of column 'a'");
	set_text(&p, "category", 5, "x");
	refused("row 6: no category of column 'a'");
	set_text(&p, "category", 5, NULL);
	refused("row 6: no category of column 'a'");
	set_number(&p, "value", 1, 1);
	refused("row 2: no category of column 'b'");
	set_number(&p, "value", 0, NAN);
	refused("row 1: no category of column 'b'");
	set_text(&p, "column", 3, "d");
	refused("no category of column 'a'");
	set_text(&p, "column", 10, "d");
	refused("row 11 is about no column that it reads");
	set_text(&p, "strategy", 4, "two-hot");
	refused("column 'a' has no strategy that is known");
	set_text(&p, "strategy", 5, "ordinal");
	refused("row 6: another strategy for column 'a'");
	struct ns_stage_input twice[] = {{"b", NS_NUMBER}, {"b", NS_NUMBER}};
	assert_int_equal(reload(&p, twice, 2), NS_EDATA);
	assert_string_equal(p.err.text, "encode: stage 'encode' is damaged, learn it again: it reads column 'b' twice");
}

static void damaged_ordinal(void **state)
{
	(void)state;
	const char *damaged = "encode: stage 'encode' is damaged, learn it again: column 'a' has no output for each category";
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "a\nx\ny\n", &usual), NS_OK);
	set_number(&p, "code", 0, INFINITY);
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, damaged);
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "a\nx\ny\n", &usual), NS_OK);
	set_number(&p, "code", 0, NAN); /* only an unknown value may become missing */
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, damaged);
	assert_int_equal(learn_as(NS_ENCODE_ORDINAL, "a\nx\ny\n", &usual), NS_OK);
	set_text(&p, "output", 1, "b");
	assert_int_equal(reload(&p, NULL, 0), NS_EDATA);
	assert_string_equal(p.err.text, damaged);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(one_hot_as_scikit_learn),
		TEST(ordinal_as_scikit_learn),
		TEST(ordinal_as_newer_scikit_learn),
		TEST(one_hot_as_newer_scikit_learn),
		TEST(lists_as_scikit_learn),
		TEST(lists_that_do_not_fit),
		TEST(columns_stand_where_they_stood),
		TEST(numbers_are_categories_by_value),
		TEST(missing_values),
		TEST(unknown_is_refused_on_demand),
		TEST(empty_words),
		TEST(too_many),
		TEST(names_that_meet),
		TEST(nothing_to_encode),
		TEST(damaged_one_hot),
		TEST(damaged_ordinal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
