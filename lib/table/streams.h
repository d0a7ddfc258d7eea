/*
 * streams: every Arrow stream of a file as a table of its own, in memory: a model, or a bundle stage by stage, to be looked at.
 *
 * What they mean is stage.h's business; here a stream is a table with metadata, and its name is the metadata's ns:stage.
 */
#ifndef NS_TABLE_STREAMS_H
#define NS_TABLE_STREAMS_H

#include "table/table.h"

struct ns_streams {
	struct ns_table *tables;
	struct ns_span *bytes; /* each stream as it stands in the file */
	size_t count;
	const char *path;
};

/*
 * path NULL or "-": stdin; compressed files are unwrapped. Something else than Arrow (CSV) has no streams: count 0. More than 1
 * GiB is NS_EDATA.
 */
int ns_streams_read(struct ns_streams *streams, const char *path, struct ns_arena *arena, struct ns_err *err);
/* By number from 1, or by name where only one has it; else NS_ECALL with what there is. */
int ns_streams_find(size_t *at, const struct ns_streams *streams, const char *which, struct ns_err *err);
/* Appends "key: value" lines, stream after stream, an empty line between two. A line end within a value is written as \n. */
int ns_streams_print_metadata(struct ns_buffer *out, const struct ns_streams *streams);

#endif
