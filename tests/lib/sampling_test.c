#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "learn/sampling.h"

static struct ns_arena arena;
static struct ns_err err;
static const char *names[] = {"a", "b", "c", "d", "e"};

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	err = (struct ns_err){""};
	return 0;
}

static size_t read_counts(size_t *counts, const char *text)
{
	size_t count = 0;
	for (char *end; count < 5 && (counts[count] = strtoul(text, &end, 10), end != text); text = end)
		count++;
	return count;
}

/* Items between blanks. */
static struct ns_texts list_of(const char *text)
{
	struct ns_texts list = {NS_NEW_ARRAY(&arena, const char *, strlen(text) + 1), 0};
	for (size_t size; size = strcspn(text, " "), size; text += size + (text[size] == ' '))
		list.items[list.count++] = ns_strndup(&arena, text, size);
	return list;
}

static int plan(size_t *wanted, enum ns_sampling_kind kind, const char *text, const char *counts_text)
{
	size_t counts[5];
	struct ns_sampling sampling;
	struct ns_texts given = list_of(text);
	struct ns_labels labels = {.classes = (uint32_t)read_counts(counts, counts_text), .names = names};
	NS_TRY(ns_sampling_read(&sampling, kind, &given, &arena, &err));
	return ns_sampling_plan(wanted, &sampling, counts, &labels, &err);
}

static enum ns_sampling_kind kind_of(const char *text)
{
	return *text == 'o' ? NS_OVER_SAMPLING : *text == 'u' ? NS_UNDER_SAMPLING : NS_CLEANING;
}

static void check_case(const char *kind_text, const char *strategy, const char *before, const char *after)
{
	enum ns_sampling_kind kind = kind_of(kind_text);
	size_t wanted[5], had[5], has[5], classes = read_counts(had, before);
	int status = plan(wanted, kind, strategy, before);
	if (strcmp(after, "refused") == 0) {
		assert_int_equal(status, NS_ECALL);
		return;
	}
	assert_string_equal(status == NS_OK ? "" : err.text, "");
	assert_int_equal(read_counts(has, after), classes);
	for (size_t c = 0; c < classes; c++) {
		size_t aside = kind == NS_CLEANING ? 0 : had[c], gone = kind == NS_CLEANING ? 1 : wanted[c];
		assert_int_equal(wanted[c] == NS_SAMPLING_ASIDE ? aside : gone, has[c]);
	}
}

static void test_counts_are_those_of_imbalanced_learn(void **state)
{
	(void)state;
	FILE *file = fopen("tests/data/smote/counts.csv", "r");
	char line[256], kind[32], strategy[32], before[64], after[64];
	size_t cases = 0;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	ns_quiet = true;
	for (; fgets(line, sizeof line, file); cases++) {
		assert_int_equal(sscanf(line, "%31[^,],%31[^,],%63[^,],%63[^\n]", kind, strategy, before, after), 4);
		check_case(kind, strategy, before, after);
	}
	fclose(file);
	assert_int_equal(cases, 373);
}

static void test_a_ratio_that_is_reached_already(void **state)
{
	(void)state;
	size_t wanted[5];
	assert_int_equal(plan(wanted, NS_OVER_SAMPLING, "1", "10 10"), NS_OK);
	assert_true(wanted[0] == NS_SAMPLING_ASIDE && wanted[1] == 10);
	assert_int_equal(plan(wanted, NS_UNDER_SAMPLING, "1e-300", "10 11"), NS_ECALL);
}

static void test_blanks_are_dashes(void **state)
{
	(void)state;
	struct ns_sampling sampling;
	assert_int_equal(ns_sampling_read(&sampling, NS_OVER_SAMPLING, &(struct ns_texts){(const char *[]){"not minority"}, 1}, &arena, &err), NS_OK);
	assert_int_equal(sampling.word, NS_NOT_MINORITY);
	assert_int_equal(ns_sampling_read(&sampling, NS_UNDER_SAMPLING, &(struct ns_texts){NULL, 0}, &arena, &err), NS_OK);
	assert_int_equal(sampling.word, NS_NOT_MINORITY);
}

static void test_names_are_those_of_the_labels(void **state)
{
	(void)state;
	size_t wanted[2];
	struct ns_sampling sampling;
	struct ns_labels labels = {.classes = 2, .names = (const char *[]){"-1", "1"}, .values = (double[]){-1, 1}};
	struct ns_texts given = {(const char *[]){"-1.0=7", "1=9"}, 2};
	assert_int_equal(ns_sampling_read(&sampling, NS_OVER_SAMPLING, &given, &arena, &err), NS_OK);
	assert_int_equal(ns_sampling_plan(wanted, &sampling, (size_t[]){5, 9}, &labels, &err), NS_OK);
	assert_true(wanted[0] == 7 && wanted[1] == 9);
	given = (struct ns_texts){(const char *[]){"-1"}, 1};
	assert_int_equal(ns_sampling_read(&sampling, NS_CLEANING, &given, &arena, &err), NS_OK);
	assert_int_equal(ns_sampling_plan(wanted, &sampling, (size_t[]){5, 9}, &labels, &err), NS_OK);
	assert_true(wanted[0] == 0 && wanted[1] == NS_SAMPLING_ASIDE);
	labels = (struct ns_labels){.classes = 2, .names = (const char *[]){"x=y", "z"}};
	given = (struct ns_texts){(const char *[]){"x=y=6"}, 1};
	assert_int_equal(ns_sampling_read(&sampling, NS_OVER_SAMPLING, &given, &arena, &err), NS_OK);
	assert_int_equal(ns_sampling_plan(wanted, &sampling, (size_t[]){5, 9}, &labels, &err), NS_OK);
	assert_int_equal(wanted[0], 6);
}

static void assert_refused(enum ns_sampling_kind kind, const char *strategy, const char *counts, const char *message)
{
	size_t wanted[5];
	assert_int_equal(plan(wanted, kind, strategy, counts), NS_ECALL);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	const enum ns_sampling_kind over = NS_OVER_SAMPLING, under = NS_UNDER_SAMPLING;
	assert_refused(over, "majority", "30 5",
		"--strategy majority: the largest class is what others grow to (auto, minority, not-minority, not-majority, all)");
	assert_refused(under, "minority", "30 5",
		"--strategy minority: rows go from larger classes (auto, majority, not-minority, not-majority, all)");
	assert_refused(over, "minorty", "30 5", "--strategy: unknown word 'minorty' (did you mean 'minority'?)");
	assert_refused(over, "+", "30 5",
		"--strategy: '+' is neither a word (auto, minority, not-minority, not-majority, all) nor a number nor CLASS=ROWS");
	assert_refused(over, "1.5", "30 5", "--strategy: 1.5 is no ratio of the smaller class to the larger: above 0, at most 1");
	assert_refused(over, "0.5", "30 5 7", "--strategy 0.5: a ratio is for two classes, here are 3 (CLASS=ROWS,... says it for each)");
	assert_refused(over, "0.3", "30 10", "--strategy 0.3: class 'b' has 10 rows beside 30, which is more already: rows are only added");
	assert_refused(under, "0.3", "30 10", "--strategy 0.3: class 'a' has 30 rows beside 10, which is less already: rows are only taken away");
	assert_refused(over, "b=8 c", "30 5 6", "--strategy: 'c' is not CLASS=ROWS");
	assert_refused(over, "b=8.5", "30 5 6", "--strategy: 'b=8.5': '8.5' is no number of rows");
	assert_refused(over, "b=-8", "30 5 6", "--strategy: 'b=-8': '-8' is no number of rows");
	assert_refused(over, "b=4294967295", "30 5 6", "--strategy: 'b=4294967295': '4294967295' is no number of rows");
	assert_refused(over, "b=4", "30 5 6", "--strategy b=4: the class has 5 rows, and rows are only added");
	assert_refused(under, "b=6", "30 5 6", "--strategy b=6: the class has 5 rows, and rows are only taken away");
	assert_refused(over, "b=8 b=9", "30 5 6", "--strategy: class 'b' is given twice");
	assert_refused(over, "zebra=8", "30 5 6", "--strategy: the target has no class 'zebra'");
	names[1] = "probe";
	assert_refused(NS_CLEANING, "prob", "30 5 6", "--strategy: the target has no class 'prob' (did you mean 'probe'?)");
	names[1] = "b";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_counts_are_those_of_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_a_ratio_that_is_reached_already, release),
		cmocka_unit_test_teardown(test_blanks_are_dashes, release),
		cmocka_unit_test_teardown(test_names_are_those_of_the_labels, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
