#include "stage/prepare.h"

#include "table/arrow.h"

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

/* Marks the columns to learn from and asks for them. */
static int choose(bool *marks, struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation, struct ns_err *err)
{
	bool named = call->table.columns.count > 0, any = false;
	size_t target;
	if (call->table.target) /* one that is misspelt would be a feature */
		NS_TRY(ns_table_require(&target, &flow->header, call->table.target, err));
	NS_TRY(ns_flow_features(marks, flow, &call->table, err));
	for (size_t i = 0; i < flow->header.width; i++) {
		enum ns_type type;
		if (!marks[i])
			continue;
		NS_TRY(ns_flow_type(&type, flow, i, err));
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

/* Learns from all rows and puts the new stage behind the others, at the first row again. */
static int learn(struct ns_flow *flow, const struct ns_prepare *call, const struct ns_preparation *preparation, struct ns_err *err)
{
	struct ns_frame frame;
	struct ns_lesson lesson;
	struct ns_stage stage;
	const char *source = ns_strdup(flow->arena, flow->header.source);
	bool *marks = NS_NEW_ARRAY(flow->arena, bool, flow->header.width);
	NS_TRY(choose(marks, flow, call, preparation, err));
	NS_TRY(ns_flow_frame(&frame, flow, marks, err));
	ns_lesson_init(&lesson, &frame, source, &flow->chain, flow->arena);
	NS_TRY(preparation->learn(&stage, &lesson, flow->arena, err));
	NS_TRY(ns_flow_rewind(flow, err));
	NS_TRY(ns_flow_extend(flow, &stage, err));
	/* Before the first row leaves, so that tools downstream can read it (--after). */
	return ns_bundle_write(call->write, &stage, 1, err);
}

static int check_call(const struct ns_prepare *call, struct ns_err *err)
{
	if (!call->write && !call->flow.models.count)
		return ns_fail(err, NS_ECALL, "-w FILE to learn a stage here, -m FILE to apply one, or both must be given");
	if (!call->write && call->how)
		return ns_fail(err, NS_ECALL, "-m alone learns nothing, so that options which say what to learn have no meaning (-w FILE learns)");
	return NS_OK;
}

int ns_prepare_run(struct ns_prepare *call, const struct ns_preparation *preparation, char **operands, int count,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_flow flow;
	struct ns_writer *writer;
	struct ns_table *batch;
	NS_TRY(check_call(call, err));
	NS_TRY(ns_flow_open(&flow, operands, count, &call->table, &call->flow, call->write != NULL, arena, err));
	NS_TRY(ns_writer_open(&writer, NULL, &call->table, flow.reader, arena, err));
	if (call->write)
		NS_TRY(learn(&flow, call, preparation, err));
	do {
		NS_TRY(ns_flow_next(&batch, &flow, err));
		NS_TRY(ns_writer_write(writer, batch, NULL, 0, err));
	} while (batch->rows);
	NS_TRY(ns_flow_finish(&flow, err));
	return ns_writer_finish(writer, err);
}
