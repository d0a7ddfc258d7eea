/*
 * csv: RFC 4180 text, by libcsv.
 *
 * A record of plain and simply quoted fields (no quote, CR, LF or NUL in the quotes) is split at its delimiters here; every other
 * one is libcsv's (CSV_STRICT | CSV_STRICT_FINI, its trimming switched off). tests/fuzz/csv_fuzz.c holds both ways to the same
 * answer.
 *
 * Header: names are trimmed of outer blanks, a doubled name becomes name.1, an empty one (pandas' index) becomes
 * column_N; each is noted on stderr. A byte-order mark is dropped. LF, CRLF and CR end records, mixed too. A blank line is
 * skipped, except in a table of one column, where it is a missing value (but not at the very end). A line equal to the header in
 * mid-stream (with a byte-order mark or without) is skipped; how many is noted at the end. Limits: a record 64 MiB, 65,536
 * columns. Rows come in batches of at most 8,192 and about 65,536 cells, and whenever the next read would wait; bytes are held
 * once, cells 8 bytes each.
 *
 * With --trim a cell is what stands between its outer blanks (spaces, tabs), unless it stood in quotes. A quote behind a blank
 * is a stray one all the same.
 *
 * A malformed row (another number of fields, a stray quote, NUL) goes to reject->row (with --names and --on-error skip the first
 * one, too, which without names says how many columns there are); a quote that never closes and a record over
 * the limit always end the run, since nobody knows where the next record begins.
 *
 * Refused with file, line, column, value and remedy (NS_EDATA): no header, ragged rows, a quote that never closes, a stray quote,
 * NUL bytes, invalid UTF-8 in a header, UTF-16, over the limits. Values may hold any bytes but NUL.
 *
 * Writing: a field is quoted only where RFC 4180 needs it (delimiter, quote, CR, LF; or the lone empty value
 * of a one-column row, so that it is not a blank line), lines end in LF. A row that a reader would take for the header again has
 * all its fields quoted; where the header is wholly quoted too it is refused. When output was cut by a failure it ends inside an
 * open quote.
 */
#ifndef NS_TABLE_CSV_H
#define NS_TABLE_CSV_H

#include "table/format.h"

/* Appends one field, quoted where needed. For reports and tables made without a struct ns_table. */
int ns_csv_put_field(struct ns_buffer *out, const char *text, size_t size, char delimiter);

#endif
