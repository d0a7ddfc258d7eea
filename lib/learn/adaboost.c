/*
 * AdaBoost: stumps one after the other, each on rows weighted by how badly those before it did on them (Y. Freund, R. Schapire, "A
 * decision-theoretic generalization of on-line learning and an application to boosting", 1995; scikit-learn's AdaBoostClassifier).
 * Candidates that differ only in n_estimators are beginnings of one run.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "base/progress.h"
#include "learn/samme.h"
#include "learn/tree.h"

/* With fewer additions a round is over before another thread has woken up. */
enum { LARGE = 1 << 18, NODES = NS_SAMME_NODES };

/* The score of a class that has no rows. */
static const double ABSENT = -1e99;

static const struct ns_param params[] = {
	{"n_estimators", "most stumps; fewer where they part the classes without error", "50", 1, 100000, true, NULL},
	{"learning_rate", "how much the weights change from one stump to the next", "1.0", 1e-9, 1e9, false, NULL},
	{"algorithm", "add up the logarithms of class proportions, or votes", "SAMME.R", 0, 0, false, "SAMME|SAMME.R"},
	{"class_weight", "weigh classes alike at the beginning, whatever their number of rows", "None", 0, 0, false, "balanced|None"},
	{0},
};

/* One for each candidate, or for several that differ only in the number of stumps. */
struct run {
	struct ns_samme_rules rules;
	struct ns_samme grown;
	struct ns_trees trees;
};

struct work {
	const struct ns_training *training;
	const struct ns_tally *tally;
	struct run *runs;
	int threads; /* within a run */
};

static void do_run(void *context, size_t r, int worker)
{
	(void)worker;
	const struct work *work = context;
	ns_samme_boost(&work->runs[r].grown, &work->runs[r].rules, work->tally, work->training->seed, work->threads);
}

static struct ns_samme_rules read_rules(const struct ns_value *values)
{
	return (struct ns_samme_rules){
		.n_estimators = (uint32_t)ns_value_of(&ns_learn_adaboost, values, "n_estimators")->number,
		.learning_rate = ns_value_of(&ns_learn_adaboost, values, "learning_rate")->number,
		.votes = strcmp(ns_value_of(&ns_learn_adaboost, values, "algorithm")->text, "SAMME") == 0,
		.balanced = strcmp(ns_value_of(&ns_learn_adaboost, values, "class_weight")->text, "balanced") == 0,
	};
}

/* All but the number of stumps is the same. */
static bool can_share(const struct ns_samme_rules *a, const struct ns_samme_rules *b)
{
	return a->learning_rate == b->learning_rate && a->votes == b->votes && a->balanced == b->balanced;
}

/* run_of[candidate]; returns how many there are. */
static size_t plan(struct run *runs, size_t *run_of, const struct ns_value *const *values, size_t candidates)
{
	size_t count = 0;
	for (size_t c = 0; c < candidates; c++) {
		struct ns_samme_rules rules = read_rules(values[c]);
		size_t r = 0;
		while (r < count && !can_share(&runs[r].rules, &rules))
			r++;
		if (r == count)
			runs[count++].rules = rules;
		if (rules.n_estimators > runs[r].rules.n_estimators)
			runs[r].rules.n_estimators = rules.n_estimators;
		run_of[c] = r;
	}
	return count;
}

/* Stumps become trees; those that are but a leaf keep one node. */
static void gather(struct run *run, const double *base, const struct work *work, struct ns_arena *arena)
{
	struct ns_samme *grown = &run->grown;
	uint32_t width = grown->width;
	const struct ns_trees_shape shape = {
		.link = width == 1 ? NS_LINK_LOGISTIC : NS_LINK_SOFTMAX,
		.outputs = width,
		.width = width,
		.base = base,
		.scale = 1,
		.missing = work->training->missing,
	};
	size_t *first = ns_malloc_array(grown->count + (size_t)1, sizeof *first), at = 0;
	for (size_t t = 0; t < grown->count; t++) {
		size_t size = grown->nodes[t * NODES].feature >= 0 ? NODES : 1;
		first[t] = at;
		memmove(grown->nodes + at, grown->nodes + t * NODES, size * sizeof *grown->nodes);
		memmove(grown->samples + at, grown->samples + t * NODES, size * sizeof *grown->samples);
		memmove(grown->values + at * width, grown->values + t * NODES * width, size * width * sizeof *grown->values);
		at += size;
	}
	first[grown->count] = at;
	ns_trees_make(&run->trees, &shape, grown->count, first, grown->nodes, grown->samples, grown->values, arena);
	free(first);
}

/* The first stumps of a run, each counting by its weight. */
static struct ns_model take(const struct run *run, const struct ns_training *training, uint32_t n_estimators)
{
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

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_training_check(training, err));
	struct ns_bins bins;
	struct ns_tally tally;
	struct run *runs = NS_NEW_ARRAY(arena, struct run, candidates);
	size_t *run_of = NS_NEW_ARRAY(arena, size_t, candidates), count = plan(runs, run_of, values, candidates);
	ns_bins_init_columns(&bins, training, 0);
	ns_tally_init(&tally, &bins, training->threads);
	bool large = bins.entries >= LARGE / (tally.group_count + 1);
	struct work work = {training, &tally, runs, large ? training->threads : 1};
	ns_parallel(large ? 1 : training->threads, count, do_run, &work);
	const double *base = find_base(&tally, arena);
	for (size_t r = 0; r < count; r++)
		gather(&runs[r], base, &work, arena);
	for (size_t c = 0; c < candidates; c++) {
		models[c] = take(&runs[run_of[c]], training, read_rules(values[c]).n_estimators);
		ns_progress_add(1);
	}
	for (size_t r = 0; r < count; r++)
		ns_samme_release(&runs[r].grown);
	ns_tally_release(&tally);
	ns_bins_release(&bins);
	return NS_OK;
}

const struct ns_learner ns_learn_adaboost = {"adaboost", "stumps, each on what those before it got wrong", params, true, fit};
