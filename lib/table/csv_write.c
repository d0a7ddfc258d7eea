#include "table/csv_write.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "table/arrow.h"
#include "table/csv.h"
#include "table/stream.h"

enum { PORTION = 64 * 1024, ROW_MAX = 1024 * 1024 * 1024 };
/* So many numbers to print are worth waking threads for; so many rows each prints before what it has is written. */
enum { PRINTED_MIN = 32 * 1024, STRIP = 1024 };

/* Columns that lie side by side in the records they came in. */
struct run {
	size_t first, count;
};

struct writer {
	struct ns_file *file;
	char delimiter;
	bool special[256];       /* bytes that make quotes necessary */
	bool parts_numbers;      /* the delimiter may stand in a number */
	struct ns_buffer out;    /* whole rows: a failure between two writes cuts at the end of a row */
	struct ns_buffer scratch;
	bool quote_all, clash;
	char *header;            /* the header line as written; NULL: none */
	size_t header_size;
	struct run *runs;
	size_t run_count, width;
	int threads;
	struct writer *helpers;  /* one a thread: like this one, but for out and scratch; NULL before there was need */
};

int ns_csv_check_delimiter(char delimiter, struct ns_err *err)
{
	if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == '\0')
		return ns_fail(err, NS_ECALL, "a quote, a line end or NUL cannot be the delimiter of CSV");
	return NS_OK;
}

static int put_quoted(struct ns_buffer *out, const char *text, size_t size)
{
	if (size > out->max / 2 || ns_buffer_reserve(out, 2 * size + 2))
		return -1;
	char *to = out->data + out->size;
	*to++ = '"';
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			*to++ = '"';
		*to++ = text[i];
	}
	*to++ = '"';
	out->size = (size_t)(to - out->data);
	return 0;
}

int ns_csv_put_field(struct ns_buffer *out, const char *text, size_t size, char delimiter)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] == '"' || text[i] == delimiter || text[i] == '\n' || text[i] == '\r')
			return put_quoted(out, text, size);
	return ns_buffer_append(out, text, size);
}

static bool is_special(const struct writer *writer, const char *text, size_t size)
{
	bool special = false;
	for (size_t i = 0; i < size; i++)
		special |= writer->special[(unsigned char)text[i]];
	return special;
}

static int put_text(struct writer *writer, const char *text, size_t size)
{
	return writer->quote_all || is_special(writer, text, size) ? put_quoted(&writer->out, text, size) : ns_buffer_append(&writer->out, text, size);
}

/* Its characters need no quotes, unless one of them is the delimiter. */
static int put_number(struct writer *writer, double value)
{
	char printed[NS_NUMBER_MAX];
	if (writer->quote_all || writer->parts_numbers)
		return put_text(writer, printed, ns_number_print(printed, value));
	if (ns_buffer_reserve(&writer->out, NS_NUMBER_MAX))
		return -1;
	writer->out.size += ns_number_print(writer->out.data + writer->out.size, value);
	return 0;
}

static int put_value(struct writer *writer, const struct ns_column *column, size_t row)
{
	if (column->cells) {
		struct ns_cell cell = column->cells[row * column->stride];
		return put_text(writer, column->bytes + cell.at, cell.size & NS_CELL_SIZE);
	}
	if (column->array) {
		writer->scratch.size = 0;
		if (ns_arrow_print(&writer->scratch, column->array, row))
			return -1;
		return put_text(writer, writer->scratch.data, writer->scratch.size);
	}
	return put_number(writer, column->numbers[row]);
}

/* How cells of one record stand in its text. */
enum standing {
	APART,   /* not one behind the other with the writer's delimiter between them */
	PLAIN,   /* so, and none in quotes */
	QUOTED,  /* so, some in quotes; none holds a quote, since such a value does not stand in its record */
};

static inline uint32_t quotes_before(const struct ns_cell *cell)
{
	return cell->size / NS_CELL_QUOTED & 1;
}

/*
 * Cells of several columns in one array are the CSV reader's or records', whose values stand beside each other only as they would in
 * CSV. So the first delimiter speaks for all; and where it is the writer's, unquoted values need no quotes. There are at least two.
 */
static enum standing standing_of(const struct writer *writer, const char *bytes, const struct ns_cell *cells, size_t count)
{
	uint32_t apart = 0, any = cells[count - 1].size;
	for (size_t i = 0; i + 1 < count; i++) {
		uint32_t between = quotes_before(&cells[i]) + 1 + quotes_before(&cells[i + 1]);
		apart |= (cells[i].at + (cells[i].size & NS_CELL_SIZE) + between) ^ cells[i + 1].at;
		any |= cells[i].size;
	}
	if (apart || bytes[cells[1].at - quotes_before(&cells[1]) - 1] != writer->delimiter)
		return APART;
	return any & NS_CELL_QUOTED ? QUOTED : PLAIN;
}

/* Cells that stand as QUOTED: copied as they stand, but for the quotes that are not needed. */
static int put_quoted_span(struct writer *writer, const char *bytes, const struct ns_cell *cells, size_t count)
{
	const struct ns_cell *last = cells + count - 1;
	const char *from = bytes + cells->at - quotes_before(cells), *end = bytes + last->at + (last->size & NS_CELL_SIZE) + quotes_before(last);
	if (ns_buffer_reserve(&writer->out, (size_t)(end - from)))
		return -1;
	char *to = writer->out.data + writer->out.size;
	for (size_t i = 0; i < count; i++) {
		const char *text = bytes + cells[i].at;
		size_t size = cells[i].size & NS_CELL_SIZE;
		if (!(cells[i].size & NS_CELL_QUOTED) || is_special(writer, text, size))
			continue;
		to = mempcpy(to, from, (size_t)(text - 1 - from));
		to = mempcpy(to, text, size);
		from = text + size + 1;
	}
	to = mempcpy(to, from, (size_t)(end - from));
	writer->out.size = (size_t)(to - writer->out.data);
	return 0;
}

static int put_run(struct writer *writer, const struct ns_column *columns, size_t count, size_t row)
{
	if (count > 1) {
		const struct ns_cell *cells = columns->cells + row * columns->stride, *last = cells + count - 1;
		enum standing standing = standing_of(writer, columns->bytes, cells, count);
		if (standing == PLAIN)
			return ns_buffer_append(&writer->out, columns->bytes + cells->at, last->at + (last->size & NS_CELL_SIZE) - cells->at);
		if (standing == QUOTED)
			return put_quoted_span(writer, columns->bytes, cells, count);
	}
	int failed = 0;
	for (size_t i = 0; i < count && !failed; i++)
		failed = (i && ns_buffer_append(&writer->out, &writer->delimiter, 1)) || put_value(writer, &columns[i], row);
	return failed;
}

/* Would a reader take this row for the header again? */
static bool looks_like_header(const struct writer *writer, const char *row, size_t size)
{
	if (size == writer->header_size + 3 && !memcmp(row, "\357\273\277", 3)) {
		row += 3;
		size -= 3;
	}
	return writer->header && size == writer->header_size && !memcmp(row, writer->header, size);
}

static int put_row(struct writer *writer, const struct ns_table *batch, size_t row)
{
	struct ns_buffer *out = &writer->out;
	size_t from = out->size;
	int failed = 0;
	for (size_t i = 0; i < writer->run_count && !failed; i++) {
		const struct run *run = &writer->runs[i];
		failed = (i && ns_buffer_append(out, &writer->delimiter, 1)) || put_run(writer, batch->columns + run->first, run->count, row);
	}
	if (!failed && out->size == from)
		failed = put_quoted(out, "", 0); /* not a blank line */
	size_t size = out->size - from;
	if (!failed && (size == writer->header_size || size == writer->header_size + 3) && looks_like_header(writer, out->data + from, size)) {
		out->size = from;
		writer->quote_all = true;
		for (size_t i = 0; i < batch->width && !failed; i++)
			failed = (i && ns_buffer_append(out, &writer->delimiter, 1)) || put_value(writer, &batch->columns[i], row);
		writer->quote_all = false;
		writer->clash = !failed && looks_like_header(writer, out->data + from, out->size - from);
	}
	return failed || writer->clash || ns_buffer_append(out, "\n", 1);
}

static int hand_over(struct writer *writer, struct ns_err *err)
{
	size_t size = writer->out.size;
	writer->out.size = 0;
	return size ? ns_file_write(writer->file, writer->out.data, size, err) : NS_OK;
}

static void find_runs(struct writer *writer, const struct ns_table *batch)
{
	if (batch->width > writer->width)
		writer->runs = ns_realloc_array(writer->runs, batch->width, sizeof *writer->runs);
	writer->width = batch->width > writer->width ? batch->width : writer->width;
	writer->run_count = 0;
	for (size_t i = 0; i < batch->width; i++) {
		const struct ns_column *column = &batch->columns[i], *before = column - 1;
		if (i && column->cells && before->cells && column->cells == before->cells + 1 && column->bytes == before->bytes &&
		    column->stride == before->stride && column->stride > 1)
			writer->runs[writer->run_count - 1].count++;
		else
			writer->runs[writer->run_count++] = (struct run){i, 1};
	}
}

static int refuse_row(const struct writer *writer, struct ns_err *err)
{
	if (writer->clash)
		return ns_fail(err, NS_EDATA, "%s: a row with the header's own names as values would be taken for the header again (rename a column)",
			writer->file->path);
	return ns_fail(err, NS_EDATA, "%s: a row is longer than 1 GiB, the limit of what is written as CSV", writer->file->path);
}

static int write_rows(struct writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	for (size_t i = 0; i < count; i++) {
		if (put_row(writer, batch, rows ? rows[i] : i))
			return refuse_row(writer, err);
		if (writer->out.size >= PORTION)
			NS_TRY(hand_over(writer, err));
	}
	return hand_over(writer, err);
}

/* --- by threads --- */

struct strips {
	struct writer *helpers;
	const struct ns_table *batch;
	const uint32_t *rows;
	size_t first, count; /* rows of the batch, or of the list */
	bool *failed;
};

static void print_strip(void *context, size_t which, int worker)
{
	struct strips *strips = context;
	struct writer *helper = &strips->helpers[which];
	size_t from = strips->first + which * STRIP, end = strips->first + strips->count;
	(void)worker;
	for (size_t i = from; i < from + STRIP && i < end && !strips->failed[which]; i++)
		strips->failed[which] = put_row(helper, strips->batch, strips->rows ? strips->rows[i] : i);
}

static void brief_helpers(struct writer *writer)
{
	if (!writer->helpers) {
		writer->helpers = ns_malloc_array((size_t)writer->threads, sizeof *writer->helpers);
		for (int i = 0; i < writer->threads; i++)
			writer->helpers[i] = (struct writer){.out = NS_BUFFER_INIT(ROW_MAX), .scratch = NS_BUFFER_INIT(ROW_MAX)};
	}
	for (int i = 0; i < writer->threads; i++) {
		struct ns_buffer out = writer->helpers[i].out, scratch = writer->helpers[i].scratch;
		writer->helpers[i] = *writer;
		writer->helpers[i].out = out;
		writer->helpers[i].scratch = scratch;
	}
}

/* A strip for each thread, then what they printed in its order. */
static int write_by_threads(struct writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	size_t threads = (size_t)writer->threads;
	brief_helpers(writer);
	for (size_t first = 0; first < count; first += threads * STRIP) {
		size_t some = count - first < threads * STRIP ? count - first : threads * STRIP, strips_count = (some + STRIP - 1) / STRIP;
		bool failed[256] = {false};
		struct strips strips = {writer->helpers, batch, rows, first, some, failed};
		ns_parallel(writer->threads, strips_count, print_strip, &strips);
		for (size_t i = 0; i < strips_count; i++) {
			if (failed[i])
				return refuse_row(&writer->helpers[i], err);
			NS_TRY(hand_over(&writer->helpers[i], err));
		}
	}
	return NS_OK;
}

/* How many numbers there are to print. */
static size_t count_printed(const struct ns_table *batch, size_t rows)
{
	size_t columns = 0;
	for (size_t i = 0; i < batch->width; i++)
		columns += !batch->columns[i].cells;
	return columns * rows;
}

int ns_csv_write(void *state, const struct ns_table *batch, const uint32_t *rows, size_t count, struct ns_err *err)
{
	struct writer *writer = state;
	find_runs(writer, batch);
	count = batch->width == 0 ? 0 : rows ? count : batch->rows;
	if (writer->threads > 1 && count_printed(batch, count) >= PRINTED_MIN)
		return write_by_threads(writer, batch, rows, count, err);
	return write_rows(writer, batch, rows, count, err);
}

static int put_header(struct writer *writer, const struct ns_table *header, struct ns_err *err)
{
	for (size_t i = 0; i < header->width; i++) {
		const char *name = header->columns[i].name;
		writer->quote_all = i == 0 && !strncmp(name, "\357\273\277", 3); /* not a byte-order mark */
		if ((i && ns_buffer_append(&writer->out, &writer->delimiter, 1)) || put_text(writer, name, strlen(name)))
			return refuse_row(writer, err);
	}
	writer->quote_all = false;
	writer->header_size = writer->out.size;
	writer->header = memcpy(ns_malloc_array(writer->header_size, 1), writer->out.data, writer->header_size);
	if (ns_buffer_append(&writer->out, "\n", 1))
		return refuse_row(writer, err);
	return hand_over(writer, err);
}

int ns_csv_start(void **state, const struct ns_table *header, struct ns_file *file, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	(void)arena;
	*state = NULL;
	NS_TRY(ns_csv_check_delimiter(options->delimiter, err));
	struct writer *writer = ns_malloc_array(1, sizeof *writer);
	*writer = (struct writer){.file = file, .delimiter = options->delimiter, .threads = options->threads, .out = NS_BUFFER_INIT(ROW_MAX),
		.scratch = NS_BUFFER_INIT(ROW_MAX)};
	writer->special['"'] = writer->special['\n'] = writer->special['\r'] = true;
	writer->special[(unsigned char)options->delimiter] = true;
	writer->parts_numbers = strchr("0123456789+-.einf", options->delimiter) != NULL;
	file->when_cut = "\"";
	int status = options->no_header_output || header->width == 0 ? NS_OK : put_header(writer, header, err);
	if (status)
		ns_csv_abandon(writer);
	else
		*state = writer;
	return status;
}

int ns_csv_finish(void *state, struct ns_err *err)
{
	int status = hand_over(state, err);
	ns_csv_abandon(state);
	return status;
}

void ns_csv_abandon(void *state)
{
	struct writer *writer = state;
	ns_buffer_release(&writer->out);
	ns_buffer_release(&writer->scratch);
	for (int i = 0; writer->helpers && i < writer->threads; i++) {
		ns_buffer_release(&writer->helpers[i].out);
		ns_buffer_release(&writer->helpers[i].scratch);
	}
	free(writer->helpers);
	free(writer->header);
	free(writer->runs);
	free(writer);
}
