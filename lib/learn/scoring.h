/*
 * scoring: metrics of a model's probabilities, where equal rows were predicted once.
 *
 * The same bits as ns_metrics_compute gives on the rows one by one.
 */
#ifndef NS_LEARN_SCORING_H
#define NS_LEARN_SCORING_H

#include "learn/vectors.h"
#include "stat/metrics.h"

struct ns_scoring {
	uint32_t classes;
	int32_t positive; /* class, or -1 */
	double threshold; /* of the positive class */
	bool ranking, loss; /* whether the areas, log loss and Brier score are wanted: else NaN */
};

/* Everything, and just what one metric needs. */
void ns_scoring_want_all(struct ns_scoring *scoring);
void ns_scoring_want(struct ns_scoring *scoring, const char *metric);

/* values: NS_METRICS. probability[vector * classes + class]. Scratch memory from the arena. */
void ns_scoring_measure(double *values, const struct ns_scoring *scoring, const struct ns_tally *tally, const double *probability,
	struct ns_arena *arena);

#endif
