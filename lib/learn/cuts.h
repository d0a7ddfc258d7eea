/*
 * cuts: many values of one feature into groups of about equal numbers of rows, without sorting them.
 *
 * A sample lays out some ten thousand buckets, fine where values are many; rows are counted in them, exactly; only what lies in a bucket
 * in which a group ends is sorted. So the groups are those that sorting all values gives (ns_group_end), whatever the sample was.
 */
#ifndef NS_LEARN_CUTS_H
#define NS_LEARN_CUTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NS_CUTS_MAX = 256 };

struct ns_cuts {
	double lowest[NS_CUTS_MAX + 1], highest[NS_CUTS_MAX]; /* of each group; a value more, that is nobody's */
	uint32_t count;
	bool missing; /* some value is */
};

/* Rows that come before the end of group `group` of max_bins, were all groups of equal size. */
static inline size_t ns_group_end(size_t rows, uint32_t max_bins, size_t group)
{
	return (size_t)(((uint64_t)rows * (group + 1) + max_bins - 1) / max_bins);
}

/*
 * The groups and each row's code, missing values' being the number of groups. The value that holds the last row of a group, were they
 * all of equal size, ends the group; one that holds the last rows of several is a group of its own. x has more than max_bins distinct values;
 * 2 <= max_bins <= 256, or 255 where values may be missing. False, and nothing is done, for values that no sample of some thousand
 * describes: the caller sorts them.
 */
bool ns_cuts_find(uint8_t *codes, struct ns_cuts *cuts, const double *x, size_t rows, uint32_t max_bins);

/* The bits of a double as an integer that orders as the numbers do; -0 becomes 0 first. Not for NaN. */
uint64_t ns_ordered(double value);
double ns_from_ordered(uint64_t key);

#endif
