/* Ensembles of trees drawn at random, and rows for them, for the tests of trees. */
#ifndef NS_TESTS_FORESTS_H
#define NS_TESTS_FORESTS_H

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/random.h"
#include "model/trees.h"

#define LEAF(self) {.threshold = (double)INFINITY, .feature = -1, .left = (self)}

struct plan {
	size_t trees, size, features; /* size: nodes of each tree, odd */
	size_t few;                   /* how many thresholds there are but for the extremes; 0: any */
	bool weighted;                /* link mean: proportions that no counts give */
	struct ns_trees_shape shape;  /* base is drawn; all 0: mean of two classes */
	size_t rows;
};

struct forest {
	struct ns_trees trees;
	const double **x;
};

/* Thresholds: some of few, extremes among them, or any; the rows hold the thresholds themselves and their neighbours. */
static inline double draw_threshold(struct ns_random *random, size_t few)
{
	static const double extremes[] = {0, -0.0, 1e300, -1e300, DBL_MAX, -DBL_MAX, DBL_TRUE_MIN, -DBL_TRUE_MIN, DBL_MIN, 0.5, -0.5};
	if (ns_random_below(random, 4) == 0)
		return extremes[ns_random_below(random, sizeof extremes / sizeof *extremes)];
	return few ? (double)ns_random_below(random, few) / 8 - 3 : ns_random_normal(random);
}

static inline void draw_leaf(uint32_t *count, double *values, const struct plan *plan, struct ns_random *random)
{
	uint32_t rest = *count = 1 + (uint32_t)ns_random_below(random, 70000);
	double share = 1;
	for (uint32_t i = 0; i < plan->shape.width; i++) {
		bool last = i + 1 == plan->shape.width;
		uint32_t part = last ? rest : (uint32_t)ns_random_below(random, rest + 1);
		double weight = last ? share : share * ns_random_real(random);
		values[i] = plan->shape.link != NS_LINK_MEAN ? ns_random_normal(random) : plan->weighted ? weight : (double)part / *count;
		rest -= part;
		share -= weight;
	}
}

/* Grows one tree by splitting leaves drawn near the last ones, so that it is deep. Children come behind all nodes made before. */
static inline void draw_tree(struct ns_node *to, uint32_t *counts, double *values, const struct plan *plan, struct ns_random *random)
{
	uint32_t *leaves = ns_malloc_array(plan->size, sizeof *leaves), leaves_count = 1, made = 1;
	leaves[0] = 0;
	for (size_t i = 0; i < plan->size; i++) {
		to[i] = (struct ns_node)LEAF((uint32_t)i & INT32_MAX);
		draw_leaf(&counts[i], values + i * plan->shape.width, plan, random);
	}
	while (made < plan->size) {
		uint32_t *leaf = &leaves[leaves_count - 1 - ns_random_below(random, leaves_count < 40 ? leaves_count : 40)];
		to[*leaf] = (struct ns_node){draw_threshold(random, plan->few), (int32_t)ns_random_below(random, plan->features), made & INT32_MAX,
			plan->shape.missing && ns_random_below(random, 2)};
		*leaf = made++;
		leaves[leaves_count++] = made++;
	}
	free(leaves);
}

static inline void draw_rows(struct forest *forest, const struct plan *plan, struct ns_random *random, struct ns_arena *arena)
{
	forest->x = NS_NEW_ARRAY(arena, const double *, plan->features);
	for (size_t f = 0; f < plan->features && plan->rows; f++) {
		double *x = NS_NEW_ARRAY(arena, double, plan->rows);
		for (size_t row = 0; row < plan->rows; row++) {
			double value = draw_threshold(random, plan->few);
			x[row] = row % 3 == 0 ? value : nextafter(value, row % 3 == 1 ? -DBL_MAX : DBL_MAX);
			if (plan->shape.missing && ns_random_below(random, 8) == 0)
				x[row] = (double)NAN;
		}
		forest->x[f] = x;
	}
}

static inline struct forest draw_forest(struct plan plan, struct ns_arena *arena)
{
	struct forest forest;
	struct ns_random random;
	if (plan.shape.outputs == 0)
		plan.shape = (struct ns_trees_shape){.outputs = 2, .width = 2, .scale = 1, .missing = plan.shape.missing};
	size_t *starts = NS_NEW_ARRAY(arena, size_t, plan.trees + 1);
	struct ns_node *drawn = NS_NEW_ARRAY(arena, struct ns_node, plan.trees * plan.size);
	uint32_t *counts = NS_NEW_ARRAY(arena, uint32_t, plan.trees * plan.size);
	double *values = NS_NEW_ARRAY(arena, double, plan.trees * plan.size * plan.shape.width);
	double *base = NS_NEW_ARRAY(arena, double, plan.shape.outputs);
	ns_random_init(&random, 42, "forests", plan.trees, plan.size);
	for (uint32_t o = 0; o < plan.shape.outputs; o++)
		base[o] = ns_random_normal(&random);
	for (size_t t = 0; t < plan.trees; t++) {
		starts[t + 1] = (t + 1) * plan.size;
		draw_tree(drawn + starts[t], counts + starts[t], values + starts[t] * plan.shape.width, &plan, &random);
	}
	if (plan.shape.link != NS_LINK_MEAN)
		plan.shape.base = base;
	ns_trees_make(&forest.trees, &plan.shape, plan.trees, starts, drawn, counts, values, arena);
	draw_rows(&forest, &plan, &random, arena);
	return forest;
}

#endif
