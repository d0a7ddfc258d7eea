#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "near/donors_parts.h"

/* A block of donors stays in the cache while all seekers of a piece meet it. ROOM is that of a piece's lists together. */
enum { PIECE = 32, ROOM = 1 << 16, BLOCK = 32768 /* bytes */ };

/* --- one seeker --- */

/* Donors come in ascending order: one that is as near as the last stands behind it. */
static void insert(struct ns_donors_list *list, uint32_t row, double apart)
{
	size_t at = list->count < list->room ? list->count++ : list->room - 1;
	for (; at && list->near[at - 1].apart > apart; at--)
		list->near[at] = list->near[at - 1];
	list->near[at] = (struct ns_donors_near){apart, row};
	if (list->count == list->room)
		list->limit = list->near[list->room - 1].apart;
}

/* Those of the mask that have the list's feature. */
static void take(struct ns_donors_list *list, uint64_t mask, size_t first, const double *apart)
{
	for (; mask; mask &= mask - 1) {
		size_t i = (size_t)__builtin_ctzll(mask);
		if (apart[i] < list->limit)
			insert(list, (uint32_t)(first + i), apart[i]);
	}
}

void ns_seeker_take(struct ns_seeker *seeker, uint64_t mask, size_t first, const float *apart)
{
	const uint64_t *has = seeker->donors->has + first / NS_DONORS_TILE * seeker->donors->features;
	double all[NS_DONORS_TILE], limit = 0;
	for (uint64_t left = mask; left; left &= left - 1) {
		size_t i = (size_t)__builtin_ctzll(left);
		all[i] = apart ? (double)apart[i] : ns_seeker_apart(seeker, first + i);
	}
	for (size_t i = 0; i < seeker->lists_count; i++) {
		take(&seeker->lists[i], mask & has[seeker->lists[i].feature], first, all);
		limit = seeker->lists[i].limit > limit ? seeker->lists[i].limit : limit;
	}
	seeker->limit = limit;
}

/* --- answers --- */

/* The list as donors with their copies, and how many copies those are. */
static size_t weigh(struct ns_donor *out, size_t *copies, const struct ns_donors_list *list, const struct ns_seeker *seeker, size_t k)
{
	const struct ns_donors *donors = seeker->donors;
	size_t count = 0;
	*copies = 0;
	for (; count < list->count && *copies < k; count++) {
		uint32_t row = list->near[count].row;
		size_t weight = donors->weights ? donors->weights[row] : 1, left = k - *copies;
		double apart = list->near[count].apart;
		if (seeker->way == NS_SEEK_BITS && apart < INFINITY)
			apart = ns_seeker_exactly(seeker, row, apart);
		out[count] = (struct ns_donor){row, (uint32_t)(weight < left ? weight : left), apart};
		*copies += out[count].copies;
	}
	return count;
}

/* Where all that have a distance are too few, those follow that have none. */
static void add_far(struct ns_seeker *seeker, struct ns_donors_list *list, size_t missing)
{
	const struct ns_donors *donors = seeker->donors;
	for (size_t row = 0; row < donors->rows && missing && list->count < list->room; row++) {
		if (isnan(ns_donors_value(donors, (uint32_t)row, list->feature)) || ns_seeker_apart(seeker, row) < INFINITY)
			continue;
		size_t weight = donors->weights ? donors->weights[row] : 1;
		list->near[list->count++] = (struct ns_donors_near){INFINITY, (uint32_t)row};
		missing -= weight < missing ? weight : missing;
	}
}

static void answer(struct ns_seeker *seeker, const struct ns_donors_query *query, struct ns_donor *out)
{
	for (size_t i = 0; i < seeker->lists_count; i++) {
		struct ns_donors_list *list = &seeker->lists[i];
		size_t copies, count = weigh(out, &copies, list, seeker, query->k);
		if (copies < query->k) {
			add_far(seeker, list, query->k - copies);
			count = weigh(out, &copies, list, seeker, query->k);
		}
		query->answer(query->context, seeker->query, list->feature, out, count);
	}
}

/* --- pieces --- */

/* Per worker. */
struct scratch {
	struct ns_seeker seekers[PIECE];
	size_t seekers_count, lists_used, near_used;
	double *values;
	uint32_t *there, *bits;
	float *singles;
	struct ns_donors_list *lists;
	struct ns_donors_near *near;
	struct ns_donor *out;
};

struct search {
	const struct ns_donors *donors;
	const struct ns_donors_query *query;
	size_t room, block;
	struct scratch *scratch;
};

static void run(struct scratch *scratch, const struct search *search)
{
	size_t rows = search->donors->rows;
	for (size_t block = 0; block < rows; block += search->block) {
		size_t count = rows - block < search->block ? rows - block : search->block;
		for (size_t i = 0; i < scratch->seekers_count; i++)
			if (scratch->seekers[i].limit > 0)
				ns_donors_scan(&scratch->seekers[i], block, count);
	}
	for (size_t i = 0; i < scratch->seekers_count; i++)
		answer(&scratch->seekers[i], search->query, scratch->out);
	scratch->seekers_count = scratch->lists_used = scratch->near_used = 0;
}

/* At least one list. */
static size_t room_of_piece(const struct search *search)
{
	size_t most = search->room * search->donors->features, enough = ROOM > search->room ? ROOM : search->room;
	return most < enough / PIECE ? most * PIECE : enough;
}

/* Lists for the features from *feature on that the seeker has not, as long as there is room for them. */
static void open_lists(struct ns_seeker *seeker, size_t *feature, struct scratch *scratch, const struct search *search)
{
	size_t features = search->donors->features, room = search->room;
	seeker->lists = scratch->lists + scratch->lists_used;
	for (; *feature < features && scratch->near_used + room <= room_of_piece(search); ++*feature) {
		if (!isnan(seeker->values[*feature]))
			continue;
		seeker->lists[seeker->lists_count++] = (struct ns_donors_list){scratch->near + scratch->near_used, 0, room, (uint32_t)*feature, INFINITY};
		scratch->near_used += room;
	}
	scratch->lists_used += seeker->lists_count;
	seeker->limit = seeker->lists_count ? INFINITY : 0;
}

static void load(struct ns_seeker *seeker, const struct scratch *scratch, const struct search *search, size_t which)
{
	const struct ns_donors *donors = search->donors;
	const struct ns_donors_query *query = search->query;
	size_t at = scratch->seekers_count, features = donors->features, row = query->rows ? query->rows[which] : which;
	*seeker = (struct ns_seeker){.donors = donors, .query = which, .values = scratch->values + at * features, .there = scratch->there + at * features,
		.singles = scratch->singles + at * features, .bits = scratch->bits + at * donors->words * (donors->planes + 1)};
	for (size_t f = 0; f < features; f++)
		seeker->values[f] = query->x[f][row];
	ns_seeker_init(seeker);
}

/* The rows of a piece; one that asks for more than there is room for is a seeker several times. */
static void search_piece(void *context, size_t piece, int worker)
{
	const struct search *search = context;
	struct scratch *scratch = &search->scratch[worker];
	size_t features = search->donors->features, first = piece * PIECE;
	size_t last = search->query->count - first < PIECE ? search->query->count : first + PIECE;
	for (size_t which = first; which < last; which++) {
		size_t feature = 0;
		while (feature < features) {
			struct ns_seeker *seeker = &scratch->seekers[scratch->seekers_count];
			load(seeker, scratch, search, which);
			open_lists(seeker, &feature, scratch, search);
			if (++scratch->seekers_count == PIECE || feature < features)
				run(scratch, search);
		}
	}
	run(scratch, search);
}

static void init_scratch(struct scratch *scratch, const struct search *search, struct ns_arena *arena)
{
	const struct ns_donors *donors = search->donors;
	scratch->values = ns_alloc_array(arena, PIECE, donors->features * sizeof *scratch->values);
	scratch->there = ns_alloc_array(arena, PIECE, donors->features * sizeof *scratch->there);
	scratch->singles = ns_alloc_array(arena, PIECE, donors->features * sizeof *scratch->singles);
	scratch->bits = ns_alloc_array(arena, PIECE, donors->words * (donors->planes + 1) * sizeof *scratch->bits);
	scratch->lists = ns_alloc_array(arena, PIECE, donors->features * sizeof *scratch->lists);
	scratch->near = NS_NEW_ARRAY(arena, struct ns_donors_near, room_of_piece(search));
	scratch->out = NS_NEW_ARRAY(arena, struct ns_donor, search->room);
}

/* A multiple of the tile. */
static size_t rows_of_block(const struct ns_donors *donors)
{
	size_t of_row = donors->planes ? donors->words * (donors->planes + 1) * sizeof *donors->bits : (donors->features + 1) * sizeof *donors->singles;
	size_t tiles = BLOCK / (of_row + 1) / NS_DONORS_TILE;
	return (tiles ? tiles : 1) * NS_DONORS_TILE;
}

void ns_donors_find(const struct ns_donors *donors, const struct ns_donors_query *query)
{
	struct ns_arena arena = NS_ARENA_INIT;
	struct search search = {.donors = donors, .query = query, .room = query->k < donors->rows ? query->k : donors->rows, .block = rows_of_block(donors)};
	assert(query->k > 0 && donors->rows < UINT32_MAX);
	search.scratch = NS_NEW_ARRAY(&arena, struct scratch, (size_t)query->threads);
	for (int i = 0; i < query->threads; i++)
		init_scratch(&search.scratch[i], &search, &arena);
	ns_parallel(query->threads, (query->count + PIECE - 1) / PIECE, search_piece, &search);
	ns_arena_release(&arena);
}
