#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "near/donors_parts.h"

/* A block of donors stays in the cache while all seekers of a piece meet it; `ROOM`: of a piece's lists together. */
enum { PIECE = 32, ROOM = 1 << 18, BLOCK_VALUES = 8192 };

/* --- one seeker --- */

double ns_seeker_apart(const struct ns_seeker *seeker, size_t row)
{
	const double *donor = seeker->donors->values + row * seeker->donors->features;
	double sum = 0;
	size_t common = 0;
	for (size_t i = 0; i < seeker->there_count; i++) {
		double by = donor[seeker->there[i]] - seeker->values[seeker->there[i]];
		if (isnan(by))
			continue;
		sum += by * by;
		common++;
	}
	return common ? sum / (double)common : INFINITY;
}

static double limit_of(const struct ns_donors_list *list)
{
	return list->count < list->room ? INFINITY : list->near[list->room - 1].apart;
}

/* Donors come in ascending order: one that is as near as the last stands behind it. */
static void insert(struct ns_donors_list *list, uint32_t row, double apart)
{
	size_t at = list->count < list->room ? list->count++ : list->room - 1;
	for (; at && list->near[at - 1].apart > apart; at--)
		list->near[at] = list->near[at - 1];
	list->near[at] = (struct ns_donors_near){apart, row};
}

static void take_one(struct ns_seeker *seeker, uint32_t row)
{
	double apart = ns_seeker_apart(seeker, row), limit = 0;
	if (!(apart < seeker->limit))
		return;
	for (size_t i = 0; i < seeker->lists_count; i++) {
		struct ns_donors_list *list = &seeker->lists[i];
		if (apart < limit_of(list) && !isnan(ns_donors_value(seeker->donors, row, list->feature)))
			insert(list, row, apart);
		limit = fmax(limit, limit_of(list));
	}
	seeker->limit = limit;
}

void ns_seeker_take(struct ns_seeker *seeker, uint64_t mask, size_t first)
{
	for (; mask; mask &= mask - 1)
		take_one(seeker, (uint32_t)(first + (size_t)__builtin_ctzll(mask)));
}

/* --- answers --- */

/* The list as donors with their copies, and how many copies those are. */
static size_t weigh(struct ns_donor *out, size_t *copies, const struct ns_donors_list *list, const struct ns_donors *donors, size_t k)
{
	size_t count = 0;
	*copies = 0;
	for (; count < list->count && *copies < k; count++) {
		uint32_t row = list->near[count].row;
		size_t weight = donors->weights ? donors->weights[row] : 1, left = k - *copies;
		out[count] = (struct ns_donor){row, (uint32_t)(weight < left ? weight : left), list->near[count].apart};
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
		size_t copies, count = weigh(out, &copies, list, seeker->donors, query->k);
		if (copies < query->k) {
			add_far(seeker, list, query->k - copies);
			count = weigh(out, &copies, list, seeker->donors, query->k);
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
	uint32_t *there;
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
		seeker->lists[seeker->lists_count++] = (struct ns_donors_list){scratch->near + scratch->near_used, 0, room, (uint32_t)*feature};
		scratch->near_used += room;
	}
	scratch->lists_used += seeker->lists_count;
	seeker->limit = seeker->lists_count ? INFINITY : 0;
}

static void load(struct ns_seeker *seeker, double *values, uint32_t *there, const struct search *search, size_t which)
{
	const struct ns_donors_query *query = search->query;
	size_t row = query->rows ? query->rows[which] : which;
	*seeker = (struct ns_seeker){.donors = search->donors, .query = which, .values = values, .there = there};
	for (size_t f = 0; f < search->donors->features; f++) {
		values[f] = query->x[f][row];
		there[seeker->there_count] = (uint32_t)f;
		seeker->there_count += isfinite(values[f]) != 0;
	}
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
			load(seeker, scratch->values + scratch->seekers_count * features, scratch->there + scratch->seekers_count * features, search, which);
			open_lists(seeker, &feature, scratch, search);
			if (++scratch->seekers_count == PIECE || feature < features)
				run(scratch, search);
		}
	}
	run(scratch, search);
}

void ns_donors_find(const struct ns_donors *donors, const struct ns_donors_query *query)
{
	struct ns_arena arena = NS_ARENA_INIT;
	size_t features = donors->features, room = query->k < donors->rows ? query->k : donors->rows;
	struct search search = {.donors = donors, .query = query, .room = room, .block = BLOCK_VALUES / (features + 1) / NS_DONORS_TILE * NS_DONORS_TILE};
	assert(query->k > 0 && donors->rows < UINT32_MAX);
	search.block += search.block == 0 ? NS_DONORS_TILE : 0;
	search.scratch = NS_NEW_ARRAY(&arena, struct scratch, (size_t)query->threads);
	for (int i = 0; i < query->threads; i++) {
		struct scratch *scratch = &search.scratch[i];
		scratch->values = ns_alloc_array(&arena, PIECE, features * sizeof *scratch->values);
		scratch->there = ns_alloc_array(&arena, PIECE, features * sizeof *scratch->there);
		scratch->lists = ns_alloc_array(&arena, PIECE, features * sizeof *scratch->lists);
		scratch->near = NS_NEW_ARRAY(&arena, struct ns_donors_near, room_of_piece(&search));
		scratch->out = NS_NEW_ARRAY(&arena, struct ns_donor, room);
	}
	ns_parallel(query->threads, (query->count + PIECE - 1) / PIECE, search_piece, &search);
	ns_arena_release(&arena);
}
