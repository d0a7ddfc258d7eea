/*
 * schema: what a table must look like, from one YAML file (libyaml).
 *
 * Ours, in full:
 *
 *	target: Result                 # the label column
 *	positive: -1                   # its positive class
 *	labels: {-1: phishing, 1: legitimate}
 *	columns:
 *	  having_IP_Address:           # in the table's order
 *	    description: an address in place of a name
 *	    type: number               # number | text | integer (a number without fraction)
 *	    role: feature              # feature | target | id | time | drop
 *	    required: true             # the column must be there
 *	    missing: false             # values may be missing
 *	    range: [0, 100]            # inclusive; either end may be null
 *	    values: [-1, 1]            # the allowed ones
 *	    codes: {-1: "IP address", 1: "name"}   # allowed values with what they mean
 *	    pattern: '^[a-z]+$'        # POSIX extended, text only
 *	    unique: false
 *	drop_columns: [index]
 *	extra: refuse                  # refuse | allow columns the schema does not name
 *
 * Read as they are, too: the shapes of the systems this one replaces: `columns:` as a list of one-key maps name: dtype or as one map
 * name: dtype (int64 float64 object str bool ...), with `numerical_columns:`, `categorical_columns:`, `target_column:`, `target_labels:`,
 * `drop_columns:`; blanks around names ignored. Such a short form says names and types only: values may be missing, extra columns are refused; with no
 * target given there is none.
 *
 * A wrong schema is refused (NS_EDATA... it is the call's file: NS_ECALL) with file:line and what was expected: unknown key, unknown type or role,
 * a column twice, a range upside down, a bad pattern, two targets, a positive class that is no label, tags, anchors.
 */
#ifndef NS_TABLE_SCHEMA_H
#define NS_TABLE_SCHEMA_H

#include <regex.h>

#include "table/table.h"

enum ns_role { NS_ROLE_FEATURE, NS_ROLE_TARGET, NS_ROLE_ID, NS_ROLE_TIME, NS_ROLE_DROP };

struct ns_schema_value {
	const char *text;    /* as written */
	double number;       /* NaN where it is none */
	const char *meaning; /* NULL where none was given */
};

struct ns_schema_column {
	const char *name, *description;
	enum ns_type type; /* NS_UNDECIDED where not said */
	enum ns_role role;
	bool integer, required, may_be_missing, unique;
	double low, high; /* -INFINITY, INFINITY where open */
	struct ns_schema_value *values; /* NULL: any */
	size_t values_count;
	const char *pattern; /* NULL: none */
	regex_t regex;       /* compiled, where pattern */
	int line;            /* where it stands in the file */
};

struct ns_schema {
	const char *path;
	struct ns_schema_column *columns;
	size_t count;
	const char *target, *positive;  /* NULL where unknown */
	struct ns_schema_value *labels; /* the target's classes with readable names; NULL */
	size_t labels_count;
	bool allow_extra;
};

int ns_schema_read(struct ns_schema *schema, const char *path, struct ns_arena *arena, struct ns_err *err);
int ns_schema_parse(struct ns_schema *schema, const char *text, size_t size, const char *path, struct ns_arena *arena, struct ns_err *err);
const struct ns_schema_column *ns_schema_find(const struct ns_schema *schema, const char *name); /* NULL where absent */
/* The readable name of a label ("phishing" for "-1", compared as numbers where both are), or NULL. */
const char *ns_schema_label(const struct ns_schema *schema, const char *label);

#endif
