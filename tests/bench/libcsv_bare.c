/*
 * libcsv_bare: CSV from stdin by libcsv and nothing else, the speed that reading is measured by.
 *
 *	libcsv_bare count    counts fields and bytes
 *	libcsv_bare copy     writes the fields to stdout as they are, separated again
 *
 * Blocks of 256 KiB, as our reader has them.
 */
#include <csv.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024 };

struct sink {
	size_t fields, bytes, used;
	int copies, first;
	char out[2 * BLOCK];
};

static struct sink sink = {.first = 1};

static void flush(struct sink *s)
{
	for (size_t at = 0; at < s->used;) {
		ssize_t wrote = write(STDOUT_FILENO, s->out + at, s->used - at);
		if (wrote <= 0)
			_exit(2);
		at += (size_t)wrote;
	}
	s->used = 0;
}

static void put(struct sink *s, const void *bytes, size_t size)
{
	if (size > sizeof s->out - s->used)
		flush(s);
	memcpy(s->out + s->used, bytes, size);
	s->used += size;
}

static void field(void *bytes, size_t size, void *data)
{
	struct sink *s = data;
	s->fields++;
	s->bytes += size;
	if (!s->copies || size > BLOCK)
		return;
	if (!s->first)
		put(s, ",", 1);
	s->first = 0;
	put(s, bytes, size);
}

static void row(int end, void *data)
{
	struct sink *s = data;
	(void)end;
	if (s->copies)
		put(s, "\n", 1);
	s->first = 1;
}

int main(int argc, char **argv)
{
	static char block[BLOCK];
	struct csv_parser parser;
	ssize_t size;
	sink.copies = argc > 1 && strcmp(argv[1], "copy") == 0;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return 2;
	while ((size = read(STDIN_FILENO, block, sizeof block)) > 0)
		if (csv_parse(&parser, block, (size_t)size, field, row, &sink) != (size_t)size)
			return 1;
	if (csv_fini(&parser, field, row, &sink) != 0)
		return 1;
	if (sink.copies)
		flush(&sink);
	else
		printf("%zu fields, %zu bytes\n", sink.fields, sink.bytes);
	csv_free(&parser);
	return 0;
}
