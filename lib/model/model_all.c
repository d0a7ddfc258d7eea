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
	size_t *first; /* models of group g: first[g] .. first[g + 1]; prefixes of one ensemble, or one model */
	const double *const *x;
	size_t rows, piece_rows, pieces;
};

static const struct ns_trees_fast *ensemble_of(const struct ns_model *model)
{
	return model->form == NS_MODEL_TREES ? model->trees.fast : NULL;
}

/* Models of one ensemble together, the shorter first. */
static int compare_ranked(const void *a, const void *b)
{
	const struct ns_model *x = ((const struct ranked *)a)->model, *y = ((const struct ranked *)b)->model;
	const struct ns_trees_fast *of_x = ensemble_of(x), *of_y = ensemble_of(y);
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
		const struct ns_trees_fast *ensemble = ensemble_of(work->ranked[i].model);
		if (i == 0 || !ensemble || ensemble != ensemble_of(work->ranked[i - 1].model))
			work->first[groups++] = i;
	}
	work->first[groups] = count;
	return groups;
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
	const struct ns_trees **trees = NS_NEW_ARRAY(&arena, const struct ns_trees *, count);
	double **out = NS_NEW_ARRAY(&arena, double *, count);
	(void)worker;
	for (size_t f = 0; f < model->features; f++)
		x[f] = work->x[f] + from;
	for (size_t k = 0; k < count; k++) {
		trees[k] = &work->ranked[first + k].model->trees;
		out[k] = work->ranked[first + k].probability + from * model->classes;
	}
	if (ensemble_of(model))
		ns_trees_predict_prefixes(out, trees, count, x, rows);
	else
		ns_model_predict(out[0], model, x, rows);
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
