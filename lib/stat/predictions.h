/*
 * predictions: a table of predictions beside their truth, read into memory as ns_metrics_compute wants it.
 *
 * Classes are those that the truth, the predictions or the names of probability columns (PREFIX probability_CLASS) know, in the
 * order of labels.h. A class without a probability column has probability 0, or, of two classes, what the other leaves. A row
 * without truth or prediction, or with a probability outside [0, 1], is NS_EDATA naming its place, or left out and counted under
 * --on-error skip.
 */
#ifndef NS_STAT_PREDICTIONS_H
#define NS_STAT_PREDICTIONS_H

#include "table/stream.h"

enum { NS_PREDICTIONS_CLASSES_MAX = 1000 }; /* more is NS_EDATA: no label, and the confusion matrix grows with the square */

struct ns_predictions_options {
	const char *prediction; /* the column; NULL: PREFIX prediction */
	const char *prefix;     /* NULL: none */
	const char *positive;   /* --positive; NULL: the schema's, else metadata ns:positive */
	bool skip;              /* --on-error skip */
};

struct ns_predictions {
	const char *source;          /* for messages */
	const char *target, *column; /* names of the two columns */
	uint64_t rows, skipped;
	uint32_t classes;
	const char **names;
	uint32_t *truth, *prediction;
	double *probability; /* row * classes + class; NULL where the table has none */
	int32_t positive;    /* -1: none known */
};

/* Reads all rows; those predicted wrongly also go to `wrong` (NULL: nowhere), which is not finished here. No rows is NS_EDATA. */
int ns_predictions_read(struct ns_predictions *predictions, struct ns_reader *reader, struct ns_writer *wrong,
	const struct ns_predictions_options *options, struct ns_arena *arena, struct ns_err *err);

/*
 * Several models' predictions of the same rows in the same order get the same classes (all that any of them knows) and positive
 * class (that of the first that knows one). Another number of rows, another truth in some row, or another positive class is
 * NS_EDATA naming it.
 */
int ns_predictions_align(struct ns_predictions *models, size_t count, struct ns_arena *arena, struct ns_err *err);

#endif
