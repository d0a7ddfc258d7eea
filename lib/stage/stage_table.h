/*
 * stage_table: the columns of a stage's table, put in and taken out again with every doubt removed.
 */
#ifndef NS_STAGE_STAGE_TABLE_H
#define NS_STAGE_STAGE_TABLE_H

#include "stage/stage.h"

/* One more column; table->rows values, which numbers borrow and texts copy. A text of NULL is missing. */
void ns_stage_put_numbers(struct ns_table *table, const char *name, const double *values, struct ns_arena *arena);
int ns_stage_put_texts(struct ns_table *table, const char *name, const char *const *values, struct ns_arena *arena,
	struct ns_err *err);

/*
 * The stored table's column; one that is absent, of the other type, or holds a NUL byte is NS_EDATA. Texts: NULL where missing.
 */
int ns_stage_get_numbers(const double **values, const struct ns_stage *stage, const char *name, struct ns_err *err);
int ns_stage_get_texts(const char ***values, const struct ns_stage *stage, const char *name, struct ns_arena *arena,
	struct ns_err *err);

/* The table must have a row per input, whose column `column` names it. */
int ns_stage_check_inputs(const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err);

/* One of the words in the metadata under key; *choice is its position. */
int ns_stage_get_choice(int *choice, const struct ns_stage *stage, const char *key, const char *const *words, size_t count,
	struct ns_err *err);

/* A name that stands in the list twice, or NULL; sorts the list. */
const char *ns_stage_doubled(const char **names, size_t count);

/* NS_EDATA with "PATH: stage 'scale' is damaged, learn it again: WHAT". */
int ns_stage_damaged(const struct ns_stage *stage, struct ns_err *err, const char *format, ...) __attribute__((format(printf, 3,
	4)));

#endif
