#include "learn/smote.h"

#include "base/progress.h"
#include "base/random.h"
#include "near/neighbors.h"

enum { PORTION = 4096 };

/* A drawn row while it is numbers: its base's place among the bases, and which of the neighbours it is. */
struct draw {
	uint32_t *base, *neighbor;
	double *gap;
	size_t count;
};

static void draw_numbers(struct draw *draw, size_t bases, size_t k, const struct ns_training *training, uint32_t class)
{
	struct ns_random random;
	ns_random_init(&random, training->seed, "smote", class, 0);
	for (size_t i = 0; i < draw->count; i++) {
		draw->base[i] = (uint32_t)ns_random_below(&random, bases);
		draw->neighbor[i] = (uint32_t)ns_random_below(&random, k);
		draw->gap[i] = ns_random_real(&random);
	}
}

/* Only bases that were drawn are asked for their neighbours: points[i] is the i-th of them. Returns how many there are. */
static size_t number_bases(uint32_t *which, uint32_t *points, const struct draw *draw, const struct ns_smote_pool *pool, struct ns_arena *scratch)
{
	size_t asked = 0;
	uint32_t *number = NS_NEW_ARRAY(scratch, uint32_t, pool->bases_count);
	for (size_t i = 0; i < draw->count; i++)
		number[draw->base[i]] = 1;
	for (uint32_t base = 0; base < pool->bases_count; base++)
		if (number[base]) {
			number[base] = (uint32_t)asked;
			points[asked++] = pool->bases ? pool->bases[base] : base;
		}
	for (size_t i = 0; i < draw->count; i++)
		which[i] = number[draw->base[i]];
	return asked;
}

/* A portion at a time, so that progress shows: the time grows with the square of the class. */
static void find_neighbors(uint32_t *nearest, const uint32_t *points, const struct ns_smote_around *around, const struct ns_smote_pool *pool,
	const struct ns_training *training)
{
	ns_progress_start("looking for neighbours", around->asked);
	for (size_t from = 0; from < around->asked; from += PORTION) {
		size_t count = around->asked - from < PORTION ? around->asked - from : PORTION;
		ns_neighbors_find(nearest + from * around->k, NULL, pool->points,
			&(struct ns_neighbors_query){pool->x, around->base + from, count, points + from, around->k, training->threads});
		ns_progress_add(count);
	}
	ns_progress_stop();
	for (size_t i = 0; i < around->asked * around->k; i++)
		nearest[i] = pool->rows[nearest[i]];
}

void ns_smote_pick(struct ns_drawn *drawn, struct ns_smote_around *around, const struct ns_smote_pool *pool, const struct ns_training *training,
	uint32_t class, size_t count, struct ns_arena *arena, struct ns_arena *scratch)
{
	struct draw draw = {NS_NEW_ARRAY(arena, uint32_t, count), NS_NEW_ARRAY(arena, uint32_t, count), NS_NEW_ARRAY(arena, double, count), count};
	uint32_t *which = NS_NEW_ARRAY(scratch, uint32_t, count), *points = NS_NEW_ARRAY(scratch, uint32_t, pool->bases_count);
	uint32_t *base = NS_NEW_ARRAY(scratch, uint32_t, pool->bases_count);
	draw_numbers(&draw, pool->bases_count, pool->k, training, class);
	*around = (struct ns_smote_around){number_bases(which, points, &draw, pool, scratch), pool->k, base, NULL, which};
	for (size_t i = 0; i < around->asked; i++)
		base[i] = pool->rows[points[i]];
	uint32_t *nearest = ns_alloc_array(scratch, around->asked, pool->k * sizeof *nearest);
	find_neighbors(nearest, points, around, pool, training);
	around->nearest = nearest;
	for (size_t i = 0; i < count; i++) {
		draw.neighbor[i] = nearest[which[i] * pool->k + draw.neighbor[i]];
		draw.base[i] = base[which[i]];
	}
	*drawn = (struct ns_drawn){.class = class, .count = count, .base = draw.base, .neighbor = draw.neighbor, .gap = draw.gap};
}

void ns_smote_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count, size_t k, struct ns_arena *arena)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	struct ns_points points;
	struct ns_smote_around around;
	uint32_t *rows = NS_NEW_ARRAY(&scratch, uint32_t, training->rows);
	size_t size = ns_drawn_class(rows, training, class);
	ns_points_init(&points, NS_EUCLIDEAN, training->x, rows, size, training->features, &scratch);
	struct ns_smote_pool pool = {.rows = rows, .bases_count = size, .points = &points, .x = training->x, .k = k};
	ns_smote_pick(drawn, &around, &pool, training, class, count, arena, &scratch);
	ns_arena_release(&scratch);
}
