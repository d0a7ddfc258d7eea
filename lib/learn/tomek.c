#include "learn/tomek.h"

#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "learn/canonical.h"
#include "near/neighbors.h"

enum { PORTION = 4096, UNKNOWN = 0xffffffff };

/* Rows by their places in the canonical order. */
struct places {
	const struct ns_training *training;
	uint32_t *order;       /* the row at each place */
	uint32_t *nearest;     /* the place that is nearest to each; UNKNOWN: not looked for */
	struct ns_points points;
};

static uint32_t class_at(const struct places *places, uint32_t place)
{
	return places->training->y[places->order[place]];
}

/* A portion at a time, so that progress shows. */
static void find_nearest(struct places *places, const uint32_t *asked, size_t count, struct ns_arena *arena)
{
	uint32_t *rows = NS_NEW_ARRAY(arena, uint32_t, PORTION), *nearest = NS_NEW_ARRAY(arena, uint32_t, PORTION);
	ns_progress_start("looking for Tomek links", count);
	for (size_t from = 0; from < count; from += PORTION) {
		size_t portion = count - from < PORTION ? count - from : PORTION;
		for (size_t i = 0; i < portion; i++)
			rows[i] = places->order[asked[from + i]];
		ns_neighbors_find(nearest, NULL, &places->points,
			&(struct ns_neighbors_query){places->training->x, rows, portion, asked + from, 1, places->training->threads});
		for (size_t i = 0; i < portion; i++)
			places->nearest[asked[from + i]] = nearest[i];
		ns_progress_add(portion);
	}
	ns_progress_stop();
}

/* Of two linked rows one at least is not of the largest class. */
static uint32_t largest_class(const struct ns_training *training, struct ns_arena *arena)
{
	size_t *counts = NS_NEW_ARRAY(arena, size_t, training->classes);
	uint32_t largest = 0;
	for (size_t row = 0; row < training->rows; row++)
		counts[training->y[row]]++;
	for (uint32_t c = 1; c < training->classes; c++)
		largest = counts[c] > counts[largest] ? c : largest;
	return largest;
}

/* First every place that is not of the largest class, then those that a place of another class is nearest to. */
static void ask(struct places *places, struct ns_arena *arena)
{
	size_t rows = places->training->rows, count = 0;
	uint32_t *asked = NS_NEW_ARRAY(arena, uint32_t, rows), largest = largest_class(places->training, arena);
	bool *wanted = NS_NEW_ARRAY(arena, bool, rows);
	for (uint32_t place = 0; place < rows; place++)
		if (class_at(places, place) != largest)
			asked[count++] = place;
	find_nearest(places, asked, count, arena);
	for (size_t i = 0; i < count; i++)
		wanted[places->nearest[asked[i]]] = class_at(places, places->nearest[asked[i]]) == largest;
	count = 0;
	for (uint32_t place = 0; place < rows; place++)
		if (wanted[place])
			asked[count++] = place;
	find_nearest(places, asked, count, arena);
}

static size_t mark(bool *gone, const struct places *places, const bool *from)
{
	size_t count = 0;
	for (uint32_t place = 0; place < places->training->rows; place++) {
		uint32_t other = places->nearest[place], class = class_at(places, place);
		bool linked = other != UNKNOWN && places->nearest[other] == place && class_at(places, other) != class;
		gone[places->order[place]] = linked && from[class];
		count += linked && from[class];
	}
	return count;
}

size_t ns_tomek_find(bool *gone, const struct ns_training *training, const bool *from)
{
	size_t rows = training->rows;
	struct ns_arena arena = NS_ARENA_INIT;
	memset(gone, 0, rows * sizeof *gone);
	if (rows < 2)
		return 0;
	struct places places = {.training = training, .order = NS_NEW_ARRAY(&arena, uint32_t, rows), .nearest = NS_NEW_ARRAY(&arena, uint32_t, rows)};
	for (uint32_t row = 0; row < rows; row++) {
		places.order[row] = row;
		places.nearest[row] = UNKNOWN;
	}
	ns_canonical_sort(places.order, rows, training);
	ns_points_init(&places.points, NS_EUCLIDEAN, training->x, places.order, rows, training->features, &arena);
	ask(&places, &arena);
	size_t count = mark(gone, &places, from);
	ns_arena_release(&arena);
	return count;
}
