/*
 * after: what of a collection comes behind an _id in the server's order, as a filter.
 *
 * $lt compares only within a type, and the types have an order among themselves (BSON's: MinKey, null, NaN, numbers, strings,
 * objects, binary, ObjectId, bool, date, timestamp, ..., MaxKey). So the filter is what is not less than the last one and not
 * of an earlier type. Types that some servers do not know are not named in it, since that would be an error there: what such a
 * filter lets through that comes before the last one, is known by its rank.
 */
#ifndef NS_NET_FIND_AFTER_H
#define NS_NET_FIND_AFTER_H

#include <stdbool.h>

struct _bson_t;

/* Appends the conditions to `filter`, for `last`: {_id: VALUE}, itself included: a second document with the same _id shows then. */
void ns_find_after(struct _bson_t *filter, const struct _bson_t *last);

/* Where the type of a document's _id stands in the order; -1: it has none. */
int ns_find_rank(const struct _bson_t *document);

#endif
