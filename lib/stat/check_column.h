/*
 * check_column: one column's values against what the schema says of it. Internal to check.c, beside the rules' names and counts,
 * which everybody may use.
 */
#ifndef NS_STAT_CHECK_COLUMN_H
#define NS_STAT_CHECK_COLUMN_H

#include "stat/seen.h"
#include "table/schema.h"
#include "table/stream.h"

/* What can be broken, in the order in which reports list it. */
enum ns_rule {
	NS_RULE_MISSING_COLUMN,    /* required, and not in the header */
	NS_RULE_UNEXPECTED_COLUMN, /* not in the schema, which refuses others */
	NS_RULE_DOUBLED_COLUMN,    /* the name had come before */
	NS_RULE_COLUMNS,           /* a record that does not part into the header's columns: their number, a stray quote, NUL */
	NS_RULE_TYPE,              /* no number, no integer */
	NS_RULE_MISSING,
	NS_RULE_RANGE,
	NS_RULE_VALUES,
	NS_RULE_PATTERN,
	NS_RULE_UNIQUE,            /* the value had come before */
	NS_RULES
};
const char *ns_rule_name(enum ns_rule rule); /* "missing_column" */

/* How often, and the first of them. */
enum { NS_EXAMPLES = 5, NS_EXAMPLE_SIZE = 200 };
struct ns_tally {
	uint64_t count;
	struct ns_example {
		const char *source, *value; /* value: at most NS_EXAMPLE_SIZE bytes of it, then "..." */
		uint64_t line;              /* as in struct ns_violation */
	} examples[NS_EXAMPLES];
};

struct ns_allowed_text {
	const char *text;
	size_t size;
};

struct ns_check_column {
	const struct ns_schema_column *schema;
	const char *name;
	size_t at;         /* in the table */
	enum ns_type type; /* as it is read; NS_UNDECIDED: nothing is checked */
	struct ns_tally tallies[NS_RULES];
	bool small;        /* all allowed numbers are integers from -31 to 31, told by bits: 1 << (32 + n) */
	uint64_t bits;
	double *numbers;   /* else the allowed numbers, ascending; numbers_count 0: any */
	size_t numbers_count;
	struct ns_allowed_text *texts; /* the allowed texts, by size and bytes */
	size_t texts_count;
	struct ns_seen seen;
};

struct ns_finding {
	uint32_t row, column;
	enum ns_rule rule;
	struct ns_span value; /* as the batch; data is never NULL */
};
struct ns_findings {
	struct ns_finding *items; /* malloc'ed */
	size_t count, capacity;
};

/* schema, name, at and type are set; prepares the rest. The set of seen values is given back with the arena. */
void ns_check_column_start(struct ns_check_column *column, struct ns_arena *arena);
/* Appends what is wrong with the column's values in this batch, `number` being the column's number in findings. */
void ns_check_column_batch(struct ns_findings *findings, struct ns_check_column *column, uint32_t number, struct ns_reader *reader,
	const struct ns_table *batch);

#endif
