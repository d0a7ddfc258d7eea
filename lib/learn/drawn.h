/*
 * drawn: synthetic rows of one class, as what they are made of: rows of the training table, and what is between them.
 *
 * Methods draw them (smote, borderline, mixed, oversample); values are made when they are needed, a batch at a time.
 *
 * A value of row i and feature f is
 *
 *	x[f][source[f][i]]                                     where source[f] is there: as it stands in the table
 *	x[f][base[i]] + spread[f] * e                          where spread is there: e standard normal, of its own for each value
 *	x[f][base[i]] + gap[i] * (x[f][neighbor[i]] - x[f][base[i]])      else; never outside the span of the two
 */
#ifndef NS_LEARN_DRAWN_H
#define NS_LEARN_DRAWN_H

#include "learn/learner.h"
#include "stat/levels.h"

struct ns_drawn {
	uint32_t class;
	size_t count;
	const uint32_t *base;           /* the row that each begins at */
	const uint32_t *neighbor;       /* the row towards which it goes; NULL: none */
	const double *gap;              /* how far, in [0, 1) */
	const double *spread;           /* per feature; NULL: none */
	const uint32_t *const *source;  /* per feature, NULL where the value is drawn; NULL: all are */
	/* ns_drawn_gather: the rows that base and neighbor name, close together, and where there; NULL: not gathered */
	const double *const *near;
	const uint32_t *near_base, *near_neighbor;
};

/*
 * Where few rows are drawn from for many, their values are put side by side, so that they stay in the cache: for ns_drawn_values,
 * which gives the same ones. Rows drawn from * features * 8 bytes in the arena, at most half of what the drawn rows have.
 */
void ns_drawn_gather(struct ns_drawn *drawn, const struct ns_training *training, struct ns_arena *arena);

/*
 * out[f][i] = feature f of the drawn row from + i, for `count` of them. rounding (NULL: none): per feature the levels to which
 * drawn values go, NULL where they stay.
 */
void ns_drawn_values(double *const *out, const struct ns_drawn *drawn, const struct ns_training *training,
	const struct ns_levels *const *rounding, size_t from, size_t count);

/* A class's rows in the canonical order (canonical.h). Returns how many there are; rows has room for all of the table's. */
size_t ns_drawn_class(uint32_t *rows, const struct ns_training *training, uint32_t class);

/* The standard deviation (population) of a feature over these rows: the same bits in any order. */
double ns_drawn_deviation(const double *x, const uint32_t *rows, size_t count);

#endif
