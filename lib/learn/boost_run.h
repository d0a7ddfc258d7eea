/*
 * boost_run: one sequence of boosted trees (J. H. Friedman, "Stochastic gradient boosting", 2002), as long as the longest candidate
 * that shares it wants.
 */
#ifndef NS_LEARN_BOOST_RUN_H
#define NS_LEARN_BOOST_RUN_H

#include "learn/boost_tree.h"

struct ns_boost_options {
	struct ns_rules rules;
	enum ns_loss loss;
	bool friedman, balanced;
	double learning_rate, subsample;
	uint32_t iterations;
	uint32_t patience;          /* stops where the loss on held out rows is not less than any of so many before; 0: never */
	double held_out, tolerance; /* share of rows */
	uint32_t max_bins;
};

/* What comes out. Owned by the caller. */
struct ns_boost_run {
	struct ns_grown grown; /* iterations * outputs trees, an iteration's classes one after the other */
	uint32_t outputs;
	double *base;          /* outputs */
};
void ns_boost_run_release(struct ns_boost_run *run);

/* bits: of cells, or NULL. False where holding out rows leaves none on one side. */
bool ns_boost_run_fit(struct ns_boost_run *run, const struct ns_boost_options *options, const struct ns_boost_cells *cells, const struct ns_bits *bits, uint64_t seed,
	int threads);

#endif
