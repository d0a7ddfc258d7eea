/*
 * ranking: areas under the ROC curve and the precision-recall curve (as average precision), from scores in falling order.
 *
 *	struct ns_areas areas = {0};
 *	for each distinct score, from the highest down: ns_areas_add(&areas, rows that have it, those of them that are positive);
 *	ns_areas_roc(&areas), ns_areas_pr(&areas)
 *
 * Counts are exact up to 2^32 rows.
 */
#ifndef NS_STAT_RANKING_H
#define NS_STAT_RANKING_H

#include <math.h>
#include <stdint.h>
#include <string.h>

struct ns_areas {
	uint64_t seen, hits;   /* rows so far, positive ones among them */
	uint64_t half_squares; /* pairs of a positive row above a negative one count 2, tied ones 1 */
	double precision;      /* sum over positive rows of the precision where they stand */
};

static inline void ns_areas_add(struct ns_areas *areas, uint64_t rows, uint64_t positive)
{
	areas->half_squares += (rows - positive) * (2 * areas->hits + positive);
	areas->hits += positive;
	areas->seen += rows;
	if (positive)
		areas->precision += (double)positive * ((double)areas->hits / (double)areas->seen);
}

/* NaN where one of the classes has no row. */
static inline double ns_areas_roc(const struct ns_areas *areas)
{
	uint64_t negatives = areas->seen - areas->hits;
	return negatives && areas->hits ? (double)areas->half_squares / (2.0 * (double)areas->hits * (double)negatives) : NAN;
}

/* NaN without a positive row. */
static inline double ns_areas_pr(const struct ns_areas *areas)
{
	return areas->hits ? areas->precision / (double)areas->hits : NAN;
}

/* A number in [0, 1] as an integer that sorts alike and leaves the two highest bits free. -0 is 0. */
static inline uint64_t ns_ranking_key(double probability)
{
	double p = probability + 0.0;
	uint64_t bits;
	memcpy(&bits, &p, sizeof bits);
	return bits;
}

#endif
