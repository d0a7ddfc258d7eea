/*
 * scale: number columns moved and stretched: x becomes (x - center) / scale + shift.
 *
 *	standard   center = mean, scale = standard deviation (of the population: divided by n)
 *	min-max    the values seen in training come to lie in [low, high]
 *	robust     center = median, scale = distance of two quantiles
 *
 * As scikit-learn 1.2's StandardScaler, MinMaxScaler and RobustScaler, to 1e-12: a column that is constant (up to their rounding
 * bounds) has scale 1. Missing values stay missing; infinities pass when applied.
 *
 * The stage's table has a row per column: column, strategy, center, scale, shift.
 */
#ifndef NS_STAGE_SCALE_H
#define NS_STAGE_SCALE_H

#include "stage/lesson.h"

enum ns_scale_strategy { NS_SCALE_STANDARD, NS_SCALE_MIN_MAX, NS_SCALE_ROBUST };
#define NS_SCALE_STRATEGIES "standard|min-max|robust"

struct ns_scale_options {
	int strategy;
	double low, high;                   /* min-max: low < high */
	double low_quantile, high_quantile; /* robust: in [0, 1], the lower first */
};

/* A column without a value, or with infinities, or whose numbers are too large for their spread to be a number, is NS_EDATA. */
int ns_scale_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_scale_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
