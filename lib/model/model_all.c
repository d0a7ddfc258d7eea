/*
 * Many models predict the same rows: the candidates of a search.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "model/model.h"

enum { PIECE_MIN = 512, PIECE_MAX = 8192 };

struct ranked {
	const struct ns_model *model;
	double *probability;
};

struct work {
	struct ranked *ranked;
	size_t *first; /* models of group g: first[g] .. first[g + 1]; of one ensemble, of one set of rows, or one model */
	const double *const *x;
	size_t rows, piece_rows, pieces;
};

/* What models of one group have in common: an ensemble or rows; NULL: nothing. */
static const void *shared_by(const struct ns_model *model)
{
	switch (model->form) {
	case NS_MODEL_TREES: return model->trees.fast;
	case NS_MODEL_NEAREST: return model->nearest.rows;
	default: return NULL;
	}
}

/* Models of one group together, those of fewer trees first. */
static int compare_ranked(const void *a, const void *b)
{
	const struct ns_model *x = ((const struct ranked *)a)->model, *y = ((const struct ranked *)b)->model;
	const void *of_x = shared_by(x), *of_y = shared_by(y);
	if (of_x != of_y)
		return (uintptr_t)of_x < (uintptr_t)of_y ? -1 : 1;
	return x->trees.count != y->trees.count ? x->trees.count < y->trees.count ? -1 : 1 : 0;
}

static size_t group_models(struct work *work, double *const *probability, const struct ns_model *models, size_t count)
{
	size_t groups = 0;
	for (size_t i = 0; i < count; i++)
		work->ranked[i] = (struct ranked){&models[i], probability[i]};
	qsort(work->ranked, count, sizeof *work->ranked, compare_ranked);
	for (size_t i = 0; i < count; i++) {
		const void *shared = shared_by(work->ranked[i].model);
		if (i == 0 || !shared || shared != shared_by(work->ranked[i - 1].model))
			work->first[groups++] = i;
	}
	work->first[groups] = count;
	return groups;
}

static void predict_group(double *const *out, const struct ranked *group, size_t count, const double *const *x, size_t rows, struct ns_arena *arena)
{
	const struct ns_trees **trees = NS_NEW_ARRAY(arena, const struct ns_trees *, count);
	const struct ns_nearest **nearest = NS_NEW_ARRAY(arena, const struct ns_nearest *, count);
	for (size_t k = 0; k < count; k++) {
		trees[k] = &group[k].model->trees;
		nearest[k] = &group[k].model->nearest;
	}
	if (!shared_by(group->model))
		ns_model_predict(out[0], group->model, x, rows);
	else if (group->model->form == NS_MODEL_TREES)
		ns_trees_predict_prefixes(out, trees, count, x, rows);
	else
		ns_nearest_predict_all(out, nearest, count, x, rows);
}

/* Some rows of one group. */
static void predict_piece(void *context, size_t i, int worker)
{
	const struct work *work = context;
	size_t group = i / work->pieces, from = i % work->pieces * work->piece_rows, first = work->first[group], count = work->first[group + 1] - first;
	size_t rows = work->rows - from < work->piece_rows ? work->rows - from : work->piece_rows;
	const struct ns_model *model = work->ranked[first].model;
	struct ns_arena arena = NS_ARENA_INIT;
	const double **x = NS_NEW_ARRAY(&arena, const double *, model->features + 1);
	double **out = NS_NEW_ARRAY(&arena, double *, count);
	(void)worker;
	for (size_t f = 0; f < model->features; f++)
		x[f] = work->x[f] + from;
	for (size_t k = 0; k < count; k++)
		out[k] = work->ranked[first + k].probability + from * model->classes;
	predict_group(out, &work->ranked[first], count, x, rows, &arena);
	ns_arena_release(&arena);
}

void ns_model_predict_all(double *const *probability, const struct ns_model *models, size_t count, const double *const *x, size_t rows, int threads)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t share = rows / (size_t)(threads > 0 ? threads : 1) + 1;
	struct work work = {.ranked = NS_NEW_ARRAY(&arena, struct ranked, count), .first = NS_NEW_ARRAY(&arena, size_t, count + 1), .x = x, .rows = rows,
		.piece_rows = share < PIECE_MIN ? PIECE_MIN : share > PIECE_MAX ? PIECE_MAX : share};
	work.pieces = (rows + work.piece_rows - 1) / work.piece_rows;
	ns_parallel(threads, group_models(&work, probability, models, count) * work.pieces, predict_piece, &work);
	ns_arena_release(&arena);
}
