/*
 * schema: what a table must look like, from one YAML file of at most 16 MiB.
 *
 * Ours, in full (only `columns` must be there; the defaults of a column are those shown, where not said otherwise):
 *
 *	target: Result                 # the label column
 *	positive: -1                   # its positive class
 *	labels: {-1: phishing, 1: legitimate}
 *	columns:
 *	  having_IP_Address:           # in the table's order
 *	    description: an address in place of a name
 *	    type: number               # number | text | integer (a number without fraction); default: not said
 *	    role: feature              # feature | target | id | time | drop
 *	    required: true             # the column must be there; default of a column to drop: false
 *	    missing: false             # values may be missing
 *	    range: [0, 100]            # inclusive; either end may be null; default: none
 *	    values: [-1, 1]            # the allowed ones; default: all
 *	    codes: {-1: "IP address", 1: "name"}   # in place of values: the allowed ones with what they mean
 *	    pattern: '^[a-z]+$'        # text only: POSIX extended, by bytes (pattern.h); default: none
 *	    unique: false
 *	  port: integer                # the type alone: values may be missing
 *	drop_columns: [index]          # role: drop, for columns named above or not
 *	extra: refuse                  # refuse | allow columns the schema does not name
 *	drift: {...}                   # reserved: read over
 *
 * Without `labels`, the meanings of the target's `codes` are the labels.
 *
 * Read as they are, too, are short forms that other systems use: `columns:` as a list of one-key maps name: dtype or as one map
 * name: dtype (int64 float64 object str bool ...), with `numerical_columns:` (numbers), `categorical_columns:` (text, even where
 * they are coded as numbers), `target_column:`, `target_labels:`, `drop_columns:`; blanks around names ignored. A dtype bool
 * leaves the type open, a datetime is text with the role time. A short form says names and types only: values may be missing,
 * extra columns are refused; with no target given there is none.
 *
 * A wrong schema is refused with file:line and what was expected: unknown key, type or role (with the one that may have been
 * meant), a key or column twice, a range upside down, a value outside its range or type, a bad pattern, two targets, a target or
 * a listed name that is no column, a positive class that is no label, and what yaml.h refuses. It is a file of the call:
 * NS_ECALL.
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
	const struct ns_schema_column **by_name; /* sorted, for ns_schema_find; NULL in a schema that was not read */
	const char *target, *positive;  /* NULL where unknown */
	struct ns_schema_value *labels; /* the target's classes with readable names; NULL */
	size_t labels_count;
	bool allow_extra;
};

/* Everything lives in the arena; reset or release gives the compiled patterns back, too. */
int ns_schema_read(struct ns_schema *schema, const char *path, struct ns_arena *arena, struct ns_err *err);
int ns_schema_parse(struct ns_schema *schema, const char *text, size_t size, const char *path, struct ns_arena *arena,
	struct ns_err *err);
const struct ns_schema_column *ns_schema_find(const struct ns_schema *schema, const char *name); /* NULL where absent */
/* The first column of the table to which the schema gives the role of time; NULL where there is none, or no schema. */
const char *ns_schema_time(const struct ns_schema *schema, const struct ns_table *table);
/* The readable name of a label ("phishing" for "-1", compared as numbers where both are), or NULL. */
const char *ns_schema_label(const struct ns_schema *schema, const char *label);
/*
 * Marks what the schema knows of the label in a table's metadata, for tools downstream: ns:target, ns:positive, ns:classes and
 * ns:labels (lists of equal length, where every class has a readable name). target is the label column; where it is not the
 * schema's, no more is known of it than that.
 */
void ns_schema_describe(struct ns_metadata *metadata, const struct ns_schema *schema, const char *target, struct ns_arena *arena);

/*
 * Appends the schema as YAML in our full form, which reads back equal (but for lines). comments, if not NULL, has one text or
 * NULL for each column, written above it as a comment; lines are split at '\n'. Texts must be UTF-8. To print, a schema needs no
 * by_name, path, regex or line: whoever infers one fills in the rest. 0, or -1 where the buffer's maximum is reached.
 */
int ns_schema_print(struct ns_buffer *out, const struct ns_schema *schema, const char *const *comments);

#endif
