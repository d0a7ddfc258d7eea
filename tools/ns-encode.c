/* ns-encode: a table in, the same table with its categories as numbers out. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/param.h"
#include "stage/encode.h"
#include "stage/prepare.h"

static struct conf {
	struct ns_prepare prepare;
	struct ns_encode_options encode;
	struct ns_texts categories, params;
	const char *min_frequency, *unknown_value;
	int strategy;
	int64_t seed;
	double missing_value;
	bool drop_given, top_given, unknown_value_given, missing_value_given, target_given;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT}, .encode = {.unknown = NS_ENCODE_UNKNOWN_INFREQUENT, .max_categories = 1000}, .seed = 42,
	.unknown_value = "-1", .missing_value = (double)NAN};

static const struct ns_param target_params[] = {
	{"smooth", "rows that the target's mean counts for in each category; auto: as empirical Bayes says", "auto", 0, 1e9, false, "auto"},
	{"cv", "folds: a training row gets what the rows of the others give", "5", 2, NS_ENCODE_FOLDS_MAX, true, NULL},
	{0},
};

static const struct ns_opt options[] = {
	{0, "strategy", NULL, "a column of 0 and 1 per category, its number, or the target's mean in it", NS_OPT_CHOICE, &conf.strategy, 0, 0, NS_ENCODE_STRATEGIES, &conf.prepare.how},
	{0, "drop", NULL, "leave out the first category of each column, or of those with two", NS_OPT_CHOICE, &conf.encode.drop, 0, 0, NS_ENCODE_DROPS, &conf.drop_given},
	{0, "min-frequency", "N|F", "put categories of fewer than N rows, or of a smaller share than F, together", NS_OPT_TEXT, &conf.min_frequency, 0, 0, NULL, &conf.prepare.how},
	{0, "top", "N", "put all but the N most frequent categories together", NS_OPT_INTEGER, &conf.encode.top, 1, 1 << 20, NULL, &conf.top_given},
	{0, "categories", "NAME=LIST", "a column's categories in their order; schema: as the schema has them", NS_OPT_TEXTS, &conf.categories, 0, 0, NULL, &conf.prepare.how},
	{0, "unknown", NULL, "what to do with categories that were not in training", NS_OPT_CHOICE, &conf.encode.unknown, 0, 0, NS_ENCODE_UNKNOWNS, &conf.prepare.how},
	{0, "unknown-value", "VALUE", "ordinal: what they become, a number or missing", NS_OPT_TEXT, &conf.unknown_value, 0, 0, NULL, &conf.unknown_value_given},
	{0, "missing-value", "VALUE", "ordinal: what missing values become (default: they stay)", NS_OPT_REAL, &conf.missing_value, -DBL_MAX, DBL_MAX, NULL, &conf.missing_value_given},
	{0, "max-categories", "N", "refuse a column with more categories", NS_OPT_INTEGER, &conf.encode.max_categories, 1, 1 << 20, NULL, &conf.prepare.how},
	{'p', "param", "NAME=VALUE", "a parameter of --strategy target: smooth, cv", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, &conf.target_given},
	{'s', "seed", "N", "seed of the draw of folds", NS_OPT_INTEGER, &conf.seed, 0, 9007199254740992.0, NULL, &conf.target_given},
	{0, "positive", "CLASS", "the positive class, whose share a category becomes", NS_OPT_TEXT, &conf.prepare.positive, 0, 0, NULL, &conf.target_given},
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

static int read_unknown_value(struct ns_err *err)
{
	const char *text = conf.unknown_value;
	double value = (double)NAN;
	if (strcmp(text, "missing") != 0 && (!ns_number_parse(&value, text, strlen(text)) || isinf(value)))
		return ns_fail(err, NS_ECALL, "--unknown-value: '%s' is neither a number nor 'missing'", text);
	conf.encode.unknown_value = value;
	return NS_OK;
}

/* Is it the strategy of any column, as far as the call says? */
static bool uses(int strategy, const char *name)
{
	return conf.strategy == strategy || ns_param_is_given(name, &conf.prepare.use);
}

static int check_options(struct ns_err *err)
{
	bool one_hot = uses(NS_ENCODE_ONE_HOT, "one-hot"), ordinal = uses(NS_ENCODE_ORDINAL, "ordinal"), target = uses(NS_ENCODE_TARGET, "target");
	if (conf.drop_given && !one_hot)
		return ns_fail(err, NS_ECALL, "--drop is for --strategy one-hot");
	if ((conf.min_frequency || conf.top_given || conf.categories.count) && !one_hot && !ordinal)
		return ns_fail(err, NS_ECALL, "--min-frequency, --top and --categories are for --strategy one-hot and ordinal");
	if (conf.unknown_value_given && (!ordinal || conf.encode.unknown == NS_ENCODE_UNKNOWN_ERROR))
		return ns_fail(err, NS_ECALL, "--unknown-value is for --strategy ordinal without --unknown error");
	if (conf.missing_value_given && !ordinal)
		return ns_fail(err, NS_ECALL, "--missing-value is for --strategy ordinal");
	if (conf.target_given && !target)
		return ns_fail(err, NS_ECALL, "-p, --seed and --positive are for --strategy target");
	return NS_OK;
}

static int read_options(struct ns_arena *arena, struct ns_err *err)
{
	struct ns_value values[2];
	conf.prepare.how = conf.prepare.how || conf.drop_given || conf.top_given || conf.unknown_value_given || conf.missing_value_given || conf.target_given;
	NS_TRY(check_options(err));
	NS_TRY(read_min_frequency(err));
	NS_TRY(read_unknown_value(err));
	NS_TRY(ns_param_read(values, target_params, &conf.params, "target", arena, err));
	conf.encode.missing_value = conf.missing_value;
	conf.encode.smooth = values[0].number;
	conf.encode.folds = (uint32_t)values[1].number;
	conf.encode.seed = (uint64_t)conf.seed;
	return ns_encode_lists_read(&conf.encode, &conf.categories, conf.prepare.table.schema, arena, err);
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
	const struct ns_preparation preparation = {.verb = "encode", .texts = true, .numbers_too = true, .strategies = NS_ENCODE_STRATEGIES,
		.strategy = conf.strategy, .text_strategy = conf.strategy, .supervised = NS_ENCODE_TARGET, .learn = learn};
	NS_TRY(read_options(arena, err));
	return ns_prepare_run(&conf.prepare, &preparation, operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-encode",
	.about = "turn categories into numbers",
	.usage = (const char *const[]){"[--strategy one-hot|ordinal|target] -w FILE [-m FILE] [-t NAME] [-c LIST] [FILE...]", "-m FILE [FILE...]", NULL},
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
