#include "learn/fitted.h"

#include <string.h>

#include "base/number.h"
#include "stage/model_stage.h"

struct ns_training ns_fitted_training(const struct ns_dataset *dataset, uint64_t seed, int threads)
{
	return (struct ns_training){.rows = dataset->rows, .features = dataset->features, .x = dataset->x,
		.missing = dataset->missing, .y = dataset->labels.y, .weight = dataset->weight, .classes = dataset->labels.classes, .seed = seed, .threads = threads};
}

int ns_fitted_check_call(const struct ns_fitting *fitting, const char *valid, const char *report, struct ns_err *err)
{
	const struct ns_search_options *options = &fitting->how;
	bool scored = options->folds || valid;
	NS_TRY(ns_search_check_score(options->score, err));
	if (options->folds && valid)
		return ns_fail(err, NS_ECALL, "--cv and --valid both say how to score candidates: give one");
	if (!scored && fitting->candidates > 1)
		return ns_fail(err, NS_ECALL, "%zu candidates: --cv K or --valid FILE must say how to score them", fitting->candidates);
	if (!scored && report)
		return ns_fail(err, NS_ECALL, "--report: --cv K or --valid FILE must say how to score candidates");
	if (options->timing && !report)
		return ns_fail(err, NS_ECALL, "--timing is about the report: it needs --report FILE");
	if (options->group_name && options->group_identical)
		return ns_fail(err, NS_ECALL, "--group and --group-identical exclude each other");
	if (!options->folds && (options->group_identical || options->group_name))
		return ns_fail(err, NS_ECALL, "%s is about folds: it needs --cv K", options->group_name ? "--group" : "--group-identical");
	return NS_OK;
}

static int check_rows(const struct ns_dataset *dataset, int folds, bool own_threshold, struct ns_err *err)
{
	if (folds && dataset->synthetic)
		return ns_fail(err, NS_ECALL, "the table holds synthetic rows (ns:synthetic), so --cv would test on copies of what it trained on: "
			"split first, balance the training part, and score with --valid");
	if (own_threshold && (dataset->positive < 0 || dataset->labels.classes > 2))
		return ns_fail(err, NS_ECALL, "--threshold needs two classes of which one is positive (--positive CLASS, or a schema, names it)");
	return NS_OK;
}

int ns_fitted_prepare(struct ns_fitting *fitting, uint64_t seed, int threads, bool own_threshold, struct ns_err *err)
{
	const struct ns_dataset *dataset = &fitting->dataset;
	fitting->training = ns_fitted_training(dataset, seed, threads);
	fitting->how.positive = dataset->positive;
	fitting->how.group = dataset->group;
	fitting->how.classes = dataset->labels.names;
	return check_rows(dataset, fitting->how.folds, own_threshold, err);
}

int ns_fitted_search(struct ns_candidate **found, struct ns_fitting *fitting, const struct ns_dataset *held_out, const char *name,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_value *const *values = (const struct ns_value *const *)fitting->values;
	struct ns_training *training = &fitting->training;
	if (held_out && held_out->synthetic)
		return ns_fail(err, NS_ECALL, "--valid: %s holds synthetic rows (ns:synthetic): score on rows as they came", name);
	if (fitting->dataset.positive < 0 && strcmp(fitting->how.score, "f1") == 0)
		ns_note("no positive class known: f1 is macro F1 (--positive CLASS, or a schema, names one)");
	if (!held_out)
		return ns_search_cv(found, fitting->learner, training, values, fitting->candidates, &fitting->how, arena, err);
	struct ns_training valid = ns_fitted_training(held_out, training->seed, training->threads);
	training->missing |= valid.missing;
	return ns_search_valid(found, fitting->learner, training, &valid, values, fitting->candidates, &fitting->how, arena, err);
}

static void set_number(struct ns_metadata *info, const char *key, double value, struct ns_arena *arena)
{
	char text[NS_NUMBER_MAX + 1];
	text[ns_number_print(text, value)] = '\0';
	ns_metadata_set(info, key, text, arena);
}

static void describe(struct ns_metadata *info, const struct ns_metrics *metrics, const struct ns_candidate *found,
	struct ns_arena *arena)
{
	for (size_t m = 0; ns_metrics_names[m]; m++) {
		double value;
		(void)ns_metrics_value(&value, NULL, metrics, ns_metrics_names[m]);
		set_number(info, ns_format(arena, "ns:train:%s", ns_metrics_names[m]), value, arena);
	}
	if (!found)
		return;
	set_number(info, "ns:folds", found->folds, arena);
	for (size_t m = 0; ns_metrics_names[m]; m++)
		set_number(info, ns_format(arena, "ns:search:%s", ns_metrics_names[m]), found->metrics[m], arena);
}

int ns_fitted_stage(struct ns_stage *stage, const struct ns_fitting *fitting, const struct ns_candidate *found, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_metadata info = {0};
	struct ns_metrics metrics;
	const struct ns_dataset *dataset = &fitting->dataset;
	const struct ns_training *training = &fitting->training;
	const struct ns_value *values = found ? found->values : fitting->values[0];
	struct ns_model_stage model = {.learner = fitting->learner->name, .target = dataset->target, .classes = dataset->labels.names,
		.labels = dataset->readable, .positive = dataset->positive, .threshold = fitting->how.threshold, .prefix = ""};
	NS_TRY(fitting->learner->fit(&model.model, training, &values, 1, arena, err));
	ns_search_measure(&metrics, &model.model, training, &fitting->how, arena);
	ns_metadata_set(&info, "ns:params", ns_learner_describe(fitting->learner, values, &(struct ns_texts){0}, arena), arena);
	if (dataset->weight_name)
		ns_metadata_set(&info, "ns:weight", dataset->weight_name, arena);
	set_number(&info, "ns:seed", (double)training->seed, arena);
	set_number(&info, "ns:rows", (double)training->rows, arena);
	describe(&info, &metrics, found, arena);
	return ns_model_stage_make(stage, &model, dataset->names, &info, &dataset->chain, arena, err);
}

/* "a number|sqrt|log2|None" */
static const char *accepted(const struct ns_param *param, struct ns_arena *arena)
{
	const char *number = param->integer ? "a whole number" : "a number";
	if (param->min == 0 && param->max == 0)
		return param->choices;
	return param->choices ? ns_format(arena, "%s|%s", number, param->choices) : number;
}

const char *ns_fitted_list(struct ns_arena *arena)
{
	const char *text = "";
	for (size_t i = 0; ns_learners[i]; i++) {
		text = ns_format(arena, "%s%s%s: %s\n", text, i ? "\n" : "", ns_learners[i]->name, ns_learners[i]->help);
		for (const struct ns_param *param = ns_learners[i]->params; param->name; param++)
			text = ns_format(arena, "%s  %-26s %s (%s; default %s)\n", text, param->name, param->help,
				accepted(param, arena), param->value);
	}
	return text;
}
