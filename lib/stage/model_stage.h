/*
 * model stage: a model with what makes its numbers mean something: features, classes, positive class, threshold.
 *
 * Metadata beside stage.h's: ns:learner, ns:params ("n_estimators=128 ..."), ns:target, ns:classes (list, ascending),
 * ns:labels (list of readable names, one a class; absent where none are known), ns:positive (a class; absent where unknown),
 * ns:threshold, ns:seed, ns:rows (trained on), and ns:train:METRIC for its training metrics. The inputs are the features, in
 * order.
 *
 * Applied, it adds `prediction` (the label as it is in the data: numbers where all classes are), `label` where readable names
 * are known, and one probability_CLASS per class. An infinite feature is NS_EDATA with the remedy, and so is a missing one unless the
 * model is of trees that were trained with missing values.
 */
#ifndef NS_STAGE_MODEL_STAGE_H
#define NS_STAGE_MODEL_STAGE_H

#include "model/model.h"
#include "stage/stage.h"

struct ns_model_stage {
	struct ns_model model;
	const char *learner, *target;
	const char **classes;       /* names */
	const double *class_values; /* their numbers; NULL where text */
	const char **labels;        /* readable names; NULL */
	int32_t positive;           /* class, or -1 */
	double threshold;
	const char *prefix;         /* in front of the added columns' names; "" unless the tool sets it */
};

/* Names of the columns the stage adds, in order; *count of them. */
void ns_model_stage_outputs(const char ***names, size_t *count, const struct ns_model_stage *stage, struct ns_arena *arena);

/* Target, classes, positive class and readable names, for the metadata of tables that the model has judged. */
void ns_model_stage_describe(struct ns_metadata *metadata, const struct ns_model_stage *stage, struct ns_arena *arena);

/* Makes the stage; `info` holds further metadata (ns:params, ns:train:f1, ...). */
int ns_model_stage_make(struct ns_stage *out, const struct ns_model_stage *model, const char *const *features,
	const struct ns_metadata *info, const struct ns_chain *before, struct ns_arena *arena, struct ns_err *err);

#endif
