/*
 * lesson: the rows that a stage is learnt from.
 */
#ifndef NS_STAGE_LESSON_H
#define NS_STAGE_LESSON_H

#include "stage/stage.h"
#include "stat/labels.h"

struct ns_lesson {
	size_t rows, width;
	const struct ns_series **series; /* the columns that the stage is for: numbers before texts, otherwise in the table's order */
	const char *source;              /* for messages */
	const struct ns_chain *before;   /* what the rows have passed */
	int *strategy;                   /* per column: how it is to be learnt, by the tool's own numbers */
	const struct ns_labels *labels;  /* the target's classes, where a strategy asks for them; else NULL */
	int32_t positive;                /* of them, or -1 */
};

/* Of all columns of the frame but the target, where that is there (NULL: no name). Strategies are 0, there are no classes. */
void ns_lesson_init(struct ns_lesson *lesson, const struct ns_frame *frame, const char *target, const char *source,
	const struct ns_chain *before, struct ns_arena *arena);

/* A lesson of the marked columns alone, and their number. The rest is shared. */
size_t ns_lesson_part(struct ns_lesson *part, const struct ns_lesson *lesson, const bool *marks, struct ns_arena *arena);

/* The stage of this table, whose inputs are the lesson's columns. outputs NULL: they keep their names. */
int ns_lesson_finish(struct ns_stage *stage, const struct ns_lesson *lesson, const struct ns_stage_kind *kind,
	const struct ns_table *table, const char *const *outputs, size_t outputs_count, struct ns_arena *arena, struct ns_err *err);

/* The names of the lesson's columns. */
const char **ns_lesson_names(const struct ns_lesson *lesson, struct ns_arena *arena);

/* NS_EDATA: the column has no value to learn from; remedy goes on behind the first one: ", --strategy constant fills it". */
int ns_lesson_empty(const struct ns_lesson *lesson, const struct ns_series *series, const char *remedy, struct ns_err *err);

#endif
