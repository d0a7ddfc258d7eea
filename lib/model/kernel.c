#include "model/kernel.h"

#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "model/coupling.h"
#include "near/repeats.h"

enum { LANES = 8, PORTION = 2048 };

double ns_kernel_dot(const double *a, const double *b, size_t count)
{
	double sum[LANES] = {0};
	size_t i = 0;
	for (; i + LANES <= count; i += LANES)
		for (size_t lane = 0; lane < LANES; lane++)
			sum[lane] += a[i + lane] * b[i + lane];
	for (size_t lane = 0; i + lane < count; lane++)
		sum[lane] += a[i + lane] * b[i + lane];
	return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

double ns_kernel_finite(double decision)
{
	return isnan(decision) ? 0 : fmax(-1e300, fmin(1e300, decision));
}

double ns_kernel_sigmoid(double decision, double a, double b)
{
	double score = decision * a + b;
	double p = score >= 0 ? ns_exp(-score) / (1 + ns_exp(-score)) : 1 / (1 + ns_exp(score));
	return fmax(1e-7, fmin(1 - 1e-7, p));
}

/* The coefficients of vectors of the i-th class in the pair with the j-th. */
static const double *coefs_of(const struct ns_kernel *kernel, uint32_t i, uint32_t j)
{
	return kernel->coefs + (j < i ? j : j - 1) * kernel->count + kernel->first[i];
}

/* A linear kernel's sums are one product with these: weights[pair * features + feature]. */
static const double *weigh_features(const struct ns_kernel *kernel, struct ns_arena *arena)
{
	double *weights = ns_alloc_array(arena, ns_kernel_pairs(kernel->present_count), kernel->features * sizeof *weights), *next = weights;
	for (uint32_t i = 0; i < kernel->present_count; i++)
		for (uint32_t j = i + 1; j < kernel->present_count; j++)
			for (size_t f = 0; f < kernel->features; f++) {
				const double *x = kernel->x[f], *of_i = coefs_of(kernel, i, j), *of_j = coefs_of(kernel, j, i);
				*next++ = ns_kernel_dot(of_i, x + kernel->first[i], kernel->first[i + 1] - kernel->first[i]) +
					ns_kernel_dot(of_j, x + kernel->first[j], kernel->first[j + 1] - kernel->first[j]);
			}
	return weights;
}

void ns_kernel_init(struct ns_kernel *kernel, const struct ns_kernel_function *function, struct ns_arena *arena)
{
	if (function->kind == NS_KERNEL_LINEAR) {
		kernel->similarity = (struct ns_similarity){.function = *function};
		kernel->weights = weigh_features(kernel, arena);
	} else
		ns_similarity_init(&kernel->similarity, function, kernel->x, NULL, kernel->count, kernel->features, arena);
}

/* Every pair's decision for one row, from its similarities to all vectors. */
static void decide_row(double *decisions, const double *similar, const struct ns_kernel *kernel)
{
	const size_t *first = kernel->first;
	for (uint32_t i = 0, pair = 0; i < kernel->present_count; i++)
		for (uint32_t j = i + 1; j < kernel->present_count; j++, pair++) {
			double sum = ns_kernel_dot(coefs_of(kernel, i, j), similar + first[i], first[i + 1] - first[i]) +
				ns_kernel_dot(coefs_of(kernel, j, i), similar + first[j], first[j + 1] - first[j]);
			decisions[pair] = ns_kernel_finite(sum + kernel->intercept[pair]);
		}
}

static void decide_linear(double *decisions, const struct ns_kernel *kernel, const double *const *x, const uint32_t *rows, size_t count,
	struct ns_arena *arena)
{
	size_t pairs = ns_kernel_pairs(kernel->present_count);
	double *values = NS_NEW_ARRAY(arena, double, kernel->features);
	for (size_t i = 0; i < count; i++) {
		for (size_t f = 0; f < kernel->features; f++)
			values[f] = x[f][rows[i]];
		for (size_t pair = 0; pair < pairs; pair++)
			decisions[i * pairs + pair] = ns_kernel_finite(ns_kernel_dot(kernel->weights + pair * kernel->features, values, kernel->features) +
				kernel->intercept[pair]);
	}
}

/* decisions[i * pairs + pair] of row rows[i]. */
static void decide(double *decisions, const struct ns_kernel *kernel, const double *const *x, const uint32_t *rows, size_t count, struct ns_arena *arena)
{
	size_t pairs = ns_kernel_pairs(kernel->present_count);
	if (kernel->similarity.function.kind == NS_KERNEL_LINEAR) {
		decide_linear(decisions, kernel, x, rows, count, arena);
		return;
	}
	struct ns_similarity_scratch scratch;
	ns_similarity_scratch_init(&scratch, &kernel->similarity, arena);
	double *similar = ns_alloc_array(arena, NS_POINTS_GROUP, kernel->count * sizeof *similar);
	for (size_t i = 0; i < count; i += NS_POINTS_GROUP) {
		size_t size = count - i < NS_POINTS_GROUP ? count - i : NS_POINTS_GROUP;
		ns_similarity_measure(similar, kernel->count, &kernel->similarity, x, rows + i, 0, size, &scratch);
		for (size_t q = 0; q < size; q++)
			decide_row(decisions + (i + q) * pairs, similar + q * kernel->count, kernel);
	}
}

/* One row's probabilities from its decisions. scratch: present * (2 * present + 2) numbers. */
static void judge(double *probability, const double *decisions, const struct ns_kernel *kernel, double *scratch)
{
	size_t n = kernel->present_count;
	double *pairwise = scratch, *shares = scratch + n * n, *rest = shares + n;
	shares[0] = 1;
	for (size_t i = 0, pair = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++, pair++) {
			pairwise[i * n + j] = ns_kernel_sigmoid(decisions[pair], kernel->a[pair], kernel->b[pair]);
			pairwise[j * n + i] = 1 - pairwise[i * n + j];
		}
	if (n == 2) {
		shares[0] = pairwise[1];
		shares[1] = pairwise[2];
	} else if (n > 2)
		ns_coupling(shares, pairwise, n, rest);
	memset(probability, 0, kernel->classes * sizeof *probability);
	for (size_t i = 0; i < n; i++)
		probability[kernel->present[i]] = shares[i];
}

/* Every different row of a portion once. */
static void predict_portion(double *probability, const struct ns_kernel *kernel, const double *const *x, size_t rows, struct ns_arena *arena)
{
	size_t n = kernel->present_count, pairs = ns_kernel_pairs(kernel->present_count), classes = kernel->classes;
	uint32_t *distinct = NS_NEW_ARRAY(arena, uint32_t, rows), *which = NS_NEW_ARRAY(arena, uint32_t, rows);
	size_t count = ns_repeats_find(distinct, which, x, kernel->features, rows);
	double *decisions = ns_alloc_array(arena, count, pairs * sizeof *decisions), *judged = ns_alloc_array(arena, count, classes * sizeof *judged);
	double *scratch = ns_alloc_array(arena, n, (2 * n + 2) * sizeof *scratch);
	if (pairs)
		decide(decisions, kernel, x, distinct, count, arena);
	for (size_t i = 0; i < count; i++)
		judge(judged + i * classes, decisions + i * pairs, kernel, scratch);
	for (size_t row = 0; row < rows; row++)
		memcpy(probability + row * classes, judged + which[row] * classes, classes * sizeof *judged);
}

void ns_kernel_predict(double *probability, const struct ns_kernel *kernel, const double *const *x, size_t rows)
{
	struct ns_arena arena = NS_ARENA_INIT, columns = NS_ARENA_INIT;
	const double **from = NS_NEW_ARRAY(&columns, const double *, kernel->features);
	for (size_t first = 0; first < rows; first += PORTION) {
		for (size_t f = 0; f < kernel->features; f++)
			from[f] = x[f] + first;
		predict_portion(probability + first * kernel->classes, kernel, from, rows - first < PORTION ? rows - first : PORTION, &arena);
		ns_arena_reset(&arena);
	}
	ns_arena_release(&columns);
	ns_arena_release(&arena);
}

void ns_kernel_decide(double *decisions, const struct ns_kernel *kernel, const double *const *x, size_t rows)
{
	struct ns_arena arena = NS_ARENA_INIT;
	uint32_t *all = NS_NEW_ARRAY(&arena, uint32_t, rows);
	for (size_t row = 0; row < rows; row++)
		all[row] = (uint32_t)row;
	decide(decisions, kernel, x, all, rows, &arena);
	ns_arena_release(&arena);
}
