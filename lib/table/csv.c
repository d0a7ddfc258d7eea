/*
 *	[BOM] header-record data-record*        record = field (delimiter field)* line-end
 *	field = bytes without delimiter, quote, CR, LF | " (bytes without quote | "")* "        line-end = LF | CRLF | CR
 *
 * Memory of the reader, one allocation, so that every cell is an offset from one pointer:
 *
 *	| text: records as they came ... | pad | aside: values that had doubled quotes in them, without these |
 *	0                                capacity                                                capacity * 2 + pad
 */
#include "table/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "table/csv_record.h"
#include "table/csv_split.h"
#include "table/csv_write.h"
#include "table/stream.h"

enum {
	BLOCK = 256 * 1024, /* with its cells it stays in the second-level cache */
	LIMIT = 64 * 1024 * 1024,
	BATCH_CELLS = 65536,
	BATCH_ROWS_MIN = 16,
	BATCH_ROWS_MAX = 8192,
};
enum remark { HEADER, REPEATED, BLANK_END };

struct csv {
	struct ns_split split;
	struct ns_csv_record record; /* at split.at, where it is open */
	struct ns_bytes *bytes;
	const struct ns_reject *reject;
	char *text;
	size_t capacity, aside; /* aside: bytes used there by rows of this batch */
	bool ended, no_header, named, trim; /* named: --names says how many columns there are, and bad rows are set aside: the first one, too */
	uint64_t blanks; /* empty lines before the first record, rows of a one-column table without header */
	uint64_t first_row;
	const char **names;
	struct ns_column *columns;
};

static size_t aside_from(const struct csv *csv)
{
	return csv->capacity + NS_SPLIT_PAD;
}

static void feed(struct csv *csv)
{
	const struct ns_split *split = &csv->split;
	ns_csv_record_feed(&csv->record, split->text + split->at, split->size - split->at, csv->text + aside_from(csv) + csv->aside);
}

static int complain(const struct csv *csv, struct ns_err *err)
{
	return ns_csv_record_complain(&csv->record, ns_bytes_name(csv->bytes), csv->split.line, csv->split.width,
		csv->named ? "list of names" : csv->no_header ? "first row" : "header", err);
}

static int endless(const struct csv *csv, bool too_large, struct ns_err *err)
{
	return ns_csv_record_endless(&csv->record, ns_bytes_name(csv->bytes), csv->split.line, too_large, err);
}

/* Goes behind the record at hand. */
static void leave_record(struct csv *csv)
{
	struct ns_split *split = &csv->split;
	split->line += csv->record.lines;
	split->at += csv->record.fed;
	split->after_cr = split->text[split->at - 1] == '\r';
	csv->record.open = false;
}

static void take_row(struct csv *csv)
{
	struct ns_split *split = &csv->split;
	struct ns_cell *row = split->cells + split->rows * split->width;
	size_t aside = aside_from(csv) + csv->aside;
	for (size_t i = 0; i < split->width; i++) {
		struct ns_cell cell = csv->record.cells[i];
		row[i] = (struct ns_cell){cell.at + (uint32_t)(cell.size & NS_CSV_ASIDE ? aside : split->at), cell.size & ~NS_CSV_ASIDE};
	}
	csv->aside += csv->record.values_size;
	split->lines[split->rows++] = split->line;
}

/* The record at hand is complete: a row, the header again, or malformed. */
static int close_record(struct csv *csv, struct ns_err *err)
{
	const struct ns_csv_record *record = &csv->record;
	struct ns_split *split = &csv->split;
	const char *raw = split->text + split->at;
	size_t size = record->fed - 1;
	if (record->bad || record->nul || record->fields != split->width) {
		struct ns_err why;
		int status = complain(csv, &why);
		if (csv->reject && csv->reject->row)
			status = csv->reject->row(csv->reject->context, raw, size, split->line, split->rows, why.text, err);
		else
			*err = why;
		NS_TRY(status);
	} else if (ns_split_is_header(split, raw, size)) {
		split->repeated++;
	} else {
		take_row(csv);
	}
	leave_record(csv);
	return NS_OK;
}

/* An empty line; false where more bytes must come before it is known what it is: in a table of one column it is a row unless it is the last. */
static bool take_blank(struct csv *csv)
{
	struct ns_split *split = &csv->split;
	const char *line = split->text + split->at;
	size_t left = split->size - split->at;
	size_t end = left > 1 && line[0] == '\r' && line[1] == '\n' ? 2 : 1;
	if (split->width == 1 && end == left) {
		if (!csv->ended)
			return false;
		if (ns_bytes_first_time(csv->bytes, BLANK_END))
			ns_note("%s:%llu: the blank line at the end is not taken as a row", ns_bytes_name(csv->bytes),
				(unsigned long long)split->line);
	} else if (split->width == 1) {
		split->cells[split->rows] = (struct ns_cell){(uint32_t)split->at, 0};
		split->lines[split->rows++] = split->line;
	}
	split->at += end;
	split->line++;
	split->after_cr = split->text[split->at - 1] == '\r';
	return true;
}

/* Rows from the bytes that are there. */
static int take_rows(struct csv *csv, struct ns_err *err)
{
	struct ns_split *split = &csv->split;
	for (; csv->blanks && split->rows < split->limit; csv->blanks--) {
		split->cells[split->rows] = (struct ns_cell){0};
		split->lines[split->rows] = split->line - csv->blanks;
		split->rows++;
	}
	while (split->at < split->size && split->rows < split->limit) {
		if (split->after_cr && !csv->record.open) {
			split->at += split->text[split->at] == '\n';
			split->after_cr = false;
			continue;
		}
		enum ns_split_stop stop = csv->record.open ? NS_SPLIT_ODD : ns_csv_split(split);
		if (stop == NS_SPLIT_BLANK && !take_blank(csv))
			break;
		if (stop == NS_SPLIT_MORE && split->size - split->at < BLOCK)
			break;
		if (stop == NS_SPLIT_FULL || stop == NS_SPLIT_BLANK)
			continue;
		if (!csv->record.open) /* also a long one: it is not to be scanned from its start again and again */
			ns_csv_record_open(&csv->record);
		feed(csv);
		if (!csv->record.ended)
			break;
		NS_TRY(close_record(csv, err));
	}
	return NS_OK;
}

/* Makes room behind the record in progress, which moves to the front. What the last batch lent is gone. */
static int make_room(struct csv *csv, struct ns_err *err)
{
	struct ns_split *split = &csv->split;
	size_t left = split->size - split->at, from = aside_from(csv) + csv->aside;
	if (left >= LIMIT)
		return endless(csv, true, err);
	char *old = csv->text;
	if (left > csv->capacity / 2 && csv->capacity < LIMIT) {
		csv->capacity *= 2;
		csv->text = ns_malloc_array(2 * csv->capacity + NS_SPLIT_PAD, 1);
	}
	if (csv->text != old || split->at)
		memmove(csv->text, old + split->at, left);
	memmove(csv->text + aside_from(csv), old + from, csv->record.open ? csv->record.values_size : 0);
	if (csv->text != old)
		free(old);
	csv->aside = 0;
	split->text = csv->text;
	split->at = 0;
	split->size = left;
	return NS_OK;
}

/* What is read behind the text does not count, but is to be the same whatever memory this is. */
static void pad(struct csv *csv)
{
	size_t size = csv->split.size, room = aside_from(csv) - size;
	memset(csv->text + size, 0, room < NS_SPLIT_PAD ? room : NS_SPLIT_PAD);
}

/* Reads until the block is full or a read would wait. A last line without a line end gets one. */
static int fill(struct csv *csv, struct ns_err *err)
{
	struct ns_split *split = &csv->split;
	NS_TRY(make_room(csv, err));
	size_t got = 1;
	size_t until = split->size < BLOCK / 2 ? BLOCK : csv->capacity; /* the block may have grown for a long record */
	for (bool waits = false; got && !waits && split->size < until; split->size += got)
		NS_TRY(ns_bytes_read(&got, &waits, csv->text + split->size, csv->bytes, until - split->size, err));
	pad(csv);
	if (got)
		return NS_OK;
	csv->ended = true;
	char last = split->size ? csv->text[split->size - 1] : '\n';
	if (last != '\n' && last != '\r')
		csv->text[split->size++] = '\n';
	pad(csv);
	return NS_OK;
}

/* Parses the first record and stays in front of it; record.ended is false where there is none. */
static int read_first(struct csv *csv, struct ns_err *err)
{
	struct ns_split *split = &csv->split;
	while (!csv->record.ended) {
		if (split->at + csv->record.fed == split->size) {
			if (csv->ended)
				return csv->record.open ? endless(csv, false, err) : NS_OK;
			NS_TRY(fill(csv, err));
			continue;
		}
		if (csv->record.open) {
			feed(csv);
		} else if (split->after_cr) {
			split->at += split->text[split->at] == '\n';
			split->after_cr = false;
		} else if (split->text[split->at] == '\n' || split->text[split->at] == '\r') {
			take_blank(csv);
			csv->blanks++;
		} else {
			ns_csv_record_open(&csv->record);
		}
	}
	if (csv->named)
		return NS_OK;
	if (csv->record.bad || csv->record.nul)
		return complain(csv, err);
	if (csv->record.fields > NS_CSV_MAX_COLUMNS)
		return ns_fail(err, NS_EDATA, "%s:%llu: %zu columns; the limit is 65536 (is -d right?)", ns_bytes_name(csv->bytes),
			(unsigned long long)split->line, csv->record.fields);
	return NS_OK;
}

/* --trim: a cell becomes what stands between its outer blanks. */
static void trim_cells(struct ns_cell *cells, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		struct ns_cell cell = cells[i]; /* its size is bare where it did not stand in quotes */
		if (cell.size & NS_CELL_QUOTED)
			continue;
		for (; cell.size && ns_is_blank(text[cell.at]); cell.size--)
			cell.at++;
		while (cell.size && ns_is_blank(text[cell.at + cell.size - 1]))
			cell.size--;
		cells[i] = cell;
	}
}

static int name_columns(struct csv *csv, struct ns_table *header, const struct ns_table_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_cell *cells = csv->record.cells;
	if (csv->trim && !csv->no_header)
		trim_cells(cells, header->width, csv->text + csv->split.at);
	for (size_t i = 0; i < header->width; i++) {
		struct ns_column *column = &header->columns[i];
		if (options->no_header) {
			column->name = options->names.count ? options->names.items[i] : ns_format(arena, "%zu", i + 1);
			continue;
		}
		const char *text = csv->text + (cells[i].size & NS_CSV_ASIDE ? aside_from(csv) : csv->split.at) + cells[i].at;
		column->name = ns_strndup(arena, text, cells[i].size & NS_CELL_SIZE);
		if (!ns_utf8_valid(text, cells[i].size & NS_CELL_SIZE))
			return ns_fail(err, NS_EDATA, "%s:%llu: column %zu: the name '%s' is not UTF-8 (iconv -f WINDOWS-1252 -t UTF-8 may be what it needs)",
				header->source, (unsigned long long)csv->split.line, i + 1, column->name);
	}
	bool again = !ns_bytes_first_time(csv->bytes, HEADER); /* what there is to say about names was said before the rewind */
	ns_table_clean_names(header, again, arena);
	const char *name = header->columns[0].name;
	if (!again && header->width == 1 && name[strcspn(name, ";\t|")])
		ns_note("%s: one column, '%s' (is -d missing?)", header->source, name);
	return NS_OK;
}

static int read_header(struct csv *csv, struct ns_table *header, const struct ns_table_options *options, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_split *split = &csv->split;
	NS_TRY(read_first(csv, err));
	size_t names = options->no_header ? options->names.count : 0;
	size_t width = csv->record.ended && !csv->named ? csv->record.fields : names;
	*header = (struct ns_table){.width = width, .source = ns_bytes_name(csv->bytes)};
	if (width == 0)
		return ns_fail(err, NS_EDATA, "%s: no header: the input is empty", header->source);
	if (names && width != names)
		return ns_fail(err, NS_EDATA, "%s:%llu: %zu field%s, but --names lists %zu", header->source, (unsigned long long)split->line, width,
			width == 1 ? "" : "s", names);
	header->columns = NS_NEW_ARRAY(arena, struct ns_column, width);
	NS_TRY(name_columns(csv, header, options, arena, err));
	if (!options->no_header) {
		split->header_size = csv->record.fed - 1;
		split->header = ns_strndup(arena, split->text + split->at, split->header_size);
		leave_record(csv);
	}
	if (width != 1 || !options->no_header)
		csv->blanks = 0;
	if (csv->blanks && !csv->record.ended) { /* nothing but blank lines: the last of them is no row */
		csv->blanks--;
		split->line--;
	}
	csv->record.open = false; /* without a header the record is read again, as a row */
	csv->record.values_size = csv->record.fed = 0;
	split->width = width;
	size_t rows = BATCH_CELLS / width;
	split->limit = rows < BATCH_ROWS_MIN ? BATCH_ROWS_MIN : rows > BATCH_ROWS_MAX ? BATCH_ROWS_MAX : rows;
	split->cells = ns_malloc_array(split->limit * width, sizeof *split->cells);
	split->lines = ns_malloc_array(split->limit, sizeof *split->lines);
	csv->columns = ns_malloc_array(width, sizeof *csv->columns);
	csv->names = ns_malloc_array(width, sizeof *csv->names);
	for (size_t i = 0; i < width; i++)
		csv->names[i] = header->columns[i].name;
	return NS_OK;
}

static int skip_mark(struct ns_bytes *bytes, struct ns_err *err)
{
	const unsigned char *head;
	unsigned char mark[3];
	size_t size;
	NS_TRY(ns_bytes_peek(&head, &size, bytes, err));
	if (size >= 2 && (!memcmp(head, "\377\376", 2) || !memcmp(head, "\376\377", 2)))
		return ns_fail(err, NS_EDATA, "%s: this is UTF-16 text (iconv -f UTF-16 -t UTF-8 makes it CSV that can be read)", ns_bytes_name(bytes));
	if (size >= 3 && !memcmp(head, "\357\273\277", 3))
		NS_TRY(ns_bytes_read_full(&size, mark, bytes, 3, err));
	return NS_OK;
}

static void close_csv(void *state)
{
	struct csv *csv = state;
	ns_csv_record_release(&csv->record);
	free(csv->split.cells);
	free(csv->split.lines);
	free(csv->columns);
	free(csv->names);
	free(csv->text);
	free(csv);
}

static int open_csv(void **state, struct ns_table *header, struct ns_bytes *bytes, const struct ns_table_options *options,
	const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err)
{
	*state = NULL;
	NS_TRY(ns_csv_check_delimiter(options->delimiter, err));
	NS_TRY(skip_mark(bytes, err));
	struct csv *csv = ns_malloc_array(1, sizeof *csv);
	*csv = (struct csv){.bytes = bytes, .reject = reject, .capacity = BLOCK, .no_header = options->no_header, .trim = options->trim,
		.named = options->no_header && options->names.count && options->on_error == NS_ON_ERROR_SKIP};
	csv->text = ns_malloc_array(2 * BLOCK + NS_SPLIT_PAD, 1);
	csv->split = (struct ns_split){.text = csv->text, .delimiter = options->delimiter, .line = 1};
	ns_csv_record_init(&csv->record, options->delimiter);
	int status = read_header(csv, header, options, arena, err);
	if (status)
		close_csv(csv);
	else
		*state = csv;
	return status;
}

static int next_csv(struct ns_table *batch, void *state, struct ns_err *err)
{
	struct csv *csv = state;
	struct ns_split *split = &csv->split;
	const char *name = ns_bytes_name(csv->bytes);
	split->rows = 0;
	NS_TRY(take_rows(csv, err));
	while (split->rows == 0 && !csv->ended) {
		NS_TRY(fill(csv, err));
		NS_TRY(take_rows(csv, err));
	}
	if (split->rows == 0 && csv->record.open)
		return endless(csv, false, err);
	if (split->rows == 0 && split->repeated && ns_bytes_first_time(csv->bytes, REPEATED))
		ns_note("%s: skipped %llu line%s equal to the header", name, (unsigned long long)split->repeated,
			split->repeated == 1 ? "" : "s");
	if (csv->trim)
		trim_cells(split->cells, split->rows * split->width, csv->text);
	for (size_t i = 0; i < split->width; i++)
		csv->columns[i] = (struct ns_column){.name = csv->names[i], .bytes = csv->text, .cells = split->cells + i, .stride = split->width};
	*batch = (struct ns_table){.rows = split->rows, .width = split->width, .columns = csv->columns, .source = name,
		.first_row = csv->first_row, .lines = split->lines};
	csv->first_row += split->rows;
	return NS_OK;
}

/* Anything may be CSV: it is asked last. */
static bool sniff_csv(const unsigned char *head, size_t size)
{
	(void)head, (void)size;
	return true;
}

const struct ns_format ns_format_csv = {
	.name = "csv", .sniff = sniff_csv,
	.open = open_csv, .next = next_csv, .close = close_csv,
	.start = ns_csv_start, .write = ns_csv_write, .finish = ns_csv_finish, .abandon = ns_csv_abandon,
};
