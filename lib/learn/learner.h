/*
 * learner: how models come to be. A learner is one file that ends in `const struct ns_learner ns_learn_x = {...}`, and one line
 * in the registry (learner.c). Names and parameters are scikit-learn's, so that what people know and the grids they have carry
 * over.
 *
 * Learning depends on the multiset of rows, the parameters and the seed: not on the order of rows, the number of threads, the
 * compiler or the machine.
 */
#ifndef NS_LEARN_LEARNER_H
#define NS_LEARN_LEARNER_H

#include "base/param.h"
#include "model/model.h"

struct ns_training {
	size_t rows, features;
	const double *const *x; /* x[feature][row]: finite, or NaN = missing where the learner takes that */
	bool missing;           /* some x is NaN */
	const uint32_t *y;      /* class of each row */
	const double *weight;   /* of each row, > 0 and finite; NULL: all 1. A row of weight 2 counts as two rows, but is one where rows are counted */
	uint32_t classes;       /* >= 2; some may have no row */
	uint64_t seed;
	int threads;            /* >= 1 */
};

struct ns_learner {
	const char *name;              /* "random-forest" */
	const char *help;              /* one line for ns-fit --list */
	const struct ns_param *params; /* ends with name == NULL; at most NS_PARAMS_MAX */
	bool takes_missing;            /* learns where missing values go; else the data set refuses them with the remedy */
	/*
	 * Fits one model per candidate; values[candidate][i] belongs to params[i] and has been checked. All candidates at once, so that a
	 * learner can share work among them (a forest of 8 trees is the beginning of one of 256). A candidate's model is the same bytes
	 * alone or among others.
	 */
	int (*fit)(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
		struct ns_arena *arena, struct ns_err *err);
};

/* The learners, one file each. */
extern const struct ns_learner ns_learn_decision_tree, ns_learn_random_forest, ns_learn_extra_trees, ns_learn_logistic_regression,
	ns_learn_k_neighbors, ns_learn_svc, ns_learn_adaboost, ns_learn_gradient_boosting, ns_learn_xgboost;

/* NS_EDATA where there are no rows to learn from, or more rows or features than a learner can count. Every fit begins with it. */
int ns_training_check(const struct ns_training *training, struct ns_err *err);
/* weight[class]: of its rows, all added up without rounding but of the sum; 0 where it has none. */
void ns_training_weigh(double *weight, const struct ns_training *training);

extern const struct ns_learner *const ns_learners[]; /* NULL-terminated, in the order of ns-fit --list */
const struct ns_learner *ns_learner_find(const char *name, struct ns_err *err); /* NULL, with the nearest name in err */

/* The candidates of a grid (param.h). */
int ns_learner_grid(struct ns_value ***values, size_t *candidates, const struct ns_learner *learner, const struct ns_texts *params,
	struct ns_arena *arena, struct ns_err *err);
/* "n_estimators=128 criterion=gini": the parameters that were given (all where none was), for reports. */
const char *ns_learner_describe(const struct ns_learner *learner, const struct ns_value *values, const struct ns_texts *params,
	struct ns_arena *arena);

#endif
