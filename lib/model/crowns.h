/*
 * crowns: the first questions of a tree, answered for 64 rows at once. For lib/model alone.
 *
 * The nodes of the first levels that many training rows came to are a tree's crown. Their answers for 64 rows are one word of bits each, from
 * one comparison of 64 cells; with the rows that come to a node and their answers there, the rows that come to its children are known. The answers of one
 * level together are one bit of where each row leaves the crown:
 *
 *	the way out   | answer of level 0 | of level 1 | ... |      0 (left) below a leaf
 */
#ifndef NS_MODEL_CROWNS_H
#define NS_MODEL_CROWNS_H

#include "model/cells.h"

enum { NS_CROWN_LEVELS = 6 };

struct ns_crown_node {
	uint16_t slot, code; /* right where a row's cell is above the code */
	uint32_t place;      /* root 1, children 2 * place and 2 * place + 1 */
};

struct ns_crowns {
	struct ns_crown_node *nodes; /* of all trees, each one's by place */
	size_t *first;               /* per tree and level: NS_CROWN_LEVELS of each; and one more */
	uint32_t *exits;             /* per tree and way out: the node there, within the tree */
	double *steps;               /* per tree: how many a training row took in the crown, on average */
};

/* The slots' and thresholds' numbers fit in cells of 16 bits. */
void ns_crowns_init(struct ns_crowns *crowns, const struct ns_trees *trees, const struct ns_ranks *ranks);
void ns_crowns_release(struct ns_crowns *crowns);

/* at[row] = the node where each row leaves the tree's crown; at has place for whole groups of NS_CELL_GROUP. cells: of the kind bytes or words. */
void ns_crowns_pass(uint32_t *at, const struct ns_crowns *crowns, size_t tree, const struct ns_cells *cells);

#endif
