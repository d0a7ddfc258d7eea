/*
 * after: what of a collection comes behind an _id in the server's order, as a filter.
 *
 * $gt and $gte compare only within a type, and the types have an order among themselves (BSON's: MinKey, null, numbers, symbols and
 * strings, objects, binary, ObjectId, bool, date, timestamp, regex, ..., MaxKey), so the filter is what is not earlier within the
 * type of the last one, or of a later type.
 */
#ifndef NS_NET_FIND_AFTER_H
#define NS_NET_FIND_AFTER_H

#include <stdbool.h>

struct _bson_t;

/*
 * Appends {_id: ...} conditions to `filter`: everything from `last` ({_id: VALUE}) on, itself included, since then a second
 * document with the same _id (of a view) shows. common: only the types that every server knows; others do not name them.
 */
void ns_find_after(struct _bson_t *filter, const struct _bson_t *last, bool common);

#endif
