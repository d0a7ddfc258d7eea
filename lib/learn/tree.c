#include "learn/tree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURED = 10 };

/* A node that is not finished: its items, and once looked at, how it would be split. */
struct open {
	uint32_t node, depth;
	size_t start, middle, end; /* items; middle: where the right child's begin, start where it stays a leaf */
	size_t constants;          /* height of the stack of features known to be constant here */
	struct ns_split split;
	double improvement;
};

struct ns_grower {
	const struct ns_bins *bins;
	struct ns_splitter splitter;
	const struct ns_rules *rules;
	struct ns_random *random;
	struct ns_tree *tree;
	struct ns_item *items, *spare; /* entries each */
	struct open *open;             /* a stack, or a heap where the best comes first */
	size_t open_count, open_capacity;
	uint32_t *features;            /* a permutation, drawn from */
	uint32_t *constants;           /* stack */
	bool *is_constant;             /* whether on the stack */
	size_t constants_count;
	double *risk;                  /* per node, for pruning; NULL otherwise */
	double weight;                 /* of the root */
	bool best_first;
};

struct ns_grower *ns_grower_new(const struct ns_bins *bins)
{
	struct ns_grower *grower = ns_malloc_array(1, sizeof *grower);
	*grower = (struct ns_grower){.bins = bins};
	ns_splitter_init(&grower->splitter, bins);
	grower->items = ns_malloc_array(bins->entries, sizeof *grower->items);
	grower->spare = ns_malloc_array(bins->entries, sizeof *grower->spare);
	grower->features = ns_malloc_array(bins->features, sizeof *grower->features);
	grower->constants = ns_malloc_array(bins->features, sizeof *grower->constants);
	grower->is_constant = ns_malloc_array(bins->features, sizeof *grower->is_constant);
	return grower;
}

void ns_grower_free(struct ns_grower *grower)
{
	if (!grower)
		return;
	ns_splitter_release(&grower->splitter);
	free(grower->items);
	free(grower->spare);
	free(grower->open);
	free(grower->features);
	free(grower->constants);
	free(grower->is_constant);
	free(grower);
}

void ns_tree_release(struct ns_tree *tree)
{
	free(tree->nodes);
	free(tree->samples);
	free(tree->values);
	*tree = (struct ns_tree){0};
}

/* Room for two more nodes. */
static void make_room(struct ns_grower *grower)
{
	struct ns_tree *tree = grower->tree;
	uint32_t classes = grower->bins->classes;
	if (tree->capacity - tree->count >= 2)
		return;
	tree->capacity = tree->capacity ? tree->capacity * 2 : 64;
	tree->nodes = ns_realloc_array(tree->nodes, tree->capacity, sizeof *tree->nodes);
	tree->samples = ns_realloc_array(tree->samples, tree->capacity, sizeof *tree->samples);
	tree->values = ns_realloc_array(tree->values, tree->capacity, classes * sizeof *tree->values);
	if (grower->rules->ccp_alpha > 0)
		grower->risk = ns_realloc_array(grower->risk, tree->capacity, sizeof *grower->risk);
}

static struct open new_node(struct ns_grower *grower, uint32_t depth, size_t start, size_t end)
{
	uint32_t node = (uint32_t)grower->tree->count++;
	grower->tree->nodes[node] = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = node};
	return (struct open){.node = node, .depth = depth, .start = start, .middle = start, .end = end, .constants = grower->constants_count};
}

/* Forgets the constant features found since the stack had this height. */
static void rewind_constants(struct ns_grower *grower, size_t height)
{
	while (grower->constants_count > height)
		grower->is_constant[grower->constants[--grower->constants_count]] = false;
}

/* The i-th feature to look at. */
static uint32_t next_feature(struct ns_grower *grower, size_t i)
{
	size_t features = grower->bins->features;
	size_t j = i + ns_random_below(grower->random, features - i);
	uint32_t feature = grower->features[j];
	grower->features[j] = grower->features[i];
	return grower->features[i] = feature;
}

/*
 * The gap between the two values as a share of all the feature's values span; NaN for a feature of few values, which are more likely codes
 * than measures.
 */
static double gap(const struct ns_grower *grower, const struct ns_split *split)
{
	const struct ns_bins_column *column = &grower->bins->columns[split->feature];
	const double *lowest = column->lowest, *highest = column->highest;
	if (column->count < MEASURED)
		return (double)NAN;
	return (lowest[split->high] / 2 - highest[split->low] / 2) / (highest[column->count - 1] / 2 - lowest[0] / 2);
}

/* Among equally good splits the wider gap is likelier to part new rows well; where that says nothing, the first stays. */
static bool is_better(const struct ns_grower *grower, const struct ns_split *split, const struct ns_split *best)
{
	return split->score > best->score || (split->feature != UINT32_MAX && split->score == best->score && gap(grower, split) > gap(grower, best));
}

static struct ns_split search(struct ns_grower *grower, const struct open *open)
{
	struct ns_split best = NS_SPLIT_NONE, found;
	size_t constant = 0;
	for (size_t i = 0; i < grower->bins->features && (i < grower->rules->max_features || i == constant); i++) {
		uint32_t feature = next_feature(grower, i);
		if (grower->is_constant[feature]) {
			constant++;
		} else if (!ns_splitter_search(&found, &grower->splitter, feature, grower->items + open->start, open->end - open->start, best.score)) {
			grower->is_constant[feature] = true;
			grower->constants[grower->constants_count++] = feature;
			constant++;
		} else if (is_better(grower, &found, &best)) {
			best = found;
		}
	}
	return best;
}

/* Puts the items of the left child first, keeping their order; returns where the right one's begin. */
static size_t partition(struct ns_grower *grower, const struct open *open)
{
	struct ns_codes codes = ns_bins_codes(grower->bins, open->split.feature, open->end - open->start);
	struct ns_item *items = grower->items;
	size_t left = open->start, right = 0;
	for (size_t i = open->start; i < open->end; i++) {
		struct ns_item item = items[i];
		bool goes_right = ns_code(codes, item.entry) > open->split.low;
		grower->spare[right] = item;
		items[left] = item;
		right += goes_right;
		left += !goes_right;
	}
	memcpy(items + left, grower->spare, right * sizeof *items);
	return left;
}

/* How much less impure the children are than the node, as a share of the whole tree's weight. */
static double improvement(struct ns_grower *grower, const struct open *open, double impurity, double weight)
{
	const struct ns_splitter *splitter = &grower->splitter;
	uint32_t classes = grower->bins->classes;
	double left_weight, right_weight;
	memset(splitter->left, 0, classes * sizeof *splitter->left);
	for (size_t i = open->start; i < open->middle; i++)
		splitter->left[grower->items[i].y] += ns_item_drawn(grower->items[i].count);
	double left = ns_impurity(&left_weight, grower->rules, splitter->left, classes);
	for (uint32_t c = 0; c < classes; c++)
		splitter->left[c] = splitter->total[c] - splitter->left[c];
	double right = ns_impurity(&right_weight, grower->rules, splitter->left, classes);
	return weight / grower->weight * (impurity - right_weight / weight * right - left_weight / weight * left);
}

static void write_values(double *values, const struct ns_rules *rules, const uint32_t *drawn, uint32_t classes)
{
	double sum = 0;
	for (uint32_t c = 0; c < classes; c++)
		sum += values[c] = rules->class_weight ? rules->class_weight[c] * drawn[c] : drawn[c];
	for (uint32_t c = 0; c < classes; c++)
		values[c] /= sum;
}

/* Writes what the node is as a leaf, and finds out how it would be split. */
static void look_at(struct ns_grower *grower, struct open *open)
{
	struct ns_splitter *splitter = &grower->splitter;
	const struct ns_rules *rules = grower->rules;
	struct ns_tree *tree = grower->tree;
	uint32_t classes = grower->bins->classes;
	uint32_t present = ns_splitter_enter(splitter, grower->items + open->start, open->end - open->start);
	uint32_t rows = ns_item_rows(splitter->all);
	double weight, impurity = ns_impurity(&weight, rules, splitter->total, classes);
	if (open->node == 0)
		grower->weight = weight;
	tree->samples[open->node] = ns_item_drawn(splitter->all);
	write_values(tree->values + (size_t)open->node * classes, rules, splitter->total, classes);
	if (grower->risk)
		grower->risk[open->node] = impurity * weight / grower->weight;
	if (present <= 1 || open->depth >= rules->max_depth || rows < rules->min_samples_split || rows / 2 < rules->min_samples_leaf ||
	    weight < 2 * splitter->min_weight_leaf)
		return;
	open->split = search(grower, open);
	open->constants = grower->constants_count;
	if (open->split.feature == UINT32_MAX)
		return;
	open->middle = partition(grower, open);
	if (!grower->best_first && rules->min_impurity_decrease <= 0)
		return;
	open->improvement = improvement(grower, open, impurity, weight);
	if (open->improvement + 0x1p-52 < rules->min_impurity_decrease)
		open->middle = open->start;
}

static bool better(const struct open *a, const struct open *b)
{
	return a->improvement != b->improvement ? a->improvement > b->improvement : a->node < b->node;
}

static void push(struct ns_grower *grower, struct open open)
{
	if (grower->open_count == grower->open_capacity) {
		grower->open_capacity = grower->open_capacity ? grower->open_capacity * 2 : 64;
		grower->open = ns_realloc_array(grower->open, grower->open_capacity, sizeof *grower->open);
	}
	size_t i = grower->open_count++;
	if (grower->best_first)
		for (; i > 0 && better(&open, &grower->open[(i - 1) / 2]); i = (i - 1) / 2)
			grower->open[i] = grower->open[(i - 1) / 2];
	grower->open[i] = open;
}

static struct open pop(struct ns_grower *grower)
{
	struct open *heap = grower->open, last = heap[--grower->open_count], top = heap[0];
	if (!grower->best_first || grower->open_count == 0)
		return last;
	size_t i = 0, count = grower->open_count;
	for (size_t child; (child = 2 * i + 1) < count; i = child) {
		child += child + 1 < count && better(&heap[child + 1], &heap[child]);
		if (!better(&heap[child], &last))
			break;
		heap[i] = heap[child];
	}
	heap[i] = last;
	return top;
}

/* Turns a leaf into an inner node with two leaves. */
static void split_node(struct open *left, struct open *right, struct ns_grower *grower, const struct open *open)
{
	make_room(grower);
	const struct ns_split *split = &open->split;
	grower->tree->nodes[open->node] = (struct ns_node){
		.threshold = ns_bins_threshold(&grower->bins->columns[split->feature], split->low, split->high),
		.feature = (int32_t)split->feature,
		.left = (uint32_t)grower->tree->count,
	};
	*left = new_node(grower, open->depth + 1, open->start, open->middle);
	*right = new_node(grower, open->depth + 1, open->middle, open->end);
}

static void grow_depth_first(struct ns_grower *grower, struct open root)
{
	push(grower, root);
	while (grower->open_count) {
		struct open open = pop(grower), left, right;
		rewind_constants(grower, open.constants);
		look_at(grower, &open);
		if (open.middle == open.start)
			continue;
		split_node(&left, &right, grower, &open);
		push(grower, right);
		push(grower, left);
	}
	rewind_constants(grower, 0);
}

/* Constants are not handed down here: neighbours in time are not neighbours in the tree. */
static void look_and_push(struct ns_grower *grower, struct open open)
{
	look_at(grower, &open);
	rewind_constants(grower, 0);
	if (open.middle != open.start)
		push(grower, open);
}

static void grow_best_first(struct ns_grower *grower, struct open root)
{
	look_and_push(grower, root);
	for (uint32_t leaves = 1; grower->open_count && leaves < grower->rules->max_leaf_nodes; leaves++) {
		struct open open = pop(grower), left, right;
		split_node(&left, &right, grower, &open);
		look_and_push(grower, left);
		look_and_push(grower, right);
	}
	grower->open_count = 0;
}

static size_t make_items(struct ns_item *items, const struct ns_bins *bins, const uint64_t *counts)
{
	size_t count = 0;
	for (size_t e = 0; e < bins->entries; e++) {
		items[count] = (struct ns_item){(uint32_t)e, bins->y[e], counts[e]};
		count += counts[e] != 0;
	}
	return count;
}

/* Values belong to leaves only. */
static void clear_inner(struct ns_tree *tree, uint32_t classes)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->nodes[i].feature >= 0)
			memset(tree->values + i * classes, 0, classes * sizeof *tree->values);
}

static double total_weight(const struct ns_rules *rules, const struct ns_item *items, size_t count)
{
	double weight = 0;
	for (size_t i = 0; i < count; i++)
		weight += ns_item_drawn(items[i].count) * (rules->class_weight ? rules->class_weight[items[i].y] : 1);
	return weight;
}

void ns_tree_grow(struct ns_tree *tree, struct ns_grower *grower, const struct ns_rules *rules, const uint64_t *counts, bool bootstrap,
	struct ns_random *random)
{
	*tree = (struct ns_tree){0};
	grower->tree = tree;
	grower->rules = rules;
	grower->random = random;
	grower->best_first = rules->max_leaf_nodes != UINT32_MAX;
	for (size_t f = 0; f < grower->bins->features; f++) {
		grower->features[f] = (uint32_t)f;
		grower->is_constant[f] = false;
	}
	grower->constants_count = 0;
	size_t count = make_items(grower->items, grower->bins, counts);
	double min_weight_leaf = rules->min_weight_fraction_leaf * total_weight(rules, grower->items, count);
	ns_splitter_start(&grower->splitter, rules, min_weight_leaf, bootstrap);
	make_room(grower);
	struct open root = new_node(grower, 0, 0, count);
	if (grower->best_first)
		grow_best_first(grower, root);
	else
		grow_depth_first(grower, root);
	if (grower->risk)
		ns_tree_prune(tree, grower->risk, rules->ccp_alpha, grower->bins->classes);
	free(grower->risk);
	grower->risk = NULL;
	clear_inner(tree, grower->bins->classes);
}

/* Moves the nodes that are still reached to the front. Children stay neighbours: they are reached together. */
static void drop_unreached(struct ns_tree *tree, uint32_t classes)
{
	uint32_t *number = ns_malloc_array(tree->count, sizeof *number), kept = 0;
	memset(number, 0xff, tree->count * sizeof *number);
	number[0] = 0;
	for (size_t i = 0; i < tree->count; i++) {
		if (number[i] == UINT32_MAX)
			continue;
		number[i] = kept++;
		if (tree->nodes[i].feature >= 0)
			number[tree->nodes[i].left] = number[tree->nodes[i].left + 1] = 0;
	}
	for (size_t i = 0; i < tree->count; i++) {
		uint32_t to = number[i];
		if (to == UINT32_MAX)
			continue;
		tree->nodes[to] = tree->nodes[i];
		tree->nodes[to].left = number[tree->nodes[i].left];
		tree->samples[to] = tree->samples[i];
		memmove(tree->values + (size_t)to * classes, tree->values + i * classes, classes * sizeof *tree->values);
	}
	tree->count = kept;
	free(number);
}

void ns_tree_prune(struct ns_tree *tree, const double *risk, double alpha, uint32_t classes)
{
	double *best = ns_malloc_array(tree->count, sizeof *best); /* the least risk + alpha * leaves of each subtree */
	for (size_t i = tree->count; i-- > 0;) {
		struct ns_node *node = &tree->nodes[i];
		best[i] = risk[i] + alpha;
		if (node->feature < 0)
			continue;
		double grown = best[node->left] + best[node->left + 1];
		if (best[i] <= grown)
			*node = (struct ns_node){.threshold = (double)INFINITY, .feature = -1, .left = (uint32_t)i};
		else
			best[i] = grown;
	}
	free(best);
	drop_unreached(tree, classes);
}

void ns_trees_gather(struct ns_trees *trees, struct ns_tree *grown, size_t count, uint32_t classes, struct ns_arena *arena)
{
	size_t *first = ns_malloc_array(count + 1, sizeof *first);
	first[0] = 0;
	for (size_t t = 0; t < count; t++)
		first[t + 1] = first[t] + grown[t].count;
	struct ns_node *nodes = ns_malloc_array(first[count], sizeof *nodes);
	uint32_t *samples = ns_malloc_array(first[count], sizeof *samples);
	double *values = ns_malloc_array(first[count], classes * sizeof *values);
	for (size_t t = 0; t < count; t++) {
		memcpy(nodes + first[t], grown[t].nodes, grown[t].count * sizeof *nodes);
		memcpy(samples + first[t], grown[t].samples, grown[t].count * sizeof *samples);
		memcpy(values + first[t] * classes, grown[t].values, grown[t].count * classes * sizeof *values);
		ns_tree_release(&grown[t]);
	}
	const struct ns_trees_shape shape = {.link = NS_LINK_MEAN, .outputs = classes, .width = classes, .scale = 1};
	ns_trees_make(trees, &shape, count, first, nodes, samples, values, arena);
	free(values);
	free(samples);
	free(nodes);
	free(first);
}
