#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "forests.h"
#include "model/model.h"

static void the_prediction_follows_the_probabilities(void **state)
{
	(void)state;
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, 1, 0.5), 1);
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, 0, 0.5), 0);
	assert_int_equal(ns_model_choose((const double[]){0.5, 0.5}, 2, -1, 0.5), 0);
	assert_int_equal(ns_model_choose((const double[]){0.7, 0.3}, 2, 1, 0.3), 1);
	assert_int_equal(ns_model_choose((const double[]){0.7, 0.3}, 2, 0, 0.8), 1);
	assert_int_equal(ns_model_choose((const double[]){0.2, 0.4, 0.4}, 3, 0, 0.1), 1);
}

/* --- many models at once --- */

enum { ROWS = 3000, FEATURES = 4, MODELS = 12 };

static struct ns_model of_trees(const struct ns_trees *trees, size_t count, double scale)
{
	struct ns_model model = {.form = NS_MODEL_TREES, .classes = 2, .features = FEATURES, .trees = *trees};
	model.trees.count = count;
	model.trees.shape.scale = scale;
	return model;
}

/* Prefixes of two ensembles out of order, one of them twice; trees that are never laid out; a linear model. */
static void make_models(struct ns_model models[MODELS], const struct ns_trees *forest, const struct ns_trees *boosted, const double *weights)
{
	static const size_t counts[] = {40, 7, 1, 20, 20};
	struct ns_trees slow = *forest;
	slow.fast = NULL;
	for (size_t i = 0; i < 5; i++) {
		models[2 * i] = of_trees(forest, counts[i], 1);
		models[2 * i + 1] = of_trees(boosted, counts[i], 1.0 / (double)(counts[i] + i));
	}
	models[10] = of_trees(&slow, 3, 1);
	models[11] = (struct ns_model){.form = NS_MODEL_LINEAR, .classes = 2, .features = FEATURES, .linear = {1, FEATURES, (double *)weights}};
}

static void many_models_predict_what_each_does(void **state)
{
	(void)state;
	static const double weights[FEATURES + 1] = {1e-301, -0.25, 0, 1e-300, 0.5};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_trees_shape boosting = {.link = NS_LINK_LOGISTIC, .outputs = 1, .width = 1, .scale = 1};
	struct forest forest = draw_forest((struct plan){.trees = 40, .size = 101, .features = FEATURES, .few = 4, .rows = ROWS}, &arena);
	struct forest boosted = draw_forest((struct plan){.trees = 40, .size = 15, .features = FEATURES, .few = 4, .shape = boosting}, &arena);
	struct ns_model models[MODELS];
	make_models(models, &forest.trees, &boosted.trees, weights);
	double *found[MODELS], *expected = NS_NEW_ARRAY(&arena, double, 2 * ROWS);
	for (int threads = 1; threads < 5; threads += 3) {
		for (size_t m = 0; m < MODELS; m++)
			found[m] = NS_NEW_ARRAY(&arena, double, 2 * ROWS);
		ns_model_predict_all(found, models, MODELS, forest.x, ROWS, threads);
		for (size_t m = 0; m < MODELS; m++) {
			struct ns_model alone = models[m];
			alone.trees.fast = NULL;
			ns_model_predict(expected, &alone, forest.x, ROWS);
			assert_memory_equal(found[m], expected, 2 * ROWS * sizeof *expected);
		}
	}
	ns_model_predict_all(found, models, MODELS, forest.x, 0, 4);
	ns_model_predict_all(found, models, 0, forest.x, ROWS, 4);
	ns_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_prediction_follows_the_probabilities),
		cmocka_unit_test(many_models_predict_what_each_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
