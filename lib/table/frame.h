/*
 * frame: columns of a whole table in memory, for what has to see all rows: learning.
 *
 * Numbers are doubles (NaN = missing); text is a code per row into the column's distinct values, numbered
 * in bytewise order once complete, so that codes do not depend on the order of rows.
 *
 * Where the number columns would take more than 256 MB together they are put into a temporary file (spool.h), and numbers is memory
 * that this file backs: it looks the same, and needs no room that the kernel cannot take back. NS_SPOOL=MEGABYTES in the environment
 * is another limit. Tables of more than NS_SPOOL_COLUMNS number columns stay in memory.
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

/*
 * Built batch by batch: start with the header, whose column i is kept where marks[i]; add every batch (each kept column has
 * numbers, or cells with missing marks, as its type says); finish moves everything into the arena. More than 2^32 - 2 rows are
 * NS_EDATA, a full disk NS_ECALL. After a failure abandon gives the memory back; finish has done so, whatever its result.
 */
struct ns_frame_builder;
void ns_frame_start(struct ns_frame_builder **out, const struct ns_table *header, const bool *marks);
int ns_frame_add(struct ns_frame_builder *builder, const struct ns_table *batch, struct ns_err *err);
int ns_frame_finish(struct ns_frame *frame, struct ns_frame_builder *builder, struct ns_arena *arena, struct ns_err *err);
void ns_frame_abandon(struct ns_frame_builder *builder);
/* All of these at once: what next(&batch, source, err) gives until it gives no rows. */
int ns_frame_collect(struct ns_frame *frame, const struct ns_table *header, const bool *marks, int (*next)(struct ns_table **,
	void *, struct ns_err *), void *source, struct ns_arena *arena, struct ns_err *err);
/* The same of a reader: the remaining rows of its marked columns, each of which has been wanted. */
int ns_frame_read(struct ns_frame *frame, struct ns_reader *reader, const bool *marks, struct ns_arena *arena,
	struct ns_err *err);
const struct ns_series *ns_frame_find(const struct ns_frame *frame, const char *name); /* NULL where absent */

#endif
