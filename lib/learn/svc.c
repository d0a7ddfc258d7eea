/*
 * support-vector classification: scikit-learn's SVC, solved by LIBSVM (one against one), with probabilities that are always there:
 * Platt's sigmoid on decisions about rows held out, and pairwise coupling. LIBSVM's own depend on the C library's random numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"
#include "learn/platt.h"
#include "learn/svm.h"

enum { C, KERNEL, GAMMA, DEGREE, COEF0, TOL, CLASS_WEIGHT, SHRINKING, PROBABILITY, MAX_ITER };

static const struct ns_param params[] = {
	[C] = {"C", "inverse of the penalty's strength: smaller is simpler", "1", 1e-100, 1e100, false, NULL},
	[KERNEL] = {"kernel", "how alike two rows are", "rbf", 0, 0, false, "rbf|linear|poly"},
	[GAMMA] = {"gamma", "of rbf and poly; scale: 1 / (features * variance of all values), auto: 1 / features", "scale", 1e-100, 1e100, false, "scale|auto"},
	[DEGREE] = {"degree", "of poly", "3", 0, 100, true, NULL},
	[COEF0] = {"coef0", "added inside poly's power", "0", -1e30, 1e30, false, NULL},
	[TOL] = {"tol", "tolerance of the stopping rule", "1e-3", 1e-12, 1, false, NULL},
	[CLASS_WEIGHT] = {"class_weight", "balanced: every class weighs the same", "None", 0, 0, false, "None|balanced"},
	[SHRINKING] = {"shrinking", "leave rows out whose place seems settled: faster", "True", 0, 0, false, "True|False"},
	[PROBABILITY] = {"probability", "always there: the prediction follows it", "True", 0, 0, false, "True"},
	[MAX_ITER] = {"max_iter", "-1: LIBSVM's own limit, 10000000 steps or 100 a row", "-1", -1, -1, true, NULL},
	{0},
};

/* A pair of classes for one candidate. */
struct pair {
	uint32_t i, j;
	struct ns_svm_settings settings;
	double weight[2];            /* of a row of either class, for the sigmoid */
	size_t entries;              /* of both classes */
	double *coefs, *decisions;   /* coefs[k]; decisions[part * entries + k], where the part holds the k-th entry */
	double intercept, a, b;
};

struct work {
	const struct ns_svm_entries *entries;
	const struct ns_gram *gram;
	struct pair *pairs;
	size_t count;
};

static size_t entries_of(const struct ns_svm_entries *entries, uint32_t class)
{
	return entries->first[class + 1] - entries->first[class];
}

/* The whole of a pair, or without one part, the whole ones first: they take longest. */
static void solve(void *context, size_t piece, int worker)
{
	const struct work *work = context;
	struct pair *pair = &work->pairs[piece % work->count];
	int part = work->entries->parts - (int)(piece / work->count);
	(void)worker;
	if (part == work->entries->parts) {
		ns_svm_solve(pair->coefs, &pair->intercept, work->gram, work->entries, pair->i, pair->j, part, &pair->settings);
		return;
	}
	double *coefs = ns_malloc_array(pair->entries, sizeof *coefs), intercept;
	ns_svm_solve(coefs, &intercept, work->gram, work->entries, pair->i, pair->j, part, &pair->settings);
	ns_svm_decide(pair->decisions + (size_t)part * pair->entries, coefs, intercept, work->gram, work->entries, pair->i, pair->j, part);
	free(coefs);
}

static void calibrate(void *context, size_t piece, int worker)
{
	const struct work *work = context;
	const struct ns_svm_entries *entries = work->entries;
	struct pair *pair = &work->pairs[piece];
	struct ns_arena arena = NS_ARENA_INIT;
	size_t parts = (size_t)entries->parts, most = parts * pair->entries, count = 0, of_i = entries_of(entries, pair->i);
	double *decision = NS_NEW_ARRAY(&arena, double, most), *weight = NS_NEW_ARRAY(&arena, double, most);
	bool *positive = NS_NEW_ARRAY(&arena, bool, most);
	(void)worker;
	for (size_t part = 0; part < parts; part++)
		for (size_t k = 0; k < pair->entries; k++) {
			size_t e = k < of_i ? entries->first[pair->i] + k : entries->first[pair->j] + k - of_i;
			if (entries->held[part * entries->count + e] == 0)
				continue;
			decision[count] = pair->decisions[part * pair->entries + k];
			weight[count] = entries->held[part * entries->count + e] * pair->weight[k >= of_i];
			positive[count++] = k < of_i;
		}
	ns_platt_fit(&pair->a, &pair->b, decision, weight, positive, count);
	ns_arena_release(&arena);
}

/* --- parameters --- */

/* The variance of all values together, as scikit-learn's X.var(): over rows, whatever they weigh. */
static double variance_of(const struct ns_svm_entries *entries)
{
	double sum = 0, squares = 0, count = 0;
	for (size_t e = 0; e < entries->count; e++)
		count += entries->copies[e] * (double)entries->features;
	for (size_t f = 0; f < entries->features; f++)
		for (size_t e = 0; e < entries->count; e++)
			sum += entries->copies[e] * (entries->x[f][e] / count);
	for (size_t f = 0; f < entries->features; f++)
		for (size_t e = 0; e < entries->count; e++) {
			double off = entries->x[f][e] - sum;
			squares += entries->copies[e] * (off * off / count);
		}
	return squares;
}

static struct ns_kernel_function function_of(const struct ns_value *values, const struct ns_svm_entries *entries)
{
	static const char *const kinds[] = {"rbf", "linear", "poly"};
	struct ns_kernel_function function = {.kind = NS_KERNEL_RBF, .gamma = values[GAMMA].number, .coef0 = values[COEF0].number,
		.degree = (unsigned)values[DEGREE].number};
	while (strcmp(kinds[function.kind], values[KERNEL].text) != 0)
		function.kind++;
	double features = entries->features ? (double)entries->features : 1, variance = 0;
	if (strcmp(values[GAMMA].text, "auto") == 0)
		function.gamma = 1 / features;
	if (strcmp(values[GAMMA].text, "scale") == 0) {
		variance = variance_of(entries);
		function.gamma = variance > 0 ? fmin(1 / (features * variance), 1e300) : 1;
	}
	return function;
}

static bool same_function(const struct ns_kernel_function *a, const struct ns_kernel_function *b)
{
	return a->kind == b->kind && a->gamma == b->gamma && a->coef0 == b->coef0 && a->degree == b->degree;
}

/*
 * What a row of the i-th class weighs. Balanced, the sigmoid takes part: scikit-learn's does not, but here predictions follow the
 * probabilities.
 */
static double weight_of(const struct ns_value *values, const struct ns_svm_entries *entries, uint32_t i)
{
	double all = 0;
	for (uint32_t k = 0; k < entries->present_count; k++)
		all += (double)entries->rows[k] * entries->unit[k];
	bool balanced = strcmp(values[CLASS_WEIGHT].text, "balanced") == 0;
	return balanced ? all / (entries->present_count * (double)entries->rows[i]) : entries->unit[i];
}

static void make_pairs(struct pair *pair, const struct ns_value *values, const struct ns_svm_entries *entries, struct ns_arena *arena)
{
	for (uint32_t i = 0; i < entries->present_count; i++)
		for (uint32_t j = i + 1; j < entries->present_count; j++, pair++) {
			*pair = (struct pair){.i = i, .j = j, .entries = entries_of(entries, i) + entries_of(entries, j)};
			pair->weight[0] = weight_of(values, entries, i);
			pair->weight[1] = weight_of(values, entries, j);
			pair->settings = (struct ns_svm_settings){{values[C].number * pair->weight[0], values[C].number * pair->weight[1]}, values[TOL].number,
				strcmp(values[SHRINKING].text, "True") == 0};
			pair->coefs = NS_NEW_ARRAY(arena, double, pair->entries);
			pair->decisions = ns_alloc_array(arena, pair->entries, (size_t)entries->parts * sizeof *pair->decisions);
		}
}

/* --- the model --- */

/* A coefficient of the k-th entry of the i-th class: for the pair with the j-th. */
static double coef_of(const struct pair *pairs, uint32_t present, uint32_t i, size_t k, uint32_t j, const struct ns_svm_entries *entries)
{
	uint32_t low = i < j ? i : j, high = i < j ? j : i;
	size_t pair = (size_t)low * (2 * (size_t)present - low - 1) / 2 + (high - low - 1);
	return pairs[pair].coefs[i < j ? k : entries_of(entries, j) + k];
}

/* Which entries are support vectors of some pair; where there are no pairs, the first is kept. */
static size_t find_vectors(uint32_t *vector, size_t *first, const struct pair *pairs, const struct ns_svm_entries *entries)
{
	size_t count = 0;
	for (uint32_t i = 0; i < entries->present_count; i++) {
		first[i] = count;
		for (size_t k = 0; k < entries_of(entries, i); k++) {
			bool wanted = entries->present_count == 1 && k == 0;
			for (uint32_t j = 0; j < entries->present_count && !wanted; j++)
				wanted = j != i && coef_of(pairs, entries->present_count, i, k, j, entries) != 0;
			if (wanted)
				vector[count++] = (uint32_t)(entries->first[i] + k);
		}
	}
	first[entries->present_count] = count;
	return count;
}

static void gather_pairs(struct ns_kernel *kernel, const struct pair *pairs, struct ns_arena *arena)
{
	size_t count = ns_kernel_pairs(kernel->present_count);
	double *intercept = NS_NEW_ARRAY(arena, double, count), *a = NS_NEW_ARRAY(arena, double, count), *b = NS_NEW_ARRAY(arena, double, count);
	for (size_t pair = 0; pair < count; pair++) {
		intercept[pair] = pairs[pair].intercept;
		a[pair] = pairs[pair].a;
		b[pair] = pairs[pair].b;
	}
	kernel->intercept = intercept;
	kernel->a = a;
	kernel->b = b;
}

static void assemble(struct ns_kernel *kernel, const struct ns_kernel_function *function, const struct pair *pairs,
	const struct ns_svm_entries *entries, uint32_t classes, struct ns_arena *arena)
{
	uint32_t present = entries->present_count, *vector = NS_NEW_ARRAY(arena, uint32_t, entries->count);
	size_t *first = NS_NEW_ARRAY(arena, size_t, (size_t)present + 1), count = find_vectors(vector, first, pairs, entries);
	double *coefs = ns_alloc_array(arena, count, (present - 1) * sizeof *coefs), **x = NS_NEW_ARRAY(arena, double *, entries->features);
	for (size_t f = 0; f < entries->features; f++) {
		x[f] = NS_NEW_ARRAY(arena, double, count);
		for (size_t v = 0; v < count; v++)
			x[f][v] = entries->x[f][vector[v]];
	}
	for (uint32_t i = 0; i < present; i++)
		for (uint32_t j = 0; j < present; j++)
			for (size_t v = first[i]; j != i && v < first[i + 1]; v++)
				coefs[(j < i ? j : j - 1) * count + v] = coef_of(pairs, present, i, vector[v] - entries->first[i], j, entries);
	*kernel = (struct ns_kernel){.classes = classes, .present_count = present, .present = entries->present, .count = count,
		.features = entries->features, .x = (const double *const *)x, .first = first, .coefs = coefs};
	gather_pairs(kernel, pairs, arena);
	ns_kernel_init(kernel, function, arena);
}

/* Candidates of one kernel function, whose matrix they share. */
static int fit_group(struct ns_model *models, const size_t *group, size_t count, const struct ns_kernel_function *function, struct ns_gram *gram,
	const struct ns_training *training, const struct ns_svm_entries *entries, const struct ns_value *const *values, struct ns_arena *arena,
	struct ns_err *err)
{
	struct ns_arena scratch = NS_ARENA_INIT;
	size_t pairs = ns_kernel_pairs(entries->present_count);
	struct work work = {entries, gram, ns_alloc_array(&scratch, count, pairs * sizeof *work.pairs), count * pairs};
	int status = pairs ? ns_gram_fill(gram, function, training->threads, err) : NS_OK;
	for (size_t g = 0; g < count; g++)
		make_pairs(work.pairs + g * pairs, values[group[g]], entries, &scratch);
	if (status == NS_OK) {
		ns_parallel(training->threads, work.count * ((size_t)entries->parts + 1), solve, &work);
		ns_parallel(training->threads, work.count, calibrate, &work);
	}
	for (size_t g = 0; g < count && status == NS_OK; g++) {
		struct ns_model *model = &models[group[g]];
		*model = (struct ns_model){.form = NS_MODEL_KERNEL, .classes = training->classes, .features = training->features};
		assemble(&model->kernel, function, work.pairs + g * pairs, entries, training->classes, arena);
	}
	ns_arena_release(&scratch);
	return status;
}

static void say_nothing(const char *text)
{
	(void)text;
}

static int fit(struct ns_model *models, const struct ns_training *training, const struct ns_value *const *values, size_t candidates,
	struct ns_arena *arena, struct ns_err *err)
{
	struct ns_svm_entries entries;
	struct ns_gram gram;
	NS_TRY(ns_training_check(training, err));
	NS_TRY(ns_svm_entries_make(&entries, training, arena, err));
	struct ns_kernel_function *functions = NS_NEW_ARRAY(arena, struct ns_kernel_function, candidates);
	bool *done = NS_NEW_ARRAY(arena, bool, candidates);
	size_t *group = NS_NEW_ARRAY(arena, size_t, candidates);
	for (size_t c = 0; c < candidates; c++)
		functions[c] = function_of(values[c], &entries);
	svm_set_print_string_function(say_nothing);
	ns_gram_init(&gram, entries.x, entries.count, entries.features, arena);
	int status = NS_OK;
	for (size_t c = 0; c < candidates && status == NS_OK; c++) {
		size_t count = 0;
		for (size_t other = c; other < candidates && !done[c]; other++)
			if (same_function(&functions[c], &functions[other]))
				group[count++] = other;
		for (size_t g = 0; g < count; g++)
			done[group[g]] = true;
		if (count)
			status = fit_group(models, group, count, &functions[c], &gram, training, &entries, values, arena, err);
	}
	ns_gram_release(&gram);
	return status;
}

const struct ns_learner ns_learn_svc = {
	.name = "svc",
	.help = "support vectors: the widest gap between classes, in a kernel's space",
	.params = params,
	.fit = fit,
};
