/*
 * csv_record: one CSV record parsed by libcsv, in as many portions as it comes in. Internal to csv.c, which gives it every record
 * that csv_split leaves: with a quote or a line end in quotes, malformed, or longer than a block.
 */
#ifndef NS_TABLE_CSV_RECORD_H
#define NS_TABLE_CSV_RECORD_H

#include <csv.h>

#include "table/table.h"

enum { NS_CSV_MAX_COLUMNS = 65536 };

/* In a cell of a record: `at` counts in values, not in raw. */
#define NS_CSV_ASIDE NS_CELL_MISSING

struct ns_csv_record {
	bool open;  /* begun and not yet taken */
	bool ended; /* whole: fed bytes of raw with its line end, which is one byte (an LF behind CR is not in it) */
	bool bad;   /* not RFC 4180 at bad_at; ends with its line */
	bool nul;
	size_t fed, fields, field_at, bad_at;
	uint64_t lines; /* line ends in it */
	struct ns_cell *cells; /* the first NS_CSV_MAX_COLUMNS of its fields */
	const char *raw;
	char *values;       /* values that had doubled quotes, without these; never more than raw has */
	size_t values_size;
	struct csv_parser parser;
};

void ns_csv_record_init(struct ns_csv_record *record, char delimiter);
void ns_csv_record_release(struct ns_csv_record *record);
void ns_csv_record_open(struct ns_csv_record *record);

/* raw: the record so far and maybe more, size bytes; raw and values may have moved since the last call, with what they held. */
void ns_csv_record_feed(struct ns_csv_record *record, const char *raw, size_t size, char *values);

/*
 * What is wrong with a record that has ended, on this line of the input: NS_EDATA. width and `whose` ("header"): what should be.
 */
int ns_csv_record_complain(const struct ns_csv_record *record, const char *name, uint64_t line, size_t width, const char *whose,
	struct ns_err *err);
/* What is wrong with one that does not end: a quote never closes, or, too_large, it is over the limit. */
int ns_csv_record_endless(const struct ns_csv_record *record, const char *name, uint64_t line, bool too_large,
	struct ns_err *err);

#endif
