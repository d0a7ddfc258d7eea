/*
 * Gradient boosting: trees one after the other, each grown on what is still wrong (J. H. Friedman, "Greedy function approximation: a
 * gradient boosting machine", 2001; scikit-learn's GradientBoostingClassifier). Candidates that differ only in n_estimators are
 * beginnings of one run.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "learn/boost_run.h"

static const struct ns_param params[] = {
	{"n_estimators", "number of iterations; each makes a tree, or one a class of more than two", "100", 1, 100000, true, NULL},
	{"learning_rate", "share of each tree that is added", "0.1", 0, 1e9, false, NULL},
	{"loss", "what is made smaller; exponential is AdaBoost's, for two classes", "log_loss", 0, 0, false, "log_loss|exponential"},
	{"subsample", "share of the rows that are drawn for an iteration, without replacement", "1.0", 1e-9, 1, false, NULL},
	{"criterion", "what min_impurity_decrease measures; both find the same splits", "friedman_mse", 0, 0, false, "friedman_mse|squared_error"},
	{"max_depth", "most questions in a row", "3", 1, 1e9, true, "None"},
	{"min_samples_split", "least rows of a node that is split; below 1 or 1.0: a fraction of all", "2", 1e-9, 4e9, false, NULL},
	{"min_samples_leaf", "least rows of a leaf; below 1: a fraction of all", "1", 1e-9, 4e9, false, NULL},
	{"min_weight_fraction_leaf", "least share of the weight in a leaf", "0.0", 0, 0.5, false, NULL},
	{"min_impurity_decrease", "least gain of a split", "0.0", 0, 1e9, false, NULL},
	{"max_features", "features looked at for a split; below 1 or 1.0: a fraction of all", "None", 1e-9, 1e9, false, "sqrt|log2|None"},
	{"max_leaf_nodes", "most leaves of a tree; the best split comes first then", "None", 2, 1e9, true, "None"},
	{"n_iter_no_change", "stop when the loss on held out rows was no less for so many iterations", "None", 1, 1e9, true, "None"},
	{"validation_fraction", "share of the rows held out, where n_iter_no_change is given", "0.1", 1e-9, 0.999999999, false, NULL},
	{"tol", "how much less the loss must become", "1e-4", 0, 1e9, false, NULL},
	{"class_weight", "weigh classes alike, whatever their number of rows", "None", 0, 0, false, "balanced|None"},
	{"max_bins", "a feature of more distinct values is cut into so many groups of about equal numbers of rows", "255", 2, NS_CUT_BINS_MAX, true, NULL},
	{0},
};

/* From so many entries on, one run after the other uses all threads, and the memory of one. */
enum { LARGE = 1 << 18 };

/* What is made for one candidate, or for several that differ only in n_estimators. */
struct series {
	struct ns_boost_options options;
	const struct ns_value *values; /* of its first candidate */
	struct ns_boost_run run;
	struct ns_trees model;
	bool divided;
};

struct work {
	const struct ns_training *training;
	struct series *series;
	size_t count;
	const struct ns_boost_cells *cells;
	const struct ns_bits *bits;
	uint32_t max_bins; /* of the cells: series with others wait */
	int threads;
};

static bool differ_in_trees_only(const struct ns_value *a, const struct ns_value *b)
{
	for (size_t i = 1; params[i].name; i++)
		if (strcmp(a[i].text, b[i].text) != 0)
			return false;
	return true;
}

static const struct ns_value *value_of(const struct ns_value *values, const char *name)
{
	return ns_value_of(&ns_learn_gradient_boosting, values, name);
}

static bool is(const struct ns_value *values, const char *name, const char *word)
{
	return strcmp(value_of(values, name)->text, word) == 0;
}

static int read_options(struct ns_boost_options *options, const struct ns_value *values, const struct ns_training *training, struct ns_err *err)
{
	*options = (struct ns_boost_options){
		.loss = is(values, "loss", "exponential") ? NS_LOSS_EXPONENTIAL : training->classes == 2 ? NS_LOSS_LOGISTIC : NS_LOSS_SOFTMAX,
		.friedman = is(values, "criterion", "friedman_mse"),
		.balanced = is(values, "class_weight", "balanced"),
		.learning_rate = value_of(values, "learning_rate")->number,
		.subsample = value_of(values, "subsample")->number,
		.patience = is(values, "n_iter_no_change", "None") ? 0 : (uint32_t)value_of(values, "n_iter_no_change")->number,
		.held_out = value_of(values, "validation_fraction")->number,
		.tolerance = value_of(values, "tol")->number,
		.max_bins = (uint32_t)value_of(values, "max_bins")->number,
	};
	if (options->loss == NS_LOSS_EXPONENTIAL && training->classes > 2)
		return ns_fail(err, NS_ECALL, "parameter 'loss': exponential is for two classes, and there are %u", training->classes);
	return ns_rules_read(&options->rules, &ns_learn_gradient_boosting, values, training, err);
}

/* Sorts the candidates into series; of[candidate] is its series. */
static int plan(struct work *work, size_t *of, const struct ns_value *const *values, size_t candidates, struct ns_err *err)
{
	for (size_t c = 0; c < candidates; c++) {
		size_t s = 0;
		while (s < work->count && !differ_in_trees_only(work->series[s].values, values[c]))
			s++;
		if (s == work->count) {
			work->series[s].values = values[c];
			NS_TRY(read_options(&work->series[s].options, values[c], work->training, err));
			work->count++;
		}
		uint32_t iterations = (uint32_t)values[c][0].number;
		if (iterations > work->series[s].options.iterations)
			work->series[s].options.iterations = iterations;
		of[c] = s;
	}
	return NS_OK;
}

static void fit_series(void *context, size_t s, int worker)
{
	(void)worker;
	struct work *work = context;
	struct series *series = &work->series[s];
	if (series->options.max_bins == work->max_bins)
		series->divided = ns_boost_run_fit(&series->run, &series->options, work->cells, work->bits, work->training->seed, work->threads);
}

static bool any_draws(const struct work *work)
{
	for (size_t s = 0; s < work->count; s++)
		if (work->series[s].options.subsample < 1 || work->series[s].options.patience)
			return true;
	return false;
}

/* Whether some run marks rows, so that columns of bits are wanted. */
static bool any_marks(const struct work *work)
{
	for (size_t s = 0; s < work->count; s++) {
		const struct ns_boost_options *options = &work->series[s].options;
		if (options->max_bins == work->max_bins && !options->patience &&
		    ns_booster_marks(work->cells, &options->rules, work->cells->weight || options->balanced))
			return true;
	}
	return false;
}

/* All series of one max_bins. */
static void fit_same_bins(struct work *work)
{
	struct ns_boost_cells cells;
	struct ns_bits bits = {0};
	ns_boost_cells_init(&cells, work->training, work->max_bins, any_draws(work));
	work->cells = &cells;
	bool marks = any_marks(work);
	if (marks)
		ns_bits_init(&bits, &cells, work->training->threads);
	work->bits = marks ? &bits : NULL;
	work->threads = work->training->threads;
	ns_parallel(cells.entries < LARGE ? work->threads : 1, work->count, fit_series, work);
	ns_bits_release(&bits);
	ns_boost_cells_release(&cells);
}

static void make_trees(struct series *series, const struct ns_training *training, struct ns_arena *arena)
{
	struct ns_boost_run *run = &series->run;
	bool exponential = series->options.loss == NS_LOSS_EXPONENTIAL; /* its score is half the logarithm of the odds */
	double *base = NS_NEW_ARRAY(arena, double, run->outputs);
	for (uint32_t k = 0; k < run->outputs; k++)
		base[k] = run->base[k] * (exponential ? 2 : 1);
	const struct ns_trees_shape shape = {.link = run->outputs == 1 ? NS_LINK_LOGISTIC : NS_LINK_SOFTMAX, .outputs = run->outputs, .width = 1, .base = base,
		.scale = series->options.learning_rate * (exponential ? 2 : 1), .missing = training->missing};
	ns_trees_make(&series->model, &shape, run->grown.trees, run->grown.first, run->grown.nodes, run->grown.samples, run->grown.values, arena);
	ns_boost_run_release(run);
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct series *series = NS_NEW_ARRAY(arena, struct series, candidates);
	size_t *of = NS_NEW_ARRAY(arena, size_t, candidates);
	struct work work = {.training = training, .series = series};
	NS_TRY(plan(&work, of, values, candidates, err));
	for (size_t s = 0; s < work.count; s++) {
		work.max_bins = series[s].options.max_bins;
		if (!series[s].run.grown.trees)
			fit_same_bins(&work);
		if (!series[s].divided)
			return ns_fail(err, NS_EDATA, "%zu rows are too few to hold out a share of %s of them (validation_fraction)", training->rows,
				value_of(series[s].values, "validation_fraction")->text);
	}
	for (size_t s = 0; s < work.count; s++)
		make_trees(&series[s], training, arena);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = (struct ns_model){.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features, .trees = series[of[c]].model};
		size_t wanted = (size_t)values[c][0].number * (series[of[c]].model.shape.outputs);
		models[c].trees.count = wanted < models[c].trees.count ? wanted : models[c].trees.count;
	}
	return NS_OK;
}

const struct ns_learner ns_learn_gradient_boosting = {"gradient-boosting", "trees one after the other, each grown on what is still wrong", params, true, fit};
