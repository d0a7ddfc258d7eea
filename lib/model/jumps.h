/*
 * jumps: trees of few thresholds, several of whose questions are answered at once. For lib/model alone.
 *
 * Near the root of a tree, and again below, nodes that ask a few different questions (ten, then six) make a group. The answers of a row stand in its
 * word of bits (cells.h); those that a group asks for, moved together, are the number of the way out of the group: the next group, or a leaf.
 * A leaf is a group without questions whose one way out leads to itself, so that no step has to ask whether it is at one.
 *
 *	group   | questions 64 | exits 32 | - 32 |     questions: the bits that are asked for
 *	exits   | group 32 | group 32 | ...            2 to the power of the questions, from group.exits on; all groups' behind each other
 *
 * The first groups are the leaves, by the number of their values (leaves.h), the same for all trees. Needs a processor that moves bits
 * together in one instruction (pext).
 */
#ifndef NS_MODEL_JUMPS_H
#define NS_MODEL_JUMPS_H

#include "model/leaves.h"
#include "model/cells.h"

struct ns_jump_group {
	uint64_t questions;
	uint32_t exits;
};

struct ns_jumps {
	struct ns_jump_group *groups;
	uint32_t *exits;
	uint32_t leaves; /* so many groups are */
	uint32_t *roots; /* per tree: its first group */
	uint8_t *steps;  /* per tree: those that all rows take first */
};

/* False, and nothing made, where this machine cannot, there are too many thresholds (more than 63) or nodes. */
bool ns_jumps_init(struct ns_jumps *jumps, const struct ns_trees *trees, const struct ns_ranks *ranks, const struct ns_leaves *leaves);
void ns_jumps_release(struct ns_jumps *jumps);

/*
 * at[row] = the number of the values of the leaf that the row comes to. cells: of the kind bits, as many rows as there is room for at `at`; `active`
 * has place for NS_ACTIVE_MORE more.
 */
void ns_jumps_tree(uint32_t *at, uint32_t *active, const struct ns_jumps *jumps, size_t tree, const struct ns_cells *cells);

#endif
