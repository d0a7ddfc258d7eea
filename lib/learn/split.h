/*
 * split: the best question to ask at a node, one feature at a time.
 *
 * All thresholds between neighbouring codes present in the node are tried, as in scikit-learn's best splitter (Breiman et al.,
 * "Classification and regression trees", 1984): by a histogram where a feature has few codes for the size of the node or next to
 * none at all, else by sorting the node's codes. Where values are missing in the node, each threshold is tried with them on its right
 * and on its left, and so is the question whether a value is missing. Or one threshold is drawn, uniformly between the node's least and
 * greatest value (P. Geurts et al., "Extremely randomized trees", 2006).
 *
 * Everything that is added up is an integer, so the order of items does not matter; the first of equally good thresholds is kept.
 */
#ifndef NS_LEARN_SPLIT_H
#define NS_LEARN_SPLIT_H

#include <math.h>

#include "base/random.h"
#include "learn/bins.h"
#include "learn/masks.h"

enum ns_criterion { NS_GINI, NS_ENTROPY };

/* What decides how a tree grows; scikit-learn's parameters, resolved for one training set. */
struct ns_rules {
	enum ns_criterion criterion;
	bool drawn_thresholds;                        /* one a feature instead of all */
	uint32_t max_depth, max_leaf_nodes;           /* UINT32_MAX: no limit */
	uint32_t min_samples_split, min_samples_leaf; /* in different rows: one that was drawn twice counts once */
	double min_weight_fraction_leaf, min_impurity_decrease, ccp_alpha;
	size_t max_features;
	const double *class_weight; /* per class; NULL: all 1 */
};

/* What of the entries a tree is grown on. */
struct ns_sample {
	const uint32_t *drawn; /* rows drawn of each entry; 0 leaves it out; in all at most the rows there are */
	const uint32_t *rows;  /* how many of them are different rows; NULL: all are */
	const uint64_t *mass;  /* weight of each of an entry's rows in a unit of which the drawn ones have less than 2^53; NULL: all 1 */
};

/* Mass and different rows of one item. */
static inline uint64_t ns_item_mass(const struct ns_sample *sample, struct ns_item item)
{
	return sample->mass ? ns_item_drawn(item) * sample->mass[item.entry] : ns_item_drawn(item);
}
static inline uint32_t ns_item_rows(const struct ns_sample *sample, struct ns_item item)
{
	uint32_t drawn = ns_item_drawn(item);
	return !sample->rows ? drawn : drawn < NS_ITEM_DRAWN ? sample->rows[item.entry] : 0;
}

/* A split: codes <= low go left, the next one present is high; high == count: all but missing values go left. */
struct ns_split {
	double score;       /* only comparable within one node */
	double threshold;   /* drawn; NaN: between low and high */
	uint64_t left;      /* class 1 << 32 | class 0: rows drawn that go left, where splitter->packed */
	uint32_t feature, low, high;
	bool missing;       /* some value is missing in the node */
	bool missing_left;  /* where they go, then */
};
#define NS_SPLIT_NONE ((struct ns_split){.score = -HUGE_VAL, .feature = UINT32_MAX})

/* Scratch memory of one thread and what it knows of the present node. */
struct ns_splitter {
	const struct ns_bins *bins;
	const struct ns_rules *rules;
	const struct ns_sample *sample;
	struct ns_random *random;
	struct ns_masks masks;           /* the codes as masks, where there are few */
	bool masked;
	int mode;
	bool packed;                     /* classes are counted together: class 1 << 32 | class 0 */
	bool rows_matter;                /* different rows are counted */
	double min_weight_leaf;
	uint32_t least;                  /* packed: rows drawn on either side */
	uint64_t *keys, *spare, *sorted; /* items each */
	bool *marks;                     /* buckets to be looked into */
	uint64_t *histogram;             /* by code, or code * classes + class; zero between calls */
	uint32_t *row_counts;            /* by code, the same */
	uint64_t *total, *left;          /* mass of each class, of the node and of what lies left */
	uint64_t both;                   /* packed: total */
	uint64_t drawn, rows;            /* of the node; rows only where they matter */
	uint64_t square;                 /* of total: sum of squares, where unweighted */
};

void ns_splitter_init(struct ns_splitter *splitter, const struct ns_bins *bins);
void ns_splitter_release(struct ns_splitter *splitter);
/* Before each tree. min_weight_leaf: in mass times class weight. */
void ns_splitter_start(struct ns_splitter *splitter, const struct ns_rules *rules, const struct ns_sample *sample, double min_weight_leaf,
	struct ns_random *random);
/* Items a tree may have at most. */
size_t ns_splitter_items(const struct ns_bins *bins);

/* Looks at a node: fills total, drawn, rows. masks: of the items, where masked. Returns the number of classes present. */
uint32_t ns_splitter_enter(struct ns_splitter *splitter, const struct ns_item *items, size_t count);
/* The same where the packed total is known. */
uint32_t ns_splitter_enter_known(struct ns_splitter *splitter, uint64_t both);
/* Where masked, once before searching: the items' masks. */
static inline void ns_splitter_count(struct ns_splitter *splitter, const struct ns_item *items, const uint64_t *masks, size_t count)
{
	ns_masks_count(&splitter->masks, items, masks, count);
}
/*
 * The feature's best split, NS_SPLIT_NONE where the rules allow none; splits that score less than `least` need not be found.
 * False where all items have one value.
 */
bool ns_splitter_search(struct ns_split *found, struct ns_splitter *splitter, uint32_t feature, const struct ns_item *items,
	size_t count, double least);

/* Impurity of a node from the mass of each class; weighted: their sum of mass times class weight. */
double ns_impurity(double *weighted, const struct ns_rules *rules, const uint64_t *mass, uint32_t classes);

#endif
