/*
 * import: tables into a collection, row by row, each once.
 *
 * Values become documents by values.h, fields.h and compose.h; identity.h tells rows apart; upload.h stores them, into the
 * collection itself or one that then replaces it (replace.h), unless every row failed. Columns of the family's own (ns:) are left out.
 *
 * A row that cannot be stored, be it that a value, its key or its size is at fault, or that the server refuses it, is NS_EDATA with
 * its line, or what --on-error says: skip sets it aside (--rejects) and counts it as failed; missing takes a bad value as missing and
 * stops at the rest. After a stop, documents of the batch at hand may be stored: the next run finds them.
 */
#ifndef NS_NET_IMPORT_H
#define NS_NET_IMPORT_H

#include "table/stream.h"

struct ns_import_options {
	const char *uri, *source, *key; /* --uri --source --key */
	struct ns_texts dates;          /* --date */
	bool replace, null;             /* --replace --null */
};

struct ns_import_counts {
	uint64_t inserted, unchanged, failed;
};

/* NS_ECALL: rows of stdin have no source and no key, or two files have the same name. */
int ns_import(struct ns_import_counts *counts, const char *database, const char *collection, char **paths, int count,
	const struct ns_import_options *options, const struct ns_table_options *table, struct ns_arena *arena, struct ns_err *err);

#endif
