/*
 * grids: which families of models to try, and the values to try of their parameters, as a small YAML file.
 *
 *	models:
 *	  logistic-regression:
 *	  random-forest:
 *	    n_estimators: [8, 16, 32]
 *	    max_features: sqrt
 *
 * A family is a learner's name, with its parameters under it or none; a parameter has one value or a list of them; null is None.
 * Names and values are checked as those of -p are: every mistake is one line with file and line, NS_ECALL.
 */
#ifndef NS_LEARN_GRIDS_H
#define NS_LEARN_GRIDS_H

#include "learn/learner.h"

struct ns_grid {
	const struct ns_learner *learner;
	struct ns_texts params; /* "n_estimators=8,16,32" each, as -p has them */
};

struct ns_grids {
	struct ns_grid *items; /* in the file's order; a learner comes once */
	size_t count;          /* >= 1 */
	const char *path;
};

enum { NS_GRIDS_SIZE_MAX = 1 << 20 }; /* bytes of a file: more is no list of models */

int ns_grids_parse(struct ns_grids *grids, const char *text, size_t size, const char *path, struct ns_arena *arena, struct ns_err *err);

/*
 * The learner's parameters: the file's, but for those that `given` has, then `given`. NS_ECALL where the file has no such family.
 */
int ns_grids_params(struct ns_texts *params, const struct ns_grids *grids, const struct ns_learner *learner, const struct ns_texts *given,
	struct ns_arena *arena, struct ns_err *err);

/* A line a family, as the words of an ns-fit call: "random-forest -p n_estimators=8,16,32 -p max_features=sqrt". */
const char *ns_grids_list(const struct ns_grids *grids, struct ns_arena *arena);

#endif
