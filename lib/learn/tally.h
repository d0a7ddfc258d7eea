/*
 * tally: a binned training set laid out so that the weights of all its entries are added up quickly, value by value and class by
 * class, again and again: what boosting does in every round.
 *
 * Entries stand class after class. Columns of few values share a byte: columns of s0, s1, s2, ... codes make one cell number
 * c0 + s0 * (c1 + s1 * (c2 + ...)) below 256, so that one addition per entry counts for all of them (30 columns of two and three
 * values are five additions), and each column's own sums come from those of the cells. A column of more codes stands alone, as
 * wide as it is; one of a single code asks nothing and is in no group.
 *
 * Weights are integers, so that their sums do not depend on the order they are added up in.
 */
#ifndef NS_LEARN_TALLY_H
#define NS_LEARN_TALLY_H

#include "learn/bins.h"

struct ns_tally_column {
	uint32_t codes;  /* of its values, and one more where some are missing */
	uint32_t group, stride;
	uint32_t *rows;  /* how many have this code or a lower one */
};

struct ns_tally_group {
	uint32_t first, count; /* its columns are members[first] ... */
	uint32_t size;         /* cells */
	uint8_t width;         /* bytes of a cell number: 1, 2 or 4; more than one only where a column stands alone */
	void *cells;           /* of each entry */
};

struct ns_tally {
	const struct ns_bins *bins;
	uint32_t *order;      /* entries of the bins, class after class */
	size_t *start;        /* classes + 1: where each class begins */
	double *class_weight; /* of all rows of each class, in the same unit */
	uint32_t *times;      /* rows of each entry; or their weight, where all weights are small whole numbers */
	double *row_weight;   /* of each entry's rows, scaled to below 1; NULL: times says it all */
	struct ns_tally_column *columns; /* features */
	struct ns_tally_group *groups;
	uint32_t *members;
	size_t group_count;
	size_t largest;  /* cells of a group */
};

/* Owned by the caller; the bins must outlive it. */
void ns_tally_init(struct ns_tally *tally, const struct ns_bins *bins, int threads);
void ns_tally_release(struct ns_tally *tally);

/*
 * weight[i]: of entry `start` + i, all its rows together, as an integer in units of 2^-61, if a row of weight 1 weighs single[i]; all
 * together at most 2. A row of weight 2 weighs what two rows do, to the last bit, and so do equal rows merged or not.
 * Returns their sum.
 */
int64_t ns_tally_weigh(int64_t *weight, const struct ns_tally *tally, const double *single, size_t start, size_t count);

/* sums[class * size + cell]: the weights of a group's entries; weight: of each entry in their order here. */
void ns_tally_add(int64_t *sums, const struct ns_tally *tally, size_t group, const int64_t *weight);

/*
 * A group's sums become those of its columns, last member first: column[class * codes + code] are those of member i, and sums keeps
 * those of the members before it. Returns column, or sums where i is the first, which needs no adding up.
 */
int64_t *ns_tally_peel(int64_t *column, int64_t *sums, const struct ns_tally *tally, size_t group, uint32_t i);

static inline uint32_t ns_tally_cell(const struct ns_tally_group *group, size_t entry)
{
	return group->width == 1 ? ((const uint8_t *)group->cells)[entry]
	     : group->width == 2 ? ((const uint16_t *)group->cells)[entry] : ((const uint32_t *)group->cells)[entry];
}

#endif
