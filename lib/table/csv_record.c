#include "table/csv_record.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 1024, EXCERPT = 40 };

static int is_no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void init_parser(struct csv_parser *parser, unsigned char delimiter)
{
	csv_init(parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_delim(parser, delimiter);
	csv_set_space_func(parser, is_no_space);
}

void ns_csv_record_init(struct ns_csv_record *record, char delimiter)
{
	*record = (struct ns_csv_record){.cells = ns_malloc_array(NS_CSV_MAX_COLUMNS, sizeof *record->cells)};
	init_parser(&record->parser, (unsigned char)delimiter);
}

void ns_csv_record_release(struct ns_csv_record *record)
{
	csv_free(&record->parser);
	free(record->cells);
}

void ns_csv_record_open(struct ns_csv_record *record)
{
	struct csv_parser parser = record->parser;
	if (record->bad) { /* it stopped half-way */
		csv_free(&parser);
		init_parser(&parser, csv_get_delim(&record->parser));
	}
	*record = (struct ns_csv_record){.open = true, .parser = parser, .cells = record->cells};
}

/* libcsv has come to the end of a field, which begins at field_at. Values are taken from raw where they stand there as they are. */
static void take_field(void *value, size_t size, void *context)
{
	struct ns_csv_record *record = context;
	bool quoted = record->raw[record->field_at] == '"';
	size_t doubled = 0;
	if (quoted && size)
		for (const char *at = value, *end = at + size; (at = memchr(at, '"', (size_t)(end - at))); at++)
			doubled++;
	if (record->fields < NS_CSV_MAX_COLUMNS) {
		struct ns_cell *cell = &record->cells[record->fields];
		*cell = (struct ns_cell){(uint32_t)(record->field_at + quoted), (uint32_t)size | (quoted ? NS_CELL_QUOTED : 0)};
		if (doubled) {
			memcpy(record->values + record->values_size, value, size);
			*cell = (struct ns_cell){(uint32_t)record->values_size, cell->size | NS_CSV_ASIDE};
			record->values_size += size;
		}
	}
	record->fields++;
	record->field_at += size + doubled + (quoted ? 2 : 0) + 1;
}

static void end_row(int c, void *context)
{
	(void)c;
	((struct ns_csv_record *)context)->ended = true;
}

static bool ends_line(char c)
{
	return c == '\n' || c == '\r';
}

/* Up to the first line end and with it, so that libcsv never reads into the next record. */
static size_t next_piece(const char *text, size_t size)
{
	size = size < PIECE ? size : PIECE;
	const char *end = memchr(text, '\n', size);
	size = end ? (size_t)(end - text) + 1 : size;
	end = memchr(text, '\r', size);
	return end ? (size_t)(end - text) + 1 : size;
}

void ns_csv_record_feed(struct ns_csv_record *record, const char *raw, size_t size, char *values)
{
	record->raw = raw;
	record->values = values;
	while (!record->ended && record->fed < size) {
		const char *piece = raw + record->fed;
		size_t length = next_piece(piece, size - record->fed);
		char last = piece[length - 1];
		if (!record->bad) {
			size_t room = csv_get_buffer_size(&record->parser);
			csv_set_blk_size(&record->parser, room > PIECE ? room : PIECE); /* its buffer doubles: long values take linear time */
			size_t taken = csv_parse(&record->parser, piece, length, take_field, end_row, record);
			if (taken < length && csv_error(&record->parser) != CSV_EPARSE)
				ns_die_of_memory();
			record->bad = taken < length;
			record->bad_at = record->fed + taken;
		}
		record->nul = record->nul || memchr(piece, '\0', length);
		record->ended = record->ended || (record->bad && ends_line(last));
		record->fed += length;
		record->lines += ends_line(last) && !(last == '\n' && record->fed > 1 && raw[record->fed - 2] == '\r');
	}
}

/* Line and byte (both from 1) of an offset in the record. */
struct place {
	unsigned long long line;
	size_t byte;
};

static struct place place_of(const struct ns_csv_record *record, uint64_t line, size_t offset)
{
	struct place place = {line, offset + 1};
	const char *raw = record->raw;
	for (size_t i = 0; i < offset; i++) {
		if (!ends_line(raw[i]))
			continue;
		place.line += !(raw[i] == '\n' && i > 0 && raw[i - 1] == '\r');
		place.byte = offset - i;
	}
	return place;
}

/* How many bytes of a value a message shows: not beyond its line, not half a character. */
static int excerpt(const char *text, size_t size)
{
	size_t n = 0;
	while (n < size && n < EXCERPT && !ends_line(text[n]))
		n++;
	for (int i = 0; i < 3 && n == (size_t)(EXCERPT - i) && n < size && ((unsigned char)text[n] & 0xc0) == 0x80; i++)
		n--;
	return (int)n;
}

int ns_csv_record_complain(const struct ns_csv_record *record, const char *name, uint64_t line, size_t width, const char *whose,
	struct ns_err *err)
{
	const char *raw = record->raw;
	size_t size = record->fed - 1;
	if (record->bad) {
		struct place place = place_of(record, line, record->bad_at);
		const char *value = raw + record->field_at;
		const char *what = *value == '"' ? "text behind a closing quote" : "a quote inside a value that does not begin with one";
		return ns_fail(err, NS_EDATA, "%s:%llu: byte %zu: %s: '%.*s' (quote the whole value and double the quotes in it)", name,
			place.line, place.byte, what, excerpt(value, size - record->field_at), value);
	}
	if (record->nul) {
		struct place place = place_of(record, line, (size_t)((const char *)memchr(raw, '\0', size) - raw));
		return ns_fail(err, NS_EDATA, "%s:%llu: byte %zu: a NUL byte (binary data? UTF-16? iconv -f UTF-16 -t UTF-8 makes that readable)",
			name, place.line, place.byte);
	}
	return ns_fail(err, NS_EDATA, "%s:%llu: %zu field%s where the %s has %zu: '%.*s' (a stray line? --on-error skip sets such rows aside)",
		name, (unsigned long long)line, record->fields, record->fields == 1 ? "" : "s", whose, width, excerpt(raw, size), raw);
}

int ns_csv_record_endless(const struct ns_csv_record *record, const char *name, uint64_t line, bool too_large, struct ns_err *err)
{
	struct place place = place_of(record, line, record->field_at);
	bool in_quotes = !record->bad && record->raw[record->field_at] == '"';
	if (!too_large)
		return ns_fail(err, NS_EDATA, "%s:%llu: byte %zu: a quote opens here and never closes (was the end cut off?)", name, place.line,
			place.byte);
	if (in_quotes)
		return ns_fail(err, NS_EDATA, "%s:%llu: byte %zu: a quote opens here and does not close within 64 MiB, the limit of a record",
			name, place.line, place.byte);
	return ns_fail(err, NS_EDATA, "%s:%llu: this line is longer than 64 MiB, the limit of a record (is it CSV?)", name,
		(unsigned long long)line);
}
