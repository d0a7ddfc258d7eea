/*
 * sampling: how many rows each class is to have, imbalanced-learn 0.10's sampling_strategy.
 *
 * What a strategy says depends on whether rows are added, taken away at random, or cleaned away:
 *
 *	                over-sampling                 under-sampling                  cleaning
 *	auto            not-majority                  not-minority                    not-minority
 *	minority        the smallest class grows      refused                         refused
 *	majority        refused                       the largest class shrinks       rows of the largest class go
 *	not-minority    all but the smallest grow     all but the smallest shrink     rows of all but the smallest go
 *	not-majority    all but the largest grow      all but the largest shrink      rows of all but the largest go
 *	all             all grow                      all shrink                      rows of every class go
 *	                to the size of the largest    to the size of the smallest     where the method finds any
 *	0 < F <= 1      of two classes the smaller    of two classes the larger       refused
 *	                to F times the larger         to the smaller divided by F
 *	A=N,B=M         to so many rows               to so many rows                 refused
 *	A,B             refused                       refused                         rows of these classes go
 *
 * Of classes of the same size the first counts as the smallest, and as the largest.
 */
#ifndef NS_LEARN_SAMPLING_H
#define NS_LEARN_SAMPLING_H

#include "base/opt.h"
#include "stat/labels.h"

enum ns_sampling_kind { NS_OVER_SAMPLING, NS_UNDER_SAMPLING, NS_CLEANING };

enum ns_sampling_word { NS_MINORITY, NS_MAJORITY, NS_NOT_MINORITY, NS_NOT_MAJORITY, NS_ALL, NS_RATIO, NS_COUNTS, NS_CLASSES };

struct ns_sampling {
	enum ns_sampling_kind kind;
	enum ns_sampling_word word;
	const char *text;       /* as given, for messages: the word, the ratio */
	double ratio;           /* in (0, 1] */
	struct ns_texts names;  /* classes, in the order given */
	const uint64_t *counts; /* of each; counts only */
};

/*
 * given: the option's list; none is "auto". A blank is as good as a dash: "not minority". What is no strategy of this kind is
 * NS_ECALL, with the nearest word; in cleaning, what is no word is the name of a class.
 */
int ns_sampling_read(struct ns_sampling *sampling, enum ns_sampling_kind kind, const struct ns_texts *given, struct ns_arena *arena,
	struct ns_err *err);

#define NS_SAMPLING_ASIDE SIZE_MAX /* of a class that stays as it is */

/*
 * wanted[class] = how many rows the class is to have, never fewer than it has in over-sampling, nor more in under-sampling; in
 * cleaning 0 where rows may go. counts[class]: how many it has, all > 0. A ratio for other than two classes, a size that rows would
 * have to be taken from, or added to, and an unknown class are NS_ECALL; a class that grows beyond the largest is noted.
 */
int ns_sampling_plan(size_t *wanted, const struct ns_sampling *sampling, const size_t *counts, const struct ns_labels *labels,
	struct ns_err *err);

#endif
