#include "model/jumps.h"

#include <stdlib.h>

#include "base/cpu.h"
#include "model/active.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define POPCNT __attribute__((target("popcnt"))) /* ns_jumps_init asks for more */
#else
#define POPCNT
#endif

/* The first group may be larger: all rows pass it. More members than questions, since a question may come again; no more exits a node than some 50. */
enum { FIRST_QUESTIONS = 10, QUESTIONS = 6, MEMBERS = 128, NODES_MAX = 1 << 24, FIRST_STEPS_MAX = 64 };

/* --- making groups --- */

/* A node of the present tree, read once from the model's columns. */
struct place {
	uint64_t question; /* 0: a leaf */
	uint32_t left, group; /* group: the one it is a member of, 0: none yet */
	double rows;
};

struct maker {
	const struct ns_trees *trees;
	const struct ns_ranks *ranks;
	const struct ns_leaves *leaves;
	struct ns_jumps *jumps;
	size_t groups, groups_room, exits, exits_room;
	size_t tree;
	uint32_t *root_of;  /* of the tree's groups, in the order of their numbers: the node each begins at */
	struct place *places; /* the tree's nodes */
	size_t first_group; /* of the tree */
};

static uint32_t add_group(struct maker *maker, uint64_t questions, uint32_t exits)
{
	struct ns_jumps *jumps = maker->jumps;
	if (maker->groups == maker->groups_room) {
		maker->groups_room = 2 * maker->groups_room + 1024;
		jumps->groups = ns_realloc_array(jumps->groups, maker->groups_room, sizeof *jumps->groups);
	}
	jumps->groups[maker->groups] = (struct ns_jump_group){questions, exits};
	return (uint32_t)maker->groups++;
}

static uint32_t add_exits(struct maker *maker, size_t count)
{
	struct ns_jumps *jumps = maker->jumps;
	size_t first = maker->exits;
	if (count > maker->exits_room - maker->exits) {
		maker->exits_room = 2 * maker->exits_room + count;
		jumps->exits = ns_realloc_array(jumps->exits, maker->exits_room, sizeof *jumps->exits);
	}
	maker->exits += count;
	return (uint32_t)first;
}

static uint64_t question_of(const struct maker *maker, struct ns_node node)
{
	const struct ns_rank_slot *slot = &maker->ranks->slots[ns_rank_slot_of(maker->ranks, node)];
	return UINT64_C(1) << (slot->first + ns_rank_code(slot, node.threshold));
}

/* Where a row goes that leaves a group for this node: a leaf's number, or a group, a new one if need be. */
static uint32_t target_of(struct maker *maker, uint32_t at)
{
	if (!maker->places[at].question)
		return maker->leaves->of[maker->trees->first[maker->tree] + at];
	uint32_t group = add_group(maker, 0, 0);
	maker->root_of[group - maker->first_group] = at;
	return group;
}

/*
 * The nodes of a group, from its root on: again and again the one that most training rows came to, as long as its question is one of
 * theirs or there may be one more. Returns the questions.
 */
POPCNT static uint64_t choose_members(struct maker *maker, uint32_t group, uint32_t root)
{
	uint32_t front[MEMBERS + 1] = {root};
	uint64_t asks[MEMBERS + 1], questions = 0;
	double rows[MEMBERS + 1];
	size_t waiting = 1, members = 0;
	int most = group == maker->first_group ? FIRST_QUESTIONS : QUESTIONS;
	asks[0] = maker->places[root].question;
	rows[0] = 1;
	for (;;) {
		size_t best = waiting;
		bool full = __builtin_popcountll(questions) == most;
		for (size_t i = 0; i < waiting; i++)
			if ((!full || (asks[i] & questions)) && (best == waiting || rows[i] > rows[best]))
				best = i;
		if (best == waiting || members++ == MEMBERS)
			return questions;
		uint32_t at = front[best], left = maker->places[at].left;
		maker->places[at].group = group;
		questions |= asks[best];
		waiting--;
		front[best] = front[waiting];
		asks[best] = asks[waiting];
		rows[best] = rows[waiting];
		for (uint32_t child = left; child < left + 2; child++) {
			if (!maker->places[child].question || waiting > MEMBERS)
				continue;
			front[waiting] = child;
			asks[waiting] = maker->places[child].question;
			rows[waiting++] = maker->places[child].rows;
		}
	}
}

/* The ways out below a node, which a row comes to when its answers to `known` of the group's questions are `answers`. */
POPCNT static void fill_exits(struct maker *maker, uint32_t group, uint32_t at, uint32_t known, uint32_t answers)
{
	struct ns_jump_group *here = &maker->jumps->groups[group];
	uint64_t questions = here->questions;
	if (maker->places[at].group == group) {
		uint32_t left = maker->places[at].left, bit = UINT32_C(1) << __builtin_popcountll(questions & (maker->places[at].question - 1));
		if (!(known & bit) || !(answers & bit))
			fill_exits(maker, group, left, known | bit, answers);
		if (!(known & bit) || (answers & bit))
			fill_exits(maker, group, left + 1, known | bit, answers | bit);
		return;
	}
	uint32_t free_ones = ((UINT32_C(1) << __builtin_popcountll(questions)) - 1) & ~known, some = 0, exits = here->exits;
	uint32_t target = target_of(maker, at); /* may move the groups */
	do {
		maker->jumps->exits[exits + (answers | some)] = target;
		some = (some - free_ones) & free_ones;
	} while (some);
}

static void read_places(struct maker *maker)
{
	const struct ns_trees *trees = maker->trees;
	size_t first = trees->first[maker->tree], count = trees->first[maker->tree + 1] - first;
	for (uint32_t at = 0; at < count; at++) {
		struct ns_node node = ns_trees_node(trees, maker->tree, at);
		maker->places[at] = (struct place){.question = node.feature < 0 ? 0 : question_of(maker, node), .left = node.left,
			.rows = ns_narrow_number(&trees->samples, first + at)};
	}
}

/* All groups of a tree; those that a group leads to come behind it. */
static void make_tree(struct maker *maker, size_t tree)
{
	const struct ns_trees *trees = maker->trees;
	struct ns_jumps *jumps = maker->jumps;
	double all = ns_narrow_number(&trees->samples, trees->first[tree]), steps = 0;
	maker->tree = tree;
	maker->first_group = maker->groups;
	read_places(maker);
	jumps->roots[tree] = target_of(maker, 0);
	for (size_t group = maker->first_group; group < maker->groups; group++) {
		uint32_t root = maker->root_of[group - maker->first_group];
		uint64_t questions = choose_members(maker, (uint32_t)group, root);
		uint32_t exits = add_exits(maker, (size_t)1 << __builtin_popcountll(questions));
		jumps->groups[group] = (struct ns_jump_group){questions, exits};
		fill_exits(maker, (uint32_t)group, root, 0, 0);
		steps += maker->places[root].rows;
	}
	jumps->steps[tree] = (uint8_t)(steps < all * FIRST_STEPS_MAX ? steps / all : FIRST_STEPS_MAX);
}

bool ns_jumps_init(struct ns_jumps *jumps, const struct ns_trees *trees, const struct ns_ranks *ranks, const struct ns_leaves *leaves)
{
	size_t largest = 0, nodes = trees->first[trees->count];
	if (ns_cpu() < NS_CPU_AVX2 || ranks->total >= 64 || nodes > NODES_MAX)
		return false;
	for (size_t t = 0; t < trees->count; t++)
		largest = trees->first[t + 1] - trees->first[t] > largest ? trees->first[t + 1] - trees->first[t] : largest;
	struct maker maker = {.trees = trees, .ranks = ranks, .leaves = leaves, .jumps = jumps,
		.root_of = ns_malloc_array(largest, sizeof *maker.root_of), .places = ns_malloc_array(largest, sizeof *maker.places)};
	*jumps = (struct ns_jumps){.leaves = leaves->count, .roots = ns_malloc_array(trees->count, sizeof *jumps->roots), .steps = ns_malloc_array(trees->count, 1)};
	for (uint32_t leaf = 0; leaf < leaves->count; leaf++) {
		uint32_t exit = add_exits(&maker, 1);
		jumps->exits[exit] = add_group(&maker, 0, exit);
	}
	for (size_t t = 0; t < trees->count; t++)
		make_tree(&maker, t);
	free(maker.root_of);
	free(maker.places);
	return true;
}

void ns_jumps_release(struct ns_jumps *jumps)
{
	free(jumps->groups);
	free(jumps->exits);
	free(jumps->roots);
	free(jumps->steps);
	*jumps = (struct ns_jumps){0};
}

/* --- jumping --- */

#if defined(__x86_64__)
#define BMI __attribute__((target("bmi2"), noinline)) static

static inline __attribute__((always_inline, target("bmi2"))) uint32_t jump(const struct ns_jumps *jumps, uint32_t at, uint64_t bits)
{
	const struct ns_jump_group *group = &jumps->groups[at];
	return jumps->exits[group->exits + (uint32_t)_pext_u64(bits, group->questions)];
}

/* All rows leave the first group, and take as many more steps. */
BMI void start(uint32_t *restrict at, const struct ns_jumps *restrict jumps, const uint64_t *restrict bits, size_t rows, uint32_t root, int more)
{
	uint64_t questions = jumps->groups[root].questions;
	const uint32_t *restrict exits = jumps->exits + jumps->groups[root].exits;
	for (size_t row = 0; row < rows; row++)
		at[row] = exits[_pext_u64(bits[row], questions)];
	for (int step = 0; step < more; step++)
		for (size_t row = 0; row < rows; row++)
			at[row] = jump(jumps, at[row], bits[row]);
}

/* Active rows take a step; returns how many still are. */
BMI size_t go_on(uint32_t *restrict active, uint32_t *restrict at, const struct ns_jumps *restrict jumps, const uint64_t *restrict bits, size_t count,
	uint32_t leaves)
{
	uint32_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t row = active[i], here = jump(jumps, at[row], bits[row]);
		at[row] = here;
		active[kept] = row;
		kept += here >= leaves;
	}
	return kept;
}

void ns_jumps_tree(uint32_t *at, uint32_t *active, const struct ns_jumps *jumps, size_t tree, const struct ns_cells *cells)
{
	size_t rows = cells->rows, count;
	uint32_t leaves = jumps->leaves, root = jumps->roots[tree];
	start(at, jumps, cells->cells, rows, root, jumps->steps[tree] - 1);
	count = ns_active_find(active, at, rows, leaves);
	while (count > 0)
		count = go_on(active, at, jumps, cells->cells, count, leaves);
}
#else
void ns_jumps_tree(uint32_t *at, uint32_t *active, const struct ns_jumps *jumps, size_t tree, const struct ns_cells *cells)
{
	(void)at, (void)active, (void)jumps, (void)tree, (void)cells; /* none are made */
}
#endif
