/*
 * impute: missing values replaced, each column's by a strategy of its own.
 *
 *	mean           rounded exactly
 *	median         the middle value, or the mean of the two middle ones
 *	most_frequent  the lowest (by value, or bytewise) of those that come most often
 *	constant       what the call says
 *	knn            what the nearest rows have there: a stage of its own, impute_neighbors.h
 *
 * As scikit-learn's SimpleImputer, to 1e-12. Every column has a value to fill in, whether or not it had missing ones in training.
 * Values that are there stay as they came: in CSV byte for byte; in Arrow they keep their type where the filled-in value is one
 * of it, and else become float64, whatever the batch holds.
 *
 * Flags, as its MissingIndicator: a column of 0 and 1, NAME_missing, tells where NAME was missing before anything was filled in.
 * They stand behind all other columns, in the order of the stage's table.
 *
 * The stage's table has a row per column:
 *
 *	column
 *	type       number or text
 *	strategy   as above; knn: a later stage fills it; drop: it is left out
 *	value      of numbers: what fills it
 *	text       of texts
 *	indicator  the name of its flag's column; missing: it has none
 *
 * Its metadata say ns:inf = missing or keep.
 */
#ifndef NS_STAGE_IMPUTE_H
#define NS_STAGE_IMPUTE_H

#include "stage/bundle.h"
#include "stage/impute_neighbors.h"

enum ns_impute_strategy { NS_IMPUTE_MEAN, NS_IMPUTE_MEDIAN, NS_IMPUTE_MOST_FREQUENT, NS_IMPUTE_CONSTANT, NS_IMPUTE_KNN };
#define NS_IMPUTE_STRATEGIES "mean|median|most_frequent|constant|knn"
enum { NS_IMPUTE_DROP = NS_IMPUTE_KNN + 1, NS_IMPUTE_WAYS };
extern const char *const ns_impute_ways[NS_IMPUTE_WAYS]; /* their words in the stage's table */
extern const char *const ns_impute_infinities[2];

enum ns_impute_empty { NS_IMPUTE_EMPTY_REFUSE, NS_IMPUTE_EMPTY_DROP, NS_IMPUTE_EMPTY_FILL };
#define NS_IMPUTE_EMPTIES "refuse|drop|fill"
enum ns_impute_flags { NS_IMPUTE_FLAGS_NONE, NS_IMPUTE_FLAGS_MISSING, NS_IMPUTE_FLAGS_ALL };

struct ns_impute_options {
	double fill;           /* for constant; finite */
	const char *text_fill; /* likewise; not empty */
	bool inf_missing;      /* infinities are missing values, too */
	int empty;             /* enum ns_impute_empty: columns without a value; fill: as if they were constant ones */
	int flags;             /* enum ns_impute_flags: of no column, of those with missing values here, of all */
	struct ns_impute_neighbors_options neighbors; /* for knn; its inf_missing is this one's */
};

/*
 * Appends the stages that fill the lesson's columns, each by its lesson->strategy: first this one, unless it would have no column
 * while there are some for knn; then impute_neighbors, learnt behind it, where there are some. NS_EDATA: a text with a strategy
 * that is not most_frequent or constant; a column without any value, unless its strategy is constant or `empty` lets it pass; a
 * fill that would be infinite.
 */
int ns_impute_learn(struct ns_bundle *learnt, const struct ns_lesson *lesson, const struct ns_impute_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
