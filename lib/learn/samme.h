/*
 * samme: the rules by which AdaBoost weighs rows and stumps.
 *
 * SAMME.R adds up the logarithms of each leaf's class proportions, SAMME its votes (J. Zhu, H. Zou, S. Rosset, T. Hastie, "Multi-class
 * AdaBoost", 2009), as scikit-learn 1.2's AdaBoostClassifier has them, to the last digits. Equal rows of one class always have equal weights,
 * and a stump multiplies all weights by one factor per side and class. Where no stump can begin (no column has two values; SAMME:
 * none is better than guessing) the class proportions are all there is; scikit-learn goes on with the same leaf, or refuses.
 */
#ifndef NS_LEARN_SAMME_H
#define NS_LEARN_SAMME_H

#include "learn/stump.h"

enum { NS_SAMME_NODES = 3 };

struct ns_samme_rules {
	uint32_t n_estimators;
	double learning_rate;
	bool votes;    /* SAMME */
	bool balanced; /* classes weigh alike at the beginning */
};

/* The stumps of a run; owned by the caller. */
struct ns_samme {
	uint32_t count;        /* 1 ... n_estimators */
	uint32_t width;        /* values of a leaf: classes, 1 for two */
	struct ns_node *nodes; /* stump * NS_SAMME_NODES + node; a stump whose first is a leaf has no others */
	uint32_t *samples;
	double *values;        /* of each node, width: what it adds to a class's score, or to the second of two */
	double *weights;       /* of each stump: scores are divided by their sum */
};

/* threads: within a round. */
void ns_samme_boost(struct ns_samme *run, const struct ns_samme_rules *rules, const struct ns_tally *tally, uint64_t seed, int threads);
void ns_samme_release(struct ns_samme *run);

#endif
