/*
 * check: a table against its schema, every violation counted.
 *
 *	NS_TRY(ns_check_start(&check, reader, &options, arena, err));    (the header)
 *	do {
 *		NS_TRY(ns_reader_next(&batch, reader, err));
 *		NS_TRY(ns_check_batch(&bad, check, batch, err));         (the rows; the last, empty batch too)
 *	} while (batch->rows);
 *
 * The header: columns that are required and absent (the target only where that is asked for), columns the schema does not know
 * and does not allow, names that come twice. A column whose name begins with ns:, and the target that -t names, need not be in
 * the schema. The rows: records that do not part into columns (the check is the reader's judge, so they are left out, not the
 * end), type, missing values, range, allowed values, pattern, values that came before where they have to be unique. A value is
 * read as the reader reads it: blanks around an unquoted number and the words for missing do not count. A value that is of the
 * wrong type or missing is not looked at further; any other can break several rules. Where the schema leaves a type open it is
 * inferred, when there is anything to check.
 *
 * Memory: the rules, and for each unique column 22 to 43 bytes a value; violations of one batch at a time.
 */
#ifndef NS_STAT_CHECK_H
#define NS_STAT_CHECK_H

#include "stat/check_column.h"

struct ns_violation {
	enum ns_rule rule;
	const char *column; /* NULL: the record */
	const char *source; /* the input's name */
	uint64_t line;      /* CSV: where the row begins; Arrow: the row, from 1 over all inputs; 0: the header */
	struct ns_span value; /* as it stood; of a record its first NS_EXAMPLE_SIZE bytes; of the header nothing */
};

struct ns_check_options {
	bool require_target;
	bool typed;         /* every column's type counts, also where the schema is silent: the output is Arrow made of CSV */
	const char *set_aside; /* as in struct ns_judge */
	/* Gets every violation, rows in the input's order; NULL: nobody does. All is borrowed for the call. */
	int (*tell)(void *context, const struct ns_violation *violations, size_t count, struct ns_err *err);
	void *context;
};

struct ns_check_names {
	const char **items;
	size_t count;
};

struct ns_check {
	const struct ns_schema *schema;
	struct ns_check_names missing, unexpected, doubled; /* columns */
	struct ns_check_column *columns; /* in the table's order */
	size_t count;
	struct ns_tally malformed;       /* NS_RULE_COLUMNS */
	uint64_t rows, bad_rows, totals[NS_RULES]; /* rows: malformed ones too */
	uint64_t violations, in_header;  /* all of them; those of the header, which are no row's */
	struct ns_err first;             /* the first violation, as a message; empty: none */
	uint64_t first_at;               /* a bad row of lower number, from 0, was before it */

	struct ns_check_options options; /* from here on: the check's own */
	struct ns_reader *reader;
	struct ns_arena *arena, pending_arena;
	struct ns_judge judge;
	struct ns_findings findings;
	struct ns_pending *pending; /* malformed rows, until the rows before them were told */
	size_t pending_count, pending_capacity, pending_next;
};

/*
 * The reader was opened with a schema, and nothing was read. Checks the header and wants columns. Everything lives in the arena,
 * and violations in the header are no failure: only what makes checking impossible is.
 */
int ns_check_start(struct ns_check **check, struct ns_reader *reader, const struct ns_check_options *options, struct ns_arena *arena,
	struct ns_err *err);
/* *bad: a mark per row of the batch, in the reader's batch arena; NULL where all are good. */
int ns_check_batch(bool **bad, struct ns_check *check, const struct ns_table *batch, struct ns_err *err);
/* For a further pass over the rewound reader: counts begin anew, what was seen is forgotten, nobody is told. */
int ns_check_again(struct ns_check *check, const char *set_aside, struct ns_err *err);

#endif
