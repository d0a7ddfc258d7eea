#include "stat/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/opt.h"

/* So many malformed rows are kept until a row comes: more than a block of the CSV reader can hold, so their order is the input's. */
enum { PENDING_MAX = 1 << 18 };

struct ns_pending {
	uint64_t rows; /* that stand before it */
	struct ns_violation violation;
};

/* Of a column that the schema does not name, or names without a word on its values. */
static const struct ns_schema_column anything = {.may_be_missing = true, .low = -INFINITY, .high = INFINITY};

/* --- counting --- */

/* The first `size` bytes or up to three fewer, so that no character is cut in two; text[size] is there. */
static size_t whole_characters(const char *text, size_t size)
{
	for (int i = 0; i < 3 && size && ((unsigned char)text[size] & 0xc0) == 0x80; i++)
		size--;
	return size;
}

static const char *excerpt(struct ns_span value, struct ns_arena *arena)
{
	if (value.size <= NS_EXAMPLE_SIZE)
		return ns_strndup(arena, value.data ? value.data : "", value.size);
	return ns_format(arena, "%.*s...", (int)whole_characters(value.data, NS_EXAMPLE_SIZE), value.data);
}

static void count(struct ns_check *check, struct ns_tally *tally, const struct ns_violation *violation)
{
	check->violations++;
	check->in_header += violation->line == 0;
	check->totals[violation->rule]++;
	if (tally && tally->count < NS_EXAMPLES)
		tally->examples[tally->count] = (struct ns_example){ns_strdup(check->arena, violation->source),
			excerpt(violation->value, check->arena), violation->line};
	if (tally)
		tally->count++;
}

static int tell(struct ns_check *check, const struct ns_violation *violations, size_t how_many, struct ns_err *err)
{
	return check->options.tell && how_many ? check->options.tell(check->options.context, violations, how_many, err) : NS_OK;
}

static bool is_first(const struct ns_check *check)
{
	return !*check->first.text;
}

/* --- the header --- */

/* " (is it 'Results'?)" where the schema does not know a column of a like name. */
static const char *hint(const struct ns_check *check, const char *name)
{
	const struct ns_table *header = ns_reader_header(check->reader);
	const char **names = NS_NEW_ARRAY(check->arena, const char *, header->width);
	size_t count = 0;
	for (size_t i = 0; i < header->width; i++)
		if (!ns_schema_find(check->schema, header->columns[i].name))
			names[count++] = header->columns[i].name;
	const char *near = ns_nearest_name(name, names, count);
	return near ? ns_format(check->arena, " (is it '%s'?)", near) : "";
}

static int find_in_header(struct ns_check *check, enum ns_rule rule, struct ns_check_names *names, const char *name, struct ns_err *err)
{
	static const char *const what[] = {[NS_RULE_MISSING_COLUMN] = "is missing", [NS_RULE_UNEXPECTED_COLUMN] = "is not in the schema",
		[NS_RULE_DOUBLED_COLUMN] = "comes twice"};
	const char *source = ns_reader_header(check->reader)->source;
	struct ns_violation violation = {.rule = rule, .column = name, .source = source};
	if (is_first(check))
		ns_fail(&check->first, NS_EDATA, "%s: column '%s' %s%s", source, name, what[rule], rule == NS_RULE_MISSING_COLUMN ? hint(check, name) : "");
	names->items[names->count++] = name;
	count(check, NULL, &violation);
	return tell(check, &violation, 1, err);
}

static bool is_target(const struct ns_check *check, const char *name)
{
	const char *target = ns_reader_target(check->reader);
	return target && strcmp(target, name) == 0;
}

static int find_missing(struct ns_check *check, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(check->reader);
	const struct ns_schema *schema = check->schema;
	const char *target = ns_reader_target(check->reader);
	bool wanted = check->options.require_target;
	for (size_t i = 0; i < schema->count; i++) {
		const struct ns_schema_column *column = &schema->columns[i];
		bool required = is_target(check, column->name) ? wanted : column->role == NS_ROLE_TARGET ? false : column->required;
		if (required && ns_table_find(header, column->name) < 0)
			NS_TRY(find_in_header(check, NS_RULE_MISSING_COLUMN, &check->missing, column->name, err));
	}
	if (wanted && !target)
		return ns_fail(err, NS_ECALL, "--require-target: which column is the target? (-t NAME, or 'target' in the schema)");
	if (wanted && !ns_schema_find(schema, target) && ns_table_find(header, target) < 0)
		return find_in_header(check, NS_RULE_MISSING_COLUMN, &check->missing, target, err);
	return NS_OK;
}

static int find_surplus(struct ns_check *check, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(check->reader);
	for (size_t i = 0; i < header->width; i++) {
		const struct ns_column *column = &header->columns[i];
		if (ns_schema_find(check->schema, column->name))
			continue;
		if (column->doubled)
			NS_TRY(find_in_header(check, NS_RULE_DOUBLED_COLUMN, &check->doubled, column->name, err));
		else if (!check->schema->allow_extra && !ns_column_is_ours(column) && !is_target(check, column->name))
			NS_TRY(find_in_header(check, NS_RULE_UNEXPECTED_COLUMN, &check->unexpected, column->name, err));
	}
	return NS_OK;
}

/* --- the columns --- */

static bool is_checked(const struct ns_check *check, const struct ns_schema_column *column)
{
	return check->options.typed || column->type == NS_NUMBER || !column->may_be_missing || column->values_count || column->pattern ||
	       column->unique;
}

/* A type that the column cannot have at all (numbers of binary values) is a violation of the header; no value is looked at. */
static int want(struct ns_check *check, struct ns_check_column *column, struct ns_err *err)
{
	struct ns_err why = {""};
	int status = ns_reader_want(check->reader, column->at, column->schema->type, &why);
	column->type = ns_reader_header(check->reader)->columns[column->at].type;
	if (status == NS_OK)
		return NS_OK;
	if (status != NS_EDATA || column->schema->type == NS_UNDECIDED) {
		*err = why;
		return status;
	}
	struct ns_violation violation = {.rule = NS_RULE_TYPE, .column = column->name, .source = ns_reader_header(check->reader)->source};
	if (is_first(check))
		check->first = why;
	column->type = NS_UNDECIDED;
	count(check, &column->tallies[NS_RULE_TYPE], &violation);
	return tell(check, &violation, 1, err);
}

static int start_columns(struct ns_check *check, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(check->reader);
	check->count = header->width;
	check->columns = NS_NEW_ARRAY(check->arena, struct ns_check_column, header->width);
	for (size_t i = 0; i < header->width; i++) {
		struct ns_check_column *column = &check->columns[i];
		const struct ns_schema_column *known = ns_schema_find(check->schema, header->columns[i].name);
		*column = (struct ns_check_column){.schema = known ? known : &anything, .name = header->columns[i].name, .at = i};
		if (!is_checked(check, column->schema))
			continue;
		NS_TRY(want(check, column, err));
		ns_check_column_start(column, check->arena);
	}
	return NS_OK;
}

/* --- malformed rows --- */

static void free_findings(void *what)
{
	struct ns_check *check = what;
	free(check->findings.items);
	free(check->pending);
	ns_arena_release(&check->pending_arena);
}

static int tell_pending(struct ns_check *check, uint64_t rows, struct ns_err *err)
{
	while (check->pending_next < check->pending_count && check->pending[check->pending_next].rows <= rows)
		NS_TRY(tell(check, &check->pending[check->pending_next++].violation, 1, err));
	if (check->pending_next == check->pending_count) {
		check->pending_next = check->pending_count = 0;
		ns_arena_reset(&check->pending_arena);
	}
	return NS_OK;
}

/* The reader's message without the remedy at its end, which is not ours. */
static void take_message(struct ns_check *check, const char *why)
{
	size_t size = strlen(why), at = size;
	while (at > 1 && !(why[at] == '(' && why[at - 1] == ' '))
		at--;
	ns_fail(&check->first, NS_EDATA, "%.*s", (int)(at > 1 && why[size - 1] == ')' ? at - 1 : size), why);
}

static int malformed(void *context, const struct ns_malformed *row, struct ns_err *err)
{
	struct ns_check *check = context;
	size_t size = 0;
	while (size < row->raw.size && size < NS_EXAMPLE_SIZE && !strchr("\r\n", row->raw.data[size]))
		size++;
	if (size == NS_EXAMPLE_SIZE && size < row->raw.size)
		size = whole_characters(row->raw.data, size);
	struct ns_violation violation = {NS_RULE_COLUMNS, NULL, row->source, row->line, {row->raw.data, size}};
	if (is_first(check)) {
		take_message(check, row->why);
		check->first_at = row->rows; /* a bad value in the rows before it is still to be found */
	}
	check->rows++;
	check->bad_rows++;
	count(check, &check->malformed, &violation);
	if (!check->options.tell)
		return NS_OK;
	if (check->pending_count == PENDING_MAX)
		NS_TRY(tell_pending(check, UINT64_MAX, err));
	if (check->pending_count == check->pending_capacity) {
		check->pending_capacity = check->pending_capacity ? check->pending_capacity * 2 : 64;
		check->pending = ns_realloc_array(check->pending, check->pending_capacity, sizeof *check->pending);
	}
	violation.source = ns_strdup(&check->pending_arena, violation.source);
	violation.value.data = ns_strndup(&check->pending_arena, violation.value.data, size);
	check->pending[check->pending_count++] = (struct ns_pending){row->rows, violation};
	return NS_OK;
}

int ns_check_start(struct ns_check **out, struct ns_reader *reader, const struct ns_check_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_check *check = *out = NS_NEW(arena, struct ns_check);
	size_t width = ns_reader_header(reader)->width;
	check->schema = ns_reader_schema(reader);
	check->options = *options;
	check->reader = reader;
	check->arena = arena;
	ns_arena_defer(arena, free_findings, check);
	check->judge = (struct ns_judge){malformed, check, options->set_aside};
	check->missing.items = NS_NEW_ARRAY(arena, const char *, check->schema->count + 1);
	check->unexpected.items = NS_NEW_ARRAY(arena, const char *, width);
	check->doubled.items = NS_NEW_ARRAY(arena, const char *, width);
	NS_TRY(ns_reader_judge(reader, &check->judge, err));
	NS_TRY(find_missing(check, err));
	NS_TRY(find_surplus(check, err));
	return start_columns(check, err);
}

/* --- the rows --- */

static int by_place(const void *a, const void *b)
{
	const struct ns_finding *left = a, *right = b;
	if (left->row != right->row)
		return left->row < right->row ? -1 : 1;
	if (left->column != right->column)
		return left->column < right->column ? -1 : 1;
	return (int)left->rule - (int)right->rule;
}

static const char *range_text(const char *shown, const struct ns_schema_column *schema, struct ns_span value, struct ns_arena *arena)
{
	char end[NS_NUMBER_MAX];
	double number = NAN;
	ns_number_parse(&number, value.data, value.size);
	bool below = number < schema->low;
	size_t size = ns_number_print(end, below ? schema->low : schema->high);
	return ns_format(arena, "%s is %s %.*s", shown, below ? "below" : "above", (int)size, end);
}

static void describe(struct ns_check *check, const struct ns_table *batch, const struct ns_finding *finding)
{
	enum { SHOWN = 80 };
	const struct ns_check_column *column = &check->columns[finding->column];
	const struct ns_schema_column *schema = column->schema;
	struct ns_arena *arena = ns_reader_batch_arena(check->reader);
	size_t size = finding->value.size;
	const char *value = ns_format(arena, "'%.*s%s'", (int)(size > SHOWN ? whole_characters(finding->value.data, SHOWN) : size), finding->value.data,
		size > SHOWN ? "..." : "");
	const char *what;
	switch (finding->rule) {
	case NS_RULE_TYPE:
		what = ns_format(arena, "%s is not %s", value, schema->integer ? "an integer" : "a number");
		break;
	case NS_RULE_MISSING:
		what = size ? ns_format(arena, "the value is missing (%s)", value) : "the value is missing";
		break;
	case NS_RULE_RANGE:
		what = range_text(value, schema, finding->value, arena);
		break;
	case NS_RULE_PATTERN:
		what = ns_format(arena, "%s does not match '%s'", value, schema->pattern);
		break;
	case NS_RULE_UNIQUE:
		what = ns_format(arena, "%s came before", value);
		break;
	default:
		what = ns_format(arena, "%s is none of the values allowed", value);
	}
	ns_fail(&check->first, NS_EDATA, "%s: column '%s': %s", ns_table_where(batch, finding->row, arena), column->name, what);
	check->first_at = 0;
}

static int tell_findings(bool *bad, struct ns_check *check, const struct ns_table *batch, struct ns_err *err)
{
	const struct ns_findings *findings = &check->findings;
	const char *source = batch->source ? batch->source : ns_reader_header(check->reader)->source;
	struct ns_violation *violations = NS_NEW_ARRAY(ns_reader_batch_arena(check->reader), struct ns_violation, findings->count);
	size_t told = 0;
	for (size_t i = 0; i < findings->count; i++) {
		const struct ns_finding *finding = &findings->items[i];
		struct ns_check_column *column = &check->columns[finding->column];
		uint64_t line = ns_table_place(batch, finding->row);
		violations[i] = (struct ns_violation){finding->rule, column->name, source, line, finding->value};
		if (is_first(check) || batch->first_row + finding->row < check->first_at)
			describe(check, batch, finding);
		count(check, &column->tallies[finding->rule], &violations[i]);
		check->bad_rows += !bad[finding->row];
		bad[finding->row] = true;
		if (check->pending_next == check->pending_count || check->pending[check->pending_next].rows > batch->first_row + finding->row)
			continue;
		NS_TRY(tell(check, violations + told, i - told, err));
		NS_TRY(tell_pending(check, batch->first_row + finding->row, err));
		told = i;
	}
	return tell(check, violations + told, findings->count - told, err);
}

int ns_check_batch(bool **bad, struct ns_check *check, const struct ns_table *batch, struct ns_err *err)
{
	struct ns_findings *findings = &check->findings;
	*bad = NULL;
	findings->count = 0;
	check->rows += batch->rows;
	for (size_t i = 0; i < check->count; i++)
		ns_check_column_batch(findings, &check->columns[i], (uint32_t)i, check->reader, batch);
	if (findings->count) {
		qsort(findings->items, findings->count, sizeof *findings->items, by_place);
		*bad = NS_NEW_ARRAY(ns_reader_batch_arena(check->reader), bool, batch->rows);
		NS_TRY(tell_findings(*bad, check, batch, err));
	}
	return batch->rows ? tell_pending(check, batch->first_row + batch->rows - 1, err) : tell_pending(check, UINT64_MAX, err);
}

int ns_check_again(struct ns_check *check, const char *set_aside, struct ns_err *err)
{
	check->options.tell = NULL;
	check->judge.set_aside = set_aside;
	check->rows = check->bad_rows = check->violations = check->in_header = 0;
	memset(check->totals, 0, sizeof check->totals);
	check->malformed.count = 0;
	for (size_t i = 0; i < check->count; i++) {
		ns_seen_release(&check->columns[i].seen);
		memset(check->columns[i].tallies, 0, sizeof check->columns[i].tallies);
	}
	return ns_reader_rewind(check->reader, err);
}
