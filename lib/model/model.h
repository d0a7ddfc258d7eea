/*
 * model: what predicting needs, and nothing else. No I/O, no learning.
 *
 * Four kinds serve all learners: trees (any ensemble is one node table), linear, nearest neighbours, and kernel (support vectors). A model gives one
 * probability per class; the prediction always follows the probabilities (ns_model_choose).
 */
#ifndef NS_MODEL_MODEL_H
#define NS_MODEL_MODEL_H

#include "model/kernel.h"
#include "model/linear.h"
#include "model/nearest.h"
#include "model/trees.h"
#include "table/table.h"

enum ns_model_form { NS_MODEL_TREES, NS_MODEL_LINEAR, NS_MODEL_NEAREST, NS_MODEL_KERNEL };

struct ns_model {
	enum ns_model_form form;
	uint32_t classes; /* >= 2 */
	size_t features;
	struct ns_trees trees;
	struct ns_linear linear;
	struct ns_nearest nearest;
	struct ns_kernel kernel;
};

/*
 * probability[row * classes + class], rows x classes. x[feature][row]: finite numbers, or missing ones where trees say
 * where they go (the stage checks). Every row of
 * probabilities is finite, in [0, 1] and adds up to 1 within rounding; a row's do not depend on the rows beside it.
 */
void ns_model_predict(double *probability, const struct ns_model *model, const double *const *x, size_t rows);

/*
 * probability[i]: as ns_model_predict of models[i], the same bits, on several threads. Copies of one ensemble of trees that differ in how many of its
 * first trees they have (trees.count; and trees.shape.scale) are walked once.
 */
void ns_model_predict_all(double *const *probability, const struct ns_model *models, size_t count, const double *const *x, size_t rows, int threads);

/*
 * Class of one row: with two classes the positive one where its probability >= threshold (0.5 unless chosen), else the most
 * probable, the lowest class on a tie. positive < 0: no threshold rule.
 */
uint32_t ns_model_choose(const double *probability, uint32_t classes, int32_t positive, double threshold);

/*
 * The model as a table and back (form in the metadata key "ns:form"). from_table trusts nothing: every index, shape and number is
 * checked (NS_EDATA).
 */
void ns_model_to_table(struct ns_table *table, const struct ns_model *model, struct ns_arena *arena);
int ns_model_from_table(struct ns_model *model, const struct ns_table *table, uint32_t classes, size_t features,
	struct ns_arena *arena, struct ns_err *err);

#endif
