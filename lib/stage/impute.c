#include "stage/impute.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "stage/filling.h"
#include "stage/stage_table.h"

const char *const ns_impute_ways[NS_IMPUTE_WAYS] = {"mean", "median", "most_frequent", "constant", "knn", "drop"};
const char *const ns_impute_infinities[2] = {"keep", "missing"};

/* What becomes of an input. */
struct way {
	int way;
	double value;
	const char *text; /* of texts */
	const char *flag; /* the name of its flag's column, or NULL */
};

struct state {
	struct way *ways; /* per input */
	size_t flags, drops;
	int inf_missing;
};

/* --- the stage --- */

static int find_way(const char *word)
{
	int way = 0;
	while (way < NS_IMPUTE_WAYS && !(word && strcmp(word, ns_impute_ways[way]) == 0))
		way++;
	return way;
}

static int check_way(const struct ns_stage *stage, size_t i, const struct way *way, const char *type, struct ns_err *err)
{
	const char *name = stage->inputs[i].name;
	bool is_text = stage->inputs[i].type == NS_TEXT;
	if (way->way == NS_IMPUTE_WAYS || (is_text && way->way == NS_IMPUTE_KNN))
		return ns_stage_damaged(stage, err, "column '%s' has no strategy that is known", name);
	if (!type || strcmp(type, is_text ? "text" : "number") != 0)
		return ns_stage_damaged(stage, err, "column '%s' has the type '%s'", name, type ? type : "");
	if (way->way <= NS_IMPUTE_CONSTANT && (is_text ? !way->text : !isfinite(way->value)))
		return ns_stage_damaged(stage, err, "column '%s' has no value to fill in", name);
	if (way->flag && (!*way->flag || !ns_utf8_valid(way->flag, strlen(way->flag))))
		return ns_stage_damaged(stage, err, "the indicator of column '%s' has no name", name);
	return NS_OK;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct state *state = stage->state = NS_NEW(arena, struct state);
	const char **types, **words, **texts, **flags;
	const double *values;
	NS_TRY(ns_stage_check_inputs(stage, arena, err));
	NS_TRY(ns_stage_get_choice(&state->inf_missing, stage, "ns:inf", ns_impute_infinities, 2, err));
	NS_TRY(ns_stage_get_texts(&types, stage, "type", arena, err));
	NS_TRY(ns_stage_get_texts(&words, stage, "strategy", arena, err));
	NS_TRY(ns_stage_get_numbers(&values, stage, "value", err));
	NS_TRY(ns_stage_get_texts(&texts, stage, "text", arena, err));
	NS_TRY(ns_stage_get_texts(&flags, stage, "indicator", arena, err));
	state->ways = NS_NEW_ARRAY(arena, struct way, stage->inputs_count);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		state->ways[i] = (struct way){find_way(words[i]), values[i], texts[i], flags[i]};
		NS_TRY(check_way(stage, i, &state->ways[i], types[i], err));
		state->flags += flags[i] != NULL;
		state->drops += state->ways[i].way == NS_IMPUTE_DROP;
	}
	return NS_OK;
}

/* --- applying --- */

static int fill_numbers(struct ns_column *column, size_t rows, double fill, bool inf_missing, struct ns_arena *arena, struct ns_err *err)
{
	const double *numbers = column->numbers;
	bool keeps = column->array && ns_filling_is_of_type(fill, &column->array->type);
	if (rows > 0 && (keeps || !column->array) && ns_filling_count(numbers, rows, inf_missing) == 0)
		return NS_OK;
	double *filled = NS_NEW_ARRAY(arena, double, rows);
	for (size_t row = 0; row < rows; row++)
		filled[row] = ns_filling_is_gone(numbers[row], inf_missing) ? fill : numbers[row];
	return ns_filling_put(column, filled, rows, inf_missing, keeps, arena, err);
}

static int fill_texts(struct ns_column *column, size_t rows, const char *fill, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_span with = {fill, strlen(fill)};
	size_t gone = 0;
	for (size_t row = 0; row < rows; row++)
		gone += ns_column_text(column, row).data == NULL;
	if (gone == 0 && rows > 0 && !column->array)
		return NS_OK;
	struct ns_span *spans = NS_NEW_ARRAY(arena, struct ns_span, rows);
	for (size_t row = 0; row < rows; row++) {
		spans[row] = ns_column_text(column, row);
		if (!spans[row].data)
			spans[row] = with;
	}
	return ns_column_set_text(column, spans, rows, arena, err);
}

/* Before anything is filled in. */
static void put_flag(struct ns_column *flag, const char *name, const struct ns_column *column, bool is_text, size_t rows, bool inf_missing,
	struct ns_arena *arena)
{
	double *flags = NS_NEW_ARRAY(arena, double, rows);
	if (is_text)
		for (size_t row = 0; row < rows; row++)
			flags[row] = ns_column_text(column, row).data == NULL;
	else
		for (size_t row = 0; row < rows; row++)
			flags[row] = ns_filling_is_gone(column->numbers[row], inf_missing);
	*flag = (struct ns_column){.name = name};
	ns_column_set_numbers(flag, flags);
}

static int leave_out(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	bool *drop = NS_NEW_ARRAY(arena, bool, batch->width);
	size_t kept = 0;
	for (size_t i = 0; i < stage->inputs_count; i++)
		drop[at[i]] = state->ways[i].way == NS_IMPUTE_DROP;
	for (size_t c = 0; c < batch->width; c++)
		if (!drop[c])
			batch->columns[kept++] = batch->columns[c];
	batch->width = kept;
	if (kept == 0)
		return ns_fail(err, NS_EDATA, "%s: no column is left where those without a value are dropped (--empty fill keeps them)", batch->source);
	return NS_OK;
}

/* What the flags are called must not be in the table already. */
static int check_names(const struct ns_table *batch, struct ns_arena *arena, struct ns_err *err)
{
	const char **names = NS_NEW_ARRAY(arena, const char *, batch->width);
	for (size_t c = 0; c < batch->width; c++)
		names[c] = batch->columns[c].name;
	const char *doubled = ns_stage_doubled(names, batch->width);
	if (doubled)
		return ns_fail(err, NS_EDATA, "%s: two columns would be called '%s' once there are flags of missing values (ns-convert --rename gives "
			"one of them another name)", batch->source, doubled);
	return NS_OK;
}

static int fill_column(struct ns_column *column, const struct way *way, bool is_text, size_t rows, bool inf_missing, struct ns_arena *arena,
	struct ns_err *err)
{
	if (way->way > NS_IMPUTE_CONSTANT)
		return NS_OK;
	if (is_text)
		return fill_texts(column, rows, way->text, arena, err);
	return fill_numbers(column, rows, way->value, inf_missing, arena, err);
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct state *state = stage->state;
	size_t flag = batch->width;
	if (state->flags)
		ns_table_widen(batch, state->flags, arena);
	for (size_t i = 0; i < stage->inputs_count; i++) {
		const struct way *way = &state->ways[i];
		struct ns_column *column = &batch->columns[at[i]];
		bool is_text = stage->inputs[i].type == NS_TEXT;
		if (way->flag)
			put_flag(&batch->columns[flag++], way->flag, column, is_text, batch->rows, state->inf_missing, arena);
		NS_TRY(fill_column(column, way, is_text, batch->rows, state->inf_missing, arena, err));
	}
	if (state->drops)
		NS_TRY(leave_out(batch, stage, at, arena, err));
	return batch->rows == 0 && state->flags ? check_names(batch, arena, err) : NS_OK; /* once: every batch has these columns */
}

const struct ns_stage_kind ns_stage_impute = {.name = "impute", .load = load, .apply = apply};
