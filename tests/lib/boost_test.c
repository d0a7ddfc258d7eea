/* Gradient boosting against scikit-learn's, where its draws do not matter (tests/data/boosting/make.py), and what it does beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "each_cpu.h"
#include "learn/boost_run.h"
#include "columns.h"

enum { BINARY = 8, MULTI = 2, ROWS = 600 };

/* In the order of make.py. */
static const char *const binary[BINARY][4] = {
	{"n_estimators=30"},
	{"n_estimators=40", "max_depth=2", "learning_rate=0.3"},
	{"n_estimators=20", "loss=exponential"},
	{"n_estimators=15", "max_depth=None", "max_leaf_nodes=5"},
	{"n_estimators=15", "max_depth=2", "min_samples_leaf=20", "min_samples_split=60"},
	{"n_estimators=15", "min_impurity_decrease=0.05"},
	{"n_estimators=15", "min_impurity_decrease=0.0005", "criterion=squared_error"},
	{"n_estimators=15", "max_depth=2", "min_weight_fraction_leaf=0.1"},
};
static const char *const multi[MULTI][4] = {{"n_estimators=12"}, {"n_estimators=12", "max_depth=2", "learning_rate=0.5"}};

static struct ns_training load(const char *name, uint32_t classes, struct ns_arena *arena)
{
	return weighted_training(ns_format(arena, "tests/data/boosting/%s.csv", name), classes, arena);
}

static struct ns_model *fit_grid(size_t *candidates, const struct ns_training *training, const char *const *params, size_t most, struct ns_arena *arena)
{
	struct ns_err err = {""};
	struct ns_value **values;
	struct ns_texts texts = {.items = (const char **)params};
	while (texts.count < most && params[texts.count])
		texts.count++;
	assert_int_equal(ns_learner_grid(&values, candidates, &ns_learn_gradient_boosting, &texts, arena, &err), NS_OK);
	struct ns_model *models = NS_NEW_ARRAY(arena, struct ns_model, *candidates);
	int status = ns_learn_gradient_boosting.fit(models, training, (const struct ns_value *const *)values, *candidates, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
	return models;
}

static double *answers(const struct ns_training *training, const char *const *params, size_t most, const struct ns_training *query, struct ns_arena *arena)
{
	size_t candidates;
	struct ns_model *model = fit_grid(&candidates, training, params, most, arena);
	double *probability = NS_NEW_ARRAY(arena, double, query->rows * query->classes);
	ns_model_predict(probability, model, query->x, query->rows);
	return probability;
}

/* Fixed point: gradients are rounded to 2^-20 of the greatest, so probabilities agree to about a millionth. */
static void assert_peer(const char *name, uint32_t classes, const char *const (*settings)[4], size_t count)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_training weighted = load(name, classes, &arena), plain = weighted;
	struct numbers expected = numbers_read(ns_format(&arena, "tests/data/boosting/%s-expected.csv", name));
	plain.weight = NULL;
	assert_int_equal(expected.width, count * 2 * (classes - 1));
	for (size_t s = 0; s < count * 2; s++) {
		double *found = answers(s % 2 ? &weighted : &plain, settings[s / 2], 4, &plain, &arena), off = 0;
		for (size_t row = 0; row < plain.rows; row++)
			for (size_t c = 1; c < classes; c++)
				off = fmax(off, fabs(found[row * classes + c] - expected.values[row * expected.width + s * (classes - 1) + c - 1]));
		if (off > 2e-6)
			fail_msg("%s: setting %zu is %g off", name, s, off);
	}
	free(expected.values);
	ns_arena_release(&arena);
}

static void two_classes_are_as_the_peers(void **state)
{
	(void)state;
	assert_peer("binary", 2, binary, BINARY);
}

static void more_classes_are_as_the_peers(void **state)
{
	(void)state;
	assert_peer("multi", 3, multi, MULTI);
}

/* Codes, or codes and numbers. */
struct set {
	double x[4][ROWS], weight[ROWS];
	const double *columns[4];
	uint32_t y[ROWS];
	struct ns_training training;
};

static void make(struct set *set, bool few)
{
	struct ns_random random;
	ns_random_init(&random, 5, "boost_test", few, 0);
	for (size_t row = 0; row < ROWS; row++) {
		for (size_t f = 0; f < 4; f++)
			set->x[f][row] = few || f < 2 ? (double)ns_random_below(&random, 4) : ns_random_normal(&random);
		double score = set->x[0][row] - set->x[1][row] + set->x[2][row] + ns_random_normal(&random);
		set->y[row] = score > 0;
		set->weight[row] = 1 + (double)ns_random_below(&random, 2);
	}
	for (size_t f = 0; f < 4; f++)
		set->columns[f] = set->x[f];
	set->training = (struct ns_training){.rows = ROWS, .features = 4, .x = set->columns, .y = set->y, .classes = 2, .seed = 42, .threads = 1};
}

static void a_missing_value_goes_where_it_belongs(void **state)
{
	(void)state;
	for (int few = 0; few < 2; few++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct set set;
		const char *const params[] = {"n_estimators=20"};
		make(&set, few);
		for (size_t row = 0; row < ROWS; row++)
			if (row % 3 == 0) {
				set.x[0][row] = (double)NAN;
				set.y[row] = row % 30 != 0; /* missing nearly always means class 1 */
			}
		set.training.missing = true;
		double *found = answers(&set.training, params, 1, &set.training, &arena);
		size_t right = 0;
		for (size_t row = 0; row < ROWS; row += 3)
			right += (found[2 * row + 1] > 0.5) == set.y[row];
		assert_true(right >= ROWS / 3 * 9 / 10);
		ns_arena_release(&arena);
	}
}

/* Every row as often as it weighs. */
static struct ns_training repeat(const struct set *set, struct ns_arena *arena)
{
	double **x = NS_NEW_ARRAY(arena, double *, 4);
	uint32_t *y = NS_NEW_ARRAY(arena, uint32_t, 2 * ROWS);
	struct ns_training repeated = set->training;
	repeated.rows = 0;
	for (size_t f = 0; f < 4; f++)
		x[f] = NS_NEW_ARRAY(arena, double, 2 * ROWS);
	for (size_t row = 0; row < ROWS; row++)
		for (double copy = 0; copy < set->weight[row]; copy++, repeated.rows++) {
			y[repeated.rows] = set->y[row];
			for (size_t f = 0; f < 4; f++)
				x[f][repeated.rows] = set->x[f][row];
		}
	repeated.x = (const double *const *)x;
	repeated.y = y;
	return repeated;
}

/* A row of weight 2 is the row twice, to the bit; balanced classes make weights that are rounded. */
static void weights_are_repeated_rows(void **state)
{
	(void)state;
	static const char *const plain[] = {"n_estimators=20"}, *const balanced[] = {"n_estimators=20", "class_weight=balanced"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, true);
	struct ns_training repeated = repeat(&set, &arena), weighted = set.training;
	weighted.weight = set.weight;
	double *once = answers(&weighted, plain, 1, &set.training, &arena), *twice = answers(&repeated, plain, 1, &set.training, &arena);
	assert_memory_equal(once, twice, ROWS * 2 * sizeof(double));
	once = answers(&weighted, balanced, 2, &set.training, &arena);
	twice = answers(&repeated, balanced, 2, &set.training, &arena);
	for (size_t i = 0; i < ROWS * 2; i++)
		assert_true(fabs(once[i] - twice[i]) < 1e-6);
	ns_arena_release(&arena);
}

static void fewer_trees_are_the_beginning_of_more(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	size_t candidates;
	const char *const params[] = {"n_estimators=5,9", "subsample=1,0.5"};
	make(&set, true);
	struct ns_model *models = fit_grid(&candidates, &set.training, params, 2, &arena);
	assert_int_equal(candidates, 4);
	assert_ptr_equal(models[0].trees.first, models[2].trees.first);
	assert_ptr_equal(models[1].trees.first, models[3].trees.first);
	assert_ptr_not_equal(models[0].trees.first, models[1].trees.first);
	assert_int_equal(models[1].trees.count, 5);
	assert_int_equal(models[3].trees.count, 9);
	ns_arena_release(&arena);
}

static void it_stops_when_nothing_is_gained(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	size_t candidates;
	const char *const params[] = {"n_estimators=400,3", "n_iter_no_change=4", "learning_rate=0.3"};
	make(&set, false);
	struct ns_model *models = fit_grid(&candidates, &set.training, params, 3, &arena);
	assert_true(models[0].trees.count > 4 && models[0].trees.count < 400);
	assert_int_equal(models[1].trees.count, 3);
	ns_arena_release(&arena);
}

static void what_cannot_be_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *param;
		uint32_t classes;
		size_t rows;
		const char *message;
	} cases[] = {
		{"loss=exponential", 3, ROWS, "parameter 'loss': exponential is for two classes, and there are 3"},
		{"n_iter_no_change=5", 2, 1, "1 rows are too few to hold out a share of 0.1 of them (validation_fraction)"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct set set;
		struct ns_value **values;
		size_t candidates;
		struct ns_err err = {""};
		struct ns_model model;
		const struct ns_texts texts = {.items = (const char *[]){cases[i].param}, .count = 1};
		make(&set, true);
		set.training.classes = cases[i].classes;
		set.training.rows = cases[i].rows;
		assert_int_equal(ns_learner_grid(&values, &candidates, &ns_learn_gradient_boosting, &texts, &arena, &err), NS_OK);
		assert_int_not_equal(ns_learn_gradient_boosting.fit(&model, &set.training, (const struct ns_value *const *)values, 1, &arena, &err), NS_OK);
		assert_string_equal(err.text, cases[i].message);
		ns_arena_release(&arena);
	}
}

/* Rows drawn are exactly as many as wanted, and no entry more often than it has copies. */
static void draws_are_exact(void **state)
{
	(void)state;
	struct set set;
	struct ns_boost_cells cells;
	struct ns_random random;
	make(&set, true);
	ns_boost_cells_init(&cells, &set.training, 255, true);
	assert_true(cells.copies && cells.entries < ROWS);
	uint8_t *drawn = ns_malloc_array(cells.entries, 1), *slots = ns_malloc_array(ROWS + 8, 1);
	for (size_t wanted = 1; wanted <= ROWS; wanted += wanted < 10 ? 1 : 59) {
		size_t count = 0;
		ns_random_init(&random, wanted, "draws", 0, 0);
		ns_boost_cells_draw(drawn, slots, &cells, wanted, &random);
		for (size_t e = 0; e < cells.entries; e++) {
			assert_true(drawn[e] <= cells.copies[e]);
			count += drawn[e];
		}
		assert_int_equal(count, wanted);
	}
	struct ns_boost_cells train, valid;
	assert_true(ns_boost_cells_split(&train, &valid, &cells, 0.25, &random));
	assert_int_equal(train.rows, ROWS * 3 / 4);
	assert_int_equal(valid.rows, ROWS / 4);
	ns_boost_cells_release(&train);
	ns_boost_cells_release(&valid);
	ns_boost_cells_release(&cells);
	free(drawn);
	free(slots);
}

/* Whether rows are marked and multiplied with bits, or listed and added one by one, and on how many threads, says the speed, not the trees. */
static void both_ways_make_the_same_trees(void **state)
{
	(void)state;
	struct set set;
	struct ns_boost_cells cells;
	struct ns_bits bits;
	struct ns_boost_run marked, listed;
	make(&set, true);
	for (size_t row = 0; row < ROWS; row += 7)
		set.x[row % 4][row] = (double)NAN;
	set.training.missing = true;
	const struct ns_boost_options options = {.rules = {.max_depth = 2, .max_leaf_nodes = UINT32_MAX, .min_samples_split = 2, .min_samples_leaf = 3, .max_features = 4},
		.loss = NS_LOSS_LOGISTIC, .friedman = true, .learning_rate = 0.2, .subsample = 0.7, .iterations = 20, .max_bins = 255};
	ns_boost_cells_init(&cells, &set.training, 255, true);
	assert_true(ns_booster_marks(&cells, &options.rules, false) || ns_bits_cost() > 0.5);
	ns_bits_init(&bits, &cells, 1);
	assert_true(ns_boost_run_fit(&marked, &options, &cells, &bits, 42, 1));
	assert_true(ns_boost_run_fit(&listed, &options, &cells, NULL, 42, 3));
	assert_int_equal(marked.grown.trees, 20);
	assert_int_equal(marked.grown.count, listed.grown.count);
	assert_memory_equal(marked.grown.nodes, listed.grown.nodes, listed.grown.count * sizeof *listed.grown.nodes);
	assert_memory_equal(marked.grown.samples, listed.grown.samples, listed.grown.count * sizeof *listed.grown.samples);
	assert_memory_equal(marked.grown.values, listed.grown.values, listed.grown.count * sizeof *listed.grown.values);
	ns_boost_run_release(&marked);
	ns_boost_run_release(&listed);
	ns_bits_release(&bits);
	ns_boost_cells_release(&cells);
}

/* Bins of equal numbers of rows, exact ranks, an atom of half of the rows, and missing ones. */
static void columns_are_cut_by_rank(void **state)
{
	(void)state;
	enum { MANY = 20000, BINS = 10 };
	static double x[MANY];
	static uint8_t codes[MANY];
	struct ns_random random;
	struct ns_cutter *cutter = ns_cutter_new(MANY);
	for (int kind = 0; kind < 3; kind++) {
		struct ns_cut cut;
		size_t rows[BINS + 1] = {0};
		ns_random_init(&random, (uint64_t)kind, "cuts", 0, 0);
		for (size_t row = 0; row < MANY; row++) {
			double normal = ns_random_normal(&random);
			x[row] = kind == 0 ? normal : kind == 1 ? normal * normal * normal * 1e200 : row % 2 ? 0 : normal;
			if (kind == 2 && row % 10 == 0)
				x[row] = (double)NAN;
		}
		ns_cut_column(&cut, codes, cutter, x, MANY, BINS);
		assert_false(cut.exact);
		assert_int_equal(cut.missing, kind == 2);
		assert_true(kind == 2 ? cut.count < BINS : cut.count == BINS);
		for (size_t row = 0; row < MANY; row++) {
			rows[codes[row]]++;
			assert_int_equal(codes[row] == cut.count, isnan(x[row]));
			if (codes[row] < cut.count && codes[row] > 0)
				assert_true(x[row] >= cut.lower[codes[row]] && x[row] > ns_cut_threshold(&cut, codes[row] - 1u, codes[row]));
			if (codes[row] + 1u < cut.count)
				assert_true(x[row] <= cut.upper[codes[row]] && x[row] <= ns_cut_threshold(&cut, codes[row], codes[row] + 1u));
		}
		for (uint32_t bin = 0; kind < 2 && bin < BINS; bin++)
			assert_int_equal(rows[bin], MANY / BINS);
		ns_cut_release(&cut);
	}
	ns_cutter_free(cutter);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_classes_are_as_the_peers),
		cmocka_unit_test(more_classes_are_as_the_peers),
		cmocka_unit_test(a_missing_value_goes_where_it_belongs),
		cmocka_unit_test(weights_are_repeated_rows),
		cmocka_unit_test(fewer_trees_are_the_beginning_of_more),
		cmocka_unit_test(it_stops_when_nothing_is_gained),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(draws_are_exact),
		cmocka_unit_test(both_ways_make_the_same_trees),
		cmocka_unit_test(columns_are_cut_by_rank),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_on_each_cpu(run);
}
