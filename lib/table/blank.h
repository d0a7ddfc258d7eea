/*
 * blank: rows made up behind a stream's own, in the form that its columns came in, so that a writer takes them as more of the
 * same table.
 *
 *	... at the end of the stream, `last` its empty last batch ...
 *	ns_table_blank(&more, last, rows, arena);
 *	ns_column_set_numbers(&more.columns[i], values);       what the tool knows
 *	NS_TRY(ns_kept_fill(&more.columns[label], &kept, from, rows, arena, err));
 *	NS_TRY(ns_writer_write(writer, &more, NULL, 0, err));
 */
#ifndef NS_TABLE_BLANK_H
#define NS_TABLE_BLANK_H

#include "table/table.h"

/*
 * A table with like's columns and `rows` rows in which every value is missing: an Arrow type stays, text is text, else numbers.
 */
void ns_table_blank(struct ns_table *blank, const struct ns_table *like, size_t rows, struct ns_arena *arena);

/* A column's Arrow values, all of them, to be written again in other rows: a label that must stay the int64 it is. */
struct ns_arrow_builder;
struct ns_kept {
	struct ns_arrow_builder *values; /* NULL: the column came in no Arrow array */
};
/* Adds a batch's rows; a column without an array adds nothing. More than 2 GiB of text are NS_EDATA. Begin with zeroes. */
int ns_kept_add(struct ns_kept *kept, const struct ns_column *column, size_t rows, struct ns_arena *arena, struct ns_err *err);
/* The column's values become those of the rows from[0..rows) of all that were added; it stays as it is where none were. */
int ns_kept_fill(struct ns_column *column, const struct ns_kept *kept, const uint32_t *from, size_t rows, struct ns_arena *arena,
	struct ns_err *err);

#endif
