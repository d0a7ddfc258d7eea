/*
 * names: a set of names, each with its position among them in bytewise order.
 */
#ifndef NS_STAGE_NAMES_H
#define NS_STAGE_NAMES_H

#include <stddef.h>

struct ns_names {
	const char **items;
	size_t count;
};

/* Of these, which may come more than once; the array becomes the set's. */
void ns_names_init(struct ns_names *names, const char **items, size_t count);
/* Position, or -1. */
ptrdiff_t ns_names_find(const struct ns_names *names, const char *name);

#endif
