#include "stage/scale.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "stage/stage_table.h"
#include "stat/normal.h"
#include "stat/quantile.h"

static const char *const strategies[] = {"standard", "min-max", "robust", "max-abs"};
static const char *const number_names[] = {"center", "scale", "shift", "low", "high"};
enum { STRATEGIES = sizeof strategies / sizeof *strategies, NUMBERS = sizeof number_names / sizeof *number_names };

/* What becomes of a column: (x - center) / scale + shift, then no less than low and no more than high (NaN: as it is). */
struct scale {
	double center, scale, shift, low, high;
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
	return (struct scale){.center = mean, .scale = constant ? 1 : sqrt(variance), .low = NAN, .high = NAN};
}

static struct scale min_max(const double *values, size_t count, const struct ns_scale_options *options)
{
	double least = values[0], most = values[0];
	for (size_t i = 1; i < count; i++) {
		least = values[i] < least ? values[i] : least;
		most = values[i] > most ? values[i] : most;
	}
	double low = options->clip ? options->low : NAN, high = options->clip ? options->high : NAN;
	return (struct scale){least + 0.0, or_one(most - least) / (options->high - options->low), options->low, low, high};
}

static struct scale robust(double *values, size_t count, const struct ns_scale_options *options)
{
	double middle = ns_median(values, count);
	double low = ns_quantile(values, count, options->low_quantile), high = ns_quantile(values, count, options->high_quantile);
	double spread = or_one(high - low);
	if (options->unit_variance)
		spread /= ns_normal_quantile(options->high_quantile) - ns_normal_quantile(options->low_quantile);
	return (struct scale){.center = middle, .scale = spread, .low = NAN, .high = NAN};
}

static struct scale max_abs(const double *values, size_t count)
{
	double most = 0;
	for (size_t i = 0; i < count; i++)
		most = fabs(values[i]) > most ? fabs(values[i]) : most;
	return (struct scale){.scale = or_one(most), .low = NAN, .high = NAN};
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

static int learn_column(struct scale *scale, double *values, const struct ns_lesson *lesson, size_t column, const struct ns_scale_options *options,
	struct ns_err *err)
{
	const struct ns_series *series = lesson->series[column];
	size_t count = ns_present(values, series->numbers, lesson->rows);
	if (count == 0)
		return ns_lesson_empty(lesson, series, "", err);
	NS_TRY(check_finite(values, count, lesson, series->name, err));
	int strategy = lesson->strategy[column];
	*scale = strategy == NS_SCALE_STANDARD ? standard(values, count)
	       : strategy == NS_SCALE_MIN_MAX  ? min_max(values, count, options)
	       : strategy == NS_SCALE_ROBUST   ? robust(values, count, options)
					       : max_abs(values, count);
	if (strategy == NS_SCALE_STANDARD || strategy == NS_SCALE_ROBUST) {
		scale->center = options->no_center ? 0 : scale->center;
		scale->scale = options->no_scale ? 1 : scale->scale;
	}
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
	double *values = NS_NEW_ARRAY(arena, double, lesson->rows), *columns[NUMBERS];
	for (int n = 0; n < NUMBERS; n++)
		columns[n] = NS_NEW_ARRAY(arena, double, lesson->width);
	for (size_t i = 0; i < lesson->width; i++) {
		struct scale learnt = {0};
		NS_TRY(learn_column(&learnt, values, lesson, i, options, err));
		names[i] = strategies[lesson->strategy[i]];
		const double numbers[NUMBERS] = {learnt.center, learnt.scale, learnt.shift, learnt.low, learnt.high};
		for (int n = 0; n < NUMBERS; n++)
			columns[n][i] = numbers[n];
	}
	NS_TRY(ns_stage_put_texts(&table, "column", ns_lesson_names(lesson, arena), arena, err));
	NS_TRY(ns_stage_put_texts(&table, "strategy", names, arena, err));
	for (int n = 0; n < NUMBERS; n++)
		ns_stage_put_numbers(&table, number_names[n], columns[n], arena);
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

static bool is_sound(const struct scale *scale)
{
	bool clips = !isnan(scale->low) || !isnan(scale->high);
	return isfinite(scale->center) && isfinite(scale->shift) && isfinite(scale->scale) && scale->scale > 0 &&
		(!clips || (isfinite(scale->low) && isfinite(scale->high) && scale->low < scale->high));
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	const double *columns[NUMBERS];
	const char **strategy;
	NS_TRY(ns_stage_check_inputs(stage, arena, err));
	NS_TRY(ns_stage_get_texts(&strategy, stage, "strategy", arena, err));
	for (int n = 0; n < NUMBERS; n++)
		NS_TRY(ns_stage_get_numbers(&columns[n], stage, number_names[n], err));
	struct scale *state = stage->state = NS_NEW_ARRAY(arena, struct scale, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const char *name = stage->inputs[i].name;
		if (stage->inputs[i].type != NS_NUMBER)
			return ns_stage_damaged(stage, err, "column '%s' is text", name);
		if (!is_strategy(strategy[i]))
			return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
		state[i] = (struct scale){columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i]};
		if (!is_sound(&state[i]))
			return ns_stage_damaged(stage, err, "column '%s' has no center, scale, shift and bounds that make sense", name);
	}
	return NS_OK;
}

/* --- applying --- */

/* Loops that a compiler turns into vectors: nothing in them overlaps, nothing branches. */
static void move(double *restrict out, const double *restrict numbers, size_t rows, double center, double scale, double shift)
{
	for (size_t row = 0; row < rows; row++)
		out[row] = (numbers[row] - center) / scale + shift;
}

static void clip(double *restrict values, size_t rows, double low, double high)
{
	for (size_t row = 0; row < rows; row++) {
		double value = values[row] < low ? low : values[row]; /* a missing value is neither */
		values[row] = value > high ? high : value;
	}
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct scale *state = stage->state;
	(void)err; /* whatever numbers come can be scaled */
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &batch->columns[at[i]];
		double *scaled = NS_NEW_ARRAY(arena, double, batch->rows);
		if (batch->rows)
			move(scaled, column->numbers, batch->rows, state[i].center, state[i].scale, state[i].shift);
		if (!isnan(state[i].low))
			clip(scaled, batch->rows, state[i].low, state[i].high);
		ns_column_set_numbers(column, scaled);
	}
	return NS_OK;
}

const struct ns_stage_kind ns_stage_scale = {.name = "scale", .load = load, .apply = apply};
