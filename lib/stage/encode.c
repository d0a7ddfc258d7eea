#include "stage/encode.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stage/encode_find.h"
#include "stage/stage_table.h"

enum kind { CATEGORY, MISSING, UNKNOWN };
static const char *const kinds[] = {"category", "missing", "unknown"};
static const char *const strategies[] = {"one-hot", "ordinal", "target"};
enum { STRATEGIES = sizeof strategies / sizeof *strategies };

#define NONE UINT32_MAX

/*
 * One input. An entry is a category, and so are what a missing value and an unknown one are taken for; [0, categories) are the
 * categories, ascending. Its rows in the table: one for each entry, or with many classes one for each output of each entry.
 */
struct variable {
	int strategy;
	uint32_t entries, categories;
	uint32_t missing, unknown; /* entries; NONE: such a value is refused */
	struct ns_encode_finder finder;
	const char **outputs;
	size_t outputs_count;
	const uint32_t *ones;  /* one-hot: of an entry, which output is 1; NONE */
	const double *codes;   /* else: [entry * outputs_count + output] */
	size_t from;           /* its first row in the table */
	size_t target;         /* how many before it are encoded by the target */
};

struct state {
	struct variable *variables; /* per input */
	size_t targets;             /* how many of them are encoded by the target; where there are some: */
	struct ns_encode_folds folds;
	const double **fold;        /* per fold, a number for each row of the table */
	const char *trail;          /* digest of the rows that were learnt from */
	struct ns_encode_trail pass; /* of training rows, as far as it has come */
	size_t next_moved;
};

/* The columns of the table, all of the same length. */
struct rows {
	const char **column, **strategy, **kind, **category, **output;
	const double *value, *code;
	size_t count;
};

/* --- loading --- */

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

/* Where the words are those of the list; -1: nowhere. */
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
static bool load_entry(struct variable *variable, const struct rows *rows, size_t row, const size_t *last, bool is_text)
{
	int kind = find_word(rows->kind[row], kinds, 3);
	bool none_else = variable->missing == NONE && variable->unknown == NONE;
	uint32_t entry = variable->entries++;
	switch (kind) {
	case MISSING:
		variable->missing = entry;
		return none_else;
	case UNKNOWN:
		none_else = variable->unknown == NONE;
		variable->unknown = entry;
		return none_else;
	case CATEGORY:
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
static int load_entries(size_t *end, size_t *each, struct variable *variable, const struct rows *rows, const struct ns_stage *stage, size_t input, struct ns_err *err)
{
	const char *name = stage->inputs[input].name;
	size_t row = variable->from, last = 0;
	*each = 1;
	*end = row;
	while (*end < rows->count && *end < NONE && rows->column[*end] && strcmp(rows->column[*end], name) == 0)
		++*end;
	if (*end == row)
		return ns_stage_damaged(stage, err, "no category of column '%s'", name);
	variable->strategy = find_word(rows->strategy[row], strategies, STRATEGIES);
	if (variable->strategy < 0)
		return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
	while (variable->strategy == NS_ENCODE_TARGET && row + *each < *end && is_repeated(rows, row + *each))
		++*each;
	if ((*end - row) % *each)
		return ns_stage_damaged(stage, err, "row %zu: column '%s' has not as many rows for each category", *end, name);
	for (; row < *end; row++) {
		if (find_word(rows->strategy[row], strategies, STRATEGIES) != variable->strategy)
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
static bool load_ones(struct variable *variable, const struct rows *rows, struct ns_arena *arena)
{
	const char *const *names = rows->output + variable->from;
	uint32_t *ones = NS_NEW_ARRAY(arena, uint32_t, variable->entries);
	variable->outputs = NS_NEW_ARRAY(arena, const char *, variable->entries);
	variable->ones = ones;
	for (size_t i = 0; i < variable->entries; i++) {
		double code = rows->code[variable->from + i];
		if (isnan(code) != (names[i] == NULL))
			return false;
		ones[i] = NONE;
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
static bool load_codes(struct variable *variable, const struct rows *rows, size_t each, struct ns_arena *arena)
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
	if (ordinal && variable->missing == NONE)
		variable->missing = variable->entries;
	return true;
}

static void load_finder(struct variable *variable, const struct rows *rows, size_t each, bool is_text, struct ns_arena *arena)
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

static int load_variable(size_t *end, struct state *state, const struct rows *rows, const struct ns_stage *stage, size_t input, struct ns_arena *arena,
	struct ns_err *err)
{
	struct variable *variable = &state->variables[input];
	size_t each;
	*variable = (struct variable){.missing = NONE, .unknown = NONE, .from = *end, .target = state->targets};
	NS_TRY(load_entries(end, &each, variable, rows, stage, input, err));
	if (variable->strategy == NS_ENCODE_ONE_HOT ? !load_ones(variable, rows, arena) : !load_codes(variable, rows, each, arena))
		return ns_stage_damaged(stage, err, "column '%s' has no output for each category", stage->inputs[input].name);
	load_finder(variable, rows, each, stage->inputs[input].type == NS_TEXT, arena);
	if (variable->missing == NONE)
		variable->missing = variable->unknown;
	state->targets += variable->strategy == NS_ENCODE_TARGET;
	return NS_OK;
}

/* What training rows ask for. */
static int load_folds(struct state *state, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_encode_folds_get(&state->folds, stage, arena, err));
	state->trail = ns_metadata_find(&stage->table.metadata, "ns:trail");
	if (!state->trail || strlen(state->trail) != NS_DIGEST_SIZE - 1)
		return ns_stage_damaged(stage, err, "'ns:trail' is '%s'", state->trail ? state->trail : "");
	state->fold = NS_NEW_ARRAY(arena, const double *, state->folds.count);
	for (uint32_t fold = 0; fold < state->folds.count; fold++)
		NS_TRY(ns_stage_get_numbers(&state->fold[fold], stage, ns_format(arena, "fold_%d", (int)fold + 1), err));
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const struct variable *variable = &state->variables[i];
		size_t rows = variable->strategy == NS_ENCODE_TARGET ? variable->entries * variable->outputs_count : 0;
		for (uint32_t fold = 0; fold < state->folds.count; fold++)
			for (size_t row = variable->from; row < variable->from + rows; row++)
				if (!(state->fold[fold][row] >= 0 && state->fold[fold][row] <= 1))
					return ns_stage_damaged(stage, err, "row %zu: no number for fold %d", row + 1, (int)fold + 1);
	}
	ns_encode_trail_begin(&state->pass, state->targets, arena);
	return NS_OK;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	struct rows rows;
	size_t end = 0;
	NS_TRY(get_rows(&rows, stage, arena, err));
	state->variables = NS_NEW_ARRAY(arena, struct variable, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++)
		NS_TRY(load_variable(&end, state, &rows, stage, i, arena, err));
	if (end != rows.count)
		return ns_stage_damaged(stage, err, "row %zu is about no column that it reads", end + 1);
	return state->targets ? load_folds(state, stage, arena, err) : NS_OK;
}

/* --- training rows --- */

static int fail_other(const struct ns_stage *stage, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: these are not the rows, in their order, that stage 'encode' was learnt from, so that its target encoding cannot be kept "
		"from showing their labels (ns-encode -w learns it on them; ns-encode -m applies it as to new rows, which these must be)", stage->path);
}

/* Follows the pass: the empty batch ends it, one at its very beginning is the header. Finds the folds of the batch's rows. */
static int follow(uint8_t *fold, const struct ns_table *batch, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state;
	struct ns_encode_trail *pass = &state->pass;
	bool begins = batch->rows == 0 || batch->first_row == 0;
	if (batch->rows == 0 && pass->rows) {
		char digest[NS_DIGEST_SIZE];
		ns_encode_trail_end(digest, pass);
		if (pass->rows != state->folds.rows || strcmp(digest, state->trail) != 0)
			return fail_other(stage, err);
	}
	if (begins) {
		ns_encode_trail_begin(pass, state->targets, arena);
		state->next_moved = 0;
	}
	if (batch->rows > state->folds.rows - pass->rows)
		return fail_other(stage, err);
	ns_encode_folds_of(fold, &state->folds, pass->rows, batch->rows, &state->next_moved);
	pass->rows += batch->rows;
	return NS_OK;
}

/* --- applying --- */

static int refuse(const struct ns_table *batch, const struct ns_column *column, size_t row, struct ns_arena *arena, struct ns_err *err)
{
	enum { SHOWN = 80 };
	char number[NS_NUMBER_MAX];
	struct ns_span value = column->type == NS_TEXT ? ns_column_text(column, row)
						       : (struct ns_span){number, ns_number_print(number, column->numbers[row])};
	const char *where = ns_table_where(batch, row, arena);
	if (column->type == NS_TEXT ? !value.data : !value.size)
		return ns_fail(err, NS_EDATA, "%s: column '%s' is missing, and no row of the training table was without it (ns-impute fills it, "
			"--unknown ignore or infrequent takes it)", where, column->name);
	return ns_fail(err, NS_EDATA, "%s: column '%s': '%.*s%s' is no category of the training table (--unknown ignore or infrequent takes it)",
		where, column->name, value.size > SHOWN ? SHOWN : (int)value.size, value.data, value.size > SHOWN ? "..." : "");
}

static void put_ones(double *const *numbers, const struct variable *variable, const uint32_t *entry, size_t rows)
{
	for (size_t row = 0; row < rows; row++) {
		uint32_t one = variable->ones[entry[row]];
		if (one != NONE)
			numbers[one][row] = 1;
	}
}

static void put_codes(double *const *numbers, const struct variable *variable, const uint32_t *entry, size_t rows)
{
	size_t outputs = variable->outputs_count;
	for (size_t output = 0; output < outputs; output++) {
		const double *codes = variable->codes + output;
		for (size_t row = 0; row < rows; row++)
			numbers[output][row] = codes[entry[row] * outputs];
	}
}

static void put_folds(double *const *numbers, const struct variable *variable, const uint32_t *entry, size_t rows, const uint8_t *fold, const struct state *state)
{
	size_t outputs = variable->outputs_count;
	for (size_t row = 0; row < rows; row++)
		for (size_t output = 0; output < outputs; output++)
			numbers[output][row] = state->fold[fold[row]][variable->from + entry[row] * outputs + output];
}

/* What one column becomes. fold: of training rows; NULL for others. entry: room for the batch's rows. */
static int encode(struct ns_column *out, const struct ns_table *batch, size_t column, const struct variable *variable, const struct ns_stage *stage,
	const uint8_t *fold, uint32_t *entry, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state;
	const struct ns_column *in = &batch->columns[column];
	double **numbers = NS_NEW_ARRAY(arena, double *, variable->outputs_count);
	bool cross = fold && variable->strategy == NS_ENCODE_TARGET;
	if (batch->rows)
		ns_encode_find(entry, &variable->finder, in, batch->rows, (struct ns_encode_others){variable->missing, variable->unknown});
	for (size_t row = 0; (variable->missing == NONE || variable->unknown == NONE) && row < batch->rows; row++)
		if (entry[row] == NONE)
			return refuse(batch, in, row, arena, err);
	for (size_t i = 0; i < variable->outputs_count; i++) {
		struct ns_column made = {0};
		if (variable->strategy != NS_ENCODE_ONE_HOT)
			made = *in; /* what else is known of it stays true */
		made.name = variable->outputs[i];
		numbers[i] = NS_NEW_ARRAY(arena, double, batch->rows);
		ns_column_set_numbers(&made, numbers[i]);
		out[i] = made;
	}
	if (cross) {
		ns_encode_trail_add(&state->pass, variable->target, entry, batch->rows);
		put_folds(numbers, variable, entry, batch->rows, fold, state);
	} else if (variable->strategy == NS_ENCODE_ONE_HOT) {
		put_ones(numbers, variable, entry, batch->rows);
	} else {
		put_codes(numbers, variable, entry, batch->rows);
	}
	return NS_OK;
}

/* What the outputs are called must not be in the table already. */
static int check_names(const struct ns_table *batch, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, batch->width);
	for (size_t i = 0; i < batch->width; i++)
		names[i] = batch->columns[i].name;
	const char *doubled = ns_stage_doubled(names, batch->width);
	if (doubled)
		return ns_fail(err, NS_EDATA, "%s: two columns would be called '%s' once categories are columns (ns-convert --rename gives one of them "
			"another name)", batch->source, doubled);
	return NS_OK;
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	const struct variable **of = NS_NEW_ARRAY(arena, const struct variable *, batch->width);
	uint32_t *entry = NS_NEW_ARRAY(arena, uint32_t, batch->rows);
	uint8_t *fold = NULL;
	size_t width = batch->width;
	if (state->targets && stage->training) {
		fold = NS_NEW_ARRAY(arena, uint8_t, batch->rows);
		NS_TRY(follow(fold, batch, stage, arena, err));
	}
	for (size_t i = 0; i < stage->inputs_count; i++) {
		of[at[i]] = &state->variables[i];
		width += state->variables[i].outputs_count - 1;
	}
	struct ns_column *columns = NS_NEW_ARRAY(arena, struct ns_column, width), *out = columns;
	for (size_t i = 0; i < batch->width; i++) {
		if (of[i])
			NS_TRY(encode(out, batch, i, of[i], stage, fold, entry, arena, err));
		else
			*out = batch->columns[i];
		out += of[i] ? of[i]->outputs_count : 1;
	}
	batch->columns = columns;
	batch->width = width;
	return batch->rows == 0 ? check_names(batch, arena, err) : NS_OK; /* once: every batch has these columns */
}

const struct ns_stage_kind ns_stage_encode = {.name = "encode", .load = load, .apply = apply};
