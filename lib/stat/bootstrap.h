/*
 * bootstrap: intervals of metrics, and of their differences between models, by drawing the rows again and again.
 *
 * A resample draws as many rows as there are, with replacement; every model is measured on the same draws, so that differences
 * are paired. The interval is the percentile one (B. Efron, "Bootstrap methods: another look at the jackknife", 1979): of the
 * resamples in which the metric is defined, the quantiles (1 - confidence) / 2 and 1 less that, as numpy.quantile has them; NaN
 * where there are none. Draws depend on the seed, the number of rows and their order: not on who else is measured, nor on the
 * number of threads. Costs rows x resamples x models, and 8 x NS_METRICS bytes a model and resample.
 */
#ifndef NS_STAT_BOOTSTRAP_H
#define NS_STAT_BOOTSTRAP_H

#include "base/random.h"
#include "stat/metrics.h"
#include "stat/predictions.h"

struct ns_bootstrap {
	int64_t resamples, seed;
	int64_t threads; /* 0: as many as there are */
	double confidence;
};

struct ns_interval {
	double lower, upper;
};

/*
 * own, difference: NS_METRICS intervals a model, model after model; difference is of a model's metric less the first model's,
 * and may be NULL. Models have the same rows, truth, classes and positive class (ns_predictions_align).
 */
void ns_bootstrap_intervals(struct ns_interval *own, struct ns_interval *difference, const struct ns_predictions *models, size_t count,
	const struct ns_bootstrap *bootstrap, struct ns_arena *arena);

/* How often each of 0 .. rows-1 was drawn in `rows` draws: exactly multinomial. 0 < rows < 2^32. */
void ns_bootstrap_draw(uint32_t *times, size_t rows, struct ns_random *random);

#endif
