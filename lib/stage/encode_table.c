#include "stage/encode_table.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "stage/encode_rows.h"
#include "stage/stage_table.h"

/* The columns of the table, all of the same length. */
struct rows {
	const char **column, **strategy, **kind, **category, **output;
	const double *value, *code;
	size_t count;
};

static int get_rows(struct rows *rows, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	rows->count = stage->table.rows;
	NS_TRY(ns_stage_get_texts(&rows->column, stage, "column", arena, err));
	NS_TRY(ns_stage_get_texts(&rows->strategy, stage, "strategy", arena, err));
	NS_TRY(ns_stage_get_texts(&rows->kind, stage, "kind", arena, err));
	NS_TRY(ns_stage_get_texts(&rows->category, stage, "category", arena, err));
	NS_TRY(ns_stage_get_numbers(&rows->value, stage, "value", err));
	NS_TRY(ns_stage_get_texts(&rows->output, stage, "output", arena, err));
	return ns_stage_get_numbers(&rows->code, stage, "code", err);
}

/* The word's position in the list, or -1. */
static int find_word(const char *word, const char *const *words, int count)
{
	for (int i = 0; i < count; i++)
		if (word && strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

/* The row is about the same category as the one before. */
static bool is_repeated(const struct rows *rows, size_t row)
{
	const char *a = rows->category[row - 1], *b = rows->category[row];
	double x = rows->value[row - 1], y = rows->value[row];
	return rows->kind[row] && rows->kind[row - 1] && strcmp(rows->kind[row], rows->kind[row - 1]) == 0 && (a && b ? strcmp(a, b) == 0 : a == b) &&
		(x == y || (isnan(x) && isnan(y)));
}

/* Categories first, in ascending order, then at most one row of each of the other kinds. last: the row of the entry before, or NULL. */
static bool load_entry(struct ns_encode_variable *variable, const struct rows *rows, size_t row, const size_t *last, bool is_text)
{
	int kind = find_word(rows->kind[row], ns_encode_kind_names, NS_ENCODE_KINDS);
	bool none_else = variable->missing == NS_ENCODE_NONE && variable->unknown == NS_ENCODE_NONE;
	uint32_t entry = variable->entries++;
	switch (kind) {
	case NS_ENCODE_MISSING:
		variable->missing = entry;
		return none_else;
	case NS_ENCODE_UNKNOWN:
		none_else = variable->unknown == NS_ENCODE_NONE;
		variable->unknown = entry;
		return none_else;
	case NS_ENCODE_CATEGORY:
		variable->categories++;
		if (!none_else)
			return false;
		if (is_text)
			return rows->category[row] && (!last || strcmp(rows->category[*last], rows->category[row]) < 0);
		return !isnan(rows->value[row]) && (!last || rows->value[*last] < rows->value[row]);
	default:
		return false;
	}
}

/* The column's rows, from variable->from to *end, `each` of them an entry. */
static int load_entries(size_t *end, size_t *each, struct ns_encode_variable *variable, const struct rows *rows, const struct ns_stage *stage, size_t input, struct ns_err *err)
{
	const char *name = stage->inputs[input].name;
	size_t row = variable->from, last = 0;
	*each = 1;
	*end = row;
	while (*end < rows->count && *end < NS_ENCODE_NONE && rows->column[*end] && strcmp(rows->column[*end], name) == 0)
		++*end;
	if (*end == row)
		return ns_stage_damaged(stage, err, "no category of column '%s'", name);
	variable->strategy = find_word(rows->strategy[row], ns_encode_strategy_names, NS_ENCODE_STRATEGY_COUNT);
	if (variable->strategy < 0)
		return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
	while (variable->strategy == NS_ENCODE_TARGET && row + *each < *end && is_repeated(rows, row + *each))
		++*each;
	if ((*end - row) % *each)
		return ns_stage_damaged(stage, err, "row %zu: column '%s' has not as many rows for each category", *end, name);
	for (; row < *end; row++) {
		if (find_word(rows->strategy[row], ns_encode_strategy_names, NS_ENCODE_STRATEGY_COUNT) != variable->strategy)
			return ns_stage_damaged(stage, err, "row %zu: another strategy for column '%s'", row + 1, name);
		bool is_first = (row - variable->from) % *each == 0;
		if (is_first ? !load_entry(variable, rows, row, row == variable->from ? NULL : &last, stage->inputs[input].type == NS_TEXT)
			     : !is_repeated(rows, row))
			return ns_stage_damaged(stage, err, "row %zu: no category of column '%s'", row + 1, name);
		last = is_first ? row : last;
	}
	return NS_OK;
}

static bool is_name(const char *text)
{
	return text && *text && ns_utf8_valid(text, strlen(text));
}

/* The names of the outputs, in the order of their codes: each code has one name, and none is left out. */
static bool load_ones(struct ns_encode_variable *variable, const struct rows *rows, struct ns_arena *arena)
{
	const char *const *names = rows->output + variable->from;
	uint32_t *ones = NS_NEW_ARRAY(arena, uint32_t, variable->entries);
	variable->outputs = NS_NEW_ARRAY(arena, const char *, variable->entries);
	variable->ones = ones;
	for (size_t i = 0; i < variable->entries; i++) {
		double code = rows->code[variable->from + i];
		if (isnan(code) != (names[i] == NULL))
			return false;
		ones[i] = NS_ENCODE_NONE;
		if (!names[i])
			continue;
		if (!(code >= 0 && code < (double)variable->entries) || code != floor(code) || !is_name(names[i]))
			return false;
		ones[i] = (uint32_t)code;
		const char **output = &variable->outputs[ones[i]];
		if (*output && strcmp(*output, names[i]) != 0)
			return false;
		*output = names[i];
		if (ones[i] >= variable->outputs_count)
			variable->outputs_count = (size_t)ones[i] + 1;
	}
	for (size_t i = 0; i < variable->outputs_count; i++)
		if (!variable->outputs[i])
			return false;
	return true;
}

/* Numbers of `each` outputs; those of ordinal may be missing for unknown values. A missing value that no row speaks of stays so. */
static bool load_codes(struct ns_encode_variable *variable, const struct rows *rows, size_t each, struct ns_arena *arena)
{
	size_t count = variable->entries * each;
	double *codes = NS_NEW_ARRAY(arena, double, count + 1);
	const char *const *names = rows->output + variable->from;
	bool ordinal = variable->strategy == NS_ENCODE_ORDINAL;
	memcpy(codes, rows->code + variable->from, count * sizeof *codes);
	for (size_t i = 0; i < count; i++) {
		if (!is_name(names[i]) || strcmp(names[i], names[i % each]) != 0)
			return false;
		if (ordinal ? !(isfinite(codes[i]) || (isnan(codes[i]) && i == variable->unknown)) : !(codes[i] >= 0 && codes[i] <= 1))
			return false;
	}
	codes[count] = NAN;
	variable->outputs = NS_NEW_ARRAY(arena, const char *, each);
	memcpy(variable->outputs, names, each * sizeof *names);
	variable->outputs_count = each;
	variable->codes = codes;
	if (ordinal && variable->missing == NS_ENCODE_NONE)
		variable->missing = variable->entries;
	return true;
}

static void load_finder(struct ns_encode_variable *variable, const struct rows *rows, size_t each, bool is_text, struct ns_arena *arena)
{
	const char **texts = is_text ? NS_NEW_ARRAY(arena, const char *, variable->categories) : NULL;
	double *values = is_text ? NULL : NS_NEW_ARRAY(arena, double, variable->categories);
	for (size_t i = 0; i < variable->categories; i++) {
		if (is_text)
			texts[i] = rows->category[variable->from + i * each];
		else
			values[i] = rows->value[variable->from + i * each];
	}
	ns_encode_finder_init(&variable->finder, texts, values, variable->categories, arena);
}

static int load_variable(size_t *end, struct ns_encode_table *table, const struct rows *rows, const struct ns_stage *stage, size_t input, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_encode_variable *variable = &table->variables[input];
	size_t each;
	*variable = (struct ns_encode_variable){.missing = NS_ENCODE_NONE, .unknown = NS_ENCODE_NONE, .from = *end, .target = table->targets};
	NS_TRY(load_entries(end, &each, variable, rows, stage, input, err));
	if (variable->strategy == NS_ENCODE_ONE_HOT ? !load_ones(variable, rows, arena) : !load_codes(variable, rows, each, arena))
		return ns_stage_damaged(stage, err, "column '%s' has no output for each category", stage->inputs[input].name);
	load_finder(variable, rows, each, stage->inputs[input].type == NS_TEXT, arena);
	if (variable->missing == NS_ENCODE_NONE)
		variable->missing = variable->unknown;
	table->targets += variable->strategy == NS_ENCODE_TARGET;
	return NS_OK;
}

/* What training rows ask for. */
static int load_folds(struct ns_encode_table *table, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_encode_folds_get(&table->folds, stage, arena, err));
	table->trail = ns_metadata_find(&stage->table.metadata, "ns:trail");
	if (!table->trail || strlen(table->trail) != NS_DIGEST_SIZE - 1)
		return ns_stage_damaged(stage, err, "'ns:trail' is '%s'", table->trail ? table->trail : "");
	table->fold = NS_NEW_ARRAY(arena, const double *, table->folds.count);
	for (uint32_t fold = 0; fold < table->folds.count; fold++)
		NS_TRY(ns_stage_get_numbers(&table->fold[fold], stage, ns_format(arena, "fold_%d", (int)fold + 1), err));
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const struct ns_encode_variable *variable = &table->variables[i];
		size_t rows = variable->strategy == NS_ENCODE_TARGET ? variable->entries * variable->outputs_count : 0;
		for (uint32_t fold = 0; fold < table->folds.count; fold++)
			for (size_t row = variable->from; row < variable->from + rows; row++)
				if (!(table->fold[fold][row] >= 0 && table->fold[fold][row] <= 1))
					return ns_stage_damaged(stage, err, "row %zu: no number for fold %d", row + 1, (int)fold + 1);
	}
	return NS_OK;
}

int ns_encode_table_load(struct ns_encode_table *table, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct rows rows;
	size_t end = 0;
	*table = (struct ns_encode_table){.variables = NS_NEW_ARRAY(arena, struct ns_encode_variable, stage->inputs_count)};
	NS_TRY(get_rows(&rows, stage, arena, err));
	for (size_t i = 0; i < stage->inputs_count; i++)
		NS_TRY(load_variable(&end, table, &rows, stage, i, arena, err));
	if (end != rows.count)
		return ns_stage_damaged(stage, err, "row %zu is about no column that it reads", end + 1);
	return table->targets ? load_folds(table, stage, arena, err) : NS_OK;
}
