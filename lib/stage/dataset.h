/*
 * dataset: a flow's rows as what learning takes: feature columns of complete numbers, and a class for each row.
 *
 * Features are what ns_flow_features marks. A text feature, a missing or infinite value, a missing label, fewer than two classes
 * are NS_EDATA with the remedy. The positive class is --positive, else the schema's, else the stream's metadata (ns:positive).
 */
#ifndef NS_STAGE_DATASET_H
#define NS_STAGE_DATASET_H

#include "stage/flow.h"
#include "stat/labels.h"

struct ns_dataset {
	size_t rows, features;
	const char **names;        /* of the features */
	const double **x;          /* x[feature][row] */
	struct ns_labels labels;   /* labels.y[row] */
	const char **readable;     /* a readable name per class, from the schema or the stream; NULL */
	const char *target;
	int32_t positive;          /* class, or -1 where none is known */
	struct ns_chain chain;     /* the stages that the rows have passed */
	bool synthetic;            /* some rows were made by ns-smote (column ns:synthetic) */
};

/*
 * Reads all rows. like: NULL, or the data set whose features and classes this one must have (a validation table): its columns may
 * stand in any order; a class that it has not, or another chain of stages, is NS_EDATA.
 */
int ns_dataset_read(struct ns_dataset *dataset, struct ns_flow *flow, const struct ns_table_options *options,
	const char *positive, const struct ns_dataset *like, struct ns_err *err);

/*
 * The same in two steps, for a tool that does more with each batch: want marks the columns that a frame must gather (marks:
 * zeroes, one a column of flow->header) and asks the flow for their values; make takes the frame of all rows, whose memory the
 * data set borrows.
 */
int ns_dataset_want(struct ns_dataset *dataset, bool *marks, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset *like, struct ns_err *err);
int ns_dataset_make(struct ns_dataset *dataset, const struct ns_frame *frame, struct ns_flow *flow, const char *positive,
	const struct ns_dataset *like, struct ns_err *err);

#endif
