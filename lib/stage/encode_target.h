/*
 * encode_target: the learning of target encodings (encode.h). Only the learning of encodings includes it.
 */
#ifndef NS_STAGE_ENCODE_TARGET_H
#define NS_STAGE_ENCODE_TARGET_H

#include "stage/encode_rows.h"

/* What all columns have in common. */
struct ns_encode_target {
	const struct ns_lesson *lesson;
	const struct ns_encode_options *options;
	struct ns_encode_folds folds;
	uint8_t *fold;       /* of each row */
	uint32_t outputs;    /* of each column: one for each class, or one for the positive of two */
	uint32_t positive;   /* of two */
	uint64_t *counts;    /* of all rows: counts[fold * (outputs + 1)] of them, and behind it those of each output's class */
	struct ns_encode_trail trail;
};

/* columns: how many there are. NS_EDATA: a class that is not UTF-8. */
int ns_encode_target_init(struct ns_encode_target *target, const struct ns_lesson *lesson, const struct ns_encode_options *options, size_t columns,
	struct ns_arena *arena, struct ns_err *err);
/* Adds the rows of one column, the columns one after the other as the stage has them. */
int ns_encode_target_add(struct ns_encode_rows *rows, struct ns_encode_target *target, size_t column, const struct ns_encode_categories *found,
	const struct ns_series *series, struct ns_arena *arena, struct ns_err *err);
/* What the stage's metadata say; ends the trail. */
void ns_encode_target_put(struct ns_metadata *metadata, struct ns_encode_target *target, struct ns_arena *arena);

#endif
