/*
 * encode_table: an encode stage's table, checked and made ready for being applied. Only encode.c includes it.
 */
#ifndef NS_STAGE_ENCODE_TABLE_H
#define NS_STAGE_ENCODE_TABLE_H

#include "stage/encode.h"
#include "stage/encode_find.h"

#define NS_ENCODE_NONE UINT32_MAX

/*
 * One input. An entry is a category, and so are what a missing value and an unknown one are taken for; [0, categories) are the
 * categories, ascending. Its rows in the table: one for each entry, or with many classes one for each output of each entry.
 */
struct ns_encode_variable {
	int strategy;
	uint32_t entries, categories;
	uint32_t missing, unknown; /* entries; NS_ENCODE_NONE: such a value is refused */
	struct ns_encode_finder finder;
	const char **outputs;
	size_t outputs_count;
	const uint32_t *ones;  /* one-hot: of an entry, which output is 1; or NS_ENCODE_NONE */
	const double *codes;   /* else: [entry * outputs_count + output]; ordinal: one more, for values that stay missing */
	size_t from;           /* its first row in the table */
	size_t target;         /* how many before it are encoded by the target */
};

struct ns_encode_table {
	struct ns_encode_variable *variables; /* per input */
	size_t targets;      /* how many of them are encoded by the target; where there are some: */
	struct ns_encode_folds folds;
	const double **fold; /* per fold, a number for each row of the table */
	const char *trail;   /* digest of the rows that were learnt from */
};

/* Nothing in the stage's table is trusted: what does not fit is NS_EDATA. */
int ns_encode_table_load(struct ns_encode_table *table, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err);

#endif
