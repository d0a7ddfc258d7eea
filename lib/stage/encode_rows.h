/*
 * encode_rows: the stage's table while it grows, and the categories that it is made of. For the files of encode alone.
 */
#ifndef NS_STAGE_ENCODE_ROWS_H
#define NS_STAGE_ENCODE_ROWS_H

#include "stage/encode.h"

enum ns_encode_kind { NS_ENCODE_CATEGORY, NS_ENCODE_MISSING, NS_ENCODE_UNKNOWN };
enum { NS_ENCODE_KINDS = 3, NS_ENCODE_STRATEGY_COUNT = 3 };
extern const char *const ns_encode_kind_names[NS_ENCODE_KINDS], *const ns_encode_strategy_names[NS_ENCODE_STRATEGY_COUNT];

struct ns_encode_category {
	const char *text; /* of texts */
	double value;     /* of numbers */
	size_t count;     /* rows that have it */
	bool missing, rare;
};

/* A column's, ascending, a missing value last. */
struct ns_encode_categories {
	struct ns_encode_category *list;
	size_t count;
	size_t missing; /* rows without a value, whether or not that is a category */
	const size_t *turn; /* the order in which they are numbered: positions in the list */
};

/* Those that occur; `missing`: rows without a value have one of their own, where there are some. Numbered as they stand. */
void ns_encode_categories_find(struct ns_encode_categories *found, const struct ns_series *series, size_t rows, bool missing,
	struct ns_arena *arena);
/*
 * Those of `list` instead, in the order in which it has them. Values that are no number of a number column, or twice in the list,
 * are NS_ECALL; others that occur are unknown from now on, which is NS_EDATA where `refuse`, else noted.
 */
int ns_encode_categories_replace(struct ns_encode_categories *found, const struct ns_series *series, const struct ns_encode_list *list, bool refuse,
	const char *source, struct ns_arena *arena, struct ns_err *err);
/* Marks the rare ones, of `rows` in all. A missing value is none of them where it is no category. */
void ns_encode_categories_mark(struct ns_encode_categories *found, size_t rows, const struct ns_encode_options *options, struct ns_arena *arena);

struct ns_encode_rows {
	const char **column, **strategy, **kind, **category, **output;
	double *value, *code;
	double *fold[NS_ENCODE_FOLDS_MAX]; /* folds of them */
	uint32_t folds;
	size_t count;
	const char **outputs; /* the names of all columns that come to be, in order */
	size_t outputs_count;
};

void ns_encode_rows_init(struct ns_encode_rows *rows, size_t capacity, uint32_t folds, struct ns_arena *arena);
/* One more row; category NULL where it is unknown. Its folds are missing. */
void ns_encode_rows_add(struct ns_encode_rows *rows, const char *column, int strategy, const struct ns_encode_category *category, const char *output,
	double code);
int ns_encode_rows_put(struct ns_table *table, const struct ns_encode_rows *rows, struct ns_arena *arena, struct ns_err *err);

/* "column_category". Blanks around a name do not survive its being read again, so it has none. */
const char *ns_encode_output_name(const char *column, const char *category, struct ns_arena *arena);
/* A category's text is UTF-8: else NS_EDATA. */
int ns_encode_check_text(const struct ns_encode_category *category, const char *column, const char *source, struct ns_err *err);

#endif
