/*
 * samme: the rules by which AdaBoost weighs rows and trees.
 *
 * SAMME.R adds up the logarithms of each leaf's class proportions, SAMME its votes (J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class
 * AdaBoost", 2009), as scikit-learn 1.2's AdaBoostClassifier has them, to the last digits. Equal rows of one class always have equal weights,
 * and a tree, of one question unless told, multiplies all weights by one factor per leaf and class. Where no tree can begin (no column has
 * two values; SAMME: none is better than guessing) the class proportions are all there is; scikit-learn goes on with the same leaf, or refuses.
 */
#ifndef NS_LEARN_SAMME_H
#define NS_LEARN_SAMME_H

#include "learn/tally.h"
#include "learn/tree.h"

struct ns_samme_rules {
	uint32_t n_estimators;
	struct ns_rules tree;
	double learning_rate;
	bool votes;    /* SAMME */
	bool balanced; /* classes weigh alike at the beginning */
};

/* The trees of a run; owned by the caller. */
struct ns_samme {
	uint32_t count;        /* of trees, 1 ... n_estimators */
	uint32_t width;        /* values of a leaf: classes, 1 for two */
	size_t *first;         /* count + 1: nodes of tree t are first[t] ... first[t + 1] - 1 */
	struct ns_node *nodes;
	uint32_t *samples;
	double *values;        /* node * width + ..., of leaves: what is added to each class's score, or to the second of two */
	double *weights;       /* of each tree: scores are divided by their sum */
	size_t capacity;       /* nodes */
};

/* threads: within a round. */
void ns_samme_boost(struct ns_samme *run, const struct ns_samme_rules *rules, const struct ns_tally *tally, uint64_t seed, int threads);
void ns_samme_release(struct ns_samme *run);

#endif
