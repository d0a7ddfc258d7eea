#include "stage/derive_plan.h"

#include <string.h>

#include "base/file.h"
#include "table/arrow.h"
#include "table/schema.h"

struct ns_derive_name *ns_derive_plan_find(const struct ns_derive_plan *plan, const char *name)
{
	ptrdiff_t at = ns_names_find(&plan->names, name);
	return at < 0 ? NULL : &plan->known[at];
}

/* --- what is to be computed --- */

static const char blanks[] = " \t\r\n";

/* What stands behind NAME =, without blanks around it. */
static const char *behind_name(const char *text, struct ns_arena *arena)
{
	text += strspn(text, blanks);
	if (*text == '`')
		for (text++; *text != '`' || text[1] == '`'; text++)
			text += *text == '`';
	text = strchr(text, '=') + 1;
	text += strspn(text, blanks);
	size_t size = strlen(text);
	while (size && strchr(blanks, text[size - 1]))
		size--;
	return ns_strndup(arena, text, size);
}

/* Room for one more, whose expression takes so many bytes. */
static int add_item(struct ns_derive_item **item, struct ns_derive_plan *plan, size_t size)
{
	if (plan->count == NS_DERIVE_COLUMNS)
		return ns_fail(plan->err, NS_ECALL, "more than %d columns to derive (-w FILE and then -m FILE parts them into stages)", NS_DERIVE_COLUMNS);
	if (size > NS_DERIVE_TEXT - plan->size)
		return ns_fail(plan->err, NS_ECALL, "the expressions take more than %d bytes together", NS_DERIVE_TEXT);
	plan->size += size;
	*item = &plan->items[plan->count++];
	return NS_OK;
}

static int parse_item(struct ns_derive_plan *plan, const char *text)
{
	struct ns_derive_item *item = NULL;
	NS_TRY(add_item(&item, plan, strlen(text)));
	NS_TRY(ns_expression_parse(&item->expression, &item->name, text, plan->arena, plan->err));
	item->text = behind_name(text, plan->arena);
	if (strchr(blanks, item->name[0]) || strchr(blanks, item->name[strlen(item->name) - 1])) /* they do not survive its being read again */
		return ns_expression_fail(item->expression, 1, plan->err, "a column's name has no blanks around it");
	if (strncmp(item->name, "ns:", 3) == 0)
		return ns_expression_fail(item->expression, 1, plan->err, "names that begin with ns: are not to be had");
	return NS_OK;
}

/* Every name so far, of the header and of items. */
static void collect_names(struct ns_derive_plan *plan)
{
	const struct ns_table *header = &plan->flow->header;
	const char **names = NS_NEW_ARRAY(plan->arena, const char *, header->width + plan->count);
	for (size_t i = 0; i < header->width; i++)
		names[i] = header->columns[i].name;
	for (size_t i = 0; i < plan->count; i++)
		names[header->width + i] = plan->items[i].name;
	ns_names_init(&plan->names, names, header->width + plan->count);
	plan->known = NS_NEW_ARRAY(plan->arena, struct ns_derive_name, plan->names.count);
	for (size_t i = 0; i < plan->names.count; i++)
		plan->known[i].column = -1;
	for (size_t i = 0; i < header->width; i++)
		ns_derive_plan_find(plan, header->columns[i].name)->column = (ptrdiff_t)i;
}

void ns_derive_plan_foresee(struct ns_table *table, const struct ns_derive_plan *plan)
{
	bool *seen = NS_NEW_ARRAY(plan->arena, bool, plan->names.count);
	*table = plan->flow->header;
	ns_table_widen(table, plan->count, plan->arena);
	table->width = plan->flow->header.width;
	for (size_t i = 0; i < plan->count; i++) {
		ptrdiff_t name = ns_names_find(&plan->names, plan->items[i].name);
		if (plan->known[name].column < 0 && !seen[name])
			table->columns[table->width++] = (struct ns_column){.name = plan->items[i].name};
		seen[name] = true;
	}
}

static const char *quote(const char *name, struct ns_arena *arena)
{
	struct ns_buffer out = NS_BUFFER_INIT(SIZE_MAX);
	for (; *name; name++)
		(void)ns_buffer_append(&out, *name == '`' ? "``" : name, *name == '`' ? 2 : 1);
	const char *quoted = ns_format(arena, "`%.*s`", (int)out.size, out.data);
	ns_buffer_release(&out);
	return quoted;
}

static int add_interaction(struct ns_derive_plan *plan, const char *a, const char *b)
{
	struct ns_derive_item *item = NULL;
	NS_TRY(add_item(&item, plan, strlen(a) + strlen(b)));
	*item = (struct ns_derive_item){.name = ns_format(plan->arena, "%s*%s", a, b), .interaction = true};
	item->text = ns_format(plan->arena, "%s * %s", quote(a, plan->arena), quote(b, plan->arena));
	return ns_expression_parse(&item->expression, NULL, item->text, plan->arena, plan->err);
}

/* The products of all pairs of the columns that the list names and that may be features. */
static int add_interactions(struct ns_derive_plan *plan)
{
	struct ns_table table;
	struct ns_table_options list = {.columns = plan->options->interactions};
	struct ns_reader *reader = plan->flow->reader;
	if (!list.columns.count)
		return NS_OK;
	ns_derive_plan_foresee(&table, plan);
	bool *marks = NS_NEW_ARRAY(plan->arena, bool, table.width);
	NS_TRY(ns_table_features(marks, &table, ns_reader_schema(reader), ns_reader_target(reader), &list, plan->err));
	size_t *columns = NS_NEW_ARRAY(plan->arena, size_t, table.width), count = 0;
	for (size_t i = 0; i < table.width; i++)
		if (marks[i])
			columns[count++] = i;
	if (count < 2)
		return ns_fail(plan->err, NS_ECALL, "--interactions needs two columns or more, not %zu", count);
	if (count * (count - 1) / 2 > NS_DERIVE_COLUMNS - plan->count)
		return ns_fail(plan->err, NS_ECALL, "--interactions: %zu columns have %zu pairs, more than the %zu columns that may still be derived (shorten the list)",
			count, count * (count - 1) / 2, NS_DERIVE_COLUMNS - plan->count);
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			NS_TRY(add_interaction(plan, table.columns[columns[i]].name, table.columns[columns[j]].name));
	collect_names(plan);
	return NS_OK;
}

static int make_items(struct ns_derive_plan *plan)
{
	const struct ns_texts *texts = &plan->options->expressions;
	plan->items = NS_NEW_ARRAY(plan->arena, struct ns_derive_item, NS_DERIVE_COLUMNS);
	for (size_t i = 0; i < texts->count; i++)
		NS_TRY(parse_item(plan, texts->items[i]));
	collect_names(plan);
	return add_interactions(plan);
}

/* --- which columns are read, and as what --- */

/* The target is not there when a stage is applied. */
static int check_target(const struct ns_derive_plan *plan, const struct ns_derive_item *item)
{
	const struct ns_expression_column *columns;
	size_t count = ns_expression_columns(&columns, item->expression);
	const char *target = ns_reader_target(plan->flow->reader);
	if (!plan->options->stored || !target)
		return NS_OK;
	if (strcmp(item->name, target) == 0)
		return ns_expression_fail(item->expression, 1, plan->err, "'%s' is the target, which a stage leaves alone (without -w it may be changed)", target);
	for (size_t i = 0; i < count; i++)
		if (strcmp(columns[i].name, target) == 0)
			return ns_expression_fail(item->expression, columns[i].place, plan->err,
				"'%s' is the target, which is not there where a stage is applied (without -w it may be read)", target);
	return NS_OK;
}

static int fail_unknown(const struct ns_derive_plan *plan, const struct ns_derive_item *item, const struct ns_expression_column *column)
{
	const char **names = NS_NEW_ARRAY(plan->arena, const char *, plan->names.count);
	size_t count = 0;
	for (size_t i = 0; i < plan->names.count; i++)
		if (plan->known[i].column >= 0 || plan->known[i].derived)
			names[count++] = plan->names.items[i];
	const char *near = ns_nearest_name(column->name, names, count);
	if (near)
		return ns_expression_fail(item->expression, column->place, plan->err, "no column '%s' (did you mean '%s'?)", column->name, near);
	return ns_expression_fail(item->expression, column->place, plan->err, "no column '%s'", column->name);
}

/* A column of the input whose type nobody has decided is read as it is used; Arrow's own types count as little as the looks of CSV. */
static bool is_open(const struct ns_flow *flow, size_t column)
{
	const struct ns_column *header = &flow->header.columns[column];
	const struct ns_schema *schema = ns_reader_schema(flow->reader);
	const struct ns_schema_column *known = schema ? ns_schema_find(schema, header->name) : NULL;
	if (flow->origin[column] < 0 || flow->asked[flow->origin[column]] != NS_UNDECIDED || (known && known->type != NS_UNDECIDED))
		return false;
	return header->type == NS_UNDECIDED || (header->array && ns_arrow_natural_type(&header->array->type) == header->type);
}

/* As it is written in an expression. */
static const char *written(const char *name, struct ns_arena *arena)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	return strspn(name, plain) == strlen(name) && !strchr("0123456789", *name) ? name : quote(name, arena);
}

/* One use of a column as it comes. */
static int ask(const struct ns_derive_plan *plan, struct ns_derive_name *known, const struct ns_derive_item *item, const struct ns_expression_column *column)
{
	if (column->type == NS_UNDECIDED)
		return NS_OK;
	if (!is_open(plan->flow, (size_t)known->column)) /* binding says what is wrong */
		return NS_OK;
	if (known->asked != NS_UNDECIDED && known->asked != column->type)
		return ns_expression_fail(item->expression, column->place, plan->err,
			column->type == NS_TEXT ? "'%s' is used as text here, but as a number for '%s': write text(%s) here"
						: "'%s' is used as a number here, but as text for '%s': write number(%s) here",
			column->name, known->asker->name, written(column->name, plan->arena));
	if (known->asked == NS_UNDECIDED)
		known->asker = item;
	known->asked = column->type;
	return NS_OK;
}

/* A value that is no number shall be known as what the expression got, not only as what the file has. */
static void explain(const struct ns_derive_plan *plan)
{
	for (size_t i = 0; i < plan->names.count; i++) {
		const struct ns_derive_name *known = &plan->known[i];
		if (known->asked != NS_NUMBER)
			continue;
		const char *instead = known->asker->interaction ? "leave it out of --interactions"
			: ns_format(plan->arena, "number(%s) in its place makes it missing", written(plan->names.items[i], plan->arena));
		const char *remedy = ns_format(plan->arena, ", as '%.100s' takes it (%s; --on-error skip or missing goes on)", known->asker->name, instead);
		ns_reader_explain(plan->flow->reader, (size_t)plan->flow->origin[known->column], remedy);
	}
}

/* How columns are asked for, by all that is said of them. */
static int ask_all(const struct ns_derive_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct ns_derive_item *item = &plan->items[i];
		const struct ns_expression_column *columns;
		size_t count = ns_expression_columns(&columns, item->expression);
		NS_TRY(check_target(plan, item));
		for (size_t k = 0; k < count; k++) {
			struct ns_derive_name *known = ns_derive_plan_find(plan, columns[k].name);
			if (!known || (known->column < 0 && !known->derived))
				return fail_unknown(plan, item, &columns[k]);
			if (!known->derived)
				NS_TRY(ask(plan, known, item, &columns[k]));
		}
		ns_derive_plan_find(plan, item->name)->derived = true;
	}
	for (size_t i = 0; i < plan->names.count; i++)
		plan->known[i].derived = false; /* from the beginning again */
	explain(plan);
	return NS_OK;
}

static int bind_item(const struct ns_derive_plan *plan, struct ns_derive_item *item)
{
	const struct ns_expression_column *columns;
	size_t count = ns_expression_columns(&columns, item->expression);
	enum ns_type *types = NS_NEW_ARRAY(plan->arena, enum ns_type, count);
	for (size_t k = 0; k < count; k++) {
		struct ns_derive_name *known = ns_derive_plan_find(plan, columns[k].name);
		if (known->type == NS_UNDECIDED && known->asked != NS_UNDECIDED)
			known->type = known->asked;
		if (known->type == NS_UNDECIDED)
			NS_TRY(ns_flow_type(&known->type, plan->flow, (size_t)known->column, plan->err));
		types[k] = known->type;
	}
	NS_TRY(ns_expression_bind(item->expression, types, plan->err));
	struct ns_derive_name *own = ns_derive_plan_find(plan, item->name);
	own->derived = true;
	own->type = item->type = ns_expression_type(item->expression);
	return NS_OK;
}

int ns_derive_plan_make(struct ns_derive_plan *plan)
{
	NS_TRY(make_items(plan));
	NS_TRY(ask_all(plan));
	for (size_t i = 0; i < plan->count; i++)
		NS_TRY(bind_item(plan, &plan->items[i]));
	return NS_OK;
}

/* --- expressions in a file --- */

enum { FILE_MAX = 16 * 1024 * 1024 };
static const char byte_order_mark[] = "\xef\xbb\xbf";

static int read_line(struct ns_texts *expressions, const char *line, const char *path, size_t number, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_expression *expression;
	const char *name;
	char first = line[strspn(line, blanks)];
	if (first == '\0' || first == '#')
		return NS_OK;
	if (ns_expression_parse(&expression, &name, line, arena, err) != NS_OK) {
		struct ns_err why = *err;
		return ns_fail(err, NS_ECALL, "%s:%zu: %s", path, number, why.text);
	}
	expressions->items[expressions->count++] = line;
	return NS_OK;
}

int ns_derive_read_file(struct ns_texts *expressions, const char *path, struct ns_arena *arena, struct ns_err *err)
{
	char *text;
	size_t size, lines = 1, number = 1;
	NS_TRY(ns_file_slurp(&text, &size, path, FILE_MAX, arena, err));
	if (memchr(text, '\0', size))
		return ns_fail(err, NS_ECALL, "%s: a NUL byte: not a file of expressions", path);
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	const char **items = NS_NEW_ARRAY(arena, const char *, expressions->count + lines);
	if (expressions->count)
		memcpy(items, expressions->items, expressions->count * sizeof *items);
	expressions->items = items;
	for (char *line = text + (strncmp(text, byte_order_mark, 3) == 0 ? 3 : 0), *end = text + size; line < end; number++) {
		size_t length = strcspn(line, "\n");
		line[length] = '\0';
		if (length && line[length - 1] == '\r')
			line[length - 1] = '\0';
		NS_TRY(read_line(expressions, line, path, number, arena, err));
		line += length + 1;
	}
	return NS_OK;
}
