#include <string.h>

#include "stage/derive_drop.h"
#include "stage/derive_plan.h"
#include "stage/stage_table.h"

/* --- the stage --- */

/* Is the item needed for what stays? From the last to the first, with what those behind it read. */
static void find_live(const struct ns_derive_plan *plan)
{
	bool *needed = NS_NEW_ARRAY(plan->arena, bool, plan->names.count);
	for (size_t i = 0; i < plan->names.count; i++)
		needed[i] = !plan->known[i].left_out;
	for (size_t i = plan->count; i > 0; i--) {
		struct ns_derive_item *item = &plan->items[i - 1];
		const struct ns_expression_column *columns;
		size_t count = ns_expression_columns(&columns, item->expression);
		ptrdiff_t name = ns_names_find(&plan->names, item->name);
		item->live = needed[name];
		needed[name] = false;
		for (size_t k = 0; item->live && k < count; k++)
			needed[ns_names_find(&plan->names, columns[k].name)] = true;
	}
}

/* The columns that live items read as they come, numbers before texts. */
static size_t find_inputs(struct ns_stage_input *inputs, const struct ns_derive_plan *plan)
{
	bool *derived = NS_NEW_ARRAY(plan->arena, bool, plan->names.count), *read = NS_NEW_ARRAY(plan->arena, bool, plan->flow->header.width);
	enum ns_type *types = NS_NEW_ARRAY(plan->arena, enum ns_type, plan->flow->header.width);
	size_t found = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct ns_derive_item *item = &plan->items[i];
		const struct ns_expression_column *columns;
		size_t count = item->live ? ns_expression_columns(&columns, item->expression) : 0;
		for (size_t k = 0; k < count; k++) {
			ptrdiff_t name = ns_names_find(&plan->names, columns[k].name);
			if (derived[name])
				continue;
			read[plan->known[name].column] = true;
			types[plan->known[name].column] = columns[k].type;
		}
		if (item->live)
			derived[ns_names_find(&plan->names, item->name)] = true;
	}
	for (enum ns_type type = NS_NUMBER; type <= NS_TEXT; type++)
		for (size_t i = 0; i < plan->flow->header.width; i++)
			if (read[i] && types[i] == type)
				inputs[found++] = (struct ns_stage_input){plan->flow->header.columns[i].name, type};
	return found;
}

/* The rows of the stage's table. */
struct rows {
	const char **column, **action, **type, **expression, **why;
	size_t count;
};

static void add_row(struct rows *rows, const char *column, const char *action, enum ns_type type, const char *expression, const char *why)
{
	size_t row = rows->count++;
	rows->column[row] = column;
	rows->action[row] = action;
	rows->type[row] = type == NS_TEXT ? "text" : type == NS_NUMBER ? "number" : NULL;
	rows->expression[row] = expression;
	rows->why[row] = why;
}

static void make_rows(struct rows *rows, const struct ns_derive_plan *plan)
{
	size_t most = plan->count + plan->names.count;
	const char **texts = NS_NEW_ARRAY(plan->arena, const char *, 5 * most);
	*rows = (struct rows){texts, texts + most, texts + 2 * most, texts + 3 * most, texts + 4 * most, 0};
	for (size_t i = 0; i < plan->count; i++) {
		const struct ns_derive_item *item = &plan->items[i];
		if (item->live)
			add_row(rows, item->name, "derive", item->type, item->text, item->interaction ? "interaction" : NULL);
	}
	struct ns_table table;
	ns_derive_plan_foresee(&table, plan);
	for (size_t i = 0; i < table.width; i++) {
		const struct ns_derive_name *known = ns_derive_plan_find(plan, table.columns[i].name);
		if (known->left_out)
			add_row(rows, table.columns[i].name, "drop", known->type, NULL, known->why);
	}
}

static int make_stage(struct ns_stage *stage, const struct ns_derive_plan *plan)
{
	struct rows rows;
	struct ns_stage_input *inputs = NS_NEW_ARRAY(plan->arena, struct ns_stage_input, plan->flow->header.width);
	find_live(plan);
	make_rows(&rows, plan);
	struct ns_stage_parts parts = {.kind = &ns_stage_derive, .inputs = inputs, .inputs_count = find_inputs(inputs, plan), .before = &plan->flow->chain};
	struct ns_table *table = &parts.table;
	*table = (struct ns_table){.rows = rows.count, .source = "derive"};
	NS_TRY(ns_stage_put_texts(table, "column", rows.column, plan->arena, plan->err));
	NS_TRY(ns_stage_put_texts(table, "action", rows.action, plan->arena, plan->err));
	NS_TRY(ns_stage_put_texts(table, "type", rows.type, plan->arena, plan->err));
	NS_TRY(ns_stage_put_texts(table, "expression", rows.expression, plan->arena, plan->err));
	NS_TRY(ns_stage_put_texts(table, "why", rows.why, plan->arena, plan->err));
	const char **outputs = NS_NEW_ARRAY(plan->arena, const char *, plan->names.count);
	for (size_t i = 0; i < plan->names.count; i++)
		if (plan->known[i].derived && !plan->known[i].left_out)
			outputs[parts.outputs_count++] = plan->names.items[i];
	parts.outputs = outputs;
	return ns_stage_make(stage, &parts, plan->arena, plan->err);
}

/* --- what is left out --- */

static int drop_named(const struct ns_derive_plan *plan)
{
	struct ns_table table;
	const struct ns_texts *list = &plan->options->drop;
	const char *target = ns_reader_target(plan->flow->reader);
	ns_derive_plan_foresee(&table, plan);
	bool *marks = NS_NEW_ARRAY(plan->arena, bool, table.width);
	NS_TRY(ns_table_select(marks, &table, list->items, list->count, plan->err));
	for (size_t i = 0; i < list->count; i++) {
		if (target && strcmp(list->items[i], target) == 0)
			return ns_fail(plan->err, NS_ECALL, "--drop: '%s' is the target, which stays", target);
		if (ns_column_is_ours(&(struct ns_column){.name = list->items[i]}))
			return ns_fail(plan->err, NS_ECALL, "--drop: '%s' begins with ns:, and what does stays", list->items[i]);
	}
	for (size_t i = 0; i < table.width; i++) {
		struct ns_derive_name *known = ns_derive_plan_find(plan, table.columns[i].name);
		if (!marks[i] || ns_column_is_ours(&table.columns[i]) || (target && strcmp(table.columns[i].name, target) == 0))
			continue;
		known->left_out = true;
		known->why = "by name";
	}
	return NS_OK;
}

enum { TOLD = 10 }; /* notes; the others are counted */

static void tell(const struct ns_frame *frame, const char *const *why)
{
	size_t count = 0;
	for (size_t i = 0; i < frame->width; i++)
		if (why[i] && count++ < TOLD)
			ns_note("column '%s': %s, left out", frame->series[i].name, why[i]);
	if (count > TOLD)
		ns_note("and %zu columns more: the stage's table says why", count - TOLD);
}

/* The rows behind a stage that leaves out what is named, as far as they are features. */
static int read_features(struct ns_frame *frame, bool **may_go, const struct ns_derive_plan *plan)
{
	struct ns_flow trial = *plan->flow;
	struct ns_stage stage;
	struct ns_table_options every = {0};
	NS_TRY(make_stage(&stage, plan));
	ns_table_widen(&trial.header, 0, plan->arena); /* the flow's own stays as it is */
	NS_TRY(ns_flow_extend(&trial, &stage, plan->err));
	bool *marks = NS_NEW_ARRAY(plan->arena, bool, trial.header.width), *droppable = NS_NEW_ARRAY(plan->arena, bool, trial.header.width);
	NS_TRY(ns_flow_features(marks, &trial, &every, plan->err));
	NS_TRY(ns_flow_features(droppable, &trial, plan->table, plan->err));
	for (size_t i = 0; i < trial.header.width; i++)
		if (marks[i])
			NS_TRY(ns_flow_want(&trial, i, NS_UNDECIDED, plan->err));
	NS_TRY(ns_flow_frame(frame, &trial, marks, plan->err));
	*may_go = NS_NEW_ARRAY(plan->arena, bool, frame->width);
	for (size_t i = 0, series = 0; i < trial.header.width; i++)
		if (marks[i])
			(*may_go)[series++] = droppable[i];
	return NS_OK;
}

static int drop_by_values(const struct ns_derive_plan *plan, const char *source)
{
	struct ns_frame frame;
	bool *may_go;
	NS_TRY(read_features(&frame, &may_go, plan));
	if (frame.rows == 0)
		return ns_fail(plan->err, NS_EDATA, "%s: no rows that show which columns to drop", source);
	const char **why = NS_NEW_ARRAY(plan->arena, const char *, frame.width);
	ns_derive_drop(why, &frame, may_go, plan->options, plan->flow->threads, plan->arena);
	tell(&frame, why);
	for (size_t i = 0; i < frame.width; i++) {
		struct ns_derive_name *known = ns_derive_plan_find(plan, frame.series[i].name);
		known->type = frame.series[i].type;
		known->left_out = why[i];
		known->why = why[i];
	}
	return NS_OK;
}

static bool is_any_left(const struct ns_derive_plan *plan)
{
	for (size_t i = 0; i < plan->names.count; i++)
		if (!plan->known[i].left_out)
			return true;
	return false;
}

bool ns_derive_reads(const struct ns_derive_options *options)
{
	return options->constant || options->duplicate || options->correlated > 0;
}

int ns_derive_learn(struct ns_stage *stage, struct ns_flow *flow, const struct ns_derive_options *options, const struct ns_table_options *table,
	struct ns_err *err)
{
	struct ns_derive_plan plan = {.flow = flow, .options = options, .table = table, .arena = flow->arena, .err = err};
	const char *source = ns_strdup(flow->arena, flow->header.source); /* before the rows are read */
	size_t target;
	if (table->target && (options->stored || ns_derive_reads(options))) /* one that is misspelt would be a feature */
		NS_TRY(ns_table_require(&target, &flow->header, table->target, err));
	NS_TRY(ns_derive_plan_make(&plan));
	NS_TRY(drop_named(&plan));
	if (!is_any_left(&plan))
		return ns_fail(err, NS_ECALL, "--drop: no column is left");
	if (ns_derive_reads(options))
		NS_TRY(drop_by_values(&plan, source));
	if (!is_any_left(&plan))
		return ns_fail(err, NS_EDATA, "%s: no column is left (-c and -x say which may go)", source);
	return make_stage(stage, &plan);
}
