/* xgboost's model against libxgboost's own predictions, and against those that XGBClassifier made; what is read of its model; damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "learn/xgboost_library.h"
#include "learn/xgboost_trees.h"
#include "numbers.h"

enum { ROWS = 400, FEATURES = 4, CLASSES_MAX = 4 };

struct set {
	double x[FEATURES][ROWS], weight[ROWS];
	const double *columns[FEATURES];
	uint32_t y[ROWS];
	struct ns_training training;
};

/* Numbers, few values, huge and tiny ones, every fifth missing where asked; rows repeat. */
static void make(struct set *set, uint32_t classes, bool missing, bool weights)
{
	struct ns_random random;
	ns_random_init(&random, 5, "xgboost_test", classes, 0);
	for (size_t row = 0; row < ROWS; row++) {
		bool again = row % 4 == 3;
		double score = ns_random_normal(&random), few = (double)ns_random_below(&random, 4), noise = ns_random_real(&random);
		set->x[0][row] = again ? set->x[0][row - 1] : score;
		set->x[1][row] = again ? set->x[1][row - 1] : few;
		set->x[2][row] = again ? set->x[2][row - 1] : ldexp(noise - 0.5, (int)ns_random_below(&random, 2000) - 1000);
		set->x[3][row] = row % 3 ? -0.0 : 0.0;
		set->y[row] = (uint32_t)fmin(classes - 1, fmax(0, floor(score + few / 2 + noise - 1)));
		if (missing && ns_random_below(&random, 5) == 0)
			set->x[row % 3][row] = (double)NAN;
		set->weight[row] = 0.25 + (double)ns_random_below(&random, 3);
	}
	for (size_t f = 0; f < FEATURES; f++)
		set->columns[f] = set->x[f];
	set->training = (struct ns_training){.rows = ROWS, .features = FEATURES, .x = set->columns, .missing = missing, .y = set->y,
		.weight = weights ? set->weight : NULL, .classes = classes, .seed = 42, .threads = 2};
}

static struct ns_model fit(const struct ns_training *training, const char *const *params, struct ns_arena *arena)
{
	struct ns_texts texts = {.items = (const char **)params};
	struct ns_value **values;
	struct ns_err err = {""};
	struct ns_model model;
	size_t candidates;
	while (params[texts.count])
		texts.count++;
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_xgboost, &texts, arena, &err), NS_OK);
	int status = ns_learn_xgboost.fit(&model, training, (const struct ns_value *const *)values, 1, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
	return model;
}

static struct ns_xgboost library(void)
{
	struct ns_xgboost found;
	struct ns_err err = {""};
	ns_xgboost_open(&found, NS_XGBOOST_FILE, &err);
	assert_string_equal(err.text, "");
	return found;
}

#define FINE(call) assert_int_equal((call), 0)

static DMatrixHandle matrix_of(const struct ns_xgboost *xgb, const struct ns_xgboost_rows *rows)
{
	DMatrixHandle matrix;
	float labels[ROWS], weights[ROWS];
	for (size_t i = 0; i < rows->count; i++) {
		labels[i] = (float)rows->y[i];
		weights[i] = (float)rows->weight[i];
	}
	FINE(xgb->XGBSetGlobalConfig("{\"verbosity\":0}"));
	FINE(xgb->XGDMatrixCreateFromMat(rows->x, rows->count, rows->features, NAN, &matrix));
	FINE(xgb->XGDMatrixSetFloatInfo(matrix, "label", labels, rows->count));
	FINE(xgb->XGDMatrixSetFloatInfo(matrix, "weight", weights, rows->count));
	return matrix;
}

/* A booster that was told these "name=value", and 20 rounds of it. */
static BoosterHandle boost(const struct ns_xgboost *xgb, DMatrixHandle matrix, uint32_t classes, const char *const *params)
{
	BoosterHandle booster;
	char name[64], number[16];
	snprintf(number, sizeof number, "%u", classes);
	FINE(xgb->XGBoosterCreate(&matrix, 1, &booster));
	FINE(xgb->XGBoosterSetParam(booster, "objective", classes == 2 ? "binary:logistic" : "multi:softprob"));
	if (classes > 2)
		FINE(xgb->XGBoosterSetParam(booster, "num_class", number));
	FINE(xgb->XGBoosterSetParam(booster, "nthread", "1"));
	FINE(xgb->XGBoosterSetParam(booster, "seed", "42"));
	for (; *params; params++) {
		size_t length = strcspn(*params, "=");
		snprintf(name, sizeof name, "%.*s", (int)length, *params);
		FINE(xgb->XGBoosterSetParam(booster, name, *params + length + 1));
	}
	for (int round = 0; round < 20; round++)
		FINE(xgb->XGBoosterUpdateOneIter(booster, round, matrix));
	return booster;
}

/* Our probabilities of the rows that libxgboost was given, against its own. */
static void compare(const struct ns_xgboost *xgb, BoosterHandle booster, DMatrixHandle matrix, const struct ns_xgboost_rows *rows, const struct ns_model *model,
	uint32_t classes)
{
	double x[FEATURES][ROWS], ours[ROWS * CLASSES_MAX];
	const double *columns[FEATURES];
	const float *theirs;
	bst_ulong size;
	for (size_t f = 0; f < FEATURES; f++) {
		columns[f] = x[f];
		for (size_t i = 0; i < rows->count; i++)
			x[f][i] = (double)rows->x[i * FEATURES + f];
	}
	ns_model_predict(ours, model, columns, rows->count);
	FINE(xgb->XGBoosterPredict(booster, matrix, 0, 0, 0, &size, &theirs));
	assert_int_equal(size, rows->count * (classes == 2 ? 1 : classes));
	for (size_t i = 0; i < size; i++)
		assert_true(fabs((double)theirs[i] - ours[classes == 2 ? 2 * i + 1 : i]) < 1e-6);
}

static const char *const ways[][6] = {
	{"n_estimators=20", NULL},
	{"n_estimators=20", "max_depth=2", "learning_rate=1", NULL},
	{"n_estimators=20", "tree_method=hist", "max_bin=16", NULL},
	{"n_estimators=20", "tree_method=hist", "grow_policy=lossguide", "max_leaves=7", "max_depth=0", NULL},
	{"n_estimators=20", "tree_method=approx", "gamma=0.5", "min_child_weight=2", NULL},
	{"n_estimators=20", "gamma=1", "reg_alpha=0.5", "max_delta_step=0.7", NULL},
	{"n_estimators=20", "subsample=0.7", "colsample_bytree=0.75", "colsample_bylevel=0.7", "colsample_bynode=0.9", NULL},
	{"n_estimators=20", "reg_lambda=0", "scale_pos_weight=3", "base_score=0.2", NULL},
};

/* Binary and not, with missing values and without, with weights and without: for each way libxgboost can be told to work. */
static void predictions_are_libxgboosts(void **state)
{
	(void)state;
	struct ns_xgboost xgb = library();
	for (size_t w = 0; w < sizeof ways / sizeof *ways; w++)
		for (int kind = 0; kind < 8; kind++) {
			struct ns_arena arena = NS_ARENA_INIT;
			struct set set;
			struct ns_xgboost_rows rows;
			uint32_t classes = kind & 4 ? CLASSES_MAX : 2;
			if (classes > 2 && w == 7)
				continue; /* about two classes only */
			make(&set, classes, kind & 1, kind & 2);
			ns_xgboost_rows_init(&rows, &set.training, w != 6);
			DMatrixHandle matrix = matrix_of(&xgb, &rows);
			BoosterHandle booster = boost(&xgb, matrix, classes, ways[w] + 1);
			struct ns_model model = fit(&set.training, ways[w], &arena);
			compare(&xgb, booster, matrix, &rows, &model, classes);
			FINE(xgb.XGBoosterFree(booster));
			FINE(xgb.XGDMatrixFree(matrix));
			ns_xgboost_rows_release(&rows);
			ns_arena_release(&arena);
		}
}

/* The same cases as in tests/data/xgboost/make.py. */
static void predictions_are_XGBClassifiers(void **state)
{
	(void)state;
	static const char *const cases[][6] = {
		{NULL},
		{"n_estimators=40", "max_depth=3", "gamma=0.5", "min_child_weight=3", NULL},
		{"n_estimators=40", "tree_method=hist", "grow_policy=lossguide", "max_leaves=12", NULL},
		{"n_estimators=40", "tree_method=approx", "reg_alpha=1", "reg_lambda=2", "max_delta_step=1", NULL},
		{"n_estimators=40", "tree_method=hist", "scale_pos_weight=2", "base_score=0.3", "learning_rate=0.1", NULL},
	};
	struct ns_arena arena = NS_ARENA_INIT;
	struct numbers table = numbers_read("tests/data/phishing-sample.csv"), expected = numbers_read("tests/data/xgboost/expected.csv");
	size_t features = table.width - 1;
	uint32_t *y = NS_NEW_ARRAY(&arena, uint32_t, table.rows);
	const double **x = NS_NEW_ARRAY(&arena, const double *, features);
	for (size_t f = 0; f < features; f++) {
		double *column = NS_NEW_ARRAY(&arena, double, table.rows);
		for (size_t i = 0; i < table.rows; i++)
			column[i] = table.values[i * table.width + f];
		x[f] = column;
	}
	for (size_t i = 0; i < table.rows; i++)
		y[i] = table.values[i * table.width + features] > 0;
	struct ns_training training = {.rows = table.rows, .features = features, .x = x, .y = y, .classes = 2, .threads = 1};
	double *probability = NS_NEW_ARRAY(&arena, double, 2 * table.rows);
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct ns_model model = fit(&training, cases[c], &arena);
		ns_model_predict(probability, &model, x, table.rows);
		for (size_t i = 0; i < expected.rows; i++)
			assert_true(fabs(probability[2 * 20 * i + 1] - expected.values[i * expected.width + c]) < 1e-6);
	}
	free(table.values);
	free(expected.values);
	ns_arena_release(&arena);
}

/* Both sides of the threshold, for floats of all sizes. */
static void a_threshold_is_exact_for_doubles(void **state)
{
	(void)state;
	struct ns_random random;
	ns_random_init(&random, 3, "threshold", 0, 0);
	for (int i = 0; i < 100000; i++) {
		uint32_t bits = (uint32_t)ns_random_next(&random);
		float t = i == 0 ? 0 : i == 1 ? NS_XGBOOST_MOST : i == 2 ? FLT_TRUE_MIN : i == 3 ? -FLT_MIN : 0;
		if (i > 3)
			memcpy(&t, &bits, sizeof t);
		if (!(t > -NS_XGBOOST_MOST && t <= NS_XGBOOST_MOST))
			continue;
		double threshold = ns_xgboost_threshold(t), next = nextafter(threshold, (double)INFINITY);
		assert_true((float)threshold < t);
		assert_false((float)next < t);
	}
	assert_true(ns_xgboost_threshold(nextafterf(NS_XGBOOST_MOST, INFINITY)) == DBL_MAX);
}

/* Rows that are equal as floats are one; the order they come in does not matter. */
static void rows_are_merged_in_an_order_of_their_own(void **state)
{
	(void)state;
	double x[] = {1, 2, 1, 1 + 1e-12, 1e300, (double)NAN, -0.0, 0.0, -1e39, -(double)NAN}, weight[] = {1, 2, 3, 0.5, 1, 1, 1, 1, 1, 1};
	double backwards[10], weight_backwards[10];
	for (size_t i = 0; i < 10; i++) {
		backwards[i] = x[9 - i];
		weight_backwards[i] = weight[9 - i];
	}
	uint32_t y[10] = {0};
	struct ns_training training = {.rows = 10, .features = 1, .x = &(const double *){x}, .missing = true, .y = y, .weight = weight, .classes = 2, .threads = 2};
	struct ns_training other = training;
	other.x = &(const double *){backwards};
	other.weight = weight_backwards;
	struct ns_xgboost_rows here, there, all;
	ns_xgboost_rows_init(&here, &training, true);
	ns_xgboost_rows_init(&there, &other, true);
	ns_xgboost_rows_init(&all, &training, false);
	assert_int_equal(here.count, 6);
	assert_int_equal(there.count, 6);
	assert_int_equal(all.count, 10);
	assert_memory_equal(here.x, there.x, 6 * sizeof(float));
	assert_memory_equal(here.weight, there.weight, 6 * sizeof(double));
	for (size_t i = 0; i < here.count; i++) {
		float value = here.x[i];
		assert_true(isnan(value) || value == 1 || value == 2 || value == 0 || value == NS_XGBOOST_MOST || value == -NS_XGBOOST_MOST);
		assert_true(here.weight[i] == (isnan(value) ? 2 : value == 1 ? 4.5 : value == 2 ? 2 : value == 0 ? 2 : 1));
		assert_int_equal(here.rows[i], isnan(value) ? 2 : value == 1 ? 3 : value == 0 ? 2 : 1);
	}
	ns_xgboost_rows_release(&here);
	ns_xgboost_rows_release(&there);
	ns_xgboost_rows_release(&all);
}

/* Only what is missing is parted from the rest, beside the most that there is: no double is below that threshold. */
static void missing_beside_the_most_there_is(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct set set;
		make(&set, 2, true, false);
		set.training.features = 1;
		for (size_t row = 0; row < ROWS; row++) {
			set.y[row] = row % 2;
			set.x[0][row] = row % 2 ? (double)NAN : sign * DBL_MAX;
		}
		struct ns_model model = fit(&set.training, (const char *[]){"n_estimators=20", NULL}, &arena);
		double probability[2 * ROWS];
		ns_model_predict(probability, &model, set.columns, ROWS);
		for (size_t row = 0; row < ROWS; row++)
			assert_true(probability[2 * row + set.y[row]] > 0.9);
		ns_arena_release(&arena);
	}
}

/* Every node's rows are its children's; the root's are all, though rows were merged. */
static void nodes_know_their_rows(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, 2, true, true);
	struct ns_model model = fit(&set.training, (const char *[]){"n_estimators=5", "gamma=0.3", NULL}, &arena);
	const struct ns_trees *trees = &model.trees;
	for (size_t t = 0; t < trees->count; t++) {
		assert_int_equal(ns_narrow_whole(&trees->samples, trees->first[t]), ROWS);
		for (size_t i = trees->first[t]; i < trees->first[t + 1]; i++) {
			struct ns_node node = ns_trees_node(trees, t, (uint32_t)(i - trees->first[t]));
			size_t left = trees->first[t] + node.left;
			if (node.feature >= 0)
				assert_int_equal(ns_narrow_whole(&trees->samples, i),
					ns_narrow_whole(&trees->samples, left) + ns_narrow_whole(&trees->samples, left + 1));
		}
	}
	ns_arena_release(&arena);
}

/* Cut anywhere and changed anywhere: read or refused, never a crash. */
static void a_damaged_model_is_refused(void **state)
{
	(void)state;
	struct ns_xgboost xgb = library();
	struct set set;
	struct ns_xgboost_rows rows;
	make(&set, 2, false, false);
	ns_xgboost_rows_init(&rows, &set.training, true);
	DMatrixHandle matrix = matrix_of(&xgb, &rows);
	BoosterHandle booster = boost(&xgb, matrix, 2, (const char *const[]){"max_depth=2", NULL});
	const char *bytes;
	bst_ulong size;
	FINE(xgb.XGBoosterSaveModelToBuffer(booster, "{\"format\":\"ubj\"}", &size, &bytes));
	char *copy = ns_malloc_array(size, 1);
	const char *trees_end = memmem(bytes, size, "learner_model_param", 19);
	assert_non_null(trees_end);
	for (size_t length = 0; length < size; length += length < 400 ? 1 : 97) {
		struct ns_xgboost_trees trees;
		struct ns_err err = {""};
		char *cut = ns_malloc_array(length, 1); /* of its own, for the sanitizer to see its end */
		memcpy(cut, bytes, length);
		int status = ns_xgboost_trees_read(&trees, cut, length, &rows, &err);
		if ((size_t)(trees_end - bytes) > length + 100) {
			assert_int_equal(status, NS_ECALL);
			assert_string_equal(err.text, "libxgboost's model is not of the form that its version 1.7 writes");
		}
		ns_xgboost_trees_release(&trees);
		free(cut);
		memcpy(copy, bytes, size);
		copy[length] ^= (char)(1 << length % 8);
		ns_xgboost_trees_read(&trees, copy, size, &rows, &err);
		ns_xgboost_trees_release(&trees);
	}
	free(copy);
	FINE(xgb.XGBoosterFree(booster));
	FINE(xgb.XGDMatrixFree(matrix));
	ns_xgboost_rows_release(&rows);
}

static void what_libxgboost_refuses_is_said(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	struct ns_model model;
	struct ns_value **values;
	struct ns_err err = {""};
	size_t candidates;
	struct ns_texts texts = {.items = (const char *[]){"max_depth=0"}, .count = 1};
	make(&set, 2, false, false);
	assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_xgboost, &texts, &arena, &err), NS_OK);
	assert_int_equal(ns_learn_xgboost.fit(&model, &set.training, (const struct ns_value *const *)values, 1, &arena, &err), NS_ECALL);
	assert_non_null(strstr(err.text, "libxgboost: "));
	assert_non_null(strstr(err.text, "exact tree method doesn't support unlimited depth."));
	ns_arena_release(&arena);
}

static void without_the_library_its_package_is_named(void **state)
{
	(void)state;
	struct ns_xgboost xgb;
	struct ns_err err = {""};
	assert_int_equal(ns_xgboost_open(&xgb, "libxgboost.so.absent", &err), NS_ECALL);
	assert_string_equal(err.text, "the learner xgboost needs libxgboost (Debian's package libxgboost0): libxgboost.so.absent: cannot open shared object "
		"file: No such file or directory");
	assert_int_equal(ns_xgboost_open(&xgb, "libm.so.6", &err), NS_ECALL);
	assert_string_equal(err.text, "libxgboost has no XGBGetLastError: netsec needs version 1.7 or a later one that is like it");
}

/* A library built for speed at any price would turn tiny numbers into zeroes in this whole process. */
static void tiny_numbers_stay(void **state)
{
	(void)state;
	(void)library();
	volatile double tiny = DBL_MIN;
	assert_true(tiny / 4 > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predictions_are_libxgboosts),
		cmocka_unit_test(predictions_are_XGBClassifiers),
		cmocka_unit_test(a_threshold_is_exact_for_doubles),
		cmocka_unit_test(rows_are_merged_in_an_order_of_their_own),
		cmocka_unit_test(missing_beside_the_most_there_is),
		cmocka_unit_test(nodes_know_their_rows),
		cmocka_unit_test(a_damaged_model_is_refused),
		cmocka_unit_test(what_libxgboost_refuses_is_said),
		cmocka_unit_test(without_the_library_its_package_is_named),
		cmocka_unit_test(tiny_numbers_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
