#include "net/documents.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "net/documents_walk.h"

static void release(struct ns_documents *documents)
{
	ns_records_release(&documents->records);
	ns_buffer_release(&documents->name);
	ns_buffer_release(&documents->joined);
	free(documents->columns);
	free(documents->dropped);
	documents->columns = NULL;
	documents->dropped = NULL;
}

static int next_document(struct ns_documents *documents, struct ns_err *err)
{
	documents->number++;
	return documents->stream->next(&documents->document, documents->stream->context, err);
}

static void init(struct ns_documents *documents, const struct ns_document_stream *stream, const struct ns_documents_options *options)
{
	*documents = (struct ns_documents){.stream = stream, .options = options, .name = NS_BUFFER_INIT(NS_FIELD_NAME_MAX + 2),
		.joined = NS_BUFFER_INIT(NS_CELL_SIZE)};
}

/* --- the columns of the first documents --- */

static int pass_over(void *context, const char *raw, size_t size, uint64_t line, size_t rows, const char *why, struct ns_err *err)
{
	(void)context, (void)raw, (void)size, (void)line, (void)rows, (void)why, (void)err;
	return NS_OK;
}

static int gather_all(struct ns_documents *documents, struct ns_err *err)
{
	for (;;) {
		NS_TRY(next_document(documents, err));
		if (!documents->document)
			return NS_OK;
		NS_TRY(ns_documents_walk(documents, err));
	}
}

int ns_documents_columns(struct ns_texts *columns, const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_reject reject = {.row = pass_over};
	struct ns_name_index names = {0};
	struct ns_documents documents;
	init(&documents, stream, options);
	documents.reject = &reject;
	documents.gathered = &names;
	int status = gather_all(&documents, err);
	*columns = (struct ns_texts){NS_NEW_ARRAY(arena, const char *, names.count), names.count};
	for (size_t i = 0; i < names.count; i++)
		columns->items[i] = ns_strndup(arena, names.items[i].name, names.items[i].size);
	ns_name_index_release(&names);
	release(&documents);
	return status;
}

/* --- a source of rows --- */

/* The columns that are not dropped, each once. */
static int choose_columns(struct ns_table *header, struct ns_documents *documents, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_documents_options *options = documents->options;
	struct ns_name_index seen = {0};
	bool fresh = true, utf8 = true;
	const char *name = "";
	header->columns = NS_NEW_ARRAY(arena, struct ns_column, options->columns.count);
	for (size_t i = 0; i < options->columns.count && fresh && utf8; i++) {
		name = options->columns.items[i];
		if (ns_documents_drops(documents, name, arena))
			continue;
		ns_name_index_add(&fresh, &seen, name, strlen(name));
		utf8 = *name && ns_utf8_valid(name, strlen(name));
		header->columns[header->width++].name = name;
		documents->with_id |= ns_field_is_within(name, "_id");
		documents->with_ns |= ns_field_is_within(name, "_ns");
	}
	ns_name_index_release(&seen);
	if (!fresh)
		return ns_fail(err, NS_ECALL, "%s: column '%s' is named twice", options->source, name);
	if (!utf8)
		return ns_fail(err, NS_ECALL, "%s: '%s' is no name for a column: it is %s", options->source, name, *name ? "not UTF-8" : "empty");
	if (header->width == 0 || header->width > NS_RECORDS_WIDTH_MAX)
		return ns_fail(err, NS_EDATA, "%s: %s", options->source, header->width ? "more than 65536 columns, the limit of a table" : "no columns are left");
	return NS_OK;
}

static int open_documents(struct ns_table *header, void *context, const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err)
{
	struct ns_documents *documents = context;
	*header = (struct ns_table){.source = documents->options->source};
	NS_TRY(choose_columns(header, documents, arena, err));
	const char **names = NS_NEW_ARRAY(arena, const char *, header->width);
	for (size_t i = 0; i < header->width; i++)
		names[i] = header->columns[i].name;
	ns_records_init(&documents->records, names, header->width);
	documents->reject = reject;
	documents->columns = ns_malloc_array(header->width, sizeof *documents->columns);
	documents->dropped = ns_malloc_array(NS_RECORDS_LEARNT_MAX, sizeof *documents->dropped);
	return NS_OK;
}

/* One document more, which becomes a row or is set aside. */
static int add_row(struct ns_documents *documents, struct ns_err *err)
{
	struct ns_records *records = &documents->records;
	ns_records_begin(records);
	NS_TRY(ns_documents_walk(documents, err));
	if (!documents->set_aside && ns_records_end(records))
		NS_TRY(ns_documents_refuse(documents, NS_DOCUMENT_TOO_LARGE, err));
	if (documents->set_aside)
		ns_records_drop(records);
	return NS_OK;
}

static void note_left_out(const struct ns_documents *documents)
{
	if (documents->left_out)
		ns_note("%" PRIu64 " %s of no column %s left out, the first: %s", documents->left_out, documents->left_out == 1 ? "value" : "values",
			documents->left_out == 1 ? "was" : "were", documents->first_left_out.text);
}

/* A name that was misspelt makes a column, too. */
static void note_never_there(const struct ns_documents *documents)
{
	const struct ns_records *records = &documents->records;
	if (documents->options->extra != NS_EXTRA_OMIT || records->number == 0)
		return;
	for (size_t i = 0; i < records->width; i++)
		if (records->claimed[i] == 0)
			ns_note("%s: no document has a field '%s'", documents->options->source, records->names.items[i].name);
}

static int next_rows(struct ns_table *batch, void *context, struct ns_err *err)
{
	struct ns_documents *documents = context;
	struct ns_records *records = &documents->records;
	ns_records_clear(records);
	while (!documents->ended && !ns_records_full(records)) {
		NS_TRY(next_document(documents, err));
		documents->ended = !documents->document;
		if (!documents->ended)
			NS_TRY(add_row(documents, err));
	}
	if (records->rows == 0) {
		note_left_out(documents);
		note_never_there(documents);
	}
	ns_records_batch(batch, documents->columns, records);
	batch->source = documents->options->source;
	return NS_OK;
}

static void close_documents(void *context)
{
	release(context);
}

const struct ns_source *ns_documents_source(const struct ns_document_stream *stream, const struct ns_documents_options *options,
	struct ns_arena *arena)
{
	struct ns_documents *documents = NS_NEW(arena, struct ns_documents);
	init(documents, stream, options);
	documents->source = (struct ns_source){options->source, open_documents, next_rows, close_documents, documents};
	return &documents->source;
}
