#include "net/import.h"

#include <inttypes.h>
#include <string.h>

#include "base/progress.h"
#include "net/compose.h"
#include "net/identity.h"
#include "net/replace.h"
#include "net/upload.h"
#include "table/view.h"

struct import {
	const struct ns_import_options *options;
	const char *place; /* "database.collection" */
	struct ns_reader *reader;
	size_t *columns, count, asked; /* columns[0..count) make documents; the key column may be behind them */
	size_t key;                    /* its place among the values */
	struct ns_values *values;
	struct ns_identity *identity;
	struct ns_composer composer;
	struct ns_mongo *mongo;
	struct ns_replace *replace; /* NULL: without */
	struct ns_upload *upload;
	struct ns_value *row;
	struct ns_arena *arena;
};

/* --- the call --- */

static int check_source(char **paths, int count, const struct ns_import_options *options, struct ns_arena *arena, struct ns_err *err)
{
	if (options->source && options->key)
		return ns_fail(err, NS_ECALL, "--source and --key: with a key column, rows are told apart by it alone");
	if (options->source || options->key)
		return NS_OK;
	if (count == 0)
		return ns_fail(err, NS_ECALL, "rows of standard input have no file's name to be known by: --source NAME or --key COLUMN");
	const char **names = NS_NEW_ARRAY(arena, const char *, (size_t)count);
	for (int i = 0; i < count; i++) {
		if (strcmp(paths[i], "-") == 0)
			return check_source(NULL, 0, options, arena, err);
		names[i] = ns_identity_source(paths[i], arena);
		for (int j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
				return ns_fail(err, NS_ECALL, "'%s' and '%s' are both known as '%s', so that equal rows of both would be one: import one after the other with --source, or both with --source '%s'",
					paths[j], paths[i], names[i], names[i]);
	}
	return NS_OK;
}

/* --- columns --- */

static int choose_columns(struct import *import, const struct ns_table_options *table, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(import->reader);
	struct ns_view view;
	NS_TRY(ns_view_init(&view, header, table, import->arena, err));
	import->columns = NS_NEW_ARRAY(import->arena, size_t, view.width + 1);
	for (size_t i = 0; i < view.width; i++)
		if (!ns_column_is_ours(&header->columns[view.at[i]]))
			import->columns[import->count++] = view.at[i];
	import->asked = import->key = import->count;
	if (!import->options->key)
		return NS_OK;
	size_t key;
	NS_TRY(ns_table_require(&key, header, import->options->key, err));
	for (size_t i = 0; i < import->count; i++)
		if (import->columns[i] == key)
			import->key = i;
	if (import->key == import->count)
		import->columns[import->asked++] = key;
	return NS_OK;
}

static const char **names_of(const struct import *import)
{
	const struct ns_table *header = ns_reader_header(import->reader);
	const char **names = NS_NEW_ARRAY(import->arena, const char *, import->count + 1);
	for (size_t i = 0; i < import->count; i++)
		names[i] = header->columns[import->columns[i]].name;
	return names;
}

/* Everything that can be refused before a server is asked. */
static int prepare(struct import *import, struct ns_fields *fields, const struct ns_table_options *table, struct ns_err *err)
{
	const struct ns_import_options *options = import->options;
	NS_TRY(choose_columns(import, table, err));
	const char **names = names_of(import);
	NS_TRY(ns_fields_make(fields, names, import->count, ns_reader_header(import->reader)->source, import->arena, err));
	NS_TRY(ns_values_open(&import->values, import->reader, import->columns, import->asked, &options->dates, table, import->arena, err));
	const struct ns_identity_options identity = {names, import->count, options->source, options->key, import->key};
	NS_TRY(ns_identity_open(&import->identity, import->reader, &identity, import->arena, err));
	import->row = NS_NEW_ARRAY(import->arena, struct ns_value, import->asked + 1);
	return NS_OK;
}

static int connect_to(struct import *import, const struct ns_fields *fields, const char *database, const char *collection, struct ns_err *err)
{
	int64_t now;
	NS_TRY(ns_mongo_now(&now, import->mongo, err));
	ns_composer_init(&import->composer, fields, import->options->null, now);
	if (import->options->replace) {
		NS_TRY(ns_replace_begin(&import->replace, import->mongo, database, collection, now, import->arena, err));
		collection = ns_replace_name(import->replace);
	}
	return ns_upload_open(&import->upload, import->mongo, database, collection, import->arena, err);
}

/* --- rows --- */

static int send(struct import *import, const struct ns_table *batch, struct ns_err *err)
{
	const struct ns_upload_failure *failures;
	size_t count;
	NS_TRY(ns_upload_send(&failures, &count, import->upload, err));
	for (size_t i = 0; i < count; i++) {
		struct ns_err why;
		ns_fail(&why, NS_EDATA, "%s: the server refuses the document: %s",
			ns_table_where(batch, failures[i].row, ns_reader_batch_arena(import->reader)), failures[i].reason);
		NS_TRY(ns_reader_refuse(import->reader, failures[i].row, why.text, err));
	}
	return NS_OK;
}

static int add_row(struct import *import, const struct ns_table *batch, size_t row, struct ns_err *err)
{
	struct ns_span key;
	NS_TRY(ns_values_read(import->row, import->values, batch, row, err));
	NS_TRY(ns_identity_take(&key, import->identity, import->row, batch, row, err));
	size_t bound = ns_compose_bound(&import->composer, import->row, import->count, key), size = 0;
	if (bound)
		size = ns_compose(ns_upload_room(import->upload, bound), &import->composer, import->row, key);
	if (!bound || size > NS_DOCUMENT_MAX)
		return ns_fail(err, NS_EDATA, "%s: the document would be larger than 16 MiB, which no server stores (-x leaves columns out)",
			ns_table_where(batch, row, ns_reader_batch_arena(import->reader)));
	ns_upload_add(import->upload, size, row);
	return NS_OK;
}

static int load_batch(struct import *import, const struct ns_table *batch, struct ns_err *err)
{
	for (size_t row = 0; row < batch->rows; row++) {
		struct ns_err why;
		int status = add_row(import, batch, row, &why);
		if (status == NS_EDATA)
			status = ns_reader_refuse(import->reader, row, why.text, err);
		if (status != NS_OK)
			return status;
		if (ns_upload_is_full(import->upload))
			NS_TRY(send(import, batch, err));
	}
	NS_TRY(send(import, batch, err));
	ns_progress_add(batch->rows);
	return NS_OK;
}

static int load(struct import *import, struct ns_err *err)
{
	struct ns_table *batch;
	int status = NS_OK;
	ns_progress_start("importing", 0);
	do {
		status = ns_reader_next(&batch, import->reader, err);
		if (status == NS_OK)
			status = load_batch(import, batch, err);
	} while (status == NS_OK && batch->rows);
	ns_progress_stop();
	return status;
}

/* --- the whole --- */

static void note_counts(const struct import *import, const struct ns_import_counts *counts)
{
	const char *first;
	uint64_t missing = ns_values_made_missing(import->values, &first);
	if (missing)
		ns_note("%" PRIu64 " %s taken as missing, the first: %s", missing, missing == 1 ? "value was" : "values were", first);
	ns_note("%s: %" PRIu64 " inserted, %" PRIu64 " unchanged, %" PRIu64 " failed", import->place, counts->inserted, counts->unchanged, counts->failed);
}

static int finish(struct import *import, struct ns_import_counts *counts, struct ns_err *err)
{
	struct ns_upload_counts uploaded = ns_upload_counts(import->upload);
	*counts = (struct ns_import_counts){uploaded.inserted, uploaded.unchanged, ns_reader_refused(import->reader)};
	if (import->replace && counts->failed && !counts->inserted)
		return ns_fail(err, NS_EDATA, "%s: every row failed, so nothing takes its place", import->place);
	NS_TRY(ns_reader_finish(import->reader, err)); /* what was set aside is kept before the old collection goes */
	if (import->replace)
		NS_TRY(ns_replace_commit(import->replace, err));
	note_counts(import, counts);
	return NS_OK;
}

int ns_import(struct ns_import_counts *counts, const char *database, const char *collection, char **paths, int count,
	const struct ns_import_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err)
{
	struct import *import = NS_NEW(arena, struct import);
	struct ns_fields fields;
	*import = (struct import){.options = options, .place = ns_format(arena, "%s.%s", database, collection), .arena = arena};
	NS_TRY(check_source(paths, count, options, arena, err));
	NS_TRY(ns_mongo_open(&import->mongo, options->uri, ns_program, arena, err));
	NS_TRY(ns_reader_open(&import->reader, paths, count, table, false, arena, err));
	NS_TRY(prepare(import, &fields, table, err));
	NS_TRY(connect_to(import, &fields, database, collection, err));
	NS_TRY(load(import, err));
	return finish(import, counts, err);
}
