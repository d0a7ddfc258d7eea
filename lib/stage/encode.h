/*
 * encode: categories as numbers.
 *
 *	one-hot  a column of 0 and 1 per category, column_category, where the column stood
 *	ordinal  the category's position among the sorted ones: 0, 1, 2 ...
 *
 * Categories are those of the training rows, sorted bytewise (texts) or by value (numbers), as scikit-learn 1.2's OneHotEncoder
 * and OrdinalEncoder have them. One-hot: a missing value that occurred in training is a category of its own, column_missing,
 * sorted last; categories rarer than min_frequency share column_infrequent, which stands behind all others. `drop` leaves out the
 * first column of a variable (of those with two columns only: if-binary), to which all zeros then point. An unknown category, or
 * a missing value that did not occur in training, is refused, or goes to column_infrequent where there is one, else to all zeros.
 * Ordinal: a missing value stays missing, an unknown one is refused or becomes unknown_value.
 *
 * The stage's table has a row per category:
 *
 *	column    the input: all inputs in their order, each at least once
 *	kind      category (of each column in ascending order), then at most one missing and one unknown
 *	category  of texts
 *	value     of numbers
 *	output    one-hot: the column that is 1; none where it was dropped or is unknown
 *	code      one-hot: which of its column's outputs that is, from 0; ordinal: the number
 *
 * A value that no row speaks of goes where unknown goes, and is refused where there is no such row.
 * Its metadata say ns:strategy = one-hot or ordinal.
 */
#ifndef NS_STAGE_ENCODE_H
#define NS_STAGE_ENCODE_H

#include "stage/lesson.h"

enum ns_encode_strategy { NS_ENCODE_ONE_HOT, NS_ENCODE_ORDINAL };
#define NS_ENCODE_STRATEGIES "one-hot|ordinal"
enum ns_encode_drop { NS_ENCODE_DROP_NONE, NS_ENCODE_DROP_FIRST, NS_ENCODE_DROP_IF_BINARY };
#define NS_ENCODE_DROPS "none|first|if-binary"
enum ns_encode_unknown { NS_ENCODE_UNKNOWN_ERROR, NS_ENCODE_UNKNOWN_IGNORE, NS_ENCODE_UNKNOWN_INFREQUENT };
#define NS_ENCODE_UNKNOWNS "error|ignore|infrequent"

struct ns_encode_options {
	int strategy, drop, unknown;
	double min_frequency;   /* categories that come less often are infrequent: below 1 a share of all rows, else a number; 0: none are */
	double unknown_value;   /* ordinal */
	int64_t max_categories; /* more in one column are refused */
};

/* NS_EDATA: too many categories; names that meet; a category that is not UTF-8; ordinal: a column without a value. */
int ns_encode_learn(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_encode_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
