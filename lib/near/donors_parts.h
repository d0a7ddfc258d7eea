/*
 * donors_parts: what the files of donors share among themselves. Nobody else includes it.
 *
 * donors.c lays the donors out, donors_find.c has the queries and their lists, donors_scan.c the loops that pick out who may belong
 * in them. Donors stand in tiles of 64 rows, the last one filled up with rows that have no value. In a tile
 *
 *	bits     for each word of 32 features: which of them the rows have, 64 words; then in each of `planes` planes, 64 words each,
 *	         which values are at least so many units above the feature's lowest
 *	has      for each feature a bit for each row that has it
 *	singles  for each feature 64 values: (value - center) * scale, single precision; NaN = missing
 *
 * Planes: |a - b|^2 of levels that are d apart is 1 + 3 + ... + (2d - 1), so it is what the words add up to in which at least 1,
 * 2, ... of the planes differ; sums and the common features are whole numbers, and their ratio in single precision is equal for
 * equal ratios alone. Singles: a distance that is worked out with them is off by no more than ns_seeker_single_limit allows.
 */
#ifndef NS_NEAR_DONORS_PARTS_H
#define NS_NEAR_DONORS_PARTS_H

#include "near/donors.h"

enum { NS_DONORS_TILE = 64, NS_DONORS_PLANES_MAX = 4 };

struct ns_donors_near {
	double apart;
	uint32_t row;
};

/* The nearest so far that have one feature. */
struct ns_donors_list {
	struct ns_donors_near *near; /* ascending; room for `room` */
	size_t count, room;
	uint32_t feature;
	double limit;                /* a donor this far or farther does not belong */
};

/* How a seeker is measured from the donors. */
enum ns_seeker_way {
	NS_SEEK_BITS,    /* exactly, in squared units; its values are levels of the donors' */
	NS_SEEK_SINGLES, /* nearly */
	NS_SEEK_ALL      /* not at all: everybody may belong in the lists */
};

/* A row that asks, for all features that it has not or some of them. */
struct ns_seeker {
	const struct ns_donors *donors;
	size_t query;
	enum ns_seeker_way way;
	double *values;    /* of the row, all features */
	uint32_t *there;   /* the features that it has, ascending */
	float *singles;    /* their values as the donors' */
	size_t there_count;
	uint32_t *bits;    /* as a donor's: words * (planes + 1) */
	double norm;       /* of the singles */
	struct ns_donors_list *lists;
	size_t lists_count;
	double limit;      /* the largest of the lists' */
};

/* Values and room for all else are there: lays them out. */
void ns_seeker_init(struct ns_seeker *seeker);

/* How far apart the two are: exactly what donors.h says. */
double ns_seeker_apart(const struct ns_seeker *seeker, size_t row);
/* The same where single precision has said it, in squared units. */
double ns_seeker_exactly(const struct ns_seeker *seeker, size_t row, double apart);

/* What is less than this in single precision may be less than the limit. */
float ns_seeker_single_limit(const struct ns_seeker *seeker);

/*
 * Donors first + i, where bit i of the mask is set, go where they belong; apart (NULL: to be worked out): how far each is, in
 * squared units.
 */
void ns_seeker_take(struct ns_seeker *seeker, uint64_t mask, size_t first, const float *apart);

/* The seeker meets donors first .. first + count; first is a multiple of NS_DONORS_TILE. */
void ns_donors_scan(struct ns_seeker *seeker, size_t first, size_t count);

#endif
