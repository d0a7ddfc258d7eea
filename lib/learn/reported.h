/*
 * reported: candidates as reports (report.h) tell of them, those of all folds and families added up.
 *
 * Rows of one learner and the same params are one candidate; its scores are the means over all folds, each fold counting once. All
 * must have been scored by the same metric on the same number of folds, else NS_EDATA: means over different folds do not compare.
 */
#ifndef NS_LEARN_REPORTED_H
#define NS_LEARN_REPORTED_H

#include "stat/metrics.h"
#include "table/frame.h"

struct ns_reported {
	const char *learner, *params; /* params NULL: none given */
	size_t index;                 /* of its first row, from 0: the order in which candidates came */
	double folds, rows, score, variance, train;
	double metrics[NS_METRICS];
	double fit_seconds, score_seconds; /* NaN where not all reports have them */
	double *scores, *train_scores;     /* of each fold; count of them, not more than folds */
	size_t count;
};

struct ns_reported_set {
	struct ns_reported *items; /* in the order they came */
	size_t count;              /* >= 1 */
	const char *by;            /* the metric */
	bool all_folds, seconds;   /* each fold's score is known of all; the times are */
};

/* One report in memory. */
struct ns_reported_file {
	struct ns_frame frame;
	const char *source;
};

/*
 * What to read of a report: marks and types of its header's columns, others are passed over. NS_EDATA naming the column where one is
 * missing: not a report then.
 */
int ns_reported_want(bool *marks, enum ns_type *types, const struct ns_table *header, struct ns_err *err);

int ns_reported_read(struct ns_reported_set *set, const struct ns_reported_file *files, size_t count, struct ns_arena *arena,
	struct ns_err *err);

/* "random-forest n_estimators=8", for messages. */
const char *ns_reported_name(const struct ns_reported *reported, struct ns_arena *arena);

#endif
