/*
 * check_report: what a check found, for people and programs.
 *
 * The report is YAML; a file of it has these keys, always all of the first block, in this order:
 *
 *	file: data.csv                 the inputs, separated by ", "
 *	schema: phishing.yaml
 *	result: fail                   pass | fail, as the exit status says
 *	rows: 11055                    malformed ones too
 *	valid_rows: 11048
 *	invalid_rows: 7
 *	violations: 12
 *	checks:                        how often each rule was broken, all rules, 0 too
 *	  missing_column: 0
 *	  ...
 *	header:
 *	  missing_columns: [age]
 *	  unexpected_columns: []
 *	  doubled_columns: []
 *	malformed_rows:                where there are any
 *	  count: 2
 *	  examples:                    the first five
 *	    - {line: 17, value: ';'}   with several inputs {file: a.csv, line: 17, value: ';'}
 *	columns:                       those with violations; {} where there are none
 *	  age:
 *	    range:
 *	      count: 5
 *	      examples:
 *	        - {line: 19, value: '212'}
 *	error: ...                     where the input could not be read to its end: the reason
 *
 * Values are texts, as they stood (at most NS_EXAMPLE_SIZE bytes and "..."). The table of errors is CSV: line, column, value,
 * rule, with several inputs file as well; line is empty for the header, column for malformed records.
 */
#ifndef NS_STAT_CHECK_REPORT_H
#define NS_STAT_CHECK_REPORT_H

#include "stat/check.h"

struct ns_check_inputs {
	const char *names; /* "a.csv, b.csv" */
	bool several;
};

/* Appends the report; error may be NULL. -1 where the buffer is full. */
int ns_check_report(struct ns_buffer *out, const struct ns_check *check, const struct ns_check_inputs *inputs, bool pass,
	const char *error);

/* The same into a file. */
int ns_check_report_store(const char *path, const struct ns_check *check, const struct ns_check_inputs *inputs, bool pass,
	const char *error, struct ns_err *err);

/*
 * NS_EDATA with the first violation, and what there is in all: "a.csv:17: ...; 12 violations in 7 of 11055 rows: column 'age':
 * range (5), ...".
 */
int ns_check_fail(const struct ns_check *check, struct ns_err *err);

/* The table of errors, as it grows: a `tell` for ns_check_options with itself as the context. */
struct ns_check_errors;
int ns_check_errors_open(struct ns_check_errors **errors, const char *path, bool several, struct ns_arena *arena,
	struct ns_err *err);
int ns_check_errors_tell(void *errors, const struct ns_violation *violations, size_t count, struct ns_err *err);
int ns_check_errors_finish(struct ns_check_errors *errors, struct ns_err *err);

#endif
