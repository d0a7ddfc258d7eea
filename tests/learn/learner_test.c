/*
 * One contract over every learner that is registered: each check runs for each of them, under its name. A new learner needs no
 * line here. With --digest the program prints instead what each makes of some sets: the same on every machine (NS_CPU).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cpu.h"
#include "sets.h"
#include "stage/model_stage.h"

enum { ROWS = 300, LEARNERS_MAX = 32 };

/* With these nothing is drawn at random that more rows would change. */
static const char *const plain[] = {"bootstrap=False", "subsample=1", NULL};

static void fit(struct ns_model *models, const struct ns_learner *learner, const struct ns_training *training, struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena)
{
	struct ns_err err = {""};
	int status = learner->fit(models, training, (const struct ns_value *const *)values, candidates, arena, &err);
	assert_string_equal(err.text, "");
	assert_int_equal(status, NS_OK);
}

static double *predict(const struct ns_model *model, const struct ns_training *query, struct ns_arena *arena)
{
	double *probability = NS_NEW_ARRAY(arena, double, query->rows * query->classes);
	assert_int_equal(model->classes, query->classes);
	assert_int_equal(model->features, query->features);
	ns_model_predict(probability, model, query->x, query->rows);
	for (size_t row = 0; row < query->rows; row++) {
		double sum = 0;
		for (uint32_t c = 0; c < query->classes; c++) {
			double p = probability[row * query->classes + c];
			assert_true(p >= 0 && p <= 1);
			sum += p;
		}
		assert_true(fabs(sum - 1) < 1e-9);
	}
	return probability;
}

/* One model, of those of these parameters that the learner has (NULL: of none), and the rest default. */
static struct ns_model fit_one(const struct ns_learner *learner, const struct ns_training *training, const char *const *params, struct ns_arena *arena)
{
	struct ns_model model;
	size_t candidates;
	struct ns_value **values = grid_of(&candidates, learner, params ? those_of(learner, params, arena) : NULL, arena);
	assert_int_equal(candidates, 1);
	fit(&model, learner, training, values, 1, arena);
	return model;
}

static double *fit_defaults(const struct ns_learner *learner, const struct ns_training *training, const struct ns_training *query, struct ns_arena *arena)
{
	struct ns_model model = fit_one(learner, training, NULL, arena);
	return predict(&model, query, arena);
}

/* The model as it is written, and read back from that. */
static struct ns_stage write_model(const struct ns_model *model, struct ns_arena *arena)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"}, *classes[] = {"0", "1", "2", "3", "4"};
	struct ns_model_stage stage = {.model = *model, .learner = "any", .target = "y", .classes = classes, .positive = -1, .threshold = 0.5, .prefix = ""};
	struct ns_stage made;
	struct ns_err err = {""};
	struct ns_chain raw = {.behind = ""};
	ns_model_stage_make(&made, &stage, names, &(struct ns_metadata){0}, &raw, arena, &err);
	assert_string_equal(err.text, "");
	return made;
}

static double share_right(const double *probability, const struct ns_training *query)
{
	size_t right = 0;
	for (size_t row = 0; row < query->rows; row++)
		right += ns_model_choose(probability + query->classes * row, query->classes, -1, 0.5) == query->y[row];
	return (double)right / (double)query->rows;
}

/* The kinds of sets that the learner takes: calls check of each. */
static void over_sets(void (*check)(const struct ns_learner *learner, struct set *set, struct ns_arena *arena), const struct ns_learner *learner, struct ns_arena *arena)
{
	for (uint32_t classes = 2; classes <= 5; classes += 3)
		for (int kind = 0; kind < 4; kind++) {
			struct set set;
			if (kind & MISSING && !learner->takes_missing)
				continue;
			make(&set, ROWS, classes, kind, arena);
			check(learner, &set, arena);
		}
}

static void same_by_three_threads(const struct ns_learner *learner, struct set *set, struct ns_arena *arena)
{
	struct ns_model model = fit_one(learner, &set->training, NULL, arena);
	struct ns_stage one = write_model(&model, arena);
	set->training.threads = 3;
	model = fit_one(learner, &set->training, NULL, arena);
	assert_string_equal(write_model(&model, arena).digest, one.digest);
}

static void any_threads(const struct ns_learner *learner, struct ns_arena *arena)
{
	over_sets(same_by_three_threads, learner, arena);
}

static void same_of_another_order(const struct ns_learner *learner, struct set *set, struct ns_arena *arena)
{
	struct set other;
	shuffle(&other, set, arena);
	struct ns_model model = fit_one(learner, &set->training, NULL, arena);
	struct ns_stage one = write_model(&model, arena);
	model = fit_one(learner, &other.training, NULL, arena);
	assert_string_equal(write_model(&model, arena).digest, one.digest);
}

static void any_order(const struct ns_learner *learner, struct ns_arena *arena)
{
	over_sets(same_of_another_order, learner, arena);
}

static void same_when_read_back(const struct ns_learner *learner, struct set *set, struct ns_arena *arena)
{
	struct ns_model model = fit_one(learner, &set->training, NULL, arena);
	struct ns_stage stage = write_model(&model, arena);
	const struct ns_model_stage *read = stage.state;
	size_t size = ROWS * set->training.classes * sizeof(double);
	assert_memory_equal(predict(&read->model, &set->training, arena), predict(&model, &set->training, arena), size);
	assert_string_equal(write_model(&read->model, arena).digest, stage.digest);
}

static void written_and_read_back(const struct ns_learner *learner, struct ns_arena *arena)
{
	over_sets(same_when_read_back, learner, arena);
}

/* Whole weights: the model is that of rows which stand there as often, but for the samples that it counts. */
static void same_as_repeated(const struct ns_learner *learner, struct set *set, struct ns_arena *arena)
{
	struct set often;
	if (!set->training.weight)
		return;
	repeat(&often, set, arena);
	struct ns_model heavy = fit_one(learner, &set->training, plain, arena), repeated = fit_one(learner, &often.training, plain, arena);
	const double *one = predict(&heavy, &set->training, arena), *other = predict(&repeated, &set->training, arena);
	for (size_t i = 0; i < ROWS * set->training.classes; i++)
		assert_true(fabs(one[i] - other[i]) < 1e-9);
}

static void weights_are_repeated_rows(const struct ns_learner *learner, struct ns_arena *arena)
{
	over_sets(same_as_repeated, learner, arena);
}

/* Twice as many rows of one class as of the other: balanced, they weigh 3/4 and 3/2. */
static void balanced_classes_weigh_the_same(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	static const char *const balanced[] = {"bootstrap=False", "subsample=1", "class_weight=balanced", NULL};
	if (!those_of(learner, balanced + 2, arena)[0])
		return; /* it has no such parameter */
	make(&set, ROWS, 2, 0, arena);
	for (size_t row = 0; row < ROWS; row++) {
		set.y[row] = row % 3 == 0;
		set.x[0][row] += set.y[row] ? 1 : -0.5;
		set.weight[row] = set.y[row] ? 1.5 : 0.75;
	}
	struct ns_model model = fit_one(learner, &set.training, balanced, arena);
	const double *by_class = predict(&model, &set.training, arena);
	set.training.weight = set.weight;
	model = fit_one(learner, &set.training, plain, arena);
	const double *by_row = predict(&model, &set.training, arena);
	for (size_t i = 0; i < 2 * ROWS; i++)
		assert_true(fabs(by_class[i] - by_row[i]) < 1e-9);
}

/* Candidates that share as much as they can, and some that share nothing. */
static void alone_or_among_others(const struct ns_learner *learner, struct ns_arena *arena)
{
	static const char *const params[] = {"n_estimators=3,12,7", "max_depth=2,5", "learning_rate=0.2,0.5", "class_weight=None,balanced", "C=1,0.1", "kernel=linear,rbf",
		"n_neighbors=3,5", "weights=uniform,distance", "algorithm=SAMME,SAMME.R", "subsample=1,0.5", "max_features=1,3", NULL};
	struct set set;
	size_t candidates;
	make(&set, ROWS, 3, 0, arena);
	struct ns_value **values = grid_of(&candidates, learner, those_of(learner, params, arena), arena);
	struct ns_model *models = NS_NEW_ARRAY(arena, struct ns_model, candidates);
	assert_true(candidates > 1);
	set.training.threads = 2;
	fit(models, learner, &set.training, values, candidates, arena);
	for (size_t c = 0; c < candidates; c++) {
		struct ns_model alone;
		fit(&alone, learner, &set.training, values + c, 1, arena);
		assert_memory_equal(predict(&models[c], &set.training, arena), predict(&alone, &set.training, arena), ROWS * 3 * sizeof(double));
	}
}

/* Every word that a parameter takes can be learnt with. */
static void every_word(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 60, 2, 0, arena); /* what is for two classes only is taken too */
	for (const struct ns_param *param = learner->params; param->name; param++)
		for (const char *word = param->choices; word && *word; word += strcspn(word, "|"), word += *word == '|') {
			const char *const params[] = {ns_format(arena, "%s=%.*s", param->name, (int)strcspn(word, "|"), word), NULL};
			struct ns_model model = fit_one(learner, &set.training, params, arena);
			predict(&model, &set.training, arena);
		}
}

static void better_than_guessing(const struct ns_learner *learner, struct ns_arena *arena)
{
	for (int kind = 0; kind <= learner->takes_missing; kind++) {
		struct set set;
		make(&set, ROWS, 2, kind, arena);
		assert_true(share_right(fit_defaults(learner, &set.training, &set.training, arena), &set.training) > 0.8);
	}
}

static void one_feature(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, ROWS, 2, 0, arena);
	set.training.features = 1;
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = set.x[0][row] > 0;
	assert_true(share_right(fit_defaults(learner, &set.training, &set.training, arena), &set.training) > 0.9);
}

static void every_column_twice(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, ROWS, 2, 0, arena);
	for (size_t f = 0; f < FEATURES; f++)
		set.columns[FEATURES + f] = set.columns[f];
	set.training.features = 2 * FEATURES;
	assert_true(share_right(fit_defaults(learner, &set.training, &set.training, arena), &set.training) > 0.8);
}

/* Rows and whole columns of nothing but missing values. */
static void nothing_known(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	if (!learner->takes_missing)
		return;
	make(&set, ROWS, 2, MISSING, arena);
	for (size_t row = 0; row < ROWS; row++)
		for (size_t f = 0; f < FEATURES; f++)
			if (row % 10 == 0 || f == 4)
				set.x[f][row] = (double)NAN;
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	assert_true(share_right(probability, &set.training) > 0.75);
	for (size_t row = 10; row < ROWS; row += 10)
		assert_memory_equal(probability, probability + 2 * row, 2 * sizeof *probability);
}

/* Classes 0 and 2 have no rows, and 4 none but where three have: they are never said, and the others judged as well as without them. */
static void classes_without_rows(const struct ns_learner *learner, struct ns_arena *arena)
{
	static const uint32_t name[] = {1, 3, 4};
	for (uint32_t present = 2; present <= 3; present++) {
		struct set set;
		make(&set, ROWS, present, 0, arena);
		double known = share_right(fit_defaults(learner, &set.training, &set.training, arena), &set.training);
		set.training.classes = 5;
		for (size_t row = 0; row < ROWS; row++)
			set.y[row] = name[set.y[row]];
		const double *probability = fit_defaults(learner, &set.training, &set.training, arena);
		assert_true(share_right(probability, &set.training) > known - 0.05);
		for (size_t row = 0; row < ROWS; row++) {
			assert_true(probability[row * 5] < 1e-6 && probability[row * 5 + 2] < 1e-6);
			assert_true(present == 3 || probability[row * 5 + 4] < 1e-6);
		}
	}
}

static void one_class_alone(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	for (uint32_t classes = 2; classes <= 5; classes += 3) {
		make(&set, ROWS, classes, 0, arena);
		for (size_t row = 0; row < ROWS; row++)
			set.y[row] = 1;
		double *probability = fit_defaults(learner, &set.training, &set.training, arena);
		for (size_t row = 0; row < ROWS; row++)
			assert_true(probability[classes * row + 1] > 0.99);
	}
}

static void one_row_per_class(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, 2, 2, 0, arena);
	set.y[0] = 0;
	set.y[1] = 1;
	fit_defaults(learner, &set.training, &set.training, arena);
	set.training.rows = 1;
	fit_defaults(learner, &set.training, &set.training, arena);
}

static void nothing_but_constants(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, ROWS, 2, 0, arena);
	for (size_t f = 0; f < FEATURES; f++)
		set.columns[f] = set.x[2];
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = row % 4 == 0;
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	assert_true(fabs(probability[1] - 0.25) < 0.02);
	for (size_t row = 1; row < ROWS; row++)
		assert_memory_equal(probability, probability + 2 * row, 2 * sizeof *probability);
}

static void extreme_values(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, ROWS, 2, 0, arena);
	for (size_t row = 0; row < ROWS; row++) {
		set.x[0][row] = row % 2 ? 1e300 : -1e300;
		set.x[1][row] *= 5e-324;
		set.x[4][row] = row % 7 ? 1 : 1.7976931348623157e308;
		set.y[row] = row % 2;
	}
	if (learner == &ns_learn_svc) { /* which would need their squares */
		struct ns_model model;
		struct ns_err err = {""};
		size_t candidates;
		assert_int_equal(learner->fit(&model, &set.training, (const struct ns_value *const *)grid_of(&candidates, learner, NULL, arena), 1, arena, &err),
			NS_EDATA);
		assert_string_equal(err.text, "svc: a value of -1.0000000000000001e+300, whose square is too large; put the columns on one scale (ns-scale)");
		return;
	}
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(probability[2 * row + set.y[row]] > 0.5);
}

static void nothing_to_learn_from(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	struct ns_model model;
	struct ns_err err = {""};
	size_t candidates;
	const struct ns_value *const *values = (const struct ns_value *const *)grid_of(&candidates, learner, NULL, arena);
	make(&set, 1, 2, 0, arena);
	set.training.rows = 0;
	assert_int_equal(learner->fit(&model, &set.training, values, 1, arena, &err), NS_EDATA);
	assert_string_equal(err.text, "no rows to learn from");
}

/* Then all that is known is how often each class comes. */
static void no_features(const struct ns_learner *learner, struct ns_arena *arena)
{
	struct set set;
	make(&set, ROWS, 2, 0, arena);
	set.training.features = 0;
	for (size_t row = 0; row < ROWS; row++)
		set.y[row] = row % 4 == 0;
	double *probability = fit_defaults(learner, &set.training, &set.training, arena);
	assert_true(fabs(probability[1] - 0.25) < 0.02);
}

/* A million rows on three threads; what makes a learner slow is kept small. */
static void a_million_rows(const struct ns_learner *learner, struct ns_arena *arena)
{
#ifndef NDEBUG
	print_message("left to the release build, which is fast enough\n");
	skip();
#endif
	static const char *const few[] = {"n_estimators=3", "max_depth=6", "tree_method=hist", NULL};
	static const char *const slow[] = {"kernel=rbf", NULL}; /* time grows with the square of the rows, and more */
	struct set set;
	if (*those_of(learner, slow, arena))
		return;
	make(&set, 1000000, 2, 0, arena);
	set.training.threads = 3;
	struct ns_model model = fit_one(learner, &set.training, few, arena);
	set.training.rows = 1000;
	assert_true(share_right(predict(&model, &set.training, arena), &set.training) > 0.8);
}

/* One line a learner: digests of models of each kind of set, large enough for vector loops. */
static void print_digests(FILE *out)
{
	static const char *const few[] = {"n_estimators=5", "C=0.1", NULL};
	for (size_t i = 0; ns_learners[i]; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		fprintf(out, "%s", ns_learners[i]->name);
		for (uint32_t classes = 2; classes <= 5; classes += 3)
			for (int kind = 0; kind < 4; kind++) {
				struct set set;
				if (kind & MISSING && !ns_learners[i]->takes_missing)
					continue;
				make(&set, 2000, classes, kind, &arena);
				struct ns_model model = fit_one(ns_learners[i], &set.training, few, &arena);
				struct ns_hasher hasher;
				char hex[33];
				ns_hasher_init(&hasher, 0, 0);
				ns_hasher_add(&hasher, predict(&model, &set.training, &arena), 2000 * classes * sizeof(double));
				ns_hasher_hex(hex, &hasher);
				fprintf(out, " %s %s", write_model(&model, &arena).digest, hex);
			}
		fprintf(out, "\n");
		ns_arena_release(&arena);
	}
}

static char *digests_under(const char *level, struct ns_arena *arena)
{
	char self[4096] = {0};
	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	FILE *pipe = popen(ns_format(arena, "NS_CPU=%s '%s' --digest", level, self), "r");
	assert_non_null(pipe);
	char *text = NS_NEW_ARRAY(arena, char, 65536);
	size_t size = fread(text, 1, 65535, pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_true(size > 0 && size < 65535);
	return text;
}

/* Wider vectors, the same bytes. What the machine lacks cannot be tried: then two of the levels are one. */
static void every_cpu_makes_the_same_models(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	static const char *const levels[] = {"avx2", "avx512"};
	const char *baseline = digests_under("baseline", &arena);
	for (int i = 0; i < 2; i++) {
		if (ns_cpu() < (i ? NS_CPU_AVX512 : NS_CPU_AVX2))
			print_message("this machine has no %s\n", levels[i]);
		assert_string_equal(digests_under(levels[i], &arena), baseline);
	}
	ns_arena_release(&arena);
}

static void the_seed_decides(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, ROWS, 2, 0, &arena);
	double *here = fit_defaults(&ns_learn_random_forest, &set.training, &set.training, &arena);
	set.training.seed = 43;
	double *there = fit_defaults(&ns_learn_random_forest, &set.training, &set.training, &arena);
	assert_memory_not_equal(here, there, ROWS * 2 * sizeof *here);
	ns_arena_release(&arena);
}

/* A tree without limits reads its training rows by heart, but for equal rows of several classes. */
static void a_tree_knows_its_rows(void **state)
{
	(void)state;
	struct ns_arena arena = NS_ARENA_INIT;
	struct set set;
	make(&set, ROWS, 4, 0, &arena);
	for (size_t row = 0; row < ROWS; row++)
		set.x[4][row] = (double)row;
	double *probability = fit_defaults(&ns_learn_decision_tree, &set.training, &set.training, &arena);
	for (size_t row = 0; row < ROWS; row++)
		assert_true(probability[4 * row + set.y[row]] == 1);
	ns_arena_release(&arena);
}

/* What only the data can decide, fit refuses. */
static void counts_that_do_not_fit_the_data_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *params[2], *message;
	} cases[] = {
		{{"min_samples_leaf=2.5"}, "parameter 'min_samples_leaf': '2.5' is neither a whole number nor a fraction of 1"},
		{{"min_samples_split=2.5"}, "parameter 'min_samples_split': '2.5' is neither a whole number nor a fraction of 1"},
		{{"max_features=1.5"}, "parameter 'max_features': '1.5' is neither a whole number nor a fraction of 1"},
		{{"max_samples=301"}, "parameter 'max_samples': 301 is more than the 300 rows there are"},
		{{"max_samples=0.5", "bootstrap=False"}, "parameter 'max_samples' needs bootstrap=True"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ns_arena arena = NS_ARENA_INIT;
		struct ns_err err = {""};
		struct set set;
		struct ns_model model;
		size_t candidates;
		const char *params[3] = {cases[i].params[0], cases[i].params[1]};
		make(&set, ROWS, 2, 0, &arena);
		const struct ns_value *const *values = (const struct ns_value *const *)grid_of(&candidates, &ns_learn_random_forest, params, &arena);
		assert_int_equal(ns_learn_random_forest.fit(&model, &set.training, values, 1, &arena, &err), NS_ECALL);
		assert_string_equal(err.text, cases[i].message);
		ns_arena_release(&arena);
	}
}

typedef void contract(const struct ns_learner *learner, struct ns_arena *arena);

static const struct check {
	const char *name;
	contract *check;
} checks[] = {
#define CHECK(check) {#check, check}
	CHECK(any_threads), CHECK(any_order), CHECK(written_and_read_back), CHECK(weights_are_repeated_rows), CHECK(balanced_classes_weigh_the_same),
	CHECK(alone_or_among_others), CHECK(every_word), CHECK(better_than_guessing), CHECK(one_feature), CHECK(every_column_twice), CHECK(nothing_known),
	CHECK(classes_without_rows), CHECK(one_class_alone), CHECK(one_row_per_class), CHECK(nothing_but_constants), CHECK(extreme_values),
	CHECK(nothing_to_learn_from), CHECK(no_features), CHECK(a_million_rows),
};
enum { CHECKS = sizeof checks / sizeof *checks };

/* One check of one learner. */
struct clause {
	const struct ns_learner *learner;
	contract *check;
};

static void hold(void **state)
{
	const struct clause *clause = *state;
	struct ns_arena arena = NS_ARENA_INIT;
	clause->check(clause->learner, &arena);
	ns_arena_release(&arena);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(every_cpu_makes_the_same_models),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(a_tree_knows_its_rows),
		cmocka_unit_test(counts_that_do_not_fit_the_data_are_refused),
	};
	if (argc > 1 && strcmp(argv[1], "--digest") == 0) {
		print_digests(stdout);
		return 0;
	}
	struct ns_arena arena = NS_ARENA_INIT;
	struct CMUnitTest *tests = NS_NEW_ARRAY(&arena, struct CMUnitTest, CHECKS * LEARNERS_MAX + sizeof others / sizeof *others);
	struct clause *clauses = NS_NEW_ARRAY(&arena, struct clause, CHECKS * LEARNERS_MAX);
	size_t count = 0;
	for (size_t c = 0; c < CHECKS; c++)
		for (size_t i = 0; ns_learners[i]; i++, count++) {
			clauses[count] = (struct clause){ns_learners[i], checks[c].check};
			tests[count] = (struct CMUnitTest){ns_format(&arena, "%s of %s", checks[c].name, ns_learners[i]->name), hold, NULL, NULL, &clauses[count]};
		}
	memcpy(tests + count, others, sizeof others);
	int failed = _cmocka_run_group_tests("contract", tests, count + sizeof others / sizeof *others, NULL, NULL);
	ns_arena_release(&arena);
	return failed;
}
