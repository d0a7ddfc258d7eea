/*
 * compare: models side by side, measured on the same rows: metrics, their intervals, their differences from the first model's,
 * and McNemar's test of whether a model is right about other rows than the first one is.
 */
#ifndef NS_STAT_COMPARE_H
#define NS_STAT_COMPARE_H

#include "stat/bootstrap.h"

/*
 * Rows that only one of two models has right (Q. McNemar, "Note on the sampling error of the difference between correlated
 * proportions", 1947). Below 25 such rows the two-sided binomial test, exact; its statistic is the smaller number. From 25 on
 * chi-square with continuity correction, (|b - c| - 1)^2 / (b + c). As statsmodels.stats.contingency_tables.mcnemar.
 */
struct ns_mcnemar {
	uint64_t first_only, this_only;
	bool exact;
	double statistic, p;
};
enum { NS_MCNEMAR_EXACT = 25 };
struct ns_mcnemar ns_mcnemar_test(uint64_t first_only, uint64_t this_only);

/* The chance that chi-square with one degree of freedom exceeds x >= 0: some 1e-14 of itself right, the same bits everywhere. */
double ns_chi_square_tail(double x);

struct ns_compared {
	const char *name;
	double values[NS_METRICS], difference[NS_METRICS]; /* difference: less the first model's */
	struct ns_interval own[NS_METRICS], differences[NS_METRICS];
	struct ns_mcnemar mcnemar; /* against the first model; of itself nothing */
	uint64_t undefined;
};

/* models: aligned (ns_predictions_align); they are called as their files are. One a model, in the arena. */
struct ns_compared *ns_compare(const struct ns_predictions *models, size_t count, const struct ns_bootstrap *bootstrap, struct ns_arena *arena);

#endif
