/* ns-eval: predictions and their truth in, metrics out. */
#include "base/file.h"
#include "stat/compare_report.h"
#include "stat/metrics_report.h"
#include "stat/predictions.h"

static struct conf {
	struct ns_table_options table;
	struct ns_predictions_options predictions;
	struct ns_texts require;
	const char *errors;
	bool json, compare, intervals;
	struct ns_bootstrap bootstrap;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}, .bootstrap = {.resamples = 1000, .seed = 42, .confidence = 0.95}};

static const struct ns_opt options[] = {
	NS_OPTION_TARGET(conf.table),
	{0, "prediction", "NAME", "the column with the predictions (default: prediction, behind --prefix)", NS_OPT_TEXT, &conf.predictions.prediction, 0, 0, NULL, NULL},
	{0, "prefix", "TEXT", "what stands in front of prediction and probability_CLASS", NS_OPT_TEXT, &conf.predictions.prefix, 0, 0, NULL, NULL},
	{0, "positive", "CLASS", "the positive class", NS_OPT_TEXT, &conf.predictions.positive, 0, 0, NULL, NULL},
	NS_OPTION_SCHEMA(conf.table),
	{0, "json", NULL, "write JSON in place of CSV", NS_OPT_FLAG, &conf.json, 0, 0, NULL, NULL},
	{0, "require", "METRIC>=N", "exit 1 unless it holds (>=, >, <=, <); may be repeated", NS_OPT_TEXTS, &conf.require, 0, 0, NULL, NULL},
	{0, "errors", "FILE", "write the rows that were predicted wrongly", NS_OPT_TEXT, &conf.errors, 0, 0, NULL, NULL},
	{0, "compare", NULL, "each FILE holds one model's predictions of the same rows", NS_OPT_FLAG, &conf.compare, 0, 0, NULL, NULL},
	{0, "intervals", NULL, "bootstrap intervals beside the metrics", NS_OPT_FLAG, &conf.intervals, 0, 0, NULL, NULL},
	{0, "bootstrap", "N", "so many resamples for intervals", NS_OPT_INTEGER, &conf.bootstrap.resamples, 10, 1000000, NULL, &conf.intervals},
	{0, "confidence", "P", "how sure intervals are", NS_OPT_REAL, &conf.bootstrap.confidence, 0.01, 0.9999, NULL, &conf.intervals},
	{'s', "seed", "N", "seed of everything random", NS_OPT_INTEGER, &conf.bootstrap.seed, 0, 9007199254740992.0, NULL, NULL},
	{'j', "threads", "N", "threads (0: all cores); the result does not depend on it", NS_OPT_INTEGER, &conf.bootstrap.threads, 0, 256, NULL, NULL},
	NS_OPTIONS_INPUT(conf.table),
	{0},
};

static int read_predictions(struct ns_predictions *predictions, char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_reader *reader;
	struct ns_writer *wrong = NULL;
	conf.predictions.skip = conf.table.on_error == NS_ON_ERROR_SKIP;
	NS_TRY(ns_reader_open(&reader, operands, count, &conf.table, false, arena, err));
	if (conf.errors)
		NS_TRY(ns_writer_open(&wrong, conf.errors, &conf.table, reader, arena, err));
	NS_TRY(ns_predictions_read(predictions, reader, wrong, &conf.predictions, arena, err));
	if (wrong)
		NS_TRY(ns_writer_finish(wrong, err));
	return ns_reader_finish(reader, err);
}

static void remark(const struct ns_predictions *predictions, uint64_t undefined)
{
	if (predictions->skipped)
		ns_note("%ju rows without truth, prediction or probability left out", (uintmax_t)predictions->skipped);
	if (predictions->positive < 0)
		ns_note("no positive class known: precision, recall and f1 are the mean over classes (--positive names one)");
	if (undefined)
		ns_note("some metrics divide by zero and count as 0: a class is never predicted, or has no rows");
}

static int write_json(struct ns_json *json, struct ns_err *err)
{
	int status = json->failed ? ns_fail(err, NS_EDATA, "the metrics of so many classes are too long") : ns_file_store("-", json->out.data, json->out.size, err);
	ns_buffer_release(&json->out);
	return status;
}

static int write_table(const struct ns_table *table, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_writer *writer;
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, NULL, arena, err));
	NS_TRY(ns_writer_write(writer, table, NULL, 0, err));
	return ns_writer_finish(writer, err);
}

static int judge(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_predictions predictions;
	struct ns_metrics metrics;
	struct ns_table table;
	struct ns_json json = NS_JSON_INIT((size_t)1 << 28);
	struct ns_interval *own = NS_NEW_ARRAY(arena, struct ns_interval, NS_METRICS);
	struct ns_metrics_intervals intervals = {own, &conf.bootstrap}, *shown = conf.intervals ? &intervals : NULL;
	struct ns_requirement *requirements;
	NS_TRY(ns_requirements_parse(&requirements, &conf.require, arena, err));
	NS_TRY(read_predictions(&predictions, operands, count, arena, err));
	ns_metrics_compute(&metrics, predictions.truth, predictions.prediction, predictions.probability, predictions.rows, predictions.classes,
		predictions.positive, arena);
	if (shown)
		ns_bootstrap_intervals(own, NULL, &predictions, 1, &conf.bootstrap, arena);
	remark(&predictions, metrics.undefined);
	if (conf.json) {
		ns_metrics_json(&json, &metrics, predictions.names, shown);
		NS_TRY(write_json(&json, err));
	} else {
		NS_TRY(ns_metrics_table(&table, &metrics, predictions.names, shown, arena, err));
		NS_TRY(write_table(&table, arena, err));
	}
	return ns_requirements_check(requirements, conf.require.count, &metrics, err);
}

static int compare(char **operands, size_t count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_predictions *models = NS_NEW_ARRAY(arena, struct ns_predictions, count);
	struct ns_table table;
	struct ns_json json = NS_JSON_INIT((size_t)1 << 28);
	uint64_t undefined = 0;
	if (count < 2)
		return ns_fail(err, NS_ECALL, "--compare takes two FILEs or more, each with one model's predictions");
	if (conf.errors || conf.require.count)
		return ns_fail(err, NS_ECALL, "--%s is about one model's predictions, not for --compare", conf.errors ? "errors" : "require");
	if (conf.table.on_error == NS_ON_ERROR_SKIP)
		return ns_fail(err, NS_ECALL, "--on-error skip would leave out other rows of each file: not for --compare");
	for (size_t m = 0; m < count; m++)
		NS_TRY(read_predictions(&models[m], &operands[m], 1, arena, err));
	NS_TRY(ns_predictions_align(models, count, arena, err));
	struct ns_compared *compared = ns_compare(models, count, &conf.bootstrap, arena);
	for (size_t m = 0; m < count; m++)
		undefined += compared[m].undefined;
	remark(&models[0], undefined);
	if (conf.json) {
		ns_compare_json(&json, compared, count, &models[0], &conf.bootstrap);
		return write_json(&json, err);
	}
	NS_TRY(ns_compare_table(&table, compared, count, arena, err));
	return write_table(&table, arena, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	return conf.compare ? compare(operands, (size_t)count, arena, err) : judge(operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-eval",
	.about = "say how good predictions are",
	.usage = (const char *const[]){"-t NAME [--positive CLASS] [--json] [--require METRIC>=N] [--intervals] [--errors FILE] [FILE...]",
		"--compare -t NAME [--positive CLASS] [--json] FILE FILE...", NULL},
	.examples = (const char *const[]){"ns-predict pipeline.ns < test.csv | ns-eval -t Result --positive -1 --require 'f1>=0.9'",
		"ns-eval -t Result --json --errors wrong.csv predictions.csv > metrics.json",
		"ns-eval --compare -t Result forest.csv boosting.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
