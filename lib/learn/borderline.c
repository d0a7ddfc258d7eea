#include "learn/borderline.h"

#include "base/progress.h"
#include "learn/canonical.h"
#include "near/neighbors.h"

enum { PORTION = 4096 };

/* All rows in the canonical order, and where those of the class are in it. */
struct table {
	const struct ns_training *training;
	uint32_t class;
	uint32_t *rows, *members;
	size_t members_count;
	struct ns_points points;
};

static void lay_out(struct table *table, const struct ns_training *training, uint32_t class, struct ns_arena *scratch)
{
	*table = (struct table){.training = training, .class = class, .rows = NS_NEW_ARRAY(scratch, uint32_t, training->rows),
		.members = NS_NEW_ARRAY(scratch, uint32_t, training->rows)};
	for (uint32_t row = 0; row < training->rows; row++)
		table->rows[row] = row;
	ns_canonical_sort(table->rows, training->rows, training);
	for (uint32_t at = 0; at < training->rows; at++)
		if (training->y[table->rows[at]] == class)
			table->members[table->members_count++] = at;
	ns_points_init(&table->points, NS_EUCLIDEAN, training->x, table->rows, training->rows, training->features, scratch);
}

static enum ns_borderline judge(const uint32_t *nearest, size_t m, const struct table *table)
{
	size_t others = 0;
	for (size_t i = 0; i < m; i++)
		others += table->training->y[table->rows[nearest[i]]] != table->class;
	return others == m ? NS_NOISE : 2 * others >= m ? NS_IN_DANGER : NS_SAFE;
}

/* A portion at a time: m neighbours of many rows would be much to hold. */
static void judge_all(enum ns_borderline *what, const struct table *table, size_t m)
{
	struct ns_arena arena = NS_ARENA_INIT;
	uint32_t *asking = NS_NEW_ARRAY(&arena, uint32_t, PORTION), *nearest = ns_alloc_array(&arena, PORTION, m * sizeof *nearest);
	ns_progress_start("looking for the border", table->members_count);
	for (size_t from = 0; from < table->members_count; from += PORTION) {
		size_t count = table->members_count - from < PORTION ? table->members_count - from : PORTION;
		for (size_t i = 0; i < count; i++)
			asking[i] = table->rows[table->members[from + i]];
		ns_neighbors_find(nearest, NULL, &table->points,
			&(struct ns_neighbors_query){table->training->x, asking, count, table->members + from, m, table->training->threads});
		for (size_t i = 0; i < count; i++)
			what[from + i] = judge(nearest + i * m, m, table);
		ns_progress_add(count);
	}
	ns_progress_stop();
	ns_arena_release(&arena);
}

void ns_borderline_find(enum ns_borderline *what, uint32_t *rows, const struct ns_training *training, uint32_t class, size_t m)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	struct table table;
	lay_out(&table, training, class, &scratch);
	judge_all(what, &table, m);
	for (size_t i = 0; i < table.members_count; i++)
		rows[i] = table.rows[table.members[i]];
	ns_arena_release(&scratch);
}

/* borderline-1: the class alone, whose members are all that may be neighbours. */
static void shrink_to_class(struct ns_smote_pool *pool, struct ns_points *points, const struct table *table, struct ns_arena *scratch)
{
	uint32_t *rows = NS_NEW_ARRAY(scratch, uint32_t, table->members_count);
	for (size_t i = 0; i < table->members_count; i++)
		rows[i] = table->rows[table->members[i]];
	ns_points_init(points, NS_EUCLIDEAN, table->training->x, rows, table->members_count, table->training->features, scratch);
	pool->rows = rows;
	pool->points = points;
}

/* borderline-2: towards another class at most half the way. */
static void halve(struct ns_drawn *drawn, const struct ns_training *training)
{
	double *gap = (double *)drawn->gap;
	for (size_t i = 0; i < drawn->count; i++)
		gap[i] *= training->y[drawn->neighbor[i]] == drawn->class ? 1 : 0.5;
}

bool ns_borderline_draw(struct ns_drawn *drawn, const struct ns_training *training, uint32_t class, size_t count,
	const struct ns_borderline_params *params, struct ns_arena *arena)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	struct table table;
	struct ns_points points;
	struct ns_smote_around around;
	lay_out(&table, training, class, &scratch);
	enum ns_borderline *what = NS_NEW_ARRAY(&scratch, enum ns_borderline, table.members_count);
	uint32_t *bases = NS_NEW_ARRAY(&scratch, uint32_t, table.members_count);
	judge_all(what, &table, params->m);
	struct ns_smote_pool pool = {.rows = table.rows, .bases = bases, .points = &table.points, .x = training->x, .k = params->k};
	for (uint32_t i = 0; i < table.members_count; i++)
		if (what[i] == NS_IN_DANGER)
			bases[pool.bases_count++] = params->outside ? table.members[i] : i;
	if (!params->outside)
		shrink_to_class(&pool, &points, &table, &scratch);
	*drawn = (struct ns_drawn){.class = class};
	if (pool.bases_count)
		ns_smote_pick(drawn, &around, &pool, training, class, count, arena, &scratch);
	if (params->outside)
		halve(drawn, training);
	ns_arena_release(&scratch);
	return drawn->count > 0;
}
