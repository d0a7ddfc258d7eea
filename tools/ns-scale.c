/* ns-scale: a table in, the same table with its number columns on comparable scales out. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "stage/prepare.h"
#include "stage/scale.h"

static struct conf {
	struct ns_prepare prepare;
	struct ns_scale_options scale;
	struct ns_texts range, quantiles;
	bool range_given, quantiles_given;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	{0, "strategy", NULL, "how to scale", NS_OPT_CHOICE, &conf.scale.strategy, 0, 0, NS_SCALE_STRATEGIES, &conf.prepare.how},
	{0, "range", "LOW,HIGH", "where min-max puts the values (default: 0,1)", NS_OPT_LIST, &conf.range, 0, 0, NULL, &conf.range_given},
	{0, "quantiles", "LOW,HIGH", "percentiles whose distance robust scales by (default: 25,75)", NS_OPT_LIST, &conf.quantiles, 0, 0, NULL, &conf.quantiles_given},
	NS_OPTIONS_PREPARE(conf.prepare),
	{0},
};

/* Two finite numbers, the lower first. */
static int read_pair(double *low, double *high, const char *option, const struct ns_texts *texts, struct ns_err *err)
{
	double pair[2] = {NAN, NAN};
	for (size_t i = 0; i < texts->count && i < 2; i++)
		if (!ns_number_parse(&pair[i], texts->items[i], strlen(texts->items[i])))
			return ns_fail(err, NS_ECALL, "--%s: '%s' is not a number", option, texts->items[i]);
	if (texts->count != 2 || !(pair[0] < pair[1]) || !isfinite(pair[0]) || !isfinite(pair[1]))
		return ns_fail(err, NS_ECALL, "--%s takes two numbers, the lower first: LOW,HIGH", option);
	*low = pair[0];
	*high = pair[1];
	return NS_OK;
}

static int read_options(struct ns_err *err)
{
	struct ns_scale_options *scale = &conf.scale;
	scale->high = 1;
	scale->low_quantile = 0.25;
	scale->high_quantile = 0.75;
	conf.prepare.how = conf.prepare.how || conf.range_given || conf.quantiles_given;
	if (conf.range_given && scale->strategy != NS_SCALE_MIN_MAX)
		return ns_fail(err, NS_ECALL, "--range is for --strategy min-max");
	if (conf.quantiles_given && scale->strategy != NS_SCALE_ROBUST)
		return ns_fail(err, NS_ECALL, "--quantiles is for --strategy robust");
	if (conf.range_given)
		NS_TRY(read_pair(&scale->low, &scale->high, "range", &conf.range, err));
	if (!conf.quantiles_given)
		return NS_OK;
	NS_TRY(read_pair(&scale->low_quantile, &scale->high_quantile, "quantiles", &conf.quantiles, err));
	if (scale->low_quantile < 0 || scale->high_quantile > 100)
		return ns_fail(err, NS_ECALL, "--quantiles are percentiles: from 0 to 100");
	scale->low_quantile /= 100;
	scale->high_quantile /= 100;
	return NS_OK;
}

static int learn(struct ns_bundle *learnt, const struct ns_lesson *lesson, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_stage stage;
	NS_TRY(ns_scale_learn(&stage, lesson, &conf.scale, arena, err));
	ns_bundle_append(learnt, &stage, arena);
	return NS_OK;
}

static int run(char **operands, int count, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(read_options(err));
	const struct ns_preparation preparation = {.verb = "scale", .numbers = true, .strategies = NS_SCALE_STRATEGIES, .strategy = conf.scale.strategy, .text_strategy = 0,
		.supervised = -1, .learn = learn};
	return ns_prepare_run(&conf.prepare, &preparation, operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-scale",
	.about = "put number columns on comparable scales",
	.usage = (const char *const[]){"[--strategy standard|min-max|robust] -w FILE [-m FILE] [-t NAME] [FILE...]", "-m FILE [FILE...]", NULL},
	.examples = (const char *const[]){"ns-scale --strategy standard -t Result -w scale.ns < train.csv > scaled.csv", "ns-scale -m scale.ns < test.csv", NULL},
	.options = options,
	.operands_max = -1,
	.reads_stdin = true,
	.run = run,
};

int main(int argc, char **argv)
{
	return ns_tool_main(&tool, argc, argv);
}
