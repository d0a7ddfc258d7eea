/*
 * fields: column names as the fields of a document: outer.inner is the field inner of a document in the field outer.
 *
 * Fields stand in the order of the columns; a nested document stands where the first of its fields does. The names are the inverse
 * of what ns-export makes of documents, so what one wrote the other reads.
 *
 * Refused (NS_EDATA, naming file and column): names that are not UTF-8, parts that are empty or begin with $, _id and _ns, which are
 * the database's and ours, a column that is the beginning of another (a and a.b), more than 100 parts, which no server stores.
 */
#ifndef NS_NET_FIELDS_H
#define NS_NET_FIELDS_H

#include "table/table.h"

enum { NS_FIELDS_DEPTH = 100 };

enum ns_step_kind { NS_STEP_VALUE, NS_STEP_OPEN, NS_STEP_CLOSE };

/* How to write a document: a value, or a nested document's begin and end. */
struct ns_step {
	enum ns_step_kind kind;
	size_t column;    /* position in the list of columns */
	const char *name; /* NUL-terminated */
	size_t size;      /* of the name, with its NUL */
};

struct ns_fields {
	struct ns_step *steps;
	size_t count;
};

/* names[i]: of the i-th column; source: the file, for messages. Lives in the arena. */
int ns_fields_make(struct ns_fields *fields, const char *const *names, size_t count, const char *source, struct ns_arena *arena,
	struct ns_err *err);

#endif
