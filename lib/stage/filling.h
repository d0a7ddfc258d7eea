/*
 * filling: numbers put in place of a column's missing ones, everything else as it came: what the kinds of imputation share.
 *
 * In CSV values that are there keep their bytes. In Arrow they keep their type where every number that may ever be filled in is
 * one of it, and else become float64: the kind knows, whatever the batch holds.
 */
#ifndef NS_STAGE_FILLING_H
#define NS_STAGE_FILLING_H

#include <math.h>

#include "table/arrow.h"

/* inf_missing: infinities are missing values, too. */
static inline bool ns_filling_is_gone(double value, bool inf_missing)
{
	return isnan(value) || (inf_missing && isinf(value));
}
size_t ns_filling_count(const double *numbers, size_t rows, bool inf_missing);

/* Is the value one of this Arrow type? */
bool ns_filling_is_of_type(double value, const struct ns_arrow_type *type);
/* One that is, as its bytes; not of bool. */
void ns_filling_store(void *bytes, double value, const struct ns_arrow_type *type);

/*
 * The column's missing numbers become those of `filled`, which holds all its rows and is borrowed. keeps: all that may be filled
 * in is of the type of the column's array; of columns without one it says nothing.
 */
int ns_filling_put(struct ns_column *column, const double *filled, size_t rows, bool inf_missing, bool keeps, struct ns_arena *arena,
	struct ns_err *err);

#endif
