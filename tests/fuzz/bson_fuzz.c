/*
 * bson_fuzz: documents of any bytes as the rows of a table, under every option.
 *
 * The first byte chooses: --on-error (bits 0 and 1), --extra ignore (2), --join (3), --drop (4), columns: those of the documents or some of
 * ours (5), asked for as numbers (6) or as text (7). What follows is documents one after the other; one that has not even its frame
 * (length, NUL) is left out, since no stream gives such.
 *
 * Ends in success or a clean error. All rows that come have all columns; under --on-error skip and --extra ignore every run ends well and
 * rows and documents set aside are as many as came. Written as CSV and read again, the same values come. With no columns of ours the
 * names are those that libbson's own walk finds at the top.
 */
#include <bson/bson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf8.h"
#include "net/documents.h"

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "bson_fuzz: line %d: %s\n", __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

static const size_t LOG_MAX = (size_t)1 << 30;

struct bytes {
	const uint8_t *data;
	size_t size, at, documents;
	bson_t document;
};

static int next_document(const bson_t **document, void *context, struct ns_err *err)
{
	struct bytes *bytes = context;
	(void)err;
	*document = NULL;
	while (!*document && bytes->size - bytes->at >= 5) {
		uint32_t size;
		memcpy(&size, bytes->data + bytes->at, sizeof size);
		size = BSON_UINT32_FROM_LE(size);
		if (size < 5 || size > bytes->size - bytes->at)
			size = (uint32_t)(bytes->size - bytes->at); /* the last one */
		if (bson_init_static(&bytes->document, bytes->data + bytes->at, size)) {
			*document = &bytes->document;
			bytes->documents++;
		}
		bytes->at += size;
	}
	return NS_OK;
}

/* Appends every value of a batch to the log. */
static void log_batch(struct ns_buffer *log, const struct ns_table *batch)
{
	for (size_t row = 0; row < batch->rows; row++)
		for (size_t i = 0; i < batch->width; i++) {
			struct ns_cell cell = batch->columns[i].cells[row * batch->columns[i].stride];
			uint32_t size = cell.size & NS_CELL_SIZE;
			CHECK(!ns_buffer_append(log, &size, sizeof size) && !ns_buffer_append(log, batch->columns[i].bytes + cell.at, size));
			CHECK(!size || !memchr(batch->columns[i].bytes + cell.at, '\0', size));
		}
}

struct run {
	struct ns_buffer log; /* of the values, where they came as cells */
	size_t rows, width;
	int status;
};

static void read_all(struct run *run, struct ns_reader *reader, struct ns_writer *writer, struct ns_err *err)
{
	struct ns_table *batch;
	do {
		if ((run->status = ns_reader_next(&batch, reader, err)))
			return;
		CHECK(batch->width == run->width);
		log_batch(&run->log, batch);
		run->rows += batch->rows;
		if (writer && (run->status = ns_writer_write(writer, batch, NULL, 0, err)))
			return;
	} while (batch->rows);
	if (!(run->status = ns_reader_finish(reader, err)) && writer)
		run->status = ns_writer_finish(writer, err);
}

/* What was written as CSV holds the same values. */
static void read_back(const struct run *written, int memory)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_table_options options = {NS_TABLE_OPTIONS_INIT};
	struct run run = {.log = NS_BUFFER_INIT(LOG_MAX), .width = written->width};
	struct ns_buffer text = NS_BUFFER_INIT(LOG_MAX);
	struct ns_reader *reader;
	off_t size = lseek(memory, 0, SEEK_END);
	CHECK(size > 0 && !ns_buffer_reserve(&text, (size_t)size) && pread(memory, text.data, (size_t)size, 0) == size);
	text.size = (size_t)size;
	int status = ns_reader_open_memory(&reader, text.data, text.size, "f", &options, &arena, &err);
	if (!status) {
		CHECK(ns_reader_header(reader)->width == written->width);
		read_all(&run, reader, NULL, &err);
		CHECK(run.status == NS_OK && run.rows == written->rows && run.log.size == written->log.size);
		CHECK(!run.log.size || !memcmp(run.log.data, written->log.data, run.log.size));
	} else {
		CHECK(strstr(err.text, ": this is ") || !memcmp(text.data, "ARROW1", 6)); /* the first name looks like another format */
	}
	ns_arena_release(&arena);
	ns_buffer_release(&run.log);
	ns_buffer_release(&text);
}

static int want(struct ns_reader *reader, enum ns_type type, struct ns_err *err)
{
	for (size_t i = 0; type != NS_UNDECIDED && i < ns_reader_header(reader)->width; i++)
		NS_TRY(ns_reader_want(reader, i, type, err));
	return NS_OK;
}

/* The names at the top that are no documents, as libbson sees them, are among the columns; as far as the document is sound. */
static void check_names(const struct ns_texts *columns, struct bytes *bytes)
{
	const bson_t *document;
	struct ns_err err;
	bson_iter_t iter;
	CHECK(!next_document(&document, bytes, &err));
	if (!document || !bson_validate(document, BSON_VALIDATE_UTF8, NULL) || !bson_iter_init(&iter, document))
		return;
	size_t at = 0;
	while (bson_iter_next(&iter)) {
		const char *name = bson_iter_key(&iter);
		if (BSON_ITER_HOLDS_DOCUMENT(&iter))
			return;
		if (!*name || strlen(name) > 1024 || !ns_utf8_valid(name, strlen(name)) || !strcmp(name, "_id") || !strcmp(name, "_ns"))
			continue;
		bool found = false;
		for (size_t i = 0; i < columns->count && i <= at; i++)
			found = found || !strcmp(columns->items[i], name);
		CHECK(found);
		at += at < columns->count && !strcmp(columns->items[at], name);
	}
}

static void run_all(const uint8_t *data, size_t size, uint8_t choice)
{
	static const char *ours[] = {"a", "_id", "b.c", "_ns.key"}, *dropped[] = {"d", "*x*", "e.f"};
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_err err = {""};
	struct ns_table_options table = {NS_TABLE_OPTIONS_INIT, .on_error = (choice & 3) % 3};
	struct ns_documents_options options = {.source = "f", .join = choice & 8 ? ";" : NULL, .extra = choice & 4 ? NS_EXTRA_IGNORE : NS_EXTRA_REFUSE, .sample = 10};
	struct bytes bytes = {.data = data, .size = size}, again = bytes, names = bytes;
	const struct ns_document_stream stream = {next_document, &bytes}, first = {next_document, &again};
	if (choice & 16)
		options.drop = (struct ns_texts){dropped, 3};
	if (choice & 32)
		options.columns = (struct ns_texts){ours, 4};
	else
		CHECK(ns_documents_columns(&options.columns, &first, &options, &arena, &err) == NS_OK || strstr(err.text, "65536"));
	if (!(choice & (32 | 16)))
		check_names(&options.columns, &names);
	char path[32];
	int memory = memfd_create("bson_fuzz", 0);
	snprintf(path, sizeof path, "/dev/fd/%d", memory);
	struct run run = {.log = NS_BUFFER_INIT(LOG_MAX)};
	struct ns_reader *reader;
	struct ns_writer *writer;
	*err.text = '\0';
	run.status = ns_reader_open_source(&reader, ns_documents_source(&stream, &options, &arena), &table, &arena, &err);
	bool opened = run.status == NS_OK;
	if (opened) {
		run.width = ns_reader_header(reader)->width;
		CHECK(!ns_writer_open(&writer, path, &table, reader, &arena, &err));
		run.status = want(reader, choice & 64 ? NS_NUMBER : choice & 128 ? NS_TEXT : NS_UNDECIDED, &err);
		if (!run.status)
			read_all(&run, reader, writer, &err);
	}
	CHECK(run.status == NS_OK || (run.status == NS_EDATA && *err.text));
	if (opened && table.on_error == NS_ON_ERROR_SKIP && options.extra == NS_EXTRA_IGNORE)
		CHECK(run.status == NS_OK || strstr(err.text, "header again"));
	if (run.status == NS_OK) {
		CHECK(run.rows <= bytes.documents && (table.on_error == NS_ON_ERROR_SKIP || run.rows == bytes.documents));
		read_back(&run, memory);
	}
	ns_file_discard_all();
	ns_arena_release(&arena);
	ns_buffer_release(&run.log);
	close(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	ns_quiet = true;
	run_all(data + 1, size - 1, data[0]);
	return 0;
}
