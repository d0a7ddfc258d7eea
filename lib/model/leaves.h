/*
 * leaves: the values of all leaves as doubles, each different one once: most leaves of a forest are of one class, or of a few rows. What
 * many rows look up then stays near. For lib/model alone.
 */
#ifndef NS_MODEL_LEAVES_H
#define NS_MODEL_LEAVES_H

#include "model/trees.h"

struct ns_leaves {
	double *values; /* number * width + i */
	uint32_t *of;   /* node -> number; UINT32_MAX for inner nodes */
	uint32_t count;
};

void ns_leaves_init(struct ns_leaves *leaves, const struct ns_trees *trees);
void ns_leaves_release(struct ns_leaves *leaves);

#endif
