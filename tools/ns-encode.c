/* ns-encode: a table in, the same table with its categories as numbers out. */
#include <float.h>
#include <string.h>

#include "base/number.h"
#include "stage/encode.h"
#include "stage/prepare.h"

static struct conf {
	struct ns_prepare prepare;
	struct ns_encode_options encode;
	const char *min_frequency;
	bool one_hot_given, unknown_value_given;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT},
	.encode = {.unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .unknown_value = -1, .max_categories = 1000}};

static const struct ns_opt options[] = {
	{0, "strategy", NULL, "a column of 0 and 1 per category, or its number", NS_OPT_CHOICE, &conf.encode.strategy, 0, 0, NS_ENCODE_STRATEGIES, &conf.prepare.how},
	{0, "drop", NULL, "leave out the first category of each column, or of those with two", NS_OPT_CHOICE, &conf.encode.drop, 0, 0, NS_ENCODE_DROPS, &conf.one_hot_given},
	{0, "min-frequency", "N|F", "put categories of fewer than N rows, or of a smaller share than F, in one column", NS_OPT_TEXT, &conf.min_frequency, 0, 0, NULL, &conf.one_hot_given},
	{0, "unknown", NULL, "what to do with categories that were not in training", NS_OPT_CHOICE, &conf.encode.unknown, 0, 0, NS_ENCODE_UNKNOWNS, &conf.prepare.how},
	{0, "unknown-value", "VALUE", "what they become under --strategy ordinal", NS_OPT_REAL, &conf.encode.unknown_value, -DBL_MAX, DBL_MAX, NULL, &conf.unknown_value_given},
	{0, "max-categories", "N", "refuse a column with more categories", NS_OPT_INTEGER, &conf.encode.max_categories, 1, 1 << 20, NULL, &conf.prepare.how},
	NS_OPTIONS_PREPARE(conf.prepare),
	{0},
};

/* A whole number of rows, or a share of them between 0 and 1. */
static int read_min_frequency(struct ns_err *err)
{
	const char *text = conf.min_frequency;
	int64_t rows;
	double value;
	if (!text)
		return NS_OK;
	if (ns_integer_parse(&rows, text, strlen(text)) && rows >= 1)
		value = (double)rows;
	else if (!ns_number_parse(&value, text, strlen(text)) || !(value > 0 && value < 1))
		return ns_fail(err, NS_ECALL, "--min-frequency: '%s' is neither a number of rows nor a share between 0 and 1", text);
	conf.encode.min_frequency = value;
	return NS_OK;
}

static int read_options(struct ns_err *err)
{
	bool one_hot = conf.encode.strategy == NS_ENCODE_ONE_HOT;
	conf.prepare.how = conf.prepare.how || conf.one_hot_given || conf.unknown_value_given;
	if (conf.one_hot_given && !one_hot)
		return ns_fail(err, NS_ECALL, "--drop and --min-frequency are for --strategy one-hot");
	if (conf.unknown_value_given && (one_hot || conf.encode.unknown == NS_ENCODE_UNKNOWN_ERROR))
		return ns_fail(err, NS_ECALL, "--unknown-value is for --strategy ordinal without --unknown error");
	return read_min_frequency(err);
}

static int learn(struct ns_bundle *learnt, const struct ns_lesson *lesson, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage stage;
	NS_TRY(ns_encode_learn(&stage, lesson, &conf.encode, arena, err));
	ns_bundle_append(learnt, &stage, arena);
	return NS_OK;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(read_options(err));
	const struct ns_preparation preparation = {.verb = "encode", .texts = true, .numbers_too = true, .strategies = NS_ENCODE_STRATEGIES, .strategy = conf.encode.strategy, .text_strategy = conf.encode.strategy,
		.supervised = -1, .learn = learn};
	return ns_prepare_run(&conf.prepare, &preparation, operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-encode",
	.about = "turn categories into numbers",
	.usage = (const char *const[]){"[--strategy one-hot|ordinal] -w FILE [-m FILE] [-t NAME] [-c LIST] [FILE...]", "-m FILE [FILE...]", NULL},
	.examples = (const char *const[]){"ns-encode --strategy one-hot -t label -w encode.ns < train.csv > encoded.csv", "ns-encode -m encode.ns < test.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
