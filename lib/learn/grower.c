#include "learn/tree.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MEASURED = 10 };

/* A node that is not finished: its items, and once looked at, how it would be split. */
struct open {
	uint32_t node, depth;
	uint32_t constants;        /* height of the stack of features known to be constant here */
	bool known;                /* both is right */
	size_t start, middle, end; /* items; middle: where the right child's begin, start where it stays a leaf */
	uint64_t both;             /* rows of each class, packed as the splitter does */
	struct ns_split split;
	double improvement;
};

#include "learn/best_first.h"

struct ns_grower {
	const struct ns_bins *bins;
	struct ns_splitter splitter;
	const struct ns_rules *rules;
	const struct ns_sample *sample;
	struct ns_random *random;
	struct ns_tree *tree;
	bool missing;                  /* some training value is */
	struct ns_item *items, *spare;         /* ns_splitter_items each */
	uint64_t *item_masks, *spare_masks;    /* beside them, where codes fit into masks */
	struct open *open;             /* a stack, or a heap where the best comes first */
	size_t open_count, open_capacity;
	uint32_t *features;            /* a permutation, drawn from */
	uint32_t *constants;           /* stack */
	bool *is_constant;             /* whether on the stack */
	size_t constants_count;
	double *risk;                  /* per node, for pruning; NULL otherwise */
	double weight;                 /* of the root */
	bool best_first;
	bool measured;                 /* the rules ask for impurities or weights; every node gets its values */
};

struct ns_grower *ns_grower_new(const struct ns_bins *bins)
{
	struct ns_grower *grower = ns_malloc_array(1, sizeof *grower);
	size_t items = ns_splitter_items(bins);
	*grower = (struct ns_grower){.bins = bins};
	ns_splitter_init(&grower->splitter, bins);
	for (size_t f = 0; f < bins->features; f++)
		grower->missing |= bins->columns[f].missing;
	grower->items = ns_malloc_array(items, sizeof *grower->items);
	grower->spare = ns_malloc_array(items, sizeof *grower->spare);
	if (grower->splitter.masks.of_entry) {
		grower->item_masks = ns_malloc_array(items, sizeof *grower->item_masks);
		grower->spare_masks = ns_malloc_array(items, sizeof *grower->spare_masks);
	}
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
	free(grower->item_masks);
	free(grower->spare_masks);
	free(grower->open);
	free(grower->features);
	free(grower->constants);
	free(grower->is_constant);
	free(grower);
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
	return (struct open){.node = node, .depth = depth, .start = start, .middle = start, .end = end, .constants = (uint32_t)grower->constants_count};
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
 * than measures, and where only missing values are on the right or thresholds are drawn.
 */
static double gap(const struct ns_grower *grower, const struct ns_split *split)
{
	const struct ns_bins_column *column = &grower->bins->columns[split->feature];
	const double *lowest = column->lowest, *highest = column->highest;
	if (column->count < MEASURED || split->high == column->count || grower->rules->drawn_thresholds)
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
static size_t partition_codes(struct ns_grower *grower, const struct open *open)
{
	const struct ns_split *split = &open->split;
	struct ns_codes codes = ns_bins_codes(grower->bins, split->feature, open->end - open->start);
	struct ns_item *items = grower->items, *spare = grower->spare;
	uint32_t low = split->low, leftward = split->missing && split->missing_left ? grower->bins->columns[split->feature].count : UINT32_MAX;
	size_t left = open->start, right = 0;
	for (size_t i = open->start; i < open->end; i++) {
		struct ns_item item = items[i];
		uint32_t code = ns_code(codes, item.entry);
		bool goes_right = (code > low) & (code != leftward);
		spare[right] = item;
		items[left] = item;
		right += goes_right;
		left += !goes_right;
	}
	memcpy(items + left, spare, right * sizeof *items);
	return left;
}

/* The bits of which a row has one that goes right. */
static uint64_t rightward(const struct ns_grower *grower, const struct ns_split *split)
{
	const struct ns_bins_column *column = &grower->bins->columns[split->feature];
	uint32_t first = grower->splitter.masks.first[split->feature];
	uint64_t bits = split->low + 1 < column->count ? UINT64_C(1) << (first + split->low) : 0;
	if (column->missing && !(split->missing && split->missing_left))
		bits |= UINT64_C(1) << (first + column->count - 1);
	return bits;
}

static size_t partition_masks(struct ns_grower *grower, const struct open *open)
{
	uint64_t bits = rightward(grower, &open->split), *masks = grower->item_masks, *spare_masks = grower->spare_masks;
	struct ns_item *items = grower->items, *spare = grower->spare;
	size_t left = open->start, right = 0;
	for (size_t i = open->start; i < open->end; i++) {
		struct ns_item item = items[i];
		uint64_t mask = masks[i];
		bool goes_right = (mask & bits) != 0;
		spare[right] = item;
		spare_masks[right] = mask;
		items[left] = item;
		masks[left] = mask;
		right += goes_right;
		left += !goes_right;
	}
	memcpy(items + left, spare, right * sizeof *items);
	memcpy(masks + left, spare_masks, right * sizeof *masks);
	return left;
}

static size_t partition(struct ns_grower *grower, const struct open *open)
{
	return grower->splitter.masked ? partition_masks(grower, open) : partition_codes(grower, open);
}

/* How much less impure the children are than the node, as a share of the whole tree's weight. */
static double improvement(struct ns_grower *grower, const struct open *open, double impurity, double weight)
{
	const struct ns_splitter *splitter = &grower->splitter;
	uint32_t classes = grower->bins->classes;
	double left_weight, right_weight;
	memset(splitter->left, 0, classes * sizeof *splitter->left);
	for (size_t i = open->start; i < open->middle; i++)
		splitter->left[ns_item_class(grower->items[i])] += ns_item_mass(grower->sample, grower->items[i]);
	double left = ns_impurity(&left_weight, grower->rules, splitter->left, classes);
	for (uint32_t c = 0; c < classes; c++)
		splitter->left[c] = splitter->total[c] - splitter->left[c];
	double right = ns_impurity(&right_weight, grower->rules, splitter->left, classes);
	return weight / grower->weight * (impurity - right_weight / weight * right - left_weight / weight * left);
}

/* What the node is as a leaf. */
static void write_values(struct ns_grower *grower, uint32_t node)
{
	const struct ns_splitter *splitter = &grower->splitter;
	const double *weight = grower->rules->class_weight;
	uint32_t classes = grower->bins->classes;
	double *values = grower->tree->values + (size_t)node * classes, sum = 0;
	for (uint32_t c = 0; c < classes; c++)
		sum += values[c] = (weight ? weight[c] : 1) * (double)splitter->total[c];
	for (uint32_t c = 0; c < classes; c++)
		values[c] /= sum;
}

/* Finds out how the node would be split. */
static void find_split(struct ns_grower *grower, struct open *open, double impurity, double weight)
{
	const struct ns_rules *rules = grower->rules;
	struct ns_splitter *splitter = &grower->splitter;
	if (splitter->masked)
		ns_masks_count(&splitter->masks, grower->items + open->start, grower->item_masks + open->start, open->end - open->start);
	open->split = search(grower, open);
	open->constants = (uint32_t)grower->constants_count;
	if (open->split.feature == UINT32_MAX)
		return;
	open->middle = partition(grower, open);
	if (!grower->best_first && rules->min_impurity_decrease <= 0)
		return;
	open->improvement = improvement(grower, open, impurity, weight);
	if (open->improvement + 0x1p-52 < rules->min_impurity_decrease)
		open->middle = open->start;
}

/* Whether the rules let nobody split the node, of so many classes. */
static bool is_final(const struct ns_grower *grower, uint32_t depth, uint32_t present)
{
	const struct ns_rules *rules = grower->rules;
	const struct ns_splitter *splitter = &grower->splitter;
	return present <= 1 || depth >= rules->max_depth || (splitter->rows_matter && (splitter->rows < rules->min_samples_split ||
		splitter->rows / 2 < rules->min_samples_leaf));
}

static uint32_t enter(struct ns_grower *grower, const struct open *open)
{
	struct ns_splitter *splitter = &grower->splitter;
	return open->known ? ns_splitter_enter_known(splitter, open->both) : ns_splitter_enter(splitter, grower->items + open->start, open->end - open->start);
}

static void look_at(struct ns_grower *grower, struct open *open)
{
	struct ns_splitter *splitter = &grower->splitter;
	uint32_t classes = grower->bins->classes, present = enter(grower, open);
	double weight = 0, impurity = 0;
	if (grower->measured)
		impurity = ns_impurity(&weight, grower->rules, splitter->total, classes);
	open->both = splitter->both;
	if (open->node == 0)
		grower->weight = weight;
	grower->tree->samples[open->node] = (uint32_t)splitter->drawn;
	if (grower->risk)
		grower->risk[open->node] = impurity * weight / grower->weight;
	if (!is_final(grower, open->depth, present) && !(grower->measured && weight < 2 * splitter->min_weight_leaf))
		find_split(grower, open, impurity, weight);
	if (open->middle == open->start || grower->measured)
		write_values(grower, open->node);
}

static void push(struct ns_grower *grower, struct open open)
{
	if (grower->open_count == grower->open_capacity) {
		grower->open_capacity = grower->open_capacity ? grower->open_capacity * 2 : 64;
		grower->open = ns_realloc_array(grower->open, grower->open_capacity, sizeof *grower->open);
	}
	if (grower->best_first)
		put_in(grower->open, grower->open_count, &open);
	else
		grower->open[grower->open_count] = open;
	grower->open_count++;
}

static struct open pop(struct ns_grower *grower)
{
	size_t count = grower->open_count--;
	return grower->best_first ? take_best(grower->open, count) : grower->open[count - 1];
}

/* Where missing values go: where most rows do, of a feature that none of them lacks. */
static bool missing_goes_left(const struct ns_grower *grower, const struct open *open)
{
	uint64_t left = 0;
	if (!grower->missing || open->split.missing)
		return open->split.missing_left;
	for (size_t i = open->start; i < open->middle; i++)
		left += ns_item_drawn(grower->items[i]);
	return left > grower->tree->samples[open->node] - left;
}

static double threshold_of(const struct ns_grower *grower, const struct ns_split *split)
{
	const struct ns_bins_column *column = &grower->bins->columns[split->feature];
	if (split->high == column->count)
		return DBL_MAX; /* all that is not missing */
	return isnan(split->threshold) ? ns_bins_threshold(column, split->low, split->high) : split->threshold;
}

/* Turns a leaf into an inner node with two leaves. */
static void split_node(struct open *left, struct open *right, struct ns_grower *grower, const struct open *open)
{
	make_room(grower);
	const struct ns_split *split = &open->split;
	grower->tree->nodes[open->node] = (struct ns_node){
		.threshold = threshold_of(grower, split),
		.feature = (int32_t)split->feature,
		.left = (uint32_t)grower->tree->count & INT32_MAX,
		.missing_left = missing_goes_left(grower, open),
	};
	*left = new_node(grower, open->depth + 1, open->start, open->middle);
	*right = new_node(grower, open->depth + 1, open->middle, open->end);
	if (grower->splitter.packed) {
		left->known = right->known = true;
		left->both = split->left;
		right->both = open->both - split->left;
	}
}

/* Done with at once, or later. */
static void push_unless_leaf(struct ns_grower *grower, struct open open)
{
	if (open.known && !grower->measured && is_final(grower, open.depth, ns_splitter_enter_known(&grower->splitter, open.both))) {
		grower->tree->samples[open.node] = (uint32_t)grower->splitter.drawn;
		write_values(grower, open.node);
	} else {
		push(grower, open);
	}
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
		push_unless_leaf(grower, right);
		push_unless_leaf(grower, left);
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

/* An item for each entry that was drawn, or several. */
static size_t make_items(struct ns_grower *grower)
{
	const struct ns_bins *bins = grower->bins;
	const uint32_t *drawn = grower->sample->drawn;
	struct ns_item *items = grower->items;
	size_t count = 0;
	for (uint32_t e = 0; e < bins->entries; e++) {
		uint32_t rest = drawn[e], what = bins->y[e] << 8;
		for (; rest >= NS_ITEM_DRAWN; rest -= NS_ITEM_DRAWN)
			items[count++] = (struct ns_item){e, what | NS_ITEM_DRAWN};
		items[count] = (struct ns_item){e, what | rest};
		count += drawn[e] != 0;
	}
	for (size_t i = 0; grower->splitter.masked && i < count; i++)
		grower->item_masks[i] = grower->splitter.masks.of_entry[items[i].entry];
	return count;
}

/* Values belong to leaves only. */
static void clear_inner(struct ns_tree *tree, uint32_t classes)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->nodes[i].feature >= 0)
			memset(tree->values + i * classes, 0, classes * sizeof *tree->values);
}

/* Of all rows drawn. */
static double total_weight(const struct ns_grower *grower)
{
	double weight;
	ns_class_masses(grower->splitter.left, grower->bins, grower->sample);
	ns_impurity(&weight, grower->rules, grower->splitter.left, grower->bins->classes);
	return weight;
}

static void start(struct ns_grower *grower, struct ns_tree *tree, const struct ns_rules *rules, const struct ns_sample *sample, struct ns_random *random)
{
	*tree = (struct ns_tree){0};
	grower->tree = tree;
	grower->rules = rules;
	grower->sample = sample;
	grower->random = random;
	grower->best_first = rules->max_leaf_nodes != UINT32_MAX;
	grower->measured = grower->best_first || rules->ccp_alpha > 0 || rules->min_impurity_decrease > 0 || rules->min_weight_fraction_leaf > 0;
	for (size_t f = 0; f < grower->bins->features; f++) {
		grower->features[f] = (uint32_t)f;
		grower->is_constant[f] = false;
	}
	grower->constants_count = 0;
	double min_weight_leaf = rules->min_weight_fraction_leaf > 0 ? rules->min_weight_fraction_leaf * total_weight(grower) : 0;
	ns_splitter_start(&grower->splitter, rules, sample, min_weight_leaf, random);
}

void ns_tree_grow(struct ns_tree *tree, struct ns_grower *grower, const struct ns_rules *rules, const struct ns_sample *sample, struct ns_random *random)
{
	start(grower, tree, rules, sample, random);
	make_room(grower);
	struct open root = new_node(grower, 0, 0, make_items(grower));
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
