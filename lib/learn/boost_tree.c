#include "learn/boost_tree.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

enum { HELD = 1 << 28, BLOCK = 1 << 13 };

/* A node that is not finished. sums: its bins; NULL: not known, or not wanted. */
struct open {
	uint32_t node, depth;
	uint32_t turn; /* the node's place in a full tree: 1, its children 2 and 3 ... */
	struct ns_members members;
	struct ns_sums total;
	int64_t *sums;
	struct ns_question question;
	double improvement;
};

#include "learn/best_first.h"

/* How a node's question is put to codes. */
struct asked {
	uint16_t low, missing_code;
};

struct ns_booster {
	struct ns_booster_setup setup;
	struct ns_boost_rows rows;
	struct ns_limits limits;
	struct ns_grown *grown;
	struct ns_random *random;
	size_t start;      /* the present tree's nodes in grown */
	double root_weight;
	bool best_first;
	struct asked *asked; /* of the present tree's nodes */
	size_t asked_capacity;
	struct open *open, *leaves;
	size_t open_count, open_capacity, leaves_count, leaves_capacity;
	int64_t **spare;   /* histograms nobody uses */
	size_t spare_count, spare_capacity, held;
	uint32_t *features;
};

void ns_grown_release(struct ns_grown *grown)
{
	free(grown->nodes);
	free(grown->samples);
	free(grown->values);
	free(grown->first);
	*grown = (struct ns_grown){0};
}

struct ns_booster *ns_booster_new(const struct ns_booster_setup *setup)
{
	struct ns_booster *booster = ns_malloc_array(1, sizeof *booster);
	*booster = (struct ns_booster){.setup = *setup, .best_first = setup->rules->max_leaf_nodes != UINT32_MAX};
	ns_boost_rows_init(&booster->rows, setup->cells, setup->bits, setup->weight, setup->total_weight, setup->loss, setup->threads);
	booster->limits = booster->rows.limits;
	booster->limits.min_rows = setup->rules->min_samples_leaf;
	booster->features = ns_malloc_array(setup->cells->features + 1, sizeof *booster->features);
	return booster;
}

void ns_booster_free(struct ns_booster *booster)
{
	if (!booster)
		return;
	for (size_t i = 0; i < booster->spare_count; i++)
		free(booster->spare[i]);
	free(booster->spare);
	free(booster->features);
	free(booster->asked);
	free(booster->open);
	free(booster->leaves);
	ns_boost_rows_release(&booster->rows);
	free(booster);
}

static int64_t *take_sums(struct ns_booster *booster)
{
	booster->held++;
	if (booster->spare_count)
		return booster->spare[--booster->spare_count];
	int64_t *sums = aligned_alloc(64, (booster->rows.size * sizeof *sums / 64 + 1) * 64);
	if (!sums)
		ns_die_of_memory();
	memset(sums, 0, booster->rows.size * sizeof *sums); /* bins that no feature has are read, too, when sums are subtracted */
	return sums;
}

static void give_back(struct ns_booster *booster, struct open *open)
{
	if (!open->sums)
		return;
	if (booster->spare_count == booster->spare_capacity) {
		booster->spare_capacity = booster->spare_capacity ? 2 * booster->spare_capacity : 16;
		booster->spare = ns_realloc_array(booster->spare, booster->spare_capacity, sizeof *booster->spare);
	}
	booster->spare[booster->spare_count++] = open->sums;
	booster->held--;
	open->sums = NULL;
}

static struct ns_node *node_of(const struct ns_booster *booster, uint32_t node)
{
	return &booster->grown->nodes[booster->start + node];
}

/* A new leaf at the end of the tree; room for its sibling too. */
static struct open new_node(struct ns_booster *booster, uint32_t depth, struct ns_members members, struct ns_sums total)
{
	struct ns_grown *grown = booster->grown;
	if (grown->count + 2 > grown->capacity) {
		grown->capacity = grown->capacity ? 2 * grown->capacity : 256;
		grown->nodes = ns_realloc_array(grown->nodes, grown->capacity, sizeof *grown->nodes);
		grown->samples = ns_realloc_array(grown->samples, grown->capacity, sizeof *grown->samples);
		grown->values = ns_realloc_array(grown->values, grown->capacity, sizeof *grown->values);
	}
	size_t at = grown->count++;
	uint32_t node = (uint32_t)(at - booster->start);
	grown->nodes[at] = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = node};
	grown->samples[at] = (uint32_t)total.rows;
	grown->values[at] = 0;
	if (node + 2 > booster->asked_capacity) {
		booster->asked_capacity = booster->asked_capacity ? 2 * booster->asked_capacity : 256;
		booster->asked = ns_realloc_array(booster->asked, booster->asked_capacity, sizeof *booster->asked);
	}
	return (struct open){.node = node, .depth = depth, .members = members, .total = total, .question = NS_QUESTION_NONE};
}

static bool may_split(const struct ns_booster *booster, const struct open *open)
{
	const struct ns_rules *rules = booster->setup.rules;
	return open->depth < rules->max_depth && open->total.rows >= rules->min_samples_split && open->total.rows / 2 >= rules->min_samples_leaf &&
	       (double)open->total.weight >= 2 * (double)booster->limits.min_weight;
}

/* All rows of the node are in one bin. */
static bool is_constant(const struct ns_booster *booster, const struct open *open, uint32_t feature)
{
	const struct ns_cut *cut = &booster->setup.cells->cuts[feature];
	uint32_t used = 0, step = booster->limits.weighted ? 2 : 1;
	const int64_t *sums = open->sums + (size_t)feature * booster->setup.cells->width * step + (step - 1);
	for (uint32_t bin = 0; bin < cut->count + cut->missing && used < 2; bin++)
		used += sums[bin * step] != 0;
	return used < 2;
}

static void consider(struct ns_booster *booster, struct open *open, uint32_t feature)
{
	const struct ns_boost_cells *cells = booster->setup.cells;
	const struct ns_cut *cut = &cells->cuts[feature];
	const int64_t *sums = open->sums + (size_t)feature * cells->width * (booster->limits.weighted ? 2 : 1);
	ns_question_improve(&open->question, &booster->limits, &open->total, feature, sums, cut->count, cut->missing);
}

/* Features are drawn without replacement; constant ones count, but at least one that is not is looked at. */
static void consider_drawn(struct ns_booster *booster, struct open *open)
{
	size_t features = booster->setup.cells->features;
	bool found = false;
	for (size_t i = 0; i < features && (i < booster->setup.rules->max_features || !found); i++) {
		size_t j = i + ns_random_below(booster->random, features - i);
		uint32_t feature = booster->features[j];
		booster->features[j] = booster->features[i];
		booster->features[i] = feature;
		found = found || !is_constant(booster, open, feature);
		consider(booster, open, feature);
	}
}

/* In the tree's order, from another one on in each node: always preferring the same of equal questions makes trees alike. */
static void consider_all(struct ns_booster *booster, struct open *open)
{
	size_t features = booster->setup.cells->features;
	for (size_t i = 0, at = features ? open->turn % features : 0; i < features; i++, at = at + 1 < features ? at + 1 : 0)
		consider(booster, open, booster->features[at]);
}

/* Finds the node's question; false where it stays a leaf. */
static bool look_at(struct ns_booster *booster, struct open *open)
{
	const struct ns_rules *rules = booster->setup.rules;
	if (rules->max_features < booster->setup.cells->features)
		consider_drawn(booster, open);
	else
		consider_all(booster, open);
	if (open->question.score < 0 || (open->question.score == 0 && ns_boost_rows_pure(&booster->rows, &open->members)))
		return false;
	double share = open->question.score / (double)open->total.weight;
	open->improvement = ldexp(share, booster->setup.weight_exponent - 2 * (booster->rows.exponent + booster->setup.weight_exponent));
	if (!booster->setup.friedman)
		open->improvement /= ldexp(booster->root_weight, -booster->setup.weight_exponent);
	return open->improvement + 0x1p-52 >= rules->min_impurity_decrease;
}

static struct ns_sums rest_of(struct ns_sums all, struct ns_sums part)
{
	return (struct ns_sums){all.gradient - part.gradient, all.weight - part.weight, all.rows - part.rows};
}

/* The children's bins, where they may be split: those of the larger are the parent's less those of the smaller. */
static void sum_children(struct ns_booster *booster, struct open *parent, struct open *small, struct open *large)
{
	bool small_wanted = may_split(booster, small), large_wanted = may_split(booster, large);
	if (small_wanted || (large_wanted && parent->sums)) {
		small->sums = take_sums(booster);
		ns_boost_rows_sum(&booster->rows, small->sums, &small->members, &small->total);
	}
	if (large_wanted && parent->sums) {
		large->sums = parent->sums;
		parent->sums = NULL;
		for (size_t i = 0; i < booster->rows.size; i++)
			large->sums[i] -= small->sums[i];
	} else if (large_wanted) {
		large->sums = take_sums(booster);
		ns_boost_rows_sum(&booster->rows, large->sums, &large->members, &large->total);
	}
	give_back(booster, parent);
	if (!small_wanted)
		give_back(booster, small);
}

/* Turns a leaf into an inner node with two leaves. */
static void split_node(struct ns_booster *booster, struct open *small, struct open *large, struct open *open)
{
	const struct ns_question *question = &open->question;
	const struct ns_cut *cut = &booster->setup.cells->cuts[question->feature];
	uint32_t left_node = (uint32_t)(booster->grown->count - booster->start);
	struct ns_members left_members, right_members;
	ns_boost_rows_split(&booster->rows, &left_members, &right_members, &open->members, question, left_node, left_node + 1);
	struct open left = new_node(booster, open->depth + 1, left_members, question->left);
	struct open right = new_node(booster, open->depth + 1, right_members, rest_of(open->total, question->left));
	left.turn = 2 * open->turn;
	right.turn = left.turn + 1;
	*node_of(booster, open->node) = (struct ns_node){
		.threshold = question->low == question->high ? DBL_MAX : ns_cut_threshold(cut, question->low, question->high),
		.feature = (int32_t)question->feature,
		.left = left_node,
		.missing_left = question->missing_left,
	};
	booster->asked[open->node] = (struct asked){question->low, (uint16_t)(cut->missing ? cut->count : 256)};
	bool left_small = left.total.rows < right.total.rows;
	*small = left_small ? left : right;
	*large = left_small ? right : left;
	sum_children(booster, open, small, large);
}

static struct open *make_room(struct open *items, size_t *capacity, size_t count)
{
	if (count < *capacity)
		return items;
	*capacity = *capacity ? 2 * *capacity : 64;
	return ns_realloc_array(items, *capacity, sizeof *items);
}

static void settle(struct ns_booster *booster, struct open *open)
{
	give_back(booster, open);
	booster->leaves = make_room(booster->leaves, &booster->leaves_capacity, booster->leaves_count);
	booster->leaves[booster->leaves_count++] = *open;
}

static void push(struct ns_booster *booster, const struct open *open)
{
	booster->open = make_room(booster->open, &booster->open_capacity, booster->open_count);
	if (booster->best_first)
		put_in(booster->open, booster->open_count, open);
	else
		booster->open[booster->open_count] = *open;
	booster->open_count++;
}

static struct open pop(struct ns_booster *booster)
{
	size_t count = booster->open_count--;
	return booster->best_first ? take_best(booster->open, count) : booster->open[count - 1];
}

/* The smaller child first: so no more histograms wait than the set can be halved. */
static void grow_depth_first(struct ns_booster *booster, struct open root)
{
	push(booster, &root);
	while (booster->open_count) {
		struct open open = pop(booster), small, large;
		if (!may_split(booster, &open) || !look_at(booster, &open)) {
			settle(booster, &open);
			continue;
		}
		split_node(booster, &small, &large, &open);
		push(booster, &large);
		push(booster, &small);
	}
}

static void look_and_push(struct ns_booster *booster, struct open *open)
{
	if (!may_split(booster, open) || !look_at(booster, open)) {
		settle(booster, open);
		return;
	}
	if (booster->held * booster->rows.size > HELD / sizeof *open->sums)
		give_back(booster, open);
	push(booster, open);
}

static void grow_best_first(struct ns_booster *booster, struct open root)
{
	look_and_push(booster, &root);
	for (uint32_t leaves = 1; booster->open_count; leaves++) {
		struct open open = pop(booster), small, large;
		if (leaves >= booster->setup.rules->max_leaf_nodes) {
			settle(booster, &open);
			continue;
		}
		split_node(booster, &small, &large, &open);
		look_and_push(booster, small.node < large.node ? &small : &large);
		look_and_push(booster, small.node < large.node ? &large : &small);
	}
}

/* The entries of `cells` that no node has: they walk. */
struct walking {
	const struct ns_booster *booster;
	const struct ns_grown *grown;
	const struct ns_boost_cells *cells;
	const uint32_t *list; /* NULL: all entries */
	size_t count;
	double *scores;
};

static void walk_block(void *context, size_t block, int worker)
{
	(void)worker;
	const struct walking *work = context;
	const struct ns_node *nodes = work->grown->nodes + work->booster->start;
	const double *values = work->grown->values + work->booster->start;
	const struct asked *asked = work->booster->asked;
	size_t start = block * BLOCK, end = work->count - start < BLOCK ? work->count : start + BLOCK;
	for (size_t i = start; i < end; i++) {
		size_t entry = work->list ? work->list[i] : i;
		uint32_t node = 0;
		while (nodes[node].feature >= 0) {
			uint32_t code = ns_boost_cells_code(work->cells, entry, (size_t)nodes[node].feature);
			node = nodes[node].left + ns_code_right(code, asked[node].low, asked[node].missing_code, nodes[node].missing_left);
		}
		work->scores[entry] += work->booster->setup.rate * values[node];
	}
}

static void walk(const struct walking *work)
{
	ns_parallel(work->booster->setup.threads, (work->count + BLOCK - 1) / BLOCK, walk_block, (void *)work);
}

/* Leaves get their values, entries their new scores. */
static void finish(struct ns_booster *booster, double *scores)
{
	size_t count = booster->leaves_count;
	struct ns_members *members = ns_malloc_array(count, sizeof *members);
	int64_t *curvature = ns_malloc_array(count, sizeof *curvature);
	double *step = ns_malloc_array(count, sizeof *step);
	for (size_t i = 0; i < count; i++)
		members[i] = booster->leaves[i].members;
	ns_boost_rows_curvature(&booster->rows, curvature, members, count);
	for (size_t i = 0; i < count; i++) {
		double value = curvature[i] ? (double)booster->leaves[i].total.gradient / (double)curvature[i] * booster->setup.factor : 0;
		booster->grown->values[booster->start + booster->leaves[i].node] = value;
		step[i] = booster->setup.rate * value;
	}
	ns_boost_rows_move(&booster->rows, scores, members, step, count);
	free(step);
	free(curvature);
	free(members);
}

static void end_tree(struct ns_grown *grown)
{
	grown->first = ns_realloc_array(grown->first, grown->trees + 2, sizeof *grown->first);
	grown->first[0] = 0;
	grown->first[++grown->trees] = grown->count;
}

void ns_booster_grow(struct ns_grown *grown, struct ns_booster *booster, double *scores, const float *gradient, uint32_t most, const uint8_t *drawn,
	struct ns_random *random)
{
	struct ns_sums total;
	booster->grown = grown;
	booster->random = random;
	booster->start = grown->count;
	booster->leaves_count = 0;
	struct ns_members members = ns_boost_rows_start(&booster->rows, &total, gradient, most, drawn);
	double least = ceil(booster->setup.rules->min_weight_fraction_leaf * (double)total.weight);
	booster->root_weight = (double)total.weight;
	booster->limits.min_weight = least > 1 ? (int64_t)least : 1;
	for (uint32_t f = 0; f < booster->setup.cells->features; f++)
		booster->features[f] = f;
	ns_random_shuffle(random, booster->features, booster->setup.cells->features);
	struct open root = new_node(booster, 0, members, total);
	root.turn = 1;
	if (may_split(booster, &root)) {
		root.sums = take_sums(booster);
		ns_boost_rows_sum(&booster->rows, root.sums, &root.members, &root.total);
	}
	if (booster->best_first)
		grow_best_first(booster, root);
	else
		grow_depth_first(booster, root);
	finish(booster, scores);
	end_tree(grown);
	const struct ns_boost_rows *rows = &booster->rows;
	if (!rows->bits && rows->in < rows->entries)
		walk(&(struct walking){booster, grown, rows->cells, rows->list + rows->in, rows->entries - rows->in, scores});
}

void ns_booster_apply(double *scores, const struct ns_booster *booster, const struct ns_grown *grown, const struct ns_boost_cells *cells)
{
	walk(&(struct walking){booster, grown, cells, NULL, cells->entries, scores});
}

/*
 * A row costs about one addition a feature and level; a multiplication of it with a column of bits far less, but once a node
 * that is summed over.
 */
bool ns_booster_marks(const struct ns_boost_cells *cells, const struct ns_rules *rules, bool weighted)
{
	bool deep = rules->max_depth > 6, many = rules->max_leaf_nodes > NS_MARKS_MAX / 2;
	if (weighted || !cells->column_codes || cells->entries > NS_BITS_ENTRIES_MAX || (deep && many))
		return false;
	double nodes = many ? ldexp(1, (int)rules->max_depth - 1) : rules->max_leaf_nodes - 1.0;
	double levels = deep ? log2(rules->max_leaf_nodes) + 1 : rules->max_depth;
	return nodes * (double)ns_bits_count(cells) * ns_bits_cost() < (double)cells->features * (0.5 + 0.5 * levels);
}
