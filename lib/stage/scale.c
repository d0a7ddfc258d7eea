#include "stage/scale.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "stage/stage_table.h"
#include "stat/quantile.h"

static const char *const strategies[] = {"standard", "min-max", "robust"};
enum { STRATEGIES = sizeof strategies / sizeof *strategies };

/* What becomes of a column: (x - center) / scale + shift. */
struct scale {
	double center, scale, shift;
};

/* --- learning --- */

/* Scikit-learn takes differences below this for none. */
static double or_one(double spread)
{
	return spread < 10 * DBL_EPSILON ? 1 : spread;
}

static struct scale standard(const double *values, size_t count)
{
	double n = (double)count, mean = ns_mean(values, count), variance = ns_variance(values, count, mean);
	double rounding = n * mean * DBL_EPSILON;
	bool constant = isfinite(variance) && variance <= n * DBL_EPSILON * variance + rounding * rounding;
	return (struct scale){.center = mean, .scale = constant ? 1 : sqrt(variance)};
}

static struct scale min_max(const double *values, size_t count, const struct ns_scale_options *options)
{
	double least = values[0], most = values[0];
	for (size_t i = 1; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	return (struct scale){.center = least + 0.0, .scale = or_one(most - least) / (options->high - options->low), .shift = options->low};
}

static struct scale robust(double *values, size_t count, const struct ns_scale_options *options)
{
	double middle = ns_median(values, count);
	double low = ns_quantile(values, count, options->low_quantile), high = ns_quantile(values, count, options->high_quantile);
	return (struct scale){.center = middle, .scale = or_one(high - low)};
}

static int check_finite(const double *values, size_t count, const struct ns_lesson *lesson, const char *name, struct ns_err *err)
{
	size_t infinite = 0;
	for (size_t i = 0; i < count; i++)
		infinite += isinf(values[i]) != 0;
	if (infinite)
		return ns_fail(err, NS_EDATA, "%s: column '%s': %zu of %zu values are infinite (ns-impute --inf missing)", lesson->source, name,
			infinite, lesson->rows);
	return NS_OK;
}

static int learn_column(struct scale *scale, double *values, const struct ns_lesson *lesson, const struct ns_series *series,
	const struct ns_scale_options *options, struct ns_err *err)
{
	size_t count = ns_present(values, series->numbers, lesson->rows);
	if (count == 0)
		return ns_lesson_empty(lesson, series, "", err);
	NS_TRY(check_finite(values, count, lesson, series->name, err));
	*scale = options->strategy == NS_SCALE_STANDARD ? standard(values, count)
	       : options->strategy == NS_SCALE_MIN_MAX	? min_max(values, count, options)
							: robust(values, count, options);
	if (!isfinite(scale->center) || !isfinite(scale->scale) || scale->scale == 0)
		return ns_fail(err, NS_EDATA, "%s: column '%s': its values are too far apart to be scaled (-x '%s' leaves it out)", lesson->source,
			series->name, series->name);
	return NS_OK;
}

int ns_scale_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_scale_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_table table = {.rows = lesson->width};
	const char **names = NS_NEW_ARRAY(arena, const char *, lesson->width);
	double *values = NS_NEW_ARRAY(arena, double, lesson->rows), *center = NS_NEW_ARRAY(arena, double, lesson->width);
	double *scale = NS_NEW_ARRAY(arena, double, lesson->width), *shift = NS_NEW_ARRAY(arena, double, lesson->width);
	for (size_t i = 0; i < lesson->width; i++) {
		struct scale learnt = {0};
		NS_TRY(learn_column(&learnt, values, lesson, lesson->series[i], options, err));
		names[i] = strategies[options->strategy];
		center[i] = learnt.center;
		scale[i] = learnt.scale;
		shift[i] = learnt.shift;
	}
	NS_TRY(ns_stage_put_texts(&table, "column", ns_lesson_names(lesson, arena), arena, err));
	NS_TRY(ns_stage_put_texts(&table, "strategy", names, arena, err));
	ns_stage_put_numbers(&table, "center", center, arena);
	ns_stage_put_numbers(&table, "scale", scale, arena);
	ns_stage_put_numbers(&table, "shift", shift, arena);
	return ns_lesson_finish(stage, lesson, &ns_stage_scale, &table, NULL, 0, arena, err);
}

/* --- the stage --- */

static bool is_strategy(const char *text)
{
	for (int i = 0; text && i < STRATEGIES; i++)
		if (strcmp(text, strategies[i]) == 0)
			return true;
	return false;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const double *center, *scale, *shift;
	const char **strategy;
	NS_TRY(ns_stage_check_inputs(stage, arena, err));
	NS_TRY(ns_stage_get_texts(&strategy, stage, "strategy", arena, err));
	NS_TRY(ns_stage_get_numbers(&center, stage, "center", err));
	NS_TRY(ns_stage_get_numbers(&scale, stage, "scale", err));
	NS_TRY(ns_stage_get_numbers(&shift, stage, "shift", err));
	struct scale *state = stage->state = NS_NEW_ARRAY(arena, struct scale, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const char *name = stage->inputs[i].name;
		if (stage->inputs[i].type != NS_NUMBER)
			return ns_stage_damaged(stage, err, "column '%s' is text", name);
		if (!is_strategy(strategy[i]))
			return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
		if (!isfinite(center[i]) || !isfinite(shift[i]) || !isfinite(scale[i]) || !(scale[i] > 0))
			return ns_stage_damaged(stage, err, "column '%s' has no center, scale and shift that are numbers", name);
		state[i] = (struct scale){center[i], scale[i], shift[i]};
	}
	return NS_OK;
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct scale *state = stage->state;
	(void)err; /* whatever numbers come can be scaled */
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &batch->columns[at[i]];
		double *scaled = NS_NEW_ARRAY(arena, double, batch->rows);
		const struct scale by = state[i];
		for (size_t row = 0; row < batch->rows; row++)
			scaled[row] = (column->numbers[row] - by.center) / by.scale + by.shift;
		ns_column_set_numbers(column, scaled);
	}
	return NS_OK;
}

const struct ns_stage_kind ns_stage_scale = {.name = "scale", .load = load, .apply = apply};
