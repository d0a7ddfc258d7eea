/*
 * donors_parts: what the files of donors share among themselves. Nobody else includes it.
 *
 * donors.c lays the donors out, donors_find.c has the queries and their lists, donors_scan.c the loops that pick out who may belong
 * in them.
 */
#ifndef NS_NEAR_DONORS_PARTS_H
#define NS_NEAR_DONORS_PARTS_H

#include "near/donors.h"

enum { NS_DONORS_TILE = 64 };

struct ns_donors_near {
	double apart;
	uint32_t row;
};

/* The nearest so far that have one feature. */
struct ns_donors_list {
	struct ns_donors_near *near; /* ascending; room for `room` */
	size_t count, room;
	uint32_t feature;
};

/* A row that asks, for all features that it has not or some of them. */
struct ns_seeker {
	const struct ns_donors *donors;
	size_t query;
	const double *values; /* of the row, all features */
	uint32_t *there;      /* the features that it has, ascending */
	size_t there_count;
	struct ns_donors_list *lists;
	size_t lists_count;
	double limit; /* a donor this far or farther belongs in no list */
};

/* How far apart the two are: exactly what donors.h says. */
double ns_seeker_apart(const struct ns_seeker *seeker, size_t row);
/* Donors first + i, where bit i of the mask is set, go where they belong. */
void ns_seeker_take(struct ns_seeker *seeker, uint64_t mask, size_t first);

/* The seeker meets donors first .. first + count; first is a multiple of NS_DONORS_TILE. */
void ns_donors_scan(struct ns_seeker *seeker, size_t first, size_t count);

#endif
