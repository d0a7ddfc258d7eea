#include <math.h>
#include <string.h>

#include "base/number.h"
#include "base/parallel.h"
#include "table/reader.h"

/* Rows read at a time, column after column: few enough that their cells stay in the cache. */
enum { BLOCK_ROWS = 256 };
/* So many values to read are worth waking threads for. */
enum { THREADED_MIN = 16 * 1024 };

/* --- what is missing --- */

static const char *const missing_words[] = {"", "na", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", "?", "\\N"};

void ns_missing_init(struct ns_missing *missing, const struct ns_table_options *options, struct ns_arena *arena)
{
	*missing = (struct ns_missing){.words = missing_words, .count = sizeof missing_words / sizeof *missing_words};
	if (!options->na_given)
		return;
	missing->given = true;
	missing->words = options->na.items;
	missing->count = options->na.count;
	missing->numbers = NS_NEW_ARRAY(arena, double, missing->count);
	for (size_t i = 0; i < missing->count; i++)
		if (ns_number_parse(&missing->numbers[missing->numbers_count], missing->words[i], strlen(missing->words[i])))
			missing->numbers_count++;
}

bool ns_missing_word(const struct ns_missing *missing, const char *text, size_t size)
{
	for (size_t i = 0; i < missing->count; i++)
		if (strlen(missing->words[i]) == size && memcmp(missing->words[i], text, size) == 0)
			return true;
	return false;
}

enum ns_value_kind ns_value_read(double *number, struct ns_span *text, const char *bytes, struct ns_cell cell, const struct ns_missing *missing)
{
	struct ns_span span = {bytes ? bytes + cell.at : "", cell.size & NS_CELL_SIZE};
	if (!(cell.size & NS_CELL_QUOTED)) {
		for (; span.size && ns_is_blank(span.data[0]); span.size--)
			span.data++;
		while (span.size && ns_is_blank(span.data[span.size - 1]))
			span.size--;
	}
	if (text)
		*text = span;
	if (ns_number_parse(number, span.data, span.size))
		return NS_VALUE_NUMBER;
	return span.size == 0 || ns_missing_word(missing, span.data, span.size) ? NS_VALUE_MISSING : NS_VALUE_OTHER;
}

static bool is_missing_number(double number, const struct ns_missing *missing)
{
	for (size_t i = 0; i < missing->numbers_count; i++)
		if (missing->numbers[i] == number)
			return true;
	return false;
}

enum ns_value_kind ns_reader_value(double *number, struct ns_span *text, struct ns_reader *reader, const struct ns_column *column, size_t row)
{
	const char *bytes = column->bytes;
	struct ns_cell cell;
	struct ns_buffer out = NS_BUFFER_INIT(NS_CELL_SIZE);
	if (column->cells) {
		cell = column->cells[row * column->stride];
	} else {
		if (ns_arrow_print(&out, column->array, row))
			out.size = 0; /* more than 1 GiB is no number */
		bytes = ns_strndup(&reader->batch_arena, out.size ? out.data : "", out.size);
		cell = (struct ns_cell){0, (uint32_t)out.size};
		ns_buffer_release(&out);
	}
	enum ns_value_kind value = ns_value_read(number, text, bytes, cell, &reader->missing);
	return value == NS_VALUE_NUMBER && is_missing_number(*number, &reader->missing) ? NS_VALUE_MISSING : value;
}

/* --- numbers --- */

/* The first eight bytes as a number in which the first is the lowest. */
static inline uint64_t load(const char *text)
{
	uint64_t word;
	memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * An integer of 1 to 8 bytes, sign included, without a branch on its digits; eight bytes must be readable. The digits are moved to the
 * word's upper end, zeroes put before them, and pairs, fours and eights are added up (W. Muła, "SIMD-ized parsing of unsigned integers").
 */
static inline bool small_integer(double *value, const char *text, size_t size)
{
	const uint64_t zeroes = 0x3030303030303030u, high = 0xf0f0f0f0f0f0f0f0u, pairs = 0x000000ff000000ffu;
	uint64_t word = load(text), negative = (word & 0xff) == '-';
	size_t digits = size - negative;
	if (digits - 1 >= 8)
		return false;
	unsigned shift = 64 - 8 * (unsigned)digits;
	word = word >> 8 * negative << shift | (zeroes & (((uint64_t)1 << shift) - 1));
	if (((word & high) | ((word + 0x0606060606060606u) & high) >> 4) != 0x3333333333333333u)
		return false;
	word -= zeroes;
	word = word * 10 + (word >> 8);
	word = ((word & pairs) * 0x000f424000000064u + (word >> 16 & pairs) * 0x0000271000000001u) >> 32;
	double magnitude = (double)(uint32_t)word;
	*value = negative ? -magnitude : magnitude;
	return true;
}

/* Of a small integer: has it a leading zero? */
static inline bool may_be_code(const struct ns_number_job *job, const char *text, size_t size)
{
	return job->inferred && size > 1 && text[text[0] == '-'] == '0';
}

static double *room_for_numbers(struct ns_reader_column *own, size_t rows)
{
	if (own->numbers_capacity < rows || !own->numbers) {
		own->numbers = ns_realloc_array(own->numbers, rows, sizeof *own->numbers);
		own->numbers_capacity = rows;
	}
	return own->numbers;
}

static struct ns_cell *room_for_cells(struct ns_reader_column *own, size_t rows)
{
	if (own->cells_capacity < rows || !own->cells) {
		own->cells = ns_realloc_array(own->cells, rows, sizeof *own->cells);
		own->cells_capacity = rows;
	}
	return own->cells;
}

/* The first contradiction of a block, by row, then column: what is reported must not depend on how rows fell into batches. */
struct contradiction {
	const struct ns_number_job *job; /* NULL: none */
	size_t row;
};

/*
 * No number; or an id, whose digits would have made the column one of text, had inference come so far: they must survive.
 */
static bool contradicts(double *number, const struct ns_number_job *job, size_t row, const struct ns_missing *missing)
{
	struct ns_span text;
	enum ns_value_kind kind = ns_value_read(number, &text, job->bytes, job->cells[row * job->stride], missing);
	if (kind != NS_VALUE_NUMBER || !job->inferred || !ns_number_is_code(text.data, text.size) ||
		ns_missing_word(missing, text.data, text.size))
		return kind == NS_VALUE_OTHER;
	*number = NAN;
	return true;
}

static const char *remedy_for(const struct ns_reader *reader, const struct contradiction *found, bool is_number)
{
	const struct ns_reader_column *own = &reader->columns[found->job->column];
	if (is_number)
		return " (--text takes the column as text, --number as numbers, --on-error skip or missing goes on)";
	if (own->remedy)
		return own->remedy;
	return own->inferred ? ", the values before it are (--text takes the column as text, --on-error skip or missing goes on)"
			     : " (--on-error skip or missing goes on)";
}

static int fail_value(struct ns_reader *reader, const struct contradiction *found, bool remedy, struct ns_err *err)
{
	enum { SHOWN = 80 };
	const struct ns_number_job *job = found->job;
	double number = NAN;
	struct ns_span text;
	bool is_number = ns_value_read(&number, &text, job->bytes, job->cells[found->row * job->stride], &reader->missing) == NS_VALUE_NUMBER;
	return ns_fail(err, NS_EDATA, "%s: column '%s': '%.*s%s' %s%s",
		ns_table_where(&reader->batch, found->row, &reader->batch_arena), reader->header.columns[job->column].name,
		text.size > SHOWN ? SHOWN : (int)text.size, text.data, text.size > SHOWN ? "..." : "",
		is_number ? "would lose digits as a number" : "is not a number", remedy ? remedy_for(reader, found, is_number) : "");
}

/* What is no number by itself: missing, or a contradiction. */
static double odd_value(struct contradiction *found, struct ns_reader *reader, const struct ns_number_job *job, size_t row)
{
	double number = NAN;
	if (!contradicts(&number, job, row, &reader->missing) || reader->judge)
		return number;
	if (!found->job || row < found->row)
		*found = (struct contradiction){job, row};
	if (reader->options->on_error == NS_ON_ERROR_SKIP) {
		if (!reader->bad)
			reader->bad = NS_NEW_ARRAY(&reader->batch_arena, bool, reader->batch.rows);
		reader->bad[row] = true;
	} else {
		reader->made_missing++;
	}
	return number;
}

/* --na -999 */
static void forget_missing(double *numbers, size_t count, const struct ns_missing *missing)
{
	for (size_t i = 0; i < missing->numbers_count; i++)
		for (size_t row = 0; row < count; row++)
			if (numbers[row] == missing->numbers[i])
				numbers[row] = NAN;
}

static void read_block(struct contradiction *found, struct ns_reader *reader, const struct ns_number_job *job, size_t first, size_t end)
{
	const struct ns_cell *cell = job->cells + first * job->stride;
	size_t stride = job->stride, limit = job->limit;
	const char *bytes = job->bytes;
	double *out = job->out;
	for (size_t row = first; row < end; row++, cell += stride) {
		size_t size = cell->size & NS_CELL_SIZE;
		if (cell->at + (uint64_t)8 > limit || !small_integer(&out[row], bytes + cell->at, size) || may_be_code(job, bytes + cell->at, size))
			out[row] = odd_value(found, reader, job, row);
	}
	forget_missing(out + first, end - first, &reader->missing);
}

/* --- by threads --- */

/* Numbers and missing values are read by threads; a block in which something else stands is left to read_block. */
struct plain_reading {
	const struct ns_reader *reader;
	size_t jobs;
	bool *odd; /* per block */
};

static void read_plainly(void *context, size_t block, int worker)
{
	struct plain_reading *reading = context;
	size_t rows = reading->reader->batch.rows, first = block * BLOCK_ROWS, end = first + BLOCK_ROWS < rows ? first + BLOCK_ROWS : rows;
	(void)worker;
	for (size_t j = 0; j < reading->jobs && !reading->odd[block]; j++) {
		const struct ns_number_job *job = &reading->reader->jobs[j];
		const struct ns_cell *cell = job->cells + first * job->stride;
		bool odd = false;
		for (size_t row = first; row < end && !odd; row++, cell += job->stride) {
			double *out = &job->out[row];
			const char *bytes = job->bytes + cell->at;
			size_t size = cell->size & NS_CELL_SIZE;
			if (cell->at + (uint64_t)8 <= job->limit && small_integer(out, bytes, size) && !may_be_code(job, bytes, size))
				continue;
			*out = NAN;
			odd = contradicts(out, job, row, &reading->reader->missing);
		}
		forget_missing(job->out + first, end - first, &reading->reader->missing);
		reading->odd[block] = odd;
	}
}

/* odd[block]: the block is still to be read. */
static void read_by_threads(bool *odd, const struct ns_reader *reader, size_t jobs, size_t blocks)
{
	struct plain_reading reading = {reader, jobs, odd};
	if (reader->options->threads > 1 && jobs * reader->batch.rows >= THREADED_MIN)
		ns_parallel(reader->options->threads, blocks, read_plainly, &reading);
	else
		memset(odd, true, blocks * sizeof *odd);
}

static int settle(struct ns_reader *reader, const struct contradiction *found, struct ns_err *err)
{
	if (!found->job)
		return NS_OK;
	if (reader->options->on_error == NS_ON_ERROR_STOP)
		return fail_value(reader, found, true, err);
	bool skip = reader->options->on_error == NS_ON_ERROR_SKIP;
	struct ns_err *first = skip ? &reader->first_set_aside : &reader->first_missing;
	if (!*first->text)
		fail_value(reader, found, false, first);
	return NS_OK;
}

/* --- text --- */

static int fail_size(const struct ns_reader *reader, const struct ns_column *column, struct ns_err *err)
{
	return ns_fail(err, NS_EDATA, "%s: column '%s': too much text: at most 1 GiB in a value and 4 GiB in a batch",
		reader->batch.source ? reader->batch.source : reader->header.source, column->name);
}

/* Arrow's text as cells over the array's own bytes. */
static int cells_of_text(struct ns_cell *cells, const struct ns_arrow_array *array)
{
	const int32_t *narrow = array->values;
	const int64_t *wide = array->values;
	bool is_wide = array->type.id == NS_ARROW_LARGE_UTF8;
	for (size_t row = 0; row < array->rows; row++) {
		if (ns_arrow_is_null(array, row)) {
			cells[row] = (struct ns_cell){0, NS_CELL_MISSING};
			continue;
		}
		int64_t at = is_wide ? wide[row] : narrow[row], end = is_wide ? wide[row + 1] : narrow[row + 1];
		if (end > UINT32_MAX || end - at > NS_CELL_SIZE)
			return -1;
		cells[row] = (struct ns_cell){(uint32_t)at, (uint32_t)(end - at)};
	}
	return 0;
}

/* Any other array's values, written out. */
static int cells_of_values(struct ns_cell *cells, struct ns_buffer *out, const struct ns_arrow_array *array)
{
	out->size = 0;
	for (size_t row = 0; row < array->rows; row++) {
		size_t at = out->size;
		if (ns_arrow_print(out, array, row) || out->size - at > NS_CELL_SIZE)
			return -1;
		uint32_t missing = ns_arrow_is_null(array, row) ? NS_CELL_MISSING : 0;
		cells[row] = (struct ns_cell){(uint32_t)at, (uint32_t)(out->size - at) | missing};
	}
	return 0;
}

/* The column's cells in the reader's own memory, so that they may be marked. */
static int make_cells(struct ns_column *column, struct ns_reader *reader, size_t i, struct ns_err *err)
{
	struct ns_reader_column *own = &reader->columns[i];
	struct ns_cell *cells = room_for_cells(own, reader->batch.rows);
	const struct ns_arrow_array *array = column->array;
	if (!array) {
		for (size_t row = 0; row < reader->batch.rows; row++)
			cells[row] = column->cells[row * column->stride];
	} else if (ns_arrow_is_text(&array->type)) {
		if (cells_of_text(cells, array))
			return fail_size(reader, column, err);
		column->bytes = array->data;
	} else {
		if (cells_of_values(cells, &own->text, array))
			return fail_size(reader, column, err);
		column->bytes = own->text.data;
	}
	column->cells = cells;
	column->stride = 1;
	return NS_OK;
}

static int convert_text(struct ns_column *column, struct ns_reader *reader, size_t i, struct ns_err *err)
{
	NS_TRY(make_cells(column, reader, i, err));
	struct ns_cell *cells = reader->columns[i].cells;
	const struct ns_missing *missing = &reader->missing;
	for (size_t row = 0; row < reader->batch.rows; row++) {
		uint32_t size = cells[row].size & NS_CELL_SIZE;
		if (missing->given ? ns_missing_word(missing, size ? column->bytes + cells[row].at : "", size) : size == 0)
			cells[row].size |= NS_CELL_MISSING;
	}
	return NS_OK;
}

/* --- a batch --- */

/* Where the readable bytes end, as far as these cells show. */
static size_t extent(const struct ns_number_job *job, size_t rows)
{
	struct ns_cell last = rows ? job->cells[(rows - 1) * job->stride] : (struct ns_cell){0};
	return (size_t)last.at + (last.size & NS_CELL_SIZE);
}

/* Doubles of which none is missing are what is wanted already; NULL: they are not such. */
static const double *as_they_are(const struct ns_arrow_array *array, const struct ns_missing *missing)
{
	bool same = array && array->type.id == NS_ARROW_FLOAT && array->type.width == 64 && !array->validity && missing->numbers_count == 0;
	return same ? array->values : NULL;
}

/* Makes a job of a column that is read from text; Arrow's numbers are there at once. */
static int start_numbers(size_t *count, struct ns_column *column, struct ns_reader *reader, size_t i, struct ns_err *err)
{
	size_t rows = reader->batch.rows;
	column->numbers = as_they_are(column->array, &reader->missing);
	if (column->numbers)
		return NS_OK;
	double *out = room_for_numbers(&reader->columns[i], rows);
	column->numbers = out;
	if (column->array && ns_arrow_numbers(out, column->array)) {
		forget_missing(out, rows, &reader->missing);
		return NS_OK;
	}
	struct ns_column text = *column;
	if (column->array)
		NS_TRY(make_cells(&text, reader, i, err));
	struct ns_number_job *job = &reader->jobs[(*count)++];
	*job = (struct ns_number_job){i, text.bytes, text.cells, text.stride, 0, out, reader->columns[i].inferred && !reader->judge};
	job->limit = column->array ? column->array->data_size : extent(job, rows);
	return NS_OK;
}

int ns_reader_convert(struct ns_reader *reader, struct ns_err *err)
{
	struct ns_table *batch = &reader->batch;
	size_t count = 0;
	reader->jobs = NS_NEW_ARRAY(&reader->batch_arena, struct ns_number_job, batch->width);
	for (size_t i = 0; i < batch->width; i++) {
		enum ns_type wanted = reader->columns[i].wanted;
		if (wanted == NS_NUMBER)
			NS_TRY(start_numbers(&count, &batch->columns[i], reader, i, err));
		else if (wanted == NS_TEXT)
			NS_TRY(convert_text(&batch->columns[i], reader, i, err));
	}
	size_t blocks = (batch->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
	bool *odd = NS_NEW_ARRAY(&reader->batch_arena, bool, blocks);
	read_by_threads(odd, reader, count, blocks);
	for (size_t block = 0; block < blocks; block++) {
		size_t first = block * BLOCK_ROWS, end = first + BLOCK_ROWS < batch->rows ? first + BLOCK_ROWS : batch->rows;
		struct contradiction found = {0};
		for (size_t j = 0; j < count && odd[block]; j++)
			read_block(&found, reader, &reader->jobs[j], first, end);
		NS_TRY(settle(reader, &found, err));
	}
	return NS_OK;
}
