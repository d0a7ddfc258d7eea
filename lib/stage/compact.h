/*
 * compact: a stage's column of numbers in the smallest Arrow type that holds them all: whole numbers in 8, 16 or 32 bits, others as
 * float32 where that is exact for each, else float64. Missing ones (NaN) are null.
 */
#ifndef NS_STAGE_COMPACT_H
#define NS_STAGE_COMPACT_H

#include "stage/stage.h"
#include "table/arrow.h"

/* What some values are like: enough to say which types hold them all. No values are of every type of numbers. */
struct ns_compact_range {
	double least, most;
	bool whole, single; /* all of them are whole numbers; are exact in single precision */
};
/* values[rows[i]], or values[i] where rows is NULL; NaN is left out. */
struct ns_compact_range ns_compact_range_of(const double *values, const uint32_t *rows, size_t count);
bool ns_compact_range_is_of_type(const struct ns_compact_range *range, const struct ns_arrow_type *type);

/* The column becomes one of `count` values: values[rows[i]], or values[i] where rows is NULL. */
void ns_compact_put(struct ns_column *column, const char *name, const double *values, const uint32_t *rows, size_t count, struct ns_arena *arena);

/* The stored table's column, of any type of numbers; NaN where missing. One that is absent or holds no numbers is NS_EDATA. */
int ns_compact_get(const double **values, const struct ns_stage *stage, const char *name, struct ns_arena *arena, struct ns_err *err);

#endif
