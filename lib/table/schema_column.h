/*
 * schema_column: the part of a schema that stands under one column's name (see schema.h), read and checked.
 */
#ifndef NS_TABLE_SCHEMA_COLUMN_H
#define NS_TABLE_SCHEMA_COLUMN_H

#include "table/schema.h"
#include "table/yaml.h"

/* What reading a schema has at hand. */
struct ns_schema_source {
	const char *path;
	struct ns_arena *arena;
	struct ns_err *err;
};

/*
 * node: a type's name, nothing, or a map; column->name and line are set. *role_given tells whether the file says the role.
 */
int ns_schema_column_read(struct ns_schema_column *column, bool *role_given, const struct ns_yaml *node,
	const struct ns_schema_source *source);

/* A list of values, or a map of values with their meanings. `whose` begins the messages: "column 'age': codes". */
int ns_schema_values_read(struct ns_schema_value **values, size_t *count, const struct ns_yaml *node, const char *whose,
	const struct ns_schema_source *source);

/* Equal as numbers where both are, else as texts. */
bool ns_schema_same_value(const struct ns_schema_value *a, const struct ns_schema_value *b);
struct ns_schema_value ns_schema_value(const char *text);

/* " (did you mean 'type'?)", or "". */
const char *ns_schema_hint(const char *word, const char *const *words, size_t count, struct ns_arena *arena);

#endif
