/*
 * xgboost: gradient boosting by libxgboost (T. Chen, C. Guestrin, "XGBoost: a scalable tree boosting system", 2016); parameters
 * and defaults are XGBClassifier's of version 1.7. What it grows becomes our node table, so predicting needs no libxgboost.
 *
 * Candidates that differ only in n_estimators are beginnings of one run. Every run is a thread's own and has one: libxgboost's
 * sums of floats depend on how many add them up. Which rows are one row and in what order they come is ours (xgboost_rows.h), so
 * the model depends on the multiset of rows; where subsample draws rows they are left as they are, else equal ones are merged.
 * Classes without rows are left out of what is learnt, and have probability 0.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/number.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "learn/xgboost_library.h"
#include "learn/xgboost_trees.h"

/* Those up to CLASS_WEIGHT go to libxgboost as they are. */
enum { N_ESTIMATORS, LEARNING_RATE, SUBSAMPLE = 8, BASE_SCORE = 17, CLASS_WEIGHT = 18 };
enum { AS_THEY_ARE, MERGED };
static const double NEVER = -1e100; /* score of a class without rows: probability 0 */

static const struct ns_param params[] = {
	[N_ESTIMATORS] = {"n_estimators", "rounds of boosting: trees, or trees of each class where there are more than two", "100", 1, 100000, true, NULL},
	[LEARNING_RATE] = {"learning_rate", "what a tree's values are multiplied by (eta)", "0.3", 1e-9, 1e9, false, NULL},
	{"max_depth", "most questions in a row; 0: no limit (not with tree_method=exact)", "6", 0, 1000, true, NULL},
	{"max_leaves", "most leaves of a tree; 0: no limit (tree_method=hist or approx)", "0", 0, 1e9, true, NULL},
	{"grow_policy", "split the nodes nearest the root first, or those that gain most", "depthwise", 0, 0, false, "depthwise|lossguide"},
	{"gamma", "least gain of a split", "0", 0, 1e30, false, NULL},
	{"min_child_weight", "least hessian in a child: about a quarter of its rows where nothing is known", "1", 0, 1e30, false, NULL},
	{"max_delta_step", "most that a leaf's value may be before it is multiplied; 0: no limit", "0", 0, 1e30, false, NULL},
	[SUBSAMPLE] = {"subsample", "fraction of rows drawn for a round", "1", 1e-9, 1, false, NULL},
	{"colsample_bytree", "fraction of features drawn for a tree", "1", 1e-9, 1, false, NULL},
	{"colsample_bylevel", "fraction of the tree's features drawn for a level", "1", 1e-9, 1, false, NULL},
	{"colsample_bynode", "fraction of the level's features drawn for a node", "1", 1e-9, 1, false, NULL},
	{"reg_alpha", "penalty on the absolute values of leaves", "0", 0, 1e30, false, NULL},
	{"reg_lambda", "penalty on the squared values of leaves", "1", 0, 1e30, false, NULL},
	{"scale_pos_weight", "what rows of the second of two classes weigh", "1", 1e-30, 1e30, false, NULL},
	{"tree_method", "how splits are found; auto: exactly below 4,194,304 distinct rows", "auto", 0, 0, false, "auto|exact|approx|hist"},
	{"max_bin", "most groups of a feature's values (tree_method=hist or approx)", "256", 2, 1e9, true, NULL},
	[BASE_SCORE] = {"base_score", "probability of the second of two classes to begin with", "0.5", 1e-6, 0.999999, false, NULL},
	[CLASS_WEIGHT] = {"class_weight", "balanced: every class weighs the same", "None", 0, 0, false, "None|balanced"},
	{0},
};

/* Candidates that differ only in n_estimators, trained as one. */
struct run {
	const struct ns_value *values; /* of its first candidate */
	unsigned rounds;               /* the most that any candidate wants */
	struct ns_xgboost_trees trees;
	struct ns_trees model;
	int status;
	struct ns_err err;
};

struct work {
	struct ns_xgboost library;
	const struct ns_training *training;
	struct ns_xgboost_rows rows[2]; /* AS_THEY_ARE, MERGED */
	struct run *runs;
	size_t runs_count;
	uint32_t *present, *place;      /* classes that have rows; of each class among them */
	uint32_t present_count;
	const double *class_weight;     /* balanced */
};

/* The library's functions answer 0, or have left word of what is wrong. */
#define XGBOOST(call)                                            \
	do {                                                     \
		if ((call) != 0)                                 \
			return ns_xgboost_fail(library, err);    \
	} while (0)

static const struct ns_xgboost_rows *rows_of(const struct work *work, const struct run *run)
{
	return &work->rows[run->values[SUBSAMPLE].number == 1 ? MERGED : AS_THEY_ARE];
}

/* Labels and weights. */
static int describe_rows(const struct ns_xgboost *library, DMatrixHandle matrix, const struct work *work, const struct run *run, struct ns_err *err)
{
	const struct ns_xgboost_rows *rows = rows_of(work, run);
	bool balanced = strcmp(run->values[CLASS_WEIGHT].text, "balanced") == 0;
	float *numbers = ns_malloc_array(rows->count, 2 * sizeof *numbers), *weight = numbers + rows->count;
	for (size_t i = 0; i < rows->count; i++) {
		numbers[i] = (float)work->place[rows->y[i]];
		weight[i] = (float)(rows->weight[i] * (balanced ? work->class_weight[rows->y[i]] : 1));
	}
	int failed = library->XGDMatrixSetFloatInfo(matrix, "label", numbers, rows->count);
	failed = failed ? failed : library->XGDMatrixSetFloatInfo(matrix, "weight", weight, rows->count);
	free(numbers);
	XGBOOST(failed);
	return NS_OK;
}

static int set_parameter(const struct ns_xgboost *library, BoosterHandle booster, const char *name, double value, struct ns_err *err)
{
	char text[NS_NUMBER_MAX + 1] = {0};
	ns_number_print(text, value);
	XGBOOST(library->XGBoosterSetParam(booster, name, text));
	return NS_OK;
}

static int set_parameters(const struct ns_xgboost *library, BoosterHandle booster, const struct work *work, const struct run *run, struct ns_err *err)
{
	for (size_t p = LEARNING_RATE; p < CLASS_WEIGHT; p++) {
		const struct ns_value *value = &run->values[p];
		if (isnan(value->number))
			XGBOOST(library->XGBoosterSetParam(booster, params[p].name, value->text));
		else if (strcmp(params[p].name, "base_score") != 0 || work->present_count == 2)
			NS_TRY(set_parameter(library, booster, params[p].name, value->number, err));
	}
	XGBOOST(library->XGBoosterSetParam(booster, "objective", work->present_count == 2 ? "binary:logistic" : "multi:softprob"));
	if (work->present_count > 2)
		NS_TRY(set_parameter(library, booster, "num_class", work->present_count, err));
	NS_TRY(set_parameter(library, booster, "nthread", 1, err));
	return set_parameter(library, booster, "seed", (double)(uint32_t)work->training->seed, err); /* its generator takes 32 bits */
}

static int boost(struct ns_xgboost_trees *trees, BoosterHandle booster, DMatrixHandle matrix, const struct work *work, const struct run *run,
	struct ns_err *err)
{
	const struct ns_xgboost *library = &work->library;
	const char *bytes;
	bst_ulong size;
	NS_TRY(set_parameters(library, booster, work, run, err));
	for (unsigned round = 0; round < run->rounds; round++) {
		XGBOOST(library->XGBoosterUpdateOneIter(booster, (int)round, matrix));
		ns_progress_add(1);
	}
	XGBOOST(library->XGBoosterSaveModelToBuffer(booster, "{\"format\":\"ubj\"}", &size, &bytes));
	NS_TRY(ns_xgboost_trees_read(trees, bytes, size, rows_of(work, run), err));
	if (trees->count != (size_t)run->rounds * (work->present_count == 2 ? 1 : work->present_count))
		return ns_fail(err, NS_ECALL, "libxgboost made %zu trees in %u rounds", trees->count, run->rounds);
	return NS_OK;
}

static int train_on(struct run *run, DMatrixHandle matrix, const struct work *work, struct ns_err *err)
{
	const struct ns_xgboost *library = &work->library;
	BoosterHandle booster;
	NS_TRY(describe_rows(library, matrix, work, run, err));
	XGBOOST(library->XGBoosterCreate(&matrix, 1, &booster));
	int status = boost(&run->trees, booster, matrix, work, run, err);
	library->XGBoosterFree(booster);
	return status;
}

static int train(struct run *run, const struct work *work, struct ns_err *err)
{
	const struct ns_xgboost *library = &work->library;
	const struct ns_xgboost_rows *rows = rows_of(work, run);
	DMatrixHandle matrix;
	XGBOOST(library->XGBSetGlobalConfig("{\"verbosity\":0}")); /* of this thread */
	XGBOOST(library->XGDMatrixCreateFromMat(rows->x, rows->count, rows->features, NAN, &matrix));
	int status = train_on(run, matrix, work, err);
	library->XGDMatrixFree(matrix);
	return status;
}

static void train_one(void *context, size_t i, int worker)
{
	(void)worker;
	struct work *work = context;
	struct run *run = &work->runs[i];
	run->status = train(run, work, &run->err);
}

static bool differ_in_rounds_only(const struct ns_value *a, const struct ns_value *b)
{
	for (size_t i = N_ESTIMATORS + 1; params[i].name; i++)
		if (strcmp(a[i].text, b[i].text) != 0)
			return false;
	return true;
}

/* Sorts the candidates into runs; of[candidate] is its run. */
static void plan(struct work *work, size_t *of, const struct ns_value *const *values, size_t candidates)
{
	for (size_t c = 0; c < candidates; c++) {
		size_t r = 0;
		while (r < work->runs_count && !differ_in_rounds_only(work->runs[r].values, values[c]))
			r++;
		if (r == work->runs_count)
			work->runs[work->runs_count++].values = values[c];
		unsigned rounds = (unsigned)values[c][N_ESTIMATORS].number;
		work->runs[r].rounds = rounds > work->runs[r].rounds ? rounds : work->runs[r].rounds;
		of[c] = r;
	}
}

static void count_classes(struct work *work, struct ns_arena *arena)
{
	const struct ns_training *training = work->training;
	uint32_t classes = training->classes;
	double *weight = NS_NEW_ARRAY(arena, double, classes), sum = 0;
	work->place = NS_NEW_ARRAY(arena, uint32_t, classes);
	work->present = NS_NEW_ARRAY(arena, uint32_t, classes);
	ns_training_weigh(weight, training);
	for (uint32_t k = 0; k < classes; k++)
		if (weight[k] > 0) {
			sum += weight[k];
			work->place[k] = work->present_count;
			work->present[work->present_count++] = k;
		}
	for (uint32_t k = 0; k < classes; k++)
		weight[k] = weight[k] > 0 ? sum / (work->present_count * weight[k]) : 0;
	work->class_weight = weight;
}

/* The shape of models of these classes; a leaf has one value where every class has trees of its own or two classes share them. */
static struct ns_trees_shape shape_of(const struct work *work, const struct run *run, struct ns_arena *arena)
{
	uint32_t classes = work->training->classes, present = work->present_count;
	double p = run->values[BASE_SCORE].number;
	struct ns_trees_shape shape = {.link = classes == 2 ? NS_LINK_LOGISTIC : NS_LINK_SOFTMAX, .outputs = classes == 2 ? 1 : classes, .scale = 1,
		.missing = work->training->missing};
	double *base = NS_NEW_ARRAY(arena, double, shape.outputs), log_odds = present == 2 ? (double)(float)ns_log(p / (1 - p)) : 0;
	for (uint32_t o = 0; classes > 2 && o < classes; o++)
		base[o] = NEVER;
	for (uint32_t k = 0; classes > 2 && k < present; k++)
		base[work->present[k]] = k == 1 ? log_odds : 0;
	if (classes == 2)
		base[0] = present == 2 ? log_odds : work->present[0] == 1 ? -NEVER : NEVER;
	shape.width = present == classes || classes == 2 ? 1 : classes;
	shape.base = base;
	return shape;
}

/* Leaves with a value of each class, of which the tree's own is not 0. */
static double *widen(const struct ns_xgboost_trees *trees, const struct work *work)
{
	size_t width = work->training->classes, nodes = trees->first[trees->count];
	double *values = ns_malloc_array(nodes, width * sizeof *values);
	memset(values, 0, nodes * width * sizeof *values);
	for (size_t t = 0; t < trees->count; t++) {
		uint32_t class = work->present[work->present_count == 2 ? 1 : t % work->present_count];
		for (size_t i = trees->first[t]; i < trees->first[t + 1]; i++)
			values[i * width + class] = trees->values[i];
	}
	return values;
}

static void make_model(struct run *run, const struct work *work, struct ns_arena *arena)
{
	const struct ns_xgboost_trees *trees = &run->trees;
	struct ns_trees_shape shape = shape_of(work, run, arena);
	double *wide = shape.width > 1 ? widen(trees, work) : NULL;
	ns_trees_make(&run->model, &shape, trees->count, trees->first, trees->nodes, trees->samples, wide ? wide : trees->values, arena);
	free(wide);
}

/* A model of the only class there is: its base says it all, and its one tree is a leaf. */
static void make_constant(struct run *run, const struct work *work, struct ns_arena *arena)
{
	struct ns_trees_shape shape = shape_of(work, run, arena);
	ns_trees_make(&run->model, &shape, 1, (const size_t[]){0, 1}, &(struct ns_node){.threshold = (double)INFINITY, .feature = -1},
		&(uint32_t){(uint32_t)work->training->rows}, NS_NEW_ARRAY(arena, double, shape.width), arena);
}

static int train_all(struct work *work, struct ns_arena *arena, struct ns_err *err)
{
	int status = NS_OK;
	ns_parallel(work->training->threads, work->runs_count, train_one, work);
	for (size_t r = 0; r < work->runs_count; r++) {
		struct run *run = &work->runs[r];
		if (status == NS_OK && run->status != NS_OK) {
			status = run->status;
			*err = run->err;
		}
		if (status == NS_OK)
			make_model(run, work, arena);
		ns_xgboost_trees_release(&run->trees);
	}
	return status;
}

static int fit_runs(struct work *work, struct ns_arena *arena, struct ns_err *err)
{
	if (work->present_count < 2) {
		ns_note("xgboost: only one class has rows; the model always says it");
		for (size_t r = 0; r < work->runs_count; r++)
			make_constant(&work->runs[r], work, arena);
		return NS_OK;
	}
	bool needed[2] = {false, false};
	for (size_t r = 0; r < work->runs_count; r++)
		needed[rows_of(work, &work->runs[r]) == &work->rows[MERGED]] = true;
	for (int merge = 0; merge <= 1; merge++)
		if (needed[merge])
			ns_xgboost_rows_init(&work->rows[merge], work->training, merge);
	int status = train_all(work, arena, err);
	ns_xgboost_rows_release(&work->rows[0]);
	ns_xgboost_rows_release(&work->rows[1]);
	return status;
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	struct work work = {.training = training, .runs = NS_NEW_ARRAY(arena, struct run, candidates)};
	size_t *of = NS_NEW_ARRAY(arena, size_t, candidates);
	NS_TRY(ns_training_check(training, err));
	NS_TRY(ns_xgboost_open(&work.library, NS_XGBOOST_FILE, err));
	plan(&work, of, values, candidates);
	count_classes(&work, arena);
	NS_TRY(fit_runs(&work, arena, err));
	for (size_t c = 0; c < candidates; c++) {
		const struct ns_trees *trees = &work.runs[of[c]].model;
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features, .trees = *trees};
		models[c].trees.count = work.present_count < 2 ? 1 : trees->count / work.runs[of[c]].rounds * (size_t)values[c][N_ESTIMATORS].number;
	}
	return NS_OK;
}

const struct ns_learner ns_learn_xgboost = {
	.name = "xgboost",
	.help = "gradient boosting by libxgboost",
	.params = params,
	.takes_missing = true,
	.fit = fit,
};
