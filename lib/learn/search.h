/*
 * search: which candidate of a grid is best, judged on rows it was not fitted on.
 *
 * Every candidate is scored on the same folds (or on one validation table), best first by the mean of `score`; a tie goes to the
 * earlier candidate, and one whose score is undefined comes last. Folds are those of folds.h, the same for all candidates of all
 * learners. Weights count in fitting, not in scores.
 */
#ifndef NS_LEARN_SEARCH_H
#define NS_LEARN_SEARCH_H

#include "learn/learner.h"
#include "stat/metrics.h"

struct ns_search_options {
	const char *score;    /* a name of ns_metrics_names */
	int32_t positive;     /* class, or -1 */
	double threshold;     /* of the positive class, 0.5 */
	int folds;            /* >= 2, for ns_search_cv */
	bool timing;          /* look at the clock */
	bool group_identical;
	const uint64_t *group;  /* of each row of the training set: equal ones stay in one fold; NULL: no groups */
	const char *group_name; /* of the column, for messages */
	const char *const *classes; /* names, for messages */
};

/* NS_ECALL, with the nearest name, where there is no such metric. */
int ns_search_check_score(const char *score, struct ns_err *err);

struct ns_candidate {
	size_t index;                 /* in the grid, from 0 */
	const struct ns_value *values;
	double score, score_deviation; /* mean over folds; their standard deviation (population), 0 for one */
	double train_score;            /* mean score on the rows it was fitted on */
	double *metrics;               /* mean of each of ns_metrics_names; NaN where undefined in some fold */
	double *scores, *train_scores; /* of each fold */
	uint64_t rows;                 /* scored in all folds together */
	int folds;
	/*
	 * A fold's mean time, 0 without timing. Candidates are fitted and scored together, since they share work: each gets an equal part.
	 */
	double fit_seconds, score_seconds;
};

/*
 * found: `candidates` of them, best first, in the arena. NS_EDATA where the score is undefined for every one of them (ROC AUC on
 * rows of one class).
 */
int ns_search_cv(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_value *const *values, size_t candidates, const struct ns_search_options *options, struct ns_arena *arena,
	struct ns_err *err);
int ns_search_valid(struct ns_candidate **found, const struct ns_learner *learner, const struct ns_training *training,
	const struct ns_training *valid, const struct ns_value *const *values, size_t candidates,
	const struct ns_search_options *options, struct ns_arena *arena, struct ns_err *err);

/* The metrics of a fitted model on rows. */
void ns_search_measure(struct ns_metrics *metrics, const struct ns_model *model, const struct ns_training *data,
	const struct ns_search_options *options, struct ns_arena *arena);

#endif
