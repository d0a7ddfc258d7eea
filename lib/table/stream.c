#include "table/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "table/reader.h"

/* --- opening --- */

static void release(void *what)
{
	struct ns_reader *reader = what;
	if (reader->state)
		reader->format->close(reader->state);
	reader->state = NULL;
	for (size_t i = 0; i < reader->inputs_count; i++)
		ns_bytes_close(reader->inputs[i].bytes);
	reader->inputs_count = 0;
	for (size_t i = 0; reader->columns && i < reader->header.width; i++) {
		free(reader->columns[i].numbers);
		free(reader->columns[i].cells);
		ns_buffer_release(&reader->columns[i].text);
	}
	reader->columns = NULL;
	ns_ahead_clear(reader);
	free(reader->ahead);
	reader->ahead = NULL;
	ns_buffer_release(&reader->record);
	ns_arena_release(&reader->batch_arena);
	ns_arena_release(&reader->input_arena);
}

static int told_types(struct ns_reader *reader, struct ns_err *err)
{
	const struct ns_table_options *options = reader->options;
	struct ns_table *header = &reader->header;
	bool *texts = NS_NEW_ARRAY(reader->arena, bool, header->width), *numbers = NS_NEW_ARRAY(reader->arena, bool, header->width);
	NS_TRY(ns_table_select(texts, header, options->text.items, options->text.count, err));
	NS_TRY(ns_table_select(numbers, header, options->number.items, options->number.count, err));
	for (size_t i = 0; i < header->width; i++) {
		if (texts[i] && numbers[i])
			return ns_fail(err, NS_ECALL, "column '%s' is named by --text and by --number", header->columns[i].name);
		if (texts[i] || numbers[i])
			header->columns[i].type = texts[i] ? NS_TEXT : NS_NUMBER;
		reader->columns[i].as_text = texts[i];
		reader->columns[i].told = texts[i] || numbers[i];
	}
	return NS_OK;
}

/* Is this a column that stages may have made another of than the schema speaks of, text that became numbers? Arrow knows its type then. */
static bool is_remade(const struct ns_table *header, const struct ns_column *column, const struct ns_schema_column *known)
{
	return column->array && known->role == NS_ROLE_FEATURE && ns_metadata_find(&header->metadata, "ns:chain");
}

static int decide_types(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *header = &reader->header;
	reader->columns = NS_NEW_ARRAY(reader->arena, struct ns_reader_column, header->width);
	for (size_t i = 0; i < header->width; i++) {
		struct ns_column *column = &header->columns[i];
		reader->columns[i].text = NS_BUFFER_INIT(UINT32_MAX);
		column->type = column->array ? ns_arrow_natural_type(&column->array->type) : NS_UNDECIDED;
		const struct ns_schema_column *known = reader->schema ? ns_schema_find(reader->schema, column->name) : NULL;
		if (known && known->type != NS_UNDECIDED && !is_remade(header, column, known))
			column->type = known->type;
	}
	return told_types(reader, err);
}

/* The label is marked in the stream, so that tools downstream know it. */
static void decide_target(struct ns_reader *reader)
{
	struct ns_metadata *metadata = &reader->header.metadata;
	const char *target = reader->options->target;
	if (!target && reader->schema)
		target = reader->schema->target;
	if (!target)
		target = ns_metadata_find(metadata, "ns:target");
	reader->target = target;
	if (!target || ns_table_find(&reader->header, target) < 0)
		return;
	ns_metadata_set(metadata, "ns:target", target, reader->arena);
	if (reader->schema && reader->schema->positive)
		ns_metadata_set(metadata, "ns:positive", reader->schema->positive, reader->arena);
}

static struct ns_reader *new_reader(const struct ns_table_options *options, bool again, struct ns_arena *arena)
{
	struct ns_reader *reader = NS_NEW(arena, struct ns_reader);
	reader->arena = arena;
	reader->options = options;
	reader->again = again;
	reader->record = NS_BUFFER_INIT(UINT32_MAX);
	ns_missing_init(&reader->missing, options, arena);
	ns_arena_defer(arena, release, reader);
	return reader;
}

static bool other_target(const struct ns_schema *schema, const char *target)
{
	return target && schema->target && strcmp(schema->target, target) != 0;
}

static int start(struct ns_reader *reader, struct ns_err *err)
{
	if (reader->options->schema) {
		reader->schema = NS_NEW(reader->arena, struct ns_schema);
		NS_TRY(ns_schema_read(reader->schema, reader->options->schema, reader->arena, err));
		if (other_target(reader->schema, reader->options->target)) {
			reader->schema->positive = NULL; /* what the schema knows of its own target says nothing of another */
			reader->schema->labels_count = 0;
		}
	}
	NS_TRY(ns_reject_open(reader, err));
	NS_TRY(ns_inputs_open(reader, &reader->header, reader->arena, err));
	NS_TRY(decide_types(reader, err));
	decide_target(reader);
	return NS_OK;
}

int ns_reader_open(struct ns_reader **out, char **paths, int count, const struct ns_table_options *options, bool again,
	struct ns_arena *arena, struct ns_err *err)
{
	int from_stdin = 0;
	for (int i = 0; i < count; i++)
		from_stdin += strcmp(paths[i], "-") == 0;
	if (from_stdin > 1)
		return ns_fail(err, NS_ECALL, "stdin is named %d times, it can be read once", from_stdin);
	*out = new_reader(options, again, arena);
	ns_inputs_set(*out, paths, count);
	return start(*out, err);
}

int ns_reader_open_memory(struct ns_reader **out, const void *data, size_t size, const char *name, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	*out = new_reader(options, true, arena);
	ns_inputs_set(*out, NULL, 0);
	ns_bytes_open_memory(&(*out)->inputs->bytes, data, size, name);
	return start(*out, err);
}

int ns_reader_open_source(struct ns_reader **out, const struct ns_source *source, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err)
{
	if (options->rejects)
		return ns_fail(err, NS_ECALL, "%s: --rejects keeps rows of files; what --on-error skip sets aside here stays where it is", source->name);
	*out = new_reader(options, false, arena);
	ns_inputs_set(*out, NULL, 0);
	(*out)->source = source;
	return start(*out, err);
}

/* --- asking --- */

const struct ns_table *ns_reader_header(const struct ns_reader *reader)
{
	return &reader->header;
}

const struct ns_schema *ns_reader_schema(const struct ns_reader *reader)
{
	return reader->schema;
}

const char *ns_reader_target(const struct ns_reader *reader)
{
	return reader->target;
}

struct ns_arena *ns_reader_batch_arena(struct ns_reader *reader)
{
	return &reader->batch_arena;
}

void ns_reader_leave(struct ns_reader *reader, size_t column)
{
	reader->columns[column].left = true;
}

void ns_reader_explain(struct ns_reader *reader, size_t column, const char *remedy)
{
	reader->columns[column].remedy = remedy;
}

void ns_reader_want_nothing(struct ns_reader *reader)
{
	for (size_t i = 0; i < reader->header.width; i++)
		reader->columns[i].wanted = NS_UNDECIDED;
}

static bool is_binary(const struct ns_arrow_array *array)
{
	enum ns_arrow_id id = array ? array->type.id : NS_ARROW_NULL;
	return id == NS_ARROW_BINARY || id == NS_ARROW_LARGE_BINARY || id == NS_ARROW_FIXED_BINARY || id == NS_ARROW_BINARY_VIEW;
}

int ns_reader_want(struct ns_reader *reader, size_t column, enum ns_type type, struct ns_err *err)
{
	struct ns_column *header = &reader->header.columns[column];
	struct ns_reader_column *own = &reader->columns[column];
	if (type == NS_UNDECIDED) {
		if (header->type == NS_UNDECIDED)
			NS_TRY(ns_reader_infer(reader, err));
		type = header->type;
	}
	if (type == NS_NUMBER && own->as_text)
		return ns_fail(err, NS_ECALL, "column '%s' is asked for as numbers, but --text makes it text", header->name);
	if (type == NS_NUMBER && is_binary(header->array))
		return ns_fail(err, NS_EDATA, "%s: column '%s' is %s, which has no numbers", reader->header.source, header->name,
			ns_arrow_type_name(&header->array->type, reader->arena));
	if (type != header->type)
		own->inferred = false;
	header->type = own->wanted = type;
	return NS_OK;
}

int ns_table_features(bool *marks, const struct ns_table *header, const struct ns_schema *schema, const char *target,
	const struct ns_table_options *options, struct ns_err *err)
{
	bool *excluded = ns_malloc_array(header->width, sizeof *excluded);
	memset(excluded, 0, header->width);
	memset(marks, options->columns.count == 0, header->width);
	int status = ns_table_select(marks, header, options->columns.items, options->columns.count, err);
	if (status == NS_OK)
		status = ns_table_select(excluded, header, options->exclude.items, options->exclude.count, err);
	for (size_t i = 0; i < header->width; i++) {
		const char *name = header->columns[i].name;
		const struct ns_schema_column *known = schema ? ns_schema_find(schema, name) : NULL;
		if (excluded[i] || strncmp(name, "ns:", 3) == 0 || (target && strcmp(name, target) == 0) ||
			(known && known->role != NS_ROLE_FEATURE))
			marks[i] = false;
	}
	free(excluded);
	return status;
}

int ns_reader_features(bool *marks, struct ns_reader *reader, const struct ns_table_options *options, struct ns_err *err)
{
	return ns_table_features(marks, &reader->header, reader->schema, reader->target, options, err);
}

/* --- batches --- */

/*
 * Before Arrow is written every column that will be there gets its type. Arrow's own columns have theirs; one that --text or --number
 * make another is made anew.
 */
static int want_everything(struct ns_reader *reader, struct ns_err *err)
{
	for (size_t i = 0; i < reader->header.width; i++) {
		struct ns_reader_column *own = &reader->columns[i];
		const struct ns_column *header = &reader->header.columns[i];
		own->remade = own->told && !own->left && header->array && ns_arrow_natural_type(&header->array->type) != header->type;
		if (!own->left && own->wanted == NS_UNDECIDED && (!header->array || own->remade))
			NS_TRY(ns_reader_want(reader, i, NS_UNDECIDED, err));
	}
	reader->everything = false;
	return NS_OK;
}

static int take_batch(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *batch = &reader->batch;
	if (!ns_ahead_take(batch, reader))
		NS_TRY(ns_reader_pull(batch, reader, err));
	ns_table_widen(batch, 0, &reader->batch_arena);
	batch->metadata = reader->header.metadata;
	for (size_t i = 0; i < batch->width; i++) {
		const struct ns_column *known = &reader->header.columns[i];
		batch->columns[i].name = known->name;
		batch->columns[i].type = known->type;
		batch->columns[i].metadata = known->metadata;
		batch->columns[i].numbers = NULL;
	}
	return NS_OK;
}

int ns_reader_next(struct ns_table **batch, struct ns_reader *reader, struct ns_err *err)
{
	if (reader->everything)
		NS_TRY(want_everything(reader, err));
	bool some;
	do {
		ns_arena_reset(&reader->batch_arena);
		reader->bad = NULL;
		NS_TRY(take_batch(reader, err));
		some = reader->batch.rows > 0;
		NS_TRY(ns_reader_convert(reader, err));
		if (reader->bad)
			NS_TRY(ns_reject_batch(reader, err));
	} while (some && reader->batch.rows == 0);
	for (size_t i = 0; i < reader->batch.width; i++)
		if (reader->columns[i].remade)
			reader->batch.columns[i].array = NULL;
	*batch = &reader->batch;
	return NS_OK;
}

int ns_reader_rewind(struct ns_reader *reader, struct ns_err *err)
{
	assert(reader->again);
	if (!reader->ended)
		ns_inputs_close(reader);
	reader->input = 0;
	reader->ended = false;
	reader->rows = 0;
	ns_ahead_clear(reader);
	return ns_reject_open(reader, err);
}

int ns_reader_count(uint64_t *rows, struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *batch;
	*rows = 0;
	do {
		NS_TRY(ns_reader_next(&batch, reader, err));
		*rows += batch->rows;
	} while (batch->rows);
	return ns_reader_rewind(reader, err);
}

int ns_reader_finish(struct ns_reader *reader, struct ns_err *err)
{
	int status = ns_reject_finish(reader, err);
	release(reader);
	return status;
}
