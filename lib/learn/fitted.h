/*
 * fitted: a learner, parameters and a data set become a model stage that says how it came to be.
 */
#ifndef NS_LEARN_FITTED_H
#define NS_LEARN_FITTED_H

#include "learn/search.h"
#include "stage/dataset.h"

/* The data set as a training set: shares its memory. */
struct ns_training ns_fitted_training(const struct ns_dataset *dataset, uint64_t seed, int threads);

/*
 * NS_ECALL where the call does not say, or says twice, how candidates are to be scored. valid: the validation table; report: where
 * the report goes; NULL each where not given.
 */
int ns_fitted_check_call(const struct ns_search_options *options, size_t candidates, const char *valid, const char *report,
	struct ns_err *err);

/*
 * NS_ECALL where the call asks of the rows what would mislead: folds of rows of which some are synthetic; a threshold of its own
 * without two classes of which one is positive.
 */
int ns_fitted_check(const struct ns_dataset *dataset, const struct ns_search_options *options, bool own_threshold,
	struct ns_err *err);

/*
 * Fits one candidate on all rows. Its metadata: ns:params (all of them), ns:seed, ns:rows, ns:train:METRIC for every metric on
 * the rows it was fitted on, and, where found is not NULL, ns:search:METRIC, the mean over the folds it was chosen by, and
 * ns:folds.
 */
int ns_fitted_stage(struct ns_stage *stage, const struct ns_learner *learner, const struct ns_value *values,
	const struct ns_dataset *dataset, const struct ns_training *training, const struct ns_search_options *options,
	const struct ns_candidate *found, struct ns_arena *arena, struct ns_err *err);

/* ns-fit --list: every learner with its parameters, defaults and what they take. */
const char *ns_fitted_list(struct ns_arena *arena);

#endif
