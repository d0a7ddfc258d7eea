/*
 * encode_folds: the folds of target encoding, and how rows that come again are known for those it was learnt from.
 *
 * A row's fold is a keyed hash of its number. Since that leaves classes spread a little unevenly, some rows, about the square root
 * of all, are moved: each class then has the same number of rows in every fold, and each fold the same number of rows, give or take
 * one. Seed, number of folds and the moved rows are all that is stored, and whoever counts the rows knows the fold of each without
 * its label.
 *
 * A trail is what those rows were: their number, and a digest of the categories that they had, in their order, in every column that
 * is encoded by the target.
 */
#ifndef NS_STAGE_ENCODE_FOLDS_H
#define NS_STAGE_ENCODE_FOLDS_H

#include "base/random.h"
#include "stage/stage.h"

enum { NS_ENCODE_FOLDS_MAX = 100 };

struct ns_encode_moved {
	uint32_t row; /* from 0, ascending */
	uint8_t fold; /* from 0 */
};

struct ns_encode_folds {
	uint64_t seed;
	uint32_t count; /* 2 to NS_ENCODE_FOLDS_MAX */
	size_t rows;
	const struct ns_encode_moved *moved;
	size_t moved_count;
};

/* Chooses the moved rows; folds has seed, count and rows already. y[row] is a row's class. */
void ns_encode_folds_draw(struct ns_encode_folds *folds, const uint32_t *y, uint32_t classes, struct ns_arena *arena);
/* The folds of rows [first, first + count), within folds->rows. *next: the first moved row that is not before `first`. */
void ns_encode_folds_of(uint8_t *fold, const struct ns_encode_folds *folds, size_t first, size_t count, size_t *next);

/* As metadata of a stage: ns:folds, ns:seed, ns:rows and ns:moved ("17:3 904:1": row and fold, from 1). */
void ns_encode_folds_put(struct ns_metadata *metadata, const struct ns_encode_folds *folds, struct ns_arena *arena);
int ns_encode_folds_get(struct ns_encode_folds *folds, const struct ns_stage *stage, struct ns_arena *arena, struct ns_err *err);

struct ns_encode_trail {
	size_t rows;
	struct ns_hasher *columns;
	size_t count;
};

/* Where *trail is zeroes, or anywhere: at the first row again. */
void ns_encode_trail_begin(struct ns_encode_trail *trail, size_t columns, struct ns_arena *arena);
/* The categories of the next rows in one of the columns; rows are counted by whoever adds. */
void ns_encode_trail_add(struct ns_encode_trail *trail, size_t column, const uint32_t *categories, size_t rows);
void ns_encode_trail_end(char digest[NS_DIGEST_SIZE], struct ns_encode_trail *trail);

#endif
