#include "stage/derive.h"

#include <string.h>

#include "base/utf8.h"
#include "stage/names.h"
#include "stage/stage_table.h"
#include "table/expression.h"

/* A column that is computed. Columns are called by their position among all names that the stage knows. */
struct step {
	struct ns_expression *expression;
	size_t name, *sources;
	size_t sources_count;
};

struct derive {
	struct ns_names names; /* of inputs, computed columns, columns left out */
	struct step *steps;
	size_t steps_count;
	bool *left_out; /* by name */
};

/* --- loading --- */

enum action { DERIVE, DROP, ACTIONS };

/* The stored columns. */
struct stored {
	const char **column, **action, **type, **expression, **why;
};

/* While it is loaded: what each name holds at this point; NS_UNDECIDED: nothing. */
struct loading {
	struct ns_stage *stage;
	struct derive *derive;
	struct stored stored;
	enum ns_type *types;
	struct ns_arena *arena;
	struct ns_err *err;
};

static int read_stored(struct stored *stored, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	NS_TRY(ns_stage_get_texts(&stored->column, stage, "column", arena, err));
	NS_TRY(ns_stage_get_texts(&stored->action, stage, "action", arena, err));
	NS_TRY(ns_stage_get_texts(&stored->type, stage, "type", arena, err));
	NS_TRY(ns_stage_get_texts(&stored->expression, stage, "expression", arena, err));
	return ns_stage_get_texts(&stored->why, stage, "why", arena, err);
}

static bool is_name(const char *name)
{
	return name && *name && strncmp(name, "ns:", 3) != 0 && ns_utf8_valid(name, strlen(name));
}

static void collect_names(const struct loading *loading)
{
	const struct ns_stage *stage = loading->stage;
	const char **names = NS_NEW_ARRAY(loading->arena, const char *, stage->inputs_count + stage->table.rows);
	size_t count = 0;
	for (size_t i = 0; i < stage->inputs_count; i++)
		names[count++] = stage->inputs[i].name;
	for (size_t row = 0; row < stage->table.rows; row++)
		names[count++] = loading->stored.column[row];
	ns_names_init(&loading->derive->names, names, count);
}

static int read_action(enum action *action, const struct loading *loading, size_t row)
{
	static const char *const words[] = {"derive", "drop"};
	const char *word = loading->stored.action[row];
	for (int i = 0; word && i < ACTIONS; i++)
		if (strcmp(words[i], word) == 0) {
			*action = (enum action)i;
			return NS_OK;
		}
	return ns_stage_damaged(loading->stage, loading->err, "column '%s' has no action that is known", loading->stored.column[row]);
}

static int damaged_expression(const struct loading *loading)
{
	struct ns_err why = *loading->err;
	return ns_stage_damaged(loading->stage, loading->err, "%s", why.text);
}

/* Which columns it reads, and that they are there by now. */
static int bind(struct step *step, const struct loading *loading, const char *name)
{
	const struct ns_expression_column *columns;
	size_t count = step->sources_count = ns_expression_columns(&columns, step->expression);
	enum ns_type *types = NS_NEW_ARRAY(loading->arena, enum ns_type, count);
	step->sources = NS_NEW_ARRAY(loading->arena, size_t, count);
	for (size_t i = 0; i < count; i++) {
		ptrdiff_t source = ns_names_find(&loading->derive->names, columns[i].name);
		types[i] = source < 0 ? NS_UNDECIDED : loading->types[source];
		if (types[i] == NS_UNDECIDED)
			return ns_stage_damaged(loading->stage, loading->err, "column '%s' is made of '%s', which is not there", name, columns[i].name);
		step->sources[i] = (size_t)source;
	}
	return ns_expression_bind(step->expression, types, loading->err) == NS_OK ? NS_OK : damaged_expression(loading);
}

static int load_step(struct step *step, const struct loading *loading, size_t row)
{
	const struct stored *stored = &loading->stored;
	const char *name = stored->column[row], *text = stored->expression[row], *type = stored->type[row];
	if (!text)
		return ns_stage_damaged(loading->stage, loading->err, "column '%s' has no expression", name);
	if (ns_expression_parse(&step->expression, NULL, text, loading->arena, loading->err) != NS_OK)
		return damaged_expression(loading);
	NS_TRY(bind(step, loading, name));
	step->name = (size_t)ns_names_find(&loading->derive->names, name);
	enum ns_type is = ns_expression_type(step->expression);
	if (!type || strcmp(type, is == NS_TEXT ? "text" : "number") != 0)
		return ns_stage_damaged(loading->stage, loading->err, "the expression of column '%s' is %s", name, is == NS_TEXT ? "text" : "a number");
	loading->types[step->name] = is;
	return NS_OK;
}

/* More would be more work than any use is worth. */
static int check_size(const struct loading *loading)
{
	const struct stored *stored = &loading->stored;
	size_t count = 0, size = 0;
	for (size_t row = 0; row < loading->stage->table.rows; row++)
		if (stored->expression[row]) {
			count++;
			size += strlen(stored->expression[row]);
		}
	if (count > NS_DERIVE_COLUMNS || size > NS_DERIVE_TEXT)
		return ns_stage_damaged(loading->stage, loading->err, "%zu expressions of %zu bytes are too many", count, size);
	return NS_OK;
}

static int load_rows(const struct loading *loading)
{
	struct derive *derive = loading->derive;
	const struct stored *stored = &loading->stored;
	for (size_t row = 0; row < loading->stage->table.rows; row++) {
		enum action action = DERIVE;
		NS_TRY(read_action(&action, loading, row));
		if (action == DERIVE && stored->why[row] && strcmp(stored->why[row], "interaction") != 0)
			return ns_stage_damaged(loading->stage, loading->err, "column '%s' is derived for no reason that is known", stored->column[row]);
		if (action == DERIVE)
			NS_TRY(load_step(&derive->steps[derive->steps_count++], loading, row));
		else
			derive->left_out[ns_names_find(&derive->names, stored->column[row])] = true;
	}
	return NS_OK;
}

static int load(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err)
{
	struct derive *derive = stage->state = NS_NEW(arena, struct derive);
	struct loading loading = {.stage = stage, .derive = derive, .arena = arena, .err = err};
	NS_TRY(read_stored(&loading.stored, stage, arena, err));
	for (size_t row = 0; row < stage->table.rows; row++)
		if (!is_name(loading.stored.column[row]))
			return ns_stage_damaged(stage, err, "row %zu names no column that could be", row + 1);
	NS_TRY(check_size(&loading));
	collect_names(&loading);
	loading.types = NS_NEW_ARRAY(arena, enum ns_type, derive->names.count);
	for (size_t i = 0; i < stage->inputs_count; i++)
		loading.types[ns_names_find(&derive->names, stage->inputs[i].name)] = stage->inputs[i].type;
	derive->steps = NS_NEW_ARRAY(arena, struct step, stage->table.rows);
	derive->left_out = NS_NEW_ARRAY(arena, bool, derive->names.count);
	return load_rows(&loading);
}

/* --- applying --- */

enum { NOWHERE = -1 };

/* Where the columns that have names here stand in the batch; those that are not there get places behind the last. */
static ptrdiff_t *place_columns(struct ns_table *batch, const struct derive *derive, struct ns_arena *arena)
{
	ptrdiff_t *where = NS_NEW_ARRAY(arena, ptrdiff_t, derive->names.count);
	for (size_t i = 0; i < derive->names.count; i++)
		where[i] = NOWHERE;
	for (size_t i = 0; i < batch->width; i++) {
		ptrdiff_t name = ns_names_find(&derive->names, batch->columns[i].name);
		if (name >= 0)
			where[name] = (ptrdiff_t)i;
	}
	size_t width = batch->width;
	for (size_t i = 0; i < derive->steps_count; i++)
		if (where[derive->steps[i].name] == NOWHERE)
			where[derive->steps[i].name] = (ptrdiff_t)width++;
	ns_table_widen(batch, width - batch->width, arena);
	for (size_t i = 0; i < derive->steps_count; i++)
		batch->columns[where[derive->steps[i].name]].name = derive->names.items[derive->steps[i].name];
	return where;
}

static int leave_out(struct ns_table *batch, const struct ns_stage *stage, const bool *left_out, const ptrdiff_t *where, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct derive *derive = stage->state;
	bool *gone = NS_NEW_ARRAY(arena, bool, batch->width);
	size_t width = 0;
	for (size_t i = 0; i < derive->names.count; i++)
		if (left_out[i] && where[i] != NOWHERE)
			gone[where[i]] = true;
	for (size_t i = 0; i < batch->width; i++)
		if (!gone[i])
			batch->columns[width++] = batch->columns[i];
	if (width == 0 && batch->width)
		return ns_fail(err, NS_EDATA, "%s: stage 'derive' of %s leaves no column", batch->source, stage->path);
	batch->width = width;
	return NS_OK;
}

static int apply(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena, struct ns_err *err)
{
	const struct derive *derive = stage->state;
	(void)at; /* found by name, with the others */
	ptrdiff_t *where = place_columns(batch, derive, arena);
	for (size_t i = 0; i < derive->steps_count; i++) {
		const struct step *step = &derive->steps[i];
		size_t *sources = NS_NEW_ARRAY(arena, size_t, step->sources_count);
		for (size_t k = 0; k < step->sources_count; k++)
			sources[k] = (size_t)where[step->sources[k]];
		NS_TRY(ns_expression_evaluate(&batch->columns[where[step->name]], step->expression, batch, sources, arena, err));
	}
	return leave_out(batch, stage, derive->left_out, where, arena, err);
}

const struct ns_stage_kind ns_stage_derive = {.name = "derive", .load = load, .apply = apply};
