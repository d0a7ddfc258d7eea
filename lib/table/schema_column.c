#include "table/schema_column.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "base/opt.h"
#include "table/pattern.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The names of types, ours first, then those of other systems' schemas. */
static const struct {
	const char *name;
	enum ns_type type;
	bool integer, time;
} types[] = {
	{"number", NS_NUMBER, false, false}, {"text", NS_TEXT, false, false}, {"integer", NS_NUMBER, true, false},
	{"float", NS_NUMBER, false, false}, {"float16", NS_NUMBER, false, false}, {"float32", NS_NUMBER, false, false},
	{"float64", NS_NUMBER, false, false}, {"double", NS_NUMBER, false, false}, {"decimal", NS_NUMBER, false, false},
	{"numeric", NS_NUMBER, false, false}, {"int", NS_NUMBER, true, false}, {"int8", NS_NUMBER, true, false},
	{"int16", NS_NUMBER, true, false}, {"int32", NS_NUMBER, true, false}, {"int64", NS_NUMBER, true, false},
	{"uint8", NS_NUMBER, true, false}, {"uint16", NS_NUMBER, true, false}, {"uint32", NS_NUMBER, true, false},
	{"uint64", NS_NUMBER, true, false}, {"object", NS_TEXT, false, false}, {"str", NS_TEXT, false, false},
	{"string", NS_TEXT, false, false}, {"category", NS_TEXT, false, false}, {"bool", NS_UNDECIDED, false, false},
	{"boolean", NS_UNDECIDED, false, false}, {"datetime", NS_TEXT, false, true}, {"datetime64", NS_TEXT, false, true},
	{"date", NS_TEXT, false, true}, {"timestamp", NS_TEXT, false, true},
};

static const char *const roles[] = {"feature", "target", "id", "time", "drop"}; /* as enum ns_role */

/* A column while its map is read. */
struct body {
	struct ns_schema_column *column;
	const struct ns_schema_source *source;
	bool role_given, required_given;
	const char *values_key; /* "values" or "codes", once given */
};

#define FAIL(body, at, format, ...) \
	ns_yaml_fail((body)->source->err, (body)->source->path, (at), "column '%s': " format, (body)->column->name, __VA_ARGS__)

const char *ns_schema_hint(const char *word, const char *const *words, size_t count, struct ns_arena *arena)
{
	const char *near = ns_nearest_name(word, words, count);
	return near ? ns_format(arena, " (did you mean '%s'?)", near) : "";
}

struct ns_schema_value ns_schema_value(const char *text)
{
	struct ns_schema_value value = {text, NAN, NULL};
	ns_number_parse(&value.number, text, strlen(text));
	return value;
}

bool ns_schema_same_value(const struct ns_schema_value *a, const struct ns_schema_value *b)
{
	return !isnan(a->number) && !isnan(b->number) ? a->number == b->number : strcmp(a->text, b->text) == 0;
}

int ns_schema_values_read(struct ns_schema_value **values, size_t *count, const struct ns_yaml *node, const char *whose, const struct ns_schema_source *source)
{
	if (node->count == 0)
		return ns_yaml_fail(source->err, source->path, node->line, "%s: nothing is listed", whose);
	*values = NS_NEW_ARRAY(source->arena, struct ns_schema_value, node->count);
	*count = 0;
	for (const struct ns_yaml *item = node->first; item; item = item->next) {
		if (item->kind != NS_YAML_SCALAR)
			return ns_yaml_fail(source->err, source->path, item->line, "%s: a single value is expected, not a list or a map", whose);
		if (node->kind == NS_YAML_LIST && ns_yaml_is_null(item))
			return ns_yaml_fail(source->err, source->path, item->line, "%s: null is no value; say 'missing: true'", whose);
		struct ns_schema_value *value = &(*values)[(*count)++];
		*value = ns_schema_value(item->key ? item->key : item->text);
		value->meaning = item->key && !ns_yaml_is_null(item) ? item->text : NULL;
	}
	return NS_OK;
}

static int read_word(const char **word, struct body *body, const struct ns_yaml *node)
{
	if (node->kind != NS_YAML_SCALAR || ns_yaml_is_null(node))
		return FAIL(body, node->line, "%s: a word is expected", node->key ? node->key : "type");
	*word = node->text;
	return NS_OK;
}

static int read_bool(bool *value, struct body *body, const struct ns_yaml *node)
{
	static const char *const words[] = {"false", "true", "no", "yes"};
	for (size_t i = 0; node->kind == NS_YAML_SCALAR && node->plain && i < COUNT(words); i++)
		if (strcasecmp(node->text, words[i]) == 0) {
			*value = i & 1;
			return NS_OK;
		}
	return FAIL(body, node->line, "%s: true or false is expected", node->key);
}

static int read_description(struct body *body, const struct ns_yaml *node)
{
	return ns_yaml_is_null(node) ? NS_OK : read_word(&body->column->description, body, node);
}

static int read_type(struct body *body, const struct ns_yaml *node)
{
	const char *word = NULL;
	NS_TRY(read_word(&word, body, node));
	size_t size = strcspn(word, "["); /* datetime64[ns] */
	for (size_t i = 0; i < COUNT(types); i++)
		if (strlen(types[i].name) == size && strncasecmp(types[i].name, word, size) == 0) {
			body->column->type = types[i].type;
			body->column->integer = types[i].integer;
			if (types[i].time && !body->role_given)
				body->column->role = NS_ROLE_TIME;
			return NS_OK;
		}
	const char *names[COUNT(types)];
	for (size_t i = 0; i < COUNT(types); i++)
		names[i] = types[i].name;
	const char *hint = ns_schema_hint(word, names, COUNT(names), body->source->arena);
	return FAIL(body, node->line, "unknown type '%s'%s", word, *hint ? hint : "; it is number, integer or text");
}

static int read_role(struct body *body, const struct ns_yaml *node)
{
	const char *word = NULL;
	NS_TRY(read_word(&word, body, node));
	for (size_t i = 0; i < COUNT(roles); i++)
		if (strcmp(roles[i], word) == 0) {
			body->column->role = (enum ns_role)i;
			body->role_given = true;
			return NS_OK;
		}
	const char *hint = ns_schema_hint(word, roles, COUNT(roles), body->source->arena);
	return FAIL(body, node->line, "unknown role '%s'%s", word, *hint ? hint : "; it is feature, target, id, time or drop");
}

static int read_required(struct body *body, const struct ns_yaml *node)
{
	body->required_given = true;
	return read_bool(&body->column->required, body, node);
}

static int read_missing(struct body *body, const struct ns_yaml *node)
{
	return read_bool(&body->column->may_be_missing, body, node);
}

static int read_unique(struct body *body, const struct ns_yaml *node)
{
	return read_bool(&body->column->unique, body, node);
}

static int read_end(double *end, struct body *body, const struct ns_yaml *node)
{
	if (ns_yaml_is_null(node))
		return NS_OK;
	if (node->kind != NS_YAML_SCALAR || !ns_number_parse(end, node->text, strlen(node->text)))
		return FAIL(body, node->line, "range: '%s' is not a number", node->kind == NS_YAML_SCALAR ? node->text : "[...]");
	return NS_OK;
}

static int read_range(struct body *body, const struct ns_yaml *node)
{
	struct ns_schema_column *column = body->column;
	if (node->kind != NS_YAML_LIST || node->count != 2)
		return FAIL(body, node->line, "%s: two numbers are expected, as in [0, 100] or [0, null]", node->key);
	NS_TRY(read_end(&column->low, body, node->first));
	NS_TRY(read_end(&column->high, body, node->first->next));
	if (column->low > column->high || column->low == INFINITY || column->high == -INFINITY)
		return FAIL(body, node->line, "range: no number lies between %s and %s", node->first->text, node->first->next->text);
	return NS_OK;
}

static int read_values(struct body *body, const struct ns_yaml *node)
{
	bool codes = strcmp(node->key, "codes") == 0;
	if (body->values_key)
		return FAIL(body, node->line, "'%s' and '%s': codes are values with what they mean; keep one of the two", body->values_key, node->key);
	if (node->kind != (codes ? NS_YAML_MAP : NS_YAML_LIST))
		return FAIL(body, node->line, "%s: %s is expected", node->key, codes ? "a map, as in {0: no, 1: yes}," : "a list, as in [0, 1],");
	body->values_key = node->key;
	const char *whose = ns_format(body->source->arena, "column '%s': %s", body->column->name, node->key);
	return ns_schema_values_read(&body->column->values, &body->column->values_count, node, whose, body->source);
}

static void free_regex(void *regex)
{
	regfree(regex);
}

static int read_pattern(struct body *body, const struct ns_yaml *node)
{
	char reason[128];
	struct ns_schema_column *column = body->column;
	NS_TRY(read_word(&column->pattern, body, node));
	const char *problem = ns_pattern_compile(&column->regex, column->pattern, reason, sizeof reason);
	if (problem)
		return FAIL(body, node->line, "pattern '%.80s%s': %s", column->pattern, strlen(column->pattern) > 80 ? "..." : "", problem);
	ns_arena_defer(body->source->arena, free_regex, &column->regex);
	return NS_OK;
}

static const struct {
	const char *name;
	int (*read)(struct body *body, const struct ns_yaml *node);
} keys[] = {
	{"description", read_description}, {"type", read_type}, {"role", read_role}, {"required", read_required}, {"missing", read_missing},
	{"range", read_range}, {"values", read_values}, {"codes", read_values}, {"pattern", read_pattern}, {"unique", read_unique},
};

static int read_key(struct body *body, const struct ns_yaml *node)
{
	for (size_t i = 0; i < COUNT(keys); i++)
		if (strcmp(keys[i].name, node->key) == 0)
			return keys[i].read(body, node);
	const char *names[COUNT(keys)];
	for (size_t i = 0; i < COUNT(keys); i++)
		names[i] = keys[i].name;
	return FAIL(body, node->line, "unknown key '%s'%s", node->key, ns_schema_hint(node->key, names, COUNT(names), body->source->arena));
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct ns_schema_value *)a)->text, ((const struct ns_schema_value *)b)->text);
}

static int by_number(const void *a, const void *b)
{
	double left = ((const struct ns_schema_value *)a)->number, right = ((const struct ns_schema_value *)b)->number;
	if (isnan(left) || isnan(right))
		return isnan(left) && isnan(right) ? by_text(a, b) : isnan(left) - isnan(right);
	return (left > right) - (left < right);
}

static int refuse_double_values(struct body *body, int line)
{
	const struct ns_schema_column *column = body->column;
	size_t count = column->values_count;
	int (*order)(const void *, const void *) = column->type == NS_TEXT ? by_text : by_number;
	struct ns_schema_value *sorted = NS_NEW_ARRAY(body->source->arena, struct ns_schema_value, count);
	memcpy(sorted, column->values, count * sizeof *sorted);
	qsort(sorted, count, sizeof *sorted, order);
	for (size_t i = 1; i < count; i++)
		if (order(&sorted[i - 1], &sorted[i]) == 0)
			return FAIL(body, line, "%s: '%s' stands there twice", body->values_key, sorted[i].text);
	return NS_OK;
}

static int check_value(struct body *body, const struct ns_schema_value *value, int line)
{
	const struct ns_schema_column *column = body->column;
	bool none = isnan(value->number);
	if (column->type == NS_NUMBER && none)
		return FAIL(body, line, "%s: '%s' is not a number", body->values_key, value->text);
	if (column->integer && value->number != floor(value->number))
		return FAIL(body, line, "%s: '%s' is not an integer", body->values_key, value->text);
	if (value->number < column->low || value->number > column->high)
		return FAIL(body, line, "%s: '%s' lies outside the range", body->values_key, value->text);
	if (column->pattern && regexec(&column->regex, value->text, 0, NULL, 0) != 0)
		return FAIL(body, line, "%s: '%s' does not match the pattern", body->values_key, value->text);
	return NS_OK;
}

/* What the keys say together; the line is the column's. */
static int check(struct body *body, int line)
{
	struct ns_schema_column *column = body->column;
	bool ranged = column->low > -INFINITY || column->high < INFINITY;
	if (column->pattern && (ranged || column->type == NS_NUMBER))
		return FAIL(body, line, "'pattern' is for text, %s for numbers", ranged ? "'range'" : "the type");
	if (ranged && column->type == NS_TEXT)
		return FAIL(body, line, "'%s' is for numbers, the type is text", "range");
	if (column->type == NS_UNDECIDED && (column->pattern || ranged))
		column->type = ranged ? NS_NUMBER : NS_TEXT;
	for (size_t i = 0; i < column->values_count; i++)
		NS_TRY(check_value(body, &column->values[i], line));
	return column->values_count ? refuse_double_values(body, line) : NS_OK;
}

int ns_schema_column_read(struct ns_schema_column *column, bool *role_given, const struct ns_yaml *node, const struct ns_schema_source *source)
{
	struct body body = {.column = column, .source = source};
	column->required = true;
	column->low = -INFINITY;
	column->high = INFINITY;
	*role_given = false;
	if (node->kind == NS_YAML_SCALAR) { /* the short form */
		column->may_be_missing = true;
		return ns_yaml_is_null(node) ? NS_OK : read_type(&body, node);
	}
	if (node->kind == NS_YAML_LIST)
		return FAIL(&body, node->line, "a type or a map is expected, not %s", "a list");
	for (const struct ns_yaml *item = node->first; item; item = item->next)
		NS_TRY(read_key(&body, item));
	if (column->role == NS_ROLE_DROP && !body.required_given)
		column->required = false;
	*role_given = body.role_given;
	return check(&body, column->line);
}
