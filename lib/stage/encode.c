#include "stage/encode.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/utf8.h"
#include "stage/stage_table.h"

enum kind { CATEGORY, MISSING, UNKNOWN };
static const char *const kinds[] = {"category", "missing", "unknown"};
static const char *const strategies[] = {"one-hot", "ordinal"};

enum { NONE = -1 };

/* One input: rows [0, categories) are its categories, ascending; missing and unknown are rows, too, or NONE. */
struct variable {
	const char **texts;   /* of texts */
	const double *values; /* of numbers */
	const double *codes;  /* a row each; one-hot: NaN where no output is 1 */
	ptrdiff_t categories, missing, unknown;
	const char **outputs; /* one-hot */
	size_t outputs_count;
};

struct state {
	struct variable *variables; /* per input */
	int strategy;
};

/* The columns of the table, all of the same length. */
struct rows {
	const char **column, **kind, **category, **output;
	const double *value, *code;
	size_t count;
};

/* --- loading --- */

static int get_rows(struct rows *rows, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	rows->count = stage->table.rows;
	NS_TRY(ns_stage_get_texts(&rows->column, stage, "column", arena, err));
	NS_TRY(ns_stage_get_texts(&rows->kind, stage, "kind", arena, err));
	NS_TRY(ns_stage_get_texts(&rows->category, stage, "category", arena, err));
	NS_TRY(ns_stage_get_numbers(&rows->value, stage, "value", err));
	NS_TRY(ns_stage_get_texts(&rows->output, stage, "output", arena, err));
	return ns_stage_get_numbers(&rows->code, stage, "code", err);
}

/* Categories first, in ascending order, then at most one row of each of the other kinds. */
static bool load_category(struct variable *variable, ptrdiff_t row, const char *kind, bool is_text)
{
	if (!kind)
		return false;
	if (strcmp(kind, kinds[MISSING]) == 0) {
		bool fine = variable->missing == NONE && variable->unknown == NONE;
		variable->missing = row;
		return fine;
	}
	if (strcmp(kind, kinds[UNKNOWN]) == 0) {
		bool fine = variable->unknown == NONE;
		variable->unknown = row;
		return fine;
	}
	variable->categories++;
	if (strcmp(kind, kinds[CATEGORY]) != 0 || variable->missing != NONE || variable->unknown != NONE)
		return false;
	if (is_text)
		return variable->texts[row] && (row == 0 || strcmp(variable->texts[row - 1], variable->texts[row]) < 0);
	return !isnan(variable->values[row]) && (row == 0 || variable->values[row - 1] < variable->values[row]);
}

/* The names of the outputs, in the order of their codes: each code has one name, and none is left out. */
static bool load_outputs(struct variable *variable, const char *const *names, ptrdiff_t rows, struct ns_arena *arena)
{
	variable->outputs = NS_NEW_ARRAY(arena, const char *, rows);
	for (ptrdiff_t i = 0; i < rows; i++) {
		double code = variable->codes[i];
		if (isnan(code) != (names[i] == NULL))
			return false;
		if (!names[i])
			continue;
		if (!(code >= 0 && code < (double)rows) || code != floor(code) || !*names[i] || !ns_utf8_valid(names[i], strlen(names[i])))
			return false;
		const char **output = &variable->outputs[(size_t)code];
		if (*output && strcmp(*output, names[i]) != 0)
			return false;
		*output = names[i];
		if ((size_t)code >= variable->outputs_count)
			variable->outputs_count = (size_t)code + 1;
	}
	for (size_t i = 0; i < variable->outputs_count; i++)
		if (!variable->outputs[i])
			return false;
	return true;
}

static bool load_codes(const struct variable *variable, ptrdiff_t rows)
{
	for (ptrdiff_t i = 0; i < rows; i++)
		if (!(fabs(variable->codes[i]) < INFINITY))
			return false;
	return variable->missing == NONE;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	struct rows rows;
	size_t from = 0;
	NS_TRY(ns_stage_get_choice(&state->strategy, stage, "ns:strategy", strategies, 2, err));
	NS_TRY(get_rows(&rows, stage, arena, err));
	state->variables = NS_NEW_ARRAY(arena, struct variable, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct variable *variable = &state->variables[i];
		const char *name = stage->inputs[i].name;
		*variable = (struct variable){rows.category + from, rows.value + from, rows.code + from, 0, NONE, NONE, NULL, 0};
		size_t end = from;
		for (; end < rows.count && rows.column[end] && strcmp(rows.column[end], name) == 0; end++)
			if (!load_category(variable, (ptrdiff_t)(end - from), rows.kind[end], stage->inputs[i].type == NS_TEXT))
				return ns_stage_damaged(stage, err, "row %zu: no category of column '%s'", end + 1, name);
		ptrdiff_t own = (ptrdiff_t)(end - from);
		if (own == 0)
			return ns_stage_damaged(stage, err, "no category of column '%s'", name);
		bool fine = state->strategy == NS_ENCODE_ORDINAL ? load_codes(variable, own)
								 : load_outputs(variable, rows.output + from, own, arena);
		if (!fine)
			return ns_stage_damaged(stage, err, "column '%s' has no output for each category", name);
		from = end;
	}
	if (from != rows.count)
		return ns_stage_damaged(stage, err, "row %zu is about no column that it reads", from + 1);
	return NS_OK;
}

/* --- applying --- */

/* Where between the sorted categories; less than 0: before. */
static int compare_text(struct ns_span value, const char *category)
{
	size_t size = strlen(category);
	int order = memcmp(value.data, category, value.size < size ? value.size : size);
	return order ? order : (value.size > size) - (value.size < size);
}

static ptrdiff_t find_text(const struct variable *variable, struct ns_span value)
{
	ptrdiff_t low = 0, high = variable->categories;
	if (!value.data)
		return variable->missing;
	while (low < high) {
		ptrdiff_t middle = low + (high - low) / 2;
		int order = compare_text(value, variable->texts[middle]);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NONE;
}

static ptrdiff_t find_number(const struct variable *variable, double value)
{
	ptrdiff_t low = 0, high = variable->categories;
	if (isnan(value))
		return variable->missing;
	while (low < high) {
		ptrdiff_t middle = low + (high - low) / 2;
		if (variable->values[middle] == value)
			return middle;
		if (value < variable->values[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return NONE;
}

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

/* The code of each row; NaN: none. */
static int encode(double *codes, const struct ns_table *batch, const struct ns_column *column, const struct variable *variable, bool keep_missing,
	struct ns_arena *arena, struct ns_err *err)
{
	bool is_text = column->type == NS_TEXT;
	for (size_t row = 0; row < batch->rows; row++) {
		struct ns_span text = is_text ? ns_column_text(column, row) : (struct ns_span){0};
		double number = is_text ? NAN : column->numbers[row];
		if (keep_missing && !text.data && isnan(number)) {
			codes[row] = NAN;
			continue;
		}
		ptrdiff_t found = is_text ? find_text(variable, text) : find_number(variable, number);
		found = found == NONE ? variable->unknown : found;
		if (found == NONE)
			return refuse(batch, column, row, arena, err);
		codes[row] = variable->codes[found];
	}
	return NS_OK;
}

/* Puts the variable's indicators at out. */
static void put_outputs(struct ns_column *out, const struct variable *variable, const double *codes, size_t rows, struct ns_arena *arena)
{
	double **numbers = NS_NEW_ARRAY(arena, double *, variable->outputs_count);
	for (size_t i = 0; i < variable->outputs_count; i++) {
		numbers[i] = NS_NEW_ARRAY(arena, double, rows);
		out[i] = (struct ns_column){.name = variable->outputs[i]};
		ns_column_set_numbers(&out[i], numbers[i]);
	}
	for (size_t row = 0; row < rows; row++)
		if (!isnan(codes[row]))
			numbers[(size_t)codes[row]][row] = 1;
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

static int apply_one_hot(struct ns_table *batch, const struct state *state, size_t inputs, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct variable **of = NS_NEW_ARRAY(arena, const struct variable *, batch->width);
	double *codes = NS_NEW_ARRAY(arena, double, batch->rows);
	size_t width = batch->width;
	for (size_t i = 0; i < inputs; i++) {
		of[at[i]] = &state->variables[i];
		width += state->variables[i].outputs_count - 1;
	}
	struct ns_column *columns = NS_NEW_ARRAY(arena, struct ns_column, width), *out = columns;
	for (size_t i = 0; i < batch->width; i++) {
		if (!of[i]) {
			*out++ = batch->columns[i];
			continue;
		}
		NS_TRY(encode(codes, batch, &batch->columns[i], of[i], false, arena, err));
		put_outputs(out, of[i], codes, batch->rows, arena);
		out += of[i]->outputs_count;
	}
	batch->columns = columns;
	batch->width = width;
	return batch->rows == 0 ? check_names(batch, arena, err) : NS_OK; /* once: every batch has these columns */
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	if (state->strategy == NS_ENCODE_ONE_HOT)
		return apply_one_hot(batch, state, stage->inputs_count, at, arena, err);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		struct ns_column *column = &batch->columns[at[i]];
		double *codes = NS_NEW_ARRAY(arena, double, batch->rows);
		NS_TRY(encode(codes, batch, column, &state->variables[i], true, arena, err));
		ns_column_set_numbers(column, codes);
	}
	return NS_OK;
}

const struct ns_stage_kind ns_stage_encode = {.name = "encode", .load = load, .apply = apply};
