/*
 * prepare: what ns-impute, ns-encode and ns-scale have in common (and ns-derive, in part): stages are learnt here (-w), or were
 * learnt elsewhere (-m), and the rows go on through them.
 *
 * With -w the input is read twice: learnt from, then transformed, so that what comes out is what -m gives on the same rows
 * (but for stages that learn from the target: those cross-fit the rows they learn from, stage.h). Stages of -m come first, and the
 * new ones are learnt behind them. With -m alone rows are transformed as they come, in constant memory.
 */
#ifndef NS_STAGE_PREPARE_H
#define NS_STAGE_PREPARE_H

#include "stage/flow.h"
#include "stage/lesson.h"

struct ns_prepare {
	struct ns_table_options table;
	struct ns_flow_options flow;
	const char *write; /* -w FILE; NULL: nothing is learnt */
	struct ns_texts use; /* --use STRATEGY=LIST */
	const char *positive; /* of the target's classes, for strategies that learn from it; NULL: as schema or stream say */
	int64_t threads;   /* for stages with much to do; 0: all cores */
	bool how;          /* an option was given that says how to learn: without -w it is refused */
};
#define NS_OPTIONS_PREPARE(o) \
	{0, "use", "STRATEGY=LIST", "another strategy for these columns (may be repeated)", NS_OPT_TEXTS, &(o).use, 0, 0, NULL, &(o).how}, \
	{'w', "write-model", "FILE", "learn here: write the stage to FILE, then apply it", NS_OPT_TEXT, &(o).write, 0, 0, NULL, NULL}, \
	NS_OPTIONS_FLOW((o).flow), \
	{'c', "columns", "LIST", "only these columns: names, patterns 'src_*', positions #5-8", NS_OPT_LIST, &(o).table.columns, 0, 0, NULL, &(o).how}, \
	{'x', "exclude", "LIST", "all columns but these", NS_OPT_LIST, &(o).table.exclude, 0, 0, NULL, &(o).how}, \
	NS_OPTION_TARGET((o).table), \
	NS_OPTION_SCHEMA((o).table), \
	NS_OPTIONS_INPUT((o).table), \
	NS_OPTIONS_OUTPUT((o).table)

/* One kind of preparation, and how it was asked to learn. */
struct ns_preparation {
	const char *verb;    /* "scale", for messages */
	bool numbers, texts; /* the types it takes by default; */
	bool numbers_too;    /* numbers where -c or --use names them */
	const char *strategies;      /* what --use may say: "standard|min-max" */
	int strategy, text_strategy; /* positions there: of number and of text columns that --use does not name */
	int supervised;              /* the strategy that learns from the target, too; -1: none does */
	/* Learns the stages, one or more, each behind the one before it. */
	int (*learn)(struct ns_bundle *learnt, const struct ns_lesson *lesson, struct ns_arena *arena, struct ns_err *err);
};

/* The whole tool, once its options are read. */
int ns_prepare_run(struct ns_prepare *call, const struct ns_preparation *preparation, char **operands, int count,
	struct ns_arena *arena, struct ns_err *err);

/* What is left of the flow's rows, as they come, to the writer; both are finished. */
int ns_prepare_write(struct ns_flow *flow, struct ns_writer *writer, struct ns_err *err);

#endif
