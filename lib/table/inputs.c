#include <assert.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table/csv_write.h"
#include "table/reader.h"

/* In the order they are asked whether the first bytes are theirs; the last one takes everything. */
static const struct ns_format *const formats[] = {&ns_format_arrow, &ns_format_csv};

/* So many inputs stay open until the rewind; of more only those that cannot be opened twice. */
enum { KEPT_OPEN = 64 };

static bool is_stdin(const char *path)
{
	return !path || strcmp(path, "-") == 0;
}

bool ns_paths_are_files(char **paths, int count)
{
	struct stat status;
	for (int i = 0; i < count || i == 0; i++) {
		const char *path = count ? paths[i] : NULL;
		if ((is_stdin(path) ? fstat(STDIN_FILENO, &status) : stat(path, &status)) < 0 || !S_ISREG(status.st_mode))
			return false;
	}
	return true;
}

static bool is_regular(const char *path)
{
	struct stat status;
	return !is_stdin(path) && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

void ns_inputs_set(struct ns_reader *reader, char **paths, int count)
{
	reader->inputs_count = count > 0 ? (size_t)count : 1;
	reader->inputs = NS_NEW_ARRAY(reader->arena, struct ns_input, reader->inputs_count);
	for (int i = 0; i < count; i++)
		reader->inputs[i].path = paths[i];
	for (size_t i = 0; i < reader->inputs_count; i++)
		reader->inputs[i].keep = reader->again && (reader->inputs_count <= KEPT_OPEN || !is_regular(reader->inputs[i].path));
}

/* Rows that are appended to the file they come from never end; written over it, they were gone before they could be read. */
static int check_output(const char *path, const char *name, struct ns_err *err)
{
	struct stat in, out;
	bool same = (is_stdin(path) ? fstat(STDIN_FILENO, &in) : stat(path, &in)) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
		    S_ISREG(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
	return same ? ns_fail(err, NS_ECALL, "%s: cannot be input and output at once: write to another file", name) : NS_OK;
}

static int sniff(const struct ns_format **format, struct ns_bytes *bytes, struct ns_err *err)
{
	const unsigned char *head;
	size_t size, last = sizeof formats / sizeof *formats - 1;
	NS_TRY(ns_bytes_peek(&head, &size, bytes, err));
	for (size_t i = 0; i < last; i++) {
		if (formats[i]->sniff(head, size)) {
			*format = formats[i];
			return NS_OK;
		}
	}
	*format = formats[last];
	return NS_OK;
}

/* --- a source in place of files: what it gives is held as CSV's is, and written as CSV unless asked otherwise --- */

static int next_of_source(struct ns_table *batch, void *state, struct ns_err *err)
{
	const struct ns_source *source = state;
	return source->next(batch, source->context, err);
}

static void close_source(void *state)
{
	const struct ns_source *source = state;
	source->close(source->context);
}

static const struct ns_format source_format = {
	.name = "csv", .next = next_of_source, .close = close_source,
	.start = ns_csv_start, .write = ns_csv_write, .finish = ns_csv_finish, .abandon = ns_csv_abandon,
};

static int open_source(struct ns_reader *reader, struct ns_table *header, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_source *source = reader->source;
	NS_TRY(source->open(header, source->context, &reader->reject, arena, err));
	reader->format = &source_format;
	reader->state = (void *)source;
	header->source = source->name;
	return NS_OK;
}

const char *ns_inputs_name(const struct ns_reader *reader)
{
	return reader->source ? reader->source->name : ns_bytes_name(reader->inputs[reader->input].bytes);
}

/* --- opening and closing --- */

int ns_inputs_open(struct ns_reader *reader, struct ns_table *header, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_input *input = &reader->inputs[reader->input];
	const struct ns_format *format;
	if (reader->source)
		return open_source(reader, header, arena, err);
	if (input->bytes)
		NS_TRY(ns_bytes_rewind(input->bytes, err));
	else {
		NS_TRY(ns_bytes_open(&input->bytes, input->path, reader->again, err));
		NS_TRY(check_output(input->path, ns_bytes_name(input->bytes), err));
	}
	NS_TRY(sniff(&format, input->bytes, err));
	if (reader->format && format != reader->format)
		return ns_fail(err, NS_EDATA, "%s: is %s, but the input before it is %s (ns-convert makes them alike)",
			ns_bytes_name(input->bytes), format->name, reader->format->name);
	reader->format = format;
	NS_TRY(format->open(&reader->state, header, input->bytes, reader->options, &reader->reject, arena, err));
	header->source = ns_strdup(arena, ns_bytes_name(input->bytes)); /* outlives the bytes */
	if (header->width == 0) /* Arrow can say so */
		return ns_fail(err, NS_EDATA, "%s: a table without columns", header->source);
	return NS_OK;
}

void ns_inputs_close(struct ns_reader *reader)
{
	struct ns_input *input = &reader->inputs[reader->input];
	if (reader->state)
		reader->format->close(reader->state);
	reader->state = NULL;
	if (!input->keep) {
		ns_bytes_close(input->bytes);
		input->bytes = NULL;
	}
}

static int same_columns(const struct ns_table *now, const struct ns_table *first, struct ns_arena *arena, struct ns_err *err)
{
	if (now->width != first->width)
		return ns_fail(err, NS_EDATA, "%s: has %zu columns, %s has %zu", now->source, now->width, first->source, first->width);
	for (size_t i = 0; i < now->width; i++) {
		const struct ns_column *a = &now->columns[i], *b = &first->columns[i];
		if (strcmp(a->name, b->name) != 0)
			return ns_fail(err, NS_EDATA, "%s: column %zu is '%s', in %s it is '%s'", now->source, i + 1, a->name,
				first->source, b->name);
		if (!a->array || !b->array)
			continue;
		const char *type = ns_arrow_type_name(&a->array->type, arena), *other = ns_arrow_type_name(&b->array->type, arena);
		if (strcmp(type, other) != 0)
			return ns_fail(err, NS_EDATA, "%s: column '%s' is %s, in %s it is %s", now->source, a->name, type,
				first->source, other);
	}
	return NS_OK;
}

/* A further input, or the first one again. What there is to say about a header was said when it came first. */
static int open_further(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table header = {0};
	bool quiet = ns_quiet;
	ns_arena_reset(&reader->input_arena);
	ns_quiet = true;
	int status = ns_inputs_open(reader, &header, &reader->input_arena, err);
	ns_quiet = quiet;
	NS_TRY(status);
	return same_columns(&header, &reader->header, &reader->input_arena, err);
}

int ns_reader_pull(struct ns_table *batch, struct ns_reader *reader, struct ns_err *err)
{
	while (!reader->ended) {
		if (!reader->state)
			NS_TRY(open_further(reader, err));
		*batch = (struct ns_table){0};
		NS_TRY(reader->format->next(batch, reader->state, err));
		if (batch->rows) {
			assert(batch->width == reader->header.width);
			batch->first_row = reader->rows;
			reader->rows += batch->rows;
			return NS_OK;
		}
		ns_inputs_close(reader);
		reader->ended = ++reader->input == reader->inputs_count;
	}
	*batch = reader->header;
	batch->rows = 0;
	batch->first_row = reader->rows;
	return NS_OK;
}
