#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "learn/smote.h"

enum { ROWS = 240, FEATURES = 4, K = 5 };

static struct ns_arena arena;
static struct ns_err err;
static const char *const names[] = {"a", "b", "c", "d", "e"};

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	err = (struct ns_err){""};
	return 0;
}

/* --- the plan --- */

static size_t read_counts(size_t *counts, const char *text)
{
	size_t count = 0;
	for (char *end; count < 5 && (counts[count] = strtoul(text, &end, 10), end != text); text = end)
		count++;
	return count;
}

/* A training table of so many rows a class, the last class first. */
static struct ns_training table_of(const size_t *counts, uint32_t classes)
{
	size_t rows = 0;
	for (uint32_t c = 0; c < classes; c++)
		rows += counts[c];
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, rows), *at = y;
	for (uint32_t c = classes; c-- > 0;)
		for (size_t i = 0; i < counts[c]; i++)
			*at++ = c;
	return (struct ns_training){.rows = rows, .y = y, .classes = classes, .threads = 1};
}

static int plan(size_t *wanted, const char *counts_text, const char *text, size_t k)
{
	size_t counts[5];
	struct ns_smote_strategy strategy;
	uint32_t classes = (uint32_t)read_counts(counts, counts_text);
	struct ns_training training = table_of(counts, classes);
	assert_int_equal(ns_smote_strategy_read(&strategy, text, &err), NS_OK);
	return ns_smote_plan(wanted, &training, names, &strategy, k, &err);
}

static void test_counts_are_those_of_imbalanced_learn(void **state)
{
	(void)state;
	FILE *file = fopen("tests/data/smote/counts.csv", "r");
	char line[256], strategy[32], before[64], after[64];
	size_t cases = 0;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof line, file));
	while (fgets(line, sizeof line, file)) {
		size_t wanted[5], had[5], has[5];
		assert_int_equal(sscanf(line, "%31[^,],%*d,%63[^,],%63[^\n]", strategy, before, after), 3);
		size_t classes = read_counts(had, before);
		assert_int_equal(read_counts(has, after), classes);
		assert_int_equal(plan(wanted, before, strategy, K), NS_OK);
		for (size_t c = 0; c < classes; c++)
			assert_int_equal(had[c] + wanted[c], has[c]);
		cases++;
	}
	fclose(file);
	assert_int_equal(cases, 49);
}

static void assert_refused(int status, const char *counts, const char *strategy, size_t k, const char *message)
{
	size_t wanted[5];
	assert_int_equal(plan(wanted, counts, strategy, k), status);
	assert_string_equal(err.text, message);
}

static void test_plans_that_cannot_be(void **state)
{
	(void)state;
	assert_refused(NS_EDATA, "30 5 6", "auto", 5, "class 'b' has 5 rows: too few for k_neighbors=5 (-p k_neighbors=4)");
	assert_refused(NS_EDATA, "30 1 6", "minority", 5, "class 'b' has one row only, which has no neighbour (leave it out, or choose another --strategy)");
	assert_refused(NS_ECALL, "30 10 6", "0.5", 5, "--strategy 0.5: a ratio is for two classes, here are 3 (auto, minority, not-minority)");
	assert_refused(NS_ECALL, "30 10", "0.3", 5, "--strategy 0.3: class 'b' has 10 rows beside 30, which is more already: rows are only added");
	size_t wanted[5];
	assert_int_equal(plan(wanted, "30 1 6", "not-minority", 5), NS_OK); /* b does not grow */
	assert_int_equal(plan(wanted, "10 10", "1", 5), NS_OK);
	assert_true(wanted[0] == 0 && wanted[1] == 0);
}

static void assert_no_strategy(const char *text, const char *message)
{
	struct ns_smote_strategy strategy;
	assert_int_equal(ns_smote_strategy_read(&strategy, text, &err), NS_ECALL);
	assert_string_equal(err.text, message);
}

static void test_words(void **state)
{
	(void)state;
	assert_no_strategy("minorty", "--strategy: unknown word 'minorty' (did you mean 'minority'?)");
	assert_no_strategy("majority!", "--strategy: unknown word 'majority!' (did you mean 'minority'?)");
	assert_no_strategy("0", "--strategy: 0 is no share of the larger class: above 0, at most 1");
	assert_no_strategy("1.5", "--strategy: 1.5 is no share of the larger class: above 0, at most 1");
	assert_no_strategy("+", "--strategy: '+' is neither auto, not-majority, all, minority, not-minority nor a number");
}

/* --- the rows --- */

struct set {
	double x[FEATURES][ROWS];
	const double *columns[FEATURES];
	uint32_t y[ROWS];
	struct ns_training training;
};

/* Normal, codes, skew and a constant; a third of the rows are class 1, and some of those are equal. */
static void make(struct set *set)
{
	struct ns_random random;
	ns_random_init(&random, 5, "smote_test", 0, 0);
	for (size_t row = 0; row < ROWS; row++) {
		bool again = row % 12 == 3;
		set->y[row] = row % 3 == 0;
		set->x[0][row] = again ? set->x[0][row - 3] : ns_random_normal(&random);
		set->x[1][row] = again ? set->x[1][row - 3] : (double)ns_random_below(&random, 3) - 1;
		set->x[2][row] = again ? set->x[2][row - 3] : pow(ns_random_real(&random), 3) * 10;
		set->x[3][row] = 7;
	}
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f];
	set->training = (struct ns_training){.rows = ROWS, .features = FEATURES, .x = set->columns, .y = set->y, .classes = 2, .seed = 42, .threads = 1};
}

static double squared_distance(const struct set *set, size_t i, size_t j)
{
	double sum = 0;
	for (size_t f = 0; f < FEATURES; f++)
		sum += (set->x[f][i] - set->x[f][j]) * (set->x[f][i] - set->x[f][j]);
	return sum;
}

/* How many rows of the class are nearer to row i than row j. */
static size_t nearer(const struct set *set, size_t i, size_t j)
{
	size_t count = 0;
	for (size_t row = 0; row < ROWS; row++)
		count += row != i && set->y[row] == set->y[i] && squared_distance(set, i, row) < squared_distance(set, i, j);
	return count;
}

static void values_of(double *out, const struct set *set, const struct ns_smote_rows *rows)
{
	for (size_t f = 0; f < FEATURES; f++) {
		size_t half = rows->count / 3;
		ns_smote_values(out + f * rows->count, set->x[f], rows, 0, half);
		ns_smote_values(out + f * rows->count + half, set->x[f], rows, half, rows->count - half);
	}
}

static void test_rows_lie_between_neighbours_of_the_class(void **state)
{
	(void)state;
	enum { COUNT = 1000 };
	struct set set;
	struct ns_smote_rows rows;
	static double values[FEATURES * COUNT];
	size_t seen[ROWS] = {0}, ranks[K] = {0};
	double gaps = 0;
	make(&set);
	ns_smote_draw(&rows, &set.training, 1, COUNT, K, &arena);
	values_of(values, &set, &rows);
	for (size_t i = 0; i < COUNT; i++) {
		size_t base = rows.base[i], neighbor = rows.neighbor[i], rank = nearer(&set, base, neighbor);
		assert_true(set.y[base] == 1 && set.y[neighbor] == 1 && base != neighbor);
		assert_true(rank < K);
		assert_true(rows.gap[i] >= 0 && rows.gap[i] < 1);
		for (size_t f = 0; f < FEATURES; f++) {
			double from = set.x[f][base], to = set.x[f][neighbor], value = values[f * COUNT + i];
			assert_true(fabs(value - (from + rows.gap[i] * (to - from))) < 1e-12);
			assert_true(value >= fmin(from, to) && value <= fmax(from, to));
		}
		seen[base]++;
		ranks[rank]++;
		gaps += rows.gap[i];
	}
	for (size_t row = 0; row < ROWS; row++)
		assert_true(set.y[row] == 1 ? seen[row] > 0 : seen[row] == 0); /* 80 rows, drawn 1,000 times */
	for (size_t i = 0; i < K; i++)
		assert_true(ranks[i] > 100);
	assert_true(fabs(gaps / COUNT - 0.5) < 0.05);
}

static void test_any_order_and_any_threads_draw_the_same(void **state)
{
	(void)state;
	enum { COUNT = 300 };
	struct set set, other;
	struct ns_smote_rows rows;
	static double here[FEATURES * COUNT], there[FEATURES * COUNT];
	uint32_t order[ROWS];
	struct ns_random random;
	make(&set);
	make(&other);
	ns_random_init(&random, 9, "shuffle", 0, 0);
	for (uint32_t row = 0; row < ROWS; row++)
		order[row] = row;
	ns_random_shuffle(&random, order, ROWS);
	for (size_t row = 0; row < ROWS; row++) {
		other.y[row] = set.y[order[row]];
		for (size_t f = 0; f < FEATURES; f++)
			other.x[f][row] = set.x[f][order[row]];
	}
	ns_smote_draw(&rows, &set.training, 1, COUNT, K, &arena);
	values_of(here, &set, &rows);
	other.training.threads = 3;
	ns_smote_draw(&rows, &other.training, 1, COUNT, K, &arena);
	values_of(there, &other, &rows);
	assert_memory_equal(here, there, sizeof here);
	other.training.seed = 43;
	ns_smote_draw(&rows, &other.training, 1, COUNT, K, &arena);
	values_of(there, &other, &rows);
	assert_memory_not_equal(here, there, sizeof here);
}

static void test_values_at_the_ends_of_the_doubles(void **state)
{
	(void)state;
	double x[] = {-1.7e308, 1.7e308, 5, 0.1, 0.3}, out[5];
	struct ns_smote_rows rows = {5, (uint32_t[]){0, 1, 2, 3, 4}, (uint32_t[]){1, 0, 2, 4, 3}, (double[]){0.5, 0, 0.3, 0x1.fffffffffffffp-1, 0x1.fffffffffffffp-1}};
	ns_smote_values(out, x, &rows, 0, 5);
	assert_true(out[0] == 0 && out[1] == 1.7e308 && out[2] == 5);
	for (size_t i = 3; i < 5; i++)
		assert_true(out[i] >= 0.1 && out[i] <= 0.3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_counts_are_those_of_imbalanced_learn, release),
		cmocka_unit_test_teardown(test_plans_that_cannot_be, release),
		cmocka_unit_test_teardown(test_words, release),
		cmocka_unit_test_teardown(test_rows_lie_between_neighbours_of_the_class, release),
		cmocka_unit_test_teardown(test_any_order_and_any_threads_draw_the_same, release),
		cmocka_unit_test_teardown(test_values_at_the_ends_of_the_doubles, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
