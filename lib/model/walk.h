/*
 * walk: trees whose nodes are laid out for many rows at once. For lib/model alone.
 *
 * A tree is walked by NS_RANK_LANES rows at a time, whose dependent loads overlap; from the root, or from where they leave its crown. All rows
 * take the first steps, as many as a training row on average, so that no branch depends on the data; then those that are not at a leaf take some more, again and again. Four layouts, the
 * first that fits:
 *
 *	bits     at most 63 thresholds in all, 65,536 nodes per tree: 4 bytes a node, 1 bit a threshold
 *	bytes    at most 255 thresholds per slot, 256 slots, 65,536 nodes per tree: 4 bytes a node, 1 a cell
 *	words    at most 65,535 thresholds per slot, 65,536 slots: 8 bytes a node, 2 a cell
 *	doubles  any: 16 bytes a node, 8 a cell, no codes
 */
#ifndef NS_MODEL_WALK_H
#define NS_MODEL_WALK_H

#include "model/active.h"
#include "model/crowns.h"

struct ns_walk {
	enum ns_cell kind;
	void *nodes;
	struct ns_crowns crowns; /* bytes and words */
	uint8_t *steps;          /* per tree: those that all rows take first, behind its crown if it has one */
};

/* A block of rows on its way through a tree. */
struct ns_walkers {
	uint32_t at[NS_CELL_ROWS]; /* each row's node */
	uint32_t active[NS_CELL_ROWS + NS_ACTIVE_MORE];
	uint32_t *leaf;
};

void ns_walk_init(struct ns_walk *walk, const struct ns_trees *trees, const struct ns_ranks *ranks);
void ns_walk_release(struct ns_walk *walk);

/*
 * leaf[row] = the number, by leaf_of (leaves.h; from the tree's root on), of the leaf of this tree, whose nodes begin at root, that the row comes to. cells: of the
 * layout's kind.
 */
void ns_walk_tree(uint32_t *leaf, struct ns_walkers *walkers, const struct ns_walk *walk, size_t tree, size_t root, const uint32_t *leaf_of,
	const struct ns_cells *cells);

#endif
