/*
 * flow: a reader whose rows pass through stages: what -m means in every tool.
 *
 * With no stages it is the reader alone. Header, positions and batches are those behind the last stage; what the stages need
 * is asked of the reader. Missing columns are all named at once. Metadata of header and batches say what chain they
 * passed (ns:chain), and what the schema knows of the label: ns:target, ns:positive, ns:classes with their readable ns:labels.
 */
#ifndef NS_STAGE_FLOW_H
#define NS_STAGE_FLOW_H

#include "stage/bundle.h"
#include "table/frame.h"
#include "table/stream.h"

struct ns_flow_options {
	struct ns_texts models; /* -m FILE, may be repeated */
	struct ns_texts after;  /* --after FILE: stages the input has already passed */
	const struct ns_bundle *bundle; /* stages that were read already, in front of `models`; NULL: none */
	int threads;   /* for stages with much to do; 0: 1 */
	bool training; /* the rows will be learnt from: stages that cross-fit give them what was learnt without them (stage.h) */
};
#define NS_OPTIONS_FLOW(o) \
	{'m', "model", "FILE", "apply the stages in FILE to the input first (may be repeated)", NS_OPT_TEXTS, &(o).models, 0, 0, NULL, NULL}, \
	{0, "after", "FILE", "stages that CSV input has already passed (may be repeated)", NS_OPT_TEXTS, &(o).after, 0, 0, NULL, NULL}

struct ns_flow {
	struct ns_reader *reader;
	struct ns_bundle bundle;
	struct ns_chain chain;  /* behind the last stage */
	struct ns_table header; /* likewise; rows 0 */
	struct ns_table raw;    /* the last batch as the reader gave it, before any stage */
	size_t **at;            /* per stage: positions of its inputs at that point */
	ptrdiff_t *origin;      /* per header column: its position in the reader's header while untouched, else -1 */
	enum ns_type *asked;    /* per column of the reader's header: what a stage reads it as */
	int threads;            /* of the options */
	bool training;
	struct ns_arena *arena;
};

/* again: ns_flow_rewind will be called. */
int ns_flow_open(struct ns_flow *flow, char **paths, int count, const struct ns_table_options *options,
	const struct ns_flow_options *stages, bool again, struct ns_arena *arena, struct ns_err *err);
/*
 * As ns_reader_want, for a column of flow->header. NS_UNDECIDED: as its type is, inferred where open. Sets
 * header.columns[column].type. What a stage reads as the other type is NS_EDATA.
 */
int ns_flow_want(struct ns_flow *flow, size_t column, enum ns_type type, struct ns_err *err);
/* The type of a column of flow->header, inferred where it is open, without asking for its values. Before the first batch. */
int ns_flow_type(enum ns_type *type, struct ns_flow *flow, size_t column, struct ns_err *err);
/*
 * One more stage behind the others: header, chain and batches from the next on (after ns_flow_rewind: from the first on) are
 * those behind it.
 */
int ns_flow_extend(struct ns_flow *flow, const struct ns_stage *stage, struct ns_err *err);
/* Marks what may be a feature: -c / -x, without the target, ns: columns and the schema's id, time and drop columns. */
int ns_flow_features(bool *marks, struct ns_flow *flow, const struct ns_table_options *options, struct ns_err *err);
/* What belongs to the batch is allocated from ns_reader_batch_arena(flow->reader). */
int ns_flow_next(struct ns_table **batch, struct ns_flow *flow, struct ns_err *err);
int ns_flow_rewind(struct ns_flow *flow, struct ns_err *err);
int ns_flow_finish(struct ns_flow *flow, struct ns_err *err);
/* All remaining rows of the marked columns, each of which has been wanted. */
int ns_flow_frame(struct ns_frame *frame, struct ns_flow *flow, const bool *marks, struct ns_err *err);

/* Stores the chain in metadata as ns:chain and ns:behind (raw data: neither). */
void ns_chain_set(struct ns_metadata *metadata, const struct ns_chain *chain, struct ns_arena *arena);

#endif
