/*
 * frame: columns of a whole table in memory, for what has to see all rows: learning.
 *
 * Numbers are doubles (NaN = missing); text is a code per row into the column's distinct values, numbered
 * in bytewise order once complete, so that codes do not depend on the order of rows.
 */
#ifndef NS_TABLE_FRAME_H
#define NS_TABLE_FRAME_H

#include "table/stream.h"

#define NS_CODE_MISSING UINT32_MAX

struct ns_series {
	const char *name;
	enum ns_type type;    /* NS_NUMBER or NS_TEXT */
	double *numbers;      /* rows; NULL for text */
	uint32_t *codes;      /* rows; NULL for numbers */
	const char **values;  /* text: distinct values, bytewise ascending, NUL-terminated */
	size_t values_count;
};

struct ns_frame {
	size_t rows, width;
	struct ns_series *series; /* in the table's order */
};

/* Reads all the reader's remaining rows, keeping the marked columns (marks[i] for the header's column i). In the arena. At most 2^32-2 rows. */
int ns_frame_read(struct ns_frame *frame, struct ns_reader *reader, const bool *marks, struct ns_arena *arena, struct ns_err *err);
const struct ns_series *ns_frame_find(const struct ns_frame *frame, const char *name); /* NULL where absent */

#endif
