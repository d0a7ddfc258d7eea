/*
 * metrics_report: metrics as a table, as JSON, and held against what is required of them.
 */
#ifndef NS_STAT_METRICS_REPORT_H
#define NS_STAT_METRICS_REPORT_H

#include "base/json.h"
#include "base/err.h"
#include "base/opt.h"
#include "stat/bootstrap.h"
#include "stat/metrics.h"
#include "table/table.h"

/* Intervals beside the figures: NS_METRICS of them, and how they came about. */
struct ns_metrics_intervals {
	const struct ns_interval *of;
	const struct ns_bootstrap *bootstrap;
};

/*
 * Rows of metric, class, value: "rows" and ns_metrics_names with no class, then precision, recall, f1 and support of each class,
 * then the confusion matrix: predicted_P of class T is how many rows of class T were taken for P. What is undefined has no value.
 * With intervals (NULL: none) lower and upper stand behind value, empty where no interval is known.
 */
int ns_metrics_table(struct ns_table *table, const struct ns_metrics *metrics, const char *const *classes,
	const struct ns_metrics_intervals *intervals, struct ns_arena *arena, struct ns_err *err);

/*
 * {"rows", "positive", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "classes": {CLASS: {"precision", "recall",
 * "f1", "support"}}, "macro": {...}, "weighted": {...}, "roc_auc", "pr_auc", "log_loss", "brier", "mcc", "confusion": {"labels":
 * [...], "matrix": [[...]]}}: a row of the matrix is a class of the truth. With intervals (NULL: none) there is
 * "intervals": {"confidence", "resamples", "seed", METRIC: [lower, upper]} behind it. Keys change with the major version only.
 */
void ns_metrics_json(struct ns_json *json, const struct ns_metrics *metrics, const char *const *classes,
	const struct ns_metrics_intervals *intervals);

/* One requirement: "f1>=0.9", with >=, >, <=, <. */
struct ns_requirement {
	const char *text, *metric;
	double bound;
	bool below, strict; /* < or <=; without equality */
};
/* All of them, in the arena; NS_ECALL. */
int ns_requirements_parse(struct ns_requirement **out, const struct ns_texts *texts, struct ns_arena *arena, struct ns_err *err);
/*
 * NS_EDATA with "f1 is 0.85, required: f1>=0.9" where it is not met; an undefined metric meets nothing. Where several are not met,
 * all but the last one are complained of here.
 */
int ns_requirements_check(const struct ns_requirement *requirements, size_t count, const struct ns_metrics *metrics, struct ns_err *err);

#endif
