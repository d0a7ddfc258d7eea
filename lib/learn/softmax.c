#include "learn/softmax.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/elementary.h"
#include "base/parallel.h"

enum { BLOCKS = 64, BLOCK_ROWS = 256, STRIPE = 8, CHUNK = 256 };

/* One call's arguments for the blocks of rows. */
struct pass {
	struct ns_softmax *softmax;
	const double *v;
	bool gradient;
};

static size_t parameters(const struct ns_softmax *softmax)
{
	return softmax->outputs * softmax->design->columns;
}

static double product_of(const double *u, const double *v, size_t columns)
{
	double sums[4] = {0};
	size_t c = 0;
	for (; c + 4 <= columns; c += 4)
		for (size_t k = 0; k < 4; k++)
			sums[k] += u[c + k] * v[c + k];
	for (; c < columns; c++)
		sums[0] += u[c] * v[c];
	return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* Loss of one row; both probabilities without cancellation. */
static double two_classes(double *p, double score, uint32_t y)
{
	double e = ns_exp(-fabs(score)), near = 1 / (1 + e), far = e / (1 + e), margin = y ? score : -score;
	p[0] = score > 0 ? far : near;
	p[1] = score > 0 ? near : far;
	return (margin < 0 ? -margin : 0) + ns_log(1 + e);
}

/* The same for more; p holds the scores and becomes the probabilities. */
static double many_classes(double *p, uint32_t classes, uint32_t y)
{
	double most = p[0], sum = 0, own = p[y];
	for (uint32_t k = 1; k < classes; k++)
		most = p[k] > most ? p[k] : most;
	for (uint32_t k = 0; k < classes; k++)
		sum += p[k] = ns_exp(p[k] - most);
	for (uint32_t k = 0; k < classes; k++)
		p[k] /= sum;
	return (most - own) + ns_log(sum);
}

/* Fills in the probabilities of one row and returns its loss. */
static double judge(const struct ns_softmax *softmax, double *p, size_t row, const double *v)
{
	size_t columns = softmax->design->columns;
	const double *u = softmax->design->u + row * columns;
	if (softmax->outputs == 1)
		return two_classes(p, product_of(u, v, columns), softmax->y[row]);
	for (uint32_t k = 0; k < softmax->outputs; k++)
		p[k] = product_of(u, v + k * columns, columns);
	return many_classes(p, softmax->classes, softmax->y[row]);
}

/* p(class of output k) - truth, without cancellation where there are two classes. */
static double residual(const struct ns_softmax *softmax, const double *p, size_t row, uint32_t k)
{
	if (softmax->outputs == 1)
		return softmax->y[row] ? -p[0] : p[1];
	return p[k] - (softmax->y[row] == k);
}

static void add_scaled(double *sum, const double *u, double factor, size_t columns)
{
	for (size_t c = 0; c < columns; c++)
		sum[c] += factor * u[c];
}

static void block_value(void *context, size_t block, int worker)
{
	(void)worker;
	const struct pass *pass = context;
	struct ns_softmax *softmax = pass->softmax;
	const struct ns_design *design = softmax->design;
	double *sum = softmax->partial + block * (parameters(softmax) + 1), *gradient = sum + 1;
	memset(sum, 0, (parameters(softmax) + 1) * sizeof *sum);
	for (size_t i = block * design->rows / softmax->blocks; i < (block + 1) * design->rows / softmax->blocks; i++) {
		double *p = softmax->probability + i * softmax->classes;
		*sum += softmax->weight[i] * judge(softmax, p, i, pass->v);
		for (uint32_t k = 0; pass->gradient && k < softmax->outputs; k++)
			add_scaled(gradient + k * design->columns, design->u + i * design->columns, softmax->weight[i] * residual(softmax, p, i, k), design->columns);
	}
}

/* Adds up what the blocks have left in place `first`, `count` numbers each. */
static void add_blocks(double *out, const struct ns_softmax *softmax, size_t first, size_t count)
{
	memset(out, 0, count * sizeof *out);
	for (size_t block = 0; block < softmax->blocks; block++)
		add_scaled(out, softmax->partial + block * (parameters(softmax) + 1) + first, 1, count);
}

static double value(void *context, const double *v, double *gradient)
{
	struct ns_softmax *softmax = context;
	size_t columns = softmax->design->columns;
	struct pass pass = {softmax, v, gradient != NULL};
	ns_parallel(softmax->threads, softmax->blocks, block_value, &pass);
	double loss, penalty = 0;
	add_blocks(&loss, softmax, 0, 1);
	if (gradient)
		add_blocks(gradient, softmax, 1, parameters(softmax));
	for (size_t i = 0; i < parameters(softmax); i++) {
		penalty += softmax->ridge[i % columns] * v[i] * v[i];
		if (gradient)
			gradient[i] += softmax->ridge[i % columns] * v[i];
	}
	return loss + penalty / 2;
}

/* d2 loss / d score_a d score_b of one row. */
static double curvature(const struct ns_softmax *softmax, size_t row, uint32_t a, uint32_t b)
{
	const double *p = softmax->probability + row * softmax->classes;
	if (softmax->outputs == 1)
		return softmax->weight[row] * p[0] * p[1];
	return softmax->weight[row] * (a == b ? p[a] * (1 - p[a]) : -p[a] * p[b]);
}

/* h[j][c] += sum over rows of s u[first + j] u[c], c from first on: four rows at a time to spare loads and stores. */
static void add_stripe(double *restrict h, const double *restrict u, const double *restrict s, size_t rows, size_t columns, size_t first, size_t width)
{
	size_t i = 0;
	for (; i + 4 <= rows; i += 4) {
		const double *a = u + i * columns, *b = a + columns, *c = b + columns, *d = c + columns;
		for (size_t j = 0; j < width; j++) {
			double fa = s[i] * a[first + j], fb = s[i + 1] * b[first + j], fc = s[i + 2] * c[first + j], fd = s[i + 3] * d[first + j];
			for (size_t k = first; k < columns; k++)
				h[j * columns + k] += (fa * a[k] + fb * b[k]) + (fc * c[k] + fd * d[k]);
		}
	}
	for (; i < rows; i++)
		for (size_t j = 0; j < width; j++)
			for (size_t k = first; k < columns; k++)
				h[j * columns + k] += s[i] * u[i * columns + first + j] * u[i * columns + k];
}

struct hessian_pass {
	const struct ns_softmax *softmax;
	double *hessian;
	size_t stripes; /* of columns */
};

/* Piece (a, b, stripe): rows `stripe` of the block for outputs a >= b, and by symmetry its columns. */
static void hessian_piece(void *context, size_t piece, int worker)
{
	(void)worker;
	const struct hessian_pass *pass = context;
	const struct ns_softmax *softmax = pass->softmax;
	const struct ns_design *design = softmax->design;
	size_t columns = design->columns, size = parameters(softmax), first = piece % pass->stripes * STRIPE, pair = piece / pass->stripes;
	uint32_t a = 0;
	for (; pair > a; a++)
		pair -= a + 1;
	uint32_t b = (uint32_t)pair;
	size_t width = columns - first < STRIPE ? columns - first : STRIPE;
	double *h = ns_malloc_array(width * columns, sizeof *h), s[CHUNK];
	memset(h, 0, width * columns * sizeof *h);
	for (size_t i = 0; i < design->rows; i += CHUNK) {
		size_t rows = design->rows - i < CHUNK ? design->rows - i : CHUNK;
		for (size_t r = 0; r < rows; r++)
			s[r] = curvature(softmax, i + r, a, b);
		add_stripe(h, design->u + i * columns, s, rows, columns, first, width);
	}
	for (size_t j = 0; j < width; j++)
		for (size_t k = first; k < columns; k++) {
			pass->hessian[(a * columns + first + j) * size + b * columns + k] = h[j * columns + k];
			pass->hessian[(a * columns + k) * size + b * columns + first + j] = h[j * columns + k];
		}
	free(h);
}

/*
 * With an output a class, the loss does not change when all outputs move alike: the Hessian is singular where there is no ridge. The
 * gradient has no part in that direction, so a penalty on the outputs' sum changes no step and makes it regular.
 */
static void penalise_sum(double *hessian, const struct ns_softmax *softmax)
{
	size_t columns = softmax->design->columns, size = parameters(softmax);
	for (size_t c = 0; c < columns; c++) {
		double amount = 0;
		for (uint32_t a = 0; a < softmax->outputs; a++)
			amount += hessian[(a * columns + c) * size + a * columns + c];
		amount /= (double)softmax->outputs * softmax->outputs;
		for (uint32_t a = 0; a < softmax->outputs; a++)
			for (uint32_t b = 0; b <= a; b++)
				hessian[(a * columns + c) * size + b * columns + c] += amount;
	}
}

static void hessian(void *context, double *out)
{
	const struct ns_softmax *softmax = context;
	size_t columns = softmax->design->columns, size = parameters(softmax), outputs = softmax->outputs;
	struct hessian_pass pass = {softmax, out, (columns + STRIPE - 1) / STRIPE};
	ns_parallel(softmax->threads, pass.stripes * (outputs * (outputs + 1) / 2), hessian_piece, &pass);
	for (size_t i = 0; i < size; i++)
		out[i * size + i] += softmax->ridge[i % columns];
	if (outputs > 1)
		penalise_sum(out, softmax);
}

static void block_diagonal(void *context, size_t block, int worker)
{
	(void)worker;
	const struct pass *pass = context;
	const struct ns_softmax *softmax = pass->softmax;
	size_t columns = softmax->design->columns, rows = softmax->design->rows;
	double *sum = softmax->partial + block * (parameters(softmax) + 1);
	memset(sum, 0, parameters(softmax) * sizeof *sum);
	for (size_t i = block * rows / softmax->blocks; i < (block + 1) * rows / softmax->blocks; i++)
		for (uint32_t k = 0; k < softmax->outputs; k++) {
			double s = curvature(softmax, i, k, k);
			const double *u = softmax->design->u + i * columns;
			for (size_t c = 0; c < columns; c++)
				sum[k * columns + c] += s * u[c] * u[c];
		}
}

static void block_product(void *context, size_t block, int worker)
{
	(void)worker;
	const struct pass *pass = context;
	const struct ns_softmax *softmax = pass->softmax;
	size_t columns = softmax->design->columns, rows = softmax->design->rows, last = softmax->outputs;
	double *sum = softmax->partial + block * (parameters(softmax) + 1);
	double *t = softmax->partial + softmax->blocks * (parameters(softmax) + 1) + block * last;
	memset(sum, 0, parameters(softmax) * sizeof *sum);
	for (size_t i = block * rows / softmax->blocks; i < (block + 1) * rows / softmax->blocks; i++) {
		const double *p = softmax->probability + i * softmax->classes, *u = softmax->design->u + i * columns;
		double mean = 0;
		for (size_t k = 0; k < last; k++) {
			t[k] = product_of(u, pass->v + k * columns, columns);
			mean += p[k] * t[k];
		}
		for (size_t k = 0; k < last; k++) {
			double factor = last == 1 ? p[0] * p[1] * t[0] : p[k] * (t[k] - mean);
			add_scaled(sum + k * columns, u, softmax->weight[i] * factor, columns);
		}
	}
}

static void diagonal(void *context, double *out)
{
	struct ns_softmax *softmax = context;
	struct pass pass = {softmax, NULL, false};
	ns_parallel(softmax->threads, softmax->blocks, block_diagonal, &pass);
	add_blocks(out, softmax, 0, parameters(softmax));
	for (size_t i = 0; i < parameters(softmax); i++)
		out[i] += softmax->ridge[i % softmax->design->columns];
}

static void product(void *context, double *out, const double *direction)
{
	struct ns_softmax *softmax = context;
	struct pass pass = {softmax, direction, false};
	ns_parallel(softmax->threads, softmax->blocks, block_product, &pass);
	add_blocks(out, softmax, 0, parameters(softmax));
	for (size_t i = 0; i < parameters(softmax); i++)
		out[i] += softmax->ridge[i % softmax->design->columns] * direction[i];
}

struct ns_convex ns_softmax_init(struct ns_softmax *softmax, struct ns_arena *arena)
{
	size_t rows = softmax->design->rows, size = parameters(softmax);
	size_t blocks = rows / BLOCK_ROWS, most = ((size_t)1 << 23) / (size + 1);
	blocks = blocks > BLOCKS ? BLOCKS : blocks;
	blocks = blocks > most ? most : blocks;
	softmax->blocks = blocks ? blocks : 1;
	softmax->probability = ns_alloc_array(arena, rows, softmax->classes * sizeof(double));
	softmax->partial = NS_NEW_ARRAY(arena, double, softmax->blocks * (size + 1 + softmax->outputs));
	return (struct ns_convex){size, softmax, value, hessian, diagonal, product};
}
