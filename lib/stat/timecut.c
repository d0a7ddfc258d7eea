#include "stat/timecut.h"

#include <math.h>
#include <string.h>

#include "stat/quantile.h"

/* Each row's place in time: the number, or the rank among the column's texts. */
static int read_times(double *times, const struct ns_series *series, size_t rows, struct ns_err *err)
{
	for (size_t row = 0; row < rows; row++) {
		if (series->numbers)
			times[row] = series->numbers[row];
		else
			times[row] = series->codes[row] == NS_CODE_MISSING ? NAN : series->codes[row];
		if (isnan(times[row]))
			return ns_fail(err, NS_EDATA, "column '%s': the time of row %zu is missing (leave such rows out)", series->name, row + 1);
	}
	return NS_OK;
}

int ns_timecut_find(struct ns_timecut *cut, struct ns_reader *reader, const char *name, double share, struct ns_arena *arena,
	struct ns_err *err)
{
	const struct ns_table *header = ns_reader_header(reader);
	struct ns_frame frame;
	bool *marks = NS_NEW_ARRAY(arena, bool, header->width);
	NS_TRY(ns_table_require(&cut->column, header, name, err));
	NS_TRY(ns_reader_want(reader, cut->column, NS_UNDECIDED, err));
	marks[cut->column] = true;
	NS_TRY(ns_frame_read(&frame, reader, marks, arena, err));
	const struct ns_series *series = &frame.series[0];
	double *times = NS_NEW_ARRAY(arena, double, frame.rows + 1);
	NS_TRY(read_times(times, series, frame.rows, err));
	size_t latest = (size_t)((double)frame.rows * share + 0.5);
	*cut = (struct ns_timecut){.column = cut->column, .number = -INFINITY};
	if (latest < frame.rows) {
		cut->number = ns_order_statistic(times, frame.rows, frame.rows - latest - 1);
		cut->text = series->codes ? series->values[(size_t)cut->number] : NULL;
	}
	return ns_reader_rewind(reader, err);
}

bool ns_timecut_is_later(const struct ns_timecut *cut, const struct ns_table *batch, size_t row)
{
	const struct ns_column *column = &batch->columns[cut->column];
	if (column->numbers)
		return column->numbers[row] > cut->number;
	if (!cut->text)
		return true;
	struct ns_span text = ns_column_text(column, row);
	size_t size = strlen(cut->text), least = text.size < size ? text.size : size;
	int order = memcmp(text.data, cut->text, least);
	return order > 0 || (order == 0 && text.size > size);
}
