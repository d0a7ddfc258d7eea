/*
 * metrics_report: metrics as a table, as JSON, and held against what is required of them.
 */
#ifndef NS_STAT_METRICS_REPORT_H
#define NS_STAT_METRICS_REPORT_H

#include "base/json.h"
#include "base/err.h"
#include "stat/metrics.h"
#include "table/table.h"

/*
 * Rows of metric, class, value: "rows" and ns_metrics_names with no class, then precision, recall, f1 and support of each class,
 * then the confusion matrix: predicted_P of class T is how many rows of class T were taken for P. What is undefined has no value.
 */
int ns_metrics_table(struct ns_table *table, const struct ns_metrics *metrics, const char *const *classes,
	struct ns_arena *arena, struct ns_err *err);

/*
 * {"rows", "positive", "accuracy", "balanced_accuracy", "precision", "recall", "f1", "classes": {CLASS: {"precision", "recall",
 * "f1", "support"}}, "macro": {...}, "weighted": {...}, "roc_auc", "pr_auc", "log_loss", "brier", "mcc", "confusion": {"labels":
 * [...], "matrix": [[...]]}}: a row of the matrix is a class of the truth. Keys change with the major version only.
 */
void ns_metrics_json(struct ns_json *json, const struct ns_metrics *metrics, const char *const *classes);

/* One requirement: "f1>=0.9", with >=, >, <=, <. */
struct ns_requirement {
	const char *text, *metric;
	double bound;
	bool below, strict; /* < or <=; without equality */
};
/* NS_ECALL */
int ns_requirement_parse(struct ns_requirement *requirement, const char *text, struct ns_arena *arena, struct ns_err *err);
/* NS_EDATA with "f1 is 0.85, required: f1>=0.9" where it is not met; an undefined metric meets nothing. */
int ns_requirement_check(const struct ns_requirement *requirement, const struct ns_metrics *metrics, struct ns_err *err);

#endif
