/*
 * reader: what the files of the reader share. stream.h is for everybody else.
 *
 *	stream.c   what is wanted, batches
 *	inputs.c   files one after the other
 *	infer.c    types by looking ahead
 *	convert.c  cells and arrays to numbers and text
 *	reject.c   rows set aside
 */
#ifndef NS_TABLE_READER_H
#define NS_TABLE_READER_H

#include "table/arrow.h"
#include "table/schema.h"
#include "table/stream.h"

/* The words that mean missing. */
struct ns_missing {
	const char *const *words;
	size_t count;
	double *numbers; /* those words that are numbers */
	size_t numbers_count;
	bool given; /* --na: the words count in text columns too */
};

struct ns_input {
	const char *path;
	struct ns_bytes *bytes; /* NULL while not open */
	bool keep;              /* stays open for the rewind */
};

/* Beside the header's column: what was asked for, and the memory in which it is delivered. */
struct ns_reader_column {
	enum ns_type wanted; /* NS_UNDECIDED: as it came */
	bool told, as_text;  /* --text or --number; --text */
	bool remade;         /* told to be what its Arrow array is not: written as told */
	bool inferred;       /* the type is what the first rows looked like */
	bool left;           /* ns_reader_leave */
	const char *remedy;  /* ns_reader_explain; NULL: the usual one */
	double *numbers;
	struct ns_cell *cells;
	size_t numbers_capacity, cells_capacity;
	struct ns_buffer text;
};

/* One column that next reads as numbers from text. */
struct ns_number_job {
	size_t column;
	const char *bytes;
	const struct ns_cell *cells;
	size_t stride, limit; /* bytes[0..limit) may be read */
	double *out;
	bool inferred; /* nobody said that the column is one of numbers */
};

struct ns_reader {
	const struct ns_table_options *options;
	struct ns_arena *arena, batch_arena, input_arena; /* the run; a batch; a further input */
	const struct ns_source *source; /* in place of inputs; NULL: files */
	struct ns_input *inputs;
	size_t inputs_count, input; /* input: the open one, or the next */
	bool again, ended;
	const struct ns_format *format;
	void *state; /* the format's; NULL while no input is open */
	struct ns_reject reject;
	const struct ns_judge *judge; /* NULL: --on-error decides */
	struct ns_schema *schema;
	const char *target;
	struct ns_table header, batch;
	struct ns_reader_column *columns;
	struct ns_missing missing;
	bool everything; /* the output is Arrow: every column needs a type */
	uint64_t rows;   /* read so far, those set aside by convert.c included */
	struct ns_ahead *ahead; /* infer.c's: batches that were looked at and not yet taken, but for the one taken last */
	size_t ahead_count, ahead_capacity, ahead_next;
	struct ns_number_job *jobs; /* convert.c's, in batch_arena */
	bool *bad;                  /* rows of this batch to set aside; NULL = none */
	struct ns_file *rejects;
	struct ns_buffer record;
	uint64_t set_aside, made_missing;
	struct ns_err first_set_aside, first_missing; /* why; empty: none */
};

/* inputs.c */
void ns_inputs_set(struct ns_reader *reader, char **paths, int count); /* count 0: stdin */
/* The input at reader->input, from its first byte: sniffed, its header read into the arena. */
int ns_inputs_open(struct ns_reader *reader, struct ns_table *header, struct ns_arena *arena, struct ns_err *err);
void ns_inputs_close(struct ns_reader *reader);
const char *ns_inputs_name(const struct ns_reader *reader); /* of the open one, for messages */
/* The next raw batch, of whatever input; rows 0 = the end of the last one. */
int ns_reader_pull(struct ns_table *batch, struct ns_reader *reader, struct ns_err *err);

/* infer.c */
/* the next batch that was looked at, in batch_arena; false: none is left */
bool ns_ahead_take(struct ns_table *batch, struct ns_reader *reader);
void ns_ahead_clear(struct ns_reader *reader);

/* convert.c */
/* A cell of a number column; *text (may be NULL) becomes what of it counts: without outer blanks unless it stood in quotes. */
enum ns_value_kind ns_value_read(double *number, struct ns_span *text, const char *bytes, struct ns_cell cell,
	const struct ns_missing *missing);
bool ns_missing_word(const struct ns_missing *missing, const char *text, size_t size);
void ns_missing_init(struct ns_missing *missing, const struct ns_table_options *options, struct ns_arena *arena);
/* Delivers what is wanted of reader->batch. */
int ns_reader_convert(struct ns_reader *reader, struct ns_err *err);

/* reject.c */
int ns_reject_open(struct ns_reader *reader, struct ns_err *err); /* also begins anew after a rewind */
/* sets reader->bad rows aside and takes them out of the batch */
int ns_reject_batch(struct ns_reader *reader, struct ns_err *err);
int ns_reject_finish(struct ns_reader *reader, struct ns_err *err);

#endif
