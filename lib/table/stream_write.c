#include <string.h>
#include <unistd.h>

#include "table/reader.h"

struct ns_writer {
	const struct ns_table_options *options;
	const struct ns_format *format;
	struct ns_file *file;
	void *state; /* the format's; NULL before the first batch */
	struct ns_arena *arena;
};

/* The file itself is discarded with all others when a run fails (ns_file_discard_all). */
static void release(void *what)
{
	struct ns_writer *writer = what;
	if (writer->state)
		writer->format->abandon(writer->state);
	writer->state = NULL;
}

int ns_writer_open(struct ns_writer **out, const char *path, const struct ns_table_options *options, struct ns_reader *reader,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_format *format = reader ? reader->format : &ns_format_csv;
	if (options->output_format != NS_OUTPUT_SAME)
		format = options->output_format == NS_OUTPUT_ARROW ? &ns_format_arrow : &ns_format_csv;
	bool to_stdout = !path || strcmp(path, "-") == 0;
	if (format == &ns_format_arrow && to_stdout && isatty(STDOUT_FILENO))
		return ns_fail(err, NS_ECALL, "stdout is a terminal and Arrow is binary (-O csv shows it; or redirect)");
	struct ns_writer *writer = NS_NEW(arena, struct ns_writer);
	*writer = (struct ns_writer){.options = options, .format = format, .arena = arena};
	if (reader && format == &ns_format_arrow)
		reader->everything = true;
	NS_TRY(ns_file_create(&writer->file, to_stdout ? "-" : path, err));
	ns_arena_defer(arena, release, writer);
	*out = writer;
	return NS_OK;
}

int ns_writer_write(struct ns_writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	if (!writer->state)
		NS_TRY(writer->format->start(&writer->state, batch, writer->file, writer->options, writer->arena, err));
	if (rows ? count == 0 : batch->rows == 0)
		return NS_OK;
	return writer->format->write(writer->state, batch, rows, count, err);
}

int ns_writer_finish(struct ns_writer *writer, struct ns_err *err)
{
	void *state = writer->state;
	writer->state = NULL;
	if (state)
		NS_TRY(writer->format->finish(state, err));
	struct ns_file *file = writer->file;
	writer->file = NULL;
	return ns_file_commit(file, err);
}
