/* ns-impute: a table in, the same table with its missing values filled in out. */
#include <float.h>
#include <string.h>

#include "base/param.h"
#include "stage/impute.h"
#include "stage/prepare.h"

static struct conf {
	struct ns_prepare prepare;
	struct ns_impute_options impute;
	int strategy, text_strategy; /* the latter of most_frequent|constant */
	int inf;                     /* of keep|missing */
	struct ns_texts params;
	bool flags, flags_all;
	bool fill_given, text_fill_given;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT}, .strategy = NS_IMPUTE_MEDIAN, .impute = {.text_fill = "missing_value"}};

static const struct ns_param params[] = {
	{.name = "n_neighbors", .help = "how many near rows a value is made of", .value = "5", .min = 1, .max = 1e9, .integer = true},
	{.name = "weights", .help = "how much each counts", .value = "uniform", .choices = NS_IMPUTE_WEIGHTS},
	{0},
};

static const struct ns_opt options[] = {
	{0, "strategy", NULL, "what number columns are filled with", NS_OPT_CHOICE, &conf.strategy, 0, 0, NS_IMPUTE_STRATEGIES, &conf.prepare.how},
	{0, "text-strategy", NULL, "what text columns are filled with", NS_OPT_CHOICE, &conf.text_strategy, 0, 0, "most_frequent|constant", &conf.prepare.how},
	{'p', "param", "NAME=VALUE", "of knn: n_neighbors (default: 5), weights=uniform|distance (may be repeated)", NS_OPT_TEXTS, &conf.params, 0, 0, NULL, &conf.prepare.how},
	{0, "fill", "VALUE", "the constant for number columns", NS_OPT_REAL, &conf.impute.fill, -DBL_MAX, DBL_MAX, NULL, &conf.fill_given},
	{0, "text-fill", "TEXT", "the constant for text columns", NS_OPT_TEXT, &conf.impute.text_fill, 0, 0, NULL, &conf.text_fill_given},
	{0, "indicator", NULL, "add a column NAME_missing of 0 and 1 for each that has missing values here", NS_OPT_FLAG, &conf.flags, 0, 0, NULL, &conf.prepare.how},
	{0, "indicator-all", NULL, "the same for every column that is imputed", NS_OPT_FLAG, &conf.flags_all, 0, 0, NULL, &conf.prepare.how},
	{0, "empty", NULL, "columns without any value: refuse, leave out, or fill with the constant", NS_OPT_CHOICE, &conf.impute.empty, 0, 0, NS_IMPUTE_EMPTIES, &conf.prepare.how},
	{0, "inf", NULL, "whether infinities count as values or are missing", NS_OPT_CHOICE, &conf.inf, 0, 0, "keep|missing", &conf.prepare.how},
	NS_OPTIONS_PREPARE(conf.prepare),
	{'j', "threads", "N", "threads (0: all cores); the values do not depend on it", NS_OPT_INTEGER, &conf.prepare.threads, 0, 256, NULL, NULL},
	{0},
};

static bool uses(int strategy, const char *name)
{
	return strategy || ns_param_is_given(name, &conf.prepare.use);
}

static int read_params(struct ns_impute_neighbors_options *neighbors, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_value values[2];
	if (conf.params.count && !uses(conf.strategy == NS_IMPUTE_KNN, "knn"))
		return ns_fail(err, NS_ECALL, "-p is for --strategy knn");
	NS_TRY(ns_param_read(values, params, &conf.params, "knn", arena, err));
	neighbors->n_neighbors = (int64_t)values[0].number;
	neighbors->weights = strcmp(values[1].text, "distance") == 0 ? NS_IMPUTE_DISTANCE : NS_IMPUTE_UNIFORM;
	return NS_OK;
}

static int read_options(struct ns_arena *arena, struct ns_err *err)
{
	bool filled = conf.impute.empty == NS_IMPUTE_EMPTY_FILL;
	conf.impute.inf_missing = conf.inf == 1;
	conf.impute.flags = conf.flags_all ? NS_IMPUTE_FLAGS_ALL : conf.flags ? NS_IMPUTE_FLAGS_MISSING : NS_IMPUTE_FLAGS_NONE;
	conf.prepare.how = conf.prepare.how || conf.fill_given || conf.text_fill_given;
	if (conf.fill_given && !filled && !uses(conf.strategy == NS_IMPUTE_CONSTANT, "constant"))
		return ns_fail(err, NS_ECALL, "--fill is for --strategy constant");
	if (conf.text_fill_given && !filled && !uses(conf.text_strategy, "constant"))
		return ns_fail(err, NS_ECALL, "--text-fill is for --text-strategy constant");
	return read_params(&conf.impute.neighbors, arena, err);
}

static int learn(struct ns_bundle *learnt, const struct ns_lesson *lesson, struct ns_arena *arena, struct ns_err *err)
{
	return ns_impute_learn(learnt, lesson, &conf.impute, arena, err);
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(read_options(arena, err));
	const struct ns_preparation preparation = {.verb = "impute", .numbers = true, .texts = true, .strategies = NS_IMPUTE_STRATEGIES, .strategy = conf.strategy,
		.text_strategy = conf.text_strategy ? NS_IMPUTE_CONSTANT : NS_IMPUTE_MOST_FREQUENT, .supervised = -1, .learn = learn};
	return ns_prepare_run(&conf.prepare, &preparation, operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-impute",
	.about = "fill in missing values",
	.usage = (const char *const[]){"[--strategy mean|median|most_frequent|constant|knn] [--use STRATEGY=LIST] -w FILE [-m FILE] [-t NAME] [FILE...]", "-m FILE [FILE...]", NULL},
	.examples = (const char *const[]){"ns-impute --strategy median -t Result -w impute.ns < train.csv > filled.csv", "ns-impute -m impute.ns < test.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
