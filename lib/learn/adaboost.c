/*
 * AdaBoost: small trees one after the other, each on rows weighted by how badly those before it did on them (Y. Freund, R. Schapire, "A
 * decision-theoretic generalization of on-line learning and an application to boosting", 1995; scikit-learn's AdaBoostClassifier).
 * Candidates that differ only in n_estimators are beginnings of one run.
 */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/forest.h"
#include "learn/samme.h"

/* With fewer additions a round is over before another thread has woken up. */
enum { LARGE = 1 << 18 };

/* The score of a class that has no rows. */
static const double ABSENT = -1e99;

static const struct ns_param params[] = {
	{"n_estimators", "most trees; fewer where they part the classes without error", "50", 1, 100000, true, NULL},
	{"learning_rate", "how much the weights change from one tree to the next", "1.0", 1e-9, 1e9, false, NULL},
	{"max_depth", "most questions in a row", "1", 1, 1e9, true, NULL},
	{"algorithm", "add up the logarithms of class proportions, or votes", "SAMME.R", 0, 0, false, "SAMME|SAMME.R"},
	{"class_weight", "weigh classes alike at the beginning, whatever their number of rows", "None", 0, 0, false, "balanced|None"},
	{"max_bins", "groups of a feature's values, in sets of more than 20000 rows; None: every value counts", "255", 2, 65535, true, "None"},
	{0},
};

/* One for each candidate, or for several that differ only in the number of trees. */
struct run {
	struct ns_samme_rules rules;
	uint32_t max_bins; /* 0: exact */
	bool done;
	struct ns_samme grown;
	struct ns_trees trees;
};

/* Those that are made at once, of equal bins. */
struct work {
	const struct ns_training *training;
	const struct ns_tally *tally;
	struct run **runs;
	size_t count;
	bool deep;   /* some have trees of more than one question */
	int threads; /* within a run */
};

static void do_run(void *context, size_t r, int worker)
{
	(void)worker;
	const struct work *work = context;
	struct run *run = work->runs[r];
	ns_samme_boost(&run->grown, &run->rules, work->tally, work->training->seed, work->threads);
}

static int read_run(struct run *run, const struct ns_value *values, const struct ns_training *training, struct ns_err *err)
{
	double bins = ns_value_of(&ns_learn_adaboost, values, "max_bins")->number;
	*run = (struct run){.max_bins = training->rows > NS_FOREST_EXACT && !isnan(bins) ? (uint32_t)bins : 0};
	run->rules = (struct ns_samme_rules){
		.n_estimators = (uint32_t)ns_value_of(&ns_learn_adaboost, values, "n_estimators")->number,
		.learning_rate = ns_value_of(&ns_learn_adaboost, values, "learning_rate")->number,
		.votes = strcmp(ns_value_of(&ns_learn_adaboost, values, "algorithm")->text, "SAMME") == 0,
		.balanced = strcmp(ns_value_of(&ns_learn_adaboost, values, "class_weight")->text, "balanced") == 0,
	};
	return ns_rules_read(&run->rules.tree, &ns_learn_adaboost, values, training, err);
}

/* All but the number of trees is the same. */
static bool can_share(const struct run *a, const struct run *b)
{
	return a->max_bins == b->max_bins && a->rules.tree.max_depth == b->rules.tree.max_depth && a->rules.learning_rate == b->rules.learning_rate &&
		a->rules.votes == b->rules.votes && a->rules.balanced == b->rules.balanced;
}

/* run_of[candidate] among `count` runs. */
static int plan(struct run *runs, size_t *run_of, size_t *count, const struct ns_training *training, const struct ns_value *const *values,
	size_t candidates, struct ns_err *err)
{
	*count = 0;
	for (size_t c = 0; c < candidates; c++) {
		struct run run;
		size_t r = 0;
		NS_TRY(read_run(&run, values[c], training, err));
		while (r < *count && !can_share(&runs[r], &run))
			r++;
		if (r == *count)
			runs[(*count)++] = run;
		if (run.rules.n_estimators > runs[r].rules.n_estimators)
			runs[r].rules.n_estimators = run.rules.n_estimators;
		run_of[c] = r;
	}
	return NS_OK;
}

static void gather(struct run *run, const double *base, const struct work *work, struct ns_arena *arena)
{
	const struct ns_samme *grown = &run->grown;
	const struct ns_trees_shape shape = {
		.link = grown->width == 1 ? NS_LINK_LOGISTIC : NS_LINK_SOFTMAX,
		.outputs = grown->width,
		.width = grown->width,
		.base = base,
		.scale = 1,
		.missing = work->training->missing,
	};
	ns_trees_make(&run->trees, &shape, grown->count, grown->first, grown->nodes, grown->samples, grown->values, arena);
	run->done = true;
}

/* The first trees of a run, each counting by its weight. */
static struct ns_model take(const struct run *run, const struct ns_training *training, const struct ns_value *values)
{
	size_t n_estimators = (size_t)ns_value_of(&ns_learn_adaboost, values, "n_estimators")->number;
	struct ns_model model = {.form = NS_MODEL_TREES, .classes = training->classes, .features = training->features, .trees = run->trees};
	double sum = 0;
	model.trees.count = n_estimators < run->grown.count ? n_estimators : run->grown.count;
	for (size_t t = 0; t < model.trees.count; t++)
		sum += run->grown.weights[t];
	model.trees.shape.scale = 1 / sum;
	return model;
}

/* Where scores begin: so low for a class without rows that its probability is 0. */
static const double *find_base(const struct ns_tally *tally, struct ns_arena *arena)
{
	uint32_t classes = tally->bins->classes;
	double *base = NS_NEW_ARRAY(arena, double, classes);
	for (uint32_t c = 0; c < classes; c++)
		base[c] = tally->start[c + 1] > tally->start[c] ? 0 : ABSENT;
	if (classes == 2)
		base[0] = base[1] - base[0];
	return base;
}

static void boost_on_bins(struct work *work, uint32_t max_bins, struct ns_arena *arena)
{
	const struct ns_training *training = work->training;
	struct ns_bins bins;
	struct ns_tally tally;
	(work->deep ? ns_bins_init : ns_bins_init_columns)(&bins, training, max_bins);
	ns_tally_init(&tally, &bins, training->threads);
	bool large = bins.entries >= LARGE / (tally.group_count + 1);
	work->tally = &tally;
	work->threads = large ? training->threads : 1;
	ns_parallel(large ? 1 : training->threads, work->count, do_run, work);
	const double *base = find_base(&tally, arena);
	for (size_t r = 0; r < work->count; r++)
		gather(work->runs[r], base, work, arena);
	ns_tally_release(&tally);
	ns_bins_release(&bins);
}

/* Runs that want other bins one after the other. */
static void boost_all(struct run *runs, size_t count, const struct ns_training *training, struct ns_arena *arena)
{
	struct work work = {.training = training, .runs = NS_NEW_ARRAY(arena, struct run *, count)};
	for (size_t r = 0; r < count; r++) {
		work.count = 0;
		work.deep = false;
		for (size_t s = r; s < count && !runs[r].done; s++)
			if (runs[s].max_bins == runs[r].max_bins) {
				work.runs[work.count++] = &runs[s];
				work.deep |= runs[s].rules.tree.max_depth > 1;
			}
		if (work.count)
			boost_on_bins(&work, runs[r].max_bins, arena);
	}
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct run *runs = NS_NEW_ARRAY(arena, struct run, candidates);
	size_t *run_of = NS_NEW_ARRAY(arena, size_t, candidates), count;
	NS_TRY(plan(runs, run_of, &count, training, values, candidates, err));
	boost_all(runs, count, training, arena);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = take(&runs[run_of[c]], training, values[c]);
		ns_progress_add(1);
	}
	for (size_t r = 0; r < count; r++)
		ns_samme_release(&runs[r].grown);
	return NS_OK;
}

const struct ns_learner ns_learn_adaboost = {"adaboost", "trees of one question, each on what those before it got wrong", params, true, fit};
