#include "stage/prepare.h"

#include <string.h>

#include "base/parallel.h"
#include "stage/dataset.h"
#include "table/arrow.h"
#include "table/schema.h"

enum { NOT_NAMED = -1, STRATEGIES_MAX = 16 };

static bool takes(const struct ns_preparation *preparation, enum ns_type type, bool named)
{
	if (type == NS_TEXT)
		return preparation->texts;
	return preparation->numbers || (named && preparation->numbers_too);
}

/* Dates, times and binary values are neither numbers nor words: only who names them means them. */
static bool is_plain(const struct ns_flow *flow, size_t column)
{
	const struct ns_arrow_array *array = flow->header.columns[column].array;
	if (!array)
		return true;
	switch (array->type.id) {
	case NS_ARROW_NULL:
	case NS_ARROW_INT:
	case NS_ARROW_FLOAT:
	case NS_ARROW_BOOL:
	case NS_ARROW_DECIMAL:
	case NS_ARROW_UTF8:
	case NS_ARROW_LARGE_UTF8:
		return true;
	default:
		return false;
	}
}

/* The words "a|b|c". */
static size_t split_words(const char **words, const char *text, struct ns_arena *arena)
{
	size_t count = 0;
	for (const char *word = text; *word && count < STRATEGIES_MAX; count++) {
		size_t size = strcspn(word, "|");
		words[count] = ns_strndup(arena, word, size);
		word += size + (word[size] == '|');
	}
	return count;
}

static int find_strategy(int *strategy, const char *name, const struct ns_preparation *preparation, struct ns_arena *arena, struct ns_err *err)
{
	const char *words[STRATEGIES_MAX];
	size_t count = split_words(words, preparation->strategies, arena);
	for (*strategy = 0; *strategy < (int)count; ++*strategy)
		if (strcmp(words[*strategy], name) == 0)
			return NS_OK;
	const char *near = ns_nearest_name(name, words, count);
	if (near)
		return ns_fail(err, NS_ECALL, "--use: unknown strategy '%s' (did you mean '%s'?)", name, near);
	return ns_fail(err, NS_ECALL, "--use: unknown strategy '%s' (%s)", name, preparation->strategies);
}

/* A column that --use names is changed whatever its role; what is no feature stays none, which is easily overlooked. */
static void note_role(const struct ns_flow *flow, const char *column)
{
	const struct ns_schema *schema = ns_reader_schema(flow->reader);
	const struct ns_schema_column *known = schema ? ns_schema_find(schema, column) : NULL;
	if (known && known->role != NS_ROLE_FEATURE)
		ns_note("--use: column '%s' is no feature by its role in the schema, and stays none", column);
}

/* Patterns may hit the target, which stays as it is; by its name it is meant. */
static int check_target(const struct ns_texts *list, const char *target, struct ns_err *err)
{
	for (size_t i = 0; target && i < list->count; i++)
		if (strcmp(list->items[i], target) == 0)
			return ns_fail(err, NS_ECALL, "--use: '%s' is the target, which is never changed", target);
	return NS_OK;
}

/* What --use says: a strategy per column of the header, or NOT_NAMED. Such a column takes part as if -c named it, too. */
static int read_use(int *strategy, bool *marks, const struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation,
	struct ns_err *err)
{
	size_t width = flow->header.width;
	const char *target = ns_reader_target(flow->reader);
	for (size_t i = 0; i < width; i++)
		strategy[i] = NOT_NAMED;
	for (size_t u = 0; u < call->use.count; u++) {
		const char *name;
		struct ns_texts list;
		int which;
		bool *hit = NS_NEW_ARRAY(flow->arena, bool, width);
		NS_TRY(ns_opt_param(&name, &list, "--use", call->use.items[u], flow->arena, err));
		NS_TRY(find_strategy(&which, name, preparation, flow->arena, err));
		NS_TRY(check_target(&list, target, err));
		NS_TRY(ns_table_select(hit, &flow->header, list.items, list.count, err));
		for (size_t i = 0; i < width; i++) {
			if (!hit[i] || (target && strcmp(flow->header.columns[i].name, target) == 0))
				continue;
			if (strategy[i] != NOT_NAMED && strategy[i] != which)
				return ns_fail(err, NS_ECALL, "--use: column '%s' is given two strategies", flow->header.columns[i].name);
			if (strategy[i] == NOT_NAMED)
				note_role(flow, flow->header.columns[i].name);
			strategy[i] = which;
			marks[i] = true;
		}
	}
	return NS_OK;
}

/* Marks the columns to learn from, says how, and asks for them. */
static int choose(bool *marks, int *strategy, struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation,
	struct ns_err *err)
{
	bool all = call->table.columns.count == 0, any = false;
	size_t target;
	if (call->table.target) /* one that is misspelt would be a feature */
		NS_TRY(ns_table_require(&target, &flow->header, call->table.target, err));
	NS_TRY(ns_flow_features(marks, flow, &call->table, err));
	NS_TRY(read_use(strategy, marks, flow, call, preparation, err));
	for (size_t i = 0; i < flow->header.width; i++) {
		enum ns_type type;
		bool named = !all || strategy[i] != NOT_NAMED;
		if (!marks[i])
			continue;
		NS_TRY(ns_flow_type(&type, flow, i, err));
		if (strategy[i] == NOT_NAMED)
			strategy[i] = type == NS_TEXT ? preparation->text_strategy : preparation->strategy;
		marks[i] = takes(preparation, type, named) && (named || is_plain(flow, i));
		if (named && !marks[i])
			return ns_fail(err, NS_EDATA, "%s: column '%s' is %s, which ns-%s does not take (-x '%s' leaves it out)",
				flow->header.source, flow->header.columns[i].name, type == NS_TEXT ? "text" : "a number", preparation->verb,
				flow->header.columns[i].name);
		any = any || marks[i];
	}
	for (size_t i = 0; i < flow->header.width; i++)
		if (marks[i])
			NS_TRY(ns_flow_want(flow, i, NS_UNDECIDED, err));
	if (!any && preparation->numbers)
		ns_note("%s: no column to %s", flow->header.source, preparation->verb);
	return NS_OK;
}

/* The target is to be read, too, where a column's strategy learns from it; *target = its name, else NULL. */
static int want_target(const char **target, bool *marks, const int *strategy, struct ns_flow *flow, const struct ns_preparation *preparation,
	struct ns_err *err)
{
	size_t column;
	bool wanted = false;
	*target = NULL;
	for (size_t i = 0; i < flow->header.width; i++)
		wanted = wanted || (marks[i] && strategy[i] == preparation->supervised);
	if (!wanted || preparation->supervised < 0)
		return NS_OK;
	*target = ns_reader_target(flow->reader);
	if (!*target)
		return ns_fail(err, NS_ECALL, "no target given: -t NAME says which column is the label");
	NS_TRY(ns_table_require(&column, &flow->header, *target, err));
	marks[column] = true;
	return ns_flow_want(flow, column, NS_UNDECIDED, err);
}

static int read_lesson(struct ns_lesson *lesson, struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation,
	struct ns_err *err)
{
	struct ns_frame frame;
	const char *source = ns_strdup(flow->arena, flow->header.source), *target;
	bool *marks = NS_NEW_ARRAY(flow->arena, bool, flow->header.width);
	int *strategy = NS_NEW_ARRAY(flow->arena, int, flow->header.width);
	NS_TRY(choose(marks, strategy, flow, call, preparation, err));
	NS_TRY(want_target(&target, marks, strategy, flow, preparation, err));
	NS_TRY(ns_flow_frame(&frame, flow, marks, err));
	ns_lesson_init(lesson, &frame, target, source, &flow->chain, flow->arena);
	for (size_t i = 0; i < lesson->width; i++)
		lesson->strategy[i] = strategy[ns_table_find(&flow->header, lesson->series[i]->name)];
	if (!target)
		return NS_OK;
	struct ns_labels *labels = NS_NEW(flow->arena, struct ns_labels);
	lesson->labels = labels;
	return ns_dataset_classes(labels, &lesson->positive, ns_frame_find(&frame, target), frame.rows, flow, call->positive, err);
}

/* Learns from all rows and puts the new stages behind the others, at the first row again. */
static int learn(struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation, struct ns_err *err)
{
	struct ns_lesson lesson;
	struct ns_bundle learnt = {0};
	NS_TRY(read_lesson(&lesson, flow, call, preparation, err));
	NS_TRY(preparation->learn(&learnt, &lesson, flow->arena, err));
	NS_TRY(ns_flow_rewind(flow, err));
	for (size_t i = 0; i < learnt.count; i++)
		NS_TRY(ns_flow_extend(flow, &learnt.stages[i], err));
	/* Before the first row leaves, so that tools downstream can read it (--after). */
	return ns_bundle_write(call->write, learnt.stages, learnt.count, err);
}

static int check_call(const struct ns_prepare *call, struct ns_err *err)
{
	if (!call->write && !call->flow.models.count)
		return ns_fail(err, NS_ECALL, "-w FILE to learn a stage here, -m FILE to apply one, or both must be given");
	if (!call->write && call->how)
		return ns_fail(err, NS_ECALL, "-m alone learns nothing, so that options which say what to learn have no meaning (-w FILE learns)");
	return NS_OK;
}

int ns_prepare_write(struct ns_flow *flow, struct ns_writer *writer, struct ns_err *err)
{
	struct ns_table *batch;
	do {
		NS_TRY(ns_flow_next(&batch, flow, err));
		NS_TRY(ns_writer_write(writer, batch, NULL, 0, err));
	} while (batch->rows);
	NS_TRY(ns_flow_finish(flow, err));
	return ns_writer_finish(writer, err);
}

int ns_prepare_run(struct ns_prepare *call, const struct ns_preparation *preparation, char **operands, int count,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flow flow;
	struct ns_writer *writer;
	NS_TRY(check_call(call, err));
	call->flow.threads = call->table.threads = ns_parallel_threads((int)call->threads);
	call->flow.training = call->write != NULL;
	NS_TRY(ns_flow_open(&flow, operands, count, &call->table, &call->flow, call->write != NULL, arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &call->table, flow.reader, arena, err));
	if (call->write)
		NS_TRY(learn(&flow, call, preparation, err));
	return ns_prepare_write(&flow, writer, err);
}
