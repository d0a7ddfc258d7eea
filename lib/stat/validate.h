/*
 * validate: a table through from its inputs to stdout, when it is what its schema says (check.h).
 *
 * What can be read twice (files; a pipe with `spool`) is checked to its end before the first row leaves, so of a bad table
 * nothing is written. Of a pipe the good batches leave as they are checked; at the first bad row the output ends, cut, and
 * checking goes on. With `invalid` only bad rows are kept back, in that file; a bad header, or more than max_bad bad rows, is a
 * no as ever. Report and errors are complete in any case: yes, no, and an input that could not be read to its end.
 */
#ifndef NS_STAT_VALIDATE_H
#define NS_STAT_VALIDATE_H

#include "table/stream.h"

struct ns_validate_options {
	const char *report, *errors, *invalid; /* files (check_report.h; --rejects); NULL: none */
	int64_t max_bad;                       /* with invalid; -1: any number */
	bool require_target, spool;
};

/* table->schema is given. NS_EDATA where the table is not what the schema says. */
int ns_validate(char **paths, int count, const struct ns_table_options *table, const struct ns_validate_options *options,
	struct ns_arena *arena, struct ns_err *err);

#endif
