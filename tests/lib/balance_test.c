#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "drawing.h"
#include "learn/balance.h"
#include "learn/tomek.h"

enum { FEATURES = 3, CLASSES = 3 };

static struct ns_arena arena;
static struct ns_err err;
static const char *names[] = {"a", "b", "c"};

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	err = (struct ns_err){""};
	return 0;
}

/* 60, 45 and 25 rows, which overlap; the third feature is a category where the method takes some. */
static struct ns_training read_border(void)
{
	const double **all;
	struct ns_training training = training_of(&all, "tests/data/smote/border.csv", FEATURES, CLASSES, &arena);
	for (size_t row = 0; row < training.rows; row++)
		((double *)all[2])[row] = floor(all[2][row]);
	return training;
}

static struct ns_texts list_of(const char *text)
{
	struct ns_texts list = {NS_NEW_ARRAY(&arena, const char *, strlen(text) + 1), 0};
	for (size_t size; size = strcspn(text, " "), size; text += size + (text[size] == ' '))
		list.items[list.count++] = ns_strndup(&arena, text, size);
	return list;
}

static int balance_with(struct ns_balanced *balanced, const struct ns_training *training, enum ns_balance_name method, const char *strategy,
	const char *params)
{
	struct ns_balance balance;
	struct ns_texts strategies = list_of(strategy), given = list_of(params);
	struct ns_labels labels = {.classes = training->classes, .names = names, .y = training->y};
	ns_quiet = true;
	NS_TRY(ns_balance_read(&balance, method, &strategies, &given, &arena, &err));
	balance.source = "table.csv";
	balance.categorical = (bool[]){false, false, method == NS_SMOTE_NC};
	return ns_balance_make(balanced, &balance, training, &labels, &arena, &err);
}

/* --- what comes of it: rows of values and a class, those that stay and those that were added --- */

struct rows {
	double (*values)[FEATURES + 1];
	size_t count, stayed;
};

static void add_row(struct rows *rows, const struct ns_training *training, size_t row)
{
	double *values = rows->values[rows->count++];
	for (size_t f = 0; f < FEATURES; f++)
		values[f] = training->x[f][row];
	values[FEATURES] = training->y[row];
}

static void add_addition(struct rows *rows, const struct ns_addition *addition, const struct ns_training *training)
{
	const double *drawn = values_of_draw(&addition->drawn, training, &arena);
	for (size_t i = 0; i < addition->drawn.count; i++) {
		if (addition->gone && addition->gone[i])
			continue;
		for (size_t f = 0; f < FEATURES; f++)
			rows->values[rows->count][f] = drawn[f * addition->drawn.count + i];
		rows->values[rows->count++][FEATURES] = addition->drawn.class;
	}
}

static struct rows rows_of(const struct ns_balanced *balanced, const struct ns_training *training)
{
	struct rows rows = {.values = ns_alloc_array(&arena, 2000, sizeof *rows.values)};
	for (size_t row = 0; row < training->rows; row++)
		for (uint32_t i = 0; i < (balanced->copies ? balanced->copies[row] : 1); i++)
			add_row(&rows, training, row);
	rows.stayed = rows.count;
	for (size_t i = 0; i < balanced->additions_count; i++)
		add_addition(&rows, &balanced->additions[i], training);
	return rows;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;
	for (size_t f = 0; f <= FEATURES; f++)
		if (x[f] != y[f])
			return x[f] < y[f] ? -1 : 1;
	return 0;
}

static struct rows sorted_rows(const struct ns_training *training, enum ns_balance_name method, const char *strategy, const char *params)
{
	struct ns_balanced balanced;
	int status = balance_with(&balanced, training, method, strategy, params);
	assert_string_equal(status == NS_OK ? "" : err.text, "");
	struct rows rows = rows_of(&balanced, training);
	qsort(rows.values, rows.count, sizeof *rows.values, compare);
	return rows;
}

static void assert_counts(enum ns_balance_name method, const char *strategy, const char *params, size_t a, size_t b, size_t c)
{
	struct ns_training training = read_border();
	struct rows rows = sorted_rows(&training, method, strategy, params);
	size_t counts[CLASSES] = {0};
	for (size_t i = 0; i < rows.count; i++)
		counts[(size_t)rows.values[i][FEATURES]]++;
	assert_true(counts[0] == a && counts[1] == b && counts[2] == c);
}

static void test_classes_are_as_large_as_they_should_be(void **state)
{
	(void)state;
	static const enum ns_balance_name adding[] = {NS_SMOTE, NS_BORDERLINE_1, NS_BORDERLINE_2, NS_SMOTE_NC, NS_RANDOM_OVER};
	for (size_t i = 0; i < sizeof adding / sizeof *adding; i++) {
		assert_counts(adding[i], "", "", 60, 60, 60);
		assert_counts(adding[i], "all", "", 60, 60, 60);
		assert_counts(adding[i], "minority", "", 60, 45, 60);
		assert_counts(adding[i], "not-minority", "", 60, 60, 25);
		assert_counts(adding[i], "c=26 b=100", "", 60, 100, 26);
		assert_counts(adding[i], "a=200 b=45", "", 200, 45, 25);
	}
	assert_counts(NS_RANDOM_OVER, "", "shrinkage=0.4", 60, 60, 60);
	assert_counts(NS_RANDOM_UNDER, "", "", 25, 25, 25);
	assert_counts(NS_RANDOM_UNDER, "majority", "", 25, 45, 25);
	assert_counts(NS_RANDOM_UNDER, "not-majority", "", 60, 25, 25);
	assert_counts(NS_RANDOM_UNDER, "all", "replacement=true", 25, 25, 25);
	assert_counts(NS_RANDOM_UNDER, "a=7 c=0", "", 7, 45, 0);
}

/* --- what is removed --- */

static void test_without_replacement_no_row_stays_twice(void **state)
{
	(void)state;
	struct ns_training training = read_border();
	struct ns_balanced balanced;
	size_t most = 0;
	assert_int_equal(balance_with(&balanced, &training, NS_RANDOM_UNDER, "", ""), NS_OK);
	for (size_t row = 0; row < training.rows; row++)
		assert_true(balanced.copies[row] <= 1);
	assert_int_equal(balance_with(&balanced, &training, NS_RANDOM_UNDER, "", "replacement=True"), NS_OK);
	for (size_t row = 0; row < training.rows; row++)
		most = balanced.copies[row] > most ? balanced.copies[row] : most;
	assert_true(most > 1 && balanced.additions_count == 0);
}

static size_t count_gone(const struct ns_balanced *balanced, const struct ns_training *training, const bool *expected)
{
	size_t gone = 0;
	for (size_t row = 0; row < training->rows; row++) {
		assert_int_equal(!balanced->copies[row], expected[row]);
		gone += expected[row];
	}
	return gone;
}

static void test_tomek_removes_links(void **state)
{
	(void)state;
	struct ns_training training = read_border();
	struct ns_balanced balanced;
	bool *gone = NS_NEW_ARRAY(&arena, bool, training.rows);
	assert_int_equal(balance_with(&balanced, &training, NS_TOMEK, "", ""), NS_OK);
	ns_tomek_find(gone, &training, (bool[]){true, true, false});
	assert_true(count_gone(&balanced, &training, gone) > 3);
	assert_int_equal(balance_with(&balanced, &training, NS_TOMEK, "c", ""), NS_OK);
	ns_tomek_find(gone, &training, (bool[]){false, false, true});
	assert_true(count_gone(&balanced, &training, gone) > 0);
}

static void test_smote_tomek_is_smote_and_then_tomek(void **state)
{
	(void)state;
	struct ns_training training = read_border();
	struct ns_balanced balanced;
	assert_int_equal(balance_with(&balanced, &training, NS_SMOTE, "b=300 c=300", "k_neighbors=3"), NS_OK);
	struct rows grown = rows_of(&balanced, &training), left = {.values = ns_alloc_array(&arena, 2000, sizeof *left.values)};
	struct ns_training all = {.rows = grown.count, .features = FEATURES, .classes = CLASSES, .threads = 1};
	const double **x = NS_NEW_ARRAY(&arena, const double *, FEATURES);
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, grown.count);
	bool *gone = NS_NEW_ARRAY(&arena, bool, grown.count);
	for (size_t f = 0; f < FEATURES; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, grown.count);
		for (size_t i = 0; i < grown.count; i++)
			column[i] = grown.values[i][f];
		x[f] = column;
	}
	for (size_t i = 0; i < grown.count; i++)
		y[i] = (uint32_t)grown.values[i][FEATURES];
	all.x = x;
	all.y = y;
	assert_true(ns_tomek_find(gone, &all, (bool[]){true, true, true}) > 10);
	for (size_t i = 0; i < grown.count; i++)
		if (!gone[i])
			add_row(&left, &all, i);
	assert_int_equal(balance_with(&balanced, &training, NS_SMOTE_TOMEK, "b=300 c=300", "k_neighbors=3"), NS_OK);
	struct rows found = rows_of(&balanced, &training);
	assert_int_equal(found.count, left.count);
	assert_memory_equal(found.values, left.values, found.count * sizeof *found.values);
	assert_true(found.stayed < training.rows && found.count - found.stayed < grown.count - grown.stayed);
}

/* --- of all --- */

static void test_any_order_and_any_threads_make_the_same(void **state)
{
	(void)state;
	struct ns_training training = read_border(), other = shuffled(&training, &arena);
	for (enum ns_balance_name method = 0; method <= NS_SMOTE_TOMEK; method++) {
		struct rows here = sorted_rows(&training, method, "", ""), there = sorted_rows(&other, method, "", "");
		assert_int_equal(here.count, there.count);
		assert_memory_equal(here.values, there.values, here.count * sizeof *here.values);
	}
}

static void test_rounded_values_are_levels(void **state)
{
	(void)state;
	struct ns_training training = read_border();
	const struct ns_levels levels = {3, (double[]){-0.5, 0.25, 7}}, *rounding[] = {NULL, &levels, NULL};
	struct ns_balanced balanced;
	struct ns_balance balance;
	struct ns_labels labels = {.classes = CLASSES, .names = names, .y = training.y};
	assert_int_equal(ns_balance_read(&balance, NS_SMOTE_TOMEK, &(struct ns_texts){0}, &(struct ns_texts){0}, &arena, &err), NS_OK);
	balance.rounding = rounding;
	assert_int_equal(ns_balance_make(&balanced, &balance, &training, &labels, &arena, &err), NS_OK);
	const struct ns_drawn *drawn = &balanced.additions[0].drawn;
	double *out[FEATURES];
	for (size_t f = 0; f < FEATURES; f++)
		out[f] = NS_NEW_ARRAY(&arena, double, drawn->count);
	ns_drawn_values(out, drawn, &training, rounding, 0, drawn->count);
	for (size_t i = 0; i < drawn->count; i++)
		assert_true(out[1][i] == -0.5 || out[1][i] == 0.25 || out[1][i] == 7);
}

static void test_what_each_method_does(void **state)
{
	(void)state;
	struct ns_texts words = {0};
	struct ns_balance balance;
	char list[200] = "";
	for (enum ns_balance_name name = 0; name <= NS_SMOTE_TOMEK; name++) {
		strncat(list, name ? "|" : "", 2);
		strncat(list, ns_balance_text(name), 20);
		assert_int_equal(ns_balance_read(&balance, name, &words, &words, &arena, &err), NS_OK);
		assert_true(ns_balance_adds(&balance) == (name != NS_RANDOM_UNDER && name != NS_TOMEK));
		assert_true(ns_balance_removes(&balance) == (name >= NS_RANDOM_UNDER));
		assert_true(ns_balance_copies(&balance) == (name == NS_RANDOM_OVER || name == NS_RANDOM_UNDER));
		assert_int_equal(balance.k, name == NS_TOMEK || ns_balance_copies(&balance) ? 0 : 5);
		assert_int_equal(balance.m, name == NS_BORDERLINE_1 || name == NS_BORDERLINE_2 ? 10 : 0);
	}
	assert_string_equal(list, NS_BALANCE_NAMES);
	words = list_of("shrinkage=0.5");
	assert_int_equal(ns_balance_read(&balance, NS_RANDOM_OVER, &(struct ns_texts){0}, &words, &arena, &err), NS_OK);
	assert_false(ns_balance_copies(&balance));
}

static void assert_refused(int status, enum ns_balance_name method, const char *strategy, const char *params, const char *message)
{
	struct ns_training training = read_border();
	struct ns_balanced balanced;
	uint32_t *y = (uint32_t *)training.y;
	for (size_t row = 0, seen = 0; row < training.rows; row++) /* one row of c is left */
		if (y[row] == 2 && seen++)
			y[row] = 0;
	assert_int_equal(balance_with(&balanced, &training, method, strategy, params), status);
	assert_string_equal(err.text, message);
}

static void test_messages(void **state)
{
	(void)state;
	struct ns_training training = read_border();
	struct ns_balanced balanced;
	struct ns_balance balance = {0};
	struct ns_labels labels = {.classes = CLASSES, .names = names, .y = training.y};
	assert_refused(NS_EDATA, NS_SMOTE, "", "", "table.csv: class 'c' has one row only, which has no neighbour (leave it out, or choose another --strategy)");
	assert_refused(NS_EDATA, NS_BORDERLINE_1, "b=100", "k_neighbors=45", "table.csv: class 'b' has 45 rows: too few for k_neighbors=45 (-p k_neighbors=44)");
	assert_refused(NS_EDATA, NS_BORDERLINE_2, "b=100", "m_neighbors=130", "table.csv: has 130 rows: too few for m_neighbors=130 (-p m_neighbors=129)");
	assert_refused(NS_ECALL, NS_TOMEK, "", "k_neighbors=5", "-p: tomek has no parameters");
	assert_refused(NS_ECALL, NS_RANDOM_OVER, "", "shrinkage=-1", "parameter 'shrinkage': '-1' is not a number from 0 to 1000 or None");
	assert_refused(NS_ECALL, NS_RANDOM_UNDER, "", "replacement=1", "parameter 'replacement': '1' is not one of true|false");
	assert_refused(NS_ECALL, NS_SMOTE_TOMEK, "b=4294967290", "",
		"--strategy makes 4294967375 rows: Tomek links are looked for among fewer than 4,294,967,295");
	assert_int_equal(ns_balance_read(&balance, NS_SMOTE_NC, &(struct ns_texts){0}, &(struct ns_texts){0}, &arena, &err), NS_OK);
	balance.source = "table.csv";
	balance.categorical = (bool[]){false, false, false};
	assert_int_equal(ns_balance_make(&balanced, &balance, &training, &labels, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "table.csv: no feature is a category: --categorical LIST says which are (--method smote is for numbers alone)");
	balance.categorical = (bool[]){true, true, true};
	assert_int_equal(ns_balance_make(&balanced, &balance, &training, &labels, &arena, &err), NS_EDATA);
	assert_string_equal(err.text, "table.csv: every feature is a category, and smote-nc measures nearness by numbers (--method random-over takes any)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_classes_are_as_large_as_they_should_be, release),
		cmocka_unit_test_teardown(test_without_replacement_no_row_stays_twice, release),
		cmocka_unit_test_teardown(test_tomek_removes_links, release),
		cmocka_unit_test_teardown(test_smote_tomek_is_smote_and_then_tomek, release),
		cmocka_unit_test_teardown(test_any_order_and_any_threads_make_the_same, release),
		cmocka_unit_test_teardown(test_rounded_values_are_levels, release),
		cmocka_unit_test_teardown(test_what_each_method_does, release),
		cmocka_unit_test_teardown(test_messages, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
