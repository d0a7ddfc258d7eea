#include "learn/gram.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/parallel.h"

enum { PIECE = 32, HUGE = 1 << 21 };
static const double MOST = 1e36; /* LIBSVM computes in floats: up to 3e38 */

static double *row_of(const struct ns_gram *gram, size_t i)
{
	return gram->matrix + i / 2 * (2 * gram->count + 4) + i % 2;
}

/* Whole large pages where there are some, since LIBSVM reads a number here and one there. */
static double *matrix_new(size_t count)
{
	size_t bytes = (count / 2 + 1) * (2 * count + 4) * sizeof(double);
	bytes = (bytes + HUGE - 1) / HUGE * HUGE;
	double *matrix = aligned_alloc(HUGE, bytes);
	if (!matrix)
		ns_die_of_memory();
	(void)madvise(matrix, bytes, MADV_HUGEPAGE);
	return matrix;
}

/* Rows as sparse vectors; index -1 ends one. */
static void make_sparse(struct ns_gram *gram, struct ns_arena *arena)
{
	size_t total = gram->count;
	for (size_t f = 0; f < gram->features; f++)
		for (size_t i = 0; i < gram->count; i++)
			total += gram->x[f][i] != 0;
	struct svm_node *node = NS_NEW_ARRAY(arena, struct svm_node, total);
	for (size_t i = 0; i < gram->count; i++) {
		gram->nodes[i] = node;
		for (size_t f = 0; f < gram->features; f++)
			if (gram->x[f][i] != 0)
				*node++ = (struct svm_node){(int)f + 1, gram->x[f][i]};
		*node++ = (struct svm_node){-1, 0};
	}
}

void ns_gram_init(struct ns_gram *gram, const double *const *x, size_t count, size_t features, struct ns_arena *arena)
{
	*gram = (struct ns_gram){.count = count, .features = features, .x = x, .nodes = NS_NEW_ARRAY(arena, struct svm_node *, count)};
	if (count > NS_GRAM_MOST) {
		make_sparse(gram, arena);
		return;
	}
	gram->matrix = matrix_new(count);
	for (size_t i = 0; i < count; i++) {
		row_of(gram, i)[1] = (double)(i + 1);
		gram->nodes[i] = (struct svm_node *)row_of(gram, i);
	}
}

void ns_gram_release(struct ns_gram *gram)
{
	free(gram->matrix);
	ns_arena_release(&gram->function);
}

struct filling {
	const struct ns_gram *gram;
	atomic_bool too_large;
};

/* Some rows of the matrix, whole ones: that it is symmetric would save half the sums, but not the writing. */
static void fill_piece(void *context, size_t piece, int worker)
{
	struct filling *filling = context;
	const struct ns_gram *gram = filling->gram;
	struct ns_arena arena = NS_ARENA_INIT;
	struct ns_similarity_scratch scratch;
	size_t last = gram->count - piece * PIECE < PIECE ? gram->count : (piece + 1) * PIECE;
	(void)worker;
	ns_similarity_scratch_init(&scratch, &gram->similarity, &arena);
	double *similar = ns_alloc_array(&arena, NS_POINTS_GROUP, gram->count * sizeof *similar), most = 0;
	for (size_t i = piece * PIECE; i < last; i += NS_POINTS_GROUP) {
		size_t size = last - i < NS_POINTS_GROUP ? last - i : NS_POINTS_GROUP;
		ns_similarity_measure(similar, gram->count, &gram->similarity, gram->x, NULL, i, size, &scratch);
		for (size_t q = 0; q < size; q++) {
			double *row = row_of(gram, i + q) + 3;
			for (size_t k = 0; k < gram->count; k++) {
				row[2 * k] = similar[q * gram->count + k];
				most = fabs(row[2 * k]) <= most ? most : fabs(row[2 * k]); /* NaN too */
			}
		}
	}
	if (!(most <= MOST))
		filling->too_large = true;
	ns_arena_release(&arena);
}

/* Without a matrix: the largest product is one of a row with itself, or nearly. */
static bool diagonal_is_large(const struct ns_gram *gram)
{
	const struct ns_kernel_function *function = &gram->similarity.function;
	double most = 0;
	for (size_t i = 0; i < gram->count; i++) {
		double sum = 0;
		for (size_t f = 0; f < gram->features; f++)
			sum += gram->x[f][i] * gram->x[f][i];
		most = sum > most ? sum : most;
	}
	if (function->kind == NS_KERNEL_POLY) {
		double base = function->gamma * most + fabs(function->coef0);
		most = 1;
		for (unsigned i = 0; i < function->degree; i++)
			most *= base;
	}
	return function->kind != NS_KERNEL_RBF && !(most <= MOST);
}

int ns_gram_fill(struct ns_gram *gram, const struct ns_kernel_function *function, int threads, struct ns_err *err)
{
	struct filling filling = {.gram = gram};
	ns_arena_reset(&gram->function);
	ns_similarity_init(&gram->similarity, function, gram->x, NULL, gram->count, gram->features, &gram->function);
	if (gram->matrix)
		ns_parallel(threads, (gram->count + PIECE - 1) / PIECE, fill_piece, &filling);
	else
		filling.too_large = diagonal_is_large(gram);
	return filling.too_large ? ns_fail(err, NS_EDATA, "svc: products of rows are beyond 1e36 with this kernel; put the columns on one scale (ns-scale)") : NS_OK;
}

void ns_gram_parameters(struct svm_parameter *parameter, const struct ns_gram *gram)
{
	static const int kinds[] = {[NS_KERNEL_RBF] = RBF, [NS_KERNEL_LINEAR] = LINEAR, [NS_KERNEL_POLY] = POLY};
	const struct ns_kernel_function *function = &gram->similarity.function;
	parameter->kernel_type = gram->matrix ? PRECOMPUTED : kinds[function->kind];
	parameter->gamma = function->gamma;
	parameter->coef0 = function->coef0;
	parameter->degree = (int)function->degree;
}
