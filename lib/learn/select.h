/*
 * select: the candidates' reports of all folds and families added up, best first: what ns-select does.
 *
 * Rows of one learner and the same params are one candidate; its scores are the mean over all folds, each fold counting once. All
 * candidates must have been scored by the same metric on the same number of folds, else NS_EDATA: means over different folds do
 * not compare. Ties go to the candidate that came first.
 */
#ifndef NS_LEARN_SELECT_H
#define NS_LEARN_SELECT_H

#include "table/frame.h"

/*
 * reports: a frame of report.h's columns (all of them are needed). ranked: a table in the arena with the columns rank, learner,
 * params, folds, rows, by, score, score_deviation, train_score and the metrics, one row a candidate.
 */
int ns_select_rank(struct ns_table *ranked, const struct ns_frame *reports, struct ns_arena *arena, struct ns_err *err);

/* "random-forest -p n_estimators=128 -p criterion=gini": the words of ns-fit's call for the row. */
const char *ns_select_command(const struct ns_table *ranked, size_t row, struct ns_arena *arena);

#endif
