/*
 * labels: a label column as classes.
 *
 * A label is the value it is in the data ("-1", "normal"). Labels that are all numbers are classes by value (-1 and -1.0 are
 * one), named by the shortest decimal and sorted numerically; otherwise by bytes, sorted bytewise. Missing labels are refused by
 * whoever reads them.
 */
#ifndef NS_STAT_LABELS_H
#define NS_STAT_LABELS_H

#include "table/frame.h"

struct ns_labels {
	uint32_t classes;
	const char **names;   /* ascending */
	const double *values; /* their numbers; NULL where text */
	const uint32_t *y;    /* class of each row; NS_CODE_MISSING where missing */
};

/* Classes of a whole series, in the arena. At most 65,536 classes: more is NS_EDATA naming the column ("not a label?"). */
int ns_labels_of(struct ns_labels *labels, const struct ns_series *series, size_t rows, struct ns_arena *arena,
	struct ns_err *err);
/* The class with this name (as a number where both are), or -1. */
int32_t ns_labels_find(const struct ns_labels *labels, const char *name);

#endif
