#include "table/schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "table/schema_column.h"
#include "table/yaml.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { SIZE_MAX_MIB = 16, LABELS_MAX = 1000 };

/* A schema while it is read. */
struct reading {
	struct ns_schema *schema;
	struct ns_schema_source source;
	bool *role_given; /* a mark a column */
};

/* Two names of one thing are given by both: ours first, then that of other systems. */
static const char *const keys[] = {"columns", "target", "target_column", "positive", "labels", "target_labels", "drop_columns",
	"numerical_columns", "categorical_columns", "extra", "drift"};

#define FAIL(reading, line, ...) ns_yaml_fail((reading)->source.err, (reading)->source.path, (line), __VA_ARGS__)

static const char *trimmed(const char *text, struct ns_arena *arena)
{
	static const char blanks[] = " \t\r\n";
	text += strspn(text, blanks);
	size_t size = strlen(text);
	while (size && strchr(blanks, text[size - 1]))
		size--;
	return text[size] ? ns_strndup(arena, text, size) : text;
}

static int by_name(const void *a, const void *b)
{
	const struct ns_schema_column *left = *(const struct ns_schema_column *const *)a, *right = *(const struct ns_schema_column *const *)b;
	int order = strcmp(left->name, right->name);
	return order ? order : (left->line > right->line) - (left->line < right->line);
}

static int search_by_name(const void *name, const void *column)
{
	return strcmp(name, (*(const struct ns_schema_column *const *)column)->name);
}

const struct ns_schema_column *ns_schema_find(const struct ns_schema *schema, const char *name)
{
	if (schema->by_name) {
		const struct ns_schema_column **hit = bsearch(name, schema->by_name, schema->count, sizeof *schema->by_name, search_by_name);
		return hit ? *hit : NULL;
	}
	for (size_t i = 0; i < schema->count; i++)
		if (strcmp(schema->columns[i].name, name) == 0)
			return &schema->columns[i];
	return NULL;
}

const char *ns_schema_time(const struct ns_schema *schema, const struct ns_table *table)
{
	for (size_t i = 0; schema && i < table->width; i++) {
		const struct ns_schema_column *column = ns_schema_find(schema, table->columns[i].name);
		if (column && column->role == NS_ROLE_TIME)
			return column->name;
	}
	return NULL;
}

const char *ns_schema_label(const struct ns_schema *schema, const char *label)
{
	struct ns_schema_value value = ns_schema_value(label);
	for (size_t i = 0; i < schema->labels_count; i++)
		if (ns_schema_same_value(&schema->labels[i], &value))
			return schema->labels[i].meaning;
	return NULL;
}

static int index_columns(struct reading *reading)
{
	struct ns_schema *schema = reading->schema;
	schema->by_name = NS_NEW_ARRAY(reading->source.arena, const struct ns_schema_column *, schema->count);
	for (size_t i = 0; i < schema->count; i++)
		schema->by_name[i] = &schema->columns[i];
	qsort(schema->by_name, schema->count, sizeof *schema->by_name, by_name);
	for (size_t i = 1; i < schema->count; i++)
		if (strcmp(schema->by_name[i - 1]->name, schema->by_name[i]->name) == 0)
			return FAIL(reading, schema->by_name[i]->line, "column '%s' stands there twice, first on line %d", schema->by_name[i]->name,
				schema->by_name[i - 1]->line);
	return NS_OK;
}

/* The column of this name, which the file must know. */
static int find_column(struct ns_schema_column **column, struct reading *reading, const char *what, const char *name, int line)
{
	const struct ns_schema *schema = reading->schema;
	const struct ns_schema_column *found = ns_schema_find(schema, name);
	if (found) {
		*column = &schema->columns[found - schema->columns];
		return NS_OK;
	}
	const char **names = NS_NEW_ARRAY(reading->source.arena, const char *, schema->count);
	for (size_t i = 0; i < schema->count; i++)
		names[i] = schema->columns[i].name;
	return FAIL(reading, line, "%s '%s' is none of the columns%s", what, name, ns_schema_hint(name, names, schema->count, reading->source.arena));
}

static int read_column(struct reading *reading, const char *name, const struct ns_yaml *node, int line)
{
	struct ns_schema *schema = reading->schema;
	struct ns_schema_column *column = &schema->columns[schema->count];
	*column = (struct ns_schema_column){.name = trimmed(name, reading->source.arena), .line = line};
	if (!*column->name)
		return FAIL(reading, line, "a column without a name");
	NS_TRY(ns_schema_column_read(column, &reading->role_given[schema->count], node, &reading->source));
	schema->count++;
	return NS_OK;
}

/* `columns`, as a map or as a list of one-key maps or of names; room for `more` columns is left. */
static int read_columns(struct reading *reading, const struct ns_yaml *node, size_t more)
{
	static const struct ns_yaml nothing = {.kind = NS_YAML_SCALAR, .plain = true, .text = ""};
	if (node->kind == NS_YAML_SCALAR || node->count == 0)
		return FAIL(reading, node->line, "columns: the names and types of the columns are expected, as in 'columns: {age: number}'");
	reading->schema->columns = NS_NEW_ARRAY(reading->source.arena, struct ns_schema_column, node->count + more);
	reading->role_given = NS_NEW_ARRAY(reading->source.arena, bool, node->count + more);
	for (const struct ns_yaml *item = node->first; item; item = item->next) {
		if (node->kind == NS_YAML_MAP)
			NS_TRY(read_column(reading, item->key, item, item->line));
		else if (item->kind == NS_YAML_SCALAR && !ns_yaml_is_null(item))
			NS_TRY(read_column(reading, item->text, &nothing, item->line));
		else if (item->kind == NS_YAML_MAP && item->count == 1)
			NS_TRY(read_column(reading, item->first->key, item->first, item->first->line));
		else
			return FAIL(reading, item->line, "columns: one column a list item is expected, as in '- age: number'");
	}
	return index_columns(reading);
}

/* A list of columns' names, checked to be one; node NULL: none. */
static int check_names(struct reading *reading, const struct ns_yaml *node)
{
	if (!node || ns_yaml_is_null(node))
		return NS_OK;
	if (node->kind != NS_YAML_LIST)
		return FAIL(reading, node->line, "%s: a list of column names is expected", node->key);
	for (const struct ns_yaml *item = node->first; item; item = item->next)
		if (item->kind != NS_YAML_SCALAR || ns_yaml_is_null(item) || !*trimmed(item->text, reading->source.arena))
			return FAIL(reading, item->line, "%s: a column's name is expected", node->key);
	return NS_OK;
}

/* The column that stands in numerical_columns or categorical_columns becomes what the list says. */
static int set_type(struct reading *reading, struct ns_schema_column *column, enum ns_type type, const char *list, int line)
{
	if (type == NS_NUMBER && column->type == NS_TEXT)
		return FAIL(reading, line, "column '%s' stands in %s, its type on line %d is text", column->name, list, column->line);
	if (type == NS_TEXT && (column->low > -INFINITY || column->high < INFINITY))
		return FAIL(reading, line, "column '%s' stands in %s, its range on line %d is for numbers", column->name, list, column->line);
	for (size_t i = 0; type == NS_NUMBER && i < column->values_count; i++)
		if (isnan(column->values[i].number))
			return FAIL(reading, line, "column '%s' stands in %s, its value '%s' is not a number", column->name, list, column->values[i].text);
	column->type = type;
	column->integer &= type == NS_NUMBER;
	return NS_OK;
}

/* numerical_columns or categorical_columns. `marks`: for each column the list that named it. */
static int read_typed_names(struct reading *reading, const struct ns_yaml *node, enum ns_type type, const char **marks)
{
	NS_TRY(check_names(reading, node));
	for (const struct ns_yaml *item = node ? node->first : NULL; item; item = item->next) {
		struct ns_schema_column *column = NULL;
		const char *what = ns_format(reading->source.arena, "%s:", node->key);
		NS_TRY(find_column(&column, reading, what, trimmed(item->text, reading->source.arena), item->line));
		const char **mark = &marks[column - reading->schema->columns];
		if (*mark && *mark != node->key)
			return FAIL(reading, item->line, "column '%s' stands in %s and in %s", column->name, *mark, node->key);
		*mark = node->key;
		NS_TRY(set_type(reading, column, type, node->key, item->line));
	}
	return NS_OK;
}

/* `target`, and the column whose role says so: the same one, where both are there. */
static int read_target(struct reading *reading, const struct ns_yaml *node)
{
	struct ns_schema *schema = reading->schema;
	struct ns_schema_column *target = NULL;
	if (node) {
		if (node->kind != NS_YAML_SCALAR || ns_yaml_is_null(node))
			return FAIL(reading, node->line, "%s: a column's name is expected", node->key);
		NS_TRY(find_column(&target, reading, "the target", trimmed(node->text, reading->source.arena), node->line));
		if (reading->role_given[target - schema->columns] && target->role != NS_ROLE_TARGET)
			return FAIL(reading, target->line, "column '%s' is the target by line %d and has another role here", target->name, node->line);
		target->role = NS_ROLE_TARGET;
	}
	for (size_t i = 0; i < schema->count; i++) {
		struct ns_schema_column *column = &schema->columns[i];
		if (column->role != NS_ROLE_TARGET || column == target)
			continue;
		if (target)
			return FAIL(reading, column->line, "two targets: '%s' and '%s'", target->name, column->name);
		target = column;
	}
	schema->target = target ? target->name : NULL;
	return NS_OK;
}

static int drop(struct reading *reading, const struct ns_schema_column *found, int line)
{
	size_t at = (size_t)(found - reading->schema->columns);
	struct ns_schema_column *column = &reading->schema->columns[at];
	if (column->role == NS_ROLE_TARGET)
		return FAIL(reading, line, "drop_columns: '%s' is the target", column->name);
	if (reading->role_given[at] && column->role != NS_ROLE_DROP)
		return FAIL(reading, column->line, "column '%s' is dropped by line %d and has another role here", column->name, line);
	column->role = NS_ROLE_DROP;
	column->required = false;
	return NS_OK;
}

/* Columns that only drop_columns names come behind the others. */
static int read_drops(struct reading *reading, const struct ns_yaml *node)
{
	struct ns_schema *schema = reading->schema;
	size_t count = schema->count;
	NS_TRY(check_names(reading, node));
	for (const struct ns_yaml *item = node ? node->first : NULL; item; item = item->next) {
		const char *name = trimmed(item->text, reading->source.arena);
		const struct ns_schema_column *found = ns_schema_find(schema, name);
		if (found)
			NS_TRY(drop(reading, found, item->line));
		else
			schema->columns[count++] = (struct ns_schema_column){.name = name, .line = item->line, .role = NS_ROLE_DROP, .may_be_missing = true,
				.low = -INFINITY, .high = INFINITY};
	}
	schema->count = count;
	return index_columns(reading);
}

static bool among(const struct ns_schema_value *values, size_t count, const struct ns_schema_value *value)
{
	for (size_t i = 0; i < count; i++)
		if (ns_schema_same_value(&values[i], value))
			return true;
	return false;
}

static int read_labels(struct reading *reading, const struct ns_yaml *node)
{
	struct ns_schema *schema = reading->schema;
	const struct ns_schema_column *target = schema->target ? ns_schema_find(schema, schema->target) : NULL;
	if (!node) { /* the target's codes say as much */
		for (size_t i = 0; target && i < target->values_count; i++)
			if (target->values[i].meaning) {
				schema->labels = target->values;
				schema->labels_count = target->values_count;
			}
		return NS_OK;
	}
	if (!target)
		return FAIL(reading, node->line, "%s: no target is given; say 'target: NAME'", node->key);
	if (node->kind != NS_YAML_MAP)
		return FAIL(reading, node->line, "%s: a map is expected, as in {0: normal, 1: attack}", node->key);
	if (node->count > LABELS_MAX)
		return FAIL(reading, node->line, "%s: more than %d", node->key, LABELS_MAX);
	NS_TRY(ns_schema_values_read(&schema->labels, &schema->labels_count, node, node->key, &reading->source));
	for (size_t i = 0; i < schema->labels_count; i++) {
		const struct ns_schema_value *label = &schema->labels[i];
		if (among(schema->labels, i, label))
			return FAIL(reading, node->line, "%s: '%s' stands there twice", node->key, label->text);
		if (target->values && !among(target->values, target->values_count, label))
			return FAIL(reading, node->line, "%s: '%s' is none of the values of '%s'", node->key, label->text, target->name);
	}
	return NS_OK;
}

static int read_positive(struct reading *reading, const struct ns_yaml *node)
{
	struct ns_schema *schema = reading->schema;
	if (!node)
		return NS_OK;
	if (!schema->target)
		return FAIL(reading, node->line, "positive: no target is given; say 'target: NAME'");
	if (node->kind != NS_YAML_SCALAR || ns_yaml_is_null(node))
		return FAIL(reading, node->line, "positive: one of the target's values is expected");
	schema->positive = node->text;
	struct ns_schema_value value = ns_schema_value(node->text);
	for (size_t i = 0; i < schema->labels_count; i++)
		if (schema->labels[i].meaning && strcmp(schema->labels[i].meaning, node->text) == 0 && !among(schema->labels, schema->labels_count, &value))
			return FAIL(reading, node->line, "positive: '%s' is the readable name; say '%s', the value in the data", node->text, schema->labels[i].text);
	if (schema->labels && !among(schema->labels, schema->labels_count, &value))
		return FAIL(reading, node->line, "positive: '%s' is none of the labels", node->text);
	const struct ns_schema_column *target = ns_schema_find(schema, schema->target);
	if (target->values && !among(target->values, target->values_count, &value))
		return FAIL(reading, node->line, "positive: '%s' is none of the values of '%s'", node->text, target->name);
	return NS_OK;
}

static int read_extra(struct reading *reading, const struct ns_yaml *node)
{
	bool word = node && node->kind == NS_YAML_SCALAR;
	reading->schema->allow_extra = word && strcmp(node->text, "allow") == 0;
	if (!node || reading->schema->allow_extra || (word && strcmp(node->text, "refuse") == 0))
		return NS_OK;
	return FAIL(reading, node->line, "extra: refuse or allow is expected");
}

static int check_keys(struct reading *reading, const struct ns_yaml *root)
{
	if (root->kind != NS_YAML_MAP)
		return FAIL(reading, root->line, "a map with 'columns' is expected");
	for (const struct ns_yaml *item = root->first; item; item = item->next) {
		size_t i = 0;
		while (i < COUNT(keys) && strcmp(keys[i], item->key) != 0)
			i++;
		if (i == COUNT(keys))
			return FAIL(reading, item->line, "unknown key '%s'%s", item->key, ns_schema_hint(item->key, keys, COUNT(keys), reading->source.arena));
	}
	if (!ns_yaml_find(root, "columns"))
		return FAIL(reading, root->line, "'columns' is missing");
	return NS_OK;
}

/* Of two names for one thing the one that is there. */
static int either(const struct ns_yaml **node, struct reading *reading, const struct ns_yaml *root, const char *ours, const char *theirs)
{
	const struct ns_yaml *other = ns_yaml_find(root, theirs);
	*node = ns_yaml_find(root, ours);
	if (*node && other)
		return FAIL(reading, other->line, "'%s' and '%s' say the same; keep one of the two", ours, theirs);
	*node = *node ? *node : other;
	return NS_OK;
}

static int read_root(struct reading *reading, const struct ns_yaml *root)
{
	const struct ns_yaml *target, *labels, *drops = ns_yaml_find(root, "drop_columns");
	NS_TRY(read_columns(reading, ns_yaml_find(root, "columns"), drops ? drops->count : 0));
	const char **marks = NS_NEW_ARRAY(reading->source.arena, const char *, reading->schema->count);
	NS_TRY(read_typed_names(reading, ns_yaml_find(root, "numerical_columns"), NS_NUMBER, marks));
	NS_TRY(read_typed_names(reading, ns_yaml_find(root, "categorical_columns"), NS_TEXT, marks));
	NS_TRY(either(&target, reading, root, "target", "target_column"));
	NS_TRY(read_target(reading, target));
	NS_TRY(read_drops(reading, drops));
	NS_TRY(either(&labels, reading, root, "labels", "target_labels"));
	NS_TRY(read_labels(reading, labels));
	NS_TRY(read_positive(reading, ns_yaml_find(root, "positive")));
	return read_extra(reading, ns_yaml_find(root, "extra"));
}

int ns_schema_parse(struct ns_schema *schema, const char *text, size_t size, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	struct reading reading = {.schema = schema, .source = {path, arena, err}};
	struct ns_yaml *root;
	*schema = (struct ns_schema){.path = path};
	if (size > (size_t)SIZE_MAX_MIB << 20)
		return ns_yaml_fail(err, path, 1, "more than %d MiB is no schema", SIZE_MAX_MIB);
	NS_TRY(ns_yaml_parse(&root, text, size, path, arena, err));
	if (!root)
		return ns_yaml_fail(err, path, 1, "nothing is in it; a schema has 'columns'");
	NS_TRY(check_keys(&reading, root));
	return read_root(&reading, root);
}

int ns_schema_read(struct ns_schema *schema, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	char *text;
	size_t size;
	int status = ns_file_slurp(&text, &size, path, (size_t)SIZE_MAX_MIB << 20, arena, err);
	if (status != NS_OK)
		return NS_ECALL; /* too large is the call's fault, too */
	return ns_schema_parse(schema, text, size, path, arena, err);
}

void ns_schema_describe(struct ns_metadata *metadata, const struct ns_schema *schema, const char *target, struct ns_arena *arena)
{
	const char **classes = NS_NEW_ARRAY(arena, const char *, schema->labels_count), **names = NS_NEW_ARRAY(arena, const char *, schema->labels_count);
	size_t named = 0;
	ns_metadata_set(metadata, "ns:target", target, arena);
	if (!schema->target || strcmp(target, schema->target) != 0)
		return;
	if (schema->positive)
		ns_metadata_set(metadata, "ns:positive", schema->positive, arena);
	for (size_t i = 0; i < schema->labels_count; i++) {
		classes[i] = schema->labels[i].text;
		names[i] = schema->labels[i].meaning;
		named += names[i] != NULL;
	}
	if (named == 0 || named < schema->labels_count)
		return;
	ns_metadata_set(metadata, "ns:classes", ns_list_join(classes, named, arena), arena);
	ns_metadata_set(metadata, "ns:labels", ns_list_join(names, named, arena), arena);
}
