#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "learn/gram.h"
#include "learn/learner.h"
#include "learn/platt.h"
#include "columns.h"

static struct ns_arena arena;

static int release(void **state)
{
	(void)state;
	ns_arena_release(&arena);
	return 0;
}

static struct ns_training training_of(const char *path, uint32_t classes)
{
	struct numbers numbers = numbers_read(path);
	const double **x = columns_of(&numbers, &arena);
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, numbers.rows);
	for (size_t i = 0; i < numbers.rows; i++)
		y[i] = (uint32_t)x[numbers.width - 1][i];
	struct ns_training training = {.rows = numbers.rows, .features = numbers.width - 1, .x = x, .y = y, .classes = classes, .seed = 42, .threads = 2};
	free(numbers.values);
	return training;
}

/* params: words with blanks between them. */
static int try_fit(struct ns_model *models, size_t count, const struct ns_training *training, const char *params, struct ns_err *err)
{
	struct ns_texts texts = {.items = NS_NEW_ARRAY(&arena, const char *, 16)};
	struct ns_value **values;
	size_t candidates;
	for (size_t size; *params; params += size + (params[size] == ' ')) {
		size = strcspn(params, " ");
		texts.items[texts.count++] = ns_strndup(&arena, params, size);
	}
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_svc, &texts, &arena, err), NS_OK);
	assert_int_equal(candidates, count);
	return ns_learn_svc.fit(models, training, (const struct ns_value *const *)values, count, &arena, err);
}

static struct ns_model fit(const struct ns_training *training, const char *params)
{
	struct ns_model model;
	struct ns_err err = {""};
	assert_int_equal(try_fit(&model, 1, training, params, &err), NS_OK);
	return model;
}

/* Every case of cases.csv; each line is "params,decision,decision,..." */
static void test_decisions_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_training training = training_of("tests/data/svc/train.csv", 3);
	struct numbers query = numbers_read("tests/data/svc/query.csv");
	const double **x = columns_of(&query, &arena);
	double *decisions = NS_NEW_ARRAY(&arena, double, query.rows * 3);
	char line[65536];
	int cases = 0;
	FILE *file = fopen("tests/data/svc/cases.csv", "r");
	assert_true(file && fgets(line, sizeof line, file));
	for (; fgets(line, sizeof line, file); cases++) {
		char *at = strchr(line, ',');
		*at++ = '\0';
		struct ns_model model = fit(&training, ns_format(&arena, "tol=1e-6%s%s", *line ? " " : "", line));
		ns_kernel_decide(decisions, &model.kernel, x, query.rows);
		for (size_t i = 0; i < query.rows * 3; i++, at++)
			assert_true(fabs(decisions[i] - strtod(at, &at)) < 2e-5);
	}
	assert_int_equal(cases, 7);
	fclose(file);
	free(query.values);
}

static void test_probabilities_nearly_as_scikit_learn(void **state)
{
	(void)state;
	struct ns_training training = training_of("tests/data/svc/train.csv", 3);
	struct numbers query = numbers_read("tests/data/svc/query.csv"), expected = numbers_read("tests/data/svc/probability.csv");
	double *probability = NS_NEW_ARRAY(&arena, double, query.rows * 3), off = 0;
	struct ns_model model = fit(&training, "");
	ns_model_predict(probability, &model, columns_of(&query, &arena), query.rows);
	for (size_t i = 0; i < query.rows * 3; i++)
		off += fabs(probability[i] - expected.values[i]) / (double)(query.rows * 3);
	assert_true(off < 0.03);
	free(query.values);
	free(expected.values);
}

static void test_platt_as_scikit_learn(void **state)
{
	(void)state;
	struct numbers numbers = numbers_read("tests/data/svc/platt.csv");
	double decision[200], weight[200], a, b;
	bool positive[200];
	for (size_t i = 0; i < 2 * numbers.rows; i++) {
		decision[i] = numbers.values[i % numbers.rows * 4];
		positive[i] = numbers.values[i % numbers.rows * 4 + 1] == 1;
		weight[i] = 0.5; /* all twice, by half */
	}
	ns_platt_fit(&a, &b, decision, weight, positive, 2 * numbers.rows);
	assert_true(fabs(a - numbers.values[2]) < 1e-3 && fabs(b - numbers.values[3]) < 1e-3);
	free(numbers.values);
}

static void test_platt_without_a_slope(void **state)
{
	(void)state;
	double a, b;
	ns_platt_fit(&a, &b, (const double[]){2, 2}, (const double[]){30, 10}, (const bool[]){false, true}, 2);
	assert_true(fabs(ns_kernel_sigmoid(2, a, b) - 0.25) < 0.02);
	ns_platt_fit(&a, &b, (const double[]){-1e12, 1e12}, (const double[]){9, 9}, (const bool[]){false, true}, 2);
	assert_true(ns_kernel_sigmoid(1e12, a, b) > 0.85 && ns_kernel_sigmoid(-1e12, a, b) < 0.15);
}

/* A weight of 2 is the row twice: the same bytes. */
static void test_weights_count_rows(void **state)
{
	(void)state;
	struct ns_training twice = training_of("tests/data/svc/train.csv", 3), once = twice;
	double weight[130], here[150 * 3], there[150 * 3];
	for (size_t i = 0; i < 130; i++)
		weight[i] = i < 20 ? 2 : 1; /* the last 20 repeat the first */
	once.rows = 130;
	once.weight = weight;
	struct ns_model a = fit(&twice, ""), b = fit(&once, "");
	ns_model_predict(here, &a, twice.x, 150);
	ns_model_predict(there, &b, twice.x, 150);
	assert_memory_equal(here, there, sizeof here);
	weight[7] = 1.5;
	struct ns_err err = {""};
	assert_int_equal(try_fit(&a, 1, &once, "", &err), NS_EDATA);
	assert_string_equal(err.text, "svc: weights must be whole numbers, or multiples of the least one of their class: one is 1.5, where that is 1");
	weight[7] = 1e9;
	assert_int_equal(try_fit(&a, 1, &once, "", &err), NS_EDATA);
	assert_string_equal(err.text, "svc: 1000000148 rows; at most 268435456");
}

static void test_products_that_are_too_large(void **state)
{
	(void)state;
	struct ns_training training = training_of("tests/data/svc/train.csv", 3);
	const double *x[] = {training.x[0], (double[150]){[3] = 1e20}};
	struct ns_model model;
	struct ns_err err = {""};
	training.x = x;
	training.features = 2;
	assert_int_equal(try_fit(&model, 1, &training, "kernel=linear", &err), NS_EDATA);
	assert_string_equal(err.text, "svc: products of rows are beyond 1e36 with this kernel; put the columns on one scale (ns-scale)");
}

/* Candidates share what is equal in them, and are the same bytes as alone. */
static void test_candidates_together(void **state)
{
	(void)state;
	struct ns_training training = training_of("tests/data/svc/train.csv", 3);
	struct ns_model models[4];
	struct ns_err err = {""};
	double *here = NS_NEW_ARRAY(&arena, double, training.rows * 3), *there = NS_NEW_ARRAY(&arena, double, training.rows * 3);
	assert_int_equal(try_fit(models, 4, &training, "gamma=scale,0.5 C=1,5", &err), NS_OK);
	static const char *const alone[] = {"gamma=scale C=1", "gamma=scale C=5", "gamma=0.5 C=1", "gamma=0.5 C=5"};
	for (int m = 0; m < 4; m++) {
		struct ns_model model = fit(&training, alone[m]);
		ns_model_predict(here, &models[m], training.x, training.rows);
		ns_model_predict(there, &model, training.x, training.rows);
		assert_memory_equal(here, there, training.rows * 3 * sizeof *here);
	}
}

/* More different rows than a matrix is made for: LIBSVM's own kernels come to the same decisions. */
static void test_beyond_the_matrix(void **state)
{
	(void)state;
	enum { ROWS = NS_GRAM_MOST + 8 };
	double *a = NS_NEW_ARRAY(&arena, double, ROWS), *b = NS_NEW_ARRAY(&arena, double, ROWS), decision;
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, ROWS);
	const double *x[] = {a, b};
	struct ns_random random;
	ns_random_init(&random, 1, "svc_test", 0, 0);
	for (size_t i = 0; i < ROWS; i++) {
		y[i] = i % 64 == 0;
		a[i] = (y[i] ? 3 : -3) + ns_random_real(&random);
		b[i] = ns_random_real(&random);
	}
	struct ns_training training = {.rows = ROWS, .features = 2, .x = x, .y = y, .classes = 2, .threads = 2};
	static const char *const kernels[] = {"kernel=rbf", "kernel=linear", "kernel=poly coef0=1"};
	for (int k = 0; k < 3; k++) {
		struct ns_model model = fit(&training, kernels[k]);
		double most[2] = {-INFINITY, -INFINITY}, share[2];
		for (size_t i = 0; i < ROWS; i += 4) {
			const double *row[] = {a + i, b + i};
			ns_kernel_decide(&decision, &model.kernel, row, 1);
			most[y[i]] = fmax(most[y[i]], y[i] ? decision : -decision);
			ns_model_predict(share, &model, row, 1);
			assert_true(share[y[i]] > 0.5);
		}
		assert_true(fabs(most[0] + 1) < 0.01 && fabs(most[1] + 1) < 0.01); /* support vectors are at a distance of 1 */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_decisions_as_scikit_learn, release),
		cmocka_unit_test_teardown(test_probabilities_nearly_as_scikit_learn, release),
		cmocka_unit_test_teardown(test_platt_as_scikit_learn, release),
		cmocka_unit_test_teardown(test_platt_without_a_slope, release),
		cmocka_unit_test_teardown(test_weights_count_rows, release),
		cmocka_unit_test_teardown(test_products_that_are_too_large, release),
		cmocka_unit_test_teardown(test_candidates_together, release),
		cmocka_unit_test_teardown(test_beyond_the_matrix, release),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
