/* ns-scale: a table in, the same table with its number columns on comparable scales out. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/param.h"
#include "stage/prepare.h"
#include "stage/scale.h"

static struct conf {
	struct ns_prepare prepare;
	int strategy;
	struct ns_scale_options scale;
	struct ns_texts range, quantiles;
	bool range_given, quantiles_given;
} conf = {.prepare.table = {NS_TABLE_OPTIONS_INIT}, .scale = {NS_SCALE_OPTIONS_INIT}};

static const struct ns_opt options[] = {
	{0, "strategy", NULL, "how to scale", NS_OPT_CHOICE, &conf.strategy, 0, 0, NS_SCALE_STRATEGIES, &conf.prepare.how},
	{0, "range", "LOW,HIGH", "where min-max puts the values (default: 0,1)", NS_OPT_LIST, &conf.range, 0, 0, NULL, &conf.range_given},
	{0, "clip", NULL, "min-max: values beyond those of training become the range's ends", NS_OPT_FLAG, &conf.scale.clip, 0, 0, NULL, &conf.prepare.how},
	{0, "quantiles", "LOW,HIGH", "percentiles whose distance robust scales by (default: 25,75)", NS_OPT_LIST, &conf.quantiles, 0, 0, NULL, &conf.quantiles_given},
	{0, "unit-variance", NULL, "robust: normally distributed values come to have variance 1", NS_OPT_FLAG, &conf.scale.unit_variance, 0, 0, NULL, &conf.prepare.how},
	{0, "no-center", NULL, "standard, robust: do not move", NS_OPT_FLAG, &conf.scale.no_center, 0, 0, NULL, &conf.prepare.how},
	{0, "no-scale", NULL, "standard, robust: do not stretch", NS_OPT_FLAG, &conf.scale.no_scale, 0, 0, NULL, &conf.prepare.how},
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

static bool uses(enum ns_scale_strategy strategy, const char *name)
{
	return conf.strategy == (int)strategy || ns_param_is_given(name, &conf.prepare.use);
}

/* An option that says how a strategy works wants a column that has it. */
static int check_strategies(struct ns_err *err)
{
	bool min_max = uses(NS_SCALE_MIN_MAX, "min-max"), robust = uses(NS_SCALE_ROBUST, "robust");
	bool either = robust || uses(NS_SCALE_STANDARD, "standard");
	const struct {
		const char *option, *strategies;
		bool given, used;
	} rules[] = {
		{"range", "min-max", conf.range_given, min_max},
		{"clip", "min-max", conf.scale.clip, min_max},
		{"quantiles", "robust", conf.quantiles_given, robust},
		{"unit-variance", "robust", conf.scale.unit_variance, robust},
		{"no-center", "standard or robust", conf.scale.no_center, either},
		{"no-scale", "standard or robust", conf.scale.no_scale, either},
	};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].given && !rules[i].used)
			return ns_fail(err, NS_ECALL, "--%s is for --strategy %s", rules[i].option, rules[i].strategies);
	return NS_OK;
}

static int read_options(struct ns_err *err)
{
	struct ns_scale_options *scale = &conf.scale;
	conf.prepare.how = conf.prepare.how || conf.range_given || conf.quantiles_given;
	NS_TRY(check_strategies(err));
	if (conf.range_given)
		NS_TRY(read_pair(&scale->low, &scale->high, "range", &conf.range, err));
	if (!isfinite(scale->high - scale->low))
		return ns_fail(err, NS_ECALL, "--range: its ends are further apart than numbers go");
	if (!conf.quantiles_given)
		return NS_OK;
	NS_TRY(read_pair(&scale->low_quantile, &scale->high_quantile, "quantiles", &conf.quantiles, err));
	if (scale->low_quantile < 0 || scale->high_quantile > 100)
		return ns_fail(err, NS_ECALL, "--quantiles are percentiles: from 0 to 100");
	if (scale->unit_variance && (scale->low_quantile == 0 || scale->high_quantile == 100))
		return ns_fail(err, NS_ECALL, "--unit-variance needs --quantiles above 0 and below 100: a normal distribution has no ends");
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
	const struct ns_preparation preparation = {.verb = "scale", .numbers = true, .strategies = NS_SCALE_STRATEGIES, .strategy = conf.strategy,
		.supervised = -1, .learn = learn};
	return ns_prepare_run(&conf.prepare, &preparation, operands, count, arena, err);
}

static const struct ns_tool tool = {
	.name = "ns-scale",
	.about = "put number columns on comparable scales",
	.usage = (const char *const[]){"[--strategy standard|min-max|robust|max-abs] [--use STRATEGY=LIST] -w FILE [-m FILE] [-t NAME] [FILE...]", "-m FILE [FILE...]", NULL},
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
