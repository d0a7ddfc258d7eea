/*
 * csv_fuzz: the CSV reader (records of plain and simply quoted fields split by ourselves, the others by libcsv, in batches, from whole and from dripping input)
 * against libcsv alone fed one byte at a time: the same rows, lines, rejected records and verdict. What was read is written, and read
 * again it is the same.
 *
 * The first byte of the input chooses header or none (bit 0), the delimiter (bits 1 and 2), how the input comes (bits 3 to 5) --trim (bit 6), and
 * where there is no header three names with --on-error skip (bit 7).
 */
#include <csv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "table/stream.h"

static const size_t LOG_MAX = (size_t)1 << 30;

enum { REFUSED = -1, STRANGER = -2 }; /* a row that cannot be written; a column name by which a file looks like another format */

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "csv_fuzz: line %d: %s\n", __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* What a reader saw, as bytes: "F"ield, "Q"uoted field, "R"ow with its line, "X" rejected record. */
static void log_item(struct ns_buffer *log, char kind, const void *bytes, size_t size, uint64_t line)
{
	CHECK(!ns_buffer_append(log, &kind, 1) && !ns_buffer_append(log, &line, sizeof line) && !ns_buffer_append(log, &size, sizeof size) &&
		!ns_buffer_append(log, bytes, size));
}

/* The reference: everything through libcsv, one byte at a time. */
struct reference {
	const char *text;
	size_t at, start, field_start, width, fields, header_size;
	const char *header;
	uint64_t line, blanks;
	bool row_ended, no_header, trim;
	struct ns_buffer row, *log, *rejects;
};

static void take_field(void *bytes, size_t size, void *context)
{
	struct reference *r = context;
	const char *text = bytes;
	bool quoted = r->text[r->field_start] == '"';
	while (r->trim && !quoted && size && strchr(" \t", text[size - 1]) && text[size - 1])
		size--;
	for (; r->trim && !quoted && size && strchr(" \t", *text) && *text; size--)
		text++;
	log_item(&r->row, quoted ? 'Q' : 'F', text, size, 0);
	r->fields++;
	r->field_start = r->at + 1;
}

static void take_row(int c, void *context)
{
	(void)c;
	((struct reference *)context)->row_ended = true;
}

static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void init_parser(struct csv_parser *parser, char delimiter)
{
	csv_init(parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
	csv_set_delim(parser, (unsigned char)delimiter);
	csv_set_space_func(parser, no_space);
}

static bool is_header(const struct reference *r, const char *raw, size_t size)
{
	if (!r->header)
		return false;
	if (size == r->header_size + 3 && !memcmp(raw, "\357\273\277", 3))
		raw += 3, size -= 3;
	return size == r->header_size && !memcmp(raw, r->header, size);
}

static void blank_row(struct reference *r, uint64_t line)
{
	log_item(r->log, 'F', "", 0, 0);
	log_item(r->log, 'R', "", 0, line);
}

/* A record ended in front of the line end at r->at. False: the header is no header. */
static bool take_record(struct reference *r, bool bad, bool last)
{
	const char *raw = r->text + r->start;
	size_t size = r->at - r->start;
	if (size == 0) {
		if (r->width == 0)
			r->blanks++;
		else if (r->width == 1 && !last)
			blank_row(r, r->line);
		return true;
	}
	bad = bad || memchr(raw, '\0', size);
	if (r->width == 0) {
		if (bad)
			return false;
		r->width = r->fields;
		if (!r->no_header) {
			r->header = raw;
			r->header_size = size;
			return true;
		}
		for (uint64_t i = r->blanks; i && r->width == 1; i--)
			blank_row(r, r->line - i);
	}
	if (bad || r->fields != r->width) {
		log_item(r->rejects, 'X', raw, size, r->line);
	} else if (!is_header(r, raw, size)) {
		CHECK(!ns_buffer_append(r->log, r->row.data, r->row.size));
		log_item(r->log, 'R', "", 0, r->line);
	}
	return true;
}

/* Is this byte a line end of its own, not the second half of CRLF? */
static bool new_line(const char *text, size_t i)
{
	return text[i] == '\r' || (text[i] == '\n' && !(i && text[i - 1] == '\r'));
}

/* text has room for one byte more. Returns NS_OK or NS_EDATA. */
static int read_reference(struct ns_buffer *log, struct ns_buffer *rejects, char *text, size_t size, const struct ns_table_options *options)
{
	struct csv_parser parser;
	char delimiter = options->delimiter;
	struct reference r = {.text = text, .line = 1, .width = options->names.count, .no_header = options->no_header, .trim = options->trim, .row = NS_BUFFER_INIT(LOG_MAX), .log = log, .rejects = rejects};
	if (size >= 2 && (!memcmp(text, "\377\376", 2) || !memcmp(text, "\376\377", 2)))
		return NS_EDATA;
	if (size >= 3 && !memcmp(text, "\357\273\277", 3))
		r.at = r.start = r.field_start = 3;
	if (size > r.at && text[size - 1] != '\n' && text[size - 1] != '\r')
		text[size++] = '\n';
	init_parser(&parser, delimiter);
	bool good = true, bad = false;
	uint64_t lines = 0;
	for (; good && r.at < size; r.at++) {
		char c = text[r.at];
		if (r.at == r.start && c == '\n' && r.at && text[r.at - 1] == '\r') {
			r.start = r.field_start = r.at + 1;
			continue;
		}
		if (!bad && csv_parse(&parser, &c, 1, take_field, take_row, &r) != 1) {
			bad = true;
			csv_free(&parser);
			init_parser(&parser, delimiter);
		}
		lines += new_line(text, r.at);
		if (!r.row_ended && !(bad && (c == '\n' || c == '\r')))
			continue;
		bool last = r.at + 1 == size || (r.at + 2 == size && c == '\r' && text[r.at + 1] == '\n');
		good = take_record(&r, bad, last);
		r.line += lines;
		r.start = r.field_start = r.at + 1;
		r.fields = r.row.size = lines = 0;
		r.row_ended = bad = false;
	}
	good = good && r.start == size && r.width;
	csv_free(&parser);
	ns_buffer_release(&r.row);
	return good ? NS_OK : NS_EDATA;
}

static int reject_row(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err)
{
	(void)err, (void)rows;
	CHECK(*why);
	log_item(context, 'X', raw, size, line);
	return NS_OK;
}

static void log_batch(struct ns_buffer *log, const struct ns_table *batch, bool marks)
{
	for (size_t row = 0; row < batch->rows; row++) {
		for (size_t i = 0; i < batch->width; i++) {
			struct ns_cell cell = batch->columns[i].cells[row * batch->columns[i].stride];
			bool quoted = marks && cell.size & NS_CELL_QUOTED;
			log_item(log, quoted ? 'Q' : 'F', batch->columns[i].bytes + cell.at, cell.size & NS_CELL_SIZE, 0);
		}
		log_item(log, 'R', "", 0, marks ? batch->lines[row] : 0);
	}
}

/* Reads all of it; values gets the fields without marks and lines. file: where the rows are written, or NULL. */
static int read_ours(struct ns_buffer *log, struct ns_buffer *rejects, struct ns_buffer *values, const char *text, size_t size, size_t portion,
	const struct ns_table_options *options, struct ns_file *file)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_reject reject = {.row = reject_row, .context = rejects};
	struct ns_bytes *bytes;
	struct ns_table batch;
	struct ns_err err = {""};
	bool refused = false;
	void *reader, *writer = NULL;
	ns_bytes_open_memory(&bytes, text, size, "fuzz");
	ns_bytes_drip(bytes, portion);
	int status = ns_format_csv.open(&reader, &batch, bytes, options, &reject, &arena, &err);
	if (!status && file)
		CHECK(!ns_format_csv.start(&writer, &batch, file, options, &arena, &err));
	if (!status) {
		while (!(status = ns_format_csv.next(&batch, reader, &err)) && batch.rows) {
			log_batch(log, &batch, true);
			log_batch(values, &batch, false);
			if (file && ns_format_csv.write(writer, &batch, NULL, 0, &err)) {
				CHECK(strstr(err.text, "would be taken for the header again"));
				refused = true;
				break;
			}
		}
		ns_format_csv.close(reader);
	}
	if (writer)
		CHECK(!ns_format_csv.finish(writer, &err));
	CHECK((status == NS_OK && !refused) == (err.text[0] == '\0'));
	ns_bytes_close(bytes);
	ns_arena_release(&arena);
	return refused ? REFUSED : status && strstr(err.text, ": this is ") ? STRANGER : status;
}

static bool same(const struct ns_buffer *a, const struct ns_buffer *b)
{
	return a->size == b->size && (!a->size || !memcmp(a->data, b->data, a->size));
}

/* What was read once must come out the same when what was written is read. */
static void read_back(int memory, const struct ns_buffer *values, const struct ns_table_options *options)
{
	struct ns_buffer log = NS_BUFFER_INIT(LOG_MAX), rejects = log, again = log;
	struct ns_table_options headed = *options;
	off_t size = lseek(memory, 0, SEEK_END);
	char *text = malloc((size_t)size + 1);
	CHECK(text && size && pread(memory, text, (size_t)size, 0) == size);
	headed.no_header = headed.trim = false; /* quotes that kept blanks were not needed, and were not written */
	int status = read_ours(&log, &rejects, &again, text, (size_t)size, 0, &headed, NULL);
	CHECK(status == STRANGER || (status == NS_OK && same(&again, values) && rejects.size == 0));
	free(text);
	ns_buffer_release(&log);
	ns_buffer_release(&again);
}

static void compare(const char *text, size_t size, const struct ns_table_options *options, size_t portion)
{
	struct ns_buffer ours = NS_BUFFER_INIT(LOG_MAX), our_rejects = ours, theirs = ours, their_rejects = ours, values = ours;
	struct ns_file *file;
	struct ns_err err;
	char path[32];
	int memory = memfd_create("csv_fuzz", 0);
	snprintf(path, sizeof path, "/dev/fd/%d", memory);
	CHECK(memory >= 0 && !ns_file_create(&file, path, &err));
	int status = read_ours(&ours, &our_rejects, &values, text, size, portion, options, file);
	CHECK(!ns_file_commit(file, &err));
	char *copy = malloc(size + 1); /* the reference ends the last line */
	memcpy(copy, text, size);
	int expected = read_reference(&theirs, &their_rejects, copy, size, options);
	if (status == NS_OK) {
		CHECK(expected == NS_OK && same(&ours, &theirs) && same(&our_rejects, &their_rejects));
		read_back(memory, &values, options);
	} else if (status == NS_EDATA && ours.size) { /* without rows it may be names or another format, which the reference does not know */
		CHECK(expected == NS_EDATA && theirs.size >= ours.size && !memcmp(ours.data, theirs.data, ours.size));
	}
	close(memory);
	free(copy);
	struct ns_buffer *buffers[] = {&ours, &our_rejects, &theirs, &their_rejects, &values};
	for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
		ns_buffer_release(buffers[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t portions[] = {0, 1, 2, 3, 7, 64, 0, 0};
	bool wrapped = size > 4 && (!memcmp(data + 1, "\037\213\010", 3) || !memcmp(data + 1, "\050\265\057\375", 4) ||
		!memcmp(data + 2, "\052\115\030", 3));
	if (size == 0 || wrapped)
		return 0;
	ns_quiet = true;
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT, .no_header = data[0] & 1, .trim = data[0] & 64};
	options.delimiter = ",;\t|"[data[0] >> 1 & 3];
	if (options.no_header && data[0] & 128) {
		static const char *names[] = {"a", "b", "c"};
		options.names = (struct ns_texts){names, 3};
		options.on_error = NS_ON_ERROR_SKIP;
	}
	compare((const char *)data + 1, size - 1, &options, portions[data[0] >> 3 & 7]);
	return 0;
}
