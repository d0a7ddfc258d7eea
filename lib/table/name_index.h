/*
 * name_index: distinct names in the order in which they came, found by their bytes.
 *
 * Names come from outside, so the table that they are found by is by SipHash, and grows.
 */
#ifndef NS_TABLE_NAME_INDEX_H
#define NS_TABLE_NAME_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define NS_NAME_NONE SIZE_MAX

struct ns_indexed_name {
	const char *name; /* NUL-terminated, owned */
	size_t size;
};

struct ns_name_index {
	struct ns_indexed_name *items; /* count of them */
	size_t count, capacity;
	uint32_t *slots; /* item + 1; 0: free. An open-addressing table */
	size_t mask;     /* slots less 1 */
};

/* Zeroed = empty. */
void ns_name_index_release(struct ns_name_index *index);
size_t ns_name_index_find(const struct ns_name_index *index, const char *name, size_t size); /* or NS_NAME_NONE */
/* Where it is; *added: it is new. At most 2^31 names. */
size_t ns_name_index_add(bool *added, struct ns_name_index *index, const char *name, size_t size);

#endif
