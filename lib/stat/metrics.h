/*
 * metrics: how good predictions are, to the last digit as scikit-learn computes it.
 *
 * Classes are 0 .. classes-1. Division by zero gives 0 (scikit-learn's zero_division default) and is counted in `undefined`; what
 * has no meaning at all (ROC AUC with one class present, log loss without probabilities, anything without rows) is NaN. Means
 * over classes (macro) take those that occur in truth or prediction; balanced accuracy and the one-vs-rest AUCs those that occur
 * in the truth. Results do not depend on the order of rows.
 */
#ifndef NS_STAT_METRICS_H
#define NS_STAT_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"

struct ns_class_metrics {
	double precision, recall, f1;
	uint64_t support, predicted; /* rows of this class; rows taken for it */
};
enum { NS_METRICS = 16 }; /* names in ns_metrics_names */

struct ns_metrics {
	uint64_t rows;
	uint32_t classes;
	int32_t positive;          /* -1: none known */
	uint64_t *confusion;       /* truth * classes + prediction */
	struct ns_class_metrics *per_class;
	struct ns_class_metrics macro, weighted;
	double accuracy, balanced_accuracy, mcc;
	double f1;                 /* of the positive class, else macro: what --score f1 means */
	double roc_auc, pr_auc;    /* binary: of the positive class (else class 1); more: one-vs-rest macro; PR AUC is average precision */
	double log_loss, brier;    /* clipped as by scikit-learn 1.2; binary (p - y)^2 of the positive class, more: sum over classes */
	uint64_t undefined;        /* divisions by zero */
};

/*
 * truth, prediction: rows classes each. probability: rows x classes row-major, every one in [0, 1], or NULL. O(n log n) for the
 * AUCs. Takes 8 classes^2 bytes for the confusion matrix: refuse columns with thousands of classes before.
 */
void ns_metrics_compute(struct ns_metrics *metrics, const uint32_t *truth, const uint32_t *prediction, const double *probability,
	uint64_t rows, uint32_t classes, int32_t positive, struct ns_arena *arena);

/*
 * The same from what is counted already: classes, positive, confusion and room for per_class are the caller's; fills in rows and
 * everything that follows from the confusion matrix (all rows 0: NaN), and leaves ranking and probabilities undefined.
 */
void ns_metrics_of_confusion(struct ns_metrics *metrics);
/* -log of the probability of the true class: clipped to [eps, 1 - eps] and brought back to the sum 1, as scikit-learn 1.2 does. */
double ns_metrics_row_loss(const double *probability, uint32_t classes, uint32_t truth);
/* (p - y)^2 of class `positive` of two; of more the sum over classes. */
double ns_metrics_row_brier(const double *probability, uint32_t classes, uint32_t truth, uint32_t positive);
/* Fills in roc_auc and pr_auc from the areas of the ranked classes: means over those that have rows. */
struct ns_areas;
void ns_metrics_rank(struct ns_metrics *metrics, const struct ns_areas *areas, uint32_t count);
/* The class whose ranking counts where there are two: the positive one, else class 1. */
static inline uint32_t ns_metrics_ranked(int32_t positive)
{
	return positive >= 0 ? (uint32_t)positive : 1;
}

/*
 * Value by name: accuracy balanced_accuracy precision recall f1 (positive class; else macro) f1_macro f1_weighted precision_macro
 * ... roc_auc pr_auc log_loss brier mcc. False where there is no such metric. *higher_is_better may be NULL.
 */
bool ns_metrics_value(double *value, bool *higher_is_better, const struct ns_metrics *metrics, const char *name);
extern const char *const ns_metrics_names[]; /* NULL-terminated */
/* All of them, in the order of ns_metrics_names. */
void ns_metrics_values(double values[NS_METRICS], const struct ns_metrics *metrics);
bool ns_metrics_higher_is_better(const char *name);

#endif
