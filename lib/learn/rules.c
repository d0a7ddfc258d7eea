#include <math.h>
#include <string.h>

#include "learn/tree.h"

enum { MASS_BITS = 52 };

const struct ns_value *ns_value_of(const struct ns_learner *learner, const struct ns_value *values, const char *name)
{
	for (size_t i = 0; learner->params[i].name; i++)
		if (strcmp(learner->params[i].name, name) == 0)
			return &values[i];
	return NULL;
}

/* 1 is a count and 1.0 the whole, as in Python. */
static bool is_fraction(const struct ns_value *value)
{
	return value->number < 1 || (value->number == 1 && strpbrk(value->text, ".eE"));
}

static int neither(const char *name, const struct ns_value *value, struct ns_err *err)
{
	return ns_fail(err, NS_ECALL, "parameter '%s': '%s' is neither a whole number nor a fraction of 1", name, value->text);
}

int ns_count_or_fraction(uint32_t *count, const char *name, const struct ns_value *value, size_t rows, bool round_up, struct ns_err *err)
{
	double share = value->number * (double)rows;
	if (is_fraction(value))
		*count = (uint32_t)fmax(1, round_up ? ceil(share) : rint(share));
	else if (value->number != floor(value->number))
		return neither(name, value, err);
	else
		*count = (uint32_t)fmin(value->number, UINT32_MAX);
	return NS_OK;
}

static int read_max_features(size_t *count, const struct ns_value *value, size_t features, struct ns_err *err)
{
	size_t wanted;
	if (!isnan(value->number)) {
		if (!is_fraction(value) && value->number != floor(value->number))
			return neither("max_features", value, err);
		wanted = (size_t)(is_fraction(value) ? value->number * (double)features : fmin(value->number, (double)features));
	} else if (strcmp(value->text, "sqrt") == 0) {
		wanted = (size_t)sqrt((double)features);
	} else if (strcmp(value->text, "log2") == 0) {
		wanted = features ? 63 - (size_t)__builtin_clzll(features) : 0;
	} else {
		wanted = features;
	}
	*count = wanted ? wanted : 1;
	return NS_OK;
}

/* A whole number, or "None": no limit. */
static uint32_t limit(const struct ns_value *value)
{
	return !value || isnan(value->number) ? UINT32_MAX : (uint32_t)fmin(value->number, UINT32_MAX);
}

static double real(const struct ns_value *value)
{
	return value ? value->number : 0;
}

int ns_rules_read(struct ns_rules *rules, const struct ns_learner *learner, const struct ns_value *values, const struct ns_training *training, struct ns_err *err)
{
	const struct ns_value *criterion = ns_value_of(learner, values, "criterion"), *split = ns_value_of(learner, values, "min_samples_split");
	const struct ns_value *leaf = ns_value_of(learner, values, "min_samples_leaf"), *features = ns_value_of(learner, values, "max_features");
	*rules = (struct ns_rules){
		.criterion = criterion && strcmp(criterion->text, "gini") != 0 ? NS_ENTROPY : NS_GINI,
		.max_depth = limit(ns_value_of(learner, values, "max_depth")),
		.max_leaf_nodes = limit(ns_value_of(learner, values, "max_leaf_nodes")),
		.min_samples_split = 2,
		.min_samples_leaf = 1,
		.min_weight_fraction_leaf = real(ns_value_of(learner, values, "min_weight_fraction_leaf")),
		.min_impurity_decrease = real(ns_value_of(learner, values, "min_impurity_decrease")),
		.ccp_alpha = real(ns_value_of(learner, values, "ccp_alpha")),
		.max_features = training->features,
	};
	if (split)
		NS_TRY(ns_count_or_fraction(&rules->min_samples_split, "min_samples_split", split, training->rows, true, err));
	if (leaf)
		NS_TRY(ns_count_or_fraction(&rules->min_samples_leaf, "min_samples_leaf", leaf, training->rows, true, err));
	if (features)
		NS_TRY(read_max_features(&rules->max_features, features, training->features, err));
	if (rules->min_samples_split < 2)
		rules->min_samples_split = 2;
	if (training->classes > NS_ITEM_CLASSES)
		return ns_fail(err, NS_EDATA, "%u classes to learn; a tree tells at most %d apart", training->classes, NS_ITEM_CLASSES);
	return NS_OK;
}

void ns_class_weights(double *weights, const uint64_t *mass, uint32_t classes)
{
	uint64_t sum = 0, present = 0;
	for (uint32_t c = 0; c < classes; c++) {
		sum += mass[c];
		present += mass[c] > 0;
	}
	for (uint32_t c = 0; c < classes; c++)
		weights[c] = mass[c] ? (double)sum / ((double)present * (double)mass[c]) : 0;
}

uint64_t *ns_entry_masses(const struct ns_bins *bins)
{
	double most = 0;
	int weight_exponent, rows_exponent;
	if (!bins->weight)
		return NULL;
	for (size_t e = 0; e < bins->entries; e++)
		most = fmax(most, bins->weight[e]);
	frexp(most, &weight_exponent);
	frexp((double)bins->rows, &rows_exponent);
	uint64_t *mass = ns_malloc_array(bins->entries, sizeof *mass);
	for (size_t e = 0; e < bins->entries; e++)
		mass[e] = (uint64_t)fmax(1, rint(ldexp(bins->weight[e], MASS_BITS - weight_exponent - rows_exponent)));
	return mass;
}

void ns_class_masses(uint64_t *masses, const struct ns_bins *bins, const struct ns_sample *sample)
{
	for (uint32_t c = 0; c < bins->classes; c++)
		masses[c] = 0;
	for (size_t e = 0; e < bins->entries; e++)
		masses[bins->y[e]] += sample->drawn[e] * (sample->mass ? sample->mass[e] : 1);
}

uint32_t *ns_entry_copies(const struct ns_bins *bins)
{
	uint32_t *copies = ns_malloc_array(bins->entries, sizeof *copies);
	for (size_t e = 0; e < bins->entries; e++)
		copies[e] = ns_bins_copies(bins, e);
	return copies;
}
