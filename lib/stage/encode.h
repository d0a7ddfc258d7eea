/*
 * encode: categories as numbers, each column by a strategy of its own.
 *
 *	one-hot  a column of 0 and 1 per category, column_category, where the column stood
 *	ordinal  the category's position among the sorted ones: 0, 1, 2 ...
 *	target   how often its rows have the positive class, smoothed; with more than two classes a column for each, column_class
 *
 * As scikit-learn 1.9's OneHotEncoder, OrdinalEncoder and TargetEncoder, to 1e-12. Categories are those of the training rows, sorted
 * bytewise (texts) or by value (numbers), or those of a list, in its order.
 *
 * One-hot: a missing value that occurred in training is a category of its own, column_missing, sorted last; categories rarer than
 * min_frequency, or not among the `top` most frequent, share column_infrequent, which stands behind all others. `drop` leaves out
 * the first column of a variable (of those with two columns only: if-binary), to which all zeros then point. An unknown category,
 * or a missing value that did not occur in training, is refused, or goes to column_infrequent where there is one, else to all
 * zeros. Ordinal: a missing value stays missing or becomes missing_value; the rare ones share the last number; an unknown one is
 * refused, or goes to the rare ones where there are some (unless `ignore`), else becomes unknown_value.
 *
 * Target (D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD Explorations 3, 2001): of n
 * rows of a category, with a share m of the class, and the share p of all rows,
 *
 *	(n m + smooth p) / (n + smooth)                   or with smooth = auto, by empirical Bayes,
 *	(n v m + m (1 - m) p) / (n v + m (1 - m))         where v = p (1 - p)
 *
 * A missing value is a category, an unknown one has the share p. So that learning on the same rows does not see their labels, rows
 * that will be learnt from (stage->training) get the numbers that the rows of the other folds give (encode_folds.h). For that the
 * stage follows the rows of a pass from the first to the empty batch behind the last; rows other than those it was learnt from, or
 * in another order, are NS_EDATA, at the latest then. Two flows of training rows must not share the stage.
 *
 * The stage's table has a row per category, with the target strategy and many classes a row for each class of each:
 *
 *	column    the input: all inputs in their order, each at least once
 *	strategy  one-hot, ordinal, target: of all rows of a column
 *	kind      category (of each column in ascending order), then at most one missing and one unknown
 *	category  of texts
 *	value     of numbers
 *	output    one-hot: the column that is 1; none where it was dropped or is unknown. target: the column that has the number
 *	code      one-hot: which of its column's outputs that is, from 0; ordinal, target: the number
 *	fold_K    target: the number for training rows of fold K, from 1. Where no column has this strategy there are none
 *
 * A value that no row speaks of goes where unknown goes, and is refused where there is no such row. With a target strategy the
 * metadata say how the folds came to be (encode_folds.h), ns:trail (the digest of the rows learnt from), ns:smooth, ns:classes
 * and ns:positive (where they are two).
 */
#ifndef NS_STAGE_ENCODE_H
#define NS_STAGE_ENCODE_H

#include "stage/encode_folds.h"
#include "stage/lesson.h"

/* What lesson->strategy says. */
enum ns_encode_strategy { NS_ENCODE_ONE_HOT, NS_ENCODE_ORDINAL, NS_ENCODE_TARGET };
#define NS_ENCODE_STRATEGIES "one-hot|ordinal|target"
enum ns_encode_drop { NS_ENCODE_DROP_NONE, NS_ENCODE_DROP_FIRST, NS_ENCODE_DROP_IF_BINARY };
#define NS_ENCODE_DROPS "none|first|if-binary"
enum ns_encode_unknown { NS_ENCODE_UNKNOWN_ERROR, NS_ENCODE_UNKNOWN_IGNORE, NS_ENCODE_UNKNOWN_INFREQUENT };
#define NS_ENCODE_UNKNOWNS "error|ignore|infrequent"

/* The categories of a column, in this order. */
struct ns_encode_list {
	const char *column;
	const char *const *values;
	size_t count;
	bool given; /* on the command line, so that the column must be there */
};

struct ns_encode_options {
	int drop, unknown;
	double min_frequency;   /* categories that come less often are infrequent: below 1 a share of all rows, else a number; 0: none are */
	int64_t top;            /* all but the `top` most frequent are infrequent (of equals the later sorted one is more so); 0: none are */
	double unknown_value;   /* ordinal; NaN: missing */
	double missing_value;   /* ordinal; NaN: stays missing */
	int64_t max_categories; /* more in one column are refused, unless by target; and so are more outputs of one column */
	const struct ns_encode_list *lists; /* one-hot, ordinal; a column's first one counts */
	size_t lists_count;
	double smooth;          /* target; NaN: auto */
	uint32_t folds;         /* target */
	uint64_t seed;
};

/*
 * Lists of --categories: "NAME=A,B,C" each, or the word "schema": columns for which the schema in this file (NULL: none was given,
 * which is NS_ECALL) names the allowed values.
 */
int ns_encode_lists_read(struct ns_encode_options *options, const struct ns_texts *given, const char *schema, struct ns_arena *arena,
	struct ns_err *err);

/*
 * NS_EDATA: too many categories; names that meet; a category that is not UTF-8; ordinal: a column without a value. lesson->labels
 * are there where a strategy is target. NS_ECALL: lists or values that do not fit the columns.
 */
int ns_encode_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_encode_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
