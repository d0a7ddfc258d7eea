/*
 * dataset: a flow's rows as what learning takes: feature columns of complete numbers, and a class for each row.
 *
 * Features are what ns_flow_features marks. A text feature, an infinite or a missing value where those are not taken, a missing label,
 * fewer than two classes are NS_EDATA with the remedy. The positive class is --positive, else the schema's, else the stream's
 * metadata (ns:positive).
 *
 * A column of weights says how much a row counts in learning; it and a column of groups are no features. A row of weight 0 is
 * left out, as if it were not there; a weight that is negative, infinite or missing is NS_EDATA naming its place.
 */
#ifndef NS_STAGE_DATASET_H
#define NS_STAGE_DATASET_H

#include "stage/flow.h"
#include "stat/labels.h"

struct ns_dataset_options {
	const char *positive; /* --positive; NULL */
	const char *weight;   /* a column of the table; NULL: every row counts once */
	const char *group;    /* a column of the table, numbers or text; NULL */
	bool missing;         /* missing values are taken */
	bool infinite;        /* infinite ones are taken */
	bool text;            /* text features are taken, as codes (dataset->texts) */
};

struct ns_dataset {
	size_t rows, features;
	const char **names;        /* of the features */
	const double **x;          /* x[feature][row] */
	const struct ns_series **texts; /* per feature: of a text feature x is a code, which counts texts[feature]->values; NULL: numbers */
	bool missing;              /* some x is NaN */
	const double *weight;      /* of each row, > 0 and finite; NULL: all 1 */
	const char *weight_name;   /* the column they came from; NULL */
	const uint64_t *group;     /* of each row: the same number for equal values, missing ones too; NULL */
	struct ns_labels labels;   /* labels.y[row] */
	const char **readable;     /* a readable name per class, from the schema or the stream; NULL */
	const char *target;
	int32_t positive;          /* class, or -1 where none is known */
	struct ns_chain chain;     /* the stages that the rows have passed */
	bool synthetic;            /* some rows were made by ns-smote (column ns:synthetic) */
};

/*
 * Reads all rows. like: NULL, or the data set whose features and classes this one must have (a validation table): its columns may
 * stand in any order, it needs neither weights nor groups (how's are not looked at); a class that `like` has not, or another chain
 * of stages, is NS_EDATA.
 */
int ns_dataset_read(struct ns_dataset *dataset, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err);

/* The same of a file of its own, read to its end behind the same stages: a validation table. */
int ns_dataset_read_file(struct ns_dataset *dataset, const char *path, const struct ns_table_options *options,
	const struct ns_flow_options *stages, const struct ns_dataset_options *how, const struct ns_dataset *like,
	struct ns_arena *arena, struct ns_err *err);

/*
 * The classes of the flow's target column and which of them is positive (asked: --positive, or NULL), by the same rules, for stages
 * that learn from it.
 */
int ns_dataset_classes(struct ns_labels *labels, int32_t *positive, const struct ns_series *target, size_t rows, const struct ns_flow *flow,
	const char *asked, struct ns_err *err);

/*
 * Reading in two steps, for a tool that does more with each batch: want marks the columns that a frame must gather (marks:
 * zeroes, one a column of flow->header) and asks the flow for their values; make takes the frame of all rows, whose memory the
 * data set borrows and changes. Whoever reads so and gives how->weight sees to it that no weight is missing or negative.
 */
int ns_dataset_want(struct ns_dataset *dataset, bool *marks, struct ns_flow *flow, const struct ns_table_options *options,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err);
int ns_dataset_make(struct ns_dataset *dataset, const struct ns_frame *frame, struct ns_flow *flow,
	const struct ns_dataset_options *how, const struct ns_dataset *like, struct ns_err *err);

#endif
