/*
 * fields: distinct names in the order in which they came, found by their bytes.
 *
 * Names come from outside, so the table they are found by is keyed (SipHash) and grows.
 */
#ifndef NS_TABLE_FIELDS_H
#define NS_TABLE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define NS_FIELDS_NONE SIZE_MAX

struct ns_field {
	const char *name; /* NUL-terminated, owned */
	size_t size;
};

struct ns_fields {
	struct ns_field *items; /* count of them */
	size_t count, capacity;
	uint32_t *slots;        /* item + 1; 0: free. An open-addressing table */
	size_t mask;            /* slots less 1 */
};

/* Zeroed = empty. */
void ns_fields_release(struct ns_fields *fields);
size_t ns_fields_find(const struct ns_fields *fields, const char *name, size_t size); /* or NS_FIELDS_NONE */
/* Where it is; *added: it is new. At most 2^31 names. */
size_t ns_fields_add(bool *added, struct ns_fields *fields, const char *name, size_t size);

#endif
