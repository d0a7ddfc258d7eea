/* A CSV text's rows as ns-import sees them: values, keys, documents. */
#ifndef IMPORT_ROWS_H
#define IMPORT_ROWS_H

#include <string.h>

#include "net/compose.h"
#include "net/identity.h"

struct import_rows {
	struct ns_arena arena;
	struct ns_table_options table;
	struct ns_texts dates;
	const char *source, *key; /* of the identity */
	bool null;
	struct ns_err err;

	struct ns_reader *reader;
	struct ns_values *values;
	struct ns_identity *identity;
	struct ns_fields fields;
	struct ns_composer composer;
	struct ns_value *row;
	size_t count;
	struct ns_table *batch;
};

/* Opened over the text, its first batch read; a status. */
static inline int import_rows_open(struct import_rows *rows, const void *text, size_t size)
{
	struct ns_arena *arena = &rows->arena;
	struct ns_err *err = &rows->err;
	NS_TRY(ns_reader_open_memory(&rows->reader, text, size, "a.csv", &rows->table, arena, err));
	const struct ns_table *header = ns_reader_header(rows->reader);
	size_t *columns = NS_NEW_ARRAY(arena, size_t, header->width), key = 0;
	const char **names = NS_NEW_ARRAY(arena, const char *, header->width);
	for (size_t i = 0; i < header->width; i++) {
		columns[i] = i;
		names[i] = header->columns[i].name;
		if (rows->key && strcmp(names[i], rows->key) == 0)
			key = i;
	}
	rows->count = header->width;
	NS_TRY(ns_fields_make(&rows->fields, names, rows->count, header->source, arena, err));
	NS_TRY(ns_values_open(&rows->values, rows->reader, columns, rows->count, &rows->dates, &rows->table, arena, err));
	const struct ns_identity_options options = {names, rows->count, rows->source, rows->key, key};
	NS_TRY(ns_identity_open(&rows->identity, rows->reader, &options, arena, err));
	ns_composer_init(&rows->composer, &rows->fields, rows->null, 1700000000000);
	rows->row = NS_NEW_ARRAY(arena, struct ns_value, rows->count);
	return ns_reader_next(&rows->batch, rows->reader, err);
}

static inline int import_rows_key(struct ns_span *key, struct import_rows *rows, size_t row)
{
	NS_TRY(ns_values_read(rows->row, rows->values, rows->batch, row, &rows->err));
	return ns_identity_take(key, rows->identity, rows->row, rows->batch, row, &rows->err);
}

static inline void import_rows_close(struct import_rows *rows)
{
	ns_arena_release(&rows->arena);
}

#endif
