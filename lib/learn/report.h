/*
 * report: candidates as a table, one row each, best first: what ns-fit --report writes and ns-select reads.
 *
 *	learner, params, folds, rows, by, score, score_deviation, train_score, every metric of ns_metrics_names,
 *	score_1 ... score_K, train_score_1 ... train_score_K, and with timing fit_seconds, score_seconds
 *
 * params is "n_estimators=128 criterion=gini": what was given, separated by blanks. score is the mean over folds of the metric
 * that candidates are ranked by; `by` is its name; train_score the same on the rows fitted on; score_k that of fold k alone.
 * Seconds are the means over folds; candidates that are fitted together share them equally.
 */
#ifndef NS_LEARN_REPORT_H
#define NS_LEARN_REPORT_H

#include "learn/search.h"

/* given: the -p options, as in ns_learner_describe. options: those of the search. The table lives in the arena. */
int ns_report_table(struct ns_table *table, const struct ns_learner *learner, const struct ns_candidate *found,
	size_t candidates, const struct ns_texts *given, const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err);

#endif
