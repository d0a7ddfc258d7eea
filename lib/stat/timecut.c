#include "stat/timecut.h"

#include <math.h>
#include <string.h>

#include "stat/quantile.h"
#include "table/frame.h"

struct times {
	struct ns_reader *reader;
	size_t column;
};

/* The next batch, in which no time may be missing. */
static int next_times(struct ns_table **batch, void *source, struct ns_err *err)
{
	const struct times *times = source;
	NS_TRY(ns_reader_next(batch, times->reader, err));
	const struct ns_column *column = &(*batch)->columns[times->column];
	for (size_t row = 0; row < (*batch)->rows; row++)
		if (column->numbers ? isnan(column->numbers[row]) : !ns_column_text(column, row).data)
			return ns_fail(err, NS_EDATA, "%s: column '%s': the time is missing (leave such rows out)",
				ns_table_where(*batch, row, ns_reader_batch_arena(times->reader)), column->name);
	return NS_OK;
}

static int read_times(struct ns_frame *frame, struct ns_reader *reader, size_t column, struct ns_arena *arena, struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width);
	marks[column] = true;
	return ns_frame_collect(frame, header, marks, next_times, &(struct times){reader, column}, arena, err);
}

int ns_timecut_find(struct ns_timecut *cut, struct ns_reader *reader, const char *name, double share, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_frame frame;
	*cut = (struct ns_timecut){.number = -(double)INFINITY, .all = true};
	NS_TRY(ns_table_require(&cut->column, ns_reader_header(reader), name, err));
	NS_TRY(ns_reader_want(reader, cut->column, NS_UNDECIDED, err));
	NS_TRY(read_times(&frame, reader, cut->column, arena, err));
	const struct ns_series *series = &frame.series[0];
	size_t latest = (size_t)((double)frame.rows * share + 0.5);
	if (latest < frame.rows) {
		double *times = NS_NEW_ARRAY(arena, double, frame.rows); /* the numbers, or ranks among the column's texts */
		for (size_t row = 0; row < frame.rows; row++)
			times[row] = series->numbers ? series->numbers[row] : series->codes[row];
		cut->all = false;
		cut->number = ns_order_statistic(times, frame.rows, frame.rows - latest - 1);
		cut->text = series->codes ? series->values[(size_t)cut->number] : NULL;
	}
	return ns_reader_rewind(reader, err);
}

bool ns_timecut_is_later(const struct ns_timecut *cut, const struct ns_table *batch, size_t row)
{
	const struct ns_column *column = &batch->columns[cut->column];
	if (cut->all)
		return true;
	if (column->numbers)
		return column->numbers[row] > cut->number;
	struct ns_span text = ns_column_text(column, row);
	size_t size = strlen(cut->text), least = text.size < size ? text.size : size;
	int order = memcmp(text.data, cut->text, least);
	return order > 0 || (order == 0 && text.size > size);
}
