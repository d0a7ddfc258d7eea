/* ns-fit: a table in, a model out; a grid of candidates is scored by cross-validation or on a validation table first. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parallel.h"
#include "learn/fitted.h"
#include "learn/grids.h"
#include "learn/report.h"

static struct conf {
	struct ns_table_options table;
	struct ns_flow_options flow;
	struct ns_texts params;
	const char *positive, *weight, *group, *models, *valid, *report, *score;
	int64_t folds, seed, threads;
	double threshold;
	bool group_identical, threshold_given, timing, list;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .score = "f1", .seed = 42, .threshold = 0.5};

static const struct ns_opt options[] = {
	{'p', "param", "NAME=VALUE[,VALUE...]", "a parameter; several values make a grid", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, NULL},
	{0, "models", "FILE", "take the learner's grid from a list of models (YAML); -p goes before it", NS_OPT_TEXT, &conf.models, 0, 0, NULL, NULL},
	{0, "cv", "K", "score candidates by K-fold cross-validation", NS_OPT_INTEGER, &conf.folds, 2, 1000, NULL, NULL},
	{0, "valid", "FILE", "score candidates on this table", NS_OPT_TEXT, &conf.valid, 0, 0, NULL, NULL},
	{0, "report", "FILE", "write a row per candidate; - is stdout, and no model is fitted", NS_OPT_TEXT, &conf.report, 0, 0, NULL, NULL},
	{0, "timing", NULL, "add fit_seconds and score_seconds to the report", NS_OPT_FLAG, &conf.timing, 0, 0, NULL, NULL},
	{0, "score", "METRIC", "what candidates are ranked by", NS_OPT_TEXT, &conf.score, 0, 0, NULL, NULL},
	{0, "positive", "CLASS", "the positive class", NS_OPT_TEXT, &conf.positive, 0, 0, NULL, NULL},
	{0, "threshold", "P", "predict the positive class from this probability on", NS_OPT_REAL, &conf.threshold, 0, 1, NULL, &conf.threshold_given},
	{0, "weight", "COLUMN", "how much each row counts in learning; 0 leaves it out", NS_OPT_TEXT, &conf.weight, 0, 0, NULL, NULL},
	{0, "group", "COLUMN", "keep rows with equal values of COLUMN in one fold", NS_OPT_TEXT, &conf.group, 0, 0, NULL, NULL},
	{0, "group-identical", NULL, "keep equal feature vectors in one fold", NS_OPT_FLAG, &conf.group_identical, 0, 0, NULL, NULL},
	{0, "list", NULL, "list learners and their parameters; with --models that file", NS_OPT_FLAG, &conf.list, 0, 0, NULL, NULL},
	NS_OPTION_TARGET(conf.table),
	NS_OPTION_SCHEMA(conf.table),
	NS_OPTION_COLUMNS(conf.table),
	NS_OPTIONS_FLOW(conf.flow),
	{'s', "seed", "N", "seed of everything random", NS_OPT_INTEGER, &conf.seed, 0, 9007199254740992.0, NULL, NULL},
	{'j', "threads", "N", "threads (0: all cores); the model does not depend on it", NS_OPT_INTEGER, &conf.threads, 0, 256, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	{0},
};

/* Candidates, best first, on folds or on the validation table. */
static int search(struct ns_candidate **found, struct ns_fitting *fitting, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_dataset held_out;
	struct ns_table_options table = conf.table;
	table.rejects = NULL; /* the training table's */
	if (conf.valid)
		NS_TRY(ns_dataset_read_file(&held_out, conf.valid, &table, &conf.flow,
			&(struct ns_dataset_options){.missing = fitting->learner->takes_missing}, &fitting->dataset, arena, err));
	return ns_fitted_search(found, fitting, conf.valid ? &held_out : NULL, conf.valid, arena, err);
}

static int write_report(const struct ns_candidate *found, const struct ns_fitting *fitting, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table;
	struct ns_writer *writer;
	NS_TRY(ns_report_table(&table, fitting->learner, found, fitting->candidates, &conf.params, &fitting->how, arena, err));
	NS_TRY(ns_writer_open(&writer, conf.report, &conf.table, NULL, arena, err));
	NS_TRY(ns_writer_write(writer, &table, NULL, 0, err));
	return ns_writer_finish(writer, err);
}

static int read_models(struct ns_grids *grids, struct ns_arena *arena, struct ns_err *err)
{
	char *text;
	size_t size;
	NS_TRY(ns_file_slurp(&text, &size, conf.models, NS_GRIDS_SIZE_MAX, arena, err));
	return ns_grids_parse(grids, text, size, conf.models, arena, err);
}

static int fit(const struct ns_learner *learner, char **inputs, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flow flow;
	struct ns_candidate *found = NULL;
	struct ns_stage stage;
	struct ns_fitting fitting = {.learner = learner, .how = {.score = conf.score, .threshold = conf.threshold, .folds = (int)conf.folds,
		.group_identical = conf.group_identical, .group_name = conf.group, .timing = conf.timing}};
	struct ns_dataset_options kind = {.positive = conf.positive, .weight = conf.weight, .group = conf.group, .missing = learner->takes_missing};
	NS_TRY(ns_learner_grid(&fitting.values, &fitting.candidates, learner, &conf.params, arena, err));
	NS_TRY(ns_fitted_check_call(&fitting, conf.valid, conf.report, err));
	conf.flow.threads = conf.table.threads = ns_parallel_threads((int)conf.threads);
	conf.flow.training = true;
	NS_TRY(ns_flow_open(&flow, inputs, count, &conf.table, &conf.flow, false, arena, err));
	if (ns_bundle_find(&flow.bundle, &ns_stage_model))
		return ns_fail(err, NS_ECALL, "-m: the bundle holds a model already; give the stages in front of it alone");
	NS_TRY(ns_dataset_read(&fitting.dataset, &flow, &conf.table, &kind, NULL, err));
	NS_TRY(ns_flow_finish(&flow, err));
	NS_TRY(ns_fitted_prepare(&fitting, (uint64_t)conf.seed, conf.flow.threads, conf.threshold_given, err));
	if (conf.folds || conf.valid)
		NS_TRY(search(&found, &fitting, arena, err));
	if (conf.report)
		NS_TRY(write_report(found, &fitting, arena, err));
	if (conf.report && strcmp(conf.report, "-") == 0)
		return NS_OK;
	NS_TRY(ns_fitted_stage(&stage, &fitting, found, arena, err));
	ns_bundle_append(&flow.bundle, &stage, arena);
	return ns_bundle_write("-", flow.bundle.stages, flow.bundle.count, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_grids grids;
	if (conf.models)
		NS_TRY(read_models(&grids, arena, err));
	if (conf.list) {
		const char *list = conf.models ? ns_grids_list(&grids, arena) : ns_fitted_list(arena);
		return ns_file_store("-", list, strlen(list), err);
	}
	if (isatty(STDOUT_FILENO) && !(conf.report && strcmp(conf.report, "-") == 0))
		return ns_fail(err, NS_ECALL, "a model is not for a terminal: redirect it, > model.ns");
	ns_memory_keep();
	const struct ns_learner *learner = ns_learner_find(operands[0], err);
	if (!learner)
		return NS_ECALL;
	if (conf.models)
		NS_TRY(ns_grids_params(&conf.params, &grids, learner, &conf.params, arena, err));
	return fit(learner, operands + 1, count - 1, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-fit",
	.about = "fit a model, or the best of a grid of them",
	.usage = (const char *const[]){"LEARNER -t NAME [-p NAME=VALUE[,VALUE...]] [--cv K | --valid FILE] [-m FILE] [FILE...] > model.ns", "--list [--models FILE]", NULL},
	.examples = (const char *const[]){"ns-fit random-forest -t Result -p n_estimators=128 < train.csv > model.ns", NULL},
	.options = options,
	.operands_min = 1,
	.operands_max = -1,
	.reads_stdin = true,
	.alone = &conf.list,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
