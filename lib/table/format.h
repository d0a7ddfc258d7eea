/*
 * format: what a file format owes the stream. CSV and Arrow are each one `const struct ns_format` at the end of their
 * file; inputs.c lists them. A new format is a new file, a fuzz target and a line in that list.
 */
#ifndef NS_TABLE_FORMAT_H
#define NS_TABLE_FORMAT_H

#include "base/file.h"
#include "table/bytes.h"
#include "table/table.h"

struct ns_table_options;

/*
 * What the reader has to say about rows that are not what they should be (--on-error, --rejects). raw is the record as it stood
 * in the input, why the whole message with its place ("a.csv:17: 3 fields where the header has 4"), rows how many of the batch
 * being made stand before it.
 */
struct ns_reject {
	/* Sets the row aside; NS_OK = go on without it, else the stop, with why as the message. */
	int (*row)(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err);
	void *context;
	/* A value that a table cannot hold: *missing = the row goes on without it, else as row. For rows that are not text. */
	int (*value)(bool *missing, void *context, size_t rows, const char *why, struct ns_err *err);
};

struct ns_format {
	const char *name; /* "csv" */
	bool (*sniff)(const unsigned char *head, size_t size); /* the first up to 64 bytes */

	/*
	 * open reads the header: names, Arrow types and metadata, rows 0; columns live in the arena. Takes bytes as borrowed.
	 * next fills *batch with the next rows (borrowed until the following call); rows 0 = the end, checked. For formats that can
	 * follow themselves (Arrow streams), it goes on with the next stream when its columns are the same.
	 */
	int (*open)(void **state, struct ns_table *header, struct ns_bytes *bytes, const struct ns_table_options *options,
		const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err);
	int (*next)(struct ns_table *batch, void *state, struct ns_err *err);
	void (*close)(void *state);

	/* start writes the header; write appends rows (all of them where rows == NULL, else those listed); finish the end. */
	int (*start)(void **state, const struct ns_table *header, struct ns_file *file, const struct ns_table_options *options,
		struct ns_arena *arena, struct ns_err *err);
	int (*write)(void *state, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err);
	int (*finish)(void *state, struct ns_err *err); /* frees state */
	void (*abandon)(void *state);                   /* frees state without finishing */
};

extern const struct ns_format ns_format_csv, ns_format_arrow;

#endif
