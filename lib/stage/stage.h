/*
 * stage: what one tool learnt (an imputation, an encoding, a scale, a model), stored as one Arrow stream.
 *
 * The stream's table is the kind's own; its schema metadata say, beside what the kind adds:
 *
 *	ns:stage    the kind: impute, impute-knn, encode, scale, derive, model
 *	ns:format   1
 *	ns:version  of the tool that wrote it
 *	ns:numbers  input columns read as numbers        lists are tab-separated, with \t \n \\ for what
 *	ns:texts    input columns read as text           would be mistaken
 *	ns:outputs  the columns it leaves in place of the inputs, or adds
 *	ns:after    digest of the chain of stages its training table had passed; empty for raw data
 *	ns:behind   the kinds in that chain, for people: "impute scale"
 *	ns:digest   of every other byte of the stream
 *
 * The chain digest behind a stage is the hash of (chain before, the stage's digest). A table that passed stages carries it
 * in its own metadata as ns:chain, with ns:behind, so that tools downstream know what was done to it.
 *
 * A kind plugs in as a const struct at the end of its file and a line in stage.c's list.
 */
#ifndef NS_STAGE_STAGE_H
#define NS_STAGE_STAGE_H

#include "table/table.h"

enum { NS_DIGEST_SIZE = 33, NS_STAGE_FORMAT = 1 };

struct ns_chain {
	char digest[NS_DIGEST_SIZE]; /* "" for raw data */
	const char *behind;          /* "impute scale"; "" for raw data */
};

struct ns_stage;

struct ns_stage_kind {
	const char *name;
	/* Checks the stored table (nothing in it is to be trusted) and makes stage->state of it. stage->inputs are set. */
	int (*load)(struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err);
	/*
	 * Transforms a batch: at[i] is the position of stage->inputs[i], whose numbers or cells are there. Columns may be
	 * replaced, removed, added; allocates from arena. Called with 0 rows first, to learn what becomes of the columns.
	 */
	int (*apply)(struct ns_table *batch, const struct ns_stage *stage, const size_t *at, struct ns_arena *arena,
		struct ns_err *err);
};

struct ns_stage_input {
	const char *name;
	enum ns_type type; /* NS_NUMBER, NS_TEXT */
};

struct ns_stage {
	const struct ns_stage_kind *kind;
	const char *path;      /* where it came from, for messages */
	struct ns_table table; /* as stored, with all metadata */
	const void *bytes;     /* the stream itself, size bytes */
	size_t size;
	struct ns_stage_input *inputs; /* numbers first, then texts */
	size_t inputs_count;
	char digest[NS_DIGEST_SIZE];
	struct ns_chain before, after; /* the chain it was learnt behind; that chain with this stage */
	void *state;                   /* the kind's own */
	int threads;                   /* for kinds with much to do; 1 unless the flow says otherwise */
	bool training;                 /* what is applied to will be learnt from: a kind that looked at the target cross-fits */
};

extern const struct ns_stage_kind ns_stage_impute, ns_stage_impute_neighbors, ns_stage_encode, ns_stage_scale, ns_stage_derive, ns_stage_model;

/*
 * Makes a stage of a table, which holds the kind's columns and metadata. Inputs (numbers before texts), outputs and chain are
 * stored with it, and the stage is read back from its own bytes: what is applied here is what will be read elsewhere.
 */
struct ns_stage_parts {
	const struct ns_stage_kind *kind;
	struct ns_table table;
	const struct ns_stage_input *inputs;
	size_t inputs_count;
	const char *const *outputs;
	size_t outputs_count;
	const struct ns_chain *before;
};
int ns_stage_make(struct ns_stage *stage, const struct ns_stage_parts *parts, struct ns_arena *arena, struct ns_err *err);

/*
 * Appends the table, whose metadata are complete, as the bytes of a stage: with its ns:digest, the old one replaced. Part of
 * ns_stage_make.
 */
int ns_stage_seal(struct ns_buffer *out, struct ns_table *table, struct ns_arena *arena, struct ns_err *err);

/*
 * Reads the stage that begins at data; *used = its length. A stream that is no stage, one of a later format, an unknown kind or a
 * wrong digest is NS_EDATA.
 */
int ns_stage_parse(struct ns_stage *stage, size_t *used, const void *data, size_t size, const char *path,
	struct ns_arena *arena, struct ns_err *err);

#endif
