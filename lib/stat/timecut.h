/*
 * timecut: the time that parts the latest share of a table's rows from the rest.
 *
 * Times are numbers, or text that sorts as it stands (ISO 8601). Rows at the cut stay together, on the earlier side.
 */
#ifndef NS_STAT_TIMECUT_H
#define NS_STAT_TIMECUT_H

#include "table/stream.h"

struct ns_timecut {
	size_t column;
	bool all;         /* every row is in the latest share */
	double number;    /* rows later than this are in it */
	const char *text; /* likewise, where the column is text */
};

/*
 * The share is that of rows, rounded to the nearest count. Reads the reader to its end and rewinds it (opened with `again`);
 * wants the column. A missing time is NS_EDATA with its place.
 */
int ns_timecut_find(struct ns_timecut *cut, struct ns_reader *reader, const char *name, double share, struct ns_arena *arena,
	struct ns_err *err);
bool ns_timecut_is_later(const struct ns_timecut *cut, const struct ns_table *batch, size_t row);

#endif
