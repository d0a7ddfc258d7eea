/*
 * compare_report: models side by side, as a table and as JSON.
 */
#ifndef NS_STAT_COMPARE_REPORT_H
#define NS_STAT_COMPARE_REPORT_H

#include "base/err.h"
#include "base/json.h"
#include "stat/compare.h"
#include "table/table.h"

/*
 * Rows of metric, model, value, lower, upper, difference, difference_lower, difference_upper: each of ns_metrics_names model after
 * model, in the order in which they were given; then, for each model but the first, right_first_only, right_this_only,
 * mcnemar_statistic and mcnemar_p. The first model has no difference. What is undefined has no value.
 */
int ns_compare_table(struct ns_table *table, const struct ns_compared *compared, size_t count, struct ns_arena *arena, struct ns_err *err);

/*
 * {"rows", "positive", "confidence", "resamples", "seed", "models": [{"model", "metrics": {METRIC: {"value", "lower", "upper",
 * "difference", "difference_lower", "difference_upper"}}, "mcnemar": {"right_first_only", "right_this_only", "test": "exact" or
 * "chi-square", "statistic", "p"}}]}: the first model has neither differences nor mcnemar. Keys change with the major version only.
 */
void ns_compare_json(struct ns_json *json, const struct ns_compared *compared, size_t count, const struct ns_predictions *first,
	const struct ns_bootstrap *bootstrap);

#endif
