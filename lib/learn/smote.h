/*
 * smote: synthetic rows for classes that have too few (Chawla, Bowyer, Hall & Kegelmeyer, "SMOTE: Synthetic Minority
 * Over-sampling Technique", 2002), as imbalanced-learn 0.10 does it.
 *
 * A synthetic row of a class stands between a row of that class, drawn with replacement, and one of that row's k nearest
 * neighbours in the class, drawn likewise: x + u * (neighbour - x), with one u in [0, 1) for all features. No value leaves the
 * span of the two.
 *
 * The draw depends on the multiset of rows, the seed and the class: rows are put in a canonical order first, so it is the same
 * however the table is sorted and whatever the number of threads. Of neighbours that are equally near the first in that order are
 * taken, and no row is its own neighbour, where imbalanced-learn's may be when others are equal to it.
 */
#ifndef NS_LEARN_SMOTE_H
#define NS_LEARN_SMOTE_H

#include "learn/drawn.h"
#include "near/points.h"

/* Draws count > 0 rows of a class that has more than k. 16 bytes a row in the arena. */
void ns_smote_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count, size_t k,
	struct ns_arena *arena);

/* --- for methods that differ in what they draw from, or by what measure --- */

struct ns_smote_pool {
	const uint32_t *rows;         /* that may be neighbours: the points' rows, in canonical order */
	const uint32_t *bases;        /* that may be begun at: points, ascending; NULL: all */
	size_t bases_count;
	const struct ns_points *points;
	const double *const *x;       /* the table's columns as the points have them */
	size_t k;                     /* fewer than there are points */
};

/* The neighbours of the bases that were drawn. */
struct ns_smote_around {
	size_t asked, k;
	const uint32_t *base;    /* asked: the row */
	const uint32_t *nearest; /* asked * k: the rows around it, the nearest first */
	const uint32_t *which;   /* of each drawn row: its base among those asked */
};

/* Draws count > 0 rows from the pool: base, neighbor and gap. Those go into the arena, `around` into scratch. */
void ns_smote_pick(struct ns_drawn *drawn, struct ns_smote_around *around, const struct ns_smote_pool *pool,
	const struct ns_training *training, uint32_t class, size_t count, struct ns_arena *arena, struct ns_arena *scratch);

#endif
