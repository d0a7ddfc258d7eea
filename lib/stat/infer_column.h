/*
 * infer_column: what the values of a column are like, gathered in one pass in bounded memory. Internal to infer_schema.c.
 *
 * Distinct values are counted exactly as long as that says anything: up to 65,536; beyond, while nine in ten are new, up to
 * `most`, which keeps the table's columns together below 8,388,608 (360 MB), but for 1,024 a column; of numbers with fractions,
 * which are no ids, up to 1,024. Then counting stops (`closed`).
 */
#ifndef NS_STAT_INFER_COLUMN_H
#define NS_STAT_INFER_COLUMN_H

#include "stat/seen.h"
#include "table/table.h"

enum { NS_INFER_KEPT_MAX = 256 };

struct ns_infer_value {
	double number;
	const char *text; /* NUL-terminated, at most 200 bytes long, UTF-8 */
	uint64_t count;
};

struct ns_infer_column {
	const char *name;
	size_t at;
	enum ns_type type; /* NS_UNDECIDED: no value at all */
	size_t keep;       /* at most so many different values are kept */
	size_t most;       /* at most so many are counted */
	uint64_t missing, values;
	struct ns_seen seen;
	bool closed;
	uint64_t seen_of;  /* values until counting stopped */
	struct ns_infer_value *kept;
	size_t kept_count;
	bool overflow;     /* there are more, or one that cannot be kept */
	/* numbers */
	double low, high, last;
	bool whole, increasing, strict_up, strict_down;
	uint64_t infinite;
	/* texts */
	uint64_t times;  /* ISO 8601 dates and times */
	uint64_t commas; /* numbers, but for a comma in them */
};

/* name, at and keep are set; columns: how many the table has. Sets are given back with the arena. */
void ns_infer_column_start(struct ns_infer_column *column, size_t columns, struct ns_arena *arena);
/* The column of the batch has numbers, or cells with missing marks, as type says. */
void ns_infer_column_batch(struct ns_infer_column *column, const struct ns_table *batch, struct ns_arena *arena);
/* The kept values ascending: numbers by value, texts by bytes. */
void ns_infer_column_sort(struct ns_infer_column *column);

/* 2024-05-01, and with T or a blank 10:00, 10:00:00, 10:00:00.25, each with or without Z, +02, +0200, +02:00 behind it. */
bool ns_is_iso_time(const char *text, size_t size);

#endif
