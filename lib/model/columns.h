/*
 * columns: a model's columns of numbers into a table and back, for models that keep training rows.
 */
#ifndef NS_MODEL_COLUMNS_H
#define NS_MODEL_COLUMNS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "table/table.h"

/* A column of finite numbers in the narrowest type that holds them all; -0 may become 0. */
struct ns_column ns_columns_pack(const char *name, const double *numbers, size_t rows, struct ns_arena *arena);

/*
 * The numbers of column `at`, which must have that name: finite, or whole ones from least to most. They live in the table or the
 * arena. NS_EDATA names `what` the table is of ("a table of neighbours").
 */
int ns_columns_numbers(const double **numbers, const struct ns_table *table, size_t at, const char *name, const char *what,
	struct ns_arena *arena, struct ns_err *err);
int ns_columns_wholes(const double **numbers, const struct ns_table *table, size_t at, const char *name, const char *what, double least,
	double most, struct ns_arena *arena, struct ns_err *err);

/* The number behind a metadata key, in the same way; and a list of `count` finite numbers ("0.5\t-1"). */
int ns_columns_key(double *number, const struct ns_table *table, const char *key, const char *what, struct ns_err *err);
int ns_columns_keys(double **numbers, const struct ns_table *table, const char *key, size_t count, const char *what, struct ns_arena *arena,
	struct ns_err *err);
void ns_columns_set_keys(struct ns_metadata *metadata, const char *key, const double *numbers, size_t count, struct ns_arena *arena);

#endif
