/*
 * select: which candidate is the one, and the table that shows why: what ns-select does.
 *
 * Candidates are ranked by their score; scores that are equal to twelve decimals are a tie, which goes to the simpler candidate
 * (ns-select(1) says what that means), then to the one that came first. The best is chosen that reaches the base score and, where
 * asked for, whose score on the rows learnt from is not further away than the gap.
 */
#ifndef NS_LEARN_SELECT_H
#define NS_LEARN_SELECT_H

#include "learn/reported.h"

struct ns_select_options {
	double base_score; /* applies to metrics of which more is better; */
	double gap;        /* so does this, unless it was asked for */
	bool base_given, gap_given;
	bool refuse;       /* what has a greater gap is not chosen */
};

struct ns_selection {
	/*
	 * One row a candidate, the best first: rank, learner, params, folds, rows, by, score, score_deviation, train_score, gap (how much
	 * better the rows learnt from look), verdict (chosen, base, gap, undefined or nothing), the metrics, and what else all reports have.
	 */
	struct ns_table table;
	const struct ns_reported *chosen; /* NULL: none will do */
	const char *remark;               /* why none will do; else a warning, or NULL */
};

/* The set's candidates are put in order. NS_ECALL where a base score was asked for and less is better. */
int ns_select(struct ns_selection *selection, struct ns_reported_set *set, const struct ns_select_options *options, struct ns_arena *arena,
	struct ns_err *err);

/* "random-forest -p n_estimators=128 -p criterion=gini": the words of ns-fit's call. */
const char *ns_select_command(const struct ns_reported *chosen, struct ns_arena *arena);

#endif
