#include "model/model.h"

#include <string.h>

static const char *const form_names[] = {[NS_MODEL_TREES] = "trees", [NS_MODEL_LINEAR] = "linear", [NS_MODEL_NEAREST] = "neighbors",
	[NS_MODEL_KERNEL] = "kernel"};

void ns_model_predict(double *probability, const struct ns_model *model, const double *const *x, size_t rows)
{
	switch (model->form) {
	case NS_MODEL_TREES:
		ns_trees_predict(probability, &model->trees, model->features, x, rows);
		break;
	case NS_MODEL_LINEAR:
		ns_linear_predict(probability, &model->linear, x, rows);
		break;
	case NS_MODEL_NEAREST:
		ns_nearest_predict(probability, &model->nearest, x, rows);
		break;
	case NS_MODEL_KERNEL:
		ns_kernel_predict(probability, &model->kernel, x, rows);
		break;
	}
}

uint32_t ns_model_choose(const double *probability, uint32_t classes, int32_t positive, double threshold)
{
	if (classes == 2 && positive >= 0)
		return probability[positive] >= threshold ? (uint32_t)positive : 1 - (uint32_t)positive;
	uint32_t best = 0;
	for (uint32_t c = 1; c < classes; c++)
		if (probability[c] > probability[best])
			best = c;
	return best;
}

void ns_model_to_table(struct ns_table *table, const struct ns_model *model, struct ns_arena *arena)
{
	switch (model->form) {
	case NS_MODEL_TREES:
		ns_trees_to_table(table, &model->trees, arena);
		break;
	case NS_MODEL_LINEAR:
		ns_linear_to_table(table, &model->linear, arena);
		break;
	case NS_MODEL_NEAREST:
		ns_nearest_to_table(table, &model->nearest, arena);
		break;
	case NS_MODEL_KERNEL:
		ns_kernel_to_table(table, &model->kernel, arena);
		break;
	}
	ns_metadata_set(&table->metadata, "ns:form", form_names[model->form], arena);
}

int ns_model_from_table(struct ns_model *model, const struct ns_table *table, uint32_t classes, size_t features, struct ns_arena *arena, struct ns_err *err)
{
	*model = (struct ns_model){.classes = classes, .features = features};
	const char *form = ns_metadata_find(&table->metadata, "ns:form");
	if (!form)
		return ns_fail(err, NS_EDATA, "%s: a model without its form (metadata 'ns:form')", table->source);
	if (strcmp(form, form_names[NS_MODEL_TREES]) == 0) {
		model->form = NS_MODEL_TREES;
		return ns_trees_from_table(&model->trees, table, classes, features, arena, err);
	}
	if (strcmp(form, form_names[NS_MODEL_LINEAR]) == 0) {
		model->form = NS_MODEL_LINEAR;
		return ns_linear_from_table(&model->linear, table, classes, features, arena, err);
	}
	if (strcmp(form, form_names[NS_MODEL_NEAREST]) == 0) {
		model->form = NS_MODEL_NEAREST;
		return ns_nearest_from_table(&model->nearest, table, classes, features, arena, err);
	}
	if (strcmp(form, form_names[NS_MODEL_KERNEL]) == 0) {
		model->form = NS_MODEL_KERNEL;
		return ns_kernel_from_table(&model->kernel, table, classes, features, arena, err);
	}
	return ns_fail(err, NS_EDATA, "%s: a model of the unknown form '%s'; a newer netsec may know it", table->source, form);
}
