/*
 * borderline: SMOTE from the rows at a class's border only (Han, Wang & Mao, "Borderline-SMOTE: A New Over-Sampling Method in
 * Imbalanced Data Sets Learning", 2005), as imbalanced-learn does it.
 *
 * Of a row's m nearest among all rows, itself left out, m' are of other classes. The row is
 *
 *	safe       2 m' < m
 *	in danger  m <= 2 m' < 2 m     synthetic rows begin at these
 *	noise      m' = m
 *
 * borderline-1: they go towards one of the row's k nearest in the class, as SMOTE's.
 * borderline-2: towards one of the k nearest among all rows, and where that is of another class at most half the way: u in
 * [0, 0.5). So does imbalanced-learn since 0.12; what 0.10 took for neighbours there were rows of other classes that had
 * nothing to do with the row.
 *
 * Equal distances, and on what the draw depends: as smote.h says.
 */
#ifndef NS_LEARN_BORDERLINE_H
#define NS_LEARN_BORDERLINE_H

#include "learn/smote.h"

enum ns_borderline { NS_SAFE, NS_IN_DANGER, NS_NOISE };

/* What each of the class's rows is, one each in the canonical order of the class; rows: the class's rows in it. There are more than m rows. */
void ns_borderline_find(enum ns_borderline *what, uint32_t *rows, const struct ns_training *training, uint32_t class, size_t m);

struct ns_borderline_params {
	size_t k, m;  /* the class has more rows than k, the table more than m */
	bool outside; /* borderline-2 */
};
/* Draws count > 0 rows; none, and false, where no row of the class is in danger. */
bool ns_borderline_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count,
	const struct ns_borderline_params *params, struct ns_arena *arena);

#endif
