/*
 * tree: growing one decision tree, for every learner that is made of them.
 *
 * Depth first, or best first where max_leaf_nodes limits it, as scikit-learn 1.2: a node is split while it is impure and the
 * rules allow it, by the best of max_features features drawn without replacement; features that turn out constant count as drawn,
 * but at least one that is not is looked at. Among equally good features, where scikit-learn takes whichever it drew first, the
 * one with the widest gap at the threshold wins (measures; for codes of few values the first drawn: always taking the lowest
 * column costs a tree on coded data 0.1 points of F1, for the same columns are then preferred all over the tree). So features are
 * drawn even where all are looked at. A node at which no training row lacks the value asked for sends missing ones to the child with
 * more rows (as drawn), to the right one where they have the same. Afterwards minimal cost-complexity pruning (Breiman et al., 1984) by ccp_alpha.
 */
#ifndef NS_LEARN_TREE_H
#define NS_LEARN_TREE_H

#include "base/random.h"
#include "learn/split.h"

/* A grown tree; owned by the caller (malloc), as long as the node arrays. */
struct ns_tree {
	struct ns_node *nodes;
	uint32_t *samples;
	double *values; /* node * classes + class */
	size_t count, capacity;
};
void ns_tree_release(struct ns_tree *tree);

/* One thread's scratch memory for any number of trees on the same bins. */
struct ns_grower;
struct ns_grower *ns_grower_new(const struct ns_bins *bins);
void ns_grower_free(struct ns_grower *grower); /* NULL is fine */

/* At least one row is drawn. */
void ns_tree_grow(struct ns_tree *tree, struct ns_grower *grower, const struct ns_rules *rules, const struct ns_sample *sample,
	struct ns_random *random);

/*
 * Replaces subtrees by leaves where risk[node] + alpha is no more than the subtree's; risk: weighted impurity, a share of the
 * root's weight.
 */
void ns_tree_prune(struct ns_tree *tree, const double *risk, double alpha, uint32_t classes);

/* Puts grown trees into one model in their order; releases them. missing: whether training rows had missing values. */
void ns_trees_gather(struct ns_trees *trees, struct ns_tree *grown, size_t count, uint32_t classes, bool missing, struct ns_arena *arena);

/*
 * The rules from a learner's parameters, those of criterion, max_depth, min_samples_split, min_samples_leaf,
 * min_weight_fraction_leaf, max_features, max_leaf_nodes, min_impurity_decrease, ccp_alpha that it has. class_weight is not among
 * them. NS_ECALL where a number is neither a count nor a fraction, NS_EDATA where there are too many classes.
 */
int ns_rules_read(struct ns_rules *rules, const struct ns_learner *learner, const struct ns_value *values,
	const struct ns_training *training, struct ns_err *err);
/* Weights all / (classes present * mass[class]), 0 for classes without rows: then every class weighs the same. */
void ns_class_weights(double *weights, const uint64_t *mass, uint32_t classes);
/* For a sample (split.h): weights in fixed point, NULL where bins has none; copies as rows drawn (both to be freed); mass of each class. */
uint64_t *ns_entry_masses(const struct ns_bins *bins);
void ns_class_masses(uint64_t *masses, const struct ns_bins *bins, const struct ns_sample *sample);
uint32_t *ns_entry_copies(const struct ns_bins *bins);
/* A parameter that is a count (1, 2, ...; up to rows) or a fraction of rows (0.25, 1.0), as a count by `round_up`, at least 1. */
int ns_count_or_fraction(uint32_t *count, const char *name, const struct ns_value *value, size_t rows, bool round_up,
	struct ns_err *err);
/* The checked value of the parameter named so; NULL where the learner has none. */
const struct ns_value *ns_value_of(const struct ns_learner *learner, const struct ns_value *values, const char *name);

#endif
