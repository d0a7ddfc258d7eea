/*
 * masks: the codes of a row as bits of one word, where they fit.
 *
 * A feature of n codes has n - 1 bits: bit i says whether the code is above i (a thermometer); and one more where values are missing,
 * which says so and leaves the others 0. Two masked additions of bytes then count a row for all thresholds of all features
 * at once, separately by class.
 */
#ifndef NS_LEARN_MASKS_H
#define NS_LEARN_MASKS_H

#include "learn/bins.h"

/* An entry of bins in a node; one that was drawn more than 255 times is several items, of which the last alone has less, maybe 0. */
struct ns_item {
	uint32_t entry;
	uint32_t what; /* class << 8 | rows drawn */
};
enum { NS_ITEM_DRAWN = 255, NS_ITEM_CLASSES = 1 << 24 };
static inline uint32_t ns_item_class(struct ns_item item) { return item.what >> 8; }
static inline uint32_t ns_item_drawn(struct ns_item item) { return item.what & NS_ITEM_DRAWN; }

enum { NS_MASK_BITS = 64 };

struct ns_masks {
	uint64_t *of_entry;
	uint8_t *first;               /* bit of each feature */
	uint32_t bits;
	uint32_t all[NS_MASK_BITS];   /* rows drawn of the items counted last that have the bit */
	uint32_t ones[NS_MASK_BITS];  /* of class 1 among them */
};

/* False, and nothing to release, where the codes do not fit or there are more than two classes. */
bool ns_masks_init(struct ns_masks *masks, const struct ns_bins *bins);
void ns_masks_release(struct ns_masks *masks);

/* Fills all and ones. The same on every processor (cpu.h). */
void ns_masks_count(struct ns_masks *masks, const struct ns_item *items, const uint64_t *of_item, size_t count);

#endif
