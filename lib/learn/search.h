/*
 * search: which candidate of a grid is best, judged on rows it was not fitted on.
 *
 * Every candidate is scored on the same folds (or on one validation table), best first by the mean of `score`; a tie goes to the
 * earlier candidate, and one whose score is undefined comes last. Folds are stratified by class, differ by one row at most, and
 * are drawn by a keyed hash of the seed and the row's own values (k for its k-th copy), so they depend on the multiset of rows,
 * not on their order. With group_identical equal feature vectors stay together: folds are then as even as the groups allow, and
 * not stratified.
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
	bool group_identical;
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
	uint64_t rows;                 /* scored in all folds together */
	int folds;
};

/* fold[row] in [0, folds). NS_EDATA where a class has fewer rows than there are folds, or the table fewer groups. */
int ns_search_folds(uint32_t *fold, const struct ns_training *training, const struct ns_search_options *options,
	struct ns_arena *arena, struct ns_err *err);

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
