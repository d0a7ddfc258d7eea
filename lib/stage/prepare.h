/*
 * prepare: what ns-impute, ns-encode and ns-scale have in common: a stage is learnt here (-w), or was learnt elsewhere (-m), and
 * the rows go on through it.
 *
 * With -w the input is read twice: learnt from, then transformed, so that what comes out is what -m gives on the same rows.
 * Stages of -m come first, and the new one is learnt behind them. With -m alone rows are transformed as they come, in constant
 * memory.
 */
#ifndef NS_STAGE_PREPARE_H
#define NS_STAGE_PREPARE_H

#include "stage/flow.h"
#include "stage/lesson.h"

struct ns_prepare {
	struct ns_table_options table;
	struct ns_flow_options flow;
	const char *write; /* -w FILE; NULL: nothing is learnt */
	bool how;          /* an option was given that says how to learn: without -w it is refused */
};
#define NS_OPTIONS_PREPARE(o) \
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
	bool numbers_too;    /* numbers where -c names them */
	int (*learn)(struct ns_stage *stage, const struct ns_lesson *lesson, struct ns_arena *arena, struct ns_err *err);
};

/* The whole tool, once its options are read. */
int ns_prepare_run(struct ns_prepare *call, const struct ns_preparation *preparation, char **operands, int count,
	struct ns_arena *arena, struct ns_err *err);

#endif
