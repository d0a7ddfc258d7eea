/*
 * stream: tables that flow. One reader over any number of inputs in any known form, one writer.
 *
 *	struct ns_reader *reader;
 *	NS_TRY(ns_reader_open(&reader, operands, count, &conf.table, 0, arena, err));
 *	NS_TRY(ns_reader_want(reader, column, NS_NUMBER, err));          (any number of columns)
 *	struct ns_table *batch;
 *	do {
 *		NS_TRY(ns_reader_next(&batch, reader, err));
 *		... change batch, allocating from ns_reader_batch_arena(reader) ...
 *		NS_TRY(ns_writer_write(writer, batch, NULL, 0, err));     (the last batch is empty: it still writes the header)
 *	} while (batch->rows);
 *	NS_TRY(ns_reader_finish(reader, err));
 *	NS_TRY(ns_writer_finish(writer, err));     (stdout last: where another output fails, it is cut and nobody takes it for the whole)
 *
 * Column types: from the schema, which says what raw tables are (so not of features in Arrow that has passed stages); else as told (ns_reader_want); else inferred (ns_reader_infer) from the first 10,000 rows:
 * number when every value is missing or a number that is no code (ns_number_is_code), blanks around unquoted
 * cells ignored. --text and --number decide over all of them. Arrow: numbers are numbers, utf8 is text unless wanted as number.
 * Rows are looked ahead at only when a type is open that somebody needs, and no further than 32 MiB of cells.
 *
 * Missing in number columns: empty, na NA N/A nan NaN null NULL None ? \N; in text columns only the empty field; --na replaces
 * the set for both (a number in it is compared as a number; an empty field in a number column is always missing). A value that
 * contradicts its column is NS_EDATA with line, column, value and remedy, or what --on-error says: skip (the row is set aside,
 * --rejects keeps it behind a copy of the header, the count is noted at the end) or missing. A malformed row has no values to
 * take as missing: only skip sets it aside. To a column whose type was inferred a number that is a code is such a value, too.
 *
 * --trim: spaces and tabs around unquoted values of CSV go before anything else looks at them, so that text, labels and words for
 * missing are what stands between, and that is written. Values in quotes, and Arrow's, are as they are.
 *
 * Inputs have the same format and columns (Arrow: types too), else NS_EDATA with the difference. Reader and writer live in the
 * run's arena, which closes what a failed run left open; there is no close to call.
 */
#ifndef NS_TABLE_STREAM_H
#define NS_TABLE_STREAM_H

#include "base/opt.h"
#include "table/format.h"
#include "table/table.h"

enum { NS_INFER_ROWS = 10000 };
enum ns_output_format { NS_OUTPUT_SAME, NS_OUTPUT_CSV, NS_OUTPUT_ARROW };
enum ns_on_error { NS_ON_ERROR_STOP, NS_ON_ERROR_SKIP, NS_ON_ERROR_MISSING };

/* The options that mean the same in the whole family; a tool lists those it uses with the macros below. */
struct ns_table_options {
	struct ns_texts columns, exclude, names, na, text, number;
	bool na_given;
	const char *target, *schema, *rejects;
	int output_format, on_error; /* enum ns_output_format, ns_on_error */
	char delimiter;              /* NS_TABLE_OPTIONS_INIT: ',' */
	bool no_header, no_header_output, trim;
	int threads;                 /* that read and print numbers of CSV side by side, at most 256; 0: 1 */
};
#define NS_TABLE_OPTIONS_INIT .delimiter = ','

#define NS_OPTIONS_INPUT(o) \
	{'d', "delimiter", "C", "field delimiter of CSV, read and written", NS_OPT_CHAR, &(o).delimiter, 0, 0, NULL, NULL}, \
	{'H', "no-header", NULL, "the first line of CSV is data; columns are 1, 2, 3 or --names", NS_OPT_FLAG, &(o).no_header, 0, 0, NULL, NULL}, \
	{0, "names", "LIST", "column names where the input has none", NS_OPT_LIST, &(o).names, 0, 0, NULL, NULL}, \
	{0, "na", "LIST", "the words that mean missing, in place of the built-in ones", NS_OPT_LIST, &(o).na, 0, 0, NULL, &(o).na_given}, \
	{0, "trim", NULL, "blanks around unquoted values of CSV do not belong to them", NS_OPT_FLAG, &(o).trim, 0, 0, NULL, NULL}, \
	{0, "text", "LIST", "columns to take as text", NS_OPT_LIST, &(o).text, 0, 0, NULL, NULL}, \
	{0, "number", "LIST", "columns to take as numbers", NS_OPT_LIST, &(o).number, 0, 0, NULL, NULL}, \
	{0, "on-error", NULL, "what to do with rows that are malformed or contradict their column", NS_OPT_CHOICE, &(o).on_error, 0, 0, "stop|skip|missing", NULL}, \
	{0, "rejects", "FILE", "keep the rows that --on-error skip sets aside", NS_OPT_TEXT, &(o).rejects, 0, 0, NULL, NULL}
#define NS_OPTIONS_OUTPUT(o) \
	{'O', "output-format", NULL, "write this format (default: what came in)", NS_OPT_CHOICE, &(o).output_format, 0, 0, "same|csv|arrow", NULL}, \
	{0, "no-header-output", NULL, "write CSV without a header line", NS_OPT_FLAG, &(o).no_header_output, 0, 0, NULL, NULL}
#define NS_OPTION_COLUMNS(o) \
	{'c', "columns", "LIST", "only these columns: names, patterns 'src_*', positions #5-8", NS_OPT_LIST, &(o).columns, 0, 0, NULL, NULL}, \
	{'x', "exclude", "LIST", "all columns but these", NS_OPT_LIST, &(o).exclude, 0, 0, NULL, NULL}
#define NS_OPTION_TARGET(o) \
	{'t', "target", "NAME", "the label column: never a feature, never changed", NS_OPT_TEXT, &(o).target, 0, 0, NULL, NULL}
#define NS_OPTION_SCHEMA(o) \
	{'S', "schema", "FILE", "schema of the table (YAML)", NS_OPT_TEXT, &(o).schema, 0, 0, NULL, NULL}

struct ns_reader;
struct ns_writer;
struct ns_schema;

/*
 * Opens the inputs (none: stdin) and reads the first header. Inputs must have the same columns; `again`: it must be possible to
 * rewind (a pipe is spooled). Where options->schema is given it is read and decides types, and the target where -t is not given.
 */
int ns_reader_open(struct ns_reader **out, char **paths, int count, const struct ns_table_options *options, bool again,
	struct ns_arena *arena, struct ns_err *err);
/* The same over bytes in memory (borrowed), called `name` in messages: a stage of a bundle. It can be rewound. */
int ns_reader_open_memory(struct ns_reader **out, const void *data, size_t size, const char *name,
	const struct ns_table_options *options, struct ns_arena *arena, struct ns_err *err);
/*
 * The same over a table that comes from elsewhere than files (net/): open fills in the header, next the batches, as a format's do
 * (format.h), with cells. It cannot be rewound, and --rejects is refused with it (NS_ECALL). close is called once, behind the last row
 * or with the reader, where open returned NS_OK. It is written as CSV unless options say Arrow.
 */
struct ns_source {
	const char *name; /* for messages: "networksecurity.phisingdata" */
	int (*open)(struct ns_table *header, void *context, const struct ns_reject *reject, struct ns_arena *arena, struct ns_err *err);
	int (*next)(struct ns_table *batch, void *context, struct ns_err *err); /* rows 0 = the end, checked */
	void (*close)(void *context);
	void *context;
};
int ns_reader_open_source(struct ns_reader **out, const struct ns_source *source, const struct ns_table_options *options,
	struct ns_arena *arena, struct ns_err *err);
/* The header: names, types as far as decided, metadata; rows 0. Its columns keep their positions in every batch. */
const struct ns_table *ns_reader_header(const struct ns_reader *reader);
const struct ns_schema *ns_reader_schema(const struct ns_reader *reader); /* NULL without -S */
/* -t, else the schema's, else metadata ns:target; NULL. Need not be among the columns */
const char *ns_reader_target(const struct ns_reader *reader);
struct ns_arena *ns_reader_batch_arena(struct ns_reader *reader); /* reset by each next */

/* Decides the types still open by looking ahead. After it every column of the header is NS_NUMBER or NS_TEXT. */
int ns_reader_infer(struct ns_reader *reader, struct ns_err *err);
/*
 * From the next batch on the column has numbers (NS_NUMBER) or cells with missing marks (NS_TEXT), and that is its type.
 * NS_UNDECIDED: whatever its type is, inferring if need be. Numbers of a --text column are NS_ECALL, of binary NS_EDATA.
 */
int ns_reader_want(struct ns_reader *reader, size_t column, enum ns_type type, struct ns_err *err);
/* What the message about a value of the column that is no number says behind it, in place of a remedy; borrowed. */
void ns_reader_explain(struct ns_reader *reader, size_t column, const char *remedy);
/* The column will not be written: its type is nobody's business even where the output is Arrow. */
void ns_reader_leave(struct ns_reader *reader, size_t column);
/* Features: marks every column that -c / -x leave, without the target, ns: columns and the schema's id, time and drop columns. */
int ns_reader_features(bool *marks, struct ns_reader *reader, const struct ns_table_options *options, struct ns_err *err);
/* The same for any header; schema and target may be NULL. */
int ns_table_features(bool *marks, const struct ns_table *header, const struct ns_schema *schema, const char *target,
	const struct ns_table_options *options, struct ns_err *err);

int ns_reader_next(struct ns_table **batch, struct ns_reader *reader, struct ns_err *err);
/* to the first row again; wants may change before the next call */
int ns_reader_rewind(struct ns_reader *reader, struct ns_err *err);
/* The number of rows to come; then rewinds. For readers opened with `again`. */
int ns_reader_count(uint64_t *rows, struct ns_reader *reader, struct ns_err *err);
/* Takes back all wants: a further pass that only copies. */
void ns_reader_want_nothing(struct ns_reader *reader);
/* Are these inputs (none: stdin) all regular files, which can be read twice without keeping what came? */
bool ns_paths_are_files(char **paths, int count);
/*
 * A row of the batch at hand that the caller cannot use, and why (with its place): NS_EDATA, or under --on-error skip the row is set
 * aside as one that the reader could not use. And how many rows were set aside so far, by whom ever.
 */
int ns_reader_refuse(struct ns_reader *reader, size_t row, const char *why, struct ns_err *err);
uint64_t ns_reader_refused(const struct ns_reader *reader);
/* notes counts (skipped rows, repeated headers), commits --rejects, closes */
int ns_reader_finish(struct ns_reader *reader, struct ns_err *err);

/*
 * A judge decides about bad rows in place of --on-error (ns-validate). It is told of each malformed row, which the reader leaves
 * out (a quote that never closes still ends the run); a value that contradicts its column is NaN in numbers, and ns_reader_value
 * tells what it was.
 */
struct ns_malformed {
	uint64_t rows, line; /* rows of the whole input that stand before it; its line */
	const char *source, *why; /* why: the whole message with its place */
	struct ns_span raw; /* with its line end; all borrowed for the call */
};
struct ns_judge {
	int (*malformed)(void *context, const struct ns_malformed *row, struct ns_err *err); /* NS_OK: go on */
	void *context;
	/* File for malformed rows and those of ns_reader_set_aside, as --rejects; NULL: none. Looked at here and when rewinding. */
	const char *set_aside;
};
/* Between open and the first row (or look ahead); the judge is borrowed. */
int ns_reader_judge(struct ns_reader *reader, const struct ns_judge *judge, struct ns_err *err);
/* Writes those rows of the batch at hand to the judge's file. The batch stays as it is. */
int ns_reader_set_aside(struct ns_reader *reader, const bool *bad, struct ns_err *err);

enum ns_value_kind { NS_VALUE_NUMBER, NS_VALUE_MISSING, NS_VALUE_OTHER };
/*
 * What a value is by the rule for number columns; *text (not NULL) what of it counts: without outer blanks unless it stood in
 * quotes; lives as long as the batch. The column holds cells or an array.
 */
enum ns_value_kind ns_reader_value(double *number, struct ns_span *text, struct ns_reader *reader,
	const struct ns_column *column, size_t row);

/*
 * path NULL or "-": stdout; no binary to a terminal (NS_ECALL). The format is the option's, where it is "same" the reader's;
 * without a reader (a table made from nothing) CSV. To be opened before the first batch is read, because Arrow has no undecided
 * columns: where Arrow is made of CSV the reader's next delivers every column that nobody wanted or left (ns_reader_leave) as its
 * type is, inferring if need be. Arrow made of Arrow keeps its types but where --text or --number say otherwise.
 */
int ns_writer_open(struct ns_writer **out, const char *path, const struct ns_table_options *options, struct ns_reader *reader,
	struct ns_arena *arena, struct ns_err *err);
/* rows NULL: all; else the count listed (ascending not needed). The first call decides the columns; later ones have the same. */
int ns_writer_write(struct ns_writer *writer, const struct ns_table *batch, const uint32_t *rows, size_t count,
	struct ns_err *err);
int ns_writer_finish(struct ns_writer *writer, struct ns_err *err); /* end marker, flush, close, the file appears */

#endif
