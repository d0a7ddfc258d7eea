#include "stage/encode_table.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "stage/stage_table.h"

struct state {
	struct ns_encode_table table;
	struct ns_encode_trail pass; /* of training rows, as far as it has come */
	size_t next_moved;
};

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	NS_TRY(ns_encode_table_load(&state->table, stage, arena, err));
	ns_encode_trail_begin(&state->pass, state->table.targets, arena);
	return NS_OK;
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
		if (pass->rows != state->table.folds.rows || strcmp(digest, state->table.trail) != 0)
			return fail_other(stage, err);
	}
	if (begins) {
		ns_encode_trail_begin(pass, state->table.targets, arena);
		state->next_moved = 0;
	}
	if (batch->rows > state->table.folds.rows - pass->rows)
		return fail_other(stage, err);
	ns_encode_folds_of(fold, &state->table.folds, pass->rows, batch->rows, &state->next_moved);
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

static void put_ones(double *const *numbers, const struct ns_encode_variable *variable, const uint32_t *entry, size_t rows)
{
	for (size_t row = 0; row < rows; row++) {
		uint32_t one = variable->ones[entry[row]];
		if (one != NS_ENCODE_NONE)
			numbers[one][row] = 1;
	}
}

static void put_codes(double *const *numbers, const struct ns_encode_variable *variable, const uint32_t *entry, size_t rows)
{
	size_t outputs = variable->outputs_count;
	for (size_t output = 0; output < outputs; output++) {
		const double *codes = variable->codes + output;
		for (size_t row = 0; row < rows; row++)
			numbers[output][row] = codes[entry[row] * outputs];
	}
}

static void put_folds(double *const *numbers, const struct ns_encode_variable *variable, const uint32_t *entry, size_t rows, const uint8_t *fold, const struct state *state)
{
	size_t outputs = variable->outputs_count;
	for (size_t row = 0; row < rows; row++)
		for (size_t output = 0; output < outputs; output++)
			numbers[output][row] = state->table.fold[fold[row]][variable->from + entry[row] * outputs + output];
}

/* What one column becomes. fold: of training rows; NULL for others. entry: room for the batch's rows. */
static int encode(struct ns_column *out, const struct ns_table *batch, size_t column, const struct ns_encode_variable *variable, const struct ns_stage *stage,
	const uint8_t *fold, uint32_t *entry, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state;
	const struct ns_column *in = &batch->columns[column];
	double **numbers = NS_NEW_ARRAY(arena, double *, variable->outputs_count);
	bool cross = fold && variable->strategy == NS_ENCODE_TARGET;
	if (batch->rows)
		ns_encode_find(entry, &variable->finder, in, batch->rows, (struct ns_encode_others){variable->missing, variable->unknown});
	for (size_t row = 0; (variable->missing == NS_ENCODE_NONE || variable->unknown == NS_ENCODE_NONE) && row < batch->rows; row++)
		if (entry[row] == NS_ENCODE_NONE)
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
	const struct ns_encode_variable **of = NS_NEW_ARRAY(arena, const struct ns_encode_variable *, batch->width);
	uint32_t *entry = NS_NEW_ARRAY(arena, uint32_t, batch->rows);
	uint8_t *fold = NULL;
	size_t width = batch->width;
	if (state->table.targets && stage->training) {
		fold = NS_NEW_ARRAY(arena, uint8_t, batch->rows);
		NS_TRY(follow(fold, batch, stage, arena, err));
	}
	for (size_t i = 0; i < stage->inputs_count; i++) {
		of[at[i]] = &state->table.variables[i];
		width += state->table.variables[i].outputs_count - 1;
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
