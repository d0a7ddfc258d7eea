/*
 * fitted: a learner, parameters and a data set become a model stage that says how it came to be.
 *
 *	check_call, ns_dataset_read into fitting.dataset, prepare, search where there is something to choose, stage
 */
#ifndef NS_LEARN_FITTED_H
#define NS_LEARN_FITTED_H

#include "learn/search.h"
#include "stage/dataset.h"

struct ns_fitting {
	const struct ns_learner *learner;
	struct ns_value **values; /* of each candidate */
	size_t candidates;
	struct ns_search_options how; /* score, threshold and folds are the caller's; prepare adds what the data set knows */
	struct ns_dataset dataset;
	struct ns_training training;  /* shares the data set's memory */
};

/*
 * NS_ECALL where the call does not say, or says twice, how candidates are to be scored. valid: the validation table; report: where
 * the report goes; NULL each where not given.
 */
int ns_fitted_check_call(const struct ns_fitting *fitting, const char *valid, const char *report, struct ns_err *err);

/* The data set as a training set: shares its memory. */
struct ns_training ns_fitted_training(const struct ns_dataset *dataset, uint64_t seed, int threads);

/*
 * Once the data set is read. NS_ECALL where the call asks of the rows what would mislead: folds of rows of which some are
 * synthetic; a threshold of its own without two classes of which one is positive.
 */
int ns_fitted_prepare(struct ns_fitting *fitting, uint64_t seed, int threads, bool own_threshold, struct ns_err *err);

/*
 * Scores the candidates, best first, on folds, or on the rows held out, which may not be synthetic (NULL: folds; name: their
 * file's, for messages). Where those have values missing, all models are made to take them, the final one, too.
 */
int ns_fitted_search(struct ns_candidate **found, struct ns_fitting *fitting, const struct ns_dataset *held_out, const char *name,
	struct ns_arena *arena, struct ns_err *err);

/*
 * Fits one candidate on all rows: the one found (its first where found is NULL). Its metadata: ns:params (all of them), ns:weight
 * (the column, where rows had weights), ns:seed, ns:rows, ns:train:METRIC for every metric on the rows it was fitted on, and, where
 * found is not NULL, ns:search:METRIC, the mean over the folds it was chosen by, and ns:folds.
 */
int ns_fitted_stage(struct ns_stage *stage, const struct ns_fitting *fitting, const struct ns_candidate *found, struct ns_arena *arena,
	struct ns_err *err);

/* ns-fit --list: every learner with its parameters, defaults and what they take. */
const char *ns_fitted_list(struct ns_arena *arena);

#endif
