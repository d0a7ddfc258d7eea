#include "stat/check_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "table/yaml.h"

/* --- YAML --- */

static int put_text(struct ns_buffer *out, const char *key, const char *text)
{
	return ns_buffer_printf(out, "%s: ", key) || ns_yaml_print_text(out, text) || ns_buffer_append(out, "\n", 1);
}

static int put_names(struct ns_buffer *out, const char *key, const struct ns_check_names *names)
{
	int failed = ns_buffer_printf(out, "  %s: [", key);
	for (size_t i = 0; i < names->count && !failed; i++)
		failed = (i > 0 && ns_buffer_append(out, ", ", 2)) || ns_yaml_print_text(out, names->items[i]);
	return failed || ns_buffer_append(out, "]\n", 2);
}

static int put_example(struct ns_buffer *out, int indent, const struct ns_example *example, bool several)
{
	int failed = ns_buffer_printf(out, "%*s- {", indent, "");
	if (several)
		failed = failed || ns_buffer_append(out, "file: ", 6) || ns_yaml_print_text(out, example->source) || ns_buffer_append(out, ", ", 2);
	if (example->line)
		failed = failed || ns_buffer_printf(out, "line: %" PRIu64 ", ", example->line);
	return failed || ns_buffer_append(out, "value: ", 7) || ns_yaml_print_text(out, example->value) || ns_buffer_append(out, "}\n", 2);
}

static int put_tally(struct ns_buffer *out, int indent, const struct ns_tally *tally, bool several)
{
	int failed = ns_buffer_printf(out, "%*scount: %" PRIu64 "\n%*sexamples:\n", indent, "", tally->count, indent, "");
	for (uint64_t i = 0; i < tally->count && i < NS_EXAMPLES && !failed; i++)
		failed = put_example(out, indent + 2, &tally->examples[i], several);
	return failed;
}

static bool has_violations(const struct ns_check_column *column)
{
	for (int rule = 0; rule < NS_RULES; rule++)
		if (column->tallies[rule].count)
			return true;
	return false;
}

static int put_column(struct ns_buffer *out, const struct ns_check_column *column, bool several)
{
	int failed = ns_buffer_append(out, "  ", 2) || ns_yaml_print_text(out, column->name) || ns_buffer_append(out, ":\n", 2);
	for (int rule = 0; rule < NS_RULES && !failed; rule++)
		if (column->tallies[rule].count)
			failed = ns_buffer_printf(out, "    %s:\n", ns_rule_name((enum ns_rule)rule)) ||
				 put_tally(out, 6, &column->tallies[rule], several);
	return failed;
}

static int put_columns(struct ns_buffer *out, const struct ns_check *check, bool several)
{
	int failed = 0;
	bool some = false;
	for (size_t i = 0; i < check->count && !failed; i++) {
		if (!has_violations(&check->columns[i]))
			continue;
		failed = (!some && ns_buffer_append(out, "columns:\n", 9)) || put_column(out, &check->columns[i], several);
		some = true;
	}
	return failed || (!some && ns_buffer_append(out, "columns: {}\n", 12));
}

int ns_check_report(struct ns_buffer *out, const struct ns_check *check, const struct ns_check_inputs *inputs, bool pass, const char *error)
{
	int failed = put_text(out, "file", inputs->names) || put_text(out, "schema", check->schema->path) ||
		     ns_buffer_printf(out, "result: %s\nrows: %" PRIu64 "\nvalid_rows: %" PRIu64 "\ninvalid_rows: %" PRIu64 "\nviolations: %" PRIu64 "\n",
			     pass ? "pass" : "fail", check->rows, check->rows - check->bad_rows, check->bad_rows, check->violations);
	failed = failed || ns_buffer_append(out, "checks:\n", 8);
	for (int rule = 0; rule < NS_RULES && !failed; rule++)
		failed = ns_buffer_printf(out, "  %s: %" PRIu64 "\n", ns_rule_name((enum ns_rule)rule), check->totals[rule]);
	failed = failed || ns_buffer_append(out, "header:\n", 8) || put_names(out, "missing_columns", &check->missing) ||
		 put_names(out, "unexpected_columns", &check->unexpected) || put_names(out, "doubled_columns", &check->doubled);
	if (check->malformed.count)
		failed = failed || ns_buffer_append(out, "malformed_rows:\n", 16) || put_tally(out, 2, &check->malformed, inputs->several);
	failed = failed || put_columns(out, check, inputs->several);
	return failed || (error && put_text(out, "error", error)) ? -1 : 0;
}

int ns_check_report_store(const char *path, const struct ns_check *check, const struct ns_check_inputs *inputs, bool pass, const char *error,
	struct ns_err *err)
{
	struct ns_buffer out = NS_BUFFER_INIT((size_t)1 << 30);
	int status = ns_check_report(&out, check, inputs, pass, error) ? ns_fail(err, NS_EDATA, "%s: the report is larger than 1 GiB", path)
								       : ns_file_store(path, out.data, out.size, err);
	ns_buffer_release(&out);
	return status;
}

/* --- one line --- */

struct kind {
	const char *column;
	enum ns_rule rule;
	uint64_t count;
	size_t order;
	bool in_header;
};

static int by_count(const void *a, const void *b)
{
	const struct kind *left = a, *right = b;
	if (left->in_header != right->in_header)
		return left->in_header ? -1 : 1;
	if (left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return left->order < right->order ? -1 : 1;
}

static void put_kind(struct ns_buffer *out, const struct kind *kind)
{
	ns_buffer_printf(out, "%s", out->size ? ", " : "");
	if (kind->column)
		ns_buffer_printf(out, "column '%s': ", kind->column);
	ns_buffer_printf(out, "%s", ns_rule_name(kind->rule));
	if (!kind->in_header)
		ns_buffer_printf(out, " (%" PRIu64 ")", kind->count);
}

static size_t list_names(struct kind *kinds, size_t count, enum ns_rule rule, const struct ns_check_names *names)
{
	for (size_t i = 0; i < names->count; i++, count++)
		kinds[count] = (struct kind){names->items[i], rule, 1, count, true};
	return count;
}

/* What was found, that of the header first, then by number. */
static size_t list_kinds(struct kind *kinds, const struct ns_check *check)
{
	size_t count = list_names(kinds, 0, NS_RULE_MISSING_COLUMN, &check->missing);
	count = list_names(kinds, count, NS_RULE_UNEXPECTED_COLUMN, &check->unexpected);
	count = list_names(kinds, count, NS_RULE_DOUBLED_COLUMN, &check->doubled);
	if (check->malformed.count) {
		kinds[count] = (struct kind){NULL, NS_RULE_COLUMNS, check->malformed.count, count, false};
		count++;
	}
	for (size_t i = 0; i < check->count; i++)
		for (int rule = 0; rule < NS_RULES; rule++)
			if (check->columns[i].tallies[rule].count) {
				kinds[count] = (struct kind){check->columns[i].name, (enum ns_rule)rule, check->columns[i].tallies[rule].count, count, false};
				count++;
			}
	qsort(kinds, count, sizeof *kinds, by_count);
	return count;
}

int ns_check_fail(const struct ns_check *check, struct ns_err *err)
{
	enum { NAMES_SHOWN = 6, SHOWN = 3 };
	if (check->violations == 1)
		return ns_fail(err, NS_EDATA, "%s (the only violation in %" PRIu64 " rows)", check->first.text, check->rows);
	size_t names = check->missing.count + check->unexpected.count + check->doubled.count;
	struct ns_buffer list = NS_BUFFER_INIT(sizeof err->text);
	struct kind *kinds = NS_NEW_ARRAY(check->arena, struct kind, names + check->count * NS_RULES + 1);
	size_t most = (names < NAMES_SHOWN ? names : NAMES_SHOWN) + SHOWN, count = list_kinds(kinds, check), shown = count < most ? count : most;
	for (size_t i = 0; i < shown; i++)
		put_kind(&list, &kinds[i]);
	if (shown < count)
		ns_buffer_printf(&list, ", and %zu more", count - shown);
	ns_fail(err, NS_EDATA, "%s; in all %" PRIu64 " violations, %" PRIu64 " of %" PRIu64 " rows are bad: %.*s", check->first.text, check->violations,
		check->bad_rows, check->rows, (int)list.size, list.data);
	ns_buffer_release(&list);
	return NS_EDATA;
}

/* --- the table of errors --- */

struct ns_check_errors {
	struct ns_table_options options;
	struct ns_writer *writer;
	struct ns_arena batch_arena;
	bool several;
};

enum { LINE, COLUMN, VALUE, RULE, SOURCE, WIDTH };

static int write_errors(struct ns_check_errors *errors, const struct ns_violation *violations, size_t count, struct ns_err *err)
{
	static const char *const names[WIDTH] = {"line", "column", "value", "rule", "file"};
	struct ns_arena *arena = &errors->batch_arena;
	struct ns_column columns[WIDTH] = {{0}};
	struct ns_table table = {.rows = count, .width = errors->several ? WIDTH : SOURCE, .columns = columns, .source = "errors"};
	double *lines = NS_NEW_ARRAY(arena, double, count);
	struct ns_span *texts[WIDTH];
	for (size_t i = 0; i < WIDTH; i++)
		texts[i] = NS_NEW_ARRAY(arena, struct ns_span, count);
	for (size_t i = 0; i < count; i++) {
		const struct ns_violation *violation = &violations[i];
		const char *column = violation->column ? violation->column : "", *rule = ns_rule_name(violation->rule);
		lines[i] = violation->line ? (double)violation->line : NAN;
		texts[COLUMN][i] = (struct ns_span){column, strlen(column)};
		texts[VALUE][i] = violation->value.data ? violation->value : (struct ns_span){"", 0};
		texts[RULE][i] = (struct ns_span){rule, strlen(rule)};
		texts[SOURCE][i] = (struct ns_span){violation->source, strlen(violation->source)};
	}
	ns_column_set_numbers(&columns[LINE], lines);
	for (size_t i = 0; i < table.width; i++) {
		columns[i].name = names[i];
		if (i != LINE)
			NS_TRY(ns_column_set_text(&columns[i], texts[i], count, arena, err));
	}
	return ns_writer_write(errors->writer, &table, NULL, 0, err);
}

static void release(void *what)
{
	ns_arena_release(&((struct ns_check_errors *)what)->batch_arena);
}

int ns_check_errors_open(struct ns_check_errors **out, const char *path, bool several, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_check_errors *errors = *out = NS_NEW(arena, struct ns_check_errors);
	*errors = (struct ns_check_errors){.options = {NS_TABLE_OPTIONS_INIT}, .several = several};
	ns_arena_defer(arena, release, errors);
	NS_TRY(ns_writer_open(&errors->writer, path, &errors->options, NULL, arena, err));
	return write_errors(errors, NULL, 0, err);
}

int ns_check_errors_tell(void *context, const struct ns_violation *violations, size_t count, struct ns_err *err)
{
	enum { AT_ONCE = 4096 }; /* a table holds at most 4 GiB of text */
	struct ns_check_errors *errors = context;
	for (size_t done = 0; done < count; done += AT_ONCE) {
		ns_arena_reset(&errors->batch_arena);
		NS_TRY(write_errors(errors, violations + done, count - done < AT_ONCE ? count - done : AT_ONCE, err));
	}
	return NS_OK;
}

int ns_check_errors_finish(struct ns_check_errors *errors, struct ns_err *err)
{
	return ns_writer_finish(errors->writer, err);
}
