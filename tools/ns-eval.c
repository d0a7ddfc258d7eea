/* ns-eval: predictions and their truth in, metrics out. */
#include "base/file.h"
#include "stat/metrics_report.h"
#include "stat/predictions.h"

static struct conf {
	struct ns_table_options table;
	struct ns_predictions_options predictions;
	struct ns_texts require;
	const char *errors;
	bool json;
} conf = {.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	NS_OPTION_TARGET(conf.table),
	{0, "prediction", "NAME", "the column with the predictions (default: prediction, behind --prefix)", NS_OPT_TEXT, &conf.predictions.prediction, 0, 0, NULL, NULL},
	{0, "prefix", "TEXT", "what stands in front of prediction and probability_CLASS", NS_OPT_TEXT, &conf.predictions.prefix, 0, 0, NULL, NULL},
	{0, "positive", "CLASS", "the positive class", NS_OPT_TEXT, &conf.predictions.positive, 0, 0, NULL, NULL},
	NS_OPTION_SCHEMA(conf.table),
	{0, "json", NULL, "write JSON in place of CSV", NS_OPT_FLAG, &conf.json, 0, 0, NULL, NULL},
	{0, "require", "METRIC>=N", "exit 1 unless it holds (>=, >, <=, <); may be repeated", NS_OPT_TEXTS, &conf.require, 0, 0, NULL, NULL},
	{0, "errors", "FILE", "write the rows that were predicted wrongly", NS_OPT_TEXT, &conf.errors, 0, 0, NULL, NULL},
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

static void remark(const struct ns_predictions *predictions, const struct ns_metrics *metrics)
{
	if (predictions->skipped)
		ns_note("%ju rows without truth, prediction or probability left out", (uintmax_t)predictions->skipped);
	if (predictions->positive < 0)
		ns_note("no positive class known: precision, recall and f1 are the mean over classes (--positive names one)");
	if (metrics->undefined)
		ns_note("some metrics divide by zero and count as 0: a class is never predicted, or has no rows");
}

static int write_json(const struct ns_metrics *metrics, const char *const *classes, struct ns_err *err)
{
	struct ns_json json = NS_JSON_INIT((size_t)1 << 28);
	ns_metrics_json(&json, metrics, classes);
	int status = json.failed ? ns_fail(err, NS_EDATA, "the metrics of %u classes are too long", metrics->classes)
				 : ns_file_store("-", json.out.data, json.out.size, err);
	ns_buffer_release(&json.out);
	return status;
}

static int write_table(const struct ns_metrics *metrics, const char *const *classes, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table;
	struct ns_writer *writer;
	NS_TRY(ns_metrics_table(&table, metrics, classes, arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &conf.table, NULL, arena, err));
	NS_TRY(ns_writer_write(writer, &table, NULL, 0, err));
	return ns_writer_finish(writer, err);
}

/* Every requirement that fails is said; the last one by the caller. */
static int check(const struct ns_requirement *requirements, const struct ns_metrics *metrics, struct ns_err *err)
{
	int status = NS_OK;
	for (size_t i = 0; i < conf.require.count; i++) {
		struct ns_err last = *err;
		if (ns_requirement_check(&requirements[i], metrics, err) == NS_OK)
			continue;
		if (status != NS_OK)
			ns_complain("%s", last.text);
		status = NS_EDATA;
	}
	return status;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_predictions predictions;
	struct ns_metrics metrics;
	struct ns_requirement *requirements = NS_NEW_ARRAY(arena, struct ns_requirement, conf.require.count);
	for (size_t i = 0; i < conf.require.count; i++)
		NS_TRY(ns_requirement_parse(&requirements[i], conf.require.items[i], arena, err));
	NS_TRY(read_predictions(&predictions, operands, count, arena, err));
	ns_metrics_compute(&metrics, predictions.truth, predictions.prediction, predictions.probability, predictions.rows, predictions.classes,
		predictions.positive, arena);
	remark(&predictions, &metrics);
	if (conf.json)
		NS_TRY(write_json(&metrics, predictions.names, err));
	else
		NS_TRY(write_table(&metrics, predictions.names, arena, err));
	return check(requirements, &metrics, err);
}

static const struct ns_tool tool = {
	.name = "ns-eval",
	.about = "say how good predictions are",
	.usage = (const char *const[]){"-t NAME [--positive CLASS] [--json] [--require METRIC>=N] [--errors FILE] [FILE...]", NULL},
	.examples = (const char *const[]){"ns-predict pipeline.ns < test.csv | ns-eval -t Result --positive -1 --require 'f1>=0.9'",
		"ns-eval -t Result --json --errors wrong.csv predictions.csv > metrics.json", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
