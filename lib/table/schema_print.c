#include <math.h>

#include "base/number.h"
#include "table/schema.h"
#include "table/yaml.h"

/* libyaml takes a key without '?' only where it is shorter than 1024 bytes. */
enum { KEY_MAX = 1000, LINE_WIDTH = 120 };

static const char *const roles[] = {"feature", "target", "id", "time", "drop"}; /* as enum ns_role */

/* ns_yaml_print_text or ns_yaml_print_value. */
typedef int print_scalar(struct ns_buffer *out, const char *text);

static int print_key(struct ns_buffer *out, int indent, print_scalar *print, const char *key)
{
	int failed = ns_buffer_printf(out, "%*s", indent, "");
	size_t start = out->size;
	failed |= print(out, key);
	if (!failed && out->size - start > KEY_MAX) {
		out->size = start;
		failed |= ns_buffer_append(out, "? ", 2) || print(out, key) || ns_buffer_printf(out, "\n%*s", indent, "");
	}
	return failed | ns_buffer_append(out, ":", 1);
}

static int print_pair(struct ns_buffer *out, int indent, const char *key, print_scalar *print, const char *text)
{
	return ns_buffer_printf(out, "%*s%s: ", indent, "", key) || print(out, text) || ns_buffer_append(out, "\n", 1);
}

/* Values with what they mean, a line each. */
static int print_meanings(struct ns_buffer *out, int indent, print_scalar *print, const struct ns_schema_value *values, size_t count)
{
	int failed = 0;
	for (size_t i = 0; i < count && !failed; i++)
		failed = print_key(out, indent, print, values[i].text) || ns_buffer_append(out, " ", 1) ||
			 (values[i].meaning ? ns_yaml_print_text(out, values[i].meaning) : ns_buffer_append(out, "null", 4)) ||
			 ns_buffer_append(out, "\n", 1);
	return failed;
}

static int print_list(struct ns_buffer *out, int indent, print_scalar *print, const struct ns_schema_value *values, size_t count)
{
	int failed = ns_buffer_printf(out, "%*svalues: [", indent, "");
	size_t start = out->size;
	for (size_t i = 0; i < count && !failed; i++) {
		if (i > 0)
			failed |= ns_buffer_append(out, ",", 1);
		if (out->size - start > LINE_WIDTH) {
			failed |= ns_buffer_printf(out, "\n%*s", indent + 1, "");
			start = out->size;
		}
		failed |= (i > 0 && ns_buffer_append(out, " ", 1)) || print(out, values[i].text);
	}
	return failed | ns_buffer_append(out, "]\n", 2);
}

static int print_values(struct ns_buffer *out, int indent, print_scalar *print, const struct ns_schema_column *column)
{
	for (size_t i = 0; i < column->values_count; i++)
		if (column->values[i].meaning)
			return ns_buffer_printf(out, "%*scodes:\n", indent, "") ||
			       print_meanings(out, indent + 2, print, column->values, column->values_count);
	return column->values_count ? print_list(out, indent, print, column->values, column->values_count) : 0;
}

static int print_end(struct ns_buffer *out, double end)
{
	char text[NS_NUMBER_MAX];
	if (isinf(end))
		return ns_buffer_append(out, "null", 4);
	return ns_buffer_append(out, text, ns_number_print(text, end));
}

static int print_range(struct ns_buffer *out, int indent, double low, double high)
{
	if (low == -INFINITY && high == INFINITY)
		return 0;
	return ns_buffer_printf(out, "%*srange: [", indent, "") || print_end(out, low) || ns_buffer_append(out, ", ", 2) ||
	       print_end(out, high) || ns_buffer_append(out, "]\n", 2);
}

/* Numbers are plain, but where the column is text: there every value is in quotes that needs them to be text. */
static print_scalar *scalar_of(const struct ns_schema_column *column)
{
	return column && column->type == NS_TEXT ? ns_yaml_print_text : ns_yaml_print_value;
}

static int print_column(struct ns_buffer *out, const struct ns_schema_column *column)
{
	const int indent = 4;
	int failed = print_key(out, 2, ns_yaml_print_text, column->name) || ns_buffer_append(out, "\n", 1);
	if (column->description)
		failed = failed || print_pair(out, indent, "description", ns_yaml_print_text, column->description);
	if (column->type != NS_UNDECIDED)
		failed = failed || ns_buffer_printf(out, "    type: %s\n", column->type == NS_TEXT ? "text" : column->integer ? "integer" : "number");
	failed = failed || ns_buffer_printf(out, "    role: %s\n    required: %s\n    missing: %s\n", roles[column->role],
		column->required ? "true" : "false", column->may_be_missing ? "true" : "false");
	failed = failed || print_range(out, indent, column->low, column->high) || print_values(out, indent, scalar_of(column), column);
	if (column->pattern)
		failed = failed || print_pair(out, indent, "pattern", ns_yaml_print_text, column->pattern);
	if (column->unique)
		failed = failed || ns_buffer_printf(out, "    unique: true\n");
	return failed;
}

static int print_target(struct ns_buffer *out, const struct ns_schema *schema)
{
	if (!schema->target)
		return 0;
	print_scalar *print = scalar_of(ns_schema_find(schema, schema->target));
	int failed = print_pair(out, 0, "target", ns_yaml_print_text, schema->target);
	if (schema->positive)
		failed = failed || print_pair(out, 0, "positive", print, schema->positive);
	if (schema->labels_count)
		failed = failed || ns_buffer_printf(out, "labels:\n") || print_meanings(out, 2, print, schema->labels, schema->labels_count);
	return failed;
}

int ns_schema_print(struct ns_buffer *out, const struct ns_schema *schema, const char *const *comments)
{
	int failed = print_target(out, schema) || ns_buffer_printf(out, "extra: %s\ncolumns:\n", schema->allow_extra ? "allow" : "refuse");
	for (size_t i = 0; i < schema->count && !failed; i++)
		failed = (comments && comments[i] && ns_yaml_print_comment(out, 2, comments[i])) || print_column(out, &schema->columns[i]);
	return failed ? -1 : 0;
}
