/*
 * active: which rows of a block are not yet at a leaf. For lib/model alone.
 */
#ifndef NS_MODEL_ACTIVE_H
#define NS_MODEL_ACTIVE_H

#include <stddef.h>
#include <stdint.h>

enum { NS_ACTIVE_MORE = 16 };

/* The numbers of those of `rows` rows whose `at` is not below `leaves`: how many there are. active: place for rows + NS_ACTIVE_MORE. */
size_t ns_active_find(uint32_t *active, const uint32_t *at, size_t rows, uint32_t leaves);

#endif
