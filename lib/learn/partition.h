/*
 * partition: how one tree, a stump or a deeper one, parts the weighted entries of a tally; all alike for who boosts.
 */
#ifndef NS_LEARN_PARTITION_H
#define NS_LEARN_PARTITION_H

#include "learn/stump.h"
#include "learn/weighed_tree.h"

struct ns_partition {
	uint32_t parts;         /* leaves of the tree; 1: no question */
	int64_t *weight;        /* leaf * classes + class: of the entries there; leaves counted in the order of nodes */
	const struct ns_node *nodes; /* node 0 is the root */
	const uint32_t *samples;     /* rows that come to each */
	size_t count;                /* of nodes */
	/* what it is made with */
	const struct ns_tally *tally;
	const struct ns_rules *rules;
	size_t room;            /* leaves that weight has memory for */
	struct ns_node small[3];
	uint32_t small_samples[3];
	struct ns_stump stump;
	struct ns_stump_search *search; /* NULL: trees */
	struct ns_weighed_tree tree;
	struct ns_random random;
};

/* rules: of the trees, gini; a stump if max_depth is 1. The tally and the rules must outlive it. */
void ns_partition_init(struct ns_partition *partition, const struct ns_tally *tally, const struct ns_rules *rules, uint64_t seed,
	int threads);
void ns_partition_release(struct ns_partition *partition);

/* Finds the best tree. weight: of each entry; total: of each class; single: what a row of weight 1 weighs, of each entry. */
void ns_partition_find(struct ns_partition *partition, const int64_t *weight, const int64_t *total, const double *single);
/* All is one leaf. */
void ns_partition_whole(struct ns_partition *partition, const int64_t *total);

/* Numbers of leaves, for looking up those of entries. */
struct ns_spread {
	const struct ns_partition *partition;
	const double *of_leaf;
	double of_cell[UINT8_MAX + 1]; /* of a stump whose column shares a byte with others */
};
void ns_spread_init(struct ns_spread *spread, const struct ns_partition *partition, const double *of_leaf);
/* out[i]: the number of the leaf that entry `start` + i comes to. */
void ns_spread_block(double *restrict out, const struct ns_spread *spread, size_t start, size_t count);

#endif
