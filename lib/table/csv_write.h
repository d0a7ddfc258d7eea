/*
 * csv_write: the writing half of ns_format_csv. Internal to csv.c; what it writes is said in csv.h.
 */
#ifndef NS_TABLE_CSV_WRITE_H
#define NS_TABLE_CSV_WRITE_H

#include "table/format.h"

int ns_csv_check_delimiter(char delimiter, struct ns_err *err); /* a quote, line end or NUL cannot be one: NS_ECALL */

int ns_csv_start(void **state, const struct ns_table *header, struct ns_file *file, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err);
int ns_csv_write(void *state, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err);
int ns_csv_finish(void *state, struct ns_err *err);
void ns_csv_abandon(void *state);

#endif
