/*
 * infer_schema: a first schema, from all rows of a table. It accepts the table it was made from, is made to be read by a person,
 * and says by comments why a column is what it is. The rules, in this order, for each column but those whose names begin with ns:
 * (n counts values that are there):
 *
 *	type      as the reader infers it (stream.h), from all rows: integer where all are integers and none is written with a point or
 *	          exponent, number, text; open where there is no value at all
 *	target    the one that was named
 *	time      text: 95 % are ISO 8601; numbers: all look like seconds, milli-, micro- or nanoseconds since 1970 (1980 to 2100), and the name says
 *	          time, date, epoch, or ends in _at or ts, or they never decrease over n >= 50 rows
 *	id        text: more than 95 % of n >= 50 are distinct; integers: likewise, and they are in strict order, without gaps to
 *	          speak of (range below 2 n), or all of the same 6 or more digits; both: all are distinct, and the name is id, _id, uuid, guid, or ends
 *	          in _id or Id. unique where all are distinct. Other nearly distinct integers stay, with a remark: they may be measures
 *	drop      no value at all; one value, none missing, n >= 10; text: more than 100 distinct, or more than half of n >= 10
 *	feature   all others
 *
 *	missing   where a value was missing; always true of what is dropped. Not required are id, time and drop columns: predicting needs none of them
 *	values    of the target (at most 256); of integers and text with at most 20 values each of which came five times or more (so that a new one is
 *	          unlikely), text from 100 rows on. strict: of all with at most 20
 *	range     strict: of all other numbers. Otherwise the range seen is a comment: new data may go beyond it
 *	positive  is not guessed
 */
#ifndef NS_STAT_INFER_SCHEMA_H
#define NS_STAT_INFER_SCHEMA_H

#include "table/stream.h"

/*
 * Appends the schema as YAML. target may be NULL. Reads the reader (opened with `again`, nothing read) to its end twice. No rows,
 * and a target that is no column, are NS_EDATA.
 */
int ns_infer_schema(struct ns_buffer *out, struct ns_reader *reader, const char *target, bool strict, struct ns_arena *arena,
	struct ns_err *err);

#endif
