/*
 * impute: missing values replaced by one that was learnt for their column.
 *
 *	mean           rounded exactly
 *	median         the middle value, or the mean of the two middle ones
 *	most_frequent  the lowest (by value, or bytewise) of those that come most often
 *	constant       what the call says
 *
 * As scikit-learn's SimpleImputer, to 1e-12. Every column has a value to fill in, whether or not it had missing ones in training.
 * Values that are there stay as they came: in CSV byte for byte; in Arrow they keep their type where the filled-in value is one
 * of it, and else become float64, whatever the batch holds.
 *
 * The stage's table has a row per column: column, type (number, text), strategy, value (of numbers), text (of texts); its
 * metadata say ns:inf = missing or keep.
 */
#ifndef NS_STAGE_IMPUTE_H
#define NS_STAGE_IMPUTE_H

#include "stage/lesson.h"

enum ns_impute_strategy { NS_IMPUTE_MEAN, NS_IMPUTE_MEDIAN, NS_IMPUTE_MOST_FREQUENT, NS_IMPUTE_CONSTANT };
#define NS_IMPUTE_STRATEGIES "mean|median|most_frequent|constant"

struct ns_impute_options {
	int strategy, text_strategy; /* enum ns_impute_strategy; of text only the latter two */
	double fill;                 /* for constant; finite */
	const char *text_fill;       /* likewise; not empty */
	bool inf_missing;            /* infinities are missing values, too */
};

/* A column without any value, unless its strategy is constant, and one whose fill would be infinite are NS_EDATA. */
int ns_impute_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
