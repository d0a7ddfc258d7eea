/*
 * ranks: a model's thresholds, feature by feature, sorted and distinct; codes of values by them. For lib/model alone.
 *
 * code(x) = how many of the feature's thresholds are < x, so x <= threshold is exactly code(x) <= code(threshold). A missing value's code
 * is below or above all thresholds, for its nodes send it left or right; a feature of which some nodes send missing values left and
 * others right has two slots, each with the thresholds of its own nodes. Features that no node asks for have none.
 */
#ifndef NS_MODEL_RANKS_H
#define NS_MODEL_RANKS_H

#include "model/trees.h"

enum { NS_RANK_LANES = 8 };

struct ns_rank_slot {
	uint32_t feature;
	bool missing_left;        /* a missing value is below all thresholds, else above all */
	size_t first, count;      /* distinct thresholds, >= 1; how many the slots before have */
	size_t half;              /* the largest power of two <= count */
	const double *thresholds; /* ascending, filled up to 2 * half - 1 with INFINITY */
};

struct ns_ranks {
	size_t count, most, total;  /* slots; the most thresholds of one, and of all together */
	struct ns_rank_slot *slots; /* by feature */
	uint32_t *slot_of;          /* 2 * feature + missing_left -> slot */
	double *thresholds;         /* of all slots */
};

void ns_ranks_init(struct ns_ranks *ranks, const struct ns_trees *trees);
void ns_ranks_release(struct ns_ranks *ranks);

/* The slot of an inner node. */
static inline uint32_t ns_rank_slot_of(const struct ns_ranks *ranks, struct ns_node node)
{
	return ranks->slot_of[2 * (size_t)node.feature + node.missing_left];
}

/* Halves the table until it is one cell: no branch depends on the data. */
static inline size_t ns_rank_code(const struct ns_rank_slot *slot, double x)
{
	size_t code = 0;
	for (size_t half = slot->half; half; half >>= 1)
		code += slot->thresholds[code + half - 1] < x ? half : 0;
	return code;
}

/* Codes of NS_RANK_LANES values, whose searches overlap. A missing value is not < and not >= anything: its code is 0 or 2 * half - 1. */
static inline void ns_rank_codes(uint32_t *restrict codes, const struct ns_rank_slot *slot, const double *restrict x)
{
	uint32_t at[NS_RANK_LANES] = {0};
	const double *thresholds = slot->thresholds;
	for (uint32_t half = (uint32_t)slot->half; half && slot->missing_left; half >>= 1)
		for (int lane = 0; lane < NS_RANK_LANES; lane++)
			at[lane] += thresholds[at[lane] + half - 1] < x[lane] ? half : 0;
	for (uint32_t half = (uint32_t)slot->half; half && !slot->missing_left; half >>= 1)
		for (int lane = 0; lane < NS_RANK_LANES; lane++)
			at[lane] += thresholds[at[lane] + half - 1] >= x[lane] ? 0 : half;
	for (int lane = 0; lane < NS_RANK_LANES; lane++)
		codes[lane] = at[lane];
}

#endif
