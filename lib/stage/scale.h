/*
 * scale: number columns moved and stretched: x becomes (x - center) / scale + shift, each column by a strategy of its own.
 *
 *	standard   center = mean, scale = standard deviation (of the population: divided by n)
 *	min-max    the values seen in training come to lie in [low, high]; with clip, all that come later, too
 *	robust     center = median, scale = distance of two quantiles; with unit_variance, in units of a normal distribution's
 *	max-abs    center = 0, scale = the largest absolute value: zero stays zero
 *
 * As scikit-learn 1.2's StandardScaler, MinMaxScaler, RobustScaler and MaxAbsScaler, to 1e-12: a column that is constant (up to
 * their rounding bounds) has scale 1. Missing values stay missing; infinities pass when applied, as far as nothing is clipped.
 *
 * The stage's table has a row per column: column, strategy, center, scale, shift, and low, high: the bounds of what is clipped,
 * both missing where nothing is.
 */
#ifndef NS_STAGE_SCALE_H
#define NS_STAGE_SCALE_H

#include "stage/lesson.h"

enum ns_scale_strategy { NS_SCALE_STANDARD, NS_SCALE_MIN_MAX, NS_SCALE_ROBUST, NS_SCALE_MAX_ABS };
#define NS_SCALE_STRATEGIES "standard|min-max|robust|max-abs"

struct ns_scale_options {
	double low, high;                   /* min-max: low < high */
	double low_quantile, high_quantile; /* robust: in [0, 1], the lower first; with unit_variance in (0, 1) */
	bool clip;                          /* min-max */
	bool unit_variance;                 /* robust */
	bool no_center, no_scale;           /* standard, robust: center 0, scale 1 */
};
#define NS_SCALE_OPTIONS_INIT .low = 0, .high = 1, .low_quantile = 0.25, .high_quantile = 0.75

/*
 * lesson->strategy[i] is an enum ns_scale_strategy. A column without a value, or with infinities, or whose numbers are too large
 * for their spread to be a number, is NS_EDATA.
 */
int ns_scale_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_scale_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
