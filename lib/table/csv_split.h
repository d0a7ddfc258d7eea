/*
 * csv_split: the part of the CSV reader that runs at memory speed: records are split at their delimiters, 64 bytes at a time.
 * Their fields are plain (no quote, CR, LF, NUL) or simply quoted: all between two quotes, without another one, CR, LF or NUL.
 * Whatever else there is is left to the caller (csv.c), record by record.
 */
#ifndef NS_TABLE_CSV_SPLIT_H
#define NS_TABLE_CSV_SPLIT_H

#include "table/table.h"

enum { NS_SPLIT_PAD = 64 };

struct ns_split {
	const char *text; /* NS_SPLIT_PAD bytes behind size may be read */
	size_t size, at;  /* at: where the next record begins */
	char delimiter;
	size_t width;
	const char *header; /* the header's bytes without line end, by which its repetitions are known; NULL: none */
	size_t header_size;
	uint64_t repeated; /* repetitions skipped */
	uint64_t line;     /* of the record at `at`, from 1 */
	bool after_cr;     /* the last record ended in CR: an LF at `at` belongs to it */
	struct ns_cell *cells; /* limit * width, row-major */
	uint64_t *lines;
	size_t rows, limit;
};

enum ns_split_stop {
	NS_SPLIT_FULL,  /* rows == limit */
	NS_SPLIT_MORE,  /* no whole record is left */
	NS_SPLIT_BLANK, /* an empty line at `at` */
	NS_SPLIT_ODD,   /* a record that is not such, or has another number of fields, at `at` */
};

/* Appends rows from the record at `at` on; stops in front of the first that is not plain. */
enum ns_split_stop ns_csv_split(struct ns_split *split);

/* Is this record (without line end) the header again? It may have a byte-order mark: files with one were concatenated. */
bool ns_split_is_header(const struct ns_split *split, const char *record, size_t size);

#endif
