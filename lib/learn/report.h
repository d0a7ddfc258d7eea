/*
 * report: candidates as a table, one row each, best first: what ns-fit --report writes and ns-select reads.
 *
 *	learner, params, folds, rows, score, score_deviation, train_score, then every metric of ns_metrics_names
 *
 * params is "n_estimators=128 criterion=gini": what was given, separated by blanks. score is the metric that candidates were ranked
 * by; its name stands in the column `by`.
 */
#ifndef NS_LEARN_REPORT_H
#define NS_LEARN_REPORT_H

#include "learn/search.h"

/* Appends the table as CSV. given: the -p options, as in ns_learner_describe. */
int ns_report_print(struct ns_buffer *out, const struct ns_learner *learner, const struct ns_candidate *found, size_t candidates,
	const struct ns_texts *given, const char *score, struct ns_arena *arena);

#endif
